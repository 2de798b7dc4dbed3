#include "client/core/heads.h"

#include <algorithm>

#include "client/core/alarms.h"
#include "client/core/outbox.h"
#include "client/core/share_storage.h"
#include "crypto/phrase.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

constexpr size_t kCheckWords = 6;
constexpr size_t kWordBits = 11;

}  // namespace

Result<Heads::Here> Heads::Find(const Transaction& tx, const storage::Lane& lane, uint64_t seq,
                                const RecordId& id) const {
  if (seq > lane.stored_seq) return Here::kNo;
  RecordId known = lane.stored_id;
  if (seq < lane.stored_seq) {
    KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, lane, seq));
    if (!record)
      return Fail(Code::kVaultDamaged,
                  "A record is missing from the vault. Restore it from a backup, or link this device anew.");
    known = RecordIdOf(record->header);
  }
  if (known == id) return Here::kSame;
  return lane.seed && seq > lane.acked_seq ? Here::kNo : Here::kAnother;
}

bool Heads::Counts(const storage::Cited& cited) const {
  return !IsVoid(state_, {.kind = storage::Place::Kind::kRecord, .owner = cited.by, .number = cited.at});
}

Result<> Heads::Cite(Transaction& tx, const MailboxId& mailbox, const By& by, const Seen& seen) {
  storage::Lane* lane = state_.lanes.Find(seen.lane);
  if (lane == nullptr) {
    // Of strangers to a circle its members may say what they like; one's own devices know what they have seen.
    const bool listed = state_.mailboxes.at(mailbox).seats.Known(seen.lane);
    if (!listed && !state_.IsSelf(mailbox)) return {};
    lane = &state_.lanes.Add(mailbox, seen.lane);
    Lanes::Save(tx, *lane);
  }
  if (lane->mailbox != mailbox || lane->broken != 0 || lane->number == by.lane || seen.seq == 0) return {};
  KITH_TRY_ASSIGN(const Here here, Find(tx, *lane, seen.seq, seen.record));
  switch (here) {
    case Here::kSame:
      return {};
    case Here::kAnother:
      return Contradict(tx, *lane, seen.seq, seen.record, by.lane);
    case Here::kNo:
      break;
  }
  storage::Cited& cited = state_.cited[lane->number];
  if (cited.seq >= seen.seq && Counts(cited)) return {};
  cited = {.seq = seen.seq, .record = seen.record, .by = by.lane, .at = by.seq};
  tx.Put(storage::CitedKey(lane->number), cited.Encode());
  return {};
}

Result<> Heads::Contradict(Transaction& tx, storage::Lane& lane, uint64_t seq, const RecordId& cited, uint32_t by) {
  KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, lane, seq));
  const storage::Lane* citing = state_.lanes.Find(by);
  Proof proof{.cited = cited, .by = citing == nullptr ? LaneKey() : citing->key};
  if (record) {
    proof.header = record->header;
    proof.signature = record->signature;
  }
  KITH_TRY_ASSIGN(const bool first, state_.RaiseEquivocation(tx, lane, seq, proof));
  const bool own = citing == nullptr || state_.AuthorOf(*citing) == state_.identity.person;
  if (!first || !lane.seed || !own) return {};
  return Outbox(state_).SayAgain(tx, state_.mailboxes.at(lane.mailbox), lane, seq);
}

bool Heads::Awaits(const MailboxId& mailbox) const {
  return std::ranges::any_of(state_.cited,
                             [&](const auto& one) { return state_.lanes.Find(one.first)->mailbox == mailbox; });
}

Result<> Heads::Judge(Transaction& tx, Mailbox& mailbox) {
  for (auto one = state_.cited.begin(); one != state_.cited.end();) {
    const auto& [number, cited] = *one;
    storage::Lane& lane = *state_.lanes.Find(number);
    if (lane.mailbox != mailbox.id) {
      ++one;
      continue;
    }
    // Of a lane that came in two versions nothing more is taken in.
    KITH_TRY_ASSIGN(const Here here,
                    lane.broken != 0 ? Result<Here>(Here::kSame) : Find(tx, lane, cited.seq, cited.record));
    if (here == Here::kNo && (StandingOf(state_, lane, cited.seq) != Standing::kCounts || !Counts(cited))) {
      // Beyond where its person ended it, or said beyond where that lane ended: that says nothing, unless the end moves
      // up.
      state_.alarms.End(tx, mailbox.id, Code::kWithheld, lane.key);
      ++one;
      continue;
    }
    if (here == Here::kNo) KITH_TRY(PruneWithdrawn(tx, lane, cited));
    if (here == Here::kNo && state_.prunes.Covers(number, lane.stored_seq + 1, cited.seq)) {
      // Its author has taken all of it away.
      state_.alarms.End(tx, mailbox.id, Code::kWithheld, lane.key);
      ++one;
      continue;
    }
    if (here == Here::kNo) {
      state_.Raise(tx, Code::kWithheld, mailbox.id, lane.key, cited.seq);
      const storage::Lane* by = state_.lanes.Find(cited.by);
      const bool own = by == nullptr || state_.AuthorOf(*by) == state_.identity.person;
      if (lane.seed && !lane.retired && own) KITH_TRY(Outbox(state_).Retire(tx, mailbox, lane));
      ++one;
      continue;
    }
    if (here == Here::kAnother) KITH_TRY(Contradict(tx, lane, cited.seq, cited.record, cited.by));
    state_.alarms.End(tx, mailbox.id, Code::kWithheld, lane.key);
    tx.Delete(storage::CitedKey(number));
    one = state_.cited.erase(one);
  }
  return {};
}

