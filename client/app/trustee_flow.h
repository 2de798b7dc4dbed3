// A trustee hands a share over to whoever lost all devices: carries the messages of core/release.h through the relay's
// pairing slots. Both use the relay of the circle of the two, where a veto would come from too.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "client/app/pairing_flow.h"
#include "client/core/relay_address.h"
#include "client/core/release.h"

namespace kith {

struct ReleaseSteps {
  MailboxId circle;  // of the friend who asks
  // The code to say to them. Called on the flow's own thread.
  std::function<Result<>(const std::string& code, const std::string& relay)> show;
  // Whether the person has gone away. Asked often, from several threads.
  std::function<bool()> cancelled;
  // The code's life, which this device enforces whatever the relay does.
  std::chrono::milliseconds life = kCodeLife;
};

// Shows a code, and answers whoever has it as the share's delay and the owner's veto want it; returns what was
// answered. Nothing is answered before the circle is in step, nor before its relay has what tells the owner's devices
// of the claim. One code, one attempt. kNotFound, kUnknownGeneration, kInvalidArgument (the friend rests),
// kPairingFailed (wrong code), kPairingGone (time over, or the other side went away), kCancelled, and the errors of
// Settle.
Result<ReleaseReply> ReleaseShare(Unlocked& unlocked, const ReleaseSteps& steps);

struct AskOptions {
  std::string code;
  RelayAddress relay;  // as the friend has it on their screen
  BoxPublic claim;
  std::function<bool()> cancelled;  // as above
  std::chrono::milliseconds life = kCodeLife;
};

// The side that types the code; needs no vault. kInvalidArgument, kPairingFailed, kPairingGone, kRelayForeign,
// kRelayUnreachable, kCancelled ...
Result<ReleaseReply> AskTrustee(const AskOptions& options);

}  // namespace kith
