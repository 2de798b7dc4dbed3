// Entries to measure with: text that packs and compresses as people's does.
#pragma once

#include <random>
#include <vector>

#include "client/core/journal.h"

namespace kith::bench {

inline constexpr size_t kTextBytes = 1024;  // of every entry, exactly

// English words drawn by Zipf's law from a list of 2,048, in sentences and paragraphs. zstd shrinks packs of it to
// 0.4, as it does Pepys' diary. The same for the same seed.
class Words {
 public:
  explicit Words(uint64_t seed);
  std::string Text(size_t bytes = kTextBytes);

 private:
  const std::string& Word();

  std::mt19937_64 random_;
  std::vector<std::string> list_;
  std::vector<double> heap_;  // running sums of the words' weights
};

// The entries numbered [first, first + count), each on a day of its own through 27 years.
std::vector<Addition> Entries(Words& words, size_t first, size_t count);

}  // namespace kith::bench
