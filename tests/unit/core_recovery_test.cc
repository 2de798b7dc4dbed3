// A journal that is read back by its phrase and a relay alone, and taken over by a new device.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/devices.h"
#include "crypto/verify/labels.h"
#include "tests/support/builders.h"
#include "tests/unit/recovery_testing.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::string> Labels(Device& device) {
  std::vector<std::string> labels;
  for (const DeviceInfo& info : device.journal->Devices())
    labels.push_back(info.label + (info.revoked ? " revoked" : ""));
  return labels;
}

// ---- All devices are destroyed.

TEST_F(CoreRecoveryOfHost, ThePhraseBringsBackEverythingOfAFounder) {
  Destroy(host_);
  Destroy(second_);
  MustRecover(restored_, host_.phrase);
  EXPECT_THAT(restored_.Texts(), UnorderedElementsAre("by the first device", "by the second device"));
  EXPECT_THAT(Labels(restored_), UnorderedElementsAre("first revoked", "guest revoked", "restored"));
  EXPECT_THAT(Received(restored_), ElementsAre("from the guest"));
  EXPECT_EQ(restored_.state().refused, 0u);
  EXPECT_THAT(left_, IsEmpty());
  EXPECT_TRUE(restored_.journal->recovery_confirmed());
}

TEST_F(CoreRecoveryOfHost, TheFriendSeesTheNewDeviceAndBothGoOn) {
  Destroy(host_);
  Destroy(second_);
  MustRecover(restored_, host_.phrase);
  Sync(restored_);
  SyncAll();
  const Person& person = *guest_.state().FindPerson(restored_.state().identity.person);
  EXPECT_TRUE(person.IsDevice(restored_.state().device->public_key()));
  EXPECT_EQ(std::ranges::count_if(person.devices(), [](const auto& device) { return !device.second.revoked; }), 1);
  Say(restored_, AShare("after the fire"));
  Say(guest_, AShare("glad that you are back"));
  for (int round = 0; round < 3; ++round) {
    Sync(restored_);
    Sync(guest_);
  }
  EXPECT_THAT(Received(guest_), ElementsAre("after the fire", "from the host"));
  EXPECT_THAT(Received(restored_), ElementsAre("from the guest", "glad that you are back"));
}

// The relay is put back while it takes the new device's first words: what it announced stays in a lane of its own, and
// who it is stands in the next one, under that very key.
TEST_F(CoreRecoveryOfHost, AFriendReadsOnWhereWhoAnnouncedIsSaidInAnotherLane) {
  Destroy(host_);
  Destroy(second_);
  ASSERT_TRUE(Recover(restored_, host_.phrase));
  restored_.Reopen();
  SyncOne(restored_, own_);
  kith::Sync& sync = restored_.journal->sync(circle_);
  sync.Restart();
  for (;;) {
    const auto call = sync.Next();
    ASSERT_TRUE(call && *call);
    if (std::holds_alternative<PushCall>((*call)->body)) break;
    ASSERT_TRUE(sync.OnReply(**call, relay_.Handle(**call, relay_.nonce())));
  }
  const LaneKey announced = CircleLane(restored_).key;
  relay_.Restore(relay_.database());
  Say(restored_, AShare("after the fire"));
  for (int round = 0; round < 3; ++round) Sync(restored_);
  ASSERT_EQ(restored_.state().lanes.Find(announced)->stored_seq, 1u);
  ASSERT_NE(CircleLane(restored_).key, announced);
  Sync(guest_);
  EXPECT_THAT(Received(guest_), ElementsAre("after the fire", "from the host"));
}

TEST_F(CoreRecovery, ThePhraseBringsBackEverythingOfAGuest) {
  own_ = guest_.journal->mailbox();
  Destroy(guest_);
  MustRecover(restored_, guest_.phrase);
  EXPECT_THAT(restored_.Texts(), ElementsAre("of the guest"));
  EXPECT_THAT(Received(restored_), ElementsAre("from the host"));
  Say(restored_, AShare("after the fire"));
  Sync(restored_);
  SyncAll();
  EXPECT_THAT(Received(host_), ElementsAre("after the fire", "from the guest"));
}

