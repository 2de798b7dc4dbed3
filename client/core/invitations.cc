#include "client/core/invitations.h"

#include <algorithm>
#include <tuple>

#include "client/core/circles.h"
#include "client/core/intake.h"
#include "client/core/limits.h"
#include "crypto/base/limits.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

// What stands behind the prefix byte.
enum class Kind : uint8_t { kInvite = 1, kAnswer = 2 };

Bytes KeyOf(Kind kind, ByteView id = {}, ByteView author = {}) {
  return Writer()
      .U8(static_cast<uint8_t>(storage::Prefix::kInvitation))
      .U8(static_cast<uint8_t>(kind))
      .Raw(id)
      .Raw(author)
      .Take();
}

Error Damaged() {
  return Fail(Code::kVaultDamaged,
              "An invitation in the vault is damaged. Restore it from a backup, or link this device anew.");
}

// An invitation or an answer: what is beside the operation, and the operation.
template <class Known>
Bytes Encode(const Known& known, bool said_here) {
  return Writer()
      .Raw(known.id.view())
      .Raw(known.pair.view())
      .Raw(known.author.view())
      .U8(said_here ? 1 : 0)
      .Raw(EncodeOp(known.op))
      .Take();
}

template <class Known, class Body>
Result<Known> Decode(ByteView value, bool* said_here = nullptr) {
  Reader reader(value);
  Known known;
  known.id = OpId{reader.Array<OpId::kSize>()};
  known.pair = MailboxId{reader.Array<MailboxId::kSize>()};
  known.author = PersonId{reader.Array<PersonId::kSize>()};
  const bool here = reader.U8() != 0;
  if (said_here != nullptr) *said_here = here;
  auto op = DecodeOp(reader.rest());
  auto* body = op ? std::get_if<Body>(&*op) : nullptr;
  if (!reader.ok() || body == nullptr) return Damaged();
  known.op = std::move(*body);
  return known;
}

Result<KnownInvite> DecodeInvite(ByteView value) {
  bool said_here = false;
  KITH_TRY_ASSIGN(auto known, (Decode<KnownInvite, CircleInviteOp>(value, &said_here)));
  known.said_here = said_here;
  return known;
}

Result<KnownAnswer> DecodeAnswer(ByteView value) { return Decode<KnownAnswer, CircleAnswerOp>(value); }

template <class Known>
Result<std::vector<Known>> ReadAll(Store& store, Kind kind, Result<Known> (*decode)(ByteView)) {
  std::vector<Known> all;
  Result<> outcome;
  const Bytes prefix = KeyOf(kind);
  KITH_TRY(store.Scan(prefix, storage::After(prefix), Store::Order::kAscending, [&](ByteView, ByteView value) {
    auto known = decode(value);
    outcome = known ? Result<>() : known.error();
    if (known) all.push_back(*std::move(known));
    return outcome.has_value();
  }));
  KITH_TRY(outcome);
  return all;
}

constexpr size_t kGrantItem = GenerationId::kSize + GenerationKey::kSize;

// The pairs of id and key in a grant that some sealing key of this person opens.
std::optional<Plaintext> OpenGrant(const State& state, const MailboxId& circle, ByteView box) {
  for (const Keyring::Generation* own : state.keyring.All(state.identity.self_mailbox)) {
    auto opened = OpenFrom(SealingPair(own->key), labels::kSealHistory, circle.view(), box);
    if (opened) return *std::move(opened);
  }
  return std::nullopt;
}

}  // namespace

bool SaidHere(const State& state, const storage::Place& place) {
  if (place.kind == storage::Place::Kind::kOutbox) return true;
  const auto& lanes = state.lanes.all();
  return place.owner != 0 && place.owner <= lanes.size() && lanes[place.owner - 1].seed.has_value();
}

Result<> KeepInvite(State& state, Transaction& tx, const KnownInvite& invite) {
  if (invite.op.heads.size() > limits::kInviteHeads)
    return Fail(Code::kTooLarge, "An invitation names more changes of a circle than Kith reads.");
  const Bytes key = KeyOf(Kind::kInvite, invite.id.view());
  KITH_TRY_ASSIGN(const auto before, tx.Get(key));
  if (before) return {};
  KITH_TRY_ASSIGN(const auto all, ReadInvites(state.store));
  if (std::cmp_greater_equal(std::ranges::count(all, invite.pair, &KnownInvite::pair), limits::kInvitations))
    return Fail(Code::kTooLarge, "There are as many invitations between you and this friend as Kith keeps.");
  tx.Put(key, Encode(invite, invite.said_here));
  return {};
}

