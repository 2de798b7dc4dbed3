#include "server/admin.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "server/data_folder.h"
#include "server/limits.h"

namespace kith::relay {
namespace {

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// A socket's path ends at 107 bytes; through an open folder it is always short.
sockaddr_un AddressIn(int folder) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = "/proc/self/fd/" + std::to_string(folder) + "/" + AdminSocketName();
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

Fd OpenFolder(const std::string& folder) { return Fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); }
Fd NewSocket() { return Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

void SetTimeouts(int fd) {
  const timeval limit{limits::kAdminTimeoutSeconds, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

// Without its end of line; empty when there is no whole line.
std::string ReadLine(int fd) {
  std::string line;
  char c = 0;
  while (line.size() < limits::kAdminLine && ::recv(fd, &c, 1, 0) == 1) {
    if (c == '\n') return line;
    line.push_back(c);
  }
  return {};
}

bool SendAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool SameUser(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == ::geteuid() || peer.uid == 0;
}

}  // namespace

AdminServer::AdminServer(std::string path, int listener, int stop_read, int stop_write, Handler handler)
    : path_(std::move(path)),
      listener_(listener),
      stop_read_(stop_read),
      stop_write_(stop_write),
      handler_(std::move(handler)),
      thread_([this] { Run(); }) {}

Result<std::unique_ptr<AdminServer>> AdminServer::Start(const std::string& folder, Handler handler) {
  const auto failed = [] { return Fail(Code::kStorageFailed, "cannot make the administrator's socket in the folder"); };
  const Fd dir = OpenFolder(folder);
  Fd listener = NewSocket();
  int stop[2];
  if (dir.get() < 0 || listener.get() < 0 || ::pipe2(stop, O_CLOEXEC) != 0) return failed();
  // The database's lock is held, so what lies there belongs to nobody.
  const std::string path = folder + "/" + AdminSocketName();
  ::unlink(path.c_str());
  const sockaddr_un address = AddressIn(dir.get());
  const bool listening = ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                         ::chmod(path.c_str(), 0600) == 0 && ::listen(listener.get(), 4) == 0;
  if (!listening) {
    ::close(stop[0]);
    ::close(stop[1]);
    return failed();
  }
  return std::unique_ptr<AdminServer>(new AdminServer(path, listener.Release(), stop[0], stop[1], std::move(handler)));
}

AdminServer::~AdminServer() {
  const char byte = 0;
  while (::write(stop_write_, &byte, 1) < 0 && errno == EINTR) {
  }
  thread_.join();
  ::unlink(path_.c_str());
  ::close(listener_);
  ::close(stop_read_);
  ::close(stop_write_);
}

void AdminServer::Run() {
  for (;;) {
    pollfd waits[2] = {{listener_, POLLIN, 0}, {stop_read_, POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0 && errno != EINTR) return;
    if (waits[1].revents != 0) return;
    if ((waits[0].revents & POLLIN) == 0) continue;
    const Fd client(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
    if (client.get() >= 0) Serve(client.get());
  }
}

void AdminServer::Serve(int client) {
  SetTimeouts(client);
  if (!SameUser(client)) return;
  const auto answer = handler_(ReadLine(client));
  SendAll(client, answer ? "ok " + *answer + "\n" : "error " + answer.error().message + "\n");
}

Result<std::string> AskRunningRelay(const std::string& folder, const std::string& line) {
  const auto nobody = [] { return Fail(Code::kRelayUnreachable, "no relay runs on this folder"); };
  const Fd dir = OpenFolder(folder);
  const Fd socket = NewSocket();
  if (dir.get() < 0 || socket.get() < 0) return nobody();
  const sockaddr_un address = AddressIn(dir.get());
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return nobody();
  SetTimeouts(socket.get());
  if (!SendAll(socket.get(), line + "\n")) return nobody();
  const std::string answer = ReadLine(socket.get());
  if (answer.starts_with("ok ")) return answer.substr(3);
  if (answer.starts_with("error ")) return Fail(Code::kInvalidArgument, answer.substr(6));
  return Fail(Code::kRelayUnreachable, "the running relay did not answer; try again");
}

}  // namespace kith::relay
