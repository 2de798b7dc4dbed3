#include "client/model/merge.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "client/model/merge_text.h"
#include "client/model/tag_set.h"
#include "crypto/base/check.h"

namespace kith {
namespace {

using Index = VersionDag::Index;
using Lookup = std::function<const Content&(Index)>;

bool HasContent(const VersionDag& dag, Index i) { return dag.at(i).state == VersionState::kContent; }

// Heads with words, newest last.
std::vector<Index> ContentHeads(const VersionDag& dag) {
  std::vector<Index> heads;
  for (const Index head : dag.heads()) {
    if (HasContent(dag, head)) heads.push_back(head);
  }
  std::sort(heads.begin(), heads.end(), [&](Index a, Index b) { return CompareAge(dag.at(a), dag.at(b)) < 0; });
  return heads;
}

// The versions at which `heads` parted: the nearest that at least two of them follow. Empty unless each is in the
// history of all heads: then there is no one state that all of them have changed.
std::vector<Index> PartedAt(const VersionDag& dag, const std::vector<Index>& heads) {
  std::vector<size_t> followers(dag.size());
  for (const Index head : heads) {
    const std::vector<bool> history = dag.History(head);
    for (Index i = 0; i < dag.size(); ++i) followers[i] += history[i] ? 1 : 0;
  }
  std::vector<bool> passed(dag.size());
  std::vector<Index> parted;
  for (Index i = static_cast<Index>(dag.size()); i-- > 0;) {
    if (followers[i] < 2) continue;
    if (!passed[i]) {
      if (followers[i] != heads.size()) return {};
      parted.push_back(i);
    }
    for (const Index parent : dag.parents(i)) passed[parent] = true;
  }
  return parted;
}

// Several heads with words becoming one content.
class Joining {
 public:
  Joining(const VersionDag& dag, const Lookup& lookup, const std::vector<Index>& heads) {
    for (const Index head : heads) heads_.push_back(&lookup(head));
    for (const Index at : PartedAt(dag, heads)) {
      if (!HasContent(dag, at)) {
        bases_.clear();
        break;
      }
      bases_.push_back(&lookup(at));
    }
    for (const Content* head : heads_) {
      const auto same = [&](const Content* other) { return *other == *head; };
      if (std::none_of(distinct_.begin(), distinct_.end(), same)) distinct_.push_back(head);
    }
  }

  // All but the tags.
  Content Run() {
    Content out;
    Field(out, &Content::kind);
    Field(out, &Content::title);
    Field(out, &Content::date);
    Field(out, &Content::journal);
    Field(out, &Content::starred);
    Field(out, &Content::location);
    Field(out, &Content::depth);
    Field(out, &Content::unknown);
    Text(out);
    Fields(out);
    return out;
  }

  bool conflict() const { return conflict_; }

 private:
  // The values that heads gave a part of the content, oldest first, without that of the version they parted at.
  template <class Part>
  auto Given(const Part& part) const {
    using T = std::remove_cvref_t<std::invoke_result_t<Part, const Content&>>;
    const T* base = bases_.empty() ? nullptr : &part(*bases_.front());
    for (const Content* other : bases_) {
      if (base != nullptr && !(part(*other) == *base)) base = nullptr;
    }
    std::vector<const T*> given;
    for (const Content* head : heads_) {
      const T& value = part(*head);
      if (base != nullptr && value == *base) continue;
      // A value given twice counts by the newer one.
      std::erase_if(given, [&](const T* other) { return *other == value; });
      given.push_back(&value);
    }
    return given;
  }

  // What a part is to be.
  template <class Part>
  const auto& Join(const Part& part) {
    const auto given = Given(part);
    if (given.size() > 1) conflict_ = true;
    return given.empty() ? part(*heads_.back()) : *given.back();
  }

  template <class T>
  void Field(Content& out, T Content::* field) {
    out.*field = Join([field](const Content& content) -> const T& { return content.*field; });
  }

  // A practice's, each by itself. Fields of another kind than the one that is to be are none of its; if somebody
  // wrote some meanwhile, there are sides to choose from.
  void Fields(Content& out) {
    const auto of_another = [&](const Content* head) {
      return head->kind != out.kind && head->practice != Practice() &&
             std::ranges::none_of(bases_, [&](const Content* base) { return base->practice == head->practice; });
    };
    if (std::ranges::any_of(heads_, of_another)) conflict_ = true;
    std::set<uint8_t> numbers;
    for (const auto* contents : {&heads_, &bases_}) {
      for (const Content* content : *contents) {
        if (content->kind != out.kind) continue;
        for (const auto& [number, value] : content->practice.fields) numbers.insert(number);
      }
    }
    for (const uint8_t number : numbers) {
      static const PracticeValue skipped = std::string();  // none that was given is empty
      const PracticeValue& value = Join([&](const Content& content) -> const PracticeValue& {
        if (content.kind != out.kind) return skipped;
        const auto at = content.practice.fields.find(number);
        return at == content.practice.fields.end() ? skipped : at->second;
      });
      if (value != skipped) out.practice.fields.emplace(number, value);
    }
    out.practice.unknown = Join([&](const Content& content) -> const std::string& {
      static const std::string none;
      return content.kind == out.kind ? content.practice.unknown : none;
    });
  }

