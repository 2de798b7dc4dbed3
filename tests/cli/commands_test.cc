// What the commands make of the agent's answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "client/cli/exit_codes.h"
#include "tests/cli/command_line.h"

namespace kith {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(CommandsTest, ListShowsDateIdTitleAndTags) {
  v1::EntrySummary& entry = AddEntry("a1b2c3d4e5f60718293a4b5c6d7e8f90", "First day", "Up betimes.");
  entry.set_starred(true);
  entry.add_tags("london");
  const Ran ran = Run({"list"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, "1660-01-10  a1b2c3d4  *  First day  #london\n");
}

TEST_F(CommandsTest, ListAsJsonIsOneObjectALine) {
  AddEntry("a1b2", "Größe \u202E", "");
  AddEntry("b1b2", "", "");
  const Ran ran = Run({"list", "--json"});
  ASSERT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 2);
  const auto first = nlohmann::json::parse(ran.out.substr(0, ran.out.find('\n')));
  EXPECT_EQ(first["id"], "a1b2");
  EXPECT_EQ(first["date"], "1660-01-10");
  EXPECT_EQ(first["title"], "Größe \u202E");
  EXPECT_EQ(first["starred"], false);
  EXPECT_TRUE(first["tags"].is_array());
  for (const char c : ran.out) EXPECT_LT(static_cast<unsigned char>(c), 0x80);
}

TEST_F(CommandsTest, ShowMakesTextHarmlessButJsonGivesItWhole) {
  AddEntry("a1b2c3d4", "T", "line\n\033]0;pwned\a\u202Etext");
  const Ran shown = Run({"show", "a1b2"});
  EXPECT_EQ(shown.status, 0);
  EXPECT_THAT(shown.out, HasSubstr("line\n\uFFFD]0;pwned\uFFFD\uFFFDtext\n"));
  const Ran json = Run({"show", "a1b2", "--json"});
  EXPECT_EQ(nlohmann::json::parse(json.out)["text"], "line\n\033]0;pwned\a\u202Etext");
}

TEST_F(CommandsTest, BothSidesOfAConflictAreShown) {
  AddEntry("a1b2c3d4", "T", "");
  for (const char* side : {"laptop", "phone"}) {
    v1::Side* added = agent_->entries[0].add_sides();
    added->mutable_head()->set_device(side);
    added->set_text(std::string("as written on the ") + side);
  }
  const Ran ran = Run({"show", "a1b2"});
  EXPECT_THAT(ran.out, HasSubstr("--- laptop\nas written on the laptop\n"));
  EXPECT_THAT(ran.out, HasSubstr("--- phone\nas written on the phone\n"));
}

TEST_F(CommandsTest, ErrorsHaveTheAgentsWordsAndTheirOwnExitCode) {
  const Ran ran = Run({"show", "ffff"});
  EXPECT_EQ(ran.status, static_cast<int>(Exit::kNotFound));
  EXPECT_EQ(ran.err, "kith: No entry begins so.\n");
  const Ran json = Run({"show", "ffff", "--json"});
  EXPECT_EQ(json.status, static_cast<int>(Exit::kNotFound));
  EXPECT_EQ(nlohmann::json::parse(json.err)["error"], "NOT_FOUND");
  EXPECT_EQ(json.out, "");
}

TEST_F(CommandsTest, ALockedVaultIsOpenedOnTheFly) {
  AddEntry("a1b2c3d4", "T", "");
  agent_->vault = v1::StatusReply::LOCKED;
  UsePassphrase("correct\n");
  const Ran ran = Run({"list"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("a1b2c3d4"));
  EXPECT_EQ(agent_->unlocks, 1);
}

TEST_F(CommandsTest, OnlyOneNewlineIsNotPartOfThePassphrase) {
  agent_->vault = v1::StatusReply::LOCKED;
  agent_->passphrase = "correct\n";
  UsePassphrase("correct\n\n");
  EXPECT_EQ(Run({"unlock"}).status, 0);
}

TEST_F(CommandsTest, AWrongPassphraseFromAFileIsTriedOnce) {
  agent_->vault = v1::StatusReply::LOCKED;
  UsePassphrase("wrong");
  const Ran ran = Run({"list", "--json"});
  EXPECT_EQ(ran.status, static_cast<int>(Exit::kLocked));
  EXPECT_EQ(nlohmann::json::parse(ran.err)["error"], "WRONG_PASSPHRASE");
  EXPECT_EQ(agent_->unlocks, 1);
}

TEST_F(CommandsTest, WithoutAnybodyToAskLockedSaysWhatToSet) {
  agent_->vault = v1::StatusReply::LOCKED;
  const Ran ran = Run({"list"});
  EXPECT_EQ(ran.status, static_cast<int>(Exit::kLocked));
  EXPECT_THAT(ran.err, HasSubstr("KITH_PASSPHRASE_FILE"));
}

TEST_F(CommandsTest, APassphraseFileThatOthersCanReadIsPointedOut) {
  agent_->vault = v1::StatusReply::LOCKED;
  UsePassphrase("correct");
  ASSERT_EQ(chmod((root_ + "/passphrase").c_str(), 0644), 0);
  const Ran ran = Run({"unlock"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.err, HasSubstr("chmod 600"));
}

TEST_F(CommandsTest, WriteTakesTextFromStandardInputUnchanged) {
  const Ran ran =
      Run({"write", "--title", "T", "--tag", "a", "--tag", "b", "--on", "yesterday", "--star"}, "one\n two\n\n");
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(agent_->written.text(), "one\n two\n\n");
  EXPECT_EQ(agent_->written.tags_size(), 2);
  EXPECT_EQ(agent_->written.on(), "yesterday");
  EXPECT_TRUE(agent_->written.starred());
  EXPECT_EQ(ran.out, "Written as 00112233 of 2026-11-23.\n");
}

TEST_F(CommandsTest, TextAsAnArgumentWarnsOfShellHistoryOnce) {
  const Ran first = Run({"write", "Today", "was", "fine"});
  EXPECT_EQ(agent_->written.text(), "Today was fine");
  EXPECT_THAT(first.err, HasSubstr("shell's history"));
  EXPECT_EQ(Run({"write", "again"}).err, "");
}

TEST_F(CommandsTest, TextThatIsNotUtf8IsRefusedWithItsPlace) {
  const Ran ran = Run({"write"}, "gr\xF6\xDF");
  EXPECT_EQ(ran.status, static_cast<int>(Exit::kInput));
  EXPECT_THAT(ran.err, HasSubstr("byte 3"));
  EXPECT_EQ(agent_->written.text(), "");
}

TEST_F(CommandsTest, NothingToWriteIsAUsageError) {
  EXPECT_EQ(Run({"write"}, " \n").status, static_cast<int>(Exit::kUsage));
}

TEST_F(CommandsTest, TextThatCouldNotBeSavedIsKeptInMemory) {
  agent_->next_refusal = Fail(Code::kStorageFailed, "The disk is full.");
  const Ran ran = Run({"write"}, "words worth keeping");
  EXPECT_EQ(ran.status, static_cast<int>(Exit::kStorage));
  const size_t at = ran.err.find("< ");
  if (at == std::string::npos) GTEST_SKIP() << "no memory-backed folder here: " << ran.err;
  const std::string path = ran.err.substr(at + 2, ran.err.find('\n', at) - at - 2);
  std::string kept;
  std::getline(std::ifstream(path), kept);
  EXPECT_EQ(kept, "words worth keeping");
  std::filesystem::remove_all(std::filesystem::path(path).parent_path());
}

TEST_F(CommandsTest, EditSendsTheHeadsThatTheWriterSaw) {
  AddEntry("a1b2c3d4", "T", "before\n");
  setenv("VISUAL", "sh -c 'echo after > \"$0\"'", 1);
  const Ran ran = Run({"edit", "a1b2"});
  unsetenv("VISUAL");
  if (ran.status == static_cast<int>(Exit::kStorage)) GTEST_SKIP() << ran.err;
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(agent_->edited.text(), "after\n");
  ASSERT_EQ(agent_->edited.heads_size(), 1);
  EXPECT_EQ(agent_->edited.heads(0), "\x01\x02");
  EXPECT_THAT(ran.out, StartsWith("Changed a1b2c3d4"));
}

TEST_F(CommandsTest, AnEditorThatChangesNothingWritesNothing) {
  AddEntry("a1b2c3d4", "T", "before\n");
  setenv("VISUAL", "true", 1);
  const Ran ran = Run({"edit", "a1b2"});
  unsetenv("VISUAL");
  if (ran.status == static_cast<int>(Exit::kStorage)) GTEST_SKIP() << ran.err;
  EXPECT_EQ(ran.out, "Nothing was changed.\n");
  EXPECT_EQ(agent_->edited.entry(), "");
}

TEST_F(CommandsTest, EditByOptionsChangesOnlyWhatWasGiven) {
  AddEntry("a1b2c3d4", "T", "before");
  EXPECT_EQ(Run({"edit", "a1b2", "--title", ""}).status, 0);
  EXPECT_TRUE(agent_->edited.has_title());
  EXPECT_FALSE(agent_->edited.has_text());
  EXPECT_FALSE(agent_->edited.has_journal());
}

TEST_F(CommandsTest, TagAddsAndRemoves) {
  AddEntry("a1b2c3d4", "T", "");
  EXPECT_EQ(Run({"tag", "a1b2", "garden", "+autumn", "--remove", "summer"}).status, 0);
  ASSERT_EQ(agent_->edited.add_tags_size(), 2);
  EXPECT_EQ(agent_->edited.add_tags(1), "autumn");
  EXPECT_EQ(agent_->edited.remove_tags(0), "summer");
}

TEST_F(CommandsTest, RestoreFindsAVersionByItsBeginning) {
  const Ran ran = Run({"restore", "a1b2", "--version", "1201", "--json"});
  EXPECT_EQ(nlohmann::json::parse(ran.out)["title"], "the second");
  EXPECT_EQ(Run({"restore", "a1b2", "--version", "9999"}).status, static_cast<int>(Exit::kNotFound));
  EXPECT_EQ(Run({"restore", "a1b2", "--version", "12"}).status, static_cast<int>(Exit::kUsage));
}

TEST_F(CommandsTest, ImportReportsCountsAndWhatWasLeftOut) {
  const Ran ran = Run({"import", "dayone", "x.zip"});
  EXPECT_THAT(ran.out, HasSubstr("3,415 entries on 3,411 days, from 1660-01-10 to 1660-01-10."));
  EXPECT_THAT(ran.out, HasSubstr("3,414 added, 1 were there already."));
  EXPECT_THAT(ran.err, HasSubstr("entry 7\uFFFD[2J: it has no date"));
  const Ran json = Run({"import", "dayone", "x.zip", "--json"});
  EXPECT_EQ(nlohmann::json::parse(json.out)["quarantined"][0]["reason"], "it has no date");
}

TEST_F(CommandsTest, InitWithoutATerminalNeedsASheetAndNeverOverwritesOne) {
  agent_->vault = v1::StatusReply::NONE;
  UsePassphrase("correct");
  EXPECT_EQ(Run({"init"}).status, static_cast<int>(Exit::kUsage));
  const std::string sheet = root_ + "/sheet";
  const Ran made = Run({"init", "--recovery-sheet", sheet});
  EXPECT_EQ(made.status, 0) << made.err;
  EXPECT_THAT(made.out, Not(HasSubstr("abandon")));
  struct stat status;
  ASSERT_EQ(stat(sheet.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  std::stringstream text;
  text << std::ifstream(sheet).rdbuf();
  EXPECT_THAT(text.str(), HasSubstr(" 1 abandon"));
  EXPECT_THAT(text.str(), HasSubstr("24 art"));
  EXPECT_EQ(Run({"init", "--recovery-sheet", sheet}).status, static_cast<int>(Exit::kUsage));
}

TEST_F(CommandsTest, InitRefusedForAnExistingVaultLeavesNoSheet) {
  UsePassphrase("correct");
  const std::string sheet = root_ + "/sheet";
  EXPECT_EQ(Run({"init", "--recovery-sheet", sheet}).status, static_cast<int>(Exit::kVaultState));
  EXPECT_FALSE(std::filesystem::exists(sheet));
}

TEST_F(CommandsTest, LinkPutsTheCodeAloneOnStandardOutput) {
  UsePassphrase("correct");
  const Ran ran = Run({"link", "--yes", "--name", "phone"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, "1234-cabin-lunar-oak\n");
  EXPECT_TRUE(agent_->link.accept());
  EXPECT_EQ(agent_->link.passphrase(), "correct");
  EXPECT_EQ(Run({"link"}).status, static_cast<int>(Exit::kUsage));  // nobody can be asked
}

TEST_F(CommandsTest, AgentStatusNeverStartsOne) {
  agent_.reset();
  const Ran ran = Run({"agent", "status"});
  EXPECT_EQ(ran.status, static_cast<int>(Exit::kAgent));
  EXPECT_EQ(Run({"agent", "stop"}).out, "No agent is running.\n");
}

TEST_F(CommandsTest, AnAgentThatHangsUpWhenItIsToStopHasStopped) {
  const Ran ran = Run({"agent", "stop"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, "The agent has stopped; the vault is locked.\n");
}

TEST_F(CommandsTest, EveryCommandHasHelpWithAnExample) {
  const std::vector<std::vector<std::string>> commands = {{"init"},
                                                          {"unlock"},
                                                          {"lock"},
                                                          {"passphrase"},
                                                          {"agent", "start"},
                                                          {"agent", "stop"},
                                                          {"write"},
                                                          {"edit"},
                                                          {"list"},
                                                          {"show"},
                                                          {"search"},
                                                          {"history"},
                                                          {"delete"},
                                                          {"restore"},
                                                          {"tag"},
                                                          {"star"},
                                                          {"import", "dayone"},
                                                          {"import", "jrnl"},
                                                          {"sync"},
                                                          {"status"},
                                                          {"devices"},
                                                          {"link"},
                                                          {"import", "markdown"},
                                                          {"export", "markdown"},
                                                          {"help"},
                                                          {"version"},
                                                          {"relay", "set"},
                                                          {"agent", "status"},
                                                          {"friend", "add"},
                                                          {"friend", "list"},
                                                          {"friend", "rename"},
                                                          {"friend", "rest"},
                                                          {"friend", "leave"},
                                                          {"friend", "verify"},
                                                          {"share"},
                                                          {"unshare"},
                                                          {"outbox", "list"},
                                                          {"outbox", "cancel"},
                                                          {"outbox", "now"},
                                                          {"who"},
                                                          {"inbox"},
                                                          {"inbox", "show"},
                                                          {"heard", "list"},
                                                          {"ladder", "add"},
                                                          {"ladder", "list"},
                                                          {"ladder", "prompt"},
                                                          {"ladder", "reword"},
                                                          {"quiet", "add"},
                                                          {"quiet", "remove"},
                                                          {"quiet", "list"},
                                                          {"look", "check"},
                                                          {"look", "hunch"},
                                                          {"look", "company"},
                                                          {"look", "loop"},
                                                          {"look", "thought"},
                                                          {"look", "lonely"},
                                                          {"look", "tryout"}};
  for (std::vector<std::string> command : commands) {
    command.push_back("--help");
    const Ran ran = Run(command);
    EXPECT_EQ(ran.status, 0) << command[0];
    EXPECT_THAT(ran.out, HasSubstr("Example:\n  kith " + command[0])) << command[0];
  }
}

TEST_F(CommandsTest, EveryCodeHasAnExitCodeThatHelpNames) {
  const Ran ran = Run({"help", "exit-codes"});
  for (int number = 0; number <= static_cast<int>(Code::kInternal); ++number) {
    const Code code = static_cast<Code>(number);
    EXPECT_EQ(CodeFromName(CodeName(code)), code);
    EXPECT_NE(ExitFor(code), Exit::kOk);
    EXPECT_THAT(ran.out, HasSubstr(CodeName(code)));
  }
}

TEST_F(CommandsTest, WrongUseIsExitCodeTwoAndJsonWhereAskedFor) {
  EXPECT_EQ(Run({"lst"}).status, static_cast<int>(Exit::kUsage));
  EXPECT_EQ(Run({}).status, static_cast<int>(Exit::kUsage));
  const Ran ran = Run({"list", "-n", "many", "--json"});
  EXPECT_EQ(ran.status, static_cast<int>(Exit::kUsage));
  EXPECT_EQ(nlohmann::json::parse(ran.err)["error"], "INVALID_ARGUMENT");
}

}  // namespace
}  // namespace kith
