#include "client/app/recovery_flow.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "client/adapters/grpc_relay.h"
#include "client/app/link_flow.h"
#include "client/app/trustee_flow.h"

namespace kith {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kGlance{100};
constexpr milliseconds kWait{500};  // after a failure, times their number

// The relays of one recovery. Ends what is under way when the person goes away.
class Lines {
 public:
  Lines(const Recovery& recovery, const RecoveryWatcher& watcher)
      : recovery_(recovery), watcher_(watcher), thread_([this] { Watch(); }) {}
  ~Lines() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  Result<RelayReply> Call(const Recovery::Ask& ask) {
    std::shared_ptr<GrpcRelay> line;
    {
      const std::lock_guard lock(mutex_);
      claiming_ = recovery_.claiming();
      if (cancelled_ && !claiming_) return Fail(Code::kCancelled);
      std::shared_ptr<GrpcRelay>& known = lines_[FormatRelayAddress(ask.relay)];
      if (known == nullptr) known = std::make_shared<GrpcRelay>(ask.relay);
      line = known;
    }
    return line->Call(ask.call);
  }
  // After a failure: later over a new line.
  void Pause(int failures) {
    std::unique_lock lock(mutex_);
    lines_.clear();
    wake_.wait_for(lock, kWait * failures, [this] { return cancelled_ && !claiming_; });
  }
  bool cancelled() {
    const std::lock_guard lock(mutex_);
    return cancelled_ && !claiming_;
  }

 private:
  void Watch() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kGlance, [this] { return done_; })) {
      if (cancelled_ || claiming_) continue;
      lock.unlock();
      const bool gone = watcher_.cancelled();
      lock.lock();
      if (!gone || claiming_) continue;
      cancelled_ = true;
      for (const auto& [address, line] : lines_) line->CancelAll();
      wake_.notify_all();
    }
  }

  const Recovery& recovery_;
  const RecoveryWatcher& watcher_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, std::shared_ptr<GrpcRelay>> lines_;  // these under mutex_
  bool claiming_ = false;
  bool cancelled_ = false;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace

Result<> Carry(Recovery& recovery, const RecoveryWatcher& watcher) {
  Lines lines(recovery, watcher);
  int failures = 0;
  for (;;) {
    const bool claiming = recovery.claiming();
    KITH_TRY_ASSIGN(const auto ask, recovery.Next());
    // Asked anew before each step, so that nothing is claimed for somebody who has just gone away.
    if (lines.cancelled() || (!claiming && watcher.cancelled()))
      return Fail(Code::kCancelled, "Stopped. Nothing was kept here, and nothing was changed.");
    if (!ask) return {};
    const Result<RelayReply> reply = lines.Call(*ask);
    if (!reply && reply.error().code == Code::kCancelled) continue;
    KITH_TRY(recovery.OnReply(ask->call, reply));
    watcher.moved(recovery.status());
    failures = recovery.failed() ? failures + 1 : 0;
    if (failures > 0) lines.Pause(failures);
  }
}

namespace {

struct OwnKey {
  const VaultKey& key;
  const Bytes& wrapped;
};

Result<> TakeOver(Session& session, const OwnKey& own, RecoveryAuthority authority, const RelayAddress& relay,
                  std::vector<Bytes> witnesses, const RestoreOptions& options, const RecoveryWatcher& watcher) {
  return session.Create(own.wrapped, own.key, [&](Store& store, Clock& clock) -> Result<> {
    Recovery recovery(
        store, clock, std::move(authority), relay,
        {.purpose = Recovery::Purpose::kTakeOver, .missing = options.missing, .witnesses = std::move(witnesses)});
    KITH_TRY(Carry(recovery, watcher));
    return recovery.Found(options.label);
  });
}

}  // namespace

