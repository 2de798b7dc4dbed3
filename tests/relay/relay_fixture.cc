#include "relay_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <thread>

#include "crypto/verify/hash.h"

extern char** environ;

namespace kith::relay_test {
namespace {

const bool kCryptoReady = (InitCrypto(), true);

pid_t Spawn(const std::vector<std::string>& arguments, const std::string& out, const std::string& err) {
  std::vector<std::string> all{KITH_RELAY_BINARY};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& argument : all) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t pid = -1;
  const int failed = posix_spawn(&pid, KITH_RELAY_BINARY, &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return failed == 0 ? pid : -1;
}

int Wait(pid_t pid) {
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

ScratchFolder::ScratchFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "kith-relay-XXXXXX").string();
  path_ = ::mkdtemp(pattern.data());
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

bool Eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

Bytes SecretOf(const std::string& invite) {
  const auto secret = FromBase64(invite.substr(invite.rfind('.') + 1));
  return secret.value_or(Bytes());
}

void RelayTest::SetUp() {
  ASSERT_TRUE(kCryptoReady);
  options_.folder = folder_ / "relay";
  options_.listen = {"127.0.0.1:0"};
  options_.log = relay::EventLog::Level::kQuiet;
  options_.clock = &clock_;
  options_.relay.min_free_bytes = 0;
  ASSERT_TRUE(relay::CreateIdentity(options_.folder, "127.0.0.1:7787"));
  Start();
}

void RelayTest::Start() {
  host_.reset();
  auto host = relay::Host::Start(options_);
  ASSERT_TRUE(host) << host.error().message;
  host_ = *std::move(host);
}

std::string RelayTest::MakeInvite(uint16_t mailboxes, uint16_t uses, int64_t lifetime_ms) {
  std::promise<Result<relay::InviteSecret>> minted;
  host_->relay().Mint({mailboxes, uses, clock_.NowMillis() + lifetime_ms},
                      [&](Result<relay::InviteSecret> secret) { minted.set_value(std::move(secret)); });
  const auto secret = minted.get_future().get();
  return "relay#key." + ToBase64(secret.value().view());
}

std::unique_ptr<Client> RelayTest::Connect() {
  auto client = std::make_unique<Client>(host_->port());
  EXPECT_TRUE(client->Hello().ok);
  return client;
}

Owned RelayTest::MakeMailbox(Client& client) {
  std::vector<std::string> tokens;
  EXPECT_TRUE(client.Redeem(SecretOf(MakeInvite(1, 1, 60'000)), {}, &tokens).ok);
  Owned mailbox;
  EXPECT_TRUE(client.Create(mailbox, tokens.at(0)).ok);
  return mailbox;
}

Program::Ended Program::Run(const std::vector<std::string>& arguments) {
  const ScratchFolder scratch;
  const pid_t pid = Spawn(arguments, scratch / "out", scratch / "err");
  return {Wait(pid), ReadAll(scratch / "out"), ReadAll(scratch / "err")};
}

Program::Program(const std::string& folder, const std::vector<std::string>& more) {
  const ScratchFolder scratch;
  const std::string port_file = scratch / "port";
  std::vector<std::string> arguments{"serve", "--data", folder, "--listen", "127.0.0.1:0", "--port-file", port_file};
  arguments.insert(arguments.end(), more.begin(), more.end());
  pid_ = Spawn(arguments, scratch / "out", scratch / "err");
  EXPECT_TRUE(Eventually([&] { return std::filesystem::exists(port_file); })) << ReadAll(scratch / "err");
  std::ifstream ports(port_file);
  for (uint16_t port = 0; ports >> port;) ports_.push_back(port);
  out_ = ReadAll(scratch / "out");
}

Program::~Program() {
  if (pid_ > 0) End(SIGKILL);
}

int Program::End(int signal) {
  ::kill(pid_, signal);
  const int code = Wait(pid_);
  pid_ = -1;
  return code;
}

}  // namespace kith::relay_test
