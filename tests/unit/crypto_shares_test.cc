// Secret sharing: what the official vectors (tests/vectors) do not reach.
#include <gmock/gmock.h>

#include "crypto/gf256.h"
#include "crypto/shares.h"
#include "tests/unit/crypto_testing.h"

namespace kith {
namespace {

using testing::HasSubstr;

Bytes Secret(size_t size = 32) {
  Bytes secret(size);
  for (size_t i = 0; i < size; ++i) secret[i] = static_cast<uint8_t>(i * 7 + 1);
  return secret;
}

Share Copy(const Share& share) {
  return {.set = share.set,
          .group = share.group,
          .member = share.member,
          .member_threshold = share.member_threshold,
          .value = ShareSecret::Copy(share.value.Reveal())};
}

std::vector<Share> Chosen(const std::vector<Share>& shares, std::initializer_list<size_t> which) {
  std::vector<Share> chosen;
  for (const size_t i : which) chosen.push_back(Copy(shares[i]));
  return chosen;
}

std::vector<Share> Split(const SharePlan& plan, size_t size = 32) {
  auto shares = SplitSecret(Secret(size), plan);
  KITH_CHECK(shares.has_value());
  return *std::move(shares);
}

// The secret that came back; nothing if it did not.
Bytes Combined(std::span<const Share> shares, std::string_view passphrase = {}) {
  const auto secret = CombineShares(shares, passphrase);
  if (!secret) return {};
  const ByteView bytes = secret->Reveal();
  return {bytes.begin(), bytes.end()};
}

// FIPS 197, 4.2 and 4.2.1.
TEST(Gf256, IsTheFieldOfAes) {
  EXPECT_EQ(GfMultiply(0x57, 0x83), 0xc1);
  EXPECT_EQ(GfMultiply(0x57, 0x13), 0xfe);
  EXPECT_EQ(GfInverse(0x53), 0xca);
  EXPECT_EQ(GfInverse(0), 0);
}

TEST(Gf256, EveryProductObeysTheLaws) {
  for (unsigned x = 0; x < 256; ++x) {
    const auto a = static_cast<uint8_t>(x);
    EXPECT_EQ(GfMultiply(a, 1), a);
    EXPECT_EQ(GfMultiply(a, GfInverse(a)), a == 0 ? 0 : 1);
    for (unsigned y = 0; y < 256; ++y) {
      const auto b = static_cast<uint8_t>(y);
      ASSERT_EQ(GfMultiply(a, b), GfMultiply(b, a));
      ASSERT_EQ(GfMultiply(a, b ^ 0x35), GfMultiply(a, b) ^ GfMultiply(a, 0x35));
    }
  }
}

TEST(Shares, EveryPairOfThreeGivesTheSecretBack) {
  const auto shares = Split({.needed = 2, .made = 3});
  ASSERT_EQ(shares.size(), 3U);
  for (const auto& pair : {Chosen(shares, {0, 1}), Chosen(shares, {2, 0}), Chosen(shares, {1, 2})}) {
    EXPECT_EQ(Combined(pair), Secret());
  }
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(CodeOf(CombineShares(Chosen(shares, {i}))), Code::kSharesTooFew);
    EXPECT_EQ(shares[i].member, i);
    EXPECT_EQ(shares[i].member_threshold, 2);
    EXPECT_EQ(shares[i].set,
              (ShareSet{.id = shares[0].set.id, .extendable = true, .exponent = 0, .group_threshold = 1, .groups = 1}));
  }
  EXPECT_EQ(CodeOf(CombineShares({})), Code::kSharesTooFew);
}

TEST(Shares, EveryLengthOfSecretAndEveryNumberOfShares) {
  for (size_t size = 16; size <= 32; size += 2) {
    for (const auto& share : Split({.needed = 2, .made = 2}, size)) {
      const auto parsed = ParseShare(FormatShare(share));
      ASSERT_TRUE(parsed) << size;
      EXPECT_EQ(parsed->set, share.set);
      EXPECT_EQ(parsed->member, share.member);
      EXPECT_TRUE(std::ranges::equal(parsed->value.Reveal(), share.value.Reveal()));
    }
    EXPECT_EQ(Combined(Split({.needed = 2, .made = 2}, size)), Secret(size));
  }
  const auto most = Split({.needed = kMostShares, .made = kMostShares});
  EXPECT_EQ(Combined(most), Secret());
  EXPECT_EQ(CodeOf(CombineShares(std::span(most).first(15))), Code::kSharesTooFew);
}

TEST(Shares, ALaterSetOfTheSameSecretIsAnotherSet) {
  const auto first = Split({.needed = 2, .made = 2});
  auto both = Chosen(first, {0});
  both.push_back(std::move(Split({.needed = 2, .made = 2})[1]));
  // One id in 32,768 is the other set's by chance.
  both[1].set.id = static_cast<uint16_t>(both[0].set.id ^ 1);
  EXPECT_EQ(CodeOf(CombineShares(both)), Code::kSharesMixed);
  both[1].set.id = both[0].set.id;
  EXPECT_EQ(CodeOf(CombineShares(both)), Code::kSharesForged);
}

TEST(Shares, MoreThanNeededMustAgree) {
  auto shares = Split({.needed = 2, .made = 4});
  EXPECT_EQ(Combined(shares), Secret());
  shares[3].value.Mutable()[5] ^= 1;
  EXPECT_EQ(CodeOf(CombineShares(shares)), Code::kSharesForged);
  EXPECT_EQ(Combined(Chosen(shares, {0, 2})), Secret());
}

TEST(Shares, EveryChangedBitOfAValueIsNoticed) {
  auto shares = Split({.needed = 2, .made = 2}, 16);
  const std::span<uint8_t> value = shares[1].value.Mutable();
  ExpectEveryFlipRefused({value.begin(), value.end()}, [&](ByteView changed) {
    std::ranges::copy(changed, value.begin());
    return CodeOf(CombineShares(shares)) == Code::kSharesForged;
  });
}

TEST(Shares, OneShareTwiceIsNotTwoShares) {
  const auto shares = Split({.needed = 2, .made = 3});
  EXPECT_EQ(CodeOf(CombineShares(Chosen(shares, {1, 1}))), Code::kShareRepeated);
  EXPECT_EQ(CodeOf(CombineShares(Chosen(shares, {0, 1, 0}))), Code::kShareRepeated);
}

TEST(Shares, ThePassphraseIsPartOfTheSecret) {
  const auto shares = Split({.needed = 2, .made = 2, .passphrase = "a ~ passphrase", .exponent = 1});
  EXPECT_EQ(Combined(shares, "a ~ passphrase"), Secret());
  const Bytes other = Combined(shares, "another");
  EXPECT_EQ(other.size(), 32U);
  EXPECT_NE(other, Secret());
  EXPECT_EQ(CodeOf(CombineShares(shares, "tab\there")), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(CombineShares(shares, "\xc3\xa9")), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(CombineShares(shares, "\x7f")), Code::kInvalidArgument);
}

TEST(Shares, PlansThatCannotBeKept) {
  const auto refusal = [](const SharePlan& plan, size_t size = 32) { return CodeOf(SplitSecret(Secret(size), plan)); };
  EXPECT_EQ(refusal({.needed = 1, .made = 1}), Code::kInvalidArgument) << "anybody's share is the secret";
  EXPECT_EQ(refusal({.needed = 1, .made = 3}), Code::kInvalidArgument);
  EXPECT_EQ(refusal({.needed = 0, .made = 3}), Code::kInvalidArgument);
  EXPECT_EQ(refusal({.needed = 4, .made = 3}), Code::kInvalidArgument);
  EXPECT_EQ(refusal({.needed = 2, .made = 17}), Code::kInvalidArgument);
  EXPECT_EQ(refusal({.needed = 258, .made = 259}), Code::kInvalidArgument);
  EXPECT_EQ(refusal({.needed = 2, .made = 3, .passphrase = "\n"}), Code::kInvalidArgument);
  EXPECT_EQ(refusal({.needed = 2, .made = 3, .exponent = 16}), Code::kInvalidArgument);
  for (const size_t size : {0, 14, 17, 31, 33, 34}) {
    EXPECT_EQ(refusal({.needed = 2, .made = 3}, size), Code::kInvalidArgument) << size;
  }
  EXPECT_EQ(refusal({.needed = 2, .made = 3}), std::nullopt);
}

// Two groups of one member each, both needed: made by hand, since Kith splits into one group only.
TEST(Shares, GroupsOfOneMustAgreeAndAnIncompleteGroupIsPassedOver) {
  const ShareSet set{.id = 5, .extendable = false, .exponent = 0, .group_threshold = 1, .groups = 3};
  const auto share = [&](uint8_t group, uint8_t threshold, uint8_t fill) {
    return Share{.set = set,
                 .group = group,
                 .member = 0,
                 .member_threshold = threshold,
                 .value = ShareSecret::Copy(Bytes(16, fill))};
  };
  std::vector<Share> shares;
  shares.push_back(share(0, 1, 9));
  shares.push_back(share(1, 1, 9));
  const Bytes alone = Combined(std::span(shares).first(1));
  ASSERT_EQ(alone.size(), 16U);
  EXPECT_EQ(Combined(shares), alone);
  shares.push_back(share(2, 2, 77));
  EXPECT_EQ(Combined(shares), alone) << "group 2 lacks a member";
  shares[1].value.Mutable()[0] ^= 1;
  EXPECT_EQ(CodeOf(CombineShares(shares)), Code::kSharesForged);
}

TEST(Shares, ASetHasOneLength) {
  auto shares = Split({.needed = 2, .made = 2}, 16);
  const auto longer = Split({.needed = 2, .made = 2}, 18);
  shares[1].value = ShareSecret::Copy(longer[1].value.Reveal());
  EXPECT_EQ(CodeOf(CombineShares(shares)), Code::kSharesMixed);
}

TEST(ShareWords, AnyCaseAndSpacing) {
  const auto shares = Split({.needed = 2, .made = 2});
  const std::string words = FormatShare(shares[0]);
  EXPECT_EQ(std::ranges::count(words, ' '), 32);
  std::string shouted = "\n ";
  for (const char c : words) {
    shouted += c == ' ' ? std::string(" \t\r\n") : std::string(1, static_cast<char>(std::toupper(c)));
  }
  const auto parsed = ParseShare(shouted);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(FormatShare(*parsed), words);
}

TEST(ShareWords, RefusalsSayWhichWord) {
  const std::string words = FormatShare(Split({.needed = 2, .made = 2})[0]);
  std::string changed = words;
  changed.replace(changed.find(' ') + 1, 2, "qq");
  const auto unknown = ParseShare(changed);
  ASSERT_EQ(CodeOf(unknown), Code::kWordUnknown);
  EXPECT_THAT(unknown.error().message, HasSubstr("Word 2 "));
  EXPECT_EQ(CodeOf(ParseShare(words + " academic")), Code::kWordCount);
  EXPECT_EQ(CodeOf(ParseShare(words.substr(0, words.rfind(' ')))), Code::kWordCount);
  EXPECT_EQ(CodeOf(ParseShare("")), Code::kWordCount);
  EXPECT_EQ(CodeOf(ParseShare(std::string(100'000, 'a'))), Code::kWordUnknown);
}

// Without the flag in the checksum's text, a share of one kind would be read as another's.
TEST(ShareWords, TheFlagIsCoveredByTheChecksum) {
  auto shares = Split({.needed = 2, .made = 2});
  const std::string extendable = FormatShare(shares[0]);
  shares[0].set.extendable = false;
  const std::string plain = FormatShare(shares[0]);
  // The second word holds the flag, the last three the checksum: all else is alike.
  const size_t end = plain.find(' ', plain.find(' ') + 1);
  const std::string mixed = plain.substr(0, end) + extendable.substr(extendable.find(' ', extendable.find(' ') + 1));
  EXPECT_EQ(CodeOf(ParseShare(mixed)), Code::kWordChecksum);
}

}  // namespace
}  // namespace kith
