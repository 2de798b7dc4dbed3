// What the commands about shares make of the agent's answers. Everything from a friend is hostile here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "client/cli/exit_codes.h"
#include "tests/cli/command_line.h"

namespace kith {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

constexpr char kHostile[] = "a\033]0;gone\a\u202Eb\u2066c\u200Bd\x7F";
constexpr char kHarmless[] = "a\uFFFD]0;gone\uFFFD\uFFFDb\uFFFDc\uFFFDd\uFFFD";

// Neither a control character nor one that turns or hides what follows.
void ExpectHarmless(const std::string& text) {
  for (const char c : text) {
    EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << "control character " << static_cast<int>(c);
    EXPECT_NE(c, '\x7F');
  }
  for (const char* turning :
       {"\u202A", "\u202B", "\u202D", "\u202E", "\u2066", "\u2067", "\u2068", "\u200B", "\u009B"}) {
    EXPECT_THAT(text, Not(HasSubstr(turning)));
  }
}

class SharingTest : public CommandsTest {
 protected:
  v1::InboxItem& AddReceived(const std::string& id, const std::string& text) {
    v1::InboxItem& item = agent_->inbox.emplace_back();
    item.set_id(id);
    item.set_friend_("Anna");
    item.set_at(1'795'000'000'000);
    item.mutable_copy()->set_kind("entry");
    item.mutable_copy()->set_text(text);
    item.mutable_copy()->mutable_date()->set_year(2026);
    item.mutable_copy()->mutable_date()->set_month(11);
    item.mutable_copy()->mutable_date()->set_day(23);
    return item;
  }

  void AddHeld(uint64_t number) {
    v1::OutboxItem& item = agent_->held.emplace_back();
    item.set_number(number);
    item.set_entry("a1b2c3d4e5f6");
    item.set_friend_("Anna");
    item.set_leaves(1'795'000'000'000);
    item.mutable_copy()->set_title("A walk");
  }

  static v1::Audience Sees(const std::string& name, v1::Audience::Reach reach) {
    v1::Audience audience;
    audience.set_entry("a1b2c3d4e5f6");
    audience.set_friend_(name);
    audience.set_reach(reach);
    audience.mutable_summary()->set_title("A walk");
    return audience;
  }
};

// ---- Sharing.

TEST_F(SharingTest, SharePassesOnWhatWasAskedAndSaysHowToCancel) {
  AddEntry("a1b2c3d4e5f6", "A walk", "By the river.");
  const Ran ran = Run({"share", "a1b2c3d4e5f6", "with", "Anna", "--note", "-", "--follow", "--hold", "2h", "--yes"},
                      "About last winter\n");
  EXPECT_EQ(ran.status, 0) << ran.err;
  ASSERT_EQ(agent_->shares.size(), 1u);
  const v1::ShareRequest& share = agent_->shares[0];
  EXPECT_EQ(share.entry(), "a1b2c3d4e5f6");
  EXPECT_EQ(share.friend_(), "Anna");
  EXPECT_EQ(share.note(), "About last winter");
  EXPECT_TRUE(share.follow());
  EXPECT_EQ(share.hold_seconds(), 7200u);
  EXPECT_FALSE(share.has_passage());
  EXPECT_FALSE(share.preview());
  EXPECT_THAT(ran.out, HasSubstr("kith outbox cancel 3"));
  EXPECT_EQ(ran.err, "");  // no words were given as an argument
}

TEST_F(SharingTest, TheFriendCanBeAnOptionAndTheHoldIsTheAgentsUnlessSaid) {
  AddEntry("a1b2c3d4", "A walk", "By the river.");
  EXPECT_EQ(Run({"share", "a1b2", "--with", "Anna B", "--yes"}).status, 0);
  EXPECT_EQ(agent_->shares[0].friend_(), "Anna B");
  EXPECT_FALSE(agent_->shares[0].has_hold_seconds());
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{"share", "a1b2", "Anna", "--yes"},
                                             {"share", "a1b2", "with", "--yes"},
                                             {"share", "a1b2", "--yes"},
                                             {"share", "a1b2", "with", "Anna", "--with", "Ben", "--yes"}}) {
    EXPECT_EQ(Run(wrong).status, static_cast<int>(Exit::kUsage));
  }
  EXPECT_EQ(agent_->shares.size(), 1u);
}

