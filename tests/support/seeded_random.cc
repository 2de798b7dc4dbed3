#include "tests/support/seeded_random.h"

#include <sodium.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "crypto/base/check.h"

namespace kith {
namespace {

// Spreads a small seed over the whole state (Vigna's splitmix64).
uint64_t Spread(uint64_t& seed) {
  uint64_t z = seed += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::optional<Dice> g_dice;

void Fill(void* out, size_t size) {
  auto* at = static_cast<uint8_t*>(out);
  while (size > 0) {
    const uint64_t word = g_dice->Next();
    const size_t some = std::min(size, sizeof word);
    std::memcpy(at, &word, some);
    at += some;
    size -= some;
  }
}
uint32_t Word() { return static_cast<uint32_t>(g_dice->Next() >> 32); }
const char* Name() { return "seeded"; }

randombytes_implementation g_implementation = {
    .implementation_name = Name, .random = Word, .stir = nullptr, .uniform = nullptr, .buf = Fill, .close = nullptr};

}  // namespace

Dice::Dice(uint64_t seed) {
  for (uint64_t& word : state_) word = Spread(seed);
}

uint64_t Dice::Next() {
  const uint64_t out = std::rotl(state_[1] * 5, 7) * 9;
  const uint64_t moved = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= moved;
  state_[3] = std::rotl(state_[3], 45);
  return out;
}

SeededRandom::SeededRandom(uint64_t seed) {
  KITH_CHECK(!g_dice);
  g_dice.emplace(seed);
  randombytes_set_implementation(&g_implementation);
}

SeededRandom::~SeededRandom() {
  randombytes_set_implementation(&randombytes_sysrandom_implementation);
  g_dice.reset();
}

}  // namespace kith
