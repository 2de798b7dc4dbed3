// The part of sync that is about seat statements: numbered, kept by the relay in one order, made by several devices at
// once.
#include <algorithm>

#include "client/core/devices.h"
#include "client/core/invitations.h"
#include "client/core/membership.h"
#include "client/core/outbox.h"
#include "client/core/sync.h"
#include "client/core/trustees.h"

namespace kith {
namespace {

constexpr char kRemoved[] =
    "The relay lets this device in no more, as it does when another device of yours has revoked it: nothing is sent or "
    "fetched. What is here stays readable here. If none of your devices did it, ask the relay's keeper; if somebody "
    "else "
    "did, use the recovery phrase on a new device: `kith recover`.";
constexpr int kConflicts = 3;   // in a row without anything new, before the relay is said to be at fault
constexpr int kOvertaken = 16;  // before the next one is waited with: a relay may show two histories by turns

}  // namespace

Result<SignedStatement> Sync::Statement(const Transaction& tx, uint64_t number) const {
  KITH_TRY_ASSIGN(const auto bytes, tx.Get(storage::StatementKey(id_, number)));
  if (!bytes)
    return Fail(Code::kVaultDamaged,
                "A statement is missing from the vault. Restore it from a backup, or link this device anew.");
  return storage::DecodeStatement(*bytes);
}

Result<std::optional<RelayCall>> Sync::NextStatement() {
  const uint64_t there = mailbox().sync.statements_there;
  const uint64_t ours = mailbox().seats.number();
  if (replay_ == Replay::kUnderWay && there >= ours) {
    replay_ = Replay::kDone;
    asked_ = false;
  }
  const bool ask = !asked_ || newest_statement_ > there;
  if (ask && replay_ != Replay::kUnderWay) {
    asked_for_ = newest_statement_;
    // From the last one known to be there on, so that what was made here meanwhile is compared and not taken for
    // theirs.
    return std::optional(Call(StatementsCall{.mailbox = id_, .after = there}));
  }
  Transaction tx(state_.store);
  if (!to_restate_.empty()) {
    KITH_TRY(Restate(tx));
    KITH_TRY(state_.Commit(tx));
  }
  if (reader_ != nullptr || there >= mailbox().seats.number()) return std::optional<RelayCall>();
  KITH_TRY_ASSIGN(SignedStatement next, Statement(tx, there + 1));
  return std::optional(Call(SubmitStatementCall{.mailbox = id_, .statement = std::move(next)}));
}

Result<> Sync::ChangeSeats(std::vector<SeatChange> changes) {
  if (state_.keyring.SeatIn(id_, mailbox().seats) == nullptr)
    return Fail(Code::kRelayRefused, "This device holds no seat key yet. Run `kith sync` first.");
  Transaction tx(state_.store);
  KITH_TRY(MakeStatement(tx, std::move(changes)));
  return state_.Commit(tx);
}

Result<bool> Sync::Settle() {
  const bool revoked = state_.person->HasRevoked();
  if (!revoked && !state_.IsGroup(id_) && !Unsettled(state_, mailbox())) return false;
  Transaction tx(state_.store);
  if (!Left()) KITH_TRY(AdmitGuests(state_, tx, id_));
  KITH_TRY(SayWhoIsShutOut(state_, tx, id_));
  const uint64_t before = mailbox().seats.number();
  const std::vector<SeatChange> members = MemberSeatsDue(state_, mailbox());
  if (revoked) KITH_TRY(SaySettlement(state_, tx, mailbox()));
  KITH_TRY(SayTrusteeWords(state_, tx, id_));
  KITH_TRY_ASSIGN(const std::vector<SeatChange> own, SeatChangesDue(state_, tx, mailbox()));
  std::vector<SeatChange> changes = members;
  changes.insert(changes.end(), own.begin(), own.end());
  Result<> made = changes.empty() ? Result<>() : MakeStatement(tx, std::move(changes));
  if (!made && !IsStoreError(made.error().code) && !members.empty()) {
    // A seat that another member named, or that finds no room, holds nothing else back.
    made = own.empty() ? Result<>() : MakeStatement(tx, own);
    to_restate_.insert(to_restate_.end(), members.begin(), members.end());
    KITH_TRY(Restate(tx));
  }
  KITH_TRY(state_.Commit(tx));
  if (made) return mailbox().seats.number() > before;
  if (IsStoreError(made.error().code)) return made.error();
  KITH_TRY(Stop(made.error().code,
                "This mailbox takes no further change of who may use it. Nothing here was lost; ask the relay's "
                "keeper."));
  return false;
}

bool Sync::Left() const {
  const auto known = state_.friends.find(id_);
  return known != state_.friends.end() && known->second.state == FriendState::kLeft;
}

bool Sync::Unheard() const {
  if (!Left()) return false;
  const Roster* roster = state_.FindRoster(id_);
  if (roster == nullptr) return true;
  const bool strangers = std::ranges::any_of(
      roster->members(), [&](const auto& member) { return state_.FindPerson(member.first) == nullptr; });
  return roster->pair() && strangers && Outbox(state_).GroundIn(id_) == Outbox::Ground::kWaits;
}

// Of a circle of several that was left: the others have not heard it from here, or of what was taken back there.
// Another lane has to say so where this device's was closed, or its vault was set back.
bool Sync::OwesGoodbye() const {
  const Roster* roster = state_.FindRoster(id_);
  if (!state_.IsGroup(id_) || roster == nullptr) return false;
  return roster->Has(state_.identity.person) || mailbox().outbox_waiting > 0;
}

// A copy of this vault from before its first sync has no seat key yet: with another lane's it could not speak at all.
bool Sync::LinkedWith(const storage::Lane& lane) const {
  return state_.IsSelf(id_) && std::ranges::none_of(state_.lanes.all(), [&](const storage::Lane& other) {
           return other.mailbox == id_ && other.seed && other.number < lane.number;
         });
}

bool Sync::Owed(const storage::Lane& lane) const {
  const auto record = state_.shreds.owed().lower_bound({lane.number, 0});
  return record != state_.shreds.owed().end() && record->first == lane.number;
}

Result<bool> Sync::Orphaned(const storage::Lane& lane) const {
  if (lane.seed || lane.device != state_.device->public_key()) return false;
  if (state_.IsSelf(id_)) return Owed(lane);
  const auto wanted = state_.prunes.wanted().find(lane.number);
  if (wanted != state_.prunes.wanted().end() && !wanted->second.empty()) return true;
  const uint64_t next = lane.applied_seq + 1;
  if (next > lane.stored_seq || state_.prunes.Covers(lane.number, next)) return false;
  KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(Transaction(state_.store), lane, next));
  return record && record->payload.empty();
}

