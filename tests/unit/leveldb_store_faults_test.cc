// Power cuts, full and broken disks, under LevelDbStore.
#include "tests/unit/leveldb_store_testing.h"

namespace kith {
namespace {

using LevelDbStoreFaultTest = LevelDbStoreTest;

// Writes batches until one is refused or `most` are done; returns how many were acknowledged.
uint32_t WriteUntilRefused(Store& store, uint32_t most) {
  for (uint32_t number = 0; number < most; ++number) {
    if (!store.Write(BatchNumber(number))) return number;
  }
  return most;
}

// The power fails at each change of the disk in turn, from the making of the store on. What was acknowledged is there,
// and of the batch under way all or nothing.
TEST_F(LevelDbStoreFaultTest, APowerCutLosesNothingAcknowledged) {
  constexpr uint32_t kBatches = 40;
  bool struck = true;
  uint64_t cuts = 0;
  for (uint64_t nth = 1; struck; ++nth) {
    FaultEnv disk;
    disk.CutPowerAt(nth);
    uint32_t acknowledged = 0;
    {
      const auto store = Open(disk);
      if (store) acknowledged = WriteUntilRefused(**store, kBatches);
      ASSERT_TRUE(store || disk.struck());
    }
    struck = disk.struck();
    cuts += struck;
    disk.RestorePower(static_cast<uint32_t>(nth));
    const auto store = Open(disk);
    ASSERT_TRUE(store) << nth << ": " << store.error().message;
    const Result<Model> found = Everything(**store);
    ASSERT_TRUE(found) << nth;
    ASSERT_TRUE(*found == After(acknowledged) || (struck && *found == After(acknowledged + 1)))
        << nth << ": " << acknowledged << " acknowledged";
  }
  RecordProperty("cuts", static_cast<int>(cuts));
  EXPECT_GT(cuts, 100u);
}

// Repeated cuts, each also during the recovery from the one before.
TEST_F(LevelDbStoreFaultTest, PowerCutsDuringRecoveryLoseNothingAcknowledged) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    std::minstd_rand random(seed + 1);
    FaultEnv disk;
    Model model;
    uint32_t number = 0;
    for (int boot = 0; boot < 12; ++boot) {
      disk.CutPowerAt(1 + random() % 60);
      {
        const auto store = Open(disk);
        while (store && (*store)->Write(BatchNumber(number))) ApplyTo(model, BatchNumber(number++));
      }
      disk.RestorePower(seed * 100 + static_cast<uint32_t>(boot));
      const auto store = Open(disk);
      ASSERT_TRUE(store) << seed;
      const Result<Model> found = Everything(**store);
      ASSERT_TRUE(found) << seed;
      if (*found == model) continue;
      ApplyTo(model, BatchNumber(number++));  // the batch under way, whole
      ASSERT_TRUE(*found == model) << seed << " boot " << boot;
    }
  }
}

// The disk fills up at every point, space is freed, writing goes on, and then the power fails: the figure that plain
// LevelDB gets wrong.
TEST_F(LevelDbStoreFaultTest, AFullDiskLosesNothingAcknowledged) {
  int refusals = 0;
  for (uint64_t bytes = 500; bytes < 150'000; bytes += 1'777) {
    FaultEnv disk;
    Model model;
    {
      const auto store = Open(disk);
      ASSERT_TRUE(store);
      disk.FillAfter(bytes);
      for (uint32_t number = 0; number < 60; ++number) {
        const Result<> written = (*store)->Write(BatchNumber(number));
        if (written) {
          ApplyTo(model, BatchNumber(number));
          continue;
        }
        ++refusals;
        EXPECT_EQ(written.error().code, Code::kStorageFailed);
        EXPECT_NE(written.error().message.find("full"), std::string::npos);
        disk.FreeSpace();
        const Result<Model> found = Everything(**store);
        ASSERT_TRUE(found) << found.error().message;
        ASSERT_TRUE(*found == model) << bytes << ": a refused batch is there, or an acknowledged one is not";
      }
      disk.CutPowerAt(1);
    }
    disk.RestorePower(1);
    const auto store = Open(disk);
    ASSERT_TRUE(store) << bytes;
    ASSERT_TRUE(*Everything(**store) == model) << bytes;
  }
  EXPECT_GT(refusals, 60);
}

TEST_F(LevelDbStoreFaultTest, WhileTheDiskStaysFullEveryCallSaysSo) {
  const auto store = Open(disk_);
  ASSERT_TRUE(store);
  ASSERT_TRUE((*store)->Write(Put("a", "1")));
  disk_.FillAfter(0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ((*store)->Write(Put("b", "2")).error().code, Code::kStorageFailed);
    EXPECT_EQ((*store)->Get(AsBytes("a")).error().code, Code::kStorageFailed);
    EXPECT_EQ(Everything(**store).error().code, Code::kStorageFailed);
  }
  disk_.FreeSpace();
  EXPECT_TRUE((*store)->Get(AsBytes("a"))->has_value());
  EXPECT_FALSE((*store)->Get(AsBytes("b"))->has_value());
  EXPECT_TRUE((*store)->Write(Put("b", "2")));
}

// One change of the disk in turn fails with EIO; the process goes on. A refused batch leaves nothing behind.
TEST_F(LevelDbStoreFaultTest, ADiskErrorLosesNothingAcknowledgedAndKeepsNothingRefused) {
  bool struck = true;
  int refusals = 0;
  for (uint64_t nth = 1; struck; ++nth) {
    FaultEnv disk;
    Model model;
    {
      const auto store = Open(disk);
      ASSERT_TRUE(store);
      disk.FailAt(nth);
      for (uint32_t number = 0; number < 40; ++number) {
        if ((*store)->Write(BatchNumber(number))) {
          ApplyTo(model, BatchNumber(number));
        } else {
          ++refusals;
        }
      }
      struck = disk.struck();
      const Result<Model> found = Everything(**store);
      ASSERT_TRUE(found) << nth;
      ASSERT_TRUE(*found == model) << nth;
      disk.CutPowerAt(1);
    }
    disk.RestorePower(static_cast<uint32_t>(nth));
    const auto store = Open(disk);
    ASSERT_TRUE(store) << nth;
    ASSERT_TRUE(*Everything(**store) == model) << nth;
  }
  EXPECT_GT(refusals, 50);
}

TEST_F(LevelDbStoreFaultTest, AFailedCompactionIsReportedAndHarmless) {
  const auto store = Open(disk_);
  ASSERT_TRUE(store);
  for (uint32_t i = 0; i < 30; ++i) ASSERT_TRUE((*store)->Write(BatchNumber(i)));
  disk_.FillAfter(3'000);
  EXPECT_EQ((*store)->Compact().error().code, Code::kStorageFailed);
  disk_.FreeSpace();
  EXPECT_EQ(*Everything(**store), After(30));
  EXPECT_TRUE((*store)->Compact());
}

}  // namespace
}  // namespace kith
