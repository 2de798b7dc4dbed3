// Kith's own vectors: kith_v1.json holds cases {class, name, expect, ...fields in hex}. `expect` is "OK" or the code's
// name.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "crypto/base/bytes.h"

namespace kith {

// What becomes of a case: "OK", a code's name, or what differs from the case's fields. Cases that are OK are also made
// again from their inputs and compared byte for byte.
std::string Evaluate(const nlohmann::json& test);

// All cases, from fixed inputs.
nlohmann::json GenerateKithV1();

// Those about circles, and how theirs are evaluated (kith_v1_circles.cc).
std::vector<nlohmann::json> CircleCases();
std::string CheckRoster(const nlohmann::json& test);
std::string CheckSafetyNumber(const nlohmann::json& test);

// While it lives, libsodium's random bytes are these, in order; asking for more is a bug. For tests only, one at a
// time.
class ScriptedRandom {
 public:
  explicit ScriptedRandom(Bytes bytes);
  ~ScriptedRandom();
  ScriptedRandom(const ScriptedRandom&) = delete;
  ScriptedRandom& operator=(const ScriptedRandom&) = delete;
};

}  // namespace kith
