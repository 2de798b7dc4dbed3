#include "crypto/verify/prefixed_hash.h"

#include <sodium.h>

#include "crypto/base/check.h"

namespace kith {
namespace {

crypto_generichash_state* State(uint8_t* bytes) { return reinterpret_cast<crypto_generichash_state*>(bytes); }

}  // namespace

PrefixedHash::PrefixedHash(ByteView key, size_t size) {
  static_assert(sizeof(crypto_generichash_state) == sizeof state_ && alignof(crypto_generichash_state) <= 64);
  const uint8_t* const key_data = key.empty() ? nullptr : key.data();
  KITH_CHECK(crypto_generichash_init(State(state_), key_data, key.size(), size) == 0);
}

PrefixedHash::~PrefixedHash() { sodium_memzero(state_, sizeof state_); }

void PrefixedHash::Field(ByteView bytes) {
  KITH_CHECK(bytes.size() <= UINT32_MAX);
  const auto length = static_cast<uint32_t>(bytes.size());
  const uint8_t prefix[4] = {static_cast<uint8_t>(length >> 24), static_cast<uint8_t>(length >> 16),
                             static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length)};
  crypto_generichash_update(State(state_), prefix, sizeof prefix);
  crypto_generichash_update(State(state_), bytes.data(), bytes.size());
}

void PrefixedHash::Finish(std::span<uint8_t> out) { crypto_generichash_final(State(state_), out.data(), out.size()); }

}  // namespace kith
