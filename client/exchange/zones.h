// Time zones by name, and dates as other programs write them. Tables: the system's tz database, by Abseil.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client/model/dates.h"
#include "client/model/entry.h"
#include "crypto/base/result.h"

namespace kith {

// A value. Thread-safe.
class Zone {
 public:
  // An IANA name ("Europe/London"), or an offset ("+01:00", "GMT+0100", "UTC-5", "Z"). nullopt: unknown. Never reads
  // the TZ variable or a file outside of the tz database.
  static std::optional<Zone> Find(std::string_view name);
  static Zone Utc();

  // The IANA name as given, or the offset as "+01:00".
  const std::string& name() const { return name_; }
  // The civil time there, without an offset. nullopt: outside of the years 1 to 9999.
  std::optional<CivilTime> At(int64_t instant_ms) const;
  // Milliseconds since 1970. Of two instants the earlier; a time that the clock skipped is read with the offset before
  // the gap.
  int64_t InstantOf(const CivilDay& day, uint32_t second) const;

 private:
  struct Table;
  Zone(std::string name, std::shared_ptr<const Table> table);
  std::string name_;
  std::shared_ptr<const Table> table_;
};

// A date as a file has it.
struct WrittenDate {
  CivilTime time;
  bool utc = false;  // written with "Z": says when, but not where the writer was

  // One spelling: "2026-11-23", "2026-11-23T21:00:00+01:00", "2026-11-23T21:00:00Z".
  std::string Canonical() const;
};

// As ParseTime (dates.h), without the words that depend on today. nullopt: not a date.
std::optional<WrittenDate> ParseWrittenDate(std::string_view text);

struct ResolvedDate {
  EntryDate date;
  bool zone_unknown = false;  // `date.zone` holds its name as text; the civil time is that of UTC or as written
};

// Ties a written date to an instant. `zone`: the zone's name in the source, or empty; `fallback`: as in ImportOptions.
// kMalformed: the result is outside of the years 1 to 9999.
Result<ResolvedDate> ResolveDate(const WrittenDate& written, std::string_view zone,
                                 const std::optional<Zone>& fallback);

}  // namespace kith
