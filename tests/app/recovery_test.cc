// A journal restored from its phrase over a real relay, and the drill of that beside the vault it is about.
#include <filesystem>
#include <fstream>

#include "app_fixture.h"
#include "bent_relay.h"
#include "client/app/drill.h"
#include "client/app/recovery_flow.h"

namespace kith::app_test {
namespace {

namespace fs = std::filesystem;

RecoveryWatcher Patient() {
  return {.cancelled = [] { return false; }, .moved = [](const SyncStatus&) {}};
}

// Every byte of a folder, by file.
std::map<std::string, std::string> BytesOf(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& item : fs::recursive_directory_iterator(folder)) {
    if (!item.is_regular_file()) continue;
    std::ifstream in(item.path(), std::ios::binary);
    files[item.path()] = {std::istreambuf_iterator<char>(in), {}};
  }
  return files;
}

struct RecoveryTest : testing::Test {
  void SetUp() override {
    const auto made = first.session->Init(kPassphrase, "first", kCheapKdf);
    ASSERT_TRUE(made) << made.error().message;
    phrase = *made;
    first.SetRelay(relay.Invite());
    entry = first.Write("before the fire");
    ASSERT_TRUE(first.Settle());
  }
  // How this journal is restored, and what a test changes of that.
  struct Way {
    std::string words;
    RelayAddress relay;
    RestoreOptions options;
  };
  Way Options() const {
    return {.words = phrase,
            .relay = {.address = relay.address(), .key = relay.key()},
            .options = {.passphrase = kPassphrase, .label = "restored", .kdf_memory_mib = kCheapKdf}};
  }
  static Result<> RecoverJournal(Session& session, const Way& way, const RecoveryWatcher& watcher) {
    return kith::RecoverJournal(session, way.words, way.relay, way.options, watcher);
  }
  Result<DrillReport> DrillNow(const std::string& words) {
    return Drill(*first.open(), first.session->ScratchPlace(), words, Patient(), [](uint64_t) {});
  }

  TestRelay relay;
  Device first;
  Device second;
  std::string phrase;
  EntryId entry;
};

TEST_F(RecoveryTest, ADestroyedDeviceComesBackByItsPhrase) {
  first.session.reset();
  const Result<> recovered = RecoverJournal(*second.session, Options(), Patient());
  ASSERT_TRUE(recovered) << recovered.error().message;
  EXPECT_EQ(second.text_of(entry), "before the fire");
  EXPECT_TRUE(second.Settle());
  EXPECT_FALSE(fs::exists(second.paths.vault_dir + ".new"));
  const EntryId after = second.Write("after it");
  ASSERT_TRUE(second.Settle());
  second.session->Lock();
  EXPECT_TRUE(second.session->Unlock(kPassphrase));
  EXPECT_EQ(second.text_of(after), "after it");
}

TEST_F(RecoveryTest, TheDeviceThatWasThereIsCutOff) {
  ASSERT_TRUE(RecoverJournal(*second.session, Options(), Patient()));
  ASSERT_TRUE(second.Settle());
  first.Write("too late");
  EXPECT_EQ(CodeOf(first.Settle()), Code::kDeviceRevoked);
  EXPECT_EQ(first.text_of(entry), "before the fire");
}

TEST_F(RecoveryTest, AJournalWithEntriesIsNeverReplaced) {
  second.Init("its own");
  const EntryId own = second.Write("mine");
  EXPECT_EQ(CodeOf(RecoverJournal(*second.session, Options(), Patient())), Code::kVaultNotEmpty);
  EXPECT_EQ(second.text_of(own), "mine");
}

TEST_F(RecoveryTest, RefusalsLeaveNothing) {
  Way options = Options();
  options.words = FormatPhrase(RecoverySecret::Generate());
  EXPECT_EQ(CodeOf(RecoverJournal(*second.session, options, Patient())), Code::kRelayRefused);
  options = Options();
  options.words.replace(0, options.words.find(' '), "notaword");
  EXPECT_EQ(CodeOf(RecoverJournal(*second.session, options, Patient())), Code::kWordUnknown);
  options = Options();
  options.options.passphrase.clear();
  EXPECT_EQ(CodeOf(RecoverJournal(*second.session, options, Patient())), Code::kInvalidArgument);
  options = Options();
  options.relay.key.value[0] ^= 1;
  EXPECT_EQ(CodeOf(RecoverJournal(*second.session, options, Patient())), Code::kRelayForeign);
  relay.Stop();
  EXPECT_EQ(CodeOf(RecoverJournal(*second.session, Options(), Patient())), Code::kRelayUnreachable);
  EXPECT_EQ(second.session->vault(), Session::Vault::kNone);
  EXPECT_FALSE(fs::exists(second.paths.vault_dir));
  EXPECT_FALSE(fs::exists(second.paths.vault_dir + ".new"));
}

TEST_F(RecoveryTest, StoppingLeavesNothingAnywhere) {
  const auto seats = [this] {
    return first.open()->vault->With([](Journal& journal) { return journal.state().self().seats.number(); });
  };
  const uint64_t before = seats();
  BentRelay between(relay.address());
  between.Hold("Pull");
  Way options = Options();
  options.relay.address = between.address();
  const RecoveryWatcher leaving{.cancelled = [&] { return between.held() > 0; }, .moved = [](const SyncStatus&) {}};
  EXPECT_EQ(CodeOf(RecoverJournal(*second.session, options, leaving)), Code::kCancelled);
  between.Release();
  EXPECT_EQ(second.session->vault(), Session::Vault::kNone);
  EXPECT_FALSE(fs::exists(second.paths.vault_dir + ".new"));
  ASSERT_TRUE(first.Settle());
  EXPECT_EQ(seats(), before);
}

TEST_F(RecoveryTest, ADrillProvesItAndLeavesTheVaultAsItIs) {
  first.Write("second entry");
  ASSERT_TRUE(first.Settle());
  const auto vault = BytesOf(first.paths.vault_dir);
  const auto relays = relay.Contents();
  const auto report = DrillNow(phrase);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->entries, 2u);
  EXPECT_EQ(report->only_here, 0u);
  EXPECT_EQ(BytesOf(first.paths.vault_dir), vault);
  EXPECT_EQ(relay.Contents(), relays);
  EXPECT_FALSE(fs::exists(first.session->ScratchPlace()));
}

