#include "client/core/trustees.h"

#include <algorithm>
#include <functional>
#include <set>

#include "client/core/devices.h"
#include "client/core/intake.h"
#include "client/core/limits.h"
#include "client/core/outbox.h"
#include "client/core/sharing_parts.h"
#include "crypto/base/limits.h"
#include "crypto/shares.h"
#include "crypto/trustees.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

Bytes ShareContext(const MailboxId& circle, const SignPublic& authority) {
  return Writer().Raw(circle.view()).Raw(authority.view()).Take();
}

Result<> SaySelf(State& state, Transaction& tx, const Op& op) {
  Bytes bytes = EncodeOp(op);
  const storage::Place place = Outbox(state).Add(tx, state.self(), {&bytes, 1});
  return Intake(state).ApplyOp(tx, bytes, place);
}

Result<SignedPersonOp> SayTrustees(State& state, Transaction& tx, const Trustees& trustees) {
  SignedPersonOp op{
      .body =
          PersonOp{.parents = state.person->heads(), .signer = state.device->public_key(), .kind = trustees}.Encode(),
      .signature = {},
      .countersignature = {}};
  op.signature = state.device->Sign(labels::kSignPersonOp, op.body);
  KITH_TRY(SaySelf(state, tx, op));
  return op;
}

Result<> CheckDevice(const State& state) {
  if (state.person->IsDevice(state.device->public_key())) return {};
  return Fail(Code::kDeviceRevoked,
              "This device is revoked, so what it says does not count. Use another one of yours.");
}

// What a friend's share is sealed to. kNotFound, kUnknownGeneration.
Result<BoxPublic> SealingKeyIn(State& state, const MailboxId& circle) {
  KITH_TRY_ASSIGN(const FriendOp* known, sharing::ActiveFriend(state, circle));
  KITH_TRY(sharing::CircleOf(state, circle));
  const Person* person = state.FindPerson(known->person);
  if (person == nullptr || !person->SealingKeyCovers())
    return Fail(Code::kUnknownGeneration,
                "A friend's new keys have not arrived here yet. Run `kith sync`, and try again once they have synced.");
  return *SealingKeyOf(*person);
}

Result<> CheckPlan(const TrusteesPlan& plan) {
  const std::set<MailboxId> distinct(plan.circles.begin(), plan.circles.end());
  if (distinct.size() != plan.circles.size())
    return Fail(Code::kInvalidArgument, "A friend is named twice. Each trustee gets one share.");
  if (plan.circles.size() > limits::kTrustees)
    return Fail(Code::kInvalidArgument, "There can be at most 16 trustees. Name fewer friends.");
  if (plan.needed < 2 || plan.needed > plan.circles.size())
    return Fail(Code::kInvalidArgument,
                "At least two trustees are needed together, and no more than there are. Name more friends, or need "
                "fewer of them.");
  if (plan.delay_ms > limits::kTrusteesDelay)
    return Fail(Code::kInvalidArgument, "The delay is at most 30 days. Choose a shorter one.");
  return {};
}

// The share that the friend of a circle entrusted to this person; nullptr where there is none.
const Trusts::Held* FindHeld(const State& state, const MailboxId& circle) {
  const auto held = state.trusts.held().find(circle);
  if (held == state.trusts.held().end() || held->second.box.empty()) return nullptr;
  const Person* giver = JournalOf(state, circle, Trusts::Whose::kTheirs);
  const bool counts = giver != nullptr && IsInForce(*giver, held->second.authority, held->second.by);
  return counts ? &held->second : nullptr;
}

