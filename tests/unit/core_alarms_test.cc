// What is kept of a relay's lies, what others say to have seen, and the words to compare.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/heads.h"
#include "client/core/heartbeat.h"
#include "client/core/refill.h"
#include "crypto/phrase.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/support/builders.h"
#include "tests/unit/core_testing.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// ---- What is kept.

class CoreAlarms : public testing::Test {
 protected:
  Alarm AnAlarm(Code code, uint64_t seq = 7, uint64_t since = 1000) {
    return {.code = code, .mailbox = mailbox_, .lane = lane_, .seq = seq, .since_ms = since, .past = false};
  }
  template <class Do>
  void Change(Do change) {
    Transaction tx(store_);
    change(tx);
    ASSERT_TRUE(tx.Commit());
    // What stands in the store is what stands in memory.
    Alarms loaded;
    ASSERT_TRUE(loaded.Load(store_));
    EXPECT_EQ(loaded.all(), alarms_.all());
  }
  void Raise(const Alarm& alarm) {
    Change([&](Transaction& tx) { alarms_.Raise(tx, alarm); });
  }
  void End(Code code) {
    Change([&](Transaction& tx) { alarms_.End(tx, mailbox_, code, lane_); });
  }
  Alarm Only() {
    EXPECT_THAT(alarms_.all(), SizeIs(1));
    return alarms_.all().begin()->second;
  }

  MemStore store_;
  Alarms alarms_;
  const MailboxId mailbox_ = RandomId<MailboxId>();
  const LaneKey lane_ = RandomId<LaneKey>();
};

TEST_F(CoreAlarms, EveryKindIsKeptAsItself) {
  for (const Code code :
       {Code::kGap, Code::kRollback, Code::kWithheld, Code::kEquivocation, Code::kRelayWiped, Code::kRelayForeign}) {
    Raise(AnAlarm(code));
    EXPECT_TRUE(alarms_.Stands(mailbox_, code));
    EXPECT_FALSE(alarms_.Stands(RandomId<MailboxId>(), code));
  }
  EXPECT_THAT(alarms_.all(), SizeIs(6));
}

TEST_F(CoreAlarms, OneThatStandsKeepsItsTime) {
  Raise(AnAlarm(Code::kGap, 7, 1000));
  Raise(AnAlarm(Code::kGap, 9, 2000));
  EXPECT_EQ(Only(), AnAlarm(Code::kGap, 9, 1000));
}

TEST_F(CoreAlarms, WhatIsMadeGoodIsForgottenButARollbackIsPast) {
  for (const Code code : {Code::kGap, Code::kWithheld, Code::kRelayWiped, Code::kRelayForeign}) {
    Raise(AnAlarm(code));
    End(code);
    EXPECT_THAT(alarms_.all(), IsEmpty());
  }
  Raise(AnAlarm(Code::kRollback));
  End(Code::kRollback);
  EXPECT_TRUE(Only().past);
  EXPECT_FALSE(alarms_.Stands(mailbox_, Code::kRollback));
  Raise(AnAlarm(Code::kRollback, 8, 3000));
  EXPECT_EQ(Only(), AnAlarm(Code::kRollback, 8, 3000)) << "it stands again, from then on";
}

TEST_F(CoreAlarms, OnlyWhatIsPastOrAnEquivocationIsDismissed) {
  Raise(AnAlarm(Code::kGap));
  Raise(AnAlarm(Code::kEquivocation));
  Raise(AnAlarm(Code::kRollback));
  End(Code::kRollback);
  Change([&](Transaction& tx) { alarms_.Dismiss(tx); });
  EXPECT_EQ(Only().code, Code::kGap);
}

TEST_F(CoreAlarms, AProofIsReadAsItWasWritten) {
  const Proof proof{.header = Bytes(142, 1),
                    .signature = {RandomId<Signature>()},
                    .other_header = Bytes(142, 2),
                    .other_signature = {RandomId<Signature>()},
                    .cited = RandomId<RecordId>(),
                    .by = RandomId<LaneKey>()};
  const auto read = Proof::Decode(proof.Encode());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->Encode(), proof.Encode());
  EXPECT_EQ(read->other_header, proof.other_header);
  EXPECT_EQ(read->by, proof.by);
  EXPECT_EQ(Proof::Decode(Bytes(9)).error().code, Code::kVaultDamaged);
}

