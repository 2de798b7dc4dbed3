// Meeting a friend over a real relay, and what a person can do with a friendship.
#include "bent_relay.h"
#include "client/app/friend_flow.h"
#include "friend_fixture.h"

namespace kith::app_test {
namespace {

struct MeetingTest : FriendFixture {
  void SetUp() override {
    Init(agent, "desk");
    SetRelay(agent, relay);
    Init(mia, "her desk");
  }
  std::string address() const { return FormatRelayAddress({relay.address(), relay.key()}); }
  TestRelay relay;
};

std::string WrongWords(const std::string& code) { return code.substr(0, code.find('-')) + "-zoo-zoo-zoo"; }

TEST_F(MeetingTest, TwoPeopleMeetByACode) {
  Meet(agent, "Mia", mia, "Ada");
  const auto of_ada = Friends(agent);
  ASSERT_EQ(of_ada.size(), 1u);
  EXPECT_EQ(of_ada[0].label(), "Mia");
  EXPECT_EQ(of_ada[0].state(), v1::FriendInfo::ACTIVE);
  EXPECT_EQ(of_ada[0].relay(), address());
  EXPECT_FALSE(of_ada[0].verified());
  // Mia has no relay of her own: the friendship is kept in step all the same.
  const auto of_mia = Friends(mia);
  ASSERT_EQ(of_mia.size(), 1u);
  EXPECT_EQ(of_mia[0].label(), "Ada");
  EXPECT_TRUE(Eventually([&] { return Friends(mia)[0].sync() == v1::SYNC_LIVE; }));
  EXPECT_EQ(Sync(mia), "OK");
  EXPECT_EQ(Status(mia).friends_size(), 1);
  EXPECT_EQ(Status(mia).held(), 0u);
  EXPECT_EQ(Status(mia).shared_entries(), 0u);
  LockOf(mia);
  EXPECT_EQ(Status(mia).friends_size(), 0);
}

TEST_F(MeetingTest, AWrongCodeBurnsTheRightOne) {
  Showing showing(agent, "Mia");
  ASSERT_TRUE(showing.began());
  EXPECT_EQ(Join(mia, WrongWords(showing.code()), showing.relay(), "Ada"), "PAIRING_FAILED");
  EXPECT_EQ(Ended(showing.Finish()), "PAIRING_FAILED");
  EXPECT_EQ(Join(mia, showing.code(), showing.relay(), "Ada"), "PAIRING_GONE");
  EXPECT_TRUE(Friends(agent).empty());
  EXPECT_TRUE(Friends(mia).empty());
}

TEST_F(MeetingTest, ACodeServesOnceAndOneIsShownAtATime) {
  Showing showing(agent, "Mia");
  ASSERT_TRUE(showing.began());
  Showing second(agent, "Zoe");
  ASSERT_FALSE(second.began());
  EXPECT_EQ(Ended(second.Finish()), "RELAY_BUSY");
  ASSERT_EQ(Join(mia, showing.code(), showing.relay(), "Ada"), "OK");
  EXPECT_EQ(Ended(showing.Finish()), "OK");
  Agent zoe;
  Init(zoe, "phone");
  EXPECT_EQ(Join(zoe, showing.code(), showing.relay(), "Ada"), "PAIRING_GONE");
}

TEST_F(MeetingTest, GoingAwayTakesTheCodeBack) {
  Showing first(agent, "Mia");
  ASSERT_TRUE(first.began());
  first.Cancel();
  EXPECT_EQ(first.Finish().error_code(), grpc::StatusCode::CANCELLED);
  // Another one can be shown once it is taken back.
  std::unique_ptr<Showing> second;
  ASSERT_TRUE(Eventually([&] {
    second = std::make_unique<Showing>(agent, "Mia");
    return second->began();
  }));
  EXPECT_EQ(Join(mia, first.code(), first.relay(), "Ada"), "PAIRING_GONE");
  LockOf(agent);
  EXPECT_EQ(Ended(second->Finish()), "CANCELLED");
  EXPECT_EQ(Join(mia, second->code(), second->relay(), "Ada"), "PAIRING_GONE");
  UnlockOf(agent);
  EXPECT_TRUE(Friends(agent).empty());
  EXPECT_TRUE(Friends(mia).empty());
}

TEST_F(MeetingTest, ACodeEndsWhenItsTimeIsOver) {
  const auto unlocked = agent.device.open();
  const auto met = HostFriend(*unlocked, {.label = "Mia",
                                          .show = [](const std::string&, const std::string&) { return Result<>(); },
                                          .cancelled = [] { return false; },
                                          .life = std::chrono::milliseconds(1)});
  EXPECT_EQ(CodeOf(met), Code::kPairingGone);
  EXPECT_TRUE(Friends(agent).empty());
}

// The guest goes away once it has asked: its friend was accepted, but has no key yet.
TEST_F(MeetingTest, AGuestThatGoesAwayBeforeItsKeysLeavesNoFriend) {
  BentRelay bent(relay.address());
  Agent zoe;
  Init(zoe, "phone");
  zoe.device.SetRelay(relay.Invite(bent.address()));
  ASSERT_EQ(Sync(zoe), "OK");
  bent.Hold("CreateMailbox");
  Showing showing(zoe, "Mia");
  ASSERT_TRUE(showing.began());
  grpc::ClientContext context;
  v1::FriendJoinRequest request;
  request.set_code(showing.code());
  request.set_relay(showing.relay());
  request.set_label("Zoe");
  auto joined = std::async(std::launch::async, [&] {
    v1::FriendInfo info;
    return mia.stub->FriendJoin(&context, request, &info).error_code();
  });
  ASSERT_TRUE(Eventually([&] { return bent.calls("CreateMailbox") == 2; }));
  context.TryCancel();
  EXPECT_EQ(joined.get(), grpc::StatusCode::CANCELLED);
  ASSERT_TRUE(Eventually([&] { return bent.pairings() == 0; }));
  bent.Release();
  EXPECT_EQ(Ended(showing.Finish()), "PAIRING_GONE");
  EXPECT_TRUE(Friends(zoe).empty());
  EXPECT_TRUE(Friends(mia).empty());
}

TEST_F(MeetingTest, WhatIsWrongIsSaid) {
  EXPECT_EQ(Join(mia, "not a code", address(), "Ada"), "INVALID_ARGUMENT");
  EXPECT_EQ(Join(mia, "1-zoo-zoo-zoo", "nowhere", "Ada"), "INVALID_ARGUMENT");
  EXPECT_EQ(Join(mia, "1-zoo-zoo-zoo", address(), ""), "INVALID_ARGUMENT");
  EXPECT_EQ(Join(mia, "1-zoo-zoo-zoo", address(), std::string(101, 'x')), "TOO_LARGE");
  EXPECT_EQ(Join(mia, "1-zoo-zoo-zoo", address(), "Ada"), "PAIRING_GONE");
  TestRelay other;
  EXPECT_EQ(Join(mia, "1-zoo-zoo-zoo", FormatRelayAddress({other.address(), relay.key()}), "Ada"), "RELAY_FOREIGN");
  other.Stop();
  EXPECT_EQ(Join(mia, "1-zoo-zoo-zoo", FormatRelayAddress({other.address(), other.key()}), "Ada"), "RELAY_UNREACHABLE");
  Showing alone(mia, "Ada");
  ASSERT_FALSE(alone.began());
  EXPECT_EQ(Ended(alone.Finish()), "NO_RELAY");
  Meet(agent, "Mia", mia, "Ada");
  Showing again(agent, "mia");
  ASSERT_FALSE(again.began());
  EXPECT_EQ(Ended(again.Finish()), "INVALID_ARGUMENT");
}

// Nobody is their own friend, nor one twice.
TEST_F(MeetingTest, OneselfAndAFriendAreNotMetAnew) {
  Agent second;
  LinkDevice(agent, second);
  {
    Showing showing(agent, "Myself");
    ASSERT_TRUE(showing.began());
    EXPECT_EQ(Join(second, showing.code(), showing.relay(), "Myself"), "INVALID_ARGUMENT");
    EXPECT_EQ(Ended(showing.Finish()), "PAIRING_GONE");
  }
  Meet(agent, "Mia", mia, "Ada");
  Showing showing(agent, "Mia again");
  ASSERT_TRUE(showing.began());
  EXPECT_EQ(Join(mia, showing.code(), showing.relay(), "Ada again"), "INVALID_ARGUMENT");
  EXPECT_EQ(Ended(showing.Finish()), "PAIRING_GONE");
  EXPECT_EQ(Friends(agent).size(), 1u);
}

TEST_F(FriendTest, NamesAreOnesOwnAndUnderstoodInAnyCase) {
  v1::FriendRenameRequest request;
  request.set_friend_("mia");
  request.set_label("Mia B.");
  v1::FriendInfo info;
  ASSERT_EQ(Call(agent, &Stub::FriendRename, request, &info), "OK");
  EXPECT_EQ(info.label(), "Mia B.");
  EXPECT_EQ(Friends(agent)[0].label(), "Mia B.");
  EXPECT_EQ(Friends(mia)[0].label(), "Ada");
  request.set_friend_("mia b.");
  request.set_label("MIA B.");
  EXPECT_EQ(Call(agent, &Stub::FriendRename, request, &info), "OK");
  EXPECT_EQ(Call(agent, &Stub::FriendRename, v1::FriendRenameRequest(), &info), "NOT_FOUND");
  request.set_label("two\nlines");
  EXPECT_EQ(Call(agent, &Stub::FriendRename, request, &info), "INVALID_ARGUMENT");
}

TEST_F(FriendTest, BothReadTheSameSafetyNumber) {
  v1::FriendVerifyRequest request;
  v1::FriendVerifyReply of_ada;
  v1::FriendVerifyReply of_mia;
  request.set_friend_("Mia");
  ASSERT_EQ(Call(agent, &Stub::FriendVerify, request, &of_ada), "OK");
  EXPECT_FALSE(of_ada.verified());
  request.set_friend_("Ada");
  request.set_compared(true);
  ASSERT_EQ(Call(mia, &Stub::FriendVerify, request, &of_mia), "OK");
  EXPECT_TRUE(of_mia.verified());
  EXPECT_EQ(of_ada.safety_number(), of_mia.safety_number());
  EXPECT_EQ(of_ada.safety_number().size(), 60u + 11u);
  EXPECT_TRUE(Friends(mia)[0].verified());
  EXPECT_FALSE(Friends(agent)[0].verified());
  request.set_friend_("nobody");
  EXPECT_EQ(Call(mia, &Stub::FriendVerify, request, &of_mia), "NOT_FOUND");
}

TEST_F(FriendTest, RestingFetchesAndSendsNothingUntilItEnds) {
  v1::FriendInfo info;
  ASSERT_EQ(Rest(mia, "Ada", false, &info), "OK");
  EXPECT_EQ(info.state(), v1::FriendInfo::RESTING);
  EXPECT_EQ(info.sync(), v1::SYNC_OFF);
  Share(agent, ShareNow(Write("while you rest"), "Mia"));
  ASSERT_EQ(Sync(agent), "OK");
  ASSERT_EQ(Sync(mia), "OK");
  EXPECT_TRUE(Inbox(mia).empty());
  ASSERT_EQ(Rest(mia, "Ada", true, &info), "OK");
  EXPECT_EQ(info.state(), v1::FriendInfo::ACTIVE);
  EXPECT_TRUE(InboxBecomes(mia, 1));
  EXPECT_EQ(Rest(mia, "nobody", true, &info), "NOT_FOUND");
}

// Another device of the same person learns it, and ends its part too.
TEST_F(FriendTest, LeavingTakesBackWhatWasSharedOnEveryDevice) {
  Agent second;
  LinkDevice(agent, second);
  ASSERT_TRUE(Eventually([&] { return Friends(second).size() == 1 && Friends(second)[0].sync() == v1::SYNC_LIVE; }));
  Share(agent, ShareNow(Write("for a while"), "Mia"));
  ASSERT_TRUE(InboxBecomes(mia, 1));
  uint64_t taken_back = 0;
  ASSERT_EQ(Leave(agent, "Mia", &taken_back), "OK");
  EXPECT_EQ(taken_back, 1u);
  EXPECT_TRUE(Friends(agent).empty());
  EXPECT_TRUE(InboxBecomes(mia, 0));
  EXPECT_TRUE(Eventually([&] { return Friends(second).empty(); }));
  EXPECT_EQ(Leave(agent, "Mia", &taken_back), "NOT_FOUND");
  // Nothing of it is left to do: its loop has ended, and the rest goes on.
  EXPECT_EQ(Sync(agent), "OK");
  EXPECT_EQ(Sync(mia), "OK");
}

// A vault with a friend is not replaced by a link, even without a relay or an entry.
TEST_F(MeetingTest, AJournalWithAFriendIsNotEmpty) {
  Meet(agent, "Mia", mia, "Ada");
  EXPECT_EQ(CodeOf(mia.device.session->CheckReplaceable()), Code::kVaultNotEmpty);
}

struct TwoRelaysTest : FriendFixture {
  void SetUp() override {
    Init(agent, "desk");
    SetRelay(agent, of_ada);
    Init(mia, "her desk");
    SetRelay(mia, of_mia);
    Meet(agent, "Mia", mia, "Ada");
  }
  TestRelay of_ada;
  TestRelay of_mia;
};

TEST_F(TwoRelaysTest, AFriendsRelayThatIsAwayFailsNobodysOwnSync) {
  Agent second;
  LinkDevice(mia, second);
  ASSERT_TRUE(Eventually([&] { return Friends(second).size() == 1; }));
  Share(agent, ShareNow(Write("across"), "Mia"));
  EXPECT_TRUE(InboxBecomes(mia, 1));
  EXPECT_TRUE(InboxBecomes(second, 1));

  of_ada.Stop();
  v1::SyncProgress last;
  ASSERT_EQ(Sync(mia, &last, 0), "OK");
  ASSERT_EQ(last.not_in_step_size(), 1);
  EXPECT_EQ(last.not_in_step(0).label(), "Ada");
  EXPECT_EQ(last.not_in_step(0).problem_code(), "RELAY_UNREACHABLE");
  const v1::StatusReply status = Status(mia);
  EXPECT_EQ(status.sync(), v1::SYNC_LIVE);
  ASSERT_EQ(status.friends_size(), 1);
  EXPECT_EQ(status.friends(0).sync(), v1::SYNC_WAITING);
  EXPECT_EQ(status.friends(0).problem_code(), "RELAY_UNREACHABLE");
  // Her own words go on between her devices.
  v1::WriteRequest write;
  write.set_text("mine");
  v1::EntrySummary written;
  ASSERT_EQ(Call(mia, &Stub::Write, write, &written), "OK");
  EXPECT_TRUE(Eventually([&] { return Status(second).entries() == 1; }));
  // And the other way round it is her own sync that fails.
  EXPECT_EQ(Sync(agent, nullptr, 0), "RELAY_UNREACHABLE");

  of_ada.Start();
  ASSERT_EQ(Sync(mia, &last), "OK");
  EXPECT_EQ(last.not_in_step_size(), 0);
  Share(agent, ShareNow(Write("again"), "Mia"));
  EXPECT_TRUE(InboxBecomes(second, 2));
}

}  // namespace
}  // namespace kith::app_test
