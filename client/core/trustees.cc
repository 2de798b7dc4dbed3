#include "client/core/trustees.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

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

Result<> SayTrustees(State& state, Transaction& tx, const Trustees& trustees) {
  SignedPersonOp op{
      .body =
          PersonOp{.parents = state.person->heads(), .signer = state.device->public_key(), .kind = trustees}.Encode(),
      .signature = {},
      .countersignature = {}};
  op.signature = state.device->Sign(labels::kSignPersonOp, op.body);
  return SaySelf(state, tx, op);
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

// Seals one share to its friend and says it in their circle.
Result<> GiveShare(State& state, Transaction& tx, const MailboxId& circle, const SignPublic& authority,
                   const EntrustedShare& share) {
  KITH_TRY_ASSIGN(const BoxPublic friends_key, SealingKeyIn(state, circle));
  Bytes plain = share.Encode();
  const auto box = SealTo(friends_key, labels::kSealTrusteeShare, ShareContext(circle, authority), plain);
  Wipe(plain);
  if (!box) return box.error();
  const auto known = state.trusts.given().find(circle);
  const Hlc before = known == state.trusts.given().end() ? 0 : known->second.hlc;
  return SayTrusteeOp(state, tx, state.mailboxes.at(circle),
                      TrusteeShareOp{.hlc = state.NextHlcAfter(before), .authority = authority, .box = *box});
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
  KITH_TRY(SayTrustees(state, tx,
                       {.sign = keys.sign.public_key(),
                        .box = keys.box.public_key(),
                        .seat = keys.seat.public_key(),
                        .needed = static_cast<uint8_t>(plan.needed),
                        .made = static_cast<uint8_t>(plan.circles.size())}));
  for (size_t i = 0; i < shares.size(); ++i) {
    EntrustedShare share{.needed = static_cast<uint8_t>(plan.needed),
                         .made = static_cast<uint8_t>(plan.circles.size()),
                         .delay_ms = plan.delay_ms,
                         .mailbox = state.identity.self_mailbox,
                         .person = state.identity.person,
                         .relay = FormatRelayAddress({.address = sync.relay_address, .key = sync.relay_key}),
                         .words = FormatShare(shares[i])};
    const Result<> given = GiveShare(state, tx, plan.circles[i], keys.sign.public_key(), share);
    Wipe(share.words);
    // What was taken in of it in memory is nobody's: the caller loads the state again.
    KITH_TRY(given);
  }
  KITH_TRY(TellFormerTrustees(state, tx));
  return state.Commit(tx);
}

Result<> EndTrustees(State& state) {
  KITH_TRY(CheckDevice(state));
  if (state.person->trustees() == nullptr)
    return Fail(Code::kNotFound, "There are no trustees. `kith trustees set` makes friends trustees.");
  Transaction tx(state.store);
  KITH_TRY(SayTrustees(state, tx, {}));
  KITH_TRY(TellFormerTrustees(state, tx));
  return state.Commit(tx);
}

Result<> TellFormerTrustees(State& state, Transaction& tx) {
  const Trustees* present = state.person->trustees();
  for (const auto& [circle, given] : std::map(state.trusts.given())) {
    if (given.ended || (present != nullptr && given.authority == present->sign)) continue;
    const auto mailbox = state.mailboxes.find(circle);
    if (mailbox == state.mailboxes.end() || !sharing::ActiveFriend(state, circle)) continue;
    KITH_TRY(
        SayTrusteeOp(state, tx, mailbox->second,
                     TrusteeShareOp{.hlc = state.NextHlcAfter(given.hlc), .authority = given.authority, .box = {}}));
  }
  return {};
}

std::vector<Trustee> TrusteesOf(const State& state) {
  std::vector<Trustee> trustees;
  const Trustees* present = state.person->trustees();
  if (present == nullptr) return trustees;
  for (const auto& [circle, given] : state.trusts.given()) {
    if (given.ended || given.authority != present->sign) continue;
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

namespace {

// Those that `counts` for, by the circle and the authority that was asked about.
std::vector<ShareClaim> ClaimsWhere(const State& state, Trusts::Claim::Whose whose,
                                    const std::function<bool(const MailboxId&, const SignPublic&)>& counts) {
  std::vector<ShareClaim> claims;
  for (const auto& [place, claim] : state.trusts.claims()) {
    if (claim.whose != whose || claim.hlc == 0 || !counts(place.first, claim.authority)) continue;
    claims.push_back({.circle = place.first,
                      .claim = place.second,
                      .asked = claim.hlc,
                      .due_ms = claim.due_ms,
                      .vetoed = claim.vetoed});
  }
  std::ranges::sort(claims, {}, &ShareClaim::asked);
  return claims;
}

}  // namespace

std::vector<ShareClaim> ClaimsOnOwn(const State& state) {
  const Trustees* present = state.person->trustees();
  return ClaimsWhere(state, Trusts::Claim::Whose::kOurs, [&](const MailboxId& circle, const SignPublic& authority) {
    // The authority is no secret: a friend who has no share of it has nobody to tell of.
    const auto given = state.trusts.given().find(circle);
    return present != nullptr && authority == present->sign && given != state.trusts.given().end() &&
           given->second.authority == authority;
  });
}

std::vector<ShareClaim> ClaimsOnHeld(const State& state) {
  return ClaimsWhere(state, Trusts::Claim::Whose::kTheirs, [&](const MailboxId& circle, const SignPublic& authority) {
    const auto held = state.trusts.held().find(circle);
    return held != state.trusts.held().end() && !held->second.box.empty() && held->second.authority == authority;
  });
}

std::vector<KeptShare> KeptShares(const State& state) {
  std::vector<KeptShare> shares;
  for (const auto& [circle, held] : state.trusts.held()) {
    if (held.box.empty() || !sharing::ActiveFriend(state, circle)) continue;
    KeptShare& share = shares.emplace_back(KeptShare{.circle = circle});
    auto opened = OpenEntrusted(state, circle);
    share.readable = opened.has_value();
    if (!opened) continue;
    share.needed = opened->needed;
    share.made = opened->made;
    share.delay_ms = opened->delay_ms;
    Wipe(opened->words);
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
    for (const BoxPublic& claim : claims) {
      const auto said = SayTrusteeOp(state, tx, mailbox->second, TrusteeVetoOp{.hlc = state.NextHlc(), .claim = claim});
      // No room for it here leaves room for it at the others.
      if (!said && said.error().code != Code::kTooLarge) return said.error();
    }
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

// ---- What comes in.

namespace {

Error Forged() {
  return Fail(Code::kForgedRecord, "Something was said of trustees by somebody else. It does not count.");
}

// Tells the owner that the share was opened here.
Result<> TellTaken(State& state, Transaction& tx, const MailboxId& circle, const Trusts::Held& held) {
  // A journal that is being read back says nothing yet; and a share that was told of is not told of again.
  if (held.told || held.box.empty() || state.restoring != nullptr || !OpenEntrusted(state, circle)) return {};
  return SayTrusteeOp(state, tx, state.mailboxes.at(circle),
                      TrusteeTakenOp{.hlc = state.NextHlc(), .authority = held.authority});
}

Result<> TakeShare(State& state, Transaction& tx, const MailboxId& circle, bool own, const TrusteeShareOp& op,
                   const storage::Place& place) {
  if (own) {
    const auto known = state.trusts.given().find(circle);
    const bool same = known != state.trusts.given().end() && known->second.hlc == op.hlc;
    if (known != state.trusts.given().end() &&
        std::pair(known->second.hlc, known->second.authority) > std::pair(op.hlc, op.authority))
      return {};
    // An older one is of no use to anybody any more.
    if (known != state.trusts.given().end() && !same)
      KITH_TRY(sharing::WithdrawOwn(state, tx, circle, known->second.place));
    state.trusts.Set(tx, circle,
                     Trusts::Given{.hlc = op.hlc,
                                   .authority = op.authority,
                                   .place = place,
                                   .ended = op.box.empty(),
                                   .taken = same && known->second.taken});
    return {};
  }
  const auto known = state.trusts.held().find(circle);
  if (known != state.trusts.held().end() &&
      std::pair(known->second.hlc, known->second.authority) >= std::pair(op.hlc, op.authority))
    return {};
  const Trusts::Held held{.hlc = op.hlc, .authority = op.authority, .box = op.box};
  state.trusts.Set(tx, circle, held);
  return TellTaken(state, tx, circle, held);
}

void TakeTaken(State& state, Transaction& tx, const MailboxId& circle, bool own, const TrusteeTakenOp& op) {
  if (own) {
    const auto known = state.trusts.held().find(circle);
    if (known == state.trusts.held().end() || known->second.authority != op.authority) return;
    Trusts::Held held = known->second;
    held.told = true;
    state.trusts.Set(tx, circle, held);
    return;
  }
  const auto known = state.trusts.given().find(circle);
  if (known == state.trusts.given().end() || known->second.authority != op.authority) return;
  Trusts::Given given = known->second;
  given.taken = true;
  state.trusts.Set(tx, circle, given);
}

// Whose share the friend of a circle holds under this authority, as far as is known.
bool AboutOurs(const State& state, const MailboxId& circle, const SignPublic& authority) {
  const auto given = state.trusts.given().find(circle);
  return given != state.trusts.given().end() && given->second.authority == authority;
}
bool AboutTheirs(const State& state, const MailboxId& circle, const SignPublic& authority) {
  const auto held = state.trusts.held().find(circle);
  return held != state.trusts.held().end() && held->second.authority == authority;
}

// Counted by circle, so that one friend's flood leaves room for what others say.
Result<> CheckRoom(const State& state, const Trusts::ClaimPlace& place, bool (*is_kind)(const Trusts::Claim&),
                   size_t most) {
  if (state.trusts.claims().contains(place)) return {};
  const auto there = [&](const auto& one) { return one.first.first == place.first && is_kind(one.second); };
  if (std::cmp_less(std::ranges::count_if(state.trusts.claims(), there), most)) return {};
  return Fail(Code::kTooLarge, "There are more claims on shares than are kept.");
}

Result<> TakeClaim(State& state, Transaction& tx, const MailboxId& circle, bool own, const TrusteeClaimOp& op) {
  // The trustee's devices alone say who asks. Whoever has a device of the owner could say beforehand, as the owner,
  // that the delay is over.
  if (own ? AboutOurs(state, circle, op.authority) : AboutTheirs(state, circle, op.authority)) return Forged();
  const auto whose = own ? Trusts::Claim::Whose::kTheirs : Trusts::Claim::Whose::kOurs;
  const Trusts::ClaimPlace place{circle, op.claim};
  const auto known = state.trusts.claims().find(place);
  Trusts::Claim claim = known == state.trusts.claims().end() ? Trusts::Claim() : known->second;
  if (claim.hlc != 0 && claim.whose == whose) return {};
  KITH_TRY(CheckRoom(state, place, [](const Trusts::Claim& one) { return one.hlc != 0; }, limits::kShareClaims));
  claim.whose = whose;
  claim.hlc = std::max<Hlc>(op.hlc, 1);
  claim.authority = op.authority;
  claim.due_ms = op.due_ms;
  state.trusts.Set(tx, place, claim);
  return {};
}

Result<> TakeVeto(State& state, Transaction& tx, const MailboxId& circle, bool own, const TrusteeVetoOp& op) {
  const auto whose = own ? Trusts::Claim::Whose::kOurs : Trusts::Claim::Whose::kTheirs;
  const Trusts::ClaimPlace place{circle, op.claim};
  const auto known = state.trusts.claims().find(place);
  Trusts::Claim claim = known == state.trusts.claims().end() ? Trusts::Claim{.whose = whose} : known->second;
  if (claim.whose != whose) {
    // Nobody vetoes what is asked of themselves; what was said of it before its share was known does not count.
    const bool planted = own ? AboutOurs(state, circle, claim.authority) : AboutTheirs(state, circle, claim.authority);
    if (!planted) return Forged();
    claim = {.whose = whose};
  }
  KITH_TRY(CheckRoom(state, place, [](const Trusts::Claim& one) { return one.vetoed; }, limits::kShareVetoes));
  claim.vetoed = true;
  state.trusts.Set(tx, place, claim);
  return {};
}

}  // namespace

bool IsTrusteeOp(const Op& op) {
  return std::holds_alternative<TrusteeShareOp>(op) || std::holds_alternative<TrusteeTakenOp>(op) ||
         std::holds_alternative<TrusteeClaimOp>(op) || std::holds_alternative<TrusteeVetoOp>(op) ||
         std::holds_alternative<WitnessOp>(op);
}

Result<> TakeTrusteeOp(State& state, Transaction& tx, const MailboxId& circle, const PersonId& author, const Op& op,
                       const storage::Place& place) {
  const auto known = state.friends.find(circle);
  const bool own = author == state.identity.person;
  if (known == state.friends.end() || (!own && author != known->second.person)) return Forged();
  if (const auto* share = std::get_if<TrusteeShareOp>(&op)) return TakeShare(state, tx, circle, own, *share, place);
  if (const auto* claim = std::get_if<TrusteeClaimOp>(&op)) return TakeClaim(state, tx, circle, own, *claim);
  if (const auto* veto = std::get_if<TrusteeVetoOp>(&op)) return TakeVeto(state, tx, circle, own, *veto);
  if (const auto* taken = std::get_if<TrusteeTakenOp>(&op)) TakeTaken(state, tx, circle, own, *taken);
  const auto* witness = std::get_if<WitnessOp>(&op);
  if (witness == nullptr || own) return {};
  const auto kept = state.trusts.kept().find(circle);
  if (kept == state.trusts.kept().end() || kept->second.hlc < witness->hlc)
    state.trusts.Set(tx, circle, Trusts::Kept{.hlc = witness->hlc, .sealed = witness->sealed});
  return {};
}

Result<> SayTrusteeOp(State& state, Transaction& tx, Mailbox& circle, const Op& op) {
  const Bytes bytes = EncodeOp(op);
  const storage::Place place = Outbox(state).Add(tx, circle, {&bytes, 1});
  return TakeTrusteeOp(state, tx, circle.id, state.identity.person, op, place);
}

Result<EntrustedShare> OpenEntrusted(const State& state, const MailboxId& circle) {
  const auto held = state.trusts.held().find(circle);
  if (held == state.trusts.held().end() || held->second.box.empty())
    return Fail(Code::kNotFound, "You hold no share of this friend's. `kith trustees held` shows whose you hold.");
  const Bytes context = ShareContext(circle, held->second.authority);
  for (const Keyring::Generation* one : state.keyring.All(state.identity.self_mailbox)) {
    const auto plain = OpenFrom(SealingPair(one->key), labels::kSealTrusteeShare, context, held->second.box);
    if (plain) return EntrustedShare::Decode(plain->view());
  }
  return Fail(Code::kUnknownGeneration,
              "The key to this share has not arrived on this device yet. Run `kith sync` and try again.");
}

}  // namespace kith
