// Destroying an entry. Rules: "Shredding" in client/DESIGN.md. How words
// leave records that hold others' too: repack.h.
#pragma once

#include <string>
#include <vector>

#include "client/core/sharing.h"

namespace kith {

struct ShredOutcome {
  uint64_t versions = 0;              // that were destroyed here
  std::vector<SentShare> taken_back;  // what was known of each share before, held ones too
  // Names of this person's other devices whose records hold its words until they have synced; empty for one without a
  // name.
  std::vector<std::string> waiting_for;
  // Whether the relay has words of shredded entries for good: in lanes of before a recovery by trustees, which nobody
  // may prune.
  bool kept_by_relay = false;
};

// Destroys every version of an entry, its shares and its held copies; this person's other devices do the same once they
// hear of it. Durable when it returns; what lay on the disk is gone after the next compaction
// (Shreds::compaction_due). One that is shredded already: nothing changes, and what is still waited for is told.
// kNotFound. After an error of the store the state must not be used again.
Result<ShredOutcome> ShredEntry(State& state, const EntryId& entry);

}  // namespace kith
