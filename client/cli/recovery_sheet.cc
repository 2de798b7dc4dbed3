#include "client/cli/recovery_sheet.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>
#include <utility>

#include "client/cli/passphrase.h"

namespace kith {
namespace {

constexpr off_t kRoom = 4096;  // bytes, more than a sheet ever has
constexpr size_t kWordsInRow = 4;

constexpr char kIntro[] =
    "KITH RECOVERY SHEET\n\n"
    "These 24 words, in this order, bring this journal back if every device is lost.\n\n";
constexpr char kOutro[] =
    "\nWhoever has these words can read everything and act as you. Keep this sheet as you\n"
    "would keep a key: on paper, out of sight, away from the devices. Nobody can give you\n"
    "another copy; Kith keeps none. The passphrase of a device is not on this sheet.\n\n"
    "Relay (fill in after `kith relay set`, the line that `kith status` shows):\n\n"
    "  ______________________________________________________________\n\n"
    "Print this file or copy it by hand, then delete the file.\n";

}  // namespace

std::string NumberedPhrase(std::string_view phrase) {
  std::string text;
  size_t number = 0;
  while (!phrase.empty()) {
    const size_t end = std::min(phrase.find(' '), phrase.size());
    ++number;
    text += fmt::format("  {:>2} {:<10}", number, phrase.substr(0, end));
    if (number % kWordsInRow == 0) text += '\n';
    phrase.remove_prefix(std::min(end + 1, phrase.size()));
  }
  return text;
}

Result<RecoverySheet> RecoverySheet::Create(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) {
    return Fail(Code::kInvalidArgument, "Cannot make the recovery sheet: " + std::string(std::strerror(errno)) +
                                            ". Name a file that does not exist yet. No journal was made.");
  }
  RecoverySheet sheet(path, file);
  const int refused = posix_fallocate(file, 0, kRoom);
  if (refused == 0) return sheet;
  return Fail(Code::kStorageFailed, "There is no room for the recovery sheet: " + std::string(std::strerror(refused)) +
                                        ". No journal was made.");
}

RecoverySheet::RecoverySheet(RecoverySheet&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)), filled_(other.filled_) {}

RecoverySheet::~RecoverySheet() {
  if (file_ < 0) return;
  close(file_);
  if (!filled_) unlink(path_.c_str());
}

Result<void> RecoverySheet::Fill(std::string_view phrase) {
  std::string text = kIntro + NumberedPhrase(phrase) + kOutro;
  const bool written = pwrite(file_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()) &&
                       ftruncate(file_, static_cast<off_t>(text.size())) == 0 && fsync(file_) == 0;
  WipeText(text);
  filled_ = true;  // whatever part of it is there stays
  if (written) return {};
  return Fail(Code::kStorageFailed,
              "The recovery sheet could not be written whole. If not all 24 words are in it, remove this device's "
              "vault while it is empty and run init again.");
}

}  // namespace kith
