#include <CLI/CLI.hpp>
#include <cstring>
#include <string>

#include "client/cli/exit_codes.h"
#include "client/cli/invocation.h"
#include "client/cli/json_output.h"

namespace kith {
namespace {

constexpr char kAbout[] =
    "Kith: a private journal for your own devices, of which you can let a friend see a chosen entry. Everything is "
    "encrypted on the device that wrote it.";
constexpr char kBegin[] =
    "Begin with:\n"
    "  kith init\n"
    "  kith write\n"
    "  kith list\n\n"
    "Each command has --help with an example. Exit codes: kith help exit-codes";

int Report(const Error& error, Terminal& terminal, Output output) {
  if (!terminal.Finish() && output == Output::kHuman) terminal.Say("kith: Not all of the output could be written.");
  if (output == Output::kJson) {
    terminal.Say(Json(error));
  } else {
    terminal.Say("kith: " + (error.message.empty() ? std::string(CodeName(error.code)) : error.message));
  }
  return static_cast<int>(ExitFor(error.code));
}

// --json may stand anywhere, and a command line that cannot be parsed is an error to report as asked for too.
Output OutputWanted(int argc, const char* const* argv) {
  for (int i = 1; i < argc && std::strcmp(argv[i], "--") != 0; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) return Output::kJson;
  }
  return Output::kHuman;
}

Result<void> CheckArguments(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) KITH_TRY(CheckUtf8(argv[i], "An argument"));
  return {};
}

// The command that explains the one that was given, as far as that was understood.
std::string HelpFor(const CLI::App& app) {
  std::string command = app.get_name();
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    command += " " + at->get_name();
  }
  return command + " --help";
}

void AddGlobalOptions(CLI::App& app, Invocation& invocation) {
  app.fallthrough();
  app.require_subcommand(1);
  app.footer(kBegin);
  app.set_version_flag("--version", std::string("kith ") + KITH_VERSION);
  app.add_flag_callback(
      "--json", [&invocation] { invocation.output = Output::kJson; }, "One JSON object a line, errors too");
  app.add_flag_callback(
      "--with-quiet", [&invocation] { invocation.quieted = Quieted::kInclude; },
      "Also people and dates that you set quiet");
  app.add_option_function<int>(
         "--passphrase-fd", [&invocation](int fd) { invocation.passphrase.set_descriptor(fd); },
         "Read the passphrase from this file descriptor (or set KITH_PASSPHRASE_FILE)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  app.add_option_function<int>(
         "--new-passphrase-fd", [&invocation](int fd) { invocation.new_passphrase.set_descriptor(fd); },
         "The same for a new passphrase (or set KITH_NEW_PASSPHRASE_FILE)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
}

}  // namespace

int RunCli(int argc, const char* const* argv, Invocation& invocation) {
  Terminal& terminal = invocation.terminal;
  invocation.output = OutputWanted(argc, argv);
  if (const auto checked = CheckArguments(argc, argv); !checked) {
    return Report(checked.error(), terminal, invocation.output);
  }
  CLI::App app(kAbout, "kith");
  AddGlobalOptions(app, invocation);
  AddVaultCommands(app, invocation);
  AddWriteCommands(app, invocation);
  AddReadCommands(app, invocation);
  AddPracticeCommands(app, invocation);
  AddOwnPracticeCommands(app, invocation);
  AddPeoplePracticeCommands(app, invocation);
  AddLadderCommands(app, invocation);
  AddLookCommands(app, invocation);
  AddQuietCommands(app, invocation);
  AddChangeCommands(app, invocation);
  AddExchangeCommands(app, invocation);
  AddRelayCommands(app, invocation);
  AddDeviceCommands(app, invocation);
  AddLinkCommand(app, invocation);
  AddRecoveryCommands(app, invocation);
  AddTrusteesCommands(app, invocation);
  AddFriendCommands(app, invocation);
  AddCircleCommands(app, invocation);
  AddShareCommands(app, invocation);
  AddInboxCommands(app, invocation);
  AddAgentCommands(app, invocation);
  AddHelpCommands(app, invocation);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    terminal.Print(app.help());
  } catch (const CLI::CallForAllHelp&) {
    terminal.Print(app.help("", CLI::AppFormatMode::All));
  } catch (const CLI::CallForVersion& version) {
    terminal.Print(std::string(version.what()) + "\n");
  } catch (const CLI::ParseError& error) {
    return Report(Fail(Code::kInvalidArgument, std::string(error.what()) + "\nSee: " + HelpFor(app)), terminal,
                  invocation.output);
  }
  if (!invocation.result) return Report(invocation.result.error(), terminal, invocation.output);
  if (const auto finished = terminal.Finish(); !finished) return Report(finished.error(), terminal, invocation.output);
  return static_cast<int>(Exit::kOk);
}

}  // namespace kith
