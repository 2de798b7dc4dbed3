// Sharing: what a copy holds, and when it leaves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "client/core/limits.h"
#include "client/core/share_storage.h"
#include "crypto/verify/hash.h"
#include "tests/support/builders.h"
#include "tests/unit/sharing_testing.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class CoreSharing : public TwoFriends {
 protected:
  void Edit(Device& device, const EntryId& entry, const std::string& text) {
    ASSERT_TRUE(device.journal->Edit(entry, {}, AnEntry(text)));
    ASSERT_TRUE(device.journal->sharing().FollowUp(entry));
  }
  // The bytes of everything that waits for the circle.
  Bytes Waiting(Device& device) {
    Bytes all;
    const uint32_t number = Circle(device).sync.number;
    EXPECT_TRUE(device.store.Scan(storage::OutboxKey(number, 0), storage::OutboxKey(number, UINT64_MAX),
                                  Store::Order::kAscending, [&](ByteView, ByteView value) {
                                    all.insert(all.end(), value.begin(), value.end());
                                    return true;
                                  }));
    return all;
  }
  static bool Holds(ByteView all, std::string_view text) {
    return std::ranges::search(all, AsBytes(text)).begin() != all.end();
  }
};

// ---- What is shared.

TEST_F(CoreSharing, AFriendReadsTheCopyAndNothingElseOfTheEntry) {
  Content content = AnEntry("the words", "a title");
  content.tags = {"hidden-tag"};
  content.journal = "hidden-journal";
  content.starred = true;
  content.date.zone = "Europe/Hidden";
  content.location = Location{.place = "hidden-place"};
  writer_.Write("hidden-neighbour");
  const auto entry = writer_.journal->Write(content);
  ASSERT_TRUE(entry.has_value());
  ShareWish wish = Wish(*entry);
  wish.note = "a heavy one";
  const auto preview = writer_.journal->sharing().Preview(wish);
  ASSERT_TRUE(preview.has_value());
  Share(writer_, wish);
  const Bytes waiting = Waiting(writer_);
  EXPECT_TRUE(Holds(waiting, "the words"));
  EXPECT_FALSE(Holds(waiting, "idden"));
  EXPECT_FALSE(Holds(waiting, ToString(entry->view())));
  Send(writer_, reader_);
  const auto inbox = Inbox(reader_);
  ASSERT_THAT(inbox, SizeIs(1));
  EXPECT_EQ(inbox[0].content, *preview);
  EXPECT_EQ(inbox[0].content.title, "a title");
  EXPECT_EQ(inbox[0].content.note, "a heavy one");
  EXPECT_TRUE(inbox[0].content.date.day_only);
  EXPECT_EQ(inbox[0].friend_label, "Sam");
  EXPECT_THAT(Inbox(writer_), IsEmpty()) << "one's own are not received";
}

