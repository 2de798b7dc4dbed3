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
              "The two of you did not agree. Make a new code with `kith trusted release` and type it once more.");
}

uint64_t Now(const State& state) { return static_cast<uint64_t>(std::max<int64_t>(state.clock.NowMillis(), 0)); }

// The claim as it stands, noted and told to the owner where it is new.
Result<Trusts::Claim> NoteClaim(State& state, const MailboxId& circle, const BoxPublic& claim, uint64_t delay_ms) {
  const Trusts::ClaimPlace place{circle, claim};
  const auto known = state.trusts.claims().find(place);
  if (known != state.trusts.claims().end() && (known->second.hlc != 0 || known->second.vetoed)) return known->second;
  KITH_TRY_ASSIGN(Mailbox * mailbox, sharing::CircleOf(state, circle));
  Transaction tx(state.store);
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

Result<ReleaseReply> AnswerClaim(State& state, const MailboxId& circle, const BoxPublic& claim) {
  KITH_TRY_ASSIGN(const FriendOp* known, sharing::ActiveFriend(state, circle));
  ReleaseReply reply;
  reply.person = known->person;
  const auto kept = state.trusts.kept().find(circle);
  if (kept != state.trusts.kept().end()) reply.witness = kept->second.sealed;
  const auto held = state.trusts.held().find(circle);
  if (held == state.trusts.held().end() || held->second.box.empty()) {
    if (!reply.witness.empty()) return reply;
    return Fail(Code::kNotFound, "You hold nothing that this friend needs for a recovery.");
  }
  reply.authority = held->second.authority;
  KITH_TRY_ASSIGN(EntrustedShare share, OpenEntrusted(state, circle));
  KITH_TRY_ASSIGN(const Trusts::Claim noted, NoteClaim(state, circle, claim, share.delay_ms));
  reply.due_ms = noted.due_ms;
  // One that was made while the friend held another share is of no use: it was told to the owner as of that.
  if (noted.vetoed || noted.authority != reply.authority) {
    reply.outcome = ReleaseReply::Outcome::kVetoed;
  } else if (Now(state) < noted.due_ms) {
    reply.outcome = ReleaseReply::Outcome::kWaits;
  } else {
    Bytes plain = share.Encode();
    auto box = SealTo(claim, labels::kSealRelease, reply.authority.view(), plain);
    Wipe(plain);
    if (!box) return box.error();
    reply.box = *std::move(box);
    reply.outcome = ReleaseReply::Outcome::kReleased;
  }
  Wipe(share.words);
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
  KITH_TRY_ASSIGN(const ReleaseReply reply, AnswerClaim(state, circle_, request.claim));
  outcome_ = reply.outcome;
  return SealPairingMessage(keys.to_joiner, 0, reply.Encode());
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

// ---- Who gathers them.

Gathering::~Gathering() {
  for (auto& [authority, shares] : sets_) {
    for (EntrustedShare& share : shares) Wipe(share.words);
  }
}

Result<> Gathering::Take(const ReleaseReply& reply) {
  if (!reply.witness.empty()) witnesses_.push_back(reply.witness);
  switch (reply.outcome) {
    case ReleaseReply::Outcome::kReleased:
      break;
    case ReleaseReply::Outcome::kWaits:
      return Fail(Code::kTrusteesDelay,
                  "Your friend has noted that you ask. They release the share once the delay that you chose is over: "
                  "begin again then, with a new code.");
    case ReleaseReply::Outcome::kVetoed:
      return Fail(Code::kVetoed,
                  "A device of this journal said no to this, so your friend releases nothing. Use that device, or the "
                  "recovery phrase: `kith recover`.");
    case ReleaseReply::Outcome::kNoShare:
      return Fail(Code::kNotFound, "This friend holds no share of yours now. Ask your other trustees.");
  }
  KITH_TRY_ASSIGN(const Plaintext plain, OpenFrom(claim_, labels::kSealRelease, reply.authority.view(), reply.box));
  KITH_TRY_ASSIGN(EntrustedShare share, EntrustedShare::Decode(plain.view()));
  std::vector<EntrustedShare>& set = sets_[reply.authority];
  const bool repeated =
      std::ranges::any_of(set, [&](const EntrustedShare& known) { return known.words == share.words; });
  const Result<Share> sound = ParseShare(share.words);
  if (repeated || !sound) {
    Wipe(share.words);
    if (!sound) return sound.error();
    return Fail(Code::kShareRepeated, "This share is here already. Ask another one of your trustees.");
  }
  set.push_back(std::move(share));
  return {};
}

const Gathering::Sets::value_type* Gathering::Largest() const {
  const auto largest = std::ranges::max_element(sets_, {}, [](const auto& set) { return set.second.size(); });
  return largest == sets_.end() || largest->second.empty() ? nullptr : &*largest;
}

size_t Gathering::gathered() const { return Largest() == nullptr ? 0 : Largest()->second.size(); }

size_t Gathering::needed() const { return Largest() == nullptr ? 0 : Largest()->second.front().needed; }

std::string Gathering::relay() const { return Largest() == nullptr ? std::string() : Largest()->second.front().relay; }

Result<RecoveryAuthority> Gathering::Combine() const {
  const auto* set = Largest();
  if (set == nullptr || set->second.size() < set->second.front().needed) {
    if (sets_.size() < 2)
      return Fail(Code::kSharesTooFew, "These shares are not enough. Ask further ones of your trustees.");
    return Fail(Code::kSharesMixed,
                "These shares are of several sets, and too few of any one. Ask further ones of your trustees.");
  }
  const Error forged = Fail(Code::kSharesForged,
                            "One of these shares is not what you gave to that friend. Leave one out and try again with "
                            "that of another trustee.");
  const auto& [authority, entrusted] = *set;
  std::vector<Share> shares;
  for (const EntrustedShare& one : entrusted) {
    const EntrustedShare& first = entrusted.front();
    if (one.mailbox != first.mailbox || one.person != first.person || one.needed != first.needed) return forged;
    KITH_TRY_ASSIGN(Share share, ParseShare(one.words));
    // What Kith makes: one group of at least two.
    if (share.set.groups != 1 || share.member_threshold != one.needed || share.set.exponent != 0) return forged;
    shares.push_back(std::move(share));
  }
  KITH_TRY_ASSIGN(const ShareSecret secret, CombineShares(shares));
  if (secret.size() != TrusteesSecret::kSize) return forged;
  TrusteesKeys keys = DeriveTrustees(TrusteesSecret::Copy(secret.Reveal()));
  if (keys.sign.public_key() != authority) return forged;
  return RecoveryAuthority{.kind = RecoveryAuthority::Kind::kTrustees,
                           .sign = std::move(keys.sign),
                           .box = std::move(keys.box),
                           .place = std::move(keys.seat),
                           .mailbox = entrusted.front().mailbox,
                           .person = entrusted.front().person};
}

}  // namespace kith
