// A friend's share as it is entrusted, and the messages that release it over a pairing. Fixed layouts: "Social
// recovery" in crypto/DESIGN.md. Pure and thread-safe.
#pragma once

#include <string.h>

#include <string>

#include "crypto/base/bytes.h"
#include "crypto/base/ids.h"
#include "crypto/base/result.h"

namespace kith {

// What the friend's devices keep, and hand over: enough to find the journal and to read it with `needed` of them. Wipes
// its words; a copy wipes its own.
struct EntrustedShare {
  ~EntrustedShare() { explicit_bzero(words.data(), words.size()); }

  uint8_t needed = 0;
  uint8_t made = 0;
  uint64_t delay_ms = 0;
  MailboxId mailbox;       // the owner's own
  PersonId person;         // the owner
  std::string relay;       // ADDRESS#KEY
  std::string words = {};  // of SLIP-39

  Bytes Encode() const;                                  // the caller wipes it
  static Result<EntrustedShare> Decode(ByteView bytes);  // kMalformed
};

// By who asks for a share.
struct ReleaseRequest {
  BoxPublic claim;

  Bytes Encode() const;
  static Result<ReleaseRequest> Decode(ByteView bytes);  // kMalformed
};

struct ReleaseReply {
  enum class Outcome : uint8_t {
    kReleased = 1,
    kWaits = 2,
    kVetoed = 3,
    kNoShare = 4,  // a witness at most
  };
  Outcome outcome = Outcome::kNoShare;
  uint64_t due_ms = 0;   // kWaits: by the friend's clock
  SignPublic authority;  // whose share it is
  Bytes box;             // kReleased: an EntrustedShare, to the claim
  PersonId person;       // whose witness it is
  Bytes witness;         // empty: none is kept

  Bytes Encode() const;
  static Result<ReleaseReply> Decode(ByteView bytes);  // kMalformed
};

}  // namespace kith
