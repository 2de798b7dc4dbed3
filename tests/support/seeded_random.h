// Randomness from one seed, so that a world can be played again to the last bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

namespace kith {

// A stream of numbers (xoshiro256**, Blackman and Vigna, 2018). Not for keys of real people.
class Dice {
 public:
  explicit Dice(uint64_t seed);

  uint64_t Next();
  // 0 to below - 1.
  uint64_t Below(uint64_t below) { return Next() % below; }
  bool Chance(uint64_t per_mille) { return Below(1000) < per_mille; }
  // A valid index of a container that is not empty.
  template <class Container>
  auto& Pick(Container& from) {
    return from[static_cast<size_t>(Below(std::size(from)))];
  }
  template <class T>
  void Shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[Below(i)]);
  }

 private:
  uint64_t state_[4];
};

// While it lives, all of libsodium's random bytes come from the seed. One at a time, one thread.
class SeededRandom {
 public:
  explicit SeededRandom(uint64_t seed);
  ~SeededRandom();
  SeededRandom(const SeededRandom&) = delete;
  SeededRandom& operator=(const SeededRandom&) = delete;
};

}  // namespace kith
