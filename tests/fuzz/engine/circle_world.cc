#include "tests/fuzz/circle_world.h"

#include "crypto/base/check.h"
#include "tests/support/family.h"
#include "tests/support/seeded_random.h"

namespace kith::fuzz {
namespace {

HostileLane LaneOf(State& state, const MailboxId& mailbox) {
  return HostileLane::Of(state, mailbox, state.SealingGeneration(mailbox)->key);
}

const CircleWorld* Make() {
  const SeededRandom random(2);
  Family family;
  Relative& self = family.Add("self");
  Relative& other = family.Add("other");
  Relative& third = family.Add("third");
  family.Befriend(self, other);
  family.Befriend(self, third);
  const MailboxId circle = family.Found({&self, &other, &third});
  KITH_CHECK(self.membership().SetRole(circle, other.person(), Role::kOwner).has_value());
  family.SyncAll();
  family.Share(other, circle, "Words for all.");
  family.SyncAll();
  const auto friends = other.journal->sharing().Friends();
  KITH_CHECK(friends.size() == 1);

  auto* const made = new CircleWorld;
  made->self = self.person();
  made->third = third.person();
  made->circle = LaneOf(other.state(), circle);
  made->pair = LaneOf(other.state(), friends.front().circle);
  made->store = self.store;
  made->hostile = other.store;
  return made;
}

}  // namespace

const CircleWorld& CircleWorld::Get() {
  static const CircleWorld* const world = Make();
  return *world;
}

}  // namespace kith::fuzz
