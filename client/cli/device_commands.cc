// devices: the list, rename, revoke.
#include <CLI/CLI.hpp>
#include <memory>

#include "client/cli/invocation.h"
#include "client/cli/json_output.h"
#include "client/cli/text_output.h"

namespace kith {
namespace {

constexpr double kMaxTimeoutSeconds = 86'400;
constexpr double kUsualTimeoutSeconds = 60;

struct RevokeOptions {
  std::string device;
  double timeout_seconds = kUsualTimeoutSeconds;
  bool yes = false;
};

std::string LineOf(const v1::Device& device) {
  constexpr size_t kShortId = 8;
  std::string line = device.label().empty() ? "(without a name)" : device.label();
  if (device.this_device()) line += "  (this device)";
  if (device.revoked()) line += "  (revoked)";
  if (const std::string seen = MomentText(device.last_seen()); !seen.empty()) line += "  last wrote " + seen;
  return line + "  " + device.id().substr(0, kShortId);
}

Result<void> List(Invocation& invocation) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::DevicesReply reply, agent->Devices());
  for (const v1::Device& device : reply.devices()) {
    invocation.Tell(LineOf(device));
    invocation.Emit(Json(device));
  }
  return {};
}

Result<void> Rename(Invocation& invocation, const std::string& device, const std::string& name) {
  KITH_TRY(CheckUtf8(name, "The name"));
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::DeviceRenameRequest request;
  request.set_device(device);
  request.set_label(name);
  KITH_TRY_ASSIGN(const v1::Device renamed, agent->DeviceRename(request));
  invocation.Tell("Your devices now call it \"" + renamed.label() + "\".");
  invocation.Emit(Json(renamed));
  return {};
}

std::string NameOf(const v1::DeviceRevokeProgress::Place& place) {
  return place.friend_().empty() ? "your journal" : "what you share with " + place.friend_();
}

// What will happen, and what cannot be undone or promised, before anything does.
Result<void> Explain(Invocation& invocation, AgentClient& agent, const RevokeOptions& options) {
  v1::DeviceRevokeRequest request;
  request.set_device(options.device);
  request.set_preview(true);
  return agent.DeviceRevoke(request, [&](const v1::DeviceRevokeProgress& plan) -> Result<void> {
    if (invocation.json()) return {};
    std::string places;
    for (const auto& place : plan.places()) places += (places.empty() ? "" : ", ") + NameOf(place);
    invocation.terminal.Say("To be revoked: " + LineOf(plan.device()));
    invocation.terminal.Say("It will be let in no more, and get no new keys: " + places + ".");
    invocation.terminal.Say("What it has already, it keeps: whoever can unlock it reads that.");
    invocation.terminal.Say("What was written on it and never reached your relay, your other devices will not have.");
    invocation.terminal.Say("This cannot be undone. To use that device again, link it anew.");
    return {};
  });
}

void TellPlace(Invocation& invocation, const v1::DeviceRevokeProgress::Place& place) {
  if (place.cut_off() && place.new_keys()) {
    invocation.Tell("Done: " + NameOf(place) + ".");
    return;
  }
  std::string line = "Not done yet: " + NameOf(place) + ". It happens by itself, as soon as the relay can be reached.";
  if (!place.problem().empty()) line += " (" + place.problem() + ")";
  invocation.Tell(line);
}

Result<void> Revoke(Invocation& invocation, const RevokeOptions& options) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY(Explain(invocation, *agent, options));
  KITH_TRY(
      kith::Confirm(invocation, options.yes ? Consent::kGiven : Consent::kAsk, "Revoke it?", "Nothing was changed."));
  KITH_TRY_ASSIGN(const Passphrase passphrase, invocation.passphrase.Get(invocation.terminal));
  v1::DeviceRevokeRequest request;
  request.set_device(options.device);
  request.set_passphrase(std::string(passphrase.view()));
  request.set_timeout_ms(static_cast<uint32_t>(options.timeout_seconds * 1000));
  const Result<void> revoked =
      agent->DeviceRevoke(request, [&](const v1::DeviceRevokeProgress& progress) -> Result<void> {
        invocation.Emit(Json(progress));
        size_t done = 0;
        for (const auto& place : progress.places()) done += place.cut_off() && place.new_keys() ? 1 : 0;
        if (!progress.done()) {
          invocation.terminal.Progress("Told " + Count(done) + " of " +
                                       Count(static_cast<uint64_t>(progress.places_size())) + " relays' mailboxes");
          return {};
        }
        invocation.Tell("It is revoked.");
        for (const auto& place : progress.places()) TellPlace(invocation, place);
        return {};
      });
  WipeText(*request.mutable_passphrase());
  return revoked;
}

}  // namespace

void AddDeviceCommands(CLI::App& app, Invocation& invocation) {
  CLI::App* devices = app.add_subcommand("devices", "The devices that hold this journal; without more: their list");
  devices->require_subcommand(0, 1);
  devices->footer("Example:\n  kith devices");

  auto device = std::make_shared<std::string>();
  auto name = std::make_shared<std::string>();
  CLI::App* rename = devices->add_subcommand("rename", "Give one of your devices another name");
  rename->add_option("DEVICE", *device, "Its name, or the id beside it in the list")->required();
  rename->add_option("NAME", *name, "The new name, for all your devices")->required();
  rename->footer("Example:\n  kith devices rename old-laptop \"Kitchen laptop\"");
  rename->callback([&invocation, device, name] { invocation.result = Rename(invocation, *device, *name); });

  auto options = std::make_shared<RevokeOptions>();
  CLI::App* revoke = devices->add_subcommand(
      "revoke",
      "Cut off a device that was lost, stolen or given away: from your relay, your friends' and all new keys");
  revoke->add_option("DEVICE", options->device, "Its name, or the id beside it in the list")->required();
  revoke->add_option("--timeout", options->timeout_seconds, "Wait so long for the relays; the rest happens by itself")
      ->type_name("SECONDS")
      ->check(CLI::Range(1.0, kMaxTimeoutSeconds));
  revoke->add_flag("--yes", options->yes, "Do not ask; the passphrase is still needed");
  revoke->footer("Example:\n  kith devices revoke phone");
  revoke->callback([&invocation, options] { invocation.result = Revoke(invocation, *options); });

  devices->callback([&invocation, devices] {
    if (devices->get_subcommands().empty()) invocation.result = List(invocation);
  });
}

}  // namespace kith
