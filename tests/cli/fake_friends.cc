// The fake agent's friends and shares.
#include <string>

#include "tests/cli/fake_agent.h"

namespace kith::testing {
namespace {

v1::FriendInfo Friend(const std::string& label) {
  v1::FriendInfo info;
  info.set_label(label);
  info.set_relay("127.0.0.1:7440#key");
  info.set_sync(v1::SYNC_LIVE);
  return info;
}

grpc::Status NoSuch() { return Refusal(Fail(Code::kNotFound, "There is no such one. See the list.")); }

}  // namespace

grpc::Status FakeAgent::FriendShow(Context*, const v1::FriendShowRequest* request,
                                   Writer<v1::FriendShowProgress>* writer) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  met_by_showing = *request;
  v1::FriendShowProgress progress;
  progress.set_code("1234-cabin-lunar-oak");
  progress.set_relay("127.0.0.1:7440#key");
  writer->Write(progress);
  progress.Clear();
  *progress.mutable_friend_() = Friend(request->label());
  progress.set_done(true);
  writer->Write(progress);
  return grpc::Status::OK;
}

grpc::Status FakeAgent::FriendJoin(Context*, const v1::FriendJoinRequest* request, v1::FriendInfo* reply) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  met_by_typing = *request;
  *reply = Friend(request->label());
  return grpc::Status::OK;
}

grpc::Status FakeAgent::Friends(Context*, const v1::FriendsRequest*, v1::FriendsReply* reply) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  for (const v1::FriendInfo& info : friends) *reply->add_friends() = info;
  return grpc::Status::OK;
}

grpc::Status FakeAgent::FriendRename(Context*, const v1::FriendRenameRequest* request, v1::FriendInfo* reply) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  renamed = *request;
  *reply = Friend(request->label());
  return grpc::Status::OK;
}

grpc::Status FakeAgent::FriendRest(Context*, const v1::FriendRestRequest* request, v1::FriendInfo* reply) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  rested = *request;
  *reply = Friend(request->friend_());
  reply->set_state(request->end() ? v1::FriendInfo::ACTIVE : v1::FriendInfo::RESTING);
  return grpc::Status::OK;
}

grpc::Status FakeAgent::FriendLeave(Context*, const v1::FriendLeaveRequest* request, v1::FriendLeaveReply* reply) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  left = *request;
  reply->set_taken_back(2);
  return grpc::Status::OK;
}

grpc::Status FakeAgent::FriendVerify(Context*, const v1::FriendVerifyRequest* request, v1::FriendVerifyReply* reply) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  verified = *request;
  std::string number;
  for (int group = 0; group < 12; ++group) number += (group > 0 ? " " : "") + std::to_string(10'000 + group);
  reply->set_safety_number(number);
  reply->set_verified(request->compared());
  return grpc::Status::OK;
}

grpc::Status FakeAgent::Share(Context*, const v1::ShareRequest* request, v1::ShareReply* reply) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  shares.push_back(*request);
  reply->set_friend_(request->friend_());
  v1::SharedCopy* copy = reply->mutable_copy();
  copy->set_kind("entry");
  copy->set_note(request->note());
  copy->set_passage(request->has_passage());
  const v1::Entry& entry = entries.at(0);
  copy->set_text(request->has_passage() ? request->passage() : entry.text());
  if (!request->has_passage()) copy->set_title(entry.summary().title());
  *copy->mutable_date() = entry.summary().date();
  if (request->preview() || (request->has_hold_seconds() && request->hold_seconds() == 0)) return grpc::Status::OK;
  reply->set_held(3);
  reply->set_leaves(1'795'000'000'000);
  return grpc::Status::OK;
}

grpc::Status FakeAgent::OutboxList(Context*, const v1::OutboxListRequest*, v1::OutboxListReply* reply) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  for (const v1::OutboxItem& item : held) *reply->add_items() = item;
  return grpc::Status::OK;
}

grpc::Status FakeAgent::OutboxCancel(Context*, const v1::OutboxItemRequest* request, v1::OutboxItem* reply) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  if (held.empty() || held[0].number() != request->number()) return NoSuch();
  cancelled = request->number();
  *reply = held[0];
  return grpc::Status::OK;
}

grpc::Status FakeAgent::OutboxNow(Context*, const v1::OutboxItemRequest* request, v1::OutboxItem* reply) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  if (held.empty() || held[0].number() != request->number()) return NoSuch();
  sent_now = request->number();
  *reply = held[0];
  return grpc::Status::OK;
}

grpc::Status FakeAgent::Unshare(Context*, const v1::UnshareRequest* request, v1::UnshareReply* reply) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  unshared = *request;
  *reply = unshare;
  return grpc::Status::OK;
}

grpc::Status FakeAgent::Who(Context*, const v1::WhoRequest*, v1::WhoReply* reply) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  *reply = who;
  return grpc::Status::OK;
}

grpc::Status FakeAgent::Inbox(Context*, const v1::InboxRequest* request, Writer<v1::InboxItem>* writer) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  listed = *request;
  for (const v1::InboxItem& item : inbox) writer->Write(item);
  return grpc::Status::OK;
}

grpc::Status FakeAgent::InboxShow(Context*, const v1::InboxShowRequest* request, v1::InboxItem* reply) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  for (const v1::InboxItem& item : inbox) {
    if (!item.id().starts_with(request->item())) continue;
    *reply = item;
    return grpc::Status::OK;
  }
  return NoSuch();
}

grpc::Status FakeAgent::Heard(Context*, const v1::HeardRequest* request, v1::HeardReply*) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  heard = *request;
  return grpc::Status::OK;
}

}  // namespace kith::testing