TEST_F(SharingTest, WithoutAnybodyToAskSharingNeedsAYes) {
  AddEntry("a1b2c3d4", "A walk", "By the river.");
  const Ran ran = Run({"share", "a1b2", "with", "Anna", "--hold", "none"});
  EXPECT_EQ(ran.status, static_cast<int>(Exit::kUsage));
  EXPECT_THAT(ran.err, HasSubstr("--preview"));
  EXPECT_TRUE(agent_->shares.empty());
}

TEST_F(SharingTest, HoldsAreSpansOfTime) {
  AddEntry("a1b2c3d4", "A walk", "By the river.");
  const std::vector<std::pair<std::string, uint32_t>> holds = {
      {"90s", 90}, {"15m", 900}, {"24h", 86'400}, {"1d", 86'400}, {"none", 0}};
  for (const auto& [text, seconds] : holds) {
    EXPECT_EQ(Run({"share", "a1b2", "with", "Anna", "--hold", text, "--yes"}).status, 0) << text;
    ASSERT_TRUE(agent_->shares.back().has_hold_seconds());
    EXPECT_EQ(agent_->shares.back().hold_seconds(), seconds);
  }
  for (const char* text : {"0s", "0", "15", "m", "-5m", "1y", "15 m", "99999999999h", "4000000000s", "5mm"}) {
    EXPECT_EQ(Run({"share", "a1b2", "with", "Anna", std::string("--hold=") + text, "--yes"}).status,
              static_cast<int>(Exit::kUsage))
        << text;
  }
  EXPECT_EQ(agent_->shares.size(), holds.size());
}

TEST_F(SharingTest, ThePreviewIsWhatTheInboxShows) {
  AddEntry("a1b2c3d4", "A\033[2Jwalk", std::string("By the river.\n") + kHostile);
  const Ran preview = Run({"share", "a1b2", "with", "Anna", "--note", "-", "--preview"}, "careful\u202E");
  EXPECT_EQ(preview.status, 0) << preview.err;
  EXPECT_TRUE(agent_->shares[0].preview());
  v1::InboxItem& received = AddReceived("5c07e1aa", "");
  received.mutable_copy()->set_title("A\033[2Jwalk");
  received.mutable_copy()->set_text(agent_->entries[0].text());
  received.mutable_copy()->set_note("careful\u202E");
  *received.mutable_copy()->mutable_date() = agent_->entries[0].summary().date();
  const Ran shown = Run({"inbox", "show", "5c07"});
  EXPECT_EQ(shown.out.substr(shown.out.find('\n') + 1), preview.out);
  ExpectHarmless(preview.out);
  EXPECT_THAT(preview.out, HasSubstr("Note: careful\uFFFD\nA\uFFFD[2Jwalk\n"));
  const Json json = Json::parse(Run({"share", "a1b2", "with", "Anna", "--preview", "--json"}).out);
  EXPECT_EQ(json["held"], 0);
  EXPECT_EQ(json["copy"]["text"], std::string("By the river.\n") + kHostile);
}

