// Circles: audiences of several people, and how one begins. Who is in one: roster.h; coming and going: membership.h.
// Layout: "Circle" in crypto/DESIGN.md. A friendship is a circle of two with a mailbox, seats and generations of its
// own.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/core/people.h"
#include "client/core/relay_address.h"
#include "client/core/roster.h"
#include "client/core/storage.h"
#include "client/core/transaction.h"
#include "client/wire/ops.h"
#include "client/wire/pack.h"
#include "crypto/seal.h"
#include "crypto/verify/seats.h"

namespace kith {

struct State;
struct Mailbox;

// The sealing key that friends seal to: X25519 from a self generation, KDF label kith/1/self box.
BoxPair SealingPair(const GenerationKey& self_generation);
// What the boxes of an announcement in a circle of more than two are sealed by, so that each member who has its key can
// tell whether the others have it. KDF label kith/1/circle boxes. `context`: BoxContext.
BoxPair BoxesPair(const GenerationKey& announced, ByteView context);
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

// kTooLarge where there is room for no further circle (limits::kFriends).
Result<> CheckRoom(const State& state);

// Where this person founds circles, and what makes a further mailbox there. The token is the last of the self
// mailbox's; whoever spends it takes it from there. kNoRelay, kTokenInvalid.
struct Home {
  RelayAddress relay;
  Bytes token;
};
Result<Home> SpareToken(const State& state);

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

// Founds a circle of more than two that has nobody else in it yet, as FoundPair does. `name`: the circle's, on this
// person's devices; `as`: what the founder is known by there.
Result<MailboxId> FoundCircle(State& state, Transaction& tx, const std::string& name, const std::string& as,
                              const RelayAddress& relay, Bytes token);
// Signs what this device says of a roster, by its heads.
SignedRosterOp SignRosterOp(const State& state, const Roster& roster,
                            std::variant<RosterGenesis, AddMember, RemoveMember, SetRole, LeaveCircle> kind);
// Puts the seat's key, and the first generation's where one is given, into the self mailbox for this person's other
// devices, and takes the same in here.
struct FirstKey {
  GenerationId id;
  ByteView key;
};
Result<> TellSeat(State& state, Transaction& tx, const MailboxId& circle, const Signer& seat, const RelayAddress& relay,
                  const Bytes& sealed_root, const std::optional<FirstKey>& first);

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
