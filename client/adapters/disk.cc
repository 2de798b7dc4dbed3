#include "client/adapters/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace kith {
namespace {

using leveldb::Slice;
using leveldb::Status;

constexpr char kNoSpace[] = "no space left on the disk";

// A file descriptor that is closed when it goes.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Descriptor OpenDescriptor(const std::string& path, int flags) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  } while (fd < 0 && errno == EINTR);
  return Descriptor(fd);
}

class PreadFile final : public leveldb::RandomAccessFile {
 public:
  PreadFile(std::string path, Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}

  Status Read(uint64_t offset, size_t n, Slice* result, char* scratch) const override {
    size_t done = 0;
    while (done < n) {
      const ssize_t got = ::pread(file_.get(), scratch + done, n - done, static_cast<off_t>(offset + done));
      if (got == 0) break;
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) {
        *result = Slice(scratch, 0);
        return DiskError(path_, errno);
      }
      done += static_cast<size_t>(got);
    }
    *result = Slice(scratch, done);
    return Status::OK();
  }

 private:
  const std::string path_;
  const Descriptor file_;
};

class UnbufferedFile final : public leveldb::WritableFile {
 public:
  UnbufferedFile(std::string path, Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}

  Status Append(const Slice& data) override {
    const char* from = data.data();
    size_t left = data.size();
    while (left > 0) {
      const ssize_t put = ::write(file_.get(), from, left);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return DiskError(path_, errno);
      from += put;
      left -= static_cast<size_t>(put);
    }
    return Status::OK();
  }
  Status Flush() override { return Status::OK(); }
  Status Sync() override { return ::fdatasync(file_.get()) == 0 ? Status::OK() : DiskError(path_, errno); }
  Status Close() override {
    if (!file_.ok()) return Status::OK();
    return ::close(file_.Release()) == 0 ? Status::OK() : DiskError(path_, errno);
  }

 private:
  const std::string path_;
  Descriptor file_;
};

class PosixDisk final : public Disk {
 public:
  PosixDisk() : Disk(leveldb::Env::Default()) {}

  Status NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** result) override {
    *result = nullptr;
    Descriptor file = OpenDescriptor(path, O_RDONLY);
    if (!file.ok()) return DiskError(path, errno);
    *result = new PreadFile(path, std::move(file));
    return Status::OK();
  }

  Status NewWritableFile(const std::string& path, leveldb::WritableFile** result) override {
    *result = nullptr;
    Descriptor file = OpenDescriptor(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file.ok()) return DiskError(path, errno);
    *result = new UnbufferedFile(path, std::move(file));
    return Status::OK();
  }

  Status CreateDir(const std::string& folder) override {
    if (::mkdir(folder.c_str(), 0700) == 0) return Status::OK();
    if (errno != EEXIST) return DiskError(folder, errno);
    return ::chmod(folder.c_str(), 0700) == 0 ? Status::OK() : DiskError(folder, errno);
  }

  Status SyncFolder(const std::string& folder) override {
    const Descriptor handle = OpenDescriptor(folder, O_RDONLY | O_DIRECTORY);
    if (!handle.ok()) return DiskError(folder, errno);
    return ::fsync(handle.get()) == 0 ? Status::OK() : DiskError(folder, errno);
  }
};

}  // namespace

Disk& MachineDisk() {
  static PosixDisk* const disk = new PosixDisk();
  return *disk;
}

Status DiskError(const std::string& what, int error) {
  if (error == ENOENT) return Status::NotFound(what, std::strerror(error));
  if (error == ENOSPC || error == EDQUOT) return Status::IOError(what, kNoSpace);
  return Status::IOError(what, std::strerror(error));
}

bool IsDiskFull(const Status& status) {
  return status.IsIOError() && status.ToString().find(kNoSpace) != std::string::npos;
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace kith
