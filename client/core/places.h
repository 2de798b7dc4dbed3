// A set of places in a row, as bits: small numbers alone.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kith {

class Places {
 public:
  bool Has(size_t place) const { return place / 64 < words_.size() && ((words_[place / 64] >> (place % 64)) & 1) != 0; }
  void Put(size_t place) {
    if (words_.size() <= place / 64) words_.resize(place / 64 + 1);
    words_[place / 64] |= uint64_t{1} << (place % 64);
  }
  void Drop(size_t place) {
    if (place / 64 < words_.size()) words_[place / 64] &= ~(uint64_t{1} << (place % 64));
  }
  void Join(const Places& other) {
    if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
    for (size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
  }
  Places And(const Places& other) const {
    Places both = *this;
    both.words_.resize(std::min(words_.size(), other.words_.size()));
    for (size_t i = 0; i < both.words_.size(); ++i) both.words_[i] &= other.words_[i];
    return both;
  }
  Places Without(const Places& other) const {
    Places rest = *this;
    for (size_t i = 0; i < std::min(words_.size(), other.words_.size()); ++i) rest.words_[i] &= ~other.words_[i];
    return rest;
  }
  bool Meets(const Places& other) const {
    for (size_t i = 0; i < std::min(words_.size(), other.words_.size()); ++i) {
      if ((words_[i] & other.words_[i]) != 0) return true;
    }
    return false;
  }
  bool empty() const {
    return std::ranges::all_of(words_, [](uint64_t word) { return word == 0; });
  }

 private:
  std::vector<uint64_t> words_;
};

}  // namespace kith
