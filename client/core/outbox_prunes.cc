// The part of the outbox that is about taking words away.
#include <algorithm>

#include "client/core/intake.h"
#include "client/core/outbox.h"
#include "client/core/share_storage.h"

namespace kith {
namespace {

constexpr size_t kPruneFrame = 4096;  // most that a prune record has beside its list

}  // namespace

std::vector<PruneList> Outbox::PrunesOf(const Mailbox& mailbox) const {
  constexpr size_t kMost = 1024;  // numbers in one record; the others go into later ones
  const storage::Lane* own = state_.lanes.Own(mailbox.id);
  std::vector<PruneList> lists;
  for (const auto& [number, seqs] : state_.prunes.wanted()) {
    const auto lane = std::ranges::find(state_.lanes.all(), number, &storage::Lane::number);
    if (own == nullptr || lane == state_.lanes.all().end() || lane->mailbox != mailbox.id) continue;
    if (!MayPrune(mailbox, own->key, lane->key)) continue;
    PruneList& list = lists.emplace_back(PruneList{.lane = lane->key, .ranges = {}});
    size_t named = 0;
    for (const uint64_t seq : seqs) {
      if (++named > kMost) break;
      if (!list.ranges.empty() && list.ranges.back().last + 1 == seq) {
        list.ranges.back().last = seq;
      } else {
        list.ranges.push_back({.first = seq, .last = seq});
      }
    }
  }
  return lists;
}

Result<> Outbox::SealPrunes(Transaction& tx, const Mailbox& mailbox, storage::Lane& lane, size_t max_bytes,
                            std::vector<SignedRecord>& records) {
  size_t bytes = 0;
  for (const PruneList& list : PrunesOf(mailbox)) {
    const RecordHeader header = Lanes::NextHeader(lane, RecordKind::kPrune);
    Bytes payload = list.Encode();
    bytes += payload.size() + kPruneFrame;
    if (bytes > max_bytes && !records.empty()) return {};
    KITH_TRY_ASSIGN(records.emplace_back(), Store(tx, lane, header, std::move(payload)));
    const uint32_t pruned = state_.lanes.Find(list.lane)->number;
    for (const PruneList::Range& range : list.ranges) {
      state_.prunes.Cover(tx, pruned, range.first, range.last);
      for (uint64_t seq = range.first; seq <= range.last; ++seq) state_.shreds.Settle(tx, {pruned, seq});
    }
  }
  return {};
}

uint64_t Outbox::PrunesWaiting(const Mailbox& mailbox) const {
  uint64_t waiting = 0;
  for (const PruneList& list : PrunesOf(mailbox)) {
    for (const PruneList::Range& range : list.ranges) waiting += range.last - range.first + 1;
  }
  return waiting;
}

// What was to be pruned by records that are withdrawn is still to be.
Result<> Outbox::TakeBackPrunes(Transaction& tx, const storage::Lane& lane, uint64_t first) {
  for (uint64_t seq = first; seq <= lane.stored_seq; ++seq) {
    KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, lane, seq));
    if (!record) continue;
    KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(record->header));
    if (header.kind != RecordKind::kPrune) continue;
    KITH_TRY_ASSIGN(const PruneList list, PruneList::Parse(record->payload));
    const storage::Lane* pruned = state_.lanes.Find(list.lane);
    if (pruned == nullptr) continue;
    for (const PruneList::Range& range : list.ranges) {
      for (uint64_t named = range.first; named <= range.last; ++named) {
        state_.prunes.Want(tx, pruned->number, named);
        KITH_TRY_ASSIGN(const auto emptied, Lanes::GetRecord(tx, *pruned, named));
        if (state_.IsSelf(lane.mailbox) && emptied && emptied->payload.empty())
          state_.shreds.Owe(tx, {pruned->number, named});
      }
    }
  }
  state_.prunes.Forget(tx, lane.number, first);
  state_.shreds.Forget(tx, lane.number, first);
  return {};
}

Result<> Outbox::NoteWithdrawn(Transaction& tx, const storage::Lane& lane, uint64_t seq, const SignedRecord& record) {
  storage::Withdrawn noted{.record = RecordIdOf(record.header), .emptied = record.payload.empty(), .share = {}};
  KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(record.header));
  if (header.kind == RecordKind::kSealed && !noted.emptied) {
    const auto pack = state_.OpenPack(tx, lane.number, seq);
    if (!pack && IsStoreError(pack.error().code)) return pack.error();
    const bool alone = pack && (*pack)->ops.size() == 1;
    const auto op = alone ? DecodeOp((*pack)->ops.front()) : Result<Op>(Fail(Code::kNotFound));
    if (const auto* share = op ? std::get_if<ShareOp>(&*op) : nullptr) noted.share = share->share;
  }
  tx.Put(storage::WithdrawnKey(lane.number, seq), noted.Encode());
  return {};
}

}  // namespace kith
