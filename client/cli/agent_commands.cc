// agent start, stop, status, run; status.
#include <CLI/CLI.hpp>
#include <optional>

#include "client/app/paths.h"
#include "client/cli/display.h"
#include "client/cli/invocation.h"
#include "client/cli/json_output.h"
#include "client/cli/launch.h"
#include "client/cli/sharing_output.h"
#include "client/cli/text_output.h"

namespace kith {
namespace {

// Of an agent that runs already; nullopt when none does.
Result<std::optional<AgentClient>> RunningAgent() {
  KITH_TRY_ASSIGN(const AgentPaths paths, ResolvePaths());
  auto agent = AgentClient::Connect(paths, Launch::kNever);
  if (agent) return std::optional<AgentClient>(std::move(*agent));
  if (agent.error().code == Code::kAgentUnreachable) return std::optional<AgentClient>();
  return std::move(agent).error();
}

Result<void> Start(Invocation& invocation) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::StatusReply status, agent->Status());
  invocation.Tell("The agent is running (process " + std::to_string(status.pid()) + ").");
  invocation.Emit(Json(status));
  return {};
}

Result<void> Stop(Invocation& invocation) {
  KITH_TRY_ASSIGN(auto agent, RunningAgent());
  if (!agent) {
    invocation.Tell("No agent is running.");
    return {};
  }
  KITH_TRY(agent->Stop());
  invocation.Tell("The agent has stopped; the vault is locked.");
  return {};
}

void TellSync(Invocation& invocation, const v1::StatusReply& status) {
  if (!status.relay_set()) {
    invocation.Tell("Relay    none; everything is on this device only");
    return;
  }
  if (!status.relay().empty()) invocation.Tell("Relay    " + status.relay());
  std::string line = std::string("Sync     ") + SyncStateName(status.sync());
  if (status.behind() > 0) line += ", behind by " + Count(status.behind());
  if (status.waiting() > 0) line += ", " + Count(status.waiting()) + " waiting to be sent";
  invocation.Tell(line);
  if (!status.problem().empty()) invocation.Tell("         " + status.problem());
}

// Who has been let in, what is on its way to them, and what somebody can see.
void TellFriends(Invocation& invocation, const v1::StatusReply& status) {
  const char* heading = "Friends  ";
  for (const v1::FriendInfo& person : status.friends()) {
    const bool resting = person.state() == v1::FriendInfo::RESTING;
    invocation.Tell(heading + Harmless(person.label(), Lines::kOne) + ", " +
                    (resting ? FriendStateName(person.state()) : SyncStateName(person.sync())));
    if (!person.problem().empty()) invocation.Tell("         " + person.problem());
    heading = "         ";
  }
  if (status.held() > 0) {
    invocation.Tell("Held     " + Counted(status.held(), "share", "shares") +
                    " on this device, not sent; see: kith outbox list");
  }
  if (status.shared_entries() > 0) {
    invocation.Tell("Shared   " + Counted(status.shared_entries(), "entry", "entries") +
                    " that somebody else can see; see: kith who");
  } else {
    invocation.Tell("Shared   none; nobody but you can see an entry");
  }
}

// Somebody who is not the owner may be about to read everything: nothing is more urgent.
void TellClaims(Invocation& invocation, const v1::StatusReply& status) {
  for (const v1::ShareClaim& claim : status.claims()) invocation.Tell("Act now  " + ClaimLine(claim));
  if (status.claims().empty()) return;
  invocation.Tell("         If that is not you, say no at once: kith trustees veto");
  invocation.Tell(
      "         Then `kith trustees set` with whom you trust makes shares that were handed over worthless.");
}

// What is wrong with a relay stands above all else that can be said of it.
void TellAlarms(Invocation& invocation, const v1::StatusReply& status) {
  for (const v1::AlarmInfo& alarm : status.alarms()) {
    std::string line = (alarm.past() ? "Past     " : "Alarm    ") + alarm.code() + ", " + alarm.where();
    if (!alarm.device().empty()) line += ", " + alarm.device();
    invocation.Tell(line + ", since " + MomentText(alarm.since()));
    invocation.Tell("         " + alarm.message());
    invocation.Tell("         " + alarm.advice());
  }
  if (status.refused() > 0) {
    invocation.Tell("Refused  " + Count(status.refused()) +
                    " things from a relay that did not verify; they changed nothing");
  }
}

