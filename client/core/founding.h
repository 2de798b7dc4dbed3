// The first contents of a vault: a new person's, a linked device's, or those of a journal restored from its phrase.
// Each is one durable write into an empty store.
#pragma once

#include <map>
#include <string>

#include "client/core/ports.h"
#include "client/core/relay_address.h"
#include "client/core/state.h"
#include "client/wire/link.h"

namespace kith {

// A new person with this first device. Returns the recovery phrase, which is kept nowhere. kVaultNotEmpty.
Result<std::string> FoundPerson(Store& store, Clock& clock, const std::string& device_label);

struct LinkedDevice {
  PersonId person;
  LinkGrant grant;
  RelayAddress relay;
  Signer device;
  BoxPair box;
  Signer lane;
};
// A further device of a person, from what the existing one granted. kVaultNotEmpty; kPairingFailed when the grant does
// not hold together.
Result<> FoundLinked(Store& store, Clock& clock, LinkedDevice linked);

// A new device in the place of all others, which are revoked. Trustees are none any more: their secret is spent, or
// whoever had the devices may have chosen them.
struct RecoveredDevice {
  const RecoveryAuthority& authority;
  const std::string& label;
  const Signer& seat;  // as the root has listed them in the self mailbox
  const Signer& lane;
  const std::map<MailboxId, Signer>& circle_seats;  // in the place of lost ones, as the circles' roots have listed them
  const std::map<MailboxId, Bytes>& sealed_roots;   // of the circles that this person founded
};
// Makes the store of `state` a vault. `state` has read all that is known of the person (recovery.h) and must not be
// used any more. kVaultNotEmpty, kTooLarge for the label.
Result<> FoundRecovered(State& state, const RecoveredDevice& device);

}  // namespace kith
