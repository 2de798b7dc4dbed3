// One run of the program: what every command needs, handed to it. And the list of the commands.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/cli/agent_client.h"
#include "client/cli/passphrase.h"
#include "client/cli/terminal.h"
#include "crypto/base/result.h"

namespace CLI {
class App;
}

namespace kith {

enum class Output { kHuman, kJson };
// What was set quiet: left out of what is listed, found or looked back at, or shown with the rest.
enum class Quieted : uint8_t { kLeaveOut, kInclude };

class Invocation {
 public:
  explicit Invocation(Terminal& t) : terminal(t) {}

  Terminal& terminal;
  Output output = Output::kHuman;
  Quieted quieted = Quieted::kLeaveOut;  // kInclude: asked for with --with-quiet
  PassphraseSource passphrase{"KITH_PASSPHRASE_FILE", "Passphrase"};
  PassphraseSource new_passphrase{"KITH_NEW_PASSPHRASE_FILE", "New passphrase"};
  Result<void> result;  // what the command came to

  bool json() const { return output == Output::kJson; }
  bool with_quiet() const { return quieted == Quieted::kInclude; }
  // The connection, made on first use; starts the agent when it does not run. A locked vault is unlocked on the fly
  // where a passphrase is to be had. Valid as long as this object.
  Result<AgentClient*> Agent();
  // The same over a new connection: the agent may have ended while a person was writing. Ends the earlier one.
  Result<AgentClient*> FreshAgent();
  // Asks for the passphrase, up to kPassphraseTries times when a person answers, and unlocks.
  Result<void> Unlock(AgentClient& agent);
  // A line for people, on standard output; nothing with --json. `line` is made harmless.
  void Tell(std::string_view line);
  // A line for programs, only with --json.
  void Emit(std::string_view json_line);

 private:
  std::optional<AgentClient> agent_;
};

// kNotUtf8, saying where and what to do.
Result<void> CheckUtf8(std::string_view text, std::string_view what);
// The zone that this process's times are in, as an IANA name; empty when it cannot be told.
std::string LocalZone();
// True once for each device, as a marker file of that name remembers.
bool FirstTime(const std::string& marker);
// Warns, once for each device, that words given as an argument stay in the shell's history.
void WarnOfShellHistory(Invocation& invocation);
// Everything on standard input, less one line end at its end: for words that are part of something, such as a passage.
// kNotUtf8, kTooLarge, kStorageFailed; `what` names it to people.
Result<std::string> WordsFromInput(Invocation& invocation, std::string_view what);
// A version of `entry`, named by the beginning of its hex digits. kInvalidArgument for fewer than four, kNotFound,
// kAmbiguous.
Result<std::string> FindVersion(AgentClient& agent, const std::string& entry, const std::string& digits);
// A yes of the person at the terminal, or `yes` given beforehand. kInvalidArgument when there is nobody to ask;
// kCancelled, saying `otherwise`, when the answer is no.
enum class Consent { kAsk, kGiven };
Result<void> Confirm(Invocation& invocation, Consent consent, std::string_view question, const std::string& otherwise);
// "90s", "15m", "2h", "3d", "1w" or "none", in seconds. kInvalidArgument, saying `otherwise`. How long it may be is the
// agent's rule.
Result<uint64_t> SpanSeconds(std::string_view text, const char* otherwise);
// Against the working folder. kNotUtf8: the agent's API takes UTF-8 only.
Result<std::string> AbsolutePath(const std::string& path);

// One per file of commands: each adds its subcommands, whose callbacks set invocation.result. `app` and `invocation`
// must outlive the parse.
void AddVaultCommands(CLI::App& app, Invocation& invocation);
void AddAgentCommands(CLI::App& app, Invocation& invocation);
void AddWriteCommands(CLI::App& app, Invocation& invocation);
void AddReadCommands(CLI::App& app, Invocation& invocation);
void AddPracticeCommands(CLI::App& app, Invocation& invocation);
void AddOwnPracticeCommands(CLI::App& app, Invocation& invocation);
void AddPeoplePracticeCommands(CLI::App& app, Invocation& invocation);
void AddLadderCommands(CLI::App& app, Invocation& invocation);
void AddLookCommands(CLI::App& app, Invocation& invocation);
void AddQuietCommands(CLI::App& app, Invocation& invocation);
void AddChangeCommands(CLI::App& app, Invocation& invocation);
void AddExchangeCommands(CLI::App& app, Invocation& invocation);
void AddRelayCommands(CLI::App& app, Invocation& invocation);
void AddDeviceCommands(CLI::App& app, Invocation& invocation);
void AddLinkCommand(CLI::App& app, Invocation& invocation);
void AddRecoveryCommands(CLI::App& app, Invocation& invocation);
void AddCircleCommands(CLI::App& app, Invocation& invocation);
void AddTrusteesCommands(CLI::App& app, Invocation& invocation);
void AddFriendCommands(CLI::App& app, Invocation& invocation);
void AddShareCommands(CLI::App& app, Invocation& invocation);
void AddInboxCommands(CLI::App& app, Invocation& invocation);
void AddHelpCommands(CLI::App& app, Invocation& invocation);

// The whole program but for process start: parses, runs one command, reports its error, gives the exit status.
// The connection to the agent stays with `invocation`, which serves one run.
int RunCli(int argc, const char* const* argv, Invocation& invocation);

}  // namespace kith