// ---- What others say to have seen.

class CoreHeads : public testing::Test {
 protected:
  void SetUp() override {
    Found(reader_);
    Link(reader_, writer_);
    reader_.Seal();
    Carry(reader_, writer_);
    writer_.Seal();
    Carry(writer_, reader_);
  }
  // As if the relay had acknowledged all that the device has.
  static void Acknowledge(Device& device) {
    for (storage::Lane& lane : device.state().lanes.all()) lane.acked_seq = lane.stored_seq;
  }
  void Cite(const Seen& seen, uint32_t by = 0) {
    Transaction tx(reader_.store);
    ASSERT_TRUE(Heads(reader_.state()).Cite(tx, reader_.self().id, {.lane = by}, seen));
    ASSERT_TRUE(reader_.state().Commit(tx));
  }
  void Judge() {
    Transaction tx(reader_.store);
    ASSERT_TRUE(Heads(reader_.state()).Judge(tx, reader_.self()));
    ASSERT_TRUE(reader_.state().Commit(tx));
  }
  bool Awaits() { return Heads(reader_.state()).Awaits(reader_.self().id); }
  std::vector<Code> Raised() {
    std::vector<Code> codes;
    for (const Alarm& alarm : reader_.journal->Alarms()) codes.push_back(alarm.code);
    return codes;
  }
  Seen Newest(Device& device) {
    return {.lane = device.lane().key, .seq = device.lane().stored_seq, .record = device.lane().stored_id};
  }

  Device reader_;
  Device writer_;
};

TEST_F(CoreHeads, WhatIsHereIsNotAwaited) {
  Cite(Newest(writer_));
  Cite({.lane = writer_.lane().key, .seq = 1, .record = RecordIdOf(writer_.Record(1).header)});
  Cite({.lane = writer_.lane().key, .seq = 0, .record = {}});
  EXPECT_FALSE(Awaits());
  Judge();
  EXPECT_THAT(Raised(), IsEmpty());
}

TEST_F(CoreHeads, WhatIsCitedAndNotServedIsWithheldUntilItComes) {
  writer_.Write("newer");
  const SignedRecord newer = writer_.Seal().front();
  Cite(Newest(writer_));
  EXPECT_TRUE(Awaits());
  EXPECT_THAT(Raised(), IsEmpty()) << "the log has not been read to its end";
  Judge();
  EXPECT_THAT(Raised(), ElementsAre(Code::kWithheld));
  reader_.Reopen();
  EXPECT_TRUE(Awaits());
  EXPECT_THAT(Raised(), ElementsAre(Code::kWithheld));
  reader_.Receive(newer);
  Judge();
  EXPECT_FALSE(Awaits());
  EXPECT_THAT(Raised(), IsEmpty());
  reader_.Reopen();
  EXPECT_FALSE(Awaits());
}

TEST_F(CoreHeads, WhatItsAuthorTookAwayIsNotWithheldAndWhatStandsBesideItIs) {
  writer_.Write("newer");
  writer_.Seal();
  const uint64_t first = Newest(writer_).seq;
  writer_.Write("newest");
  writer_.Seal();
  Cite(Newest(writer_));
  const uint32_t lane = reader_.Of(writer_)->number;
  Transaction last(reader_.store);
  reader_.state().prunes.Cover(last, lane, first + 1, first + 1);
  ASSERT_TRUE(reader_.state().Commit(last));
  Judge();
  EXPECT_THAT(Raised(), ElementsAre(Code::kWithheld));
  Transaction both(reader_.store);
  reader_.state().prunes.Cover(both, lane, first, first);
  ASSERT_TRUE(reader_.state().Commit(both));
  Judge();
  EXPECT_THAT(Raised(), IsEmpty());
}

TEST_F(CoreHeads, TheHighestOfWhatIsCitedCounts) {
  writer_.Write("one");
  writer_.Seal();
  const Seen lower = Newest(writer_);
  writer_.Write("two");
  writer_.Seal();
  const Seen higher = Newest(writer_);
  Cite(higher);
  Cite(lower);
  Judge();
  EXPECT_EQ(reader_.journal->Alarms().front().seq, higher.seq);
}

