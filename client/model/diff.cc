#include "client/model/diff.h"

#include <algorithm>

namespace kith {
namespace {

// The furthest x reached on each diagonal after d edits: those of parity d, from -d to d.
using Frontier = std::vector<int32_t>;

// The diagonal of k in a frontier of d edits.
size_t Slot(int32_t k, int32_t d) { return static_cast<size_t>((k + d) / 2); }

// x on diagonal k after d edits, before following the common elements: down (an insertion) or right (a deletion).
struct Step {
  int32_t x;
  bool down;
};
Step Choose(const Frontier& previous, int32_t k, int32_t d) {
  if (d == 0) return {0, true};
  const bool down = k == -d || (k != d && previous[Slot(k - 1, d - 1)] < previous[Slot(k + 1, d - 1)]);
  if (down) return {previous[Slot(k + 1, d - 1)], true};
  return {previous[Slot(k - 1, d - 1)] + 1, false};
}

// One frontier per number of edits; the last one reaches the end of both.
std::optional<std::vector<Frontier>> Search(std::span<const uint32_t> base, std::span<const uint32_t> side,
                                            size_t max_edits, StepBudget& budget) {
  const auto n = static_cast<int32_t>(base.size());
  const auto m = static_cast<int32_t>(side.size());
  const auto most = static_cast<int32_t>(std::min(max_edits, base.size() + side.size()));
  std::vector<Frontier> frontiers;
  for (int32_t d = 0; d <= most; ++d) {
    Frontier frontier(static_cast<size_t>(d) + 1);
    for (int32_t k = -d; k <= d; k += 2) {
      const int32_t start = Choose(d == 0 ? frontier : frontiers.back(), k, d).x;
      int32_t x = start;
      while (x < n && x - k < m && base[x] == side[x - k]) ++x;
      if (!budget.Spend(static_cast<size_t>(x - start) + 1)) return std::nullopt;
      frontier[Slot(k, d)] = x;
      if (x >= n && x - k >= m) {
        frontiers.push_back(std::move(frontier));
        return frontiers;
      }
    }
    frontiers.push_back(std::move(frontier));
  }
  return std::nullopt;
}

// Adds one edit in front of the hunks found so far (which are collected from the end).
void Prepend(std::vector<Hunk>& hunks, size_t x, size_t y, bool insertion) {
  if (hunks.empty() || hunks.back().from != x + (insertion ? 0 : 1) ||
      hunks.back().side_from != y + (insertion ? 1 : 0)) {
    hunks.push_back({x, insertion ? x : x + 1, y, insertion ? y + 1 : y});
    return;
  }
  hunks.back().from = x;
  hunks.back().side_from = y;
}

}  // namespace

std::optional<std::vector<Hunk>> Diff(std::span<const uint32_t> base, std::span<const uint32_t> side, size_t max_edits,
                                      StepBudget& budget) {
  if (!budget.Spend(base.size() + side.size())) return std::nullopt;
  size_t head = 0;
  while (head < base.size() && head < side.size() && base[head] == side[head]) ++head;
  base = base.subspan(head);
  side = side.subspan(head);
  while (!base.empty() && !side.empty() && base.back() == side.back()) {
    base = base.first(base.size() - 1);
    side = side.first(side.size() - 1);
  }
  const auto frontiers = Search(base, side, max_edits, budget);
  if (!frontiers) return std::nullopt;

  std::vector<Hunk> hunks;
  auto x = static_cast<int32_t>(base.size());
  auto y = static_cast<int32_t>(side.size());
  for (auto d = static_cast<int32_t>(frontiers->size()) - 1; d > 0; --d) {
    const Step step = Choose((*frontiers)[static_cast<size_t>(d) - 1], x - y, d);
    // Before the edit; `step.x` is behind it.
    const int32_t k = x - y;
    x = step.down ? step.x : step.x - 1;
    y = step.down ? step.x - k - 1 : step.x - k;
    Prepend(hunks, head + static_cast<size_t>(x), head + static_cast<size_t>(y), step.down);
  }
  std::reverse(hunks.begin(), hunks.end());
  return hunks;
}

}  // namespace kith
