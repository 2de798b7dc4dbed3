// Three people with a circle, in sync, frozen: one owner's store, and all that another owner's device has to write
// with.
#pragma once

#include "client/core/journal.h"
#include "tests/support/mem_store.h"

namespace kith::fuzz {

struct CircleWorld {
  // The same in every run. Never deleted.
  static const CircleWorld& Get();

  // A mailbox that both are in, as the hostile one writes to it.
  struct Place {
    MailboxId mailbox;
    std::optional<Signer> lane;
    uint64_t seq = 0;  // of the lane's last record
    RecordId prev;
    std::optional<GenerationKey> key;

    // The next record of the lane.
    SignedRecord Next(RecordKind kind, ByteView plain) const;
  };

  MemStore store;
  MemStore hostile;  // the other owner's
  PersonId self;
  PersonId third;  // a writer
  Place circle;
  Place pair;
};

}  // namespace kith::fuzz
