// Shares among friends over a real relay: handing one over, asking for one, and what is kept meanwhile.
#include "bent_relay.h"
#include "client/app/recovery_flow.h"
#include "friend_fixture.h"

namespace kith::app_test {
namespace {

// Ada's trustees are Mia and Leo, both of them.
struct TrusteesTest : FriendFixture {
  // A trustee's side, until its end.
  class Releasing {
   public:
    explicit Releasing(Agent& trustee, const std::string& whose = "Ada") {
      v1::TrusteesReleaseRequest request;
      request.set_friend_(whose);
      reader_ = trustee.stub->TrusteesRelease(&context_, request);
      began_ = reader_->Read(&shown_);
    }
    bool began() const { return began_; }
    const std::string& code() const { return shown_.code(); }
    const std::string& relay() const { return shown_.relay(); }
    void Cancel() { context_.TryCancel(); }
    std::string Finish() {
      while (reader_->Read(&last_)) {
      }
      return Ended(reader_->Finish());
    }
    v1::TrusteesReleaseProgress::Outcome outcome() const { return last_.outcome(); }

   private:
    grpc::ClientContext context_;
    std::unique_ptr<grpc::ClientReader<v1::TrusteesReleaseProgress>> reader_;
    v1::TrusteesReleaseProgress shown_;
    v1::TrusteesReleaseProgress last_;
    bool began_ = false;
  };

  void SetUp() override {
    Init(agent, "desk");
    SetRelay(agent, relay);
    entry = Write("before the fire").id();
    for (Agent* trustee : {&mia, &leo}) {
      Init(*trustee, "a desk");
      Meet(agent, trustee == &mia ? "Mia" : "Leo", *trustee, "Ada");
    }
  }
  std::string Set(uint64_t delay_seconds = 0, uint32_t needed = 2) {
    v1::TrusteesSetRequest request;
    request.add_friends("Mia");
    request.add_friends("leo");
    request.set_needed(needed);
    request.set_delay_seconds(delay_seconds);
    v1::TrusteesReply reply;
    return Call(agent, &Stub::TrusteesSet, request, &reply);
  }
  static v1::TrusteesReply Trustees(Agent& of) {
    v1::TrusteesReply reply;
    EXPECT_EQ(Call(of, &Stub::Trustees, v1::TrusteesRequest(), &reply), "OK");
    return reply;
  }
  static v1::TrusteesHeldReply Held(Agent& of) {
    v1::TrusteesHeldReply reply;
    EXPECT_EQ(Call(of, &Stub::TrusteesHeld, v1::TrusteesHeldRequest(), &reply), "OK");
    return reply;
  }
  void Entrust(uint64_t delay_seconds = 0) {
    ASSERT_EQ(Set(delay_seconds), "OK");
    const auto taken = [](const v1::Trustee& trustee) { return trustee.sent() && trustee.taken(); };
    ASSERT_TRUE(Eventually([&] { return std::ranges::count_if(Trustees(agent).trustees(), taken) == 2; }));
  }
  static v1::RecoverAskRequest AskRequest() {
    v1::RecoverAskRequest request;
    request.set_passphrase(kPassphrase);
    request.set_kdf_memory_mib(kCheapKdf);
    return request;
  }
  static std::string Ask(Agent& of, const std::string& code, const std::string& at, v1::RecoverAskReply* reply) {
    v1::RecoverAskRequest request = AskRequest();
    request.set_code(code);
    request.set_relay(at);
    return Call(of, &Stub::RecoverAsk, request, reply);
  }
  v1::RecoverAskReply AskOf(Agent& trustee, v1::TrusteesReleaseProgress::Outcome outcome) {
    Releasing releasing(trustee);
    EXPECT_TRUE(releasing.began());
    v1::RecoverAskReply reply;
    EXPECT_EQ(Ask(bare, releasing.code(), releasing.relay(), &reply), "OK");
    EXPECT_EQ(releasing.Finish(), "OK");
    EXPECT_EQ(releasing.outcome(), outcome);
    return reply;
  }
  std::string Recover() {
    v1::RecoverRequest request;
    request.set_with_friends(true);
    request.set_passphrase(kPassphrase);
    request.set_device_label("restored");
    std::vector<v1::SyncProgress> progress;
    return Stream(bare, &Stub::Recover, request, &progress);
  }

