// Circles: whose lane is whose, what counts in which audience, how a person's devices come to one, and who may not.
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

// What storage::Lane::broken says for a code.
uint8_t Broken(Code code) { return static_cast<uint8_t>(1 + static_cast<uint8_t>(code)); }

class CoreCircles : public TwoPeople {
 protected:
  void SetUp() override {
    TwoPeople::SetUp();
    Befriend();
    Sync(host_);
    Sync(guest_);
    Sync(host_);
  }

  static SignedLaneCertificate Signed(const Signer& device, const LaneCertificate& certificate) {
    Bytes body = certificate.Encode();
    const Signature signature = device.Sign(labels::kSignLane, body);
    return {.body = std::move(body), .signature = signature};
  }
  // What a record says of a lane: that it is of this device of this person.
  SignedLaneCertificate Certificate(const LaneKey& lane, const Signer& device, const PersonId& person) const {
    return Signed(device, {.mailbox = circle_, .lane = lane, .device = device.public_key(), .person = person});
  }
  static std::vector<Bytes> Shares(const ShareOp& op) { return {EncodeOp(op)}; }
  PersonId Host() { return host_.state().identity.person; }
  PersonId Guest() { return guest_.state().identity.person; }

  // A lane under the guest's seat that the test speaks for.
  void OpenLane() {
    List(guest_, lane_.public_key());
    SyncOne(host_, circle_);
  }
  SignedRecord First(const Pack& pack) { return ForgeInCircle(guest_, lane_, 1, {}, pack); }
  const storage::Lane& Known(Device& at) { return *at.state().lanes.Find(lane_.public_key()); }

  const Signer lane_ = Signer::Generate();
};

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
  without.TakeSeat(tx, seat);
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

TEST_F(CoreCircles, WhatFriendsSealToIsSaidOnceForEachGeneration) {
  const size_t before = host_.state().person->CountedOperations().size();
  Transaction tx(host_.store);
  ASSERT_TRUE(EnsureSealingKey(host_.state(), tx));
  EXPECT_TRUE(tx.empty());
  host_.state().keyring.AddGeneration(tx, host_.self().id, RandomId<GenerationId>(),
                                      GenerationKey::Generate().Reveal());
  const uint64_t waiting = Circle(host_).outbox_waiting;
  ASSERT_TRUE(EnsureSealingKey(host_.state(), tx));
  EXPECT_EQ(host_.state().person->CountedOperations().size(), before + 1);
  EXPECT_EQ(Circle(host_).outbox_waiting, waiting + 1) << "friends are told";
  EXPECT_EQ(SealingKeyOf(*host_.state().person),
            SealingPair(host_.state().keyring.Newest(host_.self().id)->key).public_key());
}

// ---- Who may not.

TEST_F(CoreCircles, AStrangersLaneDoesNotCount) {
  OpenLane();
  Device stranger;
  Found(stranger);
  const Signer& device = *stranger.state().device;
  Pack pack{.hlc = 1, .ops = Shares(AShare("from nobody"))};
  pack.certificate = Certificate(lane_.public_key(), device, stranger.state().identity.person);
  for (const SignedPersonOp& op : stranger.state().person->CountedOperations()) pack.ops.push_back(EncodeOp(op));
  Receive(host_, First(pack));
  EXPECT_EQ(Known(host_).broken, Broken(Code::kForgedRecord));
  EXPECT_THAT(Received(host_), IsEmpty());
  EXPECT_EQ(host_.state().FindPerson(stranger.state().identity.person), nullptr);
}

TEST_F(CoreCircles, ALaneThatNobodyListedIsNotEvenKept) {
  Pack pack{.hlc = 1, .ops = Shares(AShare("from nowhere"))};
  pack.certificate = Certificate(lane_.public_key(), *guest_.state().device, Guest());
  Receive(host_, First(pack));
  EXPECT_EQ(host_.state().lanes.Find(lane_.public_key()), nullptr);
}

TEST_F(CoreCircles, ACertificateThatItsDeviceDidNotSignEndsTheLane) {
  OpenLane();
  // The guest says that a lane of theirs is the host's.
  LaneCertificate certificate{
      .mailbox = circle_, .lane = lane_.public_key(), .device = host_.state().device->public_key(), .person = Host()};
  Pack pack{.hlc = 1, .ops = Shares(AShare("in another's name"))};
  pack.certificate = Signed(*guest_.state().device, certificate);
  Receive(host_, First(pack));
  EXPECT_EQ(Known(host_).broken, Broken(Code::kSignatureInvalid));
  EXPECT_THAT(Received(host_), IsEmpty());
}

