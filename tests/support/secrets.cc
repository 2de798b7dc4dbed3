#include "tests/support/secrets.h"

#include <algorithm>
#include <cstring>

#include "crypto/base/check.h"

namespace kith {
namespace {

uint64_t HeadOf(const uint8_t* bytes) {
  uint64_t head = 0;
  std::memcpy(&head, bytes, sizeof(head));
  return head;
}

}  // namespace

void Secrets::Add(ByteView id, const std::string& what) {
  KITH_CHECK(id.size() >= sizeof(uint64_t));
  by_head_[HeadOf(id.data())].push_back({Bytes(id.begin(), id.end()), what});
}

std::set<std::string> Secrets::FindIn(ByteView bytes) const {
  std::set<std::string> out;
  for (size_t at = 0; at + sizeof(uint64_t) <= bytes.size(); ++at) {
    const auto found = by_head_.find(HeadOf(bytes.data() + at));
    if (found == by_head_.end()) continue;
    for (const One& one : found->second) {
      const ByteView rest = bytes.subspan(at);
      if (rest.size() >= one.id.size() && std::equal(one.id.begin(), one.id.end(), rest.begin())) out.insert(one.what);
    }
  }
  return out;
}

std::set<std::string> SaidAfter(ByteView bytes, const std::string& phrase) {
  std::set<std::string> said;
  const ByteView needle = AsBytes(phrase);
  constexpr size_t kLongest = 40;
  for (auto at = std::search(bytes.begin(), bytes.end(), needle.begin(), needle.end()); at != bytes.end();
       at = std::search(at + 1, bytes.end(), needle.begin(), needle.end())) {
    std::string token;
    for (auto c = at + static_cast<ptrdiff_t>(needle.size()); c != bytes.end() && token.size() < kLongest; ++c) {
      token += static_cast<char>(*c);
      if (*c == ';') break;
    }
    said.insert(token);
  }
  return said;
}

}  // namespace kith
