// An agent that keeps a few entries in memory and answers as it is told: what the command line makes of replies and
// refusals is tested against it, without a vault.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "crypto/base/result.h"
#include "kith/v1/local.grpc.pb.h"

namespace kith::testing {

class FakeAgent final : public v1::Agent::Service {
 public:
  explicit FakeAgent(const std::string& socket);
  ~FakeAgent() override;

  // Set before a command runs, read after it.
  v1::StatusReply::Vault vault = v1::StatusReply::UNLOCKED;
  std::string passphrase = "correct";
  std::vector<v1::Entry> entries;
  Result<void> next_refusal;  // of the next call that needs words
  v1::WriteRequest written;
  v1::EditRequest edited;
  v1::LinkShowRequest link;
  int unlocks = 0;

  v1::StatusReply reported;  // what is said beside vault and entries
  std::vector<v1::FriendInfo> friends;
  std::vector<v1::OutboxItem> held;
  std::vector<v1::InboxItem> inbox;
  v1::WhoReply who;
  v1::UnshareReply unshare;
  v1::FriendShowRequest met_by_showing;
  v1::FriendJoinRequest met_by_typing;
  v1::FriendRenameRequest renamed;
  v1::FriendRestRequest rested;
  v1::FriendLeaveRequest left;
  v1::FriendVerifyRequest verified;
  std::vector<v1::ShareRequest> shares;  // previews too
  uint64_t cancelled = 0;
  uint64_t sent_now = 0;
  v1::UnshareRequest unshared;
  v1::InboxRequest listed;
  v1::HeardRequest heard;
  v1::RecoverRequest recovered;
  v1::RecoveryConfirmRequest confirmed;
  std::vector<v1::RecoverAskRequest> asked;
  v1::RecoverAskReply gathered;  // what is answered to them
  v1::TrusteesReply trustees;
  v1::TrusteesSetRequest trustees_set;
  v1::TrusteesHeldReply held_shares;
  v1::TrusteesReleaseRequest release;
  v1::TrusteesReleaseProgress released;  // what comes of it
  int trustees_ended = 0;
  v1::DrillRequest drilled;
  v1::DrillReport drill;  // what a drill reports

 private:
  using Context = grpc::ServerContext;
  template <class Message>
  using Writer = grpc::ServerWriter<Message>;

  grpc::Status Status(Context*, const v1::StatusRequest*, v1::StatusReply* reply) override;
  // As one that hangs up before its answer is out.
  grpc::Status Stop(Context*, const v1::StopRequest*, v1::StopReply*) override {
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "");
  }
  grpc::Status Init(Context*, const v1::InitRequest*, v1::InitReply* reply) override;
  grpc::Status Unlock(Context*, const v1::UnlockRequest* request, v1::UnlockReply*) override;
  grpc::Status Recover(Context*, const v1::RecoverRequest* request, Writer<v1::SyncProgress>* writer) override;
  grpc::Status RecoveryConfirm(Context*, const v1::RecoveryConfirmRequest* request, v1::RecoveryConfirmReply*) override;
  grpc::Status Drill(Context*, const v1::DrillRequest* request, Writer<v1::DrillProgress>* writer) override;
  grpc::Status Write(Context*, const v1::WriteRequest* request, v1::EntrySummary* reply) override;
  grpc::Status Edit(Context*, const v1::EditRequest* request, v1::EntrySummary* reply) override;
  grpc::Status Show(Context*, const v1::EntryRequest* request, v1::Entry* reply) override;
  grpc::Status History(Context*, const v1::EntryRequest* request, v1::HistoryReply* reply) override;
  grpc::Status Restore(Context*, const v1::RestoreRequest* request, v1::EntrySummary* reply) override;
  grpc::Status List(Context*, const v1::ListRequest* request, Writer<v1::EntrySummary>* writer) override;
  grpc::Status Import(Context*, const v1::ImportRequest* request, Writer<v1::ImportProgress>* writer) override;
  grpc::Status LinkShow(Context*, const v1::LinkShowRequest* request, Writer<v1::LinkShowProgress>* writer) override;
  grpc::Status RecoverAsk(Context*, const v1::RecoverAskRequest* request, v1::RecoverAskReply* reply) override;
  grpc::Status Trustees(Context*, const v1::TrusteesRequest*, v1::TrusteesReply* reply) override;
  grpc::Status TrusteesSet(Context*, const v1::TrusteesSetRequest* request, v1::TrusteesReply* reply) override;
  grpc::Status TrusteesEnd(Context*, const v1::TrusteesEndRequest*, v1::TrusteesEndReply*) override;
  grpc::Status TrusteesVeto(Context*, const v1::TrusteesVetoRequest*, v1::TrusteesVetoReply* reply) override;
  grpc::Status TrusteesHeld(Context*, const v1::TrusteesHeldRequest*, v1::TrusteesHeldReply* reply) override;
  grpc::Status TrusteesRelease(Context*, const v1::TrusteesReleaseRequest* request,
                               Writer<v1::TrusteesReleaseProgress>* writer) override;
  grpc::Status FriendShow(Context*, const v1::FriendShowRequest* request,
                          Writer<v1::FriendShowProgress>* writer) override;
  grpc::Status FriendJoin(Context*, const v1::FriendJoinRequest* request, v1::FriendInfo* reply) override;
  grpc::Status Friends(Context*, const v1::FriendsRequest*, v1::FriendsReply* reply) override;
  grpc::Status FriendRename(Context*, const v1::FriendRenameRequest* request, v1::FriendInfo* reply) override;
  grpc::Status FriendRest(Context*, const v1::FriendRestRequest* request, v1::FriendInfo* reply) override;
  grpc::Status FriendLeave(Context*, const v1::FriendLeaveRequest* request, v1::FriendLeaveReply* reply) override;
  grpc::Status FriendVerify(Context*, const v1::FriendVerifyRequest* request, v1::FriendVerifyReply* reply) override;
  grpc::Status Share(Context*, const v1::ShareRequest* request, v1::ShareReply* reply) override;
  grpc::Status OutboxList(Context*, const v1::OutboxListRequest*, v1::OutboxListReply* reply) override;
  grpc::Status OutboxCancel(Context*, const v1::OutboxItemRequest* request, v1::OutboxItem* reply) override;
  grpc::Status OutboxNow(Context*, const v1::OutboxItemRequest* request, v1::OutboxItem* reply) override;
  grpc::Status Unshare(Context*, const v1::UnshareRequest* request, v1::UnshareReply* reply) override;
  grpc::Status Who(Context*, const v1::WhoRequest* request, v1::WhoReply* reply) override;
  grpc::Status Inbox(Context*, const v1::InboxRequest* request, Writer<v1::InboxItem>* writer) override;
  grpc::Status InboxShow(Context*, const v1::InboxShowRequest* request, v1::InboxItem* reply) override;
  grpc::Status Heard(Context*, const v1::HeardRequest* request, v1::HeardReply*) override;

  // OK when the vault is open and nothing else was asked for.
  grpc::Status Ready();

  std::unique_ptr<grpc::Server> server_;
};

grpc::Status Refusal(const Error& error);

}  // namespace kith::testing
