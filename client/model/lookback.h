// Looking back: what records of one kind say beside each other, as numbers that any front end can draw. Pure. What was
// skipped is not there and is never taken for zero; days without a record are not counted anywhere.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client/model/dates.h"
#include "client/model/entry.h"

namespace kith {

inline constexpr size_t kLookBackLeast = 5;  // records; of fewer nothing is shown

// Which fields of a kind are looked at. Views into the table of practice.h; empty: none.
struct LookBackShape {
  std::string_view kind;
  std::string_view mark;   // a choice, or the loop's stage
  std::string_view first;  // numbers
  std::string_view second;
  bool paired = false;          // a mean is of records that have both numbers, so that the two can stand side by side
  bool marked = false;          // only records with a mark count
  std::string_view unmeasured;  // the mark whose records enter no mean
};

struct LookBackPoint {
  CivilDay day;
  std::string mark;
  std::optional<int32_t> first, second;

  friend bool operator==(const LookBackPoint&, const LookBackPoint&) = default;
};

struct LookBackGroup {
  std::string mark;
  size_t n = 0;                         // records
  size_t first_n = 0, second_n = 0;     // of these, in the means
  std::optional<double> first, second;  // means
  std::vector<std::string> exits;       // of the loop: a person's own, oldest first

  friend bool operator==(const LookBackGroup&, const LookBackGroup&) = default;
};

struct LookBack {
  LookBackShape shape;
  size_t n = 0;                       // records that count
  std::vector<LookBackPoint> points;  // oldest first; of one day, in the order given
  // By mark, in the order of the table; marks without a record are left out.
  std::vector<LookBackGroup> groups;

  // Otherwise points and groups are empty.
  bool enough() const { return n >= kLookBackLeast; }
};

// Every kind that can be looked back at, once.
std::span<const LookBackShape> LookBackShapes();

// Records of other kinds are passed over.
LookBack MakeLookBack(const LookBackShape& shape, std::span<const Content> records);

}  // namespace kith
