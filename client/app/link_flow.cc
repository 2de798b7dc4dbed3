#include "client/app/link_flow.h"

#include <algorithm>

#include "client/core/limits.h"
#include "client/core/linking.h"
#include "client/model/text.h"

namespace kith {
namespace {

PairingWatch::Words WatchWords() {
  return {.stopped = "Stopped. The code is used up; no device was added.",
          .late = "The code's time is over; no device was added. Make a new one with `kith link`."};
}

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
        watch_(connection_, over_, steps.life, WatchWords()) {}

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
    KITH_TRY_ASSIGN(const OpenedPairing opened, OpenPairing(unlocked_, connection_, unlocked_.loops.own().mailbox()));
    const auto& [pairing, code] = opened;
    LinkHost host({.mode = PairingMode::kLink, .relay_key = relay_.key, .nameplate = code.nameplate}, code.words);
    KITH_TRY(steps_.show(code.Format(), FormatRelayAddress(relay_)));
    KITH_TRY_ASSIGN(const std::string asking, Meet(*pairing, host));
    PairingHearing hearing(*pairing);
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
    KITH_TRY_ASSIGN(const Bytes request, MeetGuest(pairing, host.first_message(), [&](ByteView answer) {
                      return With([&](Journal& journal) { return host.OnAnswer(journal.state(), answer); });
                    }));
    return With([&](Journal& journal) { return host.OnRequest(journal.state(), request); });
  }

  Result<std::string> Decide(const std::string& asking, PairingHearing& hearing) {
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

  Result<> GiveKeys(RelayPairing& pairing, LinkHost& host, PairingHearing& hearing) {
    KITH_TRY(AwaitAtRelay(unlocked_, watch_, unlocked_.vault->With([](Journal& journal) { return journal.mailbox(); }),
                          [&](Journal& journal) { return host.Listed(journal.state()); }));
    KITH_TRY_ASSIGN(const Bytes grant, With([&](Journal& journal) { return host.Grant(journal.state()); }));
    KITH_TRY(pairing.Send(grant));
    KITH_TRY_ASSIGN(const Bytes kept, hearing.Get());
    return host.OnKept(kept);
  }

  Unlocked& unlocked_;
  const LinkHostSteps& steps_;
  const RelayAddress relay_;
  GrpcRelay connection_;
  const std::function<bool()> over_;
  PairingWatch watch_;
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
        watch_(connection_, options.cancelled, options.life, WatchWords()) {}

  Result<> Run(ByteView wrapped, const VaultKey& key) {
    const Result<> joined = Join(wrapped, key);
    if (joined) return {};
    return watch_.Explain(joined.error());
  }

 private:
  Result<> Join(ByteView wrapped, const VaultKey& key) {
    KITH_TRY_ASSIGN(const auto pairing, connection_.JoinPairing(nameplate_));
    KITH_TRY(MeetHost(
        *pairing, [&](ByteView first) { return guest_.Respond(first); },
        [&](ByteView offer) { return guest_.OnOffer(offer); },
        "The code was wrong, or the other device stopped. It is used up now: make a new one with `kith link` there."));
    const auto grant = pairing->Receive();
    if (!grant) {
      if (grant.error().code != Code::kPairingGone) return grant.error();
      return Fail(Code::kPairingGone,
                  "The other device turned this one away, or went away. Make a new code with `kith link` there.");
    }
    KITH_TRY(session_.Create(wrapped, key, [&](Store& store, Clock& clock) {
      return guest_.OnGrant(*grant, store, clock, options_.relay.key);
    }));
    TellKept(*pairing, watch_, guest_.Kept());
    return {};
  }

  Session& session_;
  const LinkJoinOptions& options_;
  const uint32_t nameplate_;
  GrpcRelay connection_;
  LinkGuest guest_;
  PairingWatch watch_;
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
  KITH_TRY_ASSIGN(
      RelayAddress relay,
      SettleForPairing(unlocked, steps.cancelled,
                       "Devices find each other through a relay, and none is set. `kith relay set INVITE` sets one."));
  return Hosting(unlocked, steps, std::move(relay)).Run();
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
