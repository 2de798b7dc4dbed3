#include "client/cli/record.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <ctime>

#include "client/cli/display.h"
#include "client/cli/json_output.h"
#include "client/cli/limits.h"
#include "client/cli/text_output.h"
#include "client/model/dates.h"
#include "client/model/practice_words.h"
#include "client/wire/practices.h"
#include "crypto/base/hex.h"

namespace kith {
namespace {

bool IsReference(const PracticeField& field) {
  return field.type == FieldType::kEntry || field.type == FieldType::kFriend;
}

std::string TypeName(const PracticeField& field) {
  switch (field.type) {
    case FieldType::kNumber:
      return std::to_string(field.min) + ".." + std::to_string(field.max);
    case FieldType::kChoice:
      return "WORD";
    case FieldType::kDay:
      return "DAY";
    case FieldType::kText:
    case FieldType::kList:
    case FieldType::kEntry:
    case FieldType::kFriend:
      return "TEXT";
  }
  return "TEXT";
}

// "the choices: a, b, or c"
std::string Choices(const PracticeField& field) {
  std::string out;
  for (size_t i = 0; i < field.choices.size(); ++i) {
    if (i > 0) out += i + 1 == field.choices.size() ? " or " : ", ";
    out += field.choices[i];
  }
  return out;
}

std::string About(const PracticeField& field, std::string_view kind) {
  if (field.type == FieldType::kChoice) return Choices(field);
  const std::string_view question = WordsFor(kind, field.name).question;
  return std::string(question.empty() ? WordsFor(kind, field.name).label : question);
}

std::string_view Trimmed(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r\n") + 1 - from);
}

Result<void> TakeNumber(Content& content, const PracticeField& field, std::string_view typed) {
  if (typed.starts_with('+')) typed.remove_prefix(1);
  int32_t number = 0;
  const auto [end, error] = std::from_chars(typed.data(), typed.data() + typed.size(), number);
  if (error != std::errc() || end != typed.data() + typed.size() || number < field.min || number > field.max) {
    return Fail(Code::kInvalidArgument,
                "Give a whole number from " + std::to_string(field.min) + " to " + std::to_string(field.max) + ".");
  }
  SetField(content, field.name, number);
  return {};
}

Result<void> TakeChoice(Content& content, const PracticeField& field, std::string_view typed) {
  std::string wanted;
  for (const char c : typed) {
    if (c == '\'') continue;  // can't tell
    wanted.push_back(c == ' ' || c == '_' ? '-' : static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c));
  }
  std::vector<std::string_view> fitting;
  for (const std::string_view choice : field.choices) {
    if (choice == wanted) fitting = {choice};
    if (choice == wanted) break;
    if (choice.starts_with(wanted)) fitting.push_back(choice);
  }
  if (fitting.size() != 1) return Fail(Code::kInvalidArgument, "Give one of: " + Choices(field) + ".");
  SetChoice(content, field.name, fitting.front());
  return {};
}

CivilDay Today() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  return {parts.tm_year + 1900, static_cast<uint8_t>(parts.tm_mon + 1), static_cast<uint8_t>(parts.tm_mday)};
}

Result<void> Refer(Invocation& invocation, Content& content, const Reference& refers) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::EntryRequest wanted;
  wanted.set_entry(refers.entry);
  KITH_TRY_ASSIGN(const v1::Entry shown, agent->Show(wanted));
  const auto id = FromHex(shown.summary().id());
  if (id) SetField(content, refers.field, ToString(*id));
  return {};
}

}  // namespace

Result<void> TakeTyped(Content& content, const PracticeField& field, std::string_view typed) {
  const std::string_view words = Trimmed(typed);
  switch (field.type) {
    case FieldType::kNumber:
      return TakeNumber(content, field, words);
    case FieldType::kChoice:
      return TakeChoice(content, field, words);
    case FieldType::kText:
      SetField(content, field.name, std::string(words));
      return {};
    case FieldType::kDay: {
      const Result<CivilTime> day = ParseTime(words, Today());
      if (!day) return Fail(Code::kInvalidArgument, "Give a day, such as 2026-11-23 or today.");
      SetField(content, field.name, FormatDay(day->day));
      return {};
    }
    case FieldType::kList: {
      std::vector<std::string> items = ListOf(content, field.name);
      if (!words.empty()) items.emplace_back(words);
      SetField(content, field.name, std::move(items));
      return {};
    }
    case FieldType::kEntry:
    case FieldType::kFriend:
      return Fail(Code::kInvalidArgument, "This field is not typed.");
  }
  return {};
}

