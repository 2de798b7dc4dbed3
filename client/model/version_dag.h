// Who follows whom among the versions of one entry. Needs ids, parents and state only, never words, so that it can be
// built from an index. An immutable value: safe to read from several threads.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "client/model/entry.h"

namespace kith {

// What an index must keep of a version.
struct VersionInfo {
  VersionId id;
  std::vector<VersionId> parents;
  Hlc hlc = 0;
  VersionState state = VersionState::kContent;

  friend bool operator==(const VersionInfo&, const VersionInfo&) = default;
};

VersionInfo InfoOf(const Version& version);

// Which of two versions that do not follow one another counts as newer: HLC, then id.
inline std::strong_ordering CompareAge(const VersionInfo& a, const VersionInfo& b) {
  if (const auto order = a.hlc <=> b.hlc; order != 0) return order;
  return a.id <=> b.id;
}

// The graph of the versions known here. The same set of versions gives the same graph in whatever order, and however
// often, they are handed in.
//
// A version may cite parents that are not known: they may arrive later, and until then count for nothing.
//
// The stub of a shredded version takes its version's place. A version's parents are under its hash but a stub's are a
// device's mere word, so the parents of the version itself win where both are known, several stubs of one version
// are united, and the parents of stubs that would close a circle are ignored.
class VersionDag {
 public:
  // A version's place in the order of display: topological (parents first), then HLC, then id.
  using Index = uint32_t;

  VersionDag() = default;
  explicit VersionDag(std::vector<VersionInfo> versions);

  size_t size() const { return versions_.size(); }
  bool empty() const { return versions_.empty(); }

  // In the order of display.
  std::span<const VersionInfo> versions() const { return versions_; }
  const VersionInfo& at(Index index) const { return versions_[index]; }
  // Known parents, ascending; each is smaller than `index`.
  std::span<const Index> parents(Index index) const { return parents_[index]; }
  std::optional<Index> Find(const VersionId& id) const;

  // Versions that no known version cites as parent, ascending.
  const std::vector<Index>& heads() const { return heads_; }
  // The same, as sorted ids: what the next edit, deletion or restoration cites.
  std::vector<VersionId> HeadIds() const;

  // Whether `descendant` follows `ancestor`, at any distance. A version is not its own ancestor. False if either is
  // unknown.
  bool IsAncestor(const VersionId& ancestor, const VersionId& descendant) const;
  // One flag per version: `of` itself and all its ancestors.
  std::vector<bool> History(Index of) const;

  // The common ancestors of both that no other common ancestor follows, ascending. A version counts among its own
  // ancestors here, as everywhere in the literature on merging: of (x, x), or of an x and its descendant, it is {x}.
  std::vector<Index> NearestCommonAncestors(Index a, Index b) const;

  // The newest version with content to which every other known version is ancestor or descendant: nothing before it
  // can matter to a merge. nullopt: there is none.
  std::optional<Index> Gate() const;

 private:
  void Order(std::vector<VersionInfo> united, const std::vector<bool>& stub_only);

  std::vector<VersionInfo> versions_;
  std::vector<std::vector<Index>> parents_;
  std::unordered_map<VersionId, Index> places_;
  std::vector<Index> heads_;
};

// The newest version that has words, to bring a deleted entry back from. nullopt: every version is deleted or shredded.
std::optional<VersionId> NewestContent(const VersionDag& dag);

}  // namespace kith
