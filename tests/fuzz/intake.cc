// A device whose keys are good turns hostile, or mad: its next record says anything at all. Whatever was taken from it,
// the vault opens again and every entry can be read. The first byte chooses what of the record is the input.
#include "crypto/base/limits.h"
#include "tests/fuzz/intake_world.h"
#include "tests/fuzz/target.h"

namespace kith::fuzz {
namespace {

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

}  // namespace

KITH_FUZZ_TARGET(intake) {
  if (input.size() < 2 || input.size() > limits::kPackOps) return Outcome::kRefused;
  const IntakeWorld& world = IntakeWorld::Get();
  const ByteView rest = input.subspan(1);
  switch (input[0] % 4) {
    case 0:
      return Receive(world.store, world.lane, RecordKind::kSealed, PackOf(rest), ReadAll);
    case 1:
      return Receive(world.store, world.lane, RecordKind::kSealed, rest, ReadAll);
    case 2:
      return Receive(world.store, world.lane, RecordKind::kGeneration, rest, ReadAll);
    case 3:
      return Receive(world.store, world.lane, RecordKind::kPrune, rest, ReadAll);
  }
  return Outcome::kRefused;
}

}  // namespace kith::fuzz
