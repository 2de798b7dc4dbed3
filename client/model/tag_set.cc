#include "client/model/tag_set.h"

#include <algorithm>

namespace kith {
namespace {

using Index = VersionDag::Index;
using Bits = std::vector<bool>;  // one per dot; dots beyond the end are false

bool Has(const Bits& bits, size_t dot) { return dot < bits.size() && bits[dot]; }

void Set(Bits& bits, size_t dot) {
  if (dot >= bits.size()) bits.resize(dot + 1);
  bits[dot] = true;
}

// How one tag stands at a version, or at a join of several.
struct Standing {
  Bits seen;   // dots in the history
  Bits alive;  // of these
  bool shown = false;
};

Standing Join(const std::vector<const Standing*>& joined, size_t dots) {
  Standing out;
  bool any_alive = false;
  for (size_t dot = 0; dot < dots; ++dot) {
    bool seen = false;
    bool alive = true;
    for (const Standing* one : joined) {
      if (!Has(one->seen, dot)) continue;
      seen = true;
      alive = alive && Has(one->alive, dot);
    }
    if (seen) Set(out.seen, dot);
    if (seen && alive) Set(out.alive, dot);
    any_alive = any_alive || (seen && alive);
  }
  const auto shown = [](const Standing* one) { return one->shown; };
  out.shown = any_alive || (!joined.empty() && std::all_of(joined.begin(), joined.end(), shown));
  return out;
}

// `tagged`: one flag per version from `from` on, whether it has the tag (false without content).
bool ShownAtHeads(const VersionDag& dag, Index from, const Bits& tagged) {
  std::vector<Standing> standings(dag.size() - from);
  size_t dots = 0;
  std::vector<const Standing*> joined;
  const auto gather = [&](std::span<const Index> versions) {
    joined.clear();
    for (const Index version : versions) {
      if (version >= from) joined.push_back(&standings[version - from]);
    }
  };
  for (Index i = from; i < dag.size(); ++i) {
    gather(dag.parents(i));
    Standing here = Join(joined, dots);
    if (dag.at(i).state == VersionState::kContent) {
      here.shown = tagged[i - from];
      if (!here.shown) {
        here.alive.clear();
      } else if (std::find(here.alive.begin(), here.alive.end(), true) == here.alive.end()) {
        Set(here.seen, dots);
        Set(here.alive, dots);
        ++dots;
      }
    }
    standings[i - from] = std::move(here);
  }
  gather(dag.heads());
  return Join(joined, dots).shown;
}

}  // namespace

std::vector<std::string> JoinTags(const VersionDag& dag, Index from, const TagsOf& tags_of) {
  std::vector<std::string> candidates;
  for (Index i = from; i < dag.size(); ++i) {
    if (dag.at(i).state != VersionState::kContent) continue;
    const std::vector<std::string>& tags = tags_of(i);
    candidates.insert(candidates.end(), tags.begin(), tags.end());
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());

  std::vector<std::string> shown;
  for (std::string& tag : candidates) {
    Bits tagged(dag.size() - from);
    for (Index i = from; i < dag.size(); ++i) {
      if (dag.at(i).state != VersionState::kContent) continue;
      const std::vector<std::string>& tags = tags_of(i);
      tagged[i - from] = std::find(tags.begin(), tags.end(), tag) != tags.end();
    }
    if (ShownAtHeads(dag, from, tagged)) shown.push_back(std::move(tag));
  }
  return shown;
}

}  // namespace kith
