// Pictures for a terminal.
#include "client/cli/chart.h"

#include <gtest/gtest.h>

namespace kith {
namespace {

TEST(Chart, ATrackHasBothValuesInTheirPlaces) {
  EXPECT_EQ(ChartTrack(0, 10, 0, 10), "|o...................x|");
  EXPECT_EQ(ChartTrack(0, 10, 5, 5), "|..........*..........|");
  EXPECT_EQ(ChartTrack(-3, 3, -3, {}), "|o....................|");
  EXPECT_EQ(ChartTrack(-3, 3, {}, 3), "|....................x|");
  EXPECT_EQ(ChartTrack(0, 100, 50, 0), "|x.........o..........|");
  EXPECT_EQ(ChartTrack(0, 10, {}, {}), "|.....................|");
}

TEST(Chart, ABandIsAsWideAsATrack) { EXPECT_EQ(ChartBand().size(), ChartTrack(0, 1, 0, 1).size()); }

TEST(Chart, AMeanHasOneDigitAndNoNegativeZero) {
  EXPECT_EQ(ChartMean(0.5), "0.5");
  EXPECT_EQ(ChartMean(-0.04), "0.0");
  EXPECT_EQ(ChartMean(-1.25), "-1.3");
  EXPECT_EQ(ChartMean(33.0 + 1.0 / 3), "33.3");
}

}  // namespace
}  // namespace kith
