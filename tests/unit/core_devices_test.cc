// A device is revoked: what it can read and fetch afterwards, what of it counts, and how the others go on. The relay
// is honest here unless a test says otherwise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/devices.h"
#include "crypto/verify/hash.h"
#include "tests/support/builders.h"
#include "tests/unit/people_testing.h"

namespace kith {
namespace {

using testing::Contains;
using testing::ElementsAre;

// The host has two further devices, `second_` and `thief_`, and a friend, the guest. All are in sync.
class CoreDevices : public TwoInACircle {
 protected:
  void SetUp() override {
    TwoInACircle::SetUp();
    LinkOver(host_, second_);
    LinkOver(host_, thief_);
    Settle({&host_, &second_, &thief_, &guest_});
  }

  // Everybody talks until nothing is left to say.
  void Settle(const std::vector<Device*>& devices) {
    for (int round = 0; round < 4; ++round) {
      for (Device* device : devices) Sync(*device);
    }
  }
  void SettleWithoutThief() { Settle({&host_, &second_, &guest_}); }

  DeviceId IdOf(Device& device) { return device.state().device->public_key(); }
  void Revoke(Device& by, Device& device) { ASSERT_TRUE(by.journal->RevokeDevice(IdOf(device))); }

  // What syncing a mailbox ends with.
  std::optional<Code> Outcome(Device& device, const MailboxId& mailbox) {
    kith::Sync& sync = device.journal->sync(mailbox);
    sync.Restart();
    for (int i = 0; i < 100; ++i) {
      const auto call = sync.Next();
      EXPECT_TRUE(call.has_value());
      if (!call || !*call) break;
      EXPECT_TRUE(sync.OnReply(**call, relay_.Handle(**call, relay_.nonce())));
      if (sync.failed()) break;
    }
    const auto problem = sync.status().problem;
    return problem ? std::optional(problem->code) : std::nullopt;
  }
  // What the relay says to a device that asks for a mailbox's records with this key.
  Code AskWith(std::shared_ptr<const Signer> key, const MailboxId& mailbox) {
    const auto reply =
        relay_.Handle({.signer = std::move(key), .body = PullCall{.mailbox = mailbox, .cursor = {}}}, relay_.nonce());
    return reply ? Code::kInternal : reply.error().code;
  }

  std::vector<SignedRecord> LogOf(const MailboxId& mailbox, size_t from = 0) {
    std::vector<SignedRecord> log;
    const auto& records = relay_.Find(mailbox)->log;
    for (size_t i = from; i < records.size(); ++i) log.push_back(*records[i]);
    return log;
  }
  // A relay that is in league with the thief hands over everything.
  void Leak(Device& to, const MailboxId& mailbox) {
    Mailbox& place = to.state().mailboxes.at(mailbox);
    for (const SignedStatement& statement : relay_.Find(mailbox)->statements) {
      if (auto next = place.seats.Apply(statement)) place.seats = *std::move(next);
    }
    for (const SignedRecord& record : LogOf(mailbox)) Hand(to, mailbox, record);
  }
  void Hand(Device& to, const MailboxId& mailbox, const SignedRecord& record) {
    Transaction tx(to.store);
    Intake intake(to.state());
    ASSERT_TRUE(intake.Receive(tx, to.state().mailboxes.at(mailbox), record));
    ASSERT_TRUE(intake.Retry(tx));
    ASSERT_TRUE(to.state().Commit(tx));
  }
  // What a device writes without any relay, in records that one in league with it may serve.
  std::vector<SignedRecord> SealedBy(Device& device, const MailboxId& mailbox) {
    Transaction tx(device.store);
    auto records = Outbox(device.state()).Seal(tx, device.state().mailboxes.at(mailbox), SIZE_MAX / 2);
    EXPECT_TRUE(records.has_value());
    EXPECT_TRUE(device.state().Commit(tx));
    return records ? *std::move(records) : std::vector<SignedRecord>();
  }
  void Share(Device& device, const std::string& text) {
    ASSERT_TRUE(device.journal->sharing().Share({.entry = device.Write(text), .circle = circle_}));
  }
  // Which records of a log a device can open.
  size_t Readable(Device& device, const std::vector<SignedRecord>& log) {
    size_t count = 0;
    for (const SignedRecord& record : log) {
      const auto header = RecordHeader::Parse(record.header);
      const bool sealed = header && header->kind == RecordKind::kSealed;
      count += sealed && device.state().keyring.Open(*header, record.payload) ? 1 : 0;
    }
    return count;
  }

