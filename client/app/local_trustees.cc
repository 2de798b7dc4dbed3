// Social recovery: who holds shares of the user's, whose shares the user holds, and handing one over.
#include <algorithm>
#include <span>

#include "client/app/local_use.h"
#include "client/app/trustee_flow.h"
#include "client/core/limits.h"
#include "client/core/trustees.h"

namespace kith {

namespace {

// Empty for a friend who was left.
std::string LabelOf(Journal& journal, const MailboxId& circle) {
  const auto known = journal.state().friends.find(circle);
  const bool active = known != journal.state().friends.end() && known->second.state != FriendState::kLeft;
  return active ? known->second.label : std::string();
}

}  // namespace

const char* TrusteesProblem(Journal& journal) {
  switch (StandingOfTrustees(journal.state())) {
    case TrusteesStanding::kNone:
    case TrusteesStanding::kStand:
      return nullptr;
    case TrusteesStanding::kSeatGone:
      return "A device of yours took away your trustees' place at the relay, so they can bring nothing back. If that "
             "was not you, see `kith devices`; then name them anew with `kith trustees set`.";
    case TrusteesStanding::kFell:
      return "The device that named your trustees was revoked, so nobody holds a share of this journal any more. Name "
             "them anew with `kith trustees set`, or do without with `kith trustees end`.";
  }
  return nullptr;
}

void WriteClaims(Journal& journal, std::span<const ShareClaim> claims,
                 google::protobuf::RepeatedPtrField<v1::ShareClaim>* out) {
  for (const ShareClaim& claim : claims) {
    v1::ShareClaim* to = out->Add();
    to->set_friend_(LabelOf(journal, claim.circle));
    to->set_asked(WrittenAt(claim.asked));
    to->set_due(claim.due_ms);
    to->set_vetoed(claim.vetoed);
  }
}

namespace {

void WriteTrustees(Journal& journal, v1::TrusteesReply* reply) {
  if (const char* problem = TrusteesProblem(journal)) reply->set_problem(problem);
  const Trustees* present = journal.state().person->trustees();
  if (present == nullptr) return;
  reply->set_needed(present->needed);
  reply->set_made(present->made);
  for (const Trustee& trustee : TrusteesOf(journal.state())) {
    v1::Trustee* to = reply->add_trustees();
    to->set_friend_(LabelOf(journal, trustee.circle));
    to->set_sent(trustee.sent);
    to->set_taken(trustee.taken);
  }
  WriteClaims(journal, ClaimsOnOwn(journal.state()), reply->mutable_claims());
}

// Of a friend, and not of a circle of more than two.
Result<MailboxId> PairOf(Journal& journal, const std::string& label) {
  KITH_TRY_ASSIGN(const FriendInfo known, journal.sharing().FindFriend(label));
  if (known.person.IsZero())
    return Fail(Code::kInvalidArgument, "Shares are given to friends, one by one, and not to a circle. Name friends.");
  return known.circle;
}

v1::TrusteesReleaseProgress::Outcome OutcomeOf(ReleaseReply::Outcome outcome) {
  switch (outcome) {
    case ReleaseReply::Outcome::kReleased:
      return v1::TrusteesReleaseProgress::RELEASED;
    case ReleaseReply::Outcome::kWaits:
      return v1::TrusteesReleaseProgress::WAITS;
    case ReleaseReply::Outcome::kVetoed:
      return v1::TrusteesReleaseProgress::VETOED;
    case ReleaseReply::Outcome::kNoShare:
      return v1::TrusteesReleaseProgress::NO_SHARE;
  }
  return v1::TrusteesReleaseProgress::NONE;
}

}  // namespace

grpc::Status LocalService::Trustees(grpc::ServerContext*, const v1::TrusteesRequest*, v1::TrusteesReply* reply) {
  return StatusOf(WithJournal([&](Journal& journal) -> Result<> {
    KITH_TRY(journal.EnsureLoaded());
    WriteTrustees(journal, reply);
    return {};
  }));
}

grpc::Status LocalService::TrusteesSet(grpc::ServerContext*, const v1::TrusteesSetRequest* request,
                                       v1::TrusteesReply* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    KITH_TRY(unlocked.vault->Share([&](Journal& journal) -> Result<> {
      constexpr uint64_t kMost = limits::kTrusteesDelay / 1'000;
      // What is longer is refused by the journal, whatever the multiplication makes of it.
      TrusteesPlan plan{.circles = {},
                        .needed = request->needed(),
                        .delay_ms = std::min(request->delay_seconds(), kMost + 1) * 1'000};
      for (const std::string& label : request->friends()) {
        KITH_TRY_ASSIGN(const MailboxId circle, PairOf(journal, label));
        plan.circles.push_back(circle);
      }
      KITH_TRY(journal.SetTrustees(plan));
      WriteTrustees(journal, reply);
      return {};
    }));
    unlocked.loops.Poke();
    return {};
  }));
}

