// What the program's exit status says. Scripts depend on it: a number never changes its meaning.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/base/result.h"

namespace kith {

enum class Exit : int {
  kOk = 0,
  kInternal = 1,
  kUsage = 2,
  kLocked = 3,
  kNotFound = 4,
  kVaultState = 5,
  kVaultUnreadable = 6,
  kAgent = 7,
  kStorage = 8,
  kInput = 9,
  kRelayAway = 10,
  kRelayRefused = 11,
  kRelayChanged = 12,
  kPairing = 13,
  kTampering = 14,
  kCancelled = 130,
};

Exit ExitFor(Code code);

// The reverse of CodeName; nullopt for a word this version does not know.
std::optional<Code> CodeFromName(std::string_view name);

// The table of `kith help exit-codes`: number, meaning, and the codes that lead to it.
std::string ExitCodeTable();

}  // namespace kith
