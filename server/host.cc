#include "server/host.h"

#include <future>

#include "server/invite.h"

namespace kith::relay {
namespace {

class SystemClock : public Clock {
 public:
  int64_t NowMillis() override {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  }
};

Result<InviteOrder> OrderOf(const InviteRequest& request, Clock& clock) {
  if (request.mailboxes < 1 || request.mailboxes > limits::kMaxInviteMailboxes || request.uses < 1 ||
      request.uses > limits::kMaxInviteUses || request.lifetime_ms < 1 ||
      request.lifetime_ms > limits::kMaxInviteMillis) {
    return Fail(Code::kInvalidArgument, "an invite is for 1 to 64 mailboxes, 1 to 100 uses and at most a year");
  }
  return InviteOrder{static_cast<uint16_t>(request.mailboxes), static_cast<uint16_t>(request.uses),
                     clock.NowMillis() + request.lifetime_ms};
}

Result<InviteSecret> MintAndWait(Relay& relay, const InviteOrder& order) {
  std::promise<Result<InviteSecret>> minted;
  auto result = minted.get_future();
  relay.Mint(order, [&minted](Result<InviteSecret> secret) { minted.set_value(std::move(secret)); });
  return result.get();
}

// "invite MAILBOXES USES MILLISECONDS [ADDRESS]"
std::string LineOf(const InviteRequest& request) {
  std::string line = "invite " + std::to_string(request.mailboxes) + " " + std::to_string(request.uses) + " " +
                     std::to_string(request.lifetime_ms);
  return request.address.empty() ? line : line + " " + request.address;
}

std::optional<InviteRequest> RequestOf(const std::string& line) {
  InviteRequest request;
  int end = 0;
  long long lifetime = 0;
  if (std::sscanf(line.c_str(), "invite %u %u %lld%n", &request.mailboxes, &request.uses, &lifetime, &end) != 3) {
    return std::nullopt;
  }
  request.lifetime_ms = lifetime;
  const std::string rest = line.substr(static_cast<size_t>(end));
  if (rest.empty()) return request;
  request.address = rest.substr(1);
  return rest.front() == ' ' && CanBeReachedAt(request.address) ? std::optional(request) : std::nullopt;
}

// Without --listen: on the address of init if that is a loopback one; behind any other name on every address of this
// machine, for a name may belong to a router in front of it.
Result<std::vector<HostPort>> ListenAt(const std::vector<std::string>& given, const std::string& address) {
  std::vector<HostPort> listen;
  for (const std::string& text : given.empty() ? std::vector{address} : given) {
    const auto at = ParseAddress(text);
    if (!at) return Fail(Code::kInvalidArgument, "not an address: write it as 127.0.0.1:7787 or 0.0.0.0:7788");
    listen.push_back(*at);
  }
  if (given.empty() && !IsLoopback(listen.front())) listen.front().host = "0.0.0.0";
  return listen;
}

// What there is; made where TLS is served and there is none.
Result<std::optional<Certificate>> CertificateFor(const std::string& folder, const std::vector<HostPort>& listen) {
  KITH_TRY_ASSIGN(auto certificate, LoadCertificate(folder));
  if (!certificate && !std::ranges::all_of(listen, IsLoopback)) {
    KITH_TRY_ASSIGN(certificate, RenewCertificate(folder));
  }
  return certificate;
}

}  // namespace

Host::Host(Identity identity, const HostOptions& options)
    : identity_(std::move(identity)),
      log_(options.log),
      own_clock_(std::make_unique<SystemClock>()),
      clock_(options.clock != nullptr ? options.clock : own_clock_.get()) {}

Result<std::unique_ptr<Host>> Host::Start(const HostOptions& options) {
  KITH_TRY_ASSIGN(auto identity, LoadIdentity(options.folder));
  KITH_TRY_ASSIGN(const auto listen, ListenAt(options.listen, identity.address));
  KITH_TRY_ASSIGN(const auto certificate, CertificateFor(options.folder, listen));
  std::unique_ptr<Host> host(new Host(std::move(identity), options));
  KITH_TRY_ASSIGN(host->store_, LevelDbLog::Open({DatabasePath(options.folder), options.env,
                                                  [log = &host->log_](std::string_view event) { log->Event(event); }}));
  RelayOptions relay = options.relay;
  if (certificate) relay.spki_hash = certificate->spki_hash;
  host->relay_ = std::make_unique<Relay>(*host->store_, host->identity_.signer, *host->clock_, relay);
  const unsigned cores = std::thread::hardware_concurrency();
  host->workers_ = std::make_unique<Workers>(std::clamp(cores, limits::kMinWorkers, limits::kMaxWorkers));
  KITH_TRY_ASSIGN(host->server_, GrpcServer::Start(*host->relay_, *host->workers_, host->log_,
                                                   {listen, certificate ? &*certificate : nullptr, options.heartbeat}));
  KITH_TRY_ASSIGN(host->admin_, AdminServer::Start(options.folder, [raw = host.get()](const std::string& line) {
                    return raw->Administer(line);
                  }));
  host->log_.Event("started");
  return host;
}

Host::~Host() { Stop(); }

void Host::Stop() {
  if (stopped_) return;
  stopped_ = true;
  log_.Event("stopping");
  admin_.reset();
  if (server_ != nullptr) server_->RefuseAll();
  if (workers_ != nullptr) workers_->Stop();
  if (relay_ != nullptr) relay_->Stop();
  if (server_ != nullptr) server_->Stop();
  log_.Event("stopped");
}

Result<std::string> Host::Administer(const std::string& line) {
  const auto request = RequestOf(line);
  if (!request) return Fail(Code::kInvalidArgument, "not a command of this version");
  KITH_TRY_ASSIGN(const auto order, OrderOf(*request, *clock_));
  KITH_TRY_ASSIGN(const auto secret, MintAndWait(*relay_, order));
  if (!request->address.empty()) return InviteText(request->address, key(), secret);
  // Where init left the port open, the one in use.
  const auto given = ParseAddress(identity_.address);
  return InviteText(given && given->port != 0 ? identity_.address : FormatAddress(addresses().front()), key(), secret);
}

Result<std::string> MakeInvite(const std::string& folder, const InviteRequest& request) {
  KITH_TRY_ASSIGN(const auto identity, LoadIdentity(folder));
  auto answer = AskRunningRelay(folder, LineOf(request));
  if (answer || answer.error().code != Code::kRelayUnreachable) return answer;
  SystemClock clock;
  KITH_TRY_ASSIGN(const auto order, OrderOf(request, clock));
  KITH_TRY_ASSIGN(const auto store, LevelDbLog::Open({DatabasePath(folder), nullptr, nullptr}));
  Relay relay(*store, identity.signer, clock, {});
  KITH_TRY_ASSIGN(const auto secret, MintAndWait(relay, order));
  const std::string& address = request.address.empty() ? identity.address : request.address;
  return InviteText(address, identity.signer.public_key(), secret);
}

}  // namespace kith::relay
