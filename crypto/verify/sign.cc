#include "crypto/verify/sign.h"

#include <sodium.h>

#include "crypto/base/check.h"

namespace kith {
namespace {

// libsodium signs contiguous bytes only. What is signed is short: large bodies are hashed first.
Bytes Covered(std::string_view label, ByteView body) {
  Bytes bytes;
  bytes.reserve(label.size() + 1 + body.size());
  bytes.insert(bytes.end(), label.begin(), label.end());
  bytes.push_back(0);
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

}  // namespace

Signer::Signer(SignSeed seed, GuardedBytes expanded, SignPublic public_key)
    : seed_(std::move(seed)), expanded_(std::move(expanded)), public_(public_key) {}

Signer Signer::FromSeed(SignSeed seed) {
  GuardedBytes expanded = GuardedAllocate(crypto_sign_SECRETKEYBYTES);
  SignPublic public_key;
  KITH_CHECK(crypto_sign_seed_keypair(public_key.value.data(), expanded.get(), seed.Reveal().data()) == 0);
  return Signer(std::move(seed), std::move(expanded), public_key);
}

Signature Signer::Sign(std::string_view label, ByteView body) const {
  const Bytes covered = Covered(label, body);
  Signature signature;
  KITH_CHECK(crypto_sign_detached(signature.value.data(), nullptr, covered.data(), covered.size(), expanded_.get()) ==
             0);
  return signature;
}

Result<> Verify(const SignPublic& key, std::string_view label, ByteView body, const Signature& signature) {
  const Bytes covered = Covered(label, body);
  if (crypto_sign_verify_detached(signature.value.data(), covered.data(), covered.size(), key.value.data()) != 0) {
    return Fail(Code::kSignatureInvalid);
  }
  return {};
}

}  // namespace kith
