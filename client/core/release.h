// A trustee hands a share over by a spoken code: the messages of both sides, and what becomes of them. No I/O: the
// caller carries them through the relay's pairing slots, as with introduction.h. The trustee shows the code.
//
//   host (the trustee)                 guest (who asks)
//   first_message()            ->      Respond
//   OnAnswer                   <-
//   (confirmation)             ->      OnConfirmation
//   OnRequest                  <-      (the claim's key)
//   (what there is)            ->      OnReply
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/core/authority.h"
#include "client/core/state.h"
#include "client/wire/release.h"
#include "crypto/pairing.h"
#include "crypto/trustees.h"

namespace kith {

// Whether this person has something for whoever speaks for the friend of a circle. kNotFound (neither share nor
// witness), kUnknownGeneration.
Result<> CanAnswerClaims(const State& state, const MailboxId& circle);
// What this person has for whoever shows `claim` and speaks for the friend of a circle. The first time it notes the
// claim and tells the owner's devices; durable when OK. From then on the delay runs, by this device's clock: so the
// caller sees to it that the circle is in step first, that a veto can have come. Errors as CanAnswerClaims.
Result<ReleaseReply> AnswerClaim(State& state, const MailboxId& circle, const BoxPublic& claim);

// One object, one attempt; owned by one thread.
class ReleaseHost {
 public:
  ReleaseHost(const PairingContext& context, std::string_view words, const MailboxId& circle)
      : opener_(context, words, {}), circle_(circle) {}

  const Bytes& first_message() const { return opener_.first_message(); }
  // kPairingFailed: the code was wrong, and is burnt.
  Result<Bytes> OnAnswer(ByteView message);
  // What to send back. kPairingFailed, and errors of AnswerClaim.
  Result<Bytes> OnRequest(State& state, ByteView message);
  // What was answered; only after OnRequest.
  const ReleaseReply& answered() const { return answered_; }

 private:
  PairingOpener opener_;
  MailboxId circle_;
  std::optional<PairingKeys> keys_;
  ReleaseReply answered_;
};

class ReleaseGuest {
 public:
  ReleaseGuest(const PairingContext& context, std::string_view words, const BoxPublic& claim)
      : joiner_(context, words, {}), claim_(claim) {}

  Result<Bytes> Respond(ByteView first_message) { return joiner_.Respond(first_message); }
  // kPairingFailed: the code is wrong, or the other side is not who has it.
  Result<Bytes> OnConfirmation(ByteView message);
  Result<ReleaseReply> OnReply(ByteView message);

 private:
  PairingJoiner joiner_;
  BoxPublic claim_;
  std::optional<PairingKeys> keys_;
};

// The shares that somebody without a device has gathered. Owned by one thread.
class Gathering {
 public:
  // The claim's key is the same every time, so that a delay that has run counts.
  explicit Gathering(BoxPair claim) : claim_(std::move(claim)) {}
  Gathering(const Gathering&) = delete;
  Gathering& operator=(const Gathering&) = delete;

  // All of it, to go on with later: layout "gathering" in crypto/DESIGN.md. The caller seals it, and wipes this.
  Bytes Encode() const;
  static Result<std::unique_ptr<Gathering>> Decode(ByteView bytes);  // kMalformed

  const BoxPublic& claim() const { return claim_.public_key(); }
  // Takes what a friend answered; a witness in any case. What the friend says beside the share is believed of that
  // share alone. kTrusteesDelay, kVetoed, kNotFound (no share), kShareRepeated, kSharesForged (no share of Kith's),
  // kTooLarge (limits::kGathered, limits::kTrustees), kSealBroken, kMalformed, and errors of ParseShare.
  Result<> Take(const ReleaseReply& reply);
  // Of the set that gives its keys back, of several the one that was added to last, else of the one of which most are
  // here: how many, and how many it takes; 0: none yet.
  size_t gathered() const;
  size_t needed() const;
  // What as many true shares as it takes give back, whatever false ones are here too. kSharesTooFew, kSharesMixed (too
  // few of any one set), kSharesForged (enough, but some are false).
  Result<RecoveryAuthority> Combine() const;
  // ADDRESS#KEY of the owner's relay, as the shares of that same set say; empty before there are any.
  std::string relay() const;
  const std::vector<Bytes>& witnesses() const { return witnesses_; }

 private:
  // Shares whose friends say the same of the journal, and of how many it takes.
  struct Set {
    SignPublic authority;
    std::vector<EntrustedShare> shares;  // never empty
  };
  Result<> TakeShare(const SignPublic& authority, const EntrustedShare& share);
  void TakeWitness(const Bytes& witness);
  size_t kept() const;
  // The set that gives its keys back, with them; else the one of which most are here, nullptr before there are any.
  // Tries all choices of shares.
  struct Found {
    const Set* set;
    std::optional<TrusteesKeys> keys;
  };
  Found Best() const;

  BoxPair claim_;
  std::vector<Set> sets_;  // the one that was added to last is last
  std::vector<Bytes> witnesses_;
};

}  // namespace kith
