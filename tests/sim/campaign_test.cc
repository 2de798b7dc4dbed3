// The campaign: worlds of two people in any weather, at relays that lie. While they lie, machines may be out of step
// and accuse them; once they are honest again, not a word is missing, nothing is kept that no machine wrote, and no
// alarm stands that was made good.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/play_part.h"
#include "tests/support/world.h"

namespace kith {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr int kSteps = 150;
constexpr const char* kHappens[] = {"a record was left out",
                                    "a record was left out, as if it had never been",
                                    "a record was altered",
                                    "a record was moved",
                                    "the newest were held back",
                                    "less was served than before",
                                    "a push was swallowed",
                                    "a statement was altered",
                                    "another relay answered",
                                    "worlds split",
                                    "worlds joined",
                                    "recovered"};

Cast TwoPeople(Dice& dice) { return {.people = 2, .relays = 1 + static_cast<size_t>(dice.Below(2))}; }

class CampaignSeeds : public testing::TestWithParam<uint64_t> {};

TEST_P(CampaignSeeds, NoWordIsLostOrForged) {
  const uint64_t seeds = SeedCount(KITH_SIM_FRIEND_SEEDS);
  if (GetParam() >= seeds) GTEST_SKIP() << "this part has none of the " << seeds << " seeds asked for";
  auto happened = PlayPart({.name = "campaign's", .steps = kSteps, .cast = TwoPeople, .weather = Weather::Lying},
                           GetParam(), seeds);
  // A part of fewer has no room for all.
  if (seeds >= 100 * kParts) ExpectHappened(happened, kHappens);
}

INSTANTIATE_TEST_SUITE_P(Parts, CampaignSeeds, testing::Range<uint64_t>(0, kParts));

// ---- That such a world notices.

TEST(Campaign, WordsThatNobodySignedAreNoticed) {
  World world(1, Weather::Calm(), 60, {.people = 2});
  ASSERT_THAT(world.Play(), IsEmpty());
  MemStore& store = world.FirstOf(0).store;
  StoreBatch batch;
  const auto alter = [&](ByteView key, ByteView value) {
    auto record = storage::DecodeRecord(value);
    if (!record || record->payload.empty()) return true;
    record->payload.front() ^= 1;
    batch.Put(Bytes(key.begin(), key.end()), storage::EncodeRecord(*record));
    return false;
  };
  const Bytes records = storage::Key(storage::Prefix::kRecord);
  ASSERT_TRUE(store.Scan(records, storage::After(records), Store::Order::kDescending, alter));
  ASSERT_FALSE(batch.empty());
  ASSERT_TRUE(store.Write(batch));
  world.Check();
  EXPECT_THAT(world.problems(), Contains(HasSubstr("keeps a record that its author did not sign")));
}

TEST(Campaign, ARelayThatNeverShowsAllTheSameIsNoticed) {
  Weather weather = Weather::Calm();
  weather.split = 100;
  weather.split_stays = 1;
  World world(1, weather, 60, {.people = 2});
  EXPECT_THAT(world.Play(), Not(IsEmpty()));
}

}  // namespace
}  // namespace kith
