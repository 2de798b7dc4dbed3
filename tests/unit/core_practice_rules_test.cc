// Rules that need the rest of the journal: two weeks between answers, the hunch that a thought makes, people who are
// pinned.
#include <gtest/gtest.h>

#include "client/core/doors.h"
#include "client/core/practice_rules.h"
#include "client/model/practice.h"
#include "tests/support/builders.h"
#include "tests/support/fake_clock.h"
#include "tests/support/mem_store.h"

namespace kith {
namespace {

class PracticeRulesTest : public testing::Test {
 protected:
  static Content Of(std::string_view kind, const EntryDate& date = ADay()) {
    Content content = AnEntry("");
    content.kind = std::string(kind);
    content.date = date;
    return content;
  }
  static Content Lonely(uint8_t month, uint8_t day) {
    Content content = Of("lonely", ADay(2026, month, day));
    SetField(content, "lonely", 5);
    return content;
  }
  // What a trust note says of `whom` on a day.
  void Note(uint8_t day, const PersonId& whom, int32_t door) {
    Content note = Of("trust", ADay(2026, 11, day));
    SetField(note, "friend", ToString(whom.view()));
    SetField(note, "door", door);
    ASSERT_TRUE(WritePractice(*journal_, note));
  }
  std::optional<int32_t> Door(const PersonId& whom) { return *DoorOf(journal_->state(), whom); }

  MemStore store_;
  FakeClock clock_;
  std::unique_ptr<Journal> journal_ = ANewJournal(store_, clock_);
};

TEST_F(PracticeRulesTest, TwoWeeksLieBetweenAnswersWhicheverWasWrittenFirst) {
  ASSERT_TRUE(WritePractice(*journal_, Lonely(11, 15)));
  for (const auto& [month, day] : {std::pair<uint8_t, uint8_t>{11, 15}, {11, 28}, {11, 2}}) {
    const auto refused = WritePractice(*journal_, Lonely(month, day));
    ASSERT_FALSE(refused) << int{day};
    EXPECT_EQ(refused.error().code, Code::kTooSoon);
  }
  EXPECT_TRUE(WritePractice(*journal_, Lonely(11, 29)));
  EXPECT_TRUE(WritePractice(*journal_, Lonely(11, 1)));
}

TEST_F(PracticeRulesTest, ADeletedAnswerHoldsNothingUp) {
  const auto first = WritePractice(*journal_, Lonely(11, 15));
  ASSERT_TRUE(journal_->Delete(*first));
  EXPECT_TRUE(WritePractice(*journal_, Lonely(11, 16)));
}

TEST_F(PracticeRulesTest, AChanceMakesAHunchThatTheThoughtNames) {
  Content thought = Of("thought");
  SetField(thought, "thought", std::string("Nobody misses me"));
  const auto without = WritePractice(*journal_, thought);
  EXPECT_EQ(journal_->entry_count(), 1u);
  SetField(thought, "chance", std::string("Ask Ben to walk"));
  const auto with = WritePractice(*journal_, thought);
  ASSERT_TRUE(without && with);
  EXPECT_EQ(journal_->entry_count(), 3u);
  const auto hunch = EntryOf(journal_->Show(*with)->view.content, "hunch");
  ASSERT_TRUE(hunch);
  const Content made = journal_->Show(*hunch)->view.content;
  EXPECT_EQ(made.kind, "hunch");
  EXPECT_EQ(TextOf(made, "worry"), "Nobody misses me");
  EXPECT_EQ(made.text, "Ask Ben to walk");
}

TEST_F(PracticeRulesTest, TheNewestDayThatSaysSoIsTheDoor) {
  PersonId ann;
  ann.value.fill(7);
  PersonId ben;
  ben.value.fill(8);
  EXPECT_EQ(Door(ann), std::nullopt);
  Note(20, ann, 4);
  Note(10, ann, 1);
  EXPECT_EQ(Door(ann), 4);
  Note(21, ann, 0);
  EXPECT_EQ(Door(ann), 0);
  EXPECT_EQ(Door(ben), std::nullopt);
}

TEST_F(PracticeRulesTest, OfTwoOfOneSecondTheOneWrittenLaterIsTheDoor) {
  PersonId ann;
  ann.value.fill(7);
  Note(20, ann, 2);
  Note(20, ann, 4);
  EXPECT_EQ(Door(ann), 4);
  Note(20, ann, 1);
  EXPECT_EQ(Door(ann), 1);
}

TEST_F(PracticeRulesTest, OfTwoImportedOnesTheDoorThatIsLessOpenCounts) {
  PersonId ann;
  ann.value.fill(7);
  std::vector<Addition> notes;
  for (const int32_t door : {4, 2, 3}) {
    Content note = Of("trust");
    SetField(note, "friend", ToString(ann.view()));
    SetField(note, "door", door);
    notes.push_back({.name = {static_cast<uint8_t>(door)}, .id = {}, .content = note});
  }
  ASSERT_EQ(*journal_->Import(notes), 3u);
  EXPECT_EQ(Door(ann), 2);
}

TEST_F(PracticeRulesTest, ANoteAboutAPinnedPersonIsAboutTheFriendTheyAre) {
  PersonId ann;
  ann.value.fill(7);
  Content person = Of("person");
  SetField(person, "alias", std::string("Ann"));
  SetField(person, "friend", ToString(ann.view()));
  const auto pinned = WritePractice(*journal_, person);
  Content note = Of("trust");
  SetField(note, "person", ToString(pinned->view()));
  SetField(note, "door", 3);
  ASSERT_TRUE(WritePractice(*journal_, note));
  EXPECT_EQ(Door(ann), 3);
  EXPECT_EQ(PinnedPeople(journal_->state())->size(), 1u);
}

}  // namespace
}  // namespace kith
