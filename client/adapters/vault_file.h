// A vault's folder and the small files outside the store: `format` says which version wrote it, `vault.key` holds the
// wrapped vault key. Layout: DESIGN.md beside this file.
#pragma once

#include <string>

#include "crypto/base/bytes.h"
#include "crypto/base/result.h"

namespace kith {

class Disk;

// Not thread-safe; holds no file open. Whoever calls Create or ReplaceKey must be the only process that does.
class VaultFolder {
 public:
  explicit VaultFolder(std::string path);
  // `disk` must outlive this.
  VaultFolder(Disk& disk, std::string path);

  // Makes the folder (0700, missing parents too) and its files. Durable when it returns OK; after an error or a power
  // cut there is no vault, or all of it. kVaultExists, kStorageFailed.
  Result<> Create(ByteView wrapped_key);
  // What WrapVaultKey made. kNoVault; kNewerFormat; kVaultDamaged; kStorageFailed.
  Result<Bytes> ReadKey();
  // Puts a new wrapping in the place of the old. Durable when it returns OK; after an error or a power cut the old or
  // the new one is there, whole. Errors as ReadKey.
  Result<> ReplaceKey(ByteView wrapped_key);

  // Where LevelDbStore belongs.
  std::string StoreFolder() const { return path_ + "/store"; }

 private:
  Result<> CheckFormat();
  Result<> WriteWhole(const std::string& name, ByteView bytes);
  Result<> MakeFolders();

  Disk& disk_;
  const std::string path_;
};

}  // namespace kith
