// link: on a device that has the journal it shows a code; on a new device it takes one.
#include <CLI/CLI.hpp>
#include <memory>

#include "client/cli/invocation.h"
#include "client/cli/json_output.h"
#include "client/cli/text_output.h"

namespace kith {
namespace {

struct LinkOptions {
  std::vector<std::string> code;
  std::string relay, name, device;
  uint32_t kdf_memory_mib = 0;
  bool yes = false;
};

void ShowCode(Invocation& invocation, const v1::LinkShowProgress& progress) {
  invocation.terminal.Say("On the new device, within ten minutes:");
  invocation.terminal.Say("  kith link " + progress.code() + " --relay '" + progress.relay() + "'");
  invocation.Tell(progress.code());
  invocation.Emit(Json({{"code", progress.code()}, {"relay", progress.relay()}}));
}

// A person decides, and may give the device another name.
Result<void> Confirm(Invocation& invocation, AgentClient& agent, const std::string& asking) {
  v1::LinkConfirmRequest request;
  KITH_TRY_ASSIGN(const Terminal::Answer answer,
                  invocation.terminal.AskYesNo("A device that calls itself \"" + asking +
                                               "\" has the code. Let it read this whole journal?"));
  if (answer == Terminal::Answer::kYes) {
    request.set_accept(true);
    KITH_TRY_ASSIGN(*request.mutable_label(), invocation.terminal.AskLine("Its name here (Enter keeps that one): "));
    KITH_TRY(CheckUtf8(request.label(), "The name"));
  }
  return agent.LinkConfirm(request);
}

Result<void> HandleLinkShow(Invocation& invocation, AgentClient& agent, const v1::LinkShowProgress& progress) {
  if (progress.done()) {
    if (!invocation.json()) invocation.terminal.Say("Linked: " + progress.label());  // standard output is the code's
    invocation.Emit(Json({{"linked", progress.label()}}));
    return {};
  }
  if (!progress.code().empty()) {
    ShowCode(invocation, progress);
    return invocation.terminal.Finish();  // the code must reach whoever waits for it now
  }
  if (!progress.asking().empty()) return Confirm(invocation, agent, progress.asking());
  return {};
}

Result<void> LinkShow(Invocation& invocation, const LinkOptions& options) {
  if (!options.yes && !Terminal::CanAsk()) {
    return Fail(Code::kInvalidArgument,
                "There is no terminal to ask at whether the device may join. In a script: kith link --yes --name NAME");
  }
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const Passphrase passphrase, invocation.passphrase.Get(invocation.terminal));
  v1::LinkShowRequest request;
  request.set_passphrase(std::string(passphrase.view()));
  request.set_accept(options.yes);
  request.set_label(options.name);
  const Result<void> linked = agent->LinkShow(
      request, [&](const v1::LinkShowProgress& progress) { return HandleLinkShow(invocation, *agent, progress); });
  WipeText(*request.mutable_passphrase());
  return linked;
}

Result<void> LinkJoin(Invocation& invocation, const LinkOptions& options) {
  if (options.relay.empty()) {
    return Fail(Code::kInvalidArgument,
                "Name the relay too, as the other device shows it: kith link CODE --relay "
                "ADDRESS#KEY");
  }
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const Passphrase chosen, invocation.passphrase.Choose(invocation.terminal));
  v1::LinkJoinRequest request;
  for (const std::string& part : options.code) {
    request.set_code(request.code() + (request.code().empty() ? "" : "-") + part);
  }
  request.set_relay(options.relay);
  request.set_passphrase(std::string(chosen.view()));
  request.set_device_label(options.device);
  request.set_kdf_memory_mib(options.kdf_memory_mib);
  const Result<void> joined = agent->LinkJoin(request, [&](const v1::SyncProgress& progress) -> Result<void> {
    invocation.Emit(Json(progress));
    if (progress.done()) {
      invocation.Tell("This device is linked and in sync.");
    } else {
      invocation.terminal.Progress("Fetched " + Count(progress.fetched()) + " of " + Count(progress.behind()));
    }
    return {};
  });
  WipeText(*request.mutable_passphrase());
  return joined;
}

}  // namespace

void AddLinkCommand(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<LinkOptions>();
  CLI::App* link = app.add_subcommand("link", "Add a device: shows a code here; takes the CODE on the new device");
  link->add_option("CODE", options->code, "On the new device: the code that the other one shows");
  link->add_option("--relay", options->relay, "On the new device: the relay, as the other one shows it")
      ->type_name("ADDRESS#KEY");
  link->add_option("--device", options->device, "On the new device: its name");
  link->add_option("--kdf-memory", options->kdf_memory_mib,
                   "On the new device: memory that guessing its passphrase costs, in MiB (256)")
      ->type_name("MIB");
  link->add_flag("--yes", options->yes, "Take the device that has the code without asking");
  link->add_option("--name", options->name, "What to call it here");
  link->footer(
      "Example:\n  kith link                                     (here)\n"
      "  kith link 1234-cabin-lunar-oak --relay ADDRESS#KEY   (on the new device)");
  link->callback([&invocation, options] {
    invocation.result = options->code.empty() ? LinkShow(invocation, *options) : LinkJoin(invocation, *options);
  });
}

}  // namespace kith
