// The file that `init --recovery-sheet` leaves: the 24 words, and what they are for.
#pragma once

#include <string>
#include <string_view>

#include "crypto/base/result.h"

namespace kith {

// "alpha bravo ..." as six numbered rows of four.
std::string NumberedPhrase(std::string_view phrase);

// A new file, mode 0600, with its room on the disk already taken, so that writing the words later cannot fail for want
// of space. Removed again when the object ends unfilled.
class RecoverySheet {
 public:
  // kInvalidArgument: the file exists or cannot be made. kStorageFailed: no room.
  static Result<RecoverySheet> Create(const std::string& path);
  ~RecoverySheet();
  RecoverySheet(RecoverySheet&& other) noexcept;
  RecoverySheet& operator=(RecoverySheet&&) = delete;

  // Once. Durable when it returns.
  Result<void> Fill(std::string_view phrase);

 private:
  RecoverySheet(std::string path, int file) : path_(std::move(path)), file_(file) {}
  std::string path_;
  int file_;
  bool filled_ = false;
};

}  // namespace kith
