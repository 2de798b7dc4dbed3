// One JSON object a line, for programs. Everything beyond ASCII is escaped, so a line is harmless anywhere; bytes that
// are not UTF-8 become U+FFFD. Keys never change their meaning; new ones may come. No line end at the end.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "crypto/base/result.h"
#include "kith/v1/local.pb.h"

namespace kith {

std::string Json(const v1::EntrySummary& entry);  // id kind date time zone title tags journal starred first_line ...
std::string Json(const v1::Entry& entry);         // the same, and text heads merged sides location depth fields
std::string Json(const v1::Draft& draft);
std::string Json(const v1::HistoryVersion& version);
std::string Json(const v1::SearchHit& hit);  // a summary and its snippet
std::string Json(const v1::StatusReply& status);
std::string Json(const v1::CheckWordsReply& reply);
std::string Json(const v1::Device& device);
std::string Json(const v1::DeviceRevokeProgress& progress);
std::string Json(const v1::ImportProgress& progress);
std::string Json(const v1::ExportProgress& progress);
std::string Json(const v1::SyncProgress& progress);
std::string Json(const v1::DrillProgress& progress);
std::string Json(const v1::RecoverAskReply& reply);
std::string Json(const v1::TrusteesReply& reply);  // needed, made, trustees, claims, problem_message
std::string Json(const v1::TrusteesVetoReply& reply);
std::string Json(const v1::TrusteesHeldReply& reply);
std::string Json(const v1::TrusteesReleaseProgress& progress);  // code and relay, or outcome and due
std::string Json(const v1::FriendInfo& person);
std::string Json(const v1::FriendLeaveReply& reply);
std::string Json(const v1::CircleInfo& circle);
std::string Json(const v1::CircleMember& member);
std::string Json(const v1::CircleInvitation& invitation);
std::string Json(const v1::CircleLeaveReply& reply);
const char* CircleRoleName(v1::CircleMember::Role role);
std::string Json(const v1::FriendVerifyReply& reply);
std::string Json(const v1::SharedCopy& copy);   // just what the friend sees
std::string Json(const v1::ShareReply& reply);  // held and leaves are 0 when nothing is held
std::string Json(const v1::OutboxItem& item);
std::string Json(const v1::Audience& audience);
std::string Json(const v1::ShredReply& reply);  // entry, versions, taken_back, waiting_for, relay_keeps
std::string Json(const v1::Audience& shared, const v1::AnswerInfo& answer);  // entry, and the answer to it
std::string Json(const v1::WhoReply& reply);                                 // audience, answers, devices
std::string Json(const v1::InboxItem& item);
std::string Json(const Error& error);  // {"error": CODE, "message": TEXT}
// Strings only, in the order given.
std::string Json(std::initializer_list<std::pair<const char*, std::string>> fields);

// Words for the state of syncing, of the vault and of a friendship, for people and programs alike.
const char* SyncStateName(v1::SyncState state);
const char* VaultStateName(v1::StatusReply::Vault vault);
const char* FriendStateName(v1::FriendInfo::State state);

}  // namespace kith
