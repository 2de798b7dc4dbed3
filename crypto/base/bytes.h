// Bytes and how fixed layouts are written and read. All integers in Kith's
// layouts are big-endian. Values; no thread-safety concerns of their own.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kith {

using Bytes = std::vector<uint8_t>;
using ByteView = std::span<const uint8_t>;

inline ByteView AsBytes(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

inline std::string_view AsText(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

inline std::string ToString(ByteView bytes) { return std::string(AsText(bytes)); }
inline Bytes ToBytes(std::string_view text) {
  const ByteView view = AsBytes(text);
  return {view.begin(), view.end()};
}

// Appends fields of a fixed layout.
class Writer {
 public:
  Writer& U8(uint8_t value) {
    out_.push_back(value);
    return *this;
  }
  Writer& U16(uint16_t value) { return Integer(value, 2); }
  Writer& U32(uint32_t value) { return Integer(value, 4); }
  Writer& U64(uint64_t value) { return Integer(value, 8); }
  // As they are; the reader must know the length.
  Writer& Raw(ByteView bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  // A u32 length, then the bytes.
  Writer& Prefixed(ByteView bytes) {
    U32(static_cast<uint32_t>(bytes.size()));
    return Raw(bytes);
  }
  Writer& Prefixed(std::string_view text) { return Prefixed(AsBytes(text)); }

  const Bytes& bytes() const { return out_; }
  Bytes Take() { return std::move(out_); }

 private:
  Writer& Integer(uint64_t value, int width) {
    for (int i = width - 1; i >= 0; --i) out_.push_back(static_cast<uint8_t>(value >> (8 * i)));
    return *this;
  }

  Bytes out_;
};

// Reads fields of a fixed layout. After the first read past the end every
// read gives zeros or empty views, and ok() is false for good: check once, at
// the end, with Done().
class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}

  uint8_t U8() { return static_cast<uint8_t>(Integer(1)); }
  uint16_t U16() { return static_cast<uint16_t>(Integer(2)); }
  uint32_t U32() { return static_cast<uint32_t>(Integer(4)); }
  uint64_t U64() { return Integer(8); }
  ByteView Raw(size_t length) {
    if (!ok_ || rest_.size() < length) {
      ok_ = false;
      return {};
    }
    const ByteView head = rest_.first(length);
    rest_ = rest_.subspan(length);
    return head;
  }
  template <size_t N>
  std::array<uint8_t, N> Array() {
    std::array<uint8_t, N> value{};
    const ByteView raw = Raw(N);
    if (raw.size() == N) std::memcpy(value.data(), raw.data(), N);
    return value;
  }
  ByteView Prefixed() { return Raw(U32()); }

  bool ok() const { return ok_; }
  // Everything was there and nothing is left over.
  bool Done() const { return ok_ && rest_.empty(); }
  ByteView rest() const { return rest_; }

 private:
  uint64_t Integer(size_t width) {
    uint64_t value = 0;
    for (const uint8_t byte : Raw(width)) value = value << 8 | byte;
    return value;
  }

  ByteView rest_;
  bool ok_ = true;
};

}  // namespace kith