void RecordOptions::AddTo(CLI::App& command, const std::vector<std::string_view>& fields) {
  for (const PracticeField& field : FindPractice(kind_)->fields) {
    if (IsReference(field)) continue;
    if (!fields.empty() && std::ranges::find(fields, field.name) == fields.end()) continue;
    std::string option = "--" + std::string(field.name);
    std::ranges::replace(option, '_', '-');
    command
        .add_option_function<std::vector<std::string>>(
            option, [this, name = field.name](const std::vector<std::string>& values) { given_[name] = values; },
            About(field, kind_))
        ->type_name(TypeName(field))
        ->allow_extra_args(false);
  }
  command.add_option("--on", on_, "The day it is about: 2026-11-23, \"2026-11-23 21:30\", today, yesterday")
      ->type_name("DATE");
  command.add_option("--note", note_, "Anything else, in your words; - reads standard input")->type_name("TEXT");
  command.add_option("--tag", tags_, "A tag; may be repeated")->allow_extra_args(false);
}

void RecordOptions::AddPositional(CLI::App& command, std::string_view field, const std::string& type_name,
                                  const std::string& description) {
  command.add_option_function<std::vector<std::string>>(
      type_name,
      [this, field](const std::vector<std::string>& words) {
        std::string joined;
        for (const std::string& word : words) joined += (joined.empty() ? "" : " ") + word;
        given_[field] = {joined};
      },
      description);
}

Result<Content> RecordOptions::Read(Invocation& invocation) const {
  Content content{.kind = std::string(kind_)};
  const PracticeKind& kind = *FindPractice(kind_);
  bool typed_words = false;
  const auto words = [&](const std::string& value) -> Result<std::string> {
    if (value == "-") return WordsFromInput(invocation, "What was read");
    typed_words = true;
    return value;
  };
  for (const auto& [name, values] : given_) {
    const PracticeField& field = *kind.Find(name);
    if (field.type != FieldType::kList && values.size() > 1) {
      return Fail(Code::kInvalidArgument, "--" + std::string(name) + " can be given once.");
    }
    for (const std::string& value : values) {
      const bool said = field.type == FieldType::kText || field.type == FieldType::kList;
      KITH_TRY_ASSIGN(const std::string text, said ? words(value) : Result<std::string>(value));
      KITH_TRY(TakeTyped(content, field, text));
    }
  }
  if (!note_.empty()) {
    KITH_TRY_ASSIGN(content.text, words(note_));
  }
  if (typed_words) WarnOfShellHistory(invocation);
  return content;
}

bool CanInterview(const Invocation& invocation) {
  return !invocation.json() && invocation.terminal.in_is_terminal() && Terminal::CanAsk();
}

// ---- Questions.

Result<void> Interview::Run(const std::vector<std::string_view>& only) {
  KITH_TRY(OfferDraft());
  invocation_.terminal.Say(
      "Enter skips a question, a full stop on its own ends them. What you have answered is kept if you stop.");
  for (const FieldWords& words : WordsFor(content_.kind).fields) {
    const PracticeField& field = *FindPractice(content_.kind)->Find(words.field);
    const bool wanted = only.empty() || std::ranges::find(only, words.field) != only.end();
    const bool said = content_.practice.fields.contains(field.number);
    if (!wanted || said || words.question.empty() || !IsAsked(content_, words.field)) continue;
    KITH_TRY_ASSIGN(const Next next, Ask(field));
    if (next == Next::kStop) break;
  }
  return {};
}

Result<Interview::Next> Interview::Ask(const PracticeField& field) {
  const FieldWords& words = WordsFor(content_.kind, field.name);
  std::string prompt(words.question);
  prompt += field.type == FieldType::kList ? " One a line, Enter when done.\n> " : "\n> ";
  for (;;) {
    bool answered = false;
    KITH_TRY_ASSIGN(const Next next, AskOnce(field, prompt, answered));
    if (next == Next::kStop || !answered) return next;
    if (field.type != FieldType::kList) return Next::kGoOn;
    prompt = "> ";
  }
}

