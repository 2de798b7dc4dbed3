// Leaving a friend, where another device of the same person has not heard of it yet; and lanes that a relay forgot, or
// that have to stay open.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/outbox.h"
#include "tests/unit/recovery_testing.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class CoreLeaving : public TwoInACircle {
 protected:
  void SetUp() override {
    TwoInACircle::SetUp();
    LinkOver(guest_, guests_);
    Sync(guests_);
    Sync(guest_);
  }
  void ShareThere() {
    entry_ = guests_.Write("words of mine");
    const ShareWish wish{.entry = entry_, .circle = circle_, .version = {}, .passage = {}, .note = {}};
    ASSERT_TRUE(guests_.journal->sharing().Share(wish));
  }
  // At the relay, for the friend, or in what this person is told.
  void ExpectNothingStands() {
    for (Device* device : {&guest_, &guests_, &guest_, &guests_, &host_}) Sync(*device);
    EXPECT_THAT(Received(host_), IsEmpty());
    for (const auto& record : relay_.Find(circle_)->log) {
      const RecordHeader header = *RecordHeader::Parse(record->header);
      if (header.kind != RecordKind::kSealed || record->payload.empty()) continue;
      for (const Bytes& op : host_.Open(*record).ops) EXPECT_FALSE(std::holds_alternative<ShareOp>(*DecodeOp(op)));
    }
    for (Device* device : {&guest_, &guests_}) {
      const auto audience = device->journal->sharing().Audience(std::nullopt);
      ASSERT_TRUE(audience.has_value());
      EXPECT_THAT(*audience, IsEmpty());
      EXPECT_EQ(device->state().mailboxes.at(circle_).outbox_waiting, 0u);
    }
  }

  Device guests_;
  EntryId entry_;
};

TEST_F(CoreLeaving, WhatWasSharedByADeviceThatHadNotHeardNeverLeaves) {
  ASSERT_TRUE(guest_.journal->sharing().Leave(circle_));
  Sync(guest_);
  ShareThere();
  SyncOne(guests_, guests_.self().id);
  ExpectNothingStands();
}

TEST_F(CoreLeaving, WhatWasSentByADeviceThatHadNotHeardIsTakenBack) {
  ASSERT_TRUE(guest_.journal->sharing().Leave(circle_));
  ShareThere();
  SyncOne(guests_, circle_);
  Sync(host_);
  ASSERT_THAT(Received(host_), ElementsAre("words of mine"));
  ExpectNothingStands();
}

// What would say who is there was lost with a device, so nothing that waits here is ever sealed.
TEST_F(CoreLeaving, WhoDoesNotKnowWhoIsThereLeavesNoLaneOpen) {
  guests_.state().rosters.erase(circle_);
  ASSERT_TRUE(guests_.journal->RevokeDevice(guest_.state().device->public_key()));
  ASSERT_GT(Circle(guests_).outbox_waiting, 0u) << "it says where the other's lane ends";
  ASSERT_TRUE(guests_.journal->sharing().Leave(circle_));
  for (int round = 0; round < 3; ++round) Sync(guests_);
  ASSERT_EQ(Outbox(guests_.state()).GroundIn(circle_), Outbox::Ground::kWaits);
  const SeatKeyId seat = guests_.state().keyring.Seat(circle_)->public_key();
  EXPECT_THAT(relay_.Find(circle_)->seats.seats().at(seat).lanes, IsEmpty());
  EXPECT_THAT(guests_.journal->mailboxes(), ElementsAre(guests_.self().id));
}

// Its words have come, and what they are of has not.
TEST_F(CoreLeaving, WhatIsKnownByItsWordsAloneIsTakenBack) {
  ShareThere();
  SyncOne(guests_, circle_);
  Sync(guest_);
  Sync(host_);
  ASSERT_THAT(Received(host_), ElementsAre("words of mine"));
  ASSERT_TRUE(guest_.journal->sharing().Leave(circle_));
  ExpectNothingStands();
}

// The note of it comes in one page with the word that the friend was left.
TEST_F(CoreLeaving, ADeviceThatHearsOfAllAtOnceSaysThatNothingStands) {
  Device late;
  LinkOver(guest_, late);
  ShareThere();
  SyncOne(guests_, guests_.self().id);
  ASSERT_TRUE(guest_.journal->sharing().Leave(circle_));
  SyncOne(guest_, guest_.self().id);
  SyncOne(late, late.self().id);
  const auto audience = late.journal->sharing().Audience(std::nullopt);
  ASSERT_TRUE(audience.has_value());
  EXPECT_THAT(*audience, IsEmpty());
}

