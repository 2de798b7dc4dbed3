// An unlocked vault: its store and its journal behind one mutex.
#pragma once

#include <memory>
#include <utility>

#include "client/adapters/leveldb_store.h"
#include "client/adapters/system_clock.h"
#include "client/app/turns.h"
#include "client/core/journal.h"
#include "crypto/base/mutex.h"

namespace kith {

// Thread-safe. The mutex is never held across a call to the relay, and by long work only for one small step after the
// other.
class OpenVault {
 public:
  explicit OpenVault(std::unique_ptr<LevelDbStore> store) : store_(std::move(store)) {}

  // Once, before anything else. Errors: those of Journal::Open.
  Result<> Load() {
    const MutexLock lock(mutex_);
    KITH_TRY_ASSIGN(journal_, Journal::Open(*store_, clock_));
    return {};
  }

  // Calls `use` with the journal, alone. After an error of the disk the journal is read again first; where that fails
  // too, the journal's own calls say so.
  template <class Use>
  auto With(Use use) {
    return Take(Turns::Of::kPerson, use);
  }
  // Likewise, for what nobody waits for.
  template <class Use>
  auto WithBehind(Use use) {
    return Take(Turns::Of::kBackground, use);
  }

  // Calls `use`, which changes or reads what is shared, with the journal, alone. After an error of the disk the journal
  // is read again, as Sharing and the flows between people want it.
  template <class Use>
  auto Share(Use use) {
    return With([&](Journal& journal) -> decltype(use(journal)) {
      KITH_TRY(journal.EnsureLoaded());
      auto outcome = use(journal);
      if (!outcome && OfTheStore(outcome.error())) KITH_TRY(journal.Reload());
      return outcome;
    });
  }

  SystemClock& clock() { return clock_; }

 private:
  static bool OfTheStore(const Error& error) {
    return error.code == Code::kStorageFailed || error.code == Code::kVaultDamaged;
  }

  template <class Use>
  auto Take(Turns::Of kind, Use& use) {
    const Turn turn(turns_, kind);
    const MutexLock lock(mutex_);
    if (!journal_->EnsureLoaded()) ++failed_loads_;
    return use(*journal_);
  }

  Turns turns_;
  Mutex mutex_;
  SystemClock clock_;
  std::unique_ptr<LevelDbStore> store_;
  std::unique_ptr<Journal> journal_ KITH_GUARDED_BY(mutex_);
  uint64_t failed_loads_ KITH_GUARDED_BY(mutex_) = 0;
};

}  // namespace kith
