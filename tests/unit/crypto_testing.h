// What the tests of crypto/ share.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "crypto/base/bytes.h"
#include "crypto/base/check.h"
#include "crypto/base/ids.h"
#include "crypto/base/result.h"
#include "crypto/verify/secret.h"

namespace kith {

// 32 bytes of `fill`.
template <class Key>
Key KeyOf(uint8_t fill) {
  return Key::Copy(Bytes(Key::kSize, fill));
}

// The code of a result; nullopt when it succeeded.
template <class T>
std::optional<Code> CodeOf(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error().code);
}

// Expects `refuses` of the bytes with each bit flipped in turn, and not of the bytes as they are.
inline void ExpectEveryFlipRefused(Bytes bytes, const std::function<bool(ByteView)>& refuses) {
  ASSERT_FALSE(bytes.empty());
  ASSERT_FALSE(refuses(bytes)) << "refused as it is";
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const auto mask = static_cast<uint8_t>(1U << (bit % 8));
    bytes[bit / 8] ^= mask;
    EXPECT_TRUE(refuses(bytes)) << "accepted with bit " << bit << " flipped";
    bytes[bit / 8] ^= mask;
  }
}

// A small repeatable generator (SplitMix64, Steele and others, 2014), for tests that walk many histories.
class Walk {
 public:
  explicit Walk(uint64_t seed) : state_(seed) {}
  uint64_t Next(uint64_t below) {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (z ^ (z >> 31)) % below;
  }

 private:
  uint64_t state_;
};

}  // namespace kith
