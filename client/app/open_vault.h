// An unlocked vault: its store and its journal behind one mutex.
#pragma once

#include <memory>
#include <utility>

#include "client/adapters/leveldb_store.h"
#include "client/adapters/system_clock.h"
#include "client/core/journal.h"
#include "crypto/base/mutex.h"

namespace kith {

// Thread-safe. The mutex is never held across a call to the relay.
class OpenVault {
 public:
  explicit OpenVault(std::unique_ptr<LevelDbStore> store) : store_(std::move(store)) {}

  // Once, before anything else. Errors: those of Journal::Open.
  Result<> Load() {
    const MutexLock lock(mutex_);
    KITH_TRY_ASSIGN(journal_, Journal::Open(*store_, clock_));
    return {};
  }

  // Calls `use` with the journal, alone.
  template <class Use>
  auto With(Use use) {
    const MutexLock lock(mutex_);
    return use(*journal_);
  }

  LevelDbStore& store() { return *store_; }
  SystemClock& clock() { return clock_; }

 private:
  Mutex mutex_;
  SystemClock clock_;
  std::unique_ptr<LevelDbStore> store_;
  std::unique_ptr<Journal> journal_ KITH_GUARDED_BY(mutex_);
};

}  // namespace kith
