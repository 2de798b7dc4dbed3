// people, trust, reach, today, support, loop: records that name somebody, or another record.
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

constexpr uint32_t kPinsUnasked = 2;

Result<void> Done(const Result<v1::EntrySummary>& saved) {
  if (!saved) return saved.error();
  return {};
}

Result<v1::FindPersonReply> FindPerson(Invocation& invocation, const std::string& name) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::FindPersonRequest request;
  request.set_name(name);
  return agent->FindPerson(request);
}

// Writes a record about somebody: by options, or by asking `asked`. `person`: the field that names who is pinned.
Result<v1::EntrySummary> RecordAbout(Invocation& invocation, std::string_view kind, const std::string& name,
                                     const RecordOptions& options, const std::vector<std::string_view>& asked) {
  KITH_TRY_ASSIGN(const v1::FindPersonReply who, FindPerson(invocation, name));
  KITH_TRY_ASSIGN(Content content, options.Read(invocation));
  Interview interview(invocation, content);
  if (!options.any() && CanInterview(invocation)) {
    invocation.terminal.Say(WordsFor(kind).about);
    KITH_TRY(interview.Run(asked));
  }
  if (content.practice.fields.empty() && content.text.empty()) {
    return Fail(Code::kInvalidArgument, "Nothing was said, so nothing is saved. --help has an example.");
  }
  if (who.entry().empty() && kind != "trust") {
    return Fail(Code::kNotFound, "They are not pinned yet. Pin them with: kith people pin NAME");
  }
  SetField(content, "person", who.entry());
  if (kind == "trust") SetField(content, "friend", who.friend_());
  KITH_TRY_ASSIGN(v1::EntrySummary saved, SaveRecord(invocation, content, options));
  KITH_TRY(interview.Finish());
  return saved;
}

CLI::App* AddList(CLI::App& command, Invocation& invocation, std::string_view kind, const std::string& about,
                  const std::string& none, const std::string& example) {
  CLI::App* list = command.add_subcommand("list", about);
  list->footer("Example:\n  " + example);
  list->callback([&invocation, kind, none] { invocation.result = ListRecords(invocation, kind, 0, none); });
  return list;
}

// ---- People.

struct PinOptions {
  PinOptions() : record("person") {}
  RecordOptions record;
  std::string name, friend_name;
  Consent consent = Consent::kAsk;
};

Result<void> Pin(Invocation& invocation, const PinOptions& options) {
  KITH_TRY_ASSIGN(const std::vector<v1::EntrySummary> people,
                  RecordsOf(invocation, {.kind = "person", .quiet = Quieted::kInclude}));
  if (people.size() == kPinsUnasked) {
    KITH_TRY(Confirm(invocation, options.consent, "Two are pinned already. Pin one more?", "Nobody was pinned."));
  }
  KITH_TRY_ASSIGN(Content content, options.record.Read(invocation));
  SetField(content, "alias", options.name);
  if (!options.friend_name.empty()) {
    KITH_TRY_ASSIGN(const v1::FindPersonReply who, FindPerson(invocation, options.friend_name));
    if (who.friend_().empty()) {
      return Fail(Code::kNotFound, "There is no friend of that name here. `kith friend list` shows them.");
    }
    SetField(content, "friend", who.friend_());
  }
  Interview interview(invocation, content);
  if (!options.record.any() && CanInterview(invocation)) KITH_TRY(interview.Run({"type", "ring"}));
  KITH_TRY(Done(SaveRecord(invocation, content, options.record)));
  return interview.Finish();
}

enum class Hush : uint8_t { kBegin, kEnd };

Result<void> SetQuiet(Invocation& invocation, const std::string& name, Hush hush) {
  KITH_TRY_ASSIGN(const v1::FindPersonReply who, FindPerson(invocation, name));
  if (who.entry().empty()) {
    return Fail(Code::kNotFound, "They are not pinned yet. Pin them with: kith people pin NAME");
  }
  const bool begin = hush == Hush::kBegin;
  Content content{.kind = "person"};
  SetChoice(content, "quiet", begin ? "quiet" : "heard");
  v1::EditRequest request;
  request.set_entry(Hex(AsBytes(who.entry())));
  wire::WritePractice(content, *request.mutable_practice());
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::EntrySummary saved, agent->Edit(request));
  invocation.Tell(who.name() + " " + std::string(begin ? sentences::kIsQuiet : sentences::kIsNotQuiet));
  invocation.Emit(Json(saved));
  return {};
}

