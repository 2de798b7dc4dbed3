// What somebody who lost all devices has gathered of their friends' shares, kept on this machine until the journal is
// back. Sealed under the passphrase that the journal will have here, since enough shares open all of it. Layout:
// "gathering" in crypto/DESIGN.md.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "client/core/release.h"
#include "crypto/vault_key.h"

namespace kith {

struct KeptGathering {
  Bytes wrapped_key;  // both become the vault's
  VaultKey key;
  std::unique_ptr<Gathering> gathering;
};

// Not thread-safe; one process at a time uses it.
class GatheringFile {
 public:
  explicit GatheringFile(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  bool there() const;
  // With a fresh claim, in the place of what is there, in a folder that is there. kInvalidArgument (no passphrase),
  // kKdfTooWeak, kStorageFailed.
  Result<KeptGathering> Begin(std::string_view passphrase, const KdfCost& cost) const;
  // kWrongPassphrase, kVaultDamaged, kNewerFormat, kStorageFailed.
  Result<KeptGathering> Open(std::string_view passphrase) const;
  // Durable when OK; after an error what was kept before is there. kStorageFailed.
  Result<> Keep(const KeptGathering& kept) const;
  // Nothing where there is none.
  void Forget() const;

 private:
  const std::string path_;
};

}  // namespace kith
