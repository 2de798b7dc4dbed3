// The loop that keeps a device in step with its relay, against a real relay in this process.
#include "client/app/sync_loop.h"

#include <future>
#include <random>

#include "app_fixture.h"
#include "bent_relay.h"

namespace kith::app_test {
namespace {

using Phase = SyncStatus::Phase;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// One device on a relay.
struct SyncLoopTest : testing::Test {
  void SetUp() override { first.Init(); }
  TestRelay relay;
  Device first;
};

// One device on a relay that can be bent.
struct BentRelayTest : SyncLoopTest {
  void SetUp() override {
    SyncLoopTest::SetUp();
    first.SetRelay(relay.Invite(bent.address()));
    ASSERT_TRUE(Becomes(first, [&] { return first.status().phase == Phase::kLive && bent.streams() == 1; }));
  }
  BentRelay bent{relay.address()};
};

TEST_F(SyncLoopTest, WithoutARelayThereIsNothingToDo) {
  first.Write("alone");
  EXPECT_EQ(first.status().phase, Phase::kOff);
  EXPECT_EQ(CodeOf(first.Settle()), Code::kNoRelay);
}

TEST_F(SyncLoopTest, SetRelayBeginsByItself) {
  first.Write("early");
  first.SetRelay(relay.Invite());
  EXPECT_TRUE(Becomes(first, Phase::kLive));
  EXPECT_EQ(first.status().waiting, 0u);
}

TEST_F(SyncLoopTest, AWakeBringsWordsToTheOtherDevice) {
  first.SetRelay(relay.Invite());
  Device second;
  Link(first, second);
  ASSERT_TRUE(Becomes(second, Phase::kLive));
  const EntryId there = first.Write("from the first");
  EXPECT_TRUE(Becomes(second, [&] { return second.text_of(there) == "from the first"; }));
  const EntryId back = second.Write("from the second");
  EXPECT_TRUE(Becomes(first, [&] { return first.text_of(back) == "from the second"; }));
}

TEST_F(SyncLoopTest, ARelayThatGoesAwayIsNoticedAndComesBackByItself) {
  first.SetRelay(relay.Invite());
  Device second;
  Link(first, second);
  ASSERT_TRUE(Becomes(first, Phase::kLive));
  ASSERT_TRUE(Becomes(second, Phase::kLive));
  relay.Stop();
  // Nothing is asked of it: the stream's end tells.
  EXPECT_TRUE(Becomes(first, [&] {
    const SyncStatus status = first.status();
    return status.problem && status.problem->code == Code::kRelayUnreachable;
  }));
  EXPECT_EQ(CodeOf(first.Settle()), Code::kRelayUnreachable);
  const EntryId entry = first.Write("meanwhile");
  EXPECT_EQ(first.text_of(entry), "meanwhile");
  relay.Start();
  EXPECT_TRUE(Becomes(second, [&] { return second.text_of(entry) == "meanwhile"; }));
  // And the streams are there again.
  ASSERT_TRUE(Becomes(second, Phase::kLive));
  const EntryId later = first.Write("afterwards");
  EXPECT_TRUE(Becomes(second, [&] { return second.text_of(later) == "afterwards"; }));
}

TEST(FullMailboxTest, IsToldWhileReadingGoesOn) {
  TestRelay relay(96 * 1024);
  Device first;
  first.Init();
  first.SetRelay(relay.Invite());
  Device second;
  Link(first, second);
  // Words that do not shrink when they are packed.
  std::minstd_rand random(1);
  std::string noise(60'000, ' ');
  for (char& c : noise) c = static_cast<char>('!' + random() % 90);
  const EntryId early = second.Write("before it was full");
  ASSERT_TRUE(Becomes(first, [&] { return !first.text_of(early).empty(); }));
  for (int i = 0; i < 12; ++i) first.Write(std::to_string(i) + noise.substr(static_cast<size_t>(i) * 997));
  EXPECT_EQ(CodeOf(first.Settle()), Code::kRelayFull);
  EXPECT_GT(first.status().waiting, 0u);
  EXPECT_EQ(first.status().phase, Phase::kLive);
  EXPECT_EQ(first.count(), 13u);
  // What fitted is read by the other device, which has nothing to send.
  EXPECT_TRUE(second.Settle());
}

TEST_F(SyncLoopTest, AnotherRelayAtTheAddressGetsNothing) {
  first.SetRelay(relay.Invite());
  ASSERT_TRUE(Becomes(first, Phase::kLive));
  relay.Stop();
  TestRelay other;
  // The same address, another identity.
  const auto unlocked = first.open();
  ASSERT_TRUE(unlocked->vault->With(
      [&](Journal& journal) { return journal.SetRelay({.address = other.address(), .key = relay.key()}, {}); }));
  EXPECT_EQ(CodeOf(first.Settle()), Code::kRelayForeign);
  EXPECT_EQ(first.status().phase, Phase::kStopped);
}

TEST_F(SyncLoopTest, AWipedRelayIsToldSo) {
  first.SetRelay(relay.Invite());
  first.Write("known to both");
  ASSERT_TRUE(first.Settle());
  relay.Stop();
  relay.Wipe();
  relay.Start();
  // The first call may still meet the connection that broke.
  EXPECT_TRUE(Eventually([&] { return CodeOf(first.Settle()) == Code::kRelayWiped; }));
  EXPECT_EQ(first.count(), 1u);
  // A new invite sends everything again.
  first.SetRelay(relay.Invite());
  EXPECT_TRUE(first.Settle());
}

TEST_F(BentRelayTest, SettleAsksTheRelayAnew) {
  const int hellos = bent.calls("Hello");
  const int pulls = bent.calls("Pull");
  ASSERT_TRUE(first.Settle());
  EXPECT_GT(bent.calls("Hello"), hellos);
  EXPECT_GT(bent.calls("Pull"), pulls);
}

TEST_F(BentRelayTest, SettleTellsAProblemOfThisRoundOnly) {
  bent.Refuse("Hello", grpc::Status(grpc::StatusCode::UNAVAILABLE, ""));
  EXPECT_EQ(CodeOf(first.Settle()), Code::kRelayUnreachable);
  bent.Refuse("Hello", grpc::Status::OK);
  EXPECT_TRUE(first.Settle());
  bent.Refuse("Push", BentRelay::Refusal(v1::RelayError::STORAGE_LOW));
  first.Write("too much for it");
  EXPECT_EQ(CodeOf(first.Settle()), Code::kRelayStorageLow);
}

TEST_F(BentRelayTest, SettleEndsWhenTheCallerDoesOrTheTimeIsOver) {
  bent.Hold("Hello");
  EXPECT_EQ(CodeOf(first.open()->loops.own().Settle({}, [&](const SyncStatus&) { return bent.held() == 0; })),
            Code::kCancelled);
  EXPECT_EQ(CodeOf(first.open()->loops.own().Settle(milliseconds(1), [](const SyncStatus&) { return true; })),
            Code::kRelayUnreachable);
}

// A call that hangs must not make a person wait for its end.
TEST_F(BentRelayTest, APersonsWishEndsACallThatHangs) {
  bent.Hold("Push");
  first.Write("held");
  ASSERT_TRUE(Eventually([&] { return bent.held() == 1; }));
  bent.HoldNoMore();
  EXPECT_TRUE(first.Settle());
  EXPECT_EQ(first.status().waiting, 0u);
}

TEST_F(BentRelayTest, LockingEndsACallThatHangs) {
  bent.Hold("Push");
  first.Write("held");
  ASSERT_TRUE(Eventually([&] { return bent.held() == 1; }));
  first.session->Lock();
  EXPECT_EQ(first.session->vault(), Session::Vault::kLocked);
  bent.Release();
  ASSERT_TRUE(first.session->Unlock(kPassphrase));
  EXPECT_TRUE(first.Settle());
}

// An answer of the relay from before must not be taken for one of the new.
TEST_F(BentRelayTest, AnAnswerOfTheFormerRelayIsNobodys) {
  TestRelay other;
  bent.Hold("Push");
  first.Write("for whoever is set");
  ASSERT_TRUE(Eventually([&] { return bent.held() == 1; }));
  first.SetRelay(other.Invite());
  bent.Release();
  EXPECT_TRUE(Becomes(first, Phase::kLive));
  EXPECT_EQ(first.status().waiting, 0u);
}

TEST_F(BentRelayTest, AStreamThatEndsIsOpenedAgain) {
  bent.CutStreams();
  ASSERT_TRUE(Becomes(first, [&] { return bent.calls("Subscribe") == 2 && bent.streams() == 1; }));
  EXPECT_TRUE(Becomes(first, Phase::kLive));
}

// A relay that takes everything but refuses the stream is not knocked at without end.
TEST_F(BentRelayTest, ARefusedStreamIsAskedForLessAndLess) {
  bent.Refuse("Subscribe", BentRelay::Refusal(v1::RelayError::TOO_MANY));
  const int before = bent.calls("Subscribe");
  const auto began = steady_clock::now();
  bent.CutStreams();
  ASSERT_TRUE(Becomes(first, [&] { return bent.calls("Subscribe") == before + 3; }));
  // At least 80% of 500, 1,000 and 2,000 ms lie between.
  EXPECT_GE(steady_clock::now() - began, milliseconds(2'800));
}

TEST_F(BentRelayTest, FailuresAfterAGoodHelloAreFarAndFartherApart) {
  bent.Refuse("Push", BentRelay::Refusal(v1::RelayError::STORAGE_LOW));
  const int before = bent.calls("Push");
  const auto began = steady_clock::now();
  first.Write("too much for it");
  ASSERT_TRUE(Becomes(first, [&] { return bent.calls("Push") == before + 3; }));
  EXPECT_GE(steady_clock::now() - began, milliseconds(1'200));
}

TEST_F(BentRelayTest, ManyThreadsAtOnce) {
  std::vector<std::future<void>> all;
  for (int thread = 0; thread < 3; ++thread) {
    all.push_back(std::async(std::launch::async, [this, thread] {
      for (int i = 0; i < 20; ++i) {
        first.Write(std::to_string(thread) + " " + std::to_string(i));
        if (i % 7 == thread) first.open()->loops.own().Retry();
        if (i % 5 == 0) bent.CutStreams();
      }
    }));
  }
  for (auto& one : all) one.get();
  EXPECT_TRUE(first.Settle());
  EXPECT_EQ(first.count(), 60u);
  first.session->Lock();
}

}  // namespace
}  // namespace kith::app_test
