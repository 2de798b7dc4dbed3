#include "client/core/prunes.h"

#include <algorithm>

#include "client/core/limits.h"
#include "client/core/repack.h"
#include "client/core/share_storage.h"
#include "client/core/sharing.h"
#include "client/core/state.h"

namespace kith {

Result<> Prunes::Load(Store& store) {
  Result<> outcome;
  const auto damaged = [&outcome] {
    outcome = Fail(Code::kVaultDamaged,
                   "What was taken back is damaged in the vault. Restore it from a backup, or link this device anew.");
    return false;
  };
  const Bytes pruned = storage::Key(storage::Prefix::kPruned);
  KITH_TRY(store.Scan(pruned, storage::After(pruned), Store::Order::kAscending, [&](ByteView key, ByteView value) {
    Reader reader(key.subspan(1));
    const uint32_t lane = reader.U32();
    const uint64_t first = reader.U64();
    const auto last = storage::DecodeU64(value);
    if (!last || !reader.Done() || *last < first) return damaged();
    covered_[lane][first] = *last;
    return true;
  }));
  KITH_TRY(outcome);
  const Bytes to_prune = storage::Key(storage::Prefix::kToPrune);
  KITH_TRY(store.Scan(to_prune, storage::After(to_prune), Store::Order::kAscending, [&](ByteView key, ByteView) {
    Reader reader(key.subspan(1));
    const uint32_t lane = reader.U32();
    const uint64_t seq = reader.U64();
    if (!reader.Done()) return damaged();
    wanted_[lane].insert(seq);
    return true;
  }));
  return outcome;
}

bool Prunes::Covers(uint32_t lane, uint64_t first, uint64_t last) const {
  const auto ranges = covered_.find(lane);
  if (ranges == covered_.end()) return false;
  const auto after = ranges->second.upper_bound(first);
  return after != ranges->second.begin() && std::prev(after)->second >= last;
}

bool Prunes::CoverBefore(uint32_t lane, uint64_t seq) const {
  const auto ranges = covered_.find(lane);
  return ranges != covered_.end() && !ranges->second.empty() && ranges->second.begin()->first < seq;
}

void Prunes::Cover(Transaction& tx, uint32_t lane, uint64_t first, uint64_t last) {
  // Just these: a neighbour may be covered by a record that was withdrawn, and is still to be named.
  if (const auto wanted = wanted_.find(lane); wanted != wanted_.end()) {
    const auto begin = wanted->second.lower_bound(first);
    const auto end = wanted->second.upper_bound(last);
    for (auto seq = begin; seq != end; ++seq) tx.Delete(storage::ToPruneKey(lane, *seq));
    wanted->second.erase(begin, end);
    if (wanted->second.empty()) wanted_.erase(wanted);
  }
  auto& ranges = covered_[lane];
  // Those that touch become one with it. A number is at most kMaxPrunedSeq, so one more is a number too.
  for (auto next = ranges.upper_bound(last + 1); next != ranges.begin();) {
    const auto range = std::prev(next);
    if (range->second + 1 < first) break;
    first = std::min(first, range->first);
    last = std::max(last, range->second);
    tx.Delete(storage::PrunedKey(lane, range->first));
    next = ranges.erase(range);
  }
  ranges[first] = last;
  tx.Put(storage::PrunedKey(lane, first), storage::EncodeU64(last));
}

bool Prunes::Wants(uint32_t lane, uint64_t seq) const {
  const auto wanted = wanted_.find(lane);
  return wanted != wanted_.end() && wanted->second.contains(seq);
}

void Prunes::Want(Transaction& tx, uint32_t lane, uint64_t seq) {
  if (wanted_[lane].insert(seq).second) tx.Put(storage::ToPruneKey(lane, seq), {});
}

void Prunes::Forget(Transaction& tx, uint32_t lane, uint64_t first) {
  auto& wanted = wanted_[lane];
  for (auto seq = wanted.lower_bound(first); seq != wanted.end(); seq = wanted.erase(seq)) {
    tx.Delete(storage::ToPruneKey(lane, *seq));
  }
  if (wanted.empty()) wanted_.erase(lane);
  auto& ranges = covered_[lane];
  for (auto range = ranges.lower_bound(first); range != ranges.end(); range = ranges.erase(range)) {
    tx.Delete(storage::PrunedKey(lane, range->first));
  }
  if (!ranges.empty() && ranges.rbegin()->second >= first) {
    ranges.rbegin()->second = first - 1;
    tx.Put(storage::PrunedKey(lane, ranges.rbegin()->first), storage::EncodeU64(first - 1));
  }
  if (ranges.empty()) covered_.erase(lane);
}

bool MayPrune(const Mailbox& mailbox, const LaneKey& by, const LaneKey& lane) {
  if (by == lane) return true;
  if (mailbox.seats.Listed(lane)) return false;
  const SeatKeyId* theirs = mailbox.seats.SeatOf(lane);
  const SeatKeyId* pruner = mailbox.seats.SeatOf(by);
  return theirs != nullptr && pruner != nullptr && *theirs == *pruner;
}

bool BeyondPruning(const Mailbox& mailbox, const LaneKey& lane) {
  const SeatKeyId* seat = mailbox.seats.SeatOf(lane);
  return seat != nullptr && !mailbox.seats.seats().contains(*seat);
}

namespace {

// Of what stands in a self mailbox goes what survives elsewhere. What was served without its payload can be told no
// more: there its author's word has to do.
Result<bool> TakeSelfPrune(State& state, Transaction& tx, const storage::Lane& lane, const PruneList& list,
                           const Shreds::Pruner& by) {
  bool taken = false;
  for (const PruneList::Range& range : list.ranges) {
    for (uint64_t seq = range.first; seq <= range.last; ++seq) {
      if (state.prunes.Covers(lane.number, seq)) continue;
      // Of a lane that is closed the records may come later than what took their words.
      if (seq > lane.stored_seq + limits::kPendingPerLane) break;
      KITH_TRY_ASSIGN(const PruneVerdict verdict, ObeyPrune(state, tx, lane, seq, by));
      taken = taken || verdict == PruneVerdict::kGoes;
    }
  }
  return taken;
}

// Of what a list names, all that came without its words.
Result<bool> CoverEmpty(State& state, Transaction& tx, const storage::Lane& lane, const PruneList& list) {
  bool taken = false;
  for (const PruneList::Range& range : list.ranges) {
    for (uint64_t seq = range.first; seq <= std::min(range.last, lane.stored_seq); ++seq) {
      if (state.prunes.Covers(lane.number, seq)) continue;
      KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, lane, seq));
      if (!record || !record->payload.empty()) continue;
      state.prunes.Cover(tx, lane.number, seq, seq);
      taken = true;
    }
  }
  return taken;
}

}  // namespace

