#include "client/core/introduction.h"

#include <algorithm>
#include <utility>

#include "client/model/share.h"
#include "client/wire/introduction.h"
#include "crypto/base/limits.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

Error Failed() {
  return Fail(Code::kPairingFailed,
              "The two of you did not agree. Make a new code with `kith friend add` and type it once more.");
}

Result<Bytes> SealOne(const SealKey& key, uint64_t counter, ByteView message) {
  Bytes sealed = SealPairingMessage(key, counter, message);
  if (sealed.size() > limits::kPairMessage)
    return Fail(Code::kTooLarge, "There were too many changes of devices to be introduced.");
  return sealed;
}

// What the other side said, if it is by the one who has the code.
Result<Plaintext> Hear(const SealKey& key, uint64_t counter, ByteView message) {
  auto plain = OpenPairingMessage(key, counter, message);
  if (!plain) return Failed();
  return *std::move(plain);
}

// This person as they show themselves to others: with a key to seal to, and never with the names of devices.
Result<std::vector<SignedPersonOp>> Present(State& state) {
  Transaction tx(state.store);
  KITH_TRY(EnsureSealingKey(state, tx));
  KITH_TRY(state.Commit(tx));
  return state.person->CountedOperations();
}

}  // namespace

// ---- Who shows the code.

Result<Bytes> FriendHost::OnAnswer(State& state, ByteView message) {
  KITH_TRY_ASSIGN(PairingOpener::Finished finished, opener_.Finish(message));
  KITH_TRY_ASSIGN(std::vector<SignedPersonOp> person, Present(state));
  keys_ = std::move(finished.keys);
  const Bytes offer = FriendOffer{.person = std::move(person)}.Encode();
  KITH_TRY_ASSIGN(const Bytes sealed, SealOne(keys_->to_joiner, 0, offer));
  return Writer().Prefixed(finished.confirmation).Raw(sealed).Take();
}

Result<> FriendHost::OnRequest(const State& state, ByteView message) {
  if (!keys_ || guest_) return Failed();
  KITH_TRY_ASSIGN(const Plaintext plain, Hear(keys_->to_opener, 0, message));
  KITH_TRY_ASSIGN(FriendRequest request, FriendRequest::Decode(plain.view()));
  KITH_TRY_ASSIGN(const Person person, Person::FromAll(request.person));
  KITH_TRY(CheckMeets(state, person));
  guest_ = PairGuest{.person = std::move(request.person), .seat = request.seat, .lane = request.lane};
  return {};
}

Result<MailboxId> FriendHost::Accept(State& state, const std::string& label) {
  if (!guest_ || !mailbox_.IsZero()) return Failed();
  KITH_TRY(CheckFriendLabel(label));
  KITH_TRY_ASSIGN(Home home, SpareToken(state));
  Transaction tx(state.store);
  KITH_TRY_ASSIGN(const MailboxId mailbox, FoundPair(state, tx, *guest_, label, home.relay, std::move(home.token)));
  state.self().sync.tokens.pop_back();
  state.SaveMailbox(tx, state.self());
  KITH_TRY(state.Commit(tx));
  mailbox_ = mailbox;
  return mailbox;
}

bool FriendHost::Created(const State& state) const {
  const auto known = state.mailboxes.find(mailbox_);
  return known != state.mailboxes.end() && known->second.sync.created;
}

Result<Bytes> FriendHost::Grant(const State& state) {
  if (!keys_ || mailbox_.IsZero()) return Failed();
  const Keyring::Generation* generation = state.keyring.Newest(mailbox_);
  const Roster* roster = state.FindRoster(mailbox_);
  const auto mailbox = state.mailboxes.find(mailbox_);
  if (generation == nullptr || roster == nullptr || mailbox == state.mailboxes.end()) return Failed();
  FriendGrant grant{.mailbox = mailbox_,
                    .statements = {},
                    .roster = roster->operations().front(),
                    .generation = {.generation = generation->id, .key = {}}};
  for (uint64_t number = 1; number <= mailbox->second.seats.number(); ++number) {
    KITH_TRY_ASSIGN(const auto bytes, state.store.Get(storage::StatementKey(mailbox_, number)));
    if (!bytes)
      return Fail(Code::kVaultDamaged,
                  "A statement is missing from the vault. Restore it from a backup, or link this device anew.");
    KITH_TRY_ASSIGN(SignedStatement statement, storage::DecodeStatement(*bytes));
    grant.statements.push_back({.body = std::move(statement.body), .signature = statement.signature});
  }
  std::ranges::copy(generation->key.Reveal(), grant.generation.key.begin());
  Bytes plain = grant.Encode();
  auto sealed = SealOne(keys_->to_joiner, 1, plain);
  Wipe(plain);
  Wipe(grant.generation.key);
  return sealed;
}

