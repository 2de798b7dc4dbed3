// inbox, heard. Nothing here passes on what a friend shared, on purpose.
#include <CLI/CLI.hpp>
#include <memory>
#include <set>

#include "client/cli/draft.h"
#include "client/cli/invocation.h"
#include "client/cli/json_output.h"
#include "client/cli/json_parts.h"
#include "client/cli/sharing_output.h"
#include "client/model/practice_words.h"

namespace kith {
namespace {

struct HeardOptions {
  std::string item;
  std::vector<std::string> words;
  v1::AnswerInfo::Wish wish = v1::AnswerInfo::NONE;
};

Result<void> List(Invocation& invocation, v1::InboxRequest request) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  request.set_quiet(invocation.with_quiet());
  uint64_t listed = 0;
  KITH_TRY(agent->Inbox(request, [&](const v1::InboxItem& item) -> Result<void> {
    ++listed;
    invocation.terminal.Print(invocation.json() ? Json(item) + "\n" : InboxLine(item, invocation.terminal));
    return {};
  }));
  if (listed == 0 && !invocation.json()) invocation.terminal.Say("Nothing is here.");
  return {};
}

Result<void> Show(Invocation& invocation, const std::string& id, Consent consent) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::InboxShowRequest request;
  request.set_item(id);
  KITH_TRY_ASSIGN(v1::InboxItem item, agent->InboxShow(request));
  if (item.declined()) {
    KITH_TRY(Confirm(invocation, consent, sentences::kShowDeclined, "It was not shown."));
    request.set_declined(true);
    KITH_TRY_ASSIGN(item, agent->InboxShow(request));
  }
  if (invocation.json()) {
    invocation.Emit(Json(item));
    return {};
  }
  if (FirstTime("told-listening")) {
    invocation.terminal.Say(std::string(ListeningGuide()) + "\n(Said once. Again with: kith help listening)\n");
  }
  invocation.terminal.Print(InboxPage(item, invocation.terminal));
  return {};
}

Result<void> Decline(Invocation& invocation, const v1::InboxDeclineRequest& request) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::InboxDeclineReply reply, agent->InboxDecline(request));
  invocation.Tell(request.take_up() ? sentences::kTakenUp : sentences::kDeclined);
  for (const std::string& item : reply.items()) invocation.Emit(Line({{"id", item}, {"declined", !request.take_up()}}));
  return {};
}

Result<std::string> AnswerWords(Invocation& invocation, const std::vector<std::string>& words) {
  if (words == std::vector<std::string>{"-"}) {
    KITH_TRY_ASSIGN(const std::string text, WordsFromInput(invocation, "The answer"));
    if (text.empty()) return Fail(Code::kInvalidArgument, "There is nothing on standard input to answer with.");
    return text;
  }
  if (!words.empty()) WarnOfShellHistory(invocation);
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

Result<void> Heard(Invocation& invocation, const HeardOptions& options) {
  if (options.item.empty())
    return Fail(Code::kInvalidArgument, "Which one? `kith inbox` shows what friends let you see, with ids.");
  KITH_TRY_ASSIGN(const std::string text, AnswerWords(invocation, options.words));
  v1::HeardRequest request;
  request.set_item(options.item);
  request.set_text(text);
  request.set_wish(options.wish);
  const auto agent = invocation.Agent();
  Result<void> sent = agent ? (*agent)->Heard(request) : Result<void>(agent.error());
  if (!sent && !text.empty()) return KeepText(std::move(sent).error(), text, "kith heard " + options.item + " -");
  KITH_TRY(sent);
  invocation.Tell("They will see that you heard it" + std::string(text.empty() ? "." : ", and your words."));
  invocation.Emit(Json({{"heard", options.item}}));
  return {};
}

// What friends heard. Only what they pressed: that something was fetched or read is no answer.
Result<void> HeardList(Invocation& invocation) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::WhoReply all, agent->Who({}));
  std::set<std::string> asked;
  uint64_t listed = 0;
  for (const v1::Audience& shared : all.audience()) {
    if (!asked.insert(shared.entry()).second) continue;
    v1::WhoRequest request;
    request.set_entry(shared.entry());
    KITH_TRY_ASSIGN(const v1::WhoReply who, agent->Who(request));
    for (const v1::AnswerInfo& answer : who.answers()) {
      if (answer.friend_().empty()) continue;  // one's own
      ++listed;
      invocation.terminal.Print(invocation.json() ? Json(shared, answer) + "\n"
                                                  : HeardPage(shared, answer, invocation.terminal));
    }
  }
  if (listed == 0 && !invocation.json()) invocation.terminal.Say("Nothing is here.");
  return {};
}

