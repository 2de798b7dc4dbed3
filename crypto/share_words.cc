// Shares as words, and their checksum: a Reed-Solomon code over GF(1024).
#include <algorithm>
#include <array>

#include "crypto/shares.h"
#include "crypto/words.h"

namespace kith {
namespace {

constexpr std::array<std::string_view, 1024> kWords = {
#include "slip39_english.inc"  // made at build time from slip39_english.txt
};
constexpr unsigned kBitsOfWord = 10;
constexpr unsigned kWordMask = 1023;
constexpr size_t kHeaderWords = 4;
constexpr size_t kChecksumWords = 3;
constexpr size_t kMostWords = 33;

using Numbers = std::vector<uint16_t>;

constexpr size_t ValueWords(size_t bytes) { return (bytes * 8 + kBitsOfWord - 1) / kBitsOfWord; }
constexpr size_t WordsOf(size_t bytes) { return kHeaderWords + ValueWords(bytes) + kChecksumWords; }
static_assert(WordsOf(16) == 20 && WordsOf(32) == kMostWords);

// How long the value of a share of so many words is; 0: no share has so many.
size_t BytesIn(size_t words) {
  for (size_t bytes = 16; bytes <= 32; bytes += 2) {
    if (WordsOf(bytes) == words) return bytes;
  }
  return 0;
}

class Rs1024 {
 public:
  // The text keeps shares of one kind from being read as another's.
  explicit Rs1024(bool extendable) {
    for (const char c : std::string_view(extendable ? "shamir_extendable" : "shamir")) Add(static_cast<uint8_t>(c));
  }
  void Add(std::span<const uint16_t> numbers) {
    for (const uint16_t number : numbers) Add(number);
  }
  void Add(uint32_t value) {
    static constexpr std::array<uint32_t, 10> kGenerator = {0xe0e040,   0x1c1c080,  0x3838100,  0x7070200,  0xe0e0009,
                                                            0x1c0c2412, 0x38086c24, 0x3090fc48, 0x21b1f890, 0x3f3f120};
    const uint32_t top = sum_ >> 20;
    sum_ = (sum_ & 0xfffff) << kBitsOfWord ^ value;
    for (size_t i = 0; i < kGenerator.size(); ++i) sum_ ^= kGenerator[i] & (0U - (top >> i & 1U));
  }
  uint32_t sum() const { return sum_; }

