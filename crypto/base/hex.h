// Bytes as lower-case hexadecimal digits.
#pragma once

#include <string>

#include "crypto/base/bytes.h"

namespace kith {

inline std::string Hex(ByteView bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const uint8_t byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

}  // namespace kith
