// What an entry shows, worked out from its versions each time it is read; nothing of it is ever stored or sent. A pure
// function of the set of versions: neither order, repetition nor partition of their arrival matters. Rules and
// reasons: "Merge" in client/DESIGN.md.
#pragma once

#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

#include "client/model/entry.h"
#include "client/model/version_dag.h"

namespace kith {

// What one head says by itself. Heads of equal content are one side, under the newest of their ids.
struct Side {
  VersionId id;
  Content content;  // empty if deleted
  bool deleted = false;

  friend bool operator==(const Side&, const Side&) = default;
};

struct EntryView {
  EntryId entry;
  std::vector<VersionId> heads;  // sorted; what the next edit, deletion or restoration cites
  bool deleted = false;          // no head has words: all are deleted or shredded
  bool merged = false;           // `content` was put together from several heads; no head says just this
  bool conflict = false;         // some field could not be merged; then `sides` holds all there is to choose from
  // What is shown; empty if deleted. A field that could not be merged is as in the newest head that changed it (HLC,
  // then id), and whole: never a mixture of two texts that do not fit.
  Content content;
  // Only in a conflict: every head but shredded ones, oldest first.
  std::vector<Side> sides;

  friend bool operator==(const EntryView&, const EntryView&) = default;
};

// Of versions that are at hand in full; the same version may come several times, also as a stub. All of one entry, at
// least one.
EntryView View(std::span<const Version> versions);

// The same in two steps, for a caller that keeps ids, parents and states in an index and reads words only when needed.
// One head, as nearly always: its own id, or nothing if it is deleted. Several: what came since they parted.
std::vector<VersionId> NeededContents(const VersionDag& dag);
using Contents = std::unordered_map<VersionId, Content>;
// `contents` must hold NeededContents(dag), and may hold more; the content of an only head is moved, not copied. The
// dag is not empty.
EntryView View(const EntryId& entry, const VersionDag& dag, Contents contents);

}  // namespace kith