TEST_F(CoreHeads, AnotherRecordAtAPlaceThatIsHereIsAnEquivocation) {
  Cite({.lane = writer_.lane().key, .seq = 1, .record = RandomId<RecordId>()}, reader_.lane().number);
  EXPECT_THAT(Raised(), ElementsAre(Code::kEquivocation));
  const auto kept = *reader_.store.Get(storage::ProofKey(reader_.Of(writer_)->number));
  const Proof proof = *Proof::Decode(*kept);
  EXPECT_EQ(proof.header, writer_.Record(1).header);
  EXPECT_EQ(proof.by, reader_.lane().key);
  EXPECT_EQ(reader_.Of(writer_)->broken, 0) << "somebody's word alone ends no lane";
}

TEST_F(CoreHeads, WhatComesAndIsAnotherThanWasCitedIsAnEquivocation) {
  writer_.Write("newer");
  const SignedRecord newer = writer_.Seal().front();
  Seen other = Newest(writer_);
  other.record = RandomId<RecordId>();
  Cite(other);
  reader_.Receive(newer);
  Judge();
  EXPECT_THAT(Raised(), ElementsAre(Code::kEquivocation));
  EXPECT_FALSE(Awaits());
}

// A record of one's own that the relay has not acknowledged may still be withdrawn, because a copy was faster.
TEST_F(CoreHeads, AnotherRecordOfOnesOwnLaneIsAwaitedUntilTheRelayHasOurs) {
  Seen other = Newest(reader_);
  other.record = RandomId<RecordId>();
  Cite(other);
  EXPECT_TRUE(Awaits());
  EXPECT_THAT(Raised(), IsEmpty());
  Acknowledge(reader_);
  Judge();
  EXPECT_THAT(Raised(), ElementsAre(Code::kEquivocation));
}

TEST_F(CoreHeads, AnOwnLaneThatIsCitedBeyondWhatIsKnownIsWrittenToNoMore) {
  Acknowledge(reader_);
  const LaneKey lane = reader_.lane().key;
  Cite({.lane = lane, .seq = reader_.lane().stored_seq + 1, .record = RandomId<RecordId>()});
  Judge();
  EXPECT_THAT(Raised(), ElementsAre(Code::kWithheld));
  EXPECT_TRUE(reader_.state().lanes.Find(lane)->retired);
}

TEST_F(CoreHeads, ALaneNobodyHasListedIsAwaitedWhereAnOwnDeviceHasSeenIt) {
  Cite({.lane = RandomId<LaneKey>(), .seq = 3, .record = RandomId<RecordId>()}, reader_.Of(writer_)->number);
  Judge();
  EXPECT_THAT(Raised(), ElementsAre(Code::kWithheld));
}

TEST_F(CoreHeads, WhatWasGrantedIsForgottenWithTheRelaysDatabaseAndWhatALaneCitedIsNot) {
  const Seen beyond{.lane = writer_.lane().key, .seq = 90, .record = RandomId<RecordId>()};
  Cite(beyond);
  Judge();
  Transaction tx(reader_.store);
  Heads(reader_.state()).ForgetGranted(tx, reader_.self().id);
  ASSERT_TRUE(reader_.state().Commit(tx));
  EXPECT_FALSE(Awaits());
  EXPECT_THAT(Raised(), IsEmpty());
  Cite(beyond, reader_.lane().number);
  Transaction again(reader_.store);
  Heads(reader_.state()).ForgetGranted(again, reader_.self().id);
  EXPECT_TRUE(Awaits());
}

TEST_F(CoreHeads, APackCitesAndItsReaderAwaits) {
  Device third;
  Link(writer_, third);
  reader_.self().seats = writer_.self().seats;
  writer_.Seal();
  Carry(writer_, third);
  Carry(reader_, third);
  writer_.Write("not carried to the reader");
  writer_.Seal();
  Carry(writer_, third);
  third.Write("of who has read it");
  third.Seal();
  // The third one's introduction stands in the writer's lane, before what is withheld.
  for (uint64_t seq = reader_.Of(writer_)->stored_seq + 1; seq < writer_.lane().stored_seq; ++seq)
    reader_.Receive(writer_.Record(seq));
  Carry(third, reader_);
  Judge();
  EXPECT_THAT(Raised(), ElementsAre(Code::kWithheld));
  EXPECT_EQ(reader_.journal->Alarms().front().lane, writer_.lane().key);
}

