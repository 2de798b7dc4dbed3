#include "tests/kill/programs.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

extern char** environ;

namespace kith::kill_test {
namespace {

constexpr char kPassphrase[] = "a long walk by the river";
constexpr uint32_t kKdfMemory = 64;  // MiB: the least allowed, for speed

std::string Contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool SomebodyListens(const std::string& socket_path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected = connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(descriptor);
  return connected;
}

}  // namespace

bool Eventually(const std::function<bool()>& condition, milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

Scratch::Scratch() {
  std::string pattern = (std::filesystem::temp_directory_path() / "kith-kill-XXXXXX").string();
  path_ = ::mkdtemp(pattern.data());
}

Scratch::~Scratch() {
  std::error_code ignored;
  if (!keep_) std::filesystem::remove_all(path_, ignored);
}

// setpriv has the child die with us, so that a test that is cut off leaves nothing running.
bool Process::Start(std::vector<std::string> command, std::vector<std::string> variables, const std::string& log) {
  Kill();
  command.insert(command.begin(), {"setpriv", "--pdeathsig", "KILL"});
  std::vector<char*> arguments, environment;
  for (std::string& argument : command) arguments.push_back(argument.data());
  for (std::string& variable : variables) environment.push_back(variable.data());
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with("KITH_")) environment.push_back(*variable);
  }
  arguments.push_back(nullptr);
  environment.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const int failed = posix_spawnp(&pid_, "setpriv", &actions, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) pid_ = -1;
  return failed == 0;
}

void Process::Kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int Process::Wait() {
  int status = 0;
  const bool ended = pid_ > 0 && ::waitpid(pid_, &status, 0) == pid_;
  pid_ = -1;
  return ended && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool Process::Lives() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ > 0;
}

std::unique_ptr<grpc::ClientContext> Context() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(1));
  return context;
}

std::string CodeOf(const grpc::Status& status) {
  v1::LocalError error;
  return !status.error_details().empty() && error.ParseFromString(status.error_details()) ? error.code() : "";
}

// ---- The relay

bool RelayProgram::Found() {
  Process init;
  if (!init.Start({KITH_RELAY_BINARY, "init", "--data", folder_, "--address", "127.0.0.1:1"}, {}, folder_ + ".log")) {
    return false;
  }
  return init.Wait() == 0 && Launch() && Ready();
}

bool RelayProgram::Launch() {
  port_file_ = folder_ + ".port" + std::to_string(++starts_);
  return process_.Start({KITH_RELAY_BINARY, "serve", "--data", folder_, "--listen",
                         "127.0.0.1:" + std::to_string(port_), "--port-file", port_file_, "--min-free-bytes", "0"},
                        {}, folder_ + ".log");
}

bool RelayProgram::Ready() {
  const auto told = [this] { return Contents(port_file_).ends_with('\n'); };
  if (!Eventually([&] { return told() || !process_.Lives(); }) || !told()) return false;
  std::ifstream(port_file_) >> port_;
  return port_ != 0;
}

std::string RelayProgram::Invite() const {
  const std::string out = folder_ + ".invite";
  std::filesystem::remove(out);
  Process invite;
  if (!invite.Start({KITH_RELAY_BINARY, "invite", "--data", folder_, "--mailboxes", "1"}, {}, out)) return {};
  if (invite.Wait() != 0) return {};
  // "ADDRESS#KEY.SECRET", with the address of init.
  std::string text = Contents(out);
  text.resize(std::min(text.find('\n'), text.size()));
  const size_t key = text.find('#');
  return key == std::string::npos ? "" : "127.0.0.1:" + std::to_string(port_) + text.substr(key);
}

// ---- A device

bool Device::Launch() {
  std::filesystem::create_directories(home_);
  std::filesystem::permissions(home_, std::filesystem::perms::owner_all);
  return process_.Start({KITH_BINARY, "agent", "run"}, {"KITH_HOME=" + home_}, home_ + ".log");
}

bool Device::Ready() {
  const auto listens = [this] { return SomebodyListens(home_ + "/agent.sock"); };
  return Eventually([&] { return listens() || !process_.Lives(); }) && listens();
}

std::unique_ptr<Device::Stub> Device::Connect() const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  return v1::Agent::NewStub(
      grpc::CreateCustomChannel("unix:" + home_ + "/agent.sock", grpc::InsecureChannelCredentials(), arguments));
}

grpc::Status Device::Init() {
  v1::InitRequest request;
  request.set_passphrase(kPassphrase);
  request.set_device_label(name_);
  request.set_kdf_memory_mib(kKdfMemory);
  v1::InitReply reply;
  return Connect()->Init(Context().get(), request, &reply);
}

grpc::Status Device::Unlock() {
  v1::UnlockRequest request;
  request.set_passphrase(kPassphrase);
  v1::UnlockReply reply;
  return Connect()->Unlock(Context().get(), request, &reply);
}

grpc::Status Device::SetRelay(const std::string& invite) {
  v1::RelaySetRequest request;
  request.set_invite(invite);
  v1::RelaySetReply reply;
  return Connect()->RelaySet(Context().get(), request, &reply);
}

grpc::Status Device::Link(Device& guest) {
  v1::LinkShowRequest show;
  show.set_passphrase(kPassphrase);
  show.set_accept(true);
  const auto context = Context();
  const auto stub = Connect();
  const auto showing = stub->LinkShow(context.get(), show);
  v1::LinkShowProgress shown;
  if (!showing->Read(&shown)) return showing->Finish();
  v1::LinkJoinRequest join;
  join.set_code(shown.code());
  join.set_relay(shown.relay());
  join.set_passphrase(kPassphrase);
  join.set_device_label(guest.name_);
  join.set_kdf_memory_mib(kKdfMemory);
  const auto guest_context = Context();
  const auto guest_stub = guest.Connect();
  const auto joining = guest_stub->LinkJoin(guest_context.get(), join);
  v1::SyncProgress progress;
  while (joining->Read(&progress)) {
  }
  const grpc::Status joined = joining->Finish();
  while (showing->Read(&shown)) {
  }
  const grpc::Status linked = showing->Finish();
  return joined.ok() ? linked : joined;
}

grpc::Status Device::SyncOnce() {
  v1::SyncRequest request;
  request.set_timeout_ms(30'000);
  const auto context = Context();
  const auto stub = Connect();
  const auto reading = stub->Sync(context.get(), request);
  v1::SyncProgress progress;
  while (reading->Read(&progress)) {
  }
  return reading->Finish();
}

// A relay that has just come back may be reported unreachable once more.
grpc::Status Device::Sync() {
  grpc::Status status;
  Eventually([&] { return (status = SyncOnce()).ok() || CodeOf(status) != "RELAY_UNREACHABLE"; });
  return status;
}

}  // namespace kith::kill_test