Result<> RecoverJournal(Session& session, std::string_view words, const RelayAddress& relay,
                        const RestoreOptions& options, const RecoveryWatcher& watcher) {
  KITH_TRY_ASSIGN(const RecoverySecret secret, ParsePhrase(words));
  if (options.passphrase.empty())
    return Fail(Code::kInvalidArgument, "The passphrase is empty. Choose one for this device.");
  KITH_TRY(CheckDeviceName(options.label));
  KITH_TRY(session.CheckReplaceable());
  const VaultKey key = VaultKey::Generate();
  KITH_TRY_ASSIGN(const Bytes wrapped, WrapVaultKey(key, options.passphrase, CostFor(options.kdf_memory_mib)));
  return TakeOver(session, {.key = key, .wrapped = wrapped}, AuthorityOf(secret), relay, {}, options, watcher);
}

Result<Gathered> GatherShare(Session& session, const AskFriend& ask) {
  KITH_TRY(session.CheckReplaceable());
  const GatheringFile file = session.Gathered();
  KITH_TRY(MakeParents(file.path()));
  const bool begins = ask.begin == AskFriend::Begin::kAnew || !file.there();
  KITH_TRY_ASSIGN(const KeptGathering kept,
                  begins ? file.Begin(ask.passphrase, CostFor(ask.kdf_memory_mib)) : file.Open(ask.passphrase));
  Gathering& gathering = *kept.gathering;
  Gathered state;
  if (!ask.code.empty()) {
    AskOptions options{.code = ask.code, .relay = {}, .claim = gathering.claim(), .cancelled = ask.cancelled};
    KITH_TRY_ASSIGN(options.relay, ParseRelayAddress(ask.relay));
    KITH_TRY_ASSIGN(const ReleaseReply reply, AskTrustee(options));
    if (const Result<> taken = gathering.Take(reply); !taken) state.problem = taken.error();
    state.due_ms = reply.due_ms;
    KITH_TRY(file.Keep(kept));
  }
  const auto authority = gathering.Combine();
  state.ready = authority.has_value();
  if (!authority && !state.problem) state.problem = authority.error();
  state.gathered = gathering.gathered();
  state.needed = gathering.needed();
  return state;
}

Result<> RecoverWithFriends(Session& session, const std::optional<RelayAddress>& relay, const RestoreOptions& options,
                            const RecoveryWatcher& watcher) {
  KITH_TRY(CheckDeviceName(options.label));
  KITH_TRY(session.CheckReplaceable());
  const GatheringFile file = session.Gathered();
  if (!file.there())
    return Fail(Code::kNotFound, "Nothing was gathered here yet. Begin with `kith recover --with-friends`.");
  KITH_TRY_ASSIGN(const KeptGathering kept, file.Open(options.passphrase));
  KITH_TRY_ASSIGN(RecoveryAuthority authority, kept.gathering->Combine());
  RelayAddress own;
  if (relay) {
    own = *relay;
  } else {
    KITH_TRY_ASSIGN(own, ParseRelayAddress(kept.gathering->relay()));
  }
  return TakeOver(session, {.key = kept.key, .wrapped = kept.wrapped_key}, std::move(authority), own,
                  kept.gathering->witnesses(), options, watcher);
}

Result<> CheckWords(const State& state, const RecoverySecret& secret) {
  const RecoveryKeys keys = DeriveRecovery(secret);
  if (MailboxIdOf(keys.root.public_key()) == state.identity.self_mailbox &&
      keys.box.public_key() == state.person->recovery_box()) {
    return {};
  }
  return Fail(Code::kRecoveryMismatch,
              "These words are a recovery phrase, but of another journal: they would not bring this one back. Look for "
              "the sheet that was made with this journal.");
}

Result<> ConfirmRecovery(Unlocked& unlocked, std::string_view words) {
  KITH_TRY_ASSIGN(const RecoverySecret secret, ParsePhrase(words));
  return unlocked.vault->With([&](Journal& journal) -> Result<> {
    KITH_TRY(journal.EnsureLoaded());
    KITH_TRY(CheckWords(journal.state(), secret));
    return journal.ConfirmRecovery();
  });
}

}  // namespace kith
