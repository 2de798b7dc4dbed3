#include "tests/support/fault_env.h"

#include <algorithm>
#include <cerrno>

namespace kith {

using leveldb::Slice;
using leveldb::Status;

namespace {

constexpr size_t kSector = 512;

class MemoryReader final : public leveldb::SequentialFile, public leveldb::RandomAccessFile {
 public:
  explicit MemoryReader(Bytes content) : content_(std::move(content)) {}

  Status Read(uint64_t offset, size_t n, Slice* result, char* scratch) const override {
    const size_t from = static_cast<size_t>(std::min<uint64_t>(offset, content_.size()));
    const size_t size = std::min(n, content_.size() - from);
    std::copy_n(content_.begin() + static_cast<ptrdiff_t>(from), size, reinterpret_cast<uint8_t*>(scratch));
    *result = Slice(scratch, size);
    return Status::OK();
  }
  Status Read(size_t n, Slice* result, char* scratch) override {
    const Status status = Read(position_, n, result, scratch);
    position_ += result->size();
    return status;
  }
  Status Skip(uint64_t n) override {
    position_ = std::min<uint64_t>(content_.size(), position_ + n);
    return Status::OK();
  }

 private:
  const Bytes content_;
  uint64_t position_ = 0;
};

struct MemoryLock final : public leveldb::FileLock {
  explicit MemoryLock(std::string locked) : path(std::move(locked)) {}
  const std::string path;
};

}  // namespace

class FaultWritable final : public leveldb::WritableFile {
 public:
  FaultWritable(FaultEnv& env, std::shared_ptr<FaultEnv::File> file, uint64_t boot)
      : env_(env), file_(std::move(file)), boot_(boot) {}
  Status Append(const Slice& data) override { return env_.Append(*file_, boot_, data); }
  Status Close() override { return Status::OK(); }
  Status Flush() override { return Status::OK(); }
  Status Sync() override { return env_.Sync(*file_, boot_); }

