#include "client/adapters/leveldb_store.h"

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>

#include <string_view>
#include <vector>

#include "client/adapters/disk.h"
#include "client/adapters/sealed_env.h"

namespace kith {
namespace {

using leveldb::Slice;
using leveldb::Status;

// All keys of the store lie between two of its own, which Compact needs.
constexpr char kPrefix = 'k';
constexpr std::string_view kBeforeAll = "a";
constexpr std::string_view kAfterAll = "z";

constexpr int kOpenTables = 512;  // file descriptors; each holds its index and filter in memory
constexpr int kBloomBits = 10;
constexpr size_t kTableBytes = 2 * 1024 * 1024;
constexpr size_t kWholeTable = 1024 * 1024 * 1024;  // the most LevelDB takes

Slice AsSlice(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
ByteView AsView(const Slice& slice) { return {reinterpret_cast<const uint8_t*>(slice.data()), slice.size()}; }

std::string StoredKey(ByteView key) {
  std::string stored;
  stored.reserve(1 + key.size());
  stored.push_back(kPrefix);
  stored.append(AsText(key));
  return stored;
}

Error StorageError(const Status& status) {
  if (IsDiskFull(status)) {
    return Fail(Code::kStorageFailed, "The disk is full. Nothing was lost; free some space and try again.");
  }
  return Fail(
      Code::kStorageFailed,
      "The disk refused to read or write the vault. Nothing that was saved before is changed. Check that the disk is "
      "connected, healthy and writable, then try again.");
}

Error DamagedError() {
  return Fail(
      Code::kVaultDamaged,
      "The vault on this disk is damaged, or its files are not from one vault. Make a copy of its folder before "
      "anything else; then restore a backup, or link this device anew from another one.");
}

Error ErrorOf(const Status& status) {
  if (status.ToString().starts_with("IO error: lock ")) {
    return Fail(Code::kVaultBusy,
                "Another Kith process has this vault open. Use it, or end it with `kith agent stop`, and try again.");
  }
  if (status.IsIOError()) return StorageError(status);
  return DamagedError();  // Corruption, a file that is missing, or one that LevelDB does not understand
}

enum class Contents { kNothing, kStore, kRemains };

// What `folder` holds. A store whose making was cut short has no CURRENT and nothing but its first MANIFEST.
Result<Contents> Look(Disk& disk, const std::string& folder) {
  if (disk.FileExists(folder + "/CURRENT")) return Contents::kStore;
  std::vector<std::string> names;
  const Status status = disk.GetChildren(folder, &names);
  if (status.IsNotFound()) return Contents::kNothing;
  if (!status.ok()) return StorageError(status);
  for (const std::string& name : names) {
    const bool first = name == "MANIFEST-000001" || name == "000001.dbtmp" || name == "LOCK" || name.starts_with(".");
    if (!first) return Contents::kRemains;
  }
  return Contents::kNothing;
}

}  // namespace

// LevelDB with all it needs, and the state between a failure and the next opening.
class LevelDbStore::Database {
 public:
  Database(Disk& disk, std::string folder, const VaultKey& key, const LevelDbOptions& options)
      : folder_(std::move(folder)),
        options_(options),
        env_(disk, key.Clone()),
        filter_(leveldb::NewBloomFilterPolicy(kBloomBits)),
        cache_(leveldb::NewLRUCache(options.block_cache)) {}

  // The open database.
  Result<leveldb::DB*> Ready() {
    if (!db_) KITH_TRY(Open(LevelDbOptions::Missing::kFail, kTableBytes));
    return db_.get();
  }

  Result<> Open(LevelDbOptions::Missing missing, size_t table_bytes) {
    db_.reset();
    leveldb::Options settings;
    settings.env = &env_;
    settings.create_if_missing = missing == LevelDbOptions::Missing::kCreate;
    settings.paranoid_checks = true;
    settings.write_buffer_size = options_.write_buffer;
    settings.max_open_files = kOpenTables;
    settings.max_file_size = table_bytes;
    settings.block_cache = cache_.get();
    settings.filter_policy = filter_.get();
    settings.compression = leveldb::kNoCompression;  // sealed pages do not shrink, and sizes would tell
    leveldb::DB* db = nullptr;
    const Status status = leveldb::DB::Open(settings, folder_, &db);
    if (!status.ok()) return ErrorOf(status);
    db_.reset(db);
    return {};
  }

  // Closes the database, so that the next call opens it again, and says why.
  Error Broken(const Status& status) {
    db_.reset();
    return ErrorOf(status);
  }

  void Close() { db_.reset(); }

