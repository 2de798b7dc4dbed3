// Vaults that a landed Kith wrote, opened by this one: nothing in them is lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/sharing.h"
#include "tests/support/builders.h"
#include "tests/support/family.h"
#include "tests/support/golden.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::SizeIs;
using testing::UnorderedElementsAre;

Golden Landed(const std::string& name) { return ReadGolden(std::string(KITH_GOLDEN) + "/" + name); }

uint64_t Number(MemStore& store) {
  return storage::DecodeU64(store.Get(storage::Key(storage::Prefix::kFormat)).value().value()).value();
}
bool ToTakeAgain(MemStore& store) { return store.Get(storage::Key(storage::Prefix::kToTakeAgain)).value().has_value(); }

// Every version's text of every entry that is there or deleted, "text" or "title: text".
std::vector<std::string> AllWords(const Journal& journal) {
  std::vector<std::string> words;
  for (const auto which : {ListQuery::Which::kPresent, ListQuery::Which::kDeleted}) {
    EXPECT_TRUE(journal.List({.which = which}, [&](const storage::Summary& summary) {
      const auto history = journal.History(summary.id);
      EXPECT_TRUE(history.has_value());
      for (const Version& version : *history) {
        if (version.state != VersionState::kContent) continue;
        const Content& content = version.content;
        words.push_back((content.title.empty() ? "" : content.title + ": ") + content.text);
      }
      return true;
    }));
  }
  return words;
}

const std::vector<std::string> kBoth = {"Harbour: The harbour was grey.", "Harbour: The harbour was grey, then gold.",
                                        "A line to be deleted.", "Paper: Copied from paper.", "Rain on the bridge."};

// A person with a laptop and a phone, in step but for what each wrote last, and another person nobody else knows.
class GoldenFormat1 : public testing::Test {
 protected:
  void SetUp() override {
    golden_ = Landed("format1.golden");
    family_.relay() = SimRelay(golden_.relay_key, golden_.relay);
    later_.Advance(FakeClock::kDay);
  }
  Relative& Take(const std::string& name) {
    Relative& one = family_.everybody().emplace_back();
    one.name = name;
    one.store = golden_.stores.at(name);
    one.clock = later_;
    return one;
  }
  Relative& Open(const std::string& name) {
    Relative& one = Take(name);
    one.Reopen();
    return one;
  }
  static void ExpectSound(Relative& device) {
    EXPECT_EQ(device.state().refused, 0u);
    EXPECT_THAT(device.state().alarms.all(), IsEmpty());
    EXPECT_TRUE(device.journal->sync().idle());
    EXPECT_EQ(device.journal->sync().status().problem, std::nullopt);
    for (const storage::Lane& lane : device.state().lanes.all()) {
      EXPECT_EQ(lane.applied_seq, lane.stored_seq);
      EXPECT_TRUE(!device.state().IsSelf(lane.mailbox) || device.state().AuthorOf(lane) == device.person());
      EXPECT_EQ(lane.broken, 0);
    }
  }

  Golden golden_;
  Family family_;
  FakeClock later_;
};

TEST_F(GoldenFormat1, HasEveryWord) {
  Relative& laptop = Open("laptop");
  EXPECT_THAT(AllWords(*laptop.journal), IsSupersetOf(kBoth));
  EXPECT_THAT(AllWords(*laptop.journal), IsSupersetOf({"Snow on the bridge.", "Not sent by the laptop."}));
  Relative& phone = Open("phone");
  EXPECT_THAT(AllWords(*phone.journal), IsSupersetOf(kBoth));
  EXPECT_THAT(AllWords(*phone.journal),
              IsSupersetOf({"Hail on the bridge.", "Harbour: The harbour was grey, then gold, then dark."}));
  Relative& alone = Open("alone");
  EXPECT_THAT(AllWords(*alone.journal), ElementsAre("Alone: Nobody else has this."));
}

TEST_F(GoldenFormat1, KeepsTagsJournalStarAndTheNamesOfDevices) {
  Relative& laptop = Open("laptop");
  std::vector<std::string> starred;
  ASSERT_TRUE(laptop.journal->List({.tags = {"sea"}, .journal = "travel", .which = ListQuery::Which::kStarred},
                                   [&](const storage::Summary& summary) {
                                     starred.push_back(summary.title);
                                     return true;
                                   }));
  EXPECT_THAT(starred, ElementsAre("Harbour"));
  std::vector<std::string> labels;
  for (const DeviceInfo& device : laptop.journal->Devices()) labels.push_back(device.label);
  EXPECT_THAT(labels, UnorderedElementsAre("laptop", "phone"));
}

