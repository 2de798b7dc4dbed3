// trustees, recover --with-friends: what goes to the agent, and what is made of its answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "client/cli/exit_codes.h"
#include "tests/cli/command_line.h"

namespace kith {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

constexpr uint64_t kAsked = 1'795'000'000'000;
constexpr uint64_t kDay = 24ULL * 3600 * 1000;

v1::ShareClaim Claim(const std::string& whom) {
  v1::ShareClaim claim;
  claim.set_friend_(whom);
  claim.set_asked(kAsked);
  claim.set_due(kAsked + 3 * kDay);
  return claim;
}

class TrusteesTest : public CommandsTest {
 protected:
  // Two of Anna, Ben and Cleo.
  void Appoint() {
    agent_->trustees.set_needed(2);
    agent_->trustees.set_made(3);
    for (const char* name : {"Anna", "Ben", "Cleo"}) agent_->trustees.add_trustees()->set_friend_(name);
    agent_->trustees.mutable_trustees(0)->set_sent(true);
    agent_->trustees.mutable_trustees(0)->set_taken(true);
    agent_->trustees.mutable_trustees(1)->set_sent(true);
  }
};

TEST_F(TrusteesTest, SetHandsOverFriendsNumberAndDelay) {
  const Ran ran = Run({"trustees", "set", "Anna", "Ben", "Cleo", "--needed", "3", "--delay", "3d", "--yes"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(agent_->trustees_set.friends(), ElementsAre("Anna", "Ben", "Cleo"));
  EXPECT_EQ(agent_->trustees_set.needed(), 3u);
  EXPECT_EQ(agent_->trustees_set.delay_seconds(), 3u * 86'400);
  EXPECT_THAT(ran.err, HasSubstr("until 3 days after"));
  EXPECT_THAT(ran.err, HasSubstr("could take it over without you"));
  ASSERT_EQ(Run({"trustees", "set", "Anna", "Ben", "--yes"}).status, 0);
  EXPECT_EQ(agent_->trustees_set.needed(), 2u);
  EXPECT_EQ(agent_->trustees_set.delay_seconds(), 0u);
}

TEST_F(TrusteesTest, SetAsksFirstAndTakesOnlyATimeAsDelay) {
  const Ran unasked = Run({"trustees", "set", "Anna", "Ben"});
  EXPECT_EQ(unasked.status, static_cast<int>(Exit::kUsage));
  EXPECT_THAT(unasked.err, HasSubstr("--yes"));
  for (const char* delay : {"soon", "3", "d", "-1d", "3dd", "0d", "99999999999999999999d", "2000000000s"}) {
    const Ran ran = Run({"trustees", "set", "Anna", "Ben", "--yes", "--delay", delay});
    EXPECT_EQ(ran.status, static_cast<int>(Exit::kUsage)) << delay;
  }
  EXPECT_EQ(Run({"trustees", "set", "--yes"}).status, static_cast<int>(Exit::kUsage));
  EXPECT_EQ(agent_->trustees_set.friends_size(), 0);
}

TEST_F(TrusteesTest, EveryUnitOfADelayIsRead) {
  for (const auto& [text, seconds] : std::initializer_list<std::pair<const char*, uint64_t>>{
           {"90s", 90}, {"15m", 900}, {"2h", 7'200}, {"3d", 259'200}, {"1w", 604'800}, {"none", 0}}) {
    ASSERT_EQ(Run({"trustees", "set", "Anna", "Ben", "--yes", "--delay", text}).status, 0) << text;
    EXPECT_EQ(agent_->trustees_set.delay_seconds(), seconds) << text;
  }
}

TEST_F(TrusteesTest, TheLimitsStandInTheHelp) {
  const Ran ran = Run({"trustees", "set", "--help"});
  EXPECT_THAT(ran.out, HasSubstr("What this cannot do"));
  EXPECT_THAT(ran.out, HasSubstr("take the journal over without"));
}

TEST_F(TrusteesTest, ListTellsHowFarEachShareIsAndWhoWasAsked) {
  Appoint();
  agent_->trustees.mutable_trustees(2)->set_friend_("Cleo\033[2J");
  *agent_->trustees.add_claims() = Claim("Ben");
  const Ran ran = Run({"trustees", "list"});
  EXPECT_THAT(ran.out, HasSubstr("Any 2 of 3"));
  EXPECT_THAT(ran.out, HasSubstr("Anna  has it"));
  EXPECT_THAT(ran.out, HasSubstr("Ben  at the relay"));
  EXPECT_THAT(ran.out, HasSubstr("waits to be sent"));
  EXPECT_THAT(ran.out, HasSubstr("Somebody asked Ben"));
  EXPECT_THAT(ran.out, Not(HasSubstr("\033")));
  const auto json = Json::parse(Run({"trustees", "list", "--json"}).out);
  EXPECT_EQ(json["needed"], 2);
  EXPECT_EQ(json["trustees"][0]["taken"], true);
  EXPECT_EQ(json["trustees"][1]["taken"], false);
  EXPECT_EQ(json["claims"][0]["due"], kAsked + 3 * kDay);
  agent_->trustees.mutable_claims(0)->set_vetoed(true);
  EXPECT_THAT(Run({"trustees", "list"}).out, HasSubstr("you said no"));
}

TEST_F(TrusteesTest, NobodyIsSaidToBeNobody) {
  EXPECT_THAT(Run({"trustees", "list"}).out, HasSubstr("Nobody holds a share"));
  EXPECT_THAT(Run({"trustees", "held"}).out, HasSubstr("You hold nobody's share"));
}

TEST_F(TrusteesTest, AClaimStandsFirstInTheStatus) {
  EXPECT_THAT(Run({"status"}).out, Not(HasSubstr("Act now")));
  *agent_->reported.add_claims() = Claim("Anna");
  const Ran ran = Run({"status"});
  EXPECT_THAT(ran.out, HasSubstr("Act now  Somebody asked Anna"));
  EXPECT_THAT(ran.out, HasSubstr("kith trustees veto"));
  EXPECT_LT(ran.out.find("Act now"), ran.out.find("Entries"));
  EXPECT_EQ(Json::parse(Run({"status", "--json"}).out)["claims"][0]["friend"], "Anna");
  EXPECT_EQ(Json::parse(Run({"trustees", "veto", "--json"}).out)["vetoed"], 1);
}

TEST_F(TrusteesTest, EndingAsksFirst) {
  EXPECT_EQ(Run({"trustees", "end"}).status, static_cast<int>(Exit::kUsage));
  EXPECT_EQ(agent_->trustees_ended, 0);
  EXPECT_EQ(Run({"trustees", "end", "--yes"}).status, 0);
  EXPECT_EQ(agent_->trustees_ended, 1);
}

TEST_F(TrusteesTest, HeldTellsWhatASharesTakes) {
  v1::HeldShare* share = agent_->held_shares.add_shares();
  share->set_friend_("Ada");
  share->set_readable(true);
  share->set_needed(2);
  share->set_made(3);
  share->set_delay_seconds(36 * 3'600);
  agent_->held_shares.add_shares()->set_friend_("Zoe");
  *agent_->held_shares.add_claims() = Claim("Ada");
  const Ran ran = Run({"trustees", "held"});
  EXPECT_THAT(ran.out, HasSubstr("Ada  any 2 of 3 are needed; delay: 36 hours"));
  EXPECT_THAT(ran.out, HasSubstr("Zoe  its key has not arrived"));
  EXPECT_THAT(ran.out, HasSubstr("Asked for the share of Ada"));
  EXPECT_EQ(Json::parse(Run({"trustees", "held", "--json"}).out)["shares"][0]["delay_seconds"], 36 * 3'600);
}

TEST_F(TrusteesTest, ReleaseAsksWhetherOneIsSureAndTellsWhatCameOfIt) {
  EXPECT_EQ(Run({"trustees", "release", "Ada"}).status, static_cast<int>(Exit::kUsage));
  EXPECT_EQ(agent_->release.friend_(), "");
  const std::initializer_list<std::pair<v1::TrusteesReleaseProgress::Outcome, const char*>> outcomes = {
      {v1::TrusteesReleaseProgress::RELEASED, "was handed over"},
      {v1::TrusteesReleaseProgress::WAITS, "handed over from"},
      {v1::TrusteesReleaseProgress::VETOED, "may not be Ada"},
      {v1::TrusteesReleaseProgress::NO_SHARE, "no share of theirs"}};
  for (const auto& [outcome, words] : outcomes) {
    agent_->released.set_outcome(outcome);
    agent_->released.set_due(outcome == v1::TrusteesReleaseProgress::WAITS ? kAsked : 0);
    const Ran ran = Run({"trustees", "release", "Ada", "--yes"});
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_EQ(ran.out, "1234-cabin-lunar-oak\n");
    EXPECT_THAT(ran.err, HasSubstr("--relay '127.0.0.1:7440#key'"));
    EXPECT_THAT(ran.err, HasSubstr(words));
  }
  agent_->released.set_outcome(v1::TrusteesReleaseProgress::VETOED);
  EXPECT_THAT(Run({"trustees", "release", "Ada", "--yes", "--json"}).out, HasSubstr("\"vetoed\""));
}

// ---- Who lost all devices.

class WithFriendsTest : public TrusteesTest {
 protected:
  void SetUp() override {
    CommandsTest::SetUp();
    agent_->vault = v1::StatusReply::NONE;
    UsePassphrase("chosen\n");
  }
  Ran RecoverBy(const std::string& code, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"recover", "--with-friends", "--code", code, "--relay", "a.b:1#k", "--json"});
    return Run(std::move(more));
  }
};

TEST_F(WithFriendsTest, OneShareIsKeptAndNotEnough) {
  agent_->gathered.set_gathered(1);
  agent_->gathered.set_needed(2);
  agent_->gathered.set_problem_code("SHARES_TOO_FEW");
  agent_->gathered.set_problem("Too few.");
  const Ran ran = RecoverBy("1-a-b-c", {"--yes"});
  EXPECT_EQ(ran.status, static_cast<int>(Exit::kPairing));
  EXPECT_EQ(Json::parse(ran.err)["error"], "SHARES_TOO_FEW");
  EXPECT_EQ(Json::parse(ran.out)["gathered"], 1);
  ASSERT_EQ(agent_->asked.size(), 1u);
  EXPECT_EQ(agent_->asked[0].code(), "1-a-b-c");
  EXPECT_EQ(agent_->asked[0].relay(), "a.b:1#k");
  EXPECT_EQ(agent_->asked[0].passphrase(), "chosen");
  EXPECT_FALSE(agent_->recovered.with_friends());
}

TEST_F(WithFriendsTest, EnoughSharesGoOnToRestore) {
  agent_->gathered.set_ready(true);
  const Ran unasked = RecoverBy("1-a-b-c");
  EXPECT_EQ(unasked.status, static_cast<int>(Exit::kUsage));
  EXPECT_FALSE(agent_->recovered.with_friends());
  const Ran ran = Run({"recover", "--with-friends", "--yes", "--device", "desk", "--journal-relay", "c.d:2#k"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_TRUE(agent_->recovered.with_friends());
  EXPECT_EQ(agent_->recovered.relay(), "c.d:2#k");
  EXPECT_EQ(agent_->recovered.passphrase(), "chosen");
  EXPECT_EQ(agent_->recovered.device_label(), "desk");
  EXPECT_EQ(agent_->recovered.words(), "");
}

TEST_F(WithFriendsTest, EachProblemHasItsCodeAndADelayItsDay) {
  for (const Code code : {Code::kTrusteesDelay, Code::kVetoed, Code::kShareRepeated, Code::kSharesForged,
                          Code::kSharesMixed, Code::kNotFound, Code::kTooLarge}) {
    agent_->gathered.set_problem_code(CodeName(code));
    agent_->gathered.set_problem("So it is.");
    agent_->gathered.set_due(code == Code::kTrusteesDelay ? kAsked : 0);
    const Ran ran = RecoverBy("1-a-b-c", {"--yes"});
    EXPECT_EQ(ran.status, static_cast<int>(ExitFor(code)));
    const auto error = Json::parse(ran.err);
    EXPECT_EQ(error["error"], std::string(CodeName(code)));
    EXPECT_EQ(error["message"].get<std::string>().find("That is on 2026-") != std::string::npos,
              code == Code::kTrusteesDelay);
  }
}

TEST_F(WithFriendsTest, ACodeNeedsItsRelayAndTheOptionsBelongTogether) {
  EXPECT_EQ(Run({"recover", "--with-friends", "--code", "1-a-b-c"}).status, static_cast<int>(Exit::kUsage));
  EXPECT_EQ(Run({"recover", "--code", "1-a-b-c", "--relay", "a.b:1#k"}).status, static_cast<int>(Exit::kUsage));
  EXPECT_EQ(Run({"recover", "--anew", "--relay", "a.b:1#k"}).status, static_cast<int>(Exit::kUsage));
  EXPECT_EQ(Run({"recover", "--yes"}).status, static_cast<int>(Exit::kUsage));
  EXPECT_TRUE(agent_->asked.empty());
}

TEST_F(WithFriendsTest, AnewIsAskedForOnce) {
  agent_->gathered.set_problem_code("SHARES_TOO_FEW");
  Run({"recover", "--with-friends", "--anew", "--kdf-memory", "64"});
  ASSERT_EQ(agent_->asked.size(), 1u);
  EXPECT_TRUE(agent_->asked[0].anew());
  EXPECT_EQ(agent_->asked[0].kdf_memory_mib(), 64u);
  EXPECT_EQ(agent_->asked[0].code(), "");
}

TEST_F(WithFriendsTest, StatusTellsOfARecoveryThatWasBegun) {
  EXPECT_THAT(Run({"status"}).out, Not(HasSubstr("--with-friends")));
  agent_->reported.set_gathering(true);
  EXPECT_THAT(Run({"status"}).out, HasSubstr("kith recover --with-friends"));
  EXPECT_EQ(Json::parse(Run({"status", "--json"}).out)["gathering"], true);
}

TEST_F(WithFriendsTest, AJournalIsNeverReplaced) {
  agent_->vault = v1::StatusReply::UNLOCKED;
  AddEntry("a1b2c3d4", "T", "");
  EXPECT_EQ(RecoverBy("1-a-b-c", {"--yes"}).status, static_cast<int>(Exit::kVaultState));
  EXPECT_TRUE(agent_->asked.empty());
}

}  // namespace
}  // namespace kith
