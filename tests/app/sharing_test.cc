// Sharing an entry between two people with two devices each, over a real relay.
#include <set>

#include "friend_fixture.h"

namespace kith::app_test {
namespace {

// Each has a second device, which learned of the friendship from the first.
struct SharingTest : FriendTest {
  void SetUp() override {
    FriendTest::SetUp();
    LinkDevice(agent, ada_too);
    LinkDevice(mia, mia_too);
    for (Agent* of : {&agent, &ada_too, &mia, &mia_too}) {
      ASSERT_TRUE(Eventually([&] { return Friends(*of).size() == 1 && Friends(*of)[0].sync() == v1::SYNC_LIVE; }));
    }
  }
  // All is at the relay, and it has nothing more to do.
  std::map<std::string, std::string> RelayStandsStill() {
    for (Agent* of : {&agent, &ada_too, &mia, &mia_too}) EXPECT_EQ(Sync(*of), "OK");
    std::map<std::string, std::string> before = relay.Contents();
    EXPECT_TRUE(Eventually([&] {
      std::map<std::string, std::string> now = relay.Contents();
      const bool still = now == before;
      before = std::move(now);
      return still;
    }));
    return before;
  }
  v1::Audience::Reach ReachOf(const v1::EntrySummary& entry) {
    const v1::WhoReply who = Who(agent, entry.id());
    return who.audience_size() == 1 ? who.audience(0).reach() : v1::Audience::TAKEN_BACK;
  }