TEST_F(GoldenFormat1, WhatWasImportedIsKnown) {
  const Addition again{.name = ToBytes("paper-1"), .id = {}, .content = {.text = "Copied from paper."}};
  EXPECT_TRUE(Open("phone").journal->Imported(again).value());
}

TEST_F(GoldenFormat1, IsUpgradedOnceAndNotWrittenAgain) {
  Relative& laptop = Open("laptop");
  EXPECT_EQ(Number(laptop.store), storage::kStorageFormat);
  EXPECT_FALSE(ToTakeAgain(laptop.store));
  const auto writes = laptop.store.writes();
  const auto contents = laptop.store.contents();
  laptop.Reopen();
  EXPECT_EQ(laptop.store.writes(), writes);
  EXPECT_EQ(laptop.store.contents(), contents);
}

TEST_F(GoldenFormat1, BothDevicesGoOnAndNothingIsLost) {
  Relative& laptop = Open("laptop");
  Relative& phone = Open("phone");
  ASSERT_TRUE(laptop.journal->Write({.text = "After the laptop's upgrade."}));
  ASSERT_TRUE(phone.journal->Write({.text = "After the phone's upgrade."}));
  family_.SyncAll();
  for (Relative* device : {&laptop, &phone}) {
    ExpectSound(*device);
    const auto words = AllWords(*device->journal);
    EXPECT_THAT(words, IsSupersetOf(kBoth));
    EXPECT_THAT(words, IsSupersetOf({"Snow on the bridge.", "Hail on the bridge.", "Not sent by the laptop.",
                                     "Harbour: The harbour was grey, then gold, then dark.",
                                     "After the laptop's upgrade.", "After the phone's upgrade."}));
    EXPECT_THAT(words, SizeIs(kBoth.size() + 6));
    device->Reopen();
    EXPECT_EQ(AllWords(*device->journal), words);
  }
}

TEST_F(GoldenFormat1, DoesWhatFormat2Can) {
  Relative& laptop = Open("laptop");
  Relative& phone = Open("phone");
  family_.SyncAll();
  Relative& third = family_.Link(laptop);
  Relative& friendly = family_.Add("friend");
  ASSERT_TRUE(laptop.journal->SetRelay({.address = "relay.test:7787", .key = family_.relay().key()},
                                       {family_.relay().MintToken(), family_.relay().MintToken()}));
  family_.SyncAll();
  family_.Befriend(laptop, friendly);
  family_.SyncAll();
  for (Relative* device : {&laptop, &phone, &third}) {
    ExpectSound(*device);
    EXPECT_THAT(AllWords(*device->journal), IsSupersetOf(kBoth));
    EXPECT_THAT(device->journal->sharing().Friends(), SizeIs(1));
  }
}

TEST_F(GoldenFormat1, ADeviceIsRevokedAndItsSeatKeyIsWorthNothing) {
  Relative& laptop = Open("laptop");
  Relative& phone = Open("phone");
  family_.SyncAll();
  const SeatKeyId before = laptop.state().keyring.Seat(laptop.journal->mailbox())->public_key();
  ASSERT_TRUE(laptop.journal->RevokeDevice(phone.state().device->public_key()));
  family_.SyncAll(&phone);
  EXPECT_NE(laptop.state().keyring.Seat(laptop.journal->mailbox())->public_key(), before)
      << "whoever has the phone has that key";
  ExpectSound(laptop);
}

TEST_F(GoldenFormat1, AnUpgradeThatCannotBeWrittenLeavesItAsItWas) {
  Relative& laptop = Take("laptop");
  laptop.store.FailWrite(1);
  const auto opened = Journal::Open(laptop.store, laptop.clock);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Code::kStorageFailed);
  EXPECT_EQ(laptop.store.contents(), golden_.stores.at("laptop").contents());
  laptop.Reopen();
  EXPECT_THAT(AllWords(*laptop.journal), IsSupersetOf(kBoth));
}

TEST_F(GoldenFormat1, WhatIsInterruptedAfterTheUpgradeIsDoneWhenItIsOpenedNext) {
  Relative& laptop = Take("laptop");
  laptop.store.FailWrite(2);
  const auto opened = Journal::Open(laptop.store, laptop.clock);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Code::kStorageFailed);
  EXPECT_EQ(Number(laptop.store), storage::kStorageFormat);
  EXPECT_TRUE(ToTakeAgain(laptop.store));
  laptop.Reopen();
  EXPECT_FALSE(ToTakeAgain(laptop.store));
  EXPECT_THAT(AllWords(*laptop.journal), IsSupersetOf(kBoth));
}