  TestRelay relay;
  Agent leo;
  Agent bare;
  std::string entry;
};

// Neither has a relay of their own: the circle's is enough.
TEST_F(TrusteesTest, TwoFriendsBringTheJournalBack) {
  Entrust();
  EXPECT_EQ(Held(mia).shares(0).friend_(), "Ada");
  EXPECT_EQ(Held(mia).shares(0).needed(), 2u);
  agent.device.session->Lock();
  EXPECT_EQ(AskOf(mia, v1::TrusteesReleaseProgress::RELEASED).problem_code(), "SHARES_TOO_FEW");
  EXPECT_TRUE(Status(bare).gathering());
  EXPECT_EQ(Recover(), "SHARES_TOO_FEW");
  const v1::RecoverAskReply enough = AskOf(leo, v1::TrusteesReleaseProgress::RELEASED);
  EXPECT_TRUE(enough.ready());
  EXPECT_EQ(enough.gathered(), 2u);
  ASSERT_EQ(Recover(), "OK");
  v1::EntryRequest request;
  request.set_entry(entry);
  v1::Entry shown;
  ASSERT_EQ(Call(bare, &Stub::Show, request, &shown), "OK");
  EXPECT_EQ(shown.text(), "before the fire");
  EXPECT_FALSE(Status(bare).gathering());
  EXPECT_EQ(Friends(bare).size(), 2u);
  // The passphrase of the gathering is the vault's.
  LockOf(bare);
  UnlockOf(bare);
}

TEST_F(TrusteesTest, WhoWasAskedIsToldAndMayBeVetoed) {
  Entrust(3'600);
  EXPECT_EQ(Status(agent).claims_size(), 0);
  const v1::RecoverAskReply waits = AskOf(mia, v1::TrusteesReleaseProgress::WAITS);
  EXPECT_EQ(waits.problem_code(), "TRUSTEES_DELAY");
  EXPECT_GT(waits.due(), 3'600'000u);
  EXPECT_EQ(waits.gathered(), 0u);
  ASSERT_TRUE(Eventually([&] { return Status(agent).claims_size() == 1; }));
  EXPECT_EQ(Status(agent).claims(0).friend_(), "Mia");
  EXPECT_EQ(Status(agent).claims(0).due(), waits.due());
  EXPECT_EQ(Held(mia).claims_size(), 1);
  // The same claim, the same day.
  EXPECT_EQ(AskOf(mia, v1::TrusteesReleaseProgress::WAITS).due(), waits.due());
  v1::TrusteesVetoReply vetoed;
  ASSERT_EQ(Call(agent, &Stub::TrusteesVeto, v1::TrusteesVetoRequest(), &vetoed), "OK");
  EXPECT_EQ(vetoed.vetoed(), 1u);
  EXPECT_EQ(Status(agent).claims_size(), 0);
  EXPECT_TRUE(Trustees(agent).claims(0).vetoed());
  EXPECT_EQ(Call(agent, &Stub::TrusteesVeto, v1::TrusteesVetoRequest(), &vetoed), "NOT_FOUND");
  ASSERT_EQ(Sync(agent), "OK");
  EXPECT_EQ(AskOf(mia, v1::TrusteesReleaseProgress::VETOED).problem_code(), "VETOED");
  EXPECT_EQ(AskOf(leo, v1::TrusteesReleaseProgress::VETOED).problem_code(), "VETOED");
}

TEST_F(TrusteesTest, AWrongCodeBurnsTheRightOneAndNothingIsNoted) {
  Entrust();
  Releasing releasing(mia);
  ASSERT_TRUE(releasing.began());
  v1::RecoverAskReply reply;
  const std::string& code = releasing.code();
  EXPECT_EQ(Ask(bare, code.substr(0, code.find('-')) + "-zoo-zoo-zoo", releasing.relay(), &reply), "PAIRING_FAILED");
  EXPECT_EQ(releasing.Finish(), "PAIRING_FAILED");
  EXPECT_EQ(Ask(bare, code, releasing.relay(), &reply), "PAIRING_GONE");
  EXPECT_EQ(Held(mia).claims_size(), 0);
}

TEST_F(TrusteesTest, ACodeOfAnotherDialogIsNoneHere) {
  Entrust();
  Releasing releasing(mia);
  ASSERT_TRUE(releasing.began());
  EXPECT_EQ(Join(leo, releasing.code(), releasing.relay(), "Somebody"), "PAIRING_FAILED");
  EXPECT_EQ(releasing.Finish(), "PAIRING_FAILED");
  Showing showing(agent, "Zoe");
  ASSERT_TRUE(showing.began());
  v1::RecoverAskReply reply;
  EXPECT_EQ(Ask(bare, showing.code(), showing.relay(), &reply), "PAIRING_FAILED");
  EXPECT_EQ(Ended(showing.Finish()), "PAIRING_FAILED");
}

TEST_F(TrusteesTest, NothingIsReleasedThatAVetoCouldNotReach) {
  Entrust();
  v1::FriendInfo info;
  ASSERT_EQ(Rest(mia, "Ada", false, &info), "OK");
  Releasing resting(mia);
  EXPECT_FALSE(resting.began());
  EXPECT_EQ(resting.Finish(), "INVALID_ARGUMENT");
  ASSERT_EQ(Rest(mia, "Ada", true, &info), "OK");
  relay.Stop();
  Releasing away(mia);
  EXPECT_FALSE(away.began());
  EXPECT_EQ(away.Finish(), "RELAY_UNREACHABLE");
  v1::RecoverAskReply reply;
  EXPECT_EQ(Ask(bare, "1-cabin-lunar-oak", FormatRelayAddress({relay.address(), relay.key()}), &reply),
            "RELAY_UNREACHABLE");
}

TEST_F(TrusteesTest, AStoppedReleaseHandsOverNothingAndOneCodeIsShownAtATime) {
  Entrust();
  Releasing releasing(mia);
  ASSERT_TRUE(releasing.began());
  Releasing second(mia);
  EXPECT_FALSE(second.began());
  EXPECT_EQ(second.Finish(), "RELAY_BUSY");
  releasing.Cancel();
  v1::RecoverAskReply reply;
  // The relay may hear of it a moment later than whoever types the code.
  const std::string ended = Ask(bare, releasing.code(), releasing.relay(), &reply);
  EXPECT_TRUE(ended == "PAIRING_GONE" || ended == "PAIRING_FAILED") << ended;
  EXPECT_EQ(reply.gathered(), 0u);
  EXPECT_EQ(Held(mia).claims_size(), 0);
}

TEST_F(TrusteesTest, RefusalsOfASetChangeNothing) {
  EXPECT_EQ(Set(0, 1), "INVALID_ARGUMENT");
  EXPECT_EQ(Set(0, 3), "INVALID_ARGUMENT");
  EXPECT_EQ(Set(30ULL * 86'400 + 1), "INVALID_ARGUMENT");
  EXPECT_EQ(Set(~uint64_t{0}), "INVALID_ARGUMENT");
  EXPECT_EQ(Trustees(agent).needed(), 0u);
  v1::TrusteesEndReply ended;
  EXPECT_EQ(Call(agent, &Stub::TrusteesEnd, v1::TrusteesEndRequest(), &ended), "NOT_FOUND");
  Releasing releasing(mia);
  EXPECT_FALSE(releasing.began());
  EXPECT_EQ(releasing.Finish(), "NOT_FOUND");
  ASSERT_EQ(Set(30ULL * 86'400), "OK");
  EXPECT_EQ(Call(agent, &Stub::TrusteesEnd, v1::TrusteesEndRequest(), &ended), "OK");
  EXPECT_EQ(Trustees(agent).needed(), 0u);
}

// ---- What is kept while shares are gathered.

TEST_F(TrusteesTest, WhatIsGatheredIsSealedUnderThePassphrase) {
  Entrust();
  AskOf(mia, v1::TrusteesReleaseProgress::RELEASED);
  v1::RecoverAskRequest request = AskRequest();
  request.set_passphrase("another one");
  v1::RecoverAskReply reply;
  EXPECT_EQ(Call(bare, &Stub::RecoverAsk, request, &reply), "WRONG_PASSPHRASE");
  const std::string file = bare.device.session->Gathered().path();
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  request = AskRequest();
  ASSERT_EQ(Call(bare, &Stub::RecoverAsk, request, &reply), "OK");
  EXPECT_EQ(reply.gathered(), 1u);
  {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(-1, std::ios::end);
    const char last = static_cast<char>(bytes.get() ^ 1);
    bytes.seekp(-1, std::ios::end);
    bytes.put(last);
  }
  EXPECT_EQ(Call(bare, &Stub::RecoverAsk, request, &reply), "VAULT_DAMAGED");
  request.set_anew(true);
  ASSERT_EQ(Call(bare, &Stub::RecoverAsk, request, &reply), "OK");
  EXPECT_EQ(reply.gathered(), 0u);
}

TEST_F(TrusteesTest, AJournalThatIsThereIsNotAskedFor) {
  v1::RecoverAskReply reply;
  EXPECT_EQ(Call(agent, &Stub::RecoverAsk, AskRequest(), &reply), "VAULT_NOT_EMPTY");
  EXPECT_EQ(Recover(), "NOT_FOUND");
  v1::RecoverAskRequest empty = AskRequest();
  empty.clear_passphrase();
  EXPECT_EQ(Call(bare, &Stub::RecoverAsk, empty, &reply), "INVALID_ARGUMENT");
  EXPECT_FALSE(Status(bare).gathering());
}

// Whoever begins a journal there instead leaves nothing of it behind.
TEST_F(TrusteesTest, AnotherJournalEndsTheGathering) {
  v1::RecoverAskReply reply;
  ASSERT_EQ(Call(bare, &Stub::RecoverAsk, AskRequest(), &reply), "OK");
  EXPECT_TRUE(Status(bare).gathering());
  Init(bare, "begun anew");
  EXPECT_FALSE(Status(bare).gathering());
}

}  // namespace
}  // namespace kith::app_test
