// recover, recovery confirm, drill: what goes to the agent, and what is made of its answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "client/cli/exit_codes.h"
#include "tests/cli/command_line.h"

namespace kith {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RecoveryCommandsTest : public CommandsTest {
 protected:
  void SetUp() override {
    CommandsTest::SetUp();
    std::ofstream(root_ + "/passphrase") << "chosen\n";
    std::filesystem::permissions(root_ + "/passphrase", std::filesystem::perms::owner_read);
    setenv("KITH_PASSPHRASE_FILE", (root_ + "/passphrase").c_str(), 1);
  }
  // With these words on a descriptor.
  Ran RunWith(const std::string& words, std::vector<std::string> arguments) {
    std::FILE* file = std::tmpfile();
    std::fwrite(words.data(), 1, words.size(), file);
    std::fflush(file);
    lseek(fileno(file), 0, SEEK_SET);
    arguments.insert(arguments.end(), {"--words-fd", std::to_string(fileno(file))});
    Ran ran = Run(std::move(arguments));
    std::fclose(file);
    return ran;
  }
};

TEST_F(RecoveryCommandsTest, RecoverHandsOverWordsRelayAndPassphrase) {
  agent_->vault = v1::StatusReply::NONE;
  const Ran ran = RunWith("one two\nthree\n", {"recover", "--relay", "a.b:1#k", "--device", "desk", "--yes"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(agent_->recovered.words(), "one two\nthree");
  EXPECT_EQ(agent_->recovered.relay(), "a.b:1#k");
  EXPECT_EQ(agent_->recovered.device_label(), "desk");
  EXPECT_EQ(agent_->recovered.passphrase(), "chosen");
  EXPECT_FALSE(agent_->recovered.incomplete());
  EXPECT_THAT(ran.out, HasSubstr("restored on this device"));
  EXPECT_THAT(ran.out + ran.err, Not(HasSubstr("three")));
}

TEST_F(RecoveryCommandsTest, RecoverAsksFirstAndNeverOverwrites) {
  agent_->vault = v1::StatusReply::NONE;
  const Ran unasked = RunWith("words", {"recover", "--relay", "a.b:1#k"});
  EXPECT_EQ(unasked.status, static_cast<int>(Exit::kUsage));
  EXPECT_THAT(unasked.err, HasSubstr("--yes"));
  for (const auto vault : {v1::StatusReply::LOCKED, v1::StatusReply::UNLOCKED}) {
    agent_->vault = vault;
    AddEntry("a1b2c3d4", "T", "");
    const Ran refused = RunWith("words", {"recover", "--relay", "a.b:1#k", "--yes", "--json"});
    EXPECT_EQ(refused.status, static_cast<int>(Exit::kVaultState));
    EXPECT_EQ(nlohmann::json::parse(refused.err)["error"], "VAULT_NOT_EMPTY");
  }
  EXPECT_EQ(agent_->recovered.words(), "");
}

TEST_F(RecoveryCommandsTest, WordsAreNoArgument) {
  EXPECT_EQ(Run({"recovery", "confirm", "abandon"}).status, static_cast<int>(Exit::kUsage));
  EXPECT_EQ(Run({"drill", "abandon"}).status, static_cast<int>(Exit::kUsage));
  const Ran unasked = Run({"drill"});
  EXPECT_EQ(unasked.status, static_cast<int>(Exit::kLocked));
  EXPECT_THAT(unasked.err, HasSubstr("--words-fd"));
  EXPECT_EQ(RunWith("", {"drill"}).status, static_cast<int>(Exit::kUsage));
}

TEST_F(RecoveryCommandsTest, ARefusalOfWordsIsNamed) {
  agent_->next_refusal = Fail(Code::kRecoveryMismatch, "Of another journal.");
  const Ran ran = RunWith("some words", {"recovery", "confirm", "--json"});
  EXPECT_EQ(ran.status, static_cast<int>(Exit::kPairing));
  EXPECT_EQ(nlohmann::json::parse(ran.err)["error"], "RECOVERY_MISMATCH");
}

TEST_F(RecoveryCommandsTest, StatusRemindsUntilTheWordsAreConfirmed) {
  EXPECT_THAT(Run({"status"}).out, HasSubstr("kith recovery confirm"));
  EXPECT_EQ(nlohmann::json::parse(Run({"status", "--json"}).out)["recovery_confirmed"], false);
  EXPECT_EQ(RunWith("some words", {"recovery", "confirm"}).status, 0);
  EXPECT_EQ(agent_->confirmed.words(), "some words");
  agent_->reported.set_recovery_confirmed(true);
  EXPECT_THAT(Run({"status"}).out, Not(HasSubstr("kith recovery confirm")));
  agent_->reported.set_recovery_confirmed(false);
  agent_->vault = v1::StatusReply::LOCKED;
  EXPECT_THAT(Run({"agent", "status"}).out, Not(HasSubstr("kith recovery confirm")));
}

TEST_F(RecoveryCommandsTest, ADrillSaysWhatItProvedAndWhatNot) {
  agent_->drill.set_entries(3415);
  agent_->drill.set_deleted(2);
  agent_->drill.set_only_here(1);
  agent_->drill.set_friends(1);
  agent_->drill.add_not_read("Mia\033[2J");
  agent_->drill.set_relay("a.b:1#k");
  const Ran ran = RunWith("some words", {"drill"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("a.b:1#k alone, 3,415 entries came back"));
  EXPECT_THAT(ran.out, HasSubstr("2 deleted ones"));
  EXPECT_THAT(ran.out, HasSubstr("something of 1 entry"));
  EXPECT_THAT(ran.out, HasSubstr("Not proved: the circle of Mia"));
  EXPECT_THAT(ran.out, Not(HasSubstr("\033")));
  const auto json = nlohmann::json::parse(RunWith("some words", {"drill", "--json"}).out);
  EXPECT_EQ(json["entries"], 3415);
  EXPECT_EQ(json["only_here"], 1);
  EXPECT_EQ(json["done"], true);
}

}  // namespace
}  // namespace kith