Result<> Heads::PruneWithdrawn(Transaction& tx, const storage::Lane& lane, const storage::Cited& cited) {
  const auto noted = [&](uint64_t seq) -> Result<std::optional<storage::Withdrawn>> {
    KITH_TRY_ASSIGN(const auto bytes, tx.Get(storage::WithdrawnKey(lane.number, seq)));
    if (!bytes) return std::optional<storage::Withdrawn>();
    KITH_TRY_ASSIGN(const storage::Withdrawn withdrawn, storage::Withdrawn::Decode(*bytes));
    return std::optional(withdrawn);
  };
  if (!lane.seed || !lane.retired) return {};
  // A copy of this vault may have used the same numbers. Where this is the one, so are those before it.
  KITH_TRY_ASSIGN(const auto last, noted(cited.seq));
  if (!last || last->record != cited.record) return {};
  for (uint64_t seq = cited.seq; seq > lane.stored_seq; --seq) {
    KITH_TRY_ASSIGN(const auto withdrawn, noted(seq));
    if (!withdrawn || state_.prunes.Covers(lane.number, seq)) continue;
    KITH_TRY_ASSIGN(
        const auto known,
        storage::ReadKnown(tx, storage::KnownShareKey(lane.mailbox, state_.identity.person, withdrawn->share)));
    if (withdrawn->emptied || (known && known->taken_back)) state_.prunes.Want(tx, lane.number, seq);
  }
  return {};
}

void Heads::ForgetGranted(Transaction& tx, const MailboxId& mailbox) {
  std::erase_if(state_.cited, [&](const auto& one) {
    const storage::Lane& lane = *state_.lanes.Find(one.first);
    if (lane.mailbox != mailbox || one.second.by != 0) return false;
    state_.alarms.End(tx, mailbox, Code::kWithheld, lane.key);
    tx.Delete(storage::CitedKey(one.first));
    return true;
  });
}

std::vector<Seen> Heads::Ends(const MailboxId& mailbox, const LaneKey& except, size_t most) const {
  std::vector<Seen> ends;
  const auto& lanes = state_.lanes.all();
  for (auto lane = lanes.rbegin(); lane != lanes.rend() && ends.size() < most; ++lane) {
    if (lane->mailbox != mailbox || lane->key == except || lane->broken != 0) continue;
    if (lane->stored_seq == 0 || lane->applied_seq != lane->stored_seq || lane->acked_seq < lane->stored_seq) continue;
    ends.push_back({.lane = lane->key, .seq = lane->stored_seq, .record = lane->stored_id});
  }
  return ends;
}

std::vector<std::string> Heads::CheckWords(const MailboxId& mailbox) const {
  std::map<LaneKey, const storage::Lane*> lanes;
  for (const storage::Lane& lane : state_.lanes.all()) {
    if (lane.mailbox == mailbox && lane.stored_seq > 0) lanes[lane.key] = &lane;
  }
  Writer all;
  for (const auto& [key, lane] : lanes) all.Raw(key.view()).U64(lane->stored_seq).Raw(lane->stored_id.view());
  const auto hash = Hash(labels::kCheckWords, {mailbox.view(), all.bytes()});
  std::vector<std::string> words;
  for (size_t word = 0; word < kCheckWords; ++word) {
    size_t index = 0;
    for (size_t bit = word * kWordBits; bit < (word + 1) * kWordBits; ++bit) {
      index = index * 2 + ((hash[bit / 8] >> (7 - bit % 8)) & 1);
    }
    words.emplace_back(WordAt(index));
  }
  return words;
}

}  // namespace kith
