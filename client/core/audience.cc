// Who can see what, and taking it back.
#include <algorithm>

#include "client/core/intake.h"
#include "client/core/sharing_parts.h"

namespace kith {

using storage::KnownShare;

namespace sharing {
namespace {

// The highest record of `ours` that a friend's lane has cited.
Result<uint64_t> SeenByOthers(const State& state, const Transaction& tx, const storage::Lane& ours) {
  uint64_t seen = 0;
  for (const storage::Lane& lane : state.lanes.all()) {
    if (lane.mailbox != ours.mailbox || state.AuthorOf(lane) == state.identity.person) continue;
    KITH_TRY_ASSIGN(const uint64_t seq, storage::ReadCount(tx, storage::SeenKey(lane.number, ours.number)));
    seen = std::max(seen, seq);
  }
  return seen;
}

// How far a copy has come, in that order.
enum class Way : uint8_t { kDropped, kInOutbox, kSealed, kThere, kFetched };

Result<Way> WayOfCopy(const State& state, const Transaction& tx, const storage::Place& place) {
  uint32_t number = place.owner;
  uint64_t seq = place.number;
  if (place.kind == storage::Place::Kind::kOutbox) {
    KITH_TRY_ASSIGN(const auto waiting, state.FindWaiting(tx, place.owner, place.number));
    if (waiting) return Way::kInOutbox;
    KITH_TRY_ASSIGN(const auto packed, state.FindPacked(place.owner, place.number));
    if (!packed) return Way::kDropped;
    number = packed->lane;
    seq = packed->seq;
  }
  const auto lane = std::ranges::find(state.lanes.all(), number, &storage::Lane::number);
  if (lane == state.lanes.all().end()) return Way::kThere;
  KITH_TRY_ASSIGN(const uint64_t seen, SeenByOthers(state, tx, *lane));
  if (seen >= seq) return Way::kFetched;
  return lane->seed && lane->acked_seq < seq ? Way::kSealed : Way::kThere;
}

// The furthest way of any copy; kThere where only its note has arrived here.
Result<Way> WayOf(const State& state, const Transaction& tx, const KnownShare& known) {
  if (known.copies.empty()) return Way::kThere;
  Way furthest = Way::kDropped;
  for (const auto& copy : known.copies) {
    KITH_TRY_ASSIGN(const Way way, WayOfCopy(state, tx, copy.place));
    furthest = std::max(furthest, way);
  }
  return furthest;
}

Result<KnownShare> ReadOwn(const State& state, const Transaction& tx, const ShareNoteOp& note) {
  KITH_TRY_ASSIGN(auto known,
                  storage::ReadKnown(tx, storage::KnownShareKey(note.circle, state.identity.person, note.share)));
  return known ? *std::move(known) : KnownShare();
}

Reach ReachOf(Way way) {
  switch (way) {
    case Way::kDropped:
      return Reach::kTakenBack;
    case Way::kInOutbox:
    case Way::kSealed:
      return Reach::kWaiting;
    case Way::kThere:
      return Reach::kUnknown;
    case Way::kFetched:
      return Reach::kFetched;
  }
  return Reach::kUnknown;
}

Reach ReachOf(KnownShare::Before before) {
  switch (before) {
    case KnownShare::Before::kUnknown:
      return Reach::kUnknown;
    case KnownShare::Before::kFetched:
      return Reach::kFetched;
    case KnownShare::Before::kNeverLeft:
      return Reach::kWaiting;
  }
  return Reach::kUnknown;
}

// Whether nobody can have a copy. One that came back from a lost lane may have been served before.
bool NeverLeft(const State& state, const MailboxId& circle, Way way) {
  return way <= Way::kInOutbox && std::ranges::none_of(state.lanes.all(), [&](const storage::Lane& lane) {
           return lane.mailbox == circle && lane.seed && lane.retired;
         });
}

}  // namespace

Result<KnownShare::Before> KnownBefore(const State& state, const Transaction& tx, const MailboxId& circle,
                                       const KnownShare& known) {
  KITH_TRY_ASSIGN(const Way way, WayOf(state, tx, known));
  if (way == Way::kFetched) return KnownShare::Before::kFetched;
  return NeverLeft(state, circle, way) ? KnownShare::Before::kNeverLeft : KnownShare::Before::kUnknown;
}

Result<> TellReach(const State& state, const ShareNoteOp& note, SentShare& sent) {
  const Transaction tx(state.store);
  KITH_TRY_ASSIGN(const KnownShare known, ReadOwn(state, tx, note));
  KITH_TRY_ASSIGN(const Way way, WayOf(state, tx, known));
  sent.reach = note.taken_back || known.taken_back ? Reach::kTakenBack : ReachOf(way);
  KITH_TRY_ASSIGN(const KnownShare::Before now, KnownBefore(state, tx, note.circle, known));
  sent.before = ReachOf(known.taken_back ? known.before : now);
  return {};
}

Result<> TakeBackOne(State& state, Transaction& tx, const ShareNoteOp& note) {
  KITH_TRY_ASSIGN(const KnownShare known, ReadOwn(state, tx, note));
  KITH_TRY_ASSIGN(const Way way, WayOf(state, tx, known));
  ShareNoteOp taken = note;
  taken.taken_back = true;
  taken.hlc = state.NextHlc();
  const auto circle = state.mailboxes.find(note.circle);
  if (circle != state.mailboxes.end() && !NeverLeft(state, note.circle, way)) {
    KITH_TRY(Say(state, tx, circle->second, TakeBackOp{.share = note.share, .hlc = taken.hlc}));
  }
  return Say(state, tx, state.self(), taken);
}

namespace {

// Of a record that nobody takes in. A relay may have served it without its words; then there are none to take away. A
// taking back in it stays done: the friend may have heard of it before the revocation.
Result<bool> HoldsTakenBack(State& state, Transaction& tx, const storage::Lane& lane, uint64_t seq) {
  KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, lane, seq));
  if (!record || record->payload.empty()) return false;
  const auto pack = state.OpenPack(tx, lane.number, seq);
  if (!pack) return IsStoreError(pack.error().code) ? Result<bool>(pack.error()) : Result<bool>(false);
  for (const Bytes& bytes : (*pack)->ops) {
    const auto op = DecodeOp(bytes);
    if (const auto* back = op ? std::get_if<TakeBackOp>(&*op) : nullptr)
      KITH_TRY(ShareIntake(state).Take(tx, *back, state.identity.person, lane.mailbox));
    const auto* share = op ? std::get_if<ShareOp>(&*op) : nullptr;
    if (share == nullptr) continue;
    const Bytes key = storage::KnownShareKey(lane.mailbox, state.identity.person, share->share);
    KITH_TRY_ASSIGN(const auto known, storage::ReadKnown(tx, key));
    if (known && known->taken_back) return true;
  }
  return false;
}

Result<> LookThrough(State& state, Transaction& tx, const Mailbox& circle, Mailbox::LookedThrough& looked) {
  for (const storage::Lane& lane : state.lanes.all()) {
    if (lane.mailbox != circle.id || lane.applied_seq == lane.stored_seq || !Revoked(state, lane) ||
        state.AuthorOf(lane) != state.identity.person || !state.lane_ends.EndOf(state, lane.number))
      continue;
    uint64_t& through = looked.lanes[lane.number];
    for (uint64_t seq = std::max(through, lane.applied_seq) + 1; seq <= lane.stored_seq; ++seq) {
      if (state.prunes.Covers(lane.number, seq)) continue;
      KITH_TRY_ASSIGN(const bool holds, HoldsTakenBack(state, tx, lane, seq));
      if (!holds) continue;
      state.prunes.Want(tx, lane.number, seq);
      KITH_TRY(EmptyRecord(state, tx, lane, seq));
    }
    through = lane.stored_seq;
  }
  return {};
}

}  // namespace

