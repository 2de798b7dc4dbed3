// Prunes: who may take words away, in which order they may be heard of, and what is written of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/refill.h"
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

class CorePrune : public TwoFriends {
 protected:
  // A record of the writer's lane that holds one share.
  SignedRecord Shared(const std::string& text) {
    entry_ = writer_.Write(text);
    Share(writer_, Wish(entry_));
    return SealCircle(writer_).back();
  }
  // A prune record at the end of a device's lane, signed but kept nowhere.
  SignedRecord Prune(Device& by, const LaneKey& lane, std::vector<PruneList::Range> ranges) {
    const storage::Lane& own = CircleLane(by);
    return SignRecord(*by.state().lanes.SignerOf(own), Lanes::NextHeader(own, RecordKind::kPrune),
                      PruneList{.lane = lane, .ranges = std::move(ranges)}.Encode());
  }
  static SignedRecord WithoutWords(SignedRecord record) {
    record.payload.clear();
    return record;
  }
  static uint64_t SeqOf(const SignedRecord& record) { return RecordHeader::Parse(record.header)->seq; }
  Bytes StoredPayload(Device& at, Device& of, uint64_t seq) {
    const Transaction tx(at.store);
    return (*Lanes::GetRecord(tx, *LaneOf(of, at), seq))->payload;
  }
  const storage::Lane& Lane() { return *LaneOf(writer_, reader_); }

  EntryId entry_;
};

TEST_F(CorePrune, APrunedRecordHoldsNothingBackWhetherTheHeaderOrThePruneComesFirst) {
  const SignedRecord share = Shared("words");
  const SignedRecord kept = Shared("kept");
  const SignedRecord prune = Prune(writer_, CircleLane(writer_).key, {{SeqOf(share), SeqOf(share)}});
  const MemStore before = reader_.store;
  Receive(reader_, WithoutWords(share));
  Receive(reader_, kept);
  EXPECT_EQ(Lane().applied_seq, SeqOf(share) - 1) << "nobody said yet that its words are gone";
  Receive(reader_, prune);
  EXPECT_EQ(Lane().applied_seq, SeqOf(prune));
  EXPECT_THAT(InboxTexts(reader_), ElementsAre("kept"));

  reader_.store = before;
  reader_.Reopen();
  Receive(reader_, prune);
  Receive(reader_, kept);
  Receive(reader_, WithoutWords(share));
  EXPECT_EQ(Lane().applied_seq, SeqOf(prune));
  EXPECT_EQ(Lane().broken, 0);
  EXPECT_THAT(InboxTexts(reader_), ElementsAre("kept"));
}

TEST_F(CorePrune, WhatIsHereAlreadyLosesItsWordsAndLeavesTheInbox) {
  const SignedRecord share = Shared("words");
  const SignedRecord prune = Prune(writer_, CircleLane(writer_).key, {{SeqOf(share), SeqOf(share)}});
  Receive(reader_, share);
  EXPECT_THAT(InboxTexts(reader_), ElementsAre("words"));
  Receive(reader_, prune);
  EXPECT_THAT(Inbox(reader_), IsEmpty());
  EXPECT_TRUE(StoredPayload(reader_, writer_, SeqOf(share)).empty());
  Receive(reader_, share);
  reader_.Reopen();
  EXPECT_TRUE(StoredPayload(reader_, writer_, SeqOf(share)).empty()) << "a relay cannot bring it back";
  EXPECT_THAT(Inbox(reader_), IsEmpty());
}

TEST_F(CorePrune, AWordlessRecordThatNobodyPrunedWaits) {
  const SignedRecord share = Shared("words");
  const SignedRecord other = Shared("other");
  Receive(reader_, WithoutWords(share));
  Receive(reader_, other);
  Receive(reader_, Prune(writer_, CircleLane(writer_).key, {{SeqOf(other), SeqOf(other)}}));
  EXPECT_EQ(Lane().applied_seq, SeqOf(share) - 1);
  Receive(reader_, share);
  EXPECT_EQ(Lane().applied_seq, Lane().stored_seq);
  EXPECT_THAT(InboxTexts(reader_), ElementsAre("words"));
}

TEST_F(CorePrune, NobodyPrunesAnothersLane) {
  const SignedRecord share = Shared("words");
  Receive(reader_, share);
  // By the friend, who is not its author: nothing of it counts at either side.
  const SignedRecord forged = Prune(reader_, CircleLane(writer_).key, {{SeqOf(share), SeqOf(share)}});
  Receive(writer_, forged);
  EXPECT_EQ(writer_.state().refused, 1u);
  EXPECT_FALSE(CircleRecord(writer_, SeqOf(share)).payload.empty());
  EXPECT_EQ(LaneOf(reader_, writer_)->broken, 0);
}