Result<> KeepAnswer(State& state, Transaction& tx, const KnownAnswer& answer) {
  KITH_TRY_ASSIGN(const auto before, FindAnswer(tx, answer.op.invite, answer.author));
  const auto rank = [](const KnownAnswer& one) { return std::tie(one.op.accepted, one.op.hlc, one.id); };
  if (before && rank(*before) <= rank(answer)) return {};
  KITH_TRY_ASSIGN(const auto all, ReadAnswers(state.store));
  if (!before &&
      std::cmp_greater_equal(std::ranges::count(all, answer.pair, &KnownAnswer::pair), 2 * limits::kInvitations))
    return Fail(Code::kTooLarge, "There are as many answers to invitations here as Kith keeps.");
  tx.Put(KeyOf(Kind::kAnswer, answer.op.invite.view(), answer.author.view()), Encode(answer, false));
  return {};
}

Result<std::vector<KnownInvite>> ReadInvites(Store& store) { return ReadAll(store, Kind::kInvite, DecodeInvite); }
Result<std::vector<KnownAnswer>> ReadAnswers(Store& store) { return ReadAll(store, Kind::kAnswer, DecodeAnswer); }

Result<std::optional<KnownAnswer>> FindAnswer(const Transaction& tx, const OpId& invite, const PersonId& author) {
  KITH_TRY_ASSIGN(const auto value, tx.Get(KeyOf(Kind::kAnswer, invite.view(), author.view())));
  if (!value) return std::optional<KnownAnswer>();
  KITH_TRY_ASSIGN(KnownAnswer answer, DecodeAnswer(*value));
  return std::optional(std::move(answer));
}

namespace {

// Whether an invitation was this person's to the friend who answers it, and they are friends still.
bool IsTo(const State& state, const KnownInvite& invite, const KnownAnswer& answer) {
  const auto pair = state.friends.find(answer.pair);
  return invite.author == state.identity.person && invite.pair == answer.pair && answer.op.circle == invite.op.circle &&
         pair != state.friends.end() && pair->second.person == answer.author &&
         pair->second.state != FriendState::kLeft;
}

// Whether a yes brings somebody in.
bool BringsIn(const State& state, const Roster& roster, const KnownInvite& invite, const KnownAnswer& yes) {
  const Person* guest = state.FindPerson(yes.author);
  const auto mailbox = state.mailboxes.find(invite.op.circle);
  if (guest == nullptr || !SealingKeyOf(*guest) || mailbox == state.mailboxes.end()) return false;
  // A seat's key that was another's once would let them speak for that one's place at the relay.
  const bool fresh = !roster.seats().contains(yes.op.seat) && !mailbox->second.seats.EverListed(yes.op.seat);
  return fresh && !Lapsed(state, invite) && !roster.Used(invite.id) && !roster.Has(yes.author) &&
         roster.members().size() < limits::kMembers && !roster.WentSince(yes.author, invite.op.heads);
}

}  // namespace

bool Lapsed(const State& state, const KnownInvite& invite) {
  return state.clock.NowMillis() > static_cast<int64_t>(invite.op.hlc >> 16) + limits::kInviteMillis;
}

Result<bool> Withdrawn(const Transaction& tx, const KnownInvite& invite) {
  KITH_TRY_ASSIGN(const auto own, FindAnswer(tx, invite.id, invite.author));
  return own && !own->op.accepted;
}

