// What sealing costs: the vault's store beside plain LevelDB with the same settings, on the same disk, in turns.
// ./bench_store [folder]
#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <random>

#include "client/adapters/leveldb_store.h"
#include "crypto/base/check.h"
#include "crypto/verify/hash.h"

namespace kith {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// The settings of LevelDbStore, without the sealing.
class PlainStore {
 public:
  explicit PlainStore(const std::string& folder)
      : cache_(leveldb::NewLRUCache(LevelDbOptions{}.block_cache)), filter_(leveldb::NewBloomFilterPolicy(10)) {
    leveldb::Options options;
    options.create_if_missing = true;
    options.paranoid_checks = true;
    options.write_buffer_size = LevelDbOptions{}.write_buffer;
    options.compression = leveldb::kNoCompression;
    options.block_cache = cache_.get();
    options.filter_policy = filter_.get();
    leveldb::DB* db = nullptr;
    KITH_CHECK(leveldb::DB::Open(options, folder, &db).ok());
    db_.reset(db);
  }
  void Write(const StoreBatch& batch) {
    leveldb::WriteBatch changes;
    for (const auto& change : batch.changes()) changes.Put(std::string(AsText(change.key)), AsSlice(*change.value));
    leveldb::WriteOptions durable;
    durable.sync = true;
    KITH_CHECK(db_->Write(durable, &changes).ok());
  }
  void Get(ByteView key) {
    std::string value;
    KITH_CHECK(db_->Get({}, AsSlice(key), &value).ok());
  }
  size_t ScanAll() {
    const std::unique_ptr<leveldb::Iterator> at(db_->NewIterator({}));
    size_t count = 0;
    for (at->SeekToFirst(); at->Valid(); at->Next()) ++count;
    return count;
  }

 private:
  static leveldb::Slice AsSlice(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  const std::unique_ptr<leveldb::Cache> cache_;
  const std::unique_ptr<const leveldb::FilterPolicy> filter_;
  std::unique_ptr<leveldb::DB> db_;
};

double Micros(const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

Bytes Key(uint32_t number) {
  Writer key;
  key.Raw(AsBytes("entry ")).U32(number);
  return key.Take();
}

void Row(const char* what, double sealed, double plain) {
  std::printf("%-44s %10.1f us %10.1f us %6.2f\n", what, sealed, plain, sealed / plain);
}

uint64_t BytesIn(const fs::path& folder) {
  uint64_t total = 0;
  for (const auto& entry : fs::directory_iterator(folder)) total += entry.file_size();
  return total;
}

// `batches` of `values` random values of `size` bytes into both, in turns; then reads them back.
void Compare(const fs::path& folder, const char* name, uint32_t batches, uint32_t values, size_t size) {
  const std::string sealed_folder = folder / (std::string("sealed ") + name);
  const std::string plain_folder = folder / (std::string("plain ") + name);
  auto opened = LevelDbStore::Open(sealed_folder, VaultKey::Generate(), {.missing = LevelDbOptions::Missing::kCreate});
  KITH_CHECK(opened.has_value());
  LevelDbStore& sealed = **opened;
  PlainStore plain(plain_folder);
  double sealed_time = 0;
  double plain_time = 0;
  for (uint32_t number = 0; number < batches; ++number) {
    StoreBatch batch;
    for (uint32_t i = 0; i < values; ++i) {
      Bytes value(size);
      RandomFill(value);
      batch.Put(Key(number * values + i), std::move(value));
    }
    sealed_time += Micros([&] { KITH_CHECK(sealed.Write(batch).has_value()); });
    plain_time += Micros([&] { plain.Write(batch); });
  }
  std::printf("%s: %u values of %zu bytes\n", name, batches * values, size);
  Row("  synced batch", sealed_time / batches, plain_time / batches);
  constexpr int kGets = 20'000;
  const auto each_key = [&](const auto& get) {
    std::minstd_rand random(1);
    for (int i = 0; i < kGets; ++i) get(Key(static_cast<uint32_t>(random() % (batches * values))));
  };
  const double sealed_get =
      Micros([&] { each_key([&](const Bytes& key) { KITH_CHECK(sealed.Get(key)->has_value()); }); });
  const double plain_get = Micros([&] { each_key([&](const Bytes& key) { plain.Get(key); }); });
  Row("  random get", sealed_get / kGets, plain_get / kGets);
  size_t seen = 0;
  const double sealed_scan = Micros([&] {
    KITH_CHECK(
        sealed.Scan({}, AsBytes("\xff"), Store::Order::kAscending, [&](ByteView, ByteView) { return ++seen > 0; })
            .has_value());
  });
  const double plain_scan = Micros([&] { KITH_CHECK(plain.ScanAll() == seen); });
  Row("  scan, each value", sealed_scan / static_cast<double>(seen), plain_scan / static_cast<double>(seen));
  const double text = static_cast<double>(seen) * static_cast<double>(size);
  std::printf("%-44s %10.3f    %10.3f\n", "  bytes on disk to bytes of values",
              static_cast<double>(BytesIn(sealed_folder)) / text, static_cast<double>(BytesIn(plain_folder)) / text);
}

int Main(int argc, char** argv) {
  InitCrypto();
  const fs::path folder = fs::path(argc > 1 ? argv[1] : ".") / ("bench_store_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  std::printf("%-44s %13s %13s %6s\n", "", "sealed", "plain", "ratio");
  Compare(folder, "packs", 1'500, 1, 61'440);
  Compare(folder, "entries", 800, 64, 1'024);
  Compare(folder, "single writes", 500, 1, 1'024);
  struct rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  std::printf("peak resident, both together: %ld MiB\n", usage.ru_maxrss / 1024);
  fs::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace kith

int main(int argc, char** argv) { return kith::Main(argc, argv); }
