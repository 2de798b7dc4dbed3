#include "client/app/paths.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace kith {
namespace {

constexpr size_t kMaxSocketPath = 107;  // sizeof sockaddr_un::sun_path without the closing zero

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

Result<std::string> HomeFolder() {
  std::string home = Environment("HOME");
  if (home.empty()) {
    const passwd* user = getpwuid(getuid());
    if (user != nullptr && user->pw_dir != nullptr) home = user->pw_dir;
  }
  if (home.empty() || home[0] != '/') {
    return Fail(Code::kInvalidArgument, "No home folder is known. Set HOME, or KITH_HOME to a folder for this device.");
  }
  return home;
}

// An XDG variable counts only when it is an absolute path, as the specification says.
Result<std::string> XdgFolder(const char* variable, const char* under_home) {
  std::string folder = Environment(variable);
  if (folder.starts_with('/')) return folder;
  KITH_TRY_ASSIGN(const std::string home, HomeFolder());
  return home + "/" + under_home;
}

Result<std::string> KithHome() {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(Environment("KITH_HOME"), error);
  if (error) return Fail(Code::kInvalidArgument, "KITH_HOME is not a usable path.");
  std::string home = absolute.lexically_normal().string();
  while (home.size() > 1 && home.ends_with('/')) home.pop_back();
  return home;
}

bool IsOurDirectory(const std::string& path, mode_t forbidden) {
  struct stat status;
  return lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
         (status.st_mode & forbidden) == 0;
}

// FNV-1a: only tells folders of one user apart; the folder's ownership is what protects it.
std::string ShortName(const std::string& text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  constexpr char kHex[] = "0123456789abcdef";
  std::string name;
  for (int shift = 60; shift >= 0; shift -= 4) name += kHex[hash >> shift & 15];
  return name;
}

// `suffix` tells devices of one user apart; empty for the usual one.
std::string RuntimeSocket(const std::string& suffix) {
  const std::string runtime = Environment("XDG_RUNTIME_DIR");
  const std::string tail = suffix.empty() ? "" : "-" + suffix;
  if (runtime.starts_with('/') && IsOurDirectory(runtime, 077)) {
    std::string socket = runtime + "/kith" + tail + "/agent.sock";
    if (socket.size() <= kMaxSocketPath) return socket;
  }
  return "/tmp/kith-" + std::to_string(geteuid()) + tail + "/agent.sock";
}

}  // namespace

Result<AgentPaths> ResolvePaths() {
  AgentPaths paths;
  if (!Environment("KITH_HOME").empty()) {
    KITH_TRY_ASSIGN(const std::string home, KithHome());
    paths.vault_dir = home + "/vault";
    paths.socket = home + "/agent.sock";
    if (paths.socket.size() > kMaxSocketPath) paths.socket = RuntimeSocket(ShortName(home));
    return paths;
  }
  KITH_TRY_ASSIGN(const std::string data, XdgFolder("XDG_DATA_HOME", ".local/share"));
  paths.vault_dir = data + "/kith";
  paths.socket = RuntimeSocket("");
  return paths;
}

Result<std::string> StateDir() {
  if (!Environment("KITH_HOME").empty()) return KithHome();
  KITH_TRY_ASSIGN(const std::string state, XdgFolder("XDG_STATE_HOME", ".local/state"));
  return state + "/kith";
}

Result<void> MakeParents(const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string parent = path.substr(0, slash);
    if (mkdir(parent.c_str(), 0700) != 0 && errno != EEXIST && errno != EROFS && errno != EACCES && errno != EPERM) {
      return Fail(Code::kStorageFailed, "Cannot make the folder " + parent + ": " + std::strerror(errno) + ".");
    }
  }
  return {};
}

Result<void> EnsurePrivateFolder(const std::string& path, Privacy privacy) {
  KITH_TRY(MakeParents(path));
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return Fail(Code::kStorageFailed, "Cannot make the folder " + path + ": " + std::strerror(errno) + ".");
  }
  const mode_t forbidden = privacy == Privacy::kClosed ? 077 : 022;
  if (IsOurDirectory(path, forbidden)) return {};
  return Fail(Code::kInvalidArgument,
              "The folder " + path + " is not private: it must be a folder of your own that others cannot " +
                  (privacy == Privacy::kClosed ? "open" : "write to") + ". If it is yours, run: chmod 700 " + path);
}

Result<void> EnsureSocketFolder(const AgentPaths& paths) {
  const std::string folder = paths.socket.substr(0, paths.socket.rfind('/'));
  // A person may have made KITH_HOME readable; a folder of our own naming is always closed.
  const bool own_home = paths.vault_dir == folder + "/vault";
  return EnsurePrivateFolder(folder, own_home ? Privacy::kOwned : Privacy::kClosed);
}

}  // namespace kith