void AddPeopleQuiet(CLI::App& people, Invocation& invocation) {
  auto name = std::make_shared<std::string>();
  auto hush = std::make_shared<Hush>(Hush::kBegin);
  CLI::App* quiet = people.add_subcommand("quiet", "Keep somebody out of sight until you ask");
  quiet->add_option("NAME", *name, "Whom you pinned")->required();
  quiet->add_flag_callback("--undo", [hush] { *hush = Hush::kEnd; }, "No longer");
  quiet->footer("Examples:\n  kith people quiet Ben\n  kith people quiet Ben --undo\n\n" +
                std::string(sentences::kAboutQuiet));
  quiet->callback([&invocation, name, hush] { invocation.result = SetQuiet(invocation, *name, *hush); });
}

void AddPeople(CLI::App& app, Invocation& invocation) {
  CLI::App* people = app.add_subcommand("people", "One or two people you pinned, and small steps with them");
  people->require_subcommand(1);
  people->footer("Examples:\n  kith people pin Anna --type friend --ring safe\n  kith people list");
  auto pin = std::make_shared<PinOptions>();
  CLI::App* add = people->add_subcommand("pin", "Pin somebody; nobody is ever suggested");
  add->add_option("NAME", pin->name, "What you call them here")->required();
  add->add_option("--friend", pin->friend_name, "If they are a friend in Kith: your name for them there");
  pin->record.AddTo(*add, {"type", "ring"});
  add->add_flag_callback("--yes", [pin] { pin->consent = Consent::kGiven; }, "Without asking about a third one");
  add->footer("Example:\n  kith people pin Anna --type friend --ring safe --friend Anna");
  add->callback([&invocation, pin] { invocation.result = Pin(invocation, *pin); });

  auto name = std::make_shared<std::string>();
  auto step = std::make_shared<RecordOptions>("step");
  CLI::App* add_step = people->add_subcommand("step", "A small step with one of them");
  add_step->add_option("NAME", *name, "Whom you pinned")->required();
  step->AddTo(*add_step, {"step", "size", "state"});
  add_step->footer("Example:\n  kith people step Anna --step \"Send the photograph\" --size 1 --state idea");
  add_step->callback([&invocation, name, step] {
    invocation.result = Done(RecordAbout(invocation, "step", *name, *step, {"step", "size"}));
  });
  auto entry = std::make_shared<std::string>();
  auto state = std::make_shared<RecordOptions>("step");
  CLI::App* done = people->add_subcommand("mark", "Mark a step: done, idea, or notnow");
  done->add_option("ENTRY", *entry, "The step's id or the beginning of it")->required();
  state->AddTo(*done, {"state"});
  done->footer("Example:\n  kith people mark 3fa94c01 --state done");
  done->callback([&invocation, entry, state] {
    invocation.result = Done(ChangeRecord(invocation, "step", *entry, *state, {"state"}));
  });
  AddPeopleQuiet(*people, invocation);
  AddList(*people, invocation, "person", "Who is pinned", "Nobody is pinned.", "kith people list");
  CLI::App* steps = people->add_subcommand("steps", "Small steps, newest first");
  auto done_only = std::make_shared<bool>(false);
  steps->add_flag("--done", *done_only, "Those that are done");
  steps->footer("Example:\n  kith people steps --done");
  steps->callback([&invocation, done_only] {
    invocation.result = ListRecords(invocation, "step", 0, "No steps here.", [done_only](const Content& content) {
      return !*done_only || ChoiceOf(content, "state") == "done";
    });
  });
}

