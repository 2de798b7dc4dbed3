// When the journal was last used on this device, so that whoever comes back after a long time is welcomed, once. Never
// sent, and told to nobody: how long it was is asked by no one else.
#pragma once

#include "client/core/ports.h"

namespace kith {

inline constexpr int64_t kLongAwayMillis = 90LL * 24 * 3600 * 1000;

// Notes that it is used now; whether the time before was kLongAwayMillis ago or longer. False the first time, and where
// the clock went back.
Result<bool> NoteUse(Store& store, Clock& clock);

}  // namespace kith
