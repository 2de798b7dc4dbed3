// All that the program says to a person, and asks of one. One object per run; single-threaded.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "client/cli/passphrase.h"
#include "crypto/base/result.h"

namespace kith {

enum class Style { kPlain, kDim, kBold, kAccent };

class Terminal {
 public:
  // The streams stay the caller's. Escape sequences are used only towards terminals, and colours only when NO_COLOR
  // is unset and TERM is not "dumb".
  Terminal(std::FILE* in, std::FILE* out, std::FILE* err);
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  bool in_is_terminal() const { return in_is_terminal_; }
  bool out_is_terminal() const { return out_is_terminal_; }
  // Columns of the terminal that standard output is; 0 when it is none: then nothing is shortened.
  size_t columns() const { return columns_; }

  // To standard output, as it is: the caller has made it harmless, or it is for programs.
  void Print(std::string_view text);
  // `text` in a colour where colours are wanted.
  std::string Styled(std::string_view text, Style style) const;
  // A line to standard error, made harmless.
  void Say(std::string_view line);
  // The one line of standard error that long work rewrites; nothing unless that is a terminal.
  void Progress(std::string_view line);
  void EndProgress();
  // Flushes. kStorageFailed: some of the output could not be written.
  Result<void> Finish();

  // Everything on standard input. kTooLarge past `limit` bytes; kStorageFailed when it cannot be read.
  Result<std::string> ReadAll(size_t limit);
  Result<std::string> ReadDescriptor(int descriptor, size_t limit);

  // Whether somebody can be asked: there is a controlling terminal, even if all three streams lead elsewhere.
  static bool CanAsk();
  // A line typed at the controlling terminal. Echo is off for a passphrase and comes back on any signal that ends or
  // stops the program. kLocked without a terminal; kCancelled at the end of input.
  Result<Passphrase> AskPassphrase(std::string_view prompt);
  Result<std::string> AskLine(std::string_view prompt);
  // A line of secret words: seen while it is typed, then taken off the screen, as far as the terminal obeys.
  Result<Passphrase> AskAndErase(std::string_view prompt);
  enum class Answer { kYes, kNo };
  // Anything but y or yes is no.
  Result<Answer> AskYesNo(std::string_view question);
  // `text`, which the caller has made harmless, at the controlling terminal. kLocked without one.
  Result<void> Show(std::string_view text);
  // Shows `text` at the controlling terminal only, waits for Enter, then takes it off the screen and out of what can
  // be scrolled back to, as far as the terminal obeys.
  Result<void> ShowOnce(std::string_view text);

 private:
  std::FILE* in_;
  std::FILE* out_;
  std::FILE* err_;
  bool in_is_terminal_;
  bool out_is_terminal_;
  bool err_is_terminal_;
  bool colour_;
  size_t columns_ = 0;
  bool progress_shown_ = false;
};

}  // namespace kith