 private:
  const std::string folder_;
  const LevelDbOptions options_;
  SealedEnv env_;  // outlives every opening: it remembers what was never acknowledged
  const std::unique_ptr<const leveldb::FilterPolicy> filter_;
  const std::unique_ptr<leveldb::Cache> cache_;
  std::unique_ptr<leveldb::DB> db_;
};

LevelDbStore::LevelDbStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}
LevelDbStore::~LevelDbStore() = default;

Result<std::unique_ptr<LevelDbStore>> LevelDbStore::Open(const std::string& folder, const VaultKey& key,
                                                         const LevelDbOptions& options) {
  return OpenOn(MachineDisk(), folder, key, options);
}

Result<std::unique_ptr<LevelDbStore>> LevelDbStore::OpenOn(Disk& disk, const std::string& folder, const VaultKey& key,
                                                           const LevelDbOptions& options) {
  KITH_TRY_ASSIGN(const Contents contents, Look(disk, folder));
  if (contents == Contents::kRemains) return DamagedError();
  if (contents == Contents::kNothing && options.missing == LevelDbOptions::Missing::kFail) {
    return Fail(Code::kNoVault,
                "There is no vault here yet. Make one with `kith init`, or join yours with `kith link`.");
  }
  const Status made = disk.CreateDir(folder);
  if (!made.ok() && !disk.FileExists(folder)) return StorageError(made);
  const Status lasting = disk.SyncFolder(FolderOf(folder));
  if (!lasting.ok()) return StorageError(lasting);
  auto database = std::make_unique<Database>(disk, folder, key, options);
  KITH_TRY(database->Open(options.missing, kTableBytes));
  return std::unique_ptr<LevelDbStore>(new LevelDbStore(std::move(database)));
}

Result<std::optional<Bytes>> LevelDbStore::Get(ByteView key) {
  KITH_TRY_ASSIGN(leveldb::DB* const db, database_->Ready());
  std::string value;
  const Status status = db->Get({}, StoredKey(key), &value);
  if (status.IsNotFound()) return std::optional<Bytes>();
  if (!status.ok()) return ErrorOf(status);
  std::optional<Bytes> found = ToBytes(value);
  Wipe(value);
  return found;
}

Result<> LevelDbStore::Write(const StoreBatch& batch) {
  if (batch.empty()) return {};
  KITH_TRY_ASSIGN(leveldb::DB* const db, database_->Ready());
  leveldb::WriteBatch changes;
  for (const StoreBatch::Change& change : batch.changes()) {
    if (change.value) {
      changes.Put(StoredKey(change.key), AsSlice(*change.value));
    } else {
      changes.Delete(StoredKey(change.key));
    }
  }
  leveldb::WriteOptions durable;
  durable.sync = true;
  const Status status = db->Write(durable, &changes);
  if (!status.ok()) return database_->Broken(status);
  return {};
}

Result<> LevelDbStore::Scan(ByteView from, ByteView to, Order order, const Visit& visit) {
  KITH_TRY_ASSIGN(leveldb::DB* const db, database_->Ready());
  leveldb::ReadOptions reading;
  reading.fill_cache = false;  // one long scan would push out everything else
  const std::unique_ptr<leveldb::Iterator> at(db->NewIterator(reading));
  const std::string first = StoredKey(from);
  const std::string end = StoredKey(to);
  const bool ascending = order == Order::kAscending;
  at->Seek(ascending ? first : end);
  if (!ascending) {
    if (at->Valid()) {
      at->Prev();
    } else if (at->status().ok()) {
      at->SeekToLast();
    }
  }
  // LevelDB steps over a block it cannot read and goes on, perhaps to an older value of the same key, so the status
  // is asked before every visit.
  while (at->Valid() && at->status().ok()) {
    const Slice key = at->key();
    const bool inside = ascending ? key.compare(end) < 0 : key.compare(first) >= 0;
    if (!inside || !visit(AsView(key).subspan(1), AsView(at->value()))) break;
    ascending ? at->Next() : at->Prev();
  }
  if (!at->status().ok()) return ErrorOf(at->status());
  return {};
}

// A table is rewritten only when one above it spans its keys, and a value put and deleted between two flushes may lie
// in a table that nothing overlaps. So a table that spans all keys is pushed through every level. It must not be split
// on the way down, hence the large tables.
Result<> LevelDbStore::Compact() {
  KITH_TRY(database_->Open(LevelDbOptions::Missing::kFail, kWholeTable));
  KITH_TRY_ASSIGN(leveldb::DB* const db, database_->Ready());
  leveldb::WriteOptions durable;
  durable.sync = true;
  db->CompactRange(nullptr, nullptr);
  leveldb::WriteBatch span;
  span.Put(Slice(kBeforeAll.data(), kBeforeAll.size()), Slice());
  span.Put(Slice(kAfterAll.data(), kAfterAll.size()), Slice());
  Status status = db->Write(durable, &span);
  if (!status.ok()) return database_->Broken(status);
  db->CompactRange(nullptr, nullptr);
  status = db->Write(durable, &span);  // tells whether the compaction failed, which CompactRange does not
  if (!status.ok()) return database_->Broken(status);
  database_->Close();
  return database_->Open(LevelDbOptions::Missing::kFail, kTableBytes);
}

}  // namespace kith
