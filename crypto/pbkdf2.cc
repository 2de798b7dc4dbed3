#include "crypto/pbkdf2.h"

#include <sodium.h>

#include <algorithm>

#include "crypto/base/check.h"
#include "crypto/verify/secret.h"

namespace kith {
namespace {

using State = crypto_auth_hmacsha256_state;
using Block = std::array<uint8_t, crypto_auth_hmacsha256_BYTES>;

void WipeState(State& state) { sodium_memzero(&state, sizeof state); }

// What is keyed once serves for every HMAC.
void Mac(const State& keyed, ByteView message, ByteView more, Block& out) {
  State state = keyed;
  crypto_auth_hmacsha256_update(&state, message.data(), message.size());
  crypto_auth_hmacsha256_update(&state, more.data(), more.size());
  crypto_auth_hmacsha256_final(&state, out.data());
  WipeState(state);
}

}  // namespace

void Pbkdf2Sha256(ByteView password, ByteView salt, uint64_t iterations, std::span<uint8_t> out) {
  KITH_CHECK(iterations > 0);
  State keyed;
  crypto_auth_hmacsha256_init(&keyed, password.data(), password.size());
  Block link, sum;
  for (uint32_t number = 1; !out.empty(); ++number) {
    const Bytes counter = Writer().U32(number).Take();
    Mac(keyed, salt, counter, link);
    sum = link;
    for (uint64_t i = 1; i < iterations; ++i) {
      Mac(keyed, link, {}, link);
      for (size_t k = 0; k < sum.size(); ++k) sum[k] ^= link[k];
    }
    const size_t take = std::min(out.size(), sum.size());
    std::copy_n(sum.begin(), take, out.begin());
    out = out.subspan(take);
  }
  WipeState(keyed);
  Wipe(link);
  Wipe(sum);
}

}  // namespace kith
