#include "server/event_log.h"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <bit>

namespace kith::relay {
namespace {

// The next power of two in KiB: exact sizes would tell more than an operator needs.
size_t BucketKiB(size_t bytes) { return std::bit_ceil((bytes + 1023) / 1024 + (bytes == 0 ? 1 : 0)); }

}  // namespace

EventLog::EventLog(Level level) : level_(level) {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  logger_ = std::make_shared<spdlog::logger>("relay", std::move(sink));
  logger_->set_formatter(std::make_unique<spdlog::pattern_formatter>(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v})",
                                                                     spdlog::pattern_time_type::utc));
  logger_->flush_on(spdlog::level::info);
}

void EventLog::Event(std::string_view event) {
  if (level_ == Level::kQuiet) return;
  logger_->info(R"("event":"{}")", event);
}

void EventLog::Call(std::string_view method, const Error* error, size_t bytes,
                    std::chrono::steady_clock::duration took) {
  if (level_ != Level::kCalls) return;
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  logger_->info(R"("event":"call","method":"{}","code":"{}","size_kib":{},"ms":{})", method,
                error == nullptr ? "OK" : CodeName(error->code), BucketKiB(bytes), ms);
}

}  // namespace kith::relay