  void Text(Content& out) {
    const std::vector<const std::string*> given =
        Given([](const Content& content) -> const std::string& { return content.text; });
    if (given.size() == 2 && distinct_.size() == 2 && bases_.size() == 1) {
      if (std::optional<std::string> text = MergeText(bases_.front()->text, *given[0], *given[1])) {
        out.text = std::move(*text);
        return;
      }
    }
    Field(out, &Content::text);
  }

  std::vector<const Content*> heads_;     // oldest first
  std::vector<const Content*> distinct_;  // of these
  std::vector<const Content*> bases_;
  bool conflict_ = false;
};

std::vector<Side> Sides(const VersionDag& dag, const Lookup& lookup) {
  std::vector<Index> heads = dag.heads();
  std::sort(heads.begin(), heads.end(), [&](Index a, Index b) { return CompareAge(dag.at(a), dag.at(b)) < 0; });
  std::vector<Side> sides;
  for (const Index head : heads) {
    const VersionInfo& version = dag.at(head);
    if (version.state == VersionState::kShredded) continue;
    Side side{version.id, HasContent(dag, head) ? lookup(head) : Content(), version.state == VersionState::kDeleted};
    std::erase_if(sides,
                  [&](const Side& other) { return other.deleted == side.deleted && other.content == side.content; });
    sides.push_back(std::move(side));
  }
  return sides;
}

EntryView JoinHeads(const EntryId& entry, const VersionDag& dag, const Lookup& lookup) {
  EntryView view{.entry = entry, .heads = dag.HeadIds(), .content = {}, .sides = {}};
  const std::vector<Index> heads = ContentHeads(dag);
  if (heads.empty()) {
    view.deleted = true;
    return view;
  }
  if (dag.heads().size() == 1) {
    view.content = lookup(heads.front());
    return view;
  }
  Joining joining(dag, lookup, heads);
  view.content = joining.Run();
  view.content.tags =
      JoinTags(dag, dag.Gate().value_or(0), [&](Index i) -> const std::vector<std::string>& { return lookup(i).tags; });
  view.conflict = joining.conflict();
  view.merged = std::none_of(heads.begin(), heads.end(), [&](Index head) { return lookup(head) == view.content; });
  if (view.conflict) view.sides = Sides(dag, lookup);
  return view;
}

}  // namespace

EntryView View(std::span<const Version> versions) {
  KITH_CHECK(!versions.empty());
  std::vector<VersionInfo> infos;
  std::unordered_map<VersionId, const Content*> contents;
  for (const Version& version : versions) {
    KITH_CHECK(version.entry == versions.front().entry);
    infos.push_back(InfoOf(version));
    if (version.state == VersionState::kContent) contents.emplace(version.id, &version.content);
  }
  const VersionDag dag(std::move(infos));
  return JoinHeads(versions.front().entry, dag, [&](Index i) -> const Content& { return *contents.at(dag.at(i).id); });
}

std::vector<VersionId> NeededContents(const VersionDag& dag) {
  std::vector<VersionId> needed;
  if (ContentHeads(dag).empty()) return needed;
  const Index from = dag.heads().size() == 1 ? dag.heads().front() : dag.Gate().value_or(0);
  for (Index i = from; i < dag.size(); ++i) {
    if (HasContent(dag, i)) needed.push_back(dag.at(i).id);
  }
  return needed;
}

EntryView View(const EntryId& entry, const VersionDag& dag, Contents contents) {
  KITH_CHECK(!dag.empty());
  for (const VersionId& id : NeededContents(dag)) KITH_CHECK(contents.contains(id));
  if (dag.heads().size() == 1 && HasContent(dag, dag.heads().front())) {
    return {.entry = entry,
            .heads = dag.HeadIds(),
            .content = std::move(contents.find(dag.at(dag.heads().front()).id)->second),
            .sides = {}};
  }
  return JoinHeads(entry, dag, [&](Index i) -> const Content& { return contents.find(dag.at(i).id)->second; });
}

}  // namespace kith
