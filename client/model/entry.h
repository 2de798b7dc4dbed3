// What a journal is made of: plain values without rules of storage or time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "crypto/base/ids.h"

namespace kith {

// Hybrid logical clock: milliseconds since 1970 << 16 | counter. 0: no causal time (an imported first version).
using Hlc = uint64_t;

// The day as the writer lived it, the zone they were in, and the instant. Any year of the proleptic Gregorian
// calendar from 1 to 9999.
struct EntryDate {
  int32_t year = 1970;
  uint8_t month = 1;       // 1 to 12
  uint8_t day = 1;         // 1 to 31
  uint32_t second = 0;     // second of the civil day, 0 to 86,399
  bool day_only = false;   // no time of day was given; second and instant then mean noon
  std::string zone;        // IANA name, or an offset such as "+01:00"; empty when unknown
  int64_t instant_ms = 0;  // since 1970-01-01T00:00:00Z; negative before

  friend bool operator==(const EntryDate&, const EntryDate&) = default;
};

struct Location {
  std::optional<double> latitude;  // degrees; both or neither
  std::optional<double> longitude;
  std::string place, locality, region, country;

  friend bool operator==(const Location&, const Location&) = default;
};

// What a practice's record says, by the numbers of its kind's fields (practice.h). Whatever a person skipped is not
// there; no text and no list is empty.
using PracticeValue = std::variant<int32_t, std::string, std::vector<std::string>>;
struct Practice {
  std::map<uint8_t, PracticeValue> fields;
  std::string unknown;  // as in Content

  friend bool operator==(const Practice&, const Practice&) = default;
};

// What one version says. `unknown` holds fields this client does not know, as they were received, so that an edit
// here does not lose them.
struct Content {
  std::string kind = "entry";
  std::string title;
  std::string text;
  EntryDate date;
  std::vector<std::string> tags;  // sorted, distinct
  std::string journal;
  bool starred = false;
  std::optional<Location> location;
  uint8_t depth = 0;  // how far in it lets a reader, 1 to 5; 0: not said
  Practice practice;  // nothing unless `kind` is a practice's
  std::string unknown;

  friend bool operator==(const Content&, const Content&) = default;
};

enum class VersionState : uint8_t { kContent, kDeleted, kShredded };

// One version of an entry, named by the hash of its operation.
struct Version {
  VersionId id;
  EntryId entry;
  std::vector<VersionId> parents;  // none for the first
  Hlc hlc = 0;
  VersionState state = VersionState::kContent;
  Content content;  // empty unless state is kContent
};

// Limits of what a person may write (bytes of UTF-8); checked where content enters: CheckContent.
inline constexpr size_t kMaxText = 500'000;
inline constexpr size_t kMaxTitle = 1'000;
inline constexpr size_t kMaxTags = 100;
inline constexpr size_t kMaxTag = 100;
inline constexpr size_t kMaxJournal = 100;
inline constexpr size_t kMaxKind = 100;
inline constexpr size_t kMaxZone = 64;
inline constexpr size_t kMaxPlace = 200;  // each text of a location
inline constexpr uint8_t kMaxDepth = 5;

}  // namespace kith
