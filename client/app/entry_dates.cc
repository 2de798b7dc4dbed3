#include "client/app/entry_dates.h"

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "client/exchange/zones.h"
#include "client/model/dates.h"

namespace kith {
namespace {

// The machine's zone by name: TZ, or what /etc/localtime points to.
std::string LocalZoneName() {
  if (const char* name = std::getenv("TZ"); name != nullptr && *name != '\0') return *name == ':' ? name + 1 : name;
  std::error_code error;
  const std::string target = std::filesystem::read_symlink("/etc/localtime", error).string();
  constexpr std::string_view kFolder = "/zoneinfo/";
  const size_t at = target.find(kFolder);
  return error || at == std::string::npos ? "UTC" : target.substr(at + kFolder.size());
}

}  // namespace

Result<EntryDate> DateFor(const std::string& on, const std::string& zone_name, int64_t now_ms) {
  const auto zone = Zone::Find(zone_name.empty() ? LocalZoneName() : zone_name);
  if (!zone && !zone_name.empty()) {
    return Fail(Code::kInvalidArgument, "This time zone is unknown. Write one such as Europe/London or +01:00.");
  }
  const Zone here = zone ? *zone : Zone::Utc();
  const auto now = here.At(now_ms);
  if (!now) return Fail(Code::kInvalidArgument, "This machine's clock is far off. Set it and try again.");
  if (on.empty()) {
    EntryDate date = DateOf(*now, 0, here.name());
    date.instant_ms = now_ms;
    return date;
  }
  KITH_TRY_ASSIGN(const CivilTime time, ParseTime(on, now->day));
  EntryDate date = DateOf(time, 0, here.name());
  if (!time.offset) date.instant_ms = here.InstantOf(time.day, date.second);
  return date;
}

Result<std::optional<CivilDay>> DayBound(const std::string& text, int64_t now_ms) {
  if (text.empty()) return std::optional<CivilDay>();
  KITH_TRY_ASSIGN(const EntryDate date, DateFor(text, {}, now_ms));
  return std::optional(DayOf(date));
}

Result<int64_t> ExpiryFor(const std::string& text, int64_t now_ms) {
  if (text.empty()) return int64_t{0};
  constexpr int64_t kHour = 3'600'000;
  constexpr int64_t kMost = 100'000;  // of any unit, far beyond what is allowed
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec == std::errc() && end - read.ptr == 1 && number > 0 && number <= kMost) {
    if (*read.ptr == 'h') return now_ms + number * kHour;
    if (*read.ptr == 'd') return now_ms + number * 24 * kHour;
    if (*read.ptr == 'w') return now_ms + number * 7 * 24 * kHour;
  }
  const auto date = DateFor(text, {}, now_ms);
  if (!date) return Fail(Code::kInvalidArgument, "Give the end as 36h, 7d or 2w, or as a day such as 2027-01-31.");
  if (!date->day_only) return date->instant_ms;
  KITH_TRY_ASSIGN(const EntryDate midnight, DateFor(FormatDay(AddDays(DayOf(*date), 1)) + " 00:00", {}, now_ms));
  return midnight.instant_ms;
}

}  // namespace kith
