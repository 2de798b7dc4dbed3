// Once a day a device with others beside it says in the self mailbox how far it has every lane, so that what a relay
// holds back shows even on days on which nobody writes. Never in a circle: there it would tell when somebody is about.
#pragma once

#include "client/core/state.h"

namespace kith {

// Whether one is to be said now. Not while anything waits: a heartbeat is alone in its record, so that a prune takes
// just it.
bool HeartbeatDue(const State& state);
// Puts one into the self mailbox's outbox, in the place of its predecessor. Errors are those of the store.
Result<> SayHeartbeat(State& state, Transaction& tx);
// Whether a record's pack is a heartbeat and nothing else. One that also says whose its lane is, is something else.
bool IsHeartbeat(const Pack& pack);

}  // namespace kith
