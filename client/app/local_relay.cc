// The relay, syncing, devices and linking.
#include <chrono>

#include "client/app/link_flow.h"
#include "client/app/local_use.h"
#include "client/core/hlc.h"
#include "crypto/verify/hash.h"

namespace kith {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kGlance{200};  // how often a caller's going away is looked for
constexpr int kTries = 3;

std::string Hex(ByteView bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const uint8_t byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

Result<std::vector<Bytes>> Redeem(const RelayInvite& invite) {
  std::array<uint8_t, 16> attempt{};
  RandomFill(attempt);
  Result<std::vector<Bytes>> tokens = Fail(Code::kRelayUnreachable);
  // The same attempt again is safe: a reply that was lost is given once more.
  for (int i = 0; i < kTries; ++i) {
    GrpcRelay relay(invite.relay);
    tokens = relay.RedeemInvite(invite.secret, attempt);
    if (tokens || tokens.error().code != Code::kRelayUnreachable) break;
  }
  return tokens;
}

}  // namespace

grpc::Status LocalService::RelaySet(grpc::ServerContext*, const v1::RelaySetRequest* request, v1::RelaySetReply* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    KITH_TRY_ASSIGN(const RelayInvite invite, ParseRelayInvite(request->invite()));
    KITH_TRY_ASSIGN(std::vector<Bytes> tokens, Redeem(invite));
    KITH_TRY(unlocked.vault->With([&](Journal& journal) { return journal.SetRelay(invite.relay, std::move(tokens)); }));
    unlocked.loop.Retry();
    reply->set_relay(FormatRelayAddress(invite.relay));
    return {};
  }));
}

Result<> LocalService::Follow(Unlocked& unlocked, const std::function<bool()>& cancelled, uint32_t timeout_ms,
                              const std::function<bool(const v1::SyncProgress&)>& tell) {
  if (!unlocked.vault->With([](Journal& journal) { return journal.relay(); })) {
    return Fail(Code::kNoRelay, "no relay is set; `kith relay set INVITE` sets one. The journal works without");
  }
  unlocked.loop.Retry();
  const auto end = timeout_ms == 0 ? steady_clock::time_point::max() : steady_clock::now() + milliseconds(timeout_ms);
  v1::SyncProgress progress;
  for (uint64_t seen = 0;;) {
    const SyncStatus status = unlocked.loop.status();
    progress.set_behind(std::max(progress.behind(), status.behind));
    progress.set_fetched(std::max(progress.fetched(), status.phase == SyncStatus::Phase::kLive ? progress.behind() : status.fetched));
    progress.set_waiting(status.waiting);
    if (status.phase == SyncStatus::Phase::kLive && !status.problem) break;
    if (status.problem) return *status.problem;
    if (!tell(progress) || cancelled()) return Fail(Code::kCancelled, "stopped; syncing goes on in the background");
    if (steady_clock::now() > end) return Fail(Code::kRelayUnreachable, "not in sync within the given time; syncing goes on in the background");
    seen = unlocked.loop.AwaitChange(seen, kGlance);
  }
  progress.set_done(true);
  tell(progress);
  return {};
}

grpc::Status LocalService::Sync(grpc::ServerContext* context, const v1::SyncRequest* request,
                                grpc::ServerWriter<v1::SyncProgress>* writer) {
  return StatusOf(WithVault([&](Unlocked& unlocked) {
    return Follow(unlocked, [&] { return context->IsCancelled(); }, request->timeout_ms(),
                  [&](const v1::SyncProgress& progress) { return writer->Write(progress); });
  }));
}

grpc::Status LocalService::Devices(grpc::ServerContext*, const v1::DevicesRequest*, v1::DevicesReply* reply) {
  return StatusOf(WithJournal([&](Journal& journal) -> Result<> {
    for (const DeviceInfo& device : journal.Devices()) {
      v1::Device* out = reply->add_devices();
      out->set_id(Hex(device.id.view()));
      out->set_label(device.label);
      out->set_this_device(device.this_device);
      out->set_revoked(device.revoked);
      out->set_last_seen(device.last_seen == 0 ? 0 : static_cast<uint64_t>(HlcClock::Millis(device.last_seen)));
    }
    return {};
  }));
}

