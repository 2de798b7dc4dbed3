// circle create, list, invite, invitations, join, decline, members, roles, remove, rename, rest, leave, grant-history.
#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "client/cli/display.h"
#include "client/cli/invocation.h"
#include "client/cli/json_output.h"
#include "client/cli/sharing_output.h"

namespace kith {
namespace {

const std::map<std::string, v1::CircleMember::Role> kRoles = {
    {"owner", v1::CircleMember::OWNER}, {"writer", v1::CircleMember::WRITER}, {"reader", v1::CircleMember::READER}};

struct ChangeOptions {
  std::string circle, member;
  v1::CircleMember::Role role = v1::CircleMember::NONE;
  bool yes = false;
};

std::string Name(const std::string& text) { return Harmless(text, Lines::kOne); }

Consent ConsentOf(bool yes) { return yes ? Consent::kGiven : Consent::kAsk; }

std::string CircleLine(const v1::CircleInfo& circle) {
  std::string line = Name(circle.name());
  if (circle.resting()) line += "  (resting)";
  if (!circle.known()) {
    line += "  waiting to be let in";
  } else {
    line += "  " + Counted(circle.members(), "person", "people") + ", you are " +
            (circle.role() == v1::CircleMember::NONE ? "not in it any more" : CircleRoleName(circle.role()));
    if (!circle.has_owner()) line += "  (no owner: nobody can come in or be removed)";
  }
  for (const std::string& who : circle.waits_for()) {
    line += "\n  nothing can be sent there until a device of " + (who.empty() ? "somebody without a name" : Name(who)) +
            " has synced: they revoked a device and have not given the others a new key; an owner can also remove them";
  }
  for (const std::string& who : circle.shuts_out()) {
    line +=
        "\n  what " + (who.empty() ? "somebody without a name" : Name(who)) +
        " says there is sealed so that you cannot read it, though you are in the circle: ask an owner to remove them";
  }
  if (!circle.problem().empty()) line += "\n  " + circle.problem();
  return line;
}

std::string MemberLine(const v1::CircleMember& member) {
  std::string line = Name(member.name().empty() ? "(without a name)" : member.name());
  if (!member.friend_().empty()) line += "  (your friend " + Name(member.friend_()) + ")";
  if (member.own()) line += "  (you)";
  return line + "  " + CircleRoleName(member.role());
}

Result<void> Create(Invocation& invocation, const v1::CircleCreateRequest& request) {
  KITH_TRY(CheckUtf8(request.name(), "The name"));
  KITH_TRY(CheckUtf8(request.known_as(), "The name"));
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::CircleInfo circle, agent->CircleCreate(request));
  invocation.Tell("The circle " + Name(circle.name()) + " is founded, with you as its owner and nobody else in it.");
  invocation.Tell("To ask a friend in: kith circle invite " + ShellWord(circle.name()) + " FRIEND");
  invocation.Emit(Json(circle));
  return {};
}

Result<void> List(Invocation& invocation) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::CirclesReply reply, agent->Circles());
  for (const v1::CircleInfo& circle : reply.circles()) {
    invocation.Tell(CircleLine(circle));
    invocation.Emit(Json(circle));
  }
  if (reply.circles().empty()) invocation.Tell("None yet. Founding one begins with: kith circle create NAME");
  return {};
}

Result<void> Members(Invocation& invocation, const std::string& name) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::CircleRequest request;
  request.set_circle(name);
  KITH_TRY_ASSIGN(const v1::CircleMembersReply reply, agent->CircleMembers(request));
  for (const v1::CircleMember& member : reply.members()) {
    invocation.Tell(MemberLine(member));
    invocation.Emit(Json(member));
  }
  if (!reply.circle().known()) invocation.Tell("Who is in it has not arrived here yet.");
  if (reply.circle().known() && !reply.circle().has_owner())
    invocation.Tell("There is no owner any more: those who are in it can go on, and nobody can come in or be removed.");
  return {};
}

Result<void> Invite(Invocation& invocation, const v1::CircleInviteRequest& request) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::CircleInfo circle, agent->CircleInvite(request));
  invocation.Tell(
      "Asked. They are in once they say yes and this device has heard it. They will read what is shared in " +
      Name(circle.name()) + " from then on, and nothing from before unless you grant it.");
  invocation.Tell("Everybody there sees who is in it, and that it was you who asked.");
  invocation.Emit(Json(circle));
  return {};
}

