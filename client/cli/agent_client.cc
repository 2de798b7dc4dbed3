#include "client/cli/agent_client.h"

#include <grpcpp/create_channel_posix.h>
#include <grpcpp/grpcpp.h>

#include <optional>
#include <utility>

#include "client/cli/exit_codes.h"
#include "client/cli/interrupt.h"
#include "kith/v1/local.grpc.pb.h"

namespace kith {
namespace {

Code CodeWithoutDetails(grpc::StatusCode code) {
  if (code == grpc::StatusCode::CANCELLED) return Code::kCancelled;
  if (code == grpc::StatusCode::UNAVAILABLE) return Code::kAgentUnreachable;
  if (code == grpc::StatusCode::RESOURCE_EXHAUSTED) return Code::kTooLarge;
  return Code::kInternal;
}

std::string MessageFor(Code code, const grpc::Status& status) {
  if (code == Code::kCancelled) return "Stopped. What was done before is kept.";
  if (code == Code::kAgentUnreachable) {
    return "The agent went away during the command. What it had confirmed is kept; run the command again.";
  }
  if (code == Code::kTooLarge) return "That is more than one request can hold.";
  return "The agent answered in a way this program does not know: " + status.error_message();
}

Error ToError(const grpc::Status& status) {
  v1::LocalError local;
  const std::string& details = status.error_details();
  if (!details.empty() && local.ParseFromString(details)) {
    return Fail(CodeFromName(local.code()).value_or(Code::kInternal), status.error_message());
  }
  const Code code = CodeWithoutDetails(status.error_code());
  return Fail(code, MessageFor(code, status));
}

}  // namespace

struct AgentClient::Impl {
  using Stub = v1::Agent::Stub;
  template <class Request, class Reply>
  using UnaryMethod = grpc::Status (Stub::*)(grpc::ClientContext*, const Request&, Reply*);
  template <class Request, class Message>
  using StreamMethod = std::unique_ptr<grpc::ClientReader<Message>> (Stub::*)(grpc::ClientContext*, const Request&);

  std::unique_ptr<Stub> stub;
  std::function<Result<void>()> unlock;
  // A call made from within a stream's handler is stopped with the stream.
  grpc::ClientContext* outer = nullptr;

  template <class Request, class Reply>
  Result<Reply> Once(UnaryMethod<Request, Reply> method, const Request& request) {
    grpc::ClientContext context;
    std::optional<InterruptScope> interrupt;
    if (outer == nullptr) interrupt.emplace([&context] { context.TryCancel(); });
    Reply reply;
    const grpc::Status status = (stub.get()->*method)(&context, request, &reply);
    if (!status.ok()) return ToError(status);
    return reply;
  }

  template <class Request, class Reply>
  Result<Reply> Unary(UnaryMethod<Request, Reply> method, const Request& request) {
    Result<Reply> reply = Once(method, request);
    if (reply || reply.error().code != Code::kLocked || !unlock) return reply;
    KITH_TRY(unlock());
    return Once(method, request);
  }

  template <class Request, class Message>
  Result<void> StreamOnce(StreamMethod<Request, Message> method, const Request& request,
                          const OnMessage<Message>& handle) {
    grpc::ClientContext context;
    const InterruptScope interrupt([&context] { context.TryCancel(); });
    outer = &context;
    const auto reader = (stub.get()->*method)(&context, request);
    Result<void> handled;
    Message message;
    while (handled && reader->Read(&message)) {
      handled = handle(message);
      if (!handled) context.TryCancel();
    }
    const grpc::Status status = reader->Finish();
    outer = nullptr;
    if (!handled) return handled;
    if (!status.ok()) return ToError(status);
    return {};
  }

  // Locked is refused before the first message, so asking again repeats nothing.
  template <class Request, class Message>
  Result<void> Stream(StreamMethod<Request, Message> method, const Request& request, const OnMessage<Message>& handle) {
    Result<void> done = StreamOnce(method, request, handle);
    if (done || done.error().code != Code::kLocked || !unlock) return done;
    KITH_TRY(unlock());
    return StreamOnce(method, request, handle);
  }
};

AgentClient::AgentClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AgentClient::~AgentClient() = default;
AgentClient::AgentClient(AgentClient&&) noexcept = default;
AgentClient& AgentClient::operator=(AgentClient&&) noexcept = default;

Result<AgentClient> AgentClient::Connect(const AgentPaths& paths, Launch launch) {
  KITH_TRY_ASSIGN(const int descriptor, ConnectToAgent(paths, launch));
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);  // a history may be long, and the agent is this same user
  arguments.SetMaxSendMessageSize(-1);
  auto impl = std::make_unique<Impl>();
  impl->stub = v1::Agent::NewStub(grpc::CreateCustomInsecureChannelFromFd("kith-agent", descriptor, arguments));
  return AgentClient(std::move(impl));
}

