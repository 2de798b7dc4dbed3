// Pairing of two devices by a short code: CPace over ristretto255 with SHA-512, draft-irtf-cfrg-cpace-21,
// with explicit key confirmation. Layout "pairing" of crypto/DESIGN.md. One object, one attempt.
#pragma once

#include <string>
#include <string_view>

#include "crypto/base/ids.h"
#include "crypto/base/result.h"
#include "crypto/cpace.h"
#include "crypto/seal.h"
#include "crypto/verify/secret.h"

namespace kith {

// What is spoken: a public nameplate and three secret BIP39 words (33 bits), as "1234-cabin-lunar-oak".
struct PairingCode {
  uint32_t nameplate = 0;  // 1 to 9,999
  std::string words;       // "cabin-lunar-oak"

  static std::string RandomWords();
  std::string Format() const;
  // Any case; spaces or hyphens. kInvalidArgument with what a code looks like.
  static Result<PairingCode> Parse(std::string_view text);
};

enum class PairingMode : uint8_t { kLink = 1, kFriend = 2, kRelease = 3 };

// Both sides must hold the same: it enters the channel identifier.
struct PairingContext {
  PairingMode mode = PairingMode::kLink;
  SignPublic relay_key;  // as this side saw it
  uint32_t nameplate = 0;
};

// CPace's channel identifier for this context.
Bytes PairingChannel(const PairingContext& context);

// Keys after a confirmed exchange, one for each direction.
struct PairingKeys {
  SealKey to_joiner;
  SealKey to_opener;
};

// The side that shows the code. first_message() -> Finish(their message) checks their confirmation before
// anything more is sent, and yields this side's own confirmation to send. Move-only; one thread at a time.
class PairingOpener {
 public:
  // `words` as in PairingCode::words; not kept. `associated_data` is sent in the clear and authenticated.
  PairingOpener(const PairingContext& context, std::string_view words, ByteView associated_data);
  // {sid, Ya, ADa}.
  const Bytes& first_message() const { return first_; }
  struct Finished {
    Bytes confirmation;  // to send
    PairingKeys keys;
    Bytes their_associated_data;
  };
  // kPairingFailed for a wrong code, an invalid or identity point, our own share reflected, anything else that is not
  // a right answer, and for every second call.
  Result<Finished> Finish(ByteView message);

 private:
  Bytes sid_;
  GuardedBytes scalar_;  // null once used
  cpace::Side ours_;
  Bytes first_;
};

// The side that types it. Respond(first message) -> {Yb, ADb, confirmation}; Confirm(their confirmation). Move-only;
// one thread at a time.
class PairingJoiner {
 public:
  // `words` as in PairingCode::words; wiped by the first Respond.
  PairingJoiner(const PairingContext& context, std::string_view words, ByteView associated_data);
  // kPairingFailed for an invalid or identity point, a malformed message, or a second call. A wrong code is not seen
  // here: the opener refuses the answer.
  Result<Bytes> Respond(ByteView first_message);
  struct Finished {
    PairingKeys keys;
    Bytes their_associated_data;
  };
  // kPairingFailed for anything but the opener's confirmation, before Respond succeeded, or a second call.
  Result<Finished> Confirm(ByteView confirmation);

 private:
  PairingContext context_;
  Plaintext words_;  // empty once used
  cpace::Side ours_;
  cpace::Side theirs_;
  Bytes sid_;
  GuardedBytes isk_;  // between Respond and Confirm
};

// What is handed over after pairing. `counter`: 0, 1, 2 ... for each direction; it is not sent. Opening with another
// number than the sender's gives kSealBroken.
Bytes SealPairingMessage(const SealKey& key, uint64_t counter, ByteView message);
Result<Plaintext> OpenPairingMessage(const SealKey& key, uint64_t counter, ByteView sealed);

}  // namespace kith
