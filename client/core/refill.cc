#include "client/core/refill.h"

#include <algorithm>

#include "client/core/intake.h"
#include "client/core/outbox.h"

namespace kith {
namespace {

// A lane of which the relay lacks something.
struct Behind {
  const storage::Lane* lane = nullptr;
  uint64_t next = 0;
  uint64_t last = 0;
  std::optional<SignedRecord> record;  // that one, and what it cites, once they were looked at
  std::vector<Seen> cites;
};

// Of what cannot be opened here nobody knows what it cites.
Result<std::vector<Seen>> CitedBy(State& state, const Transaction& tx, const Behind& behind) {
  KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(behind.record->header));
  if (header.kind != RecordKind::kSealed || behind.record->payload.empty()) return std::vector<Seen>();
  const auto pack = state.OpenPack(tx, behind.lane->number, behind.next);
  if (!pack && IsStoreError(pack.error().code)) return pack.error();
  if (!pack) return std::vector<Seen>();
  std::vector<Seen> cites = (*pack)->seen;
  for (const Bytes& bytes : (*pack)->ops) {
    const auto op = DecodeOp(bytes);
    const auto* beat = op ? std::get_if<HeartbeatOp>(&*op) : nullptr;
    if (beat != nullptr) cites.insert(cites.end(), beat->seen.begin(), beat->seen.end());
  }
  return cites;
}

class Refill {
 public:
  explicit Refill(State& state) : state_(state), tx_(state.store) {}

  Result<> Begin(const MailboxId& mailbox) {
    for (const storage::Lane& lane : state_.lanes.all()) {
      if (lane.mailbox != mailbox) continue;
      KITH_TRY_ASSIGN(const uint64_t last, LastToSend(state_, lane));
      if (lane.acked_seq >= last) continue;
      behind_.push_back({.lane = &lane, .next = lane.acked_seq + 1, .last = last, .record = std::nullopt, .cites = {}});
    }
    return {};
  }

  Result<std::vector<SignedRecord>> Take(size_t max_bytes) {
    std::vector<SignedRecord> records;
    for (size_t bytes = 0; !behind_.empty();) {
      KITH_TRY_ASSIGN(const size_t chosen, Choose());
      Behind& behind = behind_[chosen];
      bytes += PushSize(*behind.record);
      if (bytes > max_bytes && !records.empty()) break;
      records.push_back(*std::exchange(behind.record, std::nullopt));
      if (++behind.next > behind.last) behind_.erase(behind_.begin() + static_cast<ptrdiff_t>(chosen));
    }
    return records;
  }

 private:
  Result<> Look(Behind& behind) {
    if (behind.record) return {};
    KITH_TRY_ASSIGN(behind.record, Lanes::GetRecord(tx_, *behind.lane, behind.next));
    if (!behind.record)
      return Fail(Code::kVaultDamaged,
                  "A record is missing from the vault. Restore it from a backup, or link this device anew.");
    // Mostly there is one lane, this device's own.
    if (behind_.size() == 1) return {};
    KITH_TRY_ASSIGN(behind.cites, CitedBy(state_, tx_, behind));
    return {};
  }

  bool Waits(const Behind& behind) const {
    return std::ranges::any_of(behind.cites, [&](const Seen& seen) {
      return std::ranges::any_of(behind_, [&](const Behind& other) {
        return other.lane->key == seen.lane && other.next <= std::min(seen.seq, other.last);
      });
    });
  }

  // A lane whose next record waits for no other. Where every one does, none of them was written by an honest device.
  Result<size_t> Choose() {
    for (size_t i = 0; i < behind_.size(); ++i) {
      KITH_TRY(Look(behind_[i]));
      if (!Waits(behind_[i])) return i;
    }
    return size_t{0};
  }

  State& state_;
  const Transaction tx_;
  std::vector<Behind> behind_;
};

}  // namespace

Result<uint64_t> LastToSend(const State& state, const storage::Lane& lane) {
  if (lane.broken != 0 || !state.mailboxes.at(lane.mailbox).seats.Known(lane.key)) return uint64_t{0};
  const Transaction tx(state.store);
  const auto without_words = [&](uint64_t seq) -> Result<bool> {
    KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, lane, seq));
    return record && record->payload.empty();
  };
  if (const auto wanted = state.prunes.wanted().find(lane.number); wanted != state.prunes.wanted().end()) {
    for (auto seq = wanted->second.upper_bound(lane.acked_seq); seq != wanted->second.end(); ++seq) {
      KITH_TRY_ASSIGN(const bool emptied, without_words(*seq));
      if (emptied) return *seq - 1;
    }
  }
  // Served so by somebody: what waits here would wait wherever it is sent.
  for (uint64_t seq = std::max(lane.acked_seq, lane.applied_seq) + 1; seq <= lane.stored_seq; ++seq) {
    if (state.prunes.Covers(lane.number, seq)) continue;
    KITH_TRY_ASSIGN(const bool emptied, without_words(seq));
    if (emptied) return seq - 1;
  }
  return lane.stored_seq;
}

Result<std::vector<SignedRecord>> TakeUnacknowledged(State& state, const MailboxId& mailbox, size_t max_bytes) {
  Refill refill(state);
  KITH_TRY(refill.Begin(mailbox));
  return refill.Take(max_bytes);
}

}  // namespace kith