void AgentClient::set_unlock(std::function<Result<void>()> unlock) { impl_->unlock = std::move(unlock); }

Result<v1::StatusReply> AgentClient::Status() { return impl_->Unary(&Impl::Stub::Status, v1::StatusRequest()); }

Result<void> AgentClient::Stop() {
  const auto stopped = impl_->Unary(&Impl::Stub::Stop, v1::StopRequest());
  // One that ends may hang up before its answer is out.
  if (!stopped && stopped.error().code != Code::kAgentUnreachable) return stopped.error();
  return {};
}

Result<v1::InitReply> AgentClient::Init(const v1::InitRequest& request) {
  return impl_->Unary(&Impl::Stub::Init, request);
}

Result<v1::UnlockReply> AgentClient::Unlock(const v1::UnlockRequest& request) {
  return impl_->Once(&Impl::Stub::Unlock, request);
}

Result<void> AgentClient::Lock() {
  KITH_TRY(impl_->Once(&Impl::Stub::Lock, v1::LockRequest()));
  return {};
}

Result<void> AgentClient::ChangePassphrase(const v1::ChangePassphraseRequest& request) {
  KITH_TRY(impl_->Once(&Impl::Stub::ChangePassphrase, request));
  return {};
}

Result<v1::EntrySummary> AgentClient::Write(const v1::WriteRequest& request) {
  return impl_->Unary(&Impl::Stub::Write, request);
}

Result<v1::EntrySummary> AgentClient::Edit(const v1::EditRequest& request) {
  return impl_->Unary(&Impl::Stub::Edit, request);
}

Result<v1::EntrySummary> AgentClient::Delete(const v1::EntryRequest& request) {
  return impl_->Unary(&Impl::Stub::Delete, request);
}

Result<v1::ShredReply> AgentClient::Shred(const v1::EntryRequest& request) {
  return impl_->Unary(&Impl::Stub::Shred, request);
}
Result<v1::EntrySummary> AgentClient::Restore(const v1::RestoreRequest& request) {
  return impl_->Unary(&Impl::Stub::Restore, request);
}

Result<v1::Entry> AgentClient::Show(const v1::EntryRequest& request) {
  return impl_->Unary(&Impl::Stub::Show, request);
}

Result<v1::FindPersonReply> AgentClient::FindPerson(const v1::FindPersonRequest& request) {
  return impl_->Unary(&Impl::Stub::FindPerson, request);
}

Result<v1::LookBackReply> AgentClient::LookBack(const v1::LookBackRequest& request) {
  return impl_->Unary(&Impl::Stub::LookBack, request);
}

Result<v1::Draft> AgentClient::DraftKeep(const v1::DraftKeepRequest& request) {
  return impl_->Unary(&Impl::Stub::DraftKeep, request);
}
Result<v1::DraftsReply> AgentClient::Drafts() { return impl_->Unary(&Impl::Stub::Drafts, v1::DraftsRequest()); }
Result<void> AgentClient::DraftDrop(const v1::DraftDropRequest& request) {
  KITH_TRY(impl_->Unary(&Impl::Stub::DraftDrop, request));
  return {};
}
Result<v1::HistoryReply> AgentClient::History(const v1::EntryRequest& request) {
  return impl_->Unary(&Impl::Stub::History, request);
}

Result<v1::CheckWordsReply> AgentClient::CheckWords(const v1::CheckWordsRequest& request) {
  return impl_->Unary(&Impl::Stub::CheckWords, request);
}

Result<v1::DismissAlarmsReply> AgentClient::DismissAlarms() {
  return impl_->Unary(&Impl::Stub::DismissAlarms, v1::DismissAlarmsRequest());
}

Result<v1::DevicesReply> AgentClient::Devices() { return impl_->Unary(&Impl::Stub::Devices, v1::DevicesRequest()); }

Result<v1::Device> AgentClient::DeviceRename(const v1::DeviceRenameRequest& request) {
  return impl_->Unary(&Impl::Stub::DeviceRename, request);
}

Result<v1::RelaySetReply> AgentClient::RelaySet(const v1::RelaySetRequest& request) {
  return impl_->Unary(&Impl::Stub::RelaySet, request);
}

