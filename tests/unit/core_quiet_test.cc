// What lists leave out, as the journal's entries say it from one moment to the next; declined shares; coming back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/last_use.h"
#include "client/core/quiet.h"
#include "client/model/practice.h"
#include "tests/support/builders.h"
#include "tests/support/fake_clock.h"
#include "tests/support/mem_store.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class QuietTest : public testing::Test {
 protected:
  static Content Of(std::string_view kind, const std::string& title, uint8_t day) {
    Content content = AnEntry("");
    content.kind = std::string(kind);
    content.title = title;
    content.date = ADay(2026, 3, day);
    return content;
  }
  EntryId Pin(std::string_view quiet) {
    Content person = Of("person", "Ben", 1);
    SetField(person, "alias", std::string("Ben"));
    if (!quiet.empty()) SetChoice(person, "quiet", quiet);
    return *journal_->Write(person);
  }
  void Step(const EntryId& person, const std::string& title, uint8_t day) {
    Content step = Of("step", title, day);
    SetField(step, "person", ToString(person.view()));
    ASSERT_TRUE(journal_->Write(step));
  }
  std::vector<std::string> Listed(ListQuery query = {}) {
    const Quiet quiet = *QuietOf(journal_->state());
    query.quiet = &quiet;
    std::vector<std::string> titles;
    EXPECT_TRUE(journal_->List(query, [&](const storage::Summary& row) {
      titles.push_back(row.title + (row.quiet ? " (quiet)" : ""));
      return true;
    }));
    return titles;
  }

  MemStore store_;
  FakeClock clock_;
  std::unique_ptr<Journal> journal_ = ANewJournal(store_, clock_);
};

TEST_F(QuietTest, ALimitCountsWhatIsShown) {
  const EntryId ben = Pin("quiet");
  for (uint8_t day = 2; day < 8; ++day) Step(ben, "with him", day);
  ASSERT_TRUE(journal_->Write(Of("entry", "older", 1)));
  EXPECT_THAT(Listed({.limit = 1}), ElementsAre("older"));
  EXPECT_THAT(Listed({.limit = 1, .quiet = nullptr, .with_quiet = true}), ElementsAre("with him (quiet)"));
}

// The ids of what says so are read once and kept: what is written, changed and read anew later must be among them.
TEST_F(QuietTest, EveryChangeShowsAtOnceAndAfterReadingAnew) {
  const EntryId ben = Pin("");
  Step(ben, "with him", 2);
  ASSERT_TRUE(journal_->Write(Of("entry", "that day", 14)));
  EXPECT_THAT(Listed(), ElementsAre("that day", "with him", "Ben"));
  const EntryId date = *journal_->Write(Of(kQuietDateKind, "", 14));
  EXPECT_THAT(Listed(), ElementsAre("with him", "Ben"));
  Content person = journal_->Show(ben)->view.content;
  SetChoice(person, "quiet", "quiet");
  ASSERT_TRUE(journal_->Edit(ben, {}, person));
  EXPECT_THAT(Listed(), IsEmpty());
  ASSERT_TRUE(journal_->Reload());
  EXPECT_THAT(Listed(), IsEmpty());
  SetChoice(person, "quiet", "heard");
  ASSERT_TRUE(journal_->Edit(ben, {}, person));
  ASSERT_TRUE(journal_->Delete(date));
  EXPECT_THAT(Listed(), ElementsAre("that day", "with him", "Ben"));
  ASSERT_TRUE(journal_->Restore(date, {}));
  EXPECT_THAT(Listed(), ElementsAre("with him", "Ben"));
}

TEST_F(QuietTest, ADeclinedShareIsSaidOnceAndCanBeTakenUpAgain) {
  const auto share = ShareId{{1, 2, 3}};
  const auto other = ShareId{{4}};
  ASSERT_TRUE(Decline(*journal_, share, ADay()));
  ASSERT_TRUE(Decline(*journal_, share, ADay()));
  EXPECT_EQ(journal_->entry_count(), 1u);
  EXPECT_TRUE(DeclinedShares(journal_->state())->contains(share));
  EXPECT_FALSE(DeclinedShares(journal_->state())->contains(other));
  // As it is when two devices declined it apart from each other.
  ASSERT_TRUE(journal_->Write({.kind = std::string(kDeclinedKind), .text = Hex(share.view()), .date = ADay()}));
  ASSERT_TRUE(TakeUp(*journal_, other));
  ASSERT_TRUE(TakeUp(*journal_, share));
  EXPECT_THAT(*DeclinedShares(journal_->state()), IsEmpty());
}

TEST_F(QuietTest, WhatDoesNotNameAShareDeclinesNothing) {
  for (const std::string text : {"", "not hex", "abcd"})
    ASSERT_TRUE(journal_->Write({.kind = std::string(kDeclinedKind), .text = text, .date = ADay()}));
  EXPECT_THAT(*DeclinedShares(journal_->state()), IsEmpty());
}

TEST_F(QuietTest, WhoComesBackAfterAQuarterOfAYearIsToldSoOnce) {
  EXPECT_FALSE(*journal_->NoteUse());
  clock_.Advance(kLongAwayMillis - 1);
  EXPECT_FALSE(*journal_->NoteUse());
  clock_.Advance(kLongAwayMillis);
  ASSERT_TRUE(journal_->Reload());
  EXPECT_TRUE(*journal_->NoteUse());
  EXPECT_FALSE(*journal_->NoteUse());
  clock_.Advance(-kLongAwayMillis * 2);
  EXPECT_FALSE(*journal_->NoteUse());
}

}  // namespace
}  // namespace kith
