// The recovery phrase: restoring a journal from it, and showing that one could.
#include "client/app/drill.h"
#include "client/app/link_flow.h"
#include "client/app/local_use.h"
#include "client/app/recovery_flow.h"

namespace kith {
namespace {

RecoveryWatcher WatcherOf(Caller& caller, std::function<void(const SyncStatus&)> moved) {
  return {.cancelled = [&caller] { return caller.gone(); }, .moved = std::move(moved)};
}

Error AnotherGathers() {
  return Fail(Code::kRelayBusy, "A recovery with friends is under way in another window. Wait for it, or stop it.");
}

}  // namespace

grpc::Status LocalService::Recover(grpc::ServerContext* context, const v1::RecoverRequest* request,
                                   grpc::ServerWriter<v1::SyncProgress>* writer) {
  const Use counted(*this);
  const WipedField words(request->words());
  const WipedField passphrase(request->passphrase());
  Caller caller(*context);
  RestoreOptions options{.passphrase = request->passphrase(),
                         .label = request->device_label().empty() ? HostName() : request->device_label(),
                         .kdf_memory_mib = request->kdf_memory_mib(),
                         .missing = request->incomplete() ? Recovery::Missing::kAccept : Recovery::Missing::kRefuse};
  const WipedField passphrase_copy(options.passphrase);
  const RecoveryWatcher watcher = WatcherOf(caller, [&](const SyncStatus& status) {
    v1::SyncProgress progress;
    progress.set_behind(status.behind);
    progress.set_fetched(status.fetched);
    writer->Write(progress);
  });
  const auto recover = [&]() -> Result<> {
    std::optional<RelayAddress> relay;
    if (!request->with_friends() || !request->relay().empty()) {
      KITH_TRY_ASSIGN(relay, ParseRelayAddress(request->relay()));
    }
    if (request->with_friends()) {
      const std::unique_lock alone(gathering_, std::try_to_lock);
      if (!alone) return AnotherGathers();
      KITH_TRY(RecoverWithFriends(session_, relay, options, watcher));
    } else {
      KITH_TRY(RecoverJournal(session_, request->words(), *relay, options, watcher));
    }
    KITH_TRY_ASSIGN(const auto unlocked, session_.Open());
    const Result<> followed = Follow(*unlocked, caller, 0, *writer);
    if (followed) return {};
    return Fail(followed.error().code,
                "The journal is restored on this device, but not in sync yet: " + followed.error().message);
  };
  return StatusOf(recover());
}

grpc::Status LocalService::RecoverAsk(grpc::ServerContext* context, const v1::RecoverAskRequest* request,
                                      v1::RecoverAskReply* reply) {
  const Use counted(*this);
  const WipedField passphrase(request->passphrase());
  Caller caller(*context);
  AskFriend ask{.passphrase = request->passphrase(),
                .kdf_memory_mib = request->kdf_memory_mib(),
                .begin = request->anew() ? AskFriend::Begin::kAnew : AskFriend::Begin::kGoOn,
                .code = request->code(),
                .relay = request->relay(),
                .cancelled = [&caller] { return caller.gone(); }};
  const WipedField passphrase_copy(ask.passphrase);
  const auto gather = [&]() -> Result<> {
    const std::unique_lock alone(gathering_, std::try_to_lock);
    if (!alone) return AnotherGathers();
    KITH_TRY_ASSIGN(const Gathered state, GatherShare(session_, ask));
    reply->set_gathered(static_cast<uint32_t>(state.gathered));
    reply->set_needed(static_cast<uint32_t>(state.needed));
    reply->set_ready(state.ready);
    if (!state.problem) return {};
    reply->set_problem_code(CodeName(state.problem->code));
    reply->set_problem(state.problem->message);
    if (state.problem->code == Code::kTrusteesDelay) reply->set_due(state.due_ms);
    return {};
  };
  return StatusOf(gather());
}

grpc::Status LocalService::RecoveryConfirm(grpc::ServerContext*, const v1::RecoveryConfirmRequest* request,
                                           v1::RecoveryConfirmReply*) {
  const WipedField words(request->words());
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    KITH_TRY(ConfirmRecovery(unlocked, request->words()));
    unlocked.loops.Poke();
    return {};
  }));
}

grpc::Status LocalService::Drill(grpc::ServerContext* context, const v1::DrillRequest* request,
                                 grpc::ServerWriter<v1::DrillProgress>* writer) {
  const WipedField words(request->words());
  Caller caller(*context);
  const RecoveryWatcher watcher = WatcherOf(caller, [&](const SyncStatus& status) {
    v1::DrillProgress progress;
    progress.set_behind(status.behind);
    progress.set_fetched(status.fetched);
    writer->Write(progress);
  });
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    const std::unique_lock alone(drilling_, std::try_to_lock);
    if (!alone) return Fail(Code::kRelayBusy, "A drill is under way already. Wait for it, or stop that command first.");
    KITH_TRY_ASSIGN(const DrillReport report,
                    kith::Drill(unlocked, session_.ScratchPlace(), request->words(), watcher, [&](uint64_t compared) {
                      v1::DrillProgress progress;
                      progress.set_compared(compared);
                      writer->Write(progress);
                    }));
    v1::DrillProgress last;
    v1::DrillReport* out = last.mutable_report();
    out->set_entries(report.entries);
    out->set_deleted(report.deleted);
    out->set_only_here(report.only_here);
    out->set_friends(report.friends);
    for (const std::string& label : report.not_read) out->add_not_read(label);
    out->set_relay(FormatRelayAddress(report.relay));
    writer->Write(last);
    return {};
  }));
}

}  // namespace kith
