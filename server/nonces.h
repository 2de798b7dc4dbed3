// The nonces this relay handed out, and the counters used under each. In memory only: after a restart every client says
// hello again. Thread-safe.
#pragma once

#include <deque>
#include <unordered_map>

#include "crypto/base/mutex.h"
#include "crypto/verify/relay_auth.h"

namespace kith::relay {

class Nonces {
 public:
  explicit Nonces(size_t capacity) : capacity_(capacity) {}

  // A fresh nonce; the oldest is forgotten when there are too many.
  HelloNonce Issue();
  bool Known(const HelloNonce& nonce);
  // False when the nonce is unknown, or the counter was used or lies outside the window. Call it only once the
  // request's signature is good, or a stranger could use up somebody else's counters.
  bool Accept(const HelloNonce& nonce, uint64_t counter);

 private:
  const size_t capacity_;
  Mutex mutex_;
  std::unordered_map<HelloNonce, CounterWindow> windows_ KITH_GUARDED_BY(mutex_);
  std::deque<HelloNonce> oldest_first_ KITH_GUARDED_BY(mutex_);
};

}  // namespace kith::relay
