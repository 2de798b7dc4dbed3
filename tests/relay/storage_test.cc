// What the disk can do to the relay.
#include <leveldb/db.h>
#include <leveldb/env.h>
#include <leveldb/write_batch.h>

#include <fstream>

#include "relay_fixture.h"

namespace kith::relay_test {
namespace {

using E = v1::RelayError;

// The real disk until it is told to be full: then the next append to a log writes half of its bytes and fails.
class FullDiskEnv : public leveldb::EnvWrapper {
 public:
  FullDiskEnv() : EnvWrapper(leveldb::Env::Default()) {}
  void FillUp() { full_ = true; }
  void Free() { full_ = false; }
  bool struck() const { return struck_; }

  leveldb::Status NewWritableFile(const std::string& path, leveldb::WritableFile** file) override {
    leveldb::WritableFile* base = nullptr;
    const auto status = target()->NewWritableFile(path, &base);
    *file = status.ok() ? new File(this, base) : nullptr;
    return status;
  }

 private:
  class File : public leveldb::WritableFile {
   public:
    File(FullDiskEnv* env, leveldb::WritableFile* base) : env_(env), base_(base) {}
    leveldb::Status Append(const leveldb::Slice& data) override {
      if (!env_->full_) return base_->Append(data);
      env_->struck_ = true;
      base_->Append({data.data(), data.size() / 2});
      base_->Flush();
      return leveldb::Status::IOError("no space left on device");
    }
    leveldb::Status Close() override { return base_->Close(); }
    leveldb::Status Flush() override { return base_->Flush(); }
    leveldb::Status Sync() override { return base_->Sync(); }

   private:
    FullDiskEnv* const env_;
    const std::unique_ptr<leveldb::WritableFile> base_;
  };