Result<> PruneTakenBack(State& state, Transaction& tx, Mailbox& circle) {
  // Whoever has the lost device can make it say a lot, so each record is opened once for what is known.
  Mailbox::LookedThrough& looked = circle.looked_through;
  do {
    if (looked.taken_back != state.taken_back) looked = {.taken_back = state.taken_back, .lanes = {}};
    KITH_TRY(LookThrough(state, tx, circle, looked));
  } while (looked.taken_back != state.taken_back);
  return {};
}

bool Counts(const State& state, const storage::Place& place) {
  if (!IsVoid(state, place)) return true;
  return state.AuthorOf(state.lanes.all()[place.owner - 1]) == state.identity.person;
}

std::function<bool(const storage::Place&)> ShownOf(const State& state, const MailboxId& circle,
                                                   const PersonId& author) {
  const bool may = state.MayShare(circle, author);
  return [&state, may](const storage::Place& place) { return may && Counts(state, place); };
}

bool Heard(const State& state, const MailboxId& circle, const PersonId& person) {
  return !state.IsGroup(circle) || state.RoleIn(circle, person).has_value();
}

std::string NameIn(const State& state, const MailboxId& circle, const PersonId& person) {
  const auto of = state.friends.find(circle);
  const std::string name = of == state.friends.end() ? std::string() : of->second.label;
  if (!state.IsGroup(circle)) return name;
  for (const auto& [pair, known] : state.friends) {
    if (known.person == person && known.state != FriendState::kLeft) return known.label + " (" + name + ")";
  }
  const Roster* roster = state.FindRoster(circle);
  const RosterMember* member = roster == nullptr ? nullptr : roster->Find(person);
  const bool named = member != nullptr && !member->name.empty();
  return (named ? member->name : std::string("somebody")) + " (" + name + ")";
}

