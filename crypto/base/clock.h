// Time as something handed in, so that one seed can replay a whole world.
#pragma once

#include <cstdint>

namespace kith {

class Clock {
 public:
  virtual ~Clock() = default;
  // Milliseconds since 1970-01-01T00:00:00Z as this machine believes; may jump either way. Thread-safe.
  virtual int64_t NowMillis() = 0;
};

}  // namespace kith
