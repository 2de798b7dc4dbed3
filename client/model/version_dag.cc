#include "client/model/version_dag.h"

#include <algorithm>
#include <queue>
#include <utility>

namespace kith {
namespace {

void SortDistinct(std::vector<VersionId>& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

// Takes in another report about the version that `known` describes.
void Unite(VersionInfo& known, bool& known_is_stub, VersionInfo&& other) {
  const bool other_is_stub = other.state == VersionState::kShredded;
  if (known_is_stub && other_is_stub) {
    known.parents.insert(known.parents.end(), other.parents.begin(), other.parents.end());
    SortDistinct(known.parents);
    known.hlc = std::max(known.hlc, other.hlc);
  } else if (known_is_stub) {
    known.parents = std::move(other.parents);
    known.hlc = other.hlc;
    known_is_stub = false;
  } else if (other_is_stub) {
    known.state = VersionState::kShredded;
  }
}

// Kahn's algorithm with the parents as it finds them. Returns places in `versions`; fewer than there are when some
// lie on or behind a circle.
std::vector<uint32_t> TopologicalOrder(const std::vector<VersionInfo>& versions,
                                       const std::vector<std::vector<uint32_t>>& parents) {
  std::vector<std::vector<uint32_t>> children(versions.size());
  std::vector<size_t> missing(versions.size());
  const auto later = [&](uint32_t a, uint32_t b) { return CompareAge(versions[a], versions[b]) > 0; };
  std::priority_queue<uint32_t, std::vector<uint32_t>, decltype(later)> ready(later);
  for (uint32_t i = 0; i < versions.size(); ++i) {
    for (const uint32_t parent : parents[i]) children[parent].push_back(i);
    missing[i] = parents[i].size();
    if (missing[i] == 0) ready.push(i);
  }
  std::vector<uint32_t> order;
  while (!ready.empty()) {
    const uint32_t next = ready.top();
    ready.pop();
    order.push_back(next);
    for (const uint32_t child : children[next]) {
      if (--missing[child] == 0) ready.push(child);
    }
  }
  return order;
}

}  // namespace

VersionInfo InfoOf(const Version& version) { return {version.id, version.parents, version.hlc, version.state}; }

VersionDag::VersionDag(std::vector<VersionInfo> versions) {
  std::vector<VersionInfo> united;
  std::vector<bool> stub_only;
  std::unordered_map<VersionId, size_t> places;
  for (VersionInfo& version : versions) {
    SortDistinct(version.parents);
    const auto [at, added] = places.try_emplace(version.id, united.size());
    if (added) {
      stub_only.push_back(version.state == VersionState::kShredded);
      united.push_back(std::move(version));
    } else {
      bool stub = stub_only[at->second];
      Unite(united[at->second], stub, std::move(version));
      stub_only[at->second] = stub;
    }
  }
  Order(std::move(united), stub_only);
}

void VersionDag::Order(std::vector<VersionInfo> united, const std::vector<bool>& stub_only) {
  std::unordered_map<VersionId, uint32_t> raw;
  for (uint32_t i = 0; i < united.size(); ++i) raw[united[i].id] = i;
  std::vector<std::vector<uint32_t>> raw_parents(united.size());
  for (uint32_t i = 0; i < united.size(); ++i) {
    for (const VersionId& parent : united[i].parents) {
      if (const auto found = raw.find(parent); found != raw.end() && found->second != i) {
        raw_parents[i].push_back(found->second);
      }
    }
  }
  std::vector<uint32_t> order = TopologicalOrder(united, raw_parents);
  // Every circle has a stub in it, since nobody can make hashes cite each other in one.
  for (const bool stubs_alone : {true, false}) {
    if (order.size() == united.size()) break;
    std::vector<bool> placed(united.size());
    for (const uint32_t i : order) placed[i] = true;
    for (uint32_t i = 0; i < united.size(); ++i) {
      if (!placed[i] && (stub_only[i] || !stubs_alone)) raw_parents[i].clear();
    }
    order = TopologicalOrder(united, raw_parents);
  }

  std::vector<Index> index_of(united.size());
  for (Index i = 0; i < order.size(); ++i) index_of[order[i]] = i;
  std::vector<bool> cited(united.size());
  for (const uint32_t from : order) {
    std::vector<Index> known;
    for (const uint32_t parent : raw_parents[from]) known.push_back(index_of[parent]);
    std::sort(known.begin(), known.end());
    for (const Index parent : known) cited[parent] = true;
    places_.emplace(united[from].id, static_cast<Index>(parents_.size()));
    parents_.push_back(std::move(known));
    versions_.push_back(std::move(united[from]));
  }
  for (Index i = 0; i < versions_.size(); ++i) {
    if (!cited[i]) heads_.push_back(i);
  }
}

std::optional<VersionDag::Index> VersionDag::Find(const VersionId& id) const {
  const auto found = places_.find(id);
  if (found == places_.end()) return std::nullopt;
  return found->second;
}

std::vector<VersionId> VersionDag::HeadIds() const {
  std::vector<VersionId> ids;
  ids.reserve(heads_.size());
  for (const Index head : heads_) ids.push_back(versions_[head].id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

bool VersionDag::IsAncestor(const VersionId& ancestor, const VersionId& descendant) const {
  const auto from = Find(ancestor);
  const auto to = Find(descendant);
  return from && to && *from < *to && History(*to)[*from];
}

std::vector<bool> VersionDag::History(Index of) const {
  std::vector<bool> in(versions_.size());
  in[of] = true;
  for (Index i = of + 1; i-- > 0;) {
    if (!in[i]) continue;
    for (const Index parent : parents_[i]) in[parent] = true;
  }
  return in;
}

std::vector<VersionDag::Index> VersionDag::NearestCommonAncestors(Index a, Index b) const {
  const std::vector<bool> of_a = History(a);
  const std::vector<bool> of_b = History(b);
  std::vector<bool> followed(versions_.size());
  std::vector<Index> nearest;
  for (Index i = static_cast<Index>(versions_.size()); i-- > 0;) {
    if (!of_a[i] || !of_b[i]) continue;
    if (!followed[i]) nearest.push_back(i);
    for (const Index parent : parents_[i]) followed[parent] = true;
  }
  std::reverse(nearest.begin(), nearest.end());
  return nearest;
}

std::optional<VersionDag::Index> VersionDag::Gate() const {
  // Everything before i is its ancestor iff the versions up to i have i as their only head. Everything behind it is
  // its descendant iff each has a parent at i or behind i.
  const size_t count = versions_.size();
  std::vector<bool> only_head(count);
  std::vector<bool> cited(count);
  size_t heads = 0;
  for (Index i = 0; i < count; ++i) {
    for (const Index parent : parents_[i]) {
      if (!cited[parent]) --heads;
      cited[parent] = true;
    }
    only_head[i] = ++heads == 1;
  }
  Index lowest = static_cast<Index>(count);  // of the highest parents of all versions behind i
  for (Index i = static_cast<Index>(count); i-- > 0;) {
    if (only_head[i] && lowest >= i && versions_[i].state == VersionState::kContent) return i;
    if (parents_[i].empty()) return std::nullopt;
    lowest = std::min(lowest, parents_[i].back());
  }
  return std::nullopt;
}

std::optional<VersionId> NewestContent(const VersionDag& dag) {
  for (size_t i = dag.size(); i-- > 0;) {
    const VersionInfo& version = dag.versions()[i];
    if (version.state == VersionState::kContent) return version.id;
  }
  return std::nullopt;
}

}  // namespace kith
