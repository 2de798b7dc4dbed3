// Lets shares leave when their hold is over, and takes them back when their time is. One thread, which sleeps until
// then.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "client/app/open_vault.h"

namespace kith {

// Thread-safe. Holds run by the wall clock: a machine that slept releases when it wakes. What came due while the vault
// was locked is held anew before anything is released.
class HoldTimer {
 public:
  // Starts. `vault` outlives it. `released`: something may have left the outbox and wants to be sent; called on the
  // timer's thread, without a lock.
  HoldTimer(OpenVault& vault, std::function<void()> released);
  ~HoldTimer();
  HoldTimer(const HoldTimer&) = delete;
  HoldTimer& operator=(const HoldTimer&) = delete;

  // The first half of the destructor: returns at once. Nothing more is released.
  void Stop();
  // Something is held that was not before.
  void Poke();

 private:
  void Run();
  // Releases what is due, and takes back what has come to its end. When to look again, in milliseconds since 1970.
  int64_t Look();

  OpenVault& vault_;
  const std::function<void()> released_;
  bool extended_ = false;  // of the constructor, then of the thread
  std::mutex mutex_;       // a leaf
  std::condition_variable wake_;
  bool stopping_ = false;  // these under mutex_
  bool poked_ = false;
  std::thread thread_;
};

}  // namespace kith