TEST_F(SharingTest, APassageComesFromAnArgumentAFileOrStandardInput) {
  AddEntry("a1b2c3d4", "A walk", "By the river.");
  const Ran argument = Run({"share", "a1b2", "with", "Anna", "--passage", "the river", "--yes"});
  EXPECT_THAT(argument.err, HasSubstr("shell's history"));
  EXPECT_EQ(agent_->shares.back().passage(), "the river");
  EXPECT_EQ(Run({"share", "a1b2", "with", "Anna", "--passage-file", "-", "--yes"}, "from\ninput\n").status, 0);
  EXPECT_EQ(agent_->shares.back().passage(), "from\ninput");
  const std::string file = root_ + "/passage";
  std::ofstream(file) << "from a file\n";
  EXPECT_EQ(Run({"share", "a1b2", "with", "Anna", "--passage-file", file, "--yes"}).status, 0);
  EXPECT_EQ(agent_->shares.back().passage(), "from a file");
  EXPECT_EQ(Run({"share", "a1b2", "with", "Anna", "--passage", "", "--yes"}).status, 0);
  EXPECT_TRUE(agent_->shares.back().has_passage());  // the agent refuses an empty one; nothing is widened here
  const size_t asked = agent_->shares.size();
  EXPECT_EQ(Run({"share", "a1b2", "with", "Anna", "--passage-file", root_ + "/none", "--yes"}).status,
            static_cast<int>(Exit::kUsage));
  EXPECT_EQ(Run({"share", "a1b2", "with", "Anna", "--passage-file", root_, "--yes"}).status,
            static_cast<int>(Exit::kUsage));
  EXPECT_EQ(Run({"share", "a1b2", "with", "Anna", "--passage", "-", "--note", "-", "--yes"}, "x").status,
            static_cast<int>(Exit::kUsage));
  EXPECT_EQ(Run({"share", "a1b2", "with", "Anna", "--passage", "-", "--yes"}, "gr\xF6\xDF").status,
            static_cast<int>(Exit::kInput));
  EXPECT_EQ(agent_->shares.size(), asked);
}

TEST_F(SharingTest, AVersionIsFoundByItsBeginning) {
  AddEntry("a1b2c3d4", "A walk", "By the river.");
  EXPECT_EQ(Run({"share", "a1b2", "with", "Anna", "--version", "1201", "--yes"}).status, 0);
  EXPECT_EQ(agent_->shares.back().version().substr(0, 1), "\x12");
  EXPECT_EQ(Run({"share", "a1b2", "with", "Anna", "--version", "9999", "--yes"}).status,
            static_cast<int>(Exit::kNotFound));
}

TEST_F(SharingTest, ARefusedShareKeepsTheAgentsCode) {
  AddEntry("a1b2c3d4", "A walk", "By the river.");
  agent_->next_refusal = Fail(Code::kAmbiguous, "Several friends are called so.");
  const Ran ran = Run({"share", "a1b2", "with", "Anna", "--yes", "--json"});
  EXPECT_EQ(ran.status, static_cast<int>(Exit::kNotFound));
  EXPECT_EQ(Json::parse(ran.err)["error"], "AMBIGUOUS");
}

// ---- Outbox, unshare, who.

TEST_F(SharingTest, TheOutboxListsCancelsAndSends) {
  setenv("TZ", "UTC", 1);
  tzset();
  AddHeld(3);
  EXPECT_EQ(Run({"outbox", "list"}).out, "3  leaves 2026-11-18 11:06  for Anna  a1b2c3d4  A walk\n");
  const Json json = Json::parse(Run({"outbox", "list", "--json"}).out);
  EXPECT_EQ(json["number"], 3);
  EXPECT_EQ(json["friend"], "Anna");
  EXPECT_EQ(json["leaves"], 1'795'000'000'000);
  EXPECT_EQ(json["copy"]["title"], "A walk");
  EXPECT_THAT(Run({"outbox", "cancel", "3"}).out, HasSubstr("Nothing of it has left this device"));
  EXPECT_EQ(agent_->cancelled, 3u);
  EXPECT_EQ(Run({"outbox", "cancel", "9"}).status, static_cast<int>(Exit::kNotFound));
  EXPECT_THAT(Run({"outbox", "now", "3"}).out, HasSubstr("kith unshare a1b2c3d4 --with Anna"));
  EXPECT_EQ(agent_->sent_now, 3u);
  EXPECT_EQ(Run({"outbox", "now", "three"}).status, static_cast<int>(Exit::kUsage));
}