Result<void> AgentClient::LinkConfirm(const v1::LinkConfirmRequest& request) {
  KITH_TRY(impl_->Once(&Impl::Stub::LinkConfirm, request));
  return {};
}

Result<v1::RecoverAskReply> AgentClient::RecoverAsk(const v1::RecoverAskRequest& request) {
  return impl_->Unary(&Impl::Stub::RecoverAsk, request);
}

Result<void> AgentClient::RecoveryConfirm(const v1::RecoveryConfirmRequest& request) {
  KITH_TRY(impl_->Unary(&Impl::Stub::RecoveryConfirm, request));
  return {};
}

Result<v1::TrusteesReply> AgentClient::Trustees() { return impl_->Unary(&Impl::Stub::Trustees, v1::TrusteesRequest()); }

Result<v1::TrusteesReply> AgentClient::TrusteesSet(const v1::TrusteesSetRequest& request) {
  return impl_->Unary(&Impl::Stub::TrusteesSet, request);
}

Result<void> AgentClient::TrusteesEnd() {
  KITH_TRY(impl_->Unary(&Impl::Stub::TrusteesEnd, v1::TrusteesEndRequest()));
  return {};
}

Result<v1::TrusteesVetoReply> AgentClient::TrusteesVeto() {
  return impl_->Unary(&Impl::Stub::TrusteesVeto, v1::TrusteesVetoRequest());
}

Result<v1::TrusteesHeldReply> AgentClient::TrusteesHeld() {
  return impl_->Unary(&Impl::Stub::TrusteesHeld, v1::TrusteesHeldRequest());
}

Result<v1::FriendInfo> AgentClient::FriendJoin(const v1::FriendJoinRequest& request) {
  return impl_->Unary(&Impl::Stub::FriendJoin, request);
}

Result<v1::CirclesReply> AgentClient::Circles() { return impl_->Unary(&Impl::Stub::Circles, v1::CirclesRequest()); }

Result<v1::CircleInfo> AgentClient::CircleCreate(const v1::CircleCreateRequest& request) {
  return impl_->Unary(&Impl::Stub::CircleCreate, request);
}

Result<v1::CircleMembersReply> AgentClient::CircleMembers(const v1::CircleRequest& request) {
  return impl_->Unary(&Impl::Stub::CircleMembers, request);
}

Result<v1::CircleInfo> AgentClient::CircleInvite(const v1::CircleInviteRequest& request) {
  return impl_->Unary(&Impl::Stub::CircleInvite, request);
}

Result<v1::CircleInvitationsReply> AgentClient::CircleInvitations() {
  return impl_->Unary(&Impl::Stub::CircleInvitations, v1::CircleInvitationsRequest());
}

Result<v1::CircleInvitation> AgentClient::CircleAnswer(const v1::CircleAnswerRequest& request) {
  return impl_->Unary(&Impl::Stub::CircleAnswer, request);
}

Result<v1::CircleMember> AgentClient::CircleChange(const v1::CircleChangeRequest& request) {
  return impl_->Unary(&Impl::Stub::CircleChange, request);
}

Result<v1::CircleInfo> AgentClient::CircleRename(const v1::CircleRenameRequest& request) {
  return impl_->Unary(&Impl::Stub::CircleRename, request);
}

Result<v1::CircleInfo> AgentClient::CircleRest(const v1::CircleRestRequest& request) {
  return impl_->Unary(&Impl::Stub::CircleRest, request);
}

Result<v1::CircleLeaveReply> AgentClient::CircleLeave(const v1::CircleRequest& request) {
  return impl_->Unary(&Impl::Stub::CircleLeave, request);
}

Result<v1::FriendsReply> AgentClient::Friends() { return impl_->Unary(&Impl::Stub::Friends, v1::FriendsRequest()); }

Result<v1::FriendInfo> AgentClient::FriendRename(const v1::FriendRenameRequest& request) {
  return impl_->Unary(&Impl::Stub::FriendRename, request);
}

Result<v1::FriendInfo> AgentClient::FriendRest(const v1::FriendRestRequest& request) {
  return impl_->Unary(&Impl::Stub::FriendRest, request);
}

Result<v1::FriendLeaveReply> AgentClient::FriendLeave(const v1::FriendLeaveRequest& request) {
  return impl_->Unary(&Impl::Stub::FriendLeave, request);
}

Result<v1::FriendVerifyReply> AgentClient::FriendVerify(const v1::FriendVerifyRequest& request) {
  return impl_->Unary(&Impl::Stub::FriendVerify, request);
}

