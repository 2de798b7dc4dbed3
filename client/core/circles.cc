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
  PersonId friend_id;  // zeros for a circle of more than two
  std::string label;
  RelayAddress relay;
  Bytes sealed_root;  // of the founder only
  OpId roster = {};   // of a circle of more than two
};

// Adds the person of the other side and its roster; the friend has to be known before.
Result<> TakeMembers(State& state, Transaction& tx, const MailboxId& mailbox, const Person& other,
                     const SignedRosterOp& roster) {
  if (other.id() != state.identity.person) {
    for (const SignedPersonOp& op : other.CountedOperations()) KITH_TRY(state.AddPersonOp(tx, other.id(), op));
  }
  KITH_TRY(state.AddRosterOp(tx, mailbox, roster));
  return {};
}

Result<> TakeFriend(State& state, Transaction& tx, const Beginning& beginning) {
  const Bytes op = EncodeOp(FriendOp{.hlc = state.NextHlc(),
                                     .circle = beginning.mailbox,
                                     .person = beginning.friend_id,
                                     .label = beginning.label,
                                     .roster = beginning.roster});
  const storage::Place place = Outbox(state).Add(tx, state.self(), {&op, 1});
  return Intake(state).ApplyOp(tx, op, place);
}

}  // namespace

Result<Home> SpareToken(const State& state) {
  const storage::MailboxSync& self = state.self().sync;
  if (self.relay_address.empty())
    return Fail(Code::kNoRelay, "A friend's circle needs a relay. Set one with `kith relay set INVITE`.");
  // The first one may still be needed for this person's own mailbox.
  if (self.tokens.size() < (self.created ? 1 : 2)) {
    return Fail(
        Code::kTokenInvalid,
        "This device has nothing left that makes a further mailbox at the relay. Do it on the device of yours that "
        "used the invite, or ask the relay's keeper for a new one and use `kith relay set INVITE`.");
  }
  return Home{.relay = {.address = self.relay_address, .key = self.relay_key}, .token = self.tokens.back()};
}

// In the order of the self mailbox this comes after what the circle is, so what is said there can be held against that.
Result<> TellSeat(State& state, Transaction& tx, const MailboxId& circle, const Signer& seat, const RelayAddress& relay,
                  const Bytes& sealed_root, const std::optional<FirstKey>& first) {
  SeatKeyOp seat_op{.hlc = state.NextHlc(),
                    .mailbox = circle,
                    .seed = Array(seat.seed().Reveal()),
                    .relay = FormatRelayAddress(relay),
                    .sealed_root = sealed_root};
  std::vector<Bytes> ops = {EncodeOp(seat_op)};
  Wipe(seat_op.seed);
  if (first) {
    CircleKeyOp key_op{.hlc = state.NextHlc(), .mailbox = circle, .generation = first->id, .key = Array(first->key)};
    ops.push_back(EncodeOp(key_op));
    Wipe(key_op.key);
  }
  storage::Place place = Outbox(state).Add(tx, state.self(), ops);
  Result<> outcome;
  for (Bytes& op : ops) {
    if (outcome) outcome = Intake(state).ApplyOp(tx, op, place);
    ++place.number;
    Wipe(op);
  }
  return outcome;
}

SignedRosterOp SignRosterOp(const State& state, const Roster& roster,
                            std::variant<RosterGenesis, AddMember, RemoveMember, SetRole, LeaveCircle> kind) {
  std::vector<OpId> known = state.person->heads();
  known.resize(std::min(known.size(), limits::kRosterPersonHeads));
  SignedRosterOp op{.body = RosterOp{.parents = roster.heads(),
                                     .person = state.identity.person,
                                     .signer = state.device->public_key(),
                                     .kind = std::move(kind),
                                     .person_heads = std::move(known)}
                                .Encode(),
                    .signature = {}};
  op.signature = state.device->Sign(labels::kSignRosterOp, op.body);
  return op;
}

Result<> CheckMeets(const State& state, const Person& other) {
  if (other.id() == state.identity.person)
    return Fail(Code::kInvalidArgument, "This code is your own. Give it to the person whom you want to let in.");
  if (!SealingKeyOf(other)) return Fail(Code::kMalformed, "The other side did not say what to seal to.");
  for (const auto& [circle, known] : state.friends) {
    if (known.state != FriendState::kLeft && known.person == other.id())
      return Fail(Code::kInvalidArgument, "You are friends with this person already. `kith friend list` shows it.");
  }
  return CheckRoom(state);
}

Result<> CheckRoom(const State& state) {
  const auto circles =
      std::ranges::count_if(state.friends, [](const auto& known) { return known.second.state != FriendState::kLeft; });
  if (std::cmp_greater_equal(circles, limits::kFriends))
    return Fail(Code::kTooLarge, "There are as many friends and circles here as Kith keeps. Leave one first.");
  return {};
}

BoxPair SealingPair(const GenerationKey& self_generation) {
  return BoxPair::FromSecret(Derive<BoxSecret>(self_generation, labels::kSelfBox));
}