TEST_F(SharingTest, UnshareSaysWhatIsKnownAndNeverThatItWasRead) {
  for (const auto reach : {v1::Audience::HELD, v1::Audience::WAITING, v1::Audience::UNKNOWN, v1::Audience::FETCHED}) {
    *agent_->unshare.add_taken_back() = Sees("Anna", reach);
  }
  const Ran ran = Run({"unshare", "a1b2"});
  EXPECT_EQ(agent_->unshared.entry(), "a1b2");
  EXPECT_EQ(agent_->unshared.friend_(), "");
  EXPECT_THAT(ran.out, HasSubstr("it had not left this device"));
  EXPECT_THAT(ran.out, HasSubstr("it had not reached the relay"));
  EXPECT_THAT(ran.out, HasSubstr("whether a device of theirs had fetched it is not known"));
  EXPECT_THAT(ran.out, HasSubstr("a device of theirs had fetched it. "));
  EXPECT_THAT(ran.out, HasSubstr("What was read stays read"));
  EXPECT_THAT(ran.out, Not(HasSubstr("was read by")));
  EXPECT_THAT(ran.out, HasSubstr("Whether anybody read it, Kith does not know."));
  Run({"unshare", "a1b2", "--with", "Anna"});
  EXPECT_EQ(agent_->unshared.friend_(), "Anna");
  const Ran json = Run({"unshare", "a1b2", "--json"});
  EXPECT_EQ(Json::parse(json.out.substr(0, json.out.find('\n')))["reach"], "held");
  EXPECT_EQ(std::count(json.out.begin(), json.out.end(), '\n'), 4);
}

TEST_F(SharingTest, WhatNobodyCanHaveReadIsNotCalledUnknown) {
  for (const auto reach : {v1::Audience::HELD, v1::Audience::WAITING}) {
    *agent_->unshare.add_taken_back() = Sees("Anna", reach);
  }
  EXPECT_THAT(Run({"unshare", "a1b2"}).out, Not(HasSubstr("Whether anybody read it")));
}

TEST_F(SharingTest, ACommandThatCannotBeUsedAsGivenNamesItsOwnHelp) {
  EXPECT_THAT(Run({"outbox", "now", "three"}).err, EndsWith("See: kith outbox now --help\n"));
  EXPECT_THAT(Run({"friend"}).err, EndsWith("See: kith friend --help\n"));
  EXPECT_THAT(Run({"no-such-command"}).err, EndsWith("See: kith --help\n"));
}

TEST_F(SharingTest, WhoNamesEveryoneAndTheAnswers) {
  agent_->who.set_devices(2);
  EXPECT_EQ(Run({"who", "a1b2"}).out, "Nobody but you now, on your 2 devices.\n");
  *agent_->who.add_audience() = Sees("Anna", v1::Audience::FETCHED);
  *agent_->who.add_audience() = Sees("Ben", v1::Audience::HELD);
  v1::AnswerInfo* answer = agent_->who.add_answers();
  answer->set_friend_("Anna");
  answer->set_text(kHostile);
  answer->set_wish(v1::AnswerInfo::CALL);
  const Ran ran = Run({"who", "a1b2"});
  EXPECT_EQ(ran.out,
            "a1b2c3d4  A walk\n"
            "  Anna  fetched by a device of theirs\n"
            "  Ben  held on this device; nothing of it has left\n"
            "And you, on your 2 devices.\n"
            "\n"
            "Heard by Anna; a call would be welcome\n"
            "  " +
                std::string(kHarmless) + "\n");
  const Json json = Json::parse(Run({"who", "a1b2", "--json"}).out);
  EXPECT_EQ(json["devices"], 2);
  EXPECT_EQ(json["audience"][0]["reach"], "fetched");
  EXPECT_EQ(json["answers"][0]["text"], kHostile);
  EXPECT_EQ(json["answers"][0]["wish"], "call");
}

