// Where lanes end, when somebody says it of lanes that are not theirs.
#include <gtest/gtest.h>

#include "client/core/devices.h"
#include "client/core/lane_ends.h"
#include "client/core/limits.h"
#include "crypto/verify/hash.h"
#include "tests/unit/people_testing.h"

namespace kith {
namespace {

class CoreLaneEndsCrowd : public TwoInACircle {};

TEST_F(CoreLaneEndsCrowd, AFriendsWordsDoNotCrowdOutThoseOfWhoseLaneItIs) {
  Device second;
  LinkOver(host_, second);
  Sync(second);
  Sync(guest_);
  const LaneKey lane = CircleLane(host_).key;
  for (size_t i = 1; i <= limits::kEndsPerSpeaker; ++i)
    Say(guest_, LaneEndOp{.hlc = i, .lane = lane, .seq = i, .record = RandomId<RecordId>()});
  Sync(guest_);
  Sync(second);
  EXPECT_EQ(second.state().refused, limits::kEndsPerSpeaker);
  ASSERT_TRUE(RevokeDeviceNow(second.state(), host_.state().device->public_key()));
  Sync(second);
  Sync(second);
  Sync(guest_);
  for (Device* device : {&second, &guest_}) {
    const storage::Lane* known = device->state().lanes.Find(lane);
    ASSERT_NE(known, nullptr);
    const auto end = device->state().lane_ends.EndOf(device->state(), known->number);
    ASSERT_TRUE(end.has_value());
    EXPECT_EQ(end->seq, known->applied_seq);
  }
}

}  // namespace
}  // namespace kith
