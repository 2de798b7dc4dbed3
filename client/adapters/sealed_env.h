// A LevelDB Env that seals every file it writes, so that keys, values, indexes, drafts and postings are never on the
// disk in the clear. What remains visible: file names (numbers), sizes, times. Layout and limits: DESIGN.md beside
// this file.
//
// For LevelDB: sizes are plaintext sizes; NewAppendableFile is not supported; NewLogger discards, since LevelDB's log
// prints keys; the LOCK file is empty and plain. A file of another vault, or a damaged one, is Corruption.
#pragma once

#include <map>
#include <set>
#include <string>

#include "client/adapters/disk.h"
#include "crypto/base/mutex.h"
#include "crypto/verify/secret.h"

namespace kith {

class SealedEnv final : public leveldb::EnvWrapper {
 public:
  // `disk` must outlive this. Keep one SealedEnv for as long as the vault is used, also while a database is closed and
  // opened again: it remembers which bytes of a log were written but never acknowledged, and does not show them.
  SealedEnv(Disk& disk, VaultKey key) : EnvWrapper(&disk), disk_(disk), key_(std::move(key)) {}

  leveldb::Status NewSequentialFile(const std::string& path, leveldb::SequentialFile** result) override;
  leveldb::Status NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** result) override;
  leveldb::Status NewWritableFile(const std::string& path, leveldb::WritableFile** result) override;
  leveldb::Status NewAppendableFile(const std::string& path, leveldb::WritableFile** result) override;
  leveldb::Status GetFileSize(const std::string& path, uint64_t* size) override;
  leveldb::Status RemoveFile(const std::string& path) override;
  leveldb::Status RenameFile(const std::string& from, const std::string& to) override;
  leveldb::Status NewLogger(const std::string& path, leveldb::Logger** result) override;

 private:
  leveldb::Status NewFrames(const std::string& path, std::unique_ptr<leveldb::WritableFile> file,
                            leveldb::WritableFile** result);
  // How much of a file of `size` bytes may be read.
  uint64_t ReadableEnd(const std::string& path, uint64_t size) KITH_EXCLUDES(mutex_);
  leveldb::Status SyncNewEntries() KITH_EXCLUDES(mutex_);

  Disk& disk_;
  const VaultKey key_;
  Mutex mutex_;
  std::map<std::string, uint64_t> acknowledged_end_ KITH_GUARDED_BY(mutex_);  // of files whose last frame failed
  std::set<std::string> unsynced_folders_ KITH_GUARDED_BY(mutex_);
};

}  // namespace kith
