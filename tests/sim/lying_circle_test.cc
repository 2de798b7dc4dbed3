// A relay that lies to friends about their circle: nobody comes into it, nothing is carried from one audience to
// another, nothing is lost, and what cannot be had against a lying relay is said here too.
#include <gtest/gtest.h>

#include "client/wire/pack.h"
#include "crypto/seal.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/sim/lies.h"

namespace kith {
namespace {

// Two friends with a device each, in sync with an honest relay, and a relay that may lie to either about the circle.
class LyingCircle : public testing::Test {
 protected:
  LyingCircle() : world_(1, Weather::Calm(), 0, {.people = 2, .relays = 1}) {
    world_.Heal();
    EXPECT_TRUE(world_.IntroduceNow(writer(), reader()));
    world_.Heal();
    EXPECT_TRUE(world_.problems().empty());
  }

  Machine& writer() { return world_.machines()[0]; }
  Machine& reader() { return world_.machines()[1]; }
  const MailboxId& circle() { return *world_.circle(); }
  const SimRelay::Mailbox& mailbox() { return *world_.Find(circle()); }
  Sync& readers_sync() { return reader().journal->sync(circle()); }

  int Talk(Machine& machine, const Lie& lie = {}) { return TalkAbout(world_, machine, circle(), lie); }
  // The reader hears of the circle anew, by a relay that lies.
  void Hear(const Lie& lie) {
    readers_sync().Restart();
    Talk(reader(), lie);
  }
  EntryId ShareAndSend(const std::string& text) {
    const EntryId entry = *writer().journal->Write(AnEntry(text));
    EXPECT_TRUE(writer().journal->sharing().Share({.entry = entry, .circle = circle()}));
    Talk(writer());
    return entry;
  }
  std::vector<std::string> Inbox() {
    std::vector<std::string> texts;
    EXPECT_TRUE(reader().journal->sharing().Inbox([&](const ReceivedShare& share) {
      texts.push_back(share.content.text);
      return true;
    }));
    return texts;
  }
  std::optional<Code> ProblemOfReader() {
    const SyncStatus status = readers_sync().status();
    return status.problem ? std::optional(status.problem->code) : std::nullopt;
  }

