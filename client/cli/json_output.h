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
std::string Json(const v1::Entry& entry);         // the same, and text heads merged sides location
std::string Json(const v1::HistoryVersion& version);
std::string Json(const v1::SearchHit& hit);  // a summary and its snippet
std::string Json(const v1::StatusReply& status);
std::string Json(const v1::Device& device);
std::string Json(const v1::ImportProgress& progress);
std::string Json(const v1::ExportProgress& progress);
std::string Json(const v1::SyncProgress& progress);
std::string Json(const Error& error);  // {"error": CODE, "message": TEXT}
// Strings only, in the order given.
std::string Json(std::initializer_list<std::pair<const char*, std::string>> fields);

// Words for the state of syncing and of the vault, for people and programs alike.
const char* SyncStateName(v1::SyncState state);
const char* VaultStateName(v1::StatusReply::Vault vault);

}  // namespace kith
