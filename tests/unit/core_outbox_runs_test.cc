// Operations that are written at once wait as runs, encoded once: they must be read, dropped and sealed as if each
// waited by itself.
#include <gtest/gtest.h>

#include "client/wire/ops.h"
#include "crypto/base/limits.h"
#include "tests/unit/core_testing.h"

namespace kith {
namespace {

class CoreOutboxRuns : public testing::Test {
 protected:
  void SetUp() override {
    Found(device_);
    device_.Seal();  // what a person begins with
  }

  static std::vector<Bytes> SomeOps(size_t count, size_t size = 40) {
    std::vector<Bytes> ops;
    for (size_t i = 0; i < count; ++i) {
      const std::string label = std::to_string(i) + std::string(size, 'x');
      ops.push_back(EncodeOp(DeviceLabelOp{.hlc = i + 1, .device = {}, .label = label}));
    }
    return ops;
  }
  // Written at once; gives the place of each.
  std::vector<storage::Place> Add(const std::vector<Bytes>& ops) {
    Transaction tx(device_.store);
    const storage::Place first = Outbox(device_.state()).Add(tx, device_.self(), ops);
    EXPECT_TRUE(device_.state().Commit(tx));
    std::vector<storage::Place> places(ops.size(), first);
    for (size_t i = 0; i < places.size(); ++i) places[i].number += i;
    return places;
  }
  Bytes Read(const storage::Place& place) {
    const Transaction tx(device_.store);
    const auto op = device_.state().ReadOp(tx, place);
    return op ? *op : Bytes();
  }
  std::vector<Bytes> ReadAll(const std::vector<storage::Place>& places) {
    std::vector<Bytes> ops;
    for (const storage::Place& place : places) ops.push_back(Read(place));
    return ops;
  }
  size_t WaitingKeys() const {
    return static_cast<size_t>(std::ranges::count_if(device_.store.contents(), [](const auto& item) {
      return item.first.front() == static_cast<uint8_t>(storage::Prefix::kOutbox);
    }));
  }
  std::vector<Bytes> SealAll() {
    std::vector<Bytes> ops;
    for (const SignedRecord& record : device_.Seal()) {
      for (Bytes& op : device_.Open(record).ops) ops.push_back(std::move(op));
    }
    return ops;
  }

  Device device_;
};

TEST_F(CoreOutboxRuns, EachOperationIsReadAtItsPlaceBeforeAndAfterSealing) {
  const std::vector<Bytes> ops = SomeOps(200);
  const auto places = Add(ops);
  EXPECT_EQ(WaitingKeys(), 1u);
  EXPECT_EQ(device_.self().outbox_waiting, 200u);
  EXPECT_EQ(ReadAll(places), ops);
  device_.Reopen();
  EXPECT_EQ(device_.self().outbox_waiting, 200u);
  EXPECT_EQ(ReadAll(places), ops);
  EXPECT_EQ(SealAll(), ops);
  EXPECT_EQ(ReadAll(places), ops);
  EXPECT_EQ(device_.self().outbox_waiting, 0u);
}

TEST_F(CoreOutboxRuns, ARunHoldsAPackAndNoMore) {
  const std::vector<Bytes> ops = SomeOps(200, 2'000);
  Add(ops);
  EXPECT_EQ(WaitingKeys(), 7u);  // 30 operations of a little more than 2,000 bytes fill 60 KiB
  const auto records = device_.Seal();
  EXPECT_EQ(records.size(), 7u);
  for (const SignedRecord& record : records) {
    size_t bytes = 0;
    for (const Bytes& op : device_.Open(record).ops) bytes += op.size();
    EXPECT_LE(bytes, limits::kPackOps);
  }
}

TEST_F(CoreOutboxRuns, SmallRunsGoIntoOnePack) {
  const std::vector<Bytes> first = SomeOps(3);
  const std::vector<Bytes> second = SomeOps(2, 60);
  const auto places = Add(first);
  const auto more = Add(second);
  const auto records = device_.Seal();
  ASSERT_EQ(records.size(), 1u);
  std::vector<Bytes> both = first;
  both.insert(both.end(), second.begin(), second.end());
  EXPECT_EQ(device_.Open(records[0]).ops, both);
  EXPECT_EQ(ReadAll(places), first);
  EXPECT_EQ(ReadAll(more), second);
}

TEST_F(CoreOutboxRuns, OneOfARunIsDroppedAndTheOthersStayUnderTheirNumbers) {
  std::vector<Bytes> ops = SomeOps(5);
  const auto places = Add(ops);
  Transaction tx(device_.store);
  Outbox outbox(device_.state());
  ASSERT_TRUE(outbox.Drop(tx, device_.self(), places[0]));
  ASSERT_TRUE(outbox.Drop(tx, device_.self(), places[2]));  // of a run that this transaction has taken apart
  ASSERT_TRUE(outbox.Drop(tx, device_.self(), places[2]));
  ASSERT_TRUE(device_.state().Commit(tx));
  EXPECT_EQ(device_.self().outbox_waiting, 3u);
  EXPECT_EQ(Read(places[0]), Bytes());
  EXPECT_EQ(Read(places[2]), Bytes());
  for (const size_t i : {1u, 3u, 4u}) EXPECT_EQ(Read(places[i]), ops[i]);
  device_.Reopen();
  EXPECT_EQ(device_.self().outbox_waiting, 3u);
  EXPECT_EQ(SealAll(), (std::vector{ops[1], ops[3], ops[4]}));
}

TEST_F(CoreOutboxRuns, ADamagedRunIsNamedSo) {
  const auto places = Add(SomeOps(3));
  StoreBatch batch;
  batch.Put(storage::OutboxKey(places[0].owner, places[0].number), Bytes{0, 0, 0, 0, 0, 1, 0});
  ASSERT_TRUE(device_.store.Write(batch));
  const Transaction tx(device_.store);
  EXPECT_EQ(device_.state().ReadOp(tx, places[0]).error().code, Code::kVaultDamaged);
  EXPECT_EQ(State::Load(device_.store, device_.clock).error().code, Code::kVaultDamaged);
}

}  // namespace
}  // namespace kith
