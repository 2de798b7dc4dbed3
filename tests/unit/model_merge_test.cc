#include <gtest/gtest.h>

#include "client/model/merge.h"
#include "tests/unit/model_testing.h"

namespace kith {
namespace {

using model_testing::Id;
using model_testing::Make;
using model_testing::Says;
using model_testing::Without;
using Tags = std::vector<std::string>;

EntryView ViewOf(const std::vector<Version>& versions) { return View(versions); }

Content Titled(std::string title) {
  Content content = Says("text");
  content.title = std::move(title);
  return content;
}

TEST(View, OneVersion) {
  const EntryView view = ViewOf({Make(1, {}, Says("hello", {"a"}))});
  EXPECT_EQ(view.heads, std::vector{Id(1)});
  EXPECT_EQ(view.content, Says("hello", {"a"}));
  EXPECT_FALSE(view.deleted || view.merged || view.conflict);
  EXPECT_TRUE(view.sides.empty());
}

TEST(View, LaterOfTwo) {
  const EntryView view = ViewOf({Make(9, {}, Says("old")), Make(1, {9}, Says("new"))});
  EXPECT_EQ(view.heads, std::vector{Id(1)});
  EXPECT_EQ(view.content.text, "new");
}

TEST(View, TextsThatFitAreMerged) {
  const EntryView view = ViewOf(
      {Make(1, {}, Says("one\ntwo\n")), Make(2, {1}, Says("ONE\ntwo\n")), Make(3, {1}, Says("one\ntwo\nthree\n"))});
  EXPECT_EQ(view.heads, (std::vector{Id(2), Id(3)}));
  EXPECT_EQ(view.content.text, "ONE\ntwo\nthree\n");
  EXPECT_TRUE(view.merged);
  EXPECT_FALSE(view.conflict);
  EXPECT_TRUE(view.sides.empty());
}

TEST(View, TextsThatOverlapAreShownSideBySide) {
  const EntryView view = ViewOf({Make(1, {}, Says("one")), Make(3, {1}, Says("uno")), Make(2, {1}, Says("eins"))});
  EXPECT_TRUE(view.conflict);
  EXPECT_FALSE(view.merged);
  EXPECT_EQ(view.content.text, "uno");  // the newest, whole
  EXPECT_EQ(view.sides, (std::vector<Side>{{Id(2), Says("eins"), false}, {Id(3), Says("uno"), false}}));
}

TEST(View, EqualClocksAreDecidedById) {
  Version a = Make(2, {1}, Says("eins"));
  Version b = Make(3, {1}, Says("uno"));
  a.hlc = b.hlc = 7;
  EXPECT_EQ(ViewOf({Make(1, {}, Says("one")), b, a}).content.text, "uno");
}

TEST(View, ThreeHeadsAreNotMergedIntoAText) {
  const std::vector<Version> versions = {Make(1, {}, Says("one\ntwo\nthree")), Make(2, {1}, Says("ONE\ntwo\nthree")),
                                         Make(3, {1}, Says("one\nTWO\nthree")), Make(4, {1}, Says("one\ntwo\nTHREE"))};
  const EntryView view = ViewOf(versions);
  EXPECT_TRUE(view.conflict);
  EXPECT_EQ(view.sides.size(), 3u);
  EXPECT_EQ(view.content.text, "one\ntwo\nTHREE");
}

TEST(View, NorAreTwoTextsOfThreeHeads) {
  Content starred = Says("one\ntwo");
  starred.starred = true;
  const EntryView view = ViewOf({Make(1, {}, Says("one\ntwo")), Make(2, {1}, starred), Make(3, {1}, Says("ONE\ntwo")),
                                 Make(4, {1}, Says("one\nTWO"))});
  EXPECT_TRUE(view.conflict);
  EXPECT_EQ(view.content.text, "one\nTWO");
  EXPECT_TRUE(view.content.starred);
  EXPECT_EQ(view.sides.size(), 3u);
}

TEST(View, AShreddedHeadIsNoSide) {
  const EntryView view = ViewOf({Make(1, {}, Says("one")), Make(2, {1}, Says("two")), Make(3, {1}, Says("three")),
                                 Without(4, {1}, VersionState::kShredded)});
  EXPECT_TRUE(view.conflict);
  EXPECT_EQ(view.heads.size(), 3u);
  EXPECT_EQ(view.sides.size(), 2u);
}

TEST(View, ThreeHeadsOfWhichOneChangedEachField) {
  Content starred = Says("one");
  starred.starred = true;
  Content titled = Says("one");
  titled.title = "title";
  const EntryView view =
      ViewOf({Make(1, {}, Says("one")), Make(2, {1}, starred), Make(3, {1}, titled), Make(4, {1}, Says("two"))});
  EXPECT_FALSE(view.conflict);
  EXPECT_TRUE(view.merged);
  EXPECT_EQ(view.content.text, "two");
  EXPECT_EQ(view.content.title, "title");
  EXPECT_TRUE(view.content.starred);
}

TEST(View, IdenticalHeadsMergeSilently) {
  const EntryView view = ViewOf({Make(1, {}, Says("one")), Make(2, {1}, Says("same", {"t"})),
                                 Make(3, {1}, Says("same", {"t"})), Make(4, {}, Says("same", {"t"}))});
  EXPECT_EQ(view.heads.size(), 3u);
  EXPECT_EQ(view.content, Says("same", {"t"}));
  EXPECT_FALSE(view.conflict || view.merged);
}

TEST(View, IdenticalHeadsBesideAnother) {
  const EntryView view = ViewOf(
      {Make(1, {}, Says("one")), Make(2, {1}, Says("uno")), Make(3, {1}, Says("uno")), Make(4, {1}, Says("eins"))});
  EXPECT_TRUE(view.conflict);
  EXPECT_EQ(view.sides, (std::vector<Side>{{Id(3), Says("uno"), false}, {Id(4), Says("eins"), false}}));
}

TEST(View, SeveralNearestAncestorsAreNoBaseForAText) {
  // Two devices saw the same two heads, and each settled them in its own way.
  const std::vector<Version> versions = {Make(1, {}, Says("one\ntwo")), Make(2, {1}, Says("ONE\ntwo")),
                                         Make(3, {1}, Says("one\nTWO")), Make(4, {2, 3}, Says("ONE\nTWO\nthree")),
                                         Make(5, {2, 3}, Says("zero\nONE\nTWO"))};
  const EntryView view = ViewOf(versions);
  EXPECT_TRUE(view.conflict);
  EXPECT_EQ(view.sides.size(), 2u);
}

TEST(View, SeveralNearestAncestorsThatAgreeOnAFieldAreABaseForIt) {
  Content starred = Says("both");
  starred.starred = true;
  const std::vector<Version> versions = {Make(1, {}, Says("one")), Make(2, {1}, Says("uno")),
                                         Make(3, {1}, Says("eins")), Make(4, {2, 3}, starred),
                                         Make(5, {2, 3}, Says("both"))};
  const EntryView view = ViewOf(versions);
  EXPECT_FALSE(view.conflict);
  EXPECT_TRUE(view.content.starred);
}

TEST(View, AnUndoIsNotMistakenForNoChange) {
  // 4 undid what 2 did, in sight of it; 3 knows only the first version. No one state was changed by both.
  const std::vector<Version> versions = {Make(1, {}, Titled("a")), Make(2, {1}, Titled("b")), Make(3, {1}, Titled("a")),
                                         Make(4, {2}, Titled("a")), Make(5, {2}, Titled("b"))};
  const EntryView view = ViewOf(versions);
  EXPECT_TRUE(view.conflict);
  EXPECT_EQ(view.content.title, "b");
  EXPECT_EQ(view.sides.size(), 2u);
}

TEST(View, FieldsMergeEachByItself) {
  Content title = Says("text");
  title.title = "title";
  Content date = Says("text");
  date.date.year = 1660;
  const EntryView view = ViewOf({Make(1, {}, Says("text")), Make(2, {1}, title), Make(3, {1}, date)});
  EXPECT_EQ(view.content.title, "title");
  EXPECT_EQ(view.content.date.year, 1660);
  EXPECT_TRUE(view.merged);
  EXPECT_FALSE(view.conflict);
}

TEST(View, AFieldChangedDifferentlyIsAConflictAndTheTextStillMerges) {
  Content a = Says("ONE\ntwo");
  a.journal = "work";
  Content b = Says("one\nTWO");
  b.journal = "home";
  const EntryView view = ViewOf({Make(1, {}, Says("one\ntwo")), Make(2, {1}, a), Make(3, {1}, b)});
  EXPECT_TRUE(view.conflict);
  EXPECT_EQ(view.content.text, "ONE\nTWO");
  EXPECT_EQ(view.content.journal, "home");
  EXPECT_EQ(view.sides.size(), 2u);
}

TEST(View, EveryFieldIsLookedAt) {
  const auto conflict = [](auto change_a, auto change_b) {
    Content a = Says("x");
    Content b = Says("x");
    change_a(a);
    change_b(b);
    return ViewOf({Make(1, {}, Says("x")), Make(2, {1}, a), Make(3, {1}, b)}).conflict;
  };
  EXPECT_TRUE(conflict([](Content& c) { c.kind = "a"; }, [](Content& c) { c.kind = "b"; }));
  EXPECT_TRUE(conflict([](Content& c) { c.title = "a"; }, [](Content& c) { c.title = "b"; }));
  EXPECT_TRUE(conflict([](Content& c) { c.date.day = 2; }, [](Content& c) { c.date.day = 3; }));
  EXPECT_TRUE(conflict([](Content& c) { c.journal = "a"; }, [](Content& c) { c.journal = "b"; }));
  EXPECT_TRUE(
      conflict([](Content& c) { c.location = Location{}; }, [](Content& c) { c.location = Location{.place = "b"}; }));
  EXPECT_TRUE(conflict([](Content& c) { c.unknown = "a"; }, [](Content& c) { c.unknown = "b"; }));
  EXPECT_FALSE(conflict([](Content& c) { c.starred = true; }, [](Content& c) { c.starred = true; }));
  EXPECT_FALSE(conflict([](Content& c) { c.tags = {"a"}; }, [](Content& c) { c.tags = {"b"}; }));
}

TEST(View, WithoutACommonAncestorNothingIsGuessed) {
  const EntryView view = ViewOf({Make(2, {1}, Says("one")), Make(3, {1}, Says("two"))});  // 1 has not arrived
  EXPECT_TRUE(view.conflict);
  EXPECT_EQ(view.content.text, "two");
  EXPECT_EQ(view.sides.size(), 2u);
}

TEST(View, AParentThatArrivesLateSettlesIt) {
  const std::vector<Version> early = {Make(1, {}, Says("one")), Make(3, {2}, Says("three"))};
  EXPECT_EQ(ViewOf(early).heads.size(), 2u);
  std::vector<Version> late = early;
  late.push_back(Make(2, {1}, Says("two")));
  EXPECT_EQ(ViewOf(late).heads, std::vector{Id(3)});
}

TEST(View, DeletedAndRestored) {
  std::vector<Version> versions = {Make(1, {}, Says("one", {"t"})), Without(2, {1}, VersionState::kDeleted)};
  const EntryView deleted = ViewOf(versions);
  EXPECT_TRUE(deleted.deleted);
  EXPECT_EQ(deleted.content, Content());
  EXPECT_EQ(deleted.heads, std::vector{Id(2)});
  versions.push_back(Make(3, {2}, Says("one", {"t"})));
  EXPECT_FALSE(ViewOf(versions).deleted);
}

TEST(View, AnEditBeatsADeletionWhateverTheClocksSay) {
  const EntryView view =
      ViewOf({Make(1, {}, Says("one")), Make(2, {1}, Says("two")), Without(9, {1}, VersionState::kDeleted)});
  EXPECT_FALSE(view.deleted);
  EXPECT_EQ(view.content.text, "two");
  EXPECT_FALSE(view.conflict);
}

TEST(View, AConflictShowsTheDeletionToo) {
  const EntryView view = ViewOf({Make(1, {}, Says("one")), Make(2, {1}, Says("two")), Make(3, {1}, Says("three")),
                                 Without(4, {1}, VersionState::kDeleted)});
  ASSERT_EQ(view.sides.size(), 3u);
  EXPECT_EQ(view.sides[2], (Side{Id(4), {}, true}));
}

TEST(View, AShredBeatsTheVersionItReplaces) {
  const Version stub = Without(2, {1}, VersionState::kShredded);
  const std::vector<Version> versions = {Make(1, {}, Says("one")), Make(2, {1}, Says("secret")), stub};
  const EntryView view = ViewOf(versions);
  EXPECT_TRUE(view.deleted);
  EXPECT_EQ(view.content, Content());
  EXPECT_EQ(ViewOf({stub, versions[1], versions[0]}), view);
}

TEST(View, AShreddedAncestorIsNoBase) {
  const EntryView view =
      ViewOf({Without(1, {}, VersionState::kShredded), Make(2, {1}, Says("ONE\ntwo")), Make(3, {1}, Says("one\nTWO"))});
  EXPECT_TRUE(view.conflict);
  EXPECT_EQ(view.sides.size(), 2u);
}

// ---- Tags

TEST(Tags, AddedOnBothSides) {
  EXPECT_EQ(
      ViewOf({Make(1, {}, Says("x", {"a"})), Make(2, {1}, Says("x", {"a", "b"})), Make(3, {1}, Says("x", {"a", "c"}))})
          .content.tags,
      (Tags{"a", "b", "c"}));
}

TEST(Tags, ARemovalTakesWhatItSaw) {
  EXPECT_EQ(
      ViewOf({Make(1, {}, Says("x", {"a"})), Make(2, {1}, Says("x")), Make(3, {1}, Says("y", {"a"}))}).content.tags,
      Tags{});
}

TEST(Tags, ARemovalLeavesWhatItDidNotSee) {
  // 4 took "a" away and put it back, unseen by 3, which takes it away.
  const std::vector<Version> versions = {Make(1, {}, Says("x", {"a"})), Make(2, {1}, Says("x")),
                                         Make(4, {2}, Says("x", {"a"})), Make(3, {1}, Says("x"))};
  EXPECT_EQ(ViewOf(versions).content.tags, Tags{"a"});
}

TEST(Tags, WhatAllHeadsShowIsShown) {
  // Each head lives on an addition that the other's history took away.
  const std::vector<Version> versions = {
      Make(1, {}, Says("x")),
      Make(2, {1}, Says("x", {"a"})),
      Make(3, {1}, Says("x", {"a"})),
      Make(4, {2}, Says("x")),
      Make(5, {3}, Says("x")),
      Make(6, {2, 5}, Says("x", {"a"})),
      Make(7, {3, 4}, Says("x", {"a"})),
  };
  EXPECT_EQ(ViewOf(versions).content.tags, Tags{"a"});
}

TEST(Tags, ADeletionTakesNoTagAway) {
  const std::vector<Version> versions = {Make(1, {}, Says("x", {"a"})), Make(2, {1}, Says("x", {"a", "b"})),
                                         Without(3, {2}, VersionState::kDeleted), Make(4, {1}, Says("y", {"a"}))};
  EXPECT_EQ(ViewOf(versions).content.tags, (Tags{"a", "b"}));
}

// ---- In two steps

TEST(NeededContents, OneHeadNeedsOnlyItself) {
  const VersionDag dag({{Id(1), {}, 1}, {Id(2), {Id(1)}, 2}, {Id(3), {Id(2)}, 3}});
  EXPECT_EQ(NeededContents(dag), std::vector{Id(3)});
  EXPECT_EQ(View({}, dag, {{Id(3), Says("three")}}).content.text, "three");
}

TEST(NeededContents, ADeletedEntryNeedsNone) {
  const VersionDag dag({{Id(1), {}, 1}, {Id(2), {Id(1)}, 2, VersionState::kDeleted}});
  EXPECT_TRUE(NeededContents(dag).empty());
  EXPECT_TRUE(View({}, dag, {}).deleted);
}

TEST(NeededContents, SeveralHeadsNeedWhatCameSinceTheyParted) {
  const VersionDag dag({{Id(1), {}, 1}, {Id(2), {Id(1)}, 2}, {Id(3), {Id(2)}, 3}, {Id(4), {Id(2)}, 4}});
  EXPECT_EQ(NeededContents(dag), (std::vector{Id(2), Id(3), Id(4)}));
  const EntryView view =
      View({}, dag, {{Id(2), Says("one\ntwo")}, {Id(3), Says("ONE\ntwo")}, {Id(4), Says("one\nTWO")}});
  EXPECT_EQ(view.content.text, "ONE\nTWO");
}

TEST(NeededContentsDeathTest, AMissingContentIsABug) {
  const VersionDag dag({{Id(1), {}, 1}});
  EXPECT_DEATH(View({}, dag, {}), "contents.contains");
}

TEST(NewestContent, SkipsTheDeletedAndTheShredded) {
  EXPECT_EQ(
      NewestContent(VersionDag(
          {{Id(1), {}, 1}, {Id(2), {Id(1)}, 2, VersionState::kShredded}, {Id(3), {Id(2)}, 3, VersionState::kDeleted}})),
      Id(1));
  EXPECT_EQ(NewestContent(VersionDag({{Id(1), {}, 1, VersionState::kShredded}})), std::nullopt);
}

}  // namespace
}  // namespace kith
