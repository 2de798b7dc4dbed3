#include "client/app/friend_flow.h"

#include "client/core/introduction.h"
#include "client/model/share.h"

namespace kith {
namespace {

PairingWatch::Words WatchWords() {
  return {.stopped = "Stopped. The code is used up; no friend was added.",
          .late = "The code's time is over; no friend was added. Make a new one with `kith friend add`."};
}

// The words for a relay that is away are about entries, which are safe; here nothing has begun.
Error NotBegun(Error why, const char* next) {
  if (why.code != Code::kRelayUnreachable) return why;
  return Fail(why.code, std::string("The relay cannot be reached, so no friend was added. ") + next);
}

// The side that shows the code, after the relay was found in order.
class Hosting {
 public:
  Hosting(Unlocked& unlocked, const FriendHostSteps& steps, RelayAddress relay)
      : unlocked_(unlocked),
        steps_(steps),
        relay_(std::move(relay)),
        connection_(relay_),
        over_([this] { return steps_.cancelled() || unlocked_.closing(); }),
        watch_(connection_, over_, steps.life, WatchWords()) {}

  Result<MailboxId> Run() {
    auto met = Meet();
    if (met || given_) return met;
    KITH_TRY(unlocked_.StillOpen());
    return watch_.Explain(met.error());
  }

 private:
  Result<MailboxId> Meet() {
    KITH_TRY_ASSIGN(const OpenedPairing opened, OpenPairing(unlocked_, connection_, unlocked_.loops.own().mailbox()));
    const auto& [pairing, code] = opened;
    FriendHost host({.mode = PairingMode::kFriend, .relay_key = relay_.key, .nameplate = code.nameplate}, code.words);
    KITH_TRY(steps_.show(code.Format(), FormatRelayAddress(relay_)));
    KITH_TRY_ASSIGN(const Bytes request, MeetGuest(*pairing, host.first_message(), [&](ByteView answer) {
                      return Change(unlocked_,
                                    [&](Journal& journal) { return host.OnAnswer(journal.state(), answer); });
                    }));
    PairingHearing hearing(*pairing);
    KITH_TRY(unlocked_.StillOpen());
    if (watch_.ended()) return Fail(Code::kPairingGone);
    // The watch looks now and then only.
    if (steps_.cancelled()) return Fail(Code::kCancelled, WatchWords().stopped);
    KITH_TRY_ASSIGN(const MailboxId circle, Change(unlocked_, [&](Journal& journal) -> Result<MailboxId> {
                      KITH_TRY(host.OnRequest(journal.state(), request));
                      KITH_TRY(CheckFriendName(journal, steps_.label, std::nullopt));
                      return host.Accept(journal.state(), steps_.label);
                    }));
    unlocked_.loops.Poke();
    const Result<> given = Give(*pairing, host, circle, hearing);
    if (given) return circle;
    if (!given_) return TakeBack(circle, given.error());
    return Fail(given.error().code, "\"" + steps_.label + "\" is among your friends, but may not have kept the keys (" +
                                        watch_.Explain(given.error()).message +
                                        ") If you are not among theirs, end this with `kith friend leave` and begin "
                                        "anew with a new code.");
  }

  Result<> Give(RelayPairing& pairing, FriendHost& host, const MailboxId& circle, PairingHearing& hearing) {
    KITH_TRY(AwaitAtRelay(unlocked_, watch_, circle, [&](Journal& journal) { return host.Created(journal.state()); }));
    // It has nothing to say before it gets its keys.
    if (hearing.over()) {
      return Fail(Code::kPairingGone,
                  "The other side went away; no friend was added. Make a new code with `kith friend add`.");
    }
    KITH_TRY_ASSIGN(const Bytes grant,
                    unlocked_.vault->With([&](Journal& journal) { return host.Grant(journal.state()); }));
    given_ = true;
    KITH_TRY(pairing.Send(grant));
    KITH_TRY_ASSIGN(const Bytes kept, hearing.Get());
    return host.OnKept(kept);
  }

  // Nobody else has a key of this circle.
  Error TakeBack(const MailboxId& circle, Error why) {
    const Result<> left = unlocked_.vault->Share([&](Journal& journal) { return journal.sharing().Leave(circle); });
    if (!left) return left.error();
    unlocked_.loops.Match();
    unlocked_.loops.Poke();
    return why;
  }

