#include "client/app/vault_making.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "client/app/paths.h"

namespace kith {
namespace {

void Remove(const std::string& folder) {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

Error NoFolder(const std::string& folder, int error) {
  return Fail(Code::kStorageFailed,
              "The folder " + folder + " cannot be used for the vault: " + std::strerror(error) + ".");
}

}  // namespace

Result<VaultMaking> VaultMaking::Begin(const std::string& place) {
  KITH_TRY(MakeParents(place));
  const std::string parent = place.substr(0, place.rfind('/') + 1);
  const int folder = open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return NoFolder(parent, errno);
  VaultMaking making(place, folder);
  if (flock(folder, LOCK_EX | LOCK_NB) != 0) {
    making.place_.clear();
    return Fail(Code::kVaultBusy,
                "Another Kith process is making a journal here. Wait for it, then look with `kith status`.");
  }
  // The process ended between the two moves of Place, or after them.
  std::error_code ignored;
  if (!std::filesystem::exists(place, ignored)) std::rename(making.former().c_str(), place.c_str());
  Remove(making.former());
  Remove(making.path());
  return making;
}

VaultMaking::VaultMaking(VaultMaking&& other) noexcept
    : place_(std::move(other.place_)), folder_(std::exchange(other.folder_, -1)) {}

VaultMaking::~VaultMaking() {
  if (folder_ < 0) return;
  if (!place_.empty()) {
    Remove(path());
    Remove(former());
  }
  close(folder_);
}

Result<> VaultMaking::CheckNothingThere() const {
  std::error_code error;
  for (const auto& item : std::filesystem::directory_iterator(place_, error)) {
    const std::string name = item.path().filename();
    const bool begun = name == "format" || name == "format.new" || name == "vault.key.new" ||
                       (name == "store" && std::filesystem::is_empty(item.path(), error));
    if (begun) continue;
    return Fail(Code::kVaultExists,
                "The folder " + place_ +
                    " holds files already, and not a whole journal. Move it away if you do not need it, then "
                    "try again.");
  }
  return {};
}

Result<> VaultMaking::Place(Replaces replaces) {
  if (replaces == Replaces::kNothing) KITH_TRY(CheckNothingThere());
  const bool moved = std::rename(place_.c_str(), former().c_str()) == 0;
  if (!moved && errno != ENOENT) return NoFolder(place_, errno);
  if (std::rename(path().c_str(), place_.c_str()) == 0 && fsync(folder_) == 0) return {};
  const int error = errno;
  TakeBack();
  return NoFolder(place_, error);
}

void VaultMaking::TakeBack() {
  Remove(place_);
  std::rename(former().c_str(), place_.c_str());
}

}  // namespace kith
