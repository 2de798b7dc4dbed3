// Circles: who may not speak there, and what counts in which audience.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/support/builders.h"
#include "tests/unit/people_testing.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// What storage::Lane::broken says for a code.
uint8_t Broken(Code code) { return static_cast<uint8_t>(1 + static_cast<uint8_t>(code)); }

class CoreCircleIntruders : public TwoInACircle {
 protected:
  static std::vector<Bytes> Shares(const ShareOp& op) { return {EncodeOp(op)}; }
};

// ---- Who may not.

TEST_F(CoreCircleIntruders, AStrangersLaneDoesNotCount) {
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

TEST_F(CoreCircleIntruders, ALaneThatNobodyListedIsNotEvenKept) {
  Pack pack{.hlc = 1, .ops = Shares(AShare("from nowhere"))};
  pack.certificate = Certificate(lane_.public_key(), *guest_.state().device, Guest());
  Receive(host_, First(pack));
  EXPECT_EQ(host_.state().lanes.Find(lane_.public_key()), nullptr);
}

TEST_F(CoreCircleIntruders, ACertificateThatItsDeviceDidNotSignEndsTheLane) {
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

TEST_F(CoreCircleIntruders, ADeviceOfOneCannotSpeakForTheOther) {
  OpenLane();
  Pack pack{.hlc = 1, .ops = Shares(AShare("in another's name"))};
  pack.certificate = Certificate(lane_.public_key(), *guest_.state().device, Host());
  Receive(host_, First(pack));
  EXPECT_EQ(Known(host_).applied_seq, 0u) << "no such device of that person is known; it waits";
  EXPECT_EQ(Known(host_).broken, 0);
  EXPECT_THAT(Received(host_), IsEmpty());
}

TEST_F(CoreCircleIntruders, ACertificateCountsInItsOwnLaneAndMailboxOnly) {
  OpenLane();
  Pack pack{.hlc = 1, .ops = Shares(AShare("elsewhere"))};
  pack.certificate = Certificate(CircleLane(guest_).key, *guest_.state().device, Guest());
  Receive(host_, First(pack));
  EXPECT_EQ(Known(host_).broken, Broken(Code::kForgedRecord));
}

TEST_F(CoreCircleIntruders, ALaneOfAnUnknownDeviceWaitsUntilItIsKnown) {
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

TEST_F(CoreCircleIntruders, NobodySaysInACircleWhoThisPersonIs) {
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

TEST_F(CoreCircleIntruders, ASecondRosterIsRefused) {
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

TEST_F(CoreCircleIntruders, ALaneKeyOfAnotherMailboxIsRefused) {
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

TEST_F(CoreCircleIntruders, AVersionInACircleIsRefused) {
  Say(guest_, Version{.entry = RandomId<EntryId>(), .hlc = 1, .content = AnEntry("not yours")});
  Sync(guest_);
  Sync(host_);
  EXPECT_EQ(host_.state().refused, 1u);
  EXPECT_THAT(host_.Texts(), IsEmpty());
}

TEST_F(CoreCircleIntruders, KeysNamesAndNotesInACircleAreRefused) {
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

TEST_F(CoreCircleIntruders, SharesInTheSelfMailboxAreRefused) {
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

TEST_F(CoreCircleIntruders, ACompressedRecordInACircleDoesNotCount) {
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

TEST_F(CoreCircleIntruders, KindsOfANewerClientAreKeptAndCountNothing) {
  Transaction tx(guest_.store);
  const Bytes unknown = {0xda, 0x07, 0x01, 'x'};  // field 123
  Outbox(guest_.state()).Add(tx, Circle(guest_), {&unknown, 1});
  ASSERT_TRUE(guest_.state().Commit(tx));
  Sync(guest_);
  Sync(host_);
  EXPECT_EQ(host_.state().refused, 0u);
  EXPECT_EQ(LaneOf(guest_, host_)->applied_seq, CircleLane(guest_).stored_seq);
}

TEST_F(CoreCircleIntruders, ASeatAtNoRelayIsRefused) {
  Transaction tx(host_.store);
  SeatKeyOp seat{.hlc = 1, .mailbox = RandomId<MailboxId>(), .seed = {}, .relay = "not an address", .sealed_root = {}};
  EXPECT_EQ(Refusal(Intake(host_.state()).ApplyOp(tx, EncodeOp(seat), {})), Code::kInvalidArgument);
  EXPECT_FALSE(host_.state().mailboxes.contains(seat.mailbox));
  seat.relay.clear();
  ASSERT_TRUE(Intake(host_.state()).ApplyOp(tx, EncodeOp(seat), {}));
  EXPECT_EQ(host_.state().mailboxes.at(seat.mailbox).sync.relay_key, relay_.key()) << "the self mailbox's";
}

TEST_F(CoreCircleIntruders, ASeatAtThisPersonsRelayIsThereWhereverItHasMoved) {
  Transaction tx(host_.store);
  SeatKeyOp seat{.hlc = 1,
                 .mailbox = RandomId<MailboxId>(),
                 .seed = {},
                 .relay = FormatRelayAddress({.address = "former.test:1", .key = relay_.key()}),
                 .sealed_root = {}};
  ASSERT_TRUE(Intake(host_.state()).ApplyOp(tx, EncodeOp(seat), {}));
  EXPECT_EQ(host_.state().mailboxes.at(seat.mailbox).sync.relay_address, Address().address);
  seat.mailbox = RandomId<MailboxId>();
  seat.relay = FormatRelayAddress({.address = "friends.test:1", .key = RandomId<SignPublic>()});
  ASSERT_TRUE(Intake(host_.state()).ApplyOp(tx, EncodeOp(seat), {}));
  EXPECT_EQ(host_.state().mailboxes.at(seat.mailbox).sync.relay_address, "friends.test:1");
}

}  // namespace
}  // namespace kith
