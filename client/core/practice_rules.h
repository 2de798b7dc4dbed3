// What a practice's record may be, where that depends on the rest of the journal. Asked before it is written.
#pragma once

#include "client/core/journal.h"

namespace kith {

inline constexpr int64_t kLonelyDays = 14;

// kTooSoon: the loneliness question was answered within kLonelyDays of that day, before or after it. By civil days. And
// the store's errors.
Result<> CheckPracticeRules(const Journal& journal, const Content& content);

// Writes a practice's record, with what it makes: a thought with a chance in it makes a hunch that it then names.
// Errors of CheckPracticeRules and Journal::Write; a hunch that was made stays.
Result<EntryId> WritePractice(Journal& journal, Content content);

}  // namespace kith