 private:
  FaultEnv& env_;
  const std::shared_ptr<FaultEnv::File> file_;
  const uint64_t boot_;
};

FaultEnv::FaultEnv() : Disk(leveldb::Env::Default()) {}

void FaultEnv::CutPowerAt(uint64_t nth) {
  const MutexLock lock(mutex_);
  cut_at_ = changes_ + nth;
  struck_ = false;
}

void FaultEnv::FailAt(uint64_t nth) {
  const MutexLock lock(mutex_);
  fail_at_ = changes_ + nth;
  struck_ = false;
}

void FaultEnv::FillAfter(uint64_t bytes) {
  const MutexLock lock(mutex_);
  space_ = bytes;
  struck_ = false;
}

void FaultEnv::FreeSpace() {
  const MutexLock lock(mutex_);
  space_.reset();
}

bool FaultEnv::struck() const {
  const MutexLock lock(mutex_);
  return struck_;
}

uint64_t FaultEnv::changes() const {
  const MutexLock lock(mutex_);
  return changes_;
}

void FaultEnv::RestorePower(uint32_t seed) {
  const MutexLock lock(mutex_);
  std::minstd_rand random(seed + 1);
  for (const NameChange& change : pending_) {
    if (random() % 2 == 0) ApplyTo(durable_names_, change);
  }
  pending_.clear();
  names_ = durable_names_;
  std::set<File*> torn;
  for (const auto& [path, file] : names_) {
    if (torn.insert(file.get()).second) Tear(*file, random);
  }
  locks_.clear();
  cut_at_.reset();
  fail_at_.reset();
  power_gone_ = false;
  ++boot_;
}

// Nothing, a part, or all of the unsynced bytes, or all their length with some sectors never written.
void FaultEnv::Tear(File& file, std::minstd_rand& random) const {
  const size_t unsynced = file.content.size() - file.synced;
  if (unsynced == 0) return;
  switch (random() % 4) {
    case 0:
      file.content.resize(file.synced);
      break;
    case 1:
      file.content.resize(file.synced + random() % (unsynced + 1));
      break;
    case 2:
      for (size_t at = file.synced; at < file.content.size();) {
        const size_t end = std::min(file.content.size(), at - at % kSector + kSector);
        const auto begin = file.content.begin();
        if (random() % 2 == 0) std::fill(begin + static_cast<ptrdiff_t>(at), begin + static_cast<ptrdiff_t>(end), 0);
        at = end;
      }
      break;
    case 3:
      break;
  }
  file.synced = file.content.size();
}

std::vector<std::string> FaultEnv::Paths() const {
  const MutexLock lock(mutex_);
  std::vector<std::string> paths;
  for (const auto& [path, file] : names_) paths.push_back(path);
  return paths;
}

Bytes FaultEnv::Content(const std::string& path) const {
  const std::shared_ptr<File> file = Find(path);
  const MutexLock lock(mutex_);
  return file ? file->content : Bytes();
}

void FaultEnv::SetContent(const std::string& path, Bytes content) {
  const MutexLock lock(mutex_);
  auto file = std::make_shared<File>();
  file->synced = content.size();
  file->content = std::move(content);
  names_[path] = file;
  durable_names_[path] = file;
}

FaultEnv::Outcome FaultEnv::Next() {
  ++changes_;
  if (power_gone_) return Outcome::kStopped;
  if (cut_at_ && changes_ >= *cut_at_) {
    power_gone_ = struck_ = true;
    return Outcome::kPowerGone;
  }
  if (fail_at_ && changes_ >= *fail_at_) {
    fail_at_.reset();
    struck_ = true;
    return Outcome::kFails;
  }
  return Outcome::kDone;
}

Status FaultEnv::StatusOf(Outcome outcome) const {
  return outcome == Outcome::kDone ? Status::OK() : DiskError("fault", EIO);
}

void FaultEnv::ApplyTo(Names& names, const NameChange& change) {
  for (const auto& [path, file] : change.set) {
    if (file) {
      names[path] = file;
    } else {
      names.erase(path);
    }
  }
}

// A change under way when the power fails may reach the disk; one that fails otherwise does nothing.
Status FaultEnv::ChangeNames(NameChange change) {
  const Outcome outcome = Next();
  if (outcome == Outcome::kDone || outcome == Outcome::kPowerGone) {
    ApplyTo(names_, change);
    pending_.push_back(std::move(change));
  }
  return StatusOf(outcome);
}

Status FaultEnv::Append(File& file, uint64_t boot, const Slice& data) {
  const MutexLock lock(mutex_);
  if (boot != boot_) return StatusOf(Outcome::kStopped);
  const Outcome outcome = Next();
  if (outcome == Outcome::kStopped) return StatusOf(outcome);
  size_t size = outcome == Outcome::kFails ? data.size() / 2 : data.size();
  const bool full = space_ && size > *space_;
  if (full) {
    size = static_cast<size_t>(*space_);
    struck_ = true;
  }
  if (space_) *space_ -= size;
  const auto* const from = reinterpret_cast<const uint8_t*>(data.data());
  file.content.insert(file.content.end(), from, from + size);
  return full ? DiskError("fault", ENOSPC) : StatusOf(outcome);
}

Status FaultEnv::Sync(File& file, uint64_t boot) {
  const MutexLock lock(mutex_);
  if (boot != boot_) return StatusOf(Outcome::kStopped);
  const Outcome outcome = Next();
  if (outcome == Outcome::kDone) file.synced = file.content.size();
  return StatusOf(outcome);
}

std::shared_ptr<FaultEnv::File> FaultEnv::Find(const std::string& path) const {
  const MutexLock lock(mutex_);
  const auto found = names_.find(path);
  return found == names_.end() ? nullptr : found->second;
}

Status FaultEnv::NewSequentialFile(const std::string& path, leveldb::SequentialFile** result) {
  *result = nullptr;
  if (!Find(path)) return DiskError(path, ENOENT);
  *result = new MemoryReader(Content(path));
  return Status::OK();
}

Status FaultEnv::NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** result) {
  *result = nullptr;
  if (!Find(path)) return DiskError(path, ENOENT);
  *result = new MemoryReader(Content(path));
  return Status::OK();
}

