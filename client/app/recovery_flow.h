// A recovery over real relays: carries what core/recovery.h asks, makes this device's vault of it, or only proves that
// it could.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "client/app/session.h"
#include "client/core/recovery.h"

namespace kith {

// Who waits for a recovery.
struct RecoveryWatcher {
  std::function<bool()> cancelled;               // whether the person has gone away; asked often, from another thread
  std::function<void(const SyncStatus&)> moved;  // after each answer
};

// Until all is read. Errors of Recovery::Next and OnReply; kCancelled, but not once Recovery::claiming.
Result<> Carry(Recovery& recovery, const RecoveryWatcher& watcher);

struct RecoverOptions {
  std::string words;  // the caller wipes these two
  std::string passphrase;
  RelayAddress relay;
  std::string label;
  uint32_t kdf_memory_mib = 0;
  Recovery::Missing missing = Recovery::Missing::kRefuse;
};
// Makes this device's vault from words and relay; it is unlocked and syncing when this returns OK, and the other
// devices are revoked. After an error what was there before is there. those of ParsePhrase, kInvalidArgument,
// kVaultNotEmpty, kLocked, and the errors of Carry.
Result<> RecoverJournal(Session& session, const RecoverOptions& options, const RecoveryWatcher& watcher);

// Takes note that the person has the words of this journal. those of ParsePhrase, kRecoveryMismatch, those of the
// store.
Result<> ConfirmRecovery(Unlocked& unlocked, std::string_view words);

// Whether these are the words of this journal. kRecoveryMismatch.
Result<> CheckWords(const State& state, const RecoverySecret& secret);

}  // namespace kith