TEST_F(GoldenFormat1, ADamagedRowIsSaidAndNothingIsWritten) {
  for (const auto prefix : {storage::Prefix::kGeneration, storage::Prefix::kLane, storage::Prefix::kMailbox}) {
    MemStore store = golden_.stores.at("laptop");
    const Bytes from = storage::Key(prefix);
    const auto row = store.contents().lower_bound(from);
    StoreBatch batch;
    batch.Put(row->first, Bytes(row->second.begin(), row->second.end() - 1));
    ASSERT_TRUE(store.Write(batch));
    const auto before = store.contents();
    const auto opened = Journal::Open(store, later_);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, Code::kVaultDamaged);
    EXPECT_EQ(store.contents(), before);
  }
}

// A device that is still of format 1 takes records in whose operations it does not know, and passes over those.
class GoldenPassedOver : public GoldenFormat1 {
 protected:
  // What 8bf0373 keeps of a lane of another device when all of it counts as taken in.
  static void StoreAsFormat1(MemStore& store, const LaneKey& key, const SimRelay::Mailbox& relay) {
    constexpr size_t kKeyAt = 4 + MailboxId::kSize;
    constexpr size_t kStoredAt = kKeyAt + LaneKey::kSize + 1 + 1 + DeviceId::kSize;
    const Bytes prefix = storage::Key(storage::Prefix::kLane);
    StoreBatch batch;
    for (const auto& [name, value] : store.contents()) {
      if (name[0] != prefix[0] || !std::ranges::equal(ByteView(value).subspan(kKeyAt, LaneKey::kSize), key.view()))
        continue;
      const uint32_t number = Reader(value).U32();
      uint64_t seq = 0;
      RecordId id;
      for (const auto& record : relay.log) {
        if (RecordHeader::Parse(record->header)->lane != key) continue;
        batch.Put(storage::RecordKey(number, ++seq), storage::EncodeRecord(*record));
        id = RecordIdOf(record->header);
      }
      const Bytes reached = Writer().U64(seq).Raw(id.view()).U64(seq).U64(seq).Take();
      Bytes lane = value;
      std::ranges::copy(reached, lane.begin() + kStoredAt);
      batch.Put(name, lane);
    }
    ASSERT_TRUE(store.Write(batch));
  }
};

TEST_F(GoldenPassedOver, IsTakenInWithTheUpgrade) {
  Relative& laptop = Open("laptop");
  Relative& friendly = family_.Add("friend");
  ASSERT_TRUE(laptop.journal->SetRelay({.address = "relay.test:7787", .key = family_.relay().key()},
                                       {family_.relay().MintToken(), family_.relay().MintToken()}));
  family_.Sync(laptop);
  family_.Befriend(laptop, friendly);
  family_.SyncAll();
  const MailboxId self = laptop.journal->mailbox();
  Relative& phone = Take("phone");
  StoreAsFormat1(phone.store, laptop.state().lanes.Own(self)->key, *family_.relay().Find(self));
  phone.Reopen();
  EXPECT_THAT(phone.journal->sharing().Friends(), SizeIs(1));
  family_.SyncAll();
  ExpectSound(phone);
  EXPECT_THAT(AllWords(*phone.journal), IsSupersetOf(kBoth));
}

// It refused a record, of a lane whose statement it had not read yet for one, and went on behind it.
TEST_F(GoldenPassedOver, WhatWasRefusedIsReadOnceMore) {
  Relative& laptop = Open("laptop");
  family_.SyncAll();
  Relative& tablet = family_.Link(laptop);
  ASSERT_TRUE(tablet.journal->Write({.text = "By the tablet.", .date = ADay()}));
  family_.SyncAll();
  const MailboxId self = laptop.journal->mailbox();
  Relative& phone = Take("phone");
  auto sync = storage::MailboxSync::Decode(phone.store.contents().at(storage::MailboxKey(self)));
  ASSERT_TRUE(sync.has_value());
  const Cursor head = family_.relay().Find(self)->head();
  sync->cursor_seq = head.seq;
  sync->cursor_chain = head.chain;
  StoreBatch batch;
  batch.Put(storage::MailboxKey(self), sync->Encode());
  ASSERT_TRUE(phone.store.Write(batch));
  phone.Reopen();
  family_.SyncAll();
  EXPECT_THAT(AllWords(*phone.journal), IsSupersetOf({"By the tablet.", "Not sent by the laptop."}));
  ExpectSound(phone);
}

}  // namespace
}  // namespace kith
