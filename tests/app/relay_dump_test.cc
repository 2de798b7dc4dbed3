// What a relay's disk and logs hold of a circle of five, against the table of server/DESIGN.md, both ways; and that
// nothing they wrote or named stands there, nor anything that links one mailbox to another.
#include "relay_dump.h"

#include <algorithm>
#include <array>

#include "friend_fixture.h"
#include "server/data_folder.h"

namespace kith::app_test {
namespace {

// Who they are, and what they must not leave at a relay. All planted words are longer than any chance hit.
struct Planted {
  const char* device;
  const char* friend_label;
  const char* known_as;  // in the circle
  const char* title;
  const char* text;
  const char* tag;
};
constexpr std::array<Planted, 5> kPeople = {{
    {"adas-kitchen-laptop", "label-of-ada", "adas-name-among-all", "Title that Ada chose",
     "Words of Ada about the river", "tag-of-ada"},
    {"mias-old-telephone", "label-of-mia", "mias-name-among-all", "Title that Mia chose",
     "Words of Mia about the garden", "tag-of-mia"},
    {"zoes-work-computer", "label-of-zoe", "zoes-name-among-all", "Title that Zoe chose",
     "Words of Zoe about the winter", "tag-of-zoe"},
    {"bens-borrowed-tablet", "label-of-ben", "bens-name-among-all", "Title that Ben chose",
     "Words of Ben about the house", "tag-of-ben"},
    {"evas-second-machine", "label-of-eva", "evas-name-among-all", "Title that Eva chose",
     "Words of Eva about the train", "tag-of-eva"},
}};
constexpr char kCircle[] = "name-of-the-circle";

class RelayDumpTest : public FriendFixture {
 protected:
  void SetUp() override {
    relay.Stop();
    relay.LogEverything();
    ASSERT_TRUE(relay::RenewCertificate(relay.folder()));  // as `kith-relay init` does
    testing::internal::CaptureStderr();
    relay.Start();
    for (size_t i = 0; i < people_.size(); ++i) {
      people_[i] = i == 0 ? &agent : &others_[i - 1];
      Init(*people_[i], kPeople[i].device);
      SetRelay(*people_[i], relay);
      ASSERT_EQ(Sync(*people_[i]), "OK");
    }
    // The mailboxes that they have in common: a pair each with the first, by which that one asks them in, and the
    // circle.
    for (size_t i = 1; i < people_.size(); ++i)
      Meet(*people_[0], kPeople[i].friend_label, *people_[i], kPeople[0].friend_label);
    FoundCircle();
  }
  void FoundCircle() {
    v1::CircleCreateRequest create;
    create.set_name(kCircle);
    create.set_known_as(kPeople[0].known_as);
    v1::CircleInfo info;
    ASSERT_EQ(Call(*people_[0], &Stub::CircleCreate, create, &info), "OK");
    for (size_t i = 1; i < people_.size(); ++i) {
      v1::CircleInviteRequest invite;
      invite.set_circle(kCircle);
      invite.set_friend_(kPeople[i].friend_label);
      ASSERT_EQ(Call(*people_[0], &Stub::CircleInvite, invite, &info), "OK");
      v1::CircleAnswerRequest yes;
      yes.set_name(kCircle);
      yes.set_known_as(kPeople[i].known_as);
      yes.set_accept(true);
      v1::CircleInvitation asked;
      ASSERT_TRUE(Eventually([&] { return Call(*people_[i], &Stub::CircleAnswer, yes, &asked) == "OK"; }));
    }
    for (Agent* person : people_) ASSERT_TRUE(Eventually([&] { return MembersKnown(*person) == people_.size(); }));
  }
  static size_t MembersKnown(Agent& to) {
    v1::CircleRequest request;
    request.set_circle(kCircle);
    v1::CircleMembersReply reply;
    const bool known = Call(to, &Stub::CircleMembers, request, &reply) == "OK";
    return known ? static_cast<size_t>(reply.members_size()) : 0;
  }
  v1::EntrySummary WriteAs(size_t person) {
    v1::WriteRequest request;
    request.set_text(kPeople[person].text);
    request.set_title(kPeople[person].title);
    request.add_tags(kPeople[person].tag);
    request.set_zone("Europe/London");
    v1::EntrySummary written;
    EXPECT_EQ(Call(*people_[person], &Stub::Write, request, &written), "OK");
    return written;
  }
  // All write and share with all; the first takes back.
  void Live() {
    std::vector<v1::EntrySummary> written;
    for (size_t i = 0; i < people_.size(); ++i) {
      written.push_back(WriteAs(i));
      Share(*people_[i], ShareNow(written[i], kCircle));
    }
    for (Agent* person : people_) ASSERT_TRUE(InboxBecomes(*person, people_.size() - 1));
    v1::UnshareReply reply;
    ASSERT_EQ(Unshare(*people_[0], written[0], kCircle, &reply), "OK");
    for (size_t i = 1; i < people_.size(); ++i) ASSERT_TRUE(InboxBecomes(*people_[i], people_.size() - 2));
    for (Agent* person : people_) ASSERT_EQ(Sync(*person), "OK");
    for (size_t i = 0; i < people_.size(); ++i) {
      const auto id =
          people_[i]->device.open()->vault->With([&](Journal& journal) { return journal.Resolve(written[i].id()); });
      ASSERT_TRUE(id);
      ids_.insert(ids_.end(), {written[i].id(), ToString(id->view())});
    }
  }
  // An invite that nobody has used, and the relay's end.
  void StopRelay() {
    unused_ = relay.Invite();
    relay.Stop();
    log_ = testing::internal::GetCapturedStderr();
  }

