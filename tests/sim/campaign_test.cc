// The campaign: worlds of two people in any weather, at relays that lie. While they lie, machines may be out of step
// and accuse them; once they are honest again, not a word is missing, nothing is kept that no machine wrote, and no
// alarm stands that was made good.
#include <gtest/gtest.h>

#include "tests/sim/seeds.h"
#include "tests/support/world.h"

namespace kith {
namespace {

constexpr uint64_t kCases = 10;
constexpr int kSteps = 150;
constexpr const char* kLies[] = {"a record was left out",
                                 "a record was altered",
                                 "a record was moved",
                                 "the newest were held back",
                                 "less was served than before",
                                 "a push was swallowed",
                                 "a statement was altered",
                                 "another relay answered",
                                 "worlds split",
                                 "worlds joined"};

class CampaignSeeds : public testing::TestWithParam<uint64_t> {};

TEST_P(CampaignSeeds, NoWordIsLostOrForged) {
  const uint64_t first = FirstSeed();
  const uint64_t seeds = SeedCount(KITH_SIM_FRIEND_SEEDS);
  if (GetParam() >= seeds) GTEST_SKIP() << "this part has none of the " << seeds << " seeds asked for";
  std::map<std::string, size_t> happened;
  for (uint64_t seed = first + GetParam(); seed < first + seeds; seed += kCases) {
    Dice dice(seed);
    World world(seed, Weather::Lying(dice), kSteps, {.people = 2, .relays = 1 + static_cast<size_t>(dice.Below(2))});
    for (const std::string& problem : world.Play()) {
      ADD_FAILURE() << problem << "\ncampaign's seed " << seed << "; replay it with: ./dev sim " << seed;
    }
    for (const auto& [what, times] : world.ledger().happened) happened[what] += times;
  }
  for (const auto& [what, times] : happened) RecordProperty(what, std::to_string(times));
  if (seeds < 10 * kCases) return;
  for (const char* lie : kLies) EXPECT_GT(happened[lie], 0u) << "in none of these worlds: " << lie;
}

INSTANTIATE_TEST_SUITE_P(Parts, CampaignSeeds, testing::Range<uint64_t>(0, kCases));

}  // namespace
}  // namespace kith