Result<void> Invitations(Invocation& invocation) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::CircleInvitationsReply reply, agent->CircleInvitations());
  for (const v1::CircleInvitation& one : reply.invitations()) {
    invocation.Tell(Name(one.name()) + "  from " + Name(one.from()) + ", as a " + CircleRoleName(one.role()) +
                    "; by their word " + Counted(one.members(), "person is", "people are") + " in it");
    invocation.Emit(Json(one));
  }
  if (reply.invitations().empty()) invocation.Tell("Nobody asks you into a circle.");
  return {};
}

Result<void> Answer(Invocation& invocation, const v1::CircleAnswerRequest& request, Consent consent) {
  if (request.accept()) {
    KITH_TRY(Confirm(invocation, consent,
                     "Join " + Name(request.name()) +
                         "? Everybody in it, now and later, sees the name you give and when your devices were added or "
                         "revoked. Nothing is shared until you share it.",
                     "Nothing was answered."));
  }
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::CircleInvitation asked, agent->CircleAnswer(request));
  invocation.Tell(request.accept() ? "Answered. You are in once a device of " + Name(asked.from()) +
                                         " has heard it; `kith circle list` tells."
                                   : "Declined. " + Name(asked.from()) + " is told that you did.");
  invocation.Emit(Json(asked));
  return {};
}

Result<void> Change(Invocation& invocation, const v1::CircleChangeRequest& request, Consent consent,
                    const std::string& question, const std::string& done) {
  KITH_TRY(Confirm(invocation, consent, question, "Nothing was changed."));
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::CircleMember member, agent->CircleChange(request));
  invocation.Tell(done);
  invocation.Emit(Json(member));
  return {};
}

v1::CircleChangeRequest About(const ChangeOptions& options) {
  v1::CircleChangeRequest request;
  request.set_circle(options.circle);
  request.set_member(options.member);
  return request;
}

Result<void> Remove(Invocation& invocation, const ChangeOptions& options) {
  v1::CircleChangeRequest request = About(options);
  request.set_remove(true);
  const std::string who = Name(options.member);
  return Change(
      invocation, request, ConsentOf(options.yes),
      "Remove " + who + " from " + Name(options.circle) +
          "? They keep what they have read, and can read nothing that is shared from now on. What they shared "
          "there is no longer shown to anybody while they are gone. They will notice.",
      who + " is removed. Their place at the relay goes with the next sync.");
}

Result<void> SetRole(Invocation& invocation, const ChangeOptions& options) {
  v1::CircleChangeRequest request = About(options);
  request.set_role(options.role);
  const std::string who = Name(options.member);
  std::string question = "Make " + who + " " + CircleRoleName(options.role) + " of " + Name(options.circle) + "?";
  if (options.role == v1::CircleMember::OWNER) question += " An owner can bring in and remove anybody, you too.";
  if (options.role == v1::CircleMember::READER)
    question += " What they have shared there is not shown while they are one.";
  return Change(invocation, request, ConsentOf(options.yes), question,
                who + " is " + CircleRoleName(options.role) + " now.");
}

Result<void> Grant(Invocation& invocation, const ChangeOptions& options) {
  v1::CircleChangeRequest request = About(options);
  request.set_grant_history(true);
  const std::string who = Name(options.member);
  return Change(invocation, request, ConsentOf(options.yes),
                "Let " + who + " read what was shared in " + Name(options.circle) +
                    " before they came? It is others' words too, and it cannot be undone.",
                who + " gets the keys to what was shared before, as far as you have them.");
}

Result<void> Rename(Invocation& invocation, const v1::CircleRenameRequest& request) {
  KITH_TRY(CheckUtf8(request.name(), "The name"));
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::CircleInfo circle, agent->CircleRename(request));
  invocation.Tell(Name(request.circle()) + " is called " + Name(circle.name()) +
                  " here now. The others are not told, and call it as they like.");
  invocation.Emit(Json(circle));
  return {};
}

Result<void> Rest(Invocation& invocation, const v1::CircleRestRequest& request) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::CircleInfo circle, agent->CircleRest(request));
  if (request.end()) {
    invocation.Tell(Name(circle.name()) + " is no longer resting: what waited is sent and fetched now.");
  } else {
    invocation.Tell("Nothing is sent to " + Name(circle.name()) + " or fetched from it until: kith circle rest " +
                    ShellWord(circle.name()) + " --end");
    invocation.Tell("The others are not told.");
  }
  invocation.Emit(Json(circle));
  return {};
}

