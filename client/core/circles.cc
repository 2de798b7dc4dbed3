#include "client/core/circles.h"

#include <algorithm>
#include <span>

#include "client/core/intake.h"
#include "client/core/limits.h"
#include "client/core/outbox.h"
#include "client/core/state.h"
#include "crypto/derive.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

constexpr size_t kPairMembers = 2;

std::array<uint8_t, 32> Array(ByteView bytes) {
  std::array<uint8_t, 32> out{};
  std::ranges::copy(bytes.first(out.size()), out.begin());
  return out;
}

// What both sides keep of a circle that begins, beside what is in it.
struct Beginning {
  MailboxId mailbox;
  PersonId friend_id;
  std::string label;
  RelayAddress relay;
  Bytes sealed_root;  // of the founder only
};

// Adds the person of the other side and its roster; the friend has to be known before.
Result<> TakeMembers(State& state, Transaction& tx, const MailboxId& mailbox, const Person& other,
                     const SignedRosterOp& roster) {
  for (const SignedPersonOp& op : other.CountedOperations()) KITH_TRY(state.AddPersonOp(tx, other.id(), op));
  KITH_TRY(state.AddRosterOp(tx, mailbox, roster));
  return {};
}

// Tells this person's other devices how to get into a circle, and takes the same in here. In their order they know the
// friend first, so what the circle says of its members can be held against that.
Result<> TellOwnDevices(State& state, Transaction& tx, const Beginning& beginning, const Signer& seat,
                        const GenerationId& generation, ByteView key) {
  SeatKeyOp seat_op{.hlc = state.NextHlc(),
                    .mailbox = beginning.mailbox,
                    .seed = Array(seat.seed().Reveal()),
                    .relay = FormatRelayAddress(beginning.relay),
                    .sealed_root = beginning.sealed_root};
  CircleKeyOp key_op{.hlc = state.NextHlc(), .mailbox = beginning.mailbox, .generation = generation, .key = Array(key)};
  std::vector<Bytes> ops = {EncodeOp(seat_op), EncodeOp(key_op)};
  Wipe(seat_op.seed);
  Wipe(key_op.key);
  storage::Place place = Outbox(state).Add(tx, state.self(), ops);
  Result<> outcome;
  for (Bytes& op : ops) {
    if (outcome) outcome = Intake(state).ApplyOp(tx, op, place);
    ++place.number;
    Wipe(op);
  }
  return outcome;
}

Result<> TakeFriend(State& state, Transaction& tx, const Beginning& beginning) {
  const Bytes op = EncodeOp(FriendOp{
      .hlc = state.NextHlc(), .circle = beginning.mailbox, .person = beginning.friend_id, .label = beginning.label});
  const storage::Place place = Outbox(state).Add(tx, state.self(), {&op, 1});
  return Intake(state).ApplyOp(tx, op, place);
}

}  // namespace

Result<> CheckMeets(const State& state, const Person& other) {
  if (other.id() == state.identity.person)
    return Fail(Code::kInvalidArgument, "This code is your own. Give it to the person whom you want to let in.");
  if (!SealingKeyOf(other)) return Fail(Code::kMalformed, "The other side did not say what to seal to.");
  size_t circles = 0;
  for (const auto& [circle, known] : state.friends) {
    if (known.state == FriendState::kLeft) continue;
    if (known.person == other.id())
      return Fail(Code::kInvalidArgument, "You are friends with this person already. `kith friend list` shows it.");
    ++circles;
  }
  if (circles >= limits::kFriends)
    return Fail(Code::kTooLarge, "There are as many friends here as Kith keeps. Leave one first.");
  return {};
}

OpId RosterOpIdOf(ByteView body) { return HashId<OpId>(labels::kRosterOp, {body}); }

