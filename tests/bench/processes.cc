#include "tests/bench/processes.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "crypto/base/check.h"

namespace kith::bench {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

std::string ReadAll(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

void Breathe() { ::poll(nullptr, 0, 5); }

std::vector<std::string> EnvironmentWith(const Environment& extra) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    if (!extra.contains(text.substr(0, text.find('=')))) all.push_back(text);
  }
  for (const auto& [name, value] : extra) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Scratch::Scratch(std::string folder) : folder_(std::move(folder)) {
  fs::remove_all(folder_);
  fs::create_directories(folder_);
  fs::permissions(folder_, fs::perms::owner_all);
  struct statfs about{};
  KITH_CHECK(::statfs(folder_.c_str(), &about) == 0);
  if (about.f_type == TMPFS_MAGIC || about.f_type == RAMFS_MAGIC) {
    std::fprintf(stderr, "%s lies in memory; name a folder on a disk with --folder\n", folder_.c_str());
    std::exit(2);
  }
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

uint64_t DiskBytes(const std::string& folder) {
  uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    std::error_code gone;  // deleted meanwhile
    const auto size = entry.is_regular_file(gone) && !gone ? entry.file_size(gone) : 0;
    if (!gone) bytes += size;
  }
  return bytes;
}

uint64_t SettledDiskBytes(const std::string& folder) {
  uint64_t size = DiskBytes(folder);
  for (auto since = steady_clock::now(); steady_clock::now() - since < std::chrono::milliseconds(500); Breathe()) {
    if (const uint64_t now = DiskBytes(folder); now != size) {
      size = now;
      since = steady_clock::now();
    }
  }
  return size;
}

Memory MemoryOf(pid_t process) {
  Memory memory;
  std::ifstream in("/proc/" + std::to_string(process) + "/status");
  for (std::string word; in >> word;) {
    if (word == "VmRSS:") in >> memory.resident;
    if (word == "VmHWM:") in >> memory.peak;
  }
  KITH_CHECK(memory.resident > 0);
  return memory;
}

pid_t Start(const std::vector<std::string>& arguments, const Environment& extra, const std::string& output) {
  std::vector<std::string> words = arguments;
  std::vector<std::string> settings = EnvironmentWith(extra);
  const std::vector<char*> argv = Pointers(words);
  const std::vector<char*> environment = Pointers(settings);
  const std::string file = output.empty() ? "/dev/null" : output;
  const pid_t process = ::vfork();  // a fork copies this process' page tables, which takes as long as a small program
  KITH_CHECK(process >= 0);
  if (process > 0) return process;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nothing is left behind if the bench is stopped
  ::dup2(::open("/dev/null", O_RDONLY), 0);
  ::dup2(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
  ::dup2(::open("/dev/null", O_WRONLY), 2);
  ::execve(argv[0], argv.data(), environment.data());
  ::_exit(127);
}

int Wait(pid_t process) {
  int status = 0;
  KITH_CHECK(::waitpid(process, &status, 0) == process);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string Run(const std::vector<std::string>& arguments, const Environment& extra, const std::string& output) {
  KITH_CHECK(Wait(Start(arguments, extra, output)) == 0);
  return ReadAll(output);
}

RelayProcess::RelayProcess(const std::string& program, std::string folder, size_t mailboxes)
    : folder_(std::move(folder)) {
  Run({program, "init", "--data", folder_, "--address", "127.0.0.1:1"}, {}, folder_ + ".invite");
  const std::string line =
      Run({program, "invite", "--data", folder_, "--mailboxes", std::to_string(mailboxes)}, {}, folder_ + ".invite");
  const std::string port_file = folder_ + ".port";
  process_ = Start({program, "serve", "--data", folder_, "--listen", "127.0.0.1:0", "--port-file", port_file}, {},
                   folder_ + ".log");
  while (!fs::exists(port_file)) Breathe();
  std::ifstream(port_file) >> port_;
  const size_t at = line.find("127.0.0.1:1#");
  KITH_CHECK(at != std::string::npos);
  const auto invite = ParseRelayInvite(line.substr(at, line.find_first_of(" \n", at) - at));
  KITH_CHECK(invite.has_value());
  invite_ = *invite;
  invite_.relay.address = "127.0.0.1:" + std::to_string(port_);
}

RelayProcess::~RelayProcess() {
  ::kill(process_, SIGTERM);
  ::waitpid(process_, nullptr, 0);
}

}  // namespace kith::bench
