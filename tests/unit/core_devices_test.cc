// A device is revoked: what it can still do, what of it counts, and how the others go on. The relay is honest here
// unless a test says otherwise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/heads.h"
#include "crypto/verify/hash.h"
#include "tests/unit/devices_testing.h"

namespace kith {
namespace {

using testing::Contains;
using testing::ElementsAre;

// ---- Names.

TEST_F(CoreDevices, ADeviceIsFoundByItsNameOrItsId) {
  ASSERT_TRUE(host_.journal->RenameDevice(IdOf(second_), "Phone"));
  EXPECT_EQ(Good(FindDevice(host_.state(), "pHONE")), IdOf(second_));
  EXPECT_EQ(Good(FindDevice(host_.state(), Hex(IdOf(thief_).view()))), IdOf(thief_));
  EXPECT_EQ(Refusal(FindDevice(host_.state(), "tablet")), Code::kNotFound);
  ASSERT_TRUE(host_.journal->RenameDevice(IdOf(thief_), "phone"));
  EXPECT_EQ(Refusal(FindDevice(host_.state(), "phone")), Code::kAmbiguous);
  Revoke(host_, thief_);
  EXPECT_EQ(Good(FindDevice(host_.state(), "phone")), IdOf(second_)) << "a revoked one is not meant";
}

TEST_F(CoreDevices, ANewNameReachesTheOtherDevicesAndNoFriend) {
  ASSERT_TRUE(host_.journal->RenameDevice(IdOf(second_), "Kitchen laptop"));
  const size_t before = LogOf(circle_).size();
  SettleWithoutThief();
  EXPECT_EQ(second_.state().labels.at(IdOf(second_)).second, "Kitchen laptop");
  EXPECT_EQ(LogOf(circle_).size(), before);
  EXPECT_EQ(Refusal(host_.journal->RenameDevice(IdOf(second_), "")), Code::kInvalidArgument);
  EXPECT_EQ(Refusal(host_.journal->RenameDevice(IdOf(second_), std::string(101, 'x'))), Code::kInvalidArgument);
  EXPECT_EQ(Refusal(host_.journal->RenameDevice(RandomId<DeviceId>(), "x")), Code::kNotFound);
}

// ---- Who may revoke.

TEST_F(CoreDevices, ADeviceRevokesOthersAndNotItself) {
  EXPECT_EQ(Refusal(host_.journal->RevokeDevice(IdOf(host_))), Code::kInvalidArgument);
  EXPECT_EQ(Refusal(host_.journal->RevokeDevice(RandomId<DeviceId>())), Code::kNotFound);
  Revoke(host_, thief_);
  const auto heads = host_.state().person->heads();
  Revoke(host_, thief_);
  EXPECT_EQ(host_.state().person->heads(), heads) << "once is enough";
  host_.Reopen();
  EXPECT_FALSE(host_.state().person->IsDevice(IdOf(thief_)));
}

// ---- What the revoked device can still do.

TEST_F(CoreDevices, TheRelayLetsItInNoMore) {
  const auto seat = thief_.state().keyring.Seat(thief_.self().id);
  const auto circle_seat = thief_.state().keyring.Seat(circle_);
  Revoke(host_, thief_);
  Sync(host_);
  for (const MailboxId& mailbox : {host_.self().id, circle_}) {
    const SeatTable& seats = relay_.Find(mailbox)->seats;
    for (const storage::Lane& lane : thief_.state().lanes.all()) {
      EXPECT_FALSE(lane.mailbox == mailbox && lane.seed && seats.Listed(lane.key));
    }
    EXPECT_EQ(AskWith(thief_.state().lanes.SignerOf(*thief_.state().lanes.Own(mailbox)), mailbox), Code::kRelayRefused);
  }
  EXPECT_EQ(AskWith(seat, host_.self().id), Code::kRelayRefused);
  EXPECT_EQ(AskWith(circle_seat, circle_), Code::kRelayRefused);
  EXPECT_EQ(Outcome(thief_, thief_.self().id), Code::kDeviceRevoked);
  EXPECT_EQ(Outcome(thief_, circle_), Code::kRelayRefused);
  EXPECT_THAT(host_.journal->Devices(), Contains(testing::Field(&DeviceInfo::revoked, true)));
}

TEST_F(CoreDevices, ItReadsNothingWrittenAfterwards) {
  thief_.Write("by the thief, before");
  Settle({&thief_, &host_, &second_, &guest_});
  const size_t own = LogOf(host_.self().id).size();
  const size_t shared = LogOf(circle_).size();
  Revoke(host_, thief_);
  host_.Write("own, afterwards");
  Share(host_, "shared, afterwards");
  SettleWithoutThief();
  Share(guest_, "by the friend, afterwards");
  second_.Write("by the second, afterwards");
  SettleWithoutThief();
  ASSERT_GT(LogOf(host_.self().id).size(), own);
  ASSERT_GT(LogOf(circle_).size(), shared);
  // Even if the relay hands it everything.
  Leak(thief_, host_.self().id);
  Leak(thief_, circle_);
  EXPECT_EQ(Readable(thief_, LogOf(host_.self().id, own)), 0u);
  EXPECT_EQ(Readable(thief_, LogOf(circle_, shared)), 0u);
  EXPECT_THAT(thief_.Texts(), ElementsAre("by the thief, before")) << "what is here stays readable here";
  EXPECT_TRUE(Received(thief_).empty());
  // The others have it all: those records are readable, but not by it.
  EXPECT_GT(Readable(second_, LogOf(host_.self().id, own)), 0u);
  EXPECT_THAT(second_.Texts(), ElementsAre("by the second, afterwards", "by the thief, before", "own, afterwards",
                                           "shared, afterwards"));
  EXPECT_EQ(host_.Texts(), second_.Texts());
  EXPECT_THAT(Received(guest_), ElementsAre("shared, afterwards"));
  EXPECT_THAT(Received(second_), ElementsAre("by the friend, afterwards"));
}

TEST_F(CoreDevices, ADeviceThatKnowsItIsRevokedSaysSoAndAsksNothing) {
  Revoke(host_, thief_);
  Transaction tx(thief_.store);
  for (const SignedPersonOp& op : host_.state().person->Operations()) {
    ASSERT_TRUE(Intake(thief_.state()).ApplyOp(tx, EncodeOp(op), {}));
  }
  ASSERT_TRUE(thief_.state().Commit(tx));
  for (const MailboxId& mailbox : thief_.journal->mailboxes()) {
    thief_.journal->sync(mailbox).Restart();
    EXPECT_EQ(Good(thief_.journal->sync(mailbox).Next()), std::nullopt);
    EXPECT_EQ(thief_.journal->sync(mailbox).status().phase, SyncStatus::Phase::kStopped);
    EXPECT_EQ(thief_.journal->sync(mailbox).status().problem->code, Code::kDeviceRevoked);
  }
  EXPECT_EQ(Refusal(thief_.journal->RevokeDevice(IdOf(host_))), Code::kDeviceRevoked);
  thief_.Write("still mine to write and read");
  EXPECT_THAT(thief_.Texts(), ElementsAre("still mine to write and read"));
}

// ---- What of it counts. Adversarial test 9 of the protocol.

TEST_F(CoreDevices, Adversary09WhatARevokedDeviceAppendsIsVoidEverywhere) {
  thief_.Write("before");
  Settle({&thief_, &host_, &second_, &guest_});
  Revoke(host_, thief_);
  SettleWithoutThief();
  // Backdated: sealed under the old keys, by clocks of the past, and served by a relay in league with it.
  thief_.Write("backdated");
  Share(thief_, "backdated share");
  const auto own = SealedBy(thief_, thief_.self().id);
  const auto shared = SealedBy(thief_, circle_);
  ASSERT_FALSE(own.empty());
  ASSERT_FALSE(shared.empty());
  for (Device* device : {&host_, &second_}) {
    for (const SignedRecord& record : own) Hand(*device, host_.self().id, record);
    EXPECT_THAT(device->Texts(), ElementsAre("before"));
  }
  for (Device* device : {&host_, &second_, &guest_}) {
    for (const SignedRecord& record : shared) Hand(*device, circle_, record);
    EXPECT_TRUE(Received(*device).empty());
    device->Reopen();
    EXPECT_TRUE(Received(*device).empty());
  }
  // Kept as bytes, and not held to be missing.
  const storage::Lane* lane = host_.state().lanes.Find(thief_.lane().key);
  EXPECT_EQ(lane->stored_seq, thief_.lane().stored_seq);
  EXPECT_LT(lane->applied_seq, lane->stored_seq);
  EXPECT_TRUE(Ended(host_.state(), *lane));
}

TEST_F(CoreDevices, Adversary09TwinWhoDoesNotKnowOfTheRevocationTakesItIn) {
  Revoke(host_, thief_);
  // Nobody has heard yet, and the relay has not either.
  thief_.Write("meanwhile");
  Share(thief_, "meanwhile shared");
  Sync(thief_);
  SyncOne(second_, second_.self().id);
  Sync(guest_);
  EXPECT_THAT(second_.Texts(), Contains("meanwhile"));
  EXPECT_THAT(Received(guest_), ElementsAre("meanwhile shared"));
  // Once the friend knows, it is not shown any more; the person's own devices lose no word.
  SettleWithoutThief();
  EXPECT_TRUE(Received(guest_).empty());
  guest_.Reopen();
  EXPECT_TRUE(Received(guest_).empty());
  EXPECT_THAT(host_.Texts(), ElementsAre("meanwhile", "meanwhile shared"));
  EXPECT_EQ(host_.Texts(), second_.Texts());
}

TEST_F(CoreDevices, WhileNobodySaysWhereItsLaneEndsNothingMoreOfItIsTakenIn) {
  thief_.Write("waits");
  const auto records = SealedBy(thief_, thief_.self().id);
  // The revocation alone, without the word on the lane.
  Revoke(host_, thief_);
  Transaction tx(second_.store);
  for (const SignedPersonOp& op : host_.state().person->Operations())
    ASSERT_TRUE(Intake(second_.state()).ApplyOp(tx, EncodeOp(op), {}));
  ASSERT_TRUE(second_.state().Commit(tx));
  for (const SignedRecord& record : records) Hand(second_, host_.self().id, record);
  EXPECT_TRUE(second_.Texts().empty());
  EXPECT_EQ(StandingOf(second_.state(), *second_.Of(thief_), thief_.lane().stored_seq), Standing::kWaits);
}

TEST_F(CoreDevices, WhoeverHasTakenInMoreSaysSoAndAllHaveIt) {
  Revoke(host_, thief_);
  const storage::Lane before = *host_.state().lanes.Find(thief_.lane().key);
  EXPECT_EQ(host_.state().lane_ends.EndOf(host_.state(), before.number)->seq, before.applied_seq);
  thief_.Write("only the second has it");
  Sync(thief_);
  Sync(second_);
  Sync(host_);
  EXPECT_TRUE(host_.Texts().empty()) << "past the end that the host has said";
  SettleWithoutThief();
  EXPECT_GT(host_.state().lane_ends.EndOf(host_.state(), before.number)->seq, before.applied_seq);
  EXPECT_THAT(host_.Texts(), ElementsAre("only the second has it"));
  EXPECT_EQ(host_.Texts(), second_.Texts());
}

TEST_F(CoreDevices, AnotherRecordThanTheOneAtItsEndEndsALane) {
  thief_.Write("as the owner has it");
  Settle({&thief_, &host_});
  Revoke(host_, thief_);
  Sync(host_);
  const storage::Lane* at_host = host_.Of(thief_);
  storage::SaidEnd end = *host_.state().lane_ends.EndOf(host_.state(), at_host->number);
  end.lane = second_.Of(thief_)->number;
  end.by_lane = 0;
  end.record = RandomId<RecordId>();
  Transaction tx(second_.store);
  for (const SignedPersonOp& op : host_.state().person->Operations())
    ASSERT_TRUE(Intake(second_.state()).ApplyOp(tx, EncodeOp(op), {}));
  second_.state().lane_ends.Take(tx, end);
  ASSERT_TRUE(second_.state().Commit(tx));
  for (const SignedRecord& record : LogOf(host_.self().id)) Hand(second_, host_.self().id, record);
  EXPECT_EQ(second_.Of(thief_)->broken, 1 + static_cast<uint8_t>(Code::kEquivocation));
}

TEST_F(CoreDevices, AWordOfARevokedDeviceCountsUpToItsOwnEndOnly) {
  const auto end_of = [&](Device& at, Device& of) { return at.state().lane_ends.EndOf(at.state(), at.Of(of)->number); };
  // The second revokes the thief and is revoked itself afterwards: what it said before stands.
  Revoke(second_, thief_);
  Sync(second_);
  Sync(host_);
  ASSERT_TRUE(end_of(host_, thief_));
  const uint64_t said = end_of(host_, thief_)->seq;
  Revoke(host_, second_);
  EXPECT_EQ(end_of(host_, thief_)->seq, said);
  // Past its own end it can move nothing.
  const storage::Lane* second = host_.Of(second_);
  Transaction tx(host_.store);
  host_.state().lane_ends.Take(tx, {.lane = host_.Of(thief_)->number,
                                    .by_lane = second->number,
                                    .by_seq = end_of(host_, second_)->seq + 1,
                                    .seq = said + 9,
                                    .record = RandomId<RecordId>()});
  EXPECT_EQ(end_of(host_, thief_)->seq, said);
  host_.state().lane_ends.Take(tx, {.lane = host_.Of(thief_)->number,
                                    .by_lane = second->number,
                                    .by_seq = end_of(host_, second_)->seq,
                                    .seq = said + 1,
                                    .record = RandomId<RecordId>()});
  EXPECT_EQ(end_of(host_, thief_)->seq, said + 1);
}

TEST_F(CoreDevices, OfTwoEndsThatOfARevokedDeviceLosesHoweverHighItIs) {
  const auto end = [&] { return *host_.state().lane_ends.EndOf(host_.state(), host_.Of(thief_)->number); };
  Revoke(second_, thief_);
  Sync(second_);
  Sync(host_);
  Revoke(host_, second_);
  const storage::SaidEnd said = end();
  ASSERT_EQ(said.by_lane, host_.Of(second_)->number);
  // Within its own end it named a further record too.
  storage::SaidEnd wrong = said;
  wrong.by_seq = 1;
  wrong.seq += 9;
  wrong.record.value.fill(0xFF);
  Transaction tx(host_.store);
  host_.state().lane_ends.Take(tx, wrong);
  ASSERT_EQ(end().record, wrong.record);
  // Whoever has read all there is says so, once.
  const uint64_t waiting = host_.self().outbox_waiting;
  ASSERT_TRUE(SayLaneEnds(host_.state(), tx, host_.self()));
  EXPECT_EQ(end().record, said.record);
  EXPECT_EQ(host_.self().outbox_waiting, waiting + 1);
  ASSERT_TRUE(SayLaneEnds(host_.state(), tx, host_.self()));
  EXPECT_EQ(host_.self().outbox_waiting, waiting + 1);
}

TEST_F(CoreDevices, WhatAPrunePastItsLanesEndHadTheRelayDropHoldsNothingBack) {
  Share(thief_, "dropped");
  Sync(thief_);
  SyncOne(host_, host_.self().id);
  SyncOne(host_, circle_);
  const storage::Lane own = CircleLane(thief_);
  const SignedRecord prune =
      SignRecord(*thief_.state().lanes.SignerOf(own), Lanes::NextHeader(own, RecordKind::kPrune),
                 PruneList{.lane = own.key, .ranges = {{own.stored_seq, own.stored_seq}}}.Encode());
  Revoke(host_, thief_);
  Sync(host_);
  ASSERT_EQ(host_.state().lane_ends.EndOf(host_.state(), LaneOf(thief_, host_)->number)->seq, own.stored_seq);
  for (SignedRecord record : LogOf(circle_)) {
    if (RecordIdOf(record.header) == own.stored_id) record.payload.clear();
    Hand(guest_, circle_, record);
  }
  EXPECT_LT(LaneOf(thief_, guest_)->applied_seq, own.stored_seq);
  Hand(guest_, circle_, prune);
  EXPECT_EQ(LaneOf(thief_, guest_)->applied_seq, own.stored_seq);
  // It takes nothing from whoever has it.
  Hand(host_, circle_, prune);
  const storage::Lane* at_host = LaneOf(thief_, host_);
  EXPECT_FALSE(host_.state().prunes.Covers(at_host->number, own.stored_seq));
  EXPECT_FALSE((*Good(Lanes::GetRecord(Transaction(host_.store), *at_host, own.stored_seq))).payload.empty());
}

TEST_F(CoreDevices, WhatIsCitedBeyondALanesEndIsNotAwaited) {
  Revoke(host_, thief_);
  SettleWithoutThief();
  const storage::Lane& ended = *second_.state().lanes.Find(thief_.lane().key);
  Heads heads(second_.state());
  Transaction tx(second_.store);
  const Seen beyond{.lane = ended.key, .seq = ended.stored_seq + 1, .record = RandomId<RecordId>()};
  ASSERT_TRUE(
      heads.Cite(tx, second_.self().id, {.lane = second_.state().lanes.Find(host_.lane().key)->number}, beyond));
  ASSERT_TRUE(heads.Awaits(second_.self().id)) << "the end may still move up";
  ASSERT_TRUE(heads.Judge(tx, second_.self()));
  ASSERT_TRUE(second_.state().Commit(tx));
  EXPECT_TRUE(second_.journal->Alarms().empty());
}

TEST_F(CoreDevices, WhatIsCitedPastItsLanesEndIsNotAwaitedAnyMore) {
  const uint32_t thiefs = second_.state().lanes.Find(thief_.lane().key)->number;
  const storage::Lane& awaited = *second_.state().lanes.Find(host_.lane().key);
  const auto said_at = [&](uint64_t seq, uint64_t of) {
    Heads heads(second_.state());
    Transaction tx(second_.store);
    const Seen seen{.lane = awaited.key, .seq = of, .record = RandomId<RecordId>()};
    ASSERT_TRUE(heads.Cite(tx, second_.self().id, {.lane = thiefs, .seq = seq}, seen));
    ASSERT_TRUE(heads.Judge(tx, second_.self()));
    ASSERT_TRUE(second_.state().Commit(tx));
  };
  const uint64_t end = second_.state().lanes.Find(thiefs)->applied_seq;
  const uint64_t next = awaited.stored_seq + 20;
  said_at(end + 1, next + 1);
  ASSERT_EQ(second_.journal->Alarms().size(), 1u);
  EXPECT_EQ(second_.journal->Alarms().front().code, Code::kWithheld);
  Revoke(host_, thief_);
  SettleWithoutThief();
  EXPECT_TRUE(second_.journal->Alarms().empty());
  // What was said before its end counts, also where the other word was about more.
  said_at(end, next);
  ASSERT_EQ(second_.journal->Alarms().size(), 1u);
  EXPECT_EQ(second_.journal->Alarms().front().seq, next);
}

TEST_F(CoreDevices, ADeviceWhoseNewestLaneWasClosedReadsOnByAnOlderOne) {
  // As after a backup was put back: it writes to another lane, which has said nothing yet.
  Transaction tx(second_.store);
  storage::Lane& lane = second_.lane();
  lane.retired = true;
  Lanes::Save(tx, lane);
  ASSERT_TRUE(second_.state().Commit(tx));
  SyncOne(second_, second_.self().id);
  const LaneKey closed = second_.lane().key;
  ASSERT_TRUE(relay_.Find(second_.self().id)->seats.Listed(closed));
  Revoke(host_, thief_);
  Sync(host_);
  Sync(host_);
  ASSERT_FALSE(relay_.Find(second_.self().id)->seats.Listed(closed)) << "nobody knows whose it is";
  second_.Write("goes on");
  SettleWithoutThief();
  EXPECT_NE(second_.lane().key, closed);
  EXPECT_THAT(host_.Texts(), ElementsAre("goes on"));
}

TEST_F(CoreDevices, NoDeviceIsLinkedUntilARevocationIsSettled) {
  Device fourth;
  LinkHost opener(Context(PairingMode::kLink), kCodeWords);
  LinkGuest joiner(Context(PairingMode::kLink), kCodeWords, "fourth");
  const Bytes offer = Good(opener.OnAnswer(host_.state(), Good(joiner.Respond(opener.first_message()))));
  const std::string label = Good(opener.OnRequest(host_.state(), Good(joiner.OnOffer(offer))));
  Revoke(host_, thief_);
  const size_t devices = host_.state().person->devices().size();
  EXPECT_EQ(Refusal(opener.Accept(host_.state(), host_.journal->sync(), label)), Code::kRelayRefused);
  EXPECT_EQ(host_.state().person->devices().size(), devices);
  Sync(host_);
  Sync(host_);
  EXPECT_TRUE(opener.Accept(host_.state(), host_.journal->sync(), label));
}

TEST_F(CoreDevices, AFriendSaysNothingAboutThisPersonsLanes) {
  Revoke(host_, thief_);
  SettleWithoutThief();
  const storage::Lane* lane = LaneOf(thief_, host_);
  const auto before = host_.state().lane_ends.EndOf(host_.state(), lane->number);
  Say(guest_, LaneEndOp{.hlc = 1, .lane = lane->key, .seq = 99, .record = RandomId<RecordId>()});
  SettleWithoutThief();
  const auto after = host_.state().lane_ends.EndOf(host_.state(), lane->number);
  EXPECT_EQ(after->seq, before->seq);
}

}  // namespace
}  // namespace kith
