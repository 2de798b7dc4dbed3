// Meeting a friend over a relay: carries the messages of core/introduction.h through the relay's pairing slots.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "client/app/pairing_flow.h"
#include "client/core/relay_address.h"

namespace kith {

struct FriendHostSteps {
  std::string label;  // what to call them
  // The code to say to them. Called on the flow's own thread.
  std::function<Result<>(const std::string& code, const std::string& relay)> show;
  // Whether the person has gone away. Asked often, from several threads.
  std::function<bool()> cancelled;
  // The code's life, which this device enforces whatever the relay does.
  std::chrono::milliseconds life = kCodeLife;
};

// Founds the friendship on this person's own relay; returns its circle. Whoever has the code is taken without a further
// question: it was said to one person. One code, one attempt. Blocks until the friend's device has said that it kept
// everything. kInvalidArgument (the name is no name, or taken), kNoRelay, kTokenInvalid, kPairingFailed (wrong code),
// kPairingGone (time over, or the other side went away), kCancelled, and the errors of Settle.
//
// After an error nothing is kept of it, but where the keys were on their way: whether the friend has them is not known
// then, the friend stays, and the message says so and what to do.
Result<MailboxId> HostFriend(Unlocked& unlocked, const FriendHostSteps& steps);

struct FriendJoinOptions {
  std::string code;
  RelayAddress relay;  // the friend's, whose code it is
  std::string label;
  std::function<bool()> cancelled;  // as above
  std::chrono::milliseconds life = kCodeLife;
};

// Takes the friendship in; returns its circle. Needs no relay of one's own. After an error nothing is kept.
// kInvalidArgument, kPairingFailed, kPairingGone, kRelayForeign, kRelayUnreachable, kCancelled ...
Result<MailboxId> JoinFriend(Unlocked& unlocked, const FriendJoinOptions& options);

// Whether a friend can be called so: a good name, and `circle` or nobody has it. kInvalidArgument, kTooLarge, kNotUtf8.
Result<> CheckFriendName(Journal& journal, const std::string& label, const std::optional<MailboxId>& circle);

}  // namespace kith
