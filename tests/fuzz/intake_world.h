// Two linked devices in sync, frozen: one's whole store, and the keys under which the other writes its next record.
#pragma once

#include "tests/fuzz/hostile_lane.h"

namespace kith::fuzz {

struct IntakeWorld {
  // The same in every run. Never deleted.
  static const IntakeWorld& Get();

  MemStore store;
  HostileLane lane;  // the other device's
  EntryId entry;     // one that both have
  VersionId head;
  DeviceId device;
};

}  // namespace kith::fuzz
