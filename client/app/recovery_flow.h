// A recovery over real relays: carries what core/recovery.h asks, makes this device's vault of it, or only proves that
// it could.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
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

// What the journal becomes on this device.
struct RestoreOptions {
  std::string passphrase;  // the caller wipes it
  std::string label;
  uint32_t kdf_memory_mib = 0;
  Recovery::Missing missing = Recovery::Missing::kRefuse;
};

// Makes this device's vault from words and relay; it is unlocked and syncing when this returns OK, and the other
// devices are revoked. After an error what was there before is there. Those of ParsePhrase, kInvalidArgument,
// kVaultNotEmpty, kLocked, and the errors of Carry. The caller wipes the words.
Result<> RecoverJournal(Session& session, std::string_view words, const RelayAddress& relay,
                        const RestoreOptions& options, const RecoveryWatcher& watcher);

// The same with friends, one code each.
struct AskFriend {
  std::string passphrase;  // the caller wipes it
  uint32_t kdf_memory_mib = 0;
  enum class Begin : uint8_t { kGoOn, kAnew };
  Begin begin = Begin::kGoOn;
  std::string code;   // empty: nobody is asked
  std::string relay;  // ADDRESS#KEY
  std::function<bool()> cancelled;
};
struct Gathered {
  size_t gathered = 0;
  size_t needed = 0;
  bool ready = false;            // RecoverWithFriends has enough
  std::optional<Error> problem;  // of Gathering::Take with the friend who was asked now, else of Gathering::Combine
  uint64_t due_ms = 0;           // kTrusteesDelay
};
// Asks one friend, and keeps what they hand over; the claim is kept before they are asked. kWrongPassphrase,
// kVaultNotEmpty, kLocked, and the errors of AskTrustee and GatheringFile; what was gathered before stays.
Result<Gathered> GatherShare(Session& session, const AskFriend& ask);
// RecoverJournal by what was gathered, with its passphrase. `relay`: nullopt takes what the shares say. Errors of
// Gathering::Combine too; after any of them what was gathered stays. kNotFound: nothing was.
Result<> RecoverWithFriends(Session& session, const std::optional<RelayAddress>& relay, const RestoreOptions& options,
                            const RecoveryWatcher& watcher);

// Takes note that the person has the words of this journal. those of ParsePhrase, kRecoveryMismatch, those of the
// store.
Result<> ConfirmRecovery(Unlocked& unlocked, std::string_view words);

// Whether these are the words of this journal. kRecoveryMismatch.
Result<> CheckWords(const State& state, const RecoverySecret& secret);

}  // namespace kith
