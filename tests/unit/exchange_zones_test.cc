#include <gtest/gtest.h>

#include "client/exchange/zones.h"

namespace kith {
namespace {

WrittenDate Written(std::string_view text) {
  const std::optional<WrittenDate> written = ParseWrittenDate(text);
  EXPECT_TRUE(written) << text;
  return written.value_or(WrittenDate{});
}

TEST(ExchangeZones, LondonBefore1847IsLocalMeanTime) {
  const Result<ResolvedDate> out = ResolveDate(Written("1660-01-10T00:00:30Z"), "Europe/London", std::nullopt);
  ASSERT_TRUE(out);
  EXPECT_EQ(DayOf(out->date), (CivilDay{1660, 1, 9}));  // 75 seconds behind Greenwich
  EXPECT_EQ(out->date.second, 86'400u - 45);
  EXPECT_EQ(out->date.zone, "Europe/London");
  EXPECT_EQ(out->date.instant_ms, InstantOf({1660, 1, 10}, 30, 0));
  EXPECT_FALSE(out->zone_unknown);
}

TEST(ExchangeZones, SummerTimeAndItsEnds) {
  const Zone london = *Zone::Find("Europe/London");
  EXPECT_EQ(london.InstantOf({2026, 7, 1}, 12 * 3600), InstantOf({2026, 7, 1}, 11 * 3600, 0));
  // 01:30 comes twice on 2026-10-25: the earlier one is meant.
  EXPECT_EQ(london.InstantOf({2026, 10, 25}, 5400), InstantOf({2026, 10, 25}, 1800, 0));
  // 01:30 never comes on 2026-03-29.
  EXPECT_EQ(london.InstantOf({2026, 3, 29}, 5400), InstantOf({2026, 3, 29}, 5400, 0));
}

TEST(ExchangeZones, NamesAndOffsets) {
  EXPECT_EQ(Zone::Find("GMT+0100")->name(), "+01:00");
  EXPECT_EQ(Zone::Find("UTC-5")->name(), "-05:00");
  EXPECT_EQ(Zone::Find("+05:30")->name(), "+05:30");
  EXPECT_EQ(Zone::Find("Z")->name(), "UTC");
  EXPECT_EQ(Zone::Find("America/New_York")->name(), "America/New_York");
  for (const char* bad : {"", "Mars/Olympus", "../../etc/localtime", "/etc/localtime", "localtime", "Europe/../London",
                          ":Europe/London", "file:x", "Europe"}) {
    EXPECT_FALSE(Zone::Find(bad)) << bad;
  }
}

TEST(ExchangeZones, DatesAsWritten) {
  EXPECT_EQ(Written("1660-01-15 21:00:00Z").Canonical(), "1660-01-15T21:00:00Z");
  EXPECT_EQ(Written("2026-11-23").Canonical(), "2026-11-23");
  EXPECT_EQ(Written("2026-11-23 21:05").Canonical(), "2026-11-23T21:05:00");
  EXPECT_EQ(Written("2026-11-23T21:05:09+01:00").Canonical(), "2026-11-23T21:05:09+01:00");
  EXPECT_EQ(Written("2026-11-23T21:05:09+00:00").Canonical(), "2026-11-23T21:05:09+00:00");
  for (const char* bad : {"", "today", "yesterday 21:30", "2026-02-30", "0000-01-01", "2026-11-23x", "23.11.2026"}) {
    EXPECT_FALSE(ParseWrittenDate(bad)) << bad;
  }
}

TEST(ExchangeZones, FallbackSaysWhereOnlyWhenTheFileDoesNot) {
  const std::optional<Zone> tokyo = Zone::Find("Asia/Tokyo");
  EXPECT_EQ(DayOf(ResolveDate(Written("2026-11-23T21:00:00Z"), "", tokyo)->date), (CivilDay{2026, 11, 24}));
  EXPECT_EQ(ResolveDate(Written("2026-11-23T21:00:00Z"), "", std::nullopt)->date.zone, "UTC");
  EXPECT_EQ(ResolveDate(Written("2026-11-23T21:00:00-05:00"), "", tokyo)->date.zone, "-05:00");
  EXPECT_EQ(ResolveDate(Written("2026-11-23T21:00:00"), "Europe/London", tokyo)->date.zone, "Europe/London");
  const EntryDate bare = ResolveDate(Written("2026-11-23 21:00"), "", std::nullopt)->date;
  EXPECT_EQ(bare.zone, "");
  EXPECT_EQ(bare.instant_ms, InstantOf({2026, 11, 23}, 21 * 3600, 0));
}

TEST(ExchangeZones, DayAloneIsNoonThere) {
  const EntryDate date = ResolveDate(Written("2026-11-23"), "Asia/Tokyo", std::nullopt)->date;
  EXPECT_TRUE(date.day_only);
  EXPECT_EQ(date.second, kNoon);
  EXPECT_EQ(date.instant_ms, InstantOf({2026, 11, 23}, kNoon, 9 * 3600));
}

TEST(ExchangeZones, UnknownZoneKeepsInstantAndName) {
  const Result<ResolvedDate> out = ResolveDate(Written("2026-11-23T21:00:00Z"), "Mars/Olympus", Zone::Find("+09:00"));
  ASSERT_TRUE(out);
  EXPECT_TRUE(out->zone_unknown);
  EXPECT_EQ(out->date.zone, "Mars/Olympus");
  EXPECT_EQ(out->date.second, 21u * 3600);
  EXPECT_EQ(out->date.instant_ms, InstantOf({2026, 11, 23}, 21 * 3600, 0));
}

TEST(ExchangeZones, NoDayOutsideOfTheCalendar) {
  const Result<ResolvedDate> out = ResolveDate(Written("9999-12-31T23:00:00Z"), "Asia/Tokyo", std::nullopt);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, Code::kMalformed);
}

}  // namespace
}  // namespace kith
