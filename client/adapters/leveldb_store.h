// The vault's store: LevelDB on a SealedEnv. Not thread-safe, as Store says.
//
// After a failed write it closes LevelDB and opens it again before anything more is acknowledged: a log append that
// failed leaves LevelDB writing behind a gap, where nothing can be read back. While opening fails, every call
// returns the reason; the store works again by itself as soon as the cause is gone.
#pragma once

#include <memory>
#include <string>

#include "client/core/ports.h"
#include "crypto/verify/secret.h"

namespace kith {

class Disk;

struct LevelDbOptions {
  enum class Missing { kFail, kCreate };
  Missing missing = Missing::kFail;
  // Bytes; two of them may be in memory, and one log may grow this long, which opening reads again: a quarter of a
  // second. Every table that is written out spans all keys, so that each fourth leads to a merge of all since the last;
  // what stays below three of them is written to tables once.
  size_t write_buffer = 32 * 1024 * 1024;
  size_t block_cache = 8 * 1024 * 1024;  // bytes
};

class LevelDbStore final : public Store {
 public:
  // Opens the store in `folder`, whose parent exists. kNoVault: nothing there (and Missing::kFail). kVaultBusy:
  // another process has it open. kVaultDamaged: also for another vault's key, and when parts are missing; nothing is
  // ever created over what is left of a store. kStorageFailed: full, read-only or broken disk.
  static Result<std::unique_ptr<LevelDbStore>> Open(const std::string& folder, const VaultKey& key,
                                                    const LevelDbOptions& options);
  // As above, on another disk than the machine's. `disk` must outlive the store.
  static Result<std::unique_ptr<LevelDbStore>> OpenOn(Disk& disk, const std::string& folder, const VaultKey& key,
                                                      const LevelDbOptions& options);
  ~LevelDbStore() override;

  Result<std::optional<Bytes>> Get(ByteView key) override;
  // If the process ends right after an error, the batch may be there, whole, when the store is next opened.
  Result<> Write(const StoreBatch& batch) override;
  // After an error, what was visited is right but not all there is.
  Result<> Scan(ByteView from, ByteView to, Order order, const Visit& visit) override;
  // Writes every live value anew, so it needs about the store's size of free space. The blocks it frees hold
  // ciphertext until the file system reuses them.
  Result<> Compact() override;

 private:
  class Database;
  explicit LevelDbStore(std::unique_ptr<Database> database);

  std::unique_ptr<Database> database_;
};

}  // namespace kith
