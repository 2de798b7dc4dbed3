// The index of entries: which versions each has and where their words are, and the lists by date. Derived from
// operations, kept in the same transaction as they are.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/core/entry_filter.h"
#include "client/core/storage.h"
#include "client/core/transaction.h"
#include "client/model/merge.h"
#include "client/model/version_dag.h"

namespace kith {

// Fetches a version's operation from its place.
using LoadVersion = std::function<Result<Version>(const Transaction& tx, const storage::EntryVersions::Item& item)>;

class EntryIndex {
 public:
  // `store` outlives it.
  EntryIndex(Store& store, LoadVersion load) : store_(store), load_(std::move(load)) {}

  Result<> Load();

  // Takes in a version whose id and content are known, and puts the entry where the lists show it now. One that is
  // known already changes nothing, and its place is returned. A stub ends the whole entry: every version of it is a
  // shredded one from then on, also those that come later, and no list shows it. The operation must be readable at
  // `place` through `tx`. kTooLarge past limits::kVersionsPerEntry.
  enum class Fate : uint8_t { kStands, kShreddedNow, kShreddedBefore };
  struct Added {
    std::optional<storage::Place> known;
    Fate fate = Fate::kStands;
  };
  Result<Added> Add(Transaction& tx, const Version& version, const storage::Place& place);
  // The version's operation is to be read elsewhere from now on.
  Result<> Move(Transaction& tx, const EntryId& entry, const VersionId& id, const storage::Place& place);

  // nullopt: no such entry.
  Result<std::optional<storage::EntryVersions>> Versions(const Transaction& tx, const EntryId& entry);
  // The entry as it is shown, from its versions; a deleted one with the words a restore would bring back.
  Result<EntryView> View(const Transaction& tx, const EntryId& entry, const storage::EntryVersions& versions) const;
  // All versions with their words, in the order of the index.
  Result<std::vector<Version>> LoadAll(const Transaction& tx, const EntryId& entry,
                                       const storage::EntryVersions& versions) const;

  // Entries that say what lists leave out (SaysWhatIsQuiet), and perhaps some that did so before. The first call reads
  // all rows of the list.
  Result<std::vector<EntryId>> SayingWhatIsQuiet();

  const storage::Counts& counts() const { return counts_; }

 private:
  Result<> List(Transaction& tx, const EntryId& entry, storage::EntryVersions& versions, const EntryView& view);
  // Makes stubs of all versions; no list has the entry then.
  void End(Transaction& tx, const EntryId& entry, storage::EntryVersions& versions);
  void Unlist(Transaction& tx, const EntryId& entry, storage::EntryVersions& versions);
  Result<> OnUnknown();

  Store& store_;
  LoadVersion load_;
  storage::Counts counts_;
  EntryFilter filter_;  // those added here; once it is complete, all
  bool complete_ = false;
  uint64_t unknown_ = 0;                     // asked for and not there, until it is complete
  std::optional<std::set<EntryId>> saying_;  // SayingWhatIsQuiet; nullopt: not asked for yet
};

// What a list shows of an entry in this state.
storage::Summary Summarize(const EntryId& entry, const EntryView& view);

// Whether the entry's words were destroyed.
bool IsShredded(const storage::EntryVersions& versions);

// The ids of versions that no other one of the entry cites, ascending.
std::vector<VersionId> HeadsOf(const storage::EntryVersions& versions);

}  // namespace kith
