// What the parts of the local service share.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <mutex>
#include <span>
#include <string>

#include "client/adapters/system_clock.h"
#include "client/app/local_service.h"
#include "client/core/trustees.h"
#include "crypto/base/hex.h"
#include "crypto/verify/secret.h"

namespace kith {

class LocalService::Use {
 public:
  explicit Use(LocalService& service) : service_(service) {
    ++service_.busy_;
    service_.last_use_ = MillisSinceBoot();
  }
  ~Use() {
    service_.last_use_ = MillisSinceBoot();
    --service_.busy_;
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

 private:
  LocalService& service_;
};

template <class Do>
Result<> LocalService::WithVault(Do use) {
  const Use counted(*this);
  KITH_TRY_ASSIGN(const auto unlocked, session_.Open());
  return use(*unlocked);
}

template <class Do>
Result<> LocalService::WithJournal(Do use) {
  return WithVault(
      [&](Unlocked& unlocked) { return unlocked.vault->With([&](Journal& journal) { return use(journal); }); });
}

template <class Do>
Result<> LocalService::ShowingOneCode(Do show) {
  {
    const std::lock_guard lock(link_mutex_);
    if (showing_) return Fail(Code::kRelayBusy, "A code is being shown already. Stop that command first.");
    showing_ = true;
  }
  const Result<> shown = show();
  const std::lock_guard lock(link_mutex_);
  showing_ = false;
  return shown;
}

// Whoever made a call, and may have gone away. Thread-safe, which the context is not.
class Caller {
 public:
  explicit Caller(const grpc::ServerContext& context) : context_(context) {}
  bool gone() {
    const std::lock_guard lock(mutex_);
    return context_.IsCancelled();
  }

 private:
  const grpc::ServerContext& context_;
  std::mutex mutex_;
};

// Wipes a secret of a request when the call ends, however it ends.
class WipedField {
 public:
  explicit WipedField(const std::string& field) : field_(const_cast<std::string&>(field)) {}
  ~WipedField() {
    // Every field that was never set is one and the same empty string, shared by all threads.
    if (!field_.empty()) Wipe(field_);
  }
  WipedField(const WipedField&) = delete;
  WipedField& operator=(const WipedField&) = delete;

 private:
  std::string& field_;
};

// ---- The core's values as messages.

v1::SyncState StateOf(const SyncStatus& status);
void WriteFriend(const FriendInfo& from, SyncLoops& loops, v1::FriendInfo* to);
void WriteAlarms(Journal& journal, v1::StatusReply* reply);
// What is wrong with the user's trustees, as a sentence with what to do; nullptr: nothing.
const char* TrusteesProblem(Journal& journal);
void WriteClaims(Journal& journal, std::span<const ShareClaim> claims,
                 google::protobuf::RepeatedPtrField<v1::ShareClaim>* out);
void WriteDate(const EntryDate& date, v1::EntryDate* out);
v1::EntrySummary SummaryOf(const storage::Summary& summary);
uint64_t WrittenAt(Hlc hlc);  // milliseconds since 1970
// kInvalidArgument.
Result<VersionId> VersionOf(const std::string& field);

// What a caller gives of the content's kind. kInvalidArgument: of another.
Result<> TakePractice(const v1::Practice& from, Content& content);
Result<> TakeDepth(uint32_t from, Content& content);

// OK, or the error with its code in the details.
grpc::Status StatusOf(const Result<>& result);
// This machine's name, to call a device by.
std::string HostName();

}  // namespace kith
