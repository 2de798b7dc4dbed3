#include "client/cli/draft.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "client/app/paths.h"
#include "client/cli/limits.h"

namespace kith {
namespace {

namespace fs = std::filesystem;

constexpr char kName[] = "/entry.md";

bool LiesInMemory(const std::string& folder) {
  struct statfs status;
  return statfs(folder.c_str(), &status) == 0 && (status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC);
}

// Where drafts may lie, best first.
std::vector<std::string> MemoryFolders() {
  std::vector<std::string> folders;
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && *runtime == '/') folders.emplace_back(runtime);
  folders.emplace_back("/dev/shm");
  std::erase_if(folders, [](const std::string& folder) { return !LiesInMemory(folder); });
  for (std::string& folder : folders) folder += "/kith-drafts-" + std::to_string(geteuid());
  return folders;
}

Result<std::string> MakeDraftFolder() {
  for (const std::string& base : MemoryFolders()) {
    if (!EnsurePrivateFolder(base, Privacy::kClosed)) continue;
    std::string folder = base + "/XXXXXX";
    if (mkdtemp(folder.data()) != nullptr) return folder;
  }
  return Fail(Code::kNoSecureTemp,
              "There is no memory-backed folder for the editor's file, and on a disk it could be found again later. "
              "Pipe the text in instead (kith write < FILE), or have $XDG_RUNTIME_DIR or /dev/shm on tmpfs.");
}

bool WriteFile(const std::string& path, std::string_view text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return false;
  bool good = true;
  while (good && !text.empty()) {
    const ssize_t wrote = write(file, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    good = wrote > 0;
    if (good) text.remove_prefix(static_cast<size_t>(wrote));
  }
  return close(file) == 0 && good;
}

std::string EditorCommand() {
  for (const char* name : {"VISUAL", "EDITOR"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != 0) return value;
  }
  return "editor";
}

// The program behind the command's first word, links followed: Debian's `editor` and `vi` often are Vim.
std::string ProgramName(const std::string& command) {
  const std::string word = command.substr(0, command.find(' '));
  std::error_code error;
  if (word.find('/') != std::string::npos) return fs::canonical(word, error).filename().string();
  const char* path = std::getenv("PATH");
  std::string folders = path == nullptr ? "/usr/bin:/bin" : path;
  folders += ':';
  for (size_t at = 0, colon = 0; (colon = folders.find(':', at)) != std::string::npos; at = colon + 1) {
    const fs::path found = fs::canonical(fs::path(folders.substr(at, colon - at)) / word, error);
    if (!error) return found.filename().string();
  }
  return word;
}

// Vim's swap, undo, backup and history files would hold the words outside the folder.
std::string WithoutCopies(const std::string& command) {
  const std::string name = ProgramName(command);
  const bool vim = name == "vim" || name == "nvim" || name.starts_with("vim.");
  if (!vim) return command;
  const std::string history = name == "nvim" ? "shada=" : "viminfo=";
  return command + " -n -i NONE --cmd 'set noswapfile nobackup nowritebackup noundofile " + history + "'";
}

// Waits for the editor; Ctrl-C is the editor's meanwhile.
int RunEditor(const std::string& command, const std::string& path) {
  const std::string line = WithoutCopies(command) + " \"$@\"";
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  struct sigaction interrupt = {};
  struct sigaction quit = {};
  sigaction(SIGINT, &ignore, &interrupt);
  sigaction(SIGQUIT, &ignore, &quit);
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGQUIT, SIG_DFL);
    execl("/bin/sh", "sh", "-c", line.c_str(), "kith", path.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = -1;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  sigaction(SIGINT, &interrupt, nullptr);
  sigaction(SIGQUIT, &quit, nullptr);
  return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

Result<Draft> Draft::Create(std::string_view text) {
  KITH_TRY_ASSIGN(const std::string folder, MakeDraftFolder());
  Draft draft(folder, folder + kName);
  if (WriteFile(draft.path_, text)) return draft;
  draft.Discard();
  return Fail(Code::kStorageFailed, "There is no room in memory for the editor's file.");
}

std::vector<std::string> Draft::Leftovers() {
  std::vector<std::string> found;
  for (const std::string& base : MemoryFolders()) {
    std::error_code error;
    for (const fs::directory_entry& folder : fs::directory_iterator(base, error)) {
      const std::string path = folder.path().string() + kName;
      if (fs::is_regular_file(path, error)) found.push_back(path);
    }
  }
  return found;
}

Result<std::string> Draft::Edit(Terminal& terminal) const {
  const std::string command = EditorCommand();
  const int status = RunEditor(command, path_);
  if (status == 127) {
    return Fail(Code::kInvalidArgument, "The editor could not be started. Set VISUAL or EDITOR to one you have.");
  }
  if (status != 0) return Fail(Code::kCancelled, "The editor ended with an error, so nothing was written.");
  const int file = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return Fail(Code::kStorageFailed, "The editor's file cannot be read.");
  auto text = terminal.ReadDescriptor(file, kMaxInput);
  close(file);
  return text;
}

void Draft::Discard() {
  std::error_code error;
  fs::remove_all(folder_, error);
}

Error KeepText(Error error, std::string_view text, std::string_view command) {
  const auto draft = Draft::Create(text);
  if (!draft) {
    error.message += " The text could not be kept in memory either; it is only where you had it.";
    return error;
  }
  error.message += " The text is kept in memory until the next restart, in " + draft->path() +
                   "; use it again with: " + std::string(command) + " < " + draft->path();
  return error;
}

}  // namespace kith
