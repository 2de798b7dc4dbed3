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

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "client/app/local_service.h"
#include "client/app/session.h"
#include "crypto/verify/hash.h"

namespace kith {
namespace {

using std::chrono::milliseconds;

constexpr int kBacklog = 16;
constexpr milliseconds kTick{2'000};               // how often idling and the socket's presence are looked at
constexpr int64_t kIdleLockMinutes = 30;           // KITH_IDLE_LOCK_MINUTES overrides; 0: never
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

int64_t IdleLimitMillis() {
  const char* text = std::getenv("KITH_IDLE_LOCK_MINUTES");
  const int64_t minutes = text == nullptr ? kIdleLockMinutes : std::strtoll(text, nullptr, 10);
  return minutes * 60'000;
}

// The lock that says an agent lives here. Held until the process ends.
Result<> TakeLock(const AgentPaths& paths) {
  const int descriptor = open((paths.socket + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return Fail(Code::kStorageFailed, "the folder of the agent's socket cannot be written to");
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    close(descriptor);
    return Fail(Code::kVaultBusy, "another agent is running for this journal; `kith agent status` tells about it");
  }
  return {};
}

Result<int> Listen(const AgentPaths& paths) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (paths.socket.size() >= sizeof address.sun_path) return Fail(Code::kInvalidArgument, "the path of the socket is too long");
  std::memcpy(address.sun_path, paths.socket.data(), paths.socket.size());
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0) return Fail(Code::kStorageFailed, "no socket can be opened on this system now");
  // Left by an agent that was killed; the lock says that none lives.
  unlink(paths.socket.c_str());
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      chmod(paths.socket.c_str(), 0600) != 0 || listen(listener, kBacklog) != 0) {
    close(listener);
    return Fail(Code::kStorageFailed, "the agent's socket cannot be made: " + std::string(std::strerror(errno)));
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

// What the main thread does until it is told to stop.
void Serve(int listener, const AgentPaths& paths, grpc::Server& server, Session& session, const LocalService& service) {
  struct stat ours = {};
  stat(paths.socket.c_str(), &ours);
  const int64_t idle_limit = IdleLimitMillis();
  pollfd waits[2] = {{.fd = listener, .events = POLLIN, .revents = 0}, {.fd = stop_pipe[0], .events = POLLIN, .revents = 0}};
  for (;;) {
    poll(waits, 2, static_cast<int>(kTick.count()));
    if ((waits[1].revents & POLLIN) != 0) return;
    if ((waits[0].revents & POLLIN) != 0) Accept(listener, server);
    struct stat now = {};
    // Logging out removes the folder: then the agent ends too.
    if (stat(paths.socket.c_str(), &now) != 0 || now.st_ino != ours.st_ino) return;
    using std::chrono::duration_cast, std::chrono::steady_clock;
    const int64_t used = service.last_use();
    const int64_t clock = duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
    if (idle_limit > 0 && used > 0 && service.busy() == 0 && clock - used > idle_limit) session.Lock();
  }
}

}  // namespace

int RunAgent(const AgentPaths& paths) {
  InitCrypto();
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
  gpr_set_log_function([](gpr_log_func_args*) {});  // gRPC's lines hold addresses
  prctl(PR_SET_DUMPABLE, 0);                        // no debugger of this user, and no core file, reads the keys
  if (const Result<> folder = EnsureSocketFolder(paths); !folder) return FailWith(folder.error().message);
  if (const Result<> lock = TakeLock(paths); !lock) return FailWith(lock.error().message);
  if (pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return FailWith("no pipe can be opened on this system now");
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
  if (!server) return FailWith("the local API could not be started");
  Serve(*listener, paths, *server, session, service);
  unlink(paths.socket.c_str());
  server->Shutdown(std::chrono::system_clock::now() + kShutdownLimit);
  session.Lock();
  return 0;
}

}  // namespace kith
