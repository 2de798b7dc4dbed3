// BLAKE2b (RFC 7693), keyed or not, over fields that each stand behind their u32 length. Streams, so that a
// large field is never copied. For crypto/ only: others use Hash (hash.h) and Derive (crypto/derive.h). One thread
// each.
#pragma once

#include <span>

#include "crypto/base/bytes.h"

namespace kith {

class PrefixedHash {
 public:
  // `key`: empty, or 16 to 64 bytes. `size`: 16 to 64 bytes of output.
  PrefixedHash(ByteView key, size_t size);
  PrefixedHash(const PrefixedHash&) = delete;
  PrefixedHash& operator=(const PrefixedHash&) = delete;
  ~PrefixedHash();

  void Field(ByteView bytes);
  // `out` has the size given at the beginning. Once.
  void Finish(std::span<uint8_t> out);

 private:
  alignas(64) uint8_t state_[384];  // libsodium's crypto_generichash_state
};

}  // namespace kith