 private:
  uint32_t sum_ = 1;
};

void AppendHeader(const Share& share, Numbers& out) {
  const ShareSet& set = share.set;
  KITH_CHECK(set.id < 1U << 15 && set.exponent < 16 && share.group < 16 && share.member < 16);
  KITH_CHECK(set.group_threshold >= 1 && set.group_threshold <= set.groups && set.groups <= 16);
  KITH_CHECK(share.member_threshold >= 1 && share.member_threshold <= 16);
  const uint32_t common = static_cast<uint32_t>(set.id) << 5 | (set.extendable ? 16U : 0U) | set.exponent;
  uint32_t place = 0;
  for (const int field :
       {share.group + 0, set.group_threshold - 1, set.groups - 1, share.member + 0, share.member_threshold - 1}) {
    place = place << 4 | static_cast<uint32_t>(field);
  }
  for (const uint32_t twenty : {common, place}) {
    out.push_back(static_cast<uint16_t>(twenty >> kBitsOfWord));
    out.push_back(static_cast<uint16_t>(twenty & kWordMask));
  }
}

// The value as one big-endian number, with zeros before it.
void AppendValue(ByteView value, Numbers& out) {
  uint32_t bits = 0;
  size_t count = ValueWords(value.size()) * kBitsOfWord - value.size() * 8;
  for (const uint8_t byte : value) {
    bits = bits << 8 | byte;
    count += 8;
    if (count < kBitsOfWord) continue;
    count -= kBitsOfWord;
    out.push_back(static_cast<uint16_t>(bits >> count & kWordMask));
  }
}

struct Header {
  ShareSet set;
  uint8_t group;
  uint8_t member;
  uint8_t member_threshold;
};

Header ReadHeader(std::span<const uint16_t> numbers) {
  const uint32_t common = static_cast<uint32_t>(numbers[0]) << kBitsOfWord | numbers[1];
  const uint32_t place = static_cast<uint32_t>(numbers[2]) << kBitsOfWord | numbers[3];
  const auto field = [&](int shift) { return static_cast<uint8_t>(place >> shift & 15U); };
  const auto number = [&](int shift) { return static_cast<uint8_t>(field(shift) + 1); };
  return {.set = {.id = static_cast<uint16_t>(common >> 5),
                  .extendable = (common & 16U) != 0,
                  .exponent = static_cast<uint8_t>(common & 15U),
                  .group_threshold = number(12),
                  .groups = number(8)},
          .group = field(16),
          .member = field(4),
          .member_threshold = number(0)};
}

// The bits before the value, which must be zeros; the value goes to `out`.
uint32_t ReadValue(std::span<const uint16_t> numbers, std::span<uint8_t> out) {
  size_t padding = numbers.size() * kBitsOfWord - out.size() * 8;
  const uint32_t before = numbers[0] >> (kBitsOfWord - padding);
  uint32_t bits = 0;
  size_t count = 0;
  size_t at = 0;
  for (const uint16_t number : numbers) {
    bits = bits << kBitsOfWord | number;
    count += kBitsOfWord - padding;
    for (padding = 0; count >= 8; count -= 8) out[at++] = static_cast<uint8_t>(bits >> (count - 8));
  }
  return before;
}

Result<Share> ShareOf(std::span<const uint16_t> numbers) {
  const size_t bytes = BytesIn(numbers.size());
  if (bytes == 0) {
    return Fail(Code::kWordCount, "A share of 256 bits has 33 words. Type all of them, in the order they were shown.");
  }
  const Header header = ReadHeader(numbers);
  Rs1024 checksum(header.set.extendable);
  checksum.Add(numbers);
  if (checksum.sum() != 1) {
    return Fail(
        Code::kWordChecksum,
        "These words are not a share: one is wrong, or two are swapped. Compare each with what was written down.");
  }
  ShareSecret value = ShareSecret::Zeros(bytes);
  if (ReadValue(numbers.subspan(kHeaderWords, ValueWords(bytes)), value.Mutable()) != 0) {
    return Fail(Code::kMalformed,
                "This share was not made by the rules of SLIP-39. Ask for one that another program made.");
  }
  if (header.set.group_threshold > header.set.groups) {
    return Fail(Code::kShareThreshold, "This share asks for more groups than there are. Ask for another one.");
  }
  return Share{.set = header.set,
               .group = header.group,
               .member = header.member,
               .member_threshold = header.member_threshold,
               .value = std::move(value)};
}

}  // namespace

std::string_view ShareWordAt(size_t index) {
  KITH_CHECK(index < kWords.size());
  return kWords[index];
}

std::string FormatShare(const Share& share) {
  Numbers numbers;
  numbers.reserve(kMostWords);  // never moved, so that no copy stays behind
  AppendHeader(share, numbers);
  AppendValue(share.value.Reveal(), numbers);
  Rs1024 checksum(share.set.extendable);
  checksum.Add(numbers);
  for (size_t i = 0; i < kChecksumWords; ++i) checksum.Add(0U);
  const uint32_t sum = checksum.sum() ^ 1;
  for (const unsigned shift : {20U, 10U, 0U}) numbers.push_back(static_cast<uint16_t>(sum >> shift & kWordMask));
  std::string words;
  words.reserve(numbers.size() * (kLongestWord + 1));
  for (const uint16_t number : numbers) {
    if (!words.empty()) words += ' ';
    words += kWords[number];
  }
  Wipe(numbers);
  return words;
}

Result<Share> ParseShare(std::string_view words) {
  KITH_TRY_ASSIGN(Numbers numbers, ReadWords(kWords, words, kMostWords));
  Result<Share> share = ShareOf(numbers);
  Wipe(numbers);
  return share;
}

}  // namespace kith