// `answered`: something was taken.
Result<Interview::Next> Interview::AskOnce(const PracticeField& field, const std::string& prompt, bool& answered) {
  for (std::string shown = prompt;;) {
    Result<std::string> line = invocation_.terminal.AskLine(shown);
    if (!line && line.error().code == Code::kCancelled) return Stopped();
    if (!line) return std::move(line).error();
    const std::string_view typed = Trimmed(*line);
    if (typed.empty()) return Next::kGoOn;
    if (typed == ".") return Next::kStop;
    Content tried = content_;
    Result<void> taken = CheckUtf8(typed, "The answer");
    if (taken) taken = TakeTyped(tried, field, typed);
    if (taken) taken = CheckPractice(tried);
    if (taken) {
      content_ = std::move(tried);
      answered = true;
      KITH_TRY(Keep());
      return Next::kGoOn;
    }
    invocation_.terminal.Say(taken.error().message);
    shown = "> ";
  }
}

Error Interview::Stopped() const {
  if (draft_.empty()) return Fail(Code::kCancelled, "Stopped. Nothing was answered, so nothing is kept.");
  return Fail(Code::kCancelled,
              "Stopped. Your answers are kept as a draft on this device; the same command goes on with it.");
}

Result<void> Interview::Keep() {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation_.Agent());
  v1::DraftKeepRequest request;
  request.mutable_draft()->set_id(draft_);
  request.mutable_draft()->set_kind(content_.kind);
  request.mutable_draft()->set_text(content_.text);
  wire::WritePractice(content_, *request.mutable_draft()->mutable_practice());
  KITH_TRY_ASSIGN(const v1::Draft kept, agent->DraftKeep(request));
  draft_ = kept.id();
  return {};
}

Result<void> Interview::OfferDraft() {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation_.Agent());
  KITH_TRY_ASSIGN(const v1::DraftsReply reply, agent->Drafts());
  const auto kept = std::ranges::find(reply.drafts(), content_.kind, &v1::Draft::kind);
  if (kept == reply.drafts().end()) return {};
  KITH_TRY_ASSIGN(
      const Terminal::Answer answer,
      invocation_.terminal.AskYesNo("There is a draft from " + MomentText(kept->at()) + ". Go on with it?"));
  if (answer == Terminal::Answer::kNo) return {};
  Content draft{.kind = content_.kind, .text = kept->text()};
  KITH_TRY(wire::ReadPractice(kept->practice(), draft));
  draft.practice.fields.merge(content_.practice.fields);  // what the draft says stays
  content_ = std::move(draft);
  draft_ = kept->id();
  return {};
}

Result<void> Interview::Finish() {
  if (draft_.empty()) return {};
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation_.Agent());
  v1::DraftDropRequest request;
  request.set_id(draft_);
  KITH_TRY(agent->DraftDrop(request));
  draft_.clear();
  return {};
}

// ---- Records.

Result<Content> ContentOf(const v1::Entry& entry) {
  Content content{.kind = entry.summary().kind(), .title = entry.summary().title(), .text = entry.text()};
  if (FindPractice(content.kind) != nullptr) KITH_TRY(wire::ReadPractice(entry.practice(), content));
  return content;
}

Content ContentOf(const v1::EntrySummary& listed) {
  Content content{.kind = listed.kind(), .title = listed.title()};
  content.date.year = listed.date().year();
  content.date.month = static_cast<uint8_t>(listed.date().month());
  content.date.day = static_cast<uint8_t>(listed.date().day());
  // What the agent gives of its own vault is within its limits.
  if (FindPractice(content.kind) != nullptr && !wire::ReadPractice(listed.practice(), content)) content.practice = {};
  return content;
}

Result<v1::EntrySummary> SaveRecord(Invocation& invocation, const Content& content, const RecordOptions& options) {
  v1::WriteRequest request;
  request.set_kind(content.kind);
  request.set_text(content.text);
  request.set_on(options.on());
  request.set_zone(LocalZone());
  for (const std::string& tag : options.tags()) request.add_tags(tag);
  wire::WritePractice(content, *request.mutable_practice());
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::EntrySummary saved, agent->Write(request));
  invocation.Tell(std::string(WordsFor(content.kind).title) + " " + ShortId(saved.id()) + " of " +
                  DayText(saved.date()) + " is saved.");
  invocation.Emit(Json(saved));
  return saved;
}

