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

}  // namespace

grpc::Status LocalService::Recover(grpc::ServerContext* context, const v1::RecoverRequest* request,
                                   grpc::ServerWriter<v1::SyncProgress>* writer) {
  const Use counted(*this);
  const WipedField words(request->words());
  const WipedField passphrase(request->passphrase());
  Caller caller(*context);
  RecoverOptions options{.words = request->words(),
                         .passphrase = request->passphrase(),
                         .relay = {},
                         .label = request->device_label().empty() ? HostName() : request->device_label(),
                         .kdf_memory_mib = request->kdf_memory_mib(),
                         .missing = request->incomplete() ? Recovery::Missing::kAccept : Recovery::Missing::kRefuse};
  const WipedField words_copy(options.words);
  const WipedField passphrase_copy(options.passphrase);
  const RecoveryWatcher watcher = WatcherOf(caller, [&](const SyncStatus& status) {
    v1::SyncProgress progress;
    progress.set_behind(status.behind);
    progress.set_fetched(status.fetched);
    writer->Write(progress);
  });
  const auto recover = [&]() -> Result<> {
    KITH_TRY_ASSIGN(options.relay, ParseRelayAddress(request->relay()));
    KITH_TRY(RecoverJournal(session_, options, watcher));
    KITH_TRY_ASSIGN(const auto unlocked, session_.Open());
    const Result<> followed = Follow(*unlocked, caller, 0, *writer);
    if (followed) return {};
    return Fail(followed.error().code,
                "The journal is restored on this device, but not in sync yet: " + followed.error().message);
  };
  return StatusOf(recover());
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