Result<OpId> Roster::Add(const MailboxId& mailbox, const SignedRosterOp& signed_op, const Person& signer) {
  const Error forged = Fail(Code::kForgedRecord, "What says who is in a circle does not hold. It was refused.");
  const OpId id = RosterOpIdOf(signed_op.body);
  if (genesis_ == id) return id;
  KITH_TRY_ASSIGN(const RosterOp op, RosterOp::Decode(signed_op.body));
  const auto& genesis = std::get<RosterGenesis>(op.kind);
  if (genesis_ || genesis.mailbox != mailbox || !op.parents.empty() || op.person != signer.id()) return forged;
  std::map<PersonId, Role> members;
  for (const RosterGenesis::Member& member : genesis.members) members.emplace(member.person, member.role);
  const auto owner = members.find(op.person);
  if (members.size() != genesis.members.size() || (genesis.pair && members.size() != kPairMembers) ||
      owner == members.end() || owner->second != Role::kOwner) {
    return forged;
  }
  KITH_TRY(Verify(op.signer, labels::kSignRosterOp, signed_op.body, signed_op.signature));
  if (!signer.devices().contains(op.signer))
    return Fail(Code::kUnknownDevice, "The device that says who is in a circle is not known yet.");
  members_ = std::move(members);
  pair_ = genesis.pair;
  genesis_ = id;
  operations_.push_back(signed_op);
  return id;
}

std::array<uint8_t, 32> Roster::HeadHash() const {
  if (!genesis_) return {};
  return Hash(labels::kRosterHead, {genesis_->view()});
}

BoxPair SealingPair(const GenerationKey& self_generation) {
  return BoxPair::FromSecret(Derive<BoxSecret>(self_generation, labels::kSelfBox));
}

std::optional<BoxPublic> SealingKeyOf(const Person& person) {
  if (!person.sealing_key()) return std::nullopt;
  return person.sealing_key()->box;
}

Result<> EnsureSealingKey(State& state, Transaction& tx) {
  if (state.person->SealingKeyCovers()) return {};
  const Keyring::Generation* generation = state.SealingGeneration(state.identity.self_mailbox);
  if (generation == nullptr)
    return Fail(Code::kUnknownGeneration, "New keys are not at the relay yet. Run `kith sync` first.");
  SignedPersonOp op{.body = PersonOp{.parents = state.person->heads(),
                                     .signer = state.device->public_key(),
                                     .kind = SealingKey{.generation = generation->id,
                                                        .box = SealingPair(generation->key).public_key()}}
                                .Encode(),
                    .signature = {},
                    .countersignature = {}};
  op.signature = state.device->Sign(labels::kSignPersonOp, op.body);
  const Bytes bytes = EncodeOp(op);
  const storage::Place place = Outbox(state).Add(tx, state.self(), {&bytes, 1});
  return Intake(state).ApplyOp(tx, bytes, place);
}

Result<> RepublishPersonOp(State& state, Transaction& tx, const SignedPersonOp& op) {
  const Bytes bytes = EncodeOp(op);
  for (auto& [id, mailbox] : state.mailboxes) {
    const auto known = state.friends.find(id);
    const bool left = known != state.friends.end() && known->second.state == FriendState::kLeft;
    if (!state.IsSelf(id) && !left) Outbox(state).Add(tx, mailbox, {&bytes, 1});
  }
  return {};
}

