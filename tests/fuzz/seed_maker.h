// Collects what fuzzing begins with; seeds.cc says what that is.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/base/bytes.h"
#include "tests/fuzz/seeds.h"

namespace kith::fuzz {

// Most targets take a first byte that chooses what the rest is read as.
class Maker {
 public:
  void Add(std::string target, std::string name, uint8_t choice, ByteView bytes) {
    seeds_.push_back({std::move(target), std::move(name), Writer().U8(choice).Raw(bytes).Take()});
  }
  void Add(std::string target, std::string name, uint8_t choice, std::string_view text) {
    Add(std::move(target), std::move(name), choice, AsBytes(text));
  }
  void AddText(std::string target, std::string name, std::string_view text) {
    seeds_.push_back({std::move(target), std::move(name), ToBytes(text)});
  }
  std::vector<Seed> Take() { return std::move(seeds_); }

 private:
  std::vector<Seed> seeds_;
};

// Of targets that read what a relay or a program says (seeds_calls.cc).
void RelayReplies(Maker& to);
void Requests(Maker& to);

}  // namespace kith::fuzz
