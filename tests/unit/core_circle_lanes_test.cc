// Lanes of one person in a circle: opened, left behind, closed; and what a device may do without an invite's tokens.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/builders.h"
#include "tests/unit/people_testing.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class CoreCircleLanes : public TwoInACircle {};

class CoreToldCircle : public TwoPeople {};

TEST_F(CoreToldCircle, ADeviceThatHearsOfACircleBeforeItIsAtTheRelayAsksAgain) {
  Device hosts;
  LinkOver(host_, hosts);
  FriendHost opener(Context(), kCodeWords);
  FriendGuest joiner(Context(), kCodeWords);
  const Bytes offer = Good(opener.OnAnswer(host_.state(), Good(joiner.Respond(opener.first_message()))));
  ASSERT_TRUE(opener.OnRequest(host_.state(), Good(joiner.OnOffer(guest_.state(), offer))));
  circle_ = Good(opener.Accept(host_.state(), "Gus"));
  SyncOne(host_, host_.self().id);
  SyncOne(hosts, hosts.self().id);
  kith::Sync& sync = hosts.journal->sync(circle_);
  while (!sync.failed()) {
    const auto call = *sync.Next();
    ASSERT_TRUE(call.has_value());
    ASSERT_TRUE(sync.OnReply(*call, relay_.Handle(*call, relay_.nonce())));
  }
  EXPECT_EQ(sync.status().phase, SyncStatus::Phase::kConnecting) << "and not stopped until a person asks";
  EXPECT_EQ(sync.status().problem->code, Code::kRelayRefused);
  SyncOne(host_, circle_);
  SyncOne(hosts, circle_);
  EXPECT_NE(hosts.state().FindRoster(circle_), nullptr);
}

// An invite's tokens stay on the device that used it; only making a mailbox takes one.
TEST_F(CoreCircleLanes, ADeviceWithoutTokensSyncsAtItsOwnRelayAndAtAFriends) {
  Device guests;
  LinkOver(guest_, guests);
  Sync(guests);
  EXPECT_TRUE(guests.self().sync.tokens.empty());
  for (int round = 0; round < 2; ++round) {
    Say(guests, AShare("round " + std::to_string(round)));
    guests.Write("round");
    for (const MailboxId& mailbox : {guests.self().id, circle_}) {
      for (const RelayCall& call : Calls(guests, mailbox, 100)) {
        EXPECT_FALSE(std::holds_alternative<CreateMailboxCall>(call.body));
      }
      const SyncStatus status = guests.journal->sync(mailbox).status();
      EXPECT_EQ(status.phase, SyncStatus::Phase::kLive);
      EXPECT_EQ(status.problem, std::nullopt);
    }
    relay_.Restore(relay_.database());
  }
  Sync(host_);
  EXPECT_THAT(Received(host_), UnorderedElementsAre("round 0", "round 1"));
}

TEST_F(CoreCircleLanes, ADeviceWithoutTokensSendsWhoWantsAFriendToTheOneThatHasThem) {
  Device guests;
  LinkOver(guest_, guests);
  FriendHost opener(Context(), kCodeWords);
  Device stranger;
  Found(stranger);
  FriendGuest joiner(Context(), kCodeWords);
  const Bytes offer = Good(opener.OnAnswer(guests.state(), Good(joiner.Respond(opener.first_message()))));
  ASSERT_TRUE(opener.OnRequest(guests.state(), Good(joiner.OnOffer(stranger.state(), offer))));
  const auto accepted = opener.Accept(guests.state(), "Ines");
  ASSERT_FALSE(accepted.has_value());
  EXPECT_EQ(accepted.error().code, Code::kTokenInvalid);
  EXPECT_THAT(accepted.error().message, testing::HasSubstr("device of yours that used the invite"));
}

// A lane that was written to before is closed, or a relay that is restored ever again would fill the seat.
TEST_F(CoreCircleLanes, HoweverOftenARelayIsRestoredADeviceHasOneLaneAndLosesNothing) {
  constexpr int kRounds = 70;  // a seat has room for 64
  const SimRelay::Database early = relay_.database();
  const LaneKey first = host_.lane().key;
  for (int round = 0; round < kRounds; ++round) {
    Say(host_, AShare(std::to_string(round)));
    host_.Write("words");
    relay_.Restore(relay_.database());
    Sync(host_);
  }
  for (const MailboxId& mailbox : {host_.self().id, circle_}) {
    const SeatTable& seats = relay_.Find(mailbox)->seats;
    std::set<LaneKey> open = {host_.state().lanes.Own(mailbox)->key};
    if (mailbox == host_.self().id) open.insert(first);
    EXPECT_EQ(seats.seats().at(host_.state().keyring.Seat(mailbox)->public_key()).lanes, open);
  }
  // A relay that knows none of them gets all, closed lanes too.
  relay_.Restore(early);
  Sync(host_);
  EXPECT_EQ(relay_.Find(host_.self().id)->lanes.size(), kRounds + 1u);
  Device late;
  LinkOver(host_, late);
  Sync(late);
  EXPECT_EQ(late.Texts().size(), static_cast<size_t>(kRounds));
  Sync(guest_);
  EXPECT_EQ(Received(guest_).size(), static_cast<size_t>(kRounds));
}

