// The vault key, wrapped by a passphrase: Argon2id (RFC 9106) as in libsodium. Layout "vault key file" of
// crypto/DESIGN.md.
#pragma once

#include <string_view>

#include "crypto/base/result.h"
#include "crypto/verify/secret.h"

namespace kith {

struct KdfCost {
  uint32_t passes = 3;
  uint32_t memory_mib = 256;
};
inline constexpr KdfCost kKdfFloor{.passes = 3, .memory_mib = 64};
inline constexpr KdfCost kKdfCeiling{.passes = 16, .memory_mib = 4096};  // a file that asks for more is damaged

// Takes about a second by design. kKdfTooWeak below the floor, kInvalidArgument above the ceiling,
// kInternal when memory for the derivation is not to be had.
Result<Bytes> WrapVaultKey(const VaultKey& key, std::string_view passphrase, const KdfCost& cost);
// kWrongPassphrase; kKdfTooWeak; kSuiteUnsupported; kNewerFormat; kVaultDamaged when the file is not one of these.
Result<VaultKey> UnwrapVaultKey(ByteView file, std::string_view passphrase);

}  // namespace kith