// ---- Words to compare.

TEST_F(CoreHeads, CheckWordsAreEqualWhereTheSameIsKnownAndDifferElse) {
  const auto words = [](Device& device) { return Heads(device.state()).CheckWords(device.self().id); };
  const auto before = words(reader_);
  EXPECT_THAT(before, SizeIs(6));
  for (const std::string& word : before) EXPECT_GE(WordIndex(word), 0) << word;
  EXPECT_EQ(before, words(writer_));
  writer_.Write("newer");
  writer_.Seal();
  EXPECT_NE(words(writer_), before);
  Carry(writer_, reader_);
  EXPECT_EQ(words(writer_), words(reader_));
}

// ---- Heartbeats.

class CoreHeartbeat : public CoreHeads {
 protected:
  // The records in which the writer says that it is about.
  std::vector<SignedRecord> Beat() {
    Transaction tx(writer_.store);
    EXPECT_TRUE(SayHeartbeat(writer_.state(), tx));
    EXPECT_TRUE(writer_.state().Commit(tx));
    return writer_.Seal();
  }
  Bytes StoredPayload(Device& at, uint64_t seq) {
    return (*Lanes::GetRecord(Transaction(at.store), *at.state().lanes.Find(writer_.lane().key), seq))->payload;
  }
};

TEST_F(CoreHeartbeat, IsDueOnceADayWhereAnotherDeviceIs) {
  Device alone;
  Found(alone);
  alone.Seal();
  EXPECT_FALSE(HeartbeatDue(alone.state()));
  EXPECT_TRUE(HeartbeatDue(writer_.state()));
  Beat();
  EXPECT_FALSE(HeartbeatDue(writer_.state()));
  writer_.Reopen();
  EXPECT_FALSE(HeartbeatDue(writer_.state()));
  writer_.clock.Advance(FakeClock::kDay - 1);
  EXPECT_FALSE(HeartbeatDue(writer_.state()));
  writer_.clock.Advance(1);
  EXPECT_TRUE(HeartbeatDue(writer_.state()));
  writer_.Write("something that waits");
  EXPECT_FALSE(HeartbeatDue(writer_.state())) << "it is to be alone in its record";
}

TEST_F(CoreHeartbeat, AClockThatWasSetBackDoesNotSilenceIt) {
  writer_.clock.Advance(30 * FakeClock::kDay);
  Beat();
  writer_.clock.Advance(-30 * FakeClock::kDay);
  EXPECT_TRUE(HeartbeatDue(writer_.state()));
}

TEST_F(CoreHeartbeat, SaysHowFarEveryOtherLaneIsHere) {
  const std::vector<SignedRecord> records = Beat();
  ASSERT_THAT(records, SizeIs(1));
  const Pack pack = writer_.Open(records.front());
  ASSERT_TRUE(IsHeartbeat(pack));
  const auto beat = std::get<HeartbeatOp>(*DecodeOp(pack.ops.front()));
  EXPECT_THAT(beat.seen, ElementsAre(Newest(reader_)));
}

TEST_F(CoreHeartbeat, TakesThePlaceOfItsPredecessorOnEveryDevice) {
  const SignedRecord first = Beat().front();
  reader_.Receive(first);
  const std::vector<SignedRecord> second = Beat();
  ASSERT_THAT(second, SizeIs(2)) << "the second one, and the prune of the first";
  const uint64_t seq = RecordHeader::Parse(first.header)->seq;
  for (const SignedRecord& record : second) reader_.Receive(record);
  EXPECT_TRUE(StoredPayload(reader_, seq).empty());
  EXPECT_EQ(reader_.Of(writer_)->applied_seq, writer_.lane().stored_seq);
  EXPECT_EQ(reader_.state().refused, 0u);
}

TEST_F(CoreHeartbeat, ADeviceThatReadsItOnlyAfterItWasPrunedGoesOn) {
  SignedRecord first = Beat().front();
  first.payload.clear();
  reader_.Receive(first);
  EXPECT_LT(reader_.Of(writer_)->applied_seq, reader_.Of(writer_)->stored_seq) << "nobody has said yet that it is gone";
  for (const SignedRecord& record : Beat()) reader_.Receive(record);
  reader_.Retry();
  EXPECT_EQ(reader_.Of(writer_)->applied_seq, writer_.lane().stored_seq);
}