TEST_F(CoreSharing, TwentyThousandCharactersOfAnyScriptArriveByteForByte) {
  std::string text;
  while (text.size() < 60'000) text += "\u201cquoted\u201d \U0001F9F5 \u05e9\u05dc\u05d5\u05dd \u202e \u2019s\r\n";
  Share(writer_, Wish(writer_.Write(text)));
  Send(writer_, reader_);
  EXPECT_THAT(InboxTexts(reader_), ElementsAre(text));
}

TEST_F(CoreSharing, AKindThatIsNotKnownIsKeptAndShown) {
  Content content = AnEntry("words");
  content.kind = "from-next-year";
  const auto entry = writer_.journal->Write(content);
  Share(writer_, Wish(*entry));
  Send(writer_, reader_);
  ASSERT_THAT(Inbox(reader_), SizeIs(1));
  EXPECT_EQ(Inbox(reader_)[0].content.kind, "from-next-year");
}

TEST_F(CoreSharing, APassageComesWithoutTheRestAndWithoutTheTitle) {
  const auto entry = writer_.journal->Write(AnEntry("before the passage after", "title"));
  ShareWish wish = Wish(*entry);
  wish.passage = "the passage";
  Share(writer_, wish);
  EXPECT_FALSE(Holds(Waiting(writer_), "before"));
  Send(writer_, reader_);
  ASSERT_THAT(InboxTexts(reader_), ElementsAre("the passage"));
  EXPECT_EQ(Inbox(reader_)[0].content.title, "");
  EXPECT_TRUE(Inbox(reader_)[0].content.passage);
}

TEST_F(CoreSharing, AnOlderVersionCanBeShared) {
  const EntryId entry = writer_.Write("first");
  const VersionId first = writer_.journal->Show(entry)->versions.items.front().id;
  ASSERT_TRUE(writer_.journal->Edit(entry, {}, AnEntry("second")));
  ShareWish wish = Wish(entry);
  wish.version = first;
  Share(writer_, wish);
  Send(writer_, reader_);
  EXPECT_THAT(InboxTexts(reader_), ElementsAre("first"));
}

TEST_F(CoreSharing, WhatCannotBeSharedIsRefusedAndChangesNothing) {
  const EntryId entry = writer_.Write("words");
  const MemStore::Contents before = writer_.store.contents();
  Sharing sharing = writer_.journal->sharing();
  ShareWish wish = Wish(RandomId<EntryId>());
  ExpectCode(sharing.Share(wish), Code::kNotFound);
  wish = Wish(entry);
  wish.circle = RandomId<MailboxId>();
  ExpectCode(sharing.Share(wish), Code::kNotFound);
  wish = Wish(entry);
  wish.version = RandomId<VersionId>();
  ExpectCode(sharing.Share(wish), Code::kNotFound);
  wish = Wish(entry);
  wish.passage = "not in it";
  ExpectCode(sharing.Share(wish), Code::kNotFound);
  wish.passage = "";
  ExpectCode(sharing.Share(wish), Code::kInvalidArgument);
  wish.passage = "words";
  wish.follow = true;
  ExpectCode(sharing.Share(wish), Code::kInvalidArgument);
  wish = Wish(entry);
  wish.note = std::string(kMaxNote + 1, 'x');
  ExpectCode(sharing.Share(wish), Code::kTooLarge);
  wish.note = "\xff";
  ExpectCode(sharing.Share(wish), Code::kNotUtf8);
  for (const int64_t hold : {limits::kHoldLeast - 1, limits::kHoldMost + 1, int64_t{-1}}) {
    ExpectCode(sharing.Share(Wish(entry, hold)), Code::kInvalidArgument);
  }
  EXPECT_EQ(writer_.store.contents(), before);
  ASSERT_TRUE(writer_.journal->Delete(entry));
  ExpectCode(sharing.Share(Wish(entry)), Code::kNotFound);
}

TEST_F(CoreSharing, NoMoreIsSharedInACircleThanTheLimit) {
  const EntryId entry = writer_.Write("words");
  Transaction tx(writer_.store);
  tx.Put(storage::ShareCountKey(circle_, writer_.state().identity.person),
         storage::EncodeU64(limits::kSharesPerCircle));
  ASSERT_TRUE(writer_.state().Commit(tx));
  ExpectCode(writer_.journal->sharing().Share(Wish(entry)), Code::kTooLarge);
}

// ---- Holding.

TEST_F(CoreSharing, CancelDuringTheHoldLeavesTheVaultAsItWasBefore) {
  const EntryId entry = writer_.Write("words");
  writer_.Seal();
  const MemStore::Contents before = writer_.store.contents();
  const auto placed = writer_.journal->sharing().Share(Wish(entry, 15 * kMinute));
  ASSERT_TRUE(placed && placed->held);
  EXPECT_NE(writer_.store.contents(), before);
  EXPECT_EQ(Circle(writer_).outbox_waiting, 0u);
  EXPECT_EQ(writer_.self().outbox_waiting, 0u);
  ASSERT_TRUE(writer_.journal->sharing().Cancel(placed->held->number));
  EXPECT_EQ(writer_.store.contents(), before);
  EXPECT_TRUE(SealCircle(writer_).empty());
  ExpectCode(writer_.journal->sharing().Cancel(placed->held->number), Code::kNotFound);
  ExpectCode(writer_.journal->sharing().ReleaseNow(placed->held->number), Code::kNotFound);
  EXPECT_NE(writer_.journal->sharing().Share(Wish(entry, kMinute))->held->number, placed->held->number)
      << "a number names one share";
}

TEST_F(CoreSharing, AShareLeavesWhenItsHoldIsOverAndNotBefore) {
  const EntryId entry = writer_.Write("words");
  Share(writer_, Wish(entry, 15 * kMinute));
  writer_.Reopen();
  const int64_t leaves = writer_.clock.NowMillis() + 15 * kMinute;
  EXPECT_EQ(writer_.journal->sharing().ReleaseDue()->next_ms, leaves);
  writer_.clock.Advance(15 * kMinute - 1);
  EXPECT_EQ(writer_.journal->sharing().ReleaseDue()->next_ms, leaves);
  EXPECT_TRUE(SealCircle(writer_).empty());
  writer_.clock.Advance(1);
  EXPECT_EQ(writer_.journal->sharing().ReleaseDue()->next_ms, std::nullopt);
  EXPECT_THAT(*writer_.journal->sharing().Held(), IsEmpty());
  Send(writer_, reader_);
  EXPECT_THAT(InboxTexts(reader_), ElementsAre("words"));
}

TEST_F(CoreSharing, ASecondShareWaitsForItsOwnHold) {
  const EntryId entry = writer_.Write("words");
  Share(writer_, Wish(entry, 5 * kMinute));
  Share(writer_, Wish(entry, 60 * kMinute));
  writer_.clock.Advance(5 * kMinute);
  EXPECT_EQ(writer_.journal->sharing().ReleaseDue()->next_ms, writer_.clock.NowMillis() + 55 * kMinute);
  EXPECT_THAT(*writer_.journal->sharing().Held(), SizeIs(1));
}

TEST_F(CoreSharing, ReleaseNowDoesNotWait) {
  const EntryId entry = writer_.Write("words");
  const auto placed = writer_.journal->sharing().Share(Wish(entry, 15 * kMinute));
  ASSERT_TRUE(writer_.journal->sharing().ReleaseNow(placed->held->number));
  EXPECT_THAT(*writer_.journal->sharing().Held(), IsEmpty());
  Send(writer_, reader_);
  ASSERT_THAT(Inbox(reader_), SizeIs(1));
  EXPECT_EQ(Inbox(reader_)[0].id, placed->id);
}

TEST_F(CoreSharing, WhatCameDueWhileLockedBeginsItsHoldAnew) {
  const EntryId entry = writer_.Write("words");
  Share(writer_, Wish(entry, 15 * kMinute));
  Share(writer_, Wish(entry, 60 * kMinute));
  const int64_t later = writer_.clock.NowMillis() + 60 * kMinute;
  writer_.clock.Advance(16 * kMinute);
  ASSERT_TRUE(writer_.journal->sharing().ExtendHolds());
  const auto held = *writer_.journal->sharing().Held();
  ASSERT_THAT(held, SizeIs(2));
  EXPECT_EQ(held[0].leaves_ms, writer_.clock.NowMillis() + 15 * kMinute);
  EXPECT_EQ(held[1].leaves_ms, later);
}

TEST_F(CoreSharing, AClockThatWasSetNeitherSendsAtOnceNorNever) {
  const EntryId entry = writer_.Write("words");
  for (const int64_t days : {int64_t{3}, int64_t{-3}}) {
    Share(writer_, Wish(entry, 15 * kMinute));
    writer_.clock.Advance(days * FakeClock::kDay);
    EXPECT_EQ(writer_.journal->sharing().ReleaseDue()->next_ms, writer_.clock.NowMillis() + 15 * kMinute);
    EXPECT_EQ(Circle(writer_).outbox_waiting, 0u);
    writer_.clock.Advance(15 * kMinute);
    EXPECT_EQ(writer_.journal->sharing().ReleaseDue()->next_ms, std::nullopt);
    EXPECT_EQ(SealCircle(writer_).size(), 1u);
  }
}

TEST_F(CoreSharing, WhatIsHeldOfADeletedEntryNeverLeaves) {
  const EntryId entry = writer_.Write("words");
  Share(writer_, Wish(entry, 15 * kMinute));
  ASSERT_TRUE(writer_.journal->Delete(entry));
  writer_.clock.Advance(15 * kMinute);
  EXPECT_EQ(writer_.journal->sharing().ReleaseDue()->next_ms, std::nullopt);
  EXPECT_THAT(*writer_.journal->sharing().Held(), IsEmpty());
  EXPECT_TRUE(SealCircle(writer_).empty());
}

// ---- Following.

TEST_F(CoreSharing, ALaterEditStaysPrivate) {
  const EntryId entry = writer_.Write("first");
  Share(writer_, Wish(entry));
  Send(writer_, reader_);
  Edit(writer_, entry, "second");
  EXPECT_TRUE(SealCircle(writer_).empty());
  EXPECT_THAT(*writer_.journal->sharing().Held(), IsEmpty());
}

TEST_F(CoreSharing, AShareThatFollowsSendsALaterEditUnderTheSameHold) {
  const EntryId entry = writer_.Write("first");
  ShareWish wish = Wish(entry, 20 * kMinute);
  wish.follow = true;
  wish.note = "note";
  const auto placed = writer_.journal->sharing().Share(wish);
  ASSERT_TRUE(writer_.journal->sharing().ReleaseNow(placed->held->number));
  Send(writer_, reader_);
  Edit(writer_, entry, "second");
  Edit(writer_, entry, "third");
  const auto held = *writer_.journal->sharing().Held();
  ASSERT_THAT(held, SizeIs(1)) << "a newer one takes the place of what is still held";
  EXPECT_EQ(held[0].leaves_ms, writer_.clock.NowMillis() + 20 * kMinute);
  EXPECT_EQ(held[0].content.text, "third");
  EXPECT_EQ(held[0].content.note, "note");
  EXPECT_THAT(InboxTexts(reader_), ElementsAre("first"));
  ASSERT_TRUE(writer_.journal->sharing().ReleaseNow(held[0].number));
  Send(writer_, reader_);
  ASSERT_THAT(InboxTexts(reader_), ElementsAre("third"));
  EXPECT_EQ(Inbox(reader_)[0].id, placed->id);
  EXPECT_THAT(Audience(writer_, entry), SizeIs(1));
}

TEST_F(CoreSharing, WhatTwoDevicesWroteAtOnceFollowsAsItIsMerged) {
  LinkSecond();
  const EntryId entry = writer_.Write("one\n\ntwo\n\nthree");
  ShareWish wish = Wish(entry, 20 * kMinute);
  wish.follow = true;
  ASSERT_TRUE(writer_.journal->sharing().ReleaseNow(writer_.journal->sharing().Share(wish)->held->number));
  Send(writer_, reader_);
  Bring(writer_, second_);
  Tell(writer_, second_);
  Edit(writer_, entry, "ONE\n\ntwo\n\nthree");
  ASSERT_TRUE(second_.journal->Edit(entry, {}, AnEntry("one\n\ntwo\n\nTHREE")));
  Tell(second_, writer_);
  ASSERT_TRUE(writer_.journal->sharing().FollowUp(entry));
  const auto held = *writer_.journal->sharing().Held();
  ASSERT_THAT(held, SizeIs(1)) << "it takes the place of what this device held alone";
  EXPECT_EQ(held[0].content.text, "ONE\n\ntwo\n\nTHREE");
  ASSERT_TRUE(writer_.journal->sharing().ReleaseNow(held[0].number));
  EXPECT_THAT(storage::ReadNotes(writer_.store, entry)->at(0).versions, SizeIs(2)) << "it is a copy of both";
  Send(writer_, reader_);
  EXPECT_THAT(InboxTexts(reader_), ElementsAre("ONE\n\ntwo\n\nTHREE"));
}

// The hold is kept by the vault, not by whoever runs.
TEST_F(CoreSharing, WhatIsHeldIsHeldAfterARestartAndLeavesAtItsTime) {
  const EntryId entry = writer_.Write("words");
  const auto placed = writer_.journal->sharing().Share(Wish(entry, 20 * kMinute));
  const auto before = *writer_.journal->sharing().Held();
  writer_.Reopen();
  const auto after = *writer_.journal->sharing().Held();
  ASSERT_THAT(after, SizeIs(1));
  EXPECT_EQ(after[0].number, placed->held->number);
  EXPECT_EQ(after[0].leaves_ms, before[0].leaves_ms);
  EXPECT_EQ(after[0].content, before[0].content);
  EXPECT_EQ(writer_.journal->sharing().ReleaseDue()->next_ms, before[0].leaves_ms);
  EXPECT_TRUE(SealCircle(writer_).empty());
  const auto next = writer_.journal->sharing().Share(Wish(entry, 20 * kMinute));
  EXPECT_NE(next->held->number, placed->held->number);
  ASSERT_TRUE(writer_.journal->sharing().Cancel(next->held->number));
  writer_.clock.Advance(20 * kMinute);
  EXPECT_EQ(writer_.journal->sharing().ReleaseDue()->next_ms, std::nullopt);
  Send(writer_, reader_);
  EXPECT_THAT(InboxTexts(reader_), ElementsAre("words"));
}

TEST_F(CoreSharing, AFollowUpThatCameBackToWhatTheFriendHasIsNotSent) {
  const EntryId entry = writer_.Write("first");
  ShareWish wish = Wish(entry, 20 * kMinute);
  wish.follow = true;
  ASSERT_TRUE(writer_.journal->sharing().ReleaseNow(writer_.journal->sharing().Share(wish)->held->number));
  Edit(writer_, entry, "second");
  EXPECT_THAT(*writer_.journal->sharing().Held(), SizeIs(1));
  Edit(writer_, entry, "first");
  EXPECT_THAT(*writer_.journal->sharing().Held(), IsEmpty());
}

TEST_F(CoreSharing, AnEditDuringTheFirstHoldIsWhatLeaves) {
  const EntryId entry = writer_.Write("first");
  ShareWish wish = Wish(entry, 20 * kMinute);
  wish.follow = true;
  const auto placed = writer_.journal->sharing().Share(wish);
  writer_.clock.Advance(10 * kMinute);
  Edit(writer_, entry, "second");
  const auto held = *writer_.journal->sharing().Held();
  ASSERT_THAT(held, SizeIs(1));
  EXPECT_EQ(held[0].number, placed->held->number);
  EXPECT_EQ(held[0].content.text, "second");
  EXPECT_EQ(held[0].leaves_ms, writer_.clock.NowMillis() + 20 * kMinute);
}

}  // namespace
}  // namespace kith
