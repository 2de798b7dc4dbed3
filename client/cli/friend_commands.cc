// friend add, list, rename, rest, leave, verify.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <memory>

#include "client/cli/display.h"
#include "client/cli/invocation.h"
#include "client/cli/json_output.h"
#include "client/cli/qr_code.h"
#include "client/cli/sharing_output.h"

namespace kith {
namespace {

struct AddOptions {
  std::vector<std::string> code;
  std::string relay, name;
};

struct VerifyOptions {
  std::string name;
  bool compared = false;
  bool yes = false;
};

// The user's own name for them. Asked for only where somebody can answer.
Result<std::string> NameFor(Invocation& invocation, const std::string& given) {
  if (!given.empty()) return given;
  if (!Terminal::CanAsk()) {
    return Fail(Code::kInvalidArgument, "Say what to call them, with --name NAME. Only you see that name.");
  }
  KITH_TRY_ASSIGN(const std::string name,
                  invocation.terminal.AskLine("What do you want to call them? Only you see the name: "));
  KITH_TRY(CheckUtf8(name, "The name"));
  if (name.empty()) return Fail(Code::kCancelled, "No name was given, so nothing was begun.");
  return name;
}

void TellMet(Invocation& invocation, const v1::FriendInfo& person) {
  if (!invocation.json()) {
    invocation.terminal.Say(person.label() + " is a friend here now. Nothing is shared until you share it.");
    invocation.terminal.Say("To know that nobody stands between you, compare the safety number: kith friend verify " +
                            ShellWord(person.label()));
  }
  invocation.Emit(Json(person));
}

void ShowCode(Invocation& invocation, const v1::FriendShowProgress& progress) {
  invocation.terminal.Say(
      "Tell this code to one person, over a line you trust: face to face, or a call on which you know the voice. It is "
      "good for ten minutes and one attempt. They type:");
  invocation.terminal.Say("  kith friend add " + progress.code() + " --relay '" + progress.relay() + "'");
  invocation.terminal.Say("Waiting for them. Ctrl-C takes the code back.");
  invocation.Tell(progress.code());
  invocation.Emit(Json({{"code", progress.code()}, {"relay", progress.relay()}}));
}

Result<void> ShowAndWait(Invocation& invocation, const AddOptions& options) {
  v1::FriendShowRequest request;
  KITH_TRY_ASSIGN(*request.mutable_label(), NameFor(invocation, options.name));
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  return agent->FriendShow(request, [&](const v1::FriendShowProgress& progress) -> Result<void> {
    if (progress.done()) {
      TellMet(invocation, progress.friend_());
      return {};
    }
    if (progress.code().empty()) return {};
    ShowCode(invocation, progress);
    return invocation.terminal.Finish();  // the code must reach whoever waits for it now
  });
}

Result<void> Join(Invocation& invocation, const AddOptions& options) {
  if (options.relay.empty()) {
    return Fail(Code::kInvalidArgument,
                "Name the relay too, as they have it on their screen: kith friend add CODE --relay ADDRESS#KEY");
  }
  v1::FriendJoinRequest request;
  for (const std::string& part : options.code) {
    request.set_code(request.code() + (request.code().empty() ? "" : "-") + part);
  }
  request.set_relay(options.relay);
  KITH_TRY_ASSIGN(*request.mutable_label(), NameFor(invocation, options.name));
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  invocation.terminal.Progress("Meeting them at the relay");
  KITH_TRY_ASSIGN(const v1::FriendInfo person, agent->FriendJoin(request));
  TellMet(invocation, person);
  return {};
}

Result<void> List(Invocation& invocation) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::FriendsReply reply, agent->Friends());
  for (const v1::FriendInfo& person : reply.friends()) {
    invocation.terminal.Print(invocation.json() ? Json(person) + "\n" : FriendLine(person, invocation.terminal));
  }
  if (reply.friends().empty() && !invocation.json()) {
    invocation.terminal.Say("Nobody yet. Letting one person in begins with: kith friend add");
  }
  return {};
}

Result<void> Rename(Invocation& invocation, const v1::FriendRenameRequest& request) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::FriendInfo person, agent->FriendRename(request));
  invocation.Tell(request.friend_() + " is called " + person.label() + " here now. They are not told.");
  invocation.Emit(Json(person));
  return {};
}

Result<void> Rest(Invocation& invocation, const v1::FriendRestRequest& request) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::FriendInfo person, agent->FriendRest(request));
  if (request.end()) {
    invocation.Tell(person.label() + " is no longer resting: what waited is sent and fetched now.");
  } else {
    invocation.Tell("Nothing is sent to " + person.label() + " or fetched from them until: kith friend rest " +
                    ShellWord(person.label()) + " --end");
    invocation.Tell("They are not told.");
  }
  invocation.Emit(Json(person));
  return {};
}

Result<void> Leave(Invocation& invocation, const std::string& name, Consent consent) {
  KITH_TRY(Confirm(invocation, consent,
                   "Leave " + name +
                       "? What you shared with them is taken back as far as that can be done; what was read stays "
                       "read. They are not told, and it cannot be undone.",
                   "Nothing was changed."));
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::FriendLeaveRequest request;
  request.set_friend_(name);
  KITH_TRY_ASSIGN(const v1::FriendLeaveReply reply, agent->FriendLeave(request));
  invocation.Tell("You have left " + name + ". " + Counted(reply.taken_back(), "share was", "shares were") +
                  " taken back; what was read stays read.");
  invocation.Emit(Json(reply));
  return {};
}

