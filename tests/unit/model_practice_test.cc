// The table of practices: what may be said, what is never shown unasked, and how two devices' answers come together.
#include <gtest/gtest.h>

#include <set>

#include "client/model/content.h"
#include "client/model/merge.h"
#include "client/model/practice.h"
#include "client/model/practice_words.h"
#include "client/model/search.h"
#include "tests/unit/model_testing.h"

namespace kith {
namespace {

using model_testing::Make;

Content Of(std::string_view kind) {
  Content content{.kind = std::string(kind)};
  content.date = {.year = 2026, .month = 11, .day = 23};
  return content;
}

Code CodeOf(const Result<>& result) {
  EXPECT_FALSE(result.has_value());
  return result ? Code::kInternal : result.error().code;
}

TEST(Practice, NamesAndNumbersAreGivenOnce) {
  std::set<std::string_view> kinds;
  std::set<uint8_t> numbers;
  for (const PracticeKind& kind : PracticeKinds()) {
    EXPECT_TRUE(kinds.insert(kind.name).second) << kind.name;
    EXPECT_TRUE(numbers.insert(kind.number).second) << kind.name;
    std::set<std::string_view> fields;
    std::set<uint8_t> of_fields;
    for (const PracticeField& field : kind.fields) {
      EXPECT_TRUE(fields.insert(field.name).second) << kind.name << " " << field.name;
      EXPECT_TRUE(of_fields.insert(field.number).second) << kind.name << " " << field.name;
      EXPECT_EQ(field.type == FieldType::kChoice, !field.choices.empty()) << kind.name << " " << field.name;
      EXPECT_EQ(field.type == FieldType::kNumber, field.min < field.max) << kind.name << " " << field.name;
    }
  }
}

TEST(Practice, TheLaddersQuestionNamesItsRungs) {
  for (int32_t depth = 1; depth <= 5; ++depth) {
    EXPECT_NE(WordsFor("ladder", "depth").question.find(RungWords(depth)), std::string_view::npos) << depth;
  }
}

TEST(Practice, EveryFieldHasItsWordsOnce) {
  for (const PracticeKind& kind : PracticeKinds()) {
    const PracticeWords& words = WordsFor(kind.name);
    EXPECT_FALSE(words.title.empty());
    EXPECT_FALSE(words.about.empty());
    std::multiset<std::string_view> named;
    for (const FieldWords& field : words.fields) named.insert(field.field);
    EXPECT_EQ(named.size(), kind.fields.size()) << kind.name;
    for (const PracticeField& field : kind.fields) {
      EXPECT_EQ(named.count(field.name), 1u) << kind.name << " " << field.name;
      EXPECT_FALSE(WordsFor(kind.name, field.name).label.empty());
    }
  }
}

TEST(Practice, WhatIsOutOfBoundsIsRefused) {
  Content check = Of("check");
  SetField(check, "valence", 3);
  EXPECT_TRUE(CheckContent(check));
  SetField(check, "valence", 4);
  EXPECT_EQ(CodeOf(CheckContent(check)), Code::kInvalidArgument);
  SetField(check, "valence", std::string("three"));
  EXPECT_EQ(CodeOf(CheckContent(check)), Code::kInvalidArgument);

  Content helper = Of("helper");
  SetField(helper, "date", std::string("2026-02-29"));
  EXPECT_EQ(CodeOf(CheckContent(helper)), Code::kInvalidArgument);
  SetField(helper, "date", std::string("2026-02-28"));
  EXPECT_TRUE(CheckContent(helper));
  SetField(helper, "questions", std::vector<std::string>{"two\nlines"});
  EXPECT_EQ(CodeOf(CheckContent(helper)), Code::kInvalidArgument);
  SetField(helper, "questions", std::vector<std::string>(kMaxPracticeItems + 1, "q"));
  EXPECT_EQ(CodeOf(CheckContent(helper)), Code::kTooLarge);
  SetField(helper, "questions", std::vector<std::string>{"\xff"});
  EXPECT_EQ(CodeOf(CheckContent(helper)), Code::kNotUtf8);

  Content hunch = Of("hunch");
  SetField(hunch, "worry", std::string(kMaxPracticeText + 1, 'w'));
  EXPECT_EQ(CodeOf(CheckContent(hunch)), Code::kTooLarge);

  Content trust = Of("trust");
  SetField(trust, "person", std::string(15, 'x'));
  EXPECT_EQ(CodeOf(CheckContent(trust)), Code::kInvalidArgument);
  SetField(trust, "person", std::string(16, 'x'));
  SetField(trust, "friend", std::string(32, 'x'));
  EXPECT_TRUE(CheckContent(trust));
}

TEST(Practice, OnlyAPracticeHasFieldsOfItsOwnTable) {
  Content entry = Of("entry");
  entry.practice.fields.emplace(1, 2);
  EXPECT_EQ(CodeOf(CheckContent(entry)), Code::kInvalidArgument);
  Content check = Of("check");
  check.practice.fields.emplace(99, 2);
  EXPECT_EQ(CodeOf(CheckContent(check)), Code::kInvalidArgument);
  Content deep = Of("entry");
  deep.depth = kMaxDepth + 1;
  EXPECT_EQ(CodeOf(CheckContent(deep)), Code::kInvalidArgument);
}

TEST(Practice, NumbHasNoValence) {
  Content check = Of("check");
  SetChoice(check, "state", "numb");
  EXPECT_FALSE(IsAsked(check, "valence"));
  EXPECT_TRUE(IsAsked(check, "energy"));
  SetField(check, "energy", 0);
  EXPECT_TRUE(CheckContent(check));
  SetField(check, "valence", 0);
  EXPECT_EQ(CodeOf(CheckContent(check)), Code::kInvalidArgument);
  SetChoice(check, "state", "mixed");
  EXPECT_TRUE(CheckContent(check));
}

TEST(Practice, MissingIsNeverZeroAndOutOfBoundsIsAsIfMissing) {
  Content company = Of("company");
  EXPECT_EQ(NumberOf(company, "before"), std::nullopt);
  SetField(company, "before", 0);
  EXPECT_EQ(NumberOf(company, "before"), 0);
  company.practice.fields[4] = 77;  // as a newer Kith may say
  EXPECT_EQ(NumberOf(company, "before"), std::nullopt);
  company.practice.fields[1] = 77;
  EXPECT_EQ(ChoiceOf(company, "type"), "");
  company.practice.fields[2] = std::string("an hour");
  EXPECT_EQ(NumberOf(company, "minutes"), std::nullopt);
}

TEST(Practice, AnEmptyTextIsOneThatWasSkipped) {
  Content hunch = Of("hunch");
  SetField(hunch, "worry", std::string("rain"));
  SetField(hunch, "worry", std::string());
  EXPECT_EQ(hunch.practice, Practice());
}

TEST(Practice, SearchFindsAHarshLineAndNeverShowsIt) {
  Content kindly = Of("kindly");
  SetField(kindly, "line", std::string("I am a burden"));
  SetField(kindly, "reply", std::string("You carried others too"));
  const std::vector<std::string> harsh = SearchWords("burden");
  EXPECT_TRUE(Matches(kindly, harsh));
  EXPECT_EQ(Snippet(kindly, harsh), "You carried others too");
  EXPECT_EQ(PracticeLine(kindly), "You carried others too");
  ClearField(kindly, "reply");
  EXPECT_EQ(Snippet(kindly, harsh), "");
  EXPECT_EQ(PracticeLine(kindly), "");
  EXPECT_EQ(WordsOf(kindly, Folds::kLeaveOut).size(), 0u);
}

TEST(Practice, SearchLooksThroughTextsAndListsButNotThroughReferences) {
  Content thought = Of("thought");
  SetField(thought, "for", std::vector<std::string>{"a late train"});
  SetField(thought, "hunch", std::string("abcdefghijklmnop"));
  EXPECT_TRUE(Matches(thought, SearchWords("late TRAIN")));
  EXPECT_EQ(Snippet(thought, SearchWords("train")), "a late train");
  EXPECT_FALSE(Matches(thought, SearchWords("abcdef")));
}

TEST(Practice, ALineSaysWhatWasSaidInTheOrderOfAsking) {
  Content check = Of("check");
  SetField(check, "body", std::vector<std::string>{"hands", "neck"});
  SetField(check, "energy", 4);
  SetChoice(check, "state", "cant-tell");
  EXPECT_EQ(PracticeLine(check), "can't tell · energy 4 · hands, neck");
  EXPECT_EQ(PracticeLine(Of("entry")), "");
}

// ---- Merging: field by field.

struct Parted {
  Version first = Make(1, {}, Of("check"));
  Version left = Make(2, {1}, Of("check"));
  Version right = Make(3, {1}, Of("check"));
  EntryView Joined() const { return View(std::vector<Version>{first, left, right}); }
};

TEST(Practice, DifferentFieldsOfTwoDevicesComeTogether) {
  Parted parted;
  SetField(parted.first.content, "energy", 2);
  parted.left.content = parted.right.content = parted.first.content;
  SetChoice(parted.left.content, "state", "mixed");
  SetField(parted.right.content, "energy", 0);
  const EntryView view = parted.Joined();
  EXPECT_FALSE(view.conflict);
  EXPECT_TRUE(view.merged);
  EXPECT_EQ(ChoiceOf(view.content, "state"), "mixed");
  EXPECT_EQ(NumberOf(view.content, "energy"), 0);
}

TEST(Practice, AFieldThatOneSkippedAgainGoes) {
  Parted parted;
  SetField(parted.first.content, "energy", 0);
  parted.left.content = parted.right.content = parted.first.content;
  ClearField(parted.left.content, "energy");
  SetField(parted.right.content, "valence", 0);
  const EntryView view = parted.Joined();
  EXPECT_FALSE(view.conflict);
  EXPECT_EQ(NumberOf(view.content, "energy"), std::nullopt);
  EXPECT_EQ(NumberOf(view.content, "valence"), 0);
}

TEST(Practice, TheSameFieldTwiceIsAConflictWithBothSides) {
  Parted parted;
  SetField(parted.left.content, "energy", 2);
  SetField(parted.right.content, "energy", 7);
  const EntryView view = parted.Joined();
  EXPECT_TRUE(view.conflict);
  EXPECT_EQ(NumberOf(view.content, "energy"), 7);
  ASSERT_EQ(view.sides.size(), 2u);
  EXPECT_EQ(NumberOf(view.sides[0].content, "energy"), 2);
}

TEST(Practice, FieldsOfAnotherKindAreNoneOfTheJoined) {
  Parted parted;
  parted.left.content = Of("hunch");
  SetField(parted.left.content, "worry", std::string("rain"));
  SetField(parted.right.content, "energy", 7);
  const EntryView view = parted.Joined();
  // One side turned it into another kind; nothing of the two is mixed up.
  EXPECT_EQ(view.content.kind, "hunch");
  EXPECT_TRUE(CheckContent(view.content));
  EXPECT_EQ(TextOf(view.content, "worry"), "rain");
  ASSERT_TRUE(view.conflict);
  EXPECT_EQ(view.sides.size(), 2u);
}

}  // namespace
}  // namespace kith
