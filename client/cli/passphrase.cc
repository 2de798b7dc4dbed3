#include "client/cli/passphrase.h"

#include <fcntl.h>
#include <string.h>  // explicit_bzero
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "client/cli/terminal.h"

namespace kith {
Result<Passphrase> ReadSecret(int descriptor, const std::string& what, const std::string& where) {
  Passphrase secret;
  for (;;) {
    char c = 0;
    const ssize_t got = read(descriptor, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return Fail(Code::kInvalidArgument,
                  std::string("Cannot read the ").append(what).append(" from ").append(where).append("."));
    if (got == 0) break;
    if (!secret.Append(c))
      return Fail(Code::kInvalidArgument,
                  std::string("The ").append(what).append(" in ").append(where).append(" is too long."));
  }
  secret.DropNewline();
  if (secret.empty()) return Fail(Code::kInvalidArgument, "There is no " + what + " in " + where + ".");
  return secret;
}

void WipeText(std::string& text) {
  text.resize(text.capacity());
  explicit_bzero(text.data(), text.size());
  text.clear();
}

Passphrase Passphrase::Take(std::string& text) {
  Passphrase passphrase;
  passphrase.text_ = text;
  WipeText(text);
  return passphrase;
}

Passphrase::~Passphrase() { WipeText(text_); }

Passphrase& Passphrase::operator=(Passphrase&& other) noexcept {
  if (this == &other) return *this;
  WipeText(text_);
  text_ = std::move(other.text_);
  return *this;
}

bool Passphrase::Append(char c) {
  if (text_.size() > kMaxPassphrase) return false;
  text_ += c;
  return true;
}

bool Passphrase::Append(std::string_view text) {
  for (const char c : text) {
    if (!Append(c)) return false;
  }
  return true;
}

void Passphrase::RemoveLast() {
  while (!text_.empty()) {
    const char last = text_.back();
    text_.back() = 0;
    text_.pop_back();
    if ((static_cast<unsigned char>(last) & 0xC0) != 0x80) break;
  }
}

void Passphrase::DropNewline() {
  if (text_.ends_with('\n')) text_.pop_back();
}

Passphrase Passphrase::Clone() const {
  Passphrase copy;
  copy.text_ += text_;
  return copy;
}

bool PassphraseSource::scripted() const {
  const char* file = std::getenv(variable_);
  return descriptor_ >= 0 || (file != nullptr && *file != 0);
}

Result<Passphrase> PassphraseSource::ReadScripted(Terminal& terminal) {
  if (descriptor_ >= 0) return ReadSecret(descriptor_, "passphrase", "the file descriptor given");
  const int file = open(std::getenv(variable_), O_RDONLY | O_CLOEXEC);
  if (file < 0) return Fail(Code::kInvalidArgument, std::string("Cannot open the file that ") + variable_ + " names.");
  struct stat status;
  if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 077) != 0) {
    terminal.Say(std::string("Others on this machine can read the file that ") + variable_ + " names: chmod 600 it.");
  }
  auto passphrase = ReadSecret(file, "passphrase", std::string("the file that ") + variable_ + " names");
  close(file);
  return passphrase;
}

Result<Passphrase> PassphraseSource::Get(Terminal& terminal) {
  if (!scripted()) {
    if (Terminal::CanAsk()) return terminal.AskPassphrase(std::string(prompt_) + ": ");
    return Fail(Code::kLocked, std::string("A passphrase is needed and there is no terminal to ask at. Set ") +
                                   variable_ + " to a file that holds it, or pass a file descriptor.");
  }
  if (!read_) {
    KITH_TRY_ASSIGN(kept_, ReadScripted(terminal));
    read_ = true;
  }
  return kept_.Clone();
}

Result<Passphrase> PassphraseSource::Choose(Terminal& terminal) {
  if (scripted() || !Terminal::CanAsk()) return Get(terminal);
  KITH_TRY_ASSIGN(Passphrase first, terminal.AskPassphrase(std::string(prompt_) + ": "));
  if (first.empty()) return Fail(Code::kInvalidArgument, "A passphrase cannot be empty.");
  KITH_TRY_ASSIGN(const Passphrase second, terminal.AskPassphrase("The same again: "));
  if (!first.Equals(second)) return Fail(Code::kInvalidArgument, "The two differ. Nothing was changed; try again.");
  return first;
}

}  // namespace kith
