// A few threads that parse, verify and read for calls, so that gRPC's own threads (two on a small machine) never block.
// Thread-safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace kith::relay {

class Workers {
 public:
  using Task = std::move_only_function<void()>;

  explicit Workers(unsigned threads);
  // Stops.
  ~Workers();

  // False when too much is waiting, or after Stop; the task is then dropped unrun.
  bool Submit(size_t bytes, Task task);
  // Runs what is waiting, then joins. Idempotent; by one thread.
  void Stop();

 private:
  struct Waiting {
    size_t bytes;
    Task task;
  };
  void Run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> queue_;  // guarded by mutex_, like the two below
  size_t bytes_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace kith::relay
