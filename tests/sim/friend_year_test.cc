// A friend who was away for a year.
#include <gtest/gtest.h>

#include <algorithm>

#include "client/core/limits.h"
#include "tests/sim/seeds.h"
#include "tests/support/builders.h"
#include "tests/support/world.h"

namespace kith {
namespace {

constexpr int64_t kYear = 365;

// A year of shares, edits that follow and takings back, by either of the writer's devices in turn, while neither of the
// friend's is there.
class AwayForAYear {
 public:
  AwayForAYear() : world_(7, Weather::Calm(), 0, {.people = 2, .relays = 2}) {
    world_.Heal();
    EXPECT_NE(world_.LinkNow(world_.machines()[0]), nullptr);
    EXPECT_NE(world_.LinkNow(world_.machines()[1]), nullptr);
    // The friend lives on another relay than the circle.
    EXPECT_TRUE(world_.IntroduceNow(world_.machines()[0], world_.machines()[1]));
    world_.Heal();
  }

  // Only the writer's devices talk.
  void Settle() {
    for (int round = 0; round < 3; ++round) {
      for (const size_t index : {0, 2}) {
        Machine& machine = world_.machines()[index];
        world_.Wake(machine);
        while (world_.Exchange(machine)) {
        }
      }
    }
  }

  void Live(int64_t day, int per_day) {
    Machine& machine = world_.machines()[day % 2 == 0 ? 0 : 2];
    Sharing sharing = machine.journal->sharing();
    for (Machine& each : world_.machines()) each.clock.Set(FakeClock::kStart + day * FakeClock::kDay);
    for (int i = 0; i < per_day; ++i) {
      machine.clock.Advance(60'000);
      const std::string text = "day " + std::to_string(day) + ", " + std::to_string(i);
      const EntryId entry = *machine.journal->Write(AnEntry(text));
      const auto placed = sharing.Share({.entry = entry, .circle = *world_.circle(), .follow = i % 2 == 0});
      ASSERT_TRUE(placed.has_value()) << placed.error().message;
      stands_.push_back({.entry = entry, .id = placed->id, .text = text, .follow = i % 2 == 0});
      shares_ += 1;
    }
    if (day % 3 == 0) Edit(machine, day);
    if (day % 4 == 0) TakeBack(machine, day);
    Settle();
  }

  World& world() { return world_; }
  size_t shares() const { return shares_; }
  size_t taken_back() const { return taken_back_; }
  size_t edits() const { return edits_; }
  // The texts that stand, in the order in which they were last sent.
  std::vector<std::string> Standing() const {
    std::vector<std::string> out;
    for (const One& one : stands_) out.push_back(one.text);
    return out;
  }

 private:
  struct One {
    EntryId entry;
    ShareId id;
    std::string text;
    bool follow;
  };

  // An entry of some time ago. What follows is sent anew, and comes last then; the others keep their words.
  void Edit(Machine& machine, int64_t day) {
    const auto edited = stands_.begin() + static_cast<ptrdiff_t>(stands_.size() / 2);
    One one = *edited;
    const std::string text = one.text + ", and on day " + std::to_string(day) + " this";
    ASSERT_TRUE(machine.journal->Edit(one.entry, {}, AnEntry(text)));
    ASSERT_TRUE(machine.journal->sharing().FollowUp(one.entry));
    if (!one.follow) return;
    one.text = text;
    stands_.erase(edited);
    stands_.push_back(one);
    ++edits_;
  }

  void TakeBack(Machine& machine, int64_t day) {
    for (int i = 0; i < 3; ++i) {
      const auto one = stands_.begin() + static_cast<ptrdiff_t>((static_cast<size_t>(day) * 31 + i) % stands_.size());
      const auto taken = machine.journal->sharing().TakeBack(one->entry, std::nullopt);
      ASSERT_TRUE(taken.has_value()) << taken.error().message;
      stands_.erase(one);
      ++taken_back_;
    }
  }

  World world_;
  std::vector<One> stands_;
  size_t shares_ = 0;
  size_t taken_back_ = 0;
  size_t edits_ = 0;
};

TEST(FriendYear, AllThatStandsArrivesInOrder) {
  const int per_day = static_cast<int>(FromEnvironment("KITH_SIM_YEAR_SHARES", KITH_SIM_YEAR_SHARES));
  AwayForAYear year;
  for (int64_t day = 1; day <= kYear && !testing::Test::HasFailure(); ++day) year.Live(day, per_day);
  ASSERT_FALSE(testing::Test::HasFailure());
  EXPECT_GE(year.shares(), static_cast<size_t>(kYear * per_day));
  EXPECT_GT(year.taken_back(), 200u);
  EXPECT_GT(year.edits(), 20u);
  for (const size_t index : {1, 3}) {
    Machine& machine = year.world().machines()[index];
    machine.clock.Set(FakeClock::kStart + kYear * FakeClock::kDay);
  }
  year.world().Heal();
  EXPECT_TRUE(year.world().problems().empty()) << year.world().problems().front();
  for (const size_t index : {1, 3}) {
    std::vector<std::string> inbox;
    ASSERT_TRUE(year.world().machines()[index].journal->sharing().Inbox([&](const ReceivedShare& share) {
      inbox.push_back(share.content.text);
      return true;
    }));
    std::ranges::reverse(inbox);  // oldest first
    EXPECT_EQ(inbox, year.Standing()) << "machine " << index;
    EXPECT_EQ(year.world().machines()[index].journal->state().refused, 0u);
  }
}

}  // namespace
}  // namespace kith