Result<MailboxId> FoundPair(State& state, Transaction& tx, const PairGuest& guest, const std::string& label,
                            const RelayAddress& relay, Bytes token) {
  KITH_TRY_ASSIGN(const Person other, Person::FromAll(guest.person));
  KITH_TRY(CheckMeets(state, other));
  const Signer root = Signer::Generate();
  const Signer seat = Signer::Generate();
  const Signer lane = Signer::Generate();
  Beginning beginning{.mailbox = MailboxIdOf(root.public_key()),
                      .friend_id = other.id(),
                      .label = label,
                      .relay = relay,
                      .sealed_root = {}};
  const SignedStatement statement = SignStatement(
      root,
      {.mailbox = beginning.mailbox,
       .number = 1,
       .prev = {},
       .signed_by = SeatStatement::SignedBy::kRoot,
       .signer = root.public_key(),
       .changes = {AddSeat{.seat = seat.public_key(), .owner = true},
                   AddLane{.seat = seat.public_key(), .lane = lane.public_key()},
                   AddSeat{.seat = guest.seat, .owner = false}, AddLane{.seat = guest.seat, .lane = guest.lane}}});
  auto seats = SeatTable().Apply(statement);
  if (!seats) return Fail(Code::kMalformed, "The other side asked for keys that are taken. Make a new code.");
  KITH_TRY_ASSIGN(beginning.sealed_root, SealTo(state.person->recovery_box(), labels::kSealRoot,
                                                beginning.mailbox.view(), root.seed().Reveal()));
  KITH_TRY(EnsureSealingKey(state, tx));

  Mailbox& mailbox = state.AddMailbox(tx, beginning.mailbox, relay);
  mailbox.seats = *std::move(seats);
  mailbox.sync.tokens = {std::move(token)};
  state.SaveMailbox(tx, mailbox);
  tx.Put(storage::StatementKey(mailbox.id, 1), storage::EncodeStatement(statement));
  KITH_TRY(TakeFriend(state, tx, beginning));
  SignedRosterOp roster{
      .body = RosterOp{.parents = {},
                       .person = state.identity.person,
                       .signer = state.device->public_key(),
                       .kind = RosterGenesis{.mailbox = mailbox.id,
                                             .members = {{.person = state.identity.person, .role = Role::kOwner},
                                                         {.person = other.id(), .role = Role::kWriter}},
                                             .pair = true}}
                  .Encode(),
      .signature = {}};
  roster.signature = state.device->Sign(labels::kSignRosterOp, roster.body);
  KITH_TRY(TakeMembers(state, tx, mailbox.id, other, roster));

  const GenerationKey key = GenerationKey::Generate();
  storage::Lane& own = state.lanes.AddOwn(mailbox.id, lane);
  KITH_TRY(Outbox(state).Announce(tx, mailbox, own, key));
  KITH_TRY(TellOwnDevices(state, tx, beginning, seat, state.keyring.Newest(mailbox.id)->id, key.Reveal()));
  return mailbox.id;
}

namespace {

// The seats of a circle that a host founded for one seat and lane, if they are just these two people's.
std::optional<SeatTable> SeatsOf(const PairHost& host, const Signer& seat, const Signer& lane) {
  SeatTable seats;
  for (const SignedStatement& statement : host.statements) {
    auto next = seats.Apply(statement);
    if (!next) return std::nullopt;
    seats = *std::move(next);
  }
  const auto own = seats.seats().find(seat.public_key());
  if (seats.mailbox() != host.mailbox || seats.seats().size() != kPairMembers || own == seats.seats().end() ||
      own->second.lanes != std::set<LaneKey>{lane.public_key()}) {
    return std::nullopt;
  }
  return seats;
}

}  // namespace

Result<> JoinPair(State& state, Transaction& tx, const PairHost& host, const Signer& seat, const Signer& lane,
                  const std::string& label, const RelayAddress& relay) {
  const Error broken =
      Fail(Code::kPairingFailed,
           "What the other side handed over does not hold together. Nothing was kept; ask them for a new code.");
  const auto other = Person::FromAll(host.person);
  if (!other || state.mailboxes.contains(host.mailbox)) return broken;
  KITH_TRY(CheckMeets(state, *other));
  const auto seats = SeatsOf(host, seat, lane);
  if (!seats) return broken;
  Roster roster;
  if (!roster.Add(host.mailbox, host.roster, *other) || !roster.pair() || !roster.Has(state.identity.person)) {
    return broken;
  }

  const Beginning beginning{
      .mailbox = host.mailbox, .friend_id = other->id(), .label = label, .relay = relay, .sealed_root = {}};
  Mailbox& mailbox = state.AddMailbox(tx, host.mailbox, relay);
  mailbox.seats = *seats;
  mailbox.sync.created = true;
  state.SaveMailbox(tx, mailbox);
  uint64_t number = 0;
  for (const SignedStatement& statement : host.statements) {
    tx.Put(storage::StatementKey(mailbox.id, ++number), storage::EncodeStatement(statement));
  }
  KITH_TRY(TakeFriend(state, tx, beginning));
  KITH_TRY(TakeMembers(state, tx, mailbox.id, *other, host.roster));
  Lanes::Save(tx, state.lanes.AddOwn(mailbox.id, lane));
  return TellOwnDevices(state, tx, beginning, seat, host.generation.generation, host.generation.key);
}

}  // namespace kith
