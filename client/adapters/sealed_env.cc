#include "client/adapters/sealed_env.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include "client/adapters/sealed_frames.h"
#include "client/adapters/sealed_table.h"

namespace kith {
namespace {

using leveldb::Slice;
using leveldb::Status;

bool NamesTable(std::string_view path) { return path.ends_with(".ldb") || path.ends_with(".sst"); }

class DiscardingLogger final : public leveldb::Logger {
 public:
  void Logv(const char*, std::va_list) override {}
};

// A table read from front to back.
class TableFromFront final : public leveldb::SequentialFile {
 public:
  explicit TableFromFront(std::unique_ptr<leveldb::RandomAccessFile> table) : table_(std::move(table)) {}

  Status Read(size_t n, Slice* result, char* scratch) override {
    const Status status = table_->Read(offset_, n, result, scratch);
    offset_ += result->size();
    return status;
  }
  Status Skip(uint64_t n) override {
    offset_ += n;
    return Status::OK();
  }

 private:
  const std::unique_ptr<leveldb::RandomAccessFile> table_;
  uint64_t offset_ = 0;
};

}  // namespace

Status SealedEnv::NewSequentialFile(const std::string& path, leveldb::SequentialFile** result) {
  *result = nullptr;
  std::unique_ptr<leveldb::SequentialFile> opened;
  Status status;
  if (NamesTable(path)) {
    leveldb::RandomAccessFile* table = nullptr;
    status = NewRandomAccessFile(path, &table);
    if (status.ok()) opened = std::make_unique<TableFromFront>(std::unique_ptr<leveldb::RandomAccessFile>(table));
  } else {
    uint64_t size = 0;
    leveldb::SequentialFile* file = nullptr;
    status = disk_.NewSequentialFile(path, &file);
    std::unique_ptr<leveldb::SequentialFile> owned(file);
    if (status.ok()) status = disk_.GetFileSize(path, &size);
    if (status.ok()) status = sealed::FrameReader::Start(std::move(owned), ReadableEnd(path, size), key_, &opened);
  }
  *result = opened.release();
  return status;
}

Status SealedEnv::NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** result) {
  *result = nullptr;
  if (!NamesTable(path)) return Status::NotSupported("only tables are read at random");
  uint64_t size = 0;
  leveldb::RandomAccessFile* file = nullptr;
  Status status = disk_.NewRandomAccessFile(path, &file);
  std::unique_ptr<leveldb::RandomAccessFile> owned(file);
  std::unique_ptr<leveldb::RandomAccessFile> table;
  if (status.ok()) status = disk_.GetFileSize(path, &size);
  if (status.ok()) status = sealed::OpenTable(std::move(owned), size, key_, &table);
  *result = table.release();
  return status;
}

Status SealedEnv::NewWritableFile(const std::string& path, leveldb::WritableFile** result) {
  *result = nullptr;
  leveldb::WritableFile* file = nullptr;
  const Status status = disk_.NewWritableFile(path, &file);
  if (!status.ok()) return status;
  std::unique_ptr<leveldb::WritableFile> owned(file);
  {
    const MutexLock lock(mutex_);
    acknowledged_end_.erase(path);
    unsynced_folders_.insert(FolderOf(path));
  }
  if (!NamesTable(path)) return NewFrames(path, std::move(owned), result);
  *result = new sealed::TableWriter(std::move(owned), key_);
  return Status::OK();
}

Status SealedEnv::NewFrames(const std::string& path, std::unique_ptr<leveldb::WritableFile> file,
                            leveldb::WritableFile** result) {
  sealed::FrameHooks hooks;
  hooks.before_sync = [this] { return SyncNewEntries(); };
  hooks.on_failure = [this, path](uint64_t good_end) {
    const MutexLock lock(mutex_);
    acknowledged_end_[path] = good_end;
  };
  return sealed::FrameWriter::Start(std::move(file), key_, std::move(hooks), result);
}

Status SealedEnv::NewAppendableFile(const std::string& path, leveldb::WritableFile** result) {
  *result = nullptr;
  return Status::NotSupported(path, "sealed files are not appended to");
}

Status SealedEnv::GetFileSize(const std::string& path, uint64_t* size) {
  *size = 0;
  if (NamesTable(path)) {
    uint64_t sealed_size = 0;
    const Status status = disk_.GetFileSize(path, &sealed_size);
    if (!status.ok()) return status;
    const std::optional<uint64_t> plain = sealed::TablePlainSize(sealed_size);
    if (!plain) return Status::Corruption("a sealed table is cut short");
    *size = *plain;
    return Status::OK();
  }
  leveldb::SequentialFile* file = nullptr;
  Status status = NewSequentialFile(path, &file);
  const std::unique_ptr<leveldb::SequentialFile> owned(file);
  Bytes scratch(64 * 1024);
  Slice got;
  while (status.ok()) {
    status = file->Read(scratch.size(), &got, reinterpret_cast<char*>(scratch.data()));
    if (got.empty()) break;
    *size += got.size();
  }
  Wipe(scratch);
  return status;
}

Status SealedEnv::RemoveFile(const std::string& path) {
  const Status status = disk_.RemoveFile(path);
  if (status.ok()) {
    const MutexLock lock(mutex_);
    acknowledged_end_.erase(path);
  }
  return status;
}

Status SealedEnv::RenameFile(const std::string& from, const std::string& to) {
  const Status status = disk_.RenameFile(from, to);
  if (!status.ok()) return status;
  const MutexLock lock(mutex_);
  acknowledged_end_.erase(to);
  if (auto moved = acknowledged_end_.extract(from)) {
    moved.key() = to;
    acknowledged_end_.insert(std::move(moved));
  }
  // LevelDB removes what the old CURRENT named right after, so the new one must be there for good first.
  return disk_.SyncFolder(FolderOf(to));
}

Status SealedEnv::NewLogger(const std::string&, leveldb::Logger** result) {
  *result = new DiscardingLogger();
  return Status::OK();
}

uint64_t SealedEnv::ReadableEnd(const std::string& path, uint64_t size) {
  const MutexLock lock(mutex_);
  const auto end = acknowledged_end_.find(path);
  return end == acknowledged_end_.end() ? size : std::min(size, end->second);
}

// Held over the sync itself, so that nobody takes a folder for durable that another thread is still syncing.
Status SealedEnv::SyncNewEntries() {
  const MutexLock lock(mutex_);
  while (!unsynced_folders_.empty()) {
    const Status status = disk_.SyncFolder(*unsynced_folders_.begin());
    if (!status.ok()) return status;
    unsynced_folders_.erase(unsynced_folders_.begin());
  }
  return Status::OK();
}

}  // namespace kith
