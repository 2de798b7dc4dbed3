// Days and times as people and files write them. A year, month and day of the input are "today".
#include "client/model/dates.h"
#include "tests/fuzz/target.h"

namespace kith::fuzz {

KITH_FUZZ_TARGET(times) {
  const std::string_view text = AsText(input);
  if (const auto offset = ParseOffset(text)) {
    KITH_CHECK(*offset >= -kMaxOffset && *offset <= kMaxOffset);
    KITH_CHECK(ParseOffset(FormatOffset(*offset)) == offset || *offset % 60 != 0);
  }
  const auto time = ParseTime(text, {.year = 2026, .month = 11, .day = 23});
  if (!time) {
    KITH_CHECK(time.error().code == Code::kInvalidArgument);
    return Outcome::kRefused;
  }
  KITH_CHECK(IsValid(time->day));
  KITH_CHECK(!time->second || *time->second < kSecondsPerDay);
  for (const int32_t offset : {0, -5 * 3600, kMaxOffset}) KITH_CHECK(IsValid(DateOf(*time, offset, "UTC")));
  const auto day = ParseTime(FormatDay(time->day), {.year = 1, .month = 1, .day = 1});
  KITH_CHECK(day && day->day == time->day);
  return Outcome::kAccepted;
}

}  // namespace kith::fuzz