Result<bool> TakePrune(State& state, Transaction& tx, const Mailbox& mailbox, const RecordHeader& header,
                       ByteView payload, PruneWord word) {
  if (header.kind != RecordKind::kPrune || payload.empty()) return false;
  const auto list = PruneList::Parse(payload);
  // A lane takes away what it has written, never what it might write.
  if (!list || !MayPrune(mailbox, header.lane, list->lane) ||
      (list->lane == header.lane && list->ranges.back().last >= header.seq)) {
    ++state.refused;
    return false;
  }
  storage::Lane* lane = state.lanes.Find(list->lane);
  if (lane == nullptr) {
    lane = &state.lanes.Add(mailbox.id, list->lane);
    Lanes::Save(tx, *lane);
  }
  if (lane->mailbox != mailbox.id) {
    ++state.refused;
    return false;
  }
  if (word == PruneWord::kIsVoid) return CoverEmpty(state, tx, *lane, *list);
  if (state.IsSelf(mailbox.id)) {
    return TakeSelfPrune(state, tx, *lane, *list, {.lane = state.lanes.Find(header.lane)->number, .seq = header.seq});
  }
  for (const PruneList::Range& range : list->ranges) {
    KITH_TRY(ShareIntake(state).Pruned(tx, mailbox.id, lane->number, range.first, range.last));
    state.prunes.Cover(tx, lane->number, range.first, range.last);
  }
  return true;
}

Result<> EmptyRecord(State& state, Transaction& tx, const storage::Lane& lane, uint64_t seq) {
  KITH_TRY_ASSIGN(auto record, Lanes::GetRecord(tx, lane, seq));
  if (!record || record->payload.empty()) return {};
  KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(record->header));
  if (header.kind != RecordKind::kSealed) return {};
  record->payload.clear();
  tx.Put(storage::RecordKey(lane.number, seq), storage::EncodeRecord(*record));
  state.ForgetPack(lane.number, seq);
  ++state.emptied;
  return {};
}

}  // namespace kith
