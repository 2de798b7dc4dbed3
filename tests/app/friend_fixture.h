// Two people with agents each, who meet and share by their APIs.
#pragma once

#include "local_service_fixture.h"

namespace kith::app_test {

// Ada writes (`agent` is her first device), Mia is her friend. Nobody has a journal yet.
struct FriendFixture : LocalServiceTest {
  // A person's side of meeting that shows the code, until its end.
  class Showing {
   public:
    Showing(Agent& host, const std::string& label) {
      v1::FriendShowRequest request;
      request.set_label(label);
      reader_ = host.stub->FriendShow(&context_, request);
      began_ = reader_->Read(&shown_);
    }
    bool began() const { return began_; }
    const std::string& code() const { return shown_.code(); }
    const std::string& relay() const { return shown_.relay(); }
    void Cancel() { context_.TryCancel(); }
    grpc::Status Finish() {
      while (reader_->Read(&last_)) {
      }
      return reader_->Finish();
    }
    const v1::FriendShowProgress& last() const { return last_; }

   private:
    grpc::ClientContext context_;
    std::unique_ptr<grpc::ClientReader<v1::FriendShowProgress>> reader_;
    v1::FriendShowProgress shown_;
    v1::FriendShowProgress last_;
    bool began_ = false;
  };

  static std::string Join(Agent& guest, const std::string& code, const std::string& relay, const std::string& label,
                          v1::FriendInfo* info = nullptr) {
    v1::FriendJoinRequest request;
    request.set_code(code);
    request.set_relay(relay);
    request.set_label(label);
    v1::FriendInfo reply;
    const std::string ended = Call(guest, &Stub::FriendJoin, request, &reply);
    if (info != nullptr) *info = reply;
    return ended;
  }
  static void Meet(Agent& host, const std::string& host_says, Agent& guest, const std::string& guest_says) {
    Showing showing(host, host_says);
    ASSERT_TRUE(showing.began()) << Ended(showing.Finish());
    ASSERT_EQ(Join(guest, showing.code(), showing.relay(), guest_says), "OK");
    ASSERT_EQ(Ended(showing.Finish()), "OK");
    ASSERT_TRUE(showing.last().done());
    EXPECT_EQ(showing.last().friend_().label(), host_says);
  }
  static void LinkDevice(Agent& host, Agent& guest) {
    v1::LinkShowRequest show;
    show.set_passphrase(kPassphrase);
    show.set_accept(true);
    grpc::ClientContext context;
    const auto shower = host.stub->LinkShow(&context, show);
    v1::LinkShowProgress shown;
    ASSERT_TRUE(shower->Read(&shown));
    v1::LinkJoinRequest join;
    join.set_code(shown.code());
    join.set_relay(shown.relay());
    join.set_passphrase(kPassphrase);
    join.set_device_label("second");
    join.set_kdf_memory_mib(kCheapKdf);
    std::vector<v1::SyncProgress> progress;
    ASSERT_EQ(Stream(guest, &Stub::LinkJoin, join, &progress), "OK");
    while (shower->Read(&shown)) {
    }
    ASSERT_EQ(Ended(shower->Finish()), "OK");
  }
  static void LockOf(Agent& of) {
    v1::LockReply reply;
    ASSERT_EQ(Call(of, &Stub::Lock, v1::LockRequest(), &reply), "OK");
  }
  static void UnlockOf(Agent& of) {
    v1::UnlockRequest request;
    request.set_passphrase(kPassphrase);
    v1::UnlockReply reply;
    ASSERT_EQ(Call(of, &Stub::Unlock, request, &reply), "OK");
  }

