// Which worlds a run plays: KITH_SIM_SEED and KITH_SIM_SEEDS choose others than those run by default.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace kith {

// A number from the environment.
inline uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  uint64_t value = otherwise;
  if (text != nullptr) std::from_chars(text, text + std::strlen(text), value);
  return value;
}

inline uint64_t FirstSeed() { return FromEnvironment("KITH_SIM_SEED", 1); }
inline uint64_t SeedCount(uint64_t otherwise) { return FromEnvironment("KITH_SIM_SEEDS", otherwise); }

}  // namespace kith