Result<> AdmitGuest(State& state, Transaction& tx, const KnownAnswer& answer) {
  KITH_TRY_ASSIGN(const auto value, tx.Get(KeyOf(Kind::kInvite, answer.op.invite.view())));
  if (!value) return {};
  KITH_TRY_ASSIGN(const KnownInvite invite, DecodeInvite(*value));
  const MailboxId& circle = invite.op.circle;
  if (!IsTo(state, invite, answer) || !state.IsGroup(circle) || state.friends.at(circle).state == FriendState::kLeft)
    return {};
  const Roster* roster = state.FindRoster(circle);
  if (roster == nullptr || state.RoleIn(circle, state.identity.person) != Role::kOwner) return {};
  const int64_t since = static_cast<int64_t>(answer.op.hlc >> 16);
  if (!invite.said_here && state.clock.NowMillis() < since + limits::kAdmitAfterMillis) return {};
  KITH_TRY_ASSIGN(const bool withdrawn, Withdrawn(tx, invite));
  std::optional<SignedRosterOp> op;
  if (answer.op.accepted && !withdrawn && BringsIn(state, *roster, invite, answer)) {
    op = SignRosterOp(
        state, *roster,
        AddMember{
            .member = {.person = answer.author, .role = invite.op.role, .seat = answer.op.seat, .name = answer.op.name},
            .invite = invite.id});
  } else if (!answer.op.accepted && roster->Used(invite.id) && roster->Has(answer.author)) {
    op = SignRosterOp(state, *roster, RemoveMember{.person = answer.author});
  }
  if (!op) return {};
  const auto changed = state.AddRosterOp(tx, circle, *op);
  // What one guest says must not stop the circle of all.
  return changed || !IsStoreError(changed.error().code) ? Result<>() : changed.error();
}

Result<> AdmitGuests(State& state, Transaction& tx, const MailboxId& circle) {
  if (!state.IsGroup(circle)) return {};
  KITH_TRY_ASSIGN(const auto answers, ReadAnswers(state.store));
  for (const KnownAnswer& answer : answers) {
    if (answer.op.circle == circle) KITH_TRY(AdmitGuest(state, tx, answer));
  }
  return {};
}

Result<bool> KeepGrant(State& state, Transaction& tx, const MailboxId& circle, const PersonId& author,
                       const HistoryGrantOp& op) {
  const auto id = HashId<OpId>(labels::kOp, {EncodeOp(op)});
  Bytes key = Writer()
                  .U8(static_cast<uint8_t>(storage::Prefix::kGrant))
                  .Raw(circle.view())
                  .Raw(author.view())
                  .Raw(id.view())
                  .Take();
  KITH_TRY_ASSIGN(const auto before, tx.Get(key));
  if (before) return false;
  std::vector<Bytes>& kept = state.grants[circle];
  if (kept.size() >= limits::kInvitations)
    return Fail(Code::kTooLarge, "There are as many grants of history as Kith keeps.");
  kept.push_back(op.box);
  tx.Put(std::move(key), Bytes(op.box));
  return true;
}

std::vector<GenerationKey> GrantedKeys(const State& state, const MailboxId& circle, const GenerationId& id) {
  std::vector<GenerationKey> keys;
  const auto grants = state.grants.find(circle);
  if (grants == state.grants.end()) return keys;
  for (const Bytes& box : grants->second) {
    const auto opened = OpenGrant(state, circle, box);
    if (!opened) continue;
    Reader reader(opened->view());
    for (size_t left = reader.U16(); left > 0 && reader.ok(); --left) {
      const auto generation = GenerationId{reader.Array<GenerationId::kSize>()};
      auto key = reader.Array<GenerationKey::kSize>();
      if (reader.ok() && generation == id) keys.push_back(GenerationKey::Copy(key));
      Wipe(key);
    }
  }
  return keys;
}

Result<HistoryGrantOp> MakeGrant(State& state, const MailboxId& circle, const PersonId& person) {
  const Person* member = state.FindPerson(person);
  const auto box = member == nullptr || !member->SealingKeyCovers() ? std::nullopt : SealingKeyOf(*member);
  if (!box) return Fail(Code::kMalformed, "Their devices have not said yet what to seal to. Try again once they have.");
  const auto all = state.keyring.All(circle);
  const size_t count = std::min<size_t>(all.size(), limits::kOp / 2 / kGrantItem);
  Writer writer;
  writer.U16(static_cast<uint16_t>(count));
  for (size_t i = all.size() - count; i < all.size(); ++i) writer.Raw(all[i]->id.view()).Raw(all[i]->key.Reveal());
  Bytes plain = writer.Take();
  auto sealed = SealTo(*box, labels::kSealHistory, circle.view(), plain);
  Wipe(plain);
  KITH_TRY(sealed);
  return HistoryGrantOp{.hlc = state.NextHlc(), .person = person, .box = *std::move(sealed)};
}

}  // namespace kith
