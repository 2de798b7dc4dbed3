// write, edit.
#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "client/cli/draft.h"
#include "client/cli/invocation.h"
#include "client/cli/json_output.h"
#include "client/cli/limits.h"
#include "client/cli/text_output.h"

namespace kith {
namespace {

struct WriteOptions {
  std::vector<std::string> words;
  std::string on, title, journal;
  std::vector<std::string> tags;
  bool starred = false;
  uint32_t depth = 0;
};

struct EditOptions {
  std::string entry;
  std::string text, title, on, journal;  // which were given is asked of the parser
  bool has_text = false, has_title = false, has_on = false, has_journal = false;
  std::optional<uint32_t> depth;
};

void TellSaved(Invocation& invocation, const v1::EntrySummary& entry, std::string_view what) {
  invocation.Tell(std::string(what) + " " + ShortId(entry.id()) + " of " + DayText(entry.date()) + ".");
  invocation.Emit(Json(entry));
}

// After an editor: the draft goes only once its words are in the vault.
template <class Save>
Result<v1::EntrySummary> SaveDraft(Invocation& invocation, Draft& draft, const Save& save) {
  Result<AgentClient*> agent = invocation.FreshAgent();
  Result<v1::EntrySummary> saved = agent ? save(**agent) : Result<v1::EntrySummary>(std::move(agent).error());
  if (saved) {
    draft.Discard();
    return saved;
  }
  Error error = std::move(saved).error();
  error.message += " Your draft is kept in memory until the next restart: " + draft.path() +
                   "; write it with: kith write < " + draft.path();
  return error;
}

Result<std::string> EditedText(Invocation& invocation, Draft& draft) {
  auto text = draft.Edit(invocation.terminal);
  Result<void> good;
  if (text) good = CheckUtf8(*text, "The draft");
  if (text && good) return text;
  Error error = text ? std::move(good).error() : std::move(text).error();
  error.message += " Your draft is kept in memory until the next restart: " + draft.path();
  return error;
}

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

v1::WriteRequest RequestFor(const WriteOptions& options, std::string text) {
  v1::WriteRequest request;
  request.set_text(std::move(text));
  request.set_title(options.title);
  request.set_on(options.on);
  request.set_zone(LocalZone());
  for (const std::string& tag : options.tags) request.add_tags(tag);
  request.set_journal(options.journal);
  request.set_starred(options.starred);
  request.set_depth(options.depth);
  return request;
}

// Before a person writes a word: the agent runs, there is a vault and it is open.
Result<AgentClient*> ReadyAgent(Invocation& invocation) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::StatusReply status, agent->Status());
  if (status.vault() == v1::StatusReply::NONE) {
    return Fail(Code::kNoVault, "There is no journal on this device yet. Begin with: kith init");
  }
  if (status.vault() == v1::StatusReply::LOCKED) KITH_TRY(invocation.Unlock(*agent));
  return agent;
}

Result<void> WriteInEditor(Invocation& invocation, const WriteOptions& options) {
  KITH_TRY(ReadyAgent(invocation));
  for (const std::string& left : Draft::Leftovers()) {
    invocation.terminal.Say("An earlier draft is still in memory: " + left);
  }
  KITH_TRY_ASSIGN(Draft draft, Draft::Create(""));
  KITH_TRY_ASSIGN(const std::string text, EditedText(invocation, draft));
  if (IsBlank(text)) {
    draft.Discard();
    invocation.Tell("Nothing was written.");
    return {};
  }
  const v1::WriteRequest request = RequestFor(options, text);
  KITH_TRY_ASSIGN(const v1::EntrySummary entry,
                  SaveDraft(invocation, draft, [&](AgentClient& agent) { return agent.Write(request); }));
  TellSaved(invocation, entry, "Written as");
  return {};
}

Result<std::string> GivenText(Invocation& invocation, const WriteOptions& options) {
  if (!options.words.empty() && options.words != std::vector<std::string>{"-"}) {
    WarnOfShellHistory(invocation);
    std::string text;
    for (const std::string& word : options.words) text += (text.empty() ? "" : " ") + word;
    return text;
  }
  KITH_TRY_ASSIGN(std::string text, invocation.terminal.ReadAll(kMaxInput));
  KITH_TRY(CheckUtf8(text, "The text"));
  return text;
}

Result<void> Write(Invocation& invocation, const WriteOptions& options) {
  if (options.words.empty() && invocation.terminal.in_is_terminal()) return WriteInEditor(invocation, options);
  KITH_TRY_ASSIGN(const std::string text, GivenText(invocation, options));
  if (IsBlank(text)) return Fail(Code::kInvalidArgument, "There is no text to write.");
  auto agent = invocation.Agent();
  if (!agent) return KeepText(std::move(agent).error(), text, "kith write -");
  auto entry = (*agent)->Write(RequestFor(options, text));
  if (!entry) return KeepText(std::move(entry).error(), text, "kith write -");
  TellSaved(invocation, *entry, "Written as");
  return {};
}

