// Two linked devices in sync, frozen: one's whole store, and the keys under which the other writes its next record.
#pragma once

#include "client/core/journal.h"
#include "tests/support/mem_store.h"

namespace kith::fuzz {

struct IntakeWorld {
  // The same in every run. Never deleted.
  static const IntakeWorld& Get();

  // The next record of the other device's lane.
  SignedRecord Next(RecordKind kind, ByteView plain) const;

  MemStore store;
  MailboxId mailbox;
  std::optional<Signer> lane;
  uint64_t seq = 0;  // of the lane's last record
  RecordId prev;
  std::optional<GenerationKey> key;
  EntryId entry;  // one that both have
  VersionId head;
  DeviceId device;
};

}  // namespace kith::fuzz
