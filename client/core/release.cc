#include "client/core/release.h"

#include <algorithm>

#include "client/core/sharing_parts.h"
#include "client/core/trustees.h"
#include "crypto/base/limits.h"
#include "crypto/derive.h"
#include "crypto/shares.h"
#include "crypto/trustees.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

Error Failed() {
  return Fail(Code::kPairingFailed,
              "The two of you did not agree. Make a new code with `kith trustees release` and type it once more.");
}

uint64_t Now(const State& state) { return static_cast<uint64_t>(std::max<int64_t>(state.clock.NowMillis(), 0)); }

// The claim as it stands, noted and told to the owner where it is new. Only this person's own devices can have noted
// one before: the owner's word, by whoever speaks for them, shortens no delay.
Result<Trusts::Claim> NoteClaim(State& state, const MailboxId& circle, const BoxPublic& claim, uint64_t delay_ms) {
  const Trusts::ClaimPlace place{.circle = circle, .whose = Trusts::Whose::kTheirs, .claim = claim};
  if (IsVetoed(state, place)) return Trusts::Claim{.vetoed = true};
  const auto known = state.trusts.claims().find(place);
  if (known != state.trusts.claims().end()) return known->second;
  KITH_TRY_ASSIGN(Mailbox * mailbox, sharing::CircleOf(state, circle));
  Transaction tx(state.store);
  KITH_TRY(MakeRoomFor(state, tx, place));
  KITH_TRY(SayTrusteeOp(state, tx, *mailbox,
                        TrusteeClaimOp{.hlc = state.NextHlc(),
                                       .authority = state.trusts.held().at(circle).authority,
                                       .claim = claim,
                                       .due_ms = Now(state) + delay_ms}));
  KITH_TRY(state.Commit(tx));
  return state.trusts.claims().at(place);
}

}  // namespace

RecoveryAuthority AuthorityOf(const RecoverySecret& secret) {
  RecoveryKeys keys = DeriveRecovery(secret);
  const MailboxId mailbox = MailboxIdOf(keys.root.public_key());
  return {.kind = RecoveryAuthority::Kind::kPhrase,
          .sign = std::move(keys.sign),
          .box = std::move(keys.box),
          .place = std::move(keys.root),
          .mailbox = mailbox,
          .person = {}};
}

Result<> CanAnswerClaims(const State& state, const MailboxId& circle) {
  KITH_TRY(sharing::ActiveFriend(state, circle));
  const auto share = OpenEntrusted(state, circle);
  if (share) return {};
  if (share.error().code != Code::kNotFound) return share.error();
  if (state.trusts.kept().contains(circle)) return {};
  return Fail(Code::kNotFound,
              "You hold nothing that this friend needs for a recovery. `kith trustees held` shows whose shares you "
              "hold.");
}

Result<ReleaseReply> AnswerClaim(State& state, const MailboxId& circle, const BoxPublic& claim) {
  KITH_TRY(CanAnswerClaims(state, circle));
  KITH_TRY_ASSIGN(const FriendOp* known, sharing::ActiveFriend(state, circle));
  ReleaseReply reply;
  reply.person = known->person;
  const auto kept = state.trusts.kept().find(circle);
  if (kept != state.trusts.kept().end()) reply.witness = kept->second.sealed;
  const auto share = OpenEntrusted(state, circle);
  if (!share) return reply;
  reply.authority = state.trusts.held().at(circle).authority;
  KITH_TRY_ASSIGN(const Trusts::Claim noted, NoteClaim(state, circle, claim, share->delay_ms));
  reply.due_ms = noted.due_ms;
  // One that was made while the friend held another share is of no use: it was told to the owner as of that.
  if (noted.vetoed || noted.authority != reply.authority) {
    reply.outcome = ReleaseReply::Outcome::kVetoed;
  } else if (Now(state) < noted.due_ms) {
    reply.outcome = ReleaseReply::Outcome::kWaits;
  } else {
    Bytes plain = share->Encode();
    auto box = SealTo(claim, labels::kSealRelease, reply.authority.view(), plain);
    Wipe(plain);
    if (!box) return box.error();
    reply.box = *std::move(box);
    reply.outcome = ReleaseReply::Outcome::kReleased;
  }
  return reply;
}

Result<Bytes> ReleaseHost::OnAnswer(ByteView message) {
  KITH_TRY_ASSIGN(PairingOpener::Finished finished, opener_.Finish(message));
  keys_ = std::move(finished.keys);
  return std::move(finished.confirmation);
}

Result<Bytes> ReleaseHost::OnRequest(State& state, ByteView message) {
  if (!keys_) return Failed();
  const PairingKeys keys = *std::exchange(keys_, std::nullopt);
  const auto plain = OpenPairingMessage(keys.to_opener, 0, message);
  if (!plain) return Failed();
  KITH_TRY_ASSIGN(const ReleaseRequest request, ReleaseRequest::Decode(plain->view()));
  KITH_TRY_ASSIGN(answered_, AnswerClaim(state, circle_, request.claim));
  return SealPairingMessage(keys.to_joiner, 0, answered_.Encode());
}

Result<Bytes> ReleaseGuest::OnConfirmation(ByteView message) {
  KITH_TRY_ASSIGN(PairingJoiner::Finished finished, joiner_.Confirm(message));
  keys_ = std::move(finished.keys);
  return SealPairingMessage(keys_->to_opener, 0, ReleaseRequest{.claim = claim_}.Encode());
}

Result<ReleaseReply> ReleaseGuest::OnReply(ByteView message) {
  if (!keys_) return Failed();
  const PairingKeys keys = *std::exchange(keys_, std::nullopt);
  const auto plain = OpenPairingMessage(keys.to_joiner, 0, message);
  if (!plain) return Failed();
  return ReleaseReply::Decode(plain->view());
}

}  // namespace kith
