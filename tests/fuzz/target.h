// A parser, and what must hold whatever bytes it is given. libFuzzer runs one in each program fuzz_NAME; the program
// test_fuzz runs all of them over their corpora.
#pragma once

#include <string_view>
#include <vector>

#include "crypto/base/bytes.h"
#include "crypto/base/check.h"
#include "crypto/base/result.h"

namespace kith::fuzz {

enum class Outcome {
  kRefused,   // nothing in the input was taken
  kAccepted,  // some of it was
};
constexpr Outcome OutcomeOf(bool accepted) { return accepted ? Outcome::kAccepted : Outcome::kRefused; }

struct Target {
  std::string_view name;
  // Aborts when a promise is broken. libsodium is loaded before.
  Outcome (*run)(ByteView input);
};
std::vector<Target>& Targets();

struct Registration {
  explicit Registration(Target target) { Targets().push_back(target); }
};

// KITH_FUZZ_TARGET(name) { ... } is a function (ByteView input) that returns an Outcome.
#define KITH_FUZZ_TARGET(name)                                                                          \
  static ::kith::fuzz::Outcome Run_##name(::kith::ByteView input);                                      \
  static const ::kith::fuzz::Registration registration_##name(::kith::fuzz::Target{#name, Run_##name}); \
  static ::kith::fuzz::Outcome Run_##name(::kith::ByteView input)

}  // namespace kith::fuzz
