// The local API over gRPC: turns requests into calls on the session and its journal, and codes into statuses. Rules are
// the core's. Split by group into local_entries.cc, local_exchange.cc, local_relay.cc and local_vault.cc.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>

#include "client/app/session.h"
#include "kith/v1/local.grpc.pb.h"

namespace kith {

class Caller;

// Thread-safe, as gRPC wants it.
class LocalService final : public v1::Agent::Service {
 public:
  // `stop` ends the agent; called at most once per Stop request. Both outlive the service.
  LocalService(Session& session, std::function<void()> stop) : session_(session), stop_(std::move(stop)) {}

  // For how many milliseconds no request has needed an unlocked vault, those included in which the machine slept; 0
  // while one is under way, or when there was none yet.
  int64_t IdleFor() const;

  grpc::Status Status(grpc::ServerContext*, const v1::StatusRequest*, v1::StatusReply*) override;
  grpc::Status Stop(grpc::ServerContext*, const v1::StopRequest*, v1::StopReply*) override;
  grpc::Status Init(grpc::ServerContext*, const v1::InitRequest*, v1::InitReply*) override;
  grpc::Status Unlock(grpc::ServerContext*, const v1::UnlockRequest*, v1::UnlockReply*) override;
  grpc::Status Lock(grpc::ServerContext*, const v1::LockRequest*, v1::LockReply*) override;
  grpc::Status ChangePassphrase(grpc::ServerContext*, const v1::ChangePassphraseRequest*,
                                v1::ChangePassphraseReply*) override;

  grpc::Status Write(grpc::ServerContext*, const v1::WriteRequest*, v1::EntrySummary*) override;
  grpc::Status Edit(grpc::ServerContext*, const v1::EditRequest*, v1::EntrySummary*) override;
  grpc::Status Delete(grpc::ServerContext*, const v1::EntryRequest*, v1::EntrySummary*) override;
  grpc::Status Restore(grpc::ServerContext*, const v1::RestoreRequest*, v1::EntrySummary*) override;
  grpc::Status Show(grpc::ServerContext*, const v1::EntryRequest*, v1::Entry*) override;
  grpc::Status History(grpc::ServerContext*, const v1::EntryRequest*, v1::HistoryReply*) override;
  grpc::Status List(grpc::ServerContext*, const v1::ListRequest*, grpc::ServerWriter<v1::EntrySummary>*) override;
  grpc::Status Search(grpc::ServerContext*, const v1::SearchRequest*, grpc::ServerWriter<v1::SearchHit>*) override;

  grpc::Status Import(grpc::ServerContext*, const v1::ImportRequest*, grpc::ServerWriter<v1::ImportProgress>*) override;
  grpc::Status ExportMarkdown(grpc::ServerContext*, const v1::ExportRequest*,
                              grpc::ServerWriter<v1::ExportProgress>*) override;

  grpc::Status RelaySet(grpc::ServerContext*, const v1::RelaySetRequest*, v1::RelaySetReply*) override;
  grpc::Status Sync(grpc::ServerContext*, const v1::SyncRequest*, grpc::ServerWriter<v1::SyncProgress>*) override;
  grpc::Status Devices(grpc::ServerContext*, const v1::DevicesRequest*, v1::DevicesReply*) override;
  grpc::Status LinkShow(grpc::ServerContext*, const v1::LinkShowRequest*,
                        grpc::ServerWriter<v1::LinkShowProgress>*) override;
  grpc::Status LinkConfirm(grpc::ServerContext*, const v1::LinkConfirmRequest*, v1::LinkConfirmReply*) override;
  grpc::Status LinkJoin(grpc::ServerContext*, const v1::LinkJoinRequest*,
                        grpc::ServerWriter<v1::SyncProgress>*) override;

 private:
  // Counts a request as use of the vault, from its beginning to its end.
  class Use;

  // Calls `use` with the unlocked vault.
  template <class Do>
  Result<> WithVault(Do use);
  template <class Do>
  Result<> WithJournal(Do use);
  Result<> Follow(Unlocked& unlocked, Caller& caller, uint32_t timeout_ms,
                  grpc::ServerWriter<v1::SyncProgress>& writer);
  Result<std::string> Decide(const v1::LinkShowRequest& request, const std::string& asking,
                             const std::function<bool()>& over, grpc::ServerWriter<v1::LinkShowProgress>& writer);
  Result<> Link(Unlocked& unlocked, const v1::LinkShowRequest& request, Caller& caller,
                grpc::ServerWriter<v1::LinkShowProgress>& writer);

  Session& session_;
  std::function<void()> stop_;
  std::atomic<int64_t> last_use_{0};
  std::atomic<int> busy_{0};

  std::mutex link_mutex_;  // one link at a time
  std::condition_variable link_answered_;
  bool linking_ = false;
  bool asking_ = false;
  std::optional<v1::LinkConfirmRequest> link_answer_;
};

}  // namespace kith
