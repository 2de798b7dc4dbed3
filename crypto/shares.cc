#include "crypto/shares.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <map>

#include "crypto/gf256.h"
#include "crypto/pbkdf2.h"

namespace kith {
namespace {

// Where the polynomial holds what is shared, and the digest of it.
constexpr uint8_t kSecretAt = 255;
constexpr uint8_t kDigestAt = 254;
constexpr size_t kDigestBytes = 4;
constexpr uint64_t kIterationsOfRound = 2500;

struct Point {
  uint8_t x;  // not secret
  ShareSecret y;
};

// The polynomial through the points, at x (Lagrange), for each byte by itself.
ShareSecret Interpolate(uint8_t x, std::span<const Point> points) {
  ShareSecret result = ShareSecret::Zeros(points[0].y.size());
  const std::span<uint8_t> out = result.Mutable();
  for (const Point& point : points) {
    uint8_t weight = 1;
    for (const Point& other : points) {
      if (&other == &point) continue;
      const uint8_t quotient =
          GfMultiply(static_cast<uint8_t>(x ^ other.x), GfInverse(static_cast<uint8_t>(point.x ^ other.x)));
      weight = GfMultiply(weight, quotient);
    }
    const ByteView y = point.y.Reveal();
    for (size_t i = 0; i < out.size(); ++i) out[i] ^= GfMultiply(weight, y[i]);
  }
  return result;
}

using Digest = std::array<uint8_t, crypto_auth_hmacsha256_BYTES>;

// Its first kDigestBytes are the digest.
Digest DigestOf(ByteView key, ByteView secret) {
  Digest digest;
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key.data(), key.size());
  crypto_auth_hmacsha256_update(&state, secret.data(), secret.size());
  crypto_auth_hmacsha256_final(&state, digest.data());
  sodium_memzero(&state, sizeof state);
  return digest;
}

// The values of shares 0 to made - 1.
std::vector<Point> SplitValue(ByteView secret, uint8_t needed, uint8_t made) {
  std::vector<Point> shares;
  std::vector<Point> base;
  for (uint8_t x = 0; x + 2 < needed; ++x) {
    shares.push_back({x, ShareSecret::Generate(secret.size())});
    base.push_back({x, ShareSecret::Copy(shares.back().y.Reveal())});
  }
  ShareSecret check = ShareSecret::Generate(secret.size());
  Digest digest = DigestOf(check.Reveal().subspan(kDigestBytes), secret);
  std::copy_n(digest.begin(), kDigestBytes, check.Mutable().begin());
  Wipe(digest);
  base.push_back({kDigestAt, std::move(check)});
  base.push_back({kSecretAt, ShareSecret::Copy(secret)});
  for (auto x = static_cast<uint8_t>(needed - 2); x < made; ++x) shares.push_back({x, Interpolate(x, base)});
  return shares;
}

Error Forged() {
  return Fail(Code::kSharesForged,
              "These shares say that they belong together, but they do not: at least one is not genuine. Try without "
              "each of them in turn, or ask the friends for theirs again.");
}

// What was shared, from at least `needed` points. With more than are needed all must lie on one polynomial: a strange
// one changes what comes back, and the digest shows it.
Result<ShareSecret> RecoverValue(size_t needed, std::span<const Point> points) {
  if (needed == 1) {
    const ByteView value = points[0].y.Reveal();
    for (const Point& point : points) {
      if (sodium_memcmp(point.y.Reveal().data(), value.data(), value.size()) != 0) return Forged();
    }
    return ShareSecret::Copy(value);
  }
  ShareSecret secret = Interpolate(kSecretAt, points);
  const ShareSecret check = Interpolate(kDigestAt, points);
  Digest digest = DigestOf(check.Reveal().subspan(kDigestBytes), secret.Reveal());
  const bool right = sodium_memcmp(digest.data(), check.Reveal().data(), kDigestBytes) == 0;
  Wipe(digest);
  if (!right) return Forged();
  return secret;
}

enum class Direction { kEncrypt, kDecrypt };

// Four rounds of Feistel with PBKDF2: what stands between the secret and the shares is a passphrase, maybe empty.
ShareSecret Crypt(ByteView input, const ShareSet& set, std::string_view passphrase, Direction direction) {
  ShareSecret result = ShareSecret::Copy(input);
  const size_t half = input.size() / 2;
  std::span<uint8_t> left = result.Mutable().first(half);
  std::span<uint8_t> right = result.Mutable().last(half);
  Bytes password(1 + passphrase.size());
  std::ranges::copy(AsBytes(passphrase), password.begin() + 1);
  Bytes salt;
  if (!set.extendable) salt = Writer().Raw(AsBytes("shamir")).U16(set.id).Take();
  const size_t prefix = salt.size();
  salt.resize(prefix + half);
  std::array<uint8_t, 16> key;
  for (uint8_t round = 0; round < 4; ++round) {
    password[0] = direction == Direction::kEncrypt ? round : static_cast<uint8_t>(3 - round);
    std::ranges::copy(right, salt.begin() + static_cast<ptrdiff_t>(prefix));
    Pbkdf2Sha256(password, salt, kIterationsOfRound << set.exponent, std::span(key).first(half));
    for (size_t i = 0; i < half; ++i) left[i] ^= key[i];
    std::swap(left, right);
  }
  std::ranges::swap_ranges(left, right);
  Wipe(password);
  Wipe(salt);
  Wipe(key);
  return result;
}

Result<> CheckPassphrase(std::string_view passphrase) {
  if (std::ranges::all_of(passphrase, [](char c) { return c >= ' ' && c <= '~'; })) return {};
  return Fail(Code::kInvalidArgument,
              "A passphrase of shares has only letters, digits and signs of ASCII. Choose another.");
}

Result<> CheckPlan(size_t secret, const SharePlan& plan) {
  if (!ShareSecret::LengthAllowed(secret) || plan.exponent > 15) {
    return Fail(Code::kInvalidArgument,
                "A secret of 16 to 32 bytes, an even number, can be shared, at a cost of 0 to 15.");
  }
  if (plan.needed < 2 || plan.needed > plan.made || plan.made > kMostShares) {
    return Fail(
        Code::kInvalidArgument,
        "At least two shares must be needed, no more than are made, and at most 16 can be made. Choose other numbers.");
  }
  return CheckPassphrase(plan.passphrase);
}

// Shares by group; each group is of one threshold and has each member once.
using Groups = std::map<uint8_t, std::vector<const Share*>>;

Result<Groups> Sorted(std::span<const Share> shares) {
  Groups groups;
  for (const Share& share : shares) {
    auto& group = groups[share.group];
    group.push_back(&share);
    if (share.set != shares[0].set || share.value.size() != shares[0].value.size() ||
        share.member_threshold != group[0]->member_threshold) {
      return Fail(
          Code::kSharesMixed,
          "These shares are not all of one set. Use only shares of the newest set; those of one set begin with the "
          "same two words.");
    }
  }
  for (auto& [number, group] : groups) {
    std::ranges::sort(group, {}, &Share::member);
    if (std::ranges::adjacent_find(group, {}, &Share::member) != group.end()) {
      return Fail(
          Code::kShareRepeated,
          "Two of these shares have one place in the set: one was given twice, or is not genuine. Leave one out.");
    }
  }
  return groups;
}

Error TooFew() {
  return Fail(Code::kSharesTooFew, "These shares are not enough. Add shares of the same set from other friends.");
}

}  // namespace

