// The machine's wall clock.
#pragma once

#include <chrono>

#include "crypto/base/clock.h"

namespace kith {

class SystemClock final : public Clock {
 public:
  int64_t NowMillis() override {
    using std::chrono::duration_cast, std::chrono::milliseconds;
    return duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  }
};

}  // namespace kith
