// Tags as an observed-remove set over the versions of one entry: a removal takes away the additions it had seen, and
// no other. Nothing is stored for it; additions and removals follow from the versions' tags and their parents.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "client/model/version_dag.h"

namespace kith {

// The tags of one version; asked for versions with content only, from `from` on. Good until the call returns.
using TagsOf = std::function<const std::vector<std::string>&(VersionDag::Index)>;

// The tags that show at the join of all heads, sorted. `from`: the gate of the dag, or 0.
//
// A version adds a tag (makes a dot) if it has it and the join of its parents has no living dot of it. A dot lives at
// a join if, for each version joined, it lives there or is not in that version's history. It lives at a version if it
// lives at the join of its parents and the version has the tag; a deletion or shredding leaves tags as they were. A tag
// shows at a join if a dot of it lives, or if all versions joined show it (each may have killed the other's dot, and
// yet nobody wanted it gone).
std::vector<std::string> JoinTags(const VersionDag& dag, VersionDag::Index from, const TagsOf& tags_of);

}  // namespace kith
