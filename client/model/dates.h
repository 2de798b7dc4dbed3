// Civil dates of the proleptic Gregorian calendar, years 1 to 9999, and offsets from UTC. IANA zones need tables and
// are looked up elsewhere.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/model/entry.h"
#include "crypto/base/result.h"

namespace kith {

struct CivilDay {
  int32_t year = 1970;
  uint8_t month = 1;
  uint8_t day = 1;

  friend auto operator<=>(const CivilDay&, const CivilDay&) = default;
};

inline constexpr int32_t kMinYear = 1;
inline constexpr int32_t kMaxYear = 9999;
inline constexpr uint32_t kSecondsPerDay = 86'400;
inline constexpr uint32_t kNoon = 43'200;         // what day_only stands for
inline constexpr int32_t kMaxOffset = 18 * 3600;  // seconds, either way

bool IsLeapYear(int32_t year);
uint8_t DaysInMonth(int32_t year, uint8_t month);  // month 1 to 12
bool IsValid(const CivilDay& day);

// Days since 1970-01-01, negative before. The day must be valid.
int64_t DaysFromCivil(const CivilDay& day);
// The reverse; days outside the years 1 to 9999 give the first or last day of these.
CivilDay CivilFromDays(int64_t days);
CivilDay AddDays(const CivilDay& day, int64_t days);
// 0 Monday to 6 Sunday.
int Weekday(const CivilDay& day);

CivilDay DayOf(const EntryDate& date);

// Milliseconds since 1970-01-01T00:00:00Z of a civil time at an offset, in seconds east of UTC.
int64_t InstantOf(const CivilDay& day, uint32_t second, int32_t offset);
// The civil time at an offset, as an EntryDate with that offset as its zone. Instants outside the years 1 to 9999 give
// the first or last second of these.
EntryDate DateAt(int64_t instant_ms, int32_t offset);

// "+01:00", "-0530", "+01", "Z", as seconds east of UTC. nullopt: none of these.
std::optional<int32_t> ParseOffset(std::string_view text);
// "+01:00"; seconds of an offset (they were in use before 1900) are shown only if there are any.
std::string FormatOffset(int32_t offset);

// What a person or a file said of a time.
struct CivilTime {
  CivilDay day;
  std::optional<uint32_t> second;  // of the day; nullopt: only a day was given
  std::optional<int32_t> offset;   // seconds east of UTC, if given

  friend bool operator==(const CivilTime&, const CivilTime&) = default;
};

// "2026-11-23", "2026-11-23 21:30", "2026-11-23T21:30:15.250Z", "2026-11-23 21:30 +01:00", "today", "yesterday 21:30".
// Blanks around are ignored, fractions of a second dropped. kInvalidArgument, with what can be written.
Result<CivilTime> ParseTime(std::string_view text, const CivilDay& today);

// The entry's date, with `offset` where the text gave none. `zone` is its name, empty if unknown, and is replaced by
// the offset where the text gave one.
EntryDate DateOf(const CivilTime& time, int32_t offset, std::string zone);

std::string FormatDay(const CivilDay& day);     // "1660-01-10"
std::string FormatClock(uint32_t second);       // "21:30", or "21:30:15"
std::string FormatDate(const EntryDate& date);  // "1660-01-10 21:30", or only the day

// Whether all fields are in range. Whether zone and instant fit each other is not looked at.
bool IsValid(const EntryDate& date);

// Sorts like (civil day, second): for index keys, to be compared as bytes. A date out of range has the nearest key.
using DateKey = std::array<uint8_t, 8>;
DateKey KeyOf(const EntryDate& date);
DateKey KeyOf(const CivilDay& day, uint32_t second);

}  // namespace kith
