// Records whose words their author took away: which ones count as such, and which still have to be named in a prune
// record, by this person or by whose they are. Layout: "Payload of kind 3, prune" in crypto/DESIGN.md; rules: "Sharing"
// in client/DESIGN.md.
#pragma once

#include <map>
#include <set>

#include "client/core/lanes.h"
#include "client/core/ports.h"
#include "client/core/transaction.h"
#include "crypto/verify/record.h"

namespace kith {

struct Mailbox;
struct State;

class Prunes {
 public:
  Result<> Load(Store& store);

  // ---- What counts. A record without its words holds nothing back where this is true.
  bool Covers(uint32_t lane, uint64_t seq) const { return Covers(lane, seq, seq); }
  bool Covers(uint32_t lane, uint64_t first, uint64_t last) const;  // each from `first` to `last`
  // Whether any record of the lane before this one is pruned.
  bool CoverBefore(uint32_t lane, uint64_t seq) const;
  // From now on these are pruned; none of them has to be named any more. `first` <= `last`.
  void Cover(Transaction& tx, uint32_t lane, uint64_t first, uint64_t last);

  // ---- What is to be named, by lane; of another person's by that person (MayPrune).
  void Want(Transaction& tx, uint32_t lane, uint64_t seq);
  bool Wants(uint32_t lane, uint64_t seq) const;
  const std::map<uint32_t, std::set<uint64_t>>& wanted() const { return wanted_; }

  // The lane's records from `first` on were withdrawn before anybody had them: their numbers will be others'.
  void Forget(Transaction& tx, uint32_t lane, uint64_t first);

 private:
  std::map<uint32_t, std::map<uint64_t, uint64_t>> covered_;  // ranges with at least one number between two of them
  std::map<uint32_t, std::set<uint64_t>> wanted_;
};

// Whether a prune record in `by` may name records of `lane`, both of `mailbox`: the lane itself, or another one of the
// same seat once the lane was closed. The relay asks the same.
bool MayPrune(const Mailbox& mailbox, const LaneKey& by, const LaneKey& lane);
// Whether nobody may ever name records of a lane: its seat was taken away, as by a recovery through trustees.
bool BeyondPruning(const Mailbox& mailbox, const LaneKey& lane);

// Whether a prune record counts. One past its lane's end takes no words from anybody; but what it had the relay drop
// was served empty, and holds nothing back.
enum class PruneWord : uint8_t { kCounts, kIsVoid };

// Takes in a prune record that stands in its lane's chain. One that may not say so, or does not hold, is counted in
// State::refused and changes nothing; in a self mailbox that is so for each record of which something would be lost
// (repack.h). Again for one taken already: changes nothing. True when something may go on that waited. Errors are those
// of the store.
Result<bool> TakePrune(State& state, Transaction& tx, const Mailbox& mailbox, const RecordHeader& header,
                       ByteView payload, PruneWord word);

// Removes a sealed record's words from this vault; its header stays, so that the chain does.
Result<> EmptyRecord(State& state, Transaction& tx, const storage::Lane& lane, uint64_t seq);

}  // namespace kith
