// Agents behind their API over real sockets, for the tests of its calls.
#pragma once

#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/server_posix.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "app_fixture.h"
#include "client/app/local_service.h"

namespace kith::app_test {

// A device behind its API.
class Agent {
 public:
  Agent() : service_(*device.session, [this] { stopped = true; }) {
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    int ends[2] = {-1, -1};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    grpc::AddInsecureChannelFromFd(server_.get(), ends[0]);
    stub = v1::Agent::NewStub(grpc::CreateInsecureChannelFromFd("agent", ends[1]));
  }
  ~Agent() {
    device.session->AskToClose();
    server_->Shutdown(std::chrono::system_clock::now());
  }

  Device device;
  std::atomic<bool> stopped{false};
  std::unique_ptr<v1::Agent::Stub> stub;
  LocalService& service() { return service_; }

 private:
  LocalService service_;
  std::unique_ptr<grpc::Server> server_;
};

// How a call ended: "OK", or the code as scripts see it.
inline std::string Ended(const grpc::Status& status) {
  if (status.ok()) return "OK";
  v1::LocalError error;
  EXPECT_TRUE(error.ParseFromString(status.error_details())) << status.error_message();
  EXPECT_TRUE(status.error_message().ends_with('.')) << status.error_message();
  return error.code();
}

struct LocalServiceTest : testing::Test {
  using Stub = v1::Agent::Stub;
  template <class Request, class Reply>
  static std::string Call(Agent& agent, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
                          const Request& request, Reply* reply) {
    grpc::ClientContext context;
    return Ended((agent.stub.get()->*method)(&context, request, reply));
  }
  template <class Request, class Message>
  static std::string Stream(Agent& agent,
                            std::unique_ptr<grpc::ClientReader<Message>> (Stub::*method)(grpc::ClientContext*,
                                                                                         const Request&),
                            const Request& request, std::vector<Message>* messages) {
    grpc::ClientContext context;
    const auto reader = (agent.stub.get()->*method)(&context, request);
    Message message;
    while (reader->Read(&message)) messages->push_back(message);
    return Ended(reader->Finish());
  }

  void Init() { Init(agent, "desk"); }
  static void Init(Agent& of, const std::string& label) {
    v1::InitRequest request;
    request.set_passphrase(kPassphrase);
    request.set_device_label(label);
    request.set_kdf_memory_mib(kCheapKdf);
    v1::InitReply reply;
    ASSERT_EQ(Call(of, &Stub::Init, request, &reply), "OK");
    EXPECT_EQ(std::ranges::count(reply.phrase(), ' '), 23);
  }
  v1::EntrySummary Write(const std::string& text) {
    v1::WriteRequest request;
    request.set_text(text);
    request.set_zone("Europe/London");
    v1::EntrySummary written;
    EXPECT_EQ(Call(agent, &Stub::Write, request, &written), "OK");
    return written;
  }
  v1::Entry Show(const std::string& id) {
    v1::EntryRequest request;
    request.set_entry(id);
    v1::Entry entry;
    EXPECT_EQ(Call(agent, &Stub::Show, request, &entry), "OK");
    return entry;
  }
  static v1::StatusReply Status(Agent& of) {
    v1::StatusReply reply;
    EXPECT_EQ(Call(of, &Stub::Status, v1::StatusRequest(), &reply), "OK");
    return reply;
  }
  std::vector<v1::EntrySummary> List(const v1::ListRequest& request) {
    std::vector<v1::EntrySummary> found;
    EXPECT_EQ(Stream(agent, &Stub::List, request, &found), "OK");
    return found;
  }
  void SetRelay(TestRelay& relay) { SetRelay(agent, relay); }
  static void SetRelay(Agent& of, TestRelay& relay) {
    v1::RelaySetRequest request;
    request.set_invite(relay.Invite());
    v1::RelaySetReply reply;
    ASSERT_EQ(Call(of, &Stub::RelaySet, request, &reply), "OK");
    EXPECT_EQ(reply.relay(), FormatRelayAddress({relay.address(), relay.key()}));
  }
  // `last`: the last message, if that is of interest. Limit 0: a relay that is away is told at once.
  static std::string Sync(Agent& of, v1::SyncProgress* last = nullptr, uint32_t limit_ms = 30'000) {
    v1::SyncRequest request;
    request.set_timeout_ms(limit_ms);
    std::vector<v1::SyncProgress> progress;
    const std::string ended = Stream(of, &Stub::Sync, request, &progress);
    if (ended == "OK") {
      EXPECT_TRUE(!progress.empty() && progress.back().done());
      if (last != nullptr) *last = progress.back();
    }
    return ended;
  }

