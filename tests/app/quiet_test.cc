// What the agent keeps out of sight, whoever asks: what is quiet, and what was declined. And looking back.
#include "friend_fixture.h"

namespace kith::app_test {
namespace {

struct QuietApiTest : FriendTest {
  static std::string Decline(Agent& of, const std::string& item, bool take_up = false) {
    v1::InboxDeclineRequest request;
    request.set_item(item);
    request.set_take_up(take_up);
    v1::InboxDeclineReply reply;
    return Call(of, &Stub::InboxDecline, request, &reply);
  }
  static v1::InboxItem Declined(Agent& of, const std::string& item) {
    v1::InboxShowRequest request;
    request.set_item(item);
    request.set_declined(true);
    v1::InboxItem shown;
    EXPECT_EQ(Call(of, &Stub::InboxShow, request, &shown), "OK");
    return shown;
  }
  v1::EntrySummary WriteOn(const std::string& kind, const std::string& text, const std::string& on) {
    v1::WriteRequest request;
    request.set_kind(kind);
    request.set_text(text);
    request.set_on(on);
    if (kind == "lonely") request.mutable_practice()->mutable_lonely()->set_lonely(3);
    v1::EntrySummary written;
    EXPECT_EQ(Call(agent, &Stub::Write, request, &written), "OK");
    return written;
  }
  std::vector<std::string> Listed(bool quiet) {
    v1::ListRequest request;
    request.set_quiet(quiet);
    std::vector<v1::EntrySummary> rows;
    EXPECT_EQ(Stream(agent, &Stub::List, request, &rows), "OK");
    std::vector<std::string> lines;
    for (const v1::EntrySummary& row : rows) lines.push_back(row.first_line() + (row.quiet() ? " (quiet)" : ""));
    return lines;
  }
};

TEST_F(QuietApiTest, WhatWasDeclinedIsGivenOutOnlyToWhoAsksForIt) {
  Share(agent, ShareNow(Write("The hard part."), "Mia"));
  ASSERT_TRUE(InboxBecomes(mia, 1));
  const std::string id = Inbox(mia)[0].id();
  v1::HeardRequest heard;
  heard.set_item(id);
  heard.set_text("I heard it");
  v1::HeardReply answered;
  ASSERT_EQ(Call(mia, &Stub::Heard, heard, &answered), "OK");
  ASSERT_EQ(Decline(mia, id.substr(0, 6)), "OK");
  EXPECT_TRUE(Inbox(mia).empty());
  const v1::InboxItem kept_back = ReadItem(mia, id);
  EXPECT_TRUE(kept_back.declined());
  EXPECT_FALSE(kept_back.has_copy());
  EXPECT_EQ(kept_back.answers_size(), 0);
  v1::InboxRequest of_declined;
  of_declined.set_declined(true);
  std::vector<v1::InboxItem> items;
  ASSERT_EQ(Stream(mia, &Stub::Inbox, of_declined, &items), "OK");
  ASSERT_EQ(items.size(), 1u);
  EXPECT_FALSE(items[0].has_copy());
  EXPECT_EQ(Declined(mia, id).copy().text(), "The hard part.");
  EXPECT_EQ(Declined(mia, id).answers_size(), 1);
  ASSERT_EQ(Decline(mia, id, true), "OK");
  EXPECT_EQ(ReadItem(mia, id).copy().text(), "The hard part.");
}

TEST_F(QuietApiTest, RefusalsOfDeclining) {
  EXPECT_EQ(Decline(mia, "ffffffff"), "NOT_FOUND");
  EXPECT_EQ(Decline(mia, "x"), "INVALID_ARGUMENT");
  EXPECT_EQ(Decline(mia, "Ada"), "NOT_FOUND");  // a friend who has shared nothing
}

TEST_F(QuietApiTest, AQuietDateIsLeftOutOfListsSearchesAndLooksBackUnlessAskedFor) {
  for (const char* day : {"2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01"})
    WriteOn("lonely", "", day);
  WriteOn("entry", "lilac", "2026-05-01");
  WriteOn("entry", "frost", "2026-01-02");
  WriteOn("quiet", "", "2026-05-01");
  EXPECT_EQ(Listed(false), (std::vector<std::string>{"lonely 3", "lonely 3", "lonely 3", "frost", "lonely 3"}));
  std::vector<std::string> all = Listed(true);
  EXPECT_EQ(all.size(), 8u);
  EXPECT_EQ(std::ranges::count(all, "lilac (quiet)"), 1);
  v1::SearchRequest search;
  search.add_words("lilac");
  std::vector<v1::SearchHit> hits;
  ASSERT_EQ(Stream(agent, &Stub::Search, search, &hits), "OK");
  EXPECT_TRUE(hits.empty());
  search.set_quiet(true);
  ASSERT_EQ(Stream(agent, &Stub::Search, search, &hits), "OK");
  EXPECT_EQ(hits.size(), 1u);
  v1::LookBackRequest look;
  look.set_kind("lonely");
  v1::LookBackReply back;
  ASSERT_EQ(Call(agent, &Stub::LookBack, look, &back), "OK");
  EXPECT_EQ(back.n(), 4u);
  EXPECT_FALSE(back.enough());
  EXPECT_EQ(back.points_size() + back.groups_size(), 0);
  look.set_quiet(true);
  ASSERT_EQ(Call(agent, &Stub::LookBack, look, &back), "OK");
  EXPECT_TRUE(back.enough());
  ASSERT_EQ(back.points_size(), 5);
  EXPECT_EQ(back.points(0).day(), 20'454);  // 2026-01-01
  EXPECT_EQ(back.first(), "lonely");
  EXPECT_EQ(back.groups(0).first(), 3.0);
}

TEST_F(QuietApiTest, RefusalsOfLookingBack) {
  v1::LookBackRequest look;
  v1::LookBackReply back;
  for (const char* kind : {"", "trust", "entry", "a-newer-kind"}) {
    look.set_kind(kind);
    EXPECT_EQ(Call(agent, &Stub::LookBack, look, &back), "INVALID_ARGUMENT") << kind;
  }
  look.set_kind("check");
  look.set_from("yesteryear");
  EXPECT_EQ(Call(agent, &Stub::LookBack, look, &back), "INVALID_ARGUMENT");
}

}  // namespace
}  // namespace kith::app_test
