#include "client/model/content.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "client/model/dates.h"
#include "client/model/practice.h"
#include "client/model/text.h"

namespace kith {
namespace {

// "500,000"
std::string Grouped(size_t number) {
  std::string out = std::to_string(number);
  for (size_t at = out.size(); at > 3; at -= 3) out.insert(at - 3, ",");
  return out;
}

Result<> CheckText(std::string_view text, size_t limit, const std::string& name, const std::string& advice) {
  if (text.size() > limit) {
    return Fail(Code::kTooLarge, "The " + name + " has " + Grouped(text.size()) + " bytes; at most " + Grouped(limit) +
                                     " fit. " + advice);
  }
  if (!IsUtf8(text)) {
    return Fail(Code::kNotUtf8,
                "The " + name + " is not valid UTF-8. Convert it first, for example with iconv -t UTF-8.");
  }
  return {};
}

Result<> CheckTags(const std::vector<std::string>& tags) {
  if (tags.size() > kMaxTags) {
    return Fail(Code::kTooLarge, "An entry can have at most " + Grouped(kMaxTags) + " tags. Remove some.");
  }
  for (const std::string& tag : tags) {
    KITH_TRY(CheckText(tag, kMaxTag, "tag", "Choose a shorter one."));
    if (tag.find_first_of("\r\n") != std::string::npos) {
      return Fail(Code::kInvalidArgument, "A tag is one line. Remove the line break.");
    }
  }
  if (NormalizeTags(tags) != tags) {
    return Fail(Code::kInvalidArgument, "Tags must be sorted, distinct, not empty and without blanks around them.");
  }
  return {};
}

bool IsDegrees(double value, double limit) { return std::isfinite(value) && std::abs(value) <= limit; }

Result<> CheckLocation(const Location& location) {
  for (const std::string* text : {&location.place, &location.locality, &location.region, &location.country}) {
    KITH_TRY(CheckText(*text, kMaxPlace, "name of the place", "Shorten it."));
  }
  if (location.latitude.has_value() != location.longitude.has_value()) {
    return Fail(Code::kInvalidArgument, "A location needs both latitude and longitude, or neither.");
  }
  if (location.latitude && (!IsDegrees(*location.latitude, 90) || !IsDegrees(*location.longitude, 180))) {
    return Fail(Code::kInvalidArgument, "Latitude goes from -90 to 90 degrees, longitude from -180 to 180.");
  }
  return {};
}

}  // namespace

std::vector<std::string> NormalizeTags(std::vector<std::string> tags) {
  constexpr std::string_view kBlanks = " \t\r\n";
  for (std::string& tag : tags) {
    const size_t from = std::min(tag.find_first_not_of(kBlanks), tag.size());
    const size_t to = tag.find_last_not_of(kBlanks) + 1;  // npos + 1 is 0
    tag = from < to ? tag.substr(from, to - from) : std::string();
  }
  std::erase(tags, std::string());
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  return tags;
}

Result<> CheckContent(const Content& content) {
  KITH_TRY(CheckText(content.text, kMaxText, "text", "Split it into several entries."));
  KITH_TRY(CheckText(content.title, kMaxTitle, "title", "Shorten it, or move it into the text."));
  KITH_TRY(CheckText(content.journal, kMaxJournal, "name of the journal", "Choose a shorter one."));
  KITH_TRY(CheckText(content.kind, kMaxKind, "kind", "Choose a shorter one."));
  KITH_TRY(CheckText(content.date.zone, kMaxZone, "time zone", "Use its IANA name, or an offset such as +01:00."));
  if (content.kind.empty()) return Fail(Code::kInvalidArgument, "An entry needs a kind, such as \"entry\".");
  if (!IsValid(content.date)) {
    return Fail(Code::kInvalidArgument, "The date does not exist, or is not between the years 1 and 9999.");
  }
  KITH_TRY(CheckTags(content.tags));
  if (content.location) KITH_TRY(CheckLocation(*content.location));
  if (content.depth > kMaxDepth) return Fail(Code::kInvalidArgument, "A depth goes from 1 to 5.");
  KITH_TRY(CheckPractice(content));
  return {};
}

}  // namespace kith