Result<bool> Sync::CloseLanes() {
  const Keyring::HeldSeat* seat = state_.keyring.SeatIn(id_, mailbox().seats);
  const storage::Lane* own = state_.lanes.Own(id_);
  if (seat == nullptr || own == nullptr) return false;
  const auto place = mailbox().seats.seats().find(seat->signer->public_key());
  // This device writes to another one now, and what it said there is at the relay: a seat has room for 64. Once it is
  // closed, the other may prune it.
  const auto done = [&](const LaneKey& key) {
    const storage::Lane* lane = state_.lanes.Find(key);
    return lane != nullptr && lane->retired && HasLane() && (!LinkedWith(*lane) || Owed(*lane));
  };
  std::vector<SeatChange> changes;
  for (const LaneKey& key : place->second.lanes) {
    if (key == own->key) continue;
    const storage::Lane* lane = state_.lanes.Find(key);
    KITH_TRY_ASSIGN(const bool orphaned, lane == nullptr ? Result<bool>(false) : Orphaned(*lane));
    if (Left() || done(key) || orphaned) changes.emplace_back(RemoveLane{.lane = key});
  }
  if (changes.empty() && Left() && HasLane() && status().waiting == 0) {
    KITH_TRY_ASSIGN(const bool said, SayLeft());
    if (said) return false;
  }
  // The others' words are pruned from this lane before it is closed itself.
  if (changes.empty() && Left() && HasLane() && status().waiting == 0) {
    changes.emplace_back(RemoveLane{.lane = own->key});
  }
  if (changes.empty()) return false;
  KITH_TRY(ChangeSeats(std::move(changes)));
  return true;
}

