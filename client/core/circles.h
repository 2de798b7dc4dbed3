// Circles: audiences of several people. Who is in one, whose lane is whose there, and how a pair's circle begins.
// Layout: "Circle" in crypto/DESIGN.md. A friendship is a circle of two with a mailbox, seats and generations of its
// own.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "client/core/people.h"
#include "client/core/relay_address.h"
#include "client/core/storage.h"
#include "client/core/transaction.h"
#include "client/wire/ops.h"
#include "client/wire/pack.h"
#include "crypto/seal.h"
#include "crypto/verify/seats.h"

namespace kith {

struct State;
struct Mailbox;

OpId RosterOpIdOf(ByteView body);

// A circle's members, by its roster operations. Order of arrival does not matter. Today's clients know the genesis
// only; operations of other kinds are kept and count nothing.
class Roster {
 public:
  // Takes an operation whose signature verifies under a device of the person it names, who must be an owner.
  // kMalformed, kSignatureInvalid, kForgedRecord (another mailbox's, another genesis than the known one, no owner),
  // kUnknownDevice (the device is not known to be that person's: try again once it is).
  Result<OpId> Add(const MailboxId& mailbox, const SignedRosterOp& op, const Person& signer);

  bool empty() const { return members_.empty(); }
  bool Has(const PersonId& person) const { return members_.contains(person); }
  const std::map<PersonId, Role>& members() const { return members_; }
  bool pair() const { return pair_; }
  const std::vector<SignedRosterOp>& operations() const { return operations_; }  // parents first
  // Hash over the heads: what packs and generations cite. Zeros while empty.
  std::array<uint8_t, 32> HeadHash() const;

 private:
  std::map<PersonId, Role> members_;
  bool pair_ = false;
  std::optional<OpId> genesis_;
  std::vector<SignedRosterOp> operations_;
};

// The sealing key that friends seal to: X25519 from a self generation, KDF label kith/1/self box.
BoxPair SealingPair(const GenerationKey& self_generation);
// This person's newest SealingKey operation's key, if it has one; nullopt otherwise.
std::optional<BoxPublic> SealingKeyOf(const Person& person);
// Sees to it that this person has said what friends seal to since the last revocation: adds the operation to the self
// mailbox's outbox where it is missing. Circles hear of it by the introductions under the generation that follows.
// kUnknownGeneration without a self generation that covers.
Result<> EnsureSealingKey(State& state, Transaction& tx);

// Adds an operation of this person to the outbox of every circle. Called by whoever makes one.
Result<> RepublishPersonOp(State& state, Transaction& tx, const SignedPersonOp& op);

// Whether this person may become friends with `other`. kInvalidArgument (oneself; a friend already), kMalformed (it did
// not say what to seal to), kTooLarge (limits::kFriends).
Result<> CheckMeets(const State& state, const Person& other);

// What founding a pair's circle takes from the other side.
struct PairGuest {
  std::vector<SignedPersonOp> person;  // parents first; its genesis names the person; has a SealingKey
  SeatKeyId seat;
  LaneKey lane;
};
// Founds a circle of this person and `guest` at `relay`, spending `token`: root (sealed to the recovery key, then
// gone), first statement with both seats and lanes, roster, generation with a box for each person, keyring operations
// for this person's other devices, and the friend under `label`. All in `tx`; nothing was sent. Returns the mailbox.
// kMalformed, kForgedRecord, kSignatureInvalid (the guest's operations), kInvalidArgument (the guest is oneself),
// kTooLarge (limits::kFriends), kRelayRefused, kUnknownGeneration.
Result<MailboxId> FoundPair(State& state, Transaction& tx, const PairGuest& guest, const std::string& label,
                            const RelayAddress& relay, Bytes token);

// What a founder hands over, as the other side takes it in.
struct PairHost {
  std::vector<SignedPersonOp> person;
  MailboxId mailbox;
  std::vector<SignedStatement> statements;
  SignedRosterOp roster;
  WrappedKey generation;
};
// Takes in a circle that `host` founded for `seat` and `lane`. All in `tx`. kPairingFailed when it does not hold
// together.
Result<> JoinPair(State& state, Transaction& tx, const PairHost& host, const Signer& seat, const Signer& lane,
                  const std::string& label, const RelayAddress& relay);

}  // namespace kith
