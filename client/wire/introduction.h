// Messages of an introduction of two people, each sealed under a pairing key. Pure and thread-safe.
#pragma once

#include <vector>

#include "client/wire/link.h"
#include "crypto/base/result.h"

namespace kith {

struct FriendOffer {
  std::vector<SignedPersonOp> person;  // parents first

  Bytes Encode() const;
  static Result<FriendOffer> Decode(ByteView bytes);  // kMalformed
};

struct FriendRequest {
  std::vector<SignedPersonOp> person;  // parents first
  SeatKeyId seat;
  LaneKey lane;

  Bytes Encode() const;
  static Result<FriendRequest> Decode(ByteView bytes);  // kMalformed
};

struct FriendGrant {
  MailboxId mailbox;
  std::vector<StatementCopy> statements;  // from the first
  SignedRosterOp roster;
  WrappedKey generation;

  Bytes Encode() const;                               // the caller wipes it
  static Result<FriendGrant> Decode(ByteView bytes);  // kMalformed
};

}  // namespace kith
