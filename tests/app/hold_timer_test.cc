// The timer of holds, proven by an agent of its own process for which a minute lasts a second.
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "friend_fixture.h"

#ifdef KITH_AGENT_BINARY  // not in sanitized builds, whose runtime has to be loaded before the false clock

namespace kith::app_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// The real program under libfaketime: the wall clock runs sixty times as fast, all waiting for the network as ever.
class FastAgent {
 public:
  FastAgent() {
    const std::string home = "KITH_HOME=" + (folder_ / "home");
    std::vector<std::string> words = {
        "setpriv", "--pdeathsig", "KILL", "env", home, "FAKETIME=+0 x60", "FAKETIME_DONT_FAKE_MONOTONIC=1",
        // Not by the program `faketime`: it fails where one that was killed left a semaphore of the same process id.
        "LD_PRELOAD=/usr/$LIB/faketime/libfaketimeMT.so.1", KITH_AGENT_BINARY};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    if (posix_spawnp(&pid_, "setpriv", nullptr, nullptr, arguments.data(), environ) != 0) pid_ = -1;
    stub = v1::Agent::NewStub(
        grpc::CreateChannel("unix:" + (folder_ / "home/agent.sock"), grpc::InsecureChannelCredentials()));
  }
  ~FastAgent() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  bool Answers() {
    return Eventually([this] {
      grpc::ClientContext context;
      context.set_wait_for_ready(true);
      context.set_deadline(gpr_time_from_seconds(1, GPR_TIMESPAN));
      v1::StatusReply reply;
      return stub->Status(&context, v1::StatusRequest(), &reply).ok();
    });
  }

 private:
  ScratchFolder folder_;
  pid_t pid_ = -1;

 public:
  std::unique_ptr<v1::Agent::Stub> stub;
};

struct HoldTimerTest : FriendFixture {
  void SetUp() override {
    Init(mia, "her desk");
    SetRelay(mia, relay);
    ASSERT_TRUE(ada.Answers());
    v1::InitRequest init;
    init.set_passphrase(kPassphrase);
    init.set_device_label("desk");
    init.set_kdf_memory_mib(kCheapKdf);
    v1::InitReply phrase;
    ASSERT_EQ(Ask(&Stub::Init, init, &phrase), "OK");
    Showing showing(mia, "Ada");
    ASSERT_TRUE(showing.began());
    v1::FriendJoinRequest join;
    join.set_code(showing.code());
    join.set_relay(showing.relay());
    join.set_label("Mia");
    v1::FriendInfo info;
    ASSERT_EQ(Ask(&Stub::FriendJoin, join, &info), "OK");
    ASSERT_EQ(Ended(showing.Finish()), "OK");
    v1::WriteRequest write;
    write.set_text("in its time");
    ASSERT_EQ(Ask(&Stub::Write, write, &entry), "OK");
  }
  template <class Request, class Reply>
  std::string Ask(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*), const Request& request,
                  Reply* reply) {
    grpc::ClientContext context;
    return Ended((ada.stub.get()->*method)(&context, request, reply));
  }
  v1::ShareReply ShareHeld(uint32_t seconds) {
    v1::ShareRequest request = ShareOf(entry, "Mia");
    request.set_hold_seconds(seconds);
    v1::ShareReply reply;
    EXPECT_EQ(Ask(&Stub::Share, request, &reply), "OK");
    return reply;
  }
  v1::OutboxListReply Outbox() {
    v1::OutboxListReply outbox;
    EXPECT_EQ(Ask(&Stub::OutboxList, v1::OutboxListRequest(), &outbox), "OK");
    return outbox;
  }

  TestRelay relay;
  FastAgent ada;
  v1::EntrySummary entry;
};

TEST_F(HoldTimerTest, WhatIsHeldLeavesByItselfInItsTimeAndNotBefore) {
  const auto began = steady_clock::now();
  ASSERT_NE(ShareHeld(180).held(), 0u);
  ASSERT_TRUE(InboxBecomes(mia, 1));
  EXPECT_GE(steady_clock::now() - began, milliseconds(2'900));
  EXPECT_EQ(Outbox().items_size(), 0);
}

TEST_F(HoldTimerTest, WhatCameDueWhileLockedIsHeldAnew) {
  const v1::ShareReply shared = ShareHeld(180);
  v1::LockReply locked;
  ASSERT_EQ(Ask(&Stub::Lock, v1::LockRequest(), &locked), "OK");
  const auto due = steady_clock::now() + milliseconds(3'500);
  ASSERT_TRUE(Eventually([&] { return steady_clock::now() > due; }));
  v1::UnlockRequest unlock;
  unlock.set_passphrase(kPassphrase);
  v1::UnlockReply unlocked;
  ASSERT_EQ(Ask(&Stub::Unlock, unlock, &unlocked), "OK");
  const v1::OutboxListReply outbox = Outbox();
  ASSERT_EQ(outbox.items_size(), 1);
  EXPECT_EQ(outbox.items(0).number(), shared.held());
  EXPECT_GE(outbox.items(0).leaves(), shared.leaves() + 30'000);
  EXPECT_TRUE(Inbox(mia).empty());
  EXPECT_TRUE(InboxBecomes(mia, 1));
}

}  // namespace
}  // namespace kith::app_test

#endif
