// Mailboxes as they stand after the last commit: immutable values, and a bounded cache of them over the log.
#pragma once

#include <atomic>
#include <memory>
#include <unordered_map>

#include "crypto/base/mutex.h"
#include "server/ports.h"

namespace kith::relay {

struct Mailbox {
  MailboxId id;
  MailboxRow row;
  std::shared_ptr<const SeatTable> seats;
};

// Who may read a mailbox and change its seats: a listed lane, a seat, or the root. Only listed lanes append.
bool Permitted(const SeatTable& seats, const SignPublic& signer);

// Thread-safe. Publish and Forget belong to the committer, which is the only one that changes mailboxes.
class Mailboxes {
 public:
  Mailboxes(Log& log, size_t capacity) : log_(log), capacity_(capacity) {}

  // nullptr: there is no such mailbox. Reads the log if it must. kStorageFailed.
  Result<std::shared_ptr<const Mailbox>> Get(const MailboxId& id);

  void Publish(std::shared_ptr<const Mailbox> mailbox);
  // After a failed write: what is durable is read anew.
  void ForgetAll();

 private:
  Result<std::shared_ptr<const Mailbox>> Load(const MailboxId& id);
  std::atomic<uint64_t>& Changes(const MailboxId& id) { return changes_[id.value[0]]; }
  void Insert(std::shared_ptr<const Mailbox> mailbox) KITH_REQUIRES(mutex_);

  Log& log_;
  const size_t capacity_;
  Mutex mutex_;
  std::unordered_map<MailboxId, std::shared_ptr<const Mailbox>> cache_ KITH_GUARDED_BY(mutex_);
  // Changes so far, by the id's first byte: a mailbox read while one was going on is used but not kept, since it may
  // already be the past.
  std::array<std::atomic<uint64_t>, 256> changes_{};
};

}  // namespace kith::relay