// Seals one share to its friend and says it in their circle.
Result<> GiveShare(State& state, Transaction& tx, const MailboxId& circle, const SignPublic& authority,
                   const EntrustedShare& share) {
  KITH_TRY_ASSIGN(const BoxPublic friends_key, SealingKeyIn(state, circle));
  Bytes plain = share.Encode();
  const auto box = SealTo(friends_key, labels::kSealTrusteeShare, ShareContext(circle, authority), plain);
  Wipe(plain);
  if (!box) return box.error();
  return SayTrusteeOp(state, tx, state.mailboxes.at(circle),
                      TrusteeShareOp{.hlc = state.NextHlc(), .authority = authority, .box = *box});
}

}  // namespace

Result<> SetTrustees(State& state, const TrusteesPlan& plan) {
  KITH_TRY(CheckDevice(state));
  KITH_TRY(CheckPlan(plan));
  for (const MailboxId& circle : plan.circles) KITH_TRY(SealingKeyIn(state, circle));
  const storage::MailboxSync& sync = state.self().sync;
  if (sync.relay_address.empty())
    return Fail(Code::kNoRelay,
                "Friends can only bring back what a relay has. Set one with `kith relay set INVITE` first.");
  const TrusteesSecret secret = TrusteesSecret::Generate();
  const TrusteesKeys keys = DeriveTrustees(secret);
  KITH_TRY_ASSIGN(const std::vector<Share> shares,
                  SplitSecret(secret.Reveal(), {.needed = plan.needed, .made = plan.circles.size()}));
  Transaction tx(state.store);
  KITH_TRY_ASSIGN(const SignedPersonOp named, SayTrustees(state, tx,
                                                          {.sign = keys.sign.public_key(),
                                                           .box = keys.box.public_key(),
                                                           .seat = keys.seat.public_key(),
                                                           .needed = static_cast<uint8_t>(plan.needed),
                                                           .made = static_cast<uint8_t>(plan.circles.size())}));
  const Bytes naming = EncodeOp(named);
  for (size_t i = 0; i < shares.size(); ++i) {
    const EntrustedShare share{.needed = static_cast<uint8_t>(plan.needed),
                               .made = static_cast<uint8_t>(plan.circles.size()),
                               .delay_ms = plan.delay_ms,
                               .mailbox = state.identity.self_mailbox,
                               .person = state.identity.person,
                               .relay = FormatRelayAddress({.address = sync.relay_address, .key = sync.relay_key}),
                               .words = FormatShare(shares[i])};
    // What was taken in of it in memory is nobody's after an error: the caller loads the state again.
    // A share counts where it is known who named its holder.
    Outbox(state).Add(tx, state.mailboxes.at(plan.circles[i]), {&naming, 1});
    KITH_TRY(GiveShare(state, tx, plan.circles[i], keys.sign.public_key(), share));
  }
  KITH_TRY(TellFormerTrustees(state, tx));
  return state.Commit(tx);
}

Result<> EndTrustees(State& state) {
  KITH_TRY(CheckDevice(state));
  if (state.person->trustees() == nullptr && !state.person->TrusteesFell())
    return Fail(Code::kNotFound, "There are no trustees. `kith trustees set` makes friends trustees.");
  Transaction tx(state.store);
  KITH_TRY(SayTrustees(state, tx, {}));
  KITH_TRY(TellFormerTrustees(state, tx));
  return state.Commit(tx);
}

namespace {

// Whether a friend is still to hear that what they hold is no share any more.
bool IsFormer(const State& state, const MailboxId& circle) {
  const auto given = state.trusts.given().find(circle);
  return given != state.trusts.given().end() && !given->second.ended && state.mailboxes.contains(circle) &&
         sharing::ActiveFriend(state, circle) && state.person->WereTrustees(given->second.authority);
}

Result<> TellFormerTrustee(State& state, Transaction& tx, const MailboxId& circle) {
  const SignPublic authority = state.trusts.given().at(circle).authority;
  return SayTrusteeOp(state, tx, state.mailboxes.at(circle),
                      TrusteeShareOp{.hlc = state.NextHlc(), .authority = authority, .box = {}});
}

// Whether the owner is still to hear that their share was opened here.
bool IsTakenUntold(const State& state, const MailboxId& circle) {
  const auto held = state.trusts.held().find(circle);
  return held != state.trusts.held().end() && !held->second.told && sharing::ActiveFriend(state, circle) &&
         OpenEntrusted(state, circle);
}

Result<> TellTaken(State& state, Transaction& tx, const MailboxId& circle) {
  return SayTrusteeOp(state, tx, state.mailboxes.at(circle),
                      TrusteeTakenOp{.hlc = state.NextHlc(), .authority = state.trusts.held().at(circle).authority});
}

}  // namespace

