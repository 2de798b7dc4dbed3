// Linking over a relay: carries the messages of core/linking.h through the relay's pairing slots.
#pragma once

#include <functional>
#include <string>

#include "client/app/session.h"
#include "client/core/relay_address.h"

namespace kith {

// What the existing device's person sees and decides. Called on the flow's own thread.
struct LinkHostSteps {
  // The code to type on the new device.
  std::function<Result<>(const std::string& code, const std::string& relay)> show;
  // A device that has the code asks, by the name it gives itself: the name to keep, or kCancelled to turn it away.
  std::function<Result<std::string>(const std::string& asking)> decide;
  // Whether the person has gone away.
  std::function<bool()> cancelled;
};

// Blocks until the device is linked; returns its name. kNoRelay, kPairingFailed, kPairingGone, kCancelled, kRelay...
Result<std::string> HostLink(Unlocked& unlocked, const LinkHostSteps& steps);

struct LinkJoinOptions {
  std::string code;
  RelayAddress relay;
  std::string passphrase;  // for this device's own vault
  std::string label;
  uint32_t kdf_memory_mib = 0;
  std::function<bool()> cancelled;
};

// Makes this device's vault from what the existing device grants; it is unlocked and syncing when this returns OK.
// After an error there is no vault. kInvalidArgument, kPairingFailed, kPairingGone, kRelayForeign, kRelayUnreachable ...
Result<> JoinLink(Session& session, const LinkJoinOptions& options);

}  // namespace kith