TEST_F(CoreCircles, ADeviceOfOneCannotSpeakForTheOther) {
  OpenLane();
  Pack pack{.hlc = 1, .ops = Shares(AShare("in another's name"))};
  pack.certificate = Certificate(lane_.public_key(), *guest_.state().device, Host());
  Receive(host_, First(pack));
  EXPECT_EQ(Known(host_).applied_seq, 0u) << "no such device of that person is known; it waits";
  EXPECT_EQ(Known(host_).broken, 0);
  EXPECT_THAT(Received(host_), IsEmpty());
}

TEST_F(CoreCircles, ACertificateCountsInItsOwnLaneAndMailboxOnly) {
  OpenLane();
  Pack pack{.hlc = 1, .ops = Shares(AShare("elsewhere"))};
  pack.certificate = Certificate(CircleLane(guest_).key, *guest_.state().device, Guest());
  Receive(host_, First(pack));
  EXPECT_EQ(Known(host_).broken, Broken(Code::kForgedRecord));
}

TEST_F(CoreCircles, ALaneOfAnUnknownDeviceWaitsUntilItIsKnown) {
  OpenLane();
  const Signer device = Signer::Generate();
  const Bytes body = PersonOp{.parents = guest_.state().person->heads(),
                              .signer = guest_.state().device->public_key(),
                              .kind = AddDevice{.device = device.public_key(), .box = BoxPair::Generate().public_key()}}
                         .Encode();
  const SignedPersonOp added = SignAddDevice(*guest_.state().device, body, CountersignAddDevice(device, body));
  Pack pack{.hlc = 1, .ops = Shares(AShare("from a new one"))};
  pack.certificate = Certificate(lane_.public_key(), device, Guest());
  Receive(host_, First(pack));
  EXPECT_EQ(Known(host_).applied_seq, 0u);
  EXPECT_THAT(Received(host_), IsEmpty());
  Say(guest_, added);
  Sync(guest_);
  SyncOne(host_, circle_);
  EXPECT_EQ(Known(host_).applied_seq, 1u);
  EXPECT_THAT(Received(host_), ElementsAre("from a new one"));
}

TEST_F(CoreCircles, NobodySaysInACircleWhoThisPersonIs) {
  // The guest sends operations that look like the host's own.
  const size_t before = host_.state().person->Operations().size();
  const Signer device = Signer::Generate();
  SignedPersonOp op{.body = PersonOp{.parents = host_.state().person->heads(),
                                     .signer = device.public_key(),
                                     .kind = RevokeDevice{.device = host_.state().device->public_key()}}
                                .Encode(),
                    .signature = {},
                    .countersignature = {}};
  op.signature = device.Sign(labels::kSignPersonOp, op.body);
  OpenLane();
  Pack pack{.hlc = 1, .ops = {EncodeOp(op)}};
  pack.certificate = Certificate(lane_.public_key(), device, Host());
  Receive(host_, First(pack));
  EXPECT_EQ(host_.state().person->Operations().size(), before);
}

TEST_F(CoreCircles, ASecondRosterIsRefused) {
  SignedRosterOp roster{.body = RosterOp{.parents = {},
                                         .person = Guest(),
                                         .signer = guest_.state().device->public_key(),
                                         .kind = RosterGenesis{.mailbox = circle_,
                                                               .members = {{.person = Guest(), .role = Role::kOwner},
                                                                           {.person = Host(), .role = Role::kReader}},
                                                               .pair = true}}
                                    .Encode(),
                        .signature = {}};
  roster.signature = guest_.state().device->Sign(labels::kSignRosterOp, roster.body);
  Say(guest_, roster);
  Sync(guest_);
  Sync(host_);
  EXPECT_EQ(host_.state().refused, 1u);
  EXPECT_EQ(host_.state().FindRoster(circle_)->members().at(Host()), Role::kOwner);
}

TEST_F(CoreCircles, ALaneKeyOfAnotherMailboxIsRefused) {
  // The guest lists the key of the host's lane in the self mailbox, which the relay could have told.
  const std::shared_ptr<const Signer> own = host_.state().lanes.SignerOf(host_.lane());
  List(guest_, own->public_key());
  SyncOne(host_, circle_);
  const uint64_t refused = host_.state().refused;
  const storage::Lane before = host_.lane();
  Receive(host_, ForgeInCircle(guest_, *own, before.stored_seq + 1, before.stored_id, Pack{.hlc = 1, .ops = {}}));
  EXPECT_EQ(host_.state().refused, refused + 1);
  EXPECT_EQ(host_.lane().stored_seq, before.stored_seq);
  EXPECT_FALSE(host_.lane().retired);
}

// ---- Audiences.