void AddTrust(CLI::App& app, Invocation& invocation) {
  CLI::App* trust = app.add_subcommand("trust", "What somebody did, and how far their door is open; never shared");
  trust->require_subcommand(1);
  trust->footer("Examples:\n  kith trust note Anna --signal kept\n  kith trust door Anna 3");
  auto name = std::make_shared<std::string>();
  auto note = std::make_shared<RecordOptions>("trust");
  CLI::App* add = trust->add_subcommand("note", "Note what somebody did");
  add->add_option("NAME", *name, "Whom you pinned, or a friend")->required();
  note->AddTo(*add, {"signal"});
  add->footer("Example:\n  kith trust note Anna --signal kept --note \"Kept it to herself\"");
  add->callback([&invocation, name, note] {
    invocation.result = Done(RecordAbout(invocation, "trust", *name, *note, {"signal"}));
  });
  auto whose = std::make_shared<std::string>();
  auto open = std::make_shared<RecordOptions>("trust");
  CLI::App* door = trust->add_subcommand("door", "Say how deep what you share with them may go");
  door->add_option("NAME", *whose, "Whom you pinned, or a friend")->required();
  open->AddPositional(*door, "door", "DEPTH", "0 (closed) to 5");
  open->AddTo(*door, {"signal"});
  door->footer("Example:\n  kith trust door Anna 2");
  door->callback([&invocation, whose, open] {
    invocation.result = Done(RecordAbout(invocation, "trust", *whose, *open, {"door"}));
  });
  AddList(*trust, invocation, "trust", "Dated marks, newest first", "No notes here.", "kith trust list");
}

// ---- Reaching out.

Result<void> ShowReach(Invocation& invocation) {
  KITH_TRY(ListRecords(invocation, "reach", 0, "No message is drafted yet. Write one with: kith reach draft NAME"));
  return ListRecords(invocation, "support", 0, sentences::kSupportEmpty);
}

Result<void> SendReach(Invocation& invocation, const std::string& entry, const std::string& friend_name) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::ShareRequest request;
  request.set_entry(entry);
  request.set_friend_(friend_name);
  request.set_part("draft");
  KITH_TRY_ASSIGN(const v1::ShareReply reply, agent->Share(request));
  invocation.Tell("Held for " + reply.friend_() + " until " + MomentText(reply.leaves()) +
                  "; it can be taken back until then: kith outbox cancel " + std::to_string(reply.held()));
  invocation.Emit(Json(reply));
  return {};
}

void AddReach(CLI::App& app, Invocation& invocation) {
  CLI::App* reach = app.add_subcommand("reach", "A message drafted on an easier day; nothing sends itself");
  reach->require_subcommand(1);
  reach->footer("Examples:\n  kith reach draft Anna\n  kith reach show\n  kith reach send 3fa94c01 Anna");
  auto name = std::make_shared<std::string>();
  auto options = std::make_shared<RecordOptions>("reach");
  CLI::App* draft = reach->add_subcommand("draft", "Write one");
  draft->add_option("NAME", *name, "Whom you pinned")->required();
  options->AddTo(*draft, {"draft"});
  draft->footer("Example:\n  kith reach draft Anna --draft - < message.txt");
  draft->callback([&invocation, name, options] {
    invocation.result = Done(RecordAbout(invocation, "reach", *name, *options, {"draft"}));
  });
  CLI::App* show = reach->add_subcommand("show", "The drafts, beside your support list");
  show->footer("Example:\n  kith reach show");
  show->callback([&invocation] { invocation.result = ShowReach(invocation); });
  auto entry = std::make_shared<std::string>();
  auto whom = std::make_shared<std::string>();
  CLI::App* send = reach->add_subcommand("send", "Share one with a friend, after the usual hold");
  send->add_option("ENTRY", *entry, "The draft's id or the beginning of it")->required();
  send->add_option("FRIEND", *whom, "Your name for them")->required();
  send->footer("Example:\n  kith reach send 3fa94c01 Anna");
  send->callback([&invocation, entry, whom] { invocation.result = SendReach(invocation, *entry, *whom); });
}

// ---- Today: within reach.

