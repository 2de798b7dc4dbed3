#include <gtest/gtest.h>

#include "client/model/dates.h"

namespace kith {
namespace {

const CivilDay kToday{2026, 11, 23};

TEST(Dates, KnownDays) {
  EXPECT_EQ(DaysFromCivil({1970, 1, 1}), 0);
  EXPECT_EQ(DaysFromCivil({2000, 3, 1}), 11'017);
  EXPECT_EQ(DaysFromCivil({1660, 1, 10}), -113'216);
  EXPECT_EQ(DaysFromCivil({1, 1, 1}), -719'162);
  EXPECT_EQ(DaysFromCivil({9999, 12, 31}), 2'932'896);
  EXPECT_EQ(Weekday({1970, 1, 1}), 3);
  EXPECT_EQ(Weekday({2026, 11, 23}), 0);
  EXPECT_EQ(Weekday({1, 1, 1}), 0);
}

TEST(Dates, EveryDayThereAndBack) {
  CivilDay previous = CivilFromDays(-719'162);
  ASSERT_EQ(previous, (CivilDay{1, 1, 1}));
  for (int64_t day = -719'161; day <= 2'932'896; ++day) {
    const CivilDay civil = CivilFromDays(day);
    ASSERT_TRUE(IsValid(civil));
    ASSERT_GT(civil, previous);
    ASSERT_EQ(DaysFromCivil(civil), day);
    previous = civil;
  }
  EXPECT_EQ(previous, (CivilDay{9999, 12, 31}));
}

TEST(Dates, BeyondTheCalendarIsItsEnd) {
  EXPECT_EQ(CivilFromDays(INT64_MAX), (CivilDay{9999, 12, 31}));
  EXPECT_EQ(CivilFromDays(INT64_MIN), (CivilDay{1, 1, 1}));
  EXPECT_EQ(AddDays({1, 1, 1}, -1), (CivilDay{1, 1, 1}));
  EXPECT_EQ(AddDays({1, 1, 1}, INT64_MAX), (CivilDay{9999, 12, 31}));
  EXPECT_EQ(AddDays({9999, 12, 31}, INT64_MIN), (CivilDay{1, 1, 1}));
  EXPECT_EQ(DateAt(INT64_MAX, 0).year, 9999);
  EXPECT_EQ(DateAt(INT64_MIN, -kMaxOffset).year, 1);
}

TEST(Dates, LeapYears) {
  EXPECT_TRUE(IsValid(CivilDay{2000, 2, 29}));
  EXPECT_TRUE(IsValid(CivilDay{2024, 2, 29}));
  EXPECT_FALSE(IsValid(CivilDay{1900, 2, 29}));
  EXPECT_FALSE(IsValid(CivilDay{2023, 2, 29}));
  EXPECT_EQ(AddDays({2024, 2, 28}, 1), (CivilDay{2024, 2, 29}));
}

TEST(Dates, Parse) {
  const auto parsed = [](std::string_view text) {
    const Result<CivilTime> time = ParseTime(text, kToday);
    EXPECT_TRUE(time.has_value()) << text;
    return time.value_or(CivilTime{});
  };
  EXPECT_EQ(parsed("2026-11-23"), (CivilTime{{2026, 11, 23}, std::nullopt, std::nullopt}));
  EXPECT_EQ(parsed(" 1660-01-10 21:30\n"), (CivilTime{{1660, 1, 10}, 77'400, std::nullopt}));
  EXPECT_EQ(parsed("2026-11-23T21:30:15.250Z"), (CivilTime{{2026, 11, 23}, 77'415, 0}));
  EXPECT_EQ(parsed("2026-11-23 21:30 +01:00"), (CivilTime{{2026, 11, 23}, 77'400, 3'600}));
  EXPECT_EQ(parsed("2016-12-31T23:59:60Z"), (CivilTime{{2016, 12, 31}, 86'399, 0}));
  EXPECT_EQ(parsed("today"), (CivilTime{kToday, std::nullopt, std::nullopt}));
  EXPECT_EQ(parsed("yesterday 07:05"), (CivilTime{{2026, 11, 22}, 25'500, std::nullopt}));
}

TEST(Dates, ParseRefuses) {
  for (const char* text : {"", "2026", "2026-13-01", "2026-02-30", "0000-01-01", "10000-01-01", "2026-11-23 24:00",
                           "2026-11-23 21:60", "2026-11-23 21", "2026-11-23x", "2026-11-23 21:30 +25:00",
                           "2026-11-23 +01:00", "todayish", "23.11.2026", "2026-11-23 21:30:15.", "-026-11-23"}) {
    const Result<CivilTime> time = ParseTime(text, kToday);
    ASSERT_FALSE(time.has_value()) << text;
    EXPECT_EQ(time.error().code, Code::kInvalidArgument);
  }
}

TEST(Dates, Offsets) {
  EXPECT_EQ(ParseOffset("+01:00"), 3'600);
  EXPECT_EQ(ParseOffset("-0530"), -19'800);
  EXPECT_EQ(ParseOffset("+01"), 3'600);
  EXPECT_EQ(ParseOffset("Z"), 0);
  EXPECT_EQ(ParseOffset("-00:01:15"), -75);
  for (const char* text : {"", "+", "01:00", "+1:00", "+19:00", "+01:60", "+01:00x", "UTC"})
    EXPECT_EQ(ParseOffset(text), std::nullopt) << text;
  EXPECT_EQ(FormatOffset(3'600), "+01:00");
  EXPECT_EQ(FormatOffset(-19'800), "-05:30");
  EXPECT_EQ(FormatOffset(-75), "-00:01:15");
}

TEST(Dates, InstantsAndOffsets) {
  const EntryDate date = DateOf({{2026, 11, 23}, 77'400, 3'600}, 0, "Europe/Berlin");
  EXPECT_EQ(date.zone, "+01:00");
  EXPECT_EQ(date.instant_ms, 1'795'465'800'000);
  EntryDate back = DateAt(date.instant_ms, 3'600);
  EXPECT_EQ(back, date);
  EXPECT_EQ(DateAt(-1, 0).second, 86'399u);
  EXPECT_EQ(DateAt(-1, 0).year, 1969);

  const EntryDate day = DateOf({{1660, 1, 10}, std::nullopt, std::nullopt}, -75, "Europe/London");
  EXPECT_TRUE(day.day_only);
  EXPECT_EQ(day.second, kNoon);
  EXPECT_EQ(day.zone, "Europe/London");
  EXPECT_EQ(day.instant_ms, (-113'216 * 86'400LL + 43'200 + 75) * 1'000);
}

TEST(Dates, Format) {
  EXPECT_EQ(FormatDate({.year = 33, .month = 4, .day = 3, .second = 77'400}), "0033-04-03 21:30");
  EXPECT_EQ(FormatDate({.year = 1660, .month = 1, .day = 10, .second = 77'415}), "1660-01-10 21:30:15");
  EXPECT_EQ(FormatDate({.year = 1660, .month = 1, .day = 10, .second = kNoon, .day_only = true}), "1660-01-10");
}

TEST(Dates, KeysSortLikeDates) {
  const std::vector<std::pair<CivilDay, uint32_t>> ascending = {
      {{1, 1, 1}, 0},      {{1, 1, 1}, 1},    {{1660, 1, 10}, 86'399}, {{1660, 1, 11}, 0},
      {{1969, 12, 31}, 5}, {{1970, 1, 1}, 0}, {{2026, 11, 23}, 60},    {{9999, 12, 31}, 0}};
  for (size_t i = 1; i < ascending.size(); ++i) {
    EXPECT_LT(KeyOf(ascending[i - 1].first, ascending[i - 1].second), KeyOf(ascending[i].first, ascending[i].second));
  }
  EXPECT_EQ(KeyOf({1, 1, 1}, 258), (DateKey{0, 0, 0, 0, 0, 0, 1, 2}));
}

TEST(Dates, KeysOfImpossibleDatesAreTheNearest) {
  EXPECT_EQ(KeyOf({-5, 99, 99}, 3), KeyOf({1, 1, 1}, 3));
  EXPECT_EQ(KeyOf({2'000'000'000, 0, 0}, 0), KeyOf({9999, 12, 31}, 0));
  EXPECT_EQ(KeyOf({2023, 2, 31}, 90'000), KeyOf({2023, 2, 28}, 86'399));
  EXPECT_FALSE(IsValid(EntryDate{.month = 13}));
  EXPECT_FALSE(IsValid(EntryDate{.second = 86'400}));
  EXPECT_TRUE(IsValid(EntryDate{}));
}

}  // namespace
}  // namespace kith
