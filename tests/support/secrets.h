// Ids and phrases that must not stand in bytes of another audience: searched for at every offset.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "crypto/base/bytes.h"

namespace kith {

class Secrets {
 public:
  // `what` names it in a problem. At least 8 bytes.
  void Add(ByteView id, const std::string& what);
  // The names of those that stand in `bytes`.
  std::set<std::string> FindIn(ByteView bytes) const;

 private:
  struct One {
    Bytes id;
    std::string what;
  };
  std::unordered_map<uint64_t, std::vector<One>> by_head_;
};

// What follows each place where `phrase` stands in `bytes`, up to and with the next semicolon: what somebody wrote
// there.
std::set<std::string> SaidAfter(ByteView bytes, const std::string& phrase);

}  // namespace kith
