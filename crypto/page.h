// Encryption of a vault's files by numbered pages, each written once: the one exception to Seal, for its
// overhead of 16 bytes a page. XChaCha20-Poly1305 under the file's key with the page number as nonce. Layout "vault
// file" of crypto/DESIGN.md. Thread-safe once made.
#pragma once

#include "crypto/base/result.h"
#include "crypto/verify/secret.h"

namespace kith {

inline constexpr size_t kPageTag = 16;
inline constexpr size_t kFileSalt = 32;

// The key of one file.
class PageCipher {
 public:
  // `salt` has kFileSalt random bytes, stored in the file's header.
  PageCipher(const VaultKey& vault_key, ByteView salt);

  // Writes plain.size() + kPageTag bytes to `out`. `number` must never be used twice for this file; `flags`
  // (last page, kind of file) is authenticated.
  void Encrypt(uint64_t number, uint8_t flags, ByteView plain, uint8_t* out) const;
  // Writes sealed.size() - kPageTag bytes to `out`; false, and nothing of the plaintext, when it does not verify.
  bool Decrypt(uint64_t number, uint8_t flags, ByteView sealed, uint8_t* out) const;

 private:
  GuardedBytes key_;
};

}  // namespace kith
