// What comes in about friends and shares, from others and from this person's other devices. Nothing here depends on the
// order of arrival.
#include <algorithm>
#include <set>
#include <tuple>

#include "client/core/intake.h"
#include "client/core/limits.h"
#include "client/core/outbox.h"
#include "client/core/share_storage.h"
#include "client/core/sharing_parts.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

using storage::KnownShare;
using storage::Place;

struct Stands {
  storage::Lane* lane = nullptr;  // nullptr: in no record
  uint64_t seq = 0;
};

Result<Stands> FindRecord(State& state, const Place& place) {
  if (place.kind == Place::Kind::kRecord) return Stands{.lane = state.lanes.Find(place.owner), .seq = place.number};
  KITH_TRY_ASSIGN(const auto packed, state.FindPacked(place.owner, place.number));
  if (!packed) return Stands{};
  return Stands{.lane = state.lanes.Find(packed->lane), .seq = packed->seq};
}

// Takes the words away at one place. They are to be pruned as well: by one of its person's lanes.
Result<> Withdraw(State& state, Transaction& tx, const MailboxId& circle, const Place& place) {
  const auto mailbox = state.mailboxes.find(circle);
  if (mailbox == state.mailboxes.end()) return {};
  if (place.kind == Place::Kind::kOutbox) {
    KITH_TRY_ASSIGN(const auto waiting, state.FindWaiting(tx, place.owner, place.number));
    if (waiting) return Outbox(state).Drop(tx, mailbox->second, place);
  }
  KITH_TRY_ASSIGN(const Stands at, FindRecord(state, place));
  if (at.lane == nullptr || state.prunes.Covers(at.lane->number, at.seq)) return {};
  KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, *at.lane, at.seq));
  if (!record) return {};
  if (!record->payload.empty()) {
    KITH_TRY_ASSIGN(const auto pack, state.OpenPack(tx, at.lane->number, at.seq));
    // A share is alone in its record. Where it is not, its author's client is another one, and knows what it does.
    if (pack->ops.size() != 1) return {};
    KITH_TRY(EmptyRecord(state, tx, *at.lane, at.seq));
  }
  state.prunes.Want(tx, at.lane->number, at.seq);
  return {};
}

void Remember(KnownShare& known, const KnownShare::Copy& copy) {
  known.copies.push_back(copy);
  if (known.copies.size() <= limits::kCopiesPerShare) return;
  known.copies.erase(std::ranges::min_element(
      known.copies, {}, [](const KnownShare::Copy& one) { return std::tuple(one.hlc, one.op, one.place); }));
}

// One more value under a key that is counted. kTooLarge past `most`.
Result<> CountOne(Transaction& tx, const Bytes& key, uint64_t most) {
  KITH_TRY_ASSIGN(const uint64_t count, storage::ReadCount(tx, key));
  if (count >= most) return Fail(Code::kTooLarge, "There are more shares or answers here than are kept.");
  KITH_TRY(storage::AddOne(tx, key));
  return {};
}

// Of what is counted: whoever asks while a lane has an end counts by reading.
constexpr auto kAnywhere = [](const storage::Place&) { return true; };

bool CanBeRead(const std::optional<KnownShare>& known) { return known && known->Shown(kAnywhere) != nullptr; }

// Keeps a share, and the count of those of others that can be read.
Result<> Keep(const State& state, Transaction& tx, const MailboxId& circle, const PersonId& author,
              const ShareId& share, bool stood, const KnownShare& known) {
  tx.Put(storage::KnownShareKey(circle, author, share), known.Encode());
  const bool stands = known.Shown(kAnywhere) != nullptr;
  if (author == state.identity.person || stood == stands) return {};
  const Bytes key = storage::StandingKey(circle, author);
  KITH_TRY(stands ? storage::AddOne(tx, key) : storage::TakeOne(tx, key));
  return {};
}

