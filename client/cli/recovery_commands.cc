// recover, recovery confirm, drill.
#include <CLI/CLI.hpp>
#include <memory>

#include "client/cli/display.h"
#include "client/cli/exit_codes.h"
#include "client/cli/invocation.h"
#include "client/cli/json_output.h"
#include "client/cli/recovery_words.h"
#include "client/cli/text_output.h"

namespace kith {
namespace {

struct RecoverOptions {
  std::string relay, device, code, journal_relay;
  uint32_t kdf_memory_mib = 0;
  int words_fd = -1;
  bool yes = false;
  bool incomplete = false;
  bool with_friends = false;
  bool anew = false;
};

// What would be refused in the end costs the person no words.
Result<void> RefuseOverJournal(AgentClient& agent) {
  KITH_TRY_ASSIGN(const v1::StatusReply status, agent.Status());
  if (status.vault() == v1::StatusReply::NONE || (status.vault() == v1::StatusReply::UNLOCKED && status.entries() == 0))
    return {};
  return Fail(
      Code::kVaultNotEmpty,
      "There is a journal on this device; it was left as it is. Restore on a device without one, or with another "
      "KITH_HOME.");
}

Result<void> TellRecovered(Invocation& invocation, AgentClient& agent) {
  KITH_TRY_ASSIGN(const v1::StatusReply status, agent.Status());
  invocation.Tell("The journal is restored on this device: " + Count(status.entries()) +
                  (status.entries() == 1 ? " entry." : " entries.") +
                  " All other devices are removed from it; a sheet with these words stays good.");
  invocation.Tell("See `kith devices` and `kith friend list`. Devices that you still have can be linked anew.");
  return {};
}

Result<void> AskDeviceName(Invocation& invocation, std::string& name) {
  if (!name.empty() || !Terminal::CanAsk() || invocation.json()) return {};
  KITH_TRY_ASSIGN(name, invocation.terminal.AskLine(
                            "This device's name, as your other devices will show it (Enter takes the machine's): "));
  return CheckUtf8(name, "The name");
}

Result<void> HandleRecover(Invocation& invocation, AgentClient& agent, const v1::SyncProgress& progress) {
  invocation.Emit(Json(progress));
  if (!progress.done()) {
    const std::string sending = progress.waiting() > 0 ? ", " + Count(progress.waiting()) + " to send" : "";
    invocation.terminal.Progress("Fetched " + Count(progress.fetched()) + " of " + Count(progress.behind()) + sending);
    return {};
  }
  KITH_TRY(TellRecovered(invocation, agent));
  for (const v1::FriendInfo& person : progress.not_in_step()) {
    invocation.terminal.Say("Not in step with " + Harmless(person.label(), Lines::kOne) + ": " + person.problem());
  }
  return {};
}

Result<void> ConfirmTakeOver(Invocation& invocation, const RecoverOptions& options) {
  return Confirm(
      invocation, options.yes ? Consent::kGiven : Consent::kAsk,
      "All other devices of this journal will be removed from it: they can send and fetch nothing any more. Go on?",
      "Stopped. Nothing was changed.");
}

v1::RecoverRequest RequestOf(const RecoverOptions& options) {
  v1::RecoverRequest request;
  request.set_relay(options.with_friends ? options.journal_relay : options.relay);
  request.set_with_friends(options.with_friends);
  request.set_device_label(options.device);
  request.set_kdf_memory_mib(options.kdf_memory_mib);
  request.set_incomplete(options.incomplete);
  return request;
}

// `request` has its words, if it takes any. Both secrets of it are wiped.
Result<void> RunRecover(Invocation& invocation, AgentClient& agent, v1::RecoverRequest& request,
                        const Passphrase& passphrase) {
  request.set_passphrase(std::string(passphrase.view()));
  const Result<void> recovered = agent.Recover(
      request, [&](const v1::SyncProgress& progress) { return HandleRecover(invocation, agent, progress); });
  WipeText(*request.mutable_words());
  WipeText(*request.mutable_passphrase());
  return recovered;
}

Result<void> RecoverByWords(Invocation& invocation, AgentClient& agent, RecoverOptions options) {
  if (options.relay.empty())
    return Fail(Code::kInvalidArgument, "Name the relay, as it stands on the sheet: kith recover --relay ADDRESS#KEY");
  KITH_TRY(ConfirmTakeOver(invocation, options));
  KITH_TRY(AskDeviceName(invocation, options.device));
  std::optional<Passphrase> chosen;
  v1::RecoverRequest request = RequestOf(options);
  return RecoveryWords(options.words_fd).With(invocation, [&](const Passphrase& words) -> Result<void> {
    if (!chosen) {
      KITH_TRY_ASSIGN(chosen, invocation.passphrase.Choose(invocation.terminal));
    }
    request.set_words(std::string(words.view()));
    return RunRecover(invocation, agent, request, *chosen);
  });
}

// Gathers shares, one friend after another, and tells how far it is.
class SharesGathering {
 public:
  SharesGathering(Invocation& invocation, AgentClient& agent, const RecoverOptions& options,
                  const Passphrase& passphrase)
      : invocation_(invocation), agent_(agent), passphrase_(passphrase), last_relay_(options.relay) {
    request_.set_kdf_memory_mib(options.kdf_memory_mib);
    request_.set_anew(options.anew);
  }

