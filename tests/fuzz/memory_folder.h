// A folder of a fuzz target's own, in memory where the system has a place for that.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "crypto/base/check.h"

namespace kith::fuzz {

class MemoryFolder {
 public:
  MemoryFolder() {
    const std::filesystem::path memory = "/dev/shm";
    std::error_code none;
    const auto folder = std::filesystem::is_directory(memory, none) ? memory : std::filesystem::temp_directory_path();
    std::string pattern = (folder / "kith-fuzz-XXXXXX").string();
    KITH_CHECK(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~MemoryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  MemoryFolder(const MemoryFolder&) = delete;
  MemoryFolder& operator=(const MemoryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace kith::fuzz
