// Who may use a mailbox: signed, numbered statements and the table they add up to. The relay and every
// client apply the same statements by the same rules. Layout "statement" of crypto/DESIGN.md.
#pragma once

#include <map>
#include <set>
#include <variant>
#include <vector>

#include "crypto/base/ids.h"
#include "crypto/base/result.h"
#include "crypto/verify/sign.h"

namespace kith {

struct AddSeat {
  SeatKeyId seat;
  bool owner = false;
  friend bool operator==(const AddSeat&, const AddSeat&) = default;
};
struct RemoveSeat {
  SeatKeyId seat;
  friend bool operator==(const RemoveSeat&, const RemoveSeat&) = default;
};
struct ReplaceSeat {
  SeatKeyId from;
  SeatKeyId to;
  friend bool operator==(const ReplaceSeat&, const ReplaceSeat&) = default;
};
struct AddLane {
  SeatKeyId seat;
  LaneKey lane;
  friend bool operator==(const AddLane&, const AddLane&) = default;
};
struct RemoveLane {
  LaneKey lane;
  friend bool operator==(const RemoveLane&, const RemoveLane&) = default;
};
struct ReplaceRoot {
  SignPublic root;
  friend bool operator==(const ReplaceRoot&, const ReplaceRoot&) = default;
};
struct SetOwner {
  SeatKeyId seat;
  bool owner = false;
  friend bool operator==(const SetOwner&, const SetOwner&) = default;
};
using SeatChange = std::variant<AddSeat, RemoveSeat, ReplaceSeat, AddLane, RemoveLane, ReplaceRoot, SetOwner>;

struct SeatStatement {
  MailboxId mailbox;
  uint64_t number = 0;  // 1, 2, 3 ...
  StatementId prev;     // zeros for number 1
  enum class SignedBy : uint8_t { kRoot = 0, kSeat = 1 } signed_by = SignedBy::kRoot;
  SignPublic signer;
  std::vector<SeatChange> changes;  // 1 to 255

  Bytes Encode() const;
  // kMalformed, kSuiteUnsupported, kTooLarge (the body).
  static Result<SeatStatement> Parse(ByteView body);
};

struct SignedStatement {
  Bytes body;
  Signature signature;
};
SignedStatement SignStatement(const Signer& signer, const SeatStatement& statement);
StatementId StatementIdOf(ByteView body);
MailboxId MailboxIdOf(const SignPublic& root);

// The state after some statements: a value.
class SeatTable {
 public:
  struct Seat {
    bool owner = false;
    std::set<LaneKey> lanes;
    friend bool operator==(const Seat&, const Seat&) = default;
  };

  // The table after `statement`; *this is unchanged. A root does anything; a seat adds or removes its own
  // lanes and replaces itself; an owner's seat also adds and removes seats, and says whose is an owner's. A key has one
  // place only: none that ever was a root, seat or lane here is listed again. Number 1 is by the root whose hash is the
  // mailbox's id, and lists a lane. Errors: kMalformed, kSuiteUnsupported, kSignatureInvalid, kStatementConflict (not
  // the next number, or another predecessor or mailbox), kStatementForbidden, kTooLarge (the body, 64 seats, 64 lanes a
  // seat).
  Result<SeatTable> Apply(const SignedStatement& statement) const;

  const MailboxId& mailbox() const { return mailbox_; }
  uint64_t number() const { return number_; }  // of the newest statement; 0 before the first
  const StatementId& head() const { return head_; }
  bool Listed(const LaneKey& lane) const { return seat_of_.contains(lane); }
  // Listed now or before.
  bool Known(const LaneKey& lane) const { return Listed(lane) || closed_.contains(lane); }
  // Whether a key is or was a root, seat or lane here: then it is never listed again.
  bool EverListed(const SignPublic& key) const { return !Fresh(key); }
  // The seat of a listed or closed lane; nullptr for an unknown one.
  const SeatKeyId* SeatOf(const LaneKey& lane) const;
  const std::map<SeatKeyId, Seat>& seats() const { return seats_; }
  // The key that a seat has now, through every replacement; nullptr where it was removed or never was one.
  const SeatKeyId* Present(const SeatKeyId& seat) const;
  const SignPublic& root() const { return root_; }

  friend bool operator==(const SeatTable&, const SeatTable&) = default;

 private:
  class Changer;
  // Never seen in any place of this mailbox.
  bool Fresh(const SignPublic& key) const;

  MailboxId mailbox_;
  SignPublic root_;
  uint64_t number_ = 0;
  StatementId head_;
  std::map<SeatKeyId, Seat> seats_;
  std::map<LaneKey, SeatKeyId> seat_of_;
  std::map<LaneKey, SeatKeyId> closed_;      // removed lanes and the seat that had them, under its present key
  std::set<SignPublic> retired_;             // seats and roots that were replaced or removed
  std::map<SeatKeyId, SeatKeyId> replaced_;  // seats, by the key that came next
};

}  // namespace kith
