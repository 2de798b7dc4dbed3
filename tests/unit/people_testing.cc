#include "tests/unit/people_testing.h"

#include <algorithm>

#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {

void TwoPeople::SetUp() {
  for (Device* device : {&host_, &guest_}) {
    Found(*device);
    ASSERT_TRUE(device->journal->SetRelay(Address(), {relay_.MintToken(), relay_.MintToken(), relay_.MintToken()}));
    Sync(*device);
  }
}

void TwoPeople::SyncOne(Device& device, const MailboxId& mailbox) {
  kith::Sync& sync = device.journal->sync(mailbox);
  sync.Restart();
  for (;;) {
    const auto call = sync.Next();
    ASSERT_TRUE(call.has_value()) << CodeName(call.error().code);
    if (!*call) break;
    ASSERT_TRUE(sync.OnReply(**call, relay_.Handle(**call, relay_.nonce())));
  }
  EXPECT_EQ(sync.status().problem, std::nullopt) << sync.status().problem->message;
}

std::vector<RelayCall> TwoPeople::Calls(Device& device, const MailboxId& mailbox, size_t most) {
  std::vector<RelayCall> calls;
  kith::Sync& sync = device.journal->sync(mailbox);
  sync.Restart();
  while (calls.size() < most) {
    auto call = sync.Next();
    EXPECT_TRUE(call.has_value());
    if (!call || !*call) break;
    EXPECT_TRUE(sync.OnReply(**call, relay_.Handle(**call, relay_.nonce())));
    calls.push_back(**std::move(call));
  }
  return calls;
}

void TwoPeople::Sync(Device& device) {
  std::vector<MailboxId> done;
  for (bool more = true; more;) {
    more = false;
    for (const MailboxId& mailbox : device.journal->mailboxes()) {
      if (std::ranges::find(done, mailbox) != done.end()) continue;
      SyncOne(device, mailbox);
      done.push_back(mailbox);
      more = true;
      break;
    }
  }
}

void TwoPeople::LinkOver(Device& host, Device& guest) {
  Sync(host);
  LinkHost opener(Context(PairingMode::kLink), kCodeWords);
  LinkGuest joiner(Context(PairingMode::kLink), kCodeWords, "guest");
  const Bytes offer = Good(opener.OnAnswer(host.state(), Good(joiner.Respond(opener.first_message()))));
  const std::string label = Good(opener.OnRequest(host.state(), Good(joiner.OnOffer(offer))));
  ASSERT_TRUE(opener.Accept(host.state(), host.journal->sync(), label));
  Sync(host);
  ASSERT_TRUE(joiner.OnGrant(Good(opener.Grant(host.state())), guest.store, guest.clock, relay_.key()));
  guest.Reopen();
}

MailboxId TwoPeople::Befriend() {
  FriendHost opener(Context(), kCodeWords);
  FriendGuest joiner(Context(), kCodeWords);
  const Bytes offer = Good(opener.OnAnswer(host_.state(), Good(joiner.Respond(opener.first_message()))));
  const Bytes request = Good(joiner.OnOffer(guest_.state(), offer));
  EXPECT_TRUE(opener.OnRequest(host_.state(), request));
  circle_ = Good(opener.Accept(host_.state(), "Gus"));
  SyncOne(host_, circle_);
  const Bytes grant = Good(opener.Grant(host_.state()));
  EXPECT_EQ(Good(joiner.OnGrant(guest_.state(), grant, "Hana", Address())), circle_);
  EXPECT_TRUE(opener.OnKept(joiner.Kept()));
  return circle_;
}

Pack TwoPeople::PackAt(Device& device, uint64_t seq) {
  const Transaction tx(device.store);
  const auto record = Lanes::GetRecord(tx, CircleLane(device), seq);
  EXPECT_TRUE(record && *record);
  return device.Open(**record);
}

void TwoPeople::Say(Device& device, const Op& op) {
  Transaction tx(device.store);
  const Bytes bytes = EncodeOp(op);
  Outbox(device.state()).Add(tx, Circle(device), {&bytes, 1});
  ASSERT_TRUE(device.state().Commit(tx));
}

ShareOp TwoPeople::AShare(const std::string& text) const {
  ShareOp op{.share = RandomId<ShareId>(), .hlc = 7, .content = {}};
  op.content.text = text;
  op.content.date = {.day_only = true, .zone = {}};
  return op;
}

std::vector<std::string> TwoPeople::Received(Device& device) {
  std::vector<std::string> texts;
  EXPECT_TRUE(device.journal->sharing().Inbox([&](const ReceivedShare& share) {
    texts.push_back(share.content.text);
    return true;
  }));
  std::ranges::sort(texts);
  return texts;
}

SignedRecord TwoPeople::ForgeInCircle(Device& key_of, const Signer& lane, uint64_t seq, const RecordId& prev,
                                      const Pack& pack) {
  const RecordHeader header{
      .kind = RecordKind::kSealed, .mailbox = circle_, .lane = lane.public_key(), .seq = seq, .prev = prev};
  const Keyring::Generation* generation = key_of.state().keyring.Newest(circle_);
  return SignRecord(lane, header,
                    Seal(generation->key, labels::kSealPayload, header.Place(), EncodePack(pack, Compression::kNone),
                         Padding::kPadme));
}

void TwoPeople::List(Device& device, const LaneKey& lane) {
  const auto seat = device.state().keyring.Seat(circle_);
  ASSERT_TRUE(device.journal->sync(circle_).ChangeSeats({AddLane{.seat = seat->public_key(), .lane = lane}}));
  SyncOne(device, circle_);
}

void TwoPeople::Receive(Device& device, const SignedRecord& record) {
  Transaction tx(device.store);
  Intake intake(device.state());
  ASSERT_TRUE(intake.Receive(tx, Circle(device), record));
  ASSERT_TRUE(intake.Retry(tx));
  ASSERT_TRUE(device.state().Commit(tx));
}

void TwoInACircle::SetUp() {
  TwoPeople::SetUp();
  Befriend();
  Sync(host_);
  Sync(guest_);
  Sync(host_);
}

SignedLaneCertificate TwoInACircle::Signed(const Signer& device, const LaneCertificate& certificate) {
  Bytes body = certificate.Encode();
  const Signature signature = device.Sign(labels::kSignLane, body);
  return {.body = std::move(body), .signature = signature};
}

SignedLaneCertificate TwoInACircle::Certificate(const LaneKey& lane, const Signer& device,
                                                const PersonId& person) const {
  return Signed(device, {.mailbox = circle_, .lane = lane, .device = device.public_key(), .person = person});
}

void TwoInACircle::OpenLane() {
  List(guest_, lane_.public_key());
  SyncOne(host_, circle_);
}

}  // namespace kith
