#include "crypto/verify/hash.h"

#include <sodium.h>

#include "crypto/base/check.h"
#include "crypto/verify/labels.h"
#include "crypto/verify/prefixed_hash.h"

namespace kith {

void InitCrypto() { KITH_CHECK(sodium_init() >= 0); }

std::array<uint8_t, 32> Hash(std::string_view label, std::initializer_list<ByteView> fields) {
  PrefixedHash hash({}, 32);
  hash.Field(AsBytes(label));
  for (const ByteView field : fields) hash.Field(field);
  std::array<uint8_t, 32> digest;
  hash.Finish(digest);
  return digest;
}

Chain NextChain(const Chain& previous, const RecordId& record) {
  const std::array<uint8_t, 32> digest = Hash(labels::kChain, {previous.view(), record.view()});
  Chain chain;
  std::copy_n(digest.begin(), chain.value.size(), chain.value.begin());
  return chain;
}

bool SecretEqual(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

std::string ToBase64(ByteView bytes) {
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), kVariant);
  text.pop_back();  // the terminating zero, which libsodium counts
  return text;
}

std::optional<Bytes> FromBase64(std::string_view text) {
  Bytes bytes(text.size() / 4 * 3 + 2);
  size_t length = 0;
  const char* end = nullptr;
  if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &length, &end,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      end != text.data() + text.size()) {
    return std::nullopt;
  }
  bytes.resize(length);
  return bytes;
}

void RandomFill(std::span<uint8_t> out) {
  if (!out.empty()) randombytes_buf(out.data(), out.size());
}

}  // namespace kith
