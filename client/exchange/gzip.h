// Expands a gzip file block by block, and gives everything that was expanded before damage (libarchive drops the last
// block of a file that is cut off).
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "crypto/base/result.h"

namespace kith {

class GunzipFile {
 public:
  // kImportUnreadable: cannot be opened.
  static Result<GunzipFile> Open(const std::filesystem::path& path);
  GunzipFile(GunzipFile&&) noexcept;
  ~GunzipFile();

  // The next bytes, good until the next call; empty at the end, be it the proper one or not.
  std::string_view Next();
  // After Next gave nothing: the end was reached and the checksum is right.
  bool whole() const;
  uint64_t packed_bytes() const;
  uint64_t expanded_bytes() const;

 private:
  struct State;
  explicit GunzipFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kith