  bool enough() const { return reply_.ready(); }
  // Asks the friend who says `code`; nobody where it is empty.
  Result<void> Ask(const std::string& code, const std::string& relay) {
    request_.set_code(code);
    request_.set_relay(relay);
    request_.set_passphrase(std::string(passphrase_.view()));
    auto reply = agent_.RecoverAsk(request_);
    WipeText(*request_.mutable_passphrase());
    KITH_TRY(reply);
    request_.set_anew(false);
    reply_ = *std::move(reply);
    invocation_.Emit(Json(reply_));
    TellHowFar();
    return {};
  }
  // Until there are enough, or the person stops. What goes wrong with one friend is told, and the next is asked for.
  Result<void> AskWhilePersonAnswers() {
    invocation_.terminal.Say(
        "Call your trustees, one after another. Each runs `kith trustees release` and tells you a code, and the relay "
        "that stands beside it.");
    while (!enough()) {
      KITH_TRY_ASSIGN(const std::string code, invocation_.terminal.AskLine("Their code (Enter stops for now): "));
      if (code.empty()) return {};
      const std::string same = last_relay_.empty() ? ": " : " (Enter takes the one before): ";
      KITH_TRY_ASSIGN(std::string relay, invocation_.terminal.AskLine("Their relay, ADDRESS#KEY" + same));
      KITH_TRY(CheckUtf8(code + relay, "That line"));
      if (relay.empty()) relay = last_relay_;
      last_relay_ = relay;
      const Result<void> asked = Ask(code, relay);
      if (!asked && asked.error().code == Code::kCancelled) return asked;
      if (!asked || !enough()) invocation_.terminal.Say(asked ? Problem() : asked.error().message);
    }
    return {};
  }
  // Why it cannot go on yet.
  Error TooFew() const {
    return Fail(CodeFromName(reply_.problem_code()).value_or(Code::kInternal),
                Problem() +
                    " What was gathered is kept here, sealed under the passphrase; go on with: kith recover "
                    "--with-friends");
  }

 private:
  std::string Problem() const {
    return reply_.problem() + (reply_.due() > 0 ? " That is on " + MomentText(reply_.due()) + "." : "");
  }
  void TellHowFar() {
    if (reply_.needed() == 0 || invocation_.json()) return;
    invocation_.Tell(Count(reply_.gathered()) + " of " + Count(reply_.needed()) + " shares that are needed are here.");
  }

  Invocation& invocation_;
  AgentClient& agent_;
  const Passphrase& passphrase_;
  std::string last_relay_;
  v1::RecoverAskRequest request_;
  v1::RecoverAskReply reply_;
};

Result<void> RecoverWithFriends(Invocation& invocation, AgentClient& agent, RecoverOptions options) {
  if (!options.code.empty() && options.relay.empty())
    return Fail(Code::kInvalidArgument,
                "Name the relay too, as your friend has it on their screen: --code CODE --relay ADDRESS#KEY");
  KITH_TRY_ASSIGN(const v1::StatusReply status, agent.Status());
  const bool goes_on = status.gathering() && !options.anew;
  KITH_TRY_ASSIGN(const Passphrase passphrase, goes_on ? invocation.passphrase.Get(invocation.terminal)
                                                       : invocation.passphrase.Choose(invocation.terminal));
  SharesGathering gathering(invocation, agent, options, passphrase);
  KITH_TRY(gathering.Ask(options.code, options.relay));
  if (!gathering.enough() && options.code.empty() && Terminal::CanAsk() && !invocation.json())
    KITH_TRY(gathering.AskWhilePersonAnswers());
  if (!gathering.enough()) return gathering.TooFew();
  KITH_TRY(ConfirmTakeOver(invocation, options));
  KITH_TRY(AskDeviceName(invocation, options.device));
  v1::RecoverRequest request = RequestOf(options);
  return RunRecover(invocation, agent, request, passphrase);
}

Result<void> Recover(Invocation& invocation, const RecoverOptions& options) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY(RefuseOverJournal(*agent));
  return options.with_friends ? RecoverWithFriends(invocation, *agent, options)
                              : RecoverByWords(invocation, *agent, options);
}

Result<void> ConfirmWords(Invocation& invocation, int words_fd) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY(RecoveryWords(words_fd).With(invocation, [&](const Passphrase& words) {
    v1::RecoveryConfirmRequest request;
    request.set_words(std::string(words.view()));
    const Result<void> confirmed = agent->RecoveryConfirm(request);
    WipeText(*request.mutable_words());
    return confirmed;
  }));
  invocation.Tell("Confirmed: these are the words of this journal. `kith drill` proves that they bring it back.");
  invocation.Emit(Json({{"recovery", "confirmed"}}));
  return {};
}

std::string Entries(uint64_t number) { return Count(number) + (number == 1 ? " entry" : " entries"); }