BoxPair BoxesPair(const GenerationKey& announced, ByteView context) {
  return BoxPair::FromSecret(Derive<BoxSecret>(announced, labels::kCircleBoxes, {context}));
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

namespace {

// The keys that a circle begins with. The root's go with this; the lane's stay on this device.
struct Founding {
  Signer root = Signer::Generate();
  Signer seat = Signer::Generate();
  Signer lane = Signer::Generate();
  std::vector<SeatChange> guest = {};  // the other side's seat and lane, in a pair
};

SignedStatement FirstStatement(const Founding& founding, const MailboxId& mailbox) {
  std::vector<SeatChange> changes = {AddSeat{.seat = founding.seat.public_key(), .owner = true},
                                     AddLane{.seat = founding.seat.public_key(), .lane = founding.lane.public_key()}};
  changes.insert(changes.end(), founding.guest.begin(), founding.guest.end());
  return SignStatement(founding.root, {.mailbox = mailbox,
                                       .number = 1,
                                       .prev = {},
                                       .signed_by = SeatStatement::SignedBy::kRoot,
                                       .signer = founding.root.public_key(),
                                       .changes = std::move(changes)});
}

// Makes the mailbox and all that this person has in it, but for who else is there: `other`, and their own devices.
Result<> Begin(State& state, Transaction& tx, const Founding& founding, const Beginning& beginning,
               const SignedRosterOp& roster, const Person& other, Bytes token) {
  const SignedStatement statement = FirstStatement(founding, beginning.mailbox);
  auto seats = SeatTable().Apply(statement);
  if (!seats) return Fail(Code::kMalformed, "The other side asked for keys that are taken. Make a new code.");
  KITH_TRY(EnsureSealingKey(state, tx));
  Mailbox& mailbox = state.AddMailbox(tx, beginning.mailbox, beginning.relay);
  mailbox.seats = *std::move(seats);
  mailbox.sync.tokens = {std::move(token)};
  state.SaveMailbox(tx, mailbox);
  tx.Put(storage::StatementKey(mailbox.id, 1), storage::EncodeStatement(statement));
  KITH_TRY(TakeFriend(state, tx, beginning));
  KITH_TRY(TakeMembers(state, tx, mailbox.id, other, roster));
  const GenerationKey key = GenerationKey::Generate();
  storage::Lane& own = state.lanes.AddOwn(mailbox.id, founding.lane);
  KITH_TRY(Outbox(state).Announce(tx, mailbox, own, key));
  return TellSeat(state, tx, mailbox.id, founding.seat, beginning.relay, beginning.sealed_root,
                  FirstKey{.id = state.keyring.Newest(mailbox.id)->id, .key = key.Reveal()});
}

Result<Bytes> SealRoot(const State& state, const Founding& founding, const MailboxId& mailbox) {
  return SealTo(state.person->recovery_box(), labels::kSealRoot, mailbox.view(), founding.root.seed().Reveal());
}

}  // namespace

Result<MailboxId> FoundPair(State& state, Transaction& tx, const PairGuest& guest, const std::string& label,
                            const RelayAddress& relay, Bytes token) {
  KITH_TRY_ASSIGN(const Person other, Person::FromAll(guest.person));
  KITH_TRY(CheckMeets(state, other));
  const Founding founding{
      .guest = {AddSeat{.seat = guest.seat, .owner = false}, AddLane{.seat = guest.seat, .lane = guest.lane}}};
  const MailboxId mailbox = MailboxIdOf(founding.root.public_key());
  Beginning beginning{.mailbox = mailbox, .friend_id = other.id(), .label = label, .relay = relay, .sealed_root = {}};
  KITH_TRY_ASSIGN(beginning.sealed_root, SealRoot(state, founding, mailbox));
  const SignedRosterOp roster =
      SignRosterOp(state, {},
                   RosterGenesis{.mailbox = mailbox,
                                 .members = {{.person = state.identity.person, .role = Role::kOwner},
                                             {.person = other.id(), .role = Role::kWriter}},
                                 .pair = true});
  KITH_TRY(Begin(state, tx, founding, beginning, roster, other, std::move(token)));
  return mailbox;
}

Result<MailboxId> FoundCircle(State& state, Transaction& tx, const std::string& name, const std::string& as,
                              const RelayAddress& relay, Bytes token) {
  KITH_TRY(CheckRoom(state));
  const Founding founding;
  const MailboxId mailbox = MailboxIdOf(founding.root.public_key());
  const SignedRosterOp roster = SignRosterOp(state, {},
                                             RosterGenesis{.mailbox = mailbox,
                                                           .members = {{.person = state.identity.person,
                                                                        .role = Role::kOwner,
                                                                        .seat = founding.seat.public_key(),
                                                                        .name = as}},
                                                           .pair = false});
  Beginning beginning{.mailbox = mailbox,
                      .friend_id = {},
                      .label = name,
                      .relay = relay,
                      .sealed_root = {},
                      .roster = RosterOpIdOf(roster.body)};
  KITH_TRY_ASSIGN(beginning.sealed_root, SealRoot(state, founding, mailbox));
  KITH_TRY(Begin(state, tx, founding, beginning, roster, *state.person, std::move(token)));
  return mailbox;
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
  return TellSeat(state, tx, mailbox.id, seat, relay, beginning.sealed_root,
                  FirstKey{.id = host.generation.generation, .key = host.generation.key});
}

}  // namespace kith