void TellStatus(Invocation& invocation, const v1::StatusReply& status) {
  invocation.Tell(std::string("Vault    ") + (status.vault() == v1::StatusReply::NONE
                                                  ? "none yet; begin with: kith init"
                                                  : VaultStateName(status.vault())));
  if (status.gathering()) invocation.Tell("Recovery begun with friends; go on with: kith recover --with-friends");
  if (status.vault() == v1::StatusReply::UNLOCKED) {
    TellClaims(invocation, status);
    invocation.Tell("Entries  " + Count(status.entries()));
    TellAlarms(invocation, status);
    TellSync(invocation, status);
    TellFriends(invocation, status);
    if (!status.recovery_confirmed()) {
      invocation.Tell("Recovery not confirmed: show that you have the 24 words with `kith recovery confirm`");
    }
  }
  if (!status.memory_locked()) {
    invocation.Tell("Memory   this system lets secrets reach swap; use encrypted swap, or raise `ulimit -l`");
  }
  for (const std::string& notice : status.notices()) invocation.Tell("Notice   " + notice);
}

Result<void> ShowStatus(Invocation& invocation) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::StatusReply status, agent->Status());
  TellStatus(invocation, status);
  invocation.Emit(Json(status));
  return {};
}

Result<void> Dismiss(Invocation& invocation) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::DismissAlarmsReply reply, agent->DismissAlarms());
  if (reply.dismissed() == 0) {
    invocation.Tell("There was nothing to dismiss. An alarm that stands goes when what it tells of is mended.");
  } else {
    invocation.Tell("Dismissed: " + Count(reply.dismissed()) + ".");
  }
  invocation.Emit(Json({{"dismissed", std::to_string(reply.dismissed())}}));
  return {};
}

Result<void> AgentStatus(Invocation& invocation) {
  KITH_TRY_ASSIGN(auto agent, RunningAgent());
  if (!agent) return Fail(Code::kAgentUnreachable, "No agent is running. The next command that needs one starts it.");
  KITH_TRY_ASSIGN(const v1::StatusReply status, agent->Status());
  invocation.Tell("Agent    running, version " + status.version() + ", process " + std::to_string(status.pid()));
  TellStatus(invocation, status);
  invocation.Emit(Json(status));
  return {};
}

}  // namespace

void AddAgentCommands(CLI::App& app, Invocation& invocation) {
  CLI::App* status = app.add_subcommand("status", "Vault, relay and syncing at a glance");
  status->footer("Example:\n  kith status");
  auto dismiss = std::make_shared<bool>(false);
  status->add_flag("--dismiss", *dismiss, "Forget alarms that are past, or that you have looked into");
  status->callback(
      [&invocation, dismiss] { invocation.result = *dismiss ? Dismiss(invocation) : ShowStatus(invocation); });

  CLI::App* agent = app.add_subcommand("agent", "The process that holds the vault open; starts by itself");
  agent->require_subcommand(1);
  CLI::App* start = agent->add_subcommand("start", "Start it now");
  start->footer("Example:\n  kith agent start");
  start->callback([&invocation] { invocation.result = Start(invocation); });
  CLI::App* stop = agent->add_subcommand("stop", "Lock the vault and end the agent");
  stop->footer("Example:\n  kith agent stop");
  stop->callback([&invocation] { invocation.result = Stop(invocation); });
  CLI::App* state = agent->add_subcommand("status", "Whether it runs; never starts it");
  state->footer("Example:\n  kith agent status");
  state->callback([&invocation] { invocation.result = AgentStatus(invocation); });
  CLI::App* run = agent->add_subcommand("run", "Be the agent, in this terminal");
  run->group("");  // not listed: for `start`, service managers and looking into trouble
  run->footer("Example:\n  kith agent run");
  run->callback([&invocation] { invocation.result = BecomeAgent(); });
}

}  // namespace kith