Result<> TellFormerTrustees(State& state, Transaction& tx) {
  for (const auto& [circle, given] : std::map(state.trusts.given())) {
    if (IsFormer(state, circle)) KITH_TRY(TellFormerTrustee(state, tx, circle));
  }
  return {};
}

bool TrusteeWordsDue(const State& state, const MailboxId& circle) {
  // A journal that is being read back says nothing, and neither does a device that nobody heeds.
  if (state.restoring != nullptr || !state.person->IsDevice(state.device->public_key())) return false;
  return IsFormer(state, circle) || IsTakenUntold(state, circle);
}

Result<> SayTrusteeWords(State& state, Transaction& tx, const MailboxId& circle) {
  if (!TrusteeWordsDue(state, circle)) return {};
  if (IsFormer(state, circle)) KITH_TRY(TellFormerTrustee(state, tx, circle));
  if (IsTakenUntold(state, circle)) KITH_TRY(TellTaken(state, tx, circle));
  return {};
}

std::vector<Trustee> TrusteesOf(const State& state) {
  std::vector<Trustee> trustees;
  const Trustees* present = state.person->trustees();
  if (present == nullptr) return trustees;
  for (const auto& [circle, given] : state.trusts.given()) {
    if (given.ended || !IsInForce(*state.person, given.authority, given.by)) continue;
    Trustee& trustee = trustees.emplace_back(Trustee{.circle = circle, .given = given.hlc, .taken = given.taken});
    storage::Place at = given.place;
    if (at.kind == storage::Place::Kind::kOutbox) {
      const auto packed = state.FindPacked(at.owner, at.number);
      if (!packed || !*packed) continue;
      at = {.kind = storage::Place::Kind::kRecord, .owner = (*packed)->lane, .number = (*packed)->seq, .index = 0};
    }
    const auto& lanes = state.lanes.all();
    const auto lane = std::ranges::find(lanes, at.owner, &storage::Lane::number);
    trustee.sent = lane != lanes.end() && lane->acked_seq >= at.number;
  }
  return trustees;
}

TrusteesStanding StandingOfTrustees(const State& state) {
  if (state.person->TrusteesFell()) return TrusteesStanding::kFell;
  const Trustees* present = state.person->trustees();
  if (present == nullptr) return TrusteesStanding::kNone;
  const SeatTable& table = state.self().seats;
  const bool gone = table.EverListed(present->seat) && !table.seats().contains(present->seat);
  return gone ? TrusteesStanding::kSeatGone : TrusteesStanding::kStand;
}

namespace {

// Those that `counts` for, by the circle and the authority that was asked about; first asked first.
std::vector<ShareClaim> ClaimsWhere(const State& state, Trusts::Whose whose,
                                    const std::function<bool(const MailboxId&, const SignPublic&)>& counts) {
  std::vector<ShareClaim> claims;
  for (const auto& [place, claim] : state.trusts.claims()) {
    if (place.whose != whose || claim.hlc == 0 || !counts(place.circle, claim.authority)) continue;
    claims.push_back({.circle = place.circle,
                      .claim = place.claim,
                      .asked = claim.hlc,
                      .due_ms = claim.due_ms,
                      .vetoed = IsVetoed(state, place)});
  }
  std::ranges::sort(claims, {}, &ShareClaim::asked);
  return claims;
}

}  // namespace

