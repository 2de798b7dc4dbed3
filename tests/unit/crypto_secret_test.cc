// Secret keys in memory.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "crypto/verify/secret.h"

namespace kith {
namespace {

TEST(CryptoSecret, ThereIsRoomForAsManyKeysAsAJournalMayHave) {
  // Each in an allocation of its own would take three memory maps of the 65,530 that a process has.
  constexpr size_t kKeys = 40'000;
  std::vector<GenerationKey> keys;
  for (size_t i = 0; i < kKeys; ++i) {
    std::array<uint8_t, 32> bytes{};
    bytes[0] = static_cast<uint8_t>(i);
    bytes[1] = static_cast<uint8_t>(i >> 8);
    keys.push_back(GenerationKey::Copy(bytes));
  }
  for (size_t i = 0; i < kKeys; ++i) {
    ASSERT_EQ(keys[i].Reveal()[0], static_cast<uint8_t>(i));
    ASSERT_EQ(keys[i].Reveal()[1], static_cast<uint8_t>(i >> 8));
  }
}

TEST(CryptoSecret, AKeyThatGoesIsWipedThoughItsNeighboursStay) {
  const std::array<uint8_t, 32> pattern = [] {
    std::array<uint8_t, 32> bytes;
    bytes.fill(0xa5);
    return bytes;
  }();
  std::vector<GenerationKey> keys;
  for (size_t i = 0; i < 3; ++i) keys.push_back(GenerationKey::Copy(pattern));
  // Its shelf stays while one of the others does.
  const ByteView last = keys.back().Reveal();
  keys.pop_back();
  EXPECT_TRUE(std::ranges::all_of(last, [](uint8_t byte) { return byte == 0; }));
  EXPECT_TRUE(std::ranges::equal(keys.front().Reveal(), pattern));
}

}  // namespace
}  // namespace kith
