// The 24 words of a recovery phrase, as a person types them or a script hands them over. Never an argument, never an
// environment variable; what they mean is the agent's to say.
#pragma once

#include <cstdint>
#include <span>

#include "client/cli/invocation.h"

namespace kith {

class RecoveryWords {
 public:
  // From this file descriptor; -1: from a person at the terminal.
  explicit RecoveryWords(int descriptor) : descriptor_(descriptor) {}

  // Calls `use` with the words. A person whose words are no phrase is asked again, kPassphraseTries
  // times in all. kLocked: no terminal to ask at, with what to do.
  Result<void> With(Invocation& invocation, const std::function<Result<void>(const Passphrase& words)>& use) const;

 private:
  const int descriptor_;
};

// Asks for some words of a phrase that was just shown, by their numbers. A wrong answer shows them all once more. False
// when the person skips it.
Result<bool> AskForSome(Terminal& terminal, std::string_view phrase, std::span<const uint32_t> numbers);

}  // namespace kith
