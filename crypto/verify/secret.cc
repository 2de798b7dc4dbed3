#include "crypto/verify/secret.h"

#include <sodium.h>

#include <bit>
#include <functional>
#include <map>
#include <set>

#include "crypto/base/check.h"
#include "crypto/base/mutex.h"

namespace kith {

namespace {

// Keys of 32 bytes, many to one guarded allocation: each of those costs the process three memory maps, of which a
// system gives it some 65,000, and a journal may know tens of thousands of keys. A key that is freed is wiped at once;
// an allocation whose keys are all gone is freed. Thread-safe.
class KeyShelf {
 public:
  static constexpr size_t kKey = 32;

  uint8_t* Take() KITH_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    if (open_.empty()) {
      auto* bytes = static_cast<uint8_t*>(sodium_malloc(kKeys * kKey));
      KITH_CHECK(bytes != nullptr);
      shelves_.emplace(bytes, ~uint64_t{0});
      open_.insert(bytes);
    }
    uint8_t* shelf = *open_.begin();
    uint64_t& free = shelves_.at(shelf);
    const int slot = std::countr_zero(free);
    free &= free - 1;
    if (free == 0) open_.erase(shelf);
    return shelf + (static_cast<size_t>(slot) * kKey);
  }

  // False where these bytes are none of its own.
  bool Give(uint8_t* key) KITH_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    auto found = shelves_.upper_bound(key);
    if (found == shelves_.begin() || std::less<>()((--found)->first + (kKeys * kKey - 1), key)) return false;
    sodium_memzero(key, kKey);
    auto& [shelf, free] = *found;
    free |= uint64_t{1} << (static_cast<size_t>(key - shelf) / kKey);
    open_.insert(shelf);
    if (free != ~uint64_t{0}) return true;
    open_.erase(shelf);
    sodium_free(shelf);
    shelves_.erase(found);
    return true;
  }

 private:
  static constexpr size_t kKeys = 64;

  Mutex mutex_;
  std::map<uint8_t*, uint64_t, std::less<>> shelves_ KITH_GUARDED_BY(mutex_);  // which of its places are free
  std::set<uint8_t*, std::less<>> open_ KITH_GUARDED_BY(mutex_);               // those that have any
};

// Never destroyed: keys may outlive whatever else ends with the program.
KeyShelf& Shelf() {
  static KeyShelf& shelf = *new KeyShelf;
  return shelf;
}

}  // namespace

void GuardedFree::operator()(uint8_t* bytes) const {
  if (bytes != nullptr && !Shelf().Give(bytes)) sodium_free(bytes);
}

GuardedBytes GuardedAllocate(size_t size) {
  GuardedBytes bytes(size == KeyShelf::kKey ? Shelf().Take() : static_cast<uint8_t*>(sodium_malloc(size)));
  KITH_CHECK(bytes != nullptr);
  return bytes;
}

GuardedBytes GuardedRandom(size_t size) {
  GuardedBytes bytes = GuardedAllocate(size);
  randombytes_buf(bytes.get(), size);
  return bytes;
}

GuardedBytes GuardedCopy(ByteView bytes, size_t size) {
  KITH_CHECK(bytes.size() == size);
  GuardedBytes copy = GuardedAllocate(size);
  std::memcpy(copy.get(), bytes.data(), size);
  return copy;
}

void Wipe(std::span<uint8_t> bytes) {
  if (!bytes.empty()) sodium_memzero(bytes.data(), bytes.size());
}

void Wipe(std::string& text) {
  text.resize(text.capacity());  // what a shorter text left behind goes too
  sodium_memzero(text.data(), text.size());
  text.clear();
}

bool MemoryLockWorks() {
  // sodium_malloc ignores a refused mlock, so ask once in so many words.
  static const bool works = [] {
    constexpr size_t kProbe = 64;  // not a key's size: unlocking takes the whole page
    const GuardedBytes probe = GuardedAllocate(kProbe);
    if (sodium_mlock(probe.get(), kProbe) != 0) return false;
    sodium_munlock(probe.get(), kProbe);
    return true;
  }();
  return works;
}

}  // namespace kith
