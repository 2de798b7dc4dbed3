#include "client/core/shred.h"

#include <algorithm>
#include <map>

#include "client/core/intake.h"
#include "client/core/outbox.h"
#include "client/core/repack.h"
#include "client/core/state.h"

namespace kith {
namespace {

std::string LabelOf(const State& state, const storage::Lane& lane) {
  const auto label = state.labels.find(lane.device);
  return label == state.labels.end() ? std::string() : label->second.second;
}

// Whose records hold words of anything that was shredded, and are repacked by themselves.
std::vector<std::string> WaitingFor(State& state) {
  std::map<DeviceId, std::string> devices;
  for (const Shreds::Place& record : state.shreds.owed()) {
    const storage::Lane* lane = state.lanes.Find(record.first);
    if (lane != nullptr && !Repacks(state, *lane)) devices[lane->device] = LabelOf(state, *lane);
  }
  std::vector<std::string> labels;
  for (auto& [device, label] : devices) labels.push_back(std::move(label));
  return labels;
}

bool KeptByRelay(State& state) {
  return std::ranges::any_of(state.prunes.wanted(), [&](const auto& wanted) {
    const storage::Lane* lane = state.lanes.Find(wanted.first);
    return lane != nullptr && state.IsSelf(lane->mailbox) && BeyondPruning(state.self(), lane->key) &&
           *wanted.second.begin() <= lane->acked_seq;
  });
}

// One stub ends the entry, for this person's other devices and those that come later. Whoever repacks a record says the
// others.
Result<> SayStub(State& state, Transaction& tx, const EntryId& entry, const storage::EntryVersions::Item& item) {
  const Bytes op = EncodeOp(Version{.id = item.id,
                                    .entry = entry,
                                    .parents = item.parents,
                                    .hlc = item.hlc,
                                    .state = VersionState::kShredded,
                                    .content = {}});
  const storage::Place place = Outbox(state).Add(tx, state.self(), {&op, 1});
  return Intake(state).ApplyOp(tx, op, place);
}

}  // namespace

Result<ShredOutcome> ShredEntry(State& state, const EntryId& entry) {
  Transaction tx(state.store);
  KITH_TRY_ASSIGN(const auto versions, state.entries.Versions(tx, entry));
  if (!versions) return Fail(Code::kNotFound, "There is no such entry. `kith list` shows their ids.");
  ShredOutcome outcome;
  if (!IsShredded(*versions)) {
    outcome.versions = versions->items.size();
    KITH_TRY_ASSIGN(outcome.taken_back, TakeBackShares(state, tx, entry, std::nullopt));
    KITH_TRY(SayStub(state, tx, entry, versions->items.front()));
    KITH_TRY(SweepShredded(state, tx, {entry}));
    state.shreds.AskForCompaction(tx);
    KITH_TRY(state.Commit(tx));
  }
  outcome.waiting_for = WaitingFor(state);
  outcome.kept_by_relay = KeptByRelay(state);
  return outcome;
}

}  // namespace kith
