// Arithmetic in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1 (FIPS 197, 4), where adding is xor. The same steps whatever
// the values are: no branch and no table depends on them.
#pragma once

#include <cstdint>

namespace kith {

constexpr uint8_t GfMultiply(uint8_t a, uint8_t b) {
  unsigned shifted = a;
  unsigned product = 0;
  for (unsigned bit = 0; bit < 8; ++bit) {
    product ^= shifted & (0U - (b >> bit & 1U));
    shifted = shifted << 1 ^ (0x11bU & (0U - (shifted >> 7 & 1U)));
  }
  return static_cast<uint8_t>(product);
}

// a^254; of 0 it is 0.
constexpr uint8_t GfInverse(uint8_t a) {
  uint8_t power = a;
  for (int i = 0; i < 6; ++i) power = GfMultiply(GfMultiply(power, power), a);  // a^127 in the end
  return GfMultiply(power, power);
}

}  // namespace kith