  std::atomic<bool> full_{false};
  std::atomic<bool> struck_{false};
};

class StorageTest : public RelayTest {
 protected:
  // The relay goes before the disk it stands on.
  void TearDown() override { Stop(); }
  FullDiskEnv env_;
};

// What LevelDB does by itself, and why the log reopens: this is the loss that the next test must not show.
TEST(LevelDbFullDisk, GoingOnAfterAFailedAppendLosesEverythingAfterIt) {
  const ScratchFolder folder;
  FullDiskEnv env;
  leveldb::Options options;
  options.create_if_missing = true;
  options.env = &env;
  leveldb::WriteOptions synced;
  synced.sync = true;
  leveldb::DB* raw = nullptr;
  ASSERT_TRUE(leveldb::DB::Open(options, folder / "db", &raw).ok());
  std::unique_ptr<leveldb::DB> db(raw);
  env.FillUp();
  ASSERT_FALSE(db->Put(synced, "torn", std::string(1000, 'x')).ok());
  env.Free();
  ASSERT_TRUE(db->Put(synced, "acknowledged", "yes").ok());
  db.reset();
  ASSERT_TRUE(leveldb::DB::Open(options, folder / "db", &raw).ok());
  db.reset(raw);
  std::string value;
  EXPECT_TRUE(db->Get({}, "acknowledged", &value).IsNotFound());
}

TEST_F(StorageTest, AFullDiskLosesNothingAcknowledged) {
  options_.env = &env_;
  Start();
  auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  std::vector<SignedRecord> acknowledged;
  for (int round = 0; round < 4; ++round) {
    const auto record = mailbox.Write("before " + std::to_string(round));
    ASSERT_TRUE(client->Push(mailbox.lane.signer, mailbox.id, {record}).ok);
    acknowledged.push_back(record);
    const auto refused = mailbox.Write(std::string(2000, 'r'));
    env_.FillUp();
    ASSERT_EQ(client->Push(mailbox.lane.signer, mailbox.id, {refused}).reason, E::STORAGE_LOW);
    ASSERT_TRUE(env_.struck());
    env_.Free();
    // The same record again, as a client's outbox does.
    ASSERT_TRUE(Eventually([&] { return client->Push(mailbox.lane.signer, mailbox.id, {refused}).ok; }));
    acknowledged.push_back(refused);
  }
  Start();
  client = Connect();
  v1::PullReply page;
  ASSERT_TRUE(client->Pull(mailbox.lane.signer, mailbox.id, {}, &page).ok);
  ASSERT_EQ(static_cast<size_t>(page.records_size()), acknowledged.size());
  for (int i = 0; i < page.records_size(); ++i) EXPECT_EQ(page.records(i).header(), Text(acknowledged[i].header));
}

TEST_F(StorageTest, ANewerDatabaseIsRefused) {
  Stop();
  leveldb::DB* raw = nullptr;
  ASSERT_TRUE(leveldb::DB::Open({}, relay::DatabasePath(options_.folder), &raw).ok());
  std::unique_ptr<leveldb::DB> db(raw);
  std::string format;
  ASSERT_TRUE(db->Get({}, "f", &format).ok());
  format[3] = 2;
  ASSERT_TRUE(db->Put({}, "f", format).ok());
  db.reset();
  const auto host = relay::Host::Start(options_);
  ASSERT_FALSE(host);
  EXPECT_EQ(host.error().code, Code::kNewerFormat);
}

TEST_F(StorageTest, ADatabaseThatIsNoRelaysIsRefused) {
  Stop();
  leveldb::DB* raw = nullptr;
  ASSERT_TRUE(leveldb::DB::Open({}, relay::DatabasePath(options_.folder), &raw).ok());
  std::unique_ptr<leveldb::DB> db(raw);
  std::string format;
  ASSERT_TRUE(db->Get({}, "f", &format).ok());
  format.pop_back();
  ASSERT_TRUE(db->Put({}, "f", format).ok());
  db.reset();
  const auto host = relay::Host::Start(options_);
  ASSERT_FALSE(host);
  EXPECT_EQ(host.error().code, Code::kVaultDamaged);
}

TEST_F(StorageTest, ADamagedIdentityIsRefused) {
  Stop();
  const std::string path = options_.folder + "/identity";
  std::string bytes;
  {
    std::ifstream in(path, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  EXPECT_EQ(std::filesystem::status(path).permissions() & std::filesystem::perms::all,
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(std::filesystem::status(options_.folder).permissions() & std::filesystem::perms::all,
            std::filesystem::perms::owner_all);
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string bent = bytes;
    bent[at] ^= 0x40;
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bent;
    const auto loaded = relay::LoadIdentity(options_.folder);
    ASSERT_FALSE(loaded) << at;
    // The two bytes of the format say "newer" when they grow.
    const bool newer = at == 9 || at == 10;
    EXPECT_EQ(loaded.error().code, newer ? Code::kNewerFormat : Code::kVaultDamaged) << at;
  }
  std::filesystem::remove(path);
  EXPECT_EQ(relay::LoadIdentity(options_.folder).error().code, Code::kNoVault);
}

TEST_F(StorageTest, ADatabaseBelongsToOneProcess) {
  const auto second = relay::LevelDbLog::Open({relay::DatabasePath(options_.folder), nullptr, nullptr});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kVaultBusy);
}

TEST_F(StorageTest, DamageIsReportedAndNotServed) {
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(client->Push(mailbox.lane.signer, mailbox.id, {mailbox.Write(std::string(500'000, 'p'))}).ok);
  }
  Start();  // the log becomes tables
  Stop();
  size_t damaged = 0;
  for (const auto& entry : std::filesystem::directory_iterator(relay::DatabasePath(options_.folder))) {
    if (entry.path().extension() != ".ldb" || entry.file_size() < 1'000'000) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(700'000);
    file.write("damage", 6);
    ++damaged;
  }
  ASSERT_GT(damaged, 0u);
  Start();
  const auto again = Connect();
  v1::Cursor cursor;
  Outcome outcome;
  for (;;) {
    v1::PullReply page;
    outcome = again->Pull(mailbox.lane.signer, mailbox.id, cursor, &page);
    if (!outcome.ok) break;
    for (const auto& record : page.records()) EXPECT_EQ(record.payload(), std::string(500'000, 'p'));
    if (page.next().seq() == page.head().seq()) break;
    cursor = page.next();
  }
  EXPECT_EQ(outcome.reason, E::STORAGE_LOW);
}

}  // namespace
}  // namespace kith::relay_test
