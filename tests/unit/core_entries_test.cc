// The index of entries by itself: what it knows, and what it asks the store.
#include <gtest/gtest.h>

#include "client/core/entries.h"
#include "tests/support/mem_store.h"

namespace kith {
namespace {

// Counts what is asked of it.
class CountingStore final : public Store {
 public:
  Result<std::optional<Bytes>> Get(ByteView key) override {
    ++gets;
    return store_.Get(key);
  }
  Result<> Write(const StoreBatch& batch) override { return store_.Write(batch); }
  Result<> Scan(ByteView from, ByteView to, Order order, const Visit& visit) override {
    ++scans;
    return scan_fails ? Result<>(Fail(Code::kStorageFailed, "broken")) : store_.Scan(from, to, order, visit);
  }
  Result<> Compact() override { return store_.Compact(); }

  int gets = 0;
  int scans = 0;
  bool scan_fails = false;

 private:
  MemStore store_;
};

// A different id for each number, spread as random ones are.
EntryId Numbered(uint64_t number) {
  EntryId id;
  for (size_t i = 0; i < id.value.size(); ++i) {
    number = number * 6364136223846793005 + 1442695040888963407;
    id.value[i] = static_cast<uint8_t>(number >> 56);
  }
  return id;
}

EntryIndex Loaded(Store& store) {
  EntryIndex index(store, [](const Transaction&, const storage::EntryVersions::Item&) -> Result<Version> {
    return Fail(Code::kNotFound, "no words here");
  });
  EXPECT_TRUE(index.Load().has_value());
  return index;
}

void AddEntries(EntryIndex& index, Store& store, uint64_t from, uint64_t to) {
  Transaction tx(store);
  for (uint64_t number = from; number < to; ++number) {
    Version version;
    version.entry = Numbered(number);
    version.id.value[0] = 1;
    ASSERT_TRUE(index.Add(tx, version, {}).has_value());
  }
  tx.Put(storage::Key(storage::Prefix::kCounts), index.counts().Encode());
  ASSERT_TRUE(tx.Commit().has_value());
}

bool Known(EntryIndex& index, Store& store, uint64_t number) {
  const Transaction tx(store);
  const auto versions = index.Versions(tx, Numbered(number));
  EXPECT_TRUE(versions.has_value());
  return versions && versions->has_value();
}

TEST(EntryFilter, HoldsAllThatWasAddedAndLittleElse) {
  constexpr uint64_t kAdded = 100'000;
  EntryFilter filter;
  EXPECT_FALSE(filter.MayHold(Numbered(0)));
  for (uint64_t number = 0; number < kAdded; ++number) filter.Add(Numbered(number));
  int wrong = 0;
  for (uint64_t number = 0; number < kAdded; ++number) {
    ASSERT_TRUE(filter.MayHold(Numbered(number)));
    wrong += filter.MayHold(Numbered(kAdded + number)) ? 1 : 0;
  }
  EXPECT_LT(wrong, 100);
}

TEST(EntryIndex, AFreshOneTakesNewEntriesWithoutAskingTheStore) {
  CountingStore store;
  EntryIndex index = Loaded(store);
  store.gets = 0;
  AddEntries(index, store, 0, 1000);
  EXPECT_LE(store.gets, 5);  // one to begin with, and rarely one for an id that looks known
  EXPECT_EQ(store.scans, 1);
  for (uint64_t number = 0; number < 1000; ++number) ASSERT_TRUE(Known(index, store, number));
  EXPECT_EQ(index.counts().listed, 1000u);
}

TEST(EntryIndex, ReadsTheKnownIdsOnceManyNewEntriesArrive) {
  CountingStore store;
  {
    EntryIndex index = Loaded(store);
    AddEntries(index, store, 0, 1600);
  }
  EntryIndex index = Loaded(store);
  store.scans = 0;
  for (uint64_t number = 2000; number < 2100; ++number) ASSERT_FALSE(Known(index, store, number));
  EXPECT_EQ(store.scans, 0);  // a few new ones are cheaper asked for
  ASSERT_FALSE(Known(index, store, 2100));
  EXPECT_EQ(store.scans, 1);
  store.gets = 0;
  for (uint64_t number = 3000; number < 4000; ++number) ASSERT_FALSE(Known(index, store, number));
  EXPECT_LE(store.gets, 5);
  for (uint64_t number = 0; number < 1600; ++number) ASSERT_TRUE(Known(index, store, number));
}

// What is in a batch that is not written yet counts as known too.
TEST(EntryIndex, KnowsWhatWasAddedBeforeItReadTheIds) {
  CountingStore store;
  {
    EntryIndex index = Loaded(store);
    AddEntries(index, store, 0, 160);
  }
  EntryIndex index = Loaded(store);
  Transaction tx(store);
  Version version;
  version.entry = Numbered(500);
  store.scans = 0;
  ASSERT_TRUE(index.Add(tx, version, {}).has_value());
  for (uint64_t number = 1000; number < 1020; ++number) ASSERT_TRUE(index.Versions(tx, Numbered(number)).has_value());
  ASSERT_EQ(store.scans, 1);
  const auto versions = index.Versions(tx, Numbered(500));
  ASSERT_TRUE(versions.has_value());
  EXPECT_TRUE(versions->has_value());
}

TEST(EntryIndex, TakesNoIdForNewWhenReadingThemFailed) {
  CountingStore store;
  {
    EntryIndex index = Loaded(store);
    AddEntries(index, store, 0, 10);
  }
  EntryIndex index = Loaded(store);
  store.scan_fails = true;
  const Transaction tx(store);
  const auto refused = index.Versions(tx, Numbered(50));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kStorageFailed);
  EXPECT_TRUE(Known(index, store, 3));
}

}  // namespace
}  // namespace kith