TEST_F(CoreHeartbeat, OneThatStillWaitsIsReplaced) {
  for (int i = 0; i < 2; ++i) {
    Transaction tx(writer_.store);
    ASSERT_TRUE(SayHeartbeat(writer_.state(), tx));
    ASSERT_TRUE(writer_.state().Commit(tx));
  }
  EXPECT_EQ(writer_.self().outbox_waiting, 1u);
  EXPECT_THAT(writer_.Seal(), SizeIs(1));
}

TEST_F(CoreHeartbeat, OneThatSharesItsRecordWithWordsStays) {
  Transaction tx(writer_.store);
  ASSERT_TRUE(SayHeartbeat(writer_.state(), tx));
  ASSERT_TRUE(writer_.state().Commit(tx));
  writer_.Write("together with it");
  const uint64_t seq = RecordHeader::Parse(writer_.Seal().front().header)->seq;
  EXPECT_THAT(Beat(), SizeIs(1));
  EXPECT_FALSE(StoredPayload(writer_, seq).empty());
  EXPECT_THAT(writer_.Texts(), ElementsAre("together with it"));
}

TEST_F(CoreHeartbeat, OneThatSaysWhoseItsLaneIsStays) {
  Device third;
  Link(reader_, third);
  third.Seal();  // what a linked device brings; then its lane goes on under another generation
  third.lane().generation = {};
  Transaction tx(third.store);
  ASSERT_TRUE(SayHeartbeat(third.state(), tx) && third.state().Commit(tx));
  const SignedRecord first = third.Seal().front();
  ASSERT_TRUE(third.Open(first).certificate.has_value());
  Transaction next(third.store);
  ASSERT_TRUE(SayHeartbeat(third.state(), next) && third.state().Commit(next));
  EXPECT_THAT(third.Seal(), SizeIs(1)) << "no prune";
}

TEST_F(CoreHeartbeat, InASelfMailboxAPruneTakesNoWords) {
  writer_.Write("words");
  const SignedRecord words = writer_.Seal().front();
  reader_.Receive(words);
  const uint64_t seq = RecordHeader::Parse(words.header)->seq;
  reader_.Receive(Forge(writer_, RecordKind::kPrune,
                        PruneList{.lane = writer_.lane().key, .ranges = {{.first = seq, .last = seq}}}.Encode()));
  EXPECT_FALSE(StoredPayload(reader_, seq).empty());
  reader_.Retry();
  EXPECT_FALSE(StoredPayload(reader_, seq).empty());
  EXPECT_THAT(reader_.Texts(), ElementsAre("words"));
  EXPECT_EQ(reader_.state().refused, 1u);
}

// ---- Refilling a relay.

TEST_F(CoreHeads, ARefillSendsWhatIsCitedBeforeWhatCitesIt) {
  for (int i = 0; i < 6; ++i) {
    Device& from = i % 2 == 0 ? writer_ : reader_;
    Device& to = i % 2 == 0 ? reader_ : writer_;
    from.Write("turn " + std::to_string(i));
    from.Seal();
    Carry(from, to);
  }
  for (Device* device : {&reader_, &writer_}) {
    for (storage::Lane& lane : device->state().lanes.all()) lane.acked_seq = 0;
    // In as many pushes as it may take.
    std::map<LaneKey, uint64_t> there;
    for (size_t pushes = 0; pushes < 100; ++pushes) {
      const auto records = TakeUnacknowledged(device->state(), device->self().id, 4000);
      ASSERT_TRUE(records.has_value());
      if (records->empty()) break;
      for (const SignedRecord& record : *records) {
        const RecordHeader header = *RecordHeader::Parse(record.header);
        EXPECT_EQ(header.seq, ++there[header.lane]);
        device->state().lanes.Find(header.lane)->acked_seq = header.seq;
        if (header.kind != RecordKind::kSealed) continue;
        for (const Seen& seen : device->Open(record).seen) EXPECT_GE(there[seen.lane], seen.seq);
      }
    }
    EXPECT_THAT(there, SizeIs(2));
    for (const storage::Lane& lane : device->state().lanes.all()) EXPECT_EQ(lane.acked_seq, lane.stored_seq);
  }
}

}  // namespace
}  // namespace kith
