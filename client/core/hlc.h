// The hybrid logical clock of one device (Kulkarni et al., "Logical Physical Clocks", 2014): strictly rising, close to
// the local clock, and past everything read.
#pragma once

#include <algorithm>

#include "client/model/entry.h"
#include "crypto/base/clock.h"
#include "crypto/base/limits.h"

namespace kith {

class HlcClock {
 public:
  explicit HlcClock(Hlc last = 0) : last_(last) {}

  // The next own time: after every earlier one.
  Hlc Next(int64_t now_ms) {
    last_ = std::max(last_ + 1, Physical(now_ms));
    return last_;
  }
  // Something written elsewhere at `seen` was read. A clock far ahead is not followed further than a day past ours.
  void Observe(Hlc seen, int64_t now_ms) {
    last_ = std::max(last_, std::min(seen, Physical(now_ms + limits::kClockAheadMillis)));
  }
  Hlc last() const { return last_; }

  static int64_t Millis(Hlc hlc) { return static_cast<int64_t>(hlc >> 16); }

 private:
  static Hlc Physical(int64_t ms) { return static_cast<Hlc>(std::max<int64_t>(ms, 0)) << 16; }
  Hlc last_;
};

}  // namespace kith
