// What this device found a relay, or a copy of a lane's key, to do that honest ones do not. Kept until it is made good
// or a person has seen it; nothing else depends on it. What raises each: "Alarms" in client/DESIGN.md.
#pragma once

#include <map>
#include <optional>
#include <tuple>

#include "client/core/ports.h"
#include "client/core/storage.h"
#include "client/core/transaction.h"

namespace kith {

struct Alarm {
  Code code = Code::kGap;  // kGap, kRollback, kWithheld, kEquivocation, kRelayWiped or kRelayForeign
  MailboxId mailbox;
  LaneKey lane;      // zeros: of the mailbox as a whole
  uint64_t seq = 0;  // the first one missing, the head that was lost or cited, or the one there are two of; 0: none
  uint64_t since_ms = 0;  // when it was raised, by this device's clock
  bool past = false;      // made good since, or nobody can any more (LostForGood)
  friend bool operator==(const Alarm&, const Alarm&) = default;
};

// Why two records of one lane cannot both be: signed headers of one place, or of two neighbours of which the later one
// names another predecessor. Anybody can check that. Of a record that another device only says to have seen, there is
// no second header: `cited` is its id, and `by` the lane that says so.
struct Proof {
  Bytes header;  // of the record kept here
  Signature signature;
  Bytes other_header;
  Signature other_signature;
  RecordId cited;
  LaneKey by;

  Bytes Encode() const;
  static Result<Proof> Decode(ByteView bytes);
};

class Alarms {
 public:
  using Place = std::tuple<MailboxId, Code, LaneKey>;

  Result<> Load(Store& store);

  // One that stands keeps its time. A past one stands again, from now on.
  void Raise(Transaction& tx, const Alarm& alarm);
  // Made good: a rollback stays as past, others are forgotten. Nothing where none stands.
  void End(Transaction& tx, const MailboxId& mailbox, Code code, const LaneKey& lane);
  // A person has seen them: forgets those that are past, and equivocations, whose proofs stay.
  void Dismiss(Transaction& tx);

  // Whether any of this kind stands in a mailbox.
  bool Stands(const MailboxId& mailbox, Code code) const;
  // What one says of its lane, standing or past; 0 where there is none.
  uint64_t SeqOf(const Place& place) const {
    const auto found = alarms_.find(place);
    return found == alarms_.end() ? 0 : found->second.seq;
  }
  const std::map<Place, Alarm>& all() const { return alarms_; }

 private:
  std::map<Place, Alarm> alarms_;
};

}  // namespace kith