// A note of one's own that stands from now on, or no longer.
Result<> CountNote(Transaction& tx, const ShareNoteOp& note) {
  KITH_TRY(storage::AddOne(tx, storage::StandingKey(note.circle)));
  KITH_TRY_ASSIGN(const uint64_t of_entry, storage::AddOne(tx, storage::StandingKey(note.entry)));
  if (of_entry == 1) KITH_TRY(storage::AddOne(tx, storage::SharedEntriesKey()));
  return {};
}

Result<> UncountNote(Transaction& tx, const ShareNoteOp& note) {
  KITH_TRY(storage::TakeOne(tx, storage::StandingKey(note.circle)));
  KITH_TRY_ASSIGN(const uint64_t of_entry, storage::TakeOne(tx, storage::StandingKey(note.entry)));
  if (of_entry == 0) KITH_TRY(storage::TakeOne(tx, storage::SharedEntriesKey()));
  return {};
}

// A copy of this vault has sent what still waits here: it need not be sent again.
Result<bool> SentElsewhere(State& state, Transaction& tx, const MailboxId& circle, KnownShare& known, const OpId& id,
                           const Place& place) {
  if (place.kind != Place::Kind::kRecord) return false;
  const auto copy = std::ranges::find_if(known.copies, [&](const KnownShare::Copy& one) {
    return one.op == id && one.place.kind == Place::Kind::kOutbox;
  });
  if (copy == known.copies.end()) return false;
  KITH_TRY_ASSIGN(const auto waiting, state.FindWaiting(tx, copy->place.owner, copy->place.number));
  if (!waiting) return false;
  KITH_TRY(Outbox(state).Drop(tx, state.mailboxes.at(circle), copy->place));
  copy->place = place;
  return true;
}

OpId OpIdOf(ByteView op) { return HashId<OpId>(labels::kOp, {op}); }

// Where somebody's answer is kept, or is to be. Another one who says the very same has one beside it: what they take
// away again is their own.
struct AnswerAt {
  Bytes key;
  std::optional<storage::KeptAnswer> known;
};

Result<AnswerAt> FindAnswer(const Transaction& tx, const Bytes& key, const PersonId& person) {
  const Bytes beside = Writer().Raw(key).Raw(person.view()).Take();
  std::optional<Bytes> vacant;
  for (const Bytes& at : {key, beside}) {
    KITH_TRY_ASSIGN(const auto value, tx.Get(at));
    if (!value) {
      if (!vacant) vacant = at;
      continue;
    }
    KITH_TRY_ASSIGN(auto known, storage::KeptAnswer::Decode(*value));
    if (known.person == person) return AnswerAt{.key = at, .known = std::move(known)};
  }
  return AnswerAt{.key = vacant.value_or(beside), .known = std::nullopt};
}

bool IsLeft(const State& state, const MailboxId& circle) {
  const auto known = state.friends.find(circle);
  return known != state.friends.end() && known->second.state == FriendState::kLeft;
}

// The keys under a prefix, those of this transaction too.
Result<std::set<Bytes>> KeysUnder(const State& state, const Transaction& tx, const Bytes& prefix) {
  const Bytes to = storage::After(prefix);
  const std::vector<Bytes> changed = tx.ChangedBetween(prefix, to);
  std::set<Bytes> keys(changed.begin(), changed.end());
  KITH_TRY(state.store.Scan(prefix, to, Store::Order::kAscending, [&](ByteView key, ByteView) {
    keys.emplace(key.begin(), key.end());
    return true;
  }));
  return keys;
}

// Cancels what follows a share that was taken back.
Result<> DropHeld(State& state, Transaction& tx, const MailboxId& circle, const ShareId& share) {
  KITH_TRY_ASSIGN(const auto held, storage::ReadHeld(state.store));
  for (const storage::HeldItem& item : held) {
    if (item.circle == circle && item.share == share) tx.Delete(storage::HeldKey(item.number));
  }
  return {};
}

}  // namespace

