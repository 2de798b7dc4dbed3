// The relay, syncing and linking.
#include <algorithm>
#include <chrono>

#include "client/app/link_flow.h"
#include "client/app/local_use.h"
#include "client/core/membership.h"
#include "crypto/verify/hash.h"

namespace kith {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kGlance{200};  // how often a caller's going away is looked for
constexpr int kTries = 3;

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

grpc::Status LocalService::RelaySet(grpc::ServerContext*, const v1::RelaySetRequest* request,
                                    v1::RelaySetReply* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    KITH_TRY_ASSIGN(const RelayInvite invite, ParseRelayInvite(request->invite()));
    KITH_TRY_ASSIGN(std::vector<Bytes> tokens, Redeem(invite));
    KITH_TRY(unlocked.vault->With([&](Journal& journal) { return journal.SetRelay(invite.relay, std::move(tokens)); }));
    unlocked.loops.own().Retry();
    reply->set_relay(FormatRelayAddress(invite.relay));
    return {};
  }));
}

Result<> LocalService::Follow(Unlocked& unlocked, Caller& caller, uint32_t timeout_ms,
                              grpc::ServerWriter<v1::SyncProgress>& writer) {
  const auto limit = timeout_ms == 0 ? std::nullopt : std::optional(milliseconds(timeout_ms));
  v1::SyncProgress progress;
  const auto tell = [&] {
    const SyncLoops::Progress all = unlocked.loops.progress();
    v1::SyncProgress now;
    now.set_behind(std::max(progress.behind(), all.behind));
    now.set_fetched(std::max(progress.fetched(), all.fetched));
    now.set_waiting(all.waiting);
    const bool news = now.SerializeAsString() != progress.SerializeAsString();
    progress = now;
    return !caller.gone() && (!news || writer.Write(progress));
  };
  std::vector<SyncLoops::Other> others;
  KITH_TRY(unlocked.loops.Settle(limit, tell, &others, SyncLoop::WhenAway::kTryAgain));
  progress.set_fetched(progress.behind());
  progress.set_done(true);
  const auto friends = unlocked.vault->With([](Journal& journal) {
    std::vector<FriendInfo> all = journal.sharing().Friends();
    for (const CircleInfo& one : Membership(journal.state()).Circles())
      all.push_back({.circle = one.circle, .person = {}, .label = one.name, .state = one.state, .relay = one.relay});
    return all;
  });
  for (const auto& [circle, error] : others) {
    const auto known = std::ranges::find(friends, circle, &FriendInfo::circle);
    if (known == friends.end()) continue;
    v1::FriendInfo* out = progress.add_not_in_step();
    WriteFriend(*known, unlocked.loops, out);
    out->set_problem_code(CodeName(error.code));
    out->set_problem(error.message);
  }
  writer.Write(progress);
  return {};
}

grpc::Status LocalService::Sync(grpc::ServerContext* context, const v1::SyncRequest* request,
                                grpc::ServerWriter<v1::SyncProgress>* writer) {
  Caller caller(*context);
  return StatusOf(
      WithVault([&](Unlocked& unlocked) { return Follow(unlocked, caller, request->timeout_ms(), *writer); }));
}

Result<std::string> LocalService::Decide(const v1::LinkShowRequest& request, const std::string& asking,
                                         const std::function<bool()>& over,
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
  while (!link_answer_ && !over()) link_answered_.wait_for(lock, kGlance);
  asking_ = false;
  if (!link_answer_)
    return Fail(Code::kPairingGone, "The new device went away; it was not added. Make a new code with `kith link`.");
  if (!link_answer_->accept())
    return Fail(Code::kCancelled, "Turned away. The device was not added, and the code is used up.");
  return link_answer_->label().empty() ? kept : link_answer_->label();
}

Result<> LocalService::Link(Unlocked& unlocked, const v1::LinkShowRequest& request, Caller& caller,
                            grpc::ServerWriter<v1::LinkShowProgress>& writer) {
  KITH_TRY(session_.CheckPassphrase(request.passphrase()));
  if (!request.label().empty()) KITH_TRY(CheckDeviceName(request.label()));
  const LinkHostSteps steps{
      .show = [&](const std::string& code, const std::string& relay) -> Result<> {
        v1::LinkShowProgress progress;
        progress.set_code(code);
        progress.set_relay(relay);
        if (!writer.Write(progress)) return Fail(Code::kCancelled, "Stopped.");
        return {};
      },
      .decide = [&](const std::string& asking,
                    const std::function<bool()>& over) { return Decide(request, asking, over, writer); },
      .cancelled = [&caller] { return caller.gone(); }};
  KITH_TRY_ASSIGN(const std::string label, HostLink(unlocked, steps));
  v1::LinkShowProgress progress;
  progress.set_done(true);
  progress.set_label(label);
  writer.Write(progress);
  return {};
}

grpc::Status LocalService::LinkShow(grpc::ServerContext* context, const v1::LinkShowRequest* request,
                                    grpc::ServerWriter<v1::LinkShowProgress>* writer) {
  const WipedField passphrase(request->passphrase());
  Caller caller(*context);
  return StatusOf(ShowingOneCode(
      [&] { return WithVault([&](Unlocked& unlocked) { return Link(unlocked, *request, caller, *writer); }); }));
}

grpc::Status LocalService::LinkConfirm(grpc::ServerContext*, const v1::LinkConfirmRequest* request,
                                       v1::LinkConfirmReply*) {
  if (!request->label().empty()) {
    if (const Result<> named = CheckDeviceName(request->label()); !named) return StatusOf(named);
  }
  {
    const std::lock_guard lock(link_mutex_);
    if (!asking_)
      return StatusOf(Fail(Code::kPairingGone, "No device is asking to be added. `kith link` makes a code for one."));
    link_answer_ = *request;
  }
  link_answered_.notify_all();
  return grpc::Status::OK;
}

grpc::Status LocalService::LinkJoin(grpc::ServerContext* context, const v1::LinkJoinRequest* request,
                                    grpc::ServerWriter<v1::SyncProgress>* writer) {
  const Use counted(*this);
  const WipedField passphrase(request->passphrase());
  Caller caller(*context);
  LinkJoinOptions options{.code = request->code(),
                          .relay = {},
                          .passphrase = request->passphrase(),
                          .label = request->device_label().empty() ? HostName() : request->device_label(),
                          .kdf_memory_mib = request->kdf_memory_mib(),
                          .cancelled = [&caller] { return caller.gone(); }};
  const WipedField copy(options.passphrase);
  const auto join = [&]() -> Result<> {
    KITH_TRY_ASSIGN(options.relay, ParseRelayAddress(request->relay()));
    KITH_TRY(JoinLink(session_, options));
    KITH_TRY_ASSIGN(const auto unlocked, session_.Open());
    const Result<> followed = Follow(*unlocked, caller, 0, *writer);
    if (followed) return {};
    return Fail(followed.error().code, "This device is linked, but not in sync yet: " + followed.error().message);
  };
  return StatusOf(join());
}

}  // namespace kith
