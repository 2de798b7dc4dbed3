#include "client/cli/interrupt.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <mutex>
#include <thread>

#include "crypto/base/check.h"

namespace kith {
namespace {

// A signal handler may do little more than write to a pipe; a thread that lives as long as the program reads it.
struct Watch {
  std::mutex mutex;
  std::function<void()> cancel;
  struct sigaction before = {};
};

int g_pipe[2] = {-1, -1};

Watch& TheWatch() {
  static Watch* const watch = new Watch;  // never destroyed: the thread below outlives main
  return *watch;
}

void Wake(int) {
  const int saved = errno;
  const char byte = 0;
  const ssize_t ignored = write(g_pipe[1], &byte, 1);
  static_cast<void>(ignored);
  errno = saved;
  std::signal(SIGINT, SIG_DFL);  // the second one ends the program
}

void WatchForever() {
  char byte = 0;
  for (;;) {
    const ssize_t got = read(g_pipe[0], &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    const std::lock_guard<std::mutex> lock(TheWatch().mutex);
    if (TheWatch().cancel) TheWatch().cancel();
  }
}

void StartOnce() {
  static const bool started = [] {
    KITH_CHECK(pipe2(g_pipe, O_CLOEXEC) == 0);
    std::thread(WatchForever).detach();
    return true;
  }();
  static_cast<void>(started);
}

}  // namespace

InterruptScope::InterruptScope(std::function<void()> cancel) {
  StartOnce();
  Watch& watch = TheWatch();
  {
    const std::lock_guard<std::mutex> lock(watch.mutex);
    KITH_CHECK(!watch.cancel);
    watch.cancel = std::move(cancel);
  }
  struct sigaction action = {};
  action.sa_handler = Wake;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, &watch.before);
}

InterruptScope::~InterruptScope() {
  Watch& watch = TheWatch();
  sigaction(SIGINT, &watch.before, nullptr);
  const std::lock_guard<std::mutex> lock(watch.mutex);
  watch.cancel = nullptr;
}

}  // namespace kith
