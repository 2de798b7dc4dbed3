// The YAML head of a Markdown file. yaml-cpp ends here. Internal to exchange/.
//
//   ---
//   kith: 1                          only in Kith's exports: what follows is exact (see below)
//   id: 32 hexadecimal digits        `id` or `uuid` of other programs: any text
//   title: "..."
//   created: 2026-11-23T21:00:00     or a day alone; `date` of other programs
//   zone: Europe/London              `timezone` of other programs
//   instant_ms: 1795467600000        milliseconds since 1970-01-01T00:00:00Z
//   tags: [a, b]
//   starred: true
//   journal: "..."
//   location: {latitude: 51.5, longitude: -0.07, place: "...", locality: "...", region: "...", country: "..."}
//   kind: "..."                      if not "entry"
//   depth: 3                         1 to 5
//   practice: {state: mixed, energy: 4, body: [...]}   a practice's fields by name, references as hexadecimal digits;
//   not
//                                    those that are in no export (practice.h)
//   practice_unknown: base64         fields of a newer Kith, of that practice
//   unknown: base64                  fields of a newer Kith
//   ---
//
// In Kith's exports an empty line follows and one newline ends the file; all between is the text, byte for byte.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/model/entry.h"
#include "crypto/base/result.h"

namespace kith {

inline constexpr int64_t kExportVersion = 1;

struct FrontMatter {
  std::optional<int64_t> kith;  // version of the export
  std::string id, title, created, zone, journal, kind;
  std::optional<int64_t> instant_ms;
  std::vector<std::string> tags;
  bool starred = false;
  std::optional<Location> location;
  uint8_t depth = 0;
  Practice practice;                    // of that kind
  std::string unknown;                  // decoded, as practice.unknown is
  std::vector<std::string> other_keys;  // present, but not understood
};

struct NoteParts {
  std::optional<std::string_view> front;  // the YAML between the fences
  std::string_view body;                  // all behind the closing fence's line, or the whole file
};
NoteParts SplitNote(std::string_view file);

// kMalformed: not YAML, or no map. kTooLarge.
Result<FrontMatter> ParseFrontMatter(std::string_view yaml);

// Fences included, ends in a newline. Every text is in double quotes.
std::string FormatFrontMatter(const FrontMatter& front);

}  // namespace kith
