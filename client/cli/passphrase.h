// A passphrase, or the words of a recovery phrase, on its way to the agent, and where it may come from. Never an
// argument: those show in process lists.
#pragma once

#include <string>
#include <string_view>

#include "crypto/base/result.h"

namespace kith {

inline constexpr size_t kMaxPassphrase = 4096;  // bytes

// Move-only; its bytes are overwritten when it ends. The copy that gRPC makes while sending cannot be.
class Passphrase {
 public:
  Passphrase() { text_.reserve(kMaxPassphrase + 1); }
  // Takes the text over and overwrites it.
  static Passphrase Take(std::string& text);
  ~Passphrase();
  Passphrase(Passphrase&& other) noexcept : text_(std::move(other.text_)) {}
  Passphrase& operator=(Passphrase&& other) noexcept;
  Passphrase(const Passphrase&) = delete;
  Passphrase& operator=(const Passphrase&) = delete;

  // Appends within the space reserved; false when full.
  bool Append(char c);
  void RemoveLast();  // one UTF-8 character
  // Likewise.
  bool Append(std::string_view text);
  // One newline at the end, if there is one.
  void DropNewline();
  bool empty() const { return text_.empty(); }
  bool Equals(const Passphrase& other) const { return text_ == other.text_; }
  std::string_view view() const { return text_; }
  Passphrase Clone() const;

 private:
  std::string text_;
};

// Overwrites and empties a copy, such as a request's field after the call.
void WipeText(std::string& text);

class Terminal;

// All that a file descriptor gives. `what` names it to people. kInvalidArgument: unreadable, empty, or too long.
Result<Passphrase> ReadSecret(int descriptor, const std::string& what, const std::string& where);

// Where one passphrase of this run comes from, in this order: --passphrase-fd, the file that the environment variable
// names, the terminal.
class PassphraseSource {
 public:
  // `variable` is the environment variable, `prompt` what a person is asked.
  PassphraseSource(const char* variable, const char* prompt) : variable_(variable), prompt_(prompt) {}

  void set_descriptor(int descriptor) { descriptor_ = descriptor; }
  // Not from a person: one answer only, so asking again after a refusal is pointless.
  bool scripted() const;
  // The passphrase. From a descriptor or file it is read once and kept for the rest of the run. A file that others can
  // read is used, with a warning. kLocked: there is nowhere to take it from, with what to set.
  // kInvalidArgument: the file or descriptor cannot be read, is empty or too long.
  Result<Passphrase> Get(Terminal& terminal);
  // The same for one that is being chosen: a person types it twice. kInvalidArgument: the two differ, or it is empty.
  Result<Passphrase> Choose(Terminal& terminal);

 private:
  Result<Passphrase> ReadScripted(Terminal& terminal);

  const char* variable_;
  const char* prompt_;
  int descriptor_ = -1;
  bool read_ = false;
  Passphrase kept_;
};

}  // namespace kith
