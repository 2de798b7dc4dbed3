// What is kept, sent and asked for where a relay was set back, or where words were taken away before they arrived.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/devices.h"
#include "client/core/heads.h"
#include "client/core/intake.h"
#include "tests/unit/people_testing.h"

namespace kith {
namespace {

using testing::Contains;
using testing::IsEmpty;

class CoreRestoredRelay : public TwoInACircle {
 protected:
  void RestoreRelay() {
    const SimRelay::Database there = relay_.database();
    relay_.Restore({.epoch = {}, .mailboxes = there.mailboxes, .tokens = there.tokens});
  }
  std::vector<Code> Alarms(Device& device) {
    std::vector<Code> codes;
    for (const Alarm& alarm : device.journal->Alarms()) codes.push_back(alarm.code);
    return codes;
  }
  std::optional<SignedRecord> Kept(Device& at, uint64_t seq) {
    const Transaction tx(at.store);
    return *Lanes::GetRecord(tx, Known(at), seq);
  }
  Pack APack(Device& of, std::vector<Bytes> ops) { return {.hlc = of.state().NextHlc(), .ops = std::move(ops)}; }
};

TEST_F(CoreRestoredRelay, WhatStandsBeyondAGapIsForgottenWithTheRelayThatServedIt) {
  OpenLane();
  Receive(host_, ForgeInCircle(host_, lane_, 2, RecordId{{1}}, {}));
  Calls(host_, circle_, 100);
  ASSERT_THAT(Alarms(host_), Contains(Code::kGap));
  RestoreRelay();
  Sync(host_);
  EXPECT_THAT(Alarms(host_), IsEmpty());
  EXPECT_EQ(Known(host_).beyond, 0u);
  EXPECT_FALSE(Kept(host_, 2).has_value());
}

// Whoever read it then would think that the relay took the words.
TEST_F(CoreRestoredRelay, AnothersRecordWithoutItsWordsIsNotSentWhileNobodySaysWhoTookThem) {
  OpenLane();
  SignedRecord empty = First(APack(guest_, {EncodeOp(AShare("taken away"))}));
  empty.payload.clear();
  Receive(host_, empty);
  ASSERT_EQ(Known(host_).stored_seq, 1u);
  RestoreRelay();
  Sync(host_);
  EXPECT_THAT(Alarms(host_), IsEmpty());
  const auto& lanes = relay_.Find(circle_)->lanes;
  const auto there = lanes.find(lane_.public_key());
  EXPECT_TRUE(there == lanes.end() || there->second.seq == 0);
}

// Until it is pruned a relay still has it.
TEST_F(CoreRestoredRelay, WordsThatAreToBePrunedAreNotTakenInAgain) {
  OpenLane();
  // Of a device that is not known yet, so that the lane waits.
  Pack pack = APack(guest_, {EncodeOp(AShare("once said"))});
  pack.certificate = Certificate(lane_.public_key(), Signer::Generate(), Guest());
  const SignedRecord first = First(pack);
  Receive(host_, first);
  ASSERT_EQ(Known(host_).applied_seq, 0u) << "else this shows nothing";
  Transaction tx(host_.store);
  host_.state().prunes.Want(tx, Known(host_).number, 1);
  ASSERT_TRUE(EmptyRecord(host_.state(), tx, Known(host_), 1));
  ASSERT_TRUE(host_.state().Commit(tx));
  Receive(host_, first);
  EXPECT_TRUE(Kept(host_, 1)->payload.empty());
}

TEST_F(CoreRestoredRelay, WordsThatWereTakenAwayBeforeTheyArriveAreNotKept) {
  OpenLane();
  Transaction tx(host_.store);
  const storage::Lane& lane = host_.state().lanes.Add(circle_, lane_.public_key());
  Lanes::Save(tx, lane);
  host_.state().prunes.Cover(tx, lane.number, 2, 2);
  ASSERT_TRUE(host_.state().Commit(tx));
  // Of a device that is not known yet, so that the lane waits.
  Pack pack = APack(guest_, {});
  pack.certificate = Certificate(lane_.public_key(), Signer::Generate(), Guest());
  const SignedRecord first = First(pack);
  Receive(host_, first);
  Receive(host_,
          ForgeInCircle(guest_, lane_, 2, RecordIdOf(first.header), APack(guest_, {EncodeOp(AShare("once said"))})));
  ASSERT_EQ(Known(host_).applied_seq, 0u) << "else this shows nothing";
  ASSERT_TRUE(Kept(host_, 2).has_value());
  EXPECT_TRUE(Kept(host_, 2)->payload.empty());
}

TEST_F(CoreRestoredRelay, WhatGoesOutWithoutItsWordsGoesWithThePruneThatTookThem) {
  const EntryId entry = guest_.Write("thought better of it");
  const ShareWish wish{.entry = entry, .circle = circle_, .version = {}, .passage = {}, .note = {}};
  ASSERT_TRUE(guest_.journal->sharing().Share(wish));
  // Sealed, and on its way when the line breaks.
  Transaction seal(guest_.store);
  ASSERT_TRUE(Outbox(guest_.state()).Seal(seal, Circle(guest_), SIZE_MAX / 2));
  ASSERT_TRUE(guest_.state().Commit(seal));
  ASSERT_TRUE(guest_.journal->sharing().TakeBack(entry, circle_));
  const LaneKey lane = CircleLane(guest_).key;
  bool seen = false;
  for (const RelayCall& call : Calls(guest_, circle_, 100)) {
    const auto* push = std::get_if<PushCall>(&call.body);
    if (push == nullptr) continue;
    bool emptied = false;
    bool pruned = false;
    for (const SignedRecord& record : push->records) {
      const RecordHeader header = *RecordHeader::Parse(record.header);
      emptied |= header.lane == lane && record.payload.empty();
      pruned |= header.lane == lane && header.kind == RecordKind::kPrune;
    }
    seen |= emptied;
    EXPECT_TRUE(!emptied || pruned);
  }
  EXPECT_TRUE(seen) << "else this shows nothing";
}

class CoreLostAnswer : public CoreRestoredRelay {
 protected:
  // The guest's share got to the relay and the host, whose next words cite it, while the guest heard of nothing; then
  // an older copy of the relay is put back, and the guest says it again in another lane.
  void SetUp() override {
    CoreRestoredRelay::SetUp();
    const SimRelay::Database before = relay_.database();
    entry_ = guest_.Write("thought better of it");
    const ShareWish wish{.entry = entry_, .circle = circle_, .version = {}, .passage = {}, .note = {}};
    ASSERT_TRUE(guest_.journal->sharing().Share(wish));
    const LaneKey lane = CircleLane(guest_).key;
    kith::Sync& sync = guest_.journal->sync(circle_);
    sync.Restart();
    for (bool pushed = false; !pushed;) {
      const auto call = Good(sync.Next());
      ASSERT_TRUE(call.has_value());
      const auto reply = relay_.Handle(*call, relay_.nonce());
      pushed = std::holds_alternative<PushCall>(call->body);
      if (pushed) break;
      ASSERT_TRUE(sync.OnReply(*call, reply));
    }
    guest_.Reopen();
    at_first_ = {.lane = lane, .seq = CircleLane(guest_).stored_seq, .record = CircleLane(guest_).stored_id};
    SyncOne(host_, circle_);
    Say(host_, AShare("of the host"));
    SyncOne(host_, circle_);
    relay_.Restore({.epoch = {}, .mailboxes = before.mailboxes, .tokens = before.tokens});
    Sync(guest_);
    ASSERT_NE(CircleLane(guest_).key, lane);
  }
  // Words of the guest's that the relay has, in any lane.
  size_t SharesThere() {
    size_t shares = 0;
    for (const auto& record : relay_.Find(circle_)->log) {
      const RecordHeader header = *RecordHeader::Parse(record->header);
      if (header.kind != RecordKind::kSealed || record->payload.empty()) continue;
      for (const Bytes& bytes : host_.Open(*record).ops) {
        const auto op = DecodeOp(bytes);
        const auto* share = std::get_if<ShareOp>(&*op);
        shares += share != nullptr && share->content.text == "thought better of it" ? 1 : 0;
      }
    }
    return shares;
  }