Result<std::string> LocalService::Decide(const v1::LinkShowRequest& request, const std::string& asking,
                                         const std::function<bool()>& cancelled,
                                         grpc::ServerWriter<v1::LinkShowProgress>& writer) {
  const std::string kept = request.label().empty() ? asking : request.label();
  if (request.accept()) return kept;
  {
    const std::lock_guard lock(link_mutex_);
    asking_ = true;
    link_answer_.reset();
  }
  v1::LinkShowProgress progress;
  progress.set_asking(asking);
  writer.Write(progress);
  std::unique_lock lock(link_mutex_);
  while (!link_answer_ && !cancelled()) link_answered_.wait_for(lock, kGlance);
  asking_ = false;
  if (!link_answer_) return Fail(Code::kCancelled, "stopped; the device was not added");
  if (!link_answer_->accept()) return Fail(Code::kCancelled, "turned away; the device was not added");
  return link_answer_->label().empty() ? kept : link_answer_->label();
}

grpc::Status LocalService::LinkShow(grpc::ServerContext* context, const v1::LinkShowRequest* request,
                                    grpc::ServerWriter<v1::LinkShowProgress>* writer) {
  {
    const std::lock_guard lock(link_mutex_);
    if (linking_) return StatusOf(Fail(Code::kRelayBusy, "a code is being shown already; stop that command first"));
    linking_ = true;
  }
  const auto cancelled = [context] { return context->IsCancelled(); };
  const Result<> linked = WithVault([&](Unlocked& unlocked) -> Result<> {
    KITH_TRY(session_.CheckPassphrase(request->passphrase()));
    const LinkHostSteps steps{
        .show = [&](const std::string& code, const std::string& relay) -> Result<> {
          v1::LinkShowProgress progress;
          progress.set_code(code);
          progress.set_relay(relay);
          if (!writer->Write(progress)) return Fail(Code::kCancelled, "stopped");
          return {};
        },
        .decide = [&](const std::string& asking) { return Decide(*request, asking, cancelled, *writer); },
        .cancelled = cancelled};
    KITH_TRY_ASSIGN(const std::string label, HostLink(unlocked, steps));
    v1::LinkShowProgress progress;
    progress.set_done(true);
    progress.set_label(label);
    writer->Write(progress);
    return {};
  });
  const std::lock_guard lock(link_mutex_);
  linking_ = false;
  return StatusOf(linked);
}

grpc::Status LocalService::LinkConfirm(grpc::ServerContext*, const v1::LinkConfirmRequest* request, v1::LinkConfirmReply*) {
  {
    const std::lock_guard lock(link_mutex_);
    if (!asking_) return StatusOf(Fail(Code::kPairingGone, "no device is asking to be added"));
    link_answer_ = *request;
  }
  link_answered_.notify_all();
  return grpc::Status::OK;
}

grpc::Status LocalService::LinkJoin(grpc::ServerContext* context, const v1::LinkJoinRequest* request,
                                    grpc::ServerWriter<v1::SyncProgress>* writer) {
  const Use counted(*this);
  const auto cancelled = [context] { return context->IsCancelled(); };
  const auto join = [&]() -> Result<> {
    LinkJoinOptions options{.code = request->code(),
                            .relay = {},
                            .passphrase = request->passphrase(),
                            .label = request->device_label().empty() ? "a new device" : request->device_label(),
                            .kdf_memory_mib = request->kdf_memory_mib(),
                            .cancelled = cancelled};
    KITH_TRY_ASSIGN(options.relay, ParseRelayAddress(request->relay()));
    KITH_TRY(JoinLink(session_, options));
    Wipe(options.passphrase);
    KITH_TRY_ASSIGN(const auto unlocked, session_.Open());
    return Follow(*unlocked, cancelled, 0, [&](const v1::SyncProgress& progress) { return writer->Write(progress); });
  };
  return StatusOf(join());
}

}  // namespace kith