Result<> ShareIntake::Take(Transaction& tx, const ShareOp& op, const PersonId& author, const MailboxId& circle,
                           const Place& place, const OpId& id) {
  state_.hlc.Observe(op.hlc, state_.clock.NowMillis());
  const bool own = author == state_.identity.person;
  const Bytes key = storage::KnownShareKey(circle, author, op.share);
  KITH_TRY_ASSIGN(auto before, storage::ReadKnown(tx, key));
  if (!before) KITH_TRY(CountOne(tx, storage::ShareCountKey(circle, author), limits::kSharesPerCircle));
  const bool stood = CanBeRead(before);
  KnownShare known = before ? *std::move(before) : KnownShare();
  // Sent by a device that had not heard that the friend was left.
  known.taken_back = known.taken_back || (own && IsLeft(state_, circle));
  bool stands = false;  // its words are to be read there
  KITH_TRY_ASSIGN(const bool moved, SentElsewhere(state_, tx, circle, known, id, place));
  if (!known.taken_back && std::tie(op.hlc, id) > std::tie(known.hlc, known.op)) {
    known.hlc = op.hlc;
    known.op = id;
    // Another's older ones are theirs to take away; the newest may be one that comes to count nothing.
    for (const KnownShare::Copy& copy : known.copies) {
      if (own) KITH_TRY(Withdraw(state_, tx, circle, copy.place));
    }
    stands = true;
  }
  stands = stands || (!known.taken_back && id == known.op);
  const KnownShare::Copy copy{.op = id, .hlc = op.hlc, .place = place, .expires_ms = op.expires_ms};
  if (!own && op.expires_ms != 0) KITH_TRY(storage::AddOne(tx, storage::EndingKey(circle)));
  const bool kept = std::ranges::find(known.copies, copy) != known.copies.end();
  if ((own || !known.taken_back) && !moved && !kept) Remember(known, copy);
  if ((own || known.taken_back) && !stands) KITH_TRY(Withdraw(state_, tx, circle, place));
  // Its entry may have been shredded, and the disk cleared before this came.
  if (own && known.taken_back) state_.shreds.AskForCompaction(tx);
  return Keep(state_, tx, circle, author, op.share, stood, known);
}

Result<> ShareIntake::Take(Transaction& tx, const TakeBackOp& op, const PersonId& author, const MailboxId& circle) {
  state_.hlc.Observe(op.hlc, state_.clock.NowMillis());
  const bool own = author == state_.identity.person;
  const Bytes key = storage::KnownShareKey(circle, author, op.share);
  KITH_TRY_ASSIGN(auto before, storage::ReadKnown(tx, key));
  if (before && before->taken_back) return {};
  if (!before) KITH_TRY(CountOne(tx, storage::ShareCountKey(circle, author), limits::kSharesPerCircle));
  const bool stood = CanBeRead(before);
  KnownShare known = before ? *std::move(before) : KnownShare();
  if (own) {
    KITH_TRY_ASSIGN(known.before, sharing::KnownBefore(state_, tx, circle, known));
  }
  known.taken_back = true;
  if (own) ++state_.taken_back;
  for (const KnownShare::Copy& copy : known.copies) KITH_TRY(Withdraw(state_, tx, circle, copy.place));
  if (own) KITH_TRY(DropHeld(state_, tx, circle, op.share));
  return Keep(state_, tx, circle, author, op.share, stood, known);
}

Result<> ShareIntake::Take(Transaction& tx, const HeardOp& op, const PersonId& author, const MailboxId& circle,
                           const storage::Place& place, const OpId& id) {
  if (op.author == author) return Fail(Code::kForgedRecord, "Nobody answers to what they shared themselves.");
  state_.hlc.Observe(op.hlc, state_.clock.NowMillis());
  const Bytes key = storage::AnswerKey(circle, op.author, op.share, id);
  KITH_TRY_ASSIGN(const AnswerAt at, FindAnswer(tx, key, author));
  if (at.known) return {};
  KITH_TRY(CountOne(tx, storage::AnswerCountKey(circle, op.author, op.share, author), limits::kHeardPerShare));
  tx.Put(at.key, storage::KeptAnswer{.person = author, .place = place, .op = op}.Encode());
  return {};
}

