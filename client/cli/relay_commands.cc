// relay set, sync.
#include <CLI/CLI.hpp>
#include <memory>

#include "client/cli/invocation.h"
#include "client/cli/json_output.h"
#include "client/cli/text_output.h"

namespace kith {
namespace {

constexpr double kMaxTimeoutSeconds = 86'400;

Result<void> RelaySet(Invocation& invocation, const std::string& invite) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::RelaySetRequest request;
  request.set_invite(invite);
  KITH_TRY_ASSIGN(const v1::RelaySetReply reply, agent->RelaySet(request));
  invocation.Tell("This journal now syncs through " + reply.relay() + ". Write that line on the recovery sheet.");
  invocation.Emit(Json({{"relay", reply.relay()}}));
  return {};
}

enum class Telling { kAll, kNothing };

Result<void> Sync(Invocation& invocation, double timeout_seconds, Telling telling) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::SyncRequest request;
  request.set_timeout_ms(static_cast<uint32_t>(timeout_seconds * 1000));
  return agent->Sync(request, [&](const v1::SyncProgress& progress) -> Result<void> {
    if (telling == Telling::kNothing) return {};
    invocation.Emit(Json(progress));
    if (progress.done()) {
      invocation.Tell("In sync.");
    } else {
      invocation.terminal.Progress("Fetched " + Count(progress.fetched()) + " of " + Count(progress.behind()) + ", " +
                                   Count(progress.waiting()) + " to send");
    }
    return {};
  });
}

// What both sides of a mailbox have must be equal once neither has anything to send: then so are the words.
Result<void> Check(Invocation& invocation, double timeout_seconds, const std::string& person) {
  KITH_TRY(Sync(invocation, timeout_seconds, Telling::kNothing));
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::CheckWordsRequest request;
  request.set_friend_(person);
  KITH_TRY_ASSIGN(const v1::CheckWordsReply reply, agent->CheckWords(request));
  std::string words;
  for (const std::string& word : reply.words()) words += (words.empty() ? "" : " ") + word;
  invocation.Tell(words);
  invocation.Tell(person.empty()
                      ? "Run this on your other device too. Equal words: both have had the same from the relay."
                      : "Ask " + person +
                            " to run this too, and compare by voice. Equal words: both have had the same.");
  invocation.Tell("If they differ, run it again on both while nobody writes. If they still do, see: kith status");
  invocation.Emit(Json(reply));
  return {};
}

}  // namespace

void AddRelayCommands(CLI::App& app, Invocation& invocation) {
  CLI::App* relay = app.add_subcommand("relay", "Which relay carries this journal between devices");
  relay->require_subcommand(1);
  relay->footer("Example:\n  kith relay set INVITE");
  auto invite = std::make_shared<std::string>();
  CLI::App* set = relay->add_subcommand("set", "Use the relay that gave you this invite");
  set->add_option("INVITE", *invite, "ADDRESS#KEY.SECRET, as the relay's owner printed it")->required();
  set->footer("Example:\n  kith relay set 127.0.0.1:7440#k3y.s3cret");
  set->callback([&invocation, invite] { invocation.result = RelaySet(invocation, *invite); });

  auto timeout = std::make_shared<double>(0);
  CLI::App* sync = app.add_subcommand("sync", "Wait until everything is sent and fetched; it also happens by itself");
  sync->add_option("--timeout", *timeout,
                   "Give up after so many seconds; until then, try again a relay that cannot be reached")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, kMaxTimeoutSeconds));
  auto check = std::make_shared<bool>(false);
  auto person = std::make_shared<std::string>();
  CLI::Option* const checking =
      sync->add_flag("--check", *check, "Then show six words that are equal on devices that have had the same");
  sync->add_option("--friend", *person, "With --check: compare with this friend instead of another device")
      ->needs(checking);
  sync->footer("Example:\n  kith sync --timeout 30\n  kith sync --check --friend Ben");
  sync->callback([&invocation, timeout, check, person] {
    invocation.result = *check ? Check(invocation, *timeout, *person) : Sync(invocation, *timeout, Telling::kAll);
  });
}

}  // namespace kith
