// Signatures: Ed25519 (RFC 8032) over label, a zero byte, and the body as received. Thread-safe.
#pragma once

#include <string_view>

#include "crypto/base/ids.h"
#include "crypto/base/result.h"
#include "crypto/verify/secret.h"

namespace kith {

// A signing key pair. Move-only.
class Signer {
 public:
  static Signer Generate() { return FromSeed(SignSeed::Generate()); }
  static Signer FromSeed(SignSeed seed);

  const SignPublic& public_key() const { return public_; }
  // The label names what is signed (labels.h).
  Signature Sign(std::string_view label, ByteView body) const;
  // For storing it inside a seal.
  const SignSeed& seed() const { return seed_; }

 private:
  Signer(SignSeed seed, GuardedBytes expanded, SignPublic public_key);
  SignSeed seed_;
  GuardedBytes expanded_;  // 64 bytes, libsodium's form
  SignPublic public_;
};

// kSignatureInvalid, and nothing more, when it does not verify.
Result<> Verify(const SignPublic& key, std::string_view label, ByteView body, const Signature& signature);

}  // namespace kith
