// What must hold of every history: convergence, nothing lost, and the laws of merging.
#include "client/model/merge.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "tests/property/histories.h"

namespace kith {
namespace {

using histories::AnyHistory;
using histories::History;

std::vector<Version> Held(const std::map<VersionId, Version>& device) {
  std::vector<Version> out;
  for (const auto& [id, version] : device) out.push_back(version);
  return out;
}

std::vector<Version> Concat(std::vector<Version> a, const std::vector<Version>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

VersionDag DagOf(const std::vector<Version>& versions) {
  std::vector<VersionInfo> infos;
  for (const Version& version : versions) infos.push_back(InfoOf(version));
  return VersionDag(std::move(infos));
}

template <class T>
void Shuffle(std::vector<T>& items) {
  for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[*rc::gen::inRange<size_t>(0, i)]);
}

RC_GTEST_PROP(Merge, AnyOrderAndRepetitionGiveTheSameView, ()) {
  const History history = *AnyHistory();
  const EntryView expected = View(history.all);
  std::vector<Version> delivered = history.all;
  const size_t again = *rc::gen::inRange<size_t>(0, history.all.size() + 1);
  delivered.insert(delivered.end(), history.all.begin(), history.all.begin() + static_cast<ptrdiff_t>(again));
  Shuffle(delivered);
  RC_ASSERT(View(delivered) == expected);
}

RC_GTEST_PROP(Merge, AStubTakesItsVersionsPlaceInAnyOrder, ()) {
  const History history = *AnyHistory();
  std::vector<Version> delivered = history.all;
  std::vector<Version> shredded = history.all;
  const size_t which = *rc::gen::inRange<size_t>(0, history.all.size());
  if (shredded[which].state != VersionState::kContent) return;
  shredded[which].state = VersionState::kShredded;
  shredded[which].content = {};
  delivered.push_back(shredded[which]);
  Shuffle(delivered);
  RC_ASSERT(View(delivered) == View(shredded));
}

RC_GTEST_PROP(Merge, JoinIsCommutativeAssociativeAndIdempotent, ()) {
  const History history = *AnyHistory();
  const std::vector<Version> a = Held(history.devices[0]);
  const std::vector<Version> b = Held(history.devices[1]);
  const std::vector<Version> c = Held(history.devices[2]);
  RC_ASSERT(View(Concat(a, b)) == View(Concat(b, a)));
  RC_ASSERT(View(Concat(Concat(a, b), c)) == View(Concat(a, Concat(b, c))));
  RC_ASSERT(View(Concat(a, a)) == View(a));
  RC_ASSERT(View(Concat(Concat(a, b), b)) == View(Concat(a, b)));
}

RC_GTEST_PROP(Merge, OnlyTheNeededContentsAreNeeded, ()) {
  const History history = *AnyHistory();
  const VersionDag dag = DagOf(history.all);
  const std::vector<VersionId> needed = NeededContents(dag);
  Contents contents;
  for (const Version& version : history.all) {
    if (std::find(needed.begin(), needed.end(), version.id) != needed.end()) contents[version.id] = version.content;
  }
  RC_ASSERT(contents.size() == needed.size());
  if (dag.heads().size() == 1) RC_ASSERT(needed.size() <= 1u);
  RC_ASSERT(View(history.all.front().entry, dag, contents) == View(history.all));
}

// The same tags from the definition, over the whole history and with sets of versions.
struct Dots {
  std::set<VersionId> seen, alive;
  bool shown = false;
};

Dots JoinDots(const std::vector<Dots>& joined) {
  Dots out;
  for (const Dots& one : joined) out.seen.insert(one.seen.begin(), one.seen.end());
  for (const VersionId& dot : out.seen) {
    const bool lives = std::all_of(joined.begin(), joined.end(),
                                   [&](const Dots& one) { return one.alive.contains(dot) || !one.seen.contains(dot); });
    if (lives) out.alive.insert(dot);
  }
  const bool all =
      !joined.empty() && std::all_of(joined.begin(), joined.end(), [](const Dots& one) { return one.shown; });
  out.shown = all || !out.alive.empty();
  return out;
}

Dots DotsAt(const std::map<VersionId, Version>& versions, const VersionId& at, const std::string& tag,
            std::map<VersionId, Dots>& memo) {
  if (const auto found = memo.find(at); found != memo.end()) return found->second;
  const Version& version = versions.at(at);
  std::vector<Dots> parents;
  for (const VersionId& parent : version.parents) parents.push_back(DotsAt(versions, parent, tag, memo));
  Dots here = JoinDots(parents);
  if (version.state == VersionState::kContent) {
    here.shown = std::find(version.content.tags.begin(), version.content.tags.end(), tag) != version.content.tags.end();
    if (!here.shown) here.alive.clear();
    if (here.shown && here.alive.empty()) {
      here.alive.insert(at);
      here.seen.insert(at);
    }
  }
  return memo[at] = here;
}

RC_GTEST_PROP(Merge, TagsAreAnObservedRemoveSet, ()) {
  const History history = *AnyHistory();
  const EntryView view = View(history.all);
  if (view.deleted) return;
  std::map<VersionId, Version> versions;
  for (const Version& version : history.all) versions.emplace(version.id, version);
  for (const std::string tag : {"a", "b", "c", "d"}) {
    std::map<VersionId, Dots> memo;
    std::vector<Dots> heads;
    for (const VersionId& head : view.heads) heads.push_back(DotsAt(versions, head, tag, memo));
    const bool shown = std::find(view.content.tags.begin(), view.content.tags.end(), tag) != view.content.tags.end();
    RC_ASSERT(shown == JoinDots(heads).shown);
  }
}

RC_GTEST_PROP(Merge, AnAdditionOutlivesARemovalThatDidNotSeeIt, ()) {
  const History history = *AnyHistory();
  const EntryView before = View(history.all);
  if (before.deleted) return;
  const auto child = [&](uint64_t number, Content content) {
    return Version{histories::IdOf(number), before.entry,      before.heads, number,
                   VersionState::kContent,  std::move(content)};
  };
  Content without = before.content;
  std::erase(without.tags, "a");
  Content with = before.content;
  with.tags.emplace_back("z");
  const Version removal = child(1'000'001, without);
  const Version addition = child(1'000'002, with);
  const EntryView after = View(Concat(history.all, {removal, addition}));
  std::vector<std::string> expected = without.tags;
  expected.emplace_back("z");
  RC_ASSERT(after.content.tags == expected);
}

RC_GTEST_PROP(Merge, NoUpdateIsLost, ()) {
  const History history = *AnyHistory();
  const EntryView view = View(history.all);
  const VersionDag dag = DagOf(history.all);
  std::map<VersionId, Version> versions;
  for (const Version& version : history.all) versions.emplace(version.id, version);

  std::set<VersionId> accounted(view.heads.begin(), view.heads.end());
  for (const Version& version : history.all) {
    const bool ancestor = std::any_of(view.heads.begin(), view.heads.end(),
                                      [&](const VersionId& head) { return dag.IsAncestor(version.id, head); });
    RC_ASSERT(ancestor != accounted.contains(version.id));
  }
  for (const VersionId& head : view.heads) {
    const Version& version = versions.at(head);
    if (version.state != VersionState::kContent) continue;
    RC_ASSERT(!view.deleted);
    const auto says_so = [&](const Side& side) { return !side.deleted && side.content == version.content; };
    if (view.conflict) {
      RC_ASSERT(std::any_of(view.sides.begin(), view.sides.end(), says_so));
      continue;
    }
    RC_ASSERT(view.sides.empty());
    // Without a conflict every word this head brought in is shown: words are never used twice.
    std::set<std::string> older;
    std::set<std::string> older_fields;
    for (const Version& other : history.all) {
      if (!dag.IsAncestor(other.id, head)) continue;
      for (const std::string& word : histories::WordsOf(other.content.text)) older.insert(word);
      older_fields.insert({other.content.title, other.content.unknown});
    }
    const auto kept = [&](const std::string& own, const std::string& shown) {
      return own == shown || older_fields.contains(own);
    };
    RC_ASSERT(kept(version.content.title, view.content.title));
    RC_ASSERT(kept(version.content.unknown, view.content.unknown));
    // Each field of a practice by itself.
    for (const auto& [number, value] : version.content.practice.fields) {
      const auto shows = [number = number, &value = value](const Content& content) {
        const auto at = content.practice.fields.find(number);
        return at != content.practice.fields.end() && at->second == value;
      };
      RC_ASSERT(shows(view.content) || std::any_of(history.all.begin(), history.all.end(), [&](const Version& other) {
                  return dag.IsAncestor(other.id, head) && shows(other.content);
                }));
    }
    const std::vector<std::string> shown = histories::WordsOf(view.content.text);
    for (const std::string& word : histories::WordsOf(version.content.text)) {
      RC_ASSERT(older.contains(word) || std::binary_search(shown.begin(), shown.end(), word));
    }
  }
}

RC_GTEST_PROP(Merge, DeletedOnlyIfNoHeadHasWords, ()) {
  const History history = *AnyHistory();
  const EntryView view = View(history.all);
  const VersionDag dag = DagOf(history.all);
  const bool words = std::any_of(dag.heads().begin(), dag.heads().end(),
                                 [&](VersionDag::Index head) { return dag.at(head).state == VersionState::kContent; });
  RC_ASSERT(view.deleted == !words);
  if (view.deleted) RC_ASSERT(view.content == Content());
}

RC_GTEST_PROP(Merge, AnEditBeatsADeletion, ()) {
  const History history = *AnyHistory();
  const EntryView before = View(history.all);
  if (before.deleted) return;
  Content edited = before.content;
  edited.text += "\n\nedited";
  const Version edit{histories::IdOf(1'000'001), before.entry,           before.heads,
                     *rc::gen::arbitrary<Hlc>(), VersionState::kContent, edited};
  const Version deletion{histories::IdOf(1'000'002), before.entry,           before.heads,
                         *rc::gen::arbitrary<Hlc>(), VersionState::kDeleted, {}};
  const EntryView after = View(Concat(history.all, {deletion, edit}));
  RC_ASSERT(!after.deleted);
  RC_ASSERT(!after.conflict);
  RC_ASSERT(after.content == edited);
}

RC_GTEST_PROP(Merge, AnEditThatCitesAllHeadsEndsTheMatter, ()) {
  const History history = *AnyHistory();
  const EntryView before = View(history.all);
  Content edited = before.content;
  edited.title = "settled";
  const Version edit{histories::IdOf(1'000'001), before.entry, before.heads, 0, VersionState::kContent, edited};
  const EntryView after = View(Concat(history.all, {edit}));
  RC_ASSERT(after.heads == std::vector<VersionId>{edit.id});
  RC_ASSERT(after.content == edited);
  RC_ASSERT(!after.conflict && !after.merged && after.sides.empty());
}

RC_GTEST_PROP(Merge, TheOrderOfDisplayIsTopological, ()) {
  const History history = *AnyHistory();
  std::vector<Version> shuffled = history.all;
  Shuffle(shuffled);
  const VersionDag dag = DagOf(shuffled);
  RC_ASSERT(dag.size() == history.all.size());
  for (VersionDag::Index i = 0; i < dag.size(); ++i) {
    for (const VersionId& parent : dag.at(i).parents) {
      if (const auto place = dag.Find(parent)) RC_ASSERT(*place < i);
    }
  }
  const VersionDag other = DagOf(history.all);
  RC_ASSERT(std::equal(dag.versions().begin(), dag.versions().end(), other.versions().begin(), other.versions().end()));
}

RC_GTEST_PROP(Merge, NearestCommonAncestorsByDefinition, ()) {
  const History history = *AnyHistory();
  const VersionDag dag = DagOf(history.all);
  const auto a = *rc::gen::inRange<VersionDag::Index>(0, static_cast<VersionDag::Index>(dag.size()));
  const auto b = *rc::gen::inRange<VersionDag::Index>(0, static_cast<VersionDag::Index>(dag.size()));
  const auto below = [&](VersionDag::Index x, VersionDag::Index y) {
    return x == y || dag.IsAncestor(dag.at(x).id, dag.at(y).id);
  };
  std::vector<VersionDag::Index> common;
  for (VersionDag::Index i = 0; i < dag.size(); ++i) {
    if (below(i, a) && below(i, b)) common.push_back(i);
  }
  std::vector<VersionDag::Index> nearest;
  for (const VersionDag::Index i : common) {
    if (std::none_of(common.begin(), common.end(), [&](VersionDag::Index j) { return j != i && below(i, j); }))
      nearest.push_back(i);
  }
  RC_ASSERT(dag.NearestCommonAncestors(a, b) == nearest);
}

// The properties above say little about histories in which nothing happens at once.
TEST(Histories, HoldWhatThePropertiesAreAbout) {
  size_t conflicts = 0, merged_texts = 0, several_heads = 0, crossed = 0, deleted = 0;
  EXPECT_TRUE(rc::check([&] {
    const History history = *AnyHistory();
    const EntryView view = View(history.all);
    const VersionDag dag = DagOf(history.all);
    const auto says_the_text = [&](const Version& version) { return version.content.text == view.content.text; };
    deleted += view.deleted ? 1 : 0;
    conflicts += view.conflict ? 1 : 0;
    several_heads += view.heads.size() > 2 ? 1 : 0;
    merged_texts += view.merged && std::none_of(history.all.begin(), history.all.end(), says_the_text) ? 1 : 0;
    crossed += view.heads.size() > 1 && dag.NearestCommonAncestors(dag.heads()[0], dag.heads()[1]).size() > 1 ? 1 : 0;
  }));
  for (const size_t count : {conflicts, merged_texts, several_heads, crossed, deleted}) EXPECT_GE(count, 3u);
}

// Ids and parents from anywhere, circles of stubs among them: whatever arrives, there is an answer, always the same.
RC_GTEST_PROP(Merge, AnyGraphHasHeadsAndAnOrder, ()) {
  const auto count = *rc::gen::inRange<size_t>(1, 12);
  std::vector<VersionInfo> infos;
  for (size_t i = 0; i < count; ++i) {
    VersionInfo info{.id = histories::IdOf(i), .parents = {}, .hlc = *rc::gen::inRange<Hlc>(0, 4)};
    info.state = *rc::gen::element(VersionState::kContent, VersionState::kDeleted, VersionState::kShredded);
    for (const size_t parent : *rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(0, 14))) {
      // Only a stub can lie about its parents.
      if (parent < i || parent >= count || info.state == VersionState::kShredded)
        info.parents.push_back(histories::IdOf(parent));
    }
    infos.push_back(info);
  }
  const VersionDag dag(infos);
  RC_ASSERT(dag.size() == count);
  RC_ASSERT(!dag.heads().empty());
  Shuffle(infos);
  const VersionDag again(infos);
  RC_ASSERT(std::equal(dag.versions().begin(), dag.versions().end(), again.versions().begin(), again.versions().end()));
  RC_ASSERT(dag.heads() == again.heads());
}

}  // namespace
}  // namespace kith