  // The guest reads, at the end of the log, that the host has seen this.
  void Cited(const Seen& seen) {
    Transaction tx(guest_.store);
    ASSERT_TRUE(
        Heads(guest_.state())
            .Cite(tx, circle_, {.lane = guest_.state().lanes.Find(CircleLane(host_).key)->number, .seq = 1}, seen));
    ASSERT_TRUE(Heads(guest_.state()).Judge(tx, Circle(guest_)));
    ASSERT_TRUE(guest_.state().Commit(tx));
  }
  bool PrunesTheFirst() {
    return guest_.state().prunes.wanted().contains(guest_.state().lanes.Find(at_first_.lane)->number);
  }

  EntryId entry_;
  Seen at_first_;
};

TEST_F(CoreLostAnswer, WhatWasSaidAgainAndTakenBackIsPrunedWhereItStoodAtFirst) {
  ASSERT_TRUE(guest_.journal->sharing().TakeBack(entry_, circle_));
  for (int round = 0; round < 3; ++round) {
    for (Device* device : {&guest_, &host_}) Calls(*device, circle_, 200);
  }
  for (Device* device : {&guest_, &host_}) {
    EXPECT_THAT(Alarms(*device), IsEmpty());
    EXPECT_EQ(device->journal->sync(circle_).status().phase, SyncStatus::Phase::kLive);
    EXPECT_EQ(device->journal->sync(circle_).status().waiting, 0u);
  }
  EXPECT_EQ(SharesThere(), 0u);
  EXPECT_THAT(Received(host_), IsEmpty());
}

TEST_F(CoreLostAnswer, WhatStandsComesBackFromWhoHasIt) {
  for (int round = 0; round < 3; ++round) {
    for (Device* device : {&guest_, &host_}) Calls(*device, circle_, 200);
  }
  for (Device* device : {&guest_, &host_}) EXPECT_THAT(Alarms(*device), IsEmpty());
  EXPECT_GT(SharesThere(), 0u);
  EXPECT_THAT(Received(host_), testing::ElementsAre("thought better of it"));
  EXPECT_TRUE(guest_.state().prunes.wanted().empty());
}

TEST_F(CoreLostAnswer, WhatStandsIsWithheldThough) {
  Cited(at_first_);
  EXPECT_FALSE(PrunesTheFirst());
  EXPECT_THAT(Alarms(guest_), Contains(Code::kWithheld));
  ASSERT_TRUE(guest_.journal->sharing().TakeBack(entry_, circle_));
  Cited(at_first_);
  EXPECT_TRUE(PrunesTheFirst());
}

TEST_F(CoreLostAnswer, WhatACopyOfTheVaultWroteUnderTheSameNumberIsNotPruned) {
  ASSERT_TRUE(guest_.journal->sharing().TakeBack(entry_, circle_));
  Cited({.lane = at_first_.lane, .seq = at_first_.seq, .record = RecordId{{1}}});
  EXPECT_FALSE(PrunesTheFirst());
  EXPECT_THAT(Alarms(guest_), Contains(Code::kWithheld));
}

class CoreLostDevice : public CoreRestoredRelay {
 protected:
  // A device of the guest's shares something, and is revoked by one that has its note of it and not its words.
  void SetUp() override {
    CoreRestoredRelay::SetUp();
    LinkOver(guest_, lost_);
    Sync(lost_);
    Sync(guest_);
    Sync(host_);
    entry_ = lost_.Write("from the lost one");
    ASSERT_TRUE(
        lost_.journal->sharing().Share({.entry = entry_, .circle = circle_, .version = {}, .passage = {}, .note = {}}));
    Sync(lost_);
    SyncOne(guest_, guest_.self().id);
    ASSERT_TRUE(RevokeDeviceNow(guest_.state(), lost_.state().device->public_key()));
  }
  // What the relay has of the lost device's lane in the circle that says something.
  std::vector<SignedRecord> ThereOfLost() {
    std::vector<SignedRecord> records;
    for (const auto& record : relay_.Find(circle_)->log) {
      const RecordHeader header = *RecordHeader::Parse(record->header);
      if (header.lane == CircleLane(lost_).key && header.kind == RecordKind::kSealed) records.push_back(*record);
    }
    return records;
  }

