#include "client/app/sync_loop.h"

#include <algorithm>

#include "crypto/verify/hash.h"

namespace kith {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstWait{500};
constexpr milliseconds kLongestWait{60'000};
constexpr milliseconds kRecheck{5 * 60'000};  // a lost wake is made good by then

// A fifth longer or shorter, so that a family's devices do not all come back at the same moment.
milliseconds Jittered(milliseconds wait) {
  std::array<uint8_t, 1> random{};
  RandomFill(random);
  return wait * (80 + random[0] % 41) / 100;
}

}  // namespace

// Reads wakes until the stream ends.
class SyncLoop::Listener {
 public:
  Listener(SyncLoop& loop, std::unique_ptr<RelaySubscription> stream) : loop_(loop), stream_(std::move(stream)) {
    thread_ = std::thread([this] { Run(); });
  }
  ~Listener() {
    stopping_ = true;
    stream_->Cancel();
    thread_.join();
  }
  bool ended() const { return ended_; }

 private:
  void Run() {
    while (const auto wake = stream_->Next()) {
      loop_.vault_.With([&](Journal& journal) { journal.sync().OnWake(wake->head, wake->newest_statement); });
      loop_.Poke();
    }
    ended_ = true;
    if (stopping_) return;
    loop_.vault_.With([](Journal& journal) { journal.sync().Restart(); });
    loop_.Poke();
  }

  SyncLoop& loop_;
  std::unique_ptr<RelaySubscription> stream_;
  std::atomic<bool> ended_{false};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

SyncLoop::SyncLoop(OpenVault& vault) : vault_(vault) {
  thread_ = std::thread([this] { Run(); });
}

SyncLoop::~SyncLoop() {
  std::shared_ptr<GrpcRelay> relay;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    relay = relay_;
  }
  wake_.notify_all();
  changed_.notify_all();
  if (relay) relay->CancelAll();
  thread_.join();
}

void SyncLoop::Poke() {
  {
    const std::lock_guard lock(mutex_);
    poked_ = true;
  }
  wake_.notify_all();
}

void SyncLoop::Retry() {
  vault_.With([](Journal& journal) { journal.sync().Restart(); });
  {
    const std::lock_guard lock(mutex_);
    poked_ = retry_ = true;
  }
  wake_.notify_all();
}

uint64_t SyncLoop::AwaitChange(uint64_t seen, milliseconds limit) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, [&] { return stopping_ || changes_ != seen; });
  return changes_;
}

SyncStatus SyncLoop::status() {
  return vault_.With([](Journal& journal) { return journal.sync().status(); });
}

void SyncLoop::Changed() {
  {
    const std::lock_guard lock(mutex_);
    ++changes_;
  }
  changed_.notify_all();
}

void SyncLoop::Wait(std::optional<milliseconds> limit) {
  std::unique_lock lock(mutex_);
  // After a failure only a person's wish ends the wait early: each written line would otherwise knock again.
  const auto ready = [&] { return stopping_ || retry_ || (!limit && poked_); };
  wake_.wait_for(lock, limit.value_or(kRecheck), ready);
  poked_ = retry_ = false;
}

std::shared_ptr<GrpcRelay> SyncLoop::relay() {
  const auto wanted = vault_.With([](Journal& journal) { return journal.relay(); });
  const std::lock_guard lock(mutex_);
  if (stopping_ || !wanted) return nullptr;
  if (!relay_ || relay_address_.address != wanted->address || relay_address_.key != wanted->key) {
    relay_ = std::make_shared<GrpcRelay>(*wanted);
    relay_address_ = *wanted;
  }
  return relay_;
}

void SyncLoop::DropRelay() {
  listener_.reset();
  const std::lock_guard lock(mutex_);
  relay_.reset();
}

void SyncLoop::Listen() {
  if (listener_ && !listener_->ended()) return;
  listener_.reset();
  const auto connection = relay();
  if (!connection) return;
  const auto [live, signer, mailbox] = vault_.With([](Journal& journal) {
    return std::tuple(journal.sync().idle(), journal.sync().signer(), journal.mailbox());
  });
  if (!live) return;
  auto stream = connection->Subscribe(signer, mailbox);
  if (stream) listener_ = std::make_unique<Listener>(*this, *std::move(stream));
}

SyncLoop::Step SyncLoop::RunStep() {
  const auto next = vault_.With([](Journal& journal) -> Result<std::optional<RelayCall>> {
    auto call = journal.sync().Next();
    if (!call) (void)journal.Reload();
    return call;
  });
  if (!next) return Step::kFailed;
  if (!*next) {
    Changed();
    return Step::kIdle;
  }
  const auto connection = relay();
  if (!connection) return Step::kIdle;
  const Result<RelayReply> reply = connection->Call(**next);
  const bool failed = vault_.With([&](Journal& journal) {
    const Result<> taken = journal.sync().OnReply(**next, reply);
    if (!taken) {
      (void)journal.Reload();
      return true;
    }
    return journal.sync().failed();
  });
  Changed();
  return failed ? Step::kFailed : Step::kDone;
}

void SyncLoop::Run() {
  milliseconds wait = kFirstWait;
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
    switch (RunStep()) {
      case Step::kDone:
        wait = kFirstWait;
        break;
      case Step::kFailed:
        DropRelay();
        Wait(Jittered(wait));
        wait = std::min(wait * 2, kLongestWait);
        break;
      case Step::kIdle:
        Listen();
        Wait(std::nullopt);
        break;
    }
  }
  listener_.reset();
}

}  // namespace kith