Result<> FriendHost::OnKept(ByteView message) {
  if (!keys_ || mailbox_.IsZero() || !OpenPairingMessage(keys_->to_opener, 1, message)) return Failed();
  return {};
}

// ---- Who types it.

FriendGuest::FriendGuest(const PairingContext& context, std::string_view words)
    : joiner_(context, words, {}), seat_(Signer::Generate()), lane_(Signer::Generate()) {}

Result<Bytes> FriendGuest::Respond(ByteView first_message) { return joiner_.Respond(first_message); }

Result<Bytes> FriendGuest::OnOffer(State& state, ByteView message) {
  Reader reader(message);
  const ByteView confirmation = reader.Prefixed();
  if (!reader.ok()) return Failed();
  KITH_TRY_ASSIGN(PairingJoiner::Finished finished, joiner_.Confirm(confirmation));
  KITH_TRY_ASSIGN(const Plaintext plain, Hear(finished.keys.to_joiner, 0, reader.rest()));
  KITH_TRY_ASSIGN(FriendOffer offer, FriendOffer::Decode(plain.view()));
  KITH_TRY_ASSIGN(const Person person, Person::FromAll(offer.person));
  KITH_TRY(CheckMeets(state, person));
  KITH_TRY_ASSIGN(std::vector<SignedPersonOp> own, Present(state));
  const Bytes request =
      FriendRequest{.person = std::move(own), .seat = seat_.public_key(), .lane = lane_.public_key()}.Encode();
  KITH_TRY_ASSIGN(Bytes sealed, SealOne(finished.keys.to_opener, 0, request));
  host_person_ = std::move(offer.person);
  keys_ = std::move(finished.keys);
  return sealed;
}

Result<MailboxId> FriendGuest::OnGrant(State& state, ByteView message, const std::string& label,
                                       const RelayAddress& relay) {
  if (!keys_) return Failed();
  KITH_TRY(CheckFriendLabel(label));
  // One attempt: the seat and lane go into one circle or nowhere.
  const PairingKeys keys = *std::exchange(keys_, std::nullopt);
  KITH_TRY_ASSIGN(const Plaintext plain, Hear(keys.to_joiner, 1, message));
  KITH_TRY_ASSIGN(FriendGrant grant, FriendGrant::Decode(plain.view()));
  PairHost host{.person = host_person_,
                .mailbox = grant.mailbox,
                .statements = {},
                .roster = std::move(grant.roster),
                .generation = grant.generation};
  for (StatementCopy& statement : grant.statements) {
    host.statements.push_back({.body = std::move(statement.body), .signature = statement.signature});
  }
  Transaction tx(state.store);
  const Result<> joined = JoinPair(state, tx, host, seat_, lane_, label, relay);
  Wipe(host.generation.key);
  Wipe(grant.generation.key);
  KITH_TRY(joined);
  KITH_TRY(state.Commit(tx));
  kept_ = SealPairingMessage(keys.to_opener, 1, {});
  return host.mailbox;
}

std::string SafetyNumber(const PersonId& one, const PersonId& other) {
  constexpr size_t kGroupsPerHash = 6;
  constexpr size_t kGroupBytes = 5;
  const auto [low, high] = std::minmax(one, other);
  std::string out;
  for (const uint8_t half : {uint8_t{0}, uint8_t{1}}) {
    const auto hash = Hash(labels::kSafetyNumber, {ByteView(&half, 1), low.view(), high.view()});
    for (size_t group = 0; group < kGroupsPerHash; ++group) {
      uint64_t value = 0;
      for (size_t i = 0; i < kGroupBytes; ++i) value = value << 8 | hash[group * kGroupBytes + i];
      std::string digits = std::to_string(value % 100'000);
      digits.insert(0, kGroupBytes - digits.size(), '0');
      if (!out.empty()) out += ' ';
      out += digits;
    }
  }
  return out;
}

}  // namespace kith
