// What is kept, sent and asked for where a relay was set back, or where words were taken away before they arrived.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/devices.h"
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

// Its note came in time, its words did not: they stand past the end of a lane that nobody goes on reading.
TEST_F(CoreRestoredRelay, WhatARevokedDeviceSharedIsPrunedWhenItIsTakenBack) {
  Device lost;
  LinkOver(guest_, lost);
  Sync(lost);
  Sync(guest_);
  Sync(host_);
  const EntryId entry = lost.Write("from the lost one");
  ASSERT_TRUE(
      lost.journal->sharing().Share({.entry = entry, .circle = circle_, .version = {}, .passage = {}, .note = {}}));
  Sync(lost);
  SyncOne(guest_, guest_.self().id);
  ASSERT_TRUE(RevokeDeviceNow(guest_.state(), lost.state().device->public_key()));
  for (int i = 0; i < 3; ++i) Sync(guest_);
  ASSERT_TRUE(guest_.journal->sharing().TakeBack(entry, circle_));
  for (Device* device : {&guest_, &host_, &guest_}) Sync(*device);
  EXPECT_THAT(Received(host_), IsEmpty());
  const LaneKey lane = CircleLane(lost).key;
  size_t found = 0;
  for (const auto& record : relay_.Find(circle_)->log) {
    const RecordHeader header = *RecordHeader::Parse(record->header);
    if (header.lane != lane || header.kind != RecordKind::kSealed) continue;
    ++found;
    if (record->payload.empty()) continue;
    for (const Bytes& op : lost.Open(*record).ops) EXPECT_FALSE(std::holds_alternative<ShareOp>(*DecodeOp(op)));
  }
  EXPECT_GT(found, 0u) << "else this shows nothing";
}

}  // namespace
}  // namespace kith