// Anybody can put another's words into a record of their own.
TEST_F(CorePrune, APrunedCopyOfAnAnswerTakesNothingFromWhoGaveIt) {
  Shared("words");
  Bring(writer_, reader_);
  const auto received = Inbox(reader_).at(0);
  ASSERT_TRUE(reader_.journal->sharing().Hear(received, "I am here", HeardWish::kCall));
  const SignedRecord answer = SealCircle(reader_).back();
  Bring(reader_, writer_);
  Transaction tx(writer_.store);
  const std::vector<Bytes> copy = writer_.Open(answer).ops;
  Outbox(writer_.state()).Add(tx, Circle(writer_), copy);
  ASSERT_TRUE(writer_.state().Commit(tx));
  const uint64_t seq = SeqOf(SealCircle(writer_).back());
  Bring(writer_, reader_);
  Receive(reader_, Prune(writer_, CircleLane(writer_).key, {{seq, seq}}));
  ASSERT_TRUE(reader_.state().prunes.Covers(Lane().number, seq));
  EXPECT_THAT(reader_.journal->sharing().Answers(received).value(), SizeIs(1));
}

TEST_F(CorePrune, AnAnswerThatWasSentTwiceStaysUntilTheOneThatIsReadGoes) {
  Shared("words");
  Bring(writer_, reader_);
  const auto received = Inbox(reader_).at(0);
  ASSERT_TRUE(reader_.journal->sharing().Hear(received, "I am here", HeardWish::kCall));
  const SignedRecord answer = SealCircle(reader_).back();
  Transaction tx(reader_.store);
  const std::vector<Bytes> copy = reader_.Open(answer).ops;
  Outbox(reader_.state()).Add(tx, Circle(reader_), copy);
  ASSERT_TRUE(reader_.state().Commit(tx));
  const SignedRecord again = SealCircle(reader_).back();
  Bring(reader_, writer_);
  const auto count = [&] {
    return storage::ReadAnswers(writer_.store, circle_, received.author, received.id).value().size();
  };
  ASSERT_EQ(count(), 1u);
  const auto prune = [&](const SignedRecord& record) {
    const uint64_t seq = SeqOf(record);
    Transaction pruning(writer_.store);
    ASSERT_TRUE(ShareIntake(writer_.state()).Pruned(pruning, circle_, LaneOf(reader_, writer_)->number, seq, seq));
    ASSERT_TRUE(writer_.state().Commit(pruning));
  };
  prune(again);
  EXPECT_EQ(count(), 1u);
  prune(answer);
  EXPECT_EQ(count(), 0u);
}

// The copy comes only after the disk was cleared of the entry.
TEST_F(CorePrune, ACopyOfWhatWasShreddedThatComesLateHasTheDiskClearedAgain) {
  LinkSecond();
  Send(writer_, second_);
  const SignedRecord late = Shared("words");
  Tell(writer_, second_);
  ASSERT_TRUE(writer_.journal->Shred(entry_));
  Tell(writer_, second_);
  ASSERT_TRUE(second_.journal->CompactIfDue());
  ASSERT_FALSE(second_.state().shreds.compaction_due());
  Receive(second_, late);
  Retry(second_);
  ASSERT_EQ(LaneOf(writer_, second_)->applied_seq, SeqOf(late));
  EXPECT_THAT(StoredPayload(second_, writer_, SeqOf(late)), IsEmpty());
  EXPECT_TRUE(second_.state().shreds.compaction_due());
}

TEST_F(CorePrune, WhoSaysTheSameAsAnotherHasAnAnswerOfTheirOwn) {
  const PersonId one = RandomId<PersonId>();
  const PersonId other = RandomId<PersonId>();
  const HeardOp op{.share = RandomId<ShareId>(), .author = writer_.state().identity.person, .text = "I am here"};
  const OpId id = RandomId<OpId>();
  Transaction tx(writer_.store);
  for (const PersonId& person : {other, one, other})
    ASSERT_TRUE(ShareIntake(writer_.state()).Take(tx, op, person, circle_, {}, id));
  ASSERT_TRUE(writer_.state().Commit(tx));
  const auto kept = storage::ReadAnswers(writer_.store, circle_, op.author, op.share);
  ASSERT_TRUE(kept.has_value());
  std::vector<PersonId> people;
  for (const storage::KeptAnswer& answer : *kept) people.push_back(answer.person);
  EXPECT_THAT(people, testing::UnorderedElementsAre(one, other));
}

