#include "client/app/session.h"

#include <filesystem>
#include <system_error>

#include "client/core/founding.h"
#include "crypto/vault_key.h"

namespace kith {
namespace {

Result<> CheckChosen(std::string_view passphrase) {
  if (passphrase.empty()) return Fail(Code::kInvalidArgument, "the passphrase is empty; choose one that nobody near you would guess");
  return {};
}

}  // namespace

KdfCost CostFor(uint32_t kdf_memory_mib) {
  KdfCost cost;
  if (kdf_memory_mib != 0) cost.memory_mib = kdf_memory_mib;
  return cost;
}

Session::Session(const AgentPaths& paths) : paths_(paths), folder_(paths.vault_dir) {}
Session::~Session() { Lock(); }

Session::Vault Session::vault() {
  {
    const MutexLock lock(mutex_);
    if (unlocked_) return Vault::kUnlocked;
  }
  const auto key = folder_.ReadKey();
  return !key && key.error().code == Code::kNoVault ? Vault::kNone : Vault::kLocked;
}

Result<std::shared_ptr<Unlocked>> Session::Open() {
  {
    const MutexLock lock(mutex_);
    if (unlocked_) return unlocked_;
  }
  KITH_TRY(folder_.ReadKey());
  return Fail(Code::kLocked, "the vault is locked; `kith unlock` opens it");
}

Result<> Session::OpenWith(const VaultKey& key) {
  KITH_TRY_ASSIGN(auto store, LevelDbStore::Open(folder_.StoreFolder(), key, {}));
  auto vault = std::make_unique<OpenVault>(std::move(store));
  KITH_TRY(vault->Load());
  auto unlocked = std::make_shared<Unlocked>(std::move(vault));
  const MutexLock lock(mutex_);
  unlocked_ = std::move(unlocked);
  return {};
}

Result<> Session::Create(ByteView wrapped_key, const VaultKey& key, const Found& found) {
  KITH_TRY(folder_.Create(wrapped_key));
  const auto fill = [&]() -> Result<> {
    SystemClock clock;
    KITH_TRY_ASSIGN(const auto store,
                    LevelDbStore::Open(folder_.StoreFolder(), key, {.missing = LevelDbOptions::Missing::kCreate}));
    return found(*store, clock);
  };
  Result<> filled = fill();
  if (filled) filled = OpenWith(key);
  if (filled) return {};
  // What was begun here holds nothing yet.
  std::error_code ignored;
  std::filesystem::remove_all(paths_.vault_dir, ignored);
  return filled;
}

Result<std::string> Session::Init(std::string_view passphrase, const std::string& label, uint32_t kdf_memory_mib) {
  const MutexLock changing(changing_);
  if (vault() != Vault::kNone) return Fail(Code::kVaultExists, "there is a journal on this device already; `kith status` tells about it");
  KITH_TRY(CheckChosen(passphrase));
  const VaultKey key = VaultKey::Generate();
  KITH_TRY_ASSIGN(const Bytes wrapped, WrapVaultKey(key, passphrase, CostFor(kdf_memory_mib)));
  std::string phrase;
  KITH_TRY(Create(wrapped, key, [&](Store& store, Clock& clock) -> Result<> {
    KITH_TRY_ASSIGN(phrase, FoundPerson(store, clock, label));
    return {};
  }));
  return phrase;
}

Result<> Session::Unlock(std::string_view passphrase) {
  const MutexLock changing(changing_);
  if (vault() == Vault::kUnlocked) return {};
  KITH_TRY_ASSIGN(const Bytes wrapped, folder_.ReadKey());
  KITH_TRY_ASSIGN(const VaultKey key, UnwrapVaultKey(wrapped, passphrase));
  return OpenWith(key);
}

void Session::Lock() {
  std::shared_ptr<Unlocked> closing;
  {
    const MutexLock lock(mutex_);
    closing = std::move(unlocked_);
    unlocked_.reset();
  }
  // The last one who works with it closes the store.
  closing.reset();
}

Result<> Session::CheckPassphrase(std::string_view passphrase) {
  KITH_TRY_ASSIGN(const Bytes wrapped, folder_.ReadKey());
  KITH_TRY(UnwrapVaultKey(wrapped, passphrase));
  return {};
}

Result<> Session::ChangePassphrase(std::string_view old_passphrase, std::string_view new_passphrase,
                                   uint32_t kdf_memory_mib) {
  const MutexLock changing(changing_);
  KITH_TRY_ASSIGN(const Bytes wrapped, folder_.ReadKey());
  KITH_TRY_ASSIGN(const VaultKey key, UnwrapVaultKey(wrapped, old_passphrase));
  KITH_TRY(CheckChosen(new_passphrase));
  KITH_TRY_ASSIGN(const Bytes replaced, WrapVaultKey(key, new_passphrase, CostFor(kdf_memory_mib)));
  return folder_.ReplaceKey(replaced);
}

Result<> Session::RemoveEmptyVault() {
  KITH_TRY_ASSIGN(auto unlocked, Open());
  const bool empty = unlocked->vault->With([](Journal& journal) {
    const storage::Counts counts = journal.state().entries.counts();
    return counts.listed == 0 && counts.deleted == 0 && !journal.relay();
  });
  if (!empty) return Fail(Code::kVaultNotEmpty, "this device has a journal already; linking needs a device without one");
  unlocked.reset();
  Lock();
  std::error_code error;
  std::filesystem::remove_all(paths_.vault_dir, error);
  if (error) return Fail(Code::kStorageFailed, "the empty journal on this device could not be removed");
  return {};
}

}  // namespace kith
