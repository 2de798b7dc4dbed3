// Everything about a push that can be checked without knowing what is stored: done on a worker, so that the committer
// neither hashes payloads nor verifies signatures.
#pragma once

#include "server/calls.h"

namespace kith::relay {

struct PlannedRecord {
  RecordHeader header;
  RecordId id;
  RecordView view;
};

struct PushPlan {
  MailboxId mailbox;
  SignPublic signer;
  std::vector<PlannedRecord> records;
  size_t bytes = 0;
  // Records of other lanes, or prune records: such a push is committed alone, since it looks at more than lane heads.
  bool refills_or_prunes = false;
};

// Records of the signer's own lane are covered by the request's signature; others are verified one by one. Errors:
// kMalformed, kTooLarge, kRelayRefused (another lane's signature is not good).
Result<PushPlan> PlanPush(const MailboxId& mailbox, const SignPublic& signer, const std::vector<RecordView>& records);

}  // namespace kith::relay