  Device lost_;
  EntryId entry_;
};

// Its words stand past the end of a lane that nobody goes on reading.
TEST_F(CoreLostDevice, WhatItSharedIsPrunedWhenItIsTakenBack) {
  for (int i = 0; i < 3; ++i) Sync(guest_);
  ASSERT_TRUE(guest_.journal->sharing().TakeBack(entry_, circle_));
  for (Device* device : {&guest_, &host_, &guest_}) Sync(*device);
  EXPECT_THAT(Received(host_), IsEmpty());
  const std::vector<SignedRecord> there = ThereOfLost();
  EXPECT_FALSE(there.empty()) << "else this shows nothing";
  for (const SignedRecord& record : there) {
    if (record.payload.empty()) continue;
    for (const Bytes& op : lost_.Open(record).ops) EXPECT_FALSE(std::holds_alternative<ShareOp>(*DecodeOp(op)));
  }
}

TEST_F(CoreLostDevice, ARelayThatTakesItsWordsAwayStopsNothing) {
  SimRelay::Database stripped = relay_.database();
  for (auto& record : stripped.mailboxes.at(circle_).log) {
    if (RecordHeader::Parse(record->header)->lane != CircleLane(lost_).key) continue;
    SignedRecord empty = *record;
    empty.payload.clear();
    record = std::make_shared<const SignedRecord>(std::move(empty));
  }
  relay_.Pretend(std::move(stripped));
  for (int i = 0; i < 3; ++i) Sync(guest_);
  ASSERT_TRUE(guest_.journal->sharing().TakeBack(entry_, circle_));
  for (int i = 0; i < 2; ++i) Sync(guest_);
  EXPECT_EQ(Circle(guest_).outbox_waiting, 0u);
}

}  // namespace
}  // namespace kith
