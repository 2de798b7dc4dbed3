#include "client/cli/invocation.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "client/app/paths.h"
#include "client/cli/display.h"
#include "client/cli/limits.h"
#include "client/model/practice_words.h"
#include "crypto/base/hex.h"

namespace kith {
namespace {

constexpr size_t kFewestVersionDigits = 4;

}  // namespace

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
    const Result<v1::UnlockReply> unlocked = agent.Unlock(request);
    WipeText(*request.mutable_passphrase());
    if (unlocked) {
      if (unlocked->welcome() && !json()) terminal.Say(sentences::kWelcome);
      return {};
    }
    const bool again = unlocked.error().code == Code::kWrongPassphrase && !passphrase.scripted();
    if (!again || tries == kPassphraseTries) return unlocked.error();
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

void WarnOfShellHistory(Invocation& invocation) {
  if (!FirstTime("told-shell-history")) return;
  invocation.terminal.Say(
      "Text given as an argument stays in your shell's history, and others on this machine may see it while the "
      "command runs. Give - in its place and it is read from standard input, as in: kith write - < FILE. `kith write` "
      "alone opens an editor. (Said once.)");
}

Result<std::string> WordsFromInput(Invocation& invocation, std::string_view what) {
  KITH_TRY_ASSIGN(std::string text, invocation.terminal.ReadAll(kMaxInput));
  KITH_TRY(CheckUtf8(text, what));
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

Result<std::string> FindVersion(AgentClient& agent, const std::string& entry, const std::string& digits) {
  if (digits.size() < kFewestVersionDigits) {
    return Fail(Code::kInvalidArgument, "Give at least four digits of the version, as `kith history` shows them.");
  }
  v1::EntryRequest request;
  request.set_entry(entry);
  KITH_TRY_ASSIGN(const v1::HistoryReply history, agent.History(request));
  std::string found;
  for (const v1::HistoryVersion& version : history.versions()) {
    if (!Hex(AsBytes(version.version())).starts_with(digits)) continue;
    if (!found.empty())
      return Fail(Code::kAmbiguous, "Several versions begin so. Give more digits (--json shows all).");
    found = version.version();
  }
  if (found.empty()) return Fail(Code::kNotFound, "This entry has no such version. See: kith history");
  return found;
}

Result<void> Confirm(Invocation& invocation, Consent consent, std::string_view question, const std::string& otherwise) {
  if (consent == Consent::kGiven) return {};
  if (!Terminal::CanAsk()) {
    return Fail(Code::kInvalidArgument, "There is no terminal to ask at. In a script, add --yes.");
  }
  KITH_TRY_ASSIGN(const Terminal::Answer answer, invocation.terminal.AskYesNo(question));
  if (answer == Terminal::Answer::kNo) return Fail(Code::kCancelled, otherwise);
  return {};
}

Result<uint64_t> SpanSeconds(std::string_view text, const char* otherwise) {
  if (text == "none") return 0;
  uint64_t number = 0;
  const std::string_view digits = text.substr(0, text.find_first_not_of("0123456789"));
  const std::string_view unit = text.substr(digits.size());
  const auto read = std::from_chars(digits.begin(), digits.end(), number);
  constexpr std::array<std::pair<std::string_view, uint64_t>, 5> kUnits = {
      {{"s", 1}, {"m", 60}, {"h", 3'600}, {"d", 86'400}, {"w", 604'800}}};
  const auto* const found = std::ranges::find(kUnits, unit, &std::pair<std::string_view, uint64_t>::first);
  constexpr uint64_t kLongest = 1'000'000'000;  // far beyond what any agent allows
  if (read.ec != std::errc() || found == kUnits.end() || number == 0 || number > kLongest / found->second)
    return Fail(Code::kInvalidArgument, otherwise);
  return number * found->second;
}

bool FirstTime(const std::string& marker) {
  const auto folder = StateDir();
  if (!folder || !EnsurePrivateFolder(*folder, Privacy::kOwned)) return false;
  const int file = open((*folder + "/" + marker).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return false;
  close(file);
  return true;
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
