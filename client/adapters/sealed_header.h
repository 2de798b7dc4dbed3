// The first bytes of every sealed file. Layout: DESIGN.md beside this file.
#pragma once

#include <algorithm>
#include <optional>

#include "crypto/base/bytes.h"
#include "crypto/page.h"

namespace kith::sealed {

enum class Kind : uint8_t {
  kFrames = 1,  // append-only: logs, MANIFEST, CURRENT
  kPages = 2,   // tables
};

inline constexpr size_t kHeaderSize = 40;
static_assert(kHeaderSize == 6 + 1 + 1 + kFileSalt);

struct Header {
  Kind kind;
  std::array<uint8_t, kFileSalt> salt;
};

Bytes WriteHeader(const Header& header);
// nullopt unless `bytes` begins with a header of this version.
std::optional<Header> ReadHeader(ByteView bytes);
// A header with a salt never used before.
Header NewHeader(Kind kind);

// What a page's flags say, so that no page passes for one of another sort.
inline constexpr uint8_t kFrameFlags = 0x01;
inline constexpr uint8_t kPageFlags = 0x02;
inline constexpr uint8_t kLastPageFlags = 0x82;

// Plaintext on its way to or from the disk: wiped when it shrinks, grows or goes.
class WipedBuffer {
 public:
  WipedBuffer() = default;
  WipedBuffer(const WipedBuffer&) = delete;
  WipedBuffer& operator=(const WipedBuffer&) = delete;
  ~WipedBuffer() { Wipe(bytes_); }

  void Append(ByteView more) {
    Reserve(bytes_.size() + more.size());
    bytes_.insert(bytes_.end(), more.begin(), more.end());
  }
  // `size` bytes to write to; what was there before is gone.
  uint8_t* Reset(size_t size) {
    Clear();
    Reserve(size);
    bytes_.resize(size);
    return bytes_.data();
  }
  void Clear() {
    Wipe(bytes_);
    bytes_.clear();
  }
  size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  ByteView view() const { return bytes_; }

 private:
  // A vector that grows by itself would leave its old bytes behind.
  void Reserve(size_t size) {
    if (size <= bytes_.capacity()) return;
    Bytes larger;
    larger.reserve(std::max(size, bytes_.capacity() * 2));
    larger.assign(bytes_.begin(), bytes_.end());
    bytes_.swap(larger);
    Wipe(larger);
  }

  Bytes bytes_;
};

}  // namespace kith::sealed