TEST_F(CoreCircleLanes, ALaneIsClosedOnlyOnceAllOfItIsAtTheRelay) {
  const LaneKey before = CircleLane(host_).key;
  Say(host_, AShare("words"));
  relay_.Restore(SimRelay::Database{.epoch = {}, .mailboxes = relay_.database().mailboxes, .tokens = {}});
  kith::Sync& sync = host_.journal->sync(circle_);
  sync.Restart();
  for (bool closed = false; !closed;) {
    const auto call = *sync.Next();
    ASSERT_TRUE(call.has_value());
    const auto* submit = std::get_if<SubmitStatementCall>(&call->body);
    const auto statement =
        submit == nullptr ? Result<SeatStatement>(Fail(Code::kNotFound)) : SeatStatement::Parse(submit->statement.body);
    closed = statement && std::ranges::any_of(statement->changes, [&](const SeatChange& change) {
               const auto* remove = std::get_if<RemoveLane>(&change);
               return remove != nullptr && remove->lane == before;
             });
    if (closed) {
      for (const storage::Lane& lane : host_.state().lanes.all()) {
        if (lane.mailbox == circle_) {
          EXPECT_EQ(lane.acked_seq, lane.stored_seq);
        }
      }
    }
    ASSERT_TRUE(sync.OnReply(*call, relay_.Handle(*call, relay_.nonce())));
  }
}

// As a copy of this vault does that was moved to another lane.
TEST_F(CoreCircleLanes, WhatALaneNeverSentBeforeItWasClosedGoesIntoTheNext) {
  const LaneKey closed = CircleLane(host_).key;
  Device hosts;
  LinkOver(host_, hosts);
  Sync(host_);
  Sync(hosts);
  const uint64_t there = relay_.Find(circle_)->lanes.at(closed).seq;
  Say(host_, AShare("sealed"));
  Transaction tx(host_.store);
  ASSERT_TRUE(Outbox(host_.state()).Seal(tx, Circle(host_), SIZE_MAX / 2));
  ASSERT_TRUE(host_.state().Commit(tx));
  ASSERT_TRUE(hosts.journal->sync(circle_).ChangeSeats({RemoveLane{.lane = closed}}));
  SyncOne(hosts, circle_);
  SyncOne(host_, circle_);
  EXPECT_NE(CircleLane(host_).key, closed);
  EXPECT_FALSE(relay_.Find(circle_)->seats.Listed(closed));
  EXPECT_EQ(relay_.Find(circle_)->lanes.at(closed).seq, there) << "nothing is added to a lane that was closed";
  Sync(guest_);
  EXPECT_THAT(Received(guest_), ElementsAre("sealed"));
  EXPECT_EQ(guest_.state().refused, 0u);
}

TEST_F(CoreCircleLanes, LeavingClosesEveryLaneOfThePersonAndTheWordsOfAllAreDropped) {
  Device guests;
  LinkOver(guest_, guests);
  Sync(guests);
  Sync(guest_);
  const auto share = [&](Device& device) {
    const EntryId entry = device.Write("words of mine");
    const ShareWish wish{.entry = entry, .circle = circle_, .version = {}, .passage = {}, .note = {}};
    ASSERT_TRUE(device.journal->sharing().Share(wish));
    Sync(device);
  };
  share(guest_);
  share(guests);
  for (Device* device : {&host_, &guest_}) Sync(*device);
  ASSERT_EQ(Received(host_).size(), 2u);
  const SignPublic seat = guest_.state().keyring.Seat(circle_)->public_key();
  ASSERT_EQ(relay_.Find(circle_)->seats.seats().at(seat).lanes.size(), 2u);
  ASSERT_TRUE(guest_.journal->sharing().Leave(circle_));
  // Its own lane last: it says what the others' words are pruned by.
  std::vector<LaneKey> closed;
  for (const RelayCall& call : Calls(guest_, circle_, 100)) {
    const auto* submit = std::get_if<SubmitStatementCall>(&call.body);
    if (submit == nullptr) continue;
    const auto statement = SeatStatement::Parse(submit->statement.body);
    for (const SeatChange& change : statement->changes) {
      if (const auto* remove = std::get_if<RemoveLane>(&change)) closed.push_back(remove->lane);
    }
  }
  EXPECT_THAT(closed, ElementsAre(CircleLane(guests).key, CircleLane(guest_).key));
  EXPECT_TRUE(relay_.Find(circle_)->seats.seats().at(seat).lanes.empty());
  for (const auto& record : relay_.Find(circle_)->log) {
    const RecordHeader header = *RecordHeader::Parse(record->header);
    const bool theirs = header.lane == CircleLane(guests).key || header.lane == CircleLane(guest_).key;
    if (!theirs || header.kind != RecordKind::kSealed || record->payload.empty()) continue;
    for (const Bytes& op : host_.Open(*record).ops) {
      EXPECT_FALSE(std::holds_alternative<ShareOp>(*DecodeOp(op)));
    }
  }
  Sync(host_);
  EXPECT_THAT(Received(host_), IsEmpty());
}

