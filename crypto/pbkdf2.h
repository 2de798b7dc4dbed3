// PBKDF2 (RFC 8018, 5.2) with HMAC-SHA256, which libsodium lacks; SLIP-39 wants it. For nothing else: Kith's own
// passphrases go through Argon2id. Thread-safe.
#pragma once

#include <span>

#include "crypto/base/bytes.h"

namespace kith {

// Fills `out`. Costs `iterations` (1 or more) HMACs for each 32 bytes of it.
void Pbkdf2Sha256(ByteView password, ByteView salt, uint64_t iterations, std::span<uint8_t> out);

}  // namespace kith
