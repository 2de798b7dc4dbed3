// init, unlock, lock, passphrase.
#include <CLI/CLI.hpp>
#include <memory>
#include <vector>

#include "client/cli/invocation.h"
#include "client/cli/json_output.h"
#include "client/cli/recovery_sheet.h"
#include "client/cli/recovery_words.h"

namespace kith {
namespace {

constexpr char kPhraseIntro[] =
    "\nYour recovery phrase. Write these 24 words on paper, in order, and keep the paper safe.\n"
    "Whoever has them can read this journal. They are shown this once and kept nowhere.\n\n";

struct InitOptions {
  std::string device;
  uint32_t kdf_memory_mib = 0;
  std::string sheet;
};

// A vault that exists costs the person no passphrase to find out about.
Result<void> RefuseSecondVault(AgentClient& agent) {
  KITH_TRY_ASSIGN(const v1::StatusReply status, agent.Status());
  if (status.vault() == v1::StatusReply::NONE) return {};
  return Fail(Code::kVaultExists, "There is a vault here already; it was left as it is. See: kith status");
}

Result<v1::InitReply> MakeVault(Invocation& invocation, AgentClient& agent, const InitOptions& options) {
  KITH_TRY_ASSIGN(const Passphrase chosen, invocation.passphrase.Choose(invocation.terminal));
  v1::InitRequest request;
  request.set_passphrase(std::string(chosen.view()));
  request.set_device_label(options.device);
  request.set_kdf_memory_mib(options.kdf_memory_mib);
  auto reply = agent.Init(request);
  WipeText(*request.mutable_passphrase());
  return reply;
}

Result<void> InitWithSheet(Invocation& invocation, AgentClient& agent, const InitOptions& options) {
  KITH_TRY_ASSIGN(RecoverySheet sheet, RecoverySheet::Create(options.sheet));
  KITH_TRY_ASSIGN(v1::InitReply reply, MakeVault(invocation, agent, options));
  const Result<void> kept = sheet.Fill(reply.phrase());
  WipeText(*reply.mutable_phrase());
  KITH_TRY(kept);
  invocation.Tell("The journal is ready. The recovery phrase is in " + options.sheet +
                  ". Print it or copy it to paper, then delete the file, and show that you have the words with `kith "
                  "recovery confirm`.");
  invocation.Emit(Json({{"vault", "unlocked"}, {"recovery_sheet", options.sheet}}));
  return {};
}

// The words are on paper only if somebody can read them from it. Skipping costs a reminder in `status`.
void ConfirmAtOnce(Invocation& invocation, AgentClient& agent, const v1::InitReply& reply) {
  invocation.terminal.Say(
      "To be sure that they are on paper, three of the words (Enter alone skips this; `kith recovery confirm` does it "
      "later):");
  const std::vector<uint32_t> numbers(reply.ask().begin(), reply.ask().end());
  const auto said = AskForSome(invocation.terminal, reply.phrase(), numbers);
  if (!said || !*said) return;
  v1::RecoveryConfirmRequest request;
  request.set_words(reply.phrase());
  const Result<void> confirmed = agent.RecoveryConfirm(request);
  WipeText(*request.mutable_words());
  if (!confirmed) invocation.terminal.Say(confirmed.error().message);
}

Result<void> InitAtTerminal(Invocation& invocation, AgentClient& agent, const InitOptions& options) {
  KITH_TRY_ASSIGN(v1::InitReply reply, MakeVault(invocation, agent, options));
  std::string text = kPhraseIntro + NumberedPhrase(reply.phrase()) + "\n";
  const Result<void> shown = invocation.terminal.ShowOnce(text);
  WipeText(text);
  if (shown) ConfirmAtOnce(invocation, agent, reply);
  WipeText(*reply.mutable_phrase());
  KITH_TRY(shown);
  invocation.Tell("The journal is ready. Write the first entry: kith write");
  return {};
}

Result<void> Init(Invocation& invocation, const InitOptions& options) {
  if (options.sheet.empty() && (invocation.json() || !Terminal::CanAsk())) {
    return Fail(Code::kInvalidArgument,
                "The recovery phrase is shown once, and there is no terminal to show it at. "
                "Say where to write it: kith init --recovery-sheet FILE");
  }
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY(RefuseSecondVault(*agent));
  return options.sheet.empty() ? InitAtTerminal(invocation, *agent, options)
                               : InitWithSheet(invocation, *agent, options);
}

Result<void> Unlock(Invocation& invocation) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY(invocation.Unlock(*agent));
  invocation.Tell("Unlocked.");
  invocation.Emit(Json({{"vault", "unlocked"}}));
  return {};
}

Result<void> Lock(Invocation& invocation) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY(agent->Lock());
  invocation.Tell("Locked.");
  invocation.Emit(Json({{"vault", "locked"}}));
  return {};
}

Result<void> ChangePassphrase(Invocation& invocation, uint32_t kdf_memory_mib) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const Passphrase old, invocation.passphrase.Get(invocation.terminal));
  KITH_TRY_ASSIGN(const Passphrase chosen, invocation.new_passphrase.Choose(invocation.terminal));
  v1::ChangePassphraseRequest request;
  request.set_old_passphrase(std::string(old.view()));
  request.set_new_passphrase(std::string(chosen.view()));
  request.set_kdf_memory_mib(kdf_memory_mib);
  const Result<void> changed = agent->ChangePassphrase(request);
  WipeText(*request.mutable_old_passphrase());
  WipeText(*request.mutable_new_passphrase());
  KITH_TRY(changed);
  invocation.Tell("The passphrase of this device is changed. Other devices keep theirs.");
  invocation.Emit(Json({{"passphrase", "changed"}}));
  return {};
}

}  // namespace

void AddVaultCommands(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<InitOptions>();
  CLI::App* init = app.add_subcommand("init", "Make this device's journal; needs no relay");
  init->add_option("--device", options->device, "This device's name, as your other devices will show it");
  init->add_option("--kdf-memory", options->kdf_memory_mib, "Memory that guessing the passphrase costs, in MiB (256)")
      ->type_name("MIB");
  init->add_option("--recovery-sheet", options->sheet, "Write the recovery phrase to this new file")->type_name("FILE");
  init->footer("Example:\n  kith init --device laptop");
  init->callback([&invocation, options] { invocation.result = Init(invocation, *options); });

  CLI::App* unlock = app.add_subcommand("unlock", "Open the vault");
  unlock->footer("Example:\n  kith unlock");
  unlock->callback([&invocation] { invocation.result = Unlock(invocation); });

  CLI::App* lock = app.add_subcommand("lock", "Close the vault; the agent forgets its key");
  lock->footer("Example:\n  kith lock");
  lock->callback([&invocation] { invocation.result = Lock(invocation); });

  auto memory = std::make_shared<uint32_t>(0);
  CLI::App* change = app.add_subcommand("passphrase", "Change this device's passphrase");
  change->add_option("--kdf-memory", *memory, "Memory that guessing it costs, in MiB (256)")->type_name("MIB");
  change->footer("Example:\n  kith passphrase");
  change->callback([&invocation, memory] { invocation.result = ChangePassphrase(invocation, *memory); });
}

}  // namespace kith
