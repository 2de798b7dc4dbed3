// A clock that stands still until it is told otherwise.
#pragma once

#include "crypto/base/clock.h"

namespace kith {

class FakeClock final : public Clock {
 public:
  static constexpr int64_t kStart = 1'700'000'000'000;  // November 2023
  static constexpr int64_t kDay = 24LL * 3600 * 1000;

  explicit FakeClock(int64_t now_ms = kStart) : now_ms_(now_ms) {}
  int64_t NowMillis() override { return now_ms_; }
  void Advance(int64_t ms) { now_ms_ += ms; }
  void Set(int64_t ms) { now_ms_ = ms; }

 private:
  int64_t now_ms_;
};

}  // namespace kith
