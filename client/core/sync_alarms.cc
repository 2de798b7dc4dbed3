// The part of sync that is about lies: what is missing at the end of the log, and what was there before.
#include <algorithm>

#include "client/core/heads.h"
#include "client/core/sync.h"
#include "crypto/verify/hash.h"

namespace kith {

Result<uint64_t> Sync::MissingIn(const storage::Lane& lane) const {
  if (lane.mailbox != id_ || lane.broken != 0 || Ended(state_, lane)) return uint64_t{0};
  if (lane.beyond > 0) return lane.stored_seq + 1;
  if (lane.applied_seq == lane.stored_seq) return uint64_t{0};
  // What waits for a key has its words; what this relay never had, it cannot have taken them from.
  if (lane.acked_seq <= lane.applied_seq) return uint64_t{0};
  KITH_TRY_ASSIGN(const auto next, Lanes::GetRecord(Transaction(state_.store), lane, lane.applied_seq + 1));
  return next && next->payload.empty() ? lane.applied_seq + 1 : uint64_t{0};
}

Result<bool> Sync::Gapped() const {
  for (const storage::Lane& lane : state_.lanes.all()) {
    KITH_TRY_ASSIGN(const uint64_t missing, MissingIn(lane));
    if (missing != 0) return true;
  }
  return false;
}

Result<std::optional<RelayCall>> Sync::LookAgain() {
  const std::optional<RelayCall> nothing;
  KITH_TRY_ASSIGN(const bool gapped, Gapped());
  const bool rereading = mailbox().sync.rereading;
  const bool rolled_back = state_.alarms.Stands(id_, Code::kRollback);
  const bool claimed = !unread_.empty();
  const bool unread = mailbox().sync.unread;
  if (!gapped && !rereading && !rolled_back && !unread && !Heads(state_).Awaits(id_)) return nothing;
  if (!settled_) {
    const storage::MailboxSync& sync = mailbox().sync;
    return std::optional(
        Call(PullCall{.mailbox = id_, .cursor = {.seq = sync.cursor_seq, .chain = sync.cursor_chain}}));
  }
  // What was cited and is served later comes at the end of the log.
  if (rereading || !(gapped || rolled_back || unread)) return nothing;
  // Once for each connection; what it acknowledged and does not show, until there is an alarm about it.
  if (reread_ && (rolled_back || !claimed)) return nothing;
  KITH_TRY(ReadAnew());
  return NextStatement();
}

Result<> Sync::ReadAnew() {
  Transaction tx(state_.store);
  storage::MailboxSync& sync = mailbox().sync;
  sync.cursor_seq = 0;
  sync.cursor_chain = {};
  sync.statements_there = 0;
  sync.rereading = true;
  state_.SaveMailbox(tx, mailbox());
  KITH_TRY(state_.Commit(tx));
  served_.clear();
  unread_.clear();
  spoiled_ = false;
  reread_ = true;
  asked_ = read_once_ = settled_ = false;
  ends_ = 0;
  relay_head_ = woken_ = 0;
  return {};
}

bool Sync::Follows(const PullReply& page) const {
  Cursor at{.seq = mailbox().sync.cursor_seq + page.records.size(), .chain = mailbox().sync.cursor_chain};
  for (const SignedRecord& record : page.records) at.chain = NextChain(at.chain, RecordIdOf(record.header));
  return at == page.next;
}

bool Sync::Unsigned(const SignedRecord& record) const {
  const auto header = VerifyRecord(record.header, record.signature, record.payload);
  return !header || header->mailbox != id_ || !mailbox().seats.Known(header->lane);
}

uint64_t Sync::AcknowledgedOf(const SignedRecord& record) const {
  const auto header = RecordHeader::Parse(record.header);
  const storage::Lane* lane = header ? state_.lanes.Find(header->lane) : nullptr;
  return lane == nullptr ? 0 : lane->acked_seq;
}

void Sync::NoteClaimed(const SignedRecord& record, uint64_t acknowledged) {
  const uint64_t now = AcknowledgedOf(record);
  if (now <= acknowledged) return;
  const storage::Lane* lane = state_.lanes.Find(RecordHeader::Parse(record.header)->lane);
  if (lane->mailbox == id_) unread_[lane->number] = now;
}

Result<> Sync::NoteServed(const Transaction& tx, const SignedRecord& record) {
  const auto header = RecordHeader::Parse(record.header);
  const storage::Lane* lane = header ? state_.lanes.Find(header->lane) : nullptr;
  if (lane == nullptr || lane->mailbox != id_ || header->seq > lane->stored_seq) return {};
  KITH_TRY_ASSIGN(const auto stored, Lanes::GetRecord(tx, *lane, header->seq));
  if (!stored || stored->header != record.header) return {};
  const auto claimed = unread_.find(lane->number);
  if (claimed != unread_.end() && header->seq >= claimed->second) unread_.erase(claimed);
  if (!mailbox().sync.rereading) return {};
  uint64_t& served = served_[lane->number];
  served = std::max(served, header->seq);
  return {};
}

Result<> Sync::Judge() {
  if (!mailbox().sync.rereading && state_.cited.empty() && state_.alarms.all().empty()) {
    KITH_TRY_ASSIGN(const bool gapped, Gapped());
    if (!gapped) return {};
  }
  Transaction tx(state_.store);
  // This relay answers, and has the mailbox.
  state_.alarms.End(tx, id_, Code::kRelayWiped, {});
  state_.alarms.End(tx, id_, Code::kRelayForeign, {});
  JudgeServed(tx);
  KITH_TRY(JudgeLanes(tx));
  KITH_TRY(Heads(state_).Judge(tx, mailbox()));
  return tx.empty() ? Result<>() : state_.Commit(tx);
}

void Sync::JudgeServed(Transaction& tx) {
  if (!mailbox().sync.rereading) return;
  bool lost = false;
  for (storage::Lane& lane : state_.lanes.all()) {
    if (lane.mailbox != id_) continue;
    if (lane.broken != 0) {
      state_.alarms.End(tx, id_, Code::kRollback, lane.key);  // nothing more is awaited of it
      continue;
    }
    const uint64_t served = served_[lane.number];
    if (served < lane.acked_seq) {
      lost = true;
      state_.Raise(tx, Code::kRollback, id_, lane.key, lane.acked_seq);
      lane.acked_seq = served;
      Lanes::Save(tx, lane);
      continue;
    }
    const auto stands = state_.alarms.all().find({id_, Code::kRollback, lane.key});
    if (stands == state_.alarms.all().end()) continue;
    // What this device has taken back since is said again in another lane.
    if (LostForGood(state_, lane) || served >= std::min(stands->second.seq, lane.stored_seq))
      state_.alarms.End(tx, id_, Code::kRollback, lane.key);
  }
  if (!lost) state_.alarms.End(tx, id_, Code::kRollback, {});
  mailbox().sync.rereading = false;
  mailbox().sync.unread = spoiled_;
  reread_ = true;
  served_.clear();
  state_.SaveMailbox(tx, mailbox());
}

Result<> Sync::JudgeLanes(Transaction& tx) {
  for (const storage::Lane& lane : state_.lanes.all()) {
    if (lane.mailbox != id_) continue;
    KITH_TRY_ASSIGN(const uint64_t missing, MissingIn(lane));
    if (missing != 0) {
      state_.Raise(tx, Code::kGap, id_, lane.key, missing);
    } else {
      state_.alarms.End(tx, id_, Code::kGap, lane.key);
    }
  }
  return {};
}

// What keeps this device from being in step. A lane of which there are two versions does not: no relay can mend it.
std::optional<Error> Sync::Alarmed() const {
  if (state_.alarms.Stands(id_, Code::kRollback))
    return Fail(Code::kRollback,
                "The relay served less than it had before. Nothing here was lost, and what is missing there is sent "
                "again; `kith status` tells more.");
  if (state_.alarms.Stands(id_, Code::kWithheld))
    return Fail(Code::kWithheld,
                "The relay does not hand over what another device has had from it. `kith status` tells of which device "
                "and what to do.");
  if (state_.alarms.Stands(id_, Code::kGap)) return GapProblem();
  if (spoiled_)
    return Fail(Code::kForgedRecord,
                "The relay serves a record that nobody has signed who may write here. It does not count, and is asked "
                "for again with each connection. If it stays so, ask the relay's keeper.");
  return std::nullopt;
}

Error Sync::GapProblem() const {
  const auto gap = std::ranges::find_if(state_.alarms.all(), [&](const auto& one) {
    return one.second.mailbox == id_ && one.second.code == Code::kGap && !one.second.past;
  });
  // Whose device it is may stand in the record that is missing; whose seat has the lane is known.
  const SeatKeyId* seat = gap == state_.alarms.all().end() ? nullptr : mailbox().seats.SeatOf(gap->second.lane);
  const Keyring::HeldSeat* own = state_.keyring.SeatIn(id_, mailbox().seats);
  if (AtFriends() && seat != nullptr && own != nullptr && *seat != own->signer->public_key()) {
    return Fail(Code::kGap,
                "The relay left out a record of a device of your friend's. What came after it waits; ask them to let "
                "their devices sync, or ask the relay's keeper.");
  }
  return Fail(Code::kGap,
              "The relay left out a record of one of your devices. What came after it waits; let that device sync, or "
              "ask the relay's keeper.");
}

}  // namespace kith
