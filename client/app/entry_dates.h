// The date of an entry from what a person typed and where they are.
#pragma once

#include <string>

#include "client/model/entry.h"
#include "crypto/base/result.h"

namespace kith {

// `on`: "2026-11-23", "2026-11-23 21:30", "today", "yesterday 21:30"; empty: now. `zone`: the IANA zone of the person;
// empty: this machine's. kInvalidArgument with what can be written.
Result<EntryDate> DateFor(const std::string& on, const std::string& zone, int64_t now_ms);

}  // namespace kith