Result<void> SendEdit(Invocation& invocation, AgentClient& agent, const v1::EditRequest& request) {
  auto entry = agent.Edit(request);
  if (!entry && request.has_text())
    return KeepText(std::move(entry).error(), request.text(), "kith edit " + request.entry() + " --text -");
  if (!entry) return std::move(entry).error();
  TellSaved(invocation, *entry, "Changed");
  return {};
}

v1::EditRequest RequestFor(const EditOptions& options) {
  v1::EditRequest request;
  request.set_entry(options.entry);
  request.set_zone(LocalZone());
  if (options.has_title) request.set_title(options.title);
  if (options.has_on) request.set_on(options.on);
  if (options.has_journal) request.set_journal(options.journal);
  if (options.depth) request.set_depth(*options.depth);
  return request;
}

Result<void> EditInEditor(Invocation& invocation, const EditOptions& options) {
  KITH_TRY_ASSIGN(AgentClient* const reader, ReadyAgent(invocation));
  v1::EntryRequest wanted;
  wanted.set_entry(options.entry);
  KITH_TRY_ASSIGN(const v1::Entry entry, reader->Show(wanted));
  const std::string before = EditableText(entry);
  KITH_TRY_ASSIGN(Draft draft, Draft::Create(before));
  KITH_TRY_ASSIGN(const std::string text, EditedText(invocation, draft));
  if (text == before) {
    draft.Discard();
    invocation.Tell("Nothing was changed.");
    return {};
  }
  v1::EditRequest request = RequestFor(options);
  request.set_entry(entry.summary().id());
  request.set_text(text);
  for (const v1::Head& head : entry.heads()) request.add_heads(head.version());
  KITH_TRY_ASSIGN(const v1::EntrySummary changed,
                  SaveDraft(invocation, draft, [&](AgentClient& agent) { return agent.Edit(request); }));
  TellSaved(invocation, changed, "Changed");
  return {};
}

Result<void> Edit(Invocation& invocation, const EditOptions& options) {
  if (!options.has_text && !options.has_title && !options.has_on && !options.has_journal && !options.depth) {
    return EditInEditor(invocation, options);
  }
  v1::EditRequest request = RequestFor(options);
  if (options.has_text && options.text == "-") {
    KITH_TRY_ASSIGN(std::string text, invocation.terminal.ReadAll(kMaxInput));
    KITH_TRY(CheckUtf8(text, "The text"));
    request.set_text(std::move(text));
  } else if (options.has_text) {
    WarnOfShellHistory(invocation);
    request.set_text(options.text);
  }
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  return SendEdit(invocation, *agent, request);
}

}  // namespace

void AddWriteCommands(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<WriteOptions>();
  CLI::App* write = app.add_subcommand("write", "Write an entry: in your editor, from standard input, or as TEXT");
  write->add_option("TEXT", options->words, "The entry itself; an argument stays in the shell's history");
  write->add_option("--on", options->on, "The day it is about: 2026-11-23, \"2026-11-23 21:30\", today, yesterday")
      ->type_name("DATE");
  write->add_option("--title", options->title, "A title");
  write->add_option("--tag", options->tags, "A tag; may be repeated")->allow_extra_args(false);
  write->add_option("--journal", options->journal, "Which of your journals");
  write->add_flag("--star", options->starred, "Mark it");
  write
      ->add_option("--depth", options->depth, "How far in it lets a reader, 1 to 5; a friend's door is held against it")
      ->check(CLI::Range(1, 5))
      ->type_name("1..5");
  write->footer("Example:\n  kith write --tag garden --on yesterday < notes.txt");
  write->callback([&invocation, options] { invocation.result = Write(invocation, *options); });

  auto edits = std::make_shared<EditOptions>();
  CLI::App* edit = app.add_subcommand("edit", "Change an entry, in your editor or by options");
  edit->add_option("ENTRY", edits->entry, "Its id or the beginning of it")->required();
  const CLI::Option* text = edit->add_option("--text", edits->text, "The new text; - reads standard input");
  const CLI::Option* title = edit->add_option("--title", edits->title, "The new title; \"\" for none");
  const CLI::Option* on = edit->add_option("--on", edits->on, "The day it is about")->type_name("DATE");
  const CLI::Option* journal = edit->add_option("--journal", edits->journal, "Which of your journals");
  edit->add_option("--depth", edits->depth, "How far in it lets a reader, 1 to 5; 0 for none")
      ->check(CLI::Range(0, 5))
      ->type_name("0..5");
  edit->footer("Example:\n  kith edit 3fa94c01 --title \"A walk\"");
  edit->callback([&invocation, edits, text, title, on, journal] {
    edits->has_text = text->count() > 0;
    edits->has_title = title->count() > 0;
    edits->has_on = on->count() > 0;
    edits->has_journal = journal->count() > 0;
    invocation.result = Edit(invocation, *edits);
  });
}

}  // namespace kith