Status FaultEnv::NewWritableFile(const std::string& path, leveldb::WritableFile** result) {
  *result = nullptr;
  const MutexLock lock(mutex_);
  if (space_ == 0U) {
    struck_ = true;
    return DiskError(path, ENOSPC);
  }
  auto file = std::make_shared<File>();
  const Status status = ChangeNames({.folder = FolderOf(path), .set = {{path, file}}});
  if (status.ok()) *result = new FaultWritable(*this, std::move(file), boot_);
  return status;
}

Status FaultEnv::NewAppendableFile(const std::string& path, leveldb::WritableFile** result) {
  *result = nullptr;
  return Status::NotSupported(path);
}

bool FaultEnv::FileExists(const std::string& path) {
  const MutexLock lock(mutex_);
  return names_.contains(path) || folders_.contains(path);
}

Status FaultEnv::GetChildren(const std::string& folder, std::vector<std::string>* result) {
  const MutexLock lock(mutex_);
  result->clear();
  if (!folders_.contains(folder)) return DiskError(folder, ENOENT);
  for (const auto& [path, file] : names_) {
    if (FolderOf(path) == folder) result->push_back(path.substr(folder.size() + 1));
  }
  return Status::OK();
}

Status FaultEnv::RemoveFile(const std::string& path) {
  const MutexLock lock(mutex_);
  if (!names_.contains(path)) return DiskError(path, ENOENT);
  return ChangeNames({.folder = FolderOf(path), .set = {{path, nullptr}}});
}

Status FaultEnv::CreateDir(const std::string& folder) {
  const MutexLock lock(mutex_);
  folders_.insert(folder);
  return Status::OK();
}

Status FaultEnv::RemoveDir(const std::string& folder) {
  const MutexLock lock(mutex_);
  folders_.erase(folder);
  return Status::OK();
}

Status FaultEnv::GetFileSize(const std::string& path, uint64_t* size) {
  *size = 0;
  if (!Find(path)) return DiskError(path, ENOENT);
  *size = Content(path).size();
  return Status::OK();
}

Status FaultEnv::RenameFile(const std::string& from, const std::string& to) {
  const MutexLock lock(mutex_);
  const auto found = names_.find(from);
  if (found == names_.end()) return DiskError(from, ENOENT);
  return ChangeNames({.folder = FolderOf(to), .set = {{from, nullptr}, {to, found->second}}});
}

Status FaultEnv::LockFile(const std::string& path, leveldb::FileLock** lock_file) {
  const MutexLock lock(mutex_);
  *lock_file = nullptr;
  if (!locks_.insert(path).second) return Status::IOError("lock " + path, "already held");
  *lock_file = new MemoryLock(path);
  return Status::OK();
}

Status FaultEnv::UnlockFile(leveldb::FileLock* lock_file) {
  const std::unique_ptr<MemoryLock> held(static_cast<MemoryLock*>(lock_file));
  const MutexLock lock(mutex_);
  locks_.erase(held->path);
  return Status::OK();
}

Status FaultEnv::SyncFolder(const std::string& folder) {
  const MutexLock lock(mutex_);
  const Outcome outcome = Next();
  if (outcome != Outcome::kDone) return StatusOf(outcome);
  std::erase_if(pending_, [&](const NameChange& change) KITH_REQUIRES(mutex_) {
    if (change.folder != folder) return false;
    ApplyTo(durable_names_, change);
    return true;
  });
  return Status::OK();
}

}  // namespace kith
