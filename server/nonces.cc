#include "server/nonces.h"

#include "crypto/verify/hash.h"

namespace kith::relay {

HelloNonce Nonces::Issue() {
  const auto nonce = RandomId<HelloNonce>();
  const MutexLock lock(mutex_);
  windows_.emplace(nonce, CounterWindow());
  oldest_first_.push_back(nonce);
  if (oldest_first_.size() > capacity_) {
    windows_.erase(oldest_first_.front());
    oldest_first_.pop_front();
  }
  return nonce;
}

bool Nonces::Known(const HelloNonce& nonce) {
  const MutexLock lock(mutex_);
  return windows_.contains(nonce);
}

bool Nonces::Accept(const HelloNonce& nonce, uint64_t counter) {
  const MutexLock lock(mutex_);
  const auto it = windows_.find(nonce);
  return it != windows_.end() && it->second.Accept(counter);
}

}  // namespace kith::relay