TEST_F(CorePrune, ALaneDoesNotPruneWhatItHasNotWritten) {
  const SignedRecord share = Shared("words");
  const uint64_t next = CircleLane(writer_).stored_seq + 1;
  Receive(reader_, share);
  Receive(reader_, Prune(writer_, CircleLane(writer_).key, {{SeqOf(share), next}}));
  EXPECT_EQ(reader_.state().refused, 1u);
  EXPECT_THAT(InboxTexts(reader_), ElementsAre("words"));
}

TEST_F(CorePrune, AnotherDeviceOfTheSamePersonPrunesOnlyAClosedLane) {
  LinkSecond();
  Send(second_, reader_);
  const SignedRecord share = Shared("words");
  Bring(writer_, reader_);
  const SignedRecord early = Prune(second_, CircleLane(writer_).key, {{SeqOf(share), SeqOf(share)}});
  const MemStore before = reader_.store;
  const SeatTable seats = Circle(reader_).seats;
  Receive(reader_, early);
  EXPECT_EQ(reader_.state().refused, 1u);
  EXPECT_THAT(InboxTexts(reader_), ElementsAre("words"));

  reader_.store = before;
  reader_.Reopen();
  Circle(reader_).seats = seats;
  ASSERT_TRUE(second_.journal->sync(circle_).ChangeSeats({RemoveLane{.lane = CircleLane(writer_).key}}));
  Circle(reader_).seats = Circle(second_).seats;
  Receive(reader_, early);
  EXPECT_EQ(reader_.state().refused, 0u);
  EXPECT_THAT(Inbox(reader_), IsEmpty());
}

TEST_F(CorePrune, APruneInASelfMailboxCountsNothingAndHoldsNothing) {
  LinkSecond();
  writer_.Write("words");
  const SignedRecord record = writer_.Seal().front();
  second_.Receive(record);
  const uint64_t seq = SeqOf(record);
  second_.Receive(
      Forge(writer_, RecordKind::kPrune, PruneList{.lane = writer_.lane().key, .ranges = {{seq, seq}}}.Encode()));
  EXPECT_THAT(second_.Texts(), ElementsAre("words"));
  EXPECT_EQ(second_.Of(writer_)->applied_seq, seq + 1);
  EXPECT_FALSE(second_.state().prunes.Covers(second_.Of(writer_)->number, seq));
}

// ---- What is written.

TEST_F(CorePrune, ASealedShareThatWasNotAcknowledgedGoesWithoutItsWords) {
  const SignedRecord share = Shared("words");
  const auto taken = writer_.journal->sharing().TakeBack(entry_, std::nullopt);
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->at(0).reach, Reach::kUnknown) << "a push that is under way may have got there";
  EXPECT_TRUE(CircleRecord(writer_, SeqOf(share)).payload.empty());
  EXPECT_EQ(CircleRecord(writer_, SeqOf(share)).header, share.header) << "the chain goes on";
  const auto records = SealCircle(writer_);
  ASSERT_THAT(records, SizeIs(2));
  const auto prune = PruneList::Parse(records[1].payload);
  ASSERT_TRUE(prune.has_value());
  EXPECT_EQ(prune->lane, CircleLane(writer_).key);
  EXPECT_THAT(prune->ranges, ElementsAre(PruneList::Range{SeqOf(share), SeqOf(share)}));
  EXPECT_EQ(Outbox(writer_.state()).PrunesWaiting(Circle(writer_)), 0u);
  writer_.Reopen();
  EXPECT_TRUE(SealCircle(writer_).empty()) << "said once";
  Bring(writer_, reader_);
  EXPECT_EQ(Lane().applied_seq, CircleLane(writer_).stored_seq);
  EXPECT_THAT(Inbox(reader_), IsEmpty());
}

TEST_F(CorePrune, AFollowUpReplacesAndTheOlderRecordIsPruned) {
  entry_ = writer_.Write("first");
  ShareWish wish = Wish(entry_);
  wish.follow = true;
  Share(writer_, wish);
  const SignedRecord first = SealCircle(writer_).back();
  Bring(writer_, reader_);
  ASSERT_TRUE(writer_.journal->Edit(entry_, {}, AnEntry("second")));
  ASSERT_TRUE(writer_.journal->sharing().FollowUp(entry_));
  const auto records = SealCircle(writer_);
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_THAT(PruneList::Parse(records[1].payload)->ranges, ElementsAre(PruneList::Range{SeqOf(first), SeqOf(first)}));
  Bring(writer_, reader_);
  EXPECT_THAT(InboxTexts(reader_), ElementsAre("second"));
  EXPECT_TRUE(StoredPayload(reader_, writer_, SeqOf(first)).empty());
}

