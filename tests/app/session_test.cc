// From no vault to an unlocked one, and every way this can fail.
#include "client/app/session.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "app_fixture.h"
#include "client/adapters/vault_file.h"
#include "client/app/agent.h"
#include "client/app/vault_making.h"

namespace kith::app_test {
namespace {

namespace fs = std::filesystem;

void WriteFile(const std::string& path, const std::string& text) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(SessionTest, ADeviceBeginsWithoutAVault) {
  Device device;
  EXPECT_EQ(device.session->vault(), Session::Vault::kNone);
  EXPECT_EQ(CodeOf(device.session->Open()), Code::kNoVault);
  EXPECT_EQ(CodeOf(device.session->Unlock(kPassphrase)), Code::kNoVault);
  EXPECT_EQ(CodeOf(device.session->ChangePassphrase(kPassphrase, "another", kCheapKdf)), Code::kNoVault);
  EXPECT_FALSE(fs::exists(device.paths.vault_dir));
}

TEST(SessionTest, InitUnlocksAndGivesAPhraseOf24Words) {
  Device device;
  const auto phrase = device.session->Init(kPassphrase, "first", kCheapKdf);
  ASSERT_TRUE(phrase) << phrase.error().message;
  EXPECT_EQ(std::ranges::count(*phrase, ' '), 23);
  EXPECT_EQ(device.session->vault(), Session::Vault::kUnlocked);
  struct stat status = {};
  ASSERT_EQ(stat(device.paths.vault_dir.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  EXPECT_FALSE(fs::exists(device.paths.vault_dir + ".new"));
  EXPECT_EQ(CodeOf(device.session->Init(kPassphrase, "again", kCheapKdf)), Code::kVaultExists);
}

TEST(SessionTest, WordsOutliveLockingAndUnlocking) {
  Device device;
  device.Init();
  const EntryId entry = device.Write("kept");
  device.session->Lock();
  EXPECT_EQ(device.session->vault(), Session::Vault::kLocked);
  EXPECT_EQ(CodeOf(device.session->Open()), Code::kLocked);
  EXPECT_EQ(CodeOf(device.session->Unlock("a guess")), Code::kWrongPassphrase);
  EXPECT_EQ(device.session->vault(), Session::Vault::kLocked);
  ASSERT_TRUE(device.session->Unlock(kPassphrase));
  ASSERT_TRUE(device.session->Unlock("anything: it is open"));
  EXPECT_EQ(device.text_of(entry), "kept");
}

TEST(SessionTest, AChangedPassphraseReplacesTheOld) {
  Device device;
  device.Init();
  EXPECT_EQ(CodeOf(device.session->ChangePassphrase("a guess", "new one", kCheapKdf)), Code::kWrongPassphrase);
  EXPECT_EQ(CodeOf(device.session->ChangePassphrase(kPassphrase, "", kCheapKdf)), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(device.session->ChangePassphrase(kPassphrase, "new one", 1)), Code::kKdfTooWeak);
  ASSERT_TRUE(device.session->ChangePassphrase(kPassphrase, "new one", kCheapKdf));
  device.session->Lock();
  EXPECT_EQ(CodeOf(device.session->Unlock(kPassphrase)), Code::kWrongPassphrase);
  EXPECT_TRUE(device.session->Unlock("new one"));
}

TEST(SessionTest, ARefusedInitLeavesNothingBehind) {
  Device device;
  EXPECT_EQ(CodeOf(device.session->Init("", "first", kCheapKdf)), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(device.session->Init(kPassphrase, "first", 1)), Code::kKdfTooWeak);
  EXPECT_EQ(CodeOf(device.session->Init(kPassphrase, std::string(101, 'x'), kCheapKdf)), Code::kTooLarge);
  EXPECT_EQ(device.session->vault(), Session::Vault::kNone);
  EXPECT_FALSE(fs::exists(device.paths.vault_dir));
  EXPECT_FALSE(fs::exists(device.paths.vault_dir + ".new"));
  device.Init();
}

// The process ended somewhere within `init`, before the vault was moved to its place.
TEST(SessionTest, AnInterruptedInitIsBegunAnew) {
  Device device;
  WriteFile(device.paths.vault_dir + ".new/format", "kith vault 1\n");
  WriteFile(device.paths.vault_dir + ".new/vault.key", "half");
  WriteFile(device.paths.vault_dir + ".new/store/CURRENT", "half");
  EXPECT_EQ(device.session->vault(), Session::Vault::kNone);
  device.Init();
  EXPECT_EQ(device.count(), 0u);
  EXPECT_FALSE(fs::exists(device.paths.vault_dir + ".new"));
}

// The process ended while a vault without entries was being replaced: both moves but the second.
TEST(SessionTest, AnInterruptedReplacementBringsBackWhatWasThere) {
  Device device;
  device.Init();
  device.session->Lock();
  fs::rename(device.paths.vault_dir, device.paths.vault_dir + ".former");
  WriteFile(device.paths.vault_dir + ".new/format", "kith vault 1\n");
  {
    const auto making = VaultMaking::Begin(device.paths.vault_dir);
    ASSERT_TRUE(making);
  }
  EXPECT_TRUE(device.session->Unlock(kPassphrase));
}

TEST(SessionTest, InitTakesAnEmptyFolderButNoForeignFiles) {
  Device empty;
  fs::create_directories(empty.paths.vault_dir);
  empty.Init();
  Device full;
  WriteFile(full.paths.vault_dir + "/novel.txt", "mine");
  EXPECT_EQ(CodeOf(full.session->Init(kPassphrase, "first", kCheapKdf)), Code::kVaultExists);
  EXPECT_EQ(ReadFile(full.paths.vault_dir + "/novel.txt"), "mine");
}

TEST(SessionTest, TwoAtOnceAreToldApart) {
  Device device;
  const auto first = VaultMaking::Begin(device.paths.vault_dir);
  ASSERT_TRUE(first);
  EXPECT_EQ(CodeOf(device.session->Init(kPassphrase, "first", kCheapKdf)), Code::kVaultBusy);
}

TEST(SessionTest, AKeyWithoutItsStoreIsDamage) {
  Device device;
  device.Init();
  device.session->Lock();
  fs::remove_all(device.paths.vault_dir + "/store");
  EXPECT_EQ(CodeOf(device.session->Unlock(kPassphrase)), Code::kVaultDamaged);
  EXPECT_EQ(CodeOf(device.session->Init(kPassphrase, "first", kCheapKdf)), Code::kVaultExists);
}

TEST(SessionTest, AStoreWithoutItsKeyIsDamageAndNotReplaced) {
  Device device;
  device.Init();
  device.session->Lock();
  fs::remove(device.paths.vault_dir + "/vault.key");
  EXPECT_EQ(device.session->vault(), Session::Vault::kLocked);
  EXPECT_EQ(CodeOf(device.session->Unlock(kPassphrase)), Code::kVaultDamaged);
  EXPECT_EQ(CodeOf(device.session->Open()), Code::kVaultDamaged);
  EXPECT_EQ(CodeOf(device.session->Init(kPassphrase, "first", kCheapKdf)), Code::kVaultExists);
  EXPECT_TRUE(fs::exists(device.paths.vault_dir + "/store/CURRENT"));
}

TEST(SessionTest, DamageAndNewerFormatsAreTold) {
  Device device;
  device.Init();
  device.session->Lock();
  const std::string format = device.paths.vault_dir + "/format";
  WriteFile(format, "kith vault 2\n");
  EXPECT_EQ(CodeOf(device.session->Unlock(kPassphrase)), Code::kNewerFormat);
  WriteFile(format, "something else");
  EXPECT_EQ(CodeOf(device.session->Unlock(kPassphrase)), Code::kVaultDamaged);
  WriteFile(format, "kith vault 1\n");
  WriteFile(device.paths.vault_dir + "/store/CURRENT", "not sealed");
  EXPECT_EQ(CodeOf(device.session->Unlock(kPassphrase)), Code::kVaultDamaged);
}

TEST(SessionTest, AVaultThatAnotherOneHasOpenIsBusy) {
  Device device;
  device.Init();
  Session other(device.paths);
  EXPECT_EQ(CodeOf(other.Unlock(kPassphrase)), Code::kVaultBusy);
  device.session->Lock();
  EXPECT_TRUE(other.Unlock(kPassphrase));
}

// Whoever still works with the vault is waited for, so that the next opening finds the store free.
TEST(SessionTest, LockWaitsForWorkAndTellsItToEnd) {
  Device device;
  device.Init();
  auto working = device.open();
  auto locked = std::async(std::launch::async, [&] { device.session->Lock(); });
  ASSERT_TRUE(Eventually([&] { return working->closing(); }));
  EXPECT_EQ(CodeOf(working->StillOpen()), Code::kCancelled);
  EXPECT_EQ(device.session->vault(), Session::Vault::kLocked);
  EXPECT_EQ(locked.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  auto unlocked = std::async(std::launch::async, [&] { return device.session->Unlock(kPassphrase); });
  working.reset();
  locked.get();
  EXPECT_TRUE(unlocked.get());
}

TEST(SessionTest, OnlyAVaultWithoutEntriesIsReplaced) {
  Device device;
  device.Init();
  EXPECT_TRUE(device.session->CheckReplaceable());
  device.Write("mine");
  EXPECT_EQ(CodeOf(device.session->CheckReplaceable()), Code::kVaultNotEmpty);
  device.session->Lock();
  EXPECT_EQ(CodeOf(device.session->CheckReplaceable()), Code::kLocked);
}

TEST(SessionTest, AReplacementThatFailsChangesNothing) {
  Device device;
  device.Init();
  const VaultKey key = VaultKey::Generate();
  const Bytes wrapped = WrapVaultKey(key, "other", CostFor(kCheapKdf)).value();
  const auto fails = [](Store&, Clock&) -> Result<> { return Fail(Code::kPairingFailed); };
  EXPECT_EQ(CodeOf(device.session->Create(wrapped, key, fails)), Code::kPairingFailed);
  EXPECT_EQ(device.session->vault(), Session::Vault::kUnlocked);
  const EntryId entry = device.Write("still mine");
  device.session->Lock();
  ASSERT_TRUE(device.session->Unlock(kPassphrase));
  EXPECT_EQ(device.text_of(entry), "still mine");
}

TEST(IdleLimitTest, WhatIsNoNumberNeverMeansNever) {
  constexpr int64_t kMinute = 60'000;
  EXPECT_EQ(IdleLimitMillis(nullptr), 30 * kMinute);
  EXPECT_EQ(IdleLimitMillis(""), 30 * kMinute);
  EXPECT_EQ(IdleLimitMillis("soon"), 30 * kMinute);
  EXPECT_EQ(IdleLimitMillis("5 min"), 30 * kMinute);
  EXPECT_EQ(IdleLimitMillis("-1"), 30 * kMinute);
  EXPECT_EQ(IdleLimitMillis("99999999999999999999"), 30 * kMinute);
  EXPECT_EQ(IdleLimitMillis("5"), 5 * kMinute);
  EXPECT_EQ(IdleLimitMillis("0"), 0);
  EXPECT_EQ(IdleLimitMillis("999999999"), 7 * 24 * 60 * kMinute);
}

}  // namespace
}  // namespace kith::app_test
