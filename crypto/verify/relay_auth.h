// The relay's signed hello, and a client's signed request. Layouts "hello" and "request" of crypto/DESIGN.md.
#pragma once

#include "crypto/base/ids.h"
#include "crypto/base/result.h"
#include "crypto/verify/sign.h"

namespace kith {

struct Hello {
  SignPublic relay_key;
  RelayEpoch epoch;
  HelloNonce nonce;
  uint64_t time_ms = 0;                 // the relay's clock; for people, never for rules
  std::array<uint8_t, 32> spki_hash{};  // SHA-256 of the certificate's SubjectPublicKeyInfo; zeros: it has none

  Bytes Encode() const;
  // Checks suite, layout and the signature by the key inside. The caller compares that key with the one it pinned.
  static Result<Hello> Open(ByteView body, const Signature& signature);
};

// What a request's signature covers. `method` is the RPC's name, such as "Push".
struct RequestAuth {
  SignPublic relay_key;
  HelloNonce nonce;
  uint64_t counter = 0;
  std::string_view method;
  MailboxId mailbox;

  Bytes Encode(ByteView body) const;
  Signature Sign(const Signer& lane, ByteView body) const;
  Result<> Verify(const SignPublic& lane, ByteView body, const Signature& signature) const;
};

// Counters seen under one nonce: each once, none older than the window. A value.
class CounterWindow {
 public:
  // False when `counter` was seen or is 1,024 or more below the highest one seen.
  bool Accept(uint64_t counter);

 private:
  uint64_t highest_ = 0;
  std::array<uint64_t, 16> seen_{};  // bit c % 1024 for the last 1,024 counters
};

}  // namespace kith
