#include "client/app/link_flow.h"

#include <algorithm>
#include <condition_variable>
#include <future>
#include <thread>

#include "client/core/limits.h"
#include "client/core/linking.h"
#include "client/model/text.h"

namespace kith {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kGlance{100};  // how often a person's going away is looked for
constexpr milliseconds kListingLimit{60'000};
constexpr milliseconds kFarewell{5'000};  // for the other side to hang up

// Ends all calls of a link when its time is over or the person goes away.
class Watch {
 public:
  Watch(GrpcRelay& connection, const std::function<bool()>& cancelled, milliseconds life)
      : connection_(connection), cancelled_(cancelled), end_(steady_clock::now() + life) {
    thread_ = std::thread([this] { Run(); });
  }
  ~Watch() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  bool ended() const { return cause_ != Cause::kNone; }
  // From now on no longer than this.
  void Shorten(milliseconds life) {
    const std::lock_guard lock(mutex_);
    end_ = std::min(end_, steady_clock::now() + life);
  }
  // The error that `error` really is, if this watch brought it about.
  Error Explain(const Error& error) const {
    switch (cause_.load()) {
      case Cause::kNone:
        return error;
      case Cause::kPerson:
        return Fail(Code::kCancelled, "Stopped. The code is used up; no device was added.");
      case Cause::kTime:
        return Fail(Code::kPairingGone,
                    "The code's time is over; no device was added. Make a new one with `kith link`.");
    }
    return error;
  }

 private:
  enum class Cause { kNone, kPerson, kTime };

  void Run() {
    std::unique_lock lock(mutex_);
    while (!done_) {
      const bool late = steady_clock::now() >= end_;
      if (late || cancelled_()) {
        cause_ = late ? Cause::kTime : Cause::kPerson;
        connection_.CancelAll();
        return;
      }
      wake_.wait_until(lock, std::min(steady_clock::now() + kGlance, end_));
    }
  }

  GrpcRelay& connection_;
  const std::function<bool()>& cancelled_;
  std::atomic<Cause> cause_{Cause::kNone};
  std::mutex mutex_;
  std::condition_variable wake_;
  steady_clock::time_point end_;
  bool done_ = false;
  std::thread thread_;
};

// Hears the new device while this side decides and works: its next message, or that it went away.
class Hearing {
 public:
  explicit Hearing(RelayPairing& pairing)
      : pairing_(pairing), heard_(std::async(std::launch::async, [&pairing] { return pairing.Receive(); })) {}
  ~Hearing() {
    if (!heard_.valid()) return;
    pairing_.Cancel();
    heard_.wait();
  }
  bool over() const { return heard_.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }
  Result<Bytes> Get() { return heard_.get(); }

 private:
  RelayPairing& pairing_;
  std::future<Result<Bytes>> heard_;
};

// What the new device calls itself is its word only.
std::string Presentable(const std::string& name) {
  return CheckDeviceName(name) ? name : "a device without a proper name";
}

// The existing device's side, after the relay was found in order.
class Hosting {
 public:
  Hosting(Unlocked& unlocked, const LinkHostSteps& steps, RelayAddress relay)
      : unlocked_(unlocked),
        steps_(steps),
        relay_(std::move(relay)),
        connection_(relay_),
        over_([this] { return steps_.cancelled() || unlocked_.closing(); }),
        watch_(connection_, over_, steps.life) {}

  Result<std::string> Run() {
    auto linked = Link();
    if (linked || added_) return linked;
    KITH_TRY(unlocked_.StillOpen());
    return watch_.Explain(linked.error());
  }

 private:
  template <class Use>
  auto With(Use use) {
    return unlocked_.vault->With([&](Journal& journal) -> decltype(use(journal)) {
      KITH_TRY(journal.EnsureLoaded());
      return use(journal);
    });
  }

  Result<std::string> Link() {
    const auto [signer, mailbox] =
        unlocked_.vault->With([](Journal& journal) { return std::pair(journal.sync().signer(), journal.mailbox()); });
    KITH_TRY_ASSIGN(const auto pairing, connection_.OpenPairing(signer, mailbox));
    const PairingCode code{.nameplate = pairing->nameplate(), .words = PairingCode::RandomWords()};
    LinkHost host({.mode = PairingMode::kLink, .relay_key = relay_.key, .nameplate = code.nameplate}, code.words);
    KITH_TRY(steps_.show(code.Format(), FormatRelayAddress(relay_)));
    KITH_TRY_ASSIGN(const std::string asking, Meet(*pairing, host));
    Hearing hearing(*pairing);
    KITH_TRY_ASSIGN(const std::string label, Decide(asking, hearing));
    KITH_TRY(With([&](Journal& journal) -> Result<> {
      const Result<> accepted = host.Accept(journal.state(), journal.sync(), label);
      if (!accepted) KITH_TRY(journal.Reload());
      return accepted;
    }));
    added_ = true;
    const Result<> granted = GiveKeys(*pairing, host, hearing);
    if (granted) return label;
    return Fail(granted.error().code, "\"" + label + "\" was added to your devices, but may not have kept its keys (" +
                                          granted.error().message +
                                          ") If it has no journal now, link it again with a new code.");
  }

  // Until the new device has shown that it has the code. Returns what it calls itself.
  Result<std::string> Meet(RelayPairing& pairing, LinkHost& host) {
    KITH_TRY(pairing.AwaitPeer());
    KITH_TRY(pairing.Send(host.first_message()));
    KITH_TRY_ASSIGN(const Bytes answer, pairing.Receive());
    KITH_TRY_ASSIGN(const Bytes offer, With([&](Journal& journal) { return host.OnAnswer(journal.state(), answer); }));
    KITH_TRY(pairing.Send(offer));
    KITH_TRY_ASSIGN(const Bytes request, pairing.Receive());
    return With([&](Journal& journal) { return host.OnRequest(journal.state(), request); });
  }

  Result<std::string> Decide(const std::string& asking, Hearing& hearing) {
    KITH_TRY_ASSIGN(std::string label,
                    steps_.decide(Presentable(asking), [&] { return watch_.ended() || hearing.over(); }));
    KITH_TRY(CheckDeviceName(label));
    KITH_TRY(unlocked_.StillOpen());
    if (watch_.ended()) return Fail(Code::kPairingGone);
    // It has nothing to say before it gets its keys.
    if (hearing.over()) {
      return Fail(Code::kPairingGone, "The new device went away; it was not added. Make a new code with `kith link`.");
    }
    return label;
  }

  Result<> GiveKeys(RelayPairing& pairing, LinkHost& host, Hearing& hearing) {
    KITH_TRY(AwaitListing(host));
    KITH_TRY_ASSIGN(const Bytes grant, With([&](Journal& journal) { return host.Grant(journal.state()); }));
    KITH_TRY(pairing.Send(grant));
    KITH_TRY_ASSIGN(const Bytes kept, hearing.Get());
    return host.OnKept(kept);
  }

  // Until the relay lists the new lane.
  Result<> AwaitListing(const LinkHost& host) {
    unlocked_.loop.Poke();
    const auto end = steady_clock::now() + kListingLimit;
    std::optional<Error> problem;
    for (uint64_t seen = 0; steady_clock::now() < end;) {
      KITH_TRY(unlocked_.StillOpen());
      if (watch_.ended()) return watch_.Explain(Fail(Code::kPairingGone));
      seen = unlocked_.loop.AwaitChange(seen, kGlance);
      if (unlocked_.vault->With([&](Journal& journal) { return host.Listed(journal.state()); })) return {};
      const SyncStatus status = unlocked_.loop.status();
      if (status.problem) problem = status.problem;
      if (status.phase == SyncStatus::Phase::kStopped) break;
    }
    if (problem) return *problem;
    return Fail(Code::kRelayUnreachable, "The relay did not take the new device in time.");
  }

  Unlocked& unlocked_;
  const LinkHostSteps& steps_;
  const RelayAddress relay_;
  GrpcRelay connection_;
  const std::function<bool()> over_;
  Watch watch_;
  bool added_ = false;
};

// The new device's side.
class Joining {
 public:
  Joining(Session& session, const LinkJoinOptions& options, const PairingCode& code)
      : session_(session),
        options_(options),
        nameplate_(code.nameplate),
        connection_(options.relay),
        guest_({.mode = PairingMode::kLink, .relay_key = options.relay.key, .nameplate = code.nameplate}, code.words,
               options.label),
        watch_(connection_, options.cancelled, options.life) {}

  Result<> Run(ByteView wrapped, const VaultKey& key) {
    const Result<> joined = Join(wrapped, key);
    if (joined) return {};
    return watch_.Explain(joined.error());
  }

 private:
  Result<> Join(ByteView wrapped, const VaultKey& key) {
    KITH_TRY_ASSIGN(const auto pairing, connection_.JoinPairing(nameplate_));
    KITH_TRY(Meet(*pairing));
    const auto grant = pairing->Receive();
    if (!grant) {
      if (grant.error().code != Code::kPairingGone) return grant.error();
      return Fail(Code::kPairingGone,
                  "The other device turned this one away, or went away. Make a new code with `kith link` there.");
    }
    KITH_TRY(session_.Create(wrapped, key, [&](Store& store, Clock& clock) {
      return guest_.OnGrant(*grant, store, clock, options_.relay.key);
    }));
    Confirm(*pairing);
    return {};
  }

  // Shows that this device has the code, and asks to be added.
  Result<> Meet(RelayPairing& pairing) {
    KITH_TRY(pairing.AwaitPeer());
    KITH_TRY_ASSIGN(const Bytes first, pairing.Receive());
    KITH_TRY_ASSIGN(const Bytes answer, guest_.Respond(first));
    KITH_TRY(pairing.Send(answer));
    const auto offer = pairing.Receive();
    if (!offer) {
      // The other side says no more to a wrong code.
      if (offer.error().code != Code::kPairingGone) return offer.error();
      return Fail(
          Code::kPairingFailed,
          "The code was wrong, or the other device stopped. It is used up now: make a new one with `kith link` there.");
    }
    KITH_TRY_ASSIGN(const Bytes request, guest_.OnOffer(*offer));
    return pairing.Send(request);
  }

  // The other side hangs up once it has read this. Whatever becomes of it, this device has its journal.
  void Confirm(RelayPairing& pairing) {
    watch_.Shorten(kFarewell);
    if (!pairing.Send(guest_.Kept())) return;
    while (pairing.Receive()) {
    }
  }

  Session& session_;
  const LinkJoinOptions& options_;
  const uint32_t nameplate_;
  GrpcRelay connection_;
  LinkGuest guest_;
  Watch watch_;
};

}  // namespace

Result<> CheckDeviceName(const std::string& name) {
  if (name.empty()) return Fail(Code::kInvalidArgument, "A device's name has at least one character.");
  if (name.size() > limits::kLabel)
    return Fail(Code::kTooLarge, "A device's name is at most 100 bytes long. Choose a shorter one.");
  if (!IsUtf8(name)) return Fail(Code::kNotUtf8, "A device's name is UTF-8 text. Write it anew.");
  if (std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
    return Fail(Code::kInvalidArgument, "A device's name is one line, without control characters.");
  }
  return {};
}

Result<std::string> HostLink(Unlocked& unlocked, const LinkHostSteps& steps) {
  // The mailbox must be there, and this device listed in it.
  const Result<> settled = unlocked.loop.Settle({}, [&](const SyncStatus&) { return !steps.cancelled(); });
  if (!settled && settled.error().code == Code::kNoRelay) {
    return Fail(Code::kNoRelay,
                "Devices find each other through a relay, and none is set. `kith relay set INVITE` sets one.");
  }
  // A new device can come although entries are stuck.
  const bool stuck = !settled && (settled.error().code == Code::kRelayFull || settled.error().code == Code::kGap);
  if (!settled && !stuck) return settled.error();
  const auto relay = unlocked.vault->With([](Journal& journal) { return journal.relay(); });
  if (!relay) return Fail(Code::kNoRelay, "No relay is set. `kith relay set INVITE` sets one.");
  return Hosting(unlocked, steps, *relay).Run();
}

Result<> JoinLink(Session& session, const LinkJoinOptions& options) {
  KITH_TRY_ASSIGN(const PairingCode code, PairingCode::Parse(options.code));
  if (options.passphrase.empty())
    return Fail(Code::kInvalidArgument, "The passphrase is empty. Choose one for this device.");
  KITH_TRY(CheckDeviceName(options.label));
  KITH_TRY(session.CheckReplaceable());
  // First, since it takes a second during which the other side would wait.
  const VaultKey key = VaultKey::Generate();
  KITH_TRY_ASSIGN(const Bytes wrapped, WrapVaultKey(key, options.passphrase, CostFor(options.kdf_memory_mib)));
  return Joining(session, options, code).Run(wrapped, key);
}

}  // namespace kith