Result<void> ShowToday(Invocation& invocation) {
  KITH_TRY_ASSIGN(const std::vector<v1::EntrySummary> chosen,
                  RecordsOf(invocation, {.kind = "today", .quiet = Quieted::kInclude}));
  // Not an older one in the place of one that is quiet.
  const bool quiet = !chosen.empty() && chosen.front().quiet() && !invocation.with_quiet();
  if (chosen.empty() || quiet || ChoiceOf(ContentOf(chosen.front()), "card") == "hidden") {
    invocation.Tell("Nothing is chosen. If you like: kith today choose NAME --step STEP");
    return {};
  }
  invocation.terminal.Print(invocation.json() ? Json(chosen.front()) + "\n"
                                              : ListLine(chosen.front(), invocation.terminal));
  return {};
}

Result<void> HideToday(Invocation& invocation) {
  KITH_TRY_ASSIGN(const std::vector<v1::EntrySummary> chosen,
                  RecordsOf(invocation, {.kind = "today", .quiet = Quieted::kInclude}));
  if (chosen.empty()) return ShowToday(invocation);
  Content content{.kind = "today"};
  SetChoice(content, "card", "hidden");
  v1::EditRequest request;
  request.set_entry(chosen.front().id());
  wire::WritePractice(content, *request.mutable_practice());
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY(agent->Edit(request));
  invocation.Tell("It is hidden.");
  return {};
}

void AddToday(CLI::App& app, Invocation& invocation) {
  CLI::App* today = app.add_subcommand("today", "One person and one tiny step, both chosen by you");
  today->footer("Examples:\n  kith today\n  kith today choose Anna --step \"Wave from the window\"\n  kith today hide");
  auto name = std::make_shared<std::string>();
  auto options = std::make_shared<RecordOptions>("today");
  CLI::App* choose = today->add_subcommand("choose", "Choose them");
  choose->add_option("NAME", *name, "Whom you pinned")->required();
  options->AddTo(*choose, {"step"});
  choose->footer("Example:\n  kith today choose Anna --step \"Wave from the window\"");
  choose->callback([&invocation, name, options] {
    invocation.result = Done(RecordAbout(invocation, "today", *name, *options, {"step"}));
  });
  CLI::App* hide = today->add_subcommand("hide", "Show it no more");
  hide->footer("Example:\n  kith today hide");
  hide->callback([&invocation] { invocation.result = HideToday(invocation); });
  today->callback([&invocation, today] {
    if (today->get_subcommands().empty()) invocation.result = ShowToday(invocation);
  });
}

void AddSupport(CLI::App& app, Invocation& invocation) {
  CLI::App* support = app.add_subcommand("support", "Your own support list; Kith ships no numbers");
  support->footer("Examples:\n  kith support\n  kith support add --name \"Night line\" --how \"its number\"");
  auto options = std::make_shared<RecordOptions>("support");
  CLI::App* add = support->add_subcommand("add", "Add a row, with where it is from and the day you looked");
  options->AddTo(*add);
  add->footer(
      "Example:\n  kith support add --name \"Night line\" --how \"its number\" --source \"its page\" --checked today");
  add->callback([&invocation, options] { invocation.result = Done(Record(invocation, "support", *options)); });
  support->callback([&invocation, support] {
    if (support->get_subcommands().empty()) {
      invocation.result = ListRecords(invocation, "support", 0, sentences::kSupportEmpty);
    }
  });
}

// ---- The loop.

// The contact that took the least and left things no worse; empty: none yet.
Result<std::string> SmallContact(Invocation& invocation) {
  KITH_TRY_ASSIGN(const std::vector<v1::EntrySummary> all,
                  RecordsOf(invocation, {.kind = "company", .quiet = Quieted::kLeaveOut}));
  const v1::EntrySummary* best = nullptr;
  int32_t least = 0;
  for (const v1::EntrySummary& entry : all) {
    const Content content = ContentOf(entry);
    const auto before = NumberOf(content, "before");
    const auto after = NumberOf(content, "after");
    if (!before || !after || *after < *before || ChoiceOf(content, "type") == "rest") continue;
    const int32_t minutes = NumberOf(content, "minutes").value_or(0);
    if (best != nullptr && minutes >= least) continue;
    best = &entry;
    least = minutes;
  }
  return best == nullptr ? std::string() : DayText(best->date()) + "  " + best->first_line();
}

