#include "client/core/founding.h"

#include <algorithm>

#include "client/core/heads.h"
#include "client/core/intake.h"
#include "client/core/limits.h"
#include "client/core/outbox.h"
#include "client/core/state.h"
#include "client/core/trustees.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

constexpr uint32_t kSelfNumber = 1;  // the self mailbox is the first one a vault knows

std::array<uint8_t, 32> Array(ByteView bytes) {
  std::array<uint8_t, 32> out{};
  std::ranges::copy(bytes.first(out.size()), out.begin());
  return out;
}

Result<> RequireEmpty(Store& store) {
  KITH_TRY_ASSIGN(const auto format, store.Get(storage::Key(storage::Prefix::kFormat)));
  if (format) return Fail(Code::kVaultNotEmpty, "There is a journal here already. `kith status` tells about it.");
  return {};
}

void PutBeginnings(Transaction& tx, const storage::Identity& identity, const storage::MailboxSync& sync) {
  tx.Put(storage::Key(storage::Prefix::kFormat), storage::EncodeU64(storage::kStorageFormat));
  tx.Put(storage::Key(storage::Prefix::kIdentity), identity.Encode());
  tx.Put(storage::MailboxKey(identity.self_mailbox), sync.Encode());
}

// The keys and signatures a new person begins with. Its secrets go when it does, but for those put into the store.
struct Newborn {
  RecoveryKeys recovery;
  Signer device = Signer::Generate();
  BoxPair box = BoxPair::Generate();
  Signer seat = Signer::Generate();
  Signer lane = Signer::Generate();
  SignedPersonOp genesis;
  SignedPersonOp add_device;
  SignedStatement statement;
  MailboxId mailbox;

  explicit Newborn(const RecoverySecret& secret) : recovery(DeriveRecovery(secret)) {
    PersonGenesis person{
        .recovery_sign = recovery.sign.public_key(), .recovery_box = recovery.box.public_key(), .salt = {}};
    RandomFill(person.salt);
    genesis.body = PersonOp{.parents = {}, .signer = recovery.sign.public_key(), .kind = person}.Encode();
    genesis.signature = recovery.sign.Sign(labels::kSignPersonOp, genesis.body);
    Bytes body = PersonOp{.parents = {PersonOpIdOf(genesis.body)},
                          .signer = recovery.sign.public_key(),
                          .kind = AddDevice{.device = device.public_key(), .box = box.public_key()}}
                     .Encode();
    const Signature countersignature = CountersignAddDevice(device, body);
    add_device = SignAddDevice(recovery.sign, std::move(body), countersignature);

    mailbox = MailboxIdOf(recovery.root.public_key());
    statement =
        SignStatement(recovery.root, {.mailbox = mailbox,
                                      .number = 1,
                                      .prev = {},
                                      .signed_by = SeatStatement::SignedBy::kRoot,
                                      .signer = recovery.root.public_key(),
                                      .changes = {AddSeat{.seat = seat.public_key(), .owner = true},
                                                  AddLane{.seat = seat.public_key(), .lane = lane.public_key()}}});
  }
};

// What a person's devices share from the beginning, as operations.
std::vector<Bytes> FirstOperations(State& state, const Newborn& newborn, const std::string& label) {
  ImportKeyOp import{.hlc = state.NextHlc(), .key = {}};
  RandomFill(import.key);
  SeatKeyOp seat{
      .hlc = state.NextHlc(), .mailbox = newborn.mailbox, .seed = Array(newborn.seat.seed().Reveal()), .relay = {}};
  const DeviceLabelOp name{.hlc = state.NextHlc(), .device = newborn.device.public_key(), .label = label};
  std::vector<Bytes> ops = {EncodeOp(newborn.genesis), EncodeOp(newborn.add_device), EncodeOp(import), EncodeOp(seat),
                            EncodeOp(name)};
  Wipe(import.key);
  Wipe(seat.seed);
  return ops;
}

}  // namespace

