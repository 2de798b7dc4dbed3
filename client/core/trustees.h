// Social recovery, the owner's side: a secret of its own, split among friends, whose keys may do what the recovery
// phrase may until the set is replaced or ended. The secret is kept nowhere. Steps and layouts: "Social recovery" in
// crypto/DESIGN.md.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "client/core/state.h"
#include "client/wire/release.h"

namespace kith {

struct TrusteesPlan {
  std::vector<MailboxId> circles;  // of the friends, one share each
  size_t needed = 2;
  uint64_t delay_ms = 0;  // between a friend's being asked and the share's release; at most limits::kTrusteesDelay
};
// Splits a fresh secret among friends, in place of whoever had shares before; durable when OK. Their devices hear of it
// with the next sync, and the self mailbox gives the set its seat then. After an error nothing has changed.
// kInvalidArgument (fewer than two, more than there are, a friend twice), kNotFound (no friend), kNoRelay,
// kDeviceRevoked, kUnknownGeneration (keys are still on their way: sync first).
Result<> SetTrustees(State& state, const TrusteesPlan& plan);
// From now on nobody holds a share that opens anything, nor is a set that fell spoken of. As above; kNotFound where
// there are none.
Result<> EndTrustees(State& state);

// A friend who was given a share of the present set.
struct Trustee {
  MailboxId circle;
  Hlc given = 0;
  bool sent = false;   // the relay has it
  bool taken = false;  // a device of theirs has opened it
};
std::vector<Trustee> TrusteesOf(const State& state);

// Whether trustees could bring the journal back, as far as that does not lie with them.
enum class TrusteesStanding : uint8_t {
  kNone,      // there are none, or they were ended
  kStand,     // also while the relay has not heard of them yet
  kSeatGone,  // their seat was taken from the self mailbox, for good: to be set anew
  kFell,      // the device that named them was revoked, which ended the set: to be set anew
};
TrusteesStanding StandingOfTrustees(const State& state);

// Somebody has asked for a share of the present set.
struct ShareClaim {
  MailboxId circle;
  BoxPublic claim;
  Hlc asked = 0;
  uint64_t due_ms = 0;
  bool vetoed = false;
};
// Of one's own, from one's trustees; first asked first.
std::vector<ShareClaim> ClaimsOnOwn(const State& state);
// Of those that friends entrusted to this person.
std::vector<ShareClaim> ClaimsOnHeld(const State& state);
// Tells all trustees to give nothing to whoever asked so far. Returns how many claims that is. kNotFound: nobody asked,
// of whom that was not said already.
Result<size_t> VetoClaims(State& state);

// What the self mailbox's seats lack of the present trustees, and have of past ones.
std::vector<SeatChange> TrusteesSeatsDue(const State& state);
// Tells friends of past sets that their shares are none any more. Nothing where all know.
Result<> TellFormerTrustees(State& state, Transaction& tx);
// What this device has still to say in a pair's circle: that a share is none any more, since the set was replaced or
// has fallen; that a friend's was opened, once the key to it is here. False in any other mailbox.
bool TrusteeWordsDue(const State& state, const MailboxId& circle);
// Says it, where it is due.
Result<> SayTrusteeWords(State& state, Transaction& tx, const MailboxId& circle);

// ---- For intake.
bool IsTrusteeOp(const Op& op);
// Shares are of whom a person names at present, and from the device that names them. Everything else may be a thief's
// who has another device of theirs: the authority is no secret.
bool IsInForce(const Person& giver, const SignPublic& authority, const DeviceId& by);
// Who has the journal that claims are about; nullptr while that is not known.
const Person* JournalOf(const State& state, const MailboxId& circle, Trusts::Whose whose);
// Takes one in, from a lane of `author` in a pair's circle. kForgedRecord, kTooLarge.
Result<> TakeTrusteeOp(State& state, Transaction& tx, const MailboxId& circle, const PersonId& author, const Op& op,
                       const storage::Place& place);
// Puts an operation into a circle's outbox and takes it in here.
Result<> SayTrusteeOp(State& state, Transaction& tx, Mailbox& circle, const Op& op);

// ---- For a trustee.
// A share that a friend entrusted to this person.
struct KeptShare {
  MailboxId circle;
  bool readable = true;  // false: its key has not arrived on this device, and nothing below is known
  uint8_t needed = 0;
  uint8_t made = 0;
  uint64_t delay_ms = 0;
};
std::vector<KeptShare> KeptShares(const State& state);
// The share that the friend of a circle entrusted to this person. kNotFound where there is none of the friend's present
// set, said by the device that named it; kUnknownGeneration while the key is not here.
Result<EntrustedShare> OpenEntrusted(const State& state, const MailboxId& circle);
// Whether the owner of the journal said no to a claim.
bool IsVetoed(const State& state, const Trusts::ClaimPlace& place);
// Sees to it that one more claim can be kept there: those of past sets go. kTooLarge.
Result<> MakeRoomFor(State& state, Transaction& tx, const Trusts::ClaimPlace& place);

}  // namespace kith