void AddInbox(CLI::App& app, Invocation& invocation) {
  auto request = std::make_shared<v1::InboxRequest>();
  CLI::App* inbox = app.add_subcommand("inbox", "What friends let you see, newest first");
  inbox->require_subcommand(0, 1);
  inbox->add_option_function<uint32_t>(
           "-n", [request](uint32_t n) { request->set_limit(n); }, "At most so many")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  inbox
      ->add_option_function<std::string>(
          "--from", [request](const std::string& name) { request->set_friend_(name); }, "Only what this friend shared")
      ->type_name("FRIEND");
  inbox->add_flag_callback("--declined", [request] { request->set_declined(true); }, "What you declined, unread");
  inbox->footer(
      "Example:\n  kith inbox -n 10\n  kith inbox show 5c07e1aa\n  kith inbox decline 5c07e1aa\n\n"
      "No command passes on what a friend shared: it was meant for you, and whom else to let in is theirs to choose.");
  inbox->callback([&invocation, inbox, request] {
    if (inbox->get_subcommands().empty()) invocation.result = List(invocation, *request);
  });

  auto shown = std::make_shared<std::string>();
  CLI::App* show = inbox->add_subcommand("show", "One of them. Nobody is told that you read it");
  show->add_option("ID", *shown, "Its id or the beginning of it, as `kith inbox` shows it")->required();
  auto consent = std::make_shared<Consent>(Consent::kAsk);
  show->add_flag_callback("--yes", [consent] { *consent = Consent::kGiven; }, "Also one that you declined, unasked");
  show->footer("Example:\n  kith inbox show 5c07e1aa");
  show->callback([&invocation, shown, consent] { invocation.result = Show(invocation, *shown, *consent); });

  auto unseen = std::make_shared<v1::InboxDeclineRequest>();
  CLI::App* decline = inbox->add_subcommand("decline", "Leave something unseen. Nobody is told");
  decline
      ->add_option_function<std::string>(
          "ID", [unseen](const std::string& item) { unseen->set_item(item); },
          "Which, as `kith inbox` shows it; or a friend's name: all of theirs that is here")
      ->required();
  decline->add_flag_callback("--undo", [unseen] { unseen->set_take_up(true); }, "Take it up again");
  decline->footer(
      "Examples:\n  kith inbox decline 5c07e1aa\n  kith inbox decline Anna\n  kith inbox decline 5c07e1aa --undo\n\n" +
      std::string(sentences::kAboutDeclined));
  decline->callback([&invocation, unseen] { invocation.result = Decline(invocation, *unseen); });
}

}  // namespace

void AddInboxCommands(CLI::App& app, Invocation& invocation) {
  AddInbox(app, invocation);
  auto options = std::make_shared<HeardOptions>();
  CLI::App* heard = app.add_subcommand("heard", "Tell a friend that you heard what they shared");
  heard->require_subcommand(0, 1);
  heard->add_option("ID", options->item, "Which, as `kith inbox` shows it");
  heard->add_option("TEXT", options->words, "Some words, up to 1,000 characters; - reads standard input");
  CLI::Option* call = heard->add_flag_callback(
      "--call", [options] { options->wish = v1::AnswerInfo::CALL; }, "Say too that a call would be welcome");
  heard
      ->add_flag_callback(
          "--rest", [options] { options->wish = v1::AnswerInfo::REST; }, "Say too that you are resting for now")
      ->excludes(call);
  heard->footer(
      "Examples:\n  kith heard 5c07e1aa \"I am glad you told me.\"\n  kith heard list\n\n"
      "It leaves at once, without a hold.");
  heard->callback([&invocation, heard, options] {
    if (heard->get_subcommands().empty()) invocation.result = Heard(invocation, *options);
  });
  CLI::App* list = heard->add_subcommand("list", "What friends heard of what they can see of yours");
  list->footer("Example:\n  kith heard list\n\nA friend is in it who pressed Heard. Nothing tells who read what.");
  list->callback([&invocation] { invocation.result = HeardList(invocation); });
}

}  // namespace kith
