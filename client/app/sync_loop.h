// Keeps an open vault in step with its relay, in the background: one thread that asks and answers, one that listens.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "client/adapters/grpc_relay.h"
#include "client/app/open_vault.h"

namespace kith {

class SyncLoop {
 public:
  // Starts. `vault` outlives it.
  explicit SyncLoop(OpenVault& vault);
  // Ends what is under way and waits for the threads.
  ~SyncLoop();
  SyncLoop(const SyncLoop&) = delete;
  SyncLoop& operator=(const SyncLoop&) = delete;

  // Something was written here: send it.
  void Poke();
  // A person wants to know: begin anew with hello, now, whatever wait was on.
  void Retry();
  // Blocks until the state may have changed since `seen` (0 at first), or the time is over; gives the state's number.
  uint64_t AwaitChange(uint64_t seen, std::chrono::milliseconds limit);
  SyncStatus status();

 private:
  class Listener;
  enum class Step { kDone, kFailed, kIdle };

  void Run();
  Step RunStep();
  void Listen();
  void Wait(std::optional<std::chrono::milliseconds> limit);
  void Changed();
  std::shared_ptr<GrpcRelay> relay();
  void DropRelay();

  OpenVault& vault_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable changed_;
  bool stopping_ = false;       // these under mutex_
  bool poked_ = false;
  bool retry_ = false;
  uint64_t changes_ = 1;
  std::shared_ptr<GrpcRelay> relay_;
  RelayAddress relay_address_;
  std::unique_ptr<Listener> listener_;  // the loop's own thread only
  std::thread thread_;
};

}  // namespace kith