Result<std::optional<SharedContent>> ReadShared(State& state, const Transaction& tx, const storage::KnownShare& known) {
  const auto* copy = known.Shown([&](const storage::Place& place) { return Counts(state, place); });
  if (copy == nullptr) return std::optional<SharedContent>();
  KITH_TRY_ASSIGN(Bytes bytes, state.ReadOp(tx, copy->place));
  KITH_TRY_ASSIGN(Op op, DecodeOp(bytes));
  Wipe(bytes);
  auto* share = std::get_if<ShareOp>(&op);
  if (share == nullptr) return Fail(Code::kVaultDamaged, "A share's place in the vault holds something else.");
  return std::optional(std::move(share->content));
}

}  // namespace sharing

namespace {

std::string LabelOf(const State& state, const MailboxId& circle) {
  const auto known = state.friends.find(circle);
  return known == state.friends.end() ? std::string() : known->second.label;
}

Result<SentShare> Sent(const State& state, const ShareNoteOp& note) {
  SentShare sent{.id = note.share,
                 .entry = note.entry,
                 .circle = note.circle,
                 .friend_label = LabelOf(state, note.circle),
                 .passage = note.part == SharePart::kPassage,
                 .follow = note.follow,
                 .shared = note.shared,
                 .expires_ms = note.expires_ms};
  KITH_TRY(sharing::TellReach(state, note, sent));
  return sent;
}

SentShare Sent(const State& state, const storage::HeldItem& item) {
  return {.id = item.share,
          .entry = item.entry,
          .circle = item.circle,
          .friend_label = LabelOf(state, item.circle),
          .passage = item.content.passage,
          .follow = item.follow,
          .shared = item.shared,
          .reach = Reach::kHeld,
          .expires_ms = item.expires_ms};
}

}  // namespace

Result<std::vector<SentShare>> TakeBackShares(State& state, Transaction& tx, const EntryId& entry,
                                              const std::optional<MailboxId>& circle) {
  KITH_TRY_ASSIGN(const auto held, storage::ReadHeld(state.store));
  KITH_TRY_ASSIGN(const auto notes, storage::ReadNotes(state.store, entry));
  std::vector<SentShare> before;
  for (const ShareNoteOp& note : notes) {
    if (note.taken_back || (circle && note.circle != *circle)) continue;
    KITH_TRY_ASSIGN(SentShare sent, Sent(state, note));
    // A push that is under way may have got there.
    sent.reach = sent.before;
    before.push_back(std::move(sent));
    KITH_TRY(sharing::TakeBackOne(state, tx, note));
  }
  for (const storage::HeldItem& item : held) {
    if (item.entry != entry || (circle && item.circle != *circle)) continue;
    if (item.shared == 0) before.push_back(Sent(state, item));
    tx.Delete(storage::HeldKey(item.number));
  }
  return before;
}

Result<std::vector<SentShare>> Sharing::TakeBack(const EntryId& entry, const std::optional<MailboxId>& circle) {
  Transaction tx(state_.store);
  KITH_TRY_ASSIGN(std::vector<SentShare> before, TakeBackShares(state_, tx, entry, circle));
  if (before.empty() && tx.empty()) {
    return Fail(Code::kNotFound, "Nothing of this entry is shared there. `kith who` shows what is.");
  }
  KITH_TRY(state_.Commit(tx));
  return before;
}

Result<std::vector<SentShare>> Sharing::Audience(const std::optional<EntryId>& entry) const {
  KITH_TRY_ASSIGN(const auto held, storage::ReadHeld(state_.store));
  KITH_TRY_ASSIGN(const auto notes, storage::ReadNotes(state_.store, entry));
  std::vector<SentShare> audience;
  for (const ShareNoteOp& note : notes) {
    if (note.taken_back && !entry) continue;
    KITH_TRY_ASSIGN(audience.emplace_back(), Sent(state_, note));
  }
  for (const storage::HeldItem& item : held) {
    if (!entry || item.entry == *entry) audience.push_back(Sent(state_, item));
  }
  return audience;
}

Result<uint64_t> Sharing::SharedEntries() const {
  return storage::ReadCount(Transaction(state_.store), storage::SharedEntriesKey());
}

Result<uint64_t> Sharing::HeldCount() const { return storage::CountHeld(state_.store); }

Result<std::vector<Answer>> Sharing::AnswersTo(const EntryId& entry) const {
  KITH_TRY_ASSIGN(const auto notes, storage::ReadNotes(state_.store, entry));
  std::vector<Answer> answers;
  for (const ShareNoteOp& note : notes) {
    KITH_TRY_ASSIGN(const auto kept,
                    storage::ReadAnswers(state_.store, note.circle, state_.identity.person, note.share));
    for (const storage::KeptAnswer& answer : kept) {
      if (!sharing::Counts(state_, answer.place) || !sharing::Heard(state_, note.circle, answer.person)) continue;
      answers.push_back({.person = answer.person,
                         .friend_label = sharing::NameIn(state_, note.circle, answer.person),
                         .at = answer.op.hlc,
                         .text = answer.op.text,
                         .wish = answer.op.wish});
    }
  }
  std::ranges::stable_sort(answers, {}, &Answer::at);
  return answers;
}

}  // namespace kith
