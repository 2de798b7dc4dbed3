// How far the lanes of a person's own mailbox reach, left with trustees: a recovery holds it against what the relay
// serves. Only that person's recovery authority and trustees can open it. Layout: "witness" in crypto/DESIGN.md.
#pragma once

#include <vector>

#include "client/core/state.h"
#include "crypto/seal.h"

namespace kith {

// Before something is sealed in a circle: whether a witness is to go with it. At most once a day and circle, never by
// itself, so that it tells nobody when a device is in use.
bool WitnessDue(const State& state, const Mailbox& circle);
// Puts one into the circle's outbox. Those before it stay where they are.
Result<> LeaveWitness(State& state, Transaction& tx, Mailbox& circle);

struct WitnessHead {
  LaneKey lane;
  uint64_t seq = 0;
};
// What a witness says, if `box` opens it and a device of the person signed it that is not revoked. kSealBroken,
// kMalformed, kSignatureInvalid, kUnknownDevice.
Result<std::vector<WitnessHead>> OpenWitness(const BoxPair& box, const Person& person, ByteView sealed);

}  // namespace kith