Result<> ShareIntake::Take(Transaction& tx, const FriendOp& op, const OpId& id) {
  state_.hlc.Observe(op.hlc, state_.clock.NowMillis());
  const Bytes key = storage::FriendKey(op.circle);
  KITH_TRY_ASSIGN(const auto before, tx.Get(key));
  const auto rank = [](const FriendOp& one, const OpId& of) {
    return std::tuple(one.state == FriendState::kLeft, one.hlc, of);
  };
  if (before) {
    KITH_TRY_ASSIGN(const auto known, storage::Stamped<FriendOp>::Decode(*before));
    if (rank(known.op, known.id) >= rank(op, id)) return {};
  }
  tx.Put(key, storage::Stamped<FriendOp>{.id = id, .op = op}.Encode());
  state_.friends[op.circle] = op;
  return IsLeft(state_, op.circle) ? TakeBackAll(tx, op.circle) : Result<>();
}

Result<> ShareIntake::TakeBackAll(Transaction& tx, const MailboxId& circle) {
  const PersonId& self = state_.identity.person;
  // Of some the words have come, of others only the note.
  Bytes of_circle = storage::KnownShareKey(circle, self, {});
  of_circle.resize(of_circle.size() - ShareId::kSize);
  KITH_TRY_ASSIGN(const auto shares, KeysUnder(state_, tx, of_circle));
  for (const Bytes& key : shares) {
    const ShareId share = *ShareId::From(ByteView(key).last(ShareId::kSize));
    KITH_TRY(Take(tx, TakeBackOp{.share = share, .hlc = state_.hlc.last()}, self, circle));
  }
  KITH_TRY_ASSIGN(const auto notes, KeysUnder(state_, tx, storage::Key(storage::Prefix::kShareNote)));
  for (const Bytes& key : notes) {
    KITH_TRY_ASSIGN(const auto value, tx.Get(key));
    if (!value) continue;
    KITH_TRY_ASSIGN(const auto note, storage::Stamped<ShareNoteOp>::Decode(*value));
    if (note.op.circle == circle && !note.op.taken_back) KITH_TRY(Take(tx, note.op, note.id));
  }
  return {};
}

Result<> ShareIntake::Take(Transaction& tx, const ShareNoteOp& op, const OpId& id) {
  KITH_TRY_ASSIGN(const auto versions, state_.entries.Versions(tx, op.entry));
  const bool shredded = versions && IsShredded(*versions);
  if (!op.taken_back && (shredded || IsLeft(state_, op.circle))) {
    // Shared on a device that had not heard of it.
    ShareNoteOp taken = op;
    taken.taken_back = true;
    if (shredded) state_.shreds.AskForCompaction(tx);
    return Take(tx, taken, id);
  }
  state_.hlc.Observe(op.hlc, state_.clock.NowMillis());
  const Bytes key = storage::ShareNoteKey(op.entry, op.share);
  KITH_TRY_ASSIGN(const auto before, tx.Get(key));
  if (before) {
    KITH_TRY_ASSIGN(const auto known, storage::Stamped<ShareNoteOp>::Decode(*before));
    const auto rank = [](const ShareNoteOp& one, const OpId& of) { return std::tuple(one.taken_back, one.hlc, of); };
    if (rank(known.op, known.id) >= rank(op, id)) return {};
    if (!known.op.taken_back) KITH_TRY(UncountNote(tx, known.op));
  }
  tx.Put(key, storage::Stamped<ShareNoteOp>{.id = id, .op = op}.Encode());
  if (!op.taken_back) {
    NextDue& next = state_.next_end;
    if (op.expires_ms != 0) next.at_ms = std::min(next.at_ms.value_or(op.expires_ms), op.expires_ms);
    return CountNote(tx, op);
  }
  // What stands in a lane of this device is pruned as soon as it hears of this, from whichever mailbox.
  return Take(tx, TakeBackOp{.share = op.share, .hlc = op.hlc}, state_.identity.person, op.circle);
}

