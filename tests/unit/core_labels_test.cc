// Names of devices: on all of them the same, whatever order they arrive in.
#include <gtest/gtest.h>

#include "client/core/intake.h"
#include "client/core/limits.h"
#include "crypto/verify/hash.h"
#include "tests/support/builders.h"
#include "tests/unit/core_testing.h"

namespace kith {
namespace {

class CoreLabels : public testing::Test {
 protected:
  void SetUp() override {
    Found(reader_);
    Link(reader_, writer_);
  }
  Result<> Take(Device& device, const DeviceLabelOp& op) {
    Transaction tx(device.store);
    const Result<> taken = Intake(device.state()).ApplyOp(tx, EncodeOp(op), {});
    EXPECT_TRUE(device.state().Commit(tx));
    return taken;
  }
  std::string Label(Device& device) { return device.state().labels[named_].second; }

  const DeviceId named_ = RandomId<DeviceId>();
  Device reader_;
  Device writer_;
};

TEST_F(CoreLabels, DevicesAgreeOnANameWhateverOrderItArrivesIn) {
  const DeviceLabelOp early{.hlc = 4, .device = named_, .label = "zebra"};
  const DeviceLabelOp late{.hlc = 5, .device = named_, .label = "apple"};
  const DeviceLabelOp at_once{.hlc = 5, .device = named_, .label = "banana"};
  for (const DeviceLabelOp& op : {early, late, at_once}) ASSERT_TRUE(Take(reader_, op));
  for (const DeviceLabelOp& op : {at_once, late, early}) ASSERT_TRUE(Take(writer_, op));
  EXPECT_EQ(Label(reader_), "banana");
  EXPECT_EQ(Label(writer_), "banana");
}

TEST_F(CoreLabels, ANameIsThereAfterARestartAndOnlyALaterOneReplacesIt) {
  ASSERT_TRUE(Take(reader_, {.hlc = 5, .device = named_, .label = "kitchen"}));
  reader_.Reopen();
  EXPECT_EQ(Label(reader_), "kitchen");
  ASSERT_TRUE(Take(reader_, {.hlc = 4, .device = named_, .label = "zoo"}));
  EXPECT_EQ(Label(reader_), "kitchen");
  ASSERT_TRUE(Take(reader_, {.hlc = 6, .device = named_, .label = "attic"}));
  EXPECT_EQ(Label(reader_), "attic");
}

TEST_F(CoreLabels, ANameThatIsTooLongIsNotTaken) {
  ASSERT_TRUE(Take(reader_, {.hlc = 5, .device = named_, .label = std::string(limits::kLabel, 'x')}));
  const auto taken = Take(reader_, {.hlc = 6, .device = named_, .label = std::string(limits::kLabel + 1, 'y')});
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().code, Code::kTooLarge);
  EXPECT_EQ(Label(reader_), std::string(limits::kLabel, 'x'));
}

}  // namespace
}  // namespace kith
