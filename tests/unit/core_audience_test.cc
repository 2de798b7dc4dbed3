// Who can see what: what is known of a copy, taking it back, answers, and the list of friends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

class CoreAudience : public TwoFriends {
 protected:
  // Told of the entry, and not among what somebody can see.
  void ExpectTakenBack(Device& device, const EntryId& entry, Reach before) {
    const auto audience = Audience(device, entry);
    ASSERT_THAT(audience, SizeIs(1));
    EXPECT_EQ(audience[0].reach, Reach::kTakenBack);
    EXPECT_EQ(audience[0].before, before);
    EXPECT_THAT(*device.journal->sharing().Audience(std::nullopt), IsEmpty());
  }
};

// ---- What is known, and taking back.

TEST_F(CoreAudience, WhatIsKnownOfACopyGrowsWithWhatWasHeard) {
  const EntryId entry = writer_.Write("words");
  const auto reach = [&] { return Audience(writer_, entry).at(0).reach; };
  const auto placed = writer_.journal->sharing().Share(Wish(entry, 15 * kMinute));
  EXPECT_EQ(reach(), Reach::kHeld);
  ASSERT_TRUE(writer_.journal->sharing().ReleaseNow(placed->held->number));
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

TEST_F(CoreAudience, OneThatWaitsUnsealedIsDroppedAndTheCircleHearsNothing) {
  const EntryId entry = writer_.Write("words");
  Share(writer_, Wish(entry));
  const auto before = writer_.journal->sharing().TakeBack(entry, std::nullopt);
  ASSERT_TRUE(before.has_value());
  ASSERT_THAT(*before, SizeIs(1));
  EXPECT_EQ(before->at(0).reach, Reach::kWaiting);
  EXPECT_TRUE(SealCircle(writer_).empty());
  ExpectTakenBack(writer_, entry, Reach::kWaiting);
  ExpectCode(writer_.journal->sharing().TakeBack(entry, std::nullopt), Code::kNotFound);
}

TEST_F(CoreAudience, TakenBackBeforeTheFriendFetchedItNeverArrives) {
  const EntryId entry = writer_.Write("words");
  Share(writer_, Wish(entry));
  SealCircle(writer_);
  Acknowledge(writer_);
  const auto before = writer_.journal->sharing().TakeBack(entry, circle_);
  ASSERT_TRUE(before.has_value());
  EXPECT_EQ(before->at(0).reach, Reach::kUnknown);
  Send(writer_, reader_);
  EXPECT_THAT(Inbox(reader_), IsEmpty());
  // A device that cites the record now has it without its words.
  Share(reader_, Wish(reader_.Write("other")));
  Send(reader_, writer_);
  ExpectTakenBack(writer_, entry, Reach::kUnknown);
  EXPECT_EQ(LaneOf(writer_, reader_)->applied_seq, CircleLane(writer_).stored_seq) << "nothing waits";
  EXPECT_EQ(reader_.state().refused, 0u);
}

TEST_F(CoreAudience, TakenBackAfterItWasFetchedItLeavesTheInboxAndTheVault) {
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
  writer_.Reopen();
  ExpectTakenBack(writer_, entry, Reach::kFetched);
  Transaction tx(reader_.store);
  EXPECT_TRUE((*Lanes::GetRecord(tx, *LaneOf(writer_, reader_), seq))->payload.empty());
  ExpectCode(reader_.journal->sharing().Hear(received, "", HeardWish::kNone), Code::kNotFound);
  ExpectCode(reader_.journal->sharing().Received(Hex(received.id.view())), Code::kNotFound);
  reader_.Reopen();
  EXPECT_THAT(Inbox(reader_), IsEmpty());
}

TEST_F(CoreAudience, HeldOnesAreCancelledByTakingBack) {
  const EntryId entry = writer_.Write("words");
  Share(writer_, Wish(entry, 15 * kMinute));
  const auto before = writer_.journal->sharing().TakeBack(entry, circle_);
  ASSERT_TRUE(before.has_value());
  EXPECT_EQ(before->at(0).reach, Reach::kHeld);
  EXPECT_THAT(*writer_.journal->sharing().Held(), IsEmpty());
}

TEST_F(CoreAudience, TheOtherDeviceTakesBackAndTheOneThatSharedPrunes) {
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
  ExpectTakenBack(writer_, entry, Reach::kUnknown);
  ExpectTakenBack(second_, entry, Reach::kUnknown);
}

TEST_F(CoreAudience, AnOldShareServedAgainAfterItWasTakenBackStaysGone) {
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

TEST_F(CoreAudience, ATakeBackThatComesFirstCounts) {
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

TEST_F(CoreAudience, WordsThatArriveAfterTheyWereTakenBackAreNotKept) {
  LinkSecond();
  const EntryId entry = writer_.Write("words");
  Share(writer_, Wish(entry));
  SealCircle(writer_);
  Bring(writer_, second_);
  Tell(writer_, second_);
  ASSERT_TRUE(second_.journal->sharing().TakeBack(entry, std::nullopt));
  Send(second_, reader_);
  Bring(writer_, reader_);
  EXPECT_THAT(Inbox(reader_), IsEmpty());
  const Transaction tx(reader_.store);
  const uint64_t seq = CircleLane(writer_).stored_seq;
  EXPECT_EQ(LaneOf(writer_, reader_)->applied_seq, seq);
  EXPECT_TRUE((*Lanes::GetRecord(tx, *LaneOf(writer_, reader_), seq))->payload.empty());
}

TEST_F(CoreAudience, SomebodyElsesShareOfTheSameIdTakesNothingBack) {
  const EntryId entry = writer_.Write("words");
  const ShareId id = Share(writer_, Wish(entry));
  Send(writer_, reader_);
  Transaction tx(reader_.store);
  ASSERT_TRUE(ShareIntake(reader_.state()).Take(tx, TakeBackOp{.share = id}, reader_.state().identity.person, circle_));
  ASSERT_TRUE(reader_.state().Commit(tx));
  EXPECT_THAT(InboxTexts(reader_), ElementsAre("words"));
}

// ---- Answers.

TEST_F(CoreAudience, AnAnswerArrivesAtTheWriterWithWhoGaveIt) {
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

TEST_F(CoreAudience, AnAnswerHasAThousandCharactersAndNoMore) {
  Share(writer_, Wish(writer_.Write("words")));
  Send(writer_, reader_);
  const auto received = Inbox(reader_).at(0);
  std::string text;
  for (size_t i = 0; i < kMaxHeardCharacters; ++i) text += "\u00e9";
  EXPECT_TRUE(reader_.journal->sharing().Hear(received, text, HeardWish::kNone));
  ExpectCode(reader_.journal->sharing().Hear(received, text + "x", HeardWish::kNone), Code::kTooLarge);
  ExpectCode(reader_.journal->sharing().Hear(received, "\xff", HeardWish::kNone), Code::kNotUtf8);
}

TEST_F(CoreAudience, NobodyAnswersToTheirOwnShare) {
  const PersonId author = writer_.state().identity.person;
  Transaction tx(reader_.store);
  const HeardOp op{.share = RandomId<ShareId>(), .author = author, .text = "well said"};
  ExpectCode(ShareIntake(reader_.state()).Take(tx, op, author, circle_, {}, RandomId<OpId>()), Code::kForgedRecord);
  EXPECT_TRUE(tx.empty());
}

TEST_F(CoreAudience, NoMoreAnswersAreKeptOfAShareThanTheLimit) {
  const HeardOp op{.share = RandomId<ShareId>(), .author = reader_.state().identity.person};
  Transaction tx(reader_.store);
  ShareIntake intake(reader_.state());
  const PersonId by = writer_.state().identity.person;
  const OpId first = RandomId<OpId>();
  ASSERT_TRUE(intake.Take(tx, op, by, circle_, {}, first));
  for (size_t i = 1; i < limits::kHeardPerShare; ++i)
    ASSERT_TRUE(intake.Take(tx, op, by, circle_, {}, RandomId<OpId>()));
  ExpectCode(intake.Take(tx, op, by, circle_, {}, RandomId<OpId>()), Code::kTooLarge);
  EXPECT_TRUE(intake.Take(tx, op, by, circle_, {}, first)) << "one that is known is no further one";
}

TEST_F(CoreAudience, TheAnswersOfOnePersonTakeNoRoomFromAnothers) {
  const HeardOp op{.share = RandomId<ShareId>(), .author = reader_.state().identity.person};
  Transaction tx(reader_.store);
  ShareIntake intake(reader_.state());
  const PersonId many = RandomId<PersonId>();
  for (size_t i = 0; i < limits::kHeardPerShare; ++i)
    ASSERT_TRUE(intake.Take(tx, op, many, circle_, {}, RandomId<OpId>()));
  ExpectCode(intake.Take(tx, op, many, circle_, {}, RandomId<OpId>()), Code::kTooLarge);
  EXPECT_TRUE(intake.Take(tx, op, writer_.state().identity.person, circle_, {}, RandomId<OpId>()));
}

TEST_F(CoreAudience, AReceivedShareIsFoundByItsFirstDigits) {
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

TEST_F(CoreAudience, FriendsAreListedByNameAndFoundInAnyCase) {
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

TEST_F(CoreAudience, CountsFollowWhatStandsOnEveryDevice) {
  LinkSecond();
  const EntryId twice = writer_.Write("twice");
  const EntryId once = writer_.Write("once");
  Share(writer_, Wish(twice));
  Share(writer_, Wish(twice));
  Share(writer_, Wish(once));
  Share(writer_, Wish(once, 15 * kMinute));
  const auto expect_counts = [&](uint64_t shares, uint64_t entries) {
    Send(writer_, reader_);
    Bring(writer_, second_);
    Tell(writer_, second_);
    for (Device* device : {&writer_, &second_}) {
      device->Reopen();
      EXPECT_EQ(device->journal->sharing().Friends().at(0).shared, shares);
      EXPECT_EQ(device->journal->sharing().Friends().at(0).received, 0u);
      EXPECT_EQ(*device->journal->sharing().SharedEntries(), entries);
    }
    reader_.Reopen();
    EXPECT_THAT(Inbox(reader_), SizeIs(shares));
    EXPECT_EQ(reader_.journal->sharing().Friends().at(0).received, shares);
    EXPECT_EQ(reader_.journal->sharing().Friends().at(0).shared, 0u);
    EXPECT_EQ(*reader_.journal->sharing().SharedEntries(), 0u);
  };
  EXPECT_EQ(*writer_.journal->sharing().HeldCount(), 1u);
  expect_counts(3, 2);
  ASSERT_TRUE(writer_.journal->sharing().TakeBack(once, std::nullopt));
  EXPECT_EQ(*writer_.journal->sharing().HeldCount(), 0u);
  expect_counts(2, 1);
  ASSERT_TRUE(writer_.journal->sharing().TakeBack(twice, std::nullopt));
  expect_counts(0, 0);
}

TEST_F(CoreAudience, CountingReadsNothingOfWhatIsCounted) {
  const EntryId entry = writer_.Write("words");
  const ShareId share = Share(writer_, Wish(entry));
  Send(writer_, reader_);
  for (Device* device : {&writer_, &reader_}) {
    Transaction tx(device->store);
    tx.Put(storage::KnownShareKey(circle_, writer_.state().identity.person, share), {1});
    tx.Put(storage::ShareNoteKey(entry, share), {1});
    ASSERT_TRUE(device->state().Commit(tx));
  }
  EXPECT_EQ(writer_.journal->sharing().Friends().at(0).shared, 1u);
  EXPECT_EQ(writer_.journal->sharing().SharedEntries(), 1u);
  EXPECT_EQ(reader_.journal->sharing().Friends().at(0).received, 1u);
}

TEST_F(CoreAudience, ANameAMarkAndARestReachTheOtherDevice) {
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

TEST_F(CoreAudience, WhoLeftIsLeftWhateverIsSaidLaterOrElsewhere) {
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

TEST_F(CoreAudience, LeavingTakesBackAllThatWasShared) {
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

TEST_F(CoreAudience, TheNewestOfTwoNotesCountsInAnyOrderAndATakenBackOneBeforeAll) {
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
