// What is quiet, from what entries say of it.
#include <gtest/gtest.h>

#include "client/model/practice.h"
#include "client/model/quiet.h"
#include "tests/support/builders.h"

namespace kith {
namespace {

EntryId Entry(uint8_t number) {
  EntryId id;
  id.value.fill(number);
  return id;
}

PersonId Friend(uint8_t number) {
  PersonId id;
  id.value.fill(number);
  return id;
}

Content Of(std::string_view kind, const EntryDate& date = ADay()) {
  Content content = AnEntry("");
  content.kind = std::string(kind);
  content.date = date;
  return content;
}

Content About(std::string_view kind, const EntryId& person) {
  Content content = Of(kind);
  SetField(content, "person", ToString(person.view()));
  return content;
}

const EntryId kBen = Entry(1);
const EntryId kCleo = Entry(2);
const EntryId kRecord = Entry(9);

class QuietPeople : public testing::Test {
 protected:
  void Say(std::string_view choice) {
    Content person = Of("person");
    SetField(person, "alias", std::string("Ben"));
    SetField(person, "friend", ToString(Friend(7).view()));
    if (!choice.empty()) SetChoice(person, "quiet", choice);
    quiet_.Take(kBen, person);
  }
  Quiet quiet_;
};

TEST_F(QuietPeople, EveryKindOfRecordThatNamesThemIsCoveredAndNoOther) {
  Say("quiet");
  EXPECT_TRUE(quiet_.Covers(kBen, Of("person")));
  size_t kinds = 0;
  for (const PracticeKind& kind : PracticeKinds()) {
    if (kind.Find("person") == nullptr) continue;
    ++kinds;
    EXPECT_TRUE(MayNameSomebody(kind.name));
    EXPECT_TRUE(quiet_.Covers(kRecord, About(kind.name, kBen))) << kind.name;
    EXPECT_FALSE(quiet_.Covers(kRecord, About(kind.name, kCleo))) << kind.name;
    EXPECT_FALSE(quiet_.Covers(kRecord, Of(kind.name))) << kind.name;
  }
  EXPECT_EQ(kinds, 5u);  // trust, company, reach, today, step
}

TEST_F(QuietPeople, AFriendIsKnownByTheirIdToo) {
  Say("quiet");
  Content note = Of("trust");
  SetField(note, "friend", ToString(Friend(7).view()));
  EXPECT_TRUE(quiet_.Covers(kRecord, note));
  EXPECT_TRUE(quiet_.CoversFriend(Friend(7)));
  EXPECT_FALSE(quiet_.CoversFriend(Friend(8)));
}

TEST_F(QuietPeople, WordsAreNotLookedAt) {
  Say("quiet");
  EXPECT_FALSE(quiet_.Covers(kRecord, AnEntry("Ben came by")));
}

TEST_F(QuietPeople, WhoIsHeardAgainOrOfWhomNothingIsSaidIsNot) {
  Say("heard");
  Say("");
  EXPECT_FALSE(quiet_.any_person());
  EXPECT_FALSE(quiet_.Covers(kBen, Of("person")));
  EXPECT_FALSE(quiet_.CoversFriend(Friend(7)));
}

TEST(QuietDates, OneDayOrThatDayOfEveryYear) {
  Quiet quiet;
  quiet.Take(Entry(3), Of(kQuietDateKind, ADay(2026, 3, 14)));
  EXPECT_TRUE(quiet.Covers(kRecord, Of("entry", ADay(2026, 3, 14))));
  EXPECT_FALSE(quiet.Covers(kRecord, Of("entry", ADay(2025, 3, 14))));
  EXPECT_FALSE(quiet.Covers(kRecord, Of("entry", ADay(2026, 3, 13))));
  Content yearly = Of(kQuietDateKind, ADay(2024, 2, 29));
  yearly.tags = {std::string(kEveryYearTag)};
  quiet.Take(Entry(4), yearly);
  EXPECT_TRUE(quiet.CoversDay({2020, 2, 29}));
  EXPECT_FALSE(quiet.CoversDay({2023, 2, 28}));
  EXPECT_FALSE(quiet.CoversDay({2023, 3, 1}));
}

TEST(QuietDates, WhatIsKeptForAnyDayIsOfNoDate) {
  Quiet quiet;
  quiet.Take(Entry(3), Of(kQuietDateKind, ADay(2026, 3, 14)));
  for (const std::string_view kind : {"support", "prompt", "person", "helper", "reach"})
    EXPECT_FALSE(quiet.Covers(kRecord, Of(kind, ADay(2026, 3, 14)))) << kind;
  for (const std::string_view kind : {"check", "today", "hunch", "grace", "a-newer-kind"})
    EXPECT_TRUE(quiet.Covers(kRecord, Of(kind, ADay(2026, 3, 14)))) << kind;
}

TEST(QuietDates, WhatSaysItIsCoveredItself) {
  const Quiet nothing;
  EXPECT_TRUE(nothing.Covers(kRecord, Of(kQuietDateKind)));
  EXPECT_TRUE(nothing.Covers(kRecord, Of(kDeclinedKind)));
  EXPECT_FALSE(nothing.Covers(kRecord, Of("entry")));
}

}  // namespace
}  // namespace kith
