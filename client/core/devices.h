// This person's devices: naming and revoking them, and what a revocation asks of every device that knows of it. All of
// that is worked out from what is known, never from a list of steps, so it does not matter where a crash, or a relay
// that is away, has left it. Rules: "Revocation" in crypto/DESIGN.md and in client/DESIGN.md.
#pragma once

#include <string>
#include <vector>

#include "client/core/state.h"

namespace kith {

// A device of this person by its name in any case, or by its id in hex or the first four digits of that or more.
// kNotFound; kAmbiguous where several that are not revoked have the name, or several ids begin so.
Result<DeviceId> FindDevice(const State& state, const std::string& text);
// Durable when OK; this person's other devices learn of it. kNotFound; kInvalidArgument (no name, or too long a one).
Result<> RenameDevice(State& state, const DeviceId& device, const std::string& label);
// Whether this device may revoke another: kNotFound; kInvalidArgument for itself, kDeviceRevoked when it is revoked.
Result<> CheckRevocable(const State& state, const DeviceId& device);
// For good. Durable when OK; from then on nothing that is sealed here can be read by it. Of one that is revoked
// already: nothing. Errors of CheckRevocable.
Result<> RevokeDeviceNow(State& state, const DeviceId& device);

// How far a revocation is in one mailbox.
struct RevocationPlace {
  MailboxId mailbox;
  bool cut_off = false;   // its relay lists no lane of the device, and the seat's key is one that it never had
  bool new_keys = false;  // the generation that is sealed under is one that it never had, and the relay has it
};
// The mailboxes in which this person has a seat: their own first.
std::vector<RevocationPlace> RevocationPlaces(const State& state, const DeviceId& device);

// ---- What is still to be done, for the sync of each mailbox.

// Whether a device that was revoked may have the key of this person's seat.
bool SeatExposed(const State& state, const Mailbox& mailbox);
// Whether a mailbox is to be kept in step for a revocation's sake, or since this person changed who is in it, though
// its circle rests or was left.
bool Unsettled(State& state, const Mailbox& mailbox);
// What this device has to say for it: lane ends, other keys to the seats, and what friends are to seal to. Waits in the
// outboxes.
Result<> SaySettlement(State& state, Transaction& tx, Mailbox& mailbox);
// Whether all that this device has said to its person's other devices is at their relay. Before that no key that others
// will need comes into force anywhere: with this device it would be lost for all.
bool Told(const State& state);
// What the seat has to state for it: no lane of a revoked device, none of nobody known while its key is exposed, and
// then another key, once that was told. Empty: nothing now.
Result<std::vector<SeatChange>> SeatChangesDue(State& state, Transaction& tx, Mailbox& mailbox);
// Whether the sync of a mailbox could do any of this now.
bool CanSettle(State& state, const Mailbox& mailbox);

}  // namespace kith
