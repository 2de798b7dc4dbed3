#include "server/leveldb_env.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace kith::relay {
namespace {

leveldb::Status Failed(const char* what) { return leveldb::Status::IOError(what, std::strerror(errno)); }

class PreadFile : public leveldb::RandomAccessFile {
 public:
  explicit PreadFile(int fd) : fd_(fd) {}
  ~PreadFile() override { ::close(fd_); }

  leveldb::Status Read(uint64_t offset, size_t n, leveldb::Slice* result, char* scratch) const override {
    size_t got = 0;
    while (got < n) {
      const ssize_t r = ::pread(fd_, scratch + got, n - got, static_cast<off_t>(offset + got));
      if (r < 0 && errno == EINTR) continue;
      if (r < 0) return Failed("read");
      if (r == 0) break;
      got += static_cast<size_t>(r);
    }
    *result = leveldb::Slice(scratch, got);
    return leveldb::Status::OK();
  }

 private:
  const int fd_;
};

leveldb::Status SyncFolderOf(const std::string& path) {
  const std::string folder = path.substr(0, path.rfind('/'));
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Failed("open folder");
  const bool synced = ::fsync(fd) == 0;
  const leveldb::Status status = synced ? leveldb::Status::OK() : Failed("sync folder");
  ::close(fd);
  return status;
}

class RelayEnv : public leveldb::EnvWrapper {
 public:
  using EnvWrapper::EnvWrapper;

  leveldb::Status NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** file) override {
    *file = nullptr;
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? leveldb::Status::NotFound("no such file") : Failed("open");
    *file = new PreadFile(fd);
    return leveldb::Status::OK();
  }

  leveldb::Status NewWritableFile(const std::string& path, leveldb::WritableFile** file) override {
    leveldb::Status status = target()->NewWritableFile(path, file);
    if (!status.ok()) return status;
    status = SyncFolderOf(path);
    if (!status.ok()) {
      delete *file;
      *file = nullptr;
    }
    return status;
  }
};

class SilentLogger : public leveldb::Logger {
 public:
  void Logv(const char*, std::va_list) override {}
};

}  // namespace

std::unique_ptr<leveldb::Env> NewRelayEnv(leveldb::Env* base) { return std::make_unique<RelayEnv>(base); }
std::unique_ptr<leveldb::Logger> NewSilentLogger() { return std::make_unique<SilentLogger>(); }

}  // namespace kith::relay
