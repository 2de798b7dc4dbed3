// A relay that lies to whoever restores a journal from its phrase: nothing forged is taken in, what is missing is named
// where anything tells of it, and nothing is taken over then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/verify/labels.h"
#include "tests/support/builders.h"
#include "tests/unit/recovery_testing.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

TEST_F(CoreRecoveryOfHost, WordsOfAnotherJournalAreRefusedByTheRelay) {
  const std::string other = FormatPhrase(RecoverySecret::Generate());
  EXPECT_EQ(Refusal(Recover(restored_, other)), Code::kRelayRefused);
  EXPECT_FALSE(IsVault(restored_));
}

TEST_F(CoreRecoveryOfHost, ARelayThatServesNothingIsNamed) {
  EXPECT_EQ(Refusal(Recover(restored_, host_.phrase, Instead({}))), Code::kWithheld);
  EXPECT_FALSE(IsVault(restored_));
  // Not even what is incomplete: there is nobody.
  EXPECT_EQ(Refusal(Recover(restored_, host_.phrase, Instead({}), {.missing = Recovery::Missing::kAccept})),
            Code::kWithheld);
}

TEST_F(CoreRecoveryOfHost, ARecordLeftOutIsAGapAndNothingIsTakenOver) {
  const uint64_t before = Statements();
  std::vector<SignedRecord> log = Log();
  const auto in_lane = [&](const SignedRecord& record) {
    const auto header = RecordHeader::Parse(record.header);
    return header->lane == host_.lane().key && header->seq == host_.lane().stored_seq - 1;
  };
  ASSERT_EQ(std::erase_if(log, in_lane), 1u);
  EXPECT_EQ(Refusal(Recover(restored_, host_.phrase, Instead(log))), Code::kGap);
  EXPECT_EQ(Statements(), before);
  EXPECT_FALSE(IsVault(restored_));
}

// One device's newest record is altered: nothing after it makes it missed.
TEST_F(CoreRecoveryOfHost, ARecordThatWasAlteredIsNamedAndNothingIsTakenOver) {
  const uint64_t before = Statements();
  host_.Write("to be altered");
  SyncOne(host_, own_);
  std::vector<SignedRecord> log = Log();
  log.back().payload.front() ^= 1;
  EXPECT_EQ(Refusal(Recover(restored_, host_.phrase, Instead(log))), Code::kForgedRecord);
  EXPECT_EQ(Statements(), before);
  Device rest;
  ASSERT_TRUE(Recover(rest, host_.phrase, Instead(log), {.missing = Recovery::Missing::kAccept}));
}

// One device's newest record is held back, and another one has seen it.
TEST_F(CoreRecoveryOfHost, WhatAnotherDeviceHasSeenIsWithheld) {
  const uint64_t before = Statements();
  std::vector<SignedRecord> log = Log();
  const LaneKey first = host_.lane().key;
  const storage::Lane* seen = second_.state().lanes.Find(first);
  ASSERT_NE(seen, nullptr);
  const uint64_t cited = seen->stored_seq;
  second_.Write("having seen all that");
  SyncAll();
  log = Log();
  std::erase_if(log, [&](const SignedRecord& record) {
    const auto header = RecordHeader::Parse(record.header);
    return header->lane == first && header->seq >= cited;
  });
  EXPECT_EQ(Refusal(Recover(restored_, host_.phrase, Instead(log))), Code::kWithheld);
  EXPECT_EQ(Statements(), before);
  // Whoever knows that it is lost for good gets the rest.
  Device rest;
  ASSERT_TRUE(Recover(rest, host_.phrase, Instead(log), {.missing = Recovery::Missing::kAccept}));
  rest.Reopen();
  EXPECT_THAT(rest.Texts(), testing::Contains("having seen all that"));
}

// An old copy of its database restores what it has: nothing tells more without a witness.
TEST_F(CoreRecoveryOfHost, AnOldCopyRestoresWhatItHas) {
  const std::vector<SignedRecord> old = Log();
  host_.Write("of today");
  SyncAll();
  const Result<> recovered = Recover(restored_, host_.phrase, Instead(old));
  ASSERT_TRUE(recovered) << CodeName(recovered.error().code);
  restored_.Reopen();
  EXPECT_THAT(restored_.Texts(), UnorderedElementsAre("by the first device", "by the second device"));
}

