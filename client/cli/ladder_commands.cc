// ladder: five rungs of opening up, one's own prompts for them, and what was tried on which rung.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "client/cli/display.h"
#include "client/cli/json_output.h"
#include "client/cli/record.h"
#include "client/cli/text_output.h"
#include "client/model/practice_words.h"

namespace kith {
namespace {

constexpr int32_t kRungs = 5;

// The rungs, each with one's own prompts. Where somebody stands on it is shown nowhere.
Result<void> ShowLadder(Invocation& invocation) {
  KITH_TRY_ASSIGN(std::vector<v1::EntrySummary> prompts, RecordsOf(invocation, {.kind = "prompt"}));
  std::ranges::reverse(prompts);
  if (invocation.json()) {
    for (const v1::EntrySummary& prompt : prompts) invocation.Emit(Json(prompt));
    return {};
  }
  const auto print_of = [&](int32_t depth) {
    for (const v1::EntrySummary& prompt : prompts) {
      const Content content = ContentOf(prompt);
      if (NumberOf(content, "depth").value_or(0) != depth) continue;
      invocation.terminal.Print("      " + invocation.terminal.Styled(ShortId(prompt.id()), Style::kDim) + "  " +
                                Harmless(TextOf(content, "prompt"), Lines::kOne) + "\n");
    }
  };
  for (int32_t depth = 1; depth <= kRungs; ++depth) {
    invocation.terminal.Print("  " + invocation.terminal.Styled(RungWords(depth), Style::kBold) + "\n");
    print_of(depth);
  }
  print_of(0);
  invocation.Tell(sentences::kLadder);
  return {};
}

void AddPrompts(CLI::App& ladder, Invocation& invocation) {
  auto words = std::make_shared<RecordOptions>("prompt");
  CLI::App* prompt = ladder.add_subcommand("prompt", "Keep a prompt of your own; there are none until you do");
  words->AddPositional(*prompt, "prompt", "PROMPT", "In your words");
  words->AddTo(*prompt, {"depth"});
  prompt->footer(
      "Example:\n  kith ladder prompt \"A song I liked at twelve\" --depth 2\n\n"
      "`kith ladder` shows them with their ids; `kith delete ID` takes one away.");
  prompt->callback([&invocation, words] {
    const Result<v1::EntrySummary> saved = Record(invocation, "prompt", *words);
    if (!saved) invocation.result = saved.error();
  });
  auto changed = std::make_shared<RecordOptions>("prompt");
  auto entry = std::make_shared<std::string>();
  CLI::App* change = ladder.add_subcommand("reword", "Other words for a prompt, or another rung");
  change->add_option("ENTRY", *entry, "The prompt's id or the beginning of it")->required();
  changed->AddTo(*change, {"prompt", "depth"});
  change->footer("Example:\n  kith ladder reword 3fa94c01 --depth 1");
  change->callback([&invocation, changed, entry] {
    const Result<v1::EntrySummary> saved = ChangeRecord(invocation, "prompt", *entry, *changed, {"prompt", "depth"});
    if (!saved) invocation.result = saved.error();
  });
}

}  // namespace

void AddLadderCommands(CLI::App& app, Invocation& invocation) {
  CLI::App* ladder = app.add_subcommand("ladder", "Five rungs of opening up, and your own prompts for them");
  ladder->require_subcommand(0, 1);
  ladder->footer(
      "Examples:\n  kith ladder\n  kith ladder add --depth 2 --ease 6\n"
      "  kith ladder prompt \"A song I liked at twelve\" --depth 2");
  ladder->callback([&invocation, ladder] {
    if (ladder->get_subcommands().empty()) invocation.result = ShowLadder(invocation);
  });
  auto rung = std::make_shared<RecordOptions>("ladder");
  auto entry = std::make_shared<std::string>();
  CLI::App* add = ladder->add_subcommand("add", "Note a rung you were on, and how easy it was");
  rung->AddTo(*add, {"depth", "prompt", "ease"});
  add->add_option("--entry", *entry, "The entry that you wrote there");
  add->footer("Example:\n  kith ladder add --depth 2 --ease 6 --entry 3fa94c01");
  add->callback([&invocation, rung, entry] {
    const Result<v1::EntrySummary> saved = Record(invocation, "ladder", *rung, {"depth", "ease"}, {"entry", *entry});
    if (!saved) invocation.result = saved.error();
  });
  CLI::App* list = ladder->add_subcommand("list", "Rungs you noted, newest first");
  list->footer("Example:\n  kith ladder list");
  list->callback([&invocation] { invocation.result = ListRecords(invocation, "ladder", 0, "No rungs here."); });
  AddPrompts(*ladder, invocation);
}

}  // namespace kith
