#include "tests/unit/sharing_testing.h"

#include "crypto/base/check.h"
#include "tests/support/builders.h"

namespace kith {

void TwoFriends::SetUp() {
  Found(writer_);
  Found(reader_);
  const RelayAddress relay{.address = "relay.test:7787", .key = Signer::Generate().public_key()};
  ASSERT_TRUE(writer_.journal->SetRelay(relay, {Bytes(16, 1), Bytes(16, 2)}));
  const PairingContext context{.mode = PairingMode::kFriend, .relay_key = relay.key, .nameplate = 9};
  FriendHost host(context, kCodeWords);
  FriendGuest guest(context, kCodeWords);
  const auto answer = guest.Respond(host.first_message());
  ASSERT_TRUE(answer.has_value());
  const auto offer = host.OnAnswer(writer_.state(), *answer);
  ASSERT_TRUE(offer.has_value());
  const auto request = guest.OnOffer(reader_.state(), *offer);
  ASSERT_TRUE(request.has_value());
  ASSERT_TRUE(host.OnRequest(writer_.state(), *request));
  const auto circle = host.Accept(writer_.state(), "Robin");
  ASSERT_TRUE(circle.has_value());
  circle_ = *circle;
  Circle(writer_).sync.created = true;
  const auto grant = host.Grant(writer_.state());
  ASSERT_TRUE(grant.has_value());
  ASSERT_TRUE(guest.OnGrant(reader_.state(), *grant, "Sam", relay));
  Send(writer_, reader_);
  Send(reader_, writer_);
}

void TwoFriends::LinkSecond() {
  Link(writer_, second_);
  Tell(writer_, second_);
  ASSERT_TRUE(second_.state().mailboxes.contains(circle_));
  const auto seat = second_.state().keyring.Seat(circle_);
  ASSERT_NE(seat, nullptr);
  Transaction tx(second_.store);
  tx.Put(storage::StatementKey(circle_, 1), *writer_.store.Get(storage::StatementKey(circle_, 1)).value());
  ASSERT_TRUE(second_.state().Commit(tx));
  Circle(second_).seats = Circle(writer_).seats;
  Transaction lane_tx(second_.store);
  const storage::Lane& lane = second_.state().lanes.AddOwn(circle_, Signer::Generate());
  Lanes::Save(lane_tx, lane);
  ASSERT_TRUE(second_.state().Commit(lane_tx));
  ASSERT_TRUE(second_.journal->sync(circle_).ChangeSeats({AddLane{.seat = seat->public_key(), .lane = lane.key}}));
  ShareSeats(second_);
  Bring(writer_, second_);
  Bring(reader_, second_);
  Tell(second_, writer_);
}

void TwoFriends::ShareSeats(Device& from) {
  const SeatTable seats = Circle(from).seats;
  for (Device* device : {&writer_, &second_, &reader_}) {
    if (device->journal != nullptr) Circle(*device).seats = seats;
  }
}

std::vector<SignedRecord> TwoFriends::SealCircle(Device& device) {
  Transaction tx(device.store);
  auto records = Outbox(device.state()).Seal(tx, Circle(device), SIZE_MAX / 2);
  KITH_CHECK(records.has_value());
  KITH_CHECK(device.state().Commit(tx));
  return *std::move(records);
}

SignedRecord TwoFriends::CircleRecord(Device& of, uint64_t seq) {
  const Transaction tx(of.store);
  auto record = Lanes::GetRecord(tx, CircleLane(of), seq);
  KITH_CHECK(record && *record);
  return **std::move(record);
}

void TwoFriends::Receive(Device& to, const SignedRecord& record) {
  Transaction tx(to.store);
  KITH_CHECK(Intake(to.state()).Receive(tx, Circle(to), record));
  KITH_CHECK(to.state().Commit(tx));
}

void TwoFriends::Retry(Device& to) {
  Transaction tx(to.store);
  KITH_CHECK(Intake(to.state()).Retry(tx));
  KITH_CHECK(to.state().Commit(tx));
}

void TwoFriends::Bring(Device& from, Device& to) {
  const storage::Lane* known = LaneOf(from, to);
  for (uint64_t seq = known == nullptr ? 1 : known->stored_seq + 1; seq <= CircleLane(from).stored_seq; ++seq) {
    Receive(to, CircleRecord(from, seq));
  }
  Retry(to);
}

void TwoFriends::Send(Device& from, Device& to) {
  SealCircle(from);
  Bring(from, to);
}

void TwoFriends::Tell(Device& from, Device& to) {
  from.Seal();
  Carry(from, to);
}

ShareId TwoFriends::Share(Device& device, const ShareWish& wish) {
  const auto placed = device.journal->sharing().Share(wish);
  EXPECT_TRUE(placed.has_value());
  return placed ? placed->id : ShareId();
}

std::vector<ReceivedShare> TwoFriends::Inbox(Device& device) {
  std::vector<ReceivedShare> shares;
  EXPECT_TRUE(device.journal->sharing().Inbox([&](const ReceivedShare& share) {
    shares.push_back(share);
    return true;
  }));
  return shares;
}

std::vector<std::string> TwoFriends::InboxTexts(Device& device) {
  std::vector<std::string> texts;
  for (const ReceivedShare& share : Inbox(device)) texts.push_back(share.content.text);
  return texts;
}

std::vector<SentShare> TwoFriends::Audience(Device& device, const EntryId& entry) {
  auto audience = device.journal->sharing().Audience(entry);
  EXPECT_TRUE(audience.has_value());
  return audience ? *std::move(audience) : std::vector<SentShare>();
}

}  // namespace kith