Result<bool> Sync::SayLeft() {
  const Roster* roster = state_.FindRoster(id_);
  if (!state_.IsGroup(id_) || roster == nullptr || !roster->Has(state_.identity.person)) return false;
  Transaction tx(state_.store);
  const SignedRosterOp op = SignRosterOp(state_, *roster, LeaveCircle{});
  const Bytes bytes = EncodeOp(op);
  // Under the key that is there: who goes makes none for those who stay.
  Outbox(state_).Add(tx, mailbox(), {&bytes, 1});
  const auto added = state_.AddRosterOp(tx, id_, op);
  if (!added) return added.error();
  KITH_TRY(state_.Commit(tx));
  return true;
}

SignedStatement Sync::Compose(const Signer& seat, std::vector<SeatChange> changes) const {
  return SignStatement(seat, {.mailbox = id_,
                              .number = mailbox().seats.number() + 1,
                              .prev = mailbox().seats.head(),
                              .signed_by = SeatStatement::SignedBy::kSeat,
                              .signer = seat.public_key(),
                              .changes = std::move(changes)});
}

Result<> Sync::MakeStatement(Transaction& tx, std::vector<SeatChange> changes) {
  const SignedStatement statement = Compose(*state_.keyring.SeatIn(id_, mailbox().seats)->signer, std::move(changes));
  KITH_TRY_ASSIGN(mailbox().seats, mailbox().seats.Apply(statement));
  tx.Put(storage::StatementKey(id_, mailbox().seats.number()), storage::EncodeStatement(statement));
  return {};
}

Result<> Sync::Restate(Transaction& tx) {
  const Keyring::HeldSeat* seat = state_.keyring.SeatIn(id_, mailbox().seats);
  if (seat == nullptr) return {};  // once it has arrived
  std::vector<SeatChange> good;
  for (SeatChange& change : std::exchange(to_restate_, {})) {
    // Whether the seat is to have another key is asked anew; lanes go under the one it has.
    if (std::holds_alternative<ReplaceSeat>(change)) continue;
    if (auto* added = std::get_if<AddLane>(&change)) {
      // Of a lane of somebody else's only their own seat says it again.
      const auto ours = [&](const Keyring::HeldSeat& held) { return held.signer->public_key() == added->seat; };
      if (std::ranges::none_of(state_.keyring.Seats(id_), ours)) continue;
      added->seat = seat->signer->public_key();
    }
    good.push_back(change);
    if (!mailbox().seats.Apply(Compose(*seat->signer, good))) good.pop_back();
  }
  return good.empty() ? Result<>() : MakeStatement(tx, std::move(good));
}

Result<> Sync::OnSubmitted(const SubmitStatementCall& call, const SubmitStatementReply& reply) {
  KITH_TRY_ASSIGN(const SeatStatement statement, SeatStatement::Parse(call.statement.body));
  Transaction tx(state_.store);
  storage::MailboxSync& sync = mailbox().sync;
  sync.created = true;
  sync.statements_there = std::max(sync.statements_there, statement.number);
  newest_statement_ = std::max(newest_statement_, reply.number);
  // The key that it was sent with may just have been replaced.
  if (replay_ == Replay::kByAnother) replay_ = Replay::kNotTried;
  state_.SaveMailbox(tx, mailbox());
  return state_.Commit(tx);
}

