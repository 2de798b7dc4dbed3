#include "crypto/verify/secret.h"

#include <sodium.h>

#include "crypto/base/check.h"

namespace kith {

void GuardedFree::operator()(uint8_t* bytes) const { sodium_free(bytes); }

GuardedBytes GuardedAllocate(size_t size) {
  GuardedBytes bytes(static_cast<uint8_t*>(sodium_malloc(size)));
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
    const GuardedBytes probe = GuardedAllocate(32);
    if (sodium_mlock(probe.get(), 32) != 0) return false;
    sodium_munlock(probe.get(), 32);
    return true;
  }();
  return works;
}

}  // namespace kith
