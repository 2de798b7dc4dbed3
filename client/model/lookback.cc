#include "client/model/lookback.h"

#include <algorithm>
#include <array>

#include "client/model/practice.h"

namespace kith {
namespace {

constexpr std::array kShapes = {
    LookBackShape{
        .kind = "check", .mark = "state", .first = "valence", .second = "energy", .marked = true, .unmeasured = "numb"},
    LookBackShape{.kind = "hunch", .mark = "outcome", .first = "likely", .marked = true},
    LookBackShape{.kind = "company", .mark = "type", .first = "before", .second = "after", .paired = true},
    LookBackShape{.kind = "loop", .mark = "stage", .marked = true},
    LookBackShape{.kind = "thought", .first = "belief_before", .second = "belief_after", .paired = true},
    LookBackShape{.kind = "lonely", .first = "lonely"},
    LookBackShape{
        .kind = "tryout", .mark = "result", .first = "expect", .second = "actual", .paired = true, .marked = true},
};

std::optional<int32_t> Number(const Content& record, std::string_view field) {
  return field.empty() ? std::nullopt : NumberOf(record, field);
}

bool IsNumber(const LookBackShape& shape) {
  return FindPractice(shape.kind)->Find(shape.mark)->type == FieldType::kNumber;
}

std::string MarkOf(const LookBackShape& shape, const Content& record) {
  if (shape.mark.empty()) return {};
  if (!IsNumber(shape)) return std::string(ChoiceOf(record, shape.mark));
  const std::optional<int32_t> number = NumberOf(record, shape.mark);
  return number ? std::to_string(*number) : std::string();
}

// Every mark there is, in order; the empty one last.
std::vector<std::string> Marks(const LookBackShape& shape) {
  std::vector<std::string> marks;
  if (!shape.mark.empty()) {
    const PracticeField& field = *FindPractice(shape.kind)->Find(shape.mark);
    for (const std::string_view choice : field.choices) marks.emplace_back(choice);
    if (IsNumber(shape)) {
      for (int32_t number = field.min; number <= field.max; ++number) marks.push_back(std::to_string(number));
    }
  }
  marks.emplace_back();
  return marks;
}

bool Counts(const LookBackShape& shape, const LookBackPoint& point) {
  if (shape.marked) return !point.mark.empty();
  return point.first && (shape.second.empty() || point.second);
}

struct Mean {
  int64_t sum = 0;
  size_t n = 0;

  void Take(int32_t value) {
    sum += value;
    ++n;
  }
  std::optional<double> value() const {
    return n == 0 ? std::nullopt : std::optional(static_cast<double>(sum) / static_cast<double>(n));
  }
};

std::optional<LookBackGroup> GroupOf(const LookBackShape& shape, const std::string& mark,
                                     std::span<const LookBackPoint> points) {
  LookBackGroup group{.mark = mark};
  Mean first, second;
  for (const LookBackPoint& point : points) {
    if (point.mark != mark) continue;
    ++group.n;
    if (!mark.empty() && mark == shape.unmeasured) continue;
    if (shape.paired && !(point.first && point.second)) continue;
    if (point.first) first.Take(*point.first);
    if (point.second) second.Take(*point.second);
  }
  if (group.n == 0) return std::nullopt;
  group.first_n = first.n;
  group.second_n = second.n;
  group.first = first.value();
  group.second = second.value();
  return group;
}

}  // namespace

std::span<const LookBackShape> LookBackShapes() { return kShapes; }

LookBack MakeLookBack(const LookBackShape& shape, std::span<const Content> records) {
  LookBack out{.shape = shape};
  std::vector<const Content*> sorted;
  for (const Content& record : records) {
    if (record.kind == shape.kind) sorted.push_back(&record);
  }
  std::ranges::stable_sort(sorted, {}, [](const Content* record) { return DayOf(record->date); });
  std::vector<std::pair<std::string, std::string>> exits;
  for (const Content* record : sorted) {
    LookBackPoint point{.day = DayOf(record->date),
                        .mark = MarkOf(shape, *record),
                        .first = Number(*record, shape.first),
                        .second = Number(*record, shape.second)};
    if (!Counts(shape, point)) continue;
    if (shape.kind == "loop" && !TextOf(*record, "exit_text").empty())
      exits.emplace_back(point.mark, TextOf(*record, "exit_text"));
    out.points.push_back(std::move(point));
  }
  out.n = out.points.size();
  if (!out.enough()) {
    out.points.clear();
    return out;
  }
  for (const std::string& mark : Marks(shape)) {
    std::optional<LookBackGroup> group = GroupOf(shape, mark, out.points);
    if (!group) continue;
    for (const auto& [of, exit] : exits) {
      if (of == mark) group->exits.push_back(exit);
    }
    out.groups.push_back(*std::move(group));
  }
  return out;
}

}  // namespace kith