TEST_F(CorePrune, AShareIsAloneInARecordThatDoesNotSayWhoseTheLaneIs) {
  LinkSecond();  // its lane has written nothing yet
  Tell(writer_, second_);
  const EntryId one = second_.Write("one");
  const EntryId other = second_.Write("other");
  Share(second_, Wish(one));
  Share(second_, Wish(other));
  const auto records = SealCircle(second_);
  ASSERT_THAT(records, SizeIs(3));
  for (size_t i = 1; i < records.size(); ++i) {
    const Pack pack = second_.Open(records[i]);
    EXPECT_THAT(pack.ops, SizeIs(1));
    EXPECT_FALSE(pack.certificate.has_value());
  }
}

TEST_F(CorePrune, WhatWasTakenBackDoesNotReturnWithALostLane) {
  const SignedRecord share = Shared("words");
  const EntryId taken = entry_;
  Shared("kept");
  ASSERT_TRUE(writer_.journal->sharing().TakeBack(taken, std::nullopt));
  SealCircle(writer_);
  storage::Lane& lane = CircleLane(writer_);
  Transaction tx(writer_.store);
  ASSERT_TRUE(Outbox(writer_.state()).TakeBack(tx, Circle(writer_), lane, SeqOf(share)));
  ASSERT_TRUE(writer_.state().Commit(tx));
  EXPECT_EQ(Circle(writer_).outbox_waiting, 2u) << "the share that stands, and the word that the other does not";
  EXPECT_FALSE(writer_.state().prunes.Covers(lane.number, SeqOf(share))) << "another record will have that number";
  EXPECT_TRUE(writer_.state().prunes.wanted().empty());
}

TEST_F(CorePrune, ALaneThatEndsInAPruneNeedsNoNewCertificate) {
  Shared("gone");
  Acknowledge(writer_);
  ASSERT_TRUE(writer_.journal->sharing().TakeBack(entry_, std::nullopt));
  SealCircle(writer_);
  Acknowledge(writer_);
  storage::Lane& lane = CircleLane(writer_);
  const uint64_t last = lane.stored_seq;
  ASSERT_EQ(RecordHeader::Parse(CircleRecord(writer_, last).header)->kind, RecordKind::kPrune);
  const GenerationId generation = lane.generation;
  const SignedRecord next = Shared("next");
  Transaction tx(writer_.store);
  ASSERT_TRUE(Outbox(writer_.state()).TakeBack(tx, Circle(writer_), lane, last + 1));
  ASSERT_TRUE(writer_.state().Commit(tx));
  EXPECT_EQ(lane.generation, generation);
  // As a copy of this vault has sent it.
  Receive(writer_, next);
  EXPECT_EQ(lane.broken, 0);
  EXPECT_EQ(lane.applied_seq, last + 1);
}

// ---- What a relay that was put back is sent.

class CoreEmptiedRefill : public CorePrune {
 protected:
  // What the reader would send of the writer's lane to a relay that has nothing.
  std::vector<SignedRecord> Refill() {
    for (storage::Lane& lane : reader_.state().lanes.all()) lane.acked_seq = 0;
    auto records = TakeUnacknowledged(reader_.state(), circle_, SIZE_MAX / 2);
    EXPECT_TRUE(records.has_value());
    std::erase_if(*records, [&](const SignedRecord& record) {
      return RecordHeader::Parse(record.header)->lane != CircleLane(writer_).key;
    });
    return *records;
  }
};

// Whoever read it without the prune would think that the relay took the words.
TEST_F(CoreEmptiedRefill, WhatAFriendTookBackIsNotSentWithoutItsWordsBeforeTheyPruneIt) {
  const uint64_t seq = SeqOf(Shared("words"));
  Bring(writer_, reader_);
  ASSERT_TRUE(writer_.journal->sharing().TakeBack(entry_, std::nullopt));
  SealCircle(writer_);
  const uint64_t last = CircleLane(writer_).stored_seq;
  ASSERT_EQ(RecordHeader::Parse(CircleRecord(writer_, last).header)->kind, RecordKind::kPrune);
  for (uint64_t next = seq + 1; next < last; ++next) Receive(reader_, CircleRecord(writer_, next));
  ASSERT_TRUE(StoredPayload(reader_, writer_, seq).empty());
  reader_.Reopen();
  EXPECT_THAT(Refill(), SizeIs(seq - 1));
  EXPECT_EQ(Outbox(reader_.state()).PrunesWaiting(Circle(reader_)), 0u) << "it is not this person's to say";

  Receive(reader_, CircleRecord(writer_, last));
  const std::vector<SignedRecord> all = Refill();
  ASSERT_THAT(all, SizeIs(last));
  EXPECT_TRUE(all[seq - 1].payload.empty());
}

