// What of a practice's record a friend sees: the part that was chosen, as plain text, and nothing else.
#include <gtest/gtest.h>

#include "client/model/practice.h"
#include "client/model/practice_cards.h"

namespace kith {
namespace {

// Every field of the kind, each with words of its own.
Content Full(const PracticeKind& kind) {
  Content content{.kind = std::string(kind.name), .title = "the title", .text = "the text", .journal = "the journal"};
  content.date = {.year = 2026, .month = 11, .day = 23, .second = 3600, .zone = "Europe/London"};
  content.tags = {"the tag"};
  for (const PracticeField& field : kind.fields) {
    const std::string name(field.name);
    if (field.type == FieldType::kText) SetField(content, field.name, "words of " + name);
    if (field.type == FieldType::kList) SetField(content, field.name, std::vector<std::string>{"words of " + name});
    if (field.type == FieldType::kChoice) SetChoice(content, field.name, field.choices.front());
    if (field.type == FieldType::kNumber) SetField(content, field.name, field.max);
    if (field.type == FieldType::kEntry) SetField(content, field.name, std::string(16, 'x'));
    if (field.type == FieldType::kFriend) SetField(content, field.name, std::string(32, 'x'));
  }
  if (kind.name == "check") SetChoice(content, "state", "numb");
  return content;
}

Code CodeOf(const Result<SharedContent>& result) {
  EXPECT_FALSE(result.has_value());
  return result ? Code::kInternal : result.error().code;
}

TEST(PracticeCards, ACardIsTextAndDayAlone) {
  for (const PracticeKind& kind : PracticeKinds()) {
    for (const std::string_view part : CardParts(kind.name)) {
      if (part.empty()) continue;
      const auto card = CardForFriend(Full(kind), part, "a note");
      ASSERT_TRUE(card) << kind.name << " " << part << ": " << card.error().message;
      EXPECT_EQ(card->kind, kind.name);
      EXPECT_EQ(card->title, "");
      EXPECT_EQ(card->note, "a note");
      EXPECT_EQ(card->unknown, "");
      EXPECT_TRUE(card->date.day_only && card->date.zone.empty()) << kind.name;
      EXPECT_FALSE(card->text.empty());
      for (const char* own : {"the title", "the text", "the tag", "the journal", "xxxx"}) {
        EXPECT_EQ(card->text.find(own), std::string::npos) << kind.name << " " << part << " " << own;
      }
    }
  }
}

TEST(PracticeCards, WhatIsFoldedGoesOnlyWhenItIsNamed) {
  Content kindly = Full(*FindPractice("kindly"));
  EXPECT_EQ(CardForFriend(kindly, "", {})->text, "words of reply");
  EXPECT_EQ(CardForFriend(kindly, "reply", {})->text, "words of reply");
  EXPECT_NE(CardForFriend(kindly, "both", {})->text.find("words of line"), std::string::npos);
  ClearField(kindly, "reply");
  EXPECT_EQ(CodeOf(CardForFriend(kindly, "", {})), Code::kNotFound);
  EXPECT_EQ(CardForFriend(Full(*FindPractice("grace")), "", {})->text.find("words of letter"), std::string::npos);
}

TEST(PracticeCards, AHunchGoesWithoutItsWorryUnlessThatIsNamed) {
  const Content hunch = Full(*FindPractice("hunch"));
  EXPECT_EQ(CardForFriend(hunch, "", {})->text.find("words of worry"), std::string::npos);
  EXPECT_NE(CardForFriend(hunch, "both", {})->text.find("words of worry"), std::string::npos);
}

TEST(PracticeCards, SomeKindsAreNeverShared) {
  for (const char* kind : {"trust", "today", "person", "support"}) {
    EXPECT_EQ(CodeOf(CardForFriend(Full(*FindPractice(kind)), "", {})), Code::kDoorClosed) << kind;
    EXPECT_TRUE(CardParts(kind).empty()) << kind;
  }
}

TEST(PracticeCards, OfCheckInsOnlyANumbDayGoes) {
  Content check = Full(*FindPractice("check"));
  EXPECT_EQ(CardForFriend(check, "", {})->text, "Numb today. No reply needed.");
  SetChoice(check, "state", "feeling");
  EXPECT_EQ(CodeOf(CardForFriend(check, "", {})), Code::kDoorClosed);
}

TEST(PracticeCards, WhereNothingGoesByDefaultAPartIsAskedFor) {
  for (const char* kind : {"thought", "lonely"}) {
    EXPECT_EQ(CodeOf(CardForFriend(Full(*FindPractice(kind)), "", {})), Code::kInvalidArgument) << kind;
  }
  EXPECT_EQ(CodeOf(CardForFriend(Full(*FindPractice("hunch")), "likely", {})), Code::kInvalidArgument);
}

}  // namespace
}  // namespace kith
