// Laws of secret sharing, on random secrets, numbers of shares and slips of the pen.
#include "crypto/shares.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "crypto/verify/hash.h"

namespace kith {
namespace {

Bytes AnySecret() {
  return *rc::gen::container<Bytes>(static_cast<size_t>(2 * *rc::gen::inRange(8, 17)), rc::gen::arbitrary<uint8_t>());
}

SharePlan AnyPlan() {
  const auto made = *rc::gen::inRange<size_t>(2, kMostShares + 1);
  return {.needed = *rc::gen::inRange<size_t>(2, made + 1), .made = made};
}

std::vector<Share> Split(const Bytes& secret, const SharePlan& plan) {
  InitCrypto();
  auto shares = SplitSecret(secret, plan);
  RC_ASSERT(shares.has_value());
  return *std::move(shares);
}

// `count` of the shares, any and in any order, as their holders would read them out.
std::vector<Share> ReadOut(const std::vector<Share>& shares, size_t count) {
  std::vector<size_t> order(shares.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (size_t i = 0; i < count; ++i) std::swap(order[i], order[*rc::gen::inRange(i, order.size())]);
  std::vector<Share> read;
  for (size_t i = 0; i < count; ++i) {
    auto share = ParseShare(FormatShare(shares[order[i]]));
    RC_ASSERT(share.has_value());
    read.push_back(*std::move(share));
  }
  return read;
}

RC_GTEST_PROP(Shares, AnyOfThemThatAreEnoughGiveTheSecretBack, ()) {
  const Bytes secret = AnySecret();
  const SharePlan plan = AnyPlan();
  const auto shares = Split(secret, plan);
  const auto back = CombineShares(ReadOut(shares, *rc::gen::inRange(plan.needed, plan.made + 1)));
  RC_ASSERT(back.has_value());
  RC_ASSERT(std::ranges::equal(back->Reveal(), secret));
}

RC_GTEST_PROP(Shares, OneTooFewGiveNothing, ()) {
  const SharePlan plan = AnyPlan();
  auto read = ReadOut(Split(AnySecret(), plan), plan.needed - 1);
  const auto refused = CombineShares(read);
  RC_ASSERT(!refused.has_value());
  RC_ASSERT(refused.error().code == Code::kSharesTooFew);
  // Nor does saying that they are enough help. Of two, one that says so is a share of another kind: it has no digest.
  if (plan.needed == 2) return;
  for (Share& share : read) share.member_threshold = static_cast<uint8_t>(plan.needed - 1);
  const auto forged = CombineShares(read);
  RC_ASSERT(!forged.has_value());
  RC_ASSERT(forged.error().code == Code::kSharesForged);
}

constexpr size_t kWords = 1024;

RC_GTEST_PROP(Shares, OneToThreeChangedWordsAreAlwaysNoticed, ()) {
  const std::string words = FormatShare(Split(AnySecret(), {.needed = 2, .made = 2})[0]);
  std::vector<std::string> each(1);
  for (const char c : words) {
    if (c == ' ') {
      each.emplace_back();
    } else {
      each.back() += c;
    }
  }
  const auto places = *rc::gen::resize(
      3, rc::gen::nonEmpty(rc::gen::container<std::set<size_t>>(rc::gen::inRange<size_t>(0, each.size()))));
  RC_PRE(places.size() <= 3U);
  std::string changed;
  for (size_t i = 0; i < each.size(); ++i) {
    std::string word = each[i];
    if (places.contains(i)) {
      size_t at = 0;
      while (ShareWordAt(at) != word) ++at;
      word = ShareWordAt((at + 1 + *rc::gen::inRange<size_t>(0, kWords - 1)) % kWords);
    }
    changed += word + " ";
  }
  const auto refused = ParseShare(changed);
  RC_ASSERT(!refused.has_value());
  RC_ASSERT(refused.error().code == Code::kWordChecksum);
}

}  // namespace
}  // namespace kith
