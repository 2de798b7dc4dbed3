// Append-only sealed files: LevelDB's logs, MANIFEST and CURRENT. Layout: DESIGN.md beside this file.
//
// One rule carries everything here: a frame is followed by nothing until it has been synced. So at most the last
// frame of a file can be torn by a power cut, and anything wrong before it is damage.
#pragma once

#include <leveldb/env.h>

#include <functional>
#include <memory>
#include <string>

#include "client/adapters/disk.h"
#include "client/adapters/sealed_header.h"

namespace kith::sealed {

inline constexpr size_t kFrameHeader = 8;           // length, and its complement
inline constexpr size_t kFramePlain = 1024 * 1024;  // most plaintext in a frame
inline constexpr size_t kSector = 512;              // a disk writes no less at once

// What a FrameWriter asks of the Env it belongs to.
struct FrameHooks {
  // Called before each sync: makes the entries of new files durable.
  std::function<leveldb::Status()> before_sync;
  // A frame failed to reach the disk. What lies beyond `good_end` bytes of the file was never acknowledged.
  std::function<void(uint64_t good_end)> on_failure;
};

// Collects what is appended and seals it as one frame at each Sync, at Close, and when kFramePlain bytes have
// gathered. Flush does nothing: a write that was not synced need not survive. After a failure every call fails with the
// same status, since LevelDB itself would go on behind the gap.
class FrameWriter final : public leveldb::WritableFile {
 public:
  // `file` is new and empty. Writes and syncs the header.
  static leveldb::Status Start(std::unique_ptr<leveldb::WritableFile> file, const VaultKey& key, FrameHooks hooks,
                               leveldb::WritableFile** result);
  ~FrameWriter() override;

  leveldb::Status Append(const leveldb::Slice& data) override;
  leveldb::Status Flush() override { return broken_; }
  leveldb::Status Sync() override;
  leveldb::Status Close() override;

 private:
  FrameWriter(std::unique_ptr<leveldb::WritableFile> file, PageCipher cipher, FrameHooks hooks)
      : file_(std::move(file)), cipher_(std::move(cipher)), hooks_(std::move(hooks)) {}
  leveldb::Status WriteFrame();

  std::unique_ptr<leveldb::WritableFile> file_;  // null once closed
  PageCipher cipher_;
  FrameHooks hooks_;
  WipedBuffer plain_;
  Bytes sealed_;
  uint64_t number_ = 0;              // of the next frame
  uint64_t good_end_ = kHeaderSize;  // bytes of the file known to be on the disk
  leveldb::Status broken_;
};

// Reads what a FrameWriter wrote. A torn last frame is the end of the file; anything else that does not verify is
// Corruption, also under another vault key.
class FrameReader final : public leveldb::SequentialFile {
 public:
  // `end`: bytes of the file to look at, all of it or fewer.
  static leveldb::Status Start(std::unique_ptr<leveldb::SequentialFile> file, uint64_t end, const VaultKey& key,
                               std::unique_ptr<leveldb::SequentialFile>* result);

  leveldb::Status Read(size_t n, leveldb::Slice* result, char* scratch) override;
  leveldb::Status Skip(uint64_t n) override;

 private:
  FrameReader(std::unique_ptr<leveldb::SequentialFile> file, uint64_t end, PageCipher cipher)
      : file_(std::move(file)), end_(end), cipher_(std::move(cipher)) {}
  // Opens the next frame into plain_, or sets at_end_.
  leveldb::Status NextFrame();
  // The frame at `start` does not verify; `bytes` is what was read of it. OK when that is a power cut's doing.
  leveldb::Status JudgeTail(uint64_t start, Bytes bytes);
  bool IntactFrameIn(ByteView bytes) const;

  std::unique_ptr<leveldb::SequentialFile> file_;
  const uint64_t end_;
  uint64_t position_ = kHeaderSize;
  PageCipher cipher_;
  uint64_t number_ = 0;
  WipedBuffer plain_;
  size_t used_ = 0;  // bytes of plain_ handed out
  bool at_end_ = false;
};

// Reads until `n` bytes are there or the file ends.
leveldb::Status ReadFully(leveldb::SequentialFile& file, size_t n, Bytes* result);

}  // namespace kith::sealed