  Unlocked& unlocked_;
  const FriendHostSteps& steps_;
  const RelayAddress relay_;
  GrpcRelay connection_;
  const std::function<bool()> over_;
  PairingWatch watch_;
  bool given_ = false;  // the keys may be on their way
};

// The side that types it.
class Joining {
 public:
  Joining(Unlocked& unlocked, const FriendJoinOptions& options, const PairingCode& code)
      : unlocked_(unlocked),
        options_(options),
        nameplate_(code.nameplate),
        connection_(options.relay),
        guest_({.mode = PairingMode::kFriend, .relay_key = options.relay.key, .nameplate = code.nameplate}, code.words),
        over_([this] { return options_.cancelled() || unlocked_.closing(); }),
        watch_(connection_, over_, options.life, WatchWords()) {}

  Result<MailboxId> Run() {
    auto joined = Join();
    if (joined) return joined;
    KITH_TRY(unlocked_.StillOpen());
    return watch_.Explain(joined.error());
  }

 private:
  Result<MailboxId> Join() {
    auto joined = connection_.JoinPairing(nameplate_);
    if (!joined) {
      return NotBegun(std::move(joined).error(),
                      "Check its address and your connection, then type the same code again within its ten minutes.");
    }
    const auto pairing = *std::move(joined);
    KITH_TRY(MeetHost(
        *pairing, [&](ByteView first) { return guest_.Respond(first); },
        [&](ByteView offer) {
          return Change(unlocked_, [&](Journal& journal) { return guest_.OnOffer(journal.state(), offer); });
        },
        "The code was wrong, or the other side stopped. It is used up now: ask for a new one."));
    const auto grant = pairing->Receive();
    if (!grant) {
      if (grant.error().code != Code::kPairingGone) return grant.error();
      return Fail(Code::kPairingGone, "The other side went away; no friend was added. Ask for a new code.");
    }
    if (watch_.ended()) return Fail(Code::kPairingGone);
    KITH_TRY_ASSIGN(const MailboxId circle, Change(unlocked_, [&](Journal& journal) -> Result<MailboxId> {
                      KITH_TRY(CheckFriendName(journal, options_.label, std::nullopt));
                      return guest_.OnGrant(journal.state(), *grant, options_.label, options_.relay);
                    }));
    unlocked_.loops.Match();
    unlocked_.loops.Poke();
    TellKept(*pairing, watch_, guest_.Kept());
    return circle;
  }

  Unlocked& unlocked_;
  const FriendJoinOptions& options_;
  const uint32_t nameplate_;
  GrpcRelay connection_;
  FriendGuest guest_;
  const std::function<bool()> over_;
  PairingWatch watch_;
};

}  // namespace

Result<> CheckFriendName(Journal& journal, const std::string& label, const std::optional<MailboxId>& circle) {
  KITH_TRY(CheckFriendLabel(label));
  const auto taken = journal.sharing().FindFriend(label);
  const bool free = taken ? circle == taken->circle : taken.error().code == Code::kNotFound;
  if (free) return {};
  return Fail(Code::kInvalidArgument, "A friend or a circle of yours has this name already. Choose another one.");
}

Result<MailboxId> HostFriend(Unlocked& unlocked, const FriendHostSteps& steps) {
  KITH_TRY(unlocked.vault->With([&](Journal& journal) { return CheckFriendName(journal, steps.label, std::nullopt); }));
  auto relay = SettleForPairing(unlocked, steps.cancelled,
                                "Friends find each other through a relay, and you have none. `kith relay set "
                                "INVITE` sets one; or let your friend show the code.");
  if (!relay) {
    return NotBegun(std::move(relay).error(),
                    "Try `kith friend add` again when it can; or let your friend show the code, at a relay of theirs.");
  }
  return Hosting(unlocked, steps, *std::move(relay)).Run();
}

Result<MailboxId> JoinFriend(Unlocked& unlocked, const FriendJoinOptions& options) {
  KITH_TRY_ASSIGN(const PairingCode code, PairingCode::Parse(options.code));
  KITH_TRY(
      unlocked.vault->With([&](Journal& journal) { return CheckFriendName(journal, options.label, std::nullopt); }));
  return Joining(unlocked, options, code).Run();
}

}  // namespace kith
