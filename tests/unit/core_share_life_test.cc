// How long a share lives: its end, sharing again after it was taken back, and leaving with what is one's own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/builders.h"
#include "tests/unit/sharing_testing.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int64_t kDay = FakeClock::kDay;

class CoreShareLife : public TwoFriends {
 protected:
  ShareWish Until(const EntryId& entry, int64_t from_now_ms) {
    ShareWish wish = Wish(entry);
    wish.expires_ms = writer_.clock.NowMillis() + from_now_ms;
    return wish;
  }
  static uint64_t ReceivedCount(Device& device) { return device.journal->sharing().Friends().front().received; }
  static Sharing::Due Due(Device& device) {
    const auto due = device.journal->sharing().ReleaseDue();
    EXPECT_TRUE(due.has_value());
    return due ? *due : Sharing::Due();
  }
};

TEST_F(CoreShareLife, AShareThatHasComeToItsEndIsNotShownByTheReadersClockThoughTheWriterIsAway) {
  const EntryId entry = writer_.Write("for a week");
  Share(writer_, Until(entry, 7 * kDay));
  Send(writer_, reader_);
  EXPECT_THAT(InboxTexts(reader_), ElementsAre("for a week"));
  EXPECT_EQ(Inbox(reader_).front().expires_ms, writer_.clock.NowMillis() + 7 * kDay);
  EXPECT_EQ(ReceivedCount(reader_), 1u);
  reader_.clock.Advance(7 * kDay - 1);
  EXPECT_THAT(InboxTexts(reader_), ElementsAre("for a week"));
  const ReceivedShare shown = Inbox(reader_).front();
  reader_.clock.Advance(1);
  EXPECT_THAT(Inbox(reader_), IsEmpty());
  EXPECT_EQ(ReceivedCount(reader_), 0u);
  ExpectCode(reader_.journal->sharing().Hear(shown, "late", HeardWish::kNone), Code::kNotFound);
  reader_.Reopen();
  EXPECT_THAT(Inbox(reader_), IsEmpty());
  // It was hidden, not destroyed: a clock that was ahead loses nothing.
  reader_.clock.Advance(-kDay);
  EXPECT_THAT(InboxTexts(reader_), ElementsAre("for a week"));
}

TEST_F(CoreShareLife, TheWritersDeviceTakesItBackWhenItIsDueAndNotBefore) {
  const EntryId entry = writer_.Write("for a week");
  Share(writer_, Until(entry, 7 * kDay));
  const EntryId lasting = writer_.Write("without an end");
  Share(writer_, Wish(lasting));
  Send(writer_, reader_);
  EXPECT_EQ(Due(writer_).next_ms, writer_.clock.NowMillis() + 7 * kDay);
  writer_.clock.Advance(7 * kDay - 1);
  EXPECT_EQ(Due(writer_).ended, 0u);
  writer_.clock.Advance(1);
  EXPECT_EQ(Due(writer_).ended, 1u);
  EXPECT_EQ(Due(writer_).ended, 0u) << "once";
  EXPECT_EQ(Audience(writer_, entry).front().reach, Reach::kTakenBack);
  EXPECT_EQ(Audience(writer_, lasting).front().reach, Reach::kWaiting) << "there is no relay here";
  Send(writer_, reader_);
  reader_.clock.Advance(-kDay);
  EXPECT_THAT(InboxTexts(reader_), ElementsAre("without an end")) << "whatever the reader's clock says";
}

TEST_F(CoreShareLife, AnotherDeviceOfTheWriterTakesItBackToo) {
  LinkSecond();
  const EntryId entry = writer_.Write("for a day");
  Share(writer_, Until(entry, kDay));
  Tell(writer_, second_);
  Bring(writer_, second_);
  EXPECT_EQ(Due(second_).next_ms, writer_.clock.NowMillis() + kDay);
  second_.clock.Advance(2 * kDay);
  EXPECT_EQ(Due(second_).ended, 1u);
  EXPECT_EQ(Audience(second_, entry).front().reach, Reach::kTakenBack);
}