  World world_;
};

using Texts = std::vector<std::string>;

TEST_F(LyingCircle, ASeatThatTheRelayMadeIsIgnored) {
  const Signer stranger = Signer::Generate();
  const uint64_t number = mailbox().seats.number();
  const SignedStatement forged = SignStatement(stranger, {.mailbox = circle(),
                                                          .number = number + 1,
                                                          .prev = mailbox().seats.head(),
                                                          .signed_by = SeatStatement::SignedBy::kSeat,
                                                          .signer = stranger.public_key(),
                                                          .changes = {AddSeat{.seat = stranger.public_key()}}});
  const MemStore::Contents before = WithoutCursor(reader());
  Hear([&](const RelayCall&, Result<RelayReply>& reply) {
    auto* statements = reply ? std::get_if<StatementsReply>(&*reply) : nullptr;
    if (statements == nullptr) return;
    statements->statements.push_back(forged);
    statements->newest = number + 1;
  });
  EXPECT_EQ(reader().journal->state().refused, 1u);
  EXPECT_EQ(WithoutCursor(reader()), before);
  EXPECT_FALSE(reader().journal->state().mailboxes.at(circle()).seats.seats().contains(stranger.public_key()));
}

TEST_F(LyingCircle, ARecordOfALaneThatNobodyListedIsRefused) {
  const Signer stranger = Signer::Generate();
  std::vector<SignedRecord> log = LogOf(mailbox());
  log.push_back(SignRecord(stranger, {.mailbox = circle(), .seq = 1}, Bytes(1600, 7)));
  const MemStore::Contents before = WithoutCursor(reader());
  Hear(Instead(log));
  // Once more when all was asked for anew.
  EXPECT_EQ(reader().journal->state().refused, 2u);
  EXPECT_EQ(WithoutCursor(reader()), before);
}

// Even one who was given a seat and the key by a careless or malicious friend is in no roster, so nothing they say
// counts.
TEST_F(LyingCircle, WhatANonMemberSaysCountsNothing) {
  MemStore store;
  FakeClock clock;
  const auto theirs = ANewJournal(store, clock, "third");
  const State& third = theirs->state();
  const Signer lane = Signer::Generate();
  const auto seat = std::make_shared<const Signer>(Signer::Generate());
  ASSERT_TRUE(writer().journal->sync(circle()).ChangeSeats({AddSeat{.seat = seat->public_key()}}));
  Talk(writer());
  const SignedStatement statement =
      SignStatement(*seat, {.mailbox = circle(),
                            .number = mailbox().seats.number() + 1,
                            .prev = mailbox().seats.head(),
                            .signed_by = SeatStatement::SignedBy::kSeat,
                            .signer = seat->public_key(),
                            .changes = {AddLane{.seat = seat->public_key(), .lane = lane.public_key()}}});
  SimRelay& relay = world_.relay();
  ASSERT_TRUE(relay.Handle({.signer = seat, .body = SubmitStatementCall{.mailbox = circle(), .statement = statement}},
                           relay.nonce()));
  world_.Heal();
  ASSERT_TRUE(reader().journal->state().mailboxes.at(circle()).seats.Listed(lane.public_key()));
  const LaneCertificate certificate{.mailbox = circle(),
                                    .lane = lane.public_key(),
                                    .device = third.device->public_key(),
                                    .person = third.identity.person,
                                    .person_head = third.person->HeadHash()};
  SignedLaneCertificate signed_certificate{.body = certificate.Encode(), .signature = {}};
  signed_certificate.signature = third.device->Sign(labels::kSignLane, signed_certificate.body);
  Pack pack{.hlc = 1ULL << 58,
            .person_head = third.person->HeadHash(),
            .roster_head = reader().journal->state().FindRoster(circle())->HeadHash(),
            .certificate = std::move(signed_certificate)};
  for (const SignedPersonOp& op : third.person->Operations()) pack.ops.push_back(EncodeOp(op));
  pack.ops.push_back(EncodeOp(ShareOp{
      .share = RandomId<ShareId>(), .hlc = 1, .content = CopyForFriend(AnEntry("of somebody who is not in it"), "")}));
  const RecordHeader header{.mailbox = circle(), .lane = lane.public_key(), .seq = 1};
  const auto& key = writer().journal->state().keyring.Newest(circle())->key;
  std::vector<SignedRecord> log = LogOf(mailbox());
  log.push_back(SignRecord(
      lane, header,
      Seal(key, labels::kSealPayload, header.Place(), EncodePack(pack, Compression::kNone), Padding::kPadme)));
  Hear(Instead(log));
  EXPECT_TRUE(Inbox().empty());
  EXPECT_FALSE(reader().journal->state().people.contains(third.identity.person));
  ShareAndSend("of the friend");
  world_.Heal();
  EXPECT_EQ(Inbox(), Texts{"of the friend"});
}

TEST_F(LyingCircle, AShareWithoutItsWordsHoldsBackItsLaneUntilTheyCome) {
  ShareAndSend("one");
  ShareAndSend("two");
  std::vector<SignedRecord> log = LogOf(mailbox());
  log[log.size() - 2].payload.clear();
  Hear(Instead(log));
  EXPECT_TRUE(Inbox().empty());
  EXPECT_EQ(ProblemOfReader(), Code::kGap);
  world_.Heal();
  EXPECT_EQ(Inbox(), (Texts{"two", "one"}));
  EXPECT_EQ(ProblemOfReader(), std::nullopt);
}

// Records of one mailbox served in another: each is refused, and nothing changes.
class CarriedOver : public LyingCircle, public testing::WithParamInterface<bool> {};

TEST_P(CarriedOver, RecordsAreRefused) {
  ShareAndSend("shared");
  world_.Heal();
  const bool to_circle = GetParam();
  const MailboxId& own = reader().journal->mailbox();
  const MailboxId& from = to_circle ? own : circle();
  const MailboxId& into = to_circle ? circle() : own;
  std::vector<SignedRecord> log = LogOf(*world_.Find(into));
  const std::vector<SignedRecord> strange = LogOf(*world_.Find(from));
  log.insert(log.end(), strange.begin(), strange.end());
  const MemStore::Contents before = WithoutCursor(reader());
  reader().journal->sync(into).Restart();
  TalkAbout(world_, reader(), into, Instead(log));
  // Once more when all was asked for anew.
  EXPECT_EQ(reader().journal->state().refused, 2 * strange.size());
  EXPECT_EQ(WithoutCursor(reader()), before);
}

INSTANTIATE_TEST_SUITE_P(Ways, CarriedOver, testing::Bool());

TEST_F(LyingCircle, ARecordServedTwiceChangesNothing) {
  ShareAndSend("once");
  world_.Heal();
  std::vector<SignedRecord> log = LogOf(mailbox());
  log.push_back(log.back());
  log.push_back(log.front());
  const MemStore::Contents before = WithoutCursor(reader());
  Hear(Instead(log));
  EXPECT_EQ(Inbox(), Texts{"once"});
  EXPECT_EQ(WithoutCursor(reader()), before);
}

// The stated limit: a relay can keep quiet about a taking back, as about anything that is newest. What was fetched
// stays until the relay tells, and is gone then.
TEST_F(LyingCircle, ATakingBackThatIsWithheldIsHeardOfLater) {
  const EntryId entry = ShareAndSend("said too soon");
  world_.Heal();
  const std::vector<SignedRecord> before = LogOf(mailbox());
  ASSERT_TRUE(writer().journal->sharing().TakeBack(entry, circle()));
  Talk(writer());
  Hear(Instead(before));
  EXPECT_EQ(Inbox(), Texts{"said too soon"});
  world_.Heal();
  EXPECT_TRUE(Inbox().empty());
}

// Nothing is deleted anywhere: whoever has a new invite makes the place again, and both fill it.
TEST_F(LyingCircle, AnEmptiedRelayIsNamedAndFilledAgain) {
  ShareAndSend("before it was emptied");
  world_.Heal();
  ASSERT_EQ(Inbox(), Texts{"before it was emptied"});
  world_.relay().Restore({});
  Hear({});
  EXPECT_EQ(ProblemOfReader(), Code::kRelayWiped);
  EXPECT_TRUE(reader().journal->state().alarms.Stands(circle(), Code::kRelayWiped));
  EXPECT_EQ(Inbox(), Texts{"before it was emptied"});
  world_.SetRelay(reader());
  world_.Heal();
  EXPECT_TRUE(reader().journal->Alarms().empty());
  ASSERT_NE(world_.Find(circle()), nullptr);
  ShareAndSend("after it");
  world_.Heal();
  EXPECT_EQ(Inbox(), (Texts{"after it", "before it was emptied"}));
  world_.Check();
  EXPECT_TRUE(world_.problems().empty());
}

// A prune record that its lane did not sign, or that names another lane, takes nothing away.
TEST_F(LyingCircle, ATakingBackThatTheRelayMadeCountsNothing) {
  ShareAndSend("stands");
  world_.Heal();
  const Signer stranger = Signer::Generate();
  const LaneKey lane = writer().journal->sync(circle()).signer()->public_key();
  const Bytes list = PruneList{.lane = lane, .ranges = {{.first = 1, .last = 9}}}.Encode();
  std::vector<SignedRecord> log = LogOf(mailbox());
  log.push_back(SignRecord(stranger, {.kind = RecordKind::kPrune, .mailbox = circle(), .seq = 1}, list));
  Hear(Instead(log));
  EXPECT_EQ(Inbox(), Texts{"stands"});
  // The reader's own other records cannot be taken away by the writer's lane either.
  // Once more when all was asked for anew.
  EXPECT_EQ(reader().journal->state().refused, 2u);
}

}  // namespace
}  // namespace kith