TEST_F(CoreEmptiedRefill, WhatWasServedWithoutItsWordsBehindWhatWaitsIsNotSentOn) {
  const storage::Lane& lane = CircleLane(writer_);
  const Signer& signer = *writer_.state().lanes.SignerOf(lane);
  RecordHeader header = Lanes::NextHeader(lane, RecordKind::kSealed);
  const Bytes sealed = Seal(GenerationKey::Generate(), labels::kSealPayload, header.Place(), Bytes(8), Padding::kPadme);
  const SignedRecord waits = SignRecord(signer, header, sealed);
  header.seq += 1;
  header.prev = RecordIdOf(waits.header);
  Receive(reader_, waits);
  Receive(reader_, WithoutWords(SignRecord(signer, header, sealed)));
  ASSERT_EQ(Lane().applied_seq, SeqOf(waits) - 1) << "no key has come";
  ASSERT_EQ(Lane().stored_seq, SeqOf(waits) + 1);
  EXPECT_THAT(Refill(), SizeIs(SeqOf(waits)));
}

// ---- Ranges.

class PrunedRanges : public testing::Test {
 protected:
  std::vector<uint64_t> Covered(uint64_t to) {
    std::vector<uint64_t> out;
    for (uint64_t seq = 0; seq <= to; ++seq) {
      if (prunes_.Covers(7, seq)) out.push_back(seq);
    }
    return out;
  }
  void Want(uint64_t seq) {
    Transaction tx(store_);
    prunes_.Want(tx, 7, seq);
    ASSERT_TRUE(tx.Commit());
  }
  void Cover(uint64_t first, uint64_t last) {
    Transaction tx(store_);
    prunes_.Cover(tx, 7, first, last);
    ASSERT_TRUE(tx.Commit());
    // The same is read again.
    Prunes again;
    ASSERT_TRUE(again.Load(store_));
    for (uint64_t seq = 0; seq < 40; ++seq) EXPECT_EQ(again.Covers(7, seq), prunes_.Covers(7, seq)) << seq;
  }

  MemStore store_;
  Prunes prunes_;
};

TEST_F(PrunedRanges, RangesThatTouchOrOverlapBecomeOne) {
  Cover(5, 6);
  Cover(10, 12);
  EXPECT_THAT(Covered(20), ElementsAre(5, 6, 10, 11, 12));
  Cover(7, 8);
  EXPECT_THAT(store_.contents(), SizeIs(2));
  Cover(9, 9);
  EXPECT_THAT(store_.contents(), SizeIs(1));
  EXPECT_THAT(Covered(20), ElementsAre(5, 6, 7, 8, 9, 10, 11, 12));
  Cover(6, 7);
  Cover(1, 20);
  EXPECT_THAT(store_.contents(), SizeIs(1));
  EXPECT_EQ(Covered(30).size(), 20u);
  EXPECT_FALSE(prunes_.Covers(8, 5)) << "of another lane";
  Cover(30, kMaxPrunedSeq);
  EXPECT_TRUE(prunes_.Covers(7, kMaxPrunedSeq));
}

TEST_F(PrunedRanges, WhatIsCoveredNeedNotBeNamedAndWhatIsWithdrawnIsForgotten) {
  Transaction tx(store_);
  for (const uint64_t seq : {3, 4, 9}) prunes_.Want(tx, 7, seq);
  prunes_.Cover(tx, 7, 2, 6);
  EXPECT_THAT(prunes_.wanted().at(7), ElementsAre(9));
  prunes_.Forget(tx, 7, 5);
  EXPECT_TRUE(prunes_.wanted().empty());
  EXPECT_THAT(Covered(20), ElementsAre(2, 3, 4));
}

TEST_F(PrunedRanges, WhatIsStillToBeNamedStaysSoWhenItsNeighbourIsNamed) {
  Cover(3, 3);
  Want(3);  // the record that named it was withdrawn
  Cover(4, 4);
  EXPECT_EQ(prunes_.wanted().at(7), (std::set<uint64_t>{3}));
  Cover(2, 2);
  EXPECT_EQ(prunes_.wanted().at(7), (std::set<uint64_t>{3}));
  Cover(2, 4);
  EXPECT_TRUE(prunes_.wanted().empty());
}

}  // namespace
}  // namespace kith
