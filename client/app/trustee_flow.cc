#include "client/app/trustee_flow.h"

namespace kith {
namespace {

PairingWatch::Words ReleaseWords() {
  return {
      .stopped = "Stopped. The code is used up; nothing was handed over.",
      .late = "The code's time is over; nothing was handed over. Make a new one with `kith trustees release FRIEND`."};
}

PairingWatch::Words AskWords() {
  return {.stopped = "Stopped. The code is used up; what was gathered before is kept.",
          .late = "The code's time is over. Ask your friend for a new one; what was gathered before is kept."};
}

// The side that shows the code, after the circle was found in step.
class Releasing {
 public:
  Releasing(Unlocked& unlocked, const ReleaseSteps& steps, RelayAddress relay)
      : unlocked_(unlocked),
        steps_(steps),
        relay_(std::move(relay)),
        connection_(relay_),
        over_([this] { return steps_.cancelled() || unlocked_.closing(); }),
        watch_(connection_, over_, steps.life, ReleaseWords()) {}

  Result<ReleaseReply> Run() {
    auto released = Release();
    if (released) return released;
    KITH_TRY(unlocked_.StillOpen());
    return watch_.Explain(released.error());
  }

 private:
  Result<ReleaseReply> Release() {
    KITH_TRY_ASSIGN(const OpenedPairing opened, OpenPairing(unlocked_, connection_, steps_.circle));
    const auto& [pairing, code] = opened;
    ReleaseHost host({.mode = PairingMode::kRelease, .relay_key = relay_.key, .nameplate = code.nameplate}, code.words,
                     steps_.circle);
    KITH_TRY(steps_.show(code.Format(), FormatRelayAddress(relay_)));
    KITH_TRY_ASSIGN(const Bytes request,
                    MeetGuest(*pairing, host.first_message(), [&](ByteView answer) { return host.OnAnswer(answer); }));
    // A veto may have come since the code was shown.
    KITH_TRY(TakeInStep());
    KITH_TRY_ASSIGN(const Bytes reply,
                    Change(unlocked_, [&](Journal& journal) { return host.OnRequest(journal.state(), request); }));
    KITH_TRY(AwaitAtRelay(unlocked_, watch_, steps_.circle,
                          [&](Journal& journal) { return journal.sync(steps_.circle).status().waiting == 0; }));
    // The watch looks now and then only.
    if (steps_.cancelled()) return Fail(Code::kCancelled, ReleaseWords().stopped);
    TellKept(*pairing, watch_, reply);
    return host.answered();
  }

  Result<> TakeInStep() {
    const auto loop = unlocked_.loops.Find(steps_.circle);
    if (!loop) return Fail(Code::kCancelled, "This was ended from another device of yours meanwhile.");
    return loop->Settle({}, [this](const SyncStatus&) { return !watch_.ended() && !over_(); });
  }

  Unlocked& unlocked_;
  const ReleaseSteps& steps_;
  const RelayAddress relay_;
  GrpcRelay connection_;
  const std::function<bool()> over_;
  PairingWatch watch_;
};

class Asking {
 public:
  Asking(const AskOptions& options, const PairingCode& code)
      : nameplate_(code.nameplate),
        connection_(options.relay),
        guest_({.mode = PairingMode::kRelease, .relay_key = options.relay.key, .nameplate = code.nameplate}, code.words,
               options.claim),
        watch_(connection_, options.cancelled, options.life, AskWords()) {}

  Result<ReleaseReply> Run() {
    auto answered = Ask();
    if (answered) return answered;
    return watch_.Explain(answered.error());
  }

 private:
  Result<ReleaseReply> Ask() {
    auto joined = connection_.JoinPairing(nameplate_);
    if (!joined && joined.error().code == Code::kRelayUnreachable)
      return Fail(Code::kRelayUnreachable,
                  "The relay cannot be reached, so nobody was asked. Check its address and your connection, then type "
                  "the same code again within its ten minutes.");
    KITH_TRY_ASSIGN(const auto pairing, std::move(joined));
    KITH_TRY(MeetHost(
        *pairing, [&](ByteView first) { return guest_.Respond(first); },
        [&](ByteView confirmation) { return guest_.OnConfirmation(confirmation); },
        "The code was wrong, or the other side stopped. It is used up now: ask for a new one."));
    const auto reply = pairing->Receive();
    if (!reply) {
      if (reply.error().code != Code::kPairingGone) return reply.error();
      return Fail(Code::kPairingGone,
                  "Your friend's device went away before it answered; it says there why. Ask for a new code.");
    }
    return guest_.OnReply(*reply);
  }

  const uint32_t nameplate_;
  GrpcRelay connection_;
  ReleaseGuest guest_;
  PairingWatch watch_;
};

}  // namespace

Result<ReleaseReply> ReleaseShare(Unlocked& unlocked, const ReleaseSteps& steps) {
  const auto loop = unlocked.loops.Find(steps.circle);
  if (!loop)
    return Fail(Code::kInvalidArgument,
                "Nothing is fetched from this friend now, so a veto of theirs would not be heard. End that first with "
                "`kith friend rest NAME --end`.");
  KITH_TRY(loop->Settle({}, [&](const SyncStatus&) { return !steps.cancelled(); }));
  // Keys may have come with it.
  KITH_TRY_ASSIGN(RelayAddress relay, unlocked.vault->Share([&](Journal& journal) -> Result<RelayAddress> {
    KITH_TRY(CanAnswerClaims(journal.state(), steps.circle));
    const auto& sync = journal.state().mailboxes.at(steps.circle).sync;
    return RelayAddress{.address = sync.relay_address, .key = sync.relay_key};
  }));
  return Releasing(unlocked, steps, std::move(relay)).Run();
}

Result<ReleaseReply> AskTrustee(const AskOptions& options) {
  KITH_TRY_ASSIGN(const PairingCode code, PairingCode::Parse(options.code));
  return Asking(options, code).Run();
}

}  // namespace kith
