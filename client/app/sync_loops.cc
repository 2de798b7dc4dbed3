#include "client/app/sync_loops.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace kith {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

}  // namespace

SyncLoops::SyncLoops(OpenVault& vault) : vault_(vault) {
  const MailboxId own = vault.With([](Journal& journal) { return journal.mailbox(); });
  own_ = std::make_shared<SyncLoop>(vault, own, [this] { Moved(); });
  loops_.emplace(own, own_);
  thread_ = std::thread([this] { Run(); });
  Moved();
}

SyncLoops::~SyncLoops() {
  Stop();
  thread_.join();
}

void SyncLoops::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (const auto& [mailbox, loop] : loops()) loop->Stop();
}

SyncLoops::Loops SyncLoops::loops() {
  const std::lock_guard lock(mutex_);
  return loops_;
}

std::shared_ptr<SyncLoop> SyncLoops::Find(const MailboxId& mailbox) {
  const std::lock_guard lock(mutex_);
  const auto found = loops_.find(mailbox);
  return found == loops_.end() ? nullptr : found->second;
}

void SyncLoops::Poke() {
  own_->Poke();
  {
    const std::lock_guard lock(mutex_);
    poked_ = true;
  }
  wake_.notify_all();
}

// A step may have brought a friend that another device added, or the end of one.
void SyncLoops::Moved() {
  {
    const std::lock_guard lock(mutex_);
    moved_ = true;
  }
  wake_.notify_all();
}

void SyncLoops::Run() {
  for (;;) {
    bool poked = false;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || moved_ || poked_; });
      if (stopping_) return;
      poked = std::exchange(poked_, false);
      moved_ = false;
    }
    Match();
    PokeThoseThatMaySettle();
    if (poked) PokeThoseWithSomethingToSend();
  }
}

void SyncLoops::Match() {
  const std::lock_guard matching(matching_);
  const std::vector<MailboxId> wanted = vault_.WithBehind([](Journal& journal) { return journal.mailboxes(); });
  const Loops running = loops();
  for (const auto& [mailbox, loop] : running) {
    if (loop == own_ || std::ranges::find(wanted, mailbox) != wanted.end()) continue;
    {
      const std::lock_guard lock(mutex_);
      loops_.erase(mailbox);
    }
    loop->End();
  }
  for (const MailboxId& mailbox : wanted) {
    if (running.contains(mailbox)) continue;
    auto loop = std::make_shared<SyncLoop>(vault_, mailbox, [this] { Moved(); });
    const std::lock_guard lock(mutex_);
    // Stop has been past here already.
    if (stopping_) loop->Stop();
    loops_.emplace(mailbox, std::move(loop));
  }
}

// New keys in one's own mailbox are what the circles' wait for after a revocation. Each is poked once, when its turn
// has come.
void SyncLoops::PokeThoseThatMaySettle() {
  const Loops running = loops();
  std::vector<std::shared_ptr<SyncLoop>> ready;
  vault_.With([&](Journal& journal) {
    for (const auto& [mailbox, loop] : running) {
      const bool now = journal.unsettled(mailbox);
      if (now && !unsettled_[mailbox]) ready.push_back(loop);
      unsettled_[mailbox] = now;
    }
  });
  for (const auto& loop : ready) loop->Poke();
}

void SyncLoops::PokeThoseWithSomethingToSend() {
  const Loops running = loops();
  std::vector<std::shared_ptr<SyncLoop>> sending;
  vault_.WithBehind([&](Journal& journal) {
    for (const auto& [mailbox, loop] : running) {
      const SyncStatus status = journal.sync(mailbox).status();
      if (status.waiting > 0 || status.phase != SyncStatus::Phase::kLive) sending.push_back(loop);
    }
  });
  for (const auto& loop : sending) loop->Poke();
}

SyncLoops::Progress SyncLoops::progress() {
  Progress sum;
  for (const auto& [mailbox, loop] : loops()) {
    const SyncStatus status = loop->status();
    sum.behind += status.behind;
    sum.fetched += status.phase == SyncStatus::Phase::kLive ? status.behind : status.fetched;
    sum.waiting += status.waiting;
  }
  return sum;
}

Result<> SyncLoops::Settle(std::optional<milliseconds> limit, const std::function<bool()>& go_on,
                           std::vector<Other>* others, SyncLoop::WhenAway when_away) {
  const auto end = steady_clock::now() + limit.value_or(milliseconds(0));
  const auto left = [&] {
    if (!limit) return limit;
    const auto rest = std::chrono::duration_cast<milliseconds>(end - steady_clock::now());
    return std::optional(std::max(rest, milliseconds(0)));
  };
  const auto tell = [&](const SyncStatus&) { return go_on(); };
  std::map<MailboxId, uint64_t> rounds;
  for (const auto& [mailbox, loop] : loops()) rounds[mailbox] = loop->Retry();
  const Result<> own = own_->Await(own_->round(), limit, tell, when_away);
  if (!own && own.error().code == Code::kCancelled) return own;
  // What came with the own mailbox may be a friend; its loop begins with a round of its own.
  Match();
  const Loops now = loops();
  for (const auto& [mailbox, loop] : now) {
    if (loop == own_) continue;
    const auto asked = rounds.find(mailbox);
    const Result<> settled =
        loop->Await(asked == rounds.end() ? loop->round() : asked->second, left(), tell, when_away);
    if (settled) continue;
    if (settled.error().code != Code::kCancelled) {
      others->push_back({.circle = mailbox, .error = settled.error()});
    } else if (Find(mailbox) == loop) {
      return settled;  // by the caller or by locking; otherwise this friend is no longer kept in step
    }
  }
  return !own && own.error().code == Code::kNoRelay && now.size() > 1 ? Result<>() : own;
}

}  // namespace kith
