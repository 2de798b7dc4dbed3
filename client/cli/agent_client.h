// The agent's API as plain calls. The only file of this folder that knows gRPC.
#pragma once

#include <functional>
#include <memory>

#include "client/app/paths.h"
#include "client/cli/launch.h"
#include "crypto/base/result.h"
#include "kith/v1/local.pb.h"

namespace kith {

// One connection. Every call blocks until its reply, or until Ctrl-C (kCancelled; what the agent had acknowledged
// stays). Errors are the agent's own, or kAgentUnreachable when it went away meanwhile. Single-threaded, except that a
// message handler may make another call.
class AgentClient {
 public:
  template <class Message>
  using OnMessage = std::function<Result<void>(const Message&)>;

  static Result<AgentClient> Connect(const AgentPaths& paths, Launch launch);
  ~AgentClient();
  AgentClient(AgentClient&&) noexcept;
  AgentClient& operator=(AgentClient&&) noexcept;

  // Called when a call is refused as locked; after its success the call is made once more.
  void set_unlock(std::function<Result<void>()> unlock);

  Result<v1::StatusReply> Status();
  Result<void> Stop();

  Result<v1::InitReply> Init(const v1::InitRequest& request);
  Result<v1::UnlockReply> Unlock(const v1::UnlockRequest& request);
  Result<void> Lock();
  Result<void> ChangePassphrase(const v1::ChangePassphraseRequest& request);

  Result<v1::EntrySummary> Write(const v1::WriteRequest& request);
  Result<v1::EntrySummary> Edit(const v1::EditRequest& request);
  Result<v1::EntrySummary> Delete(const v1::EntryRequest& request);
  Result<v1::EntrySummary> Restore(const v1::RestoreRequest& request);
  Result<v1::ShredReply> Shred(const v1::EntryRequest& request);
  Result<v1::Entry> Show(const v1::EntryRequest& request);
  Result<v1::FindPersonReply> FindPerson(const v1::FindPersonRequest& request);
  Result<v1::LookBackReply> LookBack(const v1::LookBackRequest& request);
  Result<v1::Draft> DraftKeep(const v1::DraftKeepRequest& request);
  Result<v1::DraftsReply> Drafts();
  Result<void> DraftDrop(const v1::DraftDropRequest& request);
  Result<v1::HistoryReply> History(const v1::EntryRequest& request);
  Result<v1::CheckWordsReply> CheckWords(const v1::CheckWordsRequest& request);
  Result<v1::DismissAlarmsReply> DismissAlarms();
  Result<v1::DevicesReply> Devices();
  Result<v1::Device> DeviceRename(const v1::DeviceRenameRequest& request);
  Result<v1::RelaySetReply> RelaySet(const v1::RelaySetRequest& request);
  Result<void> LinkConfirm(const v1::LinkConfirmRequest& request);

  Result<v1::RecoverAskReply> RecoverAsk(const v1::RecoverAskRequest& request);
  Result<void> RecoveryConfirm(const v1::RecoveryConfirmRequest& request);

  Result<v1::TrusteesReply> Trustees();
  Result<v1::TrusteesReply> TrusteesSet(const v1::TrusteesSetRequest& request);
  Result<void> TrusteesEnd();
  Result<v1::TrusteesVetoReply> TrusteesVeto();
  Result<v1::TrusteesHeldReply> TrusteesHeld();

  Result<v1::FriendInfo> FriendJoin(const v1::FriendJoinRequest& request);
  Result<v1::CirclesReply> Circles();
  Result<v1::CircleInfo> CircleCreate(const v1::CircleCreateRequest& request);
  Result<v1::CircleMembersReply> CircleMembers(const v1::CircleRequest& request);
  Result<v1::CircleInfo> CircleInvite(const v1::CircleInviteRequest& request);
  Result<v1::CircleInvitationsReply> CircleInvitations();
  Result<v1::CircleInvitation> CircleAnswer(const v1::CircleAnswerRequest& request);
  Result<v1::CircleMember> CircleChange(const v1::CircleChangeRequest& request);
  Result<v1::CircleInfo> CircleRename(const v1::CircleRenameRequest& request);
  Result<v1::CircleInfo> CircleRest(const v1::CircleRestRequest& request);
  Result<v1::CircleLeaveReply> CircleLeave(const v1::CircleRequest& request);
  Result<v1::FriendsReply> Friends();
  Result<v1::FriendInfo> FriendRename(const v1::FriendRenameRequest& request);
  Result<v1::FriendInfo> FriendRest(const v1::FriendRestRequest& request);
  Result<v1::FriendLeaveReply> FriendLeave(const v1::FriendLeaveRequest& request);
  Result<v1::FriendVerifyReply> FriendVerify(const v1::FriendVerifyRequest& request);
  Result<v1::ShareReply> Share(const v1::ShareRequest& request);
  Result<v1::OutboxListReply> OutboxList();
  Result<v1::OutboxItem> OutboxCancel(const v1::OutboxItemRequest& request);
  Result<v1::OutboxItem> OutboxNow(const v1::OutboxItemRequest& request);
  Result<v1::UnshareReply> Unshare(const v1::UnshareRequest& request);
  Result<v1::WhoReply> Who(const v1::WhoRequest& request);
  Result<v1::InboxItem> InboxShow(const v1::InboxShowRequest& request);
  Result<v1::InboxDeclineReply> InboxDecline(const v1::InboxDeclineRequest& request);
  Result<void> Heard(const v1::HeardRequest& request);

  // A handler's error cancels the call and is what is returned.
  Result<void> List(const v1::ListRequest& request, const OnMessage<v1::EntrySummary>& handle);
  Result<void> Search(const v1::SearchRequest& request, const OnMessage<v1::SearchHit>& handle);
  Result<void> Import(const v1::ImportRequest& request, const OnMessage<v1::ImportProgress>& handle);
  Result<void> Export(const v1::ExportRequest& request, const OnMessage<v1::ExportProgress>& handle);
  Result<void> Sync(const v1::SyncRequest& request, const OnMessage<v1::SyncProgress>& handle);
  Result<void> DeviceRevoke(const v1::DeviceRevokeRequest& request, const OnMessage<v1::DeviceRevokeProgress>& handle);
  Result<void> LinkShow(const v1::LinkShowRequest& request, const OnMessage<v1::LinkShowProgress>& handle);
  Result<void> LinkJoin(const v1::LinkJoinRequest& request, const OnMessage<v1::SyncProgress>& handle);
  Result<void> Recover(const v1::RecoverRequest& request, const OnMessage<v1::SyncProgress>& handle);
  Result<void> Drill(const v1::DrillRequest& request, const OnMessage<v1::DrillProgress>& handle);
  Result<void> TrusteesRelease(const v1::TrusteesReleaseRequest& request,
                               const OnMessage<v1::TrusteesReleaseProgress>& handle);
  Result<void> FriendShow(const v1::FriendShowRequest& request, const OnMessage<v1::FriendShowProgress>& handle);
  Result<void> Inbox(const v1::InboxRequest& request, const OnMessage<v1::InboxItem>& handle);

 private:
  struct Impl;
  explicit AgentClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kith
