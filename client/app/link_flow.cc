#include "client/app/link_flow.h"

#include <chrono>
#include <condition_variable>
#include <thread>

#include "client/core/linking.h"

namespace kith {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kGlance{200};       // how often a person's going away is looked for
constexpr milliseconds kListingLimit{60'000};

// Ends a pairing when the person goes away, while its thread waits for the other device.
class Watch {
 public:
  Watch(RelayPairing& pairing, const std::function<bool()>& cancelled) : pairing_(pairing), cancelled_(cancelled) {
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

 private:
  void Run() {
    const auto end = steady_clock::now() + milliseconds(limits::kPairingMillis);
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kGlance, [this] { return done_; })) {
      // The ten minutes are enforced here too, and not only by the relay.
      if (!cancelled_() && steady_clock::now() < end) continue;
      pairing_.Cancel();
      return;
    }
  }

  RelayPairing& pairing_;
  const std::function<bool()>& cancelled_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

// The relay lists the new lane, and holds the operation that adds the device.
Result<> AwaitListing(Unlocked& unlocked, const LinkHost& host, const std::function<bool()>& cancelled) {
  unlocked.loop.Retry();
  const auto end = steady_clock::now() + kListingLimit;
  for (uint64_t seen = 0; steady_clock::now() < end && !cancelled();) {
    seen = unlocked.loop.AwaitChange(seen, kGlance);
    const auto [listed, status] = unlocked.vault->With(
        [&](Journal& journal) { return std::pair(host.Listed(journal.state()), journal.sync().status()); });
    if (listed && status.waiting == 0) return {};
    if (status.phase == SyncStatus::Phase::kStopped && status.problem) return *status.problem;
  }
  if (cancelled()) return Fail(Code::kCancelled, "stopped");
  return Fail(Code::kRelayUnreachable, "the relay did not take the new device in time; try again with `kith link`");
}

}  // namespace

Result<std::string> HostLink(Unlocked& unlocked, const LinkHostSteps& steps) {
  const auto [relay, signer, mailbox] = unlocked.vault->With(
      [](Journal& journal) { return std::tuple(journal.relay(), journal.sync().signer(), journal.mailbox()); });
  if (!relay) {
    return Fail(Code::kNoRelay, "devices find each other through a relay, and none is set; `kith relay set INVITE` sets one");
  }
  // The mailbox must be there, and this device listed in it.
  unlocked.loop.Retry();
  GrpcRelay connection(*relay);
  KITH_TRY(connection.Call({.signer = nullptr, .body = HelloCall{}}));
  KITH_TRY_ASSIGN(const auto pairing, connection.OpenPairing(signer, mailbox));
  const Watch watch(*pairing, steps.cancelled);

  const PairingCode code{.nameplate = pairing->nameplate(), .words = PairingCode::RandomWords()};
  LinkHost host({.mode = PairingMode::kLink, .relay_key = relay->key, .nameplate = code.nameplate}, code.words);
  KITH_TRY(steps.show(code.Format(), FormatRelayAddress(*relay)));
  KITH_TRY(pairing->AwaitPeer());
  KITH_TRY(pairing->Send(host.first_message()));
  KITH_TRY_ASSIGN(const Bytes answer, pairing->Receive());
  const auto with_state = [&](auto use) {
    return unlocked.vault->With([&](Journal& journal) { return use(journal); });
  };
  KITH_TRY_ASSIGN(const Bytes offer, with_state([&](Journal& journal) { return host.OnAnswer(journal.state(), answer); }));
  KITH_TRY(pairing->Send(offer));
  KITH_TRY_ASSIGN(const Bytes request, pairing->Receive());
  KITH_TRY_ASSIGN(const std::string asking,
                  with_state([&](Journal& journal) { return host.OnRequest(journal.state(), request); }));
  KITH_TRY_ASSIGN(const std::string label, steps.decide(asking));
  KITH_TRY(with_state([&](Journal& journal) -> Result<> {
    const Result<> accepted = host.Accept(journal.state(), journal.sync(), label);
    if (!accepted) (void)journal.Reload();
    return accepted;
  }));
  KITH_TRY(AwaitListing(unlocked, host, steps.cancelled));
  KITH_TRY_ASSIGN(const Bytes grant, with_state([&](Journal& journal) { return host.Grant(journal.state()); }));
  KITH_TRY(pairing->Send(grant));
  // The new device closes the stream once it has kept the grant.
  const auto closed = pairing->Receive();
  if (closed || closed.error().code != Code::kPairingGone) {
    return Fail(Code::kPairingGone, "the new device was added but may not have kept its keys; look there, and try again if it has no journal");
  }
  return label;
}

Result<> JoinLink(Session& session, const LinkJoinOptions& options) {
  KITH_TRY_ASSIGN(const PairingCode code, PairingCode::Parse(options.code));
  if (options.passphrase.empty()) return Fail(Code::kInvalidArgument, "the passphrase is empty; choose one for this device");
  if (session.vault() != Session::Vault::kNone) KITH_TRY(session.RemoveEmptyVault());
  // First, since it takes a second during which the other side would wait.
  const VaultKey key = VaultKey::Generate();
  KITH_TRY_ASSIGN(const Bytes wrapped, WrapVaultKey(key, options.passphrase, CostFor(options.kdf_memory_mib)));

  GrpcRelay connection(options.relay);
  KITH_TRY_ASSIGN(const auto pairing, connection.JoinPairing(code.nameplate));
  const Watch watch(*pairing, options.cancelled);
  LinkGuest guest({.mode = PairingMode::kLink, .relay_key = options.relay.key, .nameplate = code.nameplate}, code.words,
                  options.label);
  KITH_TRY(pairing->AwaitPeer());
  KITH_TRY_ASSIGN(const Bytes first, pairing->Receive());
  KITH_TRY_ASSIGN(const Bytes answer, guest.Respond(first));
  KITH_TRY(pairing->Send(answer));
  const auto offer = pairing->Receive();
  if (!offer) {
    // The other side says no more to a wrong code.
    if (offer.error().code != Code::kPairingGone) return offer.error();
    return Fail(Code::kPairingFailed, "the code was wrong, and is used up now; make a new one with `kith link` on the other device");
  }
  KITH_TRY_ASSIGN(const Bytes request, guest.OnOffer(*offer));
  KITH_TRY(pairing->Send(request));
  const auto grant = pairing->Receive();
  if (!grant) {
    if (grant.error().code != Code::kPairingGone) return grant.error();
    return Fail(Code::kPairingGone, "the other device turned this one away, or went away");
  }
  return session.Create(wrapped, key, [&](Store& store, Clock& clock) {
    return guest.OnGrant(*grant, store, clock, options.relay.key);
  });
}

}  // namespace kith