Result<v1::EntrySummary> Record(Invocation& invocation, std::string_view kind, const RecordOptions& options,
                                const std::vector<std::string_view>& asked, const Reference& refers) {
  KITH_TRY_ASSIGN(Content content, options.Read(invocation));
  if (!refers.entry.empty()) KITH_TRY(Refer(invocation, content, refers));
  Interview interview(invocation, content);
  if (!options.any() && CanInterview(invocation)) {
    invocation.terminal.Say(WordsFor(kind).about);
    KITH_TRY(interview.Run(asked));
  }
  if (content.practice.fields.empty() && content.text.empty()) {
    return Fail(Code::kInvalidArgument, "Nothing was said, so nothing is saved. --help has an example.");
  }
  KITH_TRY_ASSIGN(v1::EntrySummary saved, SaveRecord(invocation, content, options));
  KITH_TRY(interview.Finish());
  return saved;
}

Result<v1::EntrySummary> ChangeRecord(Invocation& invocation, std::string_view kind, const std::string& entry,
                                      const RecordOptions& options, const std::vector<std::string_view>& asked) {
  KITH_TRY_ASSIGN(const Content given, options.Read(invocation));
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::EntryRequest wanted;
  wanted.set_entry(entry);
  KITH_TRY_ASSIGN(const v1::Entry shown, agent->Show(wanted));
  if (shown.summary().kind() != kind) {
    return Fail(Code::kInvalidArgument, "That entry is of another kind. `kith list` shows what each is.");
  }
  KITH_TRY_ASSIGN(Content before, ContentOf(shown));
  Content content = before;
  for (const auto& [number, value] : given.practice.fields) content.practice.fields.insert_or_assign(number, value);
  if (!given.text.empty()) content.text = given.text;
  Interview interview(invocation, content);
  if (!options.any() && CanInterview(invocation)) KITH_TRY(interview.Run(asked));
  if (content == before)
    return Fail(Code::kInvalidArgument, "Nothing was said, so nothing changed. --help has an example.");
  v1::EditRequest request;
  request.set_entry(shown.summary().id());
  for (const v1::Head& head : shown.heads()) request.add_heads(head.version());
  if (content.text != before.text) request.set_text(content.text);
  if (!options.on().empty()) request.set_on(options.on());
  request.set_zone(LocalZone());
  for (const std::string& tag : options.tags()) request.add_add_tags(tag);
  wire::WritePractice(content, *request.mutable_practice());
  KITH_TRY_ASSIGN(v1::EntrySummary changed, agent->Edit(request));
  KITH_TRY(interview.Finish());
  invocation.Tell(std::string(WordsFor(kind).title) + " " + ShortId(changed.id()) + " is saved.");
  invocation.Emit(Json(changed));
  return changed;
}

Result<std::vector<v1::EntrySummary>> RecordsOf(Invocation& invocation, const RecordsWanted& wanted) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::ListRequest request;
  request.add_kinds(std::string(wanted.kind));
  request.set_practices(true);
  request.set_quiet(wanted.quiet.value_or(invocation.quieted) == Quieted::kInclude);
  std::vector<v1::EntrySummary> records;
  KITH_TRY(agent->List(request, [&](const v1::EntrySummary& entry) -> Result<void> {
    records.push_back(entry);
    return {};
  }));
  return records;
}

Result<void> ListRecords(Invocation& invocation, std::string_view kind, uint32_t limit, std::string_view none,
                         const std::function<bool(const Content&)>& shows) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::ListRequest request;
  request.add_kinds(std::string(kind));
  request.set_practices(true);
  request.set_quiet(invocation.with_quiet());
  uint32_t found = 0;
  KITH_TRY(agent->List(request, [&](const v1::EntrySummary& entry) -> Result<void> {
    if (limit != 0 && found == limit) return {};
    if (shows && !shows(ContentOf(entry))) return {};
    ++found;
    invocation.terminal.Print(invocation.json() ? Json(entry) + "\n" : ListLine(entry, invocation.terminal));
    return {};
  }));
  if (found == 0 && !invocation.json()) invocation.terminal.Say(none);
  return {};
}

}  // namespace kith
