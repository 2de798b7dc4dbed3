#include "crypto/seal.h"

#include <sodium.h>

#include <bit>

#include "crypto/base/check.h"
#include "crypto/base/limits.h"
#include "crypto/derive.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/prefixed_hash.h"
#include "crypto/verify/record.h"

namespace kith {
namespace {

constexpr size_t kNonceSize = 24;
constexpr size_t kCommitmentSize = 32;
constexpr size_t kTagSize = 16;
constexpr size_t kHeadSize = 1 + kNonceSize + kCommitmentSize;
static_assert(kHeadSize + kTagSize == kSealOverhead);
static_assert(kNonceSize == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(kTagSize == crypto_aead_xchacha20poly1305_ietf_ABYTES);

constexpr uint8_t kPaddingMarker = 0x80;  // ISO/IEC 7816-4

// The encryption key and the commitment to it. Wiped.
struct SealKeys {
  SealKeys(ByteView key, std::string_view label, ByteView nonce, ByteView ad) {
    PrefixedHash hash(key, sizeof okm);
    hash.Field(AsBytes(labels::kSeal));
    hash.Field(ByteView(&kSuite1, 1));
    hash.Field(nonce);
    hash.Field(AsBytes(label));
    hash.Field(ad);
    hash.Finish(okm);
  }
  SealKeys(const SealKeys&) = delete;
  SealKeys& operator=(const SealKeys&) = delete;
  ~SealKeys() { Wipe(okm); }

  const uint8_t* encryption() const { return okm; }
  ByteView commitment() const { return {okm + 32, kCommitmentSize}; }

  uint8_t okm[64];
};

// What the cipher authenticates besides. Label and AD are already in the key; a reader who forgets to check the
// commitment still finds them bound.
Bytes CipherAd(std::string_view label, ByteView ad) { return Writer().Prefixed(label).Prefixed(ad).Take(); }

size_t Padme(size_t length) {
  if (length < 2) return length;
  const int exponent = static_cast<int>(std::bit_width(length)) - 1;
  const int mantissa = static_cast<int>(std::bit_width(static_cast<unsigned>(exponent)));
  const size_t mask = (size_t{1} << (exponent - mantissa)) - 1;
  return (length + mask) & ~mask;
}

// The length of what stands before the marker; nullopt when there is no marker, or anything but zeros after it.
std::optional<size_t> UnpaddedLength(ByteView padded) {
  size_t length = padded.size();
  while (length > 0 && padded[length - 1] == 0) --length;
  if (length == 0 || padded[length - 1] != kPaddingMarker) return std::nullopt;
  return length - 1;
}

// The key of a box. Wiped by its owner's destructor.
SealKey BoxKey(ByteView shared, std::string_view label, ByteView ephemeral, const BoxPublic& recipient,
               ByteView context) {
  std::array<uint8_t, 32> raw =
      DeriveRaw(shared, labels::kSealTo, {AsBytes(label), ephemeral, recipient.view(), context});
  SealKey key = SealKey::Copy(raw);
  Wipe(raw);
  return key;
}

}  // namespace

Plaintext& Plaintext::operator=(Plaintext&& other) noexcept {
  if (this != &other) {
    Wipe(bytes_);
    bytes_ = std::move(other.bytes_);
    other.bytes_.clear();
  }
  return *this;
}

Plaintext::~Plaintext() { Wipe(bytes_); }

size_t PaddedLength(size_t length) { return std::max(limits::kMinPadded, Padme(length + 1)); }

namespace detail {

Bytes SealRaw(ByteView key, std::string_view label, ByteView ad, ByteView message, Padding padding) {
  const bool padded = padding == Padding::kPadme;
  const size_t length = padded ? PaddedLength(message.size()) : message.size();
  Bytes sealed(kSealOverhead + length);  // zeros: the padding after the marker is there already
  sealed[0] = kSuite1;
  const std::span<uint8_t> nonce = std::span(sealed).subspan(1, kNonceSize);
  RandomFill(nonce);
  const SealKeys keys(key, label, nonce, ad);
  std::copy(keys.commitment().begin(), keys.commitment().end(), sealed.begin() + 1 + kNonceSize);

  // Encrypted in place, so that no copy of the message is left anywhere.
  uint8_t* const body = sealed.data() + kHeadSize;
  std::copy(message.begin(), message.end(), body);
  if (padded) body[message.size()] = kPaddingMarker;
  const Bytes cipher_ad = CipherAd(label, ad);
  KITH_CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt_detached(body, body + length, nullptr, body, length,
                                                                 cipher_ad.data(), cipher_ad.size(), nullptr,
                                                                 nonce.data(), keys.encryption()) == 0);
  return sealed;
}

Result<Plaintext> OpenRaw(ByteView key, std::string_view label, ByteView ad, ByteView sealed, Padding padding) {
  if (sealed.empty()) return Fail(Code::kSealBroken);
  if (sealed[0] != kSuite1) return Fail(Code::kSuiteUnsupported);
  if (sealed.size() < kSealOverhead) return Fail(Code::kSealBroken);
  const ByteView nonce = sealed.subspan(1, kNonceSize);
  const SealKeys keys(key, label, nonce, ad);
  if (!SecretEqual(keys.commitment(), sealed.subspan(1 + kNonceSize, kCommitmentSize))) return Fail(Code::kSealBroken);

  const ByteView body = sealed.subspan(kHeadSize, sealed.size() - kSealOverhead);
  const Bytes cipher_ad = CipherAd(label, ad);
  Bytes message(body.size());
  if (crypto_aead_xchacha20poly1305_ietf_decrypt_detached(message.data(), nullptr, body.data(), body.size(),
                                                          body.data() + body.size(), cipher_ad.data(), cipher_ad.size(),
                                                          nonce.data(), keys.encryption()) != 0) {
    return Fail(Code::kSealBroken);
  }
  if (padding == Padding::kPadme) {
    const std::optional<size_t> length = UnpaddedLength(message);
    if (!length) {
      Wipe(message);
      return Fail(Code::kSealBroken);
    }
    message.resize(*length);
  }
  return Plaintext(std::move(message));
}

bool CommitsRaw(ByteView key, std::string_view label, ByteView ad, ByteView sealed) {
  if (sealed.size() < kSealOverhead || sealed[0] != kSuite1) return false;
  const SealKeys keys(key, label, sealed.subspan(1, kNonceSize), ad);
  return SecretEqual(keys.commitment(), sealed.subspan(1 + kNonceSize, kCommitmentSize));
}

}  // namespace detail

BoxPair BoxPair::FromSecret(BoxSecret secret) {
  BoxPublic public_key;
  KITH_CHECK(crypto_scalarmult_base(public_key.value.data(), secret.Reveal().data()) == 0);
  return BoxPair(std::move(secret), public_key);
}

namespace {

// What both ends of a box share, by the secret of the one and the public key of the other. `code` where that is of
// small order.
Result<SealKey> KeyBetween(const BoxSecret& secret, const BoxPublic& other, Code code, std::string_view label,
                           const BoxPublic& ephemeral, const BoxPublic& recipient, ByteView context) {
  std::array<uint8_t, 32> shared;
  if (crypto_scalarmult(shared.data(), secret.Reveal().data(), other.value.data()) != 0) return Fail(code);
  SealKey key = BoxKey(shared, label, ephemeral.view(), recipient, context);
  Wipe(shared);
  return key;
}

}  // namespace

Result<Bytes> SealTo(const BoxPublic& recipient, std::string_view label, ByteView context, ByteView message) {
  return SealAs(BoxPair::Generate(), recipient, label, context, message);
}

Result<Bytes> SealAs(const BoxPair& ephemeral, const BoxPublic& recipient, std::string_view label, ByteView context,
                     ByteView message) {
  KITH_TRY_ASSIGN(const SealKey key, KeyBetween(ephemeral.secret(), recipient, Code::kPublicKeyInvalid, label,
                                                ephemeral.public_key(), recipient, context));
  return Writer().Raw(ephemeral.public_key().view()).Raw(Seal(key, label, context, message, Padding::kNone)).Take();
}

Result<Plaintext> OpenAs(const BoxPair& ephemeral, const BoxPublic& recipient, std::string_view label, ByteView context,
                         ByteView box) {
  if (box.size() < kBoxOverhead || !std::ranges::equal(box.first(32), ephemeral.public_key().view()))
    return Fail(Code::kSealBroken);
  KITH_TRY_ASSIGN(const SealKey key, KeyBetween(ephemeral.secret(), recipient, Code::kSealBroken, label,
                                                ephemeral.public_key(), recipient, context));
  return Open(key, label, context, box.subspan(32), Padding::kNone);
}

Result<Plaintext> OpenFrom(const BoxPair& recipient, std::string_view label, ByteView context, ByteView box) {
  if (box.size() < kBoxOverhead) return Fail(Code::kSealBroken);
  BoxPublic ephemeral;
  std::ranges::copy(box.first(32), ephemeral.value.begin());
  KITH_TRY_ASSIGN(const SealKey key, KeyBetween(recipient.secret(), ephemeral, Code::kSealBroken, label, ephemeral,
                                                recipient.public_key(), context));
  return Open(key, label, context, box.subspan(32), Padding::kNone);
}

}  // namespace kith
