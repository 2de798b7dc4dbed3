// What a thief says of where lanes end before it is revoked, to be believed afterwards.
#include <gtest/gtest.h>

#include "crypto/verify/hash.h"
#include "tests/unit/devices_testing.h"

namespace kith {
namespace {

class CorePlantedEnds : public CoreDevices {
 protected:
  static constexpr uint64_t kFar = 1'000'000'000;

  static Op EndAt(const LaneKey& lane) {
    return LaneEndOp{.hlc = 1, .lane = lane, .seq = kFar, .record = RandomId<RecordId>()};
  }
  void Plant(Device& by, Device& of) {
    const Bytes own = EncodeOp(EndAt(of.lane().key));
    const Bytes shared = EncodeOp(EndAt(CircleLane(of).key));
    Transaction tx(by.store);
    Outbox(by.state()).Add(tx, by.self(), {&own, 1});
    Outbox(by.state()).Add(tx, Circle(by), {&shared, 1});
    ASSERT_TRUE(by.state().Commit(tx));
  }
  // Nobody takes in what a revoked device writes now.
  void ExpectVoid(Device& thief) {
    thief.Write("backdated");
    Share(thief, "backdated share");
    const auto own = SealedBy(thief, thief.self().id);
    const auto shared = SealedBy(thief, circle_);
    ASSERT_FALSE(own.empty());
    ASSERT_FALSE(shared.empty());
    for (const SignedRecord& record : own) Hand(host_, host_.self().id, record);
    for (Device* device : {&host_, &guest_}) {
      for (const SignedRecord& record : shared) Hand(*device, circle_, record);
      EXPECT_TRUE(Received(*device).empty());
    }
    EXPECT_TRUE(host_.Texts().empty());
    EXPECT_EQ(StandingOf(host_.state(), *host_.Of(thief), thief.lane().stored_seq), Standing::kVoid);
    EXPECT_EQ(StandingOf(guest_.state(), *LaneOf(thief, guest_), CircleLane(thief).stored_seq), Standing::kVoid);
  }
};

TEST_F(CorePlantedEnds, Adversary09AnEndOfItsOwnLaneUndoesNothing) {
  Plant(thief_, thief_);
  Settle({&thief_, &host_, &second_, &guest_});
  Revoke(host_, thief_);
  SettleWithoutThief();
  ExpectVoid(thief_);
}

TEST_F(CorePlantedEnds, Adversary09NorDoTwoThievesThatSayItOfEachOther) {
  Plant(thief_, second_);
  Plant(second_, thief_);
  Settle({&thief_, &second_, &host_, &guest_});
  Revoke(host_, thief_);
  Revoke(host_, second_);
  Settle({&host_, &guest_});
  ExpectVoid(thief_);
  ExpectVoid(second_);
}

TEST_F(CorePlantedEnds, BeforeAnybodySaysAnEndItsOwnWordIsNone) {
  Plant(thief_, thief_);
  Settle({&thief_, &host_, &second_, &guest_});
  Transaction tx(second_.store);
  Revoke(host_, thief_);
  for (const SignedPersonOp& op : host_.state().person->Operations())
    ASSERT_TRUE(Intake(second_.state()).ApplyOp(tx, EncodeOp(op), {}));
  EXPECT_EQ(StandingOf(second_.state(), *second_.Of(thief_), thief_.lane().stored_seq + 1), Standing::kWaits);
}

// Nobody else has heard of its second lane, so nobody has said where that ends.
TEST_F(CorePlantedEnds, NorDoesADeviceSayWhereAnotherLaneOfItsOwnEnds) {
  thief_.Write("before");
  Settle({&thief_, &host_, &second_, &guest_});
  Revoke(host_, thief_);
  State& state = host_.state();
  const storage::Lane known = *host_.Of(thief_);
  storage::Lane& other = state.lanes.Add(host_.self().id, Signer::Generate().public_key());
  other.device = known.device;
  other.person = known.person;
  Transaction tx(host_.store);
  state.lane_ends.Take(
      tx, {.lane = other.number, .by_lane = known.number, .by_seq = 1, .seq = kFar, .record = RandomId<RecordId>()});
  EXPECT_FALSE(state.lane_ends.EndOf(state, other.number));
  EXPECT_EQ(StandingOf(state, other, 1), Standing::kWaits);
}

TEST_F(CorePlantedEnds, ManyWordsOfAThiefLeaveRoomForTheOwners) {
  const storage::Lane* lane = host_.Of(thief_);
  Transaction tx(host_.store);
  for (uint64_t i = 1; i <= 1'000; ++i) {
    host_.state().lane_ends.Take(
        tx, {.lane = lane->number, .by_lane = lane->number, .by_seq = i, .seq = kFar, .record = RandomId<RecordId>()});
  }
  ASSERT_TRUE(host_.state().Commit(tx));
  Revoke(host_, thief_);
  const auto end = host_.state().lane_ends.EndOf(host_.state(), lane->number);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->seq, lane->applied_seq);
}

TEST_F(CorePlantedEnds, WhoeverIsLeftStandsInForTheWordOfADeviceThatWasRevokedToo) {
  Revoke(second_, thief_);
  Sync(second_);
  Sync(host_);
  ASSERT_EQ(host_.state().lane_ends.EndOf(host_.state(), host_.Of(thief_)->number)->by_lane, host_.Of(second_)->number);
  Revoke(host_, second_);
  Settle({&host_, &guest_});
  const auto end = host_.state().lane_ends.EndOf(host_.state(), host_.Of(thief_)->number);
  ASSERT_TRUE(end);
  EXPECT_FALSE(SaidByRevoked(host_.state(), *end));
  EXPECT_EQ(end->seq, host_.Of(thief_)->applied_seq);
}

// A shredded entry beside it has the record adopted.
TEST_F(CorePlantedEnds, AdoptingAThiefsRecordDoesNotSayItsWordAgain) {
  const EntryId entry = thief_.Write("to be shredded");
  Plant(thief_, thief_);
  Settle({&thief_, &host_, &second_, &guest_});
  Revoke(host_, thief_);
  SettleWithoutThief();
  const uint64_t end = host_.state().lane_ends.EndOf(host_.state(), host_.Of(thief_)->number)->seq;
  ASSERT_TRUE(host_.journal->Shred(entry));
  SettleWithoutThief();
  ASSERT_TRUE(host_.state().prunes.CoverBefore(host_.Of(thief_)->number, kFar)) << "else this shows nothing";
  EXPECT_EQ(second_.state().lane_ends.EndOf(second_.state(), second_.Of(thief_)->number)->seq, end);
}

}  // namespace
}  // namespace kith
