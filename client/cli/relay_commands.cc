// relay set, sync, devices.
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

Result<void> Sync(Invocation& invocation, double timeout_seconds) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::SyncRequest request;
  request.set_timeout_ms(static_cast<uint32_t>(timeout_seconds * 1000));
  return agent->Sync(request, [&](const v1::SyncProgress& progress) -> Result<void> {
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

Result<void> Devices(Invocation& invocation) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::DevicesReply reply, agent->Devices());
  for (const v1::Device& device : reply.devices()) {
    std::string line = device.label();
    if (device.this_device()) line += "  (this device)";
    if (device.revoked()) line += "  (revoked)";
    if (const std::string seen = MomentText(device.last_seen()); !seen.empty()) line += "  last wrote " + seen;
    invocation.Tell(line);
    invocation.Emit(Json(device));
  }
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
  sync->footer("Example:\n  kith sync --timeout 30");
  sync->callback([&invocation, timeout] { invocation.result = Sync(invocation, *timeout); });

  CLI::App* devices = app.add_subcommand("devices", "The devices that hold this journal");
  devices->footer("Example:\n  kith devices");
  devices->callback([&invocation] { invocation.result = Devices(invocation); });
}

}  // namespace kith