TEST_F(SharingTest, WhatWasTakenBackIsNotCalledUnseen) {
  agent_->who.set_devices(1);
  *agent_->who.add_audience() = Sees("Anna", v1::Audience::TAKEN_BACK);
  EXPECT_THAT(Run({"who", "a1b2"}).out, HasSubstr("Nobody but you now, on this device; what was read"));
  const auto told = [&](v1::Audience::Reach before) {
    agent_->who.mutable_audience(0)->set_before(before);
    return Run({"who", "a1b2"}).out;
  };
  EXPECT_THAT(told(v1::Audience::UNKNOWN), HasSubstr("Anna  taken back; it may have been fetched before\n"));
  EXPECT_THAT(told(v1::Audience::FETCHED), HasSubstr("Anna  taken back; a device of theirs had fetched it before\n"));
  EXPECT_EQ(Json::parse(Run({"who", "a1b2", "--json"}).out)["audience"][0]["before"], "fetched");
  EXPECT_THAT(told(v1::Audience::WAITING), HasSubstr("Anna  taken back before it left this device\n"));
  agent_->who.clear_audience();
  agent_->who.add_answers()->set_friend_("Anna");
  EXPECT_THAT(Run({"who", "a1b2"}).out, HasSubstr("Nobody but you now, on this device; what was read"));
}

// ---- The friend's side.

TEST_F(SharingTest, TheInboxListsNotesInPlaceOfWords) {
  setenv("TZ", "UTC", 1);
  tzset();
  AddReceived("5c07e1aa5c07e1aa", "By the river.");
  AddReceived("6d07e1aa6d07e1aa", "The hard part.").mutable_copy()->set_note("About last winter");
  const Ran ran = Run({"inbox", "-n", "2", "--from", "Anna"});
  EXPECT_EQ(ran.out,
            "2026-11-18 11:06  5c07e1aa  Anna  By the river.\n"
            "2026-11-18 11:06  6d07e1aa  Anna  Note: About last winter\n");
  EXPECT_EQ(agent_->listed.limit(), 2u);
  EXPECT_EQ(agent_->listed.friend_(), "Anna");
  agent_->inbox.clear();
  EXPECT_EQ(Run({"inbox"}).out, "");
}

TEST_F(SharingTest, WhatAFriendWroteIsHarmlessAndExactAsJson) {
  v1::InboxItem& item = AddReceived("5c07e1aa", kHostile);
  item.set_friend_(kHostile);
  item.mutable_copy()->set_title(kHostile);
  item.mutable_copy()->set_note(std::string("one\n") + kHostile);
  item.mutable_copy()->set_kind(kHostile);
  v1::AnswerInfo* answer = item.add_answers();
  answer->set_friend_(kHostile);
  answer->set_text(std::string(kHostile) + "\nFrom somebody else  a1b2");
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"inbox"}, {"inbox", "show", "5c07"}}) {
    const Ran ran = Run(command);
    EXPECT_EQ(ran.status, 0) << ran.err;
    ExpectHarmless(ran.out);
    EXPECT_THAT(ran.out, HasSubstr(kHarmless));
  }
  EXPECT_THAT(Run({"inbox", "show", "5c07"}).out, EndsWith("\n  From somebody else  a1b2\n"));
  const Ran json = Run({"inbox", "show", "5c07", "--json"});
  const Json copy = Json::parse(json.out)["copy"];
  EXPECT_EQ(copy["text"], kHostile);
  EXPECT_EQ(copy["kind"], kHostile);
  EXPECT_EQ(copy["note"], std::string("one\n") + kHostile);
  for (const char c : json.out) EXPECT_LT(static_cast<unsigned char>(c), 0x80);
}

