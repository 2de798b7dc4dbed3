#include "client/model/dates.h"

#include <algorithm>
#include <utility>

namespace kith {
namespace {

// Days of the eras of 400 years; H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
constexpr int64_t kDaysPerEra = 146'097;
constexpr int64_t kDaysTo1970 = 719'468;  // from 0000-03-01

constexpr int64_t kFirstDay = -719'162;  // 0001-01-01
constexpr int64_t kLastDay = 2'932'896;  // 9999-12-31

int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

std::string Padded(uint32_t number, size_t width) {
  std::string out = std::to_string(number);
  if (out.size() < width) out.insert(0, width - out.size(), '0');
  return out;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\n' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

// Takes what it recognizes off the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool Done() const { return rest_.empty(); }
  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool Take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  bool Blanks() {
    bool any = false;
    while (Take(' ')) any = true;
    return any;
  }
  static bool IsDigit(char c) { return c >= '0' && c <= '9'; }
  bool AtDigit() const { return !rest_.empty() && IsDigit(rest_.front()); }
  // Exactly `count` digits.
  std::optional<uint32_t> Digits(size_t count) {
    if (rest_.size() < count) return std::nullopt;
    uint32_t value = 0;
    for (const char c : rest_.substr(0, count)) {
      if (!IsDigit(c)) return std::nullopt;
      value = value * 10 + static_cast<uint32_t>(c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  void SkipDigits() {
    while (AtDigit()) rest_.remove_prefix(1);
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

std::optional<CivilDay> ScanDay(Scanner& scan, const CivilDay& today) {
  if (scan.Take("today")) return today;
  if (scan.Take("yesterday")) return AddDays(today, -1);
  const auto year = scan.Digits(4);
  if (!year || !scan.Take('-')) return std::nullopt;
  const auto month = scan.Digits(2);
  if (!month || !scan.Take('-')) return std::nullopt;
  const auto day = scan.Digits(2);
  if (!day) return std::nullopt;
  const CivilDay out{static_cast<int32_t>(*year), static_cast<uint8_t>(*month), static_cast<uint8_t>(*day)};
  return IsValid(out) ? std::optional(out) : std::nullopt;
}

// "21:30" or "21:30:15.250".
std::optional<uint32_t> ScanClock(Scanner& scan) {
  const auto hour = scan.Digits(2);
  if (!hour || !scan.Take(':')) return std::nullopt;
  const auto minute = scan.Digits(2);
  if (!minute) return std::nullopt;
  uint32_t second = 0;
  if (scan.Take(':')) {
    const auto given = scan.Digits(2);
    if (!given) return std::nullopt;
    second = *given == 60 ? 59 : *given;  // a leap second has no number of its own
    if (scan.Take('.')) {
      if (!scan.AtDigit()) return std::nullopt;
      scan.SkipDigits();
    }
  }
  if (*hour > 23 || *minute > 59 || second > 59) return std::nullopt;
  return *hour * 3600 + *minute * 60 + second;
}

std::optional<CivilTime> Scan(std::string_view text, const CivilDay& today) {
  Scanner scan(text);
  const auto day = ScanDay(scan, today);
  if (!day) return std::nullopt;
  CivilTime out{*day, std::nullopt, std::nullopt};
  if (scan.Done()) return out;
  if (!scan.Take('T') && !scan.Blanks()) return std::nullopt;
  out.second = ScanClock(scan);
  if (!out.second) return std::nullopt;
  scan.Blanks();
  if (scan.Done()) return out;
  out.offset = ParseOffset(scan.rest());
  return out.offset ? std::optional(out) : std::nullopt;
}

}  // namespace

bool IsLeapYear(int32_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

uint8_t DaysInMonth(int32_t year, uint8_t month) {
  if (month == 2) return IsLeapYear(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

bool IsValid(const CivilDay& day) {
  return day.year >= kMinYear && day.year <= kMaxYear && day.month >= 1 && day.month <= 12 && day.day >= 1 &&
         day.day <= DaysInMonth(day.year, day.month);
}

int64_t DaysFromCivil(const CivilDay& day) {
  const int64_t year = day.year - (day.month <= 2 ? 1 : 0);
  const int64_t era = FloorDivide(year, 400);
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (day.month + (day.month > 2 ? -3 : 9)) + 2) / 5 + day.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * kDaysPerEra + day_of_era - kDaysTo1970;
}

CivilDay CivilFromDays(int64_t days) {
  const int64_t from_march = std::clamp(days, kFirstDay, kLastDay) + kDaysTo1970;
  const int64_t era = FloorDivide(from_march, kDaysPerEra);
  const int64_t day_of_era = from_march - era * kDaysPerEra;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted = (5 * day_of_year + 2) / 153;
  const auto day = static_cast<uint8_t>(day_of_year - (153 * shifted + 2) / 5 + 1);
  const auto month = static_cast<uint8_t>(shifted < 10 ? shifted + 3 : shifted - 9);
  return {static_cast<int32_t>(year_of_era + era * 400 + (month <= 2 ? 1 : 0)), month, day};
}

CivilDay AddDays(const CivilDay& day, int64_t days) {
  // Enough to leave the calendar at either end, and too little to overflow.
  const int64_t step = std::clamp(days, kFirstDay - kLastDay, kLastDay - kFirstDay);
  return CivilFromDays(DaysFromCivil(day) + step);
}

int Weekday(const CivilDay& day) {
  const int64_t since_a_monday = DaysFromCivil(day) + 3;  // 1970-01-01 was a Thursday
  return static_cast<int>(since_a_monday - FloorDivide(since_a_monday, 7) * 7);
}

CivilDay DayOf(const EntryDate& date) { return {date.year, date.month, date.day}; }

int64_t InstantOf(const CivilDay& day, uint32_t second, int32_t offset) {
  return (DaysFromCivil(day) * int64_t{kSecondsPerDay} + second - offset) * 1000;
}

EntryDate DateAt(int64_t instant_ms, int32_t offset) {
  const int64_t seconds = std::clamp(FloorDivide(instant_ms, 1000) + offset, kFirstDay * int64_t{kSecondsPerDay},
                                     (kLastDay + 1) * int64_t{kSecondsPerDay} - 1);
  const int64_t days = FloorDivide(seconds, kSecondsPerDay);
  const CivilDay day = CivilFromDays(days);
  return {.year = day.year,
          .month = day.month,
          .day = day.day,
          .second = static_cast<uint32_t>(seconds - days * int64_t{kSecondsPerDay}),
          .zone = FormatOffset(offset),
          .instant_ms = instant_ms};
}

std::optional<int32_t> ParseOffset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  Scanner scan(text);
  const bool east = scan.Take('+');
  if (!east && !scan.Take('-')) return std::nullopt;
  const auto hours = scan.Digits(2);
  if (!hours) return std::nullopt;
  uint32_t parts[2] = {0, 0};  // minutes, seconds
  for (uint32_t& part : parts) {
    if (scan.Done()) break;
    scan.Take(':');
    const auto given = scan.Digits(2);
    if (!given || *given > 59) return std::nullopt;
    part = *given;
  }
  const auto offset = static_cast<int32_t>(*hours * 3600 + parts[0] * 60 + parts[1]);
  if (!scan.Done() || offset > kMaxOffset) return std::nullopt;
  return east ? offset : -offset;
}

std::string FormatOffset(int32_t offset) {
  const auto size = static_cast<uint32_t>(offset < 0 ? -int64_t{offset} : int64_t{offset});
  std::string out = (offset < 0 ? "-" : "+") + Padded(size / 3600, 2) + ":" + Padded(size / 60 % 60, 2);
  if (size % 60 != 0) out += ":" + Padded(size % 60, 2);
  return out;
}

Result<CivilTime> ParseTime(std::string_view text, const CivilDay& today) {
  if (const std::optional<CivilTime> time = Scan(Trim(text), today)) return *time;
  return Fail(
      Code::kInvalidArgument,
      "This is not a date from year 1 to 9999. Write it like 2026-11-23, 2026-11-23 21:30, today or yesterday.");
}

EntryDate DateOf(const CivilTime& time, int32_t offset, std::string zone) {
  const uint32_t second = time.second.value_or(kNoon);
  if (time.offset) {
    offset = *time.offset;
    zone = FormatOffset(offset);
  }
  return {.year = time.day.year,
          .month = time.day.month,
          .day = time.day.day,
          .second = second,
          .day_only = !time.second,
          .zone = std::move(zone),
          .instant_ms = InstantOf(time.day, second, offset)};
}

std::string FormatDay(const CivilDay& day) {
  return Padded(static_cast<uint32_t>(std::max(day.year, 0)), 4) + "-" + Padded(day.month, 2) + "-" +
         Padded(day.day, 2);
}

std::string FormatClock(uint32_t second) {
  std::string out = Padded(second / 3600, 2) + ":" + Padded(second / 60 % 60, 2);
  if (second % 60 != 0) out += ":" + Padded(second % 60, 2);
  return out;
}

std::string FormatDate(const EntryDate& date) {
  const std::string day = FormatDay(DayOf(date));
  return date.day_only ? day : day + " " + FormatClock(date.second);
}

bool IsValid(const EntryDate& date) { return IsValid(DayOf(date)) && date.second < kSecondsPerDay; }

DateKey KeyOf(const CivilDay& day, uint32_t second) {
  CivilDay near = day;
  if (!IsValid(near)) {
    near.month = std::clamp<uint8_t>(day.month, 1, 12);
    near.day = std::clamp<uint8_t>(day.day, 1, DaysInMonth(day.year, near.month));
    if (day.year < kMinYear) near = {kMinYear, 1, 1};
    if (day.year > kMaxYear) near = {kMaxYear, 12, 31};
  }
  const int64_t since_first = DaysFromCivil(near) - kFirstDay;
  uint64_t sortable = static_cast<uint64_t>(since_first) * kSecondsPerDay + std::min(second, kSecondsPerDay - 1);
  DateKey key;
  for (size_t i = key.size(); i-- > 0; sortable >>= 8) key[i] = static_cast<uint8_t>(sortable);
  return key;
}

DateKey KeyOf(const EntryDate& date) { return KeyOf(DayOf(date), date.second); }

}  // namespace kith