TEST_F(CoreCircles, AVersionInACircleIsRefused) {
  Say(guest_, Version{.entry = RandomId<EntryId>(), .hlc = 1, .content = AnEntry("not yours")});
  Sync(guest_);
  Sync(host_);
  EXPECT_EQ(host_.state().refused, 1u);
  EXPECT_THAT(host_.Texts(), IsEmpty());
}

TEST_F(CoreCircles, KeysNamesAndNotesInACircleAreRefused) {
  const std::vector<Op> ops = {
      ImportKeyOp{.hlc = 1, .key = {}},
      SeatKeyOp{.hlc = 1, .mailbox = RandomId<MailboxId>(), .seed = {}, .relay = {}, .sealed_root = {}},
      CircleKeyOp{.hlc = 1, .mailbox = host_.self().id, .generation = RandomId<GenerationId>(), .key = {}},
      DeviceLabelOp{.hlc = 1, .device = host_.state().device->public_key(), .label = "mine now"},
      FriendOp{.hlc = ~Hlc{0}, .circle = circle_, .person = RandomId<PersonId>(), .label = "other"},
      ShareNoteOp{.share = RandomId<ShareId>(), .circle = circle_, .entry = RandomId<EntryId>(), .versions = {}},
  };
  const Keyring::Generation* self = host_.state().keyring.Newest(host_.self().id);
  for (const Op& op : ops) Say(guest_, op);
  Sync(guest_);
  Sync(host_);
  EXPECT_EQ(host_.state().refused, ops.size());
  EXPECT_EQ(host_.state().friends.at(circle_).person, Guest());
  EXPECT_EQ(host_.state().keyring.Newest(host_.self().id), self);
  EXPECT_EQ(host_.state().mailboxes.size(), 2u);
}

TEST_F(CoreCircles, SharesInTheSelfMailboxAreRefused) {
  Transaction tx(host_.store);
  Intake intake(host_.state());
  const std::vector<Op> ops = {AShare("to whom?"), TakeBackOp{.share = RandomId<ShareId>(), .hlc = 1},
                               HeardOp{.share = RandomId<ShareId>(), .author = Guest(), .hlc = 1, .text = "x"},
                               SignedRosterOp{host_.state().FindRoster(circle_)->operations().front()}};
  for (const Op& op : ops) {
    EXPECT_EQ(Refusal(intake.ApplyOp(tx, EncodeOp(op), {})), Code::kForgedRecord);
  }
  EXPECT_TRUE(tx.empty());
}

