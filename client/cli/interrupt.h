// Ctrl-C while the agent works: cancels the call, so that the program can say what became of it.
#pragma once

#include <functional>

namespace kith {

// While it lives, the first SIGINT calls `cancel` (from another thread) instead of ending the program; a second one
// ends it. One at a time.
class InterruptScope {
 public:
  explicit InterruptScope(std::function<void()> cancel);
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;
};

}  // namespace kith