TEST_F(CoreRecoveryOfHost, TheOtherDevicesAreCutOff) {
  MustRecover(restored_, host_.phrase);
  const SeatTable& table = relay_.Find(own_)->seats;
  ASSERT_EQ(table.seats().size(), 1u);
  EXPECT_EQ(table.seats().begin()->second.lanes, std::set<LaneKey>{restored_.lane().key});
  EXPECT_EQ(table.seats().begin()->first, restored_.state().keyring.SeatIn(own_, table)->signer->public_key());
  // Nor does it hold a key to what is written from now on.
  const GenerationId now = restored_.state().SealingGeneration(own_)->id;
  EXPECT_FALSE(host_.state().keyring.Has(own_, now));
  restored_.Write("not for the old ones");
  Sync(restored_);
  kith::Sync& sync = host_.journal->sync();
  sync.Restart();
  for (;;) {
    const auto call = sync.Next();
    ASSERT_TRUE(call.has_value());
    if (!*call) break;
    ASSERT_TRUE(sync.OnReply(**call, relay_.Handle(**call, relay_.nonce())));
  }
  EXPECT_EQ(sync.status().phase, SyncStatus::Phase::kStopped);
  EXPECT_THAT(host_.Texts(), UnorderedElementsAre("by the first device", "by the second device"));
}

TEST_F(CoreRecoveryOfHost, TheRestoredDeviceIsOneLikeAnyOther) {
  Destroy(host_);
  Destroy(second_);
  MustRecover(restored_, host_.phrase);
  Device linked;
  LinkOver(restored_, linked);
  Sync(linked);
  EXPECT_THAT(linked.Texts(), UnorderedElementsAre("by the first device", "by the second device"));
  EXPECT_EQ(linked.state().refused, 0u);
  EXPECT_THAT(linked.journal->Alarms(), IsEmpty());
}

TEST_F(CoreRecoveryOfHost, ItCanBeDoneAgain) {
  MustRecover(restored_, host_.phrase);
  restored_.Write("between two fires");
  Sync(restored_);
  Destroy(restored_);
  Device again;
  MustRecover(again, host_.phrase);
  EXPECT_THAT(again.Texts(), UnorderedElementsAre("by the first device", "by the second device", "between two fires"));
  EXPECT_THAT(Received(again), ElementsAre("from the guest"));
}

// A relay may serve lanes in any order: the newest first, say, after it was refilled.
TEST_F(CoreRecoveryOfHost, TheOrderOfLanesDoesNotMatter) {
  MustRecover(restored_, host_.phrase);
  std::vector<SignedRecord> log = Log();
  std::ranges::stable_sort(log, std::greater<>(), [&](const SignedRecord& record) {
    return RecordHeader::Parse(record.header)->lane == restored_.lane().key;
  });
  Device again;
  const Result<> recovered = Recover(again, host_.phrase, Instead(log));
  ASSERT_TRUE(recovered) << CodeName(recovered.error().code);
  again.Reopen();
  EXPECT_THAT(again.Texts(), UnorderedElementsAre("by the first device", "by the second device"));
}

// ---- A thief.

// Each device revokes the other: both are gone for good, and nobody but the phrase can settle it.
TEST_F(CoreRecoveryOfHost, MutualRevocationIsSettledByThePhrase) {
  const DeviceId first = host_.state().device->public_key();
  const DeviceId second = second_.state().device->public_key();
  ASSERT_TRUE(RevokeDeviceNow(host_.state(), second));
  ASSERT_TRUE(RevokeDeviceNow(second_.state(), first));
  for (Device* device : {&host_, &second_, &host_}) {
    kith::Sync& sync = device->journal->sync();
    sync.Restart();
    for (int calls = 0; calls < kPatience; ++calls) {
      const auto call = sync.Next();
      ASSERT_TRUE(call.has_value());
      if (!*call) break;
      ASSERT_TRUE(sync.OnReply(**call, relay_.Handle(**call, relay_.nonce())));
    }
  }
  MustRecover(restored_, host_.phrase);
  EXPECT_THAT(restored_.Texts(), UnorderedElementsAre("by the first device", "by the second device"));
  EXPECT_THAT(Labels(restored_), UnorderedElementsAre("first revoked", "guest revoked", "restored"));
  EXPECT_THAT(restored_.journal->Alarms(), IsEmpty());
}

