#include "client/app/sync_loop.h"

#include <algorithm>
#include <atomic>

#include "crypto/verify/hash.h"

namespace kith {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFirstWait{500};
constexpr milliseconds kLongestWait{60'000};
constexpr milliseconds kSteady{30'000};    // a stream that held so long was no failure: the next wait is short again
constexpr milliseconds kSilence{120'000};  // without a wake; the relay sends one every 45 s
constexpr milliseconds kTryAgain{60'000};  // a relay that took nothing more may have room by now
constexpr milliseconds kRest{2'000};  // nothing moved for so long: what would ride on the next write is written now
constexpr milliseconds kGlance{200};  // how often a caller's going away is looked for

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
    stream_->Cancel();
    thread_.join();
  }
  bool ended() const { return ended_; }
  // Whether a wake came since this was asked last.
  bool Heard() { return heard_.exchange(false); }

 private:
  void Run() {
    while (const auto wake = stream_->Next()) {
      heard_ = true;
      loop_.vault_.WithBehind(
          [&](Journal& journal) { journal.sync(loop_.mailbox_).OnWake(wake->head, wake->newest_statement); });
      loop_.Poke();
    }
    ended_ = true;
    loop_.Poke();
  }

  SyncLoop& loop_;
  std::unique_ptr<RelaySubscription> stream_;
  std::atomic<bool> ended_{false};
  std::atomic<bool> heard_{true};
  std::thread thread_;
};

SyncLoop::SyncLoop(OpenVault& vault, const MailboxId& mailbox, std::function<void()> moved)
    : vault_(vault), mailbox_(mailbox), moved_(std::move(moved)) {
  thread_ = std::thread([this] { Run(); });
}

SyncLoop::~SyncLoop() { End(); }

void SyncLoop::End() {
  Stop();
  if (thread_.joinable()) thread_.join();
}

void SyncLoop::Stop() {
  std::shared_ptr<GrpcRelay> relay;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    relay = relay_;
  }
  wake_.notify_all();
  changed_.notify_all();
  if (relay) relay->CancelAll();
}

void SyncLoop::Poke() {
  {
    const std::lock_guard lock(mutex_);
    poked_ = true;
  }
  wake_.notify_all();
}

uint64_t SyncLoop::Retry() {
  std::shared_ptr<GrpcRelay> relay;
  uint64_t round = 0;
  {
    const std::lock_guard lock(mutex_);
    round = ++round_wanted_;
    relay = std::move(relay_);
    relay_.reset();
  }
  wake_.notify_all();
  // What is under way may hang for a minute; its outcome is of no use any more.
  if (relay) relay->CancelAll();
  return round;
}

uint64_t SyncLoop::round() {
  const std::lock_guard lock(mutex_);
  return round_wanted_;
}

Result<> SyncLoop::Await(uint64_t round, std::optional<milliseconds> limit,
                         const std::function<bool(const SyncStatus&)>& go_on, WhenAway when_away) {
  const auto began = steady_clock::now();
  for (;;) {
    uint64_t seen = 0;
    bool asked = false;
    bool stopping = false;
    {
      const std::lock_guard lock(mutex_);
      seen = changes_;
      asked = round_over_ >= round;
      stopping = stopping_;
    }
    const SyncStatus now = status();
    if (stopping)
      return Fail(Code::kCancelled, "The vault was locked meanwhile. `kith unlock` opens it, and syncing goes on.");
    if (now.phase == SyncStatus::Phase::kOff) {
      return Fail(Code::kNoRelay, "No relay is set. `kith relay set INVITE` sets one; the journal works without.");
    }
    if (!go_on(now)) return Fail(Code::kCancelled, "Stopped. Syncing goes on in the background.");
    const bool time_left = limit && steady_clock::now() - began < *limit;
    const bool again = time_left && when_away == WhenAway::kTryAgain;
    if (asked && now.problem && !(again && now.problem->code == Code::kRelayUnreachable)) return *now.problem;
    if (asked && now.phase == SyncStatus::Phase::kLive) return {};
    if (limit && !time_left) {
      return Fail(Code::kRelayUnreachable, "Not in sync within the given time. Syncing goes on in the background.");
    }
    AwaitChange(seen, limit ? std::min(kGlance, *limit) : kGlance);
  }
}

uint64_t SyncLoop::AwaitChange(uint64_t seen, milliseconds limit) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, [&] { return stopping_ || changes_ != seen; });
  return changes_;
}

SyncStatus SyncLoop::status() {
  return Told(vault_.With([this](Journal& journal) { return journal.sync(mailbox_).status(); }));
}

SyncStatus SyncLoop::Told(SyncStatus status) {
  const std::lock_guard lock(mutex_);
  if (store_problem_ && status.phase != SyncStatus::Phase::kOff) status.problem = store_problem_;
  return status;
}

void SyncLoop::Changed() {
  {
    const std::lock_guard lock(mutex_);
    ++changes_;
  }
  changed_.notify_all();
  moved_();
}

void SyncLoop::RoundIsOver() {
  {
    const std::lock_guard lock(mutex_);
    round_over_ = round_;
    ++changes_;
  }
  changed_.notify_all();
}

std::shared_ptr<GrpcRelay> SyncLoop::relay() {
  const RelayAddress wanted = vault_.WithBehind([this](Journal& journal) {
    const storage::MailboxSync& sync = journal.state().mailboxes.at(mailbox_).sync;
    return RelayAddress{.address = sync.relay_address, .key = sync.relay_key};
  });
  const std::lock_guard lock(mutex_);
  if (stopping_ || wanted.address.empty()) return nullptr;
  if (!relay_ || relay_address_.address != wanted.address || relay_address_.key != wanted.key) {
    relay_ = std::make_shared<GrpcRelay>(wanted);
    relay_address_ = wanted;
  }
  return relay_;
}

void SyncLoop::DropRelay() {
  listener_.reset();
  live_since_.reset();
  const std::lock_guard lock(mutex_);
  relay_.reset();
}

void SyncLoop::BeginAnew() {
  DropRelay();
  vault_.WithBehind([this](Journal& journal) { journal.sync(mailbox_).Restart(); });
  Changed();
}

void SyncLoop::Listen() {
  if (listener_) return;
  const auto connection = relay();
  if (!connection) return;
  const auto [live, signer] = vault_.WithBehind([this](Journal& journal) {
    const Sync& sync = journal.sync(mailbox_);
    return std::pair(sync.idle(), sync.signer());
  });
  if (!live) return;
  auto stream = connection->Subscribe(signer, mailbox_);
  if (!stream) return;
  listener_ = std::make_unique<Listener>(*this, *std::move(stream));
  live_since_ = steady_clock::now();
}

Result<std::optional<RelayCall>> SyncLoop::NextCall(SyncEra* era) {
  return vault_.WithBehind([&](Journal& journal) -> Result<std::optional<RelayCall>> {
    KITH_TRY(journal.EnsureLoaded());
    auto call = journal.sync(mailbox_).Next();
    if (!call) {
      KITH_TRY(journal.Reload());
      return call;
    }
    *era = journal.sync_era(mailbox_);
    return call;
  });
}

Result<RelayReply> SyncLoop::Ask(GrpcRelay& connection, const RelayCall& call, const SyncEra& era, Result<>* prepared) {
  if (!std::holds_alternative<PushCall>(call.body)) return connection.Call(call);
  std::optional<Result<RelayReply>> reply;
  std::thread asking([&] { reply = connection.Call(call); });
  *prepared = vault_.WithBehind([&](Journal& journal) -> Result<> {
    if (journal.sync_era(mailbox_) != era) return {};
    const Result<> done = journal.sync(mailbox_).Prepare(call);
    if (!done) KITH_TRY(journal.Reload());
    return done;
  });
  asking.join();
  return *std::move(reply);
}

SyncLoop::Step SyncLoop::RunStep() {
  const auto keep = [this](const Result<>& outcome) {
    const std::lock_guard lock(mutex_);
    if (!outcome) store_problem_ = outcome.error();
    return outcome.has_value();
  };
  SyncEra era;
  const auto next = NextCall(&era);
  if (!next) {
    keep(next.error());
    return Step::kFailed;
  }
  const auto connection = *next ? relay() : nullptr;
  if (!connection) return Step::kIdle;
  Result<> prepared;
  const Result<RelayReply> reply = Ask(*connection, **next, era, &prepared);
  if (!keep(prepared)) return Step::kFailed;
  if (RoundIsOld()) return Step::kDone;
  bool failed = false;
  const Result<> taken = vault_.WithBehind([&](Journal& journal) -> Result<> {
    // A relay was set, a person wished to begin anew, or the state was read again: this answer is nobody's.
    if (journal.sync_era(mailbox_) != era) return {};
    const Result<> done = journal.sync(mailbox_).OnReply(**next, reply);
    failed = journal.sync(mailbox_).failed();
    if (!done) KITH_TRY(journal.Reload());
    return done;
  });
  if (!keep(taken)) return Step::kFailed;
  Changed();
  return failed ? Step::kFailed : Step::kDone;
}

void SyncLoop::TakeWishes() {
  {
    const std::lock_guard lock(mutex_);
    if (round_wanted_ == round_) return;
    round_ = round_wanted_;
    store_problem_.reset();
  }
  wait_ = kFirstWait;
  BeginAnew();
}

bool SyncLoop::RoundIsOld() {
  const std::lock_guard lock(mutex_);
  return round_wanted_ != round_;
}

bool SyncLoop::StreamIsOver() const { return listener_ && listener_->ended(); }

void SyncLoop::OnFailed() {
  if (live_since_ && steady_clock::now() - *live_since_ >= kSteady) wait_ = kFirstWait;
  DropRelay();
  RoundIsOver();
  {
    std::unique_lock lock(mutex_);
    // Only a person's wish ends the wait early: each written line would otherwise knock again.
    wake_.wait_for(lock, Jittered(wait_), [this] { return stopping_ || round_wanted_ != round_; });
    poked_ = false;
  }
  wait_ = std::min(wait_ * 2, kLongestWait);
}

void SyncLoop::OnIdle() {
  {
    const std::lock_guard lock(mutex_);
    store_problem_.reset();
  }
  Listen();
  RoundIsOver();
  const SyncStatus now = Told(vault_.WithBehind([this](Journal& journal) { return journal.sync(mailbox_).status(); }));
  const bool stuck = now.problem && now.phase != SyncStatus::Phase::kStopped;
  bool woken = Rest(kRest);
  if (!woken) {
    // What is in memory was read again: a new round tells where things are.
    if (!KeepAcknowledged()) return OnFailed();
    woken = Rest(stuck ? kTryAgain : kSilence);
  }
  if (StreamIsOver() || (!woken && listener_ && !listener_->Heard())) {
    vault_.WithBehind([this](Journal& journal) { journal.sync(mailbox_).Restart(); });
    OnFailed();
  } else if (!woken && stuck) {
    BeginAnew();
  }
}

// Until something is to be done; false when nothing was within `limit`.
bool SyncLoop::Rest(milliseconds limit) {
  std::unique_lock lock(mutex_);
  const bool woken = wake_.wait_for(lock, limit, [this] { return stopping_ || poked_ || round_wanted_ != round_; });
  poked_ = false;
  return woken;
}

bool SyncLoop::KeepAcknowledged() {
  const Result<> kept = vault_.WithBehind([](Journal& journal) -> Result<> {
    KITH_TRY(journal.KeepAcknowledged());
    return journal.CompactIfDue();
  });
  const std::lock_guard lock(mutex_);
  if (!kept) store_problem_ = kept.error();
  return kept.has_value();
}

void SyncLoop::Run() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
    TakeWishes();
    switch (RunStep()) {
      case Step::kDone:
        break;
      case Step::kFailed:
        OnFailed();
        break;
      case Step::kIdle:
        OnIdle();
        break;
    }
  }
  listener_.reset();
  KeepAcknowledged();
}

}  // namespace kith
