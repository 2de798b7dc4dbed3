// Linking over a real relay: the code's one attempt and its time, and either side going away at any moment.
#include <filesystem>

#include "app_fixture.h"
#include "client/app/link_flow.h"
#include "client/core/linking.h"

namespace kith::app_test {
namespace {

using std::chrono::milliseconds;

struct LinkTest : testing::Test {
  void SetUp() override {
    first.Init();
    first.SetRelay(relay.Invite());
  }
  size_t devices() {
    return first.open()->vault->With([](Journal& journal) { return journal.Devices().size(); });
  }

  TestRelay relay;
  Device first;
  Device second;
};

std::string WrongWords(const std::string& code) { return code.substr(0, code.find('-')) + "-zoo-zoo-zoo"; }

TEST_F(LinkTest, TheNewDeviceGetsEverything) {
  const EntryId entry = first.Write("before");
  Link(first, second);
  EXPECT_TRUE(second.Settle());
  EXPECT_EQ(second.text_of(entry), "before");
  EXPECT_EQ(devices(), 2u);
  second.session->Lock();
  EXPECT_EQ(CodeOf(second.session->Unlock("a guess")), Code::kWrongPassphrase);
  EXPECT_TRUE(second.session->Unlock(kPassphrase));
}

TEST_F(LinkTest, ADeviceWithoutEntriesIsReplaced) {
  second.Init("before");
  Link(first, second);
  EXPECT_TRUE(second.Settle());
  EXPECT_EQ(devices(), 2u);
}

TEST_F(LinkTest, ADeviceWithEntriesIsRefusedBeforeAnythingIsAsked) {
  second.Init();
  const EntryId entry = second.Write("its own");
  EXPECT_EQ(
      CodeOf(JoinLink(*second.session, JoinBy("1-zoo-zoo-zoo", FormatRelayAddress({relay.address(), relay.key()})))),
      Code::kVaultNotEmpty);
  EXPECT_EQ(second.text_of(entry), "its own");
}

TEST_F(LinkTest, Adversary16AWrongCodeBurnsTheRightOne) {
  second.Init("before");
  HostingLink hosting(first);
  const std::string code = hosting.code();
  ASSERT_FALSE(code.empty());
  EXPECT_EQ(CodeOf(JoinLink(*second.session, JoinBy(WrongWords(code), hosting.relay()))), Code::kPairingFailed);
  EXPECT_EQ(CodeOf(hosting.Outcome()), Code::kPairingFailed);
  EXPECT_EQ(CodeOf(JoinLink(*second.session, JoinBy(code, hosting.relay()))), Code::kPairingGone);
  EXPECT_EQ(devices(), 1u);
  // The vault that a link would have replaced is still there.
  EXPECT_EQ(second.session->vault(), Session::Vault::kUnlocked);
}

// A relay that lies about attempts, and lets another answer in after a wrong one, gains nothing: the existing device
// takes one.
TEST_F(LinkTest, Adversary16TheExistingDeviceTakesOneAnswerOnly) {
  const PairingContext context{.mode = PairingMode::kLink, .relay_key = relay.key(), .nameplate = 12};
  LinkHost host(context, "cabin-lunar-oak");
  LinkGuest wrong(context, "zoo-zoo-zoo", "x");
  LinkGuest right(context, "cabin-lunar-oak", "x");
  const Bytes bad = wrong.Respond(host.first_message()).value();
  const Bytes good = right.Respond(host.first_message()).value();
  first.open()->vault->With([&](Journal& journal) {
    EXPECT_EQ(CodeOf(host.OnAnswer(journal.state(), bad)), Code::kPairingFailed);
    EXPECT_EQ(CodeOf(host.OnAnswer(journal.state(), good)), Code::kPairingFailed);
  });
}

TEST_F(LinkTest, Adversary16TwinTheRightAnswerIsTakenWhereItIsTheFirst) {
  const PairingContext context{.mode = PairingMode::kLink, .relay_key = relay.key(), .nameplate = 12};
  LinkHost host(context, "cabin-lunar-oak");
  LinkGuest right(context, "cabin-lunar-oak", "x");
  const Bytes good = right.Respond(host.first_message()).value();
  first.open()->vault->With([&](Journal& journal) {
    EXPECT_TRUE(host.OnAnswer(journal.state(), good));
    EXPECT_EQ(CodeOf(host.OnAnswer(journal.state(), good)), Code::kPairingFailed);
  });
}

TEST_F(LinkTest, ACodeServesOnce) {
  HostingLink hosting(first);
  const std::string code = hosting.code();
  ASSERT_TRUE(JoinLink(*second.session, JoinBy(code, hosting.relay())));
  ASSERT_TRUE(hosting.Outcome());
  Device third;
  EXPECT_EQ(CodeOf(JoinLink(*third.session, JoinBy(code, hosting.relay()))), Code::kPairingGone);
  EXPECT_EQ(third.session->vault(), Session::Vault::kNone);
}

TEST_F(LinkTest, TheExistingDeviceEndsACodeWhoseTimeIsOver) {
  HostingLink hosting(first, {.life = milliseconds(1), .decide = {}});
  EXPECT_EQ(CodeOf(hosting.Outcome()), Code::kPairingGone);
  EXPECT_EQ(devices(), 1u);
}

// The time runs also while a person thinks about it.
TEST_F(LinkTest, AnAnswerThatComesTooLateAddsNothing) {
  HostingLink hosting(
      first, {.life = milliseconds(2'000), .decide = [](const std::string& asking, const std::function<bool()>& over) {
                EXPECT_TRUE(Eventually(over));
                return Result<std::string>(asking);
              }});
  EXPECT_EQ(CodeOf(JoinLink(*second.session, hosting.Join())), Code::kPairingGone);
  EXPECT_EQ(CodeOf(hosting.Outcome()), Code::kPairingGone);
  EXPECT_EQ(devices(), 1u);
  EXPECT_EQ(second.session->vault(), Session::Vault::kNone);
}

TEST_F(LinkTest, TheNewDeviceGoingAwayWhileAPersonDecidesAddsNothing) {
  std::atomic<bool> asked{false};
  HostingLink hosting(first,
                      {.life = kCodeLife, .decide = [&](const std::string& asking, const std::function<bool()>& over) {
                         asked = true;
                         EXPECT_TRUE(Eventually(over));
                         return Result<std::string>(asking);
                       }});
  LinkJoinOptions options = hosting.Join();
  options.cancelled = [&] { return asked.load(); };
  EXPECT_EQ(CodeOf(JoinLink(*second.session, options)), Code::kCancelled);
  EXPECT_EQ(CodeOf(hosting.Outcome()), Code::kPairingGone);
  EXPECT_EQ(devices(), 1u);
}

TEST_F(LinkTest, ADeviceThatIsTurnedAwayGetsNothing) {
  HostingLink hosting(first, {.life = kCodeLife, .decide = [](const std::string&, const std::function<bool()>&) {
                                return Result<std::string>(Fail(Code::kCancelled));
                              }});
  EXPECT_EQ(CodeOf(JoinLink(*second.session, hosting.Join())), Code::kPairingGone);
  EXPECT_EQ(CodeOf(hosting.Outcome()), Code::kCancelled);
  EXPECT_EQ(devices(), 1u);
  EXPECT_EQ(second.session->vault(), Session::Vault::kNone);
}

TEST_F(LinkTest, APersonsGoingAwayTakesTheCodeBack) {
  HostingLink hosting(first);
  const std::string code = hosting.code();
  hosting.Cancel();
  EXPECT_EQ(CodeOf(hosting.Outcome()), Code::kCancelled);
  EXPECT_EQ(CodeOf(JoinLink(*second.session, JoinBy(code, hosting.relay()))), Code::kPairingGone);
}

TEST_F(LinkTest, LockingTakesTheCodeBack) {
  HostingLink hosting(first);
  ASSERT_FALSE(hosting.code().empty());
  first.session->Lock();
  EXPECT_EQ(CodeOf(hosting.Outcome()), Code::kCancelled);
}

// The new device could not keep what it was given: the existing one must not call it linked.
TEST_F(LinkTest, ANewDeviceThatKeptNothingIsNotCalledLinked) {
  HostingLink hosting(first,
                      {.life = kCodeLife, .decide = [&](const std::string& asking, const std::function<bool()>&) {
                         // Something stands in the way of its vault by the time it gets its keys.
                         std::filesystem::create_directories(second.paths.vault_dir + "/in the way");
                         return Result<std::string>(asking);
                       }});
  EXPECT_EQ(CodeOf(JoinLink(*second.session, hosting.Join())), Code::kVaultExists);
  const auto outcome = hosting.Outcome();
  ASSERT_EQ(CodeOf(outcome), Code::kPairingGone);
  EXPECT_NE(outcome.error().message.find("may not have kept its keys"), std::string::npos);
  EXPECT_EQ(devices(), 2u);
  EXPECT_EQ(second.session->vault(), Session::Vault::kNone);
}

TEST_F(LinkTest, NamesAreOneShortLine) {
  EXPECT_TRUE(CheckDeviceName("Zoë's laptop"));
  EXPECT_EQ(CodeOf(CheckDeviceName("")), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(CheckDeviceName("two\nlines")), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(CheckDeviceName("\xff")), Code::kNotUtf8);
  EXPECT_EQ(CodeOf(CheckDeviceName(std::string(101, 'x'))), Code::kTooLarge);
}

TEST_F(LinkTest, WhatIsWrongIsSaid) {
  const std::string address = FormatRelayAddress({relay.address(), relay.key()});
  EXPECT_EQ(CodeOf(JoinLink(*second.session, JoinBy("not a code", address))), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(JoinLink(*second.session, JoinBy("1-zoo-zoo-zoo", address))), Code::kPairingGone);
  TestRelay other;
  EXPECT_EQ(
      CodeOf(JoinLink(*second.session, JoinBy("1-zoo-zoo-zoo", FormatRelayAddress({other.address(), relay.key()})))),
      Code::kRelayForeign);
  relay.Stop();
  EXPECT_EQ(CodeOf(JoinLink(*second.session, JoinBy("1-zoo-zoo-zoo", address))), Code::kRelayUnreachable);
  HostingLink hosting(first);
  EXPECT_EQ(CodeOf(hosting.Outcome()), Code::kRelayUnreachable);
  Device alone;
  alone.Init();
  HostingLink lonely(alone);
  EXPECT_EQ(CodeOf(lonely.Outcome()), Code::kNoRelay);
}

}  // namespace
}  // namespace kith::app_test