// A thief that says that the owner's lane ended at its beginning hides it from other devices, not from the phrase.
TEST_F(CoreRecoveryOfHost, AThiefsWordTakesNothingFromWhoeverHoldsThePhrase) {
  ASSERT_TRUE(RevokeDeviceNow(second_.state(), host_.state().device->public_key()));
  Transaction tx(second_.store);
  const Bytes end =
      EncodeOp(LaneEndOp{.hlc = second_.state().NextHlc(), .lane = host_.lane().key, .seq = 0, .record = {}});
  Outbox(second_.state()).Add(tx, second_.self(), {&end, 1});
  ASSERT_TRUE(second_.state().Commit(tx));
  Sync(second_);
  MustRecover(restored_, host_.phrase);
  EXPECT_THAT(restored_.Texts(), UnorderedElementsAre("by the first device", "by the second device"));
  Device linked;
  LinkOver(restored_, linked);
  Sync(linked);
  EXPECT_THAT(linked.Texts(), UnorderedElementsAre("by the first device", "by the second device"));
}

// The circle's seat under a key that the thief kept to itself: its root, sealed to the phrase, takes it back.
TEST_F(CoreRecoveryOfHost, ACirclesFounderTakesAStolenSeatBack) {
  const auto seat = host_.state().keyring.Seat(circle_);
  const Signer stolen = Signer::Generate();
  ASSERT_TRUE(
      host_.journal->sync(circle_).ChangeSeats({ReplaceSeat{.from = seat->public_key(), .to = stolen.public_key()}}));
  SyncOne(host_, circle_);
  Destroy(host_);
  Destroy(second_);
  MustRecover(restored_, host_.phrase);
  EXPECT_THAT(left_, IsEmpty());
  const SeatTable& table = relay_.Find(circle_)->seats;
  EXPECT_FALSE(table.seats().contains(stolen.public_key()));
  ASSERT_NE(restored_.state().keyring.SeatIn(circle_, table), nullptr);
  Say(restored_, AShare("mine again"));
  Sync(restored_);
  Sync(guest_);
  Sync(guest_);
  EXPECT_THAT(Received(guest_), ElementsAre("from the host", "mine again"));
}

TEST_F(CoreRecovery, AGuestsStolenSeatIsNamedAsLost) {
  own_ = guest_.journal->mailbox();
  const auto seat = guest_.state().keyring.Seat(circle_);
  const Signer stolen = Signer::Generate();
  ASSERT_TRUE(
      guest_.journal->sync(circle_).ChangeSeats({ReplaceSeat{.from = seat->public_key(), .to = stolen.public_key()}}));
  SyncOne(guest_, circle_);
  Destroy(guest_);
  ASSERT_TRUE(Recover(restored_, guest_.phrase));
  restored_.Reopen();
  ASSERT_EQ(left_.size(), 1u);
  EXPECT_EQ(left_.front().circle, circle_);
  EXPECT_EQ(left_.front().why.code, Code::kRelayRefused);
  EXPECT_THAT(restored_.Texts(), ElementsAre("of the guest"));
}

// ---- Taking over.

// The relay did what was asked, and the answer was lost.
TEST_F(CoreRecoveryOfHost, ALostAnswerIsNoSecondClaim) {
  bool lost = false;
  const uint64_t before = Statements();
  const Lie once = [&](const RelayCall& call, Result<RelayReply>& reply) {
    if (!std::holds_alternative<SubmitStatementCall>(call.body) || lost) return;
    lost = true;
    reply = Fail(Code::kRelayUnreachable);
  };
  ASSERT_TRUE(Recover(restored_, host_.phrase, once));
  EXPECT_TRUE(lost);
  EXPECT_EQ(Statements(), before + 1);
}

