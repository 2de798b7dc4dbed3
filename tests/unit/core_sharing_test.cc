// Sharing: what is held and leaves, what is known of it, what a friend sees and answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "client/core/limits.h"
#include "client/core/share_storage.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/support/builders.h"
#include "tests/unit/sharing_testing.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class CoreSharing : public TwoFriends {
 protected:
  static void ExpectCode(const auto& result, Code code) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, code);
  }
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
  ASSERT_TRUE(writer_.journal->sharing().Cancel(*placed->held));
  EXPECT_EQ(writer_.store.contents(), before);
  EXPECT_TRUE(SealCircle(writer_).empty());
  ExpectCode(writer_.journal->sharing().Cancel(*placed->held), Code::kNotFound);
  ExpectCode(writer_.journal->sharing().ReleaseNow(*placed->held), Code::kNotFound);
  EXPECT_NE(*writer_.journal->sharing().Share(Wish(entry, kMinute))->held, *placed->held) << "a number names one share";
}

TEST_F(CoreSharing, AShareLeavesWhenItsHoldIsOverAndNotBefore) {
  const EntryId entry = writer_.Write("words");
  Share(writer_, Wish(entry, 15 * kMinute));
  writer_.Reopen();
  const int64_t leaves = writer_.clock.NowMillis() + 15 * kMinute;
  EXPECT_EQ(*writer_.journal->sharing().ReleaseDue(), leaves);
  writer_.clock.Advance(15 * kMinute - 1);
  EXPECT_EQ(*writer_.journal->sharing().ReleaseDue(), leaves);
  EXPECT_TRUE(SealCircle(writer_).empty());
  writer_.clock.Advance(1);
  EXPECT_EQ(*writer_.journal->sharing().ReleaseDue(), std::nullopt);
  EXPECT_THAT(*writer_.journal->sharing().Held(), IsEmpty());
  Send(writer_, reader_);
  EXPECT_THAT(InboxTexts(reader_), ElementsAre("words"));
}

TEST_F(CoreSharing, ASecondShareWaitsForItsOwnHold) {
  const EntryId entry = writer_.Write("words");
  Share(writer_, Wish(entry, 5 * kMinute));
  Share(writer_, Wish(entry, 60 * kMinute));
  writer_.clock.Advance(5 * kMinute);
  EXPECT_EQ(*writer_.journal->sharing().ReleaseDue(), writer_.clock.NowMillis() + 55 * kMinute);
  EXPECT_THAT(*writer_.journal->sharing().Held(), SizeIs(1));
}

TEST_F(CoreSharing, ReleaseNowDoesNotWait) {
  const EntryId entry = writer_.Write("words");
  const auto placed = writer_.journal->sharing().Share(Wish(entry, 15 * kMinute));
  ASSERT_TRUE(writer_.journal->sharing().ReleaseNow(*placed->held));
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
    EXPECT_EQ(*writer_.journal->sharing().ReleaseDue(), writer_.clock.NowMillis() + 15 * kMinute);
    EXPECT_EQ(Circle(writer_).outbox_waiting, 0u);
    writer_.clock.Advance(15 * kMinute);
    EXPECT_EQ(*writer_.journal->sharing().ReleaseDue(), std::nullopt);
    EXPECT_EQ(SealCircle(writer_).size(), 1u);
  }
}

