// Three people with a circle, in sync, frozen: one owner's store, and all that another owner's device has to write
// with.
#pragma once

#include "tests/fuzz/hostile_lane.h"

namespace kith::fuzz {

struct CircleWorld {
  // The same in every run. Never deleted.
  static const CircleWorld& Get();

  MemStore store;
  MemStore hostile;  // the other owner's
  PersonId self;
  PersonId third;  // a writer
  HostileLane circle;
  HostileLane pair;  // of the two owners
};

}  // namespace kith::fuzz
