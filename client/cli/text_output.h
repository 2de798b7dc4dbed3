// Entries as people read them. Everything given back is harmless to a terminal.
#pragma once

#include <string>

#include "client/cli/terminal.h"
#include "client/model/practice.h"
#include "kith/v1/local.pb.h"

namespace kith {

std::string DayText(const v1::EntryDate& date);   // 1660-01-10
std::string TimeText(const v1::EntryDate& date);  // 21:30:00
// Milliseconds since 1970 in this machine's zone, to the minute; empty for 0.
std::string MomentText(uint64_t millis);
std::string ShortId(const std::string& hex);
// 3415 as "3,415".
std::string Count(uint64_t number);

// Date, short id, star, title or first line, tags: one line with its end, as wide as the terminal allows.
std::string ListLine(const v1::EntrySummary& entry, const Terminal& terminal);
// The whole entry; versions that could not be merged one after another.
// `folds`: whether fields that are folded (practice.h) are shown.
std::string EntryPage(const v1::Entry& entry, Folds folds, const Terminal& terminal);
// What a practice's record says, a line or more each field.
std::string RecordLines(const std::string& kind, const v1::Practice& said, Folds folds, const Terminal& terminal);
std::string HistoryLine(const v1::HistoryVersion& version, const Terminal& terminal);

// For an editor: the merged text, or every side of it under a line that names it.
std::string EditableText(const v1::Entry& entry);

}  // namespace kith