TEST_F(CoreSharing, WhatIsHeldOfADeletedEntryNeverLeaves) {
  const EntryId entry = writer_.Write("words");
  Share(writer_, Wish(entry, 15 * kMinute));
  ASSERT_TRUE(writer_.journal->Delete(entry));
  writer_.clock.Advance(15 * kMinute);
  EXPECT_EQ(*writer_.journal->sharing().ReleaseDue(), std::nullopt);
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
  ASSERT_TRUE(writer_.journal->sharing().ReleaseNow(*placed->held));
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

TEST_F(CoreSharing, AFollowUpThatCameBackToWhatTheFriendHasIsNotSent) {
  const EntryId entry = writer_.Write("first");
  ShareWish wish = Wish(entry, 20 * kMinute);
  wish.follow = true;
  ASSERT_TRUE(writer_.journal->sharing().ReleaseNow(*writer_.journal->sharing().Share(wish)->held));
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
  EXPECT_EQ(held[0].number, *placed->held);
  EXPECT_EQ(held[0].content.text, "second");
  EXPECT_EQ(held[0].leaves_ms, writer_.clock.NowMillis() + 20 * kMinute);
}

// ---- What is known, and taking back.

TEST_F(CoreSharing, WhatIsKnownOfACopyGrowsWithWhatWasHeard) {
  const EntryId entry = writer_.Write("words");
  const auto reach = [&] { return Audience(writer_, entry).at(0).reach; };
  const auto placed = writer_.journal->sharing().Share(Wish(entry, 15 * kMinute));
  EXPECT_EQ(reach(), Reach::kHeld);
  ASSERT_TRUE(writer_.journal->sharing().ReleaseNow(*placed->held));
  EXPECT_EQ(reach(), Reach::kWaiting);
  SealCircle(writer_);
  EXPECT_EQ(reach(), Reach::kWaiting);
  Acknowledge(writer_);
  EXPECT_EQ(reach(), Reach::kUnknown);
  Bring(writer_, reader_);
  EXPECT_EQ(reach(), Reach::kUnknown) << "reading is never told";
  ASSERT_TRUE(reader_.journal->sharing().Hear(Inbox(reader_).at(0), "", HeardWish::kNone));
  Send(reader_, writer_);
  EXPECT_EQ(reach(), Reach::kFetched);
}

TEST_F(CoreSharing, OneThatWaitsUnsealedIsDroppedAndTheCircleHearsNothing) {
  const EntryId entry = writer_.Write("words");
  Share(writer_, Wish(entry));
  const auto before = writer_.journal->sharing().TakeBack(entry, std::nullopt);
  ASSERT_TRUE(before.has_value());
  ASSERT_THAT(*before, SizeIs(1));
  EXPECT_EQ(before->at(0).reach, Reach::kWaiting);
  EXPECT_TRUE(SealCircle(writer_).empty());
  EXPECT_THAT(Audience(writer_, entry), IsEmpty());
  ExpectCode(writer_.journal->sharing().TakeBack(entry, std::nullopt), Code::kNotFound);
}

TEST_F(CoreSharing, TakenBackBeforeTheFriendFetchedItNeverArrives) {
  const EntryId entry = writer_.Write("words");
  Share(writer_, Wish(entry));
  SealCircle(writer_);
  Acknowledge(writer_);
  const auto before = writer_.journal->sharing().TakeBack(entry, circle_);
  ASSERT_TRUE(before.has_value());
  EXPECT_EQ(before->at(0).reach, Reach::kUnknown);
  Send(writer_, reader_);
  EXPECT_THAT(Inbox(reader_), IsEmpty());
  EXPECT_EQ(LaneOf(writer_, reader_)->applied_seq, CircleLane(writer_).stored_seq) << "nothing waits";
  EXPECT_EQ(reader_.state().refused, 0u);
}

TEST_F(CoreSharing, TakenBackAfterItWasFetchedItLeavesTheInboxAndTheVault) {
  const EntryId entry = writer_.Write("words");
  Share(writer_, Wish(entry));
  Send(writer_, reader_);
  const uint64_t seq = CircleLane(writer_).stored_seq;
  const auto received = Inbox(reader_).at(0);
  ASSERT_TRUE(reader_.journal->sharing().Hear(received, "thank you", HeardWish::kNone));
  Send(reader_, writer_);
  const auto before = writer_.journal->sharing().TakeBack(entry, circle_);
  ASSERT_TRUE(before.has_value());
  EXPECT_EQ(before->at(0).reach, Reach::kFetched);
  EXPECT_TRUE(CircleRecord(writer_, seq).payload.empty());
  Send(writer_, reader_);
  EXPECT_THAT(Inbox(reader_), IsEmpty());
  Transaction tx(reader_.store);
  EXPECT_TRUE((*Lanes::GetRecord(tx, *LaneOf(writer_, reader_), seq))->payload.empty());
  ExpectCode(reader_.journal->sharing().Hear(received, "", HeardWish::kNone), Code::kNotFound);
  ExpectCode(reader_.journal->sharing().Received(Hex(received.id.view())), Code::kNotFound);
  reader_.Reopen();
  EXPECT_THAT(Inbox(reader_), IsEmpty());
}

TEST_F(CoreSharing, HeldOnesAreCancelledByTakingBack) {
  const EntryId entry = writer_.Write("words");
  Share(writer_, Wish(entry, 15 * kMinute));
  const auto before = writer_.journal->sharing().TakeBack(entry, circle_);
  ASSERT_TRUE(before.has_value());
  EXPECT_EQ(before->at(0).reach, Reach::kHeld);
  EXPECT_THAT(*writer_.journal->sharing().Held(), IsEmpty());
}

TEST_F(CoreSharing, TheOtherDeviceTakesBackAndTheOneThatSharedPrunes) {
  LinkSecond();
  const EntryId entry = writer_.Write("words");
  Share(writer_, Wish(entry));
  Send(writer_, reader_);
  Bring(writer_, second_);
  Tell(writer_, second_);
  ASSERT_THAT(Audience(second_, entry), SizeIs(1));
  ASSERT_TRUE(second_.journal->sharing().TakeBack(entry, std::nullopt));
  Send(second_, reader_);
  EXPECT_THAT(Inbox(reader_), IsEmpty()) << "hidden at once, whichever device says so";
  EXPECT_EQ(Outbox(second_.state()).PrunesWaiting(Circle(second_)), 0u) << "not its lane";
  Tell(second_, writer_);
  EXPECT_EQ(Outbox(writer_.state()).PrunesWaiting(Circle(writer_)), 1u);
  const auto records = SealCircle(writer_);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(RecordHeader::Parse(records[0].header)->kind, RecordKind::kPrune);
  EXPECT_THAT(Audience(writer_, entry), IsEmpty());
}

TEST_F(CoreSharing, AnOldShareServedAgainAfterItWasTakenBackStaysGone) {
  const EntryId entry = writer_.Write("words");
  Share(writer_, Wish(entry));
  SealCircle(writer_);
  const SignedRecord share = CircleRecord(writer_, CircleLane(writer_).stored_seq);
  Bring(writer_, reader_);
  ASSERT_TRUE(writer_.journal->sharing().TakeBack(entry, std::nullopt));
  Send(writer_, reader_);
  Receive(reader_, share);
  Retry(reader_);
  EXPECT_THAT(Inbox(reader_), IsEmpty());
  Transaction tx(reader_.store);
  const uint64_t seq = RecordHeader::Parse(share.header)->seq;
  EXPECT_TRUE((*Lanes::GetRecord(tx, *LaneOf(writer_, reader_), seq))->payload.empty());
}

TEST_F(CoreSharing, ATakeBackThatComesFirstCounts) {
  const auto author = writer_.state().identity.person;
  const ShareId id = RandomId<ShareId>();
  Transaction tx(reader_.store);
  ShareIntake intake(reader_.state());
  ASSERT_TRUE(intake.Take(tx, TakeBackOp{.share = id, .hlc = 5}, author, circle_));
  ASSERT_TRUE(intake.Take(tx, ShareOp{.share = id, .hlc = 9, .content = {}}, author, circle_,
                          {.kind = storage::Place::Kind::kRecord, .owner = 1, .number = 99}, RandomId<OpId>()));
  ASSERT_TRUE(reader_.state().Commit(tx));
  EXPECT_THAT(Inbox(reader_), IsEmpty());
}

TEST_F(CoreSharing, SomebodyElsesShareOfTheSameIdTakesNothingBack) {
  const EntryId entry = writer_.Write("words");
  const ShareId id = Share(writer_, Wish(entry));
  Send(writer_, reader_);
  Transaction tx(reader_.store);
  ASSERT_TRUE(ShareIntake(reader_.state()).Take(tx, TakeBackOp{.share = id}, reader_.state().identity.person, circle_));
  ASSERT_TRUE(reader_.state().Commit(tx));
  EXPECT_THAT(InboxTexts(reader_), ElementsAre("words"));
}

// ---- Answers.

TEST_F(CoreSharing, AnAnswerArrivesAtTheWriterWithWhoGaveIt) {
  const EntryId entry = writer_.Write("words");
  Share(writer_, Wish(entry));
  Send(writer_, reader_);
  const auto received = Inbox(reader_).at(0);
  ASSERT_TRUE(reader_.journal->sharing().Hear(received, "I am here", HeardWish::kCall));
  reader_.clock.Advance(kMinute);
  ASSERT_TRUE(reader_.journal->sharing().Hear(received, "", HeardWish::kRest));
  Send(reader_, writer_);
  const auto answers = writer_.journal->sharing().AnswersTo(entry);
  ASSERT_TRUE(answers.has_value());
  ASSERT_THAT(*answers, SizeIs(2));
  EXPECT_EQ(answers->at(0).text, "I am here");
  EXPECT_EQ(answers->at(0).wish, HeardWish::kCall);
  EXPECT_EQ(answers->at(0).friend_label, "Robin");
  EXPECT_FALSE(answers->at(0).own);
  EXPECT_EQ(answers->at(1).wish, HeardWish::kRest);
  const auto own = reader_.journal->sharing().Answers(received);
  ASSERT_TRUE(own.has_value());
  ASSERT_THAT(*own, SizeIs(2));
  EXPECT_TRUE(own->at(0).own);
}

TEST_F(CoreSharing, AnAnswerHasAThousandCharactersAndNoMore) {
  Share(writer_, Wish(writer_.Write("words")));
  Send(writer_, reader_);
  const auto received = Inbox(reader_).at(0);
  std::string text;
  for (size_t i = 0; i < kMaxHeardCharacters; ++i) text += "\u00e9";
  EXPECT_TRUE(reader_.journal->sharing().Hear(received, text, HeardWish::kNone));
  ExpectCode(reader_.journal->sharing().Hear(received, text + "x", HeardWish::kNone), Code::kTooLarge);
  ExpectCode(reader_.journal->sharing().Hear(received, "\xff", HeardWish::kNone), Code::kNotUtf8);
}

TEST_F(CoreSharing, NobodyAnswersToTheirOwnShare) {
  const PersonId author = writer_.state().identity.person;
  Transaction tx(reader_.store);
  const HeardOp op{.share = RandomId<ShareId>(), .author = author, .text = "well said"};
  ExpectCode(ShareIntake(reader_.state()).Take(tx, op, author, circle_, RandomId<OpId>()), Code::kForgedRecord);
  EXPECT_TRUE(tx.empty());
}

TEST_F(CoreSharing, NoMoreAnswersAreKeptOfAShareThanTheLimit) {
  const HeardOp op{.share = RandomId<ShareId>(), .author = reader_.state().identity.person};
  Transaction tx(reader_.store);
  ShareIntake intake(reader_.state());
  const PersonId by = writer_.state().identity.person;
  const OpId first = RandomId<OpId>();
  ASSERT_TRUE(intake.Take(tx, op, by, circle_, first));
  for (size_t i = 1; i < limits::kHeardPerShare; ++i) ASSERT_TRUE(intake.Take(tx, op, by, circle_, RandomId<OpId>()));
  ExpectCode(intake.Take(tx, op, by, circle_, RandomId<OpId>()), Code::kTooLarge);
  EXPECT_TRUE(intake.Take(tx, op, by, circle_, first)) << "one that is known is no further one";
}

TEST_F(CoreSharing, AReceivedShareIsFoundByItsFirstDigits) {
  Share(writer_, Wish(writer_.Write("words")));
  Send(writer_, reader_);
  const std::string id = Hex(Inbox(reader_).at(0).id.view());
  Sharing sharing = reader_.journal->sharing();
  EXPECT_EQ(sharing.Received(id.substr(0, 6))->content.text, "words");
  ExpectCode(sharing.Received(id.substr(0, 3)), Code::kInvalidArgument);
  ExpectCode(sharing.Received("zzzz"), Code::kInvalidArgument);
  ExpectCode(sharing.Received(id.substr(0, 31) + (id.back() == '0' ? '1' : '0')), Code::kNotFound);
}

// ---- Friends.

TEST_F(CoreSharing, FriendsAreListedByNameAndFoundInAnyCase) {
  Sharing sharing = writer_.journal->sharing();
  Share(writer_, Wish(writer_.Write("words")));
  const auto friends = sharing.Friends();
  ASSERT_THAT(friends, SizeIs(1));
  EXPECT_EQ(friends[0].label, "Robin");
  EXPECT_EQ(friends[0].person, reader_.state().identity.person);
  EXPECT_EQ(friends[0].shared, 1u);
  EXPECT_EQ(friends[0].received, 0u);
  EXPECT_EQ(sharing.FindFriend("rOBIN")->circle, circle_);
  ExpectCode(sharing.FindFriend("Rob"), Code::kNotFound);
}

TEST_F(CoreSharing, ANameAMarkAndARestReachTheOtherDevice) {
  LinkSecond();
  Sharing sharing = writer_.journal->sharing();
  ASSERT_TRUE(sharing.Rename(circle_, "Robin B."));
  ASSERT_TRUE(sharing.SetVerified(circle_));
  ASSERT_TRUE(sharing.SetResting(circle_, Sharing::Rest::kBegin));
  Tell(writer_, second_);
  const auto friends = second_.journal->sharing().Friends();
  ASSERT_THAT(friends, SizeIs(1));
  EXPECT_EQ(friends[0].label, "Robin B.");
  EXPECT_TRUE(friends[0].verified);
  EXPECT_EQ(friends[0].state, FriendState::kResting);
  ASSERT_TRUE(sharing.SetResting(circle_, Sharing::Rest::kEnd));
  writer_.Reopen();
  EXPECT_EQ(writer_.journal->sharing().Friends()[0].state, FriendState::kActive);
  ExpectCode(writer_.journal->sharing().Rename(circle_, ""), Code::kInvalidArgument);
  ExpectCode(writer_.journal->sharing().Rename(RandomId<MailboxId>(), "x"), Code::kNotFound);
}

TEST_F(CoreSharing, WhoLeftIsLeftWhateverIsSaidLaterOrElsewhere) {
  const FriendOp left{.hlc = 5,
                      .circle = circle_,
                      .person = reader_.state().identity.person,
                      .label = "R",
                      .state = FriendState::kLeft};
  FriendOp renamed = left;
  renamed.state = FriendState::kActive;
  renamed.hlc = UINT64_MAX >> 20;
  Transaction tx(writer_.store);
  ShareIntake intake(writer_.state());
  ASSERT_TRUE(intake.Take(tx, left, RandomId<OpId>()));
  ASSERT_TRUE(intake.Take(tx, renamed, RandomId<OpId>()));
  EXPECT_EQ(writer_.state().friends.at(circle_).state, FriendState::kLeft);
}

TEST_F(CoreSharing, LeavingTakesBackAllThatWasShared) {
  const EntryId one = writer_.Write("one");
  Share(writer_, Wish(one));
  const EntryId other = writer_.Write("other");
  Share(writer_, Wish(other, 15 * kMinute));
  Send(writer_, reader_);
  ASSERT_TRUE(writer_.journal->sharing().Leave(circle_));
  EXPECT_THAT(writer_.journal->sharing().Friends(), IsEmpty());
  EXPECT_THAT(*writer_.journal->sharing().Held(), IsEmpty());
  Send(writer_, reader_);
  EXPECT_THAT(Inbox(reader_), IsEmpty());
  ExpectCode(writer_.journal->sharing().Share(Wish(one)), Code::kNotFound);
  ExpectCode(writer_.journal->sharing().Leave(circle_), Code::kNotFound);
}

TEST_F(CoreSharing, TheNewestOfTwoNotesCountsInAnyOrderAndATakenBackOneBeforeAll) {
  const ShareId share = RandomId<ShareId>();
  const EntryId entry = RandomId<EntryId>();
  ShareNoteOp early{.hlc = 4, .share = share, .circle = circle_, .entry = entry, .follow = true};
  ShareNoteOp late = early;
  late.hlc = 9;
  late.follow = false;
  ShareNoteOp back = early;
  back.taken_back = true;
  const auto shown = [&](std::vector<ShareNoteOp> ops) {
    Device device;
    Found(device);
    Transaction tx(device.store);
    for (const ShareNoteOp& op : ops) {
      EXPECT_TRUE(ShareIntake(device.state()).Take(tx, op, HashId<OpId>(labels::kOp, {EncodeOp(op)})));
    }
    EXPECT_TRUE(device.state().Commit(tx));
    return storage::ReadNotes(device.store, entry)->at(0);
  };
  EXPECT_FALSE(shown({early, late}).follow);
  EXPECT_FALSE(shown({late, early}).follow);
  EXPECT_TRUE(shown({back, late}).taken_back);
  EXPECT_TRUE(shown({late, back}).taken_back);
}

}  // namespace
}  // namespace kith
