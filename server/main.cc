// kith-relay: init, invite, serve, certificate, version.
#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "crypto/verify/hash.h"
#include "server/host.h"
#include "server/invite.h"

namespace kith::relay {
namespace {

constexpr const char* kExitCodes =
    "Exit codes:\n"
    "  0 done                          5 the folder is in use by another relay\n"
    "  1 unexpected                    6 identity or database damaged\n"
    "  2 wrong use of the command      7 written by a newer kith-relay\n"
    "  3 no relay there: run init      8 not an address, or taken\n"
    "  4 a relay is there already      9 the disk refused\n";

enum Exit { kOk = 0, kUnexpected, kUsage, kNoRelay, kExists, kBusy, kDamaged, kNewer, kAddress, kDisk };

Exit ExitOf(const Error& error) {
  if (error.code == Code::kNoVault) return kNoRelay;
  if (error.code == Code::kVaultExists) return kExists;
  if (error.code == Code::kVaultBusy) return kBusy;
  if (error.code == Code::kVaultDamaged) return kDamaged;
  if (error.code == Code::kNewerFormat) return kNewer;
  if (error.code == Code::kInvalidArgument || error.code == Code::kRelayUnreachable) return kAddress;
  if (error.code == Code::kStorageFailed) return kDisk;
  return kUnexpected;
}

int Report(const Error& error) {
  fmt::print(stderr, "kith-relay: {}\n", error.message.empty() ? CodeName(error.code) : error.message);
  return ExitOf(error);
}

int Misused(const char* what) {
  fmt::print(stderr, "kith-relay: {}\n", what);
  return kUsage;
}

std::string Environment(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::string DefaultFolder() {
  if (auto folder = Environment("KITH_RELAY_DATA"); !folder.empty()) return folder;
  if (auto state = Environment("XDG_STATE_HOME"); !state.empty()) return state + "/kith-relay";
  return Environment("HOME") + "/.local/state/kith-relay";
}

struct Arguments {
  std::string folder = DefaultFolder();
  std::string address;
  std::vector<std::string> listen;
  std::string expires = "7d";
  std::string port_file;
  uint32_t mailboxes = limits::kOwnerInviteMailboxes;
  uint32_t uses = 1;
  uint64_t mailbox_bytes = limits::kMailboxBytes;
  uint64_t min_free_bytes = limits::kMinFreeDisk;
  bool log_calls = false;
};

constexpr const char* kLoopbackAddress = "127.0.0.1:7787";
constexpr const char* kAddressRule =
    "An address of this machine only (127.0.0.1, [::1], localhost) is served without TLS, every other one with TLS "
    "only.\n"
    "Clients know the relay by the key in the invite, so no domain and no certificate authority is needed.\n\n";

int BadAddress() {
  return Misused("--address is what clients connect to, as relay.example:7788 or 192.0.2.7:7788; 0.0.0.0 is not");
}

int Init(const Arguments& arguments) {
  const std::string address = arguments.address.empty() ? kLoopbackAddress : arguments.address;
  if (!CanBeReachedAt(address)) return BadAddress();
  const auto identity = CreateIdentity(arguments.folder, address);
  if (!identity) return Report(identity.error());
  const auto certificate = RenewCertificate(arguments.folder);
  if (!certificate) return Report(certificate.error());
  const auto invite = MakeInvite(arguments.folder, {});
  if (!invite) return Report(invite.error());
  fmt::print("{}\n", *invite);
  fmt::print(stderr,
             "A relay is set up in {}.\n"
             "The line above is your invite: it works once, for seven days, and gives {} mailboxes.\n"
             "  1. Start the relay:          kith-relay serve --data {}\n"
             "  2. On your first device:     kith relay set INVITE\n"
             "Keep a copy of {}/identity: without it your devices will not trust a rebuilt relay.\n",
             arguments.folder, limits::kOwnerInviteMailboxes, arguments.folder, arguments.folder);
  return kOk;
}

int Invite(const Arguments& arguments) {
  const auto lifetime = ParseDuration(arguments.expires);
  if (!lifetime) return Misused("--expires is written as 90s, 30m, 12h or 7d, up to a year");
  if (!arguments.address.empty() && !CanBeReachedAt(arguments.address)) return BadAddress();
  const auto invite = MakeInvite(arguments.folder, {arguments.mailboxes, arguments.uses, *lifetime, arguments.address});
  if (!invite) return Report(invite.error());
  fmt::print("{}\n", *invite);
  return kOk;
}

int RenewTheCertificate(const Arguments& arguments) {
  const auto identity = LoadIdentity(arguments.folder);
  if (!identity) return Report(identity.error());
  const auto certificate = RenewCertificate(arguments.folder);
  if (!certificate) return Report(certificate.error());
  fmt::print(stderr,
             "A new certificate is in {}/certificate.pem. Restart the relay to serve with it; clients accept it by "
             "themselves.\n",
             arguments.folder);
  return kOk;
}

// One port a line. Whole or not at all, so that who waits for the file never reads half a number.
bool WritePortFile(const std::string& path, const std::vector<HostPort>& addresses) {
  const std::string temporary = path + ".new";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  std::string text;
  for (const HostPort& address : addresses) text += std::to_string(address.port) + "\n";
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  return written && ::rename(temporary.c_str(), path.c_str()) == 0;
}

int Serve(const Arguments& arguments) {
  // Blocked before any thread starts, so that only sigwait below takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  HostOptions options;
  options.folder = arguments.folder;
  options.listen = arguments.listen;
  options.relay = {arguments.mailbox_bytes, arguments.min_free_bytes};
  options.log = arguments.log_calls ? EventLog::Level::kCalls : EventLog::Level::kEvents;
  const auto host = Host::Start(options);
  if (!host) return Report(host.error());
  for (const HostPort& address : (*host)->addresses()) {
    fmt::print("listening on {} {}\n", FormatAddress(address),
               IsLoopback(address) ? "without TLS, for this machine only" : "with TLS");
  }
  std::fflush(stdout);
  if (!arguments.port_file.empty() && !WritePortFile(arguments.port_file, (*host)->addresses())) {
    return Report(Fail(Code::kStorageFailed, "cannot write the port file"));
  }
  int signal = 0;
  sigwait(&signals, &signal);
  (*host)->Stop();
  return kOk;
}

int Version() {
  fmt::print("kith-relay {}\n", KITH_VERSION);
  return kOk;
}

void AddInit(CLI::App& app, Arguments& arguments) {
  auto* init = app.add_subcommand("init", "Set up a relay and print its owner's invite");
  init->add_option("--data", arguments.folder, "The relay's folder; made with mode 0700")->capture_default_str();
  init->add_option("--address", arguments.address, "Where clients reach it, HOST:PORT; goes into invites")
      ->default_str(kLoopbackAddress);
  init->footer(std::string(kAddressRule) +
               "Example:\n  kith-relay init --data /srv/kith --address relay.example:7788 > invite.txt");
}

void AddInvite(CLI::App& app, Arguments& arguments) {
  auto* invite = app.add_subcommand("invite", "Print a new invite; works while the relay runs");
  invite->add_option("--data", arguments.folder, "The relay's folder")->capture_default_str();
  invite->add_option("--mailboxes", arguments.mailboxes, "Mailboxes that one redemption may create (1 to 64)")
      ->capture_default_str()
      ->check(CLI::Range(1U, limits::kMaxInviteMailboxes));
  invite->add_option("--uses", arguments.uses, "How many may redeem it (1 to 100)")
      ->capture_default_str()
      ->check(CLI::Range(1U, limits::kMaxInviteUses));
  invite->add_option("--expires", arguments.expires, "How long it is good: 90s, 30m, 12h, 7d")->capture_default_str();
  invite->add_option("--address", arguments.address, "Where clients reach it, if not at the address of init");
  invite->footer("Example:\n  kith-relay invite --mailboxes 4 --expires 2d");
}

void AddServe(CLI::App& app, Arguments& arguments) {
  auto* serve = app.add_subcommand("serve", "Run the relay until SIGTERM or Ctrl-C");
  serve->add_option("--data", arguments.folder, "The relay's folder")->capture_default_str();
  serve
      ->add_option("--listen", arguments.listen,
                   "ADDRESS:PORT, several times if wanted; port 0 picks a free one [the address of init if that is a "
                   "loopback one, else every address of this machine at init's port]")
      ->allow_extra_args(false);
  serve->add_option("--port-file", arguments.port_file, "Write the ports in use there, a line each, once it listens");
  serve->add_option("--mailbox-bytes", arguments.mailbox_bytes, "Limit of each mailbox")->capture_default_str();
  serve->add_option("--min-free-bytes", arguments.min_free_bytes, "Refuse pushes when the disk has less left")
      ->capture_default_str();
  serve->add_flag("--log-calls", arguments.log_calls, "Log each call: method, code, size bucket, duration");
  serve->footer(std::string(kAddressRule) +
                "Example:\n  kith-relay serve --data /srv/kith --listen 127.0.0.1:7787 --listen 0.0.0.0:7788");
}

void AddCertificate(CLI::App& app, Arguments& arguments) {
  auto* certificate = app.add_subcommand("certificate", "The relay's certificate for TLS");
  certificate->require_subcommand(1);
  auto* renew = certificate->add_subcommand("renew", "Make a new key and certificate, used from the next start on");
  renew->add_option("--data", arguments.folder, "The relay's folder")->capture_default_str();
  const std::string footer =
      "Clients accept the new one by themselves, since the same relay key vouches for it. It has no end date; renew "
      "it\n"
      "when certificate.pem was lost or damaged, or may have been copied. Who has a copy of the old one and stands\n"
      "between can still see what the relay sees; only a new relay with new invites ends that.\n\n"
      "Example:\n  kith-relay certificate renew --data /srv/kith";
  certificate->footer(footer);
  renew->footer(footer);
}

int Main(int argc, char** argv) {
  // A crash must not leave keys in a file; few arenas keep memory near what is used.
  ::prctl(PR_SET_DUMPABLE, 0);
  ::mallopt(M_ARENA_MAX, 2);
  InitCrypto();
  Arguments arguments;
  CLI::App app("kith-relay carries encrypted journals between devices and can read none of them.", "kith-relay");
  app.require_subcommand(1);
  app.footer(kExitCodes);
  AddInit(app, arguments);
  AddInvite(app, arguments);
  AddServe(app, arguments);
  AddCertificate(app, arguments);
  app.add_subcommand("version", "Print the version")->footer("Example:\n  kith-relay version");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  }
  if (app.got_subcommand("init")) return Init(arguments);
  if (app.got_subcommand("invite")) return Invite(arguments);
  if (app.got_subcommand("serve")) return Serve(arguments);
  if (app.got_subcommand("certificate")) return RenewTheCertificate(arguments);
  return Version();
}

}  // namespace
}  // namespace kith::relay

int main(int argc, char** argv) { return kith::relay::Main(argc, argv); }