// A vault that was set back knows its later lane by the certificate alone.
TEST_F(CoreCircleLanes, ALaneWhoseKeyWasLostIsClosedSoThatWhatWasTakenBackIsPruned) {
  Device hosts;
  LinkOver(host_, hosts);
  Sync(host_);
  Sync(hosts);
  const EntryId entry = host_.Write("words of mine");
  const ShareWish wish{.entry = entry, .circle = circle_, .version = {}, .passage = {}, .note = {}};
  ASSERT_TRUE(host_.journal->sharing().Share(wish));
  Sync(host_);
  Sync(hosts);
  const LaneKey lost = CircleLane(host_).key;
  storage::Lane& lane = *host_.state().lanes.Find(lost);
  lane.seed.reset();
  lane.device = host_.state().device->public_key();
  lane.person = Host();
  Transaction tx(host_.store);
  Lanes::Save(tx, lane);
  ASSERT_TRUE(host_.state().Commit(tx));
  host_.Reopen();
  ASSERT_TRUE(hosts.journal->sharing().TakeBack(entry, circle_));
  for (Device* device : {&hosts, &host_, &hosts}) Sync(*device);
  EXPECT_FALSE(relay_.Find(circle_)->seats.Listed(lost));
  EXPECT_TRUE(relay_.Find(circle_)->seats.Listed(CircleLane(hosts).key));
  for (const auto& record : relay_.Find(circle_)->log) {
    const RecordHeader header = *RecordHeader::Parse(record->header);
    if (header.lane != lost || header.kind != RecordKind::kSealed || record->payload.empty()) continue;
    for (const Bytes& op : host_.Open(*record).ops) {
      EXPECT_FALSE(std::holds_alternative<ShareOp>(*DecodeOp(op))) << "its words are still at the relay";
    }
  }
}

TEST_F(CoreCircleLanes, WhatWasAcknowledgedIsKeptWhenAskedFor) {
  Say(host_, AShare("words"));
  SyncOne(host_, circle_);
  ASSERT_TRUE(host_.journal->KeepAcknowledged());
  host_.Reopen();
  EXPECT_EQ(CircleLane(host_).acked_seq, CircleLane(host_).stored_seq);
}

// What was made ready for the next push while one was under way.
TEST_F(CoreCircleLanes, WhatIsTakenBackAfterItWasMadeReadyNeverLeaves) {
  const auto share = [&](const EntryId& entry) {
    const ShareWish wish{.entry = entry, .circle = circle_, .version = {}, .passage = {}, .note = {}};
    ASSERT_TRUE(host_.journal->sharing().Share(wish));
  };
  const EntryId first = host_.Write("first");
  const EntryId second = host_.Write("second");
  const EntryId third = host_.Write("third");
  share(first);
  kith::Sync& sync = host_.journal->sync(circle_);
  sync.Restart();
  auto call = *sync.Next();
  while (!std::holds_alternative<PushCall>(call->body)) {
    ASSERT_TRUE(sync.OnReply(*call, relay_.Handle(*call, relay_.nonce())));
    call = *sync.Next();
  }
  share(second);
  share(third);
  ASSERT_TRUE(sync.Prepare(*call));
  const uint64_t made_ready = CircleLane(host_).stored_seq - 1;  // of the second
  ASSERT_TRUE(host_.journal->sharing().TakeBack(second, circle_));
  bool sent = false;
  while (call) {
    const auto* push = std::get_if<PushCall>(&call->body);
    for (const SignedRecord& record : push == nullptr ? std::vector<SignedRecord>() : push->records) {
      if (RecordHeader::Parse(record.header)->seq != made_ready) continue;
      EXPECT_TRUE(record.payload.empty());
      sent = true;
    }
    ASSERT_TRUE(sync.OnReply(*call, relay_.Handle(*call, relay_.nonce())));
    call = *sync.Next();
  }
  EXPECT_TRUE(sent) << "the chain needs its header";
  Sync(guest_);
  EXPECT_THAT(Received(guest_), UnorderedElementsAre("first", "third"));
}

}  // namespace
}  // namespace kith
