// check, drafts.
#include <CLI/CLI.hpp>
#include <memory>

#include "client/cli/display.h"
#include "client/cli/json_output.h"
#include "client/cli/record.h"
#include "client/cli/text_output.h"
#include "client/model/practice_words.h"
#include "client/wire/practices.h"
#include "crypto/base/hex.h"

namespace kith {
namespace {

constexpr size_t kShortestDraftId = 4;

void AddCheck(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<RecordOptions>("check");
  CLI::App* check = app.add_subcommand("check", "A check-in: how it is right now");
  options->AddPositional(*check, "state", "STATE", "feeling, numb, mixed, or cant-tell");
  options->AddTo(*check, {"valence", "energy", "body"});
  check->footer("Examples:\n  kith check numb\n  kith check mixed --energy 3 --body shoulders\n  kith check list");
  CLI::App* list = check->add_subcommand("list", "Check-ins, newest first");
  auto limit = std::make_shared<uint32_t>(0);
  list->add_option("-n", *limit, "At most so many")->type_name("N")->check(CLI::PositiveNumber);
  list->footer("Example:\n  kith check list -n 14");
  list->callback(
      [&invocation, limit] { invocation.result = ListRecords(invocation, "check", *limit, "No check-ins yet."); });
  check->callback([&invocation, options, check] {
    if (!check->get_subcommands().empty()) return;
    const Result<v1::EntrySummary> saved = Record(invocation, "check", *options);
    if (!saved) invocation.result = saved.error();
  });
}

// ---- Drafts.

std::string DraftLine(const v1::Draft& draft, const Terminal& terminal) {
  Content content{.kind = draft.kind(), .text = draft.text()};
  if (FindPractice(draft.kind()) != nullptr && !wire::ReadPractice(draft.practice(), content)) content.practice = {};
  const std::string title =
      FindPractice(draft.kind()) == nullptr ? draft.kind() : std::string(WordsFor(draft.kind()).title);
  return MomentText(draft.at()) + "  " + terminal.Styled(ShortId(Hex(AsBytes(draft.id()))), Style::kDim) + "  " +
         Harmless(title + ": " + PracticeLine(content), Lines::kOne) + "\n";
}

Result<void> ListDrafts(Invocation& invocation) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::DraftsReply reply, agent->Drafts());
  for (const v1::Draft& draft : reply.drafts()) {
    invocation.terminal.Print(invocation.json() ? Json(draft) + "\n" : DraftLine(draft, invocation.terminal));
  }
  if (reply.drafts().empty()) {
    if (!invocation.json()) invocation.terminal.Say("No drafts.");
  } else {
    invocation.Tell("The command of the same name goes on with one. Drafts stay on this device.");
  }
  return {};
}

Result<void> DropDraft(Invocation& invocation, const std::string& digits) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::DraftsReply reply, agent->Drafts());
  const v1::Draft* found = nullptr;
  for (const v1::Draft& draft : reply.drafts()) {
    if (digits.size() < kShortestDraftId || !Hex(AsBytes(draft.id())).starts_with(digits)) continue;
    if (found != nullptr) return Fail(Code::kAmbiguous, "More than one draft's id begins so. Give more digits.");
    found = &draft;
  }
  if (found == nullptr) return Fail(Code::kNotFound, "There is no such draft. `kith drafts` lists them.");
  v1::DraftDropRequest request;
  request.set_id(found->id());
  KITH_TRY(agent->DraftDrop(request));
  invocation.Tell("The draft is gone.");
  return {};
}

void AddDrafts(CLI::App& app, Invocation& invocation) {
  CLI::App* drafts = app.add_subcommand("drafts", "Answers that were given and not saved yet");
  drafts->footer("Examples:\n  kith drafts\n  kith drafts drop 3fa94c01");
  auto digits = std::make_shared<std::string>();
  CLI::App* drop = drafts->add_subcommand("drop", "Forget a draft");
  drop->add_option("DRAFT", *digits, "The beginning of its id")->required();
  drop->footer("Example:\n  kith drafts drop 3fa94c01");
  drop->callback([&invocation, digits] { invocation.result = DropDraft(invocation, *digits); });
  drafts->callback([&invocation, drafts] {
    if (drafts->get_subcommands().empty()) invocation.result = ListDrafts(invocation);
  });
}

}  // namespace

void AddPracticeCommands(CLI::App& app, Invocation& invocation) {
  AddCheck(app, invocation);
  AddDrafts(app, invocation);
}

}  // namespace kith