Result<> ShareIntake::Pruned(Transaction& tx, const MailboxId& circle, uint32_t lane_number, uint64_t first,
                             uint64_t last) {
  const storage::Lane* lane = state_.lanes.Find(lane_number);
  if (lane == nullptr) return {};
  for (uint64_t seq = first; seq <= std::min(last, lane->stored_seq); ++seq) {
    if (state_.prunes.Covers(lane_number, seq)) continue;
    if (seq <= lane->applied_seq) KITH_TRY(Leave(tx, circle, *lane, seq));
    KITH_TRY(EmptyRecord(state_, tx, *lane, seq));
  }
  return {};
}

Result<> ShareIntake::Leave(Transaction& tx, const MailboxId& circle, const storage::Lane& lane, uint64_t seq) {
  KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, lane, seq));
  if (!record || record->payload.empty()) return {};
  KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(record->header));
  if (header.kind != RecordKind::kSealed) return {};
  const auto pack = state_.OpenPack(tx, lane.number, seq);
  // Nothing was taken of one that no key here opens: from before this person came.
  if (!pack) return IsStoreError(pack.error().code) ? Result<>(pack.error()) : Result<>();
  const PersonId author = state_.AuthorOf(lane);
  for (const Bytes& bytes : (*pack)->ops) {
    const auto op = DecodeOp(bytes);
    if (!op) continue;
    if (const auto* share = std::get_if<ShareOp>(&*op)) {
      // Of one's own it stays known how far they came.
      if (author == state_.identity.person) continue;
      KITH_TRY(LeaveShare(tx, author, share->share, lane, seq));
    } else if (const auto* heard = std::get_if<HeardOp>(&*op)) {
      KITH_TRY(
          LeaveAnswer(tx, author, storage::AnswerKey(circle, heard->author, heard->share, OpIdOf(bytes)), lane, seq));
    }
  }
  return {};
}

Result<> ShareIntake::LeaveAnswer(Transaction& tx, const PersonId& author, const Bytes& key, const storage::Lane& lane,
                                  uint64_t seq) {
  KITH_TRY_ASSIGN(const AnswerAt at, FindAnswer(tx, key, author));
  if (!at.known) return {};
  KITH_TRY_ASSIGN(const Stands stands, FindRecord(state_, at.known->place));
  if (stands.lane != nullptr && stands.lane->number == lane.number && stands.seq == seq) tx.Delete(at.key);
  return {};
}

Result<> ShareIntake::LeaveShare(Transaction& tx, const PersonId& author, const ShareId& share,
                                 const storage::Lane& lane, uint64_t seq) {
  KITH_TRY_ASSIGN(auto known, storage::ReadKnown(tx, storage::KnownShareKey(lane.mailbox, author, share)));
  if (!known) return {};
  const bool stood = CanBeRead(known);
  std::erase_if(known->copies, [&](const KnownShare::Copy& copy) {
    return copy.place.kind == Place::Kind::kRecord && copy.place.owner == lane.number && copy.place.number == seq;
  });
  return Keep(state_, tx, lane.mailbox, author, share, stood, *known);
}

void ShareIntake::Seen(Transaction& tx, uint32_t by_lane, uint32_t our_lane, uint64_t seq) {
  Bytes key = storage::SeenKey(by_lane, our_lane);
  const auto known = tx.Get(key);
  if (!known) return;
  const auto before = *known ? storage::DecodeU64(**known) : Result<uint64_t>(0);
  if (!before || *before < seq) tx.Put(std::move(key), storage::EncodeU64(seq));
}

Result<> sharing::WithdrawOwn(State& state, Transaction& tx, const MailboxId& circle, const storage::Place& place) {
  return Withdraw(state, tx, circle, place);
}

}  // namespace kith
