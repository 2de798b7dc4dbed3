// What fuzzing begins with: small inputs that reach the inside of each parser, made by the code that writes such bytes.
#pragma once

#include <string>
#include <vector>

#include "tests/fuzz/target.h"

namespace kith::fuzz {

struct Seed {
  std::string target;
  std::string name;  // of its file: "ok-..." is accepted, "no-..." refused
  Bytes bytes;
};
std::vector<Seed> MakeSeeds();

}  // namespace kith::fuzz
