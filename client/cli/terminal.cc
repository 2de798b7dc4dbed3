#include "client/cli/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "client/cli/display.h"
#include "crypto/base/check.h"

namespace kith {
namespace {

constexpr size_t kMaxLine = 4096;  // bytes of an answer
constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};

// The signal may reach any of gRPC's threads, so the one that reads is woken by a pipe.
volatile std::sig_atomic_t g_signal = 0;
int g_wake[2] = {-1, -1};
void Note(int number) {
  g_signal = number;
  const int saved = errno;
  const ssize_t ignored = write(g_wake[1], "", 1);
  static_cast<void>(ignored);
  errno = saved;
}

bool IsTerminal(std::FILE* stream) {
  const int descriptor = fileno(stream);
  return descriptor >= 0 && isatty(descriptor) == 1;
}

// While it lives, the signals above only wake the reader of the controlling terminal, and echo is as asked. Its end
// brings everything back: the way readpassphrase(3) works.
class Asking {
 public:
  enum class Echo { kOn, kOff };

  Asking(int tty, Echo echo) : tty_(tty) {
    g_signal = 0;
    KITH_CHECK(pipe2(g_wake, O_CLOEXEC | O_NONBLOCK) == 0);
    struct sigaction action = {};
    action.sa_handler = Note;
    for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &before_[i]);
    if (tcgetattr(tty_, &modes_) != 0) return;
    changed_ = echo == Echo::kOff;
    if (!changed_) return;
    termios silent = modes_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL);
    tcsetattr(tty_, TCSAFLUSH, &silent);
  }
  ~Asking() {
    if (changed_) tcsetattr(tty_, TCSAFLUSH, &modes_);
    for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
    for (int& end : g_wake) close(std::exchange(end, -1));
  }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;

 private:
  int tty_;
  bool changed_ = false;
  termios modes_ = {};
  std::array<struct sigaction, kSignals.size()> before_ = {};
};

void WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = write(descriptor, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return;
    text.remove_prefix(static_cast<size_t>(wrote));
  }
}

class Tty {
 public:
  Tty() : descriptor_(open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)) {}
  ~Tty() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  Tty(const Tty&) = delete;
  Tty& operator=(const Tty&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

enum class LineEnd { kNewline, kInputEnded, kSignal, kTooLong };

LineEnd ReadLine(int tty, Passphrase& line) {
  for (;;) {
    std::array<pollfd, 2> waiting = {pollfd{tty, POLLIN, 0}, pollfd{g_wake[0], POLLIN, 0}};
    poll(waiting.data(), waiting.size(), -1);
    if (g_signal != 0) return LineEnd::kSignal;
    if (waiting[0].revents == 0) continue;
    char c = 0;
    const ssize_t got = read(tty, &c, 1);
    if (g_signal != 0) return LineEnd::kSignal;
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return LineEnd::kInputEnded;
    if (c == '\n' || c == '\r') return LineEnd::kNewline;
    if (!line.Append(c)) return LineEnd::kTooLong;
  }
}

// Asks until a whole line came; stopping and resuming the program asks again.
Result<Passphrase> Ask(std::string_view prompt, Asking::Echo echo) {
  const Tty tty;
  if (tty.get() < 0) return Fail(Code::kLocked, "There is no terminal to ask at.");
  for (;;) {
    Passphrase line;
    LineEnd end = LineEnd::kNewline;
    int signal_seen = 0;
    {
      const Asking asking(tty.get(), echo);
      WriteAll(tty.get(), prompt);
      end = ReadLine(tty.get(), line);
      signal_seen = g_signal;
      if (echo == Asking::Echo::kOff || end != LineEnd::kNewline) WriteAll(tty.get(), "\n");
    }
    switch (end) {
      case LineEnd::kNewline:
        return line;
      case LineEnd::kInputEnded:
        return Fail(Code::kCancelled, "Nothing was entered.");
      case LineEnd::kTooLong:
        return Fail(Code::kTooLarge, "That line is too long.");
      case LineEnd::kSignal:
        if (signal_seen == SIGINT) return Fail(Code::kCancelled, "Stopped.");
        raise(signal_seen);  // with the terminal as it was: ends, or stops until resumed
        break;
    }
  }
}

}  // namespace

Terminal::Terminal(std::FILE* in, std::FILE* out, std::FILE* err)
    : in_(in),
      out_(out),
      err_(err),
      in_is_terminal_(IsTerminal(in)),
      out_is_terminal_(IsTerminal(out)),
      err_is_terminal_(IsTerminal(err)) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  const bool refused = no_colour != nullptr && *no_colour != 0;
  colour_ = out_is_terminal_ && !refused && kind != nullptr && std::strcmp(kind, "dumb") != 0;
  if (!out_is_terminal_) return;
  winsize size = {};
  columns_ = ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void Terminal::Print(std::string_view text) {
  EndProgress();
  std::fwrite(text.data(), 1, text.size(), out_);
}

