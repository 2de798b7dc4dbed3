#include "server/subscriptions.h"

#include <algorithm>

#include "server/limits.h"

namespace kith::relay {
namespace {

Wake WakeOf(const Mailbox& mailbox) { return {mailbox.row.head, mailbox.seats->number()}; }

}  // namespace

Result<> Subscriptions::Add(const MailboxId& mailbox, const SignPublic& signer,
                            std::shared_ptr<Subscriber> subscriber) {
  const MutexLock lock(mutex_);
  if (count_ >= limits::kSubscribers) return Fail(Code::kRelayBusy);
  auto& entries = entries_[mailbox];
  if (entries.size() >= limits::kSubscribersPerMailbox) return Fail(Code::kRelayBusy);
  entries.push_back({signer, std::move(subscriber)});
  ++count_;
  return {};
}

void Subscriptions::Remove(const MailboxId& mailbox, const Subscriber* subscriber) {
  std::shared_ptr<Subscriber> last;  // let go of outside the lock
  const MutexLock lock(mutex_);
  const auto it = entries_.find(mailbox);
  if (it == entries_.end()) return;
  auto& entries = it->second;
  const auto found = std::ranges::find_if(entries, [&](const Entry& e) { return e.subscriber.get() == subscriber; });
  if (found == entries.end()) return;
  last = std::move(found->subscriber);
  entries.erase(found);
  --count_;
  if (entries.empty()) entries_.erase(it);
}

void Subscriptions::Notify(const Mailbox& mailbox) {
  const MutexLock lock(mutex_);
  const auto it = entries_.find(mailbox.id);
  if (it == entries_.end()) return;
  for (const auto& entry : it->second) entry.subscriber->OnWake(WakeOf(mailbox));
}

void Subscriptions::NotifySeats(const Mailbox& mailbox) {
  const MutexLock lock(mutex_);
  const auto it = entries_.find(mailbox.id);
  if (it == entries_.end()) return;
  for (const auto& entry : it->second) {
    if (Permitted(*mailbox.seats, entry.signer)) {
      entry.subscriber->OnWake(WakeOf(mailbox));
    } else {
      entry.subscriber->OnEnd(Code::kRelayRefused);
    }
  }
}

void Subscriptions::Tick() {
  const MutexLock lock(mutex_);
  for (const auto& [mailbox, entries] : entries_) {
    for (const auto& entry : entries) entry.subscriber->OnTick();
  }
}

void Subscriptions::EndAll() {
  const MutexLock lock(mutex_);
  for (const auto& [mailbox, entries] : entries_) {
    for (const auto& entry : entries) entry.subscriber->OnEnd(Code::kCancelled);
  }
}

size_t Subscriptions::size() {
  const MutexLock lock(mutex_);
  return count_;
}

}  // namespace kith::relay
