// Keeps one mailbox of an open vault in step with its relay, in the background: one thread that asks and answers, one
// that listens.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "client/adapters/grpc_relay.h"
#include "client/app/open_vault.h"

namespace kith {

// Thread-safe. "Agent" in client/DESIGN.md says when it asks again, and how long it waits.
class SyncLoop {
 public:
  // Starts. `vault` outlives it. `moved` is called after each of its steps, on its thread and without a lock; it must
  // not end the loop.
  SyncLoop(OpenVault& vault, const MailboxId& mailbox, std::function<void()> moved);
  // Ends what is under way and waits for the threads.
  ~SyncLoop();
  SyncLoop(const SyncLoop&) = delete;
  SyncLoop& operator=(const SyncLoop&) = delete;

  const MailboxId& mailbox() const { return mailbox_; }

  // The first half of End: returns at once. Nothing is asked of the relay any more.
  void Stop();
  // What the destructor does, by its owner.
  void End();

  // Something was written here: send it.
  void Poke();
  // A person wants to know: ask the relay anew from hello on, now, whatever was under way or waited for. Returns the
  // number of this round.
  uint64_t Retry();
  // Retry, and wait until all that the relay has is here and the other way round. Otherwise why not: the problem once
  // the relay was asked, kNoRelay, kStorageFailed; kCancelled after Stop, and as soon as `go_on` returns false, which
  // is asked often; kRelayUnreachable when the relay could not be asked, and after `limit`.
  Result<> Settle(std::optional<std::chrono::milliseconds> limit, const std::function<bool(const SyncStatus&)>& go_on) {
    return Await(Retry(), limit, go_on);
  }
  // The waiting half of Settle, for a round that Retry began. A relay that is away may be tried again until `limit`.
  enum class WhenAway : uint8_t { kTell, kTryAgain };
  Result<> Await(uint64_t round, std::optional<std::chrono::milliseconds> limit,
                 const std::function<bool(const SyncStatus&)>& go_on, WhenAway when_away = WhenAway::kTell);
  // The number of the newest round, begun by whomever.
  uint64_t round();
  // Blocks until the state may have changed since `seen` (0 at first), or the time is over; gives the state's number.
  uint64_t AwaitChange(uint64_t seen, std::chrono::milliseconds limit);
  SyncStatus status();

 private:
  class Listener;
  enum class Step { kDone, kFailed, kIdle };
  using Instant = std::chrono::steady_clock::time_point;

  void Run();
  void TakeWishes();
  Step RunStep();
  Result<std::optional<RelayCall>> NextCall(SyncEra* era);
  // Asks the relay; while it works on a push, the next one is made ready. The outcome of that work is in `prepared`.
  Result<RelayReply> Ask(GrpcRelay& connection, const RelayCall& call, const SyncEra& era, Result<>* prepared);
  void Listen();
  void BeginAnew();
  void OnFailed();
  void OnIdle();
  bool Rest(std::chrono::milliseconds limit);
  SyncStatus Told(SyncStatus status);  // with what the disk said
  bool KeepAcknowledged();             // false: the disk refused
  bool RoundIsOld();                   // a person wished for another one meanwhile
  bool StreamIsOver() const;
  void RoundIsOver();
  void Changed();
  std::shared_ptr<GrpcRelay> relay();
  void DropRelay();

  OpenVault& vault_;
  const MailboxId mailbox_;
  const std::function<void()> moved_;
  std::mutex mutex_;  // taken after the vault's, or alone
  std::condition_variable wake_;
  std::condition_variable changed_;
  bool stopping_ = false;  // these under mutex_
  bool poked_ = false;
  uint64_t round_wanted_ = 1;
  uint64_t round_over_ = 0;
  uint64_t changes_ = 1;
  std::optional<Error> store_problem_;  // of the disk, which the core forgets when it reads its state again
  std::shared_ptr<GrpcRelay> relay_;
  RelayAddress relay_address_;

  uint64_t round_ = 0;  // these of the loop's own thread only
  std::chrono::milliseconds wait_{0};
  std::optional<Instant> live_since_;
  std::unique_ptr<Listener> listener_;
  std::thread thread_;
};

}  // namespace kith
