// look: one's own records side by side. Nothing else ever shows them so.
#include <CLI/CLI.hpp>
#include <memory>

#include "client/cli/chart.h"
#include "client/cli/display.h"
#include "client/cli/invocation.h"
#include "client/cli/json_output.h"
#include "client/cli/json_parts.h"
#include "client/cli/text_output.h"
#include "client/model/lookback.h"
#include "client/model/practice.h"
#include "client/model/practice_words.h"

namespace kith {
namespace {

struct LookOptions {
  std::string from, to;
};

// ---- For programs.

void PutNumber(Object& object, std::string_view field, std::optional<int32_t> value) {
  if (!field.empty() && value) object[std::string(field)] = *value;
}

void PutMean(Object& object, std::string_view field, std::optional<double> mean, size_t n) {
  if (field.empty()) return;
  object["n_" + std::string(field)] = n;
  if (mean) object["mean_" + std::string(field)] = *mean;
}

std::string Json(const LookBack& look, const v1::LookBackReply& reply) {
  const LookBackShape& shape = look.shape;
  const auto marked = [&](const std::string& mark) {
    Object object = Object::object();
    if (!mark.empty()) object[std::string(shape.mark)] = shape.kind == "loop" ? Object(std::stoi(mark)) : Object(mark);
    return object;
  };
  Object points = Object::array();
  for (const LookBackPoint& point : look.points) {
    Object one = marked(point.mark);
    one["date"] = FormatDay(point.day);
    PutNumber(one, shape.first, point.first);
    PutNumber(one, shape.second, point.second);
    points.push_back(std::move(one));
  }
  Object groups = Object::array();
  for (const LookBackGroup& group : look.groups) {
    Object one = marked(group.mark);
    one["n"] = group.n;
    PutMean(one, shape.first, group.first, group.first_n);
    PutMean(one, shape.second, group.second, group.second_n);
    if (shape.kind == "loop") one["exits"] = group.exits;
    groups.push_back(std::move(one));
  }
  return Line({{"kind", std::string(shape.kind)},
               {"n", look.n},
               {"enough", look.enough()},
               {"sentence", reply.sentence()},
               {"points", points},
               {"groups", groups}});
}

// ---- For people.

std::string MarkText(const LookBackShape& shape, const std::string& mark) {
  if (shape.kind == "loop") return std::string(StageWords(std::stoi(mark)));
  return std::string(ChoiceWords(mark));
}

std::string Label(const LookBackShape& shape, std::string_view field) {
  return std::string(WordsFor(shape.kind, field).label);
}

std::string PointLine(const LookBackShape& shape, const LookBackPoint& point) {
  const PracticeField* const scale = FindPractice(shape.kind)->Find(shape.first);
  const PracticeField* const other = shape.second.empty() ? scale : FindPractice(shape.kind)->Find(shape.second);
  std::string line = FormatDay(point.day) + "  ";
  if (!point.mark.empty() && point.mark == shape.unmeasured) {
    line += ChartBand();
  } else if (other->min == scale->min && other->max == scale->max) {
    line += ChartTrack(scale->min, scale->max, point.first, point.second);
  } else {
    // Two scales are never laid over each other.
    line += ChartTrack(scale->min, scale->max, point.first, std::nullopt);
  }
  if (point.first) line += "  " + Label(shape, shape.first) + " " + std::to_string(*point.first);
  if (point.second) line += "  " + Label(shape, shape.second) + " " + std::to_string(*point.second);
  if (!point.mark.empty()) line += "  " + MarkText(shape, point.mark);
  return line + "\n";
}

std::string GroupName(const LookBackShape& shape, const std::string& mark) {
  if (shape.mark.empty()) return "all";
  return mark.empty() ? "not said" : MarkText(shape, mark);
}

std::string GroupLine(const LookBackShape& shape, const LookBackGroup& group) {
  std::string line = "  " + GroupName(shape, group.mark) + ": " + std::to_string(group.n);
  const auto mean = [&](std::string_view field, std::optional<double> value, size_t n) {
    if (!value) return;
    line += "; " + Label(shape, field) + " " + ChartMean(*value) + " on average";
    if (n != group.n) line += " (of " + std::to_string(n) + ")";
  };
  mean(shape.first, group.first, group.first_n);
  mean(shape.second, group.second, group.second_n);
  line += "\n";
  for (const std::string& exit : group.exits) line += "     " + Harmless(exit, Lines::kOne) + "\n";
  return line;
}

std::string Page(const LookBack& look) {
  const LookBackShape& shape = look.shape;
  std::string page = std::string(LookBackSentence(shape.kind)) + "\n\n";
  if (!shape.first.empty()) {
    for (const LookBackPoint& point : look.points) page += PointLine(shape, point);
    page += "\n";
  }
  for (const LookBackGroup& group : look.groups) page += GroupLine(shape, group);
  return page;
}

// The agent's numbers as the plain values that are drawn from.
LookBack LookBackOf(const LookBackShape& shape, const v1::LookBackReply& reply) {
  LookBack look{.shape = shape, .n = reply.n()};
  for (const v1::LookBackPoint& point : reply.points()) {
    look.points.push_back({.day = CivilFromDays(point.day()),
                           .mark = point.mark(),
                           .first = point.has_first() ? std::optional(point.first()) : std::nullopt,
                           .second = point.has_second() ? std::optional(point.second()) : std::nullopt});
  }
  for (const v1::LookBackGroup& group : reply.groups()) {
    look.groups.push_back({.mark = group.mark(),
                           .n = group.n(),
                           .first_n = group.first_n(),
                           .second_n = group.second_n(),
                           .first = group.has_first() ? std::optional(group.first()) : std::nullopt,
                           .second = group.has_second() ? std::optional(group.second()) : std::nullopt,
                           .exits = {group.exits().begin(), group.exits().end()}});
  }
  return look;
}

Result<void> Look(Invocation& invocation, const LookBackShape& shape, const LookOptions& options) {
  v1::LookBackRequest request;
  request.set_kind(std::string(shape.kind));
  request.set_from(options.from);
  request.set_to(options.to);
  request.set_quiet(invocation.with_quiet());
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::LookBackReply reply, agent->LookBack(request));
  const LookBack look = LookBackOf(shape, reply);
  if (invocation.json()) {
    invocation.terminal.Print(Json(look, reply) + "\n");
  } else if (look.enough()) {
    invocation.terminal.Print(Page(look));
  } else {
    invocation.terminal.Say(reply.sentence());
  }
  return {};
}

}  // namespace

void AddLookCommands(CLI::App& app, Invocation& invocation) {
  CLI::App* look = app.add_subcommand("look", "Your own records side by side; only when you ask, and from five on");
  look->require_subcommand(1);
  look->footer("Examples:\n  kith look check --from 2026-11-01\n  kith look hunch --json");
  for (const LookBackShape& shape : LookBackShapes()) {
    auto options = std::make_shared<LookOptions>();
    CLI::App* one = look->add_subcommand(std::string(shape.kind), std::string(LookBackSentence(shape.kind)));
    one->add_option("--from", options->from, "From this day on")->type_name("DATE");
    one->add_option("--to", options->to, "Up to this day, included")->type_name("DATE");
    one->footer("Example:\n  kith look " + std::string(shape.kind) + " --from 2026-11-01 --to 2026-11-30");
    one->callback([&invocation, &shape, options] { invocation.result = Look(invocation, shape, *options); });
  }
}

}  // namespace kith