  // What every call that needs words answers now.
  void ExpectAll(const std::string& code) {
    v1::EntrySummary summary;
    v1::Entry entry;
    v1::HistoryReply history;
    v1::DevicesReply devices;
    v1::RelaySetReply relay;
    std::vector<v1::EntrySummary> listed;
    std::vector<v1::SearchHit> hits;
    std::vector<v1::ImportProgress> imported;
    std::vector<v1::ExportProgress> exported;
    std::vector<v1::SyncProgress> synced;
    std::vector<v1::LinkShowProgress> shown;
    EXPECT_EQ(Call(agent, &Stub::Write, v1::WriteRequest(), &summary), code);
    EXPECT_EQ(Call(agent, &Stub::Edit, v1::EditRequest(), &summary), code);
    EXPECT_EQ(Call(agent, &Stub::Delete, v1::EntryRequest(), &summary), code);
    EXPECT_EQ(Call(agent, &Stub::Restore, v1::RestoreRequest(), &summary), code);
    EXPECT_EQ(Call(agent, &Stub::Show, v1::EntryRequest(), &entry), code);
    EXPECT_EQ(Call(agent, &Stub::History, v1::EntryRequest(), &history), code);
    EXPECT_EQ(Call(agent, &Stub::Devices, v1::DevicesRequest(), &devices), code);
    EXPECT_EQ(Call(agent, &Stub::RelaySet, v1::RelaySetRequest(), &relay), code);
    EXPECT_EQ(Stream(agent, &Stub::List, v1::ListRequest(), &listed), code);
    EXPECT_EQ(Stream(agent, &Stub::Search, v1::SearchRequest(), &hits), code);
    EXPECT_EQ(Stream(agent, &Stub::Import, v1::ImportRequest(), &imported), code);
    EXPECT_EQ(Stream(agent, &Stub::ExportMarkdown, v1::ExportRequest(), &exported), code);
    EXPECT_EQ(Stream(agent, &Stub::Sync, v1::SyncRequest(), &synced), code);
    EXPECT_EQ(Stream(agent, &Stub::LinkShow, v1::LinkShowRequest(), &shown), code);
    v1::LookBackReply back;
    EXPECT_EQ(Call(agent, &Stub::LookBack, v1::LookBackRequest(), &back), code);
    ExpectAllOfFriends(code);
  }

  void ExpectAllOfFriends(const std::string& code) {
    v1::FriendInfo info;
    v1::FriendsReply friends;
    v1::FriendLeaveReply left;
    v1::FriendVerifyReply verified;
    v1::ShareReply shared;
    v1::OutboxListReply outbox;
    v1::OutboxItem held;
    v1::UnshareReply unshared;
    v1::WhoReply who;
    v1::InboxItem item;
    v1::HeardReply heard;
    std::vector<v1::FriendShowProgress> shown;
    std::vector<v1::InboxItem> inbox;
    EXPECT_EQ(Stream(agent, &Stub::FriendShow, v1::FriendShowRequest(), &shown), code);
    EXPECT_EQ(Call(agent, &Stub::FriendJoin, v1::FriendJoinRequest(), &info), code);
    EXPECT_EQ(Call(agent, &Stub::Friends, v1::FriendsRequest(), &friends), code);
    EXPECT_EQ(Call(agent, &Stub::FriendRename, v1::FriendRenameRequest(), &info), code);
    EXPECT_EQ(Call(agent, &Stub::FriendRest, v1::FriendRestRequest(), &info), code);
    EXPECT_EQ(Call(agent, &Stub::FriendLeave, v1::FriendLeaveRequest(), &left), code);
    EXPECT_EQ(Call(agent, &Stub::FriendVerify, v1::FriendVerifyRequest(), &verified), code);
    EXPECT_EQ(Call(agent, &Stub::Share, v1::ShareRequest(), &shared), code);
    EXPECT_EQ(Call(agent, &Stub::OutboxList, v1::OutboxListRequest(), &outbox), code);
    EXPECT_EQ(Call(agent, &Stub::OutboxCancel, v1::OutboxItemRequest(), &held), code);
    EXPECT_EQ(Call(agent, &Stub::OutboxNow, v1::OutboxItemRequest(), &held), code);
    EXPECT_EQ(Call(agent, &Stub::Unshare, v1::UnshareRequest(), &unshared), code);
    EXPECT_EQ(Call(agent, &Stub::Who, v1::WhoRequest(), &who), code);
    EXPECT_EQ(Stream(agent, &Stub::Inbox, v1::InboxRequest(), &inbox), code);
    EXPECT_EQ(Call(agent, &Stub::InboxShow, v1::InboxShowRequest(), &item), code);
    v1::InboxDeclineReply declined;
    EXPECT_EQ(Call(agent, &Stub::InboxDecline, v1::InboxDeclineRequest(), &declined), code);
    EXPECT_EQ(Call(agent, &Stub::Heard, v1::HeardRequest(), &heard), code);
  }

  Agent agent;
};

}  // namespace kith::app_test
