#include "client/adapters/vault_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/fault_env.h"

namespace kith {
namespace {

constexpr char kFolder[] = "/home/person/vault";
const Bytes kOld = ToBytes(std::string(700, 'o'));
const Bytes kNew = ToBytes(std::string(900, 'n'));

class VaultFolderTest : public testing::Test {
 protected:
  Code ReadCode() {
    const Result<Bytes> read = folder_.ReadKey();
    EXPECT_FALSE(read);
    return read ? Code::kInternal : read.error().code;
  }

  FaultEnv disk_;
  VaultFolder folder_{disk_, kFolder};
};

TEST_F(VaultFolderTest, KeepsWhatItWasGiven) {
  EXPECT_EQ(ReadCode(), Code::kNoVault);
  ASSERT_TRUE(folder_.Create(kOld));
  EXPECT_EQ(*folder_.ReadKey(), kOld);
  ASSERT_TRUE(folder_.ReplaceKey(kNew));
  EXPECT_EQ(*folder_.ReadKey(), kNew);
}

TEST_F(VaultFolderTest, NeverReplacesAVault) {
  ASSERT_TRUE(folder_.Create(kOld));
  const Result<> again = folder_.Create(kNew);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::kVaultExists);
  EXPECT_EQ(*folder_.ReadKey(), kOld);
}

TEST_F(VaultFolderTest, AStoreWithoutItsKeyFileIsDamagedAndLeftAlone) {
  disk_.CreateDir(kFolder);
  disk_.SetContent(std::string(kFolder) + "/store/CURRENT", ToBytes("x"));
  EXPECT_EQ(ReadCode(), Code::kVaultDamaged);
  EXPECT_EQ(folder_.Create(kNew).error().code, Code::kVaultExists);
}

TEST_F(VaultFolderTest, ReplaceNeedsAVault) {
  const Result<> replaced = folder_.ReplaceKey(kNew);
  ASSERT_FALSE(replaced);
  EXPECT_EQ(replaced.error().code, Code::kNoVault);
}

TEST_F(VaultFolderTest, TellsANewerFormatFromADamagedOne) {
  ASSERT_TRUE(folder_.Create(kOld));
  const std::string format = std::string(kFolder) + "/format";
  EXPECT_EQ(ToString(disk_.Content(format)), "kith vault 1\n");
  disk_.SetContent(format, ToBytes("kith vault 2\n"));
  EXPECT_EQ(ReadCode(), Code::kNewerFormat);
  for (const char* text : {"", "kith vault 1", "kith vault 0\n", "kith vault x\n", "kith vault 1 \n", "other\n"}) {
    disk_.SetContent(format, ToBytes(text));
    EXPECT_EQ(ReadCode(), Code::kVaultDamaged) << text;
  }
  disk_.RemoveFile(format);
  EXPECT_EQ(ReadCode(), Code::kVaultDamaged);
}

TEST_F(VaultFolderTest, AnEmptyOrHugeKeyFileIsDamaged) {
  ASSERT_TRUE(folder_.Create(kOld));
  for (const size_t size : {size_t{0}, size_t{5000}}) {
    disk_.SetContent(std::string(kFolder) + "/vault.key", Bytes(size));
    EXPECT_EQ(ReadCode(), Code::kVaultDamaged);
  }
}

// Every change of the disk in turn is the one at which the power fails.
TEST_F(VaultFolderTest, APowerCutLeavesTheOldKeyOrTheNew) {
  int cuts = 0;
  int old_kept = 0;
  for (uint32_t seed = 0; seed < 8; ++seed) {
    bool struck = true;
    for (uint64_t nth = 1; struck; ++nth) {
      FaultEnv disk;
      VaultFolder folder(disk, kFolder);
      ASSERT_TRUE(folder.Create(kOld));
      disk.CutPowerAt(nth);
      const Result<> replaced = folder.ReplaceKey(kNew);
      struck = disk.struck();
      disk.RestorePower(seed);
      const Result<Bytes> read = folder.ReadKey();
      ASSERT_TRUE(read) << nth;
      EXPECT_TRUE(*read == kNew || (*read == kOld && !replaced)) << nth;
      cuts += struck;
      old_kept += *read == kOld;
    }
  }
  EXPECT_GE(cuts, 8 * 5);  // create, append, sync, rename, folder
  EXPECT_GT(old_kept, 0);
}

TEST_F(VaultFolderTest, APowerCutLeavesNoVaultOrAWholeOne) {
  for (uint32_t seed = 0; seed < 8; ++seed) {
    bool struck = true;
    for (uint64_t nth = 1; struck; ++nth) {
      FaultEnv disk;
      VaultFolder folder(disk, kFolder);
      disk.CutPowerAt(nth);
      const Result<> created = folder.Create(kOld);
      struck = disk.struck();
      disk.RestorePower(seed);
      const Result<Bytes> read = folder.ReadKey();
      if (read) {
        EXPECT_EQ(*read, kOld);
      } else {
        EXPECT_EQ(read.error().code, Code::kNoVault);
        EXPECT_FALSE(created);
        EXPECT_TRUE(folder.Create(kNew)) << "what is left must not be in the way";
      }
    }
  }
}

TEST_F(VaultFolderTest, ADiskErrorLeavesTheOldKeyOrTheNew) {
  ASSERT_TRUE(folder_.Create(kOld));
  for (uint64_t nth = 1; nth <= 5; ++nth) {
    disk_.FailAt(nth);
    const Result<> replaced = folder_.ReplaceKey(kNew);
    ASSERT_FALSE(replaced) << nth;
    EXPECT_EQ(replaced.error().code, Code::kStorageFailed);
    const Result<Bytes> read = folder_.ReadKey();
    ASSERT_TRUE(read);
    EXPECT_TRUE(*read == kOld || nth == 5);
  }
}

TEST_F(VaultFolderTest, AFullDiskIsNamedAndChangesNothing) {
  ASSERT_TRUE(folder_.Create(kOld));
  disk_.FillAfter(100);
  const Result<> replaced = folder_.ReplaceKey(kNew);
  ASSERT_FALSE(replaced);
  EXPECT_EQ(replaced.error().code, Code::kStorageFailed);
  EXPECT_NE(replaced.error().message.find("full"), std::string::npos);
  EXPECT_EQ(*folder_.ReadKey(), kOld);
}

TEST(VaultFolderOnDiskTest, IsPrivate) {
  const std::string parent = testing::TempDir() + "kith_vault_" + std::to_string(::getpid());
  const std::string path = parent + "/deep/vault";
  VaultFolder folder(path);
  ASSERT_TRUE(folder.Create(kOld));
  ASSERT_TRUE(folder.ReplaceKey(kNew));
  EXPECT_EQ(*VaultFolder(path).ReadKey(), kNew);
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  ASSERT_EQ(::stat((path + "/vault.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  std::filesystem::remove_all(parent);
}

}  // namespace
}  // namespace kith
