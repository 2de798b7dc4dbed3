#include "client/cli/launch.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace kith {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kStartLimit{10'000};  // an agent that has not answered by then will not
constexpr milliseconds kAfterExit{1'000};    // another command may be starting one at the same moment
constexpr int kPollMillis = 2;
constexpr char kAgentProgram[] = "kith-agent";

// -1: nobody listens there.
Result<int> TryConnect(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return Fail(Code::kInvalidArgument, "The path of the agent's socket is too long. Use a shorter KITH_HOME.");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return Fail(Code::kAgentUnreachable, "No socket can be opened on this system now.");
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return descriptor;
  const int error = errno;
  close(descriptor);
  if (error == ENOENT || error == ECONNREFUSED || error == EAGAIN) return -1;
  return Fail(Code::kAgentUnreachable, std::string("The agent's socket cannot be used: ") + std::strerror(error) + ".");
}

Result<int> CheckPeer(int descriptor) {
  ucred peer = {};
  socklen_t size = sizeof peer;
  const bool known = getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
  if (known && peer.uid == geteuid() && fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0) return descriptor;
  close(descriptor);
  return Fail(Code::kAgentUnreachable,
              "Another user's program listens on the agent's socket. Nothing was sent to it. "
              "Look at who can write to the socket's folder before going on.");
}

// The environment without what names passphrases. Built before the fork: after it little more than exec is safe.
std::vector<char*> AgentEnvironment() {
  std::vector<char*> kept;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const bool secret = text.starts_with("KITH_PASSPHRASE_FILE=") || text.starts_with("KITH_NEW_PASSPHRASE_FILE=");
    if (!secret) kept.push_back(*variable);
  }
  kept.push_back(nullptr);
  return kept;
}

// The program beside this one, wherever both lie and however this one was found. Never looked for on PATH, which may
// name somebody else's.
Result<std::string> AgentProgram() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string program = (self.parent_path() / kAgentProgram).string();
  if (!error && access(program.c_str(), X_OK) == 0) return program;
  return Fail(Code::kAgentUnreachable, std::string("The program ") + kAgentProgram +
                                           " is missing. Install Kith again: it must lie beside `kith`.");
}

// In the child, between fork and exec.
[[noreturn]] void StartAgent(const char* program, char* const* environment) {
  setsid();
  const int nowhere = open("/dev/null", O_RDWR);
  for (int standard = 0; standard <= 2; ++standard) dup2(nowhere, standard);
  close_range(3, ~0U, 0);
  const char* const arguments[] = {kAgentProgram, nullptr};
  execve(program, const_cast<char* const*>(arguments), environment);
  _exit(127);
}

Error DidNotStart(std::optional<int> status) {
  std::string message = "The agent did not start";
  if (status && WIFEXITED(*status)) message += " (exit code " + std::to_string(WEXITSTATUS(*status)) + ")";
  return Fail(Code::kAgentUnreachable, message + ". Run: kith agent run   It stays in this terminal and says why.");
}

Result<int> StartAndConnect(const AgentPaths& paths) {
  KITH_TRY(EnsureSocketFolder(paths));
  KITH_TRY_ASSIGN(const std::string program, AgentProgram());
  const std::vector<char*> environment = AgentEnvironment();
  const pid_t child = fork();
  if (child < 0) return Fail(Code::kAgentUnreachable, "The system refuses to start another process now.");
  if (child == 0) StartAgent(program.c_str(), environment.data());

  auto deadline = steady_clock::now() + kStartLimit;
  std::optional<int> ended;
  for (;;) {
    KITH_TRY_ASSIGN(const int descriptor, TryConnect(paths.socket));
    if (descriptor >= 0) return descriptor;
    int status = 0;
    if (!ended && waitpid(child, &status, WNOHANG) == child) {
      ended = status;
      deadline = steady_clock::now() + kAfterExit;
    }
    if (steady_clock::now() > deadline) return DidNotStart(ended);
    poll(nullptr, 0, kPollMillis);
  }
}

}  // namespace

Result<int> ConnectToAgent(const AgentPaths& paths, Launch launch) {
  KITH_TRY_ASSIGN(int descriptor, TryConnect(paths.socket));
  if (descriptor < 0) {
    if (launch == Launch::kNever)
      return Fail(Code::kAgentUnreachable, "No agent is running. Start it: kith agent start");
    KITH_TRY_ASSIGN(descriptor, StartAndConnect(paths));
  }
  return CheckPeer(descriptor);
}

Result<void> BecomeAgent() {
  KITH_TRY(ResolvePaths());
  KITH_TRY_ASSIGN(const std::string program, AgentProgram());
  execl(program.c_str(), kAgentProgram, static_cast<char*>(nullptr));
  return Fail(Code::kAgentUnreachable, "The agent cannot be started: " + std::string(std::strerror(errno)) + ".");
}

}  // namespace kith
