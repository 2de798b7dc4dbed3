// What the tests of LevelDbStore share: a series of batches, and what a store holds after so many of them.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "client/adapters/leveldb_store.h"
#include "tests/support/fault_env.h"

namespace kith {

using Missing = LevelDbOptions::Missing;
using Model = std::map<std::string, std::string>;

inline constexpr char kFolder[] = "/vault/store";
// The smallest that LevelDB takes, so that short tests flush and compact.
inline constexpr LevelDbOptions kSmall{.missing = Missing::kCreate, .write_buffer = 64 * 1024};

// The nth of a series of batches: puts of new and old keys, and deletions.
inline StoreBatch BatchNumber(uint32_t number) {
  std::minstd_rand random(number + 1);
  StoreBatch batch;
  for (int i = 0; i < 4; ++i) {
    const std::string key = "key " + std::to_string(random() % 40);
    if (random() % 5 == 0) {
      batch.Delete(ToBytes(key));
    } else {
      batch.Put(ToBytes(key), ToBytes(std::string(random() % 3000, static_cast<char>('a' + random() % 26))));
    }
  }
  batch.Put(ToBytes("last"), ToBytes(std::to_string(number)));
  return batch;
}

inline void ApplyTo(Model& model, const StoreBatch& batch) {
  for (const StoreBatch::Change& change : batch.changes()) {
    if (change.value) {
      model[ToString(change.key)] = ToString(*change.value);
    } else {
      model.erase(ToString(change.key));
    }
  }
}

inline Result<Model> Everything(Store& store, Store::Order order = Store::Order::kAscending) {
  Model found;
  KITH_TRY(store.Scan(AsBytes(""), AsBytes("\xff"), order, [&](ByteView key, ByteView value) {
    found[ToString(key)] = ToString(value);
    return true;
  }));
  return found;
}

inline Code CodeOf(const Result<std::unique_ptr<LevelDbStore>>& opened) {
  return opened ? Code::kInternal : opened.error().code;
}

inline StoreBatch Put(std::string_view key, std::string_view value) {
  StoreBatch batch;
  batch.Put(ToBytes(key), ToBytes(value));
  return batch;
}

class LevelDbStoreTest : public testing::Test {
 protected:
  Result<std::unique_ptr<LevelDbStore>> Open(FaultEnv& disk, const LevelDbOptions& options = kSmall) {
    return LevelDbStore::OpenOn(disk, kFolder, key_, options);
  }

  const VaultKey key_ = VaultKey::Generate();
  FaultEnv disk_;
};

inline Model After(uint32_t batches) {
  Model model;
  for (uint32_t number = 0; number < batches; ++number) ApplyTo(model, BatchNumber(number));
  return model;
}

}  // namespace kith
