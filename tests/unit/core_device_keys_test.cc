// The keys after a revocation: what is sealed under, who has a box, and who has the seats.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/unit/devices_testing.h"

namespace kith {
namespace {

using testing::ElementsAre;

class CoreDeviceKeys : public CoreDevices {
 protected:
  // An announcement in the circle by the guest's lane, with these keys in the boxes of host and guest.
  SignedRecord Announcement(const GenerationKey& key, const GenerationKey& for_host) {
    const storage::Lane& lane = CircleLane(guest_);
    const RecordHeader header = Lanes::NextHeader(lane, RecordKind::kGeneration);
    const Bytes context = BoxContext(circle_, lane.key, header.seq, header.prev);
    const auto box = [&](Device& device, const GenerationKey& boxed) {
      return Good(SealTo(*SealingKeyOf(*device.state().person), labels::kSealBox, context, boxed.Reveal()));
    };
    Bytes payload = EncodeBoxes({box(host_, for_host), box(guest_, key)});
    const GenerationBody body{
        .roster_head = guest_.state().FindRoster(circle_)->HeadHash(),
        .person_heads = {},
        .certificate = Certificate(lane.key, *guest_.state().device, guest_.state().identity.person),
        .hlc = guest_.state().NextHlc()};
    const Bytes sealed =
        Seal(key, labels::kSealGeneration, GenerationAd(header, payload), EncodeGeneration(body), Padding::kNone);
    payload.insert(payload.end(), sealed.begin(), sealed.end());
    return SignRecord(*guest_.state().lanes.SignerOf(lane), header, std::move(payload));
  }
};

// ---- Generations. Adversarial tests 12 and 13.

TEST_F(CoreDeviceKeys, Adversary12WhoeverReturnsFirstWritesUnderAGenerationThatCovers) {
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

TEST_F(CoreDeviceKeys, Adversary12TwinWhoSealsBeforeReadingIsRead) {
  Share(guest_, "sealed too soon");
  Revoke(host_, thief_);
  Sync(host_);
  const auto records = SealedBy(guest_, circle_);
  EXPECT_EQ(Readable(thief_, records), records.size());
}

TEST_F(CoreDeviceKeys, OfSeveralGenerationsThatCoverAllSealUnderTheLowest) {
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

TEST_F(CoreDeviceKeys, ADeviceThatWasAddedMeanwhileGetsItsBox) {
  // The second links a device while the host, which has not heard of it, revokes another.
  Device fourth;
  LinkOver(second_, fourth);
  Transaction tx(host_.store);  // the host has not read since
  Revoke(host_, thief_);
  host_.Write("under the first new generation");
  SealedBy(host_, host_.self().id);
  Settle({&fourth, &host_, &second_});
  EXPECT_THAT(fourth.Texts(), ElementsAre("under the first new generation"));
  const Keyring::Generation* chosen = fourth.state().SealingGeneration(host_.self().id);
  ASSERT_NE(chosen, nullptr);
  EXPECT_TRUE(fourth.state().person->Reaches(chosen->coverage->person_heads));
}

TEST_F(CoreDeviceKeys, AnAnnouncementThatWasWithdrawnCoversNothing) {
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

TEST_F(CoreDeviceKeys, TwoRevocationsAtOnceLeaveASeatThatNeitherRevokedDeviceHas) {
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

TEST_F(CoreDeviceKeys, ALaneThatTheThiefListedInSecretIsClosedToo) {
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

// The friend has heard that before the revocation, and keeps to it. So do the person's own devices: else they would
// tell of a share that is not there.
TEST_F(CoreDeviceKeys, WhatARevokedDeviceTookBackIsTakenBackForAll) {
  const EntryId entry = host_.Write("taken back by the thief");
  const ShareWish wish{.entry = entry, .circle = circle_, .version = {}, .passage = {}, .note = {}};
  ASSERT_TRUE(host_.journal->sharing().Share(wish));
  Settle({&host_, &second_, &thief_, &guest_});
  ASSERT_THAT(Received(guest_), testing::ElementsAre("taken back by the thief"));
  Revoke(second_, thief_);
  ASSERT_TRUE(thief_.journal->sharing().TakeBack(entry, std::nullopt));
  SyncOne(thief_, circle_);
  SyncOne(guest_, circle_);
  ASSERT_THAT(Received(guest_), testing::IsEmpty());
  SettleWithoutThief();
  for (Device* device : {&host_, &second_}) {
    const auto audience = device->journal->sharing().Audience(std::nullopt);
    ASSERT_EQ(audience->size(), 1u);
    EXPECT_EQ(audience->front().reach, Reach::kTakenBack);
  }
  EXPECT_THAT(Received(guest_), testing::IsEmpty());
}

TEST_F(CoreDeviceKeys, AFriendWhoRestsIsNoHidingPlace) {
  ASSERT_TRUE(host_.journal->sharing().SetResting(circle_, Sharing::Rest::kBegin));
  Settle({&host_, &second_, &thief_});
  EXPECT_THAT(host_.journal->mailboxes(), ElementsAre(host_.self().id));
  const auto seat = thief_.state().keyring.Seat(circle_);
  Revoke(host_, thief_);
  SettleWithoutThief();
  EXPECT_EQ(AskWith(seat, circle_), Code::kRelayRefused);
  EXPECT_THAT(host_.journal->mailboxes(), ElementsAre(host_.self().id)) << "it rests again";
}

// A device that was linked afterwards has never asked anything there.
TEST_F(CoreDeviceKeys, AFriendWhoWasLeftBeforeIsNoHidingPlace) {
  ASSERT_TRUE(host_.journal->sharing().Leave(circle_));
  Settle({&host_, &second_, &thief_, &guest_});
  Device late;
  LinkOver(host_, late);
  Settle({&late, &host_});
  ASSERT_EQ(Circle(late).seats.number(), 0u) << "else this shows nothing";
  for (Device* device : {&host_, &second_, &thief_}) Revoke(late, *device);
  Settle({&late});
  const SeatTable& seats = relay_.Find(circle_)->seats;
  for (Device* device : {&host_, &second_, &thief_}) EXPECT_EQ(device->state().keyring.SeatIn(circle_, seats), nullptr);
  EXPECT_NE(late.state().keyring.SeatIn(circle_, seats), nullptr);
  EXPECT_EQ(late.journal->mailboxes(), std::vector{late.self().id});
}

TEST_F(CoreDeviceKeys, WithoutARelayItIsDoneOnceThereIsOne) {
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

TEST_F(CoreDeviceKeys, ItCostsAsMuchAsThereArePeople) {
  const size_t own = LogOf(host_.self().id).size();
  const size_t shared = LogOf(circle_).size();
  const uint64_t statements = relay_.Find(circle_)->seats.number();
  Revoke(host_, thief_);
  Sync(host_);
  Sync(host_);
  EXPECT_LE(LogOf(host_.self().id).size() - own, 6u);
  EXPECT_LE(LogOf(circle_).size() - shared, 3u) << "the generation, who we are, where its lane ends";
  EXPECT_LE(relay_.Find(circle_)->seats.number(), statements + 2);
}

// ---- Adversarial test 13: what is for one is of no use to another.

TEST_F(CoreDeviceKeys, Adversary13ABoxThatOpensToAnotherKeyIsRefused) {
  const SignedRecord record = Announcement(GenerationKey::Generate(), GenerationKey::Generate());
  const size_t known = host_.state().keyring.All(circle_).size();
  Hand(host_, circle_, record);
  EXPECT_EQ(LaneOf(guest_, host_)->broken, 1 + static_cast<uint8_t>(Code::kSealBroken));
  EXPECT_EQ(host_.state().keyring.All(circle_).size(), known);
}

TEST_F(CoreDeviceKeys, Adversary13TwinABoxWithTheAnnouncedKeyIsTaken) {
  const GenerationKey key = GenerationKey::Generate();
  const SignedRecord record = Announcement(key, key);
  Hand(host_, circle_, record);
  EXPECT_EQ(LaneOf(guest_, host_)->broken, 0);
  EXPECT_TRUE(host_.state().keyring.Has(circle_, GenerationIdOf(record.payload)));
}

TEST_F(CoreDeviceKeys, Adversary13WhatIsSealedForOneCircleOpensInNoOther) {
  Share(guest_, "for the host");
  SettleWithoutThief();
  const SignedRecord record = LogOf(circle_).back();
  RecordHeader header = Good(RecordHeader::Parse(record.header));
  ASSERT_TRUE(host_.state().keyring.Open(header, record.payload)) << "the twin: at its own place it opens";
  // Served in another mailbox as it is: refused, and nothing changes.
  const MemStore::Contents before = host_.store.contents();
  Hand(host_, host_.self().id, record);
  EXPECT_EQ(host_.state().refused, 1u);
  EXPECT_EQ(host_.store.contents(), before);
  // Its payload put anywhere else, by somebody who may write there.
  for (const MailboxId& mailbox : {host_.self().id, RandomId<MailboxId>()}) {
    header.mailbox = mailbox;
    EXPECT_EQ(Refusal(host_.state().keyring.Open(header, record.payload)), Code::kUnknownGeneration);
  }
}

}  // namespace
}  // namespace kith
