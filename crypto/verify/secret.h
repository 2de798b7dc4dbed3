// Secret keys. Memory from sodium_malloc: guarded, locked where the system allows, wiped when freed. Keys of 32 bytes
// stand 64 to one such allocation, whose ends are guarded; others cost about 35 microseconds each. So for keys, never
// for entries. Thread-safe.
#pragma once

#include <memory>
#include <span>

#include "crypto/base/bytes.h"

namespace kith {

// Wiped and freed guarded memory of `size` bytes; aborts when there is none.
struct GuardedFree {
  void operator()(uint8_t* bytes) const;
};
using GuardedBytes = std::unique_ptr<uint8_t[], GuardedFree>;
GuardedBytes GuardedAllocate(size_t size);

// 32 secret bytes of one purpose. Move-only; no comparison, no streaming. A moved-from key is empty and
// may only be assigned to or destroyed.
template <class Tag>
class SecretKey {
 public:
  static constexpr size_t kSize = 32;

  // Random.
  static SecretKey Generate();
  // Copies; the caller wipes its own bytes. Aborts unless there are 32.
  static SecretKey Copy(ByteView bytes);
  SecretKey Clone() const { return Copy(Reveal()); }

  // For crypto/, and for the vault and pairing, where keys are stored or handed over inside a seal.
  ByteView Reveal() const { return {bytes_.get(), kSize}; }

 private:
  explicit SecretKey(GuardedBytes bytes) : bytes_(std::move(bytes)) {}
  GuardedBytes bytes_;
};

GuardedBytes GuardedRandom(size_t size);
GuardedBytes GuardedCopy(ByteView bytes, size_t size);

template <class Tag>
SecretKey<Tag> SecretKey<Tag>::Generate() {
  return SecretKey(GuardedRandom(kSize));
}
template <class Tag>
SecretKey<Tag> SecretKey<Tag>::Copy(ByteView bytes) {
  return SecretKey(GuardedCopy(bytes, kSize));
}

// Overwrites what the compiler might otherwise leave.
void Wipe(std::span<uint8_t> bytes);
void Wipe(std::string& text);

// False where the system refuses to lock memory: secrets may then reach swap, which the caller should say once.
bool MemoryLockWorks();

using VaultKey = SecretKey<struct VaultKeyTag>;
using SealKey = SecretKey<struct SealKeyTag>;  // for Seal and Open
using GenerationKey = SecretKey<struct GenerationKeyTag>;
using SignSeed = SecretKey<struct SignSeedTag>;    // Ed25519 seed
using BoxSecret = SecretKey<struct BoxSecretTag>;  // X25519 scalar
using ImportKey = SecretKey<struct ImportKeyTag>;

}  // namespace kith