Result<std::string> FoundPerson(Store& store, Clock& clock, const std::string& device_label) {
  KITH_TRY(RequireEmpty(store));
  if (device_label.size() > limits::kLabel)
    return Fail(Code::kTooLarge, "A device's name is at most 100 bytes long. Choose a shorter one.");
  const RecoverySecret secret = RecoverySecret::Generate();
  const Newborn newborn(secret);

  // Nothing is written until the whole is put together.
  State state(store, clock);
  state.identity = {.sign_seed = Array(newborn.device.seed().Reveal()),
                    .box_secret = Array(newborn.box.secret().Reveal()),
                    .person = {PersonOpIdOf(newborn.genesis.body).value},
                    .self_mailbox = newborn.mailbox};
  state.device = Signer::FromSeed(SignSeed::Copy(state.identity.sign_seed));
  state.box = BoxPair::FromSecret(BoxSecret::Copy(state.identity.box_secret));
  KITH_TRY_ASSIGN(state.person, Person::FromGenesis(newborn.genesis));
  KITH_TRY(state.person->Add(newborn.add_device));
  Mailbox& self = state.mailboxes[newborn.mailbox];
  self.id = newborn.mailbox;
  self.sync.number = kSelfNumber;
  KITH_TRY_ASSIGN(self.seats, SeatTable().Apply(newborn.statement));

  Transaction tx(store);
  PutBeginnings(tx, state.identity, self.sync);
  tx.Put(storage::StatementKey(self.id, 1), storage::EncodeStatement(newborn.statement));
  storage::Lane& lane = state.lanes.AddOwn(self.id, newborn.lane);
  KITH_TRY(Outbox(state).Announce(tx, self, lane, GenerationKey::Generate()));
  for (const Bytes& op : FirstOperations(state, newborn, device_label)) {
    const storage::Place place = Outbox(state).Add(tx, self, {&op, 1});
    KITH_TRY(Intake(state).ApplyOp(tx, op, place));
  }
  KITH_TRY(state.Commit(tx));
  return FormatPhrase(secret);
}

Result<> FoundLinked(Store& store, Clock& clock, LinkedDevice linked) {
  KITH_TRY(RequireEmpty(store));
  const Error broken =
      Fail(Code::kPairingFailed,
           "What the other device handed over does not hold together. Nothing was kept; try again with a new code.");
  auto person = Person::FromGenesis(linked.grant.person.front());
  if (!person || person->id() != linked.person) return broken;
  for (const SignedPersonOp& op : linked.grant.person) {
    if (!person->Add(op)) return broken;
  }
  if (!person->IsDevice(linked.device.public_key())) return broken;
  SeatTable seats;
  for (const StatementCopy& statement : linked.grant.statements) {
    auto next = seats.Apply({.body = statement.body, .signature = statement.signature});
    if (!next) return broken;
    seats = *std::move(next);
  }
  if (seats.mailbox() != linked.grant.mailbox || !seats.Listed(linked.lane.public_key())) return broken;

  State state(store, clock);
  state.identity = {.sign_seed = Array(linked.device.seed().Reveal()),
                    .box_secret = Array(linked.box.secret().Reveal()),
                    .person = linked.person,
                    .self_mailbox = linked.grant.mailbox};
  Mailbox& self = state.mailboxes[linked.grant.mailbox];
  self.id = linked.grant.mailbox;
  self.sync.number = kSelfNumber;
  self.sync.relay_address = linked.relay.address;
  self.sync.relay_key = linked.relay.key;
  self.sync.epoch = linked.grant.epoch;
  Transaction tx(store);
  PutBeginnings(tx, state.identity, self.sync);
  for (const SignedPersonOp& op : linked.grant.person) {
    tx.Put(storage::PersonOpKey(PersonOpIdOf(op.body)), EncodeOp(op));
    // The device that granted this may be lost before it has sent what says who we are.
    Outbox(state).Add(tx, self, std::array{EncodeOp(op)});
  }
  uint64_t number = 0;
  for (const StatementCopy& statement : linked.grant.statements) {
    tx.Put(storage::StatementKey(linked.grant.mailbox, ++number),
           storage::EncodeStatement({.body = statement.body, .signature = statement.signature}));
  }
  for (const WrappedKey& generation : linked.grant.generations) {
    state.keyring.AddGeneration(tx, linked.grant.mailbox, generation.generation, generation.key);
  }
  const storage::Lane& lane = state.lanes.AddOwn(linked.grant.mailbox, linked.lane);
  Lanes::Save(tx, lane);
  for (const Seen& head : linked.grant.heads) KITH_TRY(Heads(state).Cite(tx, self.id, {}, head));
  return state.Commit(tx);
}

