// A disk in memory that can be full, broken, or lose its power, after LevelDB's FaultInjectionTestEnv. Only what was
// synced survives a power cut for certain: bytes by their file's Sync, names by SyncFolder. The rest survives in part,
// as one seed decides: names each or not, unsynced bytes cut short or with sectors of zeros between.
//
// Thread-safe. Files opened before a power cut fail from then on.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "client/adapters/disk.h"
#include "crypto/base/bytes.h"
#include "crypto/base/mutex.h"

namespace kith {

class FaultEnv final : public Disk {
 public:
  FaultEnv();

  // ---- Faults. "nth" counts changes (create, append, sync, rename, remove, folder sync) from now; 1 is the next.

  // The power fails during the nth change. That and everything later fails until RestorePower.
  void CutPowerAt(uint64_t nth);
  // Loses what a power cut may lose, and lets the disk work again. Close everything first.
  void RestorePower(uint32_t seed);
  // The nth change fails with EIO, once; an append or a sync may have done part of its work.
  void FailAt(uint64_t nth);
  // ENOSPC once `bytes` more are written, until FreeSpace.
  void FillAfter(uint64_t bytes);
  void FreeSpace();
  // The fault set last has struck.
  bool struck() const;
  // Changes so far.
  uint64_t changes() const;

  // ---- What is on the disk, below any sealing.

  std::vector<std::string> Paths() const;
  Bytes Content(const std::string& path) const;
  // Replaces a file, durably: damage, or another file's bytes.
  void SetContent(const std::string& path, Bytes content);

  // ---- leveldb::Env and Disk

  leveldb::Status NewSequentialFile(const std::string& path, leveldb::SequentialFile** result) override;
  leveldb::Status NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** result) override;
  leveldb::Status NewWritableFile(const std::string& path, leveldb::WritableFile** result) override;
  leveldb::Status NewAppendableFile(const std::string& path, leveldb::WritableFile** result) override;
  bool FileExists(const std::string& path) override;
  leveldb::Status GetChildren(const std::string& folder, std::vector<std::string>* result) override;
  leveldb::Status RemoveFile(const std::string& path) override;
  leveldb::Status CreateDir(const std::string& folder) override;
  leveldb::Status RemoveDir(const std::string& folder) override;
  leveldb::Status GetFileSize(const std::string& path, uint64_t* size) override;
  leveldb::Status RenameFile(const std::string& from, const std::string& to) override;
  leveldb::Status LockFile(const std::string& path, leveldb::FileLock** lock) override;
  leveldb::Status UnlockFile(leveldb::FileLock* lock) override;
  leveldb::Status SyncFolder(const std::string& folder) override;

 private:
  friend class FaultWritable;

  struct File {
    Bytes content;
    size_t synced = 0;
  };
  using Names = std::map<std::string, std::shared_ptr<File>>;
  // One change of names that no SyncFolder has made durable yet. Null: the name goes.
  struct NameChange {
    std::string folder;
    std::vector<std::pair<std::string, std::shared_ptr<File>>> set;
  };
  enum class Outcome { kDone, kFails, kPowerGone, kStopped };

  // Counts one change and says what becomes of it.
  Outcome Next() KITH_REQUIRES(mutex_);
  leveldb::Status StatusOf(Outcome outcome) const;
  leveldb::Status ChangeNames(NameChange change) KITH_REQUIRES(mutex_);
  static void ApplyTo(Names& names, const NameChange& change);
  void Tear(File& file, std::minstd_rand& random) const;
  leveldb::Status Append(File& file, uint64_t boot, const leveldb::Slice& data);
  leveldb::Status Sync(File& file, uint64_t boot);
  std::shared_ptr<File> Find(const std::string& path) const;

  mutable Mutex mutex_;
  Names names_ KITH_GUARDED_BY(mutex_);
  Names durable_names_ KITH_GUARDED_BY(mutex_);
  std::vector<NameChange> pending_ KITH_GUARDED_BY(mutex_);
  std::set<std::string> folders_ KITH_GUARDED_BY(mutex_);
  std::set<std::string> locks_ KITH_GUARDED_BY(mutex_);
  uint64_t changes_ KITH_GUARDED_BY(mutex_) = 0;
  uint64_t boot_ KITH_GUARDED_BY(mutex_) = 0;
  std::optional<uint64_t> cut_at_ KITH_GUARDED_BY(mutex_);
  std::optional<uint64_t> fail_at_ KITH_GUARDED_BY(mutex_);
  std::optional<uint64_t> space_ KITH_GUARDED_BY(mutex_);
  bool power_gone_ KITH_GUARDED_BY(mutex_) = false;
  bool struck_ KITH_GUARDED_BY(mutex_) = false;
};

}  // namespace kith
