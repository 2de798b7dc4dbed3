// Making a vault's folder so that it appears whole or not at all: it is built beside its place and moved there.
#pragma once

#include <string>

#include "crypto/base/result.h"

namespace kith {

// One making. Not thread-safe; of several processes one succeeds in beginning.
class VaultMaking {
 public:
  // `place` is absolute. Makes its parents; removes what an interrupted making left. kVaultBusy: another process is at
  // it. kStorageFailed.
  static Result<VaultMaking> Begin(const std::string& place);
  // Removes what was not placed, or what it replaced.
  ~VaultMaking();
  VaultMaking(VaultMaking&& other) noexcept;
  VaultMaking& operator=(VaultMaking&&) = delete;

  // Where to build; does not exist yet.
  std::string path() const { return place_ + ".new"; }
  // Moves it to its place. Durable when OK; after an error all is as it was. What stands there is removed in the end: a
  // vault without entries (the caller knows), or what is no vault. kVaultExists: it holds files that are neither;
  // kStorageFailed.
  enum class Replaces { kNothing, kEmptyVault };
  Result<> Place(Replaces replaces);
  // After Place: as if it had never been.
  void TakeBack();

 private:
  VaultMaking(std::string place, int folder) : place_(std::move(place)), folder_(folder) {}
  std::string former() const { return place_ + ".former"; }
  Result<> CheckNothingThere() const;

  std::string place_;
  int folder_;  // the folder that `place` lies in, open and locked
};

}  // namespace kith
