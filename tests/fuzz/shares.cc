// Shares of a secret, as friends hand them over. The first byte chooses: one share as typed, a share of any fields, or
// a set of them.
#include "crypto/shares.h"

#include <algorithm>

#include "tests/fuzz/target.h"

namespace kith::fuzz {
namespace {

Outcome Typed(ByteView text) {
  const auto share = ParseShare(AsText(text));
  if (!share) return Outcome::kRefused;
  const auto again = ParseShare(FormatShare(*share));
  KITH_CHECK(again && again->set == share->set && again->group == share->group && again->member == share->member);
  KITH_CHECK(again->member_threshold == share->member_threshold);
  KITH_CHECK(std::ranges::equal(again->value.Reveal(), share->value.Reveal()));
  return Outcome::kAccepted;
}

// What fields a set may have. The exponent is 0: others only cost time.
ShareSet ReadSet(Reader& in) {
  const uint16_t id = in.U16();
  const auto groups = static_cast<uint8_t>(in.U8() % 16 + 1);
  return {.id = static_cast<uint16_t>(id >> 1),
          .extendable = id % 2 == 1,
          .exponent = 0,
          .group_threshold = static_cast<uint8_t>(in.U8() % groups + 1),
          .groups = groups};
}

Share ReadShare(const ShareSet& set, size_t size, Reader& in) {
  const uint8_t place = in.U8();
  const uint8_t threshold = in.U8();
  Bytes value(size);
  std::ranges::copy(in.Raw(std::min(size, in.rest().size())), value.begin());
  return {.set = set,
          .group = static_cast<uint8_t>(place >> 4),
          .member = static_cast<uint8_t>(place & 15),
          .member_threshold = static_cast<uint8_t>(threshold % 16 + 1),
          .value = ShareSecret::Copy(value)};
}

size_t SizeOf(uint8_t choice) { return 16 + 2 * static_cast<size_t>(choice % 9); }

// A share of any fields is read as it was written.
Outcome Built(ByteView fields) {
  Reader in(fields);
  ShareSet set = ReadSet(in);
  set.exponent = in.U8() % 16;
  const size_t size = SizeOf(in.U8());
  const std::string words = FormatShare(ReadShare(set, size, in));
  KITH_CHECK(Typed(AsBytes(words)) == Outcome::kAccepted);
  return Outcome::kAccepted;
}

// Whatever comes together is refused by one of the codes, or gives back a secret of the shares' length.
Outcome Together(ByteView fields) {
  Reader in(fields);
  const ShareSet set = ReadSet(in);
  const size_t size = SizeOf(in.U8());
  std::vector<Share> shares;
  while (!in.rest().empty() && in.ok() && shares.size() < 24) shares.push_back(ReadShare(set, size, in));
  const auto secret = CombineShares(shares);
  if (secret) {
    KITH_CHECK(secret->size() == size);
    return Outcome::kAccepted;
  }
  const Code code = secret.error().code;
  KITH_CHECK(code == Code::kSharesMixed || code == Code::kShareRepeated || code == Code::kSharesTooFew ||
             code == Code::kSharesForged);
  return Outcome::kRefused;
}

}  // namespace

KITH_FUZZ_TARGET(shares) {
  if (input.empty()) return Outcome::kRefused;
  const ByteView rest = input.subspan(1);
  switch (input[0] % 3) {
    case 0:
      return Typed(rest);
    case 1:
      return Built(rest);
    case 2:
      return Together(rest);
  }
  return Outcome::kRefused;
}

}  // namespace kith::fuzz