TEST_F(CoreCircles, ACompressedRecordInACircleDoesNotCount) {
  OpenLane();
  const RecordHeader header{
      .kind = RecordKind::kSealed, .mailbox = circle_, .lane = lane_.public_key(), .seq = 1, .prev = {}};
  Pack pack{.hlc = 1, .ops = Shares(AShare(std::string(1'000, 'a')))};
  pack.certificate = Certificate(lane_.public_key(), *guest_.state().device, Guest());
  const Bytes plain = EncodePack(pack, Compression::kZstd);
  ASSERT_EQ(plain.front(), static_cast<uint8_t>(Compression::kZstd));
  Receive(host_, SignRecord(lane_, header,
                            Seal(guest_.state().keyring.Newest(circle_)->key, labels::kSealPayload, header.Place(),
                                 plain, Padding::kPadme)));
  EXPECT_EQ(Known(host_).broken, Broken(Code::kMalformed));
  EXPECT_THAT(Received(host_), IsEmpty());
}

TEST_F(CoreCircles, KindsOfANewerClientAreKeptAndCountNothing) {
  Transaction tx(guest_.store);
  const Bytes unknown = {0xda, 0x07, 0x01, 'x'};  // field 123
  Outbox(guest_.state()).Add(tx, Circle(guest_), {&unknown, 1});
  ASSERT_TRUE(guest_.state().Commit(tx));
  Sync(guest_);
  Sync(host_);
  EXPECT_EQ(host_.state().refused, 0u);
  EXPECT_EQ(LaneOf(guest_, host_)->applied_seq, CircleLane(guest_).stored_seq);
}

TEST_F(CoreCircles, ASeatAtNoRelayIsRefused) {
  Transaction tx(host_.store);
  SeatKeyOp seat{.hlc = 1, .mailbox = RandomId<MailboxId>(), .seed = {}, .relay = "not an address", .sealed_root = {}};
  EXPECT_EQ(Refusal(Intake(host_.state()).ApplyOp(tx, EncodeOp(seat), {})), Code::kInvalidArgument);
  EXPECT_FALSE(host_.state().mailboxes.contains(seat.mailbox));
  seat.relay.clear();
  ASSERT_TRUE(Intake(host_.state()).ApplyOp(tx, EncodeOp(seat), {}));
  EXPECT_EQ(host_.state().mailboxes.at(seat.mailbox).sync.relay_key, relay_.key()) << "the self mailbox's";
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

// ---- Rosters by themselves.

class CoreRoster : public testing::Test {
 protected:
  void SetUp() override {
    Found(owner_);
    Found(other_);
    op_ = {.parents = {},
           .person = owner_.state().identity.person,
           .signer = owner_.state().device->public_key(),
           .kind = RosterGenesis{.mailbox = mailbox_,
                                 .members = {{.person = owner_.state().identity.person, .role = Role::kOwner},
                                             {.person = other_.state().identity.person, .role = Role::kWriter}},
                                 .pair = true}};
  }
  RosterGenesis& genesis() { return std::get<RosterGenesis>(op_.kind); }
  SignedRosterOp Signed(const Signer& signer) const {
    SignedRosterOp out{.body = op_.Encode(), .signature = {}};
    out.signature = signer.Sign(labels::kSignRosterOp, out.body);
    return out;
  }
  Code Added() {
    Roster roster;
    const auto added = roster.Add(mailbox_, Signed(*owner_.state().device), *owner_.state().person);
    EXPECT_EQ(roster.empty(), !added.has_value());
    return added ? Code::kCancelled : added.error().code;  // kCancelled stands for: it was taken
  }

  Device owner_;
  Device other_;
  const MailboxId mailbox_ = RandomId<MailboxId>();
  RosterOp op_;
};

TEST_F(CoreRoster, AGenesisByItsOwnerIsTakenOnce) {
  EXPECT_EQ(Added(), Code::kCancelled);
  Roster roster;
  EXPECT_EQ(roster.HeadHash(), (std::array<uint8_t, 32>{}));
  const SignedRosterOp op = Signed(*owner_.state().device);
  const auto id = roster.Add(mailbox_, op, *owner_.state().person);
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(*id, RosterOpIdOf(op.body));
  EXPECT_EQ(*roster.Add(mailbox_, op, *owner_.state().person), *id);
  EXPECT_EQ(roster.operations().size(), 1u);
  EXPECT_NE(roster.HeadHash(), (std::array<uint8_t, 32>{}));
}

TEST_F(CoreRoster, AnotherMailboxesOrAnotherGenesisIsRefused) {
  Roster roster;
  ASSERT_TRUE(roster.Add(mailbox_, Signed(*owner_.state().device), *owner_.state().person).has_value());
  genesis().members[1].role = Role::kReader;
  const auto second = roster.Add(mailbox_, Signed(*owner_.state().device), *owner_.state().person);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Code::kForgedRecord);
  genesis().mailbox = RandomId<MailboxId>();
  EXPECT_EQ(Added(), Code::kForgedRecord);
}

TEST_F(CoreRoster, OnlyAnOwnerBeginsOne) {
  genesis().members[0].role = Role::kWriter;
  EXPECT_EQ(Added(), Code::kForgedRecord);
  genesis().members.erase(genesis().members.begin());
  genesis().pair = false;
  EXPECT_EQ(Added(), Code::kForgedRecord);
}

TEST_F(CoreRoster, APairIsTwoPeople) {
  genesis().members.push_back({.person = RandomId<PersonId>(), .role = Role::kReader});
  EXPECT_EQ(Added(), Code::kForgedRecord);
  genesis().pair = false;
  EXPECT_EQ(Added(), Code::kCancelled);
  genesis().members[2] = genesis().members[1];
  EXPECT_EQ(Added(), Code::kForgedRecord) << "one person twice";
}

TEST_F(CoreRoster, ItIsSignedByADeviceOfTheOwner) {
  Roster roster;
  const auto forged = roster.Add(mailbox_, Signed(*other_.state().device), *owner_.state().person);
  ASSERT_FALSE(forged.has_value());
  EXPECT_EQ(forged.error().code, Code::kSignatureInvalid);
  op_.signer = other_.state().device->public_key();
  const auto foreign = roster.Add(mailbox_, Signed(*other_.state().device), *owner_.state().person);
  ASSERT_FALSE(foreign.has_value());
  EXPECT_EQ(foreign.error().code, Code::kUnknownDevice);
  op_.signer = owner_.state().device->public_key();
  const auto another = roster.Add(mailbox_, Signed(*owner_.state().device), *other_.state().person);
  ASSERT_FALSE(another.has_value());
  EXPECT_EQ(another.error().code, Code::kForgedRecord);
}

}  // namespace
}  // namespace kith
