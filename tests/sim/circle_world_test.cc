// Worlds of three to five people with a circle, by seed: people come and go, are removed, also two at once, and shred
// entries, in any weather.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/play_part.h"
#include "tests/support/world.h"

namespace kith {
namespace {

constexpr int kSteps = 300;

// What these worlds are about: in ten of them, and in a hundred.
constexpr const char* kOften[] = {"founded a circle of several",
                                  "asked in",
                                  "said yes",
                                  "removed",
                                  "got another role",
                                  "granted history",
                                  "shredded",
                                  "shared"};
constexpr const char* kSometimes[] = {
    "removed at once", "left a circle of several", "declined", "answered", "relay restored", "set back", "copied"};

Cast Several(Dice& dice) {
  return {.people = 3 + static_cast<size_t>(dice.Below(3)),
          .relays = 1 + static_cast<size_t>(dice.Below(2)),
          .circle = Cast::Circle::kOfSeveral};
}

class CircleSeeds : public testing::TestWithParam<uint64_t> {};

TEST_P(CircleSeeds, ConvergeAndCrossNoAudience) {
  const uint64_t seeds = SeedCount(KITH_SIM_CIRCLE_SEEDS);
  if (GetParam() >= seeds) GTEST_SKIP() << "this part has none of the " << seeds << " seeds asked for";
  auto happened =
      PlayPart({.name = "circle's", .steps = kSteps, .cast = Several, .weather = Weather::Any}, GetParam(), seeds);
  if (seeds >= 10 * kParts) ExpectHappened(happened, kOften);
  if (seeds >= 100 * kParts) ExpectHappened(happened, kSometimes);
}

INSTANTIATE_TEST_SUITE_P(Parts, CircleSeeds, testing::Range<uint64_t>(0, kParts));

// At relays that lie: while they do, machines may be out of step; afterwards nothing is lost or forged.
class CircleCampaignSeeds : public testing::TestWithParam<uint64_t> {};

TEST_P(CircleCampaignSeeds, NoWordIsLostOrForged) {
  const uint64_t seeds = SeedCount(KITH_SIM_CIRCLE_CAMPAIGN_SEEDS);
  if (GetParam() >= seeds) GTEST_SKIP() << "this part has none of the " << seeds << " seeds asked for";
  PlayPart({.name = "circle's", .steps = kSteps, .cast = Several, .weather = Weather::Lying}, GetParam(), seeds);
}

INSTANTIATE_TEST_SUITE_P(Parts, CircleCampaignSeeds, testing::Range<uint64_t>(0, kParts));

// That such a world notices.
TEST(CircleWorld, AKeyFromBeforeSomebodyCameIsNoticed) {
  World world(1, Weather::Calm(), 0, {.people = 4, .circle = Cast::Circle::kOfSeveral});
  ASSERT_THAT(world.Play(), testing::IsEmpty());
  const MailboxId circle = world.circle().value();
  const State& owner = world.FirstOf(0).journal->state();
  for (size_t person = 1; person < 4; ++person) {
    State& state = world.FirstOf(person).journal->state();
    Transaction tx(state.store);
    for (const Keyring::Generation* one : owner.keyring.All(circle))
      state.keyring.AddGeneration(tx, circle, one->id, one->key.Reveal(), one->coverage);
    ASSERT_TRUE(state.Commit(tx));
  }
  world.Check();
  EXPECT_THAT(world.problems(), testing::Contains(testing::HasSubstr("has a key from before its person came")));
}

}  // namespace
}  // namespace kith
