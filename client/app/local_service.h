// The local API over gRPC: turns requests into calls on the session and its journal, and codes into statuses. Rules are
// the core's. Split by group into local_alarms.cc, local_circles.cc, local_devices.cc, local_entries.cc,
// local_exchange.cc, local_friends.cc, local_recovery.cc, local_relay.cc, local_sharing.cc, local_trustees.cc and
// local_vault.cc.
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
  grpc::Status Shred(grpc::ServerContext*, const v1::EntryRequest*, v1::ShredReply*) override;
  grpc::Status Show(grpc::ServerContext*, const v1::EntryRequest*, v1::Entry*) override;
  grpc::Status History(grpc::ServerContext*, const v1::EntryRequest*, v1::HistoryReply*) override;
  grpc::Status List(grpc::ServerContext*, const v1::ListRequest*, grpc::ServerWriter<v1::EntrySummary>*) override;
  grpc::Status Search(grpc::ServerContext*, const v1::SearchRequest*, grpc::ServerWriter<v1::SearchHit>*) override;

  grpc::Status FindPerson(grpc::ServerContext*, const v1::FindPersonRequest*, v1::FindPersonReply*) override;
  grpc::Status LookBack(grpc::ServerContext*, const v1::LookBackRequest*, v1::LookBackReply*) override;
  grpc::Status DraftKeep(grpc::ServerContext*, const v1::DraftKeepRequest*, v1::Draft*) override;
  grpc::Status Drafts(grpc::ServerContext*, const v1::DraftsRequest*, v1::DraftsReply*) override;
  grpc::Status DraftDrop(grpc::ServerContext*, const v1::DraftDropRequest*, v1::DraftDropReply*) override;

  grpc::Status Import(grpc::ServerContext*, const v1::ImportRequest*, grpc::ServerWriter<v1::ImportProgress>*) override;
  grpc::Status ExportMarkdown(grpc::ServerContext*, const v1::ExportRequest*,
                              grpc::ServerWriter<v1::ExportProgress>*) override;

  grpc::Status RelaySet(grpc::ServerContext*, const v1::RelaySetRequest*, v1::RelaySetReply*) override;
  grpc::Status Sync(grpc::ServerContext*, const v1::SyncRequest*, grpc::ServerWriter<v1::SyncProgress>*) override;
  grpc::Status CheckWords(grpc::ServerContext*, const v1::CheckWordsRequest*, v1::CheckWordsReply*) override;
  grpc::Status DismissAlarms(grpc::ServerContext*, const v1::DismissAlarmsRequest*, v1::DismissAlarmsReply*) override;
  grpc::Status Devices(grpc::ServerContext*, const v1::DevicesRequest*, v1::DevicesReply*) override;
  grpc::Status DeviceRename(grpc::ServerContext*, const v1::DeviceRenameRequest*, v1::Device*) override;
  grpc::Status DeviceRevoke(grpc::ServerContext*, const v1::DeviceRevokeRequest*,
                            grpc::ServerWriter<v1::DeviceRevokeProgress>*) override;
  grpc::Status LinkShow(grpc::ServerContext*, const v1::LinkShowRequest*,
                        grpc::ServerWriter<v1::LinkShowProgress>*) override;
  grpc::Status LinkConfirm(grpc::ServerContext*, const v1::LinkConfirmRequest*, v1::LinkConfirmReply*) override;
  grpc::Status LinkJoin(grpc::ServerContext*, const v1::LinkJoinRequest*,
                        grpc::ServerWriter<v1::SyncProgress>*) override;

  grpc::Status Recover(grpc::ServerContext*, const v1::RecoverRequest*, grpc::ServerWriter<v1::SyncProgress>*) override;
  grpc::Status RecoverAsk(grpc::ServerContext*, const v1::RecoverAskRequest*, v1::RecoverAskReply*) override;
  grpc::Status RecoveryConfirm(grpc::ServerContext*, const v1::RecoveryConfirmRequest*,
                               v1::RecoveryConfirmReply*) override;
  grpc::Status Drill(grpc::ServerContext*, const v1::DrillRequest*, grpc::ServerWriter<v1::DrillProgress>*) override;

  grpc::Status Trustees(grpc::ServerContext*, const v1::TrusteesRequest*, v1::TrusteesReply*) override;
  grpc::Status TrusteesSet(grpc::ServerContext*, const v1::TrusteesSetRequest*, v1::TrusteesReply*) override;
  grpc::Status TrusteesEnd(grpc::ServerContext*, const v1::TrusteesEndRequest*, v1::TrusteesEndReply*) override;
  grpc::Status TrusteesVeto(grpc::ServerContext*, const v1::TrusteesVetoRequest*, v1::TrusteesVetoReply*) override;
  grpc::Status TrusteesHeld(grpc::ServerContext*, const v1::TrusteesHeldRequest*, v1::TrusteesHeldReply*) override;
  grpc::Status TrusteesRelease(grpc::ServerContext*, const v1::TrusteesReleaseRequest*,
                               grpc::ServerWriter<v1::TrusteesReleaseProgress>*) override;

  grpc::Status FriendShow(grpc::ServerContext*, const v1::FriendShowRequest*,
                          grpc::ServerWriter<v1::FriendShowProgress>*) override;
  grpc::Status FriendJoin(grpc::ServerContext*, const v1::FriendJoinRequest*, v1::FriendInfo*) override;
  grpc::Status Friends(grpc::ServerContext*, const v1::FriendsRequest*, v1::FriendsReply*) override;
  grpc::Status FriendRename(grpc::ServerContext*, const v1::FriendRenameRequest*, v1::FriendInfo*) override;
  grpc::Status FriendRest(grpc::ServerContext*, const v1::FriendRestRequest*, v1::FriendInfo*) override;
  grpc::Status FriendLeave(grpc::ServerContext*, const v1::FriendLeaveRequest*, v1::FriendLeaveReply*) override;
  grpc::Status FriendVerify(grpc::ServerContext*, const v1::FriendVerifyRequest*, v1::FriendVerifyReply*) override;

  grpc::Status Circles(grpc::ServerContext*, const v1::CirclesRequest*, v1::CirclesReply*) override;
  grpc::Status CircleCreate(grpc::ServerContext*, const v1::CircleCreateRequest*, v1::CircleInfo*) override;
  grpc::Status CircleMembers(grpc::ServerContext*, const v1::CircleRequest*, v1::CircleMembersReply*) override;
  grpc::Status CircleInvite(grpc::ServerContext*, const v1::CircleInviteRequest*, v1::CircleInfo*) override;
  grpc::Status CircleInvitations(grpc::ServerContext*, const v1::CircleInvitationsRequest*,
                                 v1::CircleInvitationsReply*) override;
  grpc::Status CircleAnswer(grpc::ServerContext*, const v1::CircleAnswerRequest*, v1::CircleInvitation*) override;
  grpc::Status CircleChange(grpc::ServerContext*, const v1::CircleChangeRequest*, v1::CircleMember*) override;
  grpc::Status CircleRename(grpc::ServerContext*, const v1::CircleRenameRequest*, v1::CircleInfo*) override;
  grpc::Status CircleRest(grpc::ServerContext*, const v1::CircleRestRequest*, v1::CircleInfo*) override;
  grpc::Status CircleLeave(grpc::ServerContext*, const v1::CircleRequest*, v1::CircleLeaveReply*) override;

  grpc::Status Share(grpc::ServerContext*, const v1::ShareRequest*, v1::ShareReply*) override;
  grpc::Status OutboxList(grpc::ServerContext*, const v1::OutboxListRequest*, v1::OutboxListReply*) override;
  grpc::Status OutboxCancel(grpc::ServerContext*, const v1::OutboxItemRequest*, v1::OutboxItem*) override;
  grpc::Status OutboxNow(grpc::ServerContext*, const v1::OutboxItemRequest*, v1::OutboxItem*) override;
  grpc::Status Unshare(grpc::ServerContext*, const v1::UnshareRequest*, v1::UnshareReply*) override;
  grpc::Status Who(grpc::ServerContext*, const v1::WhoRequest*, v1::WhoReply*) override;

  grpc::Status Inbox(grpc::ServerContext*, const v1::InboxRequest*, grpc::ServerWriter<v1::InboxItem>*) override;
  grpc::Status InboxShow(grpc::ServerContext*, const v1::InboxShowRequest*, v1::InboxItem*) override;
  grpc::Status InboxDecline(grpc::ServerContext*, const v1::InboxDeclineRequest*, v1::InboxDeclineReply*) override;
  grpc::Status Heard(grpc::ServerContext*, const v1::HeardRequest*, v1::HeardReply*) override;

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
  Result<> Revoke(Unlocked& unlocked, const v1::DeviceRevokeRequest& request, Caller& caller,
                  grpc::ServerWriter<v1::DeviceRevokeProgress>& writer);
  static Result<> FollowRevocation(Unlocked& unlocked, const DeviceId& device, uint32_t timeout_ms, Caller& caller,
                                   grpc::ServerWriter<v1::DeviceRevokeProgress>& writer);
  // Whatever shows a code: one at a time.
  template <class Do>
  Result<> ShowingOneCode(Do show);
  Result<> Introduce(Unlocked& unlocked, const v1::FriendShowRequest& request, Caller& caller,
                     grpc::ServerWriter<v1::FriendShowProgress>& writer);
  static Result<> Release(Unlocked& unlocked, const v1::TrusteesReleaseRequest& request, Caller& caller,
                          grpc::ServerWriter<v1::TrusteesReleaseProgress>& writer);
  static void WriteAudienceState(Unlocked& unlocked, v1::StatusReply* reply);

  Session& session_;
  std::function<void()> stop_;
  std::atomic<int64_t> last_use_{0};
  std::atomic<int> busy_{0};

  std::mutex drilling_;
  std::mutex gathering_;
  std::mutex link_mutex_;
  std::condition_variable link_answered_;
  bool showing_ = false;  // a code; these under link_mutex_
  bool asking_ = false;
  std::optional<v1::LinkConfirmRequest> link_answer_;
};

}  // namespace kith
