// One person's device, from no vault to an unlocked one: the composition root of the agent.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "client/adapters/vault_file.h"
#include "client/app/open_vault.h"
#include "client/app/paths.h"
#include "client/app/sync_loop.h"
#include "crypto/base/mutex.h"
#include "crypto/vault_key.h"

namespace kith {

// What is there while the vault is unlocked. Held by whoever works with it, so that locking waits for them.
struct Unlocked {
  explicit Unlocked(std::unique_ptr<OpenVault> opened) : vault(std::move(opened)), loop(*vault) {}
  const std::unique_ptr<OpenVault> vault;
  SyncLoop loop;
};

// Thread-safe.
class Session {
 public:
  enum class Vault { kNone, kLocked, kUnlocked };

  explicit Session(const AgentPaths& paths);
  ~Session();

  Vault vault();
  // Returns the recovery phrase; the vault is unlocked then. kVaultExists, kKdfTooWeak, kStorageFailed.
  Result<std::string> Init(std::string_view passphrase, const std::string& label, uint32_t kdf_memory_mib);
  // Nothing to do when it is unlocked. kWrongPassphrase, kNoVault, kVaultBusy, kVaultDamaged, kNewerFormat.
  Result<> Unlock(std::string_view passphrase);
  void Lock();
  Result<> CheckPassphrase(std::string_view passphrase);
  Result<> ChangePassphrase(std::string_view old_passphrase, std::string_view new_passphrase, uint32_t kdf_memory_mib);

  // The unlocked vault. kLocked, kNoVault.
  Result<std::shared_ptr<Unlocked>> Open();

  // A vault whose first contents `found` writes; unlocked when it returns OK. After an error there is no vault.
  using Found = std::function<Result<>(Store& store, Clock& clock)>;
  Result<> Create(ByteView wrapped_key, const VaultKey& key, const Found& found);
  // Removes a vault without entries, so that this device can be linked. kVaultNotEmpty, kLocked.
  Result<> RemoveEmptyVault();

 private:
  Result<> OpenWith(const VaultKey& key);

  const AgentPaths paths_;
  VaultFolder folder_;
  Mutex changing_;  // one change of the vault's state at a time
  Mutex mutex_;
  std::shared_ptr<Unlocked> unlocked_ KITH_GUARDED_BY(mutex_);
};

// The cost for a wished amount of memory; 0: the default.
KdfCost CostFor(uint32_t kdf_memory_mib);

}  // namespace kith