Result<void> Leave(Invocation& invocation, const std::string& name, Consent consent) {
  KITH_TRY(
      Confirm(invocation, consent,
              "Leave " + Name(name) +
                  "? What you shared there is taken back as far as that can be done; what was read stays read. The "
                  "others see that you left. If you are its only owner, nobody can come in or be removed any more. "
                  "It cannot be undone. Your own entries stay as they are.",
              "Nothing was changed."));
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::CircleRequest request;
  request.set_circle(name);
  KITH_TRY_ASSIGN(const v1::CircleLeaveReply reply, agent->CircleLeave(request));
  invocation.Tell("You have left " + Name(name) + ". " + Counted(reply.taken_back(), "share was", "shares were") +
                  " taken back; what was read stays read.");
  invocation.Emit(Json(reply));
  return {};
}

void AddFounding(CLI::App& circle, Invocation& invocation) {
  auto created = std::make_shared<v1::CircleCreateRequest>();
  CLI::App* create = circle.add_subcommand("create", "Found a circle on your relay");
  create
      ->add_option_function<std::string>(
          "NAME", [created](const std::string& text) { created->set_name(text); }, "What to call it")
      ->required();
  create->add_option_function<std::string>(
      "--as", [created](const std::string& text) { created->set_known_as(text); }, "What the others see as your name");
  create->footer(
      "Whoever founds a circle can always be let in by its relay again, also after they were removed, though they can "
      "read\nnothing new: where the founder is removed, found another circle.\n\n"
      "Example:\n  kith circle create family --as Hana");
  create->callback([&invocation, created] { invocation.result = Create(invocation, *created); });

  CLI::App* list = circle.add_subcommand("list", "Your circles of more than two");
  list->footer("Example:\n  kith circle list");
  list->callback([&invocation] { invocation.result = List(invocation); });

  auto named = std::make_shared<std::string>();
  CLI::App* members = circle.add_subcommand("members", "Who is in a circle, and as what");
  members->add_option("NAME", *named, "Which circle")->required();
  members->footer("Example:\n  kith circle members family");
  members->callback([&invocation, named] { invocation.result = Members(invocation, *named); });
}

void AddInviting(CLI::App& circle, Invocation& invocation) {
  auto asked = std::make_shared<v1::CircleInviteRequest>();
  CLI::App* invite = circle.add_subcommand("invite", "Ask a friend into a circle of which you are an owner");
  invite
      ->add_option_function<std::string>(
          "NAME", [asked](const std::string& text) { asked->set_circle(text); }, "Which circle")
      ->required();
  invite
      ->add_option_function<std::string>(
          "FRIEND", [asked](const std::string& text) { asked->set_friend_(text); }, "Whom")
      ->required();
  invite
      ->add_option_function<std::string>(
          "--role", [asked](const std::string& text) { asked->set_role(kRoles.at(text)); },
          "owner (changes who is in it), writer (shares; the usual), or reader")
      ->check(CLI::IsMember({"owner", "writer", "reader"}));
  invite->footer("Example:\n  kith circle invite family Anna --role reader");
  invite->callback([&invocation, asked] { invocation.result = Invite(invocation, *asked); });

  CLI::App* invitations = circle.add_subcommand("invitations", "Which circles friends ask you into");
  invitations->footer("Example:\n  kith circle invitations");
  invitations->callback([&invocation] { invocation.result = Invitations(invocation); });

  for (const bool accept : {true, false}) {
    auto answer = std::make_shared<v1::CircleAnswerRequest>();
    auto yes = std::make_shared<bool>(false);
    answer->set_accept(accept);
    CLI::App* command = accept ? circle.add_subcommand("join", "Say yes to an invitation")
                               : circle.add_subcommand("decline", "Say no to an invitation");
    command
        ->add_option_function<std::string>(
            "NAME", [answer](const std::string& text) { answer->set_name(text); }, "The circle's name, as it is listed")
        ->required();
    if (accept) {
      command->add_option_function<std::string>(
          "--as", [answer](const std::string& text) { answer->set_known_as(text); },
          "What the others see as your name");
      command->add_option_function<std::string>(
          "--call", [answer](const std::string& text) { answer->set_call(text); },
          "What you call the circle, if not as the invitation does");
      command->add_flag("--yes", *yes, "Without asking");
    }
    command->footer(accept ? "Example:\n  kith circle join family --as Gus" : "Example:\n  kith circle decline family");
    command->callback([&invocation, answer, yes] { invocation.result = Answer(invocation, *answer, ConsentOf(*yes)); });
  }
}

