// What the parts of the local service share.
#pragma once

#include <grpcpp/support/status.h>

#include <chrono>
#include <string>

#include "client/app/local_service.h"

namespace kith {

class LocalService::Use {
 public:
  explicit Use(LocalService& service) : service_(service) {
    ++service_.busy_;
    Touch();
  }
  ~Use() {
    Touch();
    --service_.busy_;
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

 private:
  void Touch() {
    using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::steady_clock;
    service_.last_use_ = duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
  }
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
  return WithVault([&](Unlocked& unlocked) { return unlocked.vault->With([&](Journal& journal) { return use(journal); }); });
}

// OK, or the error with its code in the details.
grpc::Status StatusOf(const Result<>& result);
// By the first digits of an id.
Result<EntryId> EntryOf(const Journal& journal, const std::string& text);

}  // namespace kith
