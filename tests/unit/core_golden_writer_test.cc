// Vaults of the present format, as a later Kith will find them. KITH_GOLDEN_OUT=FILE writes them there; see "Golden
// vaults" in tests/README.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "client/core/sharing.h"
#include "tests/support/builders.h"
#include "tests/support/family.h"
#include "tests/support/golden.h"
#include "tests/support/seeded_random.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

MailboxId PairWith(Relative& device, const std::string& name) {
  for (const FriendInfo& known : device.journal->sharing().Friends()) {
    if (known.label == name) return known.circle;
  }
  ADD_FAILURE() << "no such friend";
  return {};
}

// Ada has a laptop, and had a tablet. Ben and Cy are her friends, hold shares of her journal's key, and are in a circle
// with her.
Golden AtPresent() {
  const SeededRandom random(20262);
  Family family;
  Relative& ada = family.Add("ada");
  Relative& ben = family.Add("ben");
  Relative& cy = family.Add("cy");
  Relative& tablet = family.Link(ada);
  EXPECT_TRUE(tablet.journal->Write(AnEntry("By the tablet.")));
  family.SyncAll();
  EXPECT_TRUE(ada.journal->RevokeDevice(tablet.state().device->public_key()));
  family.Destroy(tablet);
  family.SyncAll();
  family.Befriend(ada, ben);
  family.Befriend(ada, cy);
  const MailboxId circle = family.Found({&ada, &ben, &cy});
  family.Share(ada, PairWith(ada, "ben"), "To Ben.");
  family.Share(ben, PairWith(ben, "ada"), "To Ada.");
  family.Share(ada, circle, "To the family.");
  EXPECT_TRUE(ada.journal->SetTrustees({.circles = {PairWith(ada, "ben"), PairWith(ada, "cy")}, .needed = 2}));
  const auto wiped = ada.journal->Write(AnEntry("To be shredded."));
  family.SyncAll();
  EXPECT_TRUE(wiped && ada.journal->Shred(*wiped));
  family.SyncAll();
  EXPECT_TRUE(ada.journal->Write(AnEntry("Not sent yet.")));
  Golden golden{.stores = {}, .relay_key = family.relay().key(), .relay = family.relay().database()};
  golden.stores["ada"] = ada.store;
  golden.relay.tokens.clear();
  std::erase_if(golden.relay.mailboxes,
                [&](const auto& mailbox) { return !ada.state().mailboxes.contains(mailbox.first); });
  return golden;
}

TEST(GoldenWriter, WritesTheSameVaultsEachTime) {
  const Bytes golden = EncodeGolden(AtPresent());
  EXPECT_EQ(golden, EncodeGolden(AtPresent()));
  if (const char* const out = std::getenv("KITH_GOLDEN_OUT")) {
    std::ofstream(out, std::ios::binary)
        .write(reinterpret_cast<const char*>(golden.data()), static_cast<std::streamsize>(golden.size()));
  }
}

class GoldenFormat2 : public testing::Test {
 protected:
  void SetUp() override {
    golden_ = ReadGolden(std::string(KITH_GOLDEN) + "/format2.golden");
    family_.relay() = SimRelay(golden_.relay_key, golden_.relay);
  }
  Relative& Open() {
    Relative& one = family_.everybody().emplace_back();
    one.name = "ada";
    one.store = golden_.stores.at("ada");
    one.clock.Advance(FakeClock::kDay);
    one.Reopen();
    return one;
  }
  static std::vector<std::string> Words(Relative& device) {
    std::vector<std::string> words;
    EXPECT_TRUE(device.journal->ForEach([&](const EntryId&, const Content& content) {
      words.push_back(content.text);
      return true;
    }));
    std::ranges::sort(words);
    return words;
  }

  Golden golden_;
  Family family_;
};

TEST_F(GoldenFormat2, IsReadAsItIs) { EXPECT_EQ(Open().store.contents(), golden_.stores.at("ada").contents()); }

TEST_F(GoldenFormat2, HasEveryWord) {
  Relative& ada = Open();
  EXPECT_THAT(Words(ada), ElementsAre("By the tablet.", "Not sent yet.", "To Ben.", "To the family."));
  EXPECT_THAT(Family::Inbox(ada), ElementsAre("To Ada."));
  EXPECT_THAT(TrusteesOf(ada.state()), SizeIs(2));
  EXPECT_THAT(ada.journal->sharing().Friends(), SizeIs(2));
}

TEST_F(GoldenFormat2, GoesOn) {
  Relative& ada = Open();
  family_.Share(ada, PairWith(ada, "ben"), "To Ben, later.");
  family_.SyncAll();
  EXPECT_EQ(ada.state().refused, 0u);
  EXPECT_THAT(ada.state().alarms.all(), IsEmpty());
  for (const MailboxId& mailbox : ada.journal->mailboxes()) {
    EXPECT_TRUE(ada.journal->sync(mailbox).idle());
    EXPECT_EQ(ada.journal->sync(mailbox).status().problem, std::nullopt);
  }
  Relative& phone = family_.Link(ada);
  family_.SyncAll();
  EXPECT_THAT(Words(phone),
              ElementsAre("By the tablet.", "Not sent yet.", "To Ben, later.", "To Ben.", "To the family."));
  EXPECT_EQ(Words(phone), Words(ada));
  EXPECT_THAT(Family::Inbox(phone), ElementsAre("To Ada."));
  ada.Reopen();
  EXPECT_EQ(Words(phone), Words(ada));
}

}  // namespace
}  // namespace kith