  TestRelay relay;
  std::array<Agent, 4> others_;
  std::array<Agent*, 5> people_{};
  std::vector<std::string> ids_;  // of entries, as they are typed and as they are
  std::string unused_;
  std::string log_;
};

TEST_F(RelayDumpTest, HoldsWhatTheTableTellsAndNothingElse) {
  Live();
  StopRelay();
  const std::vector<VisibleField> table = ReadVisibleTable(KITH_RELAY_DESIGN);
  const auto files = relay.Contents();

  // Nothing that was planted stands in any file or in the log, whatever the case.
  std::vector<std::string> planted(ids_);
  for (const Planted& person : kPeople) {
    for (const char* what :
         {person.device, person.friend_label, person.known_as, person.title, person.text, person.tag})
      planted.emplace_back(what);
  }
  planted.emplace_back(kPassphrase);
  planted.emplace_back(kCircle);
  for (const std::string& what : planted) {
    ASSERT_GE(what.size(), 8u);
    for (const auto& [name, content] : files) {
      EXPECT_EQ(content.find(what), std::string::npos) << what << " in " << name;
    }
    EXPECT_EQ(log_.find(what), std::string::npos) << what << " in the log";
  }
  EXPECT_EQ(log_.find("127.0.0.1"), std::string::npos) << "an address in the log";
  EXPECT_NE(log_.find(R"("method":"Push")"), std::string::npos) << "calls are logged";

  const RelayDump dump = DumpRelay(relay.folder(), log_, table);
  EXPECT_THAT(dump.untold, testing::IsEmpty()) << "tell of it in server/DESIGN.md, \"What its disk and logs hold\"";
  for (const VisibleField& field : table)
    EXPECT_TRUE(dump.met.contains({field.where, field.name})) << field.where << ": " << field.name << " is not there";

  // One mailbox each, one for each pair, and the circle's. No two have anything in common.
  EXPECT_EQ(dump.of_mailbox.size(), 2 * people_.size());
  for (auto one = dump.of_mailbox.begin(); one != dump.of_mailbox.end(); ++one) {
    EXPECT_GT(one->second.size(), 1000u) << "ids and ciphertext";
    for (auto other = std::next(one); other != dump.of_mailbox.end(); ++other) {
      std::vector<Bytes> common;
      std::ranges::set_intersection(one->second, other->second, std::back_inserter(common));
      EXPECT_THAT(common, testing::IsEmpty()) << "mailboxes " << one->first << " and " << other->first;
    }
  }
}

// The twin: a table that is behind, or that tells of what is not there, fails.
TEST_F(RelayDumpTest, ATableThatIsBehindOrAheadIsFoundOut) {
  StopRelay();
  const std::vector<VisibleField> table = ReadVisibleTable(KITH_RELAY_DESIGN);
  for (size_t left_out = 0; left_out < table.size(); ++left_out) {
    const VisibleField& field = table[left_out];
    if (field.where == "db x" || field.where == "db r dropped") continue;  // nobody has taken anything back here
    std::vector<VisibleField> behind = table;
    behind.erase(behind.begin() + static_cast<ptrdiff_t>(left_out));
    const RelayDump dump = DumpRelay(relay.folder(), log_, behind);
    EXPECT_THAT(dump.untold, testing::Not(testing::IsEmpty())) << field.where << ": " << field.name;
  }
  std::vector<VisibleField> ahead = table;
  ahead.push_back({.where = "db m", .name = "owner", .bytes = 1});
  EXPECT_THAT(DumpRelay(relay.folder(), log_, ahead).untold, testing::Not(testing::IsEmpty()));
  ahead.back() = {.where = "log", .name = "address", .length = VisibleField::Length::kRest};
  EXPECT_FALSE(DumpRelay(relay.folder(), log_, ahead).met.contains({"log", "address"}));
}

}  // namespace
}  // namespace kith::app_test