namespace {

// An operation on top of all that counts.
SignedPersonOp Decree(const Person& person, const Signer& signer, decltype(PersonOp::kind) kind,
                      const Signer* countersigner) {
  SignedPersonOp op{
      .body = PersonOp{.parents = person.heads(), .signer = signer.public_key(), .kind = std::move(kind)}.Encode(),
      .signature = {},
      .countersignature = {}};
  op.signature = signer.Sign(labels::kSignPersonOp, op.body);
  if (countersigner != nullptr) op.countersignature = CountersignAddDevice(*countersigner, op.body);
  return op;
}

// What counts until now, this device, and the end of all others. Trustees may sign nothing but the recovery itself;
// what follows is then said by the new device.
Result<> TakeOver(State& state, Transaction& tx, const RecoveryAuthority& authority) {
  const bool by_phrase = authority.kind == RecoveryAuthority::Kind::kPhrase;
  const auto decree = [&](decltype(PersonOp::kind) kind, const Signer& signer, const Signer* countersigner) {
    const SignedPersonOp op = Decree(*state.person, signer, std::move(kind), countersigner);
    return Intake(state).ApplyOp(tx, EncodeOp(op), {});
  };
  const Signer& then = by_phrase ? authority.sign : *state.device;
  const bool trustees = state.person->trustees() != nullptr;
  std::vector<DeviceId> others;
  for (const auto& [id, device] : state.person->devices()) {
    if (!device.revoked) others.push_back(id);
  }
  KITH_TRY(decree(Recover{.accepted = state.person->heads(),
                          .device = {.device = state.device->public_key(), .box = state.box->public_key()}},
                  authority.sign, &*state.device));
  for (const DeviceId& other : others) KITH_TRY(decree(RevokeDevice{.device = other}, then, nullptr));
  return trustees ? decree(Trustees{}, then, nullptr) : Result<>();
}

// All that is known of the person once more, since it may be served before the lanes that said so first; and what this
// device brings.
std::vector<Bytes> RecoveredOperations(State& state, const RecoveredDevice& device) {
  std::vector<Bytes> ops;
  for (const SignedPersonOp& op : state.person->CountedOperations()) ops.push_back(EncodeOp(op));
  SeatKeyOp seat{.hlc = state.NextHlc(),
                 .mailbox = state.identity.self_mailbox,
                 .seed = Array(device.seat.seed().Reveal()),
                 .relay = {},
                 .sealed_root = {}};
  ops.push_back(EncodeOp(seat));
  for (const auto& [circle, signer] : device.circle_seats) {
    const storage::MailboxSync& sync = state.mailboxes.at(circle).sync;
    const auto root = device.sealed_roots.find(circle);
    seat = {.hlc = state.NextHlc(),
            .mailbox = circle,
            .seed = Array(signer.seed().Reveal()),
            .relay = FormatRelayAddress({.address = sync.relay_address, .key = sync.relay_key}),
            .sealed_root = root == device.sealed_roots.end() ? Bytes() : root->second};
    ops.push_back(EncodeOp(seat));
  }
  Wipe(seat.seed);
  ops.push_back(
      EncodeOp(DeviceLabelOp{.hlc = state.NextHlc(), .device = state.device->public_key(), .label = device.label}));
  if (device.authority.kind == RecoveryAuthority::Kind::kPhrase)
    ops.push_back(EncodeOp(RecoveryConfirmedOp{.hlc = state.NextHlc()}));
  return ops;
}

}  // namespace

Result<> FoundRecovered(State& state, const RecoveredDevice& device) {
  KITH_TRY(RequireEmpty(state.store));
  if (device.label.size() > limits::kLabel)
    return Fail(Code::kTooLarge, "A device's name is at most 100 bytes long. Choose a shorter one.");
  Mailbox& self = state.self();
  Transaction tx(state.store);
  KITH_TRY(TakeOver(state, tx, device.authority));
  PutBeginnings(tx, state.identity, self.sync);
  storage::Lane& lane = state.lanes.AddOwn(self.id, device.lane);
  KITH_TRY(Outbox(state).Announce(tx, self, lane, GenerationKey::Generate()));
  std::vector<Bytes> ops = RecoveredOperations(state, device);
  storage::Place place = Outbox(state).Add(tx, self, ops);
  for (Bytes& op : ops) {
    KITH_TRY(Intake(state).ApplyOp(tx, op, place));
    ++place.number;
    Wipe(op);
  }
  KITH_TRY(TellFormerTrustees(state, tx));
  // What else the revocations ask for, here and in the circles, is said when they are next in step (devices.h).
  return state.Commit(tx);
}

}  // namespace kith