void TellReport(Invocation& invocation, const v1::DrillReport& report) {
  invocation.Tell("Proved: from these words and " + report.relay() + " alone, " + Entries(report.entries()) +
                  " came back and are, word for word, what is here" +
                  (report.deleted() > 0 ? "; so did " + Count(report.deleted()) + " deleted ones." : "."));
  if (report.friends() > 0) {
    invocation.Tell("Your place in the circle of " + Count(report.friends()) +
                    (report.friends() == 1 ? " friend" : " friends") + " came back too.");
  }
  for (const std::string& label : report.not_read()) {
    invocation.Tell("Not proved: the circle of " + label + ". Its relay could not be asked, or does not know it yet.");
  }
  if (report.only_here() > 0) {
    invocation.Tell("Only on this device so far: something of " + Entries(report.only_here()) +
                    ". Run `kith sync`, then drill again.");
  }
  invocation.Tell(
      "Not proved: that the relay will be there, and serve all of it, on the day you need it. Nothing was "
      "changed, here or there.");
}

Result<void> Drill(Invocation& invocation, int words_fd) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  return RecoveryWords(words_fd).With(invocation, [&](const Passphrase& words) {
    v1::DrillRequest request;
    request.set_words(std::string(words.view()));
    const Result<void> drilled = agent->Drill(request, [&](const v1::DrillProgress& progress) -> Result<void> {
      invocation.Emit(Json(progress));
      if (progress.has_report()) {
        TellReport(invocation, progress.report());
      } else if (progress.compared() > 0) {
        invocation.terminal.Progress("Compared " + Count(progress.compared()));
      } else {
        invocation.terminal.Progress("Fetched " + Count(progress.fetched()) + " of " + Count(progress.behind()));
      }
      return {};
    });
    WipeText(*request.mutable_words());
    return drilled;
  });
}

CLI::Option* AddWordsOption(CLI::App* command, int& descriptor) {
  return command->add_option("--words-fd", descriptor, "Read the 24 words from this file descriptor")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
}

void AddRecover(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<RecoverOptions>();
  CLI::App* recover =
      app.add_subcommand("recover", "Bring the journal back from recovery sheet and relay, onto a device without one");
  recover
      ->add_option("--relay", options->relay,
                   "The relay, as on the sheet; with friends: as they have it on their screen")
      ->type_name("ADDRESS#KEY");
  recover->add_option("--device", options->device, "This device's name, as your other devices will show it");
  recover
      ->add_option("--kdf-memory", options->kdf_memory_mib, "Memory that guessing the passphrase costs, in MiB (256)")
      ->type_name("MIB");
  AddWordsOption(recover, options->words_fd);
  recover->add_flag("--yes", options->yes, "Do not ask whether the other devices may be removed");
  recover->add_flag("--incomplete", options->incomplete,
                    "Go on although the relay does not hand over all that it once took; what is missing will not count "
                    "any more");
  CLI::Option* friends =
      recover->add_flag("--with-friends", options->with_friends,
                        "By the shares of your trustees, who tell you a code each; can be stopped and "
                        "taken up again");
  recover->add_option("--code", options->code, "With friends, for scripts: the code of one of them")->needs(friends);
  recover
      ->add_option("--journal-relay", options->journal_relay,
                   "With friends: where the journal is now, if it has moved since they got their shares")
      ->type_name("ADDRESS#KEY")
      ->needs(friends);
  recover
      ->add_flag("--anew", options->anew,
                 "With friends: forget what was gathered, also by which they know whose delay has run")
      ->needs(friends);
  recover->footer(
      "Example:\n  kith recover --relay ADDRESS#KEY\n  kith recover --with-friends\n\n"
      "With friends: what they hand over is kept on this machine until the journal is back, sealed under the "
      "passphrase "
      "that you choose for it here. Who forgets that passphrase begins anew with --anew, and a delay begins anew too. "
      "Circles whose place was taken at the relay need the words.");
  recover->callback([&invocation, options] { invocation.result = Recover(invocation, *options); });
}

}  // namespace

void AddRecoveryCommands(CLI::App& app, Invocation& invocation) {
  AddRecover(app, invocation);

  CLI::App* recovery = app.add_subcommand("recovery", "The recovery phrase of this journal");
  recovery->require_subcommand(1);
  recovery->footer(
      "Example:\n  kith recovery confirm\n\n"
      "The words are shown once, by `kith init`, and kept nowhere: nothing can show or print them later.");
  auto confirm_fd = std::make_shared<int>(-1);
  CLI::App* confirm = recovery->add_subcommand("confirm", "Show that you have the words; until then `status` reminds");
  AddWordsOption(confirm, *confirm_fd);
  confirm->footer("Example:\n  kith recovery confirm");
  confirm->callback([&invocation, confirm_fd] { invocation.result = ConfirmWords(invocation, *confirm_fd); });

  auto drill_fd = std::make_shared<int>(-1);
  CLI::App* drill =
      app.add_subcommand("drill", "Prove that sheet and relay bring this journal back; changes nothing anywhere");
  AddWordsOption(drill, *drill_fd);
  drill->footer("Example:\n  kith drill");
  drill->callback([&invocation, drill_fd] { invocation.result = Drill(invocation, *drill_fd); });
}

}  // namespace kith
