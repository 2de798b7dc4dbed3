// A device whose keys are good turns hostile, or mad: its next record says anything at all. Whatever was taken from it,
// the vault opens again and every entry can be read. The first byte chooses what of the record is the input.
#include "client/core/intake.h"

#include "crypto/base/limits.h"
#include "tests/fuzz/intake_world.h"
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

// A device of one's own may shred, and nothing else takes an entry away.
bool There(const Journal& journal, const EntryId& entry) {
  const auto shown = journal.Show(entry);
  return shown || shown.error().code == Code::kShredded;
}

void ReadAll(Journal& journal) {
  std::vector<EntryId> entries;
  for (const auto which : {ListQuery::Which::kPresent, ListQuery::Which::kDeleted}) {
    ListQuery query;
    query.which = which;
    KITH_CHECK(journal.List(query, [&](const storage::Summary& summary) {
      entries.push_back(summary.id);
      return true;
    }));
  }
  for (const EntryId& entry : entries) {
    KITH_CHECK(journal.Show(entry).has_value());
    KITH_CHECK(journal.History(entry).has_value());
  }
  KITH_CHECK(journal.ForEach([](const EntryId&, const Content&) { return true; }));
  KITH_CHECK(There(journal, IntakeWorld::Get().entry));
  KITH_CHECK(journal.Devices().size() >= 2);
}

Outcome Receive(const SignedRecord& record) {
  const IntakeWorld& world = IntakeWorld::Get();
  MemStore store = world.store;
  FakeClock clock;
  auto journal = Journal::Open(store, clock);
  KITH_CHECK(journal.has_value());
  State& state = (*journal)->state();
  const uint64_t refused = state.refused;
  Transaction tx(store);
  Intake intake(state);
  KITH_CHECK(intake.Receive(tx, state.self(), record));
  KITH_CHECK(intake.Retry(tx));
  KITH_CHECK(state.Commit(tx));
  const storage::Lane* const lane = state.lanes.Find(world.lane->public_key());
  const bool accepted = lane->broken == 0 && lane->applied_seq == world.seq + 1 && state.refused == refused;
  KITH_CHECK(There(**journal, world.entry));
  journal = Journal::Open(store, clock);
  KITH_CHECK(journal.has_value());
  ReadAll(**journal);
  return OutcomeOf(accepted);
}

}  // namespace

KITH_FUZZ_TARGET(intake) {
  if (input.size() < 2 || input.size() > limits::kPackOps) return Outcome::kRefused;
  const IntakeWorld& world = IntakeWorld::Get();
  const ByteView rest = input.subspan(1);
  switch (input[0] % 4) {
    case 0:
      return Receive(world.Next(RecordKind::kSealed, PackOf(rest)));
    case 1:
      return Receive(world.Next(RecordKind::kSealed, rest));
    case 2:
      return Receive(world.Next(RecordKind::kGeneration, rest));
    case 3:
      return Receive(world.Next(RecordKind::kPrune, rest));
  }
  return Outcome::kRefused;
}

}  // namespace kith::fuzz
