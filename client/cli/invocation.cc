#include "client/cli/invocation.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "client/cli/display.h"
#include "client/cli/limits.h"

namespace kith {

Result<AgentClient*> Invocation::Agent() {
  if (agent_) return &*agent_;
  KITH_TRY_ASSIGN(const AgentPaths paths, ResolvePaths());
  KITH_TRY_ASSIGN(agent_, AgentClient::Connect(paths, Launch::kIfNeeded));
  agent_->set_unlock([this] { return Unlock(*agent_); });
  return &*agent_;
}

Result<AgentClient*> Invocation::FreshAgent() {
  agent_.reset();
  return Agent();
}

Result<void> Invocation::Unlock(AgentClient& agent) {
  for (int tries = 1;; ++tries) {
    KITH_TRY_ASSIGN(const Passphrase entered, passphrase.Get(terminal));
    v1::UnlockRequest request;
    request.set_passphrase(std::string(entered.view()));
    const Result<void> unlocked = agent.Unlock(request);
    WipeText(*request.mutable_passphrase());
    const bool again = !unlocked && unlocked.error().code == Code::kWrongPassphrase && !passphrase.scripted();
    if (!again || tries == kPassphraseTries) return unlocked;
    terminal.Say("That is not the passphrase. Try again.");
  }
}

void Invocation::Tell(std::string_view line) {
  if (!json()) terminal.Print(Harmless(line, Lines::kMany) + "\n");
}

void Invocation::Emit(std::string_view json_line) {
  if (json()) terminal.Print(std::string(json_line) + "\n");
}

Result<void> CheckUtf8(std::string_view text, std::string_view what) {
  const ptrdiff_t bad = FirstInvalidUtf8(text);
  if (bad < 0) return {};
  return Fail(Code::kNotUtf8, std::string(what) + " is not UTF-8 (first at byte " + std::to_string(bad + 1) +
                                  "). Nothing was written. If it is in an older encoding, convert it first, as with: "
                                  "iconv -f latin1 -t utf-8");
}

std::string LocalZone() {
  const char* set = std::getenv("TZ");
  std::string zone = set == nullptr ? "" : set;
  if (zone.starts_with(':')) zone.erase(0, 1);
  if (zone.find('/') != std::string::npos && !zone.starts_with('/')) return zone;
  if (!zone.empty()) return zone == "UTC" ? zone : "";
  std::error_code error;
  const std::string link = std::filesystem::read_symlink("/etc/localtime", error).string();
  constexpr std::string_view kFolder = "zoneinfo/";
  const size_t at = link.find(kFolder);
  return error || at == std::string::npos ? "" : link.substr(at + kFolder.size());
}

Result<std::string> AbsolutePath(const std::string& path) {
  KITH_TRY(CheckUtf8(path, "That path"));
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error) return Fail(Code::kInvalidArgument, "That path cannot be used.");
  return absolute.lexically_normal().string();
}

}  // namespace kith
