// Structured lines on standard error: event, code, size bucket, duration. Never an address, key, id or user agent, and
// nothing that would let two lines be joined. Thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "crypto/base/result.h"

namespace spdlog {
class logger;
}

namespace kith::relay {

class EventLog {
 public:
  enum class Level { kQuiet, kEvents, kCalls };  // nothing; the relay's own events; each call as well
  explicit EventLog(Level level);

  // Something that happened to the relay itself, such as "started" or "storage_failed".
  void Event(std::string_view event);
  // A call and how it ended; `error` is nullptr when it went well.
  void Call(std::string_view method, const Error* error, size_t bytes, std::chrono::steady_clock::duration took);

 private:
  const Level level_;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace kith::relay
