// Worlds by seed. KITH_SIM_SEED and KITH_SIM_SEEDS choose others than those run by default.
#include "tests/support/world.h"

#include <gtest/gtest.h>

#include "tests/sim/seeds.h"

namespace kith {
namespace {

constexpr uint64_t kCases = 10;
constexpr int kSteps = 150;

class Seeds : public testing::TestWithParam<uint64_t> {};

TEST_P(Seeds, Converge) {
  const uint64_t first = FirstSeed();
  const uint64_t seeds = SeedCount(KITH_SIM_DEFAULT_SEEDS);
  if (GetParam() >= seeds) GTEST_SKIP() << "this part has none of the " << seeds << " seeds asked for";
  size_t acknowledged = 0;
  for (uint64_t seed = first + GetParam(); seed < first + seeds; seed += kCases) {
    Dice dice(seed);
    World world(seed, Weather::Any(dice), kSteps);
    for (const std::string& problem : world.Play()) {
      ADD_FAILURE() << problem << "\nseed " << seed << "; replay it with: ./dev sim " << seed;
    }
    acknowledged += world.acknowledged();
  }
  EXPECT_GT(acknowledged, 0u) << "nothing was written in any of these worlds";
}

INSTANTIATE_TEST_SUITE_P(Parts, Seeds, testing::Range<uint64_t>(0, kCases));

TEST(Replay, ASeedGivesTheSameBytesTwice) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    std::string digests[3];
    for (int i = 0; i < 3; ++i) {
      const uint64_t played = i < 2 ? seed : seed + 100;
      Dice dice(played);
      World world(played, Weather::Any(dice), kSteps);
      EXPECT_TRUE(world.Play().empty());
      digests[i] = world.Digest();
    }
    EXPECT_EQ(digests[0], digests[1]) << "seed " << seed;
    EXPECT_NE(digests[0], digests[2]) << "the digest says nothing of the world";
  }
}

}  // namespace
}  // namespace kith
