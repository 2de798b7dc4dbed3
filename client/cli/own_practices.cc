// hunch, kindly, thought, company, lonely, tryout, grace, helpers, ground: records of one's own.
#include <CLI/CLI.hpp>
#include <memory>

#include "client/cli/display.h"
#include "client/cli/json_output.h"
#include "client/cli/record.h"
#include "client/cli/text_output.h"
#include "client/model/practice_words.h"

namespace kith {
namespace {

using Fields = std::vector<std::string_view>;

Result<void> Done(const Result<v1::EntrySummary>& saved) {
  if (!saved) return saved.error();
  return {};
}

// A command that writes one record: with its options, or by asking.
std::shared_ptr<RecordOptions> AddWriter(CLI::App& command, Invocation& invocation, std::string_view kind,
                                         const Fields& fields, const std::string& example) {
  auto options = std::make_shared<RecordOptions>(kind);
  options->AddTo(command, fields);
  command.footer(example);
  command.callback([&invocation, &command, options, kind, fields] {
    if (!command.get_subcommands().empty()) return;
    invocation.result = Done(Record(invocation, kind, *options, fields));
  });
  return options;
}

// A command that adds answers to a record that is there.
std::shared_ptr<RecordOptions> AddChanger(CLI::App& command, Invocation& invocation, std::string_view kind,
                                          const Fields& fields, const std::string& example) {
  auto options = std::make_shared<RecordOptions>(kind);
  auto entry = std::make_shared<std::string>();
  command.add_option("ENTRY", *entry, "Its id or the beginning of it")->required();
  options->AddTo(command, fields);
  command.footer(example);
  command.callback([&invocation, options, entry, kind, fields] {
    invocation.result = Done(ChangeRecord(invocation, kind, *entry, *options, fields));
  });
  return options;
}

CLI::App* AddList(CLI::App& command, Invocation& invocation, std::string_view kind, const std::string& about,
                  const std::string& none, const std::string& example) {
  CLI::App* list = command.add_subcommand("list", about);
  auto limit = std::make_shared<uint32_t>(0);
  list->add_option("-n", *limit, "At most so many")->type_name("N")->check(CLI::PositiveNumber);
  list->footer(example);
  list->callback([&invocation, limit, kind, none] { invocation.result = ListRecords(invocation, kind, *limit, none); });
  return list;
}

void AddHunch(CLI::App& app, Invocation& invocation) {
  CLI::App* hunch = app.add_subcommand("hunch", "A worry before reaching out; later, what happened");
  hunch->require_subcommand(1);
  hunch->footer("Examples:\n  kith hunch add\n  kith hunch close 3fa94c01 not");
  CLI::App* add = hunch->add_subcommand("add", "Write a worry down");
  const auto options = AddWriter(*add, invocation, "hunch", {"worry", "likely"},
                                 "Example:\n  kith hunch add --worry \"She is tired of me\" --likely 7");
  CLI::App* close = hunch->add_subcommand("close", "Say what came of one");
  const auto closing = AddChanger(*close, invocation, "hunch", {"outcome", "after"},
                                  "Examples:\n  kith hunch close 3fa94c01 happened\n"
                                  "  kith hunch close 3fa94c01 not --after \"She rang twice\"");
  closing->AddPositional(*close, "outcome", "OUTCOME", "happened, partly, not, or unknown");
  CLI::App* list = hunch->add_subcommand("list", "All of them, newest first; shown only when you ask");
  auto open = std::make_shared<bool>(false);
  list->add_flag("--open", *open, "Those without an outcome");
  list->footer("Example:\n  kith hunch list --open");
  list->callback([&invocation, open] {
    invocation.result = ListRecords(invocation, "hunch", 0, "No hunches here.", [open](const Content& content) {
      return !*open || ChoiceOf(content, "outcome").empty();
    });
  });
}

void AddThought(CLI::App& app, Invocation& invocation) {
  CLI::App* thought = app.add_subcommand("thought", "A thought check: three questions, each can be skipped");
  auto options = std::make_shared<RecordOptions>("thought");
  options->AddTo(*thought);
  thought->footer(
      "Examples:\n  kith thought\n  kith thought --thought \"Nobody misses me\" --against \"Two calls on Sunday\"\n"
      "  kith thought list");
  AddList(*thought, invocation, "thought", "Thought checks, newest first", "No thought checks yet.",
          "Example:\n  kith thought list -n 5");
  thought->callback([&invocation, thought, options] {
    if (!thought->get_subcommands().empty()) return;
    const Result<v1::EntrySummary> saved = Record(invocation, "thought", *options);
    invocation.result = Done(saved);
    if (!saved) return;
    const Content content = ContentOf(*saved);
    if (!TextOf(content, "chance").empty()) invocation.Tell(sentences::kThoughtHunch);
  });
}

void AddTryOut(CLI::App& app, Invocation& invocation) {
  CLI::App* tryout = app.add_subcommand("tryout", "Something tried for a limited time, with a line to leave by");
  tryout->require_subcommand(1);
  tryout->footer("Examples:\n  kith tryout add --type class --leave-after 60\n  kith tryout close 3fa94c01 left");
  CLI::App* add = tryout->add_subcommand("add", "Plan one");
  AddWriter(*add, invocation, "tryout", {"type", "leave_after", "exit_line", "expect"},
            "Example:\n  kith tryout add --type club --leave-after 60 --exit-line \"I have an early day\" --expect 3");
  CLI::App* close = tryout->add_subcommand("close", "Say how it went; staying, leaving and skipping count the same");
  const auto closing = AddChanger(*close, invocation, "tryout", {"result", "actual"},
                                  "Example:\n  kith tryout close 3fa94c01 left --actual 6");
  closing->AddPositional(*close, "result", "RESULT", "stayed, left, or skipped");
  AddList(*tryout, invocation, "tryout", "Try-outs, newest first", "No try-outs yet.", "Example:\n  kith tryout list");
}

// ---- Grace.

Result<void> OpenLetters(Invocation& invocation, const std::string& wanted) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::ListRequest request;
  request.add_kinds("grace");
  request.set_practices(true);
  request.set_quiet(true);  // to open one is to ask for it
  std::vector<v1::EntrySummary> letters;
  KITH_TRY(agent->List(request, [&](const v1::EntrySummary& entry) -> Result<void> {
    if (TextOf(ContentOf(entry), "letter").empty()) return {};
    if (wanted.empty() || entry.id().starts_with(wanted)) letters.push_back(entry);
    return {};
  }));
  if (letters.empty()) return Fail(Code::kNotFound, "There is no such letter. Write one with: kith grace letter");
  if (letters.size() > 1) {
    for (const v1::EntrySummary& entry : letters) {
      invocation.terminal.Print(invocation.json() ? Json(entry) + "\n" : ListLine(entry, invocation.terminal));
    }
    invocation.Tell("Open one with: kith grace open ID");
    return {};
  }
  if (invocation.json()) {
    invocation.Emit(Json(letters.front()));
  } else {
    invocation.terminal.Print(Harmless(TextOf(ContentOf(letters.front()), "letter"), Lines::kMany) + "\n");
  }
  return {};
}

void AddGrace(CLI::App& app, Invocation& invocation) {
  CLI::App* grace = app.add_subcommand("grace", "What kind of day it is, and a letter for a harder one");
  auto options = std::make_shared<RecordOptions>("grace");
  options->AddPositional(*grace, "daystate", "DAY", "ready, between, or retreating");
  options->AddTo(*grace, {"daystate"});
  grace->footer("Examples:\n  kith grace between\n  kith grace letter\n  kith grace open");
  CLI::App* letter = grace->add_subcommand("letter", "Write a letter for a harder day");
  AddWriter(*letter, invocation, "grace", {"letter", "open_when"},
            "Example:\n  kith grace letter --letter - --open-when \"when I hide\" < letter.txt");
  CLI::App* open = grace->add_subcommand("open", "Read a letter; nothing else shows one");
  auto wanted = std::make_shared<std::string>();
  open->add_option("ENTRY", *wanted, "Its id or the beginning of it; without it the only one, or their list");
  open->footer("Example:\n  kith grace open");
  open->callback([&invocation, wanted] { invocation.result = OpenLetters(invocation, *wanted); });
  AddList(*grace, invocation, "grace", "Days and letters, newest first", "Nothing here yet.",
          "Example:\n  kith grace list");
  grace->callback([&invocation, grace, options] {
    if (grace->get_subcommands().empty()) {
      invocation.result = Done(Record(invocation, "grace", *options, {"daystate"}));
    }
  });
}

// ---- Helpers.

void AddHelpers(CLI::App& app, Invocation& invocation) {
  CLI::App* helpers = app.add_subcommand("helpers", "Your own shelf: therapist, doctor, line, group, podcast, book");
  helpers->footer(
      "Examples:\n  kith helpers\n  kith helpers add --name \"Dr. Wells\" --type doctor\n"
      "  kith helpers change 3fa94c01 --stage paused");
  CLI::App* add = helpers->add_subcommand("add", "Put one on the shelf");
  AddWriter(*add, invocation, "helper", {"name", "type", "stage", "questions", "date"},
            "Example:\n  kith helpers add --name \"Open group\" --type group --stage curious");
  CLI::App* change =
      helpers->add_subcommand("change", "Another stage, day or question; pausing is a stage like others");
  AddChanger(*change, invocation, "helper", {"name", "type", "stage", "questions", "date"},
             "Example:\n  kith helpers change 3fa94c01 --stage booked --date 2026-12-01");
  helpers->callback([&invocation, helpers] {
    if (helpers->get_subcommands().empty()) {
      invocation.result =
          ListRecords(invocation, "helper", 0, "The shelf is empty. Put one there with: kith helpers add");
    }
  });
}

void AddSimple(CLI::App& app, Invocation& invocation, std::string_view kind, const std::string& name,
               const std::string& about, const std::string& none, const std::string& example) {
  CLI::App* command = app.add_subcommand(name, about);
  AddList(*command, invocation, kind, "All of them, newest first", none, "Example:\n  kith " + name + " list");
  AddWriter(*command, invocation, kind, {}, example);
}

void AddGround(CLI::App& app, Invocation& invocation) {
  CLI::App* ground = app.add_subcommand("ground", "A card to come back to yourself; nothing is kept");
  ground->footer("Example:\n  kith ground");
  ground->callback([&invocation] {
    if (invocation.json()) {
      invocation.Emit(Json({{"card", std::string(sentences::kGround)}}));
    } else {
      invocation.terminal.Print(sentences::kGround);
    }
  });
}

}  // namespace

void AddOwnPracticeCommands(CLI::App& app, Invocation& invocation) {
  AddHunch(app, invocation);
  AddSimple(app, invocation, "kindly", "kindly", "A harsh line, and a reply as to a friend", "Nothing here yet.",
            "Examples:\n  kith kindly\n  kith kindly --line \"I ruin everything\" --reply \"You were tired\"\n"
            "  kith kindly --line - < line.txt");
  AddThought(app, invocation);
  AddSimple(app, invocation, "company", "company", "Contact or rest, and what it cost or gave", "Nothing here yet.",
            "Examples:\n  kith company --type call --minutes 20 --before -1 --after 1\n  kith company --type rest");
  AddSimple(app, invocation, "lonely", "lonely", "One direct question, at most once in two weeks", "No answer yet.",
            "Examples:\n  kith lonely\n  kith lonely --lonely 6");
  AddTryOut(app, invocation);
  AddGrace(app, invocation);
  AddHelpers(app, invocation);
  AddGround(app, invocation);
}

}  // namespace kith
