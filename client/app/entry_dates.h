// The date of an entry from what a person typed and where they are.
#pragma once

#include <optional>
#include <string>

#include "client/model/dates.h"
#include "client/model/entry.h"
#include "crypto/base/result.h"

namespace kith {

// `on`: "2026-11-23", "2026-11-23 21:30", "today", "yesterday 21:30"; empty: now. `zone`: the IANA zone of the person;
// empty: this machine's. kInvalidArgument with what can be written.
Result<EntryDate> DateFor(const std::string& on, const std::string& zone, int64_t now_ms);

// The first or last day of a list, likewise; nullopt for nothing: no bound.
Result<std::optional<CivilDay>> DayBound(const std::string& text, int64_t now_ms);

// When something ends that was given as "36h", "7d" or "2w" from now, or as a day, through whose end it lasts in this
// machine's zone; a time on a day is that moment. In milliseconds since 1970; 0 for nothing. kInvalidArgument with what
// can be written.
Result<int64_t> ExpiryFor(const std::string& text, int64_t now_ms);

}  // namespace kith
