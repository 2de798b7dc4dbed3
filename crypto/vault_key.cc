#include "crypto/vault_key.h"

#include <sodium.h>

#include "crypto/seal.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "crypto/verify/record.h"

namespace kith {
namespace {

constexpr std::string_view kMagic = "KITHVLT";
constexpr uint8_t kVersion = 1;
constexpr uint8_t kArgon2id13 = 1;
constexpr size_t kSaltSize = crypto_pwhash_SALTBYTES;
constexpr size_t kFrontSize = 7 + 1 + 1 + 4 + 4 + kSaltSize;
constexpr size_t kFileSize = kFrontSize + kSealOverhead + VaultKey::kSize;
static_assert(kSaltSize == 16 && kFrontSize == 33 && kFileSize == 138);

bool Weak(uint32_t passes, uint32_t memory_kib) {
  return passes < kKdfFloor.passes || memory_kib < kKdfFloor.memory_mib * 1024;
}
bool Excessive(uint32_t passes, uint32_t memory_kib) {
  return passes > kKdfCeiling.passes || memory_kib > kKdfCeiling.memory_mib * 1024;
}

Result<SealKey> StretchPassphrase(std::string_view passphrase, ByteView salt, uint32_t passes, uint32_t memory_kib) {
  std::array<uint8_t, SealKey::kSize> raw;
  if (crypto_pwhash(raw.data(), raw.size(), passphrase.data(), passphrase.size(), salt.data(), passes,
                    size_t{memory_kib} * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return Fail(Code::kInternal,
                "There is not enough free memory to check the passphrase. Close something and try again.");
  }
  SealKey key = SealKey::Copy(raw);
  Wipe(raw);
  return key;
}

}  // namespace

Result<Bytes> WrapVaultKey(const VaultKey& key, std::string_view passphrase, const KdfCost& cost) {
  if (cost.memory_mib > kKdfCeiling.memory_mib || cost.passes > kKdfCeiling.passes) {
    return Fail(Code::kInvalidArgument, "This is more memory or time than a passphrase may ask for.");
  }
  const uint32_t memory_kib = cost.memory_mib * 1024;
  if (Weak(cost.passes, memory_kib)) {
    return Fail(Code::kKdfTooWeak, "A passphrase needs at least 3 passes over 64 MiB to be safe.");
  }
  const auto salt = RandomId<Id<struct SaltTag, kSaltSize>>();
  KITH_TRY_ASSIGN(const SealKey kek, StretchPassphrase(passphrase, salt.view(), cost.passes, memory_kib));
  Writer file;
  file.Raw(AsBytes(kMagic)).U8(kVersion).U8(kArgon2id13).U32(cost.passes).U32(memory_kib).Raw(salt.view());
  const Bytes sealed = Seal(kek, labels::kSealVaultKey, file.bytes(), key.Reveal(), Padding::kNone);
  return file.Raw(sealed).Take();
}

Result<VaultKey> UnwrapVaultKey(ByteView file, std::string_view passphrase) {
  const Error damaged = Fail(Code::kVaultDamaged, "The vault's key file is damaged. Put back a copy of it.");
  const Error newer = Fail(Code::kNewerFormat, "This vault was made by a newer Kith. Install that one.");
  Reader reader(file);
  if (AsText(reader.Raw(kMagic.size())) != kMagic) return damaged;
  const uint8_t version = reader.U8();
  if (reader.ok() && version > kVersion) return newer;
  if (version != kVersion || file.size() != kFileSize) return damaged;
  const uint8_t kdf = reader.U8();
  const uint32_t passes = reader.U32();
  const uint32_t memory_kib = reader.U32();
  const ByteView salt = reader.Raw(kSaltSize);
  const ByteView sealed = reader.rest();
  if (kdf != kArgon2id13) return newer;
  if (sealed[0] != kSuite1) {
    return Fail(Code::kSuiteUnsupported,
                "The vault's key file is for another cryptographic suite. If a newer Kith made it, install that one.");
  }
  if (Excessive(passes, memory_kib)) return damaged;
  if (Weak(passes, memory_kib)) {
    return Fail(Code::kKdfTooWeak,
                "The vault's key file asks for a weak key derivation. It may have been tampered with.");
  }
  KITH_TRY_ASSIGN(const SealKey kek, StretchPassphrase(passphrase, salt, passes, memory_kib));
  const Result<Plaintext> key = Open(kek, labels::kSealVaultKey, file.first(kFrontSize), sealed, Padding::kNone);
  if (!key) return Fail(Code::kWrongPassphrase, "The passphrase is wrong.");
  return VaultKey::Copy(key->view());
}

}  // namespace kith
