// Circles: what both sides read, how a person's other devices come to one, and which are kept in step.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "client/core/limits.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/support/builders.h"
#include "tests/unit/people_testing.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class CoreCircles : public TwoInACircle {};

// ---- Both sides.

TEST_F(CoreCircles, WhatOneSideSharesTheOtherReads) {
  Say(host_, AShare("from the host"));
  Say(guest_, AShare("from the guest"));
  Sync(host_);
  Sync(guest_);
  Sync(host_);
  EXPECT_THAT(Received(guest_), ElementsAre("from the host"));
  EXPECT_THAT(Received(host_), ElementsAre("from the guest"));
  for (Device* device : {&host_, &guest_}) {
    device->Reopen();
    EXPECT_EQ(device->state().refused, 0u);
  }
  EXPECT_EQ(LaneOf(host_, guest_)->person, Host());
  EXPECT_EQ(LaneOf(guest_, host_)->person, Guest());
  EXPECT_THAT(Received(guest_), ElementsAre("from the host"));
}

TEST_F(CoreCircles, ALaneBeginsByWhoItsOwnerIs) {
  // After the announcement in the host's lane, first of all in the guest's.
  const Pack host = PackAt(host_, 2);
  const Pack guest = PackAt(guest_, 1);
  for (const Pack* pack : {&host, &guest}) {
    ASSERT_TRUE(pack->certificate.has_value());
    const auto first = DecodeOp(pack->ops.front());
    ASSERT_TRUE(first && std::holds_alternative<SignedPersonOp>(*first));
    EXPECT_EQ(pack->roster_head, host_.state().FindRoster(circle_)->HeadHash());
    const auto last = DecodeOp(pack->ops.back());
    EXPECT_TRUE(last && std::holds_alternative<SignedRosterOp>(*last));
  }
  EXPECT_EQ(PersonOpIdOf(std::get<SignedPersonOp>(*DecodeOp(host.ops.front())).body).value, Host().value);
  EXPECT_EQ(PersonOpIdOf(std::get<SignedPersonOp>(*DecodeOp(guest.ops.front())).body).value, Guest().value);
}

