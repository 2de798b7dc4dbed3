// Taking words out of records that hold others' too: what survives is said again, byte for byte, in a later record,
// with stubs for what was shredded; then the first one is pruned. Layout and rules: "Repack" in crypto/DESIGN.md.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "client/core/ports.h"
#include "client/core/storage.h"
#include "client/core/transaction.h"
#include "client/wire/pack.h"

namespace kith {

struct State;

// What is remembered of shredding, beside the stubs in the index of entries. All of it is about the self mailbox.
class Shreds {
 public:
  using Place = std::pair<uint32_t, uint64_t>;  // lane number, seq
  // A prune record that names a record which could not be judged yet.
  struct Pruner {
    uint32_t lane = 0;
    uint64_t seq = 0;
  };

  Result<> Load(Store& store);

  // ---- Records with words of a shredded entry, or with words that a prune took from the relay and that survive
  // nowhere else, until they are pruned.
  void Owe(Transaction& tx, const Place& record);
  const std::set<Place>& owed() const { return owed_; }

  // ---- Records that a prune names and that are not here, not read, or not survived yet. Beyond
  // limits::kNamedRecords nothing more is kept.
  void Name(Transaction& tx, const Place& record, const Pruner& by);
  void Unname(Transaction& tx, const Place& record);
  const std::map<Place, Pruner>& named() const { return named_; }

  // The record is pruned: nothing is owed of it, and nothing waits.
  void Settle(Transaction& tx, const Place& record);
  // The lane's records from `first` on were withdrawn before anybody had them: their numbers will be others'.
  void Forget(Transaction& tx, uint32_t lane, uint64_t first);

  // ---- Whether words were taken away that the disk still has somewhere below: until the store was compacted.
  bool compaction_due() const { return compaction_due_; }
  void AskForCompaction(Transaction& tx);
  void Compacted(Transaction& tx);

 private:
  std::set<Place> owed_;
  std::map<Place, Pruner> named_;
  bool compaction_due_ = false;
};

// A record's pack where it is sealed, has its words and opens; nullopt otherwise. Not by State::OpenPack, since whoever
// asks here reads many once. Errors are those of the store.
Result<std::optional<Pack>> ReadPack(const State& state, const Transaction& tx, const storage::Lane& lane,
                                     uint64_t seq);

// What is to become of a record in a self mailbox that a prune names.
enum class PruneVerdict : uint8_t {
  kGoes,     // nothing is lost: all that is in it survives, was shredded, or is a heartbeat
  kStays,    // something would be lost
  kUnknown,  // one of the records it depends on is not here or was not read yet
};

// Judges a record of `lane` by what stands in this person's lanes here. Where it goes, versions that survive are read
// at their new places from then on. Errors are those of the store.
Result<PruneVerdict> JudgePrune(State& state, Transaction& tx, const storage::Lane& lane, uint64_t seq,
                                const Shreds::Pruner& by);
// Likewise, and does what it comes to: the words go from this vault too. A record of this device that holds nothing but
// a heartbeat keeps them, to fill a relay without a hole. What is unknown is named, to be looked at again. What stays
// the relay has dropped all the same, so it is repacked as what is owed, or where another lane claims to have done so,
// by this device at once.
Result<PruneVerdict> ObeyPrune(State& state, Transaction& tx, const storage::Lane& lane, uint64_t seq,
                               const Shreds::Pruner& by);
// Looks again at all that is named. True when something may go on that waited.
Result<bool> ObeyNamedPrunes(State& state, Transaction& tx);

// Finds the records that hold words of these entries, reading all that are here, and owes them.
Result<> FindOwed(State& state, Transaction& tx, const std::set<EntryId>& entries);
// After entries were shredded: takes back what this device knows to be shared of them, makes stubs of what waits here,
// and finds what is owed. Then RepackOwed.
Result<> SweepShredded(State& state, Transaction& tx, const std::set<EntryId>& entries);
// Repacks what is owed in lanes of this device, and adopts what is owed in closed lanes of devices that were revoked or
// whose keys this vault has lost. What survives waits in the outbox, the record to be pruned after it. Of a lane that
// nobody may prune any more all that follows is adopted too, and nothing of it is owed then. Others' records wait for
// their devices.
Result<> RepackOwed(State& state, Transaction& tx);
// Whether this device is the one to repack a lane's records: now, or as soon as the lane is closed.
bool Repacks(const State& state, const storage::Lane& lane);

}  // namespace kith
