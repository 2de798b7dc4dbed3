// Sealed tables (*.ldb, *.sst): written once from front to back, then read at random. Layout: DESIGN.md beside this
// file.
#pragma once

#include <leveldb/env.h>

#include <memory>

#include "client/adapters/sealed_header.h"

namespace kith::sealed {

inline constexpr size_t kPage = 4096;  // on the disk; the last one may be shorter
inline constexpr size_t kPagePlain = kPage - kPageTag;

// The plaintext bytes in a table file of `size` bytes; nullopt when no table has that size.
std::optional<uint64_t> TablePlainSize(uint64_t size);

// The first Sync or Close marks the last page, and with it the end: nothing can be appended after. After a failure
// every call fails with the same status.
class TableWriter final : public leveldb::WritableFile {
 public:
  // `file` is new and empty.
  TableWriter(std::unique_ptr<leveldb::WritableFile> file, const VaultKey& key);

  leveldb::Status Append(const leveldb::Slice& data) override;
  leveldb::Status Flush() override { return status_; }
  leveldb::Status Sync() override;
  leveldb::Status Close() override;

 private:
  TableWriter(std::unique_ptr<leveldb::WritableFile> file, const VaultKey& key, const Header& header);
  size_t PageRoom() const { return kPagePlain - (number_ == 0 ? kHeaderSize : 0) - page_.size(); }
  void SealPage(uint8_t flags);
  leveldb::Status Emit();
  leveldb::Status Finish();

  std::unique_ptr<leveldb::WritableFile> file_;  // null once closed
  PageCipher cipher_;
  WipedBuffer page_;
  Bytes sealed_;  // not yet given to file_
  uint64_t number_ = 0;
  bool finished_ = false;
  leveldb::Status status_;
};

// Opens a table. Corruption when it is none of this vault, cut, or damaged; damage further in shows when it is read.
leveldb::Status OpenTable(std::unique_ptr<leveldb::RandomAccessFile> file, uint64_t size, const VaultKey& key,
                          std::unique_ptr<leveldb::RandomAccessFile>* result);

}  // namespace kith::sealed
