#include "client/app/entry_dates.h"

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

}  // namespace kith
