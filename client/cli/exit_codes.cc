#include "client/cli/exit_codes.h"

#include <fmt/format.h>

#include <array>

namespace kith {
namespace {

struct Row {
  Exit exit;
  const char* meaning;
};

constexpr std::array kRows = {
    Row{Exit::kOk, "done"},
    Row{Exit::kInternal, "a fault in Kith itself"},
    Row{Exit::kUsage, "the command or one of its arguments cannot be used as given, or not now"},
    Row{Exit::kLocked, "the vault is locked, or the passphrase is wrong"},
    Row{Exit::kNotFound, "no such entry, friend or share, or a short id or name fits several"},
    Row{Exit::kVaultState, "there is no vault yet, or there is one already"},
    Row{Exit::kVaultUnreadable, "the vault is damaged, or written by a newer Kith"},
    Row{Exit::kAgent, "the agent cannot be reached, or another process has the vault open"},
    Row{Exit::kStorage, "the disk refused, or there is no memory-backed folder for an editor's file"},
    Row{Exit::kInput, "the text or file given is too large, not UTF-8, or not of that format"},
    Row{Exit::kRelayAway, "the relay cannot be reached or is busy; trying again later helps"},
    Row{Exit::kRelayRefused, "no relay is set, or it refuses: full, an invite used up, not listed there"},
    Row{Exit::kRelayChanged, "the relay has another identity than the one pinned, or was wiped"},
    Row{Exit::kPairing,
        "linking, or meeting a friend, failed: code wrong, used or expired; or a phrase or share is wrong"},
    Row{Exit::kTampering, "what came from the relay does not verify; nothing of it was accepted"},
    Row{Exit::kCancelled, "stopped: by Ctrl-C, by answering no, or by leaving the editor with an error"},
};

constexpr int kFirstCode = static_cast<int>(Code::kSealBroken);
constexpr int kLastCode = static_cast<int>(Code::kInternal);

}  // namespace

Exit ExitFor(Code code) {
  switch (code) {
    case Code::kInternal:
      return Exit::kInternal;
    case Code::kInvalidArgument:
    case Code::kNotOwner:
    case Code::kDoorClosed:
    case Code::kTooSoon:
      return Exit::kUsage;
    case Code::kWrongPassphrase:
    case Code::kLocked:
      return Exit::kLocked;
    case Code::kNotFound:
    case Code::kShredded:
    case Code::kAmbiguous:
      return Exit::kNotFound;
    case Code::kNoVault:
    case Code::kVaultExists:
    case Code::kVaultNotEmpty:
      return Exit::kVaultState;
    case Code::kVaultDamaged:
    case Code::kNewerFormat:
    case Code::kKdfTooWeak:
    case Code::kSealBroken:
    case Code::kSuiteUnsupported:
      return Exit::kVaultUnreadable;
    case Code::kVaultBusy:
    case Code::kAgentUnreachable:
      return Exit::kAgent;
    case Code::kStorageFailed:
    case Code::kNoSecureTemp:
      return Exit::kStorage;
    case Code::kTooLarge:
    case Code::kNotUtf8:
    case Code::kMalformed:
    case Code::kImportUnreadable:
      return Exit::kInput;
    case Code::kRelayUnreachable:
    case Code::kRelayBusy:
    case Code::kStaleNonce:
      return Exit::kRelayAway;
    case Code::kNoRelay:
    case Code::kRelayFull:
    case Code::kRelayStorageLow:
    case Code::kRelayRefused:
    case Code::kDeviceRevoked:
    case Code::kInviteInvalid:
    case Code::kTokenInvalid:
    case Code::kStatementConflict:
    case Code::kStatementForbidden:
      return Exit::kRelayRefused;
    case Code::kRelayForeign:
    case Code::kRelayWiped:
      return Exit::kRelayChanged;
    case Code::kPairingFailed:
    case Code::kPairingGone:
    case Code::kWordUnknown:
    case Code::kWordCount:
    case Code::kWordChecksum:
    case Code::kRecoveryMismatch:
    case Code::kShareThreshold:
    case Code::kSharesMixed:
    case Code::kShareRepeated:
    case Code::kSharesTooFew:
    case Code::kTrusteesDelay:
    case Code::kVetoed:
    case Code::kSharesForged:
      return Exit::kPairing;
    case Code::kSignatureInvalid:
    case Code::kPublicKeyInvalid:
    case Code::kForgedRecord:
    case Code::kGap:
    case Code::kEquivocation:
    case Code::kRollback:
    case Code::kWithheld:
    case Code::kUnknownDevice:
    case Code::kUnknownGeneration:
    case Code::kLaneForked:
    case Code::kLaneGap:
      return Exit::kTampering;
    case Code::kCancelled:
      return Exit::kCancelled;
  }
  return Exit::kInternal;
}

std::optional<Code> CodeFromName(std::string_view name) {
  for (int number = kFirstCode; number <= kLastCode; ++number) {
    const Code code = static_cast<Code>(number);
    if (name == CodeName(code)) return code;
  }
  return std::nullopt;
}

std::string ExitCodeTable() {
  std::string table = "Exit codes\n\n";
  for (const Row& row : kRows) {
    table += fmt::format("{:>5}  {}\n", static_cast<int>(row.exit), row.meaning);
    std::string names;
    for (int number = kFirstCode; number <= kLastCode; ++number) {
      const Code code = static_cast<Code>(number);
      if (ExitFor(code) == row.exit) names += std::string(names.empty() ? "" : " ") + CodeName(code);
    }
    if (!names.empty()) table += fmt::format("       {}\n", names);
  }
  table += "\nWith --json an error is one object on standard error: {\"error\": CODE, \"message\": TEXT}.\n";
  return table;
}

}  // namespace kith
