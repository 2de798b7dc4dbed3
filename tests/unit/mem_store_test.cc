#include "tests/support/mem_store.h"

#include <gtest/gtest.h>

namespace kith {
namespace {

StoreBatch Put(std::string_view key, std::string_view value) {
  StoreBatch batch;
  batch.Put(ToBytes(key), ToBytes(value));
  return batch;
}

std::string Keys(Store& store, std::string_view from, std::string_view to, Store::Order order) {
  std::string keys;
  const Result<> scanned = store.Scan(AsBytes(from), AsBytes(to), order, [&](ByteView key, ByteView) {
    keys += ToString(key);
    return true;
  });
  EXPECT_TRUE(scanned);
  return keys;
}

bool Has(Store& store, std::string_view key) {
  const auto value = store.Get(AsBytes(key));
  return value && value->has_value();
}

TEST(MemStoreTest, KeepsOrderBothWays) {
  MemStore store;
  for (const char* key : {"c", "a", "d", "b"}) ASSERT_TRUE(store.Write(Put(key, "x")));
  EXPECT_EQ(Keys(store, "b", "d", Store::Order::kAscending), "bc");
  EXPECT_EQ(Keys(store, "b", "d", Store::Order::kDescending), "cb");
  EXPECT_EQ(Keys(store, "a", "z", Store::Order::kDescending), "dcba");
  EXPECT_EQ(Keys(store, "d", "a", Store::Order::kAscending), "");
  EXPECT_EQ(Keys(store, "x", "z", Store::Order::kDescending), "");
}

TEST(MemStoreTest, AFailedWriteLeavesNothing) {
  MemStore store;
  store.FailWrite(2);
  ASSERT_TRUE(store.Write(Put("a", "1")));
  const Result<> failed = store.Write(Put("b", "2"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kStorageFailed);
  EXPECT_FALSE(Has(store, "b"));
  EXPECT_TRUE(store.Write(Put("c", "3")));
  EXPECT_EQ(store.writes(), 2u);
}

TEST(MemStoreTest, ACrashKeepsWhatWasAcknowledged) {
  for (const auto interrupted : {MemStore::Interrupted::kLost, MemStore::Interrupted::kKept}) {
    MemStore store;
    ASSERT_TRUE(store.Write(Put("a", "1")));
    store.CrashAtWrite(1, interrupted);
    EXPECT_FALSE(store.Write(Put("b", "2")));
    EXPECT_TRUE(store.down());
    EXPECT_FALSE(store.Get(AsBytes("a")));
    store.Restart();
    EXPECT_TRUE(Has(store, "a"));
    EXPECT_EQ(Has(store, "b"), interrupted == MemStore::Interrupted::kKept);
  }
}

TEST(MemStoreTest, ACopyIsABackup) {
  MemStore store;
  ASSERT_TRUE(store.Write(Put("a", "1")));
  MemStore backup = store;
  ASSERT_TRUE(store.Write(Put("a", "2")));
  EXPECT_EQ(backup.Get(AsBytes("a"))->value(), ToBytes("1"));
}

}  // namespace
}  // namespace kith