// A command about one member of one circle.
std::shared_ptr<ChangeOptions> AddChange(CLI::App* command, const char* example) {
  auto options = std::make_shared<ChangeOptions>();
  command->add_option("NAME", options->circle, "Which circle")->required();
  command->add_option("MEMBER", options->member, "Who: what you call them as a friend, or the name they took")
      ->required();
  command->footer(std::string("Example:\n  ") + example);
  return options;
}

void AddChanges(CLI::App& circle, Invocation& invocation) {
  CLI::App* remove = circle.add_subcommand(
      "remove", "Remove somebody, so that nothing new is readable to them; or take back an invitation");
  auto removed = AddChange(remove, "kith circle remove family Bob");
  remove->add_flag("--yes", removed->yes, "Without asking");
  remove->callback([&invocation, removed] { invocation.result = Remove(invocation, *removed); });

  CLI::App* roles = circle.add_subcommand("roles", "Make somebody an owner, a writer or a reader");
  auto set = AddChange(roles, "kith circle roles family Anna owner");
  roles
      ->add_option_function<std::string>(
          "ROLE", [set](const std::string& text) { set->role = kRoles.at(text); }, "owner, writer or reader")
      ->required()
      ->check(CLI::IsMember({"owner", "writer", "reader"}));
  roles->add_flag("--yes", set->yes, "Without asking");
  roles->callback([&invocation, set] { invocation.result = SetRole(invocation, *set); });

  CLI::App* grant = circle.add_subcommand("grant-history", "Let a member read what was shared before they came");
  auto granted = AddChange(grant, "kith circle grant-history family Anna");
  grant->add_flag("--yes", granted->yes, "Without asking");
  grant->callback([&invocation, granted] { invocation.result = Grant(invocation, *granted); });

  auto left = std::make_shared<std::string>();
  auto yes = std::make_shared<bool>(false);
  CLI::App* leave = circle.add_subcommand("leave", "Take back what you shared there, and go");
  leave->add_option("NAME", *left, "Which circle")->required();
  leave->add_flag("--yes", *yes, "Without asking");
  leave->footer("Example:\n  kith circle leave family");
  leave->callback([&invocation, left, yes] { invocation.result = Leave(invocation, *left, ConsentOf(*yes)); });
}

void AddRenameAndRest(CLI::App& circle, Invocation& invocation) {
  auto names = std::make_shared<v1::CircleRenameRequest>();
  CLI::App* rename = circle.add_subcommand("rename", "Call a circle something else; only you see it");
  rename
      ->add_option_function<std::string>(
          "NAME", [names](const std::string& text) { names->set_circle(text); }, "Which circle")
      ->required();
  rename
      ->add_option_function<std::string>(
          "NEW", [names](const std::string& text) { names->set_name(text); }, "What to call it")
      ->required();
  rename->footer("Example:\n  kith circle rename family \"My mother's side\"");
  rename->callback([&invocation, names] { invocation.result = Rename(invocation, *names); });

  auto rested = std::make_shared<v1::CircleRestRequest>();
  CLI::App* rest = circle.add_subcommand("rest", "Send nothing there and fetch nothing, for as long as you want");
  rest->add_option_function<std::string>(
          "NAME", [rested](const std::string& text) { rested->set_circle(text); }, "Which circle")
      ->required();
  rest->add_flag_callback("--end", [rested] { rested->set_end(true); }, "Send and fetch again");
  rest->footer("Example:\n  kith circle rest family");
  rest->callback([&invocation, rested] { invocation.result = Rest(invocation, *rested); });
}

}  // namespace

void AddCircleCommands(CLI::App& app, Invocation& invocation) {
  CLI::App* circle = app.add_subcommand("circle", "Circles of more than two: a family, a few friends");
  circle->require_subcommand(1);
  circle->footer("Example:\n  kith circle create family");
  AddFounding(*circle, invocation);
  AddInviting(*circle, invocation);
  AddChanges(*circle, invocation);
  AddRenameAndRest(*circle, invocation);
}

}  // namespace kith