TEST_F(SharingTest, AnUnknownKindIsNamedAndItsTextShown) {
  AddReceived("5c07e1aa", "7 of 10").mutable_copy()->set_kind("check-in");
  EXPECT_THAT(Run({"inbox", "show", "5c07"}).out,
              HasSubstr("(a kind this version does not know: check-in)\n\n7 of 10\n"));
  EXPECT_THAT(Run({"inbox"}).out, HasSubstr("7 of 10 (a kind this version does not know: check-in)\n"));
  EXPECT_EQ(Json::parse(Run({"inbox", "--json"}).out)["copy"]["kind"], "check-in");
}

TEST_F(SharingTest, HowToListenComesBeforeTheFirstOneAndOnlyThen) {
  AddReceived("5c07e1aa", "By the river.");
  EXPECT_EQ(Run({"inbox", "show", "5c07", "--json"}).err, "");
  EXPECT_THAT(Run({"inbox", "show", "5c07"}).err, HasSubstr("not an emergency service"));
  EXPECT_EQ(Run({"inbox", "show", "5c07"}).err, "");
  EXPECT_THAT(Run({"help", "listening"}).out, HasSubstr("Nothing has to be fixed"));
}

TEST_F(SharingTest, HeardSendsWordsAWishOrNothingMore) {
  const Ran plain = Run({"heard", "5c07"});
  EXPECT_EQ(plain.out, "They will see that you heard it.\n");
  EXPECT_EQ(agent_->heard.item(), "5c07");
  EXPECT_EQ(agent_->heard.text(), "");
  EXPECT_EQ(agent_->heard.wish(), v1::AnswerInfo::NONE);
  EXPECT_EQ(Run({"heard", "5c07", "-", "--call"}, "I am glad\nyou told me.\n").err, "");
  EXPECT_EQ(agent_->heard.text(), "I am glad\nyou told me.");
  EXPECT_EQ(agent_->heard.wish(), v1::AnswerInfo::CALL);
  EXPECT_THAT(Run({"heard", "5c07", "Glad", "to", "know", "--rest"}).err, HasSubstr("shell's history"));
  EXPECT_EQ(agent_->heard.text(), "Glad to know");
  EXPECT_EQ(agent_->heard.wish(), v1::AnswerInfo::REST);
  EXPECT_EQ(Json::parse(Run({"heard", "5c07", "--json"}).out)["heard"], "5c07");
  EXPECT_EQ(Run({"heard", "5c07", "--call", "--rest"}).status, static_cast<int>(Exit::kUsage));
  EXPECT_EQ(Run({"heard", "5c07", "-"}, "\n").status, static_cast<int>(Exit::kUsage));
}

TEST_F(SharingTest, WordsOfAnAnswerThatIsRefusedAreKept) {
  agent_->next_refusal = Fail(Code::kTooLarge, "An answer has at most 1,000 characters.");
  const Ran ran = Run({"heard", "5c07", "-"}, "many words");
  EXPECT_EQ(ran.status, static_cast<int>(Exit::kInput));
  if (ran.err.find("could not be kept in memory") != std::string::npos) GTEST_SKIP() << ran.err;
  const size_t at = ran.err.rfind("kith heard 5c07 - < ");
  ASSERT_NE(at, std::string::npos) << ran.err;
  std::string path = ran.err.substr(at + 20);
  path.pop_back();
  std::stringstream kept;
  kept << std::ifstream(path).rdbuf();
  EXPECT_EQ(kept.str(), "many words");
  std::filesystem::remove_all(std::filesystem::path(path).parent_path());
}

TEST_F(SharingTest, NothingPassesOnWhatAFriendShared) {
  EXPECT_EQ(Run({"forward", "5c07"}).status, static_cast<int>(Exit::kUsage));
  EXPECT_EQ(Run({"inbox", "forward", "5c07"}).status, static_cast<int>(Exit::kUsage));
  EXPECT_THAT(Run({"inbox", "--help"}).out, HasSubstr("No command passes on what a friend shared"));
}

}  // namespace
}  // namespace kith
