// What the commands about friends make of the agent's answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "client/cli/exit_codes.h"
#include "client/cli/qr_code.h"
#include "client/cli/sharing_output.h"
#include "tests/cli/command_line.h"

namespace kith {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using Json = nlohmann::json;

class FriendsTest : public CommandsTest {};

// ---- Meeting.

TEST_F(FriendsTest, AddPutsTheCodeAloneOnStandardOutput) {
  const Ran ran = Run({"friend", "add", "--name", "Anna"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, "1234-cabin-lunar-oak\n");
  EXPECT_EQ(agent_->met_by_showing.label(), "Anna");
  EXPECT_THAT(ran.err, HasSubstr("kith friend add 1234-cabin-lunar-oak --relay '127.0.0.1:7440#key'"));
  EXPECT_THAT(ran.err, HasSubstr("ten minutes and one attempt"));
  EXPECT_THAT(ran.err, HasSubstr("Anna is a friend here now"));
}

TEST_F(FriendsTest, AddAsJsonIsTheCodeThenTheFriend) {
  const Ran ran = Run({"friend", "add", "--name", "Anna", "--json"});
  const size_t end = ran.out.find('\n');
  EXPECT_EQ(Json::parse(ran.out.substr(0, end)),
            Json({{"code", "1234-cabin-lunar-oak"}, {"relay", "127.0.0.1:7440#key"}}));
  const Json met = Json::parse(ran.out.substr(end));
  EXPECT_EQ(met["name"], "Anna");
  EXPECT_EQ(met["state"], "active");
  EXPECT_EQ(met["verified"], false);
}

TEST_F(FriendsTest, AddWithACodeMeetsByIt) {
  const Ran ran = Run({"friend", "add", "1234", "cabin", "lunar", "oak", "--relay", "h:1#k", "--name", "Ben"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(agent_->met_by_typing.code(), "1234-cabin-lunar-oak");
  EXPECT_EQ(agent_->met_by_typing.relay(), "h:1#k");
  EXPECT_EQ(agent_->met_by_typing.label(), "Ben");
}

TEST_F(FriendsTest, AddNeedsANameAndWithACodeARelay) {
  const Ran nameless = Run({"friend", "add"});
  EXPECT_EQ(nameless.status, static_cast<int>(Exit::kUsage));
  EXPECT_THAT(nameless.err, HasSubstr("--name"));
  EXPECT_EQ(Run({"friend", "add", "1234-cabin-lunar-oak", "--name", "Ben"}).status, static_cast<int>(Exit::kUsage));
  EXPECT_EQ(agent_->met_by_showing.label(), "");
  EXPECT_EQ(agent_->met_by_typing.code(), "");
}

TEST_F(FriendsTest, ARefusedMeetingHasPairingsExitCode) {
  agent_->next_refusal = Fail(Code::kPairingFailed, "The code was another one. Ask for a new one.");
  const Ran ran = Run({"friend", "add", "1-a-b-c", "--relay", "h:1#k", "--name", "Ben", "--json"});
  EXPECT_EQ(ran.status, static_cast<int>(Exit::kPairing));
  EXPECT_EQ(Json::parse(ran.err)["error"], "PAIRING_FAILED");
}

// ---- Friends.

TEST_F(FriendsTest, ListNamesStateCountsAndAProblem) {
  v1::FriendInfo anna;
  anna.set_label("Anna");
  anna.set_sync(v1::SYNC_WAITING);
  anna.set_shared(2);
  anna.set_received(1);
  anna.set_problem_code("RELAY_UNREACHABLE");
  anna.set_problem("Her relay cannot be reached.");
  v1::FriendInfo ben;
  ben.set_label("Ben");
  ben.set_state(v1::FriendInfo::RESTING);
  ben.set_verified(true);
  agent_->friends = {anna, ben};
  EXPECT_EQ(Run({"friend", "list"}).out,
            "Anna  waiting  2 shared, 1 received  safety number not compared yet\n"
            "    Her relay cannot be reached.\n"
            "Ben  resting  0 shared, 0 received  safety number compared\n");
  const Ran json = Run({"friend", "list", "--json"});
  ASSERT_EQ(std::count(json.out.begin(), json.out.end(), '\n'), 2);
  const Json first = Json::parse(json.out.substr(0, json.out.find('\n')));
  EXPECT_EQ(first, Json({{"name", "Anna"},
                         {"state", "active"},
                         {"verified", false},
                         {"shared", 2},
                         {"received", 1},
                         {"relay", ""},
                         {"sync", "waiting"},
                         {"problem", "RELAY_UNREACHABLE"},
                         {"problem_message", "Her relay cannot be reached."}}));
}

TEST_F(FriendsTest, NobodyYetIsSaidOnStandardErrorOnly) {
  const Ran ran = Run({"friend", "list"});
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("kith friend add"));
}

TEST_F(FriendsTest, RenameAndRestSayWhatIsSoNow) {
  EXPECT_THAT(Run({"friend", "rename", "Anna", "Anna B"}).out, HasSubstr("Anna is called Anna B here now"));
  EXPECT_EQ(agent_->renamed.friend_(), "Anna");
  EXPECT_EQ(agent_->renamed.label(), "Anna B");
  EXPECT_THAT(Run({"friend", "rest", "Anna B"}).out, HasSubstr("kith friend rest 'Anna B' --end"));
  EXPECT_FALSE(agent_->rested.end());
  EXPECT_EQ(Json::parse(Run({"friend", "rest", "Anna B", "--end", "--json"}).out)["state"], "active");
  EXPECT_TRUE(agent_->rested.end());
}

TEST_F(FriendsTest, LeavingNeedsAYes) {
  const Ran unasked = Run({"friend", "leave", "Anna"});
  EXPECT_EQ(unasked.status, static_cast<int>(Exit::kUsage));
  EXPECT_THAT(unasked.err, HasSubstr("--yes"));
  EXPECT_EQ(agent_->left.friend_(), "");
  const Ran left = Run({"friend", "leave", "Anna", "--yes"});
  EXPECT_EQ(agent_->left.friend_(), "Anna");
  EXPECT_THAT(left.out, HasSubstr("2 shares were taken back; what was read stays read"));
  EXPECT_EQ(Json::parse(Run({"friend", "leave", "Anna", "--yes", "--json"}).out)["taken_back"], 2);
}

TEST_F(FriendsTest, VerifyShowsTwelveGroupsAndMarksOnlyAfterAYes) {
  EXPECT_EQ(Run({"friend", "verify", "Anna"}).out,
            "10000 10001 10002 10003\n10004 10005 10006 10007\n10008 10009 10010 10011\n");
  EXPECT_EQ(Run({"friend", "verify", "Anna", "--compared"}).status, static_cast<int>(Exit::kUsage));
  EXPECT_FALSE(agent_->verified.compared());
  EXPECT_EQ(Run({"friend", "verify", "Anna", "--compared", "--yes"}).status, 0);
  EXPECT_TRUE(agent_->verified.compared());
  const Json json = Json::parse(Run({"friend", "verify", "Anna", "--json"}).out);
  EXPECT_EQ(json["verified"], false);
  EXPECT_THAT(json["safety_number"], HasSubstr("10000 10001"));
}

TEST_F(FriendsTest, TheQrCodeHasItsCornersAndItsBorder) {
  const auto code = QrCode(std::string(60, '7'), 80);
  ASSERT_TRUE(code) << code.error().message;
  EXPECT_EQ(std::count(code->begin(), code->end(), '\n'), 17);  // 25 squares and a border of 4, two rows a line
  const std::string first_squares = "    █▀▀▀▀▀█ ";
  std::string third;  // the first line below the border, without its colours
  std::istringstream lines(*code);
  for (int line = 0; line < 3; ++line) std::getline(lines, third);
  const std::string bare = third.substr(third.find('m') + 1);
  EXPECT_THAT(bare, ::testing::StartsWith(first_squares));
  EXPECT_THAT(bare, EndsWith(" █▀▀▀▀▀█    \033[0m"));
  const auto narrow = QrCode(std::string(60, '7'), 32);
  ASSERT_FALSE(narrow);
  EXPECT_EQ(narrow.error().code, Code::kTooLarge);
}

TEST_F(FriendsTest, StatusSaysWhoCanSeeWhat) {
  EXPECT_THAT(Run({"status"}).out, HasSubstr("nobody but you can see an entry"));
  v1::FriendInfo* anna = agent_->reported.add_friends();
  anna->set_label("Anna");
  anna->set_sync(v1::SYNC_WAITING);
  anna->set_problem("Her relay cannot be reached.");
  v1::FriendInfo* ben = agent_->reported.add_friends();
  ben->set_label("Ben");
  ben->set_state(v1::FriendInfo::RESTING);
  agent_->reported.set_held(1);
  agent_->reported.set_shared_entries(2);
  EXPECT_THAT(Run({"status"}).out, HasSubstr("Friends  Anna, waiting\n"
                                             "         Her relay cannot be reached.\n"
                                             "         Ben, resting\n"
                                             "Held     1 share on this device, not sent; see: kith outbox list\n"
                                             "Shared   2 entries that somebody else can see; see: kith who\n"));
  const Json json = Json::parse(Run({"status", "--json"}).out);
  EXPECT_EQ(json["friends"][1]["state"], "resting");
  EXPECT_EQ(json["held"], 1);
  EXPECT_EQ(json["shared_entries"], 2);
}

TEST(ShellWord, IsQuotedWhereAShellWouldSplitOrRunIt) {
  EXPECT_EQ(ShellWord("Anna"), "Anna");
  EXPECT_EQ(ShellWord("Zoë"), "Zoë");
  EXPECT_EQ(ShellWord("Anna B"), "'Anna B'");
  EXPECT_EQ(ShellWord("$(x)'; y"), "'$(x)'\\''; y'");
  EXPECT_EQ(ShellWord("--yes"), "'--yes'");
}

}  // namespace
}  // namespace kith