Result<v1::ShareReply> AgentClient::Share(const v1::ShareRequest& request) {
  return impl_->Unary(&Impl::Stub::Share, request);
}

Result<v1::OutboxListReply> AgentClient::OutboxList() {
  return impl_->Unary(&Impl::Stub::OutboxList, v1::OutboxListRequest());
}

Result<v1::OutboxItem> AgentClient::OutboxCancel(const v1::OutboxItemRequest& request) {
  return impl_->Unary(&Impl::Stub::OutboxCancel, request);
}

Result<v1::OutboxItem> AgentClient::OutboxNow(const v1::OutboxItemRequest& request) {
  return impl_->Unary(&Impl::Stub::OutboxNow, request);
}

Result<v1::UnshareReply> AgentClient::Unshare(const v1::UnshareRequest& request) {
  return impl_->Unary(&Impl::Stub::Unshare, request);
}

Result<v1::WhoReply> AgentClient::Who(const v1::WhoRequest& request) { return impl_->Unary(&Impl::Stub::Who, request); }

Result<v1::InboxItem> AgentClient::InboxShow(const v1::InboxShowRequest& request) {
  return impl_->Unary(&Impl::Stub::InboxShow, request);
}

Result<v1::InboxDeclineReply> AgentClient::InboxDecline(const v1::InboxDeclineRequest& request) {
  return impl_->Unary(&Impl::Stub::InboxDecline, request);
}

Result<void> AgentClient::Heard(const v1::HeardRequest& request) {
  KITH_TRY(impl_->Unary(&Impl::Stub::Heard, request));
  return {};
}

Result<void> AgentClient::List(const v1::ListRequest& request, const OnMessage<v1::EntrySummary>& handle) {
  return impl_->Stream(&Impl::Stub::List, request, handle);
}

Result<void> AgentClient::Search(const v1::SearchRequest& request, const OnMessage<v1::SearchHit>& handle) {
  return impl_->Stream(&Impl::Stub::Search, request, handle);
}

Result<void> AgentClient::Import(const v1::ImportRequest& request, const OnMessage<v1::ImportProgress>& handle) {
  return impl_->Stream(&Impl::Stub::Import, request, handle);
}

Result<void> AgentClient::Export(const v1::ExportRequest& request, const OnMessage<v1::ExportProgress>& handle) {
  return impl_->Stream(&Impl::Stub::ExportMarkdown, request, handle);
}

Result<void> AgentClient::Sync(const v1::SyncRequest& request, const OnMessage<v1::SyncProgress>& handle) {
  return impl_->Stream(&Impl::Stub::Sync, request, handle);
}

Result<void> AgentClient::DeviceRevoke(const v1::DeviceRevokeRequest& request,
                                       const OnMessage<v1::DeviceRevokeProgress>& handle) {
  return impl_->Stream(&Impl::Stub::DeviceRevoke, request, handle);
}

Result<void> AgentClient::LinkShow(const v1::LinkShowRequest& request, const OnMessage<v1::LinkShowProgress>& handle) {
  return impl_->Stream(&Impl::Stub::LinkShow, request, handle);
}

Result<void> AgentClient::LinkJoin(const v1::LinkJoinRequest& request, const OnMessage<v1::SyncProgress>& handle) {
  return impl_->Stream(&Impl::Stub::LinkJoin, request, handle);
}

Result<void> AgentClient::Recover(const v1::RecoverRequest& request, const OnMessage<v1::SyncProgress>& handle) {
  return impl_->Stream(&Impl::Stub::Recover, request, handle);
}

Result<void> AgentClient::Drill(const v1::DrillRequest& request, const OnMessage<v1::DrillProgress>& handle) {
  return impl_->Stream(&Impl::Stub::Drill, request, handle);
}

Result<void> AgentClient::TrusteesRelease(const v1::TrusteesReleaseRequest& request,
                                          const OnMessage<v1::TrusteesReleaseProgress>& handle) {
  return impl_->Stream(&Impl::Stub::TrusteesRelease, request, handle);
}

Result<void> AgentClient::FriendShow(const v1::FriendShowRequest& request,
                                     const OnMessage<v1::FriendShowProgress>& handle) {
  return impl_->Stream(&Impl::Stub::FriendShow, request, handle);
}

Result<void> AgentClient::Inbox(const v1::InboxRequest& request, const OnMessage<v1::InboxItem>& handle) {
  return impl_->Stream(&Impl::Stub::Inbox, request, handle);
}

}  // namespace kith