void ShowSafetyNumber(Invocation& invocation, const std::string& name, const std::string& number) {
  if (invocation.json()) return;
  Terminal& terminal = invocation.terminal;
  terminal.Print(SafetyNumberText(number));
  if (!terminal.out_is_terminal()) return;
  std::string digits = number;
  std::erase_if(digits, [](char c) { return std::isdigit(static_cast<unsigned char>(c)) == 0; });
  const auto code = QrCode(digits, terminal.columns());
  if (code) {
    terminal.Print("\n" + *code);
  } else {
    terminal.Say(code.error().message);
  }
  terminal.Say(name +
               " sees the same number, on every device, if nobody stands between you. Compare it face to face "
               "or on a call; then: kith friend verify " +
               ShellWord(name) + " --compared");
}

Result<void> Verify(Invocation& invocation, const VerifyOptions& options) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::FriendVerifyRequest request;
  request.set_friend_(options.name);
  KITH_TRY_ASSIGN(v1::FriendVerifyReply reply, agent->FriendVerify(request));
  ShowSafetyNumber(invocation, options.name, reply.safety_number());
  if (options.compared) {
    KITH_TRY(Confirm(invocation, options.yes ? Consent::kGiven : Consent::kAsk,
                     "Did " + options.name + " read out this very number, from their own screen?",
                     "Nothing was marked."));
    request.set_compared(true);
    KITH_TRY_ASSIGN(reply, agent->FriendVerify(request));
    invocation.Tell("Marked: you have compared the safety number with " + options.name + ".");
  } else if (reply.verified()) {
    invocation.Tell("You have compared it with them before.");
  }
  invocation.Emit(Json(reply));
  return {};
}

void AddAdd(CLI::App& friends, Invocation& invocation) {
  auto options = std::make_shared<AddOptions>();
  CLI::App* add = friends.add_subcommand("add", "Meet: shows a code here; takes the CODE that they tell you");
  add->add_option("CODE", options->code, "The code that they tell you");
  add->add_option("--relay", options->relay, "With CODE: the relay, as they have it on their screen")
      ->type_name("ADDRESS#KEY");
  add->add_option("--name", options->name, "What to call them; only you see it");
  add->footer(
      "Example:\n  kith friend add --name Anna                                              (here)\n"
      "  kith friend add 1234-cabin-lunar-oak --relay ADDRESS#KEY --name Ben      (they)\n\n"
      "Being friends shares nothing by itself. A friend is not an emergency service, and neither is Kith.");
  add->callback([&invocation, options] {
    invocation.result = options->code.empty() ? ShowAndWait(invocation, *options) : Join(invocation, *options);
  });
}

void AddRenameAndRest(CLI::App& friends, Invocation& invocation) {
  auto names = std::make_shared<v1::FriendRenameRequest>();
  CLI::App* rename = friends.add_subcommand("rename", "Call a friend something else; only you see it");
  rename->add_option_function<std::string>(
            "OLD", [names](const std::string& n) { names->set_friend_(n); }, "As now")
      ->required();
  rename->add_option_function<std::string>(
            "NEW", [names](const std::string& n) { names->set_label(n); }, "From now on")
      ->required();
  rename->footer("Example:\n  kith friend rename Anna \"Anna from the allotment\"");
  rename->callback([&invocation, names] { invocation.result = Rename(invocation, *names); });

  auto rested = std::make_shared<v1::FriendRestRequest>();
  CLI::App* rest =
      friends.add_subcommand("rest", "Send nothing to a friend and fetch nothing, for as long as you want");
  rest->add_option_function<std::string>(
          "NAME", [rested](const std::string& n) { rested->set_friend_(n); }, "Who")
      ->required();
  rest->add_flag_callback("--end", [rested] { rested->set_end(true); }, "Send and fetch again");
  rest->footer("Example:\n  kith friend rest Anna");
  rest->callback([&invocation, rested] { invocation.result = Rest(invocation, *rested); });
}

void AddLeaveAndVerify(CLI::App& friends, Invocation& invocation) {
  auto left = std::make_shared<std::string>();
  auto yes = std::make_shared<bool>(false);
  CLI::App* leave = friends.add_subcommand("leave", "End it from your side; nobody is told");
  leave->add_option("NAME", *left, "Who")->required();
  leave->add_flag("--yes", *yes, "Without asking");
  leave->footer("Example:\n  kith friend leave Anna");
  leave->callback([&invocation, left, yes] {
    invocation.result = Leave(invocation, *left, *yes ? Consent::kGiven : Consent::kAsk);
  });

  auto options = std::make_shared<VerifyOptions>();
  CLI::App* verify = friends.add_subcommand("verify", "The safety number: the same for both when nobody is in between");
  verify->add_option("NAME", options->name, "Who")->required();
  verify->add_flag("--compared", options->compared, "Mark it as compared, after asking once");
  verify->add_flag("--yes", options->yes, "With --compared: without asking");
  verify->footer(
      "Example:\n  kith friend verify Anna\n\n"
      "At a terminal it is shown as a QR code too. A scanner that looks things up on the web sends the number there; "
      "the number is no secret.");
  verify->callback([&invocation, options] { invocation.result = Verify(invocation, *options); });
}

}  // namespace

void AddFriendCommands(CLI::App& app, Invocation& invocation) {
  CLI::App* friends = app.add_subcommand("friend", "The one or two people you let in, a little at a time");
  friends->require_subcommand(1);
  friends->footer("Example:\n  kith friend add");
  AddAdd(*friends, invocation);
  CLI::App* list = friends->add_subcommand("list", "Who they are, and how far syncing with each is");
  list->footer("Example:\n  kith friend list");
  list->callback([&invocation] { invocation.result = List(invocation); });
  AddRenameAndRest(*friends, invocation);
  AddLeaveAndVerify(*friends, invocation);
}

}  // namespace kith
