// One person's device, from no vault to an unlocked one: the composition root of the agent.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "client/adapters/gathering_file.h"
#include "client/adapters/vault_file.h"
#include "client/app/hold_timer.h"
#include "client/app/open_vault.h"
#include "client/app/paths.h"
#include "client/app/sync_loops.h"
#include "crypto/base/mutex.h"
#include "crypto/vault_key.h"

namespace kith {

// What is there while the vault is unlocked. Held by whoever works with it; locking waits for them.
class Unlocked {
 public:
  Unlocked(std::unique_ptr<OpenVault> opened, VaultKey vault_key)
      : vault(std::move(opened)), key(std::move(vault_key)), loops(*vault), holds(*vault, [this] { loops.Poke(); }) {}

  // The vault is being locked: long work looks here between its steps and ends with StillOpen's error, kCancelled.
  // (kLocked is for what was not begun: a caller may unlock and ask again.)
  bool closing() const { return closing_; }
  Result<> StillOpen() const;
  void AskToClose() {
    closing_ = true;
    holds.Stop();
    loops.Stop();
  }

  const std::unique_ptr<OpenVault> vault;
  const VaultKey key;
  SyncLoops loops;
  HoldTimer holds;

 private:
  std::atomic<bool> closing_{false};
};

// Thread-safe. What Open gave must not be held by a caller of Lock, Create or the destructor: they wait for it.
class Session {
 public:
  enum class Vault { kNone, kLocked, kUnlocked };

  explicit Session(const AgentPaths& paths);
  ~Session();

  Vault vault();
  // Returns the recovery phrase; the vault is unlocked then. After an error there is no vault. kVaultExists,
  // kKdfTooWeak, kInvalidArgument, kTooLarge, kVaultBusy, kStorageFailed.
  Result<std::string> Init(std::string_view passphrase, const std::string& label, uint32_t kdf_memory_mib);
  // Nothing to do when it is unlocked. kWrongPassphrase, kNoVault, kVaultBusy, kVaultDamaged, kNewerFormat,
  // kSuiteUnsupported, kKdfTooWeak.
  Result<> Unlock(std::string_view passphrase);
  // Ends syncing, asks long work to end, waits for it, and closes the store. No key is in memory afterwards.
  void Lock();
  // The first half of Lock: returns at once.
  void AskToClose();
  // kWrongPassphrase and the errors of reading the file.
  Result<> CheckPassphrase(std::string_view passphrase);
  // Of a vault that is locked or not. kWrongPassphrase, kInvalidArgument, kKdfTooWeak, kNoVault, kStorageFailed ...
  Result<> ChangePassphrase(std::string_view old_passphrase, std::string_view new_passphrase, uint32_t kdf_memory_mib);

  // The unlocked vault. kLocked, kNoVault, kVaultDamaged, kNewerFormat.
  Result<std::shared_ptr<Unlocked>> Open();

  // A place beside the vault for what is of no worth once its maker has ended.
  std::string ScratchPlace() const { return paths_.vault_dir + ".drill"; }

  // What was gathered for a recovery with friends, beside the vault. Forgotten as soon as there is a vault that was
  // made after it.
  GatheringFile Gathered() const { return GatheringFile(paths_.vault_dir + ".recovery"); }

  // Whether Create may: there is no vault, or an unlocked one without entries. kVaultNotEmpty, kLocked.
  Result<> CheckReplaceable();
  // A vault whose first contents `found` writes, in the place of none or of one without entries; unlocked when it
  // returns OK. The new one is made beside the place and moved there whole, so after an error, or the end of the
  // process at any moment, there is what was there before. Errors of CheckReplaceable and `found`; kVaultBusy,
  // kStorageFailed.
  using Found = std::function<Result<>(Store& store, Clock& clock)>;
  Result<> Create(ByteView wrapped_key, const VaultKey& key, const Found& found);

 private:
  Result<> CreateAlone(ByteView wrapped_key, const VaultKey& key, const Found& found);
  Result<std::shared_ptr<Unlocked>> Load(const VaultKey& key);
  void Publish(std::shared_ptr<Unlocked> unlocked);
  // Locks a vault without entries so that it can be replaced.
  Result<> CloseEmpty();

  const AgentPaths paths_;
  VaultFolder folder_;
  Mutex changing_;  // one change of the vault's state at a time; taken before all others
  Mutex mutex_;
  std::shared_ptr<Unlocked> unlocked_ KITH_GUARDED_BY(mutex_);

  std::mutex open_mutex_;
  std::condition_variable closed_;
  int open_ = 0;  // Unlocked objects that live, under open_mutex_
};

// The cost for a wished amount of memory; 0: the default.
KdfCost CostFor(uint32_t kdf_memory_mib);

}  // namespace kith