std::vector<ShareClaim> ClaimsOnOwn(const State& state) {
  const Trustees* present = state.person->trustees();
  // Any friend can say that somebody asked, the authority being no secret; only of a trustee does it mean something.
  return ClaimsWhere(state, Trusts::Whose::kOurs, [&](const MailboxId& circle, const SignPublic& authority) {
    return present != nullptr && authority == present->sign && state.trusts.given().contains(circle);
  });
}

std::vector<ShareClaim> ClaimsOnHeld(const State& state) {
  return ClaimsWhere(state, Trusts::Whose::kTheirs, [&](const MailboxId& circle, const SignPublic& authority) {
    const Trusts::Held* held = FindHeld(state, circle);
    return held != nullptr && held->authority == authority;
  });
}

std::vector<KeptShare> KeptShares(const State& state) {
  std::vector<KeptShare> shares;
  for (const auto& [circle, held] : state.trusts.held()) {
    if (FindHeld(state, circle) == nullptr || !sharing::ActiveFriend(state, circle)) continue;
    KeptShare& share = shares.emplace_back(KeptShare{.circle = circle});
    const auto opened = OpenEntrusted(state, circle);
    share.readable = opened.has_value();
    if (!opened) continue;
    share.needed = opened->needed;
    share.made = opened->made;
    share.delay_ms = opened->delay_ms;
  }
  return shares;
}

Result<size_t> VetoClaims(State& state) {
  KITH_TRY(CheckDevice(state));
  std::set<BoxPublic> claims;
  for (const ShareClaim& claim : ClaimsOnOwn(state)) {
    if (!claim.vetoed) claims.insert(claim.claim);
  }
  if (claims.empty())
    return Fail(Code::kNotFound, "Nobody is asking your trustees for their shares. Nothing was changed.");
  Transaction tx(state.store);
  // All trustees: whoever asked one of them asks the others next.
  for (const auto& [circle, given] : state.trusts.given()) {
    const auto mailbox = state.mailboxes.find(circle);
    if (given.ended || mailbox == state.mailboxes.end() || !sharing::ActiveFriend(state, circle)) continue;
    for (const BoxPublic& claim : claims)
      KITH_TRY(SayTrusteeOp(state, tx, mailbox->second, TrusteeVetoOp{.hlc = state.NextHlc(), .claim = claim}));
  }
  KITH_TRY(state.Commit(tx));
  return claims.size();
}

std::vector<SeatChange> TrusteesSeatsDue(const State& state) {
  std::vector<SeatChange> changes;
  if (!state.person || !state.person->IsDevice(state.device->public_key())) return changes;
  const SeatTable& table = state.self().seats;
  const Trustees* present = state.person->trustees();
  for (const auto& [seat, lanes] : table.seats()) {
    if ((present == nullptr || seat != present->seat) && state.person->WasTrusteesSeat(seat))
      changes.emplace_back(RemoveSeat{.seat = seat});
  }
  if (present != nullptr && !table.EverListed(present->seat))
    changes.emplace_back(AddSeat{.seat = present->seat, .owner = true});
  return changes;
}

Result<EntrustedShare> OpenEntrusted(const State& state, const MailboxId& circle) {
  const Trusts::Held* held = FindHeld(state, circle);
  if (held == nullptr)
    return Fail(Code::kNotFound, "You hold no share of this friend's. `kith trustees held` shows whose you hold.");
  const Bytes context = ShareContext(circle, held->authority);
  for (const Keyring::Generation* one : state.keyring.All(state.identity.self_mailbox)) {
    const auto plain = OpenFrom(SealingPair(one->key), labels::kSealTrusteeShare, context, held->box);
    if (plain) return EntrustedShare::Decode(plain->view());
  }
  return Fail(Code::kUnknownGeneration,
              "The key to this share has not arrived on this device yet. Run `kith sync` and try again.");
}

}  // namespace kith
