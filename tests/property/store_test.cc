// The store against std::map, through any mixture of operations, reopenings, compactions and power cuts.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

#include "client/adapters/leveldb_store.h"
#include "crypto/verify/hash.h"
#include "tests/support/fault_env.h"
#include "tests/support/mem_store.h"

namespace kith {
namespace {

using Missing = LevelDbOptions::Missing;
using Pairs = std::vector<std::pair<Bytes, Bytes>>;

enum class Act { kWrite, kGet, kScan, kReopen, kPowerCut, kCompact };

// Few keys, so that operations meet; some that end in the bytes at which ranges turn.
rc::Gen<Bytes> AnyKey() {
  return rc::gen::resize(3, rc::gen::container<Bytes>(rc::gen::element<uint8_t>(0, 1, 'a', 'b', 0xfe, 0xff)));
}

rc::Gen<StoreBatch> AnyBatch() {
  const auto change = rc::gen::tuple(AnyKey(), rc::gen::inRange(0, 6000), rc::gen::arbitrary<uint8_t>());
  return rc::gen::map(rc::gen::resize(8, rc::gen::container<std::vector<std::tuple<Bytes, int, uint8_t>>>(change)),
                      [](const auto& changes) {
                        StoreBatch batch;
                        for (const auto& [key, size, fill] : changes) {
                          if (fill % 4 == 0) {
                            batch.Delete(key);
                          } else {
                            batch.Put(key, Bytes(static_cast<size_t>(size), fill));
                          }
                        }
                        return batch;
                      });
}

Pairs Scanned(Store& store, const Bytes& from, const Bytes& to, Store::Order order, size_t most) {
  Pairs found;
  const Result<> result = store.Scan(from, to, order, [&](ByteView key, ByteView value) {
    found.emplace_back(Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end()));
    return found.size() < most;
  });
  RC_ASSERT(result.has_value());
  return found;
}

// Both stores side by side; every answer of one is the answer of the other.
class Twins {
 public:
  Twins() { Open(); }

  void Step(Act act) {
    switch (act) {
      case Act::kWrite:
        return Write();
      case Act::kGet:
        return Get();
      case Act::kScan:
        return Scan();
      case Act::kReopen:
        return Open();
      case Act::kPowerCut:
        return PowerCut();
      case Act::kCompact:
        RC_ASSERT(store_->Compact().has_value());
        return;
    }
  }

 private:
  void Open() {
    store_.reset();
    auto opened = LevelDbStore::OpenOn(disk_, "/store", key_, {.missing = Missing::kCreate, .write_buffer = 64 * 1024});
    RC_ASSERT(opened.has_value());
    store_ = *std::move(opened);
  }
  void Write() {
    const StoreBatch batch = *AnyBatch();
    RC_ASSERT(store_->Write(batch).has_value());
    RC_ASSERT(model_.Write(batch).has_value());
  }
  void Get() {
    const Bytes key = *AnyKey();
    const auto found = store_->Get(key);
    RC_ASSERT(found.has_value());
    RC_ASSERT(*found == *model_.Get(key));
  }
  void Scan() {
    const Bytes from = *AnyKey();
    const Bytes to = *AnyKey();
    const auto order = *rc::gen::element(Store::Order::kAscending, Store::Order::kDescending);
    const auto most = static_cast<size_t>(*rc::gen::inRange(1, 30));
    RC_ASSERT(Scanned(*store_, from, to, order, most) == Scanned(model_, from, to, order, most));
  }
  void PowerCut() {
    disk_.CutPowerAt(1);
    store_.reset();
    disk_.RestorePower(*rc::gen::arbitrary<uint32_t>());
    Open();
  }

  FaultEnv disk_;
  const VaultKey key_ = VaultKey::Generate();
  std::unique_ptr<LevelDbStore> store_;
  MemStore model_;
};

TEST(StoreProperty, BehavesLikeAMap) {
  InitCrypto();
  EXPECT_TRUE(rc::check("the store behaves like a map", [] {
    Twins twins;
    const auto acts = *rc::gen::container<std::vector<Act>>(rc::gen::weightedElement<Act>({{12, Act::kWrite},
                                                                                           {6, Act::kGet},
                                                                                           {6, Act::kScan},
                                                                                           {2, Act::kReopen},
                                                                                           {2, Act::kPowerCut},
                                                                                           {1, Act::kCompact}}));
    for (const Act act : acts) twins.Step(act);
  }));
}

}  // namespace
}  // namespace kith
