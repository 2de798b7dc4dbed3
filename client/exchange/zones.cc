#include "client/exchange/zones.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <algorithm>
#include <cstdio>

namespace kith {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// Only names that can be nothing but a place in the tz database: Abseil would also read paths and TZ.
bool PlausibleZoneName(std::string_view name) {
  if (name.empty() || name.size() > kMaxZone || name == "localtime" || !IsLetter(name[0])) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return IsLetter(c) || IsDigit(c) || c == '_' || c == '-' || c == '+' || c == '/'; });
}

// Also "GMT+0100" and "UTC-5", as Apple's programs write offsets.
std::optional<int32_t> ParseNamedOffset(std::string_view name) {
  if (name.starts_with("GMT") || name.starts_with("UTC")) name.remove_prefix(3);
  if (name.empty() || (name[0] != '+' && name[0] != '-')) return std::nullopt;
  if (name.size() == 2 && IsDigit(name[1])) return ParseOffset(std::string{name[0], '0', name[1]});
  return ParseOffset(name);
}

}  // namespace

struct Zone::Table {
  absl::TimeZone zone;
};

Zone::Zone(std::string name, std::shared_ptr<const Table> table) : name_(std::move(name)), table_(std::move(table)) {}

Zone Zone::Utc() { return Zone("UTC", std::make_shared<Table>(Table{absl::UTCTimeZone()})); }

std::optional<Zone> Zone::Find(std::string_view name) {
  if (name == "Z") return Utc();
  if (const std::optional<int32_t> offset = ParseNamedOffset(name)) {
    return Zone(FormatOffset(*offset), std::make_shared<Table>(Table{absl::FixedTimeZone(*offset)}));
  }
  Table table;
  if (!PlausibleZoneName(name) || !absl::LoadTimeZone(std::string(name), &table.zone)) return std::nullopt;
  return Zone(std::string(name), std::make_shared<Table>(table));
}

std::optional<CivilTime> Zone::At(int64_t instant_ms) const {
  const absl::CivilSecond at = table_->zone.At(absl::FromUnixMillis(instant_ms)).cs;
  if (at.year() < kMinYear || at.year() > kMaxYear) return std::nullopt;
  CivilTime time;
  time.day = {static_cast<int32_t>(at.year()), static_cast<uint8_t>(at.month()), static_cast<uint8_t>(at.day())};
  time.second = static_cast<uint32_t>(at.hour() * 3600 + at.minute() * 60 + at.second());
  return time;
}

int64_t Zone::InstantOf(const CivilDay& day, uint32_t second) const {
  const absl::CivilSecond civil = absl::CivilSecond(day.year, day.month, day.day, 0, 0, 0) + second;
  return absl::ToUnixMillis(table_->zone.At(civil).pre);
}

std::string WrittenDate::Canonical() const {
  std::string out = FormatDay(time.day);
  if (time.second) {
    char clock[16];
    std::snprintf(clock, sizeof clock, "T%02u:%02u:%02u", *time.second / 3600 % 24, *time.second / 60 % 60,
                  *time.second % 60);
    out += clock;
  }
  if (utc) return out + "Z";
  return time.offset ? out + FormatOffset(*time.offset) : out;
}

std::optional<WrittenDate> ParseWrittenDate(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos || !IsDigit(text[first])) return std::nullopt;
  const Result<CivilTime> time = ParseTime(text, CivilDay{});
  if (!time) return std::nullopt;
  const char last = text[text.find_last_not_of(" \t")];
  return WrittenDate{*time, time->offset && (last == 'Z' || last == 'z')};
}

namespace {

// Where the writer was, as far as the source says.
struct Place {
  std::optional<Zone> zone;
  std::string name;  // what EntryDate::zone will hold
};

Place FindPlace(const WrittenDate& written, std::string_view zone, const std::optional<Zone>& fallback) {
  if (!zone.empty()) {
    std::optional<Zone> found = Zone::Find(zone);
    return {found, found ? found->name() : std::string(zone)};
  }
  if (written.time.offset && !written.utc) {
    const std::string offset = FormatOffset(*written.time.offset);
    return {Zone::Find(offset), offset};
  }
  if (fallback) return {fallback, fallback->name()};
  if (written.utc) return {Zone::Utc(), "UTC"};
  return {std::nullopt, ""};
}

}  // namespace

Result<ResolvedDate> ResolveDate(const WrittenDate& written, std::string_view zone,
                                 const std::optional<Zone>& fallback) {
  const Place place = FindPlace(written, zone, fallback);
  const Zone there = place.zone.value_or(Zone::Utc());
  CivilTime civil = written.time;
  int64_t instant_ms = 0;
  if (civil.second && civil.offset) {
    instant_ms = InstantOf(civil.day, *civil.second, *civil.offset);
    const std::optional<CivilTime> at = there.At(instant_ms);
    if (!at) return Fail(Code::kMalformed, "its date is outside of the years 1 to 9999");
    civil = *at;
  } else {
    instant_ms = there.InstantOf(civil.day, civil.second.value_or(kNoon));
  }
  ResolvedDate out;
  out.zone_unknown = !zone.empty() && !place.zone;
  out.date = {.year = civil.day.year,
              .month = civil.day.month,
              .day = civil.day.day,
              .second = civil.second.value_or(kNoon),
              .day_only = !civil.second,
              .zone = place.name,
              .instant_ms = instant_ms};
  return out;
}

}  // namespace kith
