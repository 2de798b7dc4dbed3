#include "server/draft.h"

#include <algorithm>

#include "crypto/verify/hash.h"
#include "server/limits.h"

namespace kith::relay {
namespace {

template <class T>
void MoveOnto(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

uint64_t SizeOf(const RecordView& record) {
  return record.header.size() + record.signature.size() + record.payload.size();
}

// A lane prunes itself; once it is closed, any lane of the same seat does it instead. Nobody else, ever.
bool MayPrune(const SeatTable& seats, const LaneKey& pruner, const LaneKey& lane) {
  if (pruner == lane) return true;
  if (seats.Listed(lane)) return false;
  const SeatKeyId* theirs = seats.SeatOf(lane);
  const SeatKeyId* ours = seats.SeatOf(pruner);
  return theirs != nullptr && ours != nullptr && *theirs == *ours;
}

}  // namespace

Result<LaneHead> LaneHeads::Get(const Key& key) {
  if (const auto it = heads_.find(key); it != heads_.end()) return it->second;
  KITH_TRY_ASSIGN(const auto head, log_.FindLaneHead(key.first, key.second));
  Put(key, head);
  return head;
}

void LaneHeads::Put(const Key& key, const LaneHead& head) {
  if (heads_.size() >= capacity_) heads_.clear();
  heads_[key] = head;
}

struct Draft::Step {
  const PushPlan& plan;
  Working working;
  LogBatch batch;
  std::map<LaneKey, LaneHead> heads;
  PushReply reply;
};

Result<Draft::Working*> Draft::Open(const MailboxId& id) {
  if (const auto it = working_.find(id); it != working_.end()) return &it->second;
  KITH_TRY_ASSIGN(const auto mailbox, mailboxes_.Get(id));
  if (mailbox == nullptr) return nullptr;
  return &working_.emplace(id, Working{mailbox->row, mailbox->seats}).first->second;
}

Result<PushReply> Draft::Push(const PushPlan& plan) {
  KITH_TRY_ASSIGN(Working* const working, Open(plan.mailbox));
  // Asked again, since the seats may have changed after the worker looked.
  if (working == nullptr || !Permitted(*working->seats, plan.signer)) return Fail(Code::kRelayRefused);
  Step step{plan, *working, {}, {}, {}};
  for (const auto& record : plan.records) KITH_TRY(Place(step, record));
  const MailboxRow& row = step.working.row;
  const uint64_t limit = row.limit != 0 ? row.limit : default_limit_;
  // A full mailbox still takes what makes it smaller.
  if (row.bytes > limit && row.bytes > working->row.bytes) return Fail(Code::kRelayFull);
  step.reply.head = row.head;
  const PushReply reply = step.reply;
  step.working.changed |= !step.batch.empty();
  *working = step.working;
  Keep(std::move(step));
  return reply;
}

void Draft::Keep(Step&& step) {
  MoveOnto(batch_.records, step.batch.records);
  MoveOnto(batch_.payloads, step.batch.payloads);
  MoveOnto(batch_.prunes, step.batch.prunes);
  for (const auto& [lane, head] : step.heads) heads_[{step.working.row.number, lane}] = head;
}

Result<LaneHead*> Draft::HeadOf(Step& step, const LaneKey& lane) {
  if (const auto it = step.heads.find(lane); it != step.heads.end()) return &it->second;
  const SeatTable& seats = *step.working.seats;
  // A signer's own lane must be listed today; a refilled one may have been closed.
  const bool placed = lane == step.plan.signer ? seats.Listed(lane) : seats.Known(lane);
  if (!placed) return Fail(Code::kRelayRefused);
  const LaneHeads::Key key{step.working.row.number, lane};
  LaneHead head;
  if (const auto it = heads_.find(key); it != heads_.end()) {
    head = it->second;
  } else {
    KITH_TRY_ASSIGN(head, lanes_.Get(key));
  }
  return &step.heads.emplace(lane, head).first->second;
}

Result<> Draft::Place(Step& step, const PlannedRecord& record) {
  KITH_TRY_ASSIGN(LaneHead* const head, HeadOf(step, record.header.lane));
  if (record.header.seq == 0) return Fail(Code::kMalformed);
  if (record.header.seq <= head->seq) return Duplicate(step, record);
  if (record.header.seq > head->seq + 1) return Fail(Code::kLaneGap);
  if (record.header.prev != head->id) return Fail(Code::kLaneForked);
  KITH_TRY(Append(step, record));
  *head = {record.header.seq, record.id};
  return {};
}

Result<> Draft::Append(Step& step, const PlannedRecord& record) {
  MailboxRow& row = step.working.row;
  RecordView view = record.view;
  if (step.plan.refills_or_prunes && !view.payload.empty()) {
    // A refill must not bring back what was pruned, in whatever order the lanes come.
    KITH_TRY_ASSIGN(bool gone, log_.Pruned(row.number, record.header.lane, record.header.seq));
    for (const auto& prune : step.batch.prunes) {
      gone |= prune.lane == record.header.lane && prune.range.first <= record.header.seq &&
              record.header.seq <= prune.range.last;
    }
    if (gone && record.header.kind != RecordKind::kPrune) view.payload = {};
  }
  if (record.header.kind == RecordKind::kPrune) KITH_TRY(Prune(step, record));
  row.head = {row.head.seq + 1, NextChain(row.head.chain, record.id)};
  row.bytes += SizeOf(view);
  const Placed placed{row.head.seq, record.id, record.header.kind, static_cast<uint32_t>(view.payload.size())};
  step.batch.records.push_back({{row.number, record.header.lane, record.header.seq, placed}, row.head.chain, view});
  ++step.reply.stored;
  return {};
}

Result<> Draft::Duplicate(Step& step, const PlannedRecord& record) {
  const MailboxNumber number = step.working.row.number;
  const auto same = [&](const LogBatch::Record& pending) {
    return pending.place.mailbox == number && pending.place.lane == record.header.lane &&
           pending.place.lane_seq == record.header.seq;
  };
  std::optional<Placed> placed;
  for (const LogBatch* batch : {&step.batch, &batch_}) {
    const auto it = std::ranges::find_if(batch->records, same);
    if (it != batch->records.end()) placed = it->place.placed;
  }
  const bool pending = placed.has_value();
  if (!pending) {
    KITH_TRY_ASSIGN(placed, log_.FindPlaced(number, record.header.lane, record.header.seq));
  }
  if (!placed) return Fail(Code::kStorageFailed, "the index of a lane is damaged");
  if (placed->id != record.id) return Fail(Code::kLaneForked);
  ++step.reply.duplicates;
  return pending ? Result<>() : Restore(step, record, *placed);
}

// A payload that somebody's refill left out comes back with the next one that has it, unless it was pruned.
Result<> Draft::Restore(Step& step, const PlannedRecord& record, Placed placed) {
  MailboxRow& row = step.working.row;
  if (placed.payload != 0 || record.view.payload.empty()) return {};
  KITH_TRY_ASSIGN(const bool gone, log_.Pruned(row.number, record.header.lane, record.header.seq));
  if (gone) return {};
  for (const LogBatch* batch : {&step.batch, &batch_}) {
    for (const auto& pending : batch->payloads) {
      if (pending.place.mailbox == row.number && pending.place.placed.log_seq == placed.log_seq) return {};
    }
  }
  placed.payload = static_cast<uint32_t>(record.view.payload.size());
  row.bytes += placed.payload;
  step.batch.payloads.push_back({{row.number, record.header.lane, record.header.seq, placed}, record.view.payload});
  return {};
}

Result<> Draft::Prune(Step& step, const PlannedRecord& record) {
  if (record.view.payload.empty()) return {};
  KITH_TRY_ASSIGN(const auto list, PruneList::Parse(record.view.payload));
  if (!MayPrune(*step.working.seats, record.header.lane, list.lane)) return Fail(Code::kRelayRefused);
  for (const auto& range : list.ranges) KITH_TRY(DropRange(step, list.lane, range));
  return {};
}

Result<> Draft::DropRange(Step& step, const LaneKey& lane, PruneList::Range range) {
  MailboxRow& row = step.working.row;
  step.batch.prunes.push_back({row.number, lane, range});
  for (auto& pending : step.batch.records) {
    LogBatch::LanePlace& place = pending.place;
    if (place.lane != lane || place.lane_seq < range.first || place.lane_seq > range.last) continue;
    if (place.placed.kind == RecordKind::kPrune) continue;
    row.bytes -= pending.record.payload.size();
    pending.record.payload = {};
    place.placed.payload = 0;
  }
  return log_.ScanLane(row.number, lane, range, [&](uint64_t lane_seq, const Placed& placed) {
    // What says that something was pruned is itself kept.
    if (placed.payload == 0 || placed.kind == RecordKind::kPrune) return;
    row.bytes -= placed.payload;
    Placed after = placed;
    after.payload = 0;
    step.batch.payloads.push_back({{row.number, lane, lane_seq, after}, {}});
  });
}

std::vector<Draft::Change> Draft::Seal() {
  std::vector<Change> changes;
  for (const auto& [id, working] : working_) {
    if (!working.changed) continue;
    batch_.mailboxes.push_back({id, working.row});
    changes.push_back(
        {std::make_shared<const Mailbox>(Mailbox{id, working.row, working.seats}), working.seats_changed});
  }
  return changes;
}

void Draft::PublishLanes() {
  for (const auto& [key, head] : heads_) lanes_.Put(key, head);
}

}  // namespace kith::relay