  static v1::ShareRequest ShareOf(const v1::EntrySummary& entry, const std::string& with) {
    v1::ShareRequest request;
    request.set_entry(entry.id());
    request.set_friend_(with);
    return request;
  }
  static v1::ShareRequest ShareNow(const v1::EntrySummary& entry, const std::string& with) {
    v1::ShareRequest request = ShareOf(entry, with);
    request.set_hold_seconds(0);
    return request;
  }
  static v1::ShareReply Share(Agent& of, const v1::ShareRequest& request) {
    v1::ShareReply reply;
    EXPECT_EQ(Call(of, &Stub::Share, request, &reply), "OK");
    return reply;
  }
  static std::string Refused(Agent& of, const v1::ShareRequest& request) {
    v1::ShareReply reply;
    return Call(of, &Stub::Share, request, &reply);
  }
  static std::vector<v1::OutboxItem> Held(Agent& of) {
    v1::OutboxListReply reply;
    EXPECT_EQ(Call(of, &Stub::OutboxList, v1::OutboxListRequest(), &reply), "OK");
    return {reply.items().begin(), reply.items().end()};
  }
  static std::string ReleaseNow(Agent& of, uint64_t number) {
    v1::OutboxItemRequest request;
    request.set_number(number);
    v1::OutboxItem item;
    return Call(of, &Stub::OutboxNow, request, &item);
  }
  static std::string Cancel(Agent& of, uint64_t number) {
    v1::OutboxItemRequest request;
    request.set_number(number);
    v1::OutboxItem item;
    return Call(of, &Stub::OutboxCancel, request, &item);
  }
  static std::vector<v1::InboxItem> Inbox(Agent& of) {
    std::vector<v1::InboxItem> items;
    EXPECT_EQ(Stream(of, &Stub::Inbox, v1::InboxRequest(), &items), "OK");
    return items;
  }
  // Whether the inbox comes to hold so many.
  static bool InboxBecomes(Agent& of, size_t count) {
    return Eventually([&] { return Inbox(of).size() == count; });
  }
  static v1::InboxItem ReadItem(Agent& of, const std::string& id) {
    v1::InboxShowRequest request;
    request.set_item(id);
    v1::InboxItem item;
    EXPECT_EQ(Call(of, &Stub::InboxShow, request, &item), "OK");
    return item;
  }
  static v1::WhoReply Who(Agent& of, const std::string& entry) {
    v1::WhoRequest request;
    request.set_entry(entry);
    v1::WhoReply reply;
    EXPECT_EQ(Call(of, &Stub::Who, request, &reply), "OK");
    return reply;
  }
  static std::string Unshare(Agent& of, const v1::EntrySummary& entry, const std::string& with,
                             v1::UnshareReply* reply) {
    v1::UnshareRequest request;
    request.set_entry(entry.id());
    request.set_friend_(with);
    return Call(of, &Stub::Unshare, request, reply);
  }
  static std::vector<v1::FriendInfo> Friends(Agent& of) {
    v1::FriendsReply reply;
    EXPECT_EQ(Call(of, &Stub::Friends, v1::FriendsRequest(), &reply), "OK");
    return {reply.friends().begin(), reply.friends().end()};
  }
  static std::string Rest(Agent& of, const std::string& with, bool end, v1::FriendInfo* info) {
    v1::FriendRestRequest request;
    request.set_friend_(with);
    request.set_end(end);
    return Call(of, &Stub::FriendRest, request, info);
  }
  static std::string Leave(Agent& of, const std::string& with, uint64_t* taken_back) {
    v1::FriendLeaveRequest request;
    request.set_friend_(with);
    v1::FriendLeaveReply reply;
    const std::string ended = Call(of, &Stub::FriendLeave, request, &reply);
    *taken_back = reply.taken_back();
    return ended;
  }

  Agent mia;
};

// Both have a journal on the same relay and are friends.
struct FriendTest : FriendFixture {
  void SetUp() override {
    Init(agent, "desk");
    SetRelay(agent, relay);
    Init(mia, "her desk");
    SetRelay(mia, relay);
    Meet(agent, "Mia", mia, "Ada");
  }
  TestRelay relay;
};

}  // namespace kith::app_test
