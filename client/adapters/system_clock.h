// The machine's wall clock.
#pragma once

#include <chrono>
#include <ctime>

#include "crypto/base/clock.h"

namespace kith {

class SystemClock final : public Clock {
 public:
  int64_t NowMillis() override {
    using std::chrono::duration_cast, std::chrono::milliseconds;
    return duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  }
};

// Milliseconds since the machine started, its sleep included: for telling how long nothing was done. Thread-safe.
inline int64_t MillisSinceBoot() {
  timespec now = {};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<int64_t>(now.tv_sec) * 1'000 + now.tv_nsec / 1'000'000;
}

}  // namespace kith
