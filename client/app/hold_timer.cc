#include "client/app/hold_timer.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace kith {
namespace {

constexpr int64_t kTryAgainMillis = 60'000;    // after an error of the disk
constexpr int64_t kPauseMillis = 1'000;        // between two looks at the clock
constexpr int64_t kLongestMillis = 3'600'000;  // another device may have shared what ends sooner

}  // namespace

HoldTimer::HoldTimer(OpenVault& vault, std::function<void()> released) : vault_(vault), released_(std::move(released)) {
  // At once, so that whoever unlocked the vault finds the holds as they are.
  extended_ = vault_.Share([](Journal& journal) { return journal.sharing().ExtendHolds(); }).has_value();
  thread_ = std::thread([this] { Run(); });
}

HoldTimer::~HoldTimer() {
  Stop();
  thread_.join();
}

void HoldTimer::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
}

void HoldTimer::Poke() {
  {
    const std::lock_guard lock(mutex_);
    poked_ = true;
  }
  wake_.notify_all();
}

int64_t HoldTimer::Look() {
  const int64_t now = vault_.clock().NowMillis();
  const auto due = vault_.Share([this](Journal& journal) -> Result<Sharing::Due> {
    // Nothing leaves before a person had their time for it again.
    if (!extended_) KITH_TRY(journal.sharing().ExtendHolds());
    extended_ = true;
    return journal.sharing().ReleaseDue();
  });
  if (!due) return now + kTryAgainMillis;
  if (due->released + due->ended > 0) released_();
  return std::clamp(due->next_ms.value_or(INT64_MAX), now + kPauseMillis, now + kLongestMillis);
}

void HoldTimer::Run() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      poked_ = false;
    }
    const std::chrono::system_clock::time_point next{std::chrono::milliseconds(Look())};
    std::unique_lock lock(mutex_);
    wake_.wait_until(lock, next, [this] { return stopping_ || poked_; });
  }
}

}  // namespace kith
