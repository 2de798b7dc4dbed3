// Vaults that another version of Kith wrote.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/people_testing.h"

namespace kith {
namespace {

using testing::ElementsAre;

class CoreFormat : public TwoPeople {
 protected:
  static uint64_t Number(Device& device) {
    const auto stored = device.store.Get(storage::Key(storage::Prefix::kFormat));
    return storage::DecodeU64(stored.value().value()).value();
  }
  static void PutNumber(Device& device, uint64_t number) {
    StoreBatch batch;
    batch.Put(storage::Key(storage::Prefix::kFormat), storage::EncodeU64(number));
    ASSERT_TRUE(device.store.Write(batch));
  }
  // The values under a prefix end so many bytes earlier: without what format 2 added.
  static size_t Shorten(Device& device, storage::Prefix prefix, size_t bytes) {
    StoreBatch batch;
    size_t shortened = 0;
    for (const auto& [key, value] : device.store.contents()) {
      if (key[0] != static_cast<uint8_t>(prefix)) continue;
      batch.Put(key, Bytes(value.begin(), value.end() - static_cast<ptrdiff_t>(bytes)));
      ++shortened;
    }
    EXPECT_TRUE(device.store.Write(batch));
    return shortened;
  }
};

TEST_F(CoreFormat, AVaultOfFormat1GoesOn) {
  host_.Write("before");
  circle_ = Befriend();
  Sync(host_);
  Sync(guest_);
  EXPECT_EQ(Number(host_), storage::kStorageFormat);

  // A lane ended before `passed_with`, a generation's coverage before `lane`.
  EXPECT_EQ(Shorten(host_, storage::Prefix::kLane, 34), host_.state().lanes.all().size());
  EXPECT_EQ(Shorten(host_, storage::Prefix::kGeneration, 12), 2u) << "one of each mailbox, with its coverage";
  PutNumber(host_, 1);
  host_.Reopen();
  EXPECT_EQ(Number(host_), storage::kStorageFormat) << "or an older program would take what follows for damage";
  EXPECT_THAT(host_.Texts(), ElementsAre("before"));

  host_.Write("after");
  Say(host_, AShare("to a friend"));
  Sync(host_);
  Sync(guest_);
  EXPECT_THAT(Received(guest_), ElementsAre("to a friend"));
  host_.Reopen();
  EXPECT_THAT(host_.Texts(), ElementsAre("after", "before"));
}

TEST_F(CoreFormat, OneThatIsReadAndCannotBeWrittenIsLeftAsItIs) {
  PutNumber(host_, 1);
  host_.journal.reset();
  host_.store.FailWrite(1);
  const auto opened = Journal::Open(host_.store, host_.clock);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Code::kStorageFailed);
  EXPECT_EQ(Number(host_), 1u);
  EXPECT_TRUE(Journal::Open(host_.store, host_.clock).has_value());
}

TEST_F(CoreFormat, AVaultOfANewerFormatIsRefusedByName) {
  PutNumber(host_, storage::kStorageFormat + 1);
  host_.journal.reset();
  const auto opened = Journal::Open(host_.store, host_.clock);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Code::kNewerFormat);
  EXPECT_EQ(Number(host_), storage::kStorageFormat + 1);
}

}  // namespace
}  // namespace kith
