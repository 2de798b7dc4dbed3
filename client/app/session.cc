#include "client/app/session.h"

#include "client/app/vault_making.h"
#include "client/core/founding.h"
#include "crypto/vault_key.h"

namespace kith {
namespace {

Result<> CheckChosen(std::string_view passphrase) {
  if (!passphrase.empty()) return {};
  return Fail(Code::kInvalidArgument, "The passphrase is empty. Choose one that nobody near you would guess.");
}

Result<> CheckEmpty(Unlocked& unlocked) {
  const bool empty = unlocked.vault->With([](Journal& journal) {
    const storage::Counts counts = journal.state().entries.counts();
    return counts.listed == 0 && counts.deleted == 0 && !journal.relay() && journal.sharing().Friends().empty();
  });
  if (empty) return {};
  return Fail(Code::kVaultNotEmpty,
              "This device has a journal already, and it is left as it is. Linking and restoring need a device without "
              "one: use "
              "another KITH_HOME, or link the other way round.");
}

}  // namespace

KdfCost CostFor(uint32_t kdf_memory_mib) {
  KdfCost cost;
  if (kdf_memory_mib != 0) cost.memory_mib = kdf_memory_mib;
  return cost;
}

Result<> Unlocked::StillOpen() const {
  if (!closing_) return {};
  return Fail(Code::kCancelled,
              "The vault was locked meanwhile. What was done so far is kept; `kith unlock` opens it again.");
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
  return Fail(Code::kLocked, "The vault is locked. `kith unlock` opens it.");
}

Result<std::shared_ptr<Unlocked>> Session::Load(const VaultKey& key) {
  {
    // One that is being closed still has the store.
    std::unique_lock lock(open_mutex_);
    closed_.wait(lock, [this] { return open_ == 0; });
  }
  KITH_TRY_ASSIGN(auto store, LevelDbStore::Open(folder_.StoreFolder(), key, {}));
  auto vault = std::make_unique<OpenVault>(std::move(store));
  KITH_TRY(vault->Load());
  {
    const std::lock_guard lock(open_mutex_);
    ++open_;
  }
  return std::shared_ptr<Unlocked>(new Unlocked(std::move(vault), key.Clone()), [this](Unlocked* unlocked) {
    delete unlocked;
    const std::lock_guard lock(open_mutex_);
    --open_;
    closed_.notify_all();
  });
}

void Session::Publish(std::shared_ptr<Unlocked> unlocked) {
  const MutexLock lock(mutex_);
  unlocked_ = std::move(unlocked);
}

Result<std::string> Session::Init(std::string_view passphrase, const std::string& label, uint32_t kdf_memory_mib) {
  const MutexLock changing(changing_);
  if (vault() != Vault::kNone) {
    return Fail(Code::kVaultExists, "There is a journal on this device already. `kith status` tells about it.");
  }
  KITH_TRY(CheckChosen(passphrase));
  const VaultKey key = VaultKey::Generate();
  KITH_TRY_ASSIGN(const Bytes wrapped, WrapVaultKey(key, passphrase, CostFor(kdf_memory_mib)));
  std::string phrase;
  KITH_TRY(CreateAlone(wrapped, key, [&](Store& store, Clock& clock) -> Result<> {
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
  auto unlocked = Load(key);
  if (!unlocked && unlocked.error().code == Code::kNoVault) {
    // The key came with the store, in one move.
    return Fail(Code::kVaultDamaged, "The vault's key is here, but the journal it opens is gone. Restore the folder " +
                                         paths_.vault_dir +
                                         " from a backup; or move it away, and link this device anew.");
  }
  KITH_TRY(unlocked);
  Publish(*std::move(unlocked));
  return {};
}

void Session::AskToClose() {
  std::shared_ptr<Unlocked> unlocked;
  {
    const MutexLock lock(mutex_);
    unlocked = unlocked_;
  }
  if (unlocked) unlocked->AskToClose();
}

void Session::Lock() {
  std::shared_ptr<Unlocked> closing;
  {
    const MutexLock lock(mutex_);
    closing.swap(unlocked_);
  }
  if (closing) closing->AskToClose();
  closing.reset();
  std::unique_lock lock(open_mutex_);
  closed_.wait(lock, [this] { return open_ == 0; });
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

Result<> Session::CheckReplaceable() {
  if (vault() == Vault::kNone) return {};
  KITH_TRY_ASSIGN(const auto unlocked, Open());
  return CheckEmpty(*unlocked);
}

Result<> Session::Create(ByteView wrapped_key, const VaultKey& key, const Found& found) {
  const MutexLock changing(changing_);
  return CreateAlone(wrapped_key, key, found);
}

Result<> Session::CreateAlone(ByteView wrapped_key, const VaultKey& key, const Found& found) {
  KITH_TRY(CheckReplaceable());
  KITH_TRY_ASSIGN(VaultMaking making, VaultMaking::Begin(paths_.vault_dir));
  VaultFolder folder(making.path());
  KITH_TRY(folder.Create(wrapped_key));
  {
    SystemClock clock;
    KITH_TRY_ASSIGN(const auto store,
                    LevelDbStore::Open(folder.StoreFolder(), key, {.missing = LevelDbOptions::Missing::kCreate}));
    KITH_TRY(found(*store, clock));
  }
  const bool none = vault() == Vault::kNone;
  if (!none) KITH_TRY(CloseEmpty());
  KITH_TRY(making.Place(none ? VaultMaking::Replaces::kNothing : VaultMaking::Replaces::kEmptyVault));
  auto unlocked = Load(key);
  if (!unlocked) {
    making.TakeBack();
    return unlocked.error();
  }
  Publish(*std::move(unlocked));
  Gathered().Forget();
  return {};
}

Result<> Session::CloseEmpty() {
  KITH_TRY_ASSIGN(auto unlocked, Open());
  const VaultKey key = unlocked->key.Clone();
  unlocked.reset();
  Lock();
  // Looked at when nobody else can write any more.
  KITH_TRY_ASSIGN(unlocked, Load(key));
  const Result<> empty = CheckEmpty(*unlocked);
  if (!empty) Publish(std::move(unlocked));
  return empty;
}

}  // namespace kith
