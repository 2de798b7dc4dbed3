// Messages of a link between two devices of one person, each sealed under a pairing key. Pure and thread-safe.
#pragma once

#include <string>
#include <vector>

#include "client/wire/pack.h"
#include "crypto/base/result.h"

namespace kith {

// A seat statement as it is handed over.
struct StatementCopy {
  Bytes body;
  Signature signature;
};

struct LinkOffer {
  PersonId person;
  std::vector<OpId> parents;
  DeviceId signer;

  Bytes Encode() const;
  static Result<LinkOffer> Decode(ByteView bytes);
};

struct LinkRequest {
  Bytes add_device;  // a PersonOp body
  Signature countersignature;
  LaneKey lane;
  std::string label;

  Bytes Encode() const;
  static Result<LinkRequest> Decode(ByteView bytes);
};

struct LinkGrant {
  std::vector<SignedPersonOp> person;  // parents first
  MailboxId mailbox;
  std::vector<WrappedKey> generations;  // newest last
  std::vector<Seen> heads;
  std::vector<StatementCopy> statements;
  std::string relay;  // ADDRESS#KEY
  RelayEpoch epoch;   // in which the relay has all of `heads`; zeros: none is known

  Bytes Encode() const;
  static Result<LinkGrant> Decode(ByteView bytes);
};

}  // namespace kith
