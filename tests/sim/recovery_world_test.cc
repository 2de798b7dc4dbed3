// After any weather, the phrase and the relays alone bring back what the machines have. KITH_SIM_SEED and
// KITH_SIM_SEEDS choose other worlds than those run by default.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "client/core/recovery.h"
#include "tests/sim/seeds.h"
#include "tests/support/world.h"

namespace kith {
namespace {

constexpr uint64_t kCases = 5;
constexpr uint64_t kWorlds = 40;
constexpr int kSteps = 120;
constexpr int kPatience = 2'000;  // calls of one recovery

struct Restored {
  MemStore store;
  FakeClock clock;
  std::unique_ptr<Journal> journal;
};

SimRelay* RelayOf(World& world, const SignPublic& key, size_t relays) {
  for (size_t i = 0; i < relays; ++i) {
    if (world.relay(i).key() == key) return &world.relay(i);
  }
  return nullptr;
}

Result<> Restore(World& world, size_t person, size_t relays, Restored& to) {
  Machine& survivor = world.FirstOf(person);
  KITH_TRY_ASSIGN(const RecoverySecret secret, ParsePhrase(world.resident(person).recovery));
  to.clock = survivor.clock;
  Recovery recovery(to.store, to.clock, secret, *survivor.journal->relay(), {.purpose = Recovery::Purpose::kDrill});
  for (int calls = 0; calls < kPatience; ++calls) {
    KITH_TRY_ASSIGN(const auto ask, recovery.Next());
    if (!ask) {
      KITH_TRY(recovery.Found("restored"));
      KITH_TRY_ASSIGN(to.journal, Journal::Open(to.store, to.clock));
      return recovery.left().empty() ? Result<>() : Result<>(recovery.left().front().why);
    }
    SimRelay* relay = RelayOf(world, ask->relay.key, relays);
    if (relay == nullptr) return Fail(Code::kNotFound, "no such relay");
    KITH_TRY(recovery.OnReply(ask->call, relay->Handle(ask->call, relay->nonce())));
  }
  return Fail(Code::kInternal, "it goes round in circles");
}

std::set<EntryId> Deleted(Journal& journal) {
  ListQuery query;
  query.which = ListQuery::Which::kDeleted;
  std::set<EntryId> ids;
  EXPECT_TRUE(journal.List(query, [&](const storage::Summary& summary) { return ids.insert(summary.id).second; }));
  return ids;
}

std::set<EntryId> Present(Journal& journal) {
  const auto present = journal.Present();
  EXPECT_TRUE(present.has_value());
  return {present->begin(), present->end()};
}

std::multiset<std::string> Inbox(Journal& journal) {
  std::multiset<std::string> texts;
  EXPECT_TRUE(journal.sharing().Inbox([&](const ReceivedShare& share) {
    texts.insert(share.content.text);
    return true;
  }));
  return texts;
}

// Whatever one device shows came back. Where none was revoked, that is all; what a revoked one had sent beyond its end
// comes back as well, since a thief may have said that end.
enum class Extent { kExactly, kAtLeast };

void ExpectBack(Journal& here, Journal& restored, Extent extent) {
  std::set<EntryId> entries = Present(here);
  entries.merge(Deleted(here));
  for (const EntryId& entry : entries) {
    const auto live = here.Show(entry);
    const auto back = restored.Show(entry);
    ASSERT_TRUE(live && back) << "an entry did not come back";
    for (const auto& version : live->versions.items) {
      const auto& items = back->versions.items;
      EXPECT_NE(std::ranges::find(items, version.id, &storage::EntryVersions::Item::id), items.end());
    }
    if (extent == Extent::kExactly) {
      EXPECT_TRUE(live->view == back->view) << "an entry came back with other words";
    }
  }
  if (extent == Extent::kExactly) {
    EXPECT_EQ(Present(here), Present(restored));
    EXPECT_EQ(Deleted(here), Deleted(restored));
  }
  EXPECT_EQ(Inbox(here), Inbox(restored));
  EXPECT_EQ(here.sharing().Friends().size(), restored.sharing().Friends().size());
  EXPECT_EQ(restored.state().refused, 0u);
}

class RecoverySeeds : public testing::TestWithParam<uint64_t> {};

TEST_P(RecoverySeeds, ThePhraseBringsBackWhatTheMachinesHave) {
  const uint64_t first = FirstSeed();
  const uint64_t seeds = SeedCount(kWorlds);
  if (GetParam() >= seeds) GTEST_SKIP() << "this part has none of the " << seeds << " seeds asked for";
  for (uint64_t seed = first + GetParam(); seed < first + seeds; seed += kCases) {
    Dice dice(seed);
    const Cast cast{.people = 2, .relays = 1 + seed % 2};
    World world(seed, Weather::Any(dice), kSteps, cast);
    ASSERT_EQ(world.Play(), std::vector<std::string>()) << "seed " << seed;
    for (size_t person = 0; person < cast.people; ++person) {
      Restored restored;
      const Result<> done = Restore(world, person, cast.relays, restored);
      ASSERT_TRUE(done) << CodeName(done.error().code) << " " << done.error().message << " seed " << seed;
      const std::vector<Machine*> machines = world.MachinesOf(person);
      const bool gone = std::ranges::any_of(machines, [&](const Machine* machine) { return world.Gone(*machine); });
      ExpectBack(*world.FirstOf(person).journal, *restored.journal, gone ? Extent::kAtLeast : Extent::kExactly);
      if (HasFailure()) FAIL() << "seed " << seed << ", person " << person;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Parts, RecoverySeeds, testing::Range<uint64_t>(0, kCases));

}  // namespace
}  // namespace kith
