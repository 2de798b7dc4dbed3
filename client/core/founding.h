// The first contents of a vault: a new person's, or a linked device's. Each is one durable write into an empty store.
#pragma once

#include <string>

#include "client/core/ports.h"
#include "client/core/relay_address.h"
#include "client/wire/link.h"
#include "crypto/phrase.h"

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

}  // namespace kith
