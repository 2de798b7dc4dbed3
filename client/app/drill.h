// The proof that recovery sheet and relay bring this journal back: all is restored from them into a scratch store, and
// compared with what is here. The vault and the relay are only read.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "client/app/recovery_flow.h"

namespace kith {

struct DrillReport {
  uint64_t entries = 0;
  uint64_t deleted = 0;
  uint64_t only_here = 0;             // entries of which something has not reached the relay
  uint64_t friends = 0;               // whose circle was read
  std::vector<std::string> not_read;  // friends whose relay could not be asked, or refused
  RelayAddress relay;
};

// `scratch` is the path of a folder that does not matter: what is there is removed, before and after; meanwhile a store
// sealed with a key that nobody keeps. `compared` is told how many entries were found equal. Errors of ParsePhrase;
// kRecoveryMismatch: the sheet is another journal's; kNoRelay; kRollback: the relay lacks what it had acknowledged;
// kEquivocation: it has something else there; kWithheld: a version or a friend is not among what it served; the errors
// of Carry; kCancelled.
Result<DrillReport> Drill(Unlocked& unlocked, const std::string& scratch, std::string_view words,
                          const RecoveryWatcher& watcher, const std::function<void(uint64_t)>& compared);

}  // namespace kith