  Device second_;
  Device thief_;
};

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

TEST_F(CoreDevices, AdversarialTest9WhatARevokedDeviceAppendsIsVoidEverywhere) {
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

TEST_F(CoreDevices, AdversarialTest9TwinWhoDoesNotKnowOfTheRevocationTakesItIn) {
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

// ---- Generations. Adversarial tests 12 and 13.

TEST_F(CoreDevices, AdversarialTest12WhoeverReturnsFirstWritesUnderAGenerationThatCovers) {
  // The friend is away, with something to share, while the device is revoked.
  Share(guest_, "waited a year");
  Revoke(host_, thief_);
  SettleWithoutThief();
  const size_t before = LogOf(circle_).size();
  Share(guest_, "and today");
  SettleWithoutThief();
  Leak(thief_, circle_);
  EXPECT_EQ(Readable(thief_, LogOf(circle_, before)), 0u);
  EXPECT_TRUE(Received(thief_).empty());
  EXPECT_THAT(Received(host_), ElementsAre("and today", "waited a year"));
  for (Device* device : {&host_, &second_, &guest_}) {
    const Keyring::Generation* generation = device->state().SealingGeneration(circle_);
    ASSERT_NE(generation, nullptr);
    EXPECT_TRUE(host_.state().person->Covers(generation->coverage->person_heads));
    EXPECT_EQ(CircleLane(*device).generation, generation->id);
  }
}

TEST_F(CoreDevices, AdversarialTest12TwinWhoSealsBeforeReadingIsRead) {
  Share(guest_, "sealed too soon");
  Revoke(host_, thief_);
  Sync(host_);
  const auto records = SealedBy(guest_, circle_);
  EXPECT_EQ(Readable(thief_, records), records.size());
}

TEST_F(CoreDevices, OfSeveralGenerationsThatCoverAllSealUnderTheLowest) {
  Revoke(host_, thief_);
  Transaction tx(second_.store);
  for (const SignedPersonOp& op : host_.state().person->Operations())
    ASSERT_TRUE(Intake(second_.state()).ApplyOp(tx, EncodeOp(op), {}));
  ASSERT_TRUE(second_.state().Commit(tx));
  host_.Write("at once");
  second_.Write("at once too");
  // Neither has heard of the other.
  const auto by_host = SealedBy(host_, host_.self().id);
  const auto by_second = SealedBy(second_, host_.self().id);
  for (const SignedRecord& record : by_host) Hand(second_, host_.self().id, record);
  for (const SignedRecord& record : by_second) Hand(host_, host_.self().id, record);
  const Keyring::Generation* chosen = host_.state().SealingGeneration(host_.self().id);
  ASSERT_NE(chosen, nullptr);
  EXPECT_EQ(second_.state().SealingGeneration(host_.self().id)->id, chosen->id);
  size_t covering = 0;
  for (const Keyring::Generation* one : host_.state().keyring.All(host_.self().id)) {
    if (!host_.state().Covers(host_.self().id, *one)) continue;
    ++covering;
    EXPECT_GE(one->id, chosen->id);
  }
  EXPECT_EQ(covering, 2u);
  SettleWithoutThief();
  EXPECT_THAT(host_.Texts(), ElementsAre("at once", "at once too"));
  EXPECT_EQ(second_.Texts(), host_.Texts());
}

TEST_F(CoreDevices, ADeviceThatWasAddedMeanwhileGetsItsBox) {
  // The second links a device while the host, which has not heard of it, revokes another.
  Device fourth;
  LinkOver(second_, fourth);
  Transaction tx(host_.store);  // the host has not read since
  Revoke(host_, thief_);
  host_.Write("under the first new generation");
  for (const SignedRecord& record : SealedBy(host_, host_.self().id)) Hand(second_, host_.self().id, record);
  Settle({&second_, &fourth, &host_});
  EXPECT_THAT(fourth.Texts(), ElementsAre("under the first new generation"));
  const Keyring::Generation* chosen = fourth.state().SealingGeneration(host_.self().id);
  ASSERT_NE(chosen, nullptr);
  EXPECT_TRUE(fourth.state().person->Reaches(chosen->coverage->person_heads));
}

TEST_F(CoreDevices, AnAnnouncementThatWasWithdrawnCoversNothing) {
  const uint64_t acked = host_.lane().acked_seq;
  Revoke(host_, thief_);
  SealedBy(host_, host_.self().id);
  const GenerationId withdrawn = host_.state().SealingGeneration(host_.self().id)->id;
  Transaction tx(host_.store);
  ASSERT_TRUE(Outbox(host_.state()).TakeBack(tx, host_.self(), host_.lane(), acked + 1));
  ASSERT_TRUE(host_.state().Commit(tx));
  EXPECT_EQ(host_.state().SealingGeneration(host_.self().id), nullptr);
  host_.Reopen();
  EXPECT_EQ(host_.state().SealingGeneration(host_.self().id), nullptr);
  EXPECT_TRUE(host_.state().keyring.Has(host_.self().id, withdrawn)) << "what it seals may still be needed";
  SettleWithoutThief();
  EXPECT_NE(host_.state().SealingGeneration(host_.self().id)->id, withdrawn);
}

// ---- Seats.

TEST_F(CoreDevices, TwoRevocationsAtOnceLeaveASeatThatNeitherRevokedDeviceHas) {
  Device other_thief;
  LinkOver(host_, other_thief);
  Settle({&host_, &second_, &thief_, &other_thief, &guest_});
  Revoke(host_, thief_);
  Revoke(second_, other_thief);
  SettleWithoutThief();
  for (const MailboxId& mailbox : {host_.self().id, circle_}) {
    const SeatTable& table = relay_.Find(mailbox)->seats;
    const Keyring::HeldSeat* seat = host_.state().keyring.SeatIn(mailbox, table);
    ASSERT_NE(seat, nullptr);
    EXPECT_EQ(second_.state().keyring.SeatIn(mailbox, table)->signer->public_key(), seat->signer->public_key());
    for (Device* thief : {&thief_, &other_thief}) {
      Leak(*thief, mailbox);
      EXPECT_EQ(thief->state().keyring.SeatIn(mailbox, table), nullptr);
      EXPECT_EQ(AskWith(thief->state().keyring.Seat(mailbox), mailbox), Code::kRelayRefused);
    }
  }
}

TEST_F(CoreDevices, ALaneThatTheThiefListedInSecretIsClosedToo) {
  const auto secret = std::make_shared<const Signer>(Signer::Generate());
  for (const MailboxId& mailbox : {thief_.self().id, circle_}) {
    const auto seat = thief_.state().keyring.Seat(mailbox);
    ASSERT_TRUE(thief_.journal->sync(mailbox).ChangeSeats(
        {AddLane{.seat = seat->public_key(),
                 .lane = mailbox == circle_ ? Signer::Generate().public_key() : secret->public_key()}}));
    SyncOne(thief_, mailbox);
  }
  ASSERT_EQ(AskWith(secret, thief_.self().id), Code::kInternal) << "let in so far";
  Revoke(host_, thief_);
  SettleWithoutThief();
  EXPECT_EQ(AskWith(secret, thief_.self().id), Code::kRelayRefused);
  for (const auto& [seat, place] : relay_.Find(circle_)->seats.seats()) EXPECT_LE(place.lanes.size(), 2u);
}

TEST_F(CoreDevices, AFriendWhoRestsIsNoHidingPlace) {
  ASSERT_TRUE(host_.journal->sharing().SetResting(circle_, Sharing::Rest::kBegin));
  Settle({&host_, &second_, &thief_});
  EXPECT_THAT(host_.journal->mailboxes(), ElementsAre(host_.self().id));
  const auto seat = thief_.state().keyring.Seat(circle_);
  Revoke(host_, thief_);
  SettleWithoutThief();
  EXPECT_EQ(AskWith(seat, circle_), Code::kRelayRefused);
  EXPECT_THAT(host_.journal->mailboxes(), ElementsAre(host_.self().id)) << "it rests again";
}

TEST_F(CoreDevices, WithoutARelayItIsDoneOnceThereIsOne) {
  Revoke(host_, thief_);
  host_.Reopen();
  second_.Reopen();
  const auto before = RevocationPlaces(host_.state(), IdOf(thief_));
  ASSERT_EQ(before.size(), 2u);
  EXPECT_EQ(before[0].mailbox, host_.self().id);
  for (const RevocationPlace& place : before) EXPECT_FALSE(place.cut_off || place.new_keys);
  SettleWithoutThief();
  for (const RevocationPlace& place : RevocationPlaces(host_.state(), IdOf(thief_)))
    EXPECT_TRUE(place.cut_off && place.new_keys);
}

TEST_F(CoreDevices, ItCostsAsMuchAsThereArePeople) {
  const size_t own = LogOf(host_.self().id).size();
  const size_t shared = LogOf(circle_).size();
  const uint64_t statements = relay_.Find(circle_)->seats.number();
  Revoke(host_, thief_);
  Sync(host_);
  Sync(host_);
  EXPECT_LE(LogOf(host_.self().id).size() - own, 6u);
  EXPECT_LE(LogOf(circle_).size() - shared, 3u) << "the generation, who we are, where its lane ends";
  EXPECT_EQ(relay_.Find(circle_)->seats.number(), statements + 1);
}

}  // namespace
}  // namespace kith
