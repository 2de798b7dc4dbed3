// What a sync sends: the lane it writes to, what is sealed, and in which order it goes.
#include <algorithm>

#include "client/core/heartbeat.h"
#include "client/core/outbox.h"
#include "client/core/refill.h"
#include "client/core/sync.h"
#include "crypto/base/limits.h"
#include "crypto/verify/hash.h"

namespace kith {

bool Sync::HasLane() const {
  const storage::Lane* lane = state_.lanes.Own(id_);
  return lane != nullptr && mailbox().seats.Listed(lane->key);
}

Result<bool> Sync::EnsureLane() {
  const Keyring::HeldSeat* seat = state_.keyring.SeatIn(id_, mailbox().seats);
  // Without a seat key there is nothing to do but to read on: it comes from another device.
  if (HasLane() || seat == nullptr || (Left() && !OwesGoodbye())) return false;
  Transaction tx(state_.store);
  storage::Lane* lane = state_.lanes.Own(id_);
  if (lane != nullptr && mailbox().seats.Known(lane->key)) {
    // Closed from another device, or by a copy of this vault that wrote there too. What the relay never got goes into
    // the next one.
    KITH_TRY(Outbox(state_).Retire(tx, mailbox(), *lane));
    lane = nullptr;
  }
  if (lane == nullptr) {
    mailbox().said = {};
    lane = &state_.lanes.AddOwn(id_, Signer::Generate());
    Lanes::Save(tx, *lane);
  }
  const auto made = MakeStatement(tx, {AddLane{.seat = seat->signer->public_key(), .lane = lane->key}});
  KITH_TRY(state_.Commit(tx));
  if (made) return true;
  if (IsStoreError(made.error().code)) return made.error();
  KITH_TRY(Stop(made.error().code,
                "No further lane can be opened in this mailbox. Nothing here was lost; ask the relay's keeper."));
  return false;
}

Result<std::optional<RelayCall>> Sync::NextPush() {
  std::vector<SignedRecord> records = TakePrepared();
  if (records.empty()) {
    KITH_TRY(SealWhatHoldsBack());
    KITH_TRY_ASSIGN(records, TakeUnacknowledged(state_, id_, limits::kPushBytes));
  }
  if (records.empty()) {
    KITH_TRY_ASSIGN(records, SealNext());
  }
  if (records.empty()) return std::optional<RelayCall>();
  return std::optional(Call(PushCall{.mailbox = id_, .records = std::move(records)}));
}

Result<> Sync::SealWhatHoldsBack() {
  // What goes out without its words goes with the word that took them away: else it looks as if the relay had. That
  // word comes after all that waits, and nothing of that may be sent before.
  for (;;) {
    const storage::Lane* own = state_.lanes.Own(id_);
    if (own == nullptr || own->acked_seq >= own->stored_seq) return {};
    KITH_TRY_ASSIGN(const uint64_t last, LastToSend(state_, *own));
    if (last != own->acked_seq) return {};
    KITH_TRY_ASSIGN(const auto sealed, SealNext());
    if (sealed.empty()) return {};
  }
}

Result<std::vector<SignedRecord>> Sync::SealNext() {
  const Outbox outbox(state_);
  const bool waiting = mailbox().outbox_waiting > 0 || outbox.PrunesWaiting(mailbox()) > 0 || outbox.Introduces(id_) ||
                       (!Left() && outbox.Rerolls(id_));
  const bool beats = state_.IsSelf(id_) && HeartbeatDue(state_);
  // A circle's key may come later than its seat, from another device; and after a revocation a member's word on what to
  // seal to.
  if (!(waiting || beats) || !HasLane() || outbox.GroundIn(id_) == Outbox::Ground::kWaits)
    return std::vector<SignedRecord>();
  if (beats) {
    Transaction beat(state_.store);
    KITH_TRY(SayHeartbeat(state_, beat));
    KITH_TRY(state_.Commit(beat));
  }
  Transaction tx(state_.store);
  auto sealed = Outbox(state_).Seal(tx, mailbox(), limits::kPushBytes);
  if (!sealed && sealed.error().code == Code::kTooLarge) {
    KITH_TRY(Stop(sealed.error().code, sealed.error().message));
    return std::vector<SignedRecord>();
  }
  KITH_TRY_ASSIGN(std::vector<SignedRecord> records, std::move(sealed));
  state_.SaveMailbox(tx, mailbox());
  KITH_TRY(state_.Commit(tx));
  return records;
}

Result<> Sync::Prepare(const RelayCall& under_way) {
  const auto* push = std::get_if<PushCall>(&under_way.body);
  const storage::Lane* lane = state_.lanes.Own(id_);
  if (push == nullptr || lane == nullptr || !prepared_.empty()) return {};
  // What is sealed now is sent next only if this push brings the relay up to all that is here already: it may cite any
  // of that.
  if (RecordIdOf(push->records.back().header) != lane->stored_id) return {};
  const bool behind = std::ranges::any_of(state_.lanes.all(), [&](const storage::Lane& other) {
    return other.mailbox == id_ && other.number != lane->number && other.broken == 0 &&
           other.acked_seq < other.stored_seq;
  });
  if (behind) return {};
  KITH_TRY_ASSIGN(prepared_, SealNext());
  emptied_ = state_.emptied;
  return {};
}

std::vector<SignedRecord> Sync::TakePrepared() {
  std::vector<SignedRecord> records = std::move(prepared_);
  prepared_.clear();
  if (records.empty()) return records;
  const storage::Lane* lane = state_.lanes.Own(id_);
  const auto first = RecordHeader::Parse(records.front().header);
  const bool follows = lane != nullptr && first && first->lane == lane->key && first->seq == lane->acked_seq + 1 &&
                       RecordIdOf(records.back().header) == lane->stored_id &&
                       emptied_ == state_.emptied;  // else some of it was taken back
  if (!follows) records.clear();
  return records;
}

}  // namespace kith
