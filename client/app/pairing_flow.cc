#include "client/app/pairing_flow.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace kith {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kGlance{100};  // how often a person's going away is looked for
constexpr milliseconds kRelayLimit{60'000};
constexpr milliseconds kFarewell{5'000};  // for the other side to hang up

}  // namespace

PairingWatch::PairingWatch(GrpcRelay& connection, const std::function<bool()>& cancelled, milliseconds life,
                           Words words)
    : connection_(connection), cancelled_(cancelled), words_(std::move(words)), end_(steady_clock::now() + life) {
  thread_ = std::thread([this] { Run(); });
}

PairingWatch::~PairingWatch() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void PairingWatch::Shorten(milliseconds life) {
  const std::lock_guard lock(mutex_);
  end_ = std::min(end_, steady_clock::now() + life);
}

Error PairingWatch::Explain(const Error& error) const {
  switch (cause_.load()) {
    case Cause::kNone:
      return error;
    case Cause::kPerson:
      return Fail(Code::kCancelled, words_.stopped);
    case Cause::kTime:
      return Fail(Code::kPairingGone, words_.late);
  }
  return error;
}

void PairingWatch::Run() {
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

PairingHearing::PairingHearing(RelayPairing& pairing)
    : pairing_(pairing), heard_(std::async(std::launch::async, [&pairing] { return pairing.Receive(); })) {}

PairingHearing::~PairingHearing() {
  if (!heard_.valid()) return;
  pairing_.Cancel();
  heard_.wait();
}

Result<RelayAddress> SettleForPairing(Unlocked& unlocked, const std::function<bool()>& cancelled,
                                      const std::string& no_relay) {
  const Result<> settled = unlocked.loops.own().Settle({}, [&](const SyncStatus&) { return !cancelled(); });
  if (!settled && settled.error().code == Code::kNoRelay) return Fail(Code::kNoRelay, no_relay);
  // People and devices can come although entries are stuck.
  const bool stuck = !settled && (settled.error().code == Code::kRelayFull || settled.error().code == Code::kGap);
  if (!settled && !stuck) return settled.error();
  auto relay = unlocked.vault->With([](Journal& journal) { return journal.relay(); });
  if (!relay) return Fail(Code::kNoRelay, no_relay);
  return *std::move(relay);
}

Result<OpenedPairing> OpenPairing(Unlocked& unlocked, GrpcRelay& connection, const MailboxId& mailbox) {
  const auto signer = unlocked.vault->With([&](Journal& journal) { return journal.sync(mailbox).signer(); });
  KITH_TRY_ASSIGN(auto pairing, connection.OpenPairing(signer, mailbox));
  PairingCode code{.nameplate = pairing->nameplate(), .words = PairingCode::RandomWords()};
  return OpenedPairing{.pairing = std::move(pairing), .code = std::move(code)};
}

Result<Bytes> MeetGuest(RelayPairing& pairing, const Bytes& first_message,
                        const std::function<Result<Bytes>(ByteView answer)>& on_answer) {
  KITH_TRY(pairing.AwaitPeer());
  KITH_TRY(pairing.Send(first_message));
  KITH_TRY_ASSIGN(const Bytes answer, pairing.Receive());
  KITH_TRY_ASSIGN(const Bytes offer, on_answer(answer));
  KITH_TRY(pairing.Send(offer));
  return pairing.Receive();
}

Result<> AwaitAtRelay(Unlocked& unlocked, const PairingWatch& watch, const MailboxId& mailbox,
                      const std::function<bool(Journal&)>& there) {
  unlocked.loops.Match();
  const auto loop = unlocked.loops.Find(mailbox);
  if (!loop) return Fail(Code::kCancelled, "This was ended from another device of yours meanwhile.");
  loop->Poke();
  const auto end = steady_clock::now() + kRelayLimit;
  std::optional<Error> problem;
  for (uint64_t seen = 0; steady_clock::now() < end;) {
    KITH_TRY(unlocked.StillOpen());
    if (watch.ended()) return watch.Explain(Fail(Code::kPairingGone));
    seen = loop->AwaitChange(seen, kGlance);
    if (unlocked.vault->With(there)) return {};
    const SyncStatus status = loop->status();
    if (status.problem) problem = status.problem;
    if (status.phase == SyncStatus::Phase::kStopped) break;
  }
  if (problem) return *problem;
  return Fail(Code::kRelayUnreachable, "The relay did not take the addition in time. Try again with a new code.");
}

Result<> MeetHost(RelayPairing& pairing, const std::function<Result<Bytes>(ByteView first_message)>& respond,
                  const std::function<Result<Bytes>(ByteView offer)>& on_offer, const std::string& refused) {
  KITH_TRY(pairing.AwaitPeer());
  KITH_TRY_ASSIGN(const Bytes first, pairing.Receive());
  KITH_TRY_ASSIGN(const Bytes answer, respond(first));
  KITH_TRY(pairing.Send(answer));
  const auto offer = pairing.Receive();
  if (!offer) {
    // The other side says no more to a wrong code.
    if (offer.error().code != Code::kPairingGone) return offer.error();
    return Fail(Code::kPairingFailed, refused);
  }
  KITH_TRY_ASSIGN(const Bytes request, on_offer(*offer));
  return pairing.Send(request);
}

void TellKept(RelayPairing& pairing, PairingWatch& watch, const Bytes& kept) {
  watch.Shorten(kFarewell);
  if (!pairing.Send(kept)) return;
  while (pairing.Receive()) {
  }
}

}  // namespace kith