// What the relay takes no more is named; the rest is proved.
TEST(DrillTest, WhatIsOnlyHereIsCounted) {
  TestRelay relay;
  BentRelay between(relay.address());
  Device device;
  const auto phrase = device.session->Init(kPassphrase, "first", kCheapKdf);
  ASSERT_TRUE(phrase);
  device.SetRelay(relay.Invite(between.address()));
  device.Write("there");
  ASSERT_TRUE(device.Settle());
  between.Refuse("Push", BentRelay::Refusal(v1::RelayError::MAILBOX_FULL));
  device.Write("only here");
  const auto report = Drill(*device.open(), device.session->ScratchPlace(), *phrase, Patient(), [](uint64_t) {});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->entries, 1u);
  EXPECT_EQ(report->only_here, 1u);
}

TEST_F(RecoveryTest, ADrillThatTheRelayDoesNotAnswerProvesNothing) {
  relay.Stop();
  EXPECT_EQ(CodeOf(DrillNow(phrase)), Code::kRelayUnreachable);
  EXPECT_FALSE(fs::exists(first.session->ScratchPlace()));
}

TEST_F(RecoveryTest, ADrillWithAnotherSheetFails) {
  EXPECT_EQ(CodeOf(DrillNow(FormatPhrase(RecoverySecret::Generate()))), Code::kRecoveryMismatch);
  EXPECT_EQ(CodeOf(DrillNow("abandon ability")), Code::kWordCount);
}

// An older copy of the relay's database answers, under the same identity.
TEST(DrillTest, ARelayThatLacksWhatItAcknowledgedIsFound) {
  TestRelay relay;
  BentRelay between(relay.address());
  Device device;
  const auto phrase = device.session->Init(kPassphrase, "first", kCheapKdf);
  ASSERT_TRUE(phrase);
  device.SetRelay(relay.Invite(between.address()));
  device.Write("of yesterday");
  ASSERT_TRUE(device.Settle());
  relay.Stop();
  TestRelay old(relay);
  relay.Start();
  // The first call may still meet the connection that broke.
  ASSERT_TRUE(Eventually([&] { return device.Settle().has_value(); }));
  device.Write("of today");
  ASSERT_TRUE(device.Settle());
  const auto drill = [&] {
    return Drill(*device.open(), device.session->ScratchPlace(), *phrase, Patient(), [](uint64_t) {});
  };
  EXPECT_TRUE(drill());
  const auto vault = BytesOf(device.paths.vault_dir);
  between.Redirect(old.address());
  EXPECT_EQ(CodeOf(drill()), Code::kRollback);
  EXPECT_EQ(BytesOf(device.paths.vault_dir), vault);
}

TEST_F(RecoveryTest, ADrillWithoutARelayProvesNothing) {
  const auto words = second.session->Init(kPassphrase, "alone", kCheapKdf);
  ASSERT_TRUE(words);
  EXPECT_EQ(CodeOf(Drill(*second.open(), second.session->ScratchPlace(), *words, Patient(), [](uint64_t) {})),
            Code::kNoRelay);
}

TEST_F(RecoveryTest, WordsAreConfirmedByTheWordsAlone) {
  EXPECT_FALSE(first.open()->vault->With([](Journal& journal) { return journal.recovery_confirmed(); }));
  EXPECT_EQ(CodeOf(ConfirmRecovery(*first.open(), FormatPhrase(RecoverySecret::Generate()))), Code::kRecoveryMismatch);
  EXPECT_EQ(CodeOf(ConfirmRecovery(*first.open(), "")), Code::kWordCount);
  EXPECT_FALSE(first.open()->vault->With([](Journal& journal) { return journal.recovery_confirmed(); }));
  ASSERT_TRUE(ConfirmRecovery(*first.open(), phrase));
  EXPECT_TRUE(first.open()->vault->With([](Journal& journal) { return journal.recovery_confirmed(); }));
}

}  // namespace
}  // namespace kith::app_test