class CoreLeftAlone : public CoreRecovery {
 protected:
  void SetUp() override { TwoPeople::SetUp(); }
};

// The restored device has keys to make before it says anything, and a friend who never wrote has not said what to seal
// one to.
TEST_F(CoreLeftAlone, WhoseFriendNeverCameWaitsForNobody) {
  Befriend();
  Sync(host_);
  Destroy(host_);
  MustRecover(restored_, host_.phrase);
  for (int round = 0; round < 3; ++round) Sync(restored_);
  ASSERT_GT(Circle(restored_).outbox_waiting, 0u) << "it says where the other's lane ends";
  EXPECT_GT(restored_.journal->sync(circle_).status().waiting, 0u) << "the friend may still come";
  ASSERT_TRUE(restored_.journal->sharing().Leave(circle_));
  for (int round = 0; round < 3; ++round) Sync(restored_);
  ASSERT_EQ(Outbox(restored_.state()).GroundIn(circle_), Outbox::Ground::kWaits);
  ASSERT_NE(restored_.state().FindRoster(circle_), nullptr);
  EXPECT_EQ(restored_.journal->sync(circle_).status().waiting, 0u);
  const SeatKeyId seat = restored_.state().keyring.SeatIn(circle_, Circle(restored_).seats)->signer->public_key();
  EXPECT_THAT(relay_.Find(circle_)->seats.seats().at(seat).lanes, IsEmpty());
  EXPECT_THAT(restored_.journal->mailboxes(), ElementsAre(restored_.self().id));
}

class CoreForgottenLane : public TwoInACircle {};

// The relay was set back to before a friend's device was listed, and another statement took that place since.
TEST_F(CoreForgottenLane, HoldsNobodyElseUpAndIsSentOnceItsPeopleListItAgain) {
  Device hosts;
  LinkOver(host_, hosts);
  Sync(host_);
  const SimRelay::Database before = relay_.database();
  Device guests;
  LinkOver(guest_, guests);
  Sync(guests);
  Sync(host_);
  const LaneKey forgotten = CircleLane(guests).key;
  ASSERT_NE(host_.state().lanes.Find(forgotten), nullptr);
  relay_.Restore({.epoch = {}, .mailboxes = before.mailboxes, .tokens = {}});
  Sync(hosts);

  Say(host_, AShare("goes on"));
  Sync(host_);
  EXPECT_EQ(host_.journal->sync(circle_).status().problem, std::nullopt);
  EXPECT_EQ(host_.journal->sync(circle_).status().phase, SyncStatus::Phase::kLive);
  ASSERT_FALSE(relay_.Find(circle_)->seats.Known(forgotten)) << "else this shows nothing";
  Sync(guest_);
  EXPECT_THAT(Received(guest_), ElementsAre("goes on"));

  Sync(guests);
  Sync(host_);
  EXPECT_TRUE(relay_.Find(circle_)->seats.Known(forgotten));
  EXPECT_TRUE(relay_.Find(circle_)->lanes.contains(forgotten));
}

class CoreLaneLinkedWith : public TwoPeople {};

// The relay was set up anew, so the device writes to another lane; then a copy of its vault from before its first sync
// comes, which has no other key.
TEST_F(CoreLaneLinkedWith, StaysOpenForACopyOfTheVaultFromBeforeItsFirstSync) {
  Device hosts;
  LinkOver(host_, hosts);
  Device copy;
  copy.store = hosts.store;
  copy.Reopen();
  ASSERT_EQ(copy.state().keyring.Seat(copy.self().id), nullptr) << "else this shows nothing";
  Sync(hosts);
  const LaneKey first = hosts.lane().key;
  relay_.Restore(relay_.database());
  Sync(hosts);
  Sync(hosts);
  ASSERT_NE(hosts.lane().key, first);

  copy.Write("of the copy");
  Sync(copy);
  EXPECT_EQ(copy.journal->sync().status().problem, std::nullopt);
  Sync(host_);
  EXPECT_THAT(host_.Texts(), ElementsAre("of the copy"));
}

}  // namespace
}  // namespace kith
