// A lane whose keys are good and whose device has turned hostile: what it says next, and a vault that takes it in.
#pragma once

#include <functional>

#include "client/core/journal.h"
#include "tests/fuzz/target.h"
#include "tests/support/mem_store.h"

namespace kith::fuzz {

struct HostileLane {
  MailboxId mailbox;
  std::optional<Signer> signer;
  uint64_t seq = 0;  // of the lane's last record
  RecordId prev;
  std::optional<GenerationKey> key;

  // The lane that `state` writes to there.
  static HostileLane Of(State& state, const MailboxId& mailbox, const GenerationKey& key);
  // The next record of the lane.
  SignedRecord Next(RecordKind kind, ByteView plain) const;
};

// Operations, each behind its length, in one pack.
Bytes PackOf(ByteView bytes);

// A copy of the vault takes the lane's next record in. It is read before and after it is opened again. Accepted: the
// record was applied, and nothing of it refused.
Outcome Receive(const MemStore& vault, const HostileLane& lane, RecordKind kind, ByteView plain,
                const std::function<void(Journal&)>& read_all);

}  // namespace kith::fuzz
