// An owner of a circle whose keys are good turns hostile: a record of theirs, in the circle or in the pair's mailbox,
// says anything at all. Whatever was taken from it, the vault opens again and tells who is in the circle. The first
// byte chooses where the record stands and what of it is the input.
#include "client/core/intake.h"
#include "client/core/limits.h"
#include "client/core/membership.h"
#include "crypto/base/limits.h"
#include "tests/fuzz/circle_world.h"
#include "tests/fuzz/target.h"
#include "tests/support/fake_clock.h"

namespace kith::fuzz {
namespace {

// Operations, each behind its length, in one pack.
Bytes PackOf(ByteView bytes) {
  Pack pack{.hlc = Hlc{FakeClock::kStart} << 16, .ops = {}};
  for (Reader in(bytes); in.ok() && !in.rest().empty();) {
    const ByteView op = in.Raw(in.U16());
    if (in.ok()) pack.ops.emplace_back(op.begin(), op.end());
  }
  return EncodePack(pack, Compression::kNone);
}

void ReadAll(Journal& journal) {
  Membership membership(journal.state());
  for (const CircleInfo& circle : membership.Circles()) {
    const auto members = membership.Members(circle.circle);
    KITH_CHECK(members.has_value() && members->size() <= limits::kMembers);
  }
  KITH_CHECK(membership.Invitations().has_value());
  KITH_CHECK(journal.sharing().Inbox([](const ReceivedShare&) { return true; }));
  KITH_CHECK(journal.sharing().Friends().size() == 2);
}

Outcome Receive(const CircleWorld::Place& place, RecordKind kind, ByteView plain) {
  MemStore store = CircleWorld::Get().store;
  FakeClock clock;
  auto journal = Journal::Open(store, clock);
  KITH_CHECK(journal.has_value());
  State& state = (*journal)->state();
  const uint64_t refused = state.refused;
  Transaction tx(store);
  Intake intake(state);
  KITH_CHECK(intake.Receive(tx, state.mailboxes.at(place.mailbox), place.Next(kind, plain)));
  KITH_CHECK(intake.Retry(tx));
  KITH_CHECK(state.Commit(tx));
  const storage::Lane* const lane = state.lanes.Find(place.lane->public_key());
  const bool accepted = lane->broken == 0 && lane->applied_seq == place.seq + 1 && state.refused == refused;
  ReadAll(**journal);
  journal = Journal::Open(store, clock);
  KITH_CHECK(journal.has_value());
  ReadAll(**journal);
  return OutcomeOf(accepted);
}

}  // namespace

KITH_FUZZ_TARGET(circles) {
  if (input.size() < 2 || input.size() > limits::kPackOps) return Outcome::kRefused;
  const CircleWorld& world = CircleWorld::Get();
  const ByteView rest = input.subspan(1);
  switch (input[0] % 4) {
    case 0:
      return Receive(world.circle, RecordKind::kSealed, PackOf(rest));
    case 1:
      return Receive(world.circle, RecordKind::kSealed, rest);
    case 2:
      return Receive(world.circle, RecordKind::kGeneration, rest);
    case 3:
      return Receive(world.pair, RecordKind::kSealed, PackOf(rest));
  }
  return Outcome::kRefused;
}

}  // namespace kith::fuzz