grpc::Status LocalService::TrusteesEnd(grpc::ServerContext*, const v1::TrusteesEndRequest*, v1::TrusteesEndReply*) {
  return StatusOf(WithVault([](Unlocked& unlocked) -> Result<> {
    KITH_TRY(unlocked.vault->Share([](Journal& journal) { return journal.EndTrustees(); }));
    unlocked.loops.Poke();
    return {};
  }));
}

grpc::Status LocalService::TrusteesVeto(grpc::ServerContext*, const v1::TrusteesVetoRequest*,
                                        v1::TrusteesVetoReply* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    KITH_TRY_ASSIGN(const size_t vetoed, unlocked.vault->Share([](Journal& journal) { return journal.VetoClaims(); }));
    reply->set_vetoed(vetoed);
    unlocked.loops.Poke();
    return {};
  }));
}

grpc::Status LocalService::TrusteesHeld(grpc::ServerContext*, const v1::TrusteesHeldRequest*,
                                        v1::TrusteesHeldReply* reply) {
  return StatusOf(WithJournal([&](Journal& journal) -> Result<> {
    KITH_TRY(journal.EnsureLoaded());
    for (const KeptShare& held : KeptShares(journal.state())) {
      v1::HeldShare* to = reply->add_shares();
      to->set_friend_(LabelOf(journal, held.circle));
      to->set_readable(held.readable);
      to->set_needed(held.needed);
      to->set_made(held.made);
      to->set_delay_seconds(held.delay_ms / 1'000);
    }
    WriteClaims(journal, ClaimsOnHeld(journal.state()), reply->mutable_claims());
    return {};
  }));
}

Result<> LocalService::Release(Unlocked& unlocked, const v1::TrusteesReleaseRequest& request, Caller& caller,
                               grpc::ServerWriter<v1::TrusteesReleaseProgress>& writer) {
  ReleaseSteps steps{.circle = {},
                     .show = [&](const std::string& code, const std::string& relay) -> Result<> {
                       v1::TrusteesReleaseProgress progress;
                       progress.set_code(code);
                       progress.set_relay(relay);
                       if (!writer.Write(progress)) return Fail(Code::kCancelled, "Stopped.");
                       return {};
                     },
                     .cancelled = [&caller] { return caller.gone(); }};
  KITH_TRY_ASSIGN(steps.circle,
                  unlocked.vault->Share([&](Journal& journal) { return PairOf(journal, request.friend_()); }));
  KITH_TRY_ASSIGN(const ReleaseReply answered, ReleaseShare(unlocked, steps));
  v1::TrusteesReleaseProgress progress;
  progress.set_outcome(OutcomeOf(answered.outcome));
  if (answered.outcome == ReleaseReply::Outcome::kWaits) progress.set_due(answered.due_ms);
  writer.Write(progress);
  return {};
}

grpc::Status LocalService::TrusteesRelease(grpc::ServerContext* context, const v1::TrusteesReleaseRequest* request,
                                           grpc::ServerWriter<v1::TrusteesReleaseProgress>* writer) {
  Caller caller(*context);
  return StatusOf(ShowingOneCode(
      [&] { return WithVault([&](Unlocked& unlocked) { return Release(unlocked, *request, caller, *writer); }); }));
}

}  // namespace kith
