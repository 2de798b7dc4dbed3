// quiet: dates that stay out of lists, searches and looks back, and who of the pinned does. `people quiet` says who.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "client/cli/display.h"
#include "client/cli/json_output.h"
#include "client/cli/json_parts.h"
#include "client/cli/record.h"
#include "client/cli/text_output.h"
#include "client/model/practice_words.h"
#include "client/model/quiet.h"

namespace kith {
namespace {

enum class Days : uint8_t { kThatOne, kEveryYear };

Days DaysOf(const v1::EntrySummary& said) {
  return std::ranges::find(said.tags(), kEveryYearTag) == said.tags().end() ? Days::kThatOne : Days::kEveryYear;
}

// "2024-03-14", or "03-14 of every year".
std::string DayWords(const v1::EntrySummary& said) {
  const std::string day = DayText(said.date());
  return DaysOf(said) == Days::kThatOne ? day : day.substr(day.size() - 5) + " of every year";
}

// Entries that say a date is quiet; with `on`, of that date.
Result<std::vector<v1::EntrySummary>> QuietDates(Invocation& invocation, const std::string& on = {}) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::ListRequest request;
  request.add_kinds(std::string(kQuietDateKind));
  request.set_quiet(true);
  request.set_from(on);
  request.set_to(on);
  std::vector<v1::EntrySummary> said;
  KITH_TRY(agent->List(request, [&](const v1::EntrySummary& entry) -> Result<void> {
    said.push_back(entry);
    return {};
  }));
  return said;
}

std::string Json(const v1::EntrySummary& said, bool quiet) {
  return Line({{"id", said.id()},
               {"kind", std::string(kQuietDateKind)},
               {"date", DayText(said.date())},
               {"every_year", DaysOf(said) == Days::kEveryYear},
               {"quiet", quiet}});
}

Result<void> Add(Invocation& invocation, const std::string& on, Days days) {
  KITH_TRY_ASSIGN(const std::vector<v1::EntrySummary> known, QuietDates(invocation, on));
  const auto same = std::ranges::find(known, days, DaysOf);
  v1::EntrySummary said;
  if (same != known.end()) {
    said = *same;
  } else {
    v1::WriteRequest request;
    request.set_kind(std::string(kQuietDateKind));
    request.set_on(on);
    request.set_zone(LocalZone());
    if (days == Days::kEveryYear) request.add_tags(std::string(kEveryYearTag));
    KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
    KITH_TRY_ASSIGN(said, agent->Write(request));
  }
  invocation.Tell(DayWords(said) + " " + std::string(sentences::kIsQuiet));
  invocation.Emit(Json(said, true));
  return {};
}

Result<void> Remove(Invocation& invocation, const std::string& on) {
  KITH_TRY_ASSIGN(const std::vector<v1::EntrySummary> known, QuietDates(invocation, on));
  if (known.empty()) return Fail(Code::kNotFound, "That date is not quiet. `kith quiet list` shows which are.");
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  for (const v1::EntrySummary& said : known) {
    v1::EntryRequest request;
    request.set_entry(said.id());
    KITH_TRY(agent->Delete(request));
    invocation.Tell(DayWords(said) + " " + std::string(sentences::kIsNotQuiet));
    invocation.Emit(Json(said, false));
  }
  return {};
}

Result<void> List(Invocation& invocation) {
  KITH_TRY_ASSIGN(const std::vector<v1::EntrySummary> dates, QuietDates(invocation));
  KITH_TRY_ASSIGN(const std::vector<v1::EntrySummary> people,
                  RecordsOf(invocation, {.kind = "person", .quiet = Quieted::kInclude}));
  bool any = false;
  for (const v1::EntrySummary& person : people) {
    const Content content = ContentOf(person);
    if (ChoiceOf(content, "quiet") != "quiet") continue;
    any = true;
    const std::string& name = TextOf(content, "alias");
    invocation.Tell(name);
    invocation.Emit(Line({{"id", person.id()}, {"kind", "person"}, {"name", name}, {"quiet", true}}));
  }
  for (const v1::EntrySummary& said : dates) {
    any = true;
    invocation.Tell(DayWords(said));
    invocation.Emit(Json(said, true));
  }
  if (!any && !invocation.json()) invocation.terminal.Say("Nobody and no date is quiet.");
  return {};
}

}  // namespace

void AddQuietCommands(CLI::App& app, Invocation& invocation) {
  CLI::App* quiet = app.add_subcommand("quiet", "Dates, and people you pinned, that stay out of sight until you ask");
  quiet->require_subcommand(1);
  quiet->footer("Examples:\n  kith quiet add 2024-03-14 --every-year\n  kith people quiet Ben\n  kith quiet list\n\n" +
                std::string(sentences::kAboutQuiet));
  auto on = std::make_shared<std::string>();
  auto days = std::make_shared<Days>(Days::kThatOne);
  CLI::App* add = quiet->add_subcommand("add", "Set a date quiet");
  add->add_option("DATE", *on, "Such as 2024-03-14")->required();
  add->add_flag_callback("--every-year", [days] { *days = Days::kEveryYear; }, "That day of every year");
  add->footer("Example:\n  kith quiet add 2024-03-14 --every-year");
  add->callback([&invocation, on, days] { invocation.result = Add(invocation, *on, *days); });

  auto which = std::make_shared<std::string>();
  CLI::App* remove = quiet->add_subcommand("remove", "Set a date quiet no more");
  remove->add_option("DATE", *which, "As `kith quiet list --json` shows it")->required();
  remove->footer("Example:\n  kith quiet remove 2024-03-14");
  remove->callback([&invocation, which] { invocation.result = Remove(invocation, *which); });

  CLI::App* list = quiet->add_subcommand("list", "Who and which dates are quiet");
  list->footer("Example:\n  kith quiet list");
  list->callback([&invocation] { invocation.result = List(invocation); });
}

}  // namespace kith
