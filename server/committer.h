// One thread turns a queue of operations into synced batches: operations are applied to a draft, the draft is written
// once, and only then is anybody told. The sync is the batching window; there is no timer.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "server/draft.h"

namespace kith::relay {

class Committer {
 public:
  class Operation {
   public:
    virtual ~Operation() = default;
    // Bytes that count against the queue.
    virtual size_t Bytes() const = 0;
    // It must be the only one of its draft.
    virtual bool Alone() const = 0;
    virtual void Apply(Draft& draft) = 0;
    // Once, after Apply and the write, or instead of them. An error: the operation was not made, or its outcome is not
    // known.
    virtual void Finish(const Result<>& committed) = 0;
  };

  // Told of every durable commit, on the committer's thread, after the operations were finished.
  using OnCommit = std::function<void(const std::vector<Draft::Change>& changes, bool pruned)>;

  Committer(Log& log, Mailboxes& mailboxes, uint64_t default_limit, OnCommit on_commit);
  // Stops.
  ~Committer();

  // Thread-safe. The operation is finished here and now when the queue is full (kRelayBusy) or stopped (kCancelled).
  void Submit(std::unique_ptr<Operation> operation);
  // Finishes what is queued, refuses what comes after, and joins the thread. Idempotent; not thread-safe.
  void Stop();

 private:
  using Group = std::vector<std::unique_ptr<Operation>>;
  void Run();
  Group Take();  // empty: stopped
  void Commit(Group& group);

  Log& log_;
  Mailboxes& mailboxes_;
  LaneHeads lanes_;
  const uint64_t default_limit_;
  const OnCommit on_commit_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::unique_ptr<Operation>> queue_;  // guarded by mutex_, like the two below
  size_t queued_bytes_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace kith::relay
