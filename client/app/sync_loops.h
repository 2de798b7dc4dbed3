// Keeps every mailbox of an open vault in step with its relay: this person's own, and that of each friend.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "client/app/sync_loop.h"

namespace kith {

// One SyncLoop for each of Journal::mailboxes(), begun and ended as that list changes, whoever changed it. Thread-safe.
class SyncLoops {
 public:
  // Starts. `vault` outlives it.
  explicit SyncLoops(OpenVault& vault);
  ~SyncLoops();
  SyncLoops(const SyncLoops&) = delete;
  SyncLoops& operator=(const SyncLoops&) = delete;

  // The first half of the destructor: returns at once. Nothing is asked of any relay any more.
  void Stop();

  // Of this person's own mailbox. Lives as long as this.
  SyncLoop& own() { return *own_; }
  // nullptr: not kept in step, such as a friend's that rests. Not to be held beyond a call.
  std::shared_ptr<SyncLoop> Find(const MailboxId& mailbox);

  // Something was written, in whichever mailbox: send it.
  void Poke();
  // A friend came, rests or goes: begins and ends loops as the journal's list says, before it returns. Waits for those
  // that end. What other devices bring about is seen without it.
  void Match();

  // What is under way and how far, in all mailboxes together.
  struct Progress {
    uint64_t behind = 0;
    uint64_t fetched = 0;
    uint64_t waiting = 0;
  };
  Progress progress();

  // Asks every relay anew and waits for all outcomes. The result is that of this person's own mailbox: a friend's relay
  // that is away fails nobody's own sync, and stands in `others`. Without a relay of one's own, but with friends on
  // theirs, it is OK. `limit` is for all together; other errors and `go_on` as SyncLoop::Settle.
  struct Other {
    MailboxId circle;
    Error error;
  };
  Result<> Settle(std::optional<std::chrono::milliseconds> limit, const std::function<bool()>& go_on,
                  std::vector<Other>* others, SyncLoop::WhenAway when_away = SyncLoop::WhenAway::kTell);

 private:
  using Loops = std::map<MailboxId, std::shared_ptr<SyncLoop>>;

  void Run();
  void Moved();
  void PokeThoseWithSomethingToSend();
  void PokeThoseThatMaySettle();
  Loops loops();

  OpenVault& vault_;
  std::mutex matching_;  // one Match at a time; taken before all others
  std::mutex mutex_;     // a leaf
  std::condition_variable wake_;
  bool stopping_ = false;  // these under mutex_
  bool moved_ = false;
  bool poked_ = false;
  Loops loops_;                          // the own one among them
  std::map<MailboxId, bool> unsettled_;  // of the keeper's own thread only: what it saw last
  std::shared_ptr<SyncLoop> own_;
  std::thread thread_;
};

}  // namespace kith