TEST_F(CoreShareLife, AnEndThatIsPastOrBeforeTheHoldOrTooFarIsRefused) {
  const EntryId entry = writer_.Write("words");
  ExpectCode(writer_.journal->sharing().Share(Until(entry, 0)), Code::kInvalidArgument);
  ShareWish held = Until(entry, 10 * kMinute);
  held.hold_ms = 15 * kMinute;
  ExpectCode(writer_.journal->sharing().Share(held), Code::kInvalidArgument);
  ExpectCode(writer_.journal->sharing().Share(Until(entry, 20 * 366 * kDay)), Code::kInvalidArgument);
}

TEST_F(CoreShareLife, WhatIsHeldPastItsEndNeverLeaves) {
  const EntryId entry = writer_.Write("words");
  ShareWish held = Until(entry, 20 * kMinute);
  held.hold_ms = 15 * kMinute;
  Share(writer_, held);
  writer_.clock.Advance(kDay);
  Due(writer_);  // it is late, so it is held anew
  writer_.clock.Advance(16 * kMinute);
  Due(writer_);
  EXPECT_THAT(*writer_.journal->sharing().Held(), IsEmpty());
  EXPECT_THAT(Audience(writer_, entry), IsEmpty());
  EXPECT_THAT(SealCircle(writer_), IsEmpty());
}

TEST_F(CoreShareLife, SharingAgainAfterTakingBackIsANewShareThatNothingLinksToTheOldOne) {
  const EntryId entry = writer_.Write("said twice");
  const ShareId first = Share(writer_, Wish(entry));
  const std::vector<SignedRecord> before = SealCircle(writer_);
  Bring(writer_, reader_);
  Acknowledge(writer_);
  ASSERT_TRUE(writer_.journal->sharing().TakeBack(entry, circle_));
  Send(writer_, reader_);
  EXPECT_THAT(Inbox(reader_), IsEmpty());
  const ShareId second = Share(writer_, Wish(entry));
  const std::vector<SignedRecord> after = SealCircle(writer_);
  Bring(writer_, reader_);
  EXPECT_NE(first, second);
  ASSERT_FALSE(before.empty() || after.empty());
  EXPECT_NE(before.back().payload, after.back().payload);
  ASSERT_THAT(Inbox(reader_), SizeIs(1));
  EXPECT_EQ(Inbox(reader_).front().id, second);
  // The circle hears nothing of the entry or of the first share.
  const Pack pack = *reader_.state()
                         .OpenPack(Transaction(reader_.store), LaneOf(writer_, reader_)->number,
                                   RecordHeader::Parse(after.back().header)->seq)
                         .value();
  for (const Bytes& op : pack.ops) {
    EXPECT_TRUE(std::ranges::search(op, entry.value).empty());
    EXPECT_TRUE(std::ranges::search(op, first.value).empty());
  }
}

TEST_F(CoreShareLife, LeavingQuietlyKeepsOnesOwnEntriesAndTakesBackOnesOwnShares) {
  const EntryId entry = writer_.Write("mine");
  Share(writer_, Wish(entry));
  Send(writer_, reader_);
  ASSERT_THAT(Inbox(reader_), SizeIs(1));
  ASSERT_TRUE(reader_.journal->sharing().Hear(Inbox(reader_).front(), "heard", HeardWish::kNone));
  Send(reader_, writer_);
  ASSERT_TRUE(writer_.journal->sharing().Leave(circle_));
  EXPECT_THAT(writer_.Texts(), ElementsAre("mine"));
  EXPECT_EQ(Audience(writer_, entry).front().reach, Reach::kTakenBack);
  EXPECT_THAT(*writer_.journal->sharing().AnswersTo(entry), SizeIs(1)) << "what was answered stays with the entry";
  Send(writer_, reader_);
  EXPECT_THAT(Inbox(reader_), IsEmpty());
  EXPECT_EQ(reader_.journal->sharing().Friends().size(), 1u) << "nobody is told";
}

}  // namespace
}  // namespace kith
