// BLAKE2b (RFC 7693), keyed or not, over fields that each stand behind their u32 length. Streams, so that a
// large field is never copied. For crypto/ only: others use Hash (hash.h) and Derive (crypto/derive.h). One thread
// each.
#pragma once

#include <sodium.h>

#include <span>

#include "crypto/base/bytes.h"
#include "crypto/base/check.h"

namespace kith {

class PrefixedHash {
 public:
  // `key`: empty, or 16 to 64 bytes. `size`: 16 to 64 bytes of output.
  PrefixedHash(ByteView key, size_t size) {
    KITH_CHECK(crypto_generichash_init(&state_, key.empty() ? nullptr : key.data(), key.size(), size) == 0);
  }
  PrefixedHash(const PrefixedHash&) = delete;
  PrefixedHash& operator=(const PrefixedHash&) = delete;
  ~PrefixedHash() { sodium_memzero(&state_, sizeof state_); }

  void Field(ByteView bytes) {
    KITH_CHECK(bytes.size() <= UINT32_MAX);
    const auto length = static_cast<uint32_t>(bytes.size());
    const uint8_t prefix[4] = {static_cast<uint8_t>(length >> 24), static_cast<uint8_t>(length >> 16),
                               static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length)};
    crypto_generichash_update(&state_, prefix, sizeof prefix);
    crypto_generichash_update(&state_, bytes.data(), bytes.size());
  }
  // `out` has the size given at the beginning. Once.
  void Finish(std::span<uint8_t> out) { crypto_generichash_final(&state_, out.data(), out.size()); }

 private:
  crypto_generichash_state state_;
};

}  // namespace kith