Result<void> OfferForStage(Invocation& invocation, int32_t stage) {
  if (stage == 1) invocation.Tell("If you like: `kith ground` has a card.");
  if (stage == 2) {
    KITH_TRY_ASSIGN(const std::string contact, SmallContact(invocation));
    invocation.Tell(sentences::kStageTwo);
    invocation.Tell(contact.empty() ? "  (none yet; for example: " + std::string(sentences::kExampleHello) + ")"
                                    : "  " + contact);
  }
  if (stage == 3) invocation.Tell(sentences::kStageThree);
  if (stage == 4) invocation.Tell(sentences::kStageFour);
  return {};
}

struct TagOptions {
  TagOptions() : record("loop") {}
  RecordOptions record;
  std::string entry;
};

Result<void> TagLoop(Invocation& invocation, const TagOptions& options, const std::vector<std::string_view>& asked,
                     std::string_view reference) {
  KITH_TRY_ASSIGN(const v1::EntrySummary saved,
                  Record(invocation, "loop", options.record, asked, {reference, options.entry}));
  return OfferForStage(invocation, NumberOf(ContentOf(saved), "stage").value_or(0));
}

// The ring of four stages with one's own ways out. No counts.
Result<void> LoopMap(Invocation& invocation) {
  KITH_TRY_ASSIGN(const std::vector<v1::EntrySummary> marks, RecordsOf(invocation, {.kind = "loop"}));
  if (invocation.json()) {
    for (const v1::EntrySummary& mark : marks) invocation.Emit(Json(mark));
    return {};
  }
  for (int32_t stage = 1; stage <= 4; ++stage) {
    invocation.terminal.Print((stage == 1 ? "  " : "    ↓\n  ") +
                              invocation.terminal.Styled(StageWords(stage), Style::kBold) + "\n");
    for (const v1::EntrySummary& mark : marks) {
      const Content content = ContentOf(mark);
      if (NumberOf(content, "stage") != stage || TextOf(content, "exit_text").empty()) continue;
      invocation.terminal.Print("      way out: " + Harmless(TextOf(content, "exit_text"), Lines::kOne) + "\n");
    }
  }
  invocation.terminal.Print("    ↺\n");
  return {};
}

void AddLoop(CLI::App& app, Invocation& invocation) {
  CLI::App* loop = app.add_subcommand("loop", "Where in the loop it is, and what has led out of it");
  loop->require_subcommand(1);
  loop->footer("Examples:\n  kith loop tag 2\n  kith loop exit 2 --exit-text \"A walk first\"\n  kith loop map");
  auto tag = std::make_shared<TagOptions>();
  CLI::App* mark = loop->add_subcommand("tag", "Say which stage it is; nothing else ever does");
  tag->record.AddPositional(*mark, "stage", "STAGE", "1 unsafe, 2 withdrawing, 3 lonelier, 4 further away");
  mark->add_option("--entry", tag->entry, "An entry that it belongs to");
  tag->record.AddTo(*mark, {"exit_text"});
  mark->footer("Example:\n  kith loop tag 2");
  mark->callback(
      [&invocation, tag] { invocation.result = TagLoop(invocation, *tag, {"stage", "exit_text"}, "entry"); });
  auto way = std::make_shared<TagOptions>();
  CLI::App* exit = loop->add_subcommand("exit", "Note what has led out of a stage");
  way->record.AddPositional(*exit, "stage", "STAGE", "1 to 4");
  exit->add_option("--entry", way->entry, "An entry that tells of it");
  way->record.AddTo(*exit, {"exit_text"});
  exit->footer("Example:\n  kith loop exit 2 --exit-text \"A walk first\"");
  exit->callback(
      [&invocation, way] { invocation.result = TagLoop(invocation, *way, {"stage", "exit_text"}, "exit_ref"); });
  CLI::App* map = loop->add_subcommand("map", "The ring, with your own ways out");
  map->footer("Example:\n  kith loop map");
  map->callback([&invocation] { invocation.result = LoopMap(invocation); });
}

}  // namespace

void AddPeoplePracticeCommands(CLI::App& app, Invocation& invocation) {
  AddPeople(app, invocation);
  AddTrust(app, invocation);
  AddReach(app, invocation);
  AddToday(app, invocation);
  AddSupport(app, invocation);
  AddLoop(app, invocation);
}

}  // namespace kith
