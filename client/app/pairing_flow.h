// What linking a device, meeting a friend and handing over a share have in common: a code is shown on one side and
// typed on the other, lives ten minutes, and serves one attempt. Carries messages through the relay's pairing slots.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "client/app/session.h"
#include "crypto/base/limits.h"
#include "crypto/pairing.h"

namespace kith {

inline constexpr std::chrono::milliseconds kCodeLife{limits::kPairingMillis};

// Ends all calls of `connection` when the code's time is over or the person goes away. Thread-safe. Everything it is
// given outlives it.
class PairingWatch {
 public:
  // What to tell when the person stopped it, and when the time was over. Full sentences.
  struct Words {
    std::string stopped;
    std::string late;
  };
  PairingWatch(GrpcRelay& connection, const std::function<bool()>& cancelled, std::chrono::milliseconds life,
               Words words);
  ~PairingWatch();
  PairingWatch(const PairingWatch&) = delete;
  PairingWatch& operator=(const PairingWatch&) = delete;

  bool ended() const { return cause_ != Cause::kNone; }
  // From now on no longer than this.
  void Shorten(std::chrono::milliseconds life);
  // The error that `error` really is, if this watch brought it about: kCancelled, kPairingGone.
  Error Explain(const Error& error) const;

 private:
  enum class Cause { kNone, kPerson, kTime };
  void Run();

  GrpcRelay& connection_;
  const std::function<bool()>& cancelled_;
  const Words words_;
  std::atomic<Cause> cause_{Cause::kNone};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::chrono::steady_clock::time_point end_;  // these under mutex_
  bool done_ = false;
  std::thread thread_;
};

// Hears the other side while this one decides and works: its next message, or that it went away. `pairing` outlives it.
class PairingHearing {
 public:
  explicit PairingHearing(RelayPairing& pairing);
  ~PairingHearing();
  PairingHearing(const PairingHearing&) = delete;
  PairingHearing& operator=(const PairingHearing&) = delete;

  bool over() const { return heard_.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }
  // Once.
  Result<Bytes> Get() { return heard_.get(); }

 private:
  RelayPairing& pairing_;
  std::future<Result<Bytes>> heard_;
};

// What a step of a meeting leaves in the journal's memory after an error is nobody's.
template <class Step>
auto Change(Unlocked& unlocked, Step step) {
  return unlocked.vault->With([&](Journal& journal) -> decltype(step(journal)) {
    KITH_TRY(journal.EnsureLoaded());
    auto outcome = step(journal);
    if (!outcome) KITH_TRY(journal.Reload());
    return outcome;
  });
}

// ---- The side that shows the code.

// Sees to it that this person's mailbox is at the relay and lists this device; returns the relay. kNoRelay with
// `no_relay`, and the errors of Settle but those that concern entries alone.
Result<RelayAddress> SettleForPairing(Unlocked& unlocked, const std::function<bool()>& cancelled,
                                      const std::string& no_relay);
struct OpenedPairing {
  std::unique_ptr<RelayPairing> pairing;
  PairingCode code;
};
// In this person's name as a member of `mailbox`, which is at that relay.
Result<OpenedPairing> OpenPairing(Unlocked& unlocked, GrpcRelay& connection, const MailboxId& mailbox);
// Until the other side has shown that it has the code; returns what it asks for. Errors of `on_answer`, which gives the
// next message; kPairingGone, kRelayUnreachable, kCancelled.
Result<Bytes> MeetGuest(RelayPairing& pairing, const Bytes& first_message,
                        const std::function<Result<Bytes>(ByteView answer)>& on_answer);
// Until `there` holds of the journal, which sending what `mailbox` has to send brings about. The relay's problem
// otherwise, after a minute or as soon as it needs a person; the watch's, and kCancelled when the vault is locked.
Result<> AwaitAtRelay(Unlocked& unlocked, const PairingWatch& watch, const MailboxId& mailbox,
                      const std::function<bool(Journal&)>& there);

// ---- The side that types it.

// Shows that this side has the code, and asks. kPairingFailed with `refused` when the other side says no more after the
// answer; errors of `respond` and `on_offer`; kPairingGone, kRelayUnreachable, kCancelled.
Result<> MeetHost(RelayPairing& pairing, const std::function<Result<Bytes>(ByteView first_message)>& respond,
                  const std::function<Result<Bytes>(ByteView offer)>& on_offer, const std::string& refused);
// Tells the other side that all is kept, which hangs up once it has read that. Whatever becomes of it, all is kept.
void TellKept(RelayPairing& pairing, PairingWatch& watch, const Bytes& kept);

}  // namespace kith