TEST_F(CoreCircles, EveryOperationHasARecordOfItsOwnAndNoneIsCompressed) {
  const uint64_t before = CircleLane(host_).stored_seq;
  const std::string text(4'000, 'a');  // shrinks to nothing where it is compressed
  Transaction tx(host_.store);
  const std::vector<Bytes> ops = {EncodeOp(AShare(text)), EncodeOp(AShare(text))};
  Outbox(host_.state()).Add(tx, Circle(host_), ops);
  ASSERT_TRUE(host_.state().Commit(tx));
  Sync(host_);
  ASSERT_EQ(CircleLane(host_).stored_seq, before + 2);
  for (const uint64_t seq : {before + 1, before + 2}) {
    EXPECT_EQ(PackAt(host_, seq).ops.size(), 1u);
    const Transaction read(host_.store);
    EXPECT_GT((*Lanes::GetRecord(read, CircleLane(host_), seq))->payload.size(), text.size());
  }
}

TEST_F(CoreCircles, WhoIsInItIsSaidOnce) {
  Say(host_, AShare("one"));
  Say(host_, AShare("two"));
  Sync(host_);
  EXPECT_EQ(PackAt(host_, CircleLane(host_).stored_seq).roster_head, std::nullopt);
}

TEST_F(CoreCircles, TheAnnouncementHasABoxForEachPersonAndWrapsNothing) {
  const Transaction tx(host_.store);
  const auto record = Lanes::GetRecord(tx, CircleLane(host_), 1);
  ASSERT_TRUE(record && *record);
  const RecordHeader header = *RecordHeader::Parse((*record)->header);
  ASSERT_EQ(header.kind, RecordKind::kGeneration);
  const auto announcement = ParseAnnouncement((*record)->payload);
  ASSERT_TRUE(announcement.has_value());
  EXPECT_EQ(announcement->boxes.size(), 2u);
  const Bytes context = BoxContext(header.mailbox, header.lane, header.seq, header.prev);
  for (Device* device : {&host_, &guest_}) {
    const BoxPair pair = SealingPair(device->state().keyring.Newest(device->self().id)->key);
    EXPECT_EQ(
        std::ranges::count_if(announcement->boxes,
                              [&](ByteView box) { return OpenFrom(pair, labels::kSealBox, context, box).has_value(); }),
        1);
    EXPECT_TRUE(std::ranges::none_of(announcement->boxes, [&](ByteView box) {
      return OpenFrom(*device->state().box, labels::kSealBox, context, box).has_value();
    })) << "boxes are for people, not for devices";
  }
  const auto plain = Open(host_.state().keyring.Newest(circle_)->key, labels::kSealGeneration,
                          GenerationAd(header, announcement->boxes_part), announcement->sealed, Padding::kNone);
  ASSERT_TRUE(plain.has_value());
  const auto body = DecodeGeneration(plain->view());
  ASSERT_TRUE(body.has_value());
  EXPECT_THAT(body->wrapped, IsEmpty());
  EXPECT_EQ(body->roster_head, host_.state().FindRoster(circle_)->HeadHash());
}

TEST_F(CoreCircles, TheRootIsGoneButForItsBox) {
  // Of all that the founder keeps, one operation holds it: sealed to the recovery key.
  size_t sealed = 0;
  for (uint64_t seq = 1; seq <= host_.lane().stored_seq; ++seq) {
    const SignedRecord record = host_.Record(seq);
    if (RecordHeader::Parse(record.header)->kind != RecordKind::kSealed) continue;
    for (const Bytes& bytes : host_.Open(record).ops) {
      const auto op = DecodeOp(bytes);
      const auto* seat = op ? std::get_if<SeatKeyOp>(&*op) : nullptr;
      if (seat == nullptr || seat->mailbox != circle_) continue;
      ++sealed;
      EXPECT_EQ(seat->sealed_root.size(), 32 + kBoxOverhead);
      EXPECT_NE(Signer::FromSeed(SignSeed::Copy(seat->seed)).public_key(), Circle(host_).seats.root());
    }
  }
  EXPECT_EQ(sealed, 1u);
}

// ---- A person's other devices.

TEST_F(CoreCircles, ASecondDeviceOfEachJoinsThroughItsSelfMailboxAndReads) {
  Say(host_, AShare("from the host"));
  Sync(host_);
  Sync(guest_);
  Device hosts;
  Device guests;
  LinkOver(host_, hosts);
  LinkOver(guest_, guests);
  Sync(host_);
  Sync(guest_);
  for (Device* device : {&hosts, &guests}) {
    Sync(*device);
    ASSERT_TRUE(device->state().mailboxes.contains(circle_));
    EXPECT_NE(device->state().lanes.Own(circle_), nullptr);
    device->Reopen();
    EXPECT_EQ(device->state().refused, 0u);
  }
  EXPECT_THAT(Received(guests), ElementsAre("from the host"));
  Say(hosts, AShare("from the host's second"));
  Sync(hosts);
  Say(guests, AShare("from the guest's second"));
  Sync(guests);
  for (Device* device : {&host_, &guest_, &hosts, &guests}) Sync(*device);
  EXPECT_THAT(Received(guest_), UnorderedElementsAre("from the host", "from the host's second"));
  EXPECT_THAT(Received(guests), UnorderedElementsAre("from the host", "from the host's second"));
  EXPECT_THAT(Received(host_), ElementsAre("from the guest's second"));
  EXPECT_THAT(Received(hosts), ElementsAre("from the guest's second"));
}

// Only the introduction, and this person's own mailbox in sync.
class CoreNewCircle : public TwoPeople {
 protected:
  void SetUp() override {
    TwoPeople::SetUp();
    Befriend();
  }
};

TEST_F(CoreNewCircle, ADeviceReadsWhereNoOtherOfItsPersonHasSpoken) {
  Say(host_, AShare("for the second"));
  Sync(host_);
  SyncOne(guest_, guest_.self().id);
  Device guests;
  LinkOver(guest_, guests);
  Sync(guests);
  EXPECT_THAT(Received(guests), ElementsAre("for the second"));
  EXPECT_EQ(guests.journal->sync(circle_).status().problem, std::nullopt);
  Say(guests, AShare("and back"));
  Sync(guests);
  Sync(host_);
  EXPECT_THAT(Received(host_), ElementsAre("and back"));
}

// The lane of its own person may come first, with a roster that the other one signed.
TEST_F(CoreCircles, ANewDeviceRefusesNothingInWhateverOrderLanesCome) {
  Device guests;
  LinkOver(guest_, guests);
  SyncOne(guests, guests.self().id);
  Circle(guests).seats = Circle(guest_).seats;
  for (Device* from : {&guest_, &host_}) {
    for (uint64_t seq = 1; seq <= CircleLane(*from).stored_seq; ++seq) {
      const Transaction tx(from->store);
      Receive(guests, **Lanes::GetRecord(tx, CircleLane(*from), seq));
    }
  }
  EXPECT_EQ(guests.state().refused, 0u);
  ASSERT_NE(guests.state().FindRoster(circle_), nullptr);
  EXPECT_TRUE(guests.state().FindRoster(circle_)->Has(Host()));
}

TEST_F(CoreCircles, ANewDeviceSpeaksByItsSeatUntilItsLaneIsListed) {
  Device guests;
  LinkOver(guest_, guests);
  SyncOne(guests, guests.self().id);
  ASSERT_TRUE(guests.state().mailboxes.contains(circle_));
  const SignPublic seat = guests.state().keyring.Seat(circle_)->public_key();
  bool pushed = false;
  for (const RelayCall& call : Calls(guests, circle_, 100)) {
    if (std::holds_alternative<HelloCall>(call.body)) continue;
    ASSERT_NE(call.signer, nullptr);
    const bool push = std::holds_alternative<PushCall>(call.body);
    EXPECT_EQ(call.signer->public_key() == seat, !push);
    pushed = pushed || push;
  }
  EXPECT_TRUE(pushed);
}

TEST_F(CoreCircles, ANewDeviceOfAFriendIsToldToTheCircle) {
  Device guests;
  LinkOver(guest_, guests);
  Sync(guest_);
  Sync(host_);
  EXPECT_TRUE(host_.state().FindPerson(Guest())->IsDevice(guests.state().device->public_key()))
      << "before the device itself has said anything";
}

TEST_F(CoreCircles, AKeyThatComesLaterOpensWhatWaited) {
  Say(host_, AShare("waits"));
  Sync(host_);
  // A second device of the guest that knows its seat, but has no key of the circle yet.
  Device guests;
  LinkOver(guest_, guests);
  SyncOne(guests, guests.self().id);
  const Keyring::Generation* generation = guest_.state().keyring.Newest(circle_);
  Keyring without;
  Transaction tx(guests.store);
  for (const Keyring::Generation* own : guests.state().keyring.All(guests.self().id)) {
    without.AddGeneration(tx, guests.self().id, own->id, own->key.Reveal());
  }
  CircleKeyOp key{.hlc = 1, .mailbox = circle_, .generation = generation->id, .key = {}};
  std::ranges::copy(generation->key.Reveal(), key.key.begin());
  SeatKeyOp seat{.hlc = 1, .mailbox = circle_, .seed = {}, .relay = FormatRelayAddress(Address()), .sealed_root = {}};
  std::ranges::copy(guests.state().keyring.Seat(circle_)->seed().Reveal(), seat.seed.begin());
  without.TakeSeat(tx, seat, {}, {});
  std::swap(guests.state().keyring, without);
  // The box that is the person's would open it as well: it is taken away.
  for (const SignedStatement& statement : relay_.Find(circle_)->statements) {
    Circle(guests).seats = *Circle(guests).seats.Apply(statement);
  }
  std::optional<SignedRecord> waiting;
  for (const auto& record : relay_.Find(circle_)->log) {
    if (RecordHeader::Parse(record->header)->lane == CircleLane(guest_).key && !waiting) waiting = *record;
  }
  ASSERT_TRUE(waiting.has_value());
  Intake intake(guests.state());
  ASSERT_TRUE(intake.Receive(tx, Circle(guests), *waiting));
  ASSERT_TRUE(intake.Retry(tx));
  const storage::Lane* lane = guests.state().lanes.Find(CircleLane(guest_).key);
  ASSERT_NE(lane, nullptr);
  EXPECT_EQ(lane->applied_seq, 0u);
  ASSERT_TRUE(intake.ApplyOp(tx, EncodeOp(key), {}));
  ASSERT_TRUE(intake.Retry(tx));
  EXPECT_EQ(lane->applied_seq, 1u);
}

TEST_F(CoreCircles, APersonsSealingKeyOpensALaterGeneration) {
  const GenerationKey key = GenerationKey::Generate();
  Transaction tx(guest_.store);
  ASSERT_TRUE(Outbox(guest_.state()).Announce(tx, Circle(guest_), CircleLane(guest_), key).has_value());
  ASSERT_TRUE(guest_.state().Commit(tx));
  Say(guest_, AShare("under the new key"));
  Sync(guest_);
  Sync(host_);
  EXPECT_EQ(host_.state().keyring.Newest(circle_)->id, guest_.state().keyring.Newest(circle_)->id);
  EXPECT_THAT(Received(host_), ElementsAre("under the new key"));
  Say(host_, AShare("and back"));
  Sync(host_);
  Sync(guest_);
  EXPECT_THAT(Received(guest_), ElementsAre("and back"));
}

TEST_F(CoreCircles, WhatFriendsSealToIsSaidOnce) {
  const size_t before = host_.state().person->CountedOperations().size();
  Transaction tx(host_.store);
  ASSERT_TRUE(EnsureSealingKey(host_.state(), tx));
  EXPECT_TRUE(tx.empty());
  EXPECT_EQ(host_.state().person->CountedOperations().size(), before);
  EXPECT_EQ(SealingKeyOf(*host_.state().person),
            SealingPair(host_.state().keyring.Newest(host_.self().id)->key).public_key());
}

// ---- Which mailboxes are kept in step.

TEST_F(CoreCircles, ACircleThatRestsIsNotAskedFor) {
  ASSERT_TRUE(host_.journal->sharing().SetResting(circle_, Sharing::Rest::kBegin));
  EXPECT_THAT(host_.journal->mailboxes(), ElementsAre(host_.self().id));
  ASSERT_TRUE(host_.journal->sharing().SetResting(circle_, Sharing::Rest::kEnd));
  EXPECT_THAT(host_.journal->mailboxes(), ElementsAre(host_.self().id, circle_));
}

TEST_F(CoreCircles, ACircleThatWasLeftIsAskedForUntilItsLanesAreClosed) {
  const LaneKey lane = CircleLane(host_).key;
  ASSERT_TRUE(host_.journal->sharing().Leave(circle_));
  EXPECT_THAT(host_.journal->mailboxes(), ElementsAre(host_.self().id, circle_));
  Sync(host_);
  EXPECT_THAT(host_.journal->mailboxes(), ElementsAre(host_.self().id));
  EXPECT_FALSE(relay_.Find(circle_)->seats.Listed(lane));
  const uint64_t statements = relay_.Find(circle_)->statements.size();
  SyncOne(host_, circle_);
  EXPECT_EQ(relay_.Find(circle_)->statements.size(), statements) << "no new lane is opened there";
}

TEST_F(CoreCircles, TheSameRelayUnderAnotherAddressKeepsItsCircles) {
  ASSERT_TRUE(host_.journal->SetRelay({.address = "elsewhere.test:7787", .key = relay_.key()}, {}));
  EXPECT_EQ(Circle(host_).sync.relay_address, "elsewhere.test:7787");
  ASSERT_TRUE(host_.journal->SetRelay({.address = "other.test:7787", .key = RandomId<SignPublic>()}, {}));
  EXPECT_EQ(Circle(host_).sync.relay_address, "elsewhere.test:7787");
  EXPECT_EQ(Circle(host_).sync.relay_key, relay_.key());
}

TEST_F(CoreCircles, EachMailboxHasAnEraOfItsOwn) {
  const SyncEra self = host_.journal->sync_era();
  const SyncEra circle = host_.journal->sync_era(circle_);
  host_.journal->sync(circle_).Restart();
  EXPECT_EQ(host_.journal->sync_era(), self);
  EXPECT_NE(host_.journal->sync_era(circle_), circle);
  ASSERT_TRUE(host_.journal->Reload());
  EXPECT_NE(host_.journal->sync_era(), self);
}

}  // namespace
}  // namespace kith
