// help, version.
#include <CLI/CLI.hpp>
#include <memory>

#include "client/cli/exit_codes.h"
#include "client/cli/invocation.h"
#include "client/cli/json_output.h"
#include "client/cli/sharing_output.h"

namespace kith {
namespace {

Result<void> Help(const CLI::App& app, Invocation& invocation, const std::vector<std::string>& topic) {
  if (topic.size() == 1 && topic[0] == "exit-codes") {
    invocation.terminal.Print(ExitCodeTable());
    return {};
  }
  if (topic.size() == 1 && topic[0] == "listening") {
    invocation.terminal.Print(ListeningGuide());
    return {};
  }
  const CLI::App* command = &app;
  std::string path;
  for (const std::string& word : topic) {
    path += (path.empty() ? "" : " ") + word;
    const CLI::App* found = nullptr;
    for (const CLI::App* child : command->get_subcommands([](const CLI::App*) { return true; })) {
      if (child->check_name(word)) found = child;
    }
    if (found == nullptr) return Fail(Code::kInvalidArgument, "There is no help on \"" + path + "\". See: kith help");
    command = found;
  }
  invocation.terminal.Print(command->help(path));
  return {};
}

}  // namespace

void AddHelpCommands(CLI::App& app, Invocation& invocation) {
  auto topic = std::make_shared<std::vector<std::string>>();
  CLI::App* help = app.add_subcommand("help", "About a command, or: help exit-codes, help listening");
  help->add_option("TOPIC", *topic, "A command's name, exit-codes, or listening");
  help->footer("Example:\n  kith help exit-codes");
  help->callback([&app, &invocation, topic] { invocation.result = Help(app, invocation, *topic); });

  CLI::App* version = app.add_subcommand("version", "Which Kith this is");
  version->footer("Example:\n  kith version");
  version->callback([&invocation] {
    invocation.Tell(std::string("kith ") + KITH_VERSION);
    invocation.Emit(Json({{"version", KITH_VERSION}}));
  });
}

}  // namespace kith
