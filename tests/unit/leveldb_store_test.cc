#include "client/adapters/leveldb_store.h"

#include <leveldb/db.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "client/adapters/disk.h"
#include "client/adapters/sealed_env.h"
#include "tests/unit/leveldb_store_testing.h"

namespace kith {
namespace {

// ---- What it does

TEST_F(LevelDbStoreTest, GetsAndScansWhatWasWritten) {
  auto store = Open(disk_);
  ASSERT_TRUE(store);
  for (const char* key : {"", "b", "a", "d", "c"}) ASSERT_TRUE((*store)->Write(Put(key, "of " + std::string(key))));
  EXPECT_EQ((*store)->Get(AsBytes("b"))->value(), ToBytes("of b"));
  EXPECT_EQ((*store)->Get(AsBytes(""))->value(), ToBytes("of "));
  EXPECT_FALSE((*store)->Get(AsBytes("e"))->has_value());
  const auto keys = [&](std::string_view from, std::string_view to, Store::Order order, size_t most) {
    std::string found;
    EXPECT_TRUE((*store)->Scan(AsBytes(from), AsBytes(to), order, [&](ByteView key, ByteView) {
      found += ToString(key) + ".";
      return found.size() < 2 * most;
    }));
    return found;
  };
  EXPECT_EQ(keys("b", "d", Store::Order::kAscending, 9), "b.c.");
  EXPECT_EQ(keys("b", "d", Store::Order::kDescending, 9), "c.b.");
  EXPECT_EQ(keys("", "z", Store::Order::kDescending, 9), "d.c.b.a..");
  EXPECT_EQ(keys("a", "z", Store::Order::kAscending, 2), "a.b.");
  EXPECT_EQ(keys("e", "z", Store::Order::kDescending, 9), "");
  EXPECT_EQ(keys("d", "a", Store::Order::kAscending, 9), "");
}

TEST_F(LevelDbStoreTest, CompactChangesNothingThatCanBeSeen) {
  Model model;
  auto store = Open(disk_);
  ASSERT_TRUE(store);
  for (uint32_t i = 0; i < 100; ++i) {
    ASSERT_TRUE((*store)->Write(BatchNumber(i)));
    ApplyTo(model, BatchNumber(i));
    if (i % 40 == 0) {
      ASSERT_TRUE((*store)->Compact());
    }
  }
  ASSERT_TRUE((*store)->Compact());
  EXPECT_EQ(*Everything(**store), model);
  EXPECT_EQ(*Everything(**store, Store::Order::kDescending), model);
}

// ---- Opening

TEST_F(LevelDbStoreTest, NothingThereIsNoVault) {
  EXPECT_EQ(CodeOf(Open(disk_, {.missing = Missing::kFail})), Code::kNoVault);
  ASSERT_TRUE(Open(disk_));
  EXPECT_TRUE(Open(disk_, {.missing = Missing::kFail}));
}

TEST_F(LevelDbStoreTest, AnotherKeyIsRefused) {
  {
    ASSERT_TRUE((*Open(disk_))->Write(Put("a", "1")));
  }
  EXPECT_EQ(CodeOf(LevelDbStore::OpenOn(disk_, kFolder, VaultKey::Generate(), kSmall)), Code::kVaultDamaged);
  EXPECT_TRUE((*Open(disk_))->Get(AsBytes("a"))->has_value()) << "the refused opening must not have changed anything";
}

TEST_F(LevelDbStoreTest, NothingIsMadeOverTheRemainsOfAStore) {
  {
    ASSERT_TRUE((*Open(disk_))->Write(Put("a", "1")));
  }
  ASSERT_TRUE(disk_.RemoveFile(std::string(kFolder) + "/CURRENT").ok());
  EXPECT_EQ(CodeOf(Open(disk_)), Code::kVaultDamaged);
}

TEST_F(LevelDbStoreTest, AMissingTableIsDamage) {
  {
    auto store = Open(disk_);
    ASSERT_TRUE((*store)->Write(Put("a", "1")));
    ASSERT_TRUE((*store)->Compact());
  }
  int tables = 0;
  for (const std::string& path : disk_.Paths()) {
    if (path.ends_with(".ldb") && disk_.RemoveFile(path).ok()) ++tables;
  }
  ASSERT_GT(tables, 0);
  EXPECT_EQ(CodeOf(Open(disk_)), Code::kVaultDamaged);
}

TEST_F(LevelDbStoreTest, ASecondOpeningIsBusy) {
  const auto store = Open(disk_);
  ASSERT_TRUE(store);
  const auto second = Open(disk_);
  EXPECT_EQ(CodeOf(second), Code::kVaultBusy);
  EXPECT_NE(second.error().message.find("kith agent stop"), std::string::npos);
}

TEST_F(LevelDbStoreTest, AnotherProcessMakesItBusy) {
  const std::string folder = testing::TempDir() + "kith_busy_" + std::to_string(::getpid());
  ASSERT_TRUE(LevelDbStore::Open(folder, key_, kSmall));
  int locked[2];
  int done[2];
  ASSERT_EQ(::pipe(locked), 0);
  ASSERT_EQ(::pipe(done), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    leveldb::FileLock* lock = nullptr;
    const bool got = leveldb::Env::Default()->LockFile(folder + "/LOCK", &lock).ok();
    char byte = got ? 'y' : 'n';
    if (::write(locked[1], &byte, 1) != 1 || ::read(done[0], &byte, 1) != 1) ::_exit(1);
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(locked[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  EXPECT_EQ(CodeOf(LevelDbStore::Open(folder, key_, kSmall)), Code::kVaultBusy);
  ASSERT_EQ(::write(done[1], &byte, 1), 1);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(LevelDbStore::Open(folder, key_, kSmall));
  for (const int fd : {locked[0], locked[1], done[0], done[1]}) ::close(fd);
  std::filesystem::remove_all(folder);
}

// ---- Damage

// Every 7th byte of every file, one at a time: an error somewhere, and never a value that was not written last.
TEST_F(LevelDbStoreTest, DamageIsSeenAndServesNothingWrong) {
  const Model model = After(27);
  for (const auto& [from, to] : {std::pair(0u, 20u), std::pair(20u, 25u), std::pair(25u, 27u)}) {
    const auto store = Open(disk_);  // turns the log into a table, which holds newer values of the older table's keys
    for (uint32_t i = from; i < to; ++i) ASSERT_TRUE((*store)->Write(BatchNumber(i)));
    if (from == 0) {
      ASSERT_TRUE((*store)->Compact());
    }
  }
  std::map<std::string, Bytes> before;
  for (const std::string& path : disk_.Paths()) before[path] = disk_.Content(path);
  int flips = 0;
  for (const auto& [damaged, content] : before) {
    for (size_t at = 3; at < content.size(); at += content.size() / 60 + 7) {
      FaultEnv disk;
      disk.CreateDir(kFolder);
      for (const auto& [path, bytes] : before) disk.SetContent(path, bytes);
      Bytes flipped = content;
      flipped[at] ^= 0x10;
      disk.SetContent(damaged, flipped);
      const auto order = ++flips % 2 == 0 ? Store::Order::kAscending : Store::Order::kDescending;
      const auto store = Open(disk, {.missing = Missing::kFail});
      if (!store) {
        ASSERT_EQ(CodeOf(store), Code::kVaultDamaged) << damaged << " " << at;
        continue;
      }
      bool seen = false;
      for (const auto& [key, value] : model) {
        const auto found = (*store)->Get(AsBytes(key));
        if (found) {
          ASSERT_TRUE(found->has_value() && ToString(**found) == value) << damaged << " " << at;
        } else {
          ASSERT_EQ(found.error().code, Code::kVaultDamaged);
          seen = true;
        }
      }
      size_t visited = 0;
      bool right = true;
      const Result<> scanned = (*store)->Scan(AsBytes(""), AsBytes("\xff"), order, [&](ByteView key, ByteView value) {
        const auto expected = model.find(ToString(key));
        right = right && expected != model.end() && expected->second == ToString(value);
        ++visited;
        return true;
      });
      ASSERT_TRUE(right && (!scanned || visited == model.size())) << damaged << " " << at;
      ASSERT_TRUE(seen || !scanned) << damaged << " " << at << " went unnoticed";
    }
  }
  EXPECT_GT(flips, 100);
}

// ---- Secrecy

const std::vector<std::string> kPhrases = {"the heron on the mill pond",
                                           "zeal without knowledge is fire without light"};

int FilesWith(const std::string& folder, const std::string& phrase) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    files += text.find(phrase) != std::string::npos;
  }
  return files;
}

TEST(LevelDbStoreSecrecyTest, NoPhraseIsOnTheDiskThatAPlainDatabaseWouldShow) {
  const std::string base = testing::TempDir() + "kith_phrases_" + std::to_string(::getpid());
  std::filesystem::create_directory(base);
  const std::string sealed = base + "/sealed";
  const std::string plain = base + "/plain";
  {
    const auto store = LevelDbStore::Open(sealed, VaultKey::Generate(), kSmall);
    ASSERT_TRUE(store);
    leveldb::DB* opened = nullptr;
    leveldb::Options options;
    options.create_if_missing = true;
    options.compression = leveldb::kNoCompression;
    ASSERT_TRUE(leveldb::DB::Open(options, plain, &opened).ok());
    const std::unique_ptr<leveldb::DB> control(opened);
    for (int i = 0; i < 300; ++i) {
      StoreBatch batch = Put(kPhrases[0] + std::to_string(i), std::to_string(i) + kPhrases[1]);
      ASSERT_TRUE((*store)->Write(batch));
      ASSERT_TRUE(control->Put({}, kPhrases[0] + std::to_string(i), std::to_string(i) + kPhrases[1]).ok());
      if (i == 200) {
        ASSERT_TRUE((*store)->Compact());
        control->CompactRange(nullptr, nullptr);
      }
    }
  }
  for (const std::string& phrase : kPhrases) {
    EXPECT_EQ(FilesWith(sealed, phrase), 0);
    EXPECT_GE(FilesWith(plain, phrase), 2) << "the search itself must work: a table and a log";
  }
  EXPECT_FALSE(std::filesystem::exists(sealed + "/LOG"));
  for (const auto& entry : std::filesystem::directory_iterator(sealed)) {
    const auto access = entry.status().permissions();
    EXPECT_TRUE(access == std::filesystem::perms(0600) || entry.path().filename() == "LOCK") << entry.path();
  }
  std::filesystem::remove_all(base);
}

// How many files still hold `phrase` for one who has the key; nullopt when some file is unfinished.
std::optional<int> UnsealedFilesWith(FaultEnv& disk, const VaultKey& key, const std::string& phrase) {
  SealedEnv env(disk, key.Clone());
  int files = 0;
  for (const std::string& path : disk.Paths()) {
    std::string text;
    if (!leveldb::ReadFileToString(&env, path, &text).ok()) return std::nullopt;
    files += text.find(phrase) != std::string::npos;
  }
  return files;
}

StoreBatch PutAndDelete(std::string_view key, std::string_view value) {
  StoreBatch batch = Put(key, value);
  batch.Delete(ToBytes(key));
  return batch;
}

class LevelDbStoreCompactTest : public LevelDbStoreTest {
 protected:
  // Closing may cut a compaction short and leave half a table, which the next opening removes.
  int SettledFilesWith(const std::string& phrase) {
    for (int tries = 0; tries < 1000; ++tries) {
      if (const auto files = UnsealedFilesWith(disk_, key_, phrase)) return *files;
      EXPECT_TRUE(Open(disk_));
    }
    ADD_FAILURE() << "the files never settled";
    return -1;
  }
};

TEST_F(LevelDbStoreCompactTest, LeavesNothingOfWhatWasDeleted) {
  {
    ASSERT_TRUE((*Open(disk_))->Write(PutAndDelete("m", kPhrases[0])));
  }
  EXPECT_EQ(SettledFilesWith(kPhrases[0]), 1) << "the search itself must work";
  for (uint32_t round = 0; round < 4; ++round) {
    {
      const auto store = Open(disk_);
      ASSERT_TRUE(store);
      for (uint32_t i = 0; i < 60; ++i) ASSERT_TRUE((*store)->Write(BatchNumber(round * 60 + i)));
      ASSERT_TRUE((*store)->Write(Put("key 7", kPhrases[0])));
      ASSERT_TRUE((*store)->Write(Put("key 7", "something else")));
      ASSERT_TRUE((*store)->Compact());
    }
    EXPECT_EQ(SettledFilesWith(kPhrases[0]), 0) << round;
  }
}

// A value put and deleted before a flush lies in a table that overlaps no other, where CompactRange leaves it.
TEST_F(LevelDbStoreCompactTest, ReachesTablesThatOverlapNoOther) {
  {
    const auto store = Open(disk_);
    ASSERT_TRUE(store);
    ASSERT_TRUE((*store)->Write(PutAndDelete("m", kPhrases[0])));
    for (int i = 0; i < 60; ++i) {
      ASSERT_TRUE((*store)->Write(Put("n" + std::to_string(100 + i), std::string(3000, 'n'))));
    }
    ASSERT_TRUE((*store)->Compact());
  }
  EXPECT_EQ(SettledFilesWith(kPhrases[0]), 0);
}

}  // namespace
}  // namespace kith
