// Worlds that are drawn from their seed, played in parts: each a test of its own.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>

#include "tests/sim/seeds.h"
#include "tests/support/world.h"

namespace kith {

inline constexpr uint64_t kParts = 10;  // of the seeds asked for, each a test of its own

// Worlds that are drawn from their seed.
struct Worlds {
  const char* name;  // whose seeds they are
  int steps;
  Cast (*cast)(Dice&);
  Weather (*weather)(Dice&);
};

// Plays one part of `seeds` worlds; each problem is a failure of the running test. Returns how often what happened.
inline std::map<std::string, size_t> PlayPart(const Worlds& worlds, uint64_t part, uint64_t seeds) {
  const uint64_t first = FirstSeed();
  std::map<std::string, size_t> happened;
  for (uint64_t seed = first + part; seed < first + seeds; seed += kParts) {
    Dice dice(seed);
    const Cast cast = worlds.cast(dice);
    World world(seed, worlds.weather(dice), worlds.steps, cast);
    for (const std::string& problem : world.Play()) {
      ADD_FAILURE() << problem << "\n" << worlds.name << " seed " << seed << "; replay it with: ./dev sim " << seed;
    }
    for (const auto& [what, times] : world.ledger().happened) happened[what] += times;
  }
  for (const auto& [what, times] : happened) testing::Test::RecordProperty(what, std::to_string(times));
  return happened;
}

// That all of these happened in some of the worlds.
template <size_t N>
void ExpectHappened(std::map<std::string, size_t>& happened, const char* const (&all)[N]) {
  for (const char* what : all) EXPECT_GT(happened[what], 0u) << "in none of these worlds: " << what;
}

}  // namespace kith