  Agent ada_too;
  Agent mia_too;
};

TEST_F(SharingTest, HeldReleasedReadAndHeardOnEveryDevice) {
  v1::WriteRequest write;
  write.set_text("What I want you to know.");
  write.set_title("A letter");
  write.set_journal("private");
  write.add_tags("secret");
  write.set_on("2026-11-23 21:30");
  write.set_zone("Europe/London");
  v1::EntrySummary entry;
  ASSERT_EQ(Call(agent, &Stub::Write, write, &entry), "OK");

  v1::ShareRequest request = ShareOf(entry, "mia");
  request.set_entry(entry.id().substr(0, 8));
  request.set_note("About my father.");
  const int64_t before = agent.device.open()->vault->clock().NowMillis();
  const v1::ShareReply shared = Share(agent, request);
  EXPECT_EQ(shared.friend_(), "Mia");
  EXPECT_EQ(shared.copy().text(), "What I want you to know.");
  EXPECT_EQ(shared.copy().note(), "About my father.");
  EXPECT_NE(shared.held(), 0u);
  EXPECT_GE(shared.leaves(), static_cast<uint64_t>(before + 15 * 60'000));
  EXPECT_LE(shared.leaves(), static_cast<uint64_t>(before + 16 * 60'000));
  ASSERT_EQ(Held(agent).size(), 1u);
  EXPECT_EQ(Held(agent)[0].leaves(), shared.leaves());
  EXPECT_TRUE(Held(ada_too).empty());
  EXPECT_EQ(Status(agent).held(), 1u);
  EXPECT_EQ(Status(agent).shared_entries(), 0u);
  EXPECT_EQ(ReachOf(entry), v1::Audience::HELD);

  ASSERT_EQ(ReleaseNow(agent, shared.held()), "OK");
  EXPECT_EQ(ReleaseNow(agent, shared.held()), "NOT_FOUND");
  EXPECT_EQ(Cancel(agent, shared.held()), "NOT_FOUND");
  for (Agent* of : {&mia, &mia_too}) {
    ASSERT_TRUE(InboxBecomes(*of, 1));
    const v1::InboxItem item = ReadItem(*of, Inbox(*of)[0].id().substr(0, 6));
    EXPECT_EQ(item.friend_(), "Ada");
    EXPECT_EQ(item.copy().SerializeAsString(), shared.copy().SerializeAsString());
    EXPECT_EQ(item.copy().title(), "A letter");
    EXPECT_TRUE(item.copy().date().day_only());
    EXPECT_EQ(item.copy().date().second(), 0u);
    EXPECT_EQ(item.copy().date().zone(), "");
    EXPECT_EQ(Status(*of).entries(), 0u);
    EXPECT_EQ(Friends(*of)[0].received(), 1u);
  }
  EXPECT_EQ(Status(agent).held(), 0u);
  EXPECT_EQ(Status(agent).shared_entries(), 1u);
  EXPECT_EQ(Friends(agent)[0].shared(), 1u);

  v1::HeardRequest heard;
  heard.set_item(Inbox(mia_too)[0].id());
  heard.set_text("I am with you.");
  heard.set_wish(v1::AnswerInfo::CALL);
  v1::HeardReply reply;
  ASSERT_EQ(Call(mia_too, &Stub::Heard, heard, &reply), "OK");
  for (Agent* of : {&agent, &ada_too}) {
    ASSERT_TRUE(Eventually([&] { return Who(*of, entry.id()).answers_size() == 1; }));
    const v1::WhoReply who = Who(*of, entry.id());
    EXPECT_EQ(who.answers(0).friend_(), "Mia");
    EXPECT_EQ(who.answers(0).text(), "I am with you.");
    EXPECT_EQ(who.answers(0).wish(), v1::AnswerInfo::CALL);
    EXPECT_EQ(who.devices(), 2u);
    ASSERT_EQ(who.audience_size(), 1);
    EXPECT_EQ(who.audience(0).summary().title(), "A letter");
  }
  // Whoever answered has it.
  EXPECT_TRUE(Eventually([&] { return ReachOf(entry) == v1::Audience::FETCHED; }));
  ASSERT_TRUE(Eventually([&] { return ReadItem(mia, Inbox(mia)[0].id()).answers_size() == 1; }));
  EXPECT_EQ(ReadItem(mia, Inbox(mia)[0].id()).answers(0).friend_(), "");
}

TEST_F(SharingTest, CancelledDuringTheHoldNothingOfItReachesTheRelay) {
  const v1::EntrySummary entry = Write("not yet");
  const auto before = RelayStandsStill();
  const v1::ShareReply shared = Share(agent, ShareOf(entry, "Mia"));
  ASSERT_NE(shared.held(), 0u);
  EXPECT_EQ(RelayStandsStill(), before);
  ASSERT_EQ(Cancel(agent, shared.held()), "OK");
  EXPECT_EQ(RelayStandsStill(), before);
  EXPECT_TRUE(Held(agent).empty());
  EXPECT_EQ(Who(agent, entry.id()).audience_size(), 0);
  EXPECT_TRUE(Inbox(mia).empty());
}

TEST_F(SharingTest, UnsharedBeforeItWasFetchedItNeverArrives) {
  LockOf(mia);
  LockOf(mia_too);
  const v1::EntrySummary entry = Write("taken back");
  Share(agent, ShareNow(entry, "Mia"));
  ASSERT_EQ(Sync(agent), "OK");
  ASSERT_EQ(ReachOf(entry), v1::Audience::UNKNOWN);
  v1::UnshareReply reply;
  ASSERT_EQ(Unshare(agent, entry, "Mia", &reply), "OK");
  ASSERT_EQ(reply.taken_back_size(), 1);
  EXPECT_EQ(reply.taken_back(0).reach(), v1::Audience::UNKNOWN);
  EXPECT_EQ(reply.taken_back(0).friend_(), "Mia");
  ASSERT_EQ(Sync(agent), "OK");
  EXPECT_EQ(Unshare(agent, entry, "", &reply), "NOT_FOUND");
  UnlockOf(mia);
  UnlockOf(mia_too);
  for (Agent* of : {&mia, &mia_too}) {
    ASSERT_EQ(Sync(*of), "OK");
    EXPECT_TRUE(Inbox(*of).empty());
  }
}

TEST_F(SharingTest, UnsharedAfterwardsItIsGoneFromTheFriendsList) {
  const v1::EntrySummary entry = Write("for a day");
  Share(agent, ShareNow(entry, "Mia"));
  ASSERT_TRUE(InboxBecomes(mia, 1));
  ASSERT_TRUE(InboxBecomes(mia_too, 1));
  // From the other device, which learned of the entry and of the share, and from everybody at once.
  ASSERT_TRUE(Eventually([&] {
    v1::WhoRequest request;
    request.set_entry(entry.id());
    v1::WhoReply who;
    return Call(ada_too, &Stub::Who, request, &who) == "OK" && who.audience_size() == 1;
  }));
  v1::UnshareReply reply;
  ASSERT_EQ(Unshare(ada_too, entry, "", &reply), "OK");
  EXPECT_TRUE(InboxBecomes(mia, 0));
  EXPECT_TRUE(InboxBecomes(mia_too, 0));
  EXPECT_TRUE(Eventually([&] {
    const v1::WhoReply who = Who(agent, entry.id());
    return who.audience_size() == 1 && who.audience(0).reach() == v1::Audience::TAKEN_BACK;
  }));
}

TEST_F(SharingTest, LaterEditsStayPrivateUnlessTheyAreToFollow) {
  const v1::EntrySummary stays = Write("first");
  const v1::EntrySummary follows = Write("first, followed");
  Share(agent, ShareNow(stays, "Mia"));
  v1::ShareRequest request = ShareNow(follows, "Mia");
  request.set_follow(true);
  Share(agent, request);
  ASSERT_TRUE(InboxBecomes(mia, 2));
  for (const v1::EntrySummary* entry : {&stays, &follows}) {
    v1::EditRequest edit;
    edit.set_entry(entry->id());
    edit.set_text("second");
    v1::EntrySummary edited;
    ASSERT_EQ(Call(agent, &Stub::Edit, edit, &edited), "OK");
  }
  const auto texts = [&] {
    std::multiset<std::string> all;
    for (const v1::InboxItem& item : Inbox(mia)) all.insert(item.copy().text());
    return all;
  };
  EXPECT_TRUE(Eventually([&] { return texts() == std::multiset<std::string>{"first", "second"}; }));
  // Deleting takes nothing back.
  v1::EntryRequest gone;
  gone.set_entry(follows.id());
  v1::EntrySummary deleted;
  ASSERT_EQ(Call(agent, &Stub::Delete, gone, &deleted), "OK");
  ASSERT_EQ(Sync(agent), "OK");
  ASSERT_EQ(Sync(mia), "OK");
  EXPECT_EQ(texts(), (std::multiset<std::string>{"first", "second"}));
  EXPECT_EQ(Who(agent, "").audience_size(), 2);
}

TEST_F(SharingTest, AllGoesOnAfterLockingAndUnlocking) {
  const v1::EntrySummary entry = Write("held through the night");
  const v1::ShareReply shared = Share(agent, ShareOf(entry, "Mia"));
  for (Agent* of : {&agent, &ada_too, &mia, &mia_too}) LockOf(*of);
  for (Agent* of : {&agent, &ada_too, &mia, &mia_too}) UnlockOf(*of);
  ASSERT_EQ(Held(agent).size(), 1u);
  EXPECT_EQ(Held(agent)[0].leaves(), shared.leaves());
  ASSERT_EQ(ReleaseNow(agent, shared.held()), "OK");
  EXPECT_TRUE(InboxBecomes(mia_too, 1));
  for (Agent* of : {&mia, &mia_too}) {
    LockOf(*of);
    UnlockOf(*of);
    EXPECT_TRUE(InboxBecomes(*of, 1));
  }
}

TEST_F(FriendTest, APreviewChangesNothing) {
  const v1::EntrySummary entry = Write("One. Two. Three.");
  ASSERT_EQ(Sync(agent), "OK");
  v1::ShareRequest request = ShareNow(entry, "Mia");
  request.set_preview(true);
  request.set_passage("Two.");
  const v1::ShareReply shown = Share(agent, request);
  EXPECT_EQ(shown.copy().text(), "Two.");
  EXPECT_TRUE(shown.copy().passage());
  EXPECT_EQ(shown.held(), 0u);
  EXPECT_EQ(Status(agent).waiting(), 0u);
  EXPECT_EQ(Who(agent, "").audience_size(), 0);
}

TEST_F(FriendTest, AVersionCanBeChosen) {
  const v1::EntrySummary entry = Write("as it was");
  v1::EditRequest edit;
  edit.set_entry(entry.id());
  edit.set_text("as it is");
  v1::EntrySummary edited;
  ASSERT_EQ(Call(agent, &Stub::Edit, edit, &edited), "OK");
  v1::ShareRequest request = ShareNow(entry, "Mia");
  request.set_version(entry.heads(0));
  EXPECT_EQ(Share(agent, request).copy().text(), "as it was");
  ASSERT_TRUE(InboxBecomes(mia, 1));
  EXPECT_EQ(Inbox(mia)[0].copy().text(), "as it was");
}

TEST_F(FriendTest, AListHasFirstLinesAndCanBeOfOneFriend) {
  Share(agent, ShareNow(Write("First line.\n\nMore."), "Mia"));
  Share(agent, ShareNow(Write("Another."), "Mia"));
  ASSERT_TRUE(InboxBecomes(mia, 2));
  v1::InboxRequest request;
  request.set_friend_("ada");
  request.set_limit(1);
  std::vector<v1::InboxItem> items;
  ASSERT_EQ(Stream(mia, &Stub::Inbox, request, &items), "OK");
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].copy().text(), "Another.");
  EXPECT_EQ(Inbox(mia)[1].copy().text(), "First line.");
  EXPECT_EQ(ReadItem(mia, Inbox(mia)[1].id()).copy().text(), "First line.\n\nMore.");
  request.set_friend_("nobody");
  EXPECT_EQ(Stream(mia, &Stub::Inbox, request, &items), "NOT_FOUND");
}

TEST_F(FriendTest, RefusalsOfSharing) {
  const v1::EntrySummary entry = Write("words");
  v1::ShareRequest request = ShareOf(entry, "nobody");
  EXPECT_EQ(Refused(agent, request), "NOT_FOUND");
  request = ShareOf(entry, "Mia");
  for (const uint32_t seconds : {1u, 59u, 24u * 3600 + 1, ~0u}) {
    request.set_hold_seconds(seconds);
    EXPECT_EQ(Refused(agent, request), "INVALID_ARGUMENT") << seconds;
  }
  request.set_hold_seconds(60);
  request.set_version("short");
  EXPECT_EQ(Refused(agent, request), "INVALID_ARGUMENT");
  request.set_version(std::string(32, 'x'));
  EXPECT_EQ(Refused(agent, request), "NOT_FOUND");
  request.clear_version();
  request.set_passage("not in it");
  EXPECT_EQ(Refused(agent, request), "NOT_FOUND");
  request.set_passage("words");
  request.set_follow(true);
  EXPECT_EQ(Refused(agent, request), "INVALID_ARGUMENT");
  request.set_follow(false);
  request.set_note(std::string(1'001, 'x'));
  EXPECT_EQ(Refused(agent, request), "TOO_LARGE");
  request = ShareOf(entry, "Mia");
  request.set_entry("00000000");
  EXPECT_EQ(Refused(agent, request), "NOT_FOUND");
  EXPECT_TRUE(Held(agent).empty());
  EXPECT_EQ(Cancel(agent, 1), "NOT_FOUND");
  EXPECT_EQ(ReleaseNow(agent, 1), "NOT_FOUND");
  v1::UnshareReply unshared;
  EXPECT_EQ(Unshare(agent, entry, "Mia", &unshared), "NOT_FOUND");
  EXPECT_EQ(Unshare(agent, entry, "nobody", &unshared), "NOT_FOUND");

  Share(agent, ShareNow(entry, "Mia"));
  ASSERT_TRUE(InboxBecomes(mia, 1));
  v1::HeardRequest heard;
  v1::HeardReply reply;
  heard.set_item("00000000");
  EXPECT_EQ(Call(mia, &Stub::Heard, heard, &reply), "NOT_FOUND");
  heard.set_item("xyz");
  EXPECT_EQ(Call(mia, &Stub::Heard, heard, &reply), "INVALID_ARGUMENT");
  heard.set_item(Inbox(mia)[0].id());
  heard.set_text(std::string(1'001, 'x'));
  EXPECT_EQ(Call(mia, &Stub::Heard, heard, &reply), "TOO_LARGE");
  heard.clear_text();
  heard.set_wish(static_cast<v1::AnswerInfo::Wish>(7));
  EXPECT_EQ(Call(mia, &Stub::Heard, heard, &reply), "INVALID_ARGUMENT");
}

}  // namespace
}  // namespace kith::app_test
