// Who wants to know when a mailbox's log or seats have moved. Nothing is queued for anybody: a wake carries two places,
// and a slow subscriber only ever misses older ones. Thread-safe.
#pragma once

#include <memory>
#include <unordered_map>

#include "crypto/base/mutex.h"
#include "server/calls.h"
#include "server/mailboxes.h"

namespace kith::relay {

// Called under the registry's lock, from any thread: return at once, and do not call the registry.
class Subscriber {
 public:
  virtual ~Subscriber() = default;
  virtual void OnWake(const Wake& wake) = 0;
  // The subscription is over: kRelayRefused (no longer listed) or kCancelled (the relay shuts down).
  virtual void OnEnd(Code code) = 0;
  // Every second or so.
  virtual void OnTick() = 0;
};

class Subscriptions {
 public:
  // kRelayBusy: too many. Keeps the subscriber alive until Remove.
  Result<> Add(const MailboxId& mailbox, const SignPublic& signer, std::shared_ptr<Subscriber> subscriber);
  void Remove(const MailboxId& mailbox, const Subscriber* subscriber);

  void Notify(const Mailbox& mailbox);
  // As Notify, and ends the subscriptions of those who are not listed any more.
  void NotifySeats(const Mailbox& mailbox);
  void Tick();
  void EndAll();
  size_t size();

 private:
  struct Entry {
    SignPublic signer;
    std::shared_ptr<Subscriber> subscriber;
  };

  Mutex mutex_;
  std::unordered_map<MailboxId, std::vector<Entry>> entries_ KITH_GUARDED_BY(mutex_);
  size_t count_ KITH_GUARDED_BY(mutex_) = 0;
};

}  // namespace kith::relay