TEST_F(CoreRecoveryOfHost, NothingForgedIsTakenIn) {
  const Signer stranger = Signer::Generate();
  std::vector<SignedRecord> log = Log();
  SignedRecord altered = log.back();
  altered.payload.back() ^= 1;
  log.insert(log.begin(), SignRecord(stranger, {.mailbox = own_, .seq = 1}, Bytes(1600, 7)));
  log.insert(log.begin() + 2, altered);
  EXPECT_EQ(Refusal(Recover(restored_, host_.phrase, Instead(log))), Code::kForgedRecord);
  EXPECT_FALSE(IsVault(restored_));
  // Whoever knows that nothing is to be had but that gets the rest, and nothing of it.
  Device rest;
  const Result<> recovered = Recover(rest, host_.phrase, Instead(log), {.missing = Recovery::Missing::kAccept});
  ASSERT_TRUE(recovered) << CodeName(recovered.error().code);
  EXPECT_GT(refused_, 0u);
  rest.Reopen();
  EXPECT_EQ(rest.state().lanes.Find(stranger.public_key()), nullptr);
  EXPECT_THAT(rest.Texts(), UnorderedElementsAre("by the first device", "by the second device"));
}

// The first statement says itself whose mailbox it is; a relay's own one is another's.
TEST_F(CoreRecoveryOfHost, SeatsOfAnotherMailboxAreRefused) {
  const Signer root = Signer::Generate();
  const Signer seat = Signer::Generate();
  const SignedStatement theirs =
      SignStatement(root, {.mailbox = MailboxIdOf(root.public_key()),
                           .number = 1,
                           .prev = {},
                           .signed_by = SeatStatement::SignedBy::kRoot,
                           .signer = root.public_key(),
                           .changes = {AddSeat{.seat = seat.public_key(), .owner = true},
                                       AddLane{.seat = seat.public_key(), .lane = Signer::Generate().public_key()}}});
  const Lie lie = [&](const RelayCall& call, Result<RelayReply>& reply) {
    auto* statements = reply ? std::get_if<StatementsReply>(&*reply) : nullptr;
    if (statements == nullptr || std::get<StatementsCall>(call.body).after > 0) return;
    statements->statements = {theirs};
    statements->newest = 1;
  };
  EXPECT_EQ(Refusal(Recover(restored_, host_.phrase, lie)), Code::kRelayUnreachable);
  EXPECT_FALSE(IsVault(restored_));
}

TEST_F(CoreRecoveryOfHost, ARelayThatDoesNotAnswerEndsIt) {
  const Lie silence = [](const RelayCall&, Result<RelayReply>& reply) { reply = Fail(Code::kRelayUnreachable); };
  EXPECT_EQ(Refusal(Recover(restored_, host_.phrase, silence)), Code::kRelayUnreachable);
  const Lie foreign = [](const RelayCall&, Result<RelayReply>& reply) {
    if (reply) std::visit([](auto& body) { body.stamp.relay_key = Signer::Generate().public_key(); }, *reply);
  };
  EXPECT_EQ(Refusal(Recover(restored_, host_.phrase, foreign)), Code::kRelayForeign);
}

// A friend's relay that is away holds nobody up: their circle comes later.
TEST_F(CoreRecoveryOfHost, AFriendsRelayThatIsAwayIsLeftOut) {
  Destroy(host_);
  Destroy(second_);
  const Lie away = [this](const RelayCall& call, Result<RelayReply>& reply) {
    const auto* statements = std::get_if<StatementsCall>(&call.body);
    if (statements != nullptr && statements->mailbox == circle_) reply = Fail(Code::kRelayUnreachable);
  };
  ASSERT_TRUE(Recover(restored_, host_.phrase, away));
  ASSERT_EQ(left_.size(), 1u);
  EXPECT_EQ(left_.front().why.code, Code::kRelayUnreachable);
  restored_.Reopen();
  Sync(restored_);
  EXPECT_THAT(Received(restored_), ElementsAre("from the guest"));
}

}  // namespace
}  // namespace kith
