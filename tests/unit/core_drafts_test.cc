// What was begun and not saved: kept here, offered again, never more than the limit.
#include <gtest/gtest.h>

#include "client/core/drafts.h"
#include "client/core/limits.h"
#include "client/model/practice.h"
#include "tests/support/builders.h"
#include "tests/support/fake_clock.h"
#include "tests/support/mem_store.h"

namespace kith {
namespace {

class DraftsTest : public testing::Test {
 protected:
  Content AHunch(const std::string& worry) {
    Content content = AnEntry("");
    content.kind = "hunch";
    SetField(content, "worry", worry);
    return content;
  }

  MemStore store_;
  FakeClock clock_;
  std::unique_ptr<Journal> journal_ = ANewJournal(store_, clock_);
  Drafts drafts_ = journal_->drafts();
};

TEST_F(DraftsTest, AnswersAreThereAfterARestartAndAreNoEntry) {
  const auto first = drafts_.Keep(std::nullopt, AHunch("rain"));
  ASSERT_TRUE(first);
  ASSERT_TRUE(drafts_.Keep(*first, AHunch("rain and wind")));
  clock_.Advance(1000);
  ASSERT_TRUE(drafts_.Keep(std::nullopt, AHunch("snow")));
  journal_ = *Journal::Open(store_, clock_);
  const auto kept = journal_->drafts().All();
  ASSERT_TRUE(kept);
  ASSERT_EQ(kept->size(), 2u);
  EXPECT_EQ(TextOf((*kept)[0].content, "worry"), "snow");
  EXPECT_EQ((*kept)[1].id, *first);
  EXPECT_EQ(TextOf((*kept)[1].content, "worry"), "rain and wind");
  EXPECT_EQ((*kept)[0].at_ms - (*kept)[1].at_ms, 1000);
  EXPECT_EQ(journal_->entry_count(), 0u);
  EXPECT_EQ(journal_->Search(std::vector<std::string>{"rain"}, 0)->size(), 0u);
}

TEST_F(DraftsTest, ADroppedOneIsGone) {
  const auto id = drafts_.Keep(std::nullopt, AHunch("rain"));
  ASSERT_TRUE(drafts_.Drop(*id));
  EXPECT_TRUE(drafts_.All()->empty());
  EXPECT_TRUE(drafts_.Drop(*id));
}

TEST_F(DraftsTest, TheLimitIsSaidAndAKeptOneCanStillGrow) {
  std::optional<EntryId> last;
  for (size_t i = 0; i < limits::kDrafts; ++i) last = *drafts_.Keep(std::nullopt, AHunch("rain"));
  const auto one_more = drafts_.Keep(std::nullopt, AHunch("snow"));
  ASSERT_FALSE(one_more);
  EXPECT_EQ(one_more.error().code, Code::kTooLarge);
  EXPECT_TRUE(drafts_.Keep(last, AHunch("snow")));
}

TEST_F(DraftsTest, WhatNoEntryMayHoldIsNoDraft) {
  Content content = AHunch("rain");
  SetField(content, "likely", 11);
  EXPECT_EQ(drafts_.Keep(std::nullopt, content).error().code, Code::kInvalidArgument);
  EXPECT_TRUE(drafts_.All()->empty());
}

TEST_F(DraftsTest, ADamagedOneIsNamed) {
  const auto id = drafts_.Keep(std::nullopt, AHunch("rain"));
  StoreBatch batch;
  batch.Put(storage::DraftKey(*id), {1, 2, 3});
  ASSERT_TRUE(store_.Write(batch));
  EXPECT_EQ(drafts_.All().error().code, Code::kVaultDamaged);
}

}  // namespace
}  // namespace kith
