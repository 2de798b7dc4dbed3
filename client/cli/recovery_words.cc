#include "client/cli/recovery_words.h"

#include <algorithm>
#include <functional>
#include <string>

#include "client/cli/limits.h"
#include "client/cli/recovery_sheet.h"

namespace kith {
namespace {

constexpr size_t kWords = 24;
constexpr size_t kWordsInRow = 4;  // as on the sheet

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

size_t CountWords(std::string_view text) {
  size_t words = 0;
  bool inside = false;
  for (const char c : text) {
    words += !IsSpace(c) && !inside ? 1 : 0;
    inside = !IsSpace(c);
  }
  return words;
}

// A row at a time, each taken off the screen once it is typed. All of them in one line are taken too.
Result<Passphrase> AskWords(Terminal& terminal) {
  Passphrase words;
  size_t count = 0;
  while (count < kWords) {
    const std::string prompt =
        "Words " + std::to_string(count + 1) + " to " + std::to_string(count + kWordsInRow) + ": ";
    KITH_TRY_ASSIGN(const Passphrase row, terminal.AskAndErase(prompt));
    const size_t more = CountWords(row.view());
    if (more != kWordsInRow && count + more != kWords) {
      terminal.Say("That line had " + std::to_string(more) + (more == 1 ? " word" : " words") +
                   "; a row of the sheet has four. The same row again:");
      continue;
    }
    if (!words.Append(row.view()) || !words.Append(' ')) return Fail(Code::kTooLarge, "That line is too long.");
    count += more;
  }
  return words;
}

std::string_view WordOf(std::string_view phrase, uint32_t number) {
  for (; number > 1; --number) phrase.remove_prefix(std::min(phrase.find(' ') + 1, phrase.size()));
  return phrase.substr(0, phrase.find(' '));
}

bool SameWord(std::string_view typed, std::string_view word) {
  while (!typed.empty() && IsSpace(typed.front())) typed.remove_prefix(1);
  while (!typed.empty() && IsSpace(typed.back())) typed.remove_suffix(1);
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; };
  return std::ranges::equal(typed, word, same);
}

enum class Said { kAll, kWrong, kSkipped };

Result<Said> AskOnce(Terminal& terminal, std::string_view phrase, std::span<const uint32_t> numbers) {
  for (const uint32_t number : numbers) {
    KITH_TRY_ASSIGN(const Passphrase typed, terminal.AskAndErase("Word " + std::to_string(number) + ": "));
    if (typed.empty()) return Said::kSkipped;
    if (!SameWord(typed.view(), WordOf(phrase, number))) {
      terminal.Say("That is not word " + std::to_string(number) + ". Compare your paper with the words once more.");
      return Said::kWrong;
    }
  }
  return Said::kAll;
}

bool IsTypo(Code code) { return code == Code::kWordUnknown || code == Code::kWordCount || code == Code::kWordChecksum; }

}  // namespace

Result<void> RecoveryWords::With(Invocation& invocation,
                                 const std::function<Result<void>(const Passphrase& words)>& use) const {
  if (descriptor_ >= 0) {
    KITH_TRY_ASSIGN(const Passphrase words, ReadSecret(descriptor_, "recovery phrase", "the file descriptor given"));
    return use(words);
  }
  if (!Terminal::CanAsk()) {
    return Fail(Code::kLocked,
                "The 24 words are needed and there is no terminal to ask at. Pass them by a file descriptor: "
                "--words-fd N");
  }
  invocation.terminal.Say("Type the 24 words of the recovery sheet, row by row. They are not kept.");
  for (int tries = 1;; ++tries) {
    KITH_TRY_ASSIGN(const Passphrase words, AskWords(invocation.terminal));
    const Result<void> used = use(words);
    if (used || !IsTypo(used.error().code) || tries == kPassphraseTries) return used;
    invocation.terminal.Say(used.error().message);
  }
}

Result<bool> AskForSome(Terminal& terminal, std::string_view phrase, std::span<const uint32_t> numbers) {
  for (;;) {
    KITH_TRY_ASSIGN(const Said said, AskOnce(terminal, phrase, numbers));
    if (said != Said::kWrong) return said == Said::kAll;
    std::string text = "\n" + NumberedPhrase(phrase) + "\n";
    const Result<void> shown = terminal.ShowOnce(text);
    WipeText(text);
    KITH_TRY(shown);
  }
}

}  // namespace kith