// Another device, a thief's perhaps, changes the seats between the reading and the claim.
TEST_F(CoreRecoveryOfHost, AStatementThatWasFasterIsReadAndOvertaken) {
  bool done = false;
  const Signer lane = Signer::Generate();
  const Lie race = [&](const RelayCall& call, Result<RelayReply>& reply) {
    if (!std::holds_alternative<PullCall>(call.body) || done) return;
    done = true;
    const auto seat = host_.state().keyring.Seat(own_);
    ASSERT_TRUE(host_.journal->sync().ChangeSeats({AddLane{.seat = seat->public_key(), .lane = lane.public_key()}}));
    SyncOne(host_, own_);
    static_cast<void>(reply);
  };
  ASSERT_TRUE(Recover(restored_, host_.phrase, race));
  EXPECT_TRUE(done);
  EXPECT_FALSE(relay_.Find(own_)->seats.Listed(lane.public_key()));
}

TEST_F(CoreRecoveryOfHost, WhatWasPushedUntilTheClaimCounts) {
  bool done = false;
  const Lie race = [&](const RelayCall& call, Result<RelayReply>&) {
    if (!std::holds_alternative<SubmitStatementCall>(call.body) || done) return;
    done = true;
  };
  // Between the last page and the claim the other device still writes.
  int pulls = 0;
  const Lie late = [&](const RelayCall& call, Result<RelayReply>& reply) {
    race(call, reply);
    if (!std::holds_alternative<PullCall>(call.body) || ++pulls != 2) return;
    second_.Write("in the last minute");
    SyncOne(second_, own_);
  };
  ASSERT_TRUE(Recover(restored_, host_.phrase, late));
  restored_.Reopen();
  EXPECT_THAT(restored_.Texts(), testing::Contains("in the last minute"));
}

TEST_F(CoreRecoveryOfHost, ADiskThatRefusesLeavesNoVault) {
  const auto secret = ParsePhrase(host_.phrase);
  Recovery recovery(restored_.store, restored_.clock, *secret, Address(), {});
  ASSERT_TRUE(Carry(recovery));
  EXPECT_FALSE(IsVault(restored_));
  restored_.store.FailWrite(1);
  EXPECT_EQ(Refusal(recovery.Found("restored")), Code::kStorageFailed);
  EXPECT_FALSE(IsVault(restored_));
}

TEST_F(CoreRecoveryOfHost, ADrillChangesNothingAtTheRelay) {
  const uint64_t before = Statements();
  const size_t records = relay_.Find(own_)->log.size();
  const Lie watch = [](const RelayCall& call, Result<RelayReply>&) {
    EXPECT_TRUE(std::holds_alternative<HelloCall>(call.body) || std::holds_alternative<StatementsCall>(call.body) ||
                std::holds_alternative<PullCall>(call.body));
  };
  ASSERT_TRUE(Recover(restored_, host_.phrase, watch, {.purpose = Recovery::Purpose::kDrill}));
  restored_.Reopen();
  EXPECT_THAT(restored_.Texts(), UnorderedElementsAre("by the first device", "by the second device"));
  EXPECT_THAT(Received(restored_), ElementsAre("from the guest"));
  EXPECT_EQ(Statements(), before);
  EXPECT_EQ(relay_.Find(own_)->log.size(), records);
}

// ---- Showing that one has the words.

TEST_F(CoreRecoveryOfHost, AConfirmationReachesTheOtherDevices) {
  EXPECT_FALSE(host_.journal->recovery_confirmed());
  ASSERT_TRUE(host_.journal->ConfirmRecovery());
  EXPECT_TRUE(host_.journal->recovery_confirmed());
  host_.Reopen();
  EXPECT_TRUE(host_.journal->recovery_confirmed());
  SyncAll();
  EXPECT_TRUE(second_.journal->recovery_confirmed());
  EXPECT_FALSE(guest_.journal->recovery_confirmed());
}

}  // namespace
}  // namespace kith