Result<bool> Sync::Overtake(Transaction& tx, uint64_t number, const SignedStatement& statement) {
  SeatTable table;
  for (uint64_t before = 1; before < number; ++before) {
    KITH_TRY_ASSIGN(const SignedStatement common, Statement(tx, before));
    KITH_TRY_ASSIGN(table, table.Apply(common));
  }
  auto next = table.Apply(statement);
  if (!next) return false;
  for (uint64_t ours = number; ours <= mailbox().seats.number(); ++ours) {
    KITH_TRY_ASSIGN(const SignedStatement void_one, Statement(tx, ours));
    KITH_TRY_ASSIGN(const SeatStatement parsed, SeatStatement::Parse(void_one.body));
    to_restate_.insert(to_restate_.end(), parsed.changes.begin(), parsed.changes.end());
    tx.Delete(storage::StatementKey(id_, ours));
  }
  mailbox().seats = *std::move(next);
  return true;
}

Result<bool> Sync::TakeStatement(Transaction& tx, const SignedStatement& statement) {
  storage::MailboxSync& sync = mailbox().sync;
  const auto parsed = SeatStatement::Parse(statement.body);
  // The first one says itself whose it is, so it is held against what was asked for.
  if (!parsed || parsed->mailbox != id_ || parsed->number != sync.statements_there + 1) return false;
  bool taken = false;
  if (parsed->number <= mailbox().seats.number()) {
    KITH_TRY_ASSIGN(const SignedStatement ours, Statement(tx, parsed->number));
    if (ours.body == statement.body) {
      ++sync.statements_there;
      return true;
    }
    KITH_TRY_ASSIGN(taken, Overtake(tx, parsed->number, statement));
  } else if (auto next = mailbox().seats.Apply(statement); next) {
    mailbox().seats = *std::move(next);
    taken = true;
  }
  if (!taken) return false;
  ++sync.statements_there;
  tx.Put(storage::StatementKey(id_, parsed->number), storage::EncodeStatement(statement));
  return true;
}

Result<> Sync::OnStatements(const StatementsReply& reply) {
  Transaction tx(state_.store);
  storage::MailboxSync& sync = mailbox().sync;
  const uint64_t before = sync.statements_there;
  const StatementId known = mailbox().seats.head();
  for (const SignedStatement& statement : reply.statements) {
    KITH_TRY_ASSIGN(const bool taken, TakeStatement(tx, statement));
    if (taken) continue;
    ++state_.refused;
    break;
  }
  const bool progress = sync.statements_there > before;
  if (mailbox().seats.head() != known) contradictions_ = 0;  // something new, of which there cannot be much
  // Fewer than it had acknowledged: what is missing is sent again. Others than it had: where they part shows when all
  // are compared from the first.
  if (!progress) sync.statements_there = reply.statements.empty() ? std::min(before, reply.newest) : 0;
  // In the same write, so that a crash does not lose what was overtaken.
  if (sync.statements_there >= reply.newest && !to_restate_.empty()) KITH_TRY(Restate(tx));
  asked_ = true;
  sync.created = true;
  newest_statement_ = std::max(newest_statement_, reply.newest);
  const bool withheld = !progress && std::max(asked_for_, reply.newest) > std::min(before, reply.newest);
  state_.SaveMailbox(tx, mailbox());
  KITH_TRY(state_.Commit(tx));
  if (withheld)
    Interrupt(Fail(Code::kRelayUnreachable,
                   "The relay speaks of a change of devices that it does not hand over. This device tries again by "
                   "itself; if it stays so, ask the relay's keeper."));
  return {};
}

