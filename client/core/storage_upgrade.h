// Brings a vault that an older Kith wrote to the present storage format, so that nothing else reads older layouts. What
// a landed format is and what each step does: "Formats" in client/DESIGN.md.
#pragma once

#include "client/core/ports.h"

namespace kith::storage {

// Of a store whose format is smaller than kStorageFormat, and at least 1. One write, the number with it: after an error
// the vault is as it was. Prefix::kToTakeAgain stands then, see Intake::TakeAgain. kVaultDamaged, kStorageFailed.
Result<> Upgrade(Store& store);

}  // namespace kith::storage