std::string Terminal::Styled(std::string_view text, Style style) const {
  if (!colour_ || text.empty()) return std::string(text);
  const char* begin = "";
  switch (style) {
    case Style::kPlain:
      return std::string(text);
    case Style::kDim:
      begin = "\033[2m";
      break;
    case Style::kBold:
      begin = "\033[1m";
      break;
    case Style::kAccent:
      begin = "\033[33m";
      break;
  }
  return std::string(begin) + std::string(text) + "\033[0m";
}

void Terminal::Say(std::string_view line) {
  EndProgress();
  std::fflush(out_);
  const std::string text = Harmless(line, Lines::kMany) + "\n";
  std::fwrite(text.data(), 1, text.size(), err_);
  std::fflush(err_);
}

void Terminal::Progress(std::string_view line) {
  if (!err_is_terminal_) return;
  const std::string text = "\r\033[K" + Harmless(line, Lines::kOne);
  std::fwrite(text.data(), 1, text.size(), err_);
  std::fflush(err_);
  progress_shown_ = true;
}

void Terminal::EndProgress() {
  if (!progress_shown_) return;
  progress_shown_ = false;
  std::fputs("\r\033[K", err_);
  std::fflush(err_);
}

Result<void> Terminal::Finish() {
  EndProgress();
  const bool failed = std::fflush(out_) != 0 || std::ferror(out_) != 0;
  if (failed) return Fail(Code::kStorageFailed, "Not all of the output could be written.");
  return {};
}

Result<std::string> Terminal::ReadAll(size_t limit) { return ReadDescriptor(fileno(in_), limit); }

Result<std::string> Terminal::ReadDescriptor(int descriptor, size_t limit) {
  std::string text;
  std::array<char, 65536> block;
  for (;;) {
    const ssize_t got = read(descriptor, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Fail(Code::kStorageFailed, std::string("Cannot read the text: ") + std::strerror(errno) + ".");
    if (got == 0) return text;
    text.append(block.data(), static_cast<size_t>(got));
    if (text.size() > limit) {
      return Fail(Code::kTooLarge, "That is far more text than one entry can hold. Write it as several entries.");
    }
  }
}

bool Terminal::CanAsk() { return Tty().get() >= 0; }

Result<Passphrase> Terminal::AskPassphrase(std::string_view prompt) {
  EndProgress();
  return Ask(prompt, Asking::Echo::kOff);
}

Result<Passphrase> Terminal::AskAndErase(std::string_view prompt) {
  EndProgress();
  KITH_TRY_ASSIGN(Passphrase line, Ask(prompt, Asking::Echo::kOn));
  const Tty tty;
  // As many rows as the line took, from the last one up.
  winsize size = {};
  const size_t columns = ioctl(tty.get(), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
  for (size_t rows = 1 + (prompt.size() + line.view().size()) / columns; rows > 0; --rows) {
    WriteAll(tty.get(), "\033[A\r\033[K");
  }
  return line;
}

Result<std::string> Terminal::AskLine(std::string_view prompt) {
  EndProgress();
  KITH_TRY_ASSIGN(const Passphrase line, Ask(prompt, Asking::Echo::kOn));
  return std::string(line.view().substr(0, kMaxLine));
}

Result<Terminal::Answer> Terminal::AskYesNo(std::string_view question) {
  KITH_TRY_ASSIGN(const std::string answer, AskLine(Harmless(question, Lines::kOne) + " [y/N] "));
  const bool yes = answer == "y" || answer == "Y" || answer == "yes" || answer == "Yes";
  return yes ? Answer::kYes : Answer::kNo;
}

Result<void> Terminal::Show(std::string_view text) {
  EndProgress();
  std::fflush(out_);
  const Tty tty;
  if (tty.get() < 0) return Fail(Code::kLocked, "There is no terminal to show it at.");
  WriteAll(tty.get(), text);
  return {};
}

Result<void> Terminal::ShowOnce(std::string_view text) {
  KITH_TRY(Show(text));
  auto seen = AskLine("Press Enter once it is on paper; it is then taken off this screen. ");
  if (!seen) return std::move(seen).error();  // and it stays on the screen: it may not be on paper yet
  const Tty tty;
  WriteAll(tty.get(), "\033[H\033[2J\033[3J");
  return {};
}

}  // namespace kith
