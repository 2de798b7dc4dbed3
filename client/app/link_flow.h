// Linking over a relay: carries the messages of core/linking.h through the relay's pairing slots.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "client/app/pairing_flow.h"
#include "client/app/session.h"
#include "client/core/relay_address.h"

namespace kith {

// What the existing device's person sees and decides. Called on the flow's own threads.
struct LinkHostSteps {
  // The code to type on the new device.
  std::function<Result<>(const std::string& code, const std::string& relay)> show;
  // A device that has the code asks, by the name it gives itself: the name to keep, or kCancelled to turn it away. Must
  // return soon once `over` holds: the code's time is over, the person or the new device went away.
  std::function<Result<std::string>(const std::string& asking, const std::function<bool()>& over)> decide;
  // Whether the person has gone away. Asked often, from several threads.
  std::function<bool()> cancelled;
  // The code's life, which this device enforces whatever the relay does.
  std::chrono::milliseconds life = kCodeLife;
};

// Blocks until the device is linked; returns its name. One code, one attempt. kNoRelay, kPairingFailed (wrong code),
// kPairingGone (time over, or the other side went away), kCancelled, and the errors of Settle. Where the device
// was added but may have no keys, the message says so.
Result<std::string> HostLink(Unlocked& unlocked, const LinkHostSteps& steps);

struct LinkJoinOptions {
  std::string code;
  RelayAddress relay;
  std::string passphrase;  // for this device's own vault; the caller wipes it
  std::string label;
  uint32_t kdf_memory_mib = 0;
  std::function<bool()> cancelled;  // as above
  std::chrono::milliseconds life = kCodeLife;
};

// Makes this device's vault from what the existing device grants; it is unlocked and syncing when this returns OK.
// After an error what was there before is there. kInvalidArgument, kVaultNotEmpty, kLocked, kPairingFailed,
// kPairingGone, kRelayForeign, kRelayUnreachable, kCancelled ...
Result<> JoinLink(Session& session, const LinkJoinOptions& options);

// A device's name: 1 to 100 bytes of UTF-8 in one line. kInvalidArgument, kTooLarge, kNotUtf8.
Result<> CheckDeviceName(const std::string& name);

}  // namespace kith
