// What is said of trustees, as it comes in from a pair's circle.
#include <algorithm>
#include <tuple>

#include "client/core/limits.h"
#include "client/core/outbox.h"
#include "client/core/sharing_parts.h"
#include "client/core/trustees.h"

namespace kith {

bool IsInForce(const Person& giver, const SignPublic& authority, const DeviceId& by) {
  const Trustees* present = giver.trustees();
  return present != nullptr && present->sign == authority && giver.trusting_device() == by;
}

const Person* JournalOf(const State& state, const MailboxId& circle, Trusts::Whose whose) {
  if (whose == Trusts::Whose::kOurs) return state.person ? &*state.person : nullptr;
  return state.FindPerson(state.friends.at(circle).person);
}

namespace {

Error Forged() {
  return Fail(Code::kForgedRecord, "Something was said of trustees by somebody else. It does not count.");
}

// Who says at a place of a circle what counts there.
DeviceId DeviceAt(const State& state, const storage::Place& place) {
  if (place.kind == storage::Place::Kind::kOutbox) return state.device->public_key();
  const storage::Lane& lane = state.lanes.all().at(place.owner - 1);
  return lane.seed ? state.device->public_key() : lane.device;
}

bool IsAhead(const State& state, Hlc hlc) {
  return HlcClock::Millis(hlc) > state.clock.NowMillis() + limits::kClockAheadMillis;
}

// Whether a share takes the place of the one known: one that is in force does, else the newer one, where neither is
// said to be of a far future, which no later one could outdo.
template <class Entrusted>
bool Replaces(const State& state, const Person* giver, const Entrusted& share, const Entrusted& known) {
  const auto rank = [&](const Entrusted& one) {
    return std::tuple(giver != nullptr && IsInForce(*giver, one.authority, one.by), !IsAhead(state, one.hlc), one.hlc,
                      one.authority);
  };
  return rank(share) > rank(known);
}

bool WereTrustees(const Person* giver, const SignPublic& authority) {
  return giver != nullptr && giver->WereTrustees(authority);
}

Result<> TakeGiven(State& state, Transaction& tx, const MailboxId& circle, const TrusteeShareOp& op,
                   const storage::Place& place) {
  const Person* giver = JournalOf(state, circle, Trusts::Whose::kOurs);
  Trusts::Given given{.hlc = op.hlc, .authority = op.authority, .by = DeviceAt(state, place), .place = place};
  const auto found = state.trusts.given().find(circle);
  if (found == state.trusts.given().end()) {
    if (!op.box.empty()) state.trusts.Set(tx, circle, given);
    return {};
  }
  const Trusts::Given known = found->second;
  if (op.box.empty()) {
    // That it ends is the person's word, not that of one device in one circle.
    if (known.ended || known.authority != op.authority || !WereTrustees(giver, op.authority)) return {};
    given.ended = true;
  } else if (known.hlc == op.hlc && known.authority == op.authority && known.by == given.by) {
    given.taken = known.taken;  // said again
    state.trusts.Set(tx, circle, given);
    return {};
  } else if (!Replaces(state, giver, given, known)) {
    return {};
  }
  // An older one is of no use to anybody any more.
  if (WereTrustees(giver, known.authority)) KITH_TRY(sharing::WithdrawOwn(state, tx, circle, known.place));
  state.trusts.Set(tx, circle, given);
  return {};
}

Result<> TakeHeld(State& state, Transaction& tx, const MailboxId& circle, const TrusteeShareOp& op,
                  const storage::Place& place) {
  const Person* giver = JournalOf(state, circle, Trusts::Whose::kTheirs);
  const Trusts::Held held{
      .hlc = op.hlc, .authority = op.authority, .by = DeviceAt(state, place), .box = op.box, .told = false};
  const auto known = state.trusts.held().find(circle);
  if (op.box.empty()) {
    const bool ends = known != state.trusts.held().end() && known->second.authority == op.authority;
    if (ends && WereTrustees(giver, op.authority)) state.trusts.Set(tx, circle, held);
    return {};
  }
  if (known != state.trusts.held().end() && !Replaces(state, giver, held, known->second)) return {};
  state.trusts.Set(tx, circle, held);
  return SayTrusteeWords(state, tx, circle);
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

// The share that a claim asks for, as far as it is known here.
SignPublic AskedFor(const State& state, const MailboxId& circle, Trusts::Whose whose) {
  if (whose == Trusts::Whose::kOurs) {
    const auto given = state.trusts.given().find(circle);
    return given == state.trusts.given().end() ? SignPublic() : given->second.authority;
  }
  const auto held = state.trusts.held().find(circle);
  return held == state.trusts.held().end() ? SignPublic() : held->second.authority;
}

// Whether one more can be kept beside those of its kind: claims, or vetoes of claims that were not heard of.
enum class ClaimKind : uint8_t { kClaim, kVeto };
bool MakeRoom(State& state, Transaction& tx, const Trusts::ClaimPlace& place, ClaimKind kind, size_t most) {
  const SignPublic present = AskedFor(state, place.circle, place.whose);
  const Person* journal = JournalOf(state, place.circle, place.whose);
  size_t kept = 0;
  std::vector<Trusts::ClaimPlace> past;
  const auto& claims = state.trusts.claims();
  auto next = claims.lower_bound({.circle = place.circle, .whose = place.whose, .claim = {}});
  for (; next != claims.end() && next->first.circle == place.circle && next->first.whose == place.whose; ++next) {
    const auto& [at, claim] = *next;
    if (at.claim.IsZero() || (claim.hlc == 0) != (kind == ClaimKind::kVeto)) continue;
    ++kept;
    if (claim.authority != present && (claim.authority.IsZero() || WereTrustees(journal, claim.authority)))
      past.push_back(at);
  }
  if (kept < most) return true;
  for (const Trusts::ClaimPlace& at : past) state.trusts.Forget(tx, at);
  return kept - past.size() < most;
}

Result<> TakeClaim(State& state, Transaction& tx, const MailboxId& circle, Trusts::Whose whose,
                   const TrusteeClaimOp& op) {
  const Trusts::ClaimPlace place{.circle = circle, .whose = whose, .claim = op.claim};
  if (op.claim.IsZero()) return Forged();
  const auto known = state.trusts.claims().find(place);
  Trusts::Claim claim = known == state.trusts.claims().end() ? Trusts::Claim() : known->second;
  if (claim.hlc != 0) return {};
  if (known == state.trusts.claims().end()) KITH_TRY(MakeRoomFor(state, tx, place));
  claim.hlc = std::max<Hlc>(op.hlc, 1);
  claim.authority = op.authority;
  claim.due_ms = op.due_ms;
  state.trusts.Set(tx, place, claim);
  return {};
}

Result<> TakeVeto(State& state, Transaction& tx, const MailboxId& circle, Trusts::Whose whose,
                  const TrusteeVetoOp& op) {
  Trusts::ClaimPlace place{.circle = circle, .whose = whose, .claim = op.claim};
  if (op.claim.IsZero()) return Forged();
  const auto known = state.trusts.claims().find(place);
  Trusts::Claim claim;
  if (known != state.trusts.claims().end()) {
    claim = known->second;
  } else {
    claim.authority = AskedFor(state, circle, whose);
    // Rather than that one is missed, all are: until the owner shares anew.
    if (!MakeRoom(state, tx, place, ClaimKind::kVeto, limits::kShareVetoes)) place.claim = {};
  }
  claim.vetoed = true;
  state.trusts.Set(tx, place, claim);
  return {};
}

// A witness that is said to be of a far future would keep all later ones out.
void TakeWitness(State& state, Transaction& tx, const MailboxId& circle, const WitnessOp& op) {
  if (IsAhead(state, op.hlc)) return;
  const auto kept = state.trusts.kept().find(circle);
  if (kept == state.trusts.kept().end() || kept->second.hlc < op.hlc)
    state.trusts.Set(tx, circle, Trusts::Kept{.hlc = op.hlc, .sealed = op.sealed});
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
  if (const auto* share = std::get_if<TrusteeShareOp>(&op))
    return own ? TakeGiven(state, tx, circle, *share, place) : TakeHeld(state, tx, circle, *share, place);
  if (const auto* claim = std::get_if<TrusteeClaimOp>(&op))
    return TakeClaim(state, tx, circle, own ? Trusts::Whose::kTheirs : Trusts::Whose::kOurs, *claim);
  if (const auto* veto = std::get_if<TrusteeVetoOp>(&op))
    return TakeVeto(state, tx, circle, own ? Trusts::Whose::kOurs : Trusts::Whose::kTheirs, *veto);
  if (const auto* taken = std::get_if<TrusteeTakenOp>(&op)) TakeTaken(state, tx, circle, own, *taken);
  const auto* witness = std::get_if<WitnessOp>(&op);
  if (witness != nullptr && !own) TakeWitness(state, tx, circle, *witness);
  return {};
}

bool IsVetoed(const State& state, const Trusts::ClaimPlace& place) {
  const auto& claims = state.trusts.claims();
  if (const auto known = claims.find(place); known != claims.end() && known->second.vetoed) return true;
  const auto all = claims.find({.circle = place.circle, .whose = place.whose, .claim = {}});
  return all != claims.end() && all->second.authority == AskedFor(state, place.circle, place.whose);
}

Result<> MakeRoomFor(State& state, Transaction& tx, const Trusts::ClaimPlace& place) {
  if (MakeRoom(state, tx, place, ClaimKind::kClaim, limits::kShareClaims)) return {};
  return Fail(Code::kTooLarge,
              "This share has been asked for too often. Its owner has to share anew before it can be asked for again.");
}

Result<> SayTrusteeOp(State& state, Transaction& tx, Mailbox& circle, const Op& op) {
  const Bytes bytes = EncodeOp(op);
  const storage::Place place = Outbox(state).Add(tx, circle, {&bytes, 1});
  return TakeTrusteeOp(state, tx, circle.id, state.identity.person, op, place);
}

}  // namespace kith
