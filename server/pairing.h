// Two slots behind a number: what one side says is handed to the other, in order, and kept nowhere. A number takes one
// joiner, once, within ten minutes; afterwards it is burnt, whatever came of it. The clients enforce the same on their
// own. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "crypto/base/clock.h"
#include "crypto/base/mutex.h"
#include "server/calls.h"

namespace kith::relay {

// One side. Called under the table's lock: return at once, and do not call the table.
class PairSide {
 public:
  virtual ~PairSide() = default;
  // Its number, before anything else.
  virtual void OnOpened(uint32_t nameplate) = 0;
  virtual void OnJoined() = 0;
  // The other side's next message.
  virtual void OnMessage(std::string message) = 0;
  // This side's last message was written to the other, which can take another.
  virtual void OnRoom() = 0;
  // Over, after what was handed over before: nullopt, both sides were done; else kPairingGone or kCancelled.
  virtual void OnOver(std::optional<Code> code) = 0;
};

class Pairing {
 public:
  explicit Pairing(Clock& clock) : clock_(clock) {}

  // The side hears its number. kRelayBusy.
  Result<> Open(const MailboxId& mailbox, std::shared_ptr<PairSide> side);
  // kPairingGone: no such number, or its joiner came already. kRelayBusy.
  Result<> Join(uint32_t nameplate, std::shared_ptr<PairSide> side);

  // To the other side; waits for it to come. One message at a time: the next only after OnRoom.
  void Say(uint32_t nameplate, const PairSide* from, std::string message);
  // The other side has written what Say handed to it.
  void Written(uint32_t nameplate, const PairSide* writer);
  // `side` will say nothing more.
  void Finished(uint32_t nameplate, const PairSide* side);
  // `side` is gone.
  void Leave(uint32_t nameplate, const PairSide* side);

  // Ends what has grown too old. Call it every second or so.
  void Tick();
  void EndAll();

 private:
  struct Slot {
    MailboxId mailbox;
    int64_t opened_ms = 0;
    std::shared_ptr<PairSide> sides[2];  // opener, joiner
    bool finished[2] = {false, false};
    std::string waiting;  // what the opener said before the joiner came
    bool has_waiting = false;
    bool joined = false;
    bool over = false;  // burnt; kept so that the number is not given out again too soon
  };

  Slot* Find(uint32_t nameplate, const PairSide* side, int* index) KITH_REQUIRES(mutex_);
  bool TryAllowed() KITH_REQUIRES(mutex_);
  void End(Slot& slot, std::optional<Code> code) KITH_REQUIRES(mutex_);

  Clock& clock_;
  Mutex mutex_;
  std::map<uint32_t, Slot> slots_ KITH_GUARDED_BY(mutex_);
  int64_t minute_ KITH_GUARDED_BY(mutex_) = 0;
  uint32_t tries_ KITH_GUARDED_BY(mutex_) = 0;
};

}  // namespace kith::relay
