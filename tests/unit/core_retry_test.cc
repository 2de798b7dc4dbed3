// What waited and is taken in at last, while others are being gone through.
#include <gtest/gtest.h>

#include <algorithm>

#include "client/core/limits.h"
#include "crypto/verify/hash.h"
#include "tests/unit/people_testing.h"

namespace kith {
namespace {

class CoreRetry : public TwoInACircle {};

// A lane waits until its device is known, and then names many that this vault had not heard of: the list of lanes grows
// while it is gone through. Sanitizers see it where that is done by a reference into the list.
TEST_F(CoreRetry, WhatWaitedMayNameManyLanesThatWereNotKnown) {
  OpenLane();
  Device guests;
  LinkOver(guest_, guests);
  constexpr size_t kLanes = 48;
  const SeatKeyId seat = guest_.state().keyring.Seat(circle_)->public_key();
  std::vector<Seen> named;
  std::vector<SeatChange> opened;
  for (size_t i = 0; i < kLanes; ++i) {
    named.push_back({.lane = Signer::Generate().public_key(), .seq = 1, .record = RandomId<RecordId>()});
    opened.emplace_back(AddLane{.seat = seat, .lane = named.back().lane});
  }
  // Of a device that the host does not know yet, so that the lane waits.
  SignedRecord last = First({.hlc = guest_.state().NextHlc(),
                             .certificate = Certificate(lane_.public_key(), *guests.state().device, Guest())});
  Receive(host_, last);
  uint64_t seq = 1;
  for (auto at = named.begin(); at != named.end();) {
    const auto end = at + std::min<ptrdiff_t>(limits::kSeen, named.end() - at);
    last = ForgeInCircle(guest_, lane_, ++seq, RecordIdOf(last.header),
                         {.hlc = guest_.state().NextHlc(), .seen = {at, end}});
    Receive(host_, last);
    at = end;
  }
  ASSERT_EQ(Known(host_).applied_seq, 0u);
  ASSERT_TRUE(guest_.journal->sync(circle_).ChangeSeats(opened));
  Sync(guest_);
  for (const Seen& seen : named) ASSERT_EQ(host_.state().lanes.Find(seen.lane), nullptr) << "else this shows nothing";

  Calls(host_, circle_, SIZE_MAX);
  EXPECT_EQ(Known(host_).applied_seq, seq);
  for (const Seen& seen : named) {
    const storage::Lane* known = host_.state().lanes.Find(seen.lane);
    ASSERT_NE(known, nullptr);
    EXPECT_TRUE(host_.state().cited.contains(known->number));
  }
}

}  // namespace
}  // namespace kith
