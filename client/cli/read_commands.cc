// list, show, search, history.
#include <CLI/CLI.hpp>
#include <memory>

#include "client/cli/display.h"
#include "client/cli/invocation.h"
#include "client/cli/json_output.h"
#include "client/cli/text_output.h"

namespace kith {
namespace {

Result<void> List(Invocation& invocation, v1::ListRequest request) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  request.set_quiet(invocation.with_quiet());
  return agent->List(request, [&](const v1::EntrySummary& entry) -> Result<void> {
    invocation.terminal.Print(invocation.json() ? Json(entry) + "\n" : ListLine(entry, invocation.terminal));
    return {};
  });
}

Result<void> Show(Invocation& invocation, const std::string& id, Folds folds) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::EntryRequest request;
  request.set_entry(id);
  KITH_TRY_ASSIGN(const v1::Entry entry, agent->Show(request));
  invocation.terminal.Print(invocation.json() ? Json(entry) + "\n" : EntryPage(entry, folds, invocation.terminal));
  return {};
}

Result<void> Search(Invocation& invocation, v1::SearchRequest request) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  request.set_quiet(invocation.with_quiet());
  uint64_t found = 0;
  KITH_TRY(agent->Search(request, [&](const v1::SearchHit& hit) -> Result<void> {
    ++found;
    if (invocation.json()) {
      invocation.Emit(Json(hit));
      return {};
    }
    invocation.terminal.Print(ListLine(hit.summary(), invocation.terminal));
    const std::string snippet = Harmless(hit.snippet(), Lines::kOne);
    const size_t columns = invocation.terminal.columns();
    invocation.terminal.Print("    " + (columns > 4 ? Fit(snippet, columns - 4) : snippet) + "\n");
    return {};
  }));
  if (found == 0) invocation.terminal.Say("Nothing found.");
  return {};
}

Result<void> History(Invocation& invocation, const std::string& id) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::EntryRequest request;
  request.set_entry(id);
  KITH_TRY_ASSIGN(const v1::HistoryReply history, agent->History(request));
  for (const v1::HistoryVersion& version : history.versions()) {
    invocation.terminal.Print(invocation.json() ? Json(version) + "\n" : HistoryLine(version, invocation.terminal));
  }
  return {};
}

void AddList(CLI::App& app, Invocation& invocation) {
  auto request = std::make_shared<v1::ListRequest>();
  CLI::App* list = app.add_subcommand("list", "Entries, newest first; all of them without -n");
  list->add_option_function<uint32_t>(
          "-n", [request](uint32_t n) { request->set_limit(n); }, "At most so many")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  list->add_option_function<std::string>(
          "--from", [request](const std::string& day) { request->set_from(day); }, "From this day on")
      ->type_name("DATE");
  list->add_option_function<std::string>(
          "--to", [request](const std::string& day) { request->set_to(day); }, "Up to this day, included")
      ->type_name("DATE");
  list->add_option_function<std::vector<std::string>>(
          "--tag",
          [request](const std::vector<std::string>& tags) {
            for (const std::string& tag : tags) request->add_tags(tag);
          },
          "With this tag; may be repeated")
      ->allow_extra_args(false);
  list->add_option_function<std::string>(
      "--journal", [request](const std::string& j) { request->set_journal(j); }, "In this journal");
  list->add_option_function<std::vector<std::string>>(
          "--kind",
          [request](const std::vector<std::string>& kinds) {
            for (const std::string& kind : kinds) request->add_kinds(kind);
          },
          "Of this kind, such as entry, check, hunch; may be repeated")
      ->allow_extra_args(false);
  list->add_flag_callback("--starred", [request] { request->set_starred(true); }, "Only marked ones");
  list->add_flag_callback("--deleted", [request] { request->set_deleted(true); }, "Only deleted ones");
  list->add_flag_callback("--oldest-first", [request] { request->set_oldest_first(true); }, "The other way round");
  list->footer("Example:\n  kith list -n 20 --tag garden");
  list->callback([&invocation, request] { invocation.result = List(invocation, *request); });
}

}  // namespace

void AddReadCommands(CLI::App& app, Invocation& invocation) {
  AddList(app, invocation);

  auto shown = std::make_shared<std::string>();
  CLI::App* show = app.add_subcommand("show", "One entry");
  show->add_option("ENTRY", *shown, "Its id or the beginning of it")->required();
  auto folds = std::make_shared<Folds>(Folds::kLeaveOut);
  show->add_flag_callback("--unfold", [folds] { *folds = Folds::kInclude; }, "Harsh lines and letters too");
  show->footer("Example:\n  kith show 3fa94c01");
  show->callback([&invocation, shown, folds] { invocation.result = Show(invocation, *shown, *folds); });

  auto request = std::make_shared<v1::SearchRequest>();
  CLI::App* search = app.add_subcommand("search", "Entries that have all of the words");
  search
      ->add_option_function<std::vector<std::string>>(
          "WORDS",
          [request](const std::vector<std::string>& words) {
            for (const std::string& word : words) request->add_words(word);
          },
          "Anywhere in title, text or tags; upper and lower case are the same")
      ->required();
  search->add_option_function<uint32_t>(
            "-n", [request](uint32_t n) { request->set_limit(n); }, "At most so many")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  search->footer("Example:\n  kith search first frost");
  search->callback([&invocation, request] { invocation.result = Search(invocation, *request); });

  auto past = std::make_shared<std::string>();
  CLI::App* history = app.add_subcommand("history", "Every version of an entry, newest first");
  history->add_option("ENTRY", *past, "Its id or the beginning of it")->required();
  history->footer("Example:\n  kith history 3fa94c01");
  history->callback([&invocation, past] { invocation.result = History(invocation, *past); });
}

}  // namespace kith
