// The differences between two sequences, within a budget of steps. What a sequence is made of (paragraphs, words) is
// the caller's affair: each distinct element is a number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace kith {

// base[from, to) was replaced by side[side_from, side_to). One of the two ranges may be empty.
struct Hunk {
  size_t from = 0, to = 0;
  size_t side_from = 0, side_to = 0;

  size_t old_count() const { return to - from; }
  size_t new_count() const { return side_to - side_from; }
  friend bool operator==(const Hunk&, const Hunk&) = default;
};

// Work left to spend; shared by all comparisons of one merge, so that time is bounded by a count and not by a clock.
struct StepBudget {
  size_t steps = 0;
  // False once too little is left, and for good.
  bool Spend(size_t count) {
    if (count > steps) {
      steps = 0;
      return false;
    }
    steps -= count;
    return true;
  }
};

// A shortest edit script as hunks, ascending, with at least one common element between any two. Deterministic.
// nullopt: more than `max_edits` elements differ, or the budget is spent.
//
// E. Myers, "An O(ND) Difference Algorithm and Its Variations", Algorithmica 1 (1986), the greedy one of section 4,
// after the common beginning and end are set aside. Needs memory for max_edits squared positions.
std::optional<std::vector<Hunk>> Diff(std::span<const uint32_t> base, std::span<const uint32_t> side, size_t max_edits,
                                      StepBudget& budget);

}  // namespace kith
