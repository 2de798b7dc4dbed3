#include "client/app/agent.h"

#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/server_posix.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "client/app/local_service.h"
#include "client/app/paths.h"
#include "client/app/session.h"
#include "crypto/verify/hash.h"

namespace kith {
namespace {

using std::chrono::milliseconds;

constexpr int kBacklog = 16;
constexpr milliseconds kTick{2'000};  // how often idling and the socket's presence are looked at
constexpr milliseconds kShutdownLimit{5'000};
constexpr int kMaxRequest = 8 * 1024 * 1024;

// A pipe that a signal handler and a Stop request write to.
int stop_pipe[2] = {-1, -1};

void RequestStop() {
  const char byte = 0;
  if (write(stop_pipe[1], &byte, 1) < 0) return;  // full: it was asked for already
}
extern "C" void OnSignal(int) { RequestStop(); }

int FailWith(const std::string& message) {
  std::fprintf(stderr, "kith agent: %s\n", message.c_str());
  return 1;
}

// The lock that says an agent lives here. Held until the process ends.
Result<> TakeLock(const AgentPaths& paths) {
  const int descriptor = open((paths.socket + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0)
    return Fail(
        Code::kStorageFailed,
        "The folder of the agent's socket cannot be written to. Check that it is yours, and that the disk has room.");
  // One that is ending has taken its socket away already: it is waited for.
  const auto end = std::chrono::steady_clock::now() + kShutdownLimit + kTick;
  int locked = flock(descriptor, LOCK_EX | LOCK_NB);
  while (locked != 0 && access(paths.socket.c_str(), F_OK) != 0 && std::chrono::steady_clock::now() < end) {
    poll(nullptr, 0, 10);
    locked = flock(descriptor, LOCK_EX | LOCK_NB);
  }
  if (locked != 0) {
    close(descriptor);
    return Fail(
        Code::kVaultBusy,
        "Another agent is running for this journal. `kith agent status` tells about it, `kith agent stop` ends it.");
  }
  return {};
}

Result<int> Listen(const AgentPaths& paths) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (paths.socket.size() >= sizeof address.sun_path)
    return Fail(Code::kInvalidArgument, "The path of the agent's socket is too long. Set KITH_HOME to a shorter one.");
  std::memcpy(address.sun_path, paths.socket.data(), paths.socket.size());
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0)
    return Fail(Code::kStorageFailed, "No socket can be opened on this system now. End some programs and try again.");
  // Left by an agent that was killed; the lock says that none lives.
  unlink(paths.socket.c_str());
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      chmod(paths.socket.c_str(), 0600) != 0 || listen(listener, kBacklog) != 0) {
    close(listener);
    return Fail(Code::kStorageFailed, "The agent's socket cannot be made: " + std::string(std::strerror(errno)) + ".");
  }
  return listener;
}

// Hands a connection of this same user to the server; turns away every other.
void Accept(int listener, grpc::Server& server) {
  const int descriptor = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (descriptor < 0) return;
  ucred peer = {};
  socklen_t size = sizeof peer;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != geteuid()) {
    close(descriptor);
    return;
  }
  grpc::AddInsecureChannelFromFd(&server, descriptor);
}

struct FileId {
  dev_t device = 0;
  ino_t number = 0;
  friend bool operator==(const FileId&, const FileId&) = default;
};
FileId FileAt(const std::string& path) {
  struct stat status = {};
  return lstat(path.c_str(), &status) == 0 ? FileId{.device = status.st_dev, .number = status.st_ino} : FileId{};
}

// What the main thread does until it is told to stop.
void Serve(int listener, const std::string& socket, FileId ours, grpc::Server& server, Session& session,
           const LocalService& service) {
  const int64_t idle_limit = IdleLimitMillis(std::getenv("KITH_IDLE_LOCK_MINUTES"));
  pollfd waits[2] = {{.fd = listener, .events = POLLIN, .revents = 0},
                     {.fd = stop_pipe[0], .events = POLLIN, .revents = 0}};
  for (;;) {
    poll(waits, 2, static_cast<int>(kTick.count()));
    if ((waits[1].revents & POLLIN) != 0) return;
    if ((waits[0].revents & POLLIN) != 0) Accept(listener, server);
    // Logging out removes the folder: then the agent ends too.
    if (FileAt(socket) != ours) return;
    if (service.IdleFor() > idle_limit && idle_limit > 0) session.Lock();
  }
}

}  // namespace

int64_t IdleLimitMillis(const char* minutes) {
  constexpr int64_t kUsual = 30;
  constexpr int64_t kMost = 7 * 24 * 60;
  int64_t wanted = 0;
  const std::string_view text = minutes == nullptr ? "" : minutes;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), wanted);
  // What is no number must not mean "never".
  const bool good = error == std::errc() && end == text.data() + text.size() && wanted >= 0;
  return (good ? std::min(wanted, kMost) : kUsual) * 60'000;
}

int RunAgent() {
  const auto resolved = ResolvePaths();
  if (!resolved) return FailWith(resolved.error().message);
  const AgentPaths& paths = *resolved;
  InitCrypto();
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
  gpr_set_log_function([](gpr_log_func_args*) {});  // gRPC's lines hold addresses
  prctl(PR_SET_DUMPABLE, 0);                        // no debugger of this user, and no core file, reads the keys
  if (const Result<> folder = EnsureSocketFolder(paths); !folder) return FailWith(folder.error().message);
  if (const Result<> lock = TakeLock(paths); !lock) return FailWith(lock.error().message);
  if (pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
    return FailWith("No pipe can be opened on this system now. End some programs and try again.");
  for (const int signal_number : {SIGTERM, SIGINT, SIGHUP}) std::signal(signal_number, OnSignal);
  std::signal(SIGPIPE, SIG_IGN);
  const auto listener = Listen(paths);
  if (!listener) return FailWith(listener.error().message);

  Session session(paths);
  LocalService service(session, RequestStop);
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  builder.SetMaxReceiveMessageSize(kMaxRequest);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server) return FailWith("The local API could not be started. Try again; if it persists, restart this machine.");
  const FileId ours = FileAt(paths.socket);
  Serve(*listener, paths.socket, ours, *server, session, service);
  // What stands there now may be another agent's.
  if (FileAt(paths.socket) == ours) unlink(paths.socket.c_str());
  close(*listener);
  session.AskToClose();
  server->Shutdown(std::chrono::system_clock::now() + kShutdownLimit);
  session.Lock();
  return 0;
}

}  // namespace kith