ShareSecret ShareSecret::Zeros(size_t size) {
  ShareSecret secret(GuardedAllocate(size), size);
  std::ranges::fill(secret.Mutable(), 0);
  return secret;
}

Result<std::vector<Share>> SplitSecret(ByteView secret, const SharePlan& plan) {
  KITH_TRY(CheckPlan(secret.size(), plan));
  const ShareSet set{.id = static_cast<uint16_t>(randombytes_uniform(1U << 15)),
                     .extendable = true,
                     .exponent = plan.exponent,
                     .group_threshold = 1,
                     .groups = 1};
  const ShareSecret encrypted = Crypt(secret, set, plan.passphrase, Direction::kEncrypt);
  const auto needed = static_cast<uint8_t>(plan.needed);
  std::vector<Share> shares;
  for (Point& point : SplitValue(encrypted.Reveal(), needed, static_cast<uint8_t>(plan.made))) {
    shares.push_back(
        {.set = set, .group = 0, .member = point.x, .member_threshold = needed, .value = std::move(point.y)});
  }
  return shares;
}

Result<ShareSecret> CombineShares(std::span<const Share> shares, std::string_view passphrase) {
  KITH_TRY(CheckPassphrase(passphrase));
  if (shares.empty()) return TooFew();
  KITH_TRY_ASSIGN(const Groups groups, Sorted(shares));
  const ShareSet& set = shares[0].set;
  const auto complete = [](const Groups::value_type& group) {
    return group.second.size() >= group.second[0]->member_threshold;
  };
  if (std::ranges::count_if(groups, complete) < set.group_threshold) return TooFew();
  std::vector<Point> recovered;
  for (const auto& group : groups) {
    if (!complete(group)) continue;
    std::vector<Point> points;
    for (const Share* share : group.second) points.push_back({share->member, ShareSecret::Copy(share->value.Reveal())});
    KITH_TRY_ASSIGN(ShareSecret value, RecoverValue(group.second[0]->member_threshold, points));
    recovered.push_back({group.first, std::move(value)});
  }
  KITH_TRY_ASSIGN(const ShareSecret encrypted, RecoverValue(set.group_threshold, recovered));
  return Crypt(encrypted.Reveal(), set, passphrase, Direction::kDecrypt);
}

}  // namespace kith
