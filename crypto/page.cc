#include "crypto/page.h"

#include <sodium.h>

#include "crypto/base/check.h"
#include "crypto/derive.h"

namespace kith {
namespace {

static_assert(kPageTag == crypto_aead_xchacha20poly1305_ietf_ABYTES);

// Sixteen zeros, then the number: unique because a page is never rewritten and every file has its own key.
struct PageNonce {
  explicit PageNonce(uint64_t number) {
    for (size_t i = 0; i < 8; ++i) bytes[16 + i] = static_cast<uint8_t>(number >> (56 - 8 * i));
  }
  uint8_t bytes[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES] = {};
};

GuardedBytes FileKey(const VaultKey& vault_key, ByteView salt) {
  KITH_CHECK(salt.size() == kFileSalt);
  std::array<uint8_t, 32> raw = DeriveRaw(vault_key.Reveal(), labels::kFile, {salt});
  GuardedBytes key = GuardedCopy(raw, raw.size());
  Wipe(raw);
  return key;
}

}  // namespace

PageCipher::PageCipher(const VaultKey& vault_key, ByteView salt) : key_(FileKey(vault_key, salt)) {}

void PageCipher::Encrypt(uint64_t number, uint8_t flags, ByteView plain, uint8_t* out) const {
  const PageNonce nonce(number);
  KITH_CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt(out, nullptr, plain.data(), plain.size(), &flags, 1, nullptr,
                                                        nonce.bytes, key_.get()) == 0);
}

bool PageCipher::Decrypt(uint64_t number, uint8_t flags, ByteView sealed, uint8_t* out) const {
  const PageNonce nonce(number);
  return sealed.size() >= kPageTag &&
         crypto_aead_xchacha20poly1305_ietf_decrypt(out, nullptr, nullptr, sealed.data(), sealed.size(), &flags, 1,
                                                    nonce.bytes, key_.get()) == 0;
}

}  // namespace kith