Result<> Sync::OnStatementConflict() {
  if (++contradictions_ > kConflicts) {
    return Stop(
        Code::kStatementConflict,
        "The relay and this device disagree about who may write here. Nothing here was lost; ask the relay's keeper.");
  }
  // Another device was faster. All are compared anew, from the first.
  mailbox().sync.statements_there = 0;
  if (++overtaken_ > kOvertaken) {
    Interrupt(Fail(Code::kRelayUnreachable,
                   "The relay keeps changing what it says about who may write here. This device tries again by itself; "
                   "if it stays so, ask the relay's keeper."));
    return {};
  }
  replay_ = Replay::kNotTried;
  asked_ = false;
  return {};
}

std::vector<std::shared_ptr<const Signer>> Sync::OtherKeys() const {
  std::vector<std::shared_ptr<const Signer>> keys;
  for (const Keyring::HeldSeat& seat : state_.keyring.Seats(id_)) keys.push_back(seat.signer);
  for (const storage::Lane& lane : state_.lanes.all()) {
    if (lane.mailbox == id_ && lane.seed) keys.push_back(state_.lanes.SignerOf(lane));
  }
  return keys;
}

Result<> Sync::OnRefused(const RelayCall& call) {
  if (reader_ != nullptr) {
    return Stop(Code::kRelayRefused, "The relay has no such mailbox, or does not let this key read it.");
  }
  if (replay_ == Replay::kNotTried || replay_ == Replay::kByAnother) {
    keys_refused_ = replay_ == Replay::kNotTried ? 0 : keys_refused_ + 1;
    replay_ = keys_refused_ < OtherKeys().size() ? Replay::kByAnother : Replay::kUnderWay;
    mailbox().sync.statements_there = 0;
    asked_ = false;
    return {};
  }
  // In the database that had this device listed, nothing but a statement takes it off the list.
  if (state_.IsSelf(id_) && mailbox().sync.created) return Stop(Code::kDeviceRevoked, kRemoved);
  // Another device of this person has told of the circle before it made the mailbox, which only that one can do.
  if (state_.IsGroup(id_) && mailbox().seats.number() == 0) {
    Interrupt(
        Fail(Code::kRelayRefused,
             "You are not in this circle yet: a device of its owner has to hear of your answer first. This one tries "
             "again by itself."));
    return {};
  }
  if (AtFriends() && mailbox().seats.number() == 0) {
    if (Left()) {
      return Stop(Code::kRelayRefused,
                  "The relay has nothing more of the place where you met a friend whom you left, or does not let you "
                  "in there. There is nothing to do.");
    }
    Interrupt(Fail(Code::kRelayRefused,
                   "The place where you meet this friend is not at the relay yet. Let the device on which you became "
                   "friends sync; this one tries again by itself."));
    return {};
  }
  const auto* submit = std::get_if<SubmitStatementCall>(&call.body);
  const auto statement =
      submit == nullptr ? Result<SeatStatement>(Fail(Code::kNotFound)) : SeatStatement::Parse(submit->statement.body);
  if (statement && statement->number == 1) {
    return Stop(
        Code::kRelayWiped,
        AtFriends()
            ? "the relay no longer has the place where you meet this friend: it was set up anew. Nothing here is lost; "
              "whose relay it is uses `kith relay set` with a new invite, and everything is sent again"
            : "the relay has no mailbox for this journal: it was set up anew. Nothing here is lost; ask its keeper for "
              "an invite and use `kith relay set INVITE`, and everything is sent again");
  }
  if (state_.IsGroup(id_)) {
    return Stop(
        Code::kRelayRefused,
        "the relay does not let you into this circle any more: an owner removed you, or your place there was taken "
        "away. What arrived before stays here. Ask an owner of the circle; `kith circle leave` ends it on your "
        "devices");
  }
  return Stop(
      Code::kRelayRefused,
      AtFriends()
          ? "the relay does not let you in where you meet this friend: an older copy of it was put back, or your place "
            "there was taken away. Nothing here is lost; let your other devices and your friend's sync, and if it "
            "stays so, become friends anew"
          : "the relay does not list this device: let another device of yours sync and try again; or it was removed "
            "from there");
}

}  // namespace kith
