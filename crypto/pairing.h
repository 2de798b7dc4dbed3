// Pairing of two devices by a short code: CPace over ristretto255 with SHA-512, draft-irtf-cfrg-cpace (April 2026),
// with explicit key confirmation. Layout "pairing" of crypto/DESIGN.md. One object, one attempt.
#pragma once

#include <optional>
#include <string>

#include "crypto/base/ids.h"
#include "crypto/base/result.h"
#include "crypto/verify/secret.h"

namespace kith {

// What is spoken: a public nameplate and three secret BIP39 words (33 bits), as "1234-cabin-lunar-oak".
struct PairingCode {
  uint32_t nameplate = 0;
  std::string words;  // "cabin-lunar-oak"

  static std::string RandomWords();
  std::string Format() const;
  // Any case; spaces or hyphens. kInvalidArgument with what a code looks like.
  static Result<PairingCode> Parse(std::string_view text);
};

enum class PairingMode : uint8_t { kLink = 1, kFriend = 2 };

// Both sides must hold the same: it enters the channel identifier.
struct PairingContext {
  PairingMode mode = PairingMode::kLink;
  SignPublic relay_key;  // as this side saw it
  uint32_t nameplate = 0;
};

// Keys after a confirmed exchange, one for each direction.
struct PairingKeys {
  SealKey to_joiner;
  SealKey to_opener;
};

// The side that shows the code. Start() -> Ya message; Finish(their message) checks their confirmation before
// anything more is sent, and yields this side's own confirmation to send.
class PairingOpener {
 public:
  PairingOpener(const PairingContext& context, std::string_view words, ByteView associated_data);
  // {sid, Ya, ADa}. Once.
  const Bytes& first_message() const { return first_; }
  struct Finished {
    Bytes confirmation;             // to send
    PairingKeys keys;
    Bytes their_associated_data;
  };
  // kPairingFailed for a wrong code, an invalid or identity point, our own message reflected, or a second call.
  Result<Finished> Finish(ByteView message);

 private:
  PairingContext context_;
  Bytes words_digest_;
  Bytes sid_;
  Bytes first_;
  GuardedBytes scalar_;
  Bytes share_;
  Bytes associated_data_;
  bool used_ = false;
};

// The side that types it. Respond(first message) -> {Yb, ADb, confirmation}; Confirm(their confirmation).
class PairingJoiner {
 public:
  PairingJoiner(const PairingContext& context, std::string_view words, ByteView associated_data);
  // kPairingFailed for an invalid or identity point, or a second call.
  Result<Bytes> Respond(ByteView first_message);
  struct Finished {
    PairingKeys keys;
    Bytes their_associated_data;
  };
  Result<Finished> Confirm(ByteView confirmation);

 private:
  PairingContext context_;
  Bytes words_;
  Bytes associated_data_;
  struct Pending;
  std::shared_ptr<Pending> pending_;
  bool used_ = false;
};

}  // namespace kith
