#include "client/cli/json_output.h"

#include <fmt/format.h>

#include "client/cli/display.h"
#include "client/cli/json_parts.h"
#include "client/cli/text_output.h"
#include "crypto/base/hex.h"

namespace kith {
namespace {

Object Summary(const v1::EntrySummary& entry) {
  Object object;
  object["id"] = entry.id();
  object["kind"] = entry.kind();
  object["date"] = DayText(entry.date());
  object["time"] = entry.date().day_only() ? Object(nullptr) : Object(TimeText(entry.date()));
  object["zone"] = entry.date().zone();
  object["instant"] = entry.date().instant();
  object["title"] = entry.title();
  object["tags"] = Object::array();
  for (const std::string& tag : entry.tags()) object["tags"].push_back(tag);
  object["journal"] = entry.journal();
  object["starred"] = entry.starred();
  object["first_line"] = entry.first_line();
  object["conflict"] = entry.conflict();
  object["deleted"] = entry.deleted();
  if (entry.quiet()) object["quiet"] = true;
  if (entry.has_practice()) object["fields"] = FieldsObject(entry.kind(), entry.practice());
  return object;
}

Object HeadObject(const v1::Head& head) {
  return {{"version", Hex(AsBytes(head.version()))}, {"written", head.written()}, {"device", head.device()}};
}

Object LocationObject(const v1::EntryLocation& location) {
  Object object;
  if (location.has_coordinates()) {
    object["latitude"] = location.latitude();
    object["longitude"] = location.longitude();
  }
  if (!location.place().empty()) object["place"] = location.place();
  if (!location.locality().empty()) object["locality"] = location.locality();
  if (!location.region().empty()) object["region"] = location.region();
  if (!location.country().empty()) object["country"] = location.country();
  return object;
}

Object FriendObject(const v1::FriendInfo& person) {
  return {{"name", person.label()},
          {"state", FriendStateName(person.state())},
          {"verified", person.verified()},
          {"shared", person.shared()},
          {"received", person.received()},
          {"relay", person.relay()},
          {"sync", SyncStateName(person.sync())},
          {"problem", person.problem_code()},
          {"problem_message", person.problem()}};
}

Object AlarmObject(const v1::AlarmInfo& alarm) {
  return {{"code", alarm.code()},       {"where", alarm.where()},   {"device", alarm.device()},
          {"message", alarm.message()}, {"advice", alarm.advice()}, {"since", alarm.since()},
          {"past", alarm.past()}};
}

Object CopyObject(const v1::SharedCopy& copy) {
  return {{"kind", copy.kind()}, {"date", DayText(copy.date())}, {"title", copy.title()},
          {"text", copy.text()}, {"note", copy.note()},          {"passage", copy.passage()}};
}

const char* ReachName(v1::Audience::Reach reach) {
  switch (reach) {
    case v1::Audience::HELD:
      return "held";
    case v1::Audience::WAITING:
      return "waiting";
    case v1::Audience::FETCHED:
      return "fetched";
    case v1::Audience::TAKEN_BACK:
      return "taken-back";
    case v1::Audience::UNKNOWN:
    case v1::Audience_Reach_Audience_Reach_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::Audience_Reach_Audience_Reach_INT_MAX_SENTINEL_DO_NOT_USE_:
      return "unknown";
  }
  return "unknown";
}

const char* WishName(v1::AnswerInfo::Wish wish) {
  switch (wish) {
    case v1::AnswerInfo::CALL:
      return "call";
    case v1::AnswerInfo::REST:
      return "rest";
    case v1::AnswerInfo::NONE:
    case v1::AnswerInfo_Wish_AnswerInfo_Wish_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::AnswerInfo_Wish_AnswerInfo_Wish_INT_MAX_SENTINEL_DO_NOT_USE_:
      return "none";
  }
  return "none";
}

Object AudienceObject(const v1::Audience& audience) {
  return {{"entry", audience.entry()},
          {"friend", audience.friend_()},
          {"reach", ReachName(audience.reach())},
          {"before", audience.reach() == v1::Audience::TAKEN_BACK ? ReachName(audience.before()) : ""},
          {"passage", audience.passage()},
          {"follow", audience.follow()},
          {"shared", audience.shared()},
          {"expires", audience.expires()},
          {"date", DayText(audience.summary().date())},
          {"title", audience.summary().title()},
          {"first_line", audience.summary().first_line()}};
}

Object AnswerObject(const v1::AnswerInfo& answer) {
  return {
      {"friend", answer.friend_()}, {"at", answer.at()}, {"text", answer.text()}, {"wish", WishName(answer.wish())}};
}

template <class Answers>
Object AnswerList(const Answers& answers) {
  Object list = Object::array();
  for (const v1::AnswerInfo& answer : answers) list.push_back(AnswerObject(answer));
  return list;
}

Object DeviceObject(const v1::Device& device) {
  return {{"id", device.id()},
          {"label", device.label()},
          {"this_device", device.this_device()},
          {"revoked", device.revoked()},
          {"last_seen", device.last_seen()}};
}

}  // namespace

const char* SyncStateName(v1::SyncState state) {
  switch (state) {
    case v1::SYNC_CONNECTING:
      return "connecting";
    case v1::SYNC_CATCHING_UP:
      return "catching-up";
    case v1::SYNC_LIVE:
      return "live";
    case v1::SYNC_WAITING:
      return "waiting";
    case v1::SYNC_STOPPED:
      return "stopped";
    case v1::SYNC_OFF:
    case v1::SyncState_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::SyncState_INT_MAX_SENTINEL_DO_NOT_USE_:
      return "off";
  }
  return "off";
}

const char* VaultStateName(v1::StatusReply::Vault vault) {
  switch (vault) {
    case v1::StatusReply::LOCKED:
      return "locked";
    case v1::StatusReply::UNLOCKED:
      return "unlocked";
    case v1::StatusReply::NONE:
    case v1::StatusReply_Vault_StatusReply_Vault_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::StatusReply_Vault_StatusReply_Vault_INT_MAX_SENTINEL_DO_NOT_USE_:
      return "none";
  }
  return "none";
}

const char* FriendStateName(v1::FriendInfo::State state) {
  switch (state) {
    case v1::FriendInfo::RESTING:
      return "resting";
    case v1::FriendInfo::ACTIVE:
    case v1::FriendInfo_State_FriendInfo_State_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::FriendInfo_State_FriendInfo_State_INT_MAX_SENTINEL_DO_NOT_USE_:
      return "active";
  }
  return "active";
}

const char* CircleRoleName(v1::CircleMember::Role role) {
  switch (role) {
    case v1::CircleMember::OWNER:
      return "owner";
    case v1::CircleMember::WRITER:
      return "writer";
    case v1::CircleMember::READER:
      return "reader";
    case v1::CircleMember::NONE:
    case v1::CircleMember_Role_CircleMember_Role_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::CircleMember_Role_CircleMember_Role_INT_MAX_SENTINEL_DO_NOT_USE_:
      return "none";
  }
  return "none";
}

std::string Json(const v1::CircleInfo& circle) {
  return Line(Object{{"name", circle.name()},
                     {"role", CircleRoleName(circle.role())},
                     {"members", circle.members()},
                     {"has_owner", circle.has_owner()},
                     {"known", circle.known()},
                     {"resting", circle.resting()},
                     {"waits_for", std::vector<std::string>(circle.waits_for().begin(), circle.waits_for().end())},
                     {"shuts_out", std::vector<std::string>(circle.shuts_out().begin(), circle.shuts_out().end())},
                     {"relay", circle.relay()},
                     {"sync", SyncStateName(circle.sync())},
                     {"problem", circle.problem_code()},
                     {"problem_message", circle.problem()}});
}

std::string Json(const v1::CircleMember& member) {
  return Line(Object{{"name", member.name()},
                     {"friend", member.friend_()},
                     {"role", CircleRoleName(member.role())},
                     {"own", member.own()}});
}

std::string Json(const v1::CircleInvitation& invitation) {
  return Line(Object{{"name", invitation.name()},
                     {"from", invitation.from()},
                     {"role", CircleRoleName(invitation.role())},
                     {"members", invitation.members()}});
}

std::string Json(const v1::CircleLeaveReply& reply) {
  Object object;
  object["taken_back"] = reply.taken_back();
  return Line(object);
}

std::string Json(const v1::EntrySummary& entry) { return Line(Summary(entry)); }

std::string Json(const v1::Entry& entry) {
  Object object = Summary(entry.summary());
  object["text"] = entry.text();
  object["heads"] = Object::array();
  for (const v1::Head& head : entry.heads()) object["heads"].push_back(HeadObject(head));
  object["merged"] = entry.merged();
  if (entry.has_practice()) object["fields"] = FieldsObject(entry.summary().kind(), entry.practice());
  if (entry.depth() != 0) object["depth"] = entry.depth();
  object["sides"] = Object::array();
  for (const v1::Side& side : entry.sides()) {
    Object shown = HeadObject(side.head());
    shown["title"] = side.title();
    shown["text"] = side.text();
    shown["deleted"] = side.deleted();
    if (side.has_practice()) shown["fields"] = FieldsObject(entry.summary().kind(), side.practice());
    object["sides"].push_back(shown);
  }
  if (entry.has_location()) object["location"] = LocationObject(entry.location());
  return Line(object);
}

std::string Json(const v1::HistoryVersion& version) {
  Object object;
  object["version"] = Hex(AsBytes(version.version()));
  object["parents"] = Object::array();
  for (const std::string& parent : version.parents()) object["parents"].push_back(Hex(AsBytes(parent)));
  object["written"] = version.written();
  object["device"] = version.device();
  object["deleted"] = version.deleted();
  object["head"] = version.head();
  object["title"] = version.title();
  object["text"] = version.text();
  return Line(object);
}

std::string Json(const v1::SearchHit& hit) {
  Object object = Summary(hit.summary());
  object["snippet"] = hit.snippet();
  return Line(object);
}

std::string Json(const v1::StatusReply& status) {
  Object object;
  object["vault"] = VaultStateName(status.vault());
  object["version"] = status.version();
  object["entries"] = status.entries();
  object["waiting"] = status.waiting();
  object["relay_set"] = status.relay_set();
  object["relay"] = status.relay_address();
  object["relay_line"] = status.relay();
  object["sync"] = SyncStateName(status.sync());
  object["behind"] = status.behind();
  object["problem"] = status.problem_code();
  object["problem_message"] = status.problem();
  object["pid"] = status.pid();
  object["memory_locked"] = status.memory_locked();
  object["notices"] = Object::array();
  for (const std::string& notice : status.notices()) object["notices"].push_back(notice);
  object["friends"] = Object::array();
  for (const v1::FriendInfo& person : status.friends()) object["friends"].push_back(FriendObject(person));
  object["held"] = status.held();
  object["shared_entries"] = status.shared_entries();
  object["alarms"] = Object::array();
  for (const v1::AlarmInfo& alarm : status.alarms()) object["alarms"].push_back(AlarmObject(alarm));
  object["refused"] = status.refused();
  object["recovery_confirmed"] = status.recovery_confirmed();
  object["claims"] = ClaimsArray(status.claims());
  object["gathering"] = status.gathering();
  return Line(object);
}

std::string Json(const v1::CheckWordsReply& reply) {
  Object object;
  object["words"] = Object::array();
  for (const std::string& word : reply.words()) object["words"].push_back(word);
  return Line(object);
}

std::string Json(const v1::Device& device) { return Line(DeviceObject(device)); }

std::string Json(const v1::DeviceRevokeProgress& progress) {
  Object object = {{"done", progress.done()}};
  if (progress.has_device()) object["device"] = DeviceObject(progress.device());
  object["places"] = Object::array();
  for (const auto& place : progress.places()) {
    object["places"].push_back({{"friend", place.friend_()},
                                {"cut_off", place.cut_off()},
                                {"new_keys", place.new_keys()},
                                {"problem", place.problem_code()},
                                {"problem_message", place.problem()}});
  }
  return Line(object);
}

std::string Json(const v1::ImportProgress& progress) {
  Object object = {{"read", progress.read()},
                   {"total", progress.total()},
                   {"added", progress.added()},
                   {"present", progress.present()},
                   {"done", progress.done()}};
  if (!progress.done()) return Line(object);
  object["days"] = progress.days();
  object["first"] = progress.has_first() ? Object(DayText(progress.first())) : Object(nullptr);
  object["last"] = progress.has_last() ? Object(DayText(progress.last())) : Object(nullptr);
  object["quarantined"] = Object::array();
  for (const v1::Quarantined& part : progress.quarantined()) {
    object["quarantined"].push_back({{"where", part.where()}, {"reason", part.reason()}});
  }
  return Line(object);
}

std::string Json(const v1::ExportProgress& progress) {
  return Line({{"written", progress.written()}, {"total", progress.total()}, {"done", progress.done()}});
}

std::string Json(const v1::SyncProgress& progress) {
  return Line({{"behind", progress.behind()},
               {"fetched", progress.fetched()},
               {"waiting", progress.waiting()},
               {"done", progress.done()}});
}

std::string Json(const v1::DrillProgress& progress) {
  if (!progress.has_report()) {
    return Line({{"behind", progress.behind()},
                 {"fetched", progress.fetched()},
                 {"compared", progress.compared()},
                 {"done", false}});
  }
  const v1::DrillReport& report = progress.report();
  Object object = {{"entries", report.entries()}, {"deleted", report.deleted()}, {"only_here", report.only_here()},
                   {"friends", report.friends()}, {"relay", report.relay()},     {"done", true}};
  object["not_read"] = Object::array();
  for (const std::string& label : report.not_read()) object["not_read"].push_back(label);
  return Line(object);
}

std::string Json(const v1::FriendInfo& person) { return Line(FriendObject(person)); }

std::string Json(const v1::FriendLeaveReply& reply) {
  Object object;
  object["taken_back"] = reply.taken_back();
  return Line(object);
}

std::string Json(const v1::FriendVerifyReply& reply) {
  return Line({{"safety_number", reply.safety_number()}, {"verified", reply.verified()}});
}

std::string Json(const v1::SharedCopy& copy) { return Line(CopyObject(copy)); }

std::string Json(const v1::ShareReply& reply) {
  return Line({{"friend", reply.friend_()},
               {"held", reply.held()},
               {"leaves", reply.leaves()},
               {"copy", CopyObject(reply.copy())}});
}

std::string Json(const v1::OutboxItem& item) {
  return Line({{"number", item.number()},
               {"entry", item.entry()},
               {"friend", item.friend_()},
               {"leaves", item.leaves()},
               {"expires", item.expires()},
               {"copy", CopyObject(item.copy())}});
}

std::string Json(const v1::Audience& audience) { return Line(AudienceObject(audience)); }

std::string Json(const v1::ShredReply& reply) {
  Object taken_back = Object::array();
  for (const v1::Audience& one : reply.taken_back()) taken_back.push_back(AudienceObject(one));
  Object waiting_for = Object::array();
  for (const std::string& device : reply.waiting_for()) waiting_for.push_back(device);
  Object object;
  object["entry"] = reply.entry();
  object["versions"] = reply.versions();
  object["taken_back"] = std::move(taken_back);
  object["waiting_for"] = std::move(waiting_for);
  object["relay_keeps"] = reply.relay_keeps();
  return Line(object);
}

std::string Json(const v1::Audience& shared, const v1::AnswerInfo& answer) {
  Object object = AnswerObject(answer);
  object["entry"] = shared.entry();
  return Line(object);
}

std::string Json(const v1::WhoReply& reply) {
  Object audience = Object::array();
  for (const v1::Audience& one : reply.audience()) audience.push_back(AudienceObject(one));
  Object object;
  object["audience"] = std::move(audience);
  object["answers"] = AnswerList(reply.answers());
  object["devices"] = reply.devices();
  return Line(object);
}

std::string Json(const v1::InboxItem& item) {
  Object object;
  object["id"] = item.id();
  object["friend"] = item.friend_();
  object["at"] = item.at();
  object["expires"] = item.expires();
  object["declined"] = item.declined();
  object["copy"] = item.has_copy() ? CopyObject(item.copy()) : Object(nullptr);
  object["answers"] = AnswerList(item.answers());
  return Line(object);
}

std::string Json(const Error& error) { return Line({{"error", CodeName(error.code)}, {"message", error.message}}); }

std::string Json(std::initializer_list<std::pair<const char*, std::string>> fields) {
  Object object;
  for (const auto& [key, value] : fields) object[key] = value;
  return Line(object);
}

}  // namespace kith
