// Secret sharing after SLIP-0039 (final, with the extendable flag of 2023): a secret becomes shares of 20 to 33 words,
// of which any `needed` give it back, and fewer tell nothing. Thread-safe.
//
// What came back is checked by a digest of 32 bits. That finds mistakes; a holder who forges a share passes with a
// chance of 2^-32. So compare what follows from the secret with something already known before relying on it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/check.h"
#include "crypto/base/result.h"
#include "crypto/verify/secret.h"

namespace kith {

// 16 to 32 secret bytes, an even number: what is shared, and the value of one share. Move-only; one that was moved from
// may only be assigned to or destroyed.
class ShareSecret {
 public:
  static constexpr bool LengthAllowed(size_t size) { return size >= 16 && size <= 32 && size % 2 == 0; }
  // Copies; the caller wipes its own bytes. Aborts unless the length is allowed.
  static ShareSecret Copy(ByteView bytes) { return ShareSecret(GuardedCopy(bytes, bytes.size()), bytes.size()); }
  static ShareSecret Zeros(size_t size);
  // Random.
  static ShareSecret Generate(size_t size) { return ShareSecret(GuardedRandom(size), size); }

  ByteView Reveal() const { return {bytes_.get(), size_}; }
  std::span<uint8_t> Mutable() { return {bytes_.get(), size_}; }
  size_t size() const { return size_; }

 private:
  ShareSecret(GuardedBytes bytes, size_t size) : bytes_(std::move(bytes)), size_(size) {
    KITH_CHECK(LengthAllowed(size));
  }

  GuardedBytes bytes_;
  size_t size_;
};

// What all shares of a set say alike. Not secret.
struct ShareSet {
  uint16_t id;              // 0 to 32,767, random
  bool extendable;          // the id is no salt, so that a later set of the same secret decrypts alike
  uint8_t exponent;         // 0 to 15: combining costs 10,000 * 2^exponent iterations of PBKDF2. 15 is minutes
  uint8_t group_threshold;  // 1 to `groups`
  uint8_t groups;           // 1 to 16

  friend bool operator==(const ShareSet&, const ShareSet&) = default;
};

struct Share {
  ShareSet set;
  uint8_t group;             // 0 to 15
  uint8_t member;            // 0 to 15, within the group
  uint8_t member_threshold;  // 1 to 16: how many of this group are needed
  ShareSecret value;
};

inline constexpr size_t kMostShares = 16;

struct SharePlan {
  size_t needed;                     // 2 to `made`
  size_t made;                       // at most kMostShares
  std::string_view passphrase = {};  // printable ASCII; another one gives another secret, and nothing tells
  uint8_t exponent = 0;              // cost for who guesses the passphrase
};

// One group, extendable, under a random id. kInvalidArgument: what the plan or the secret's length breaks.
Result<std::vector<Share>> SplitSecret(ByteView secret, const SharePlan& plan);

// Any layout of groups. More shares than needed are taken as well, and then all of them must agree; a group that is not
// complete is passed over once others suffice. In this order: kInvalidArgument (the passphrase), kSharesMixed,
// kShareRepeated, kSharesTooFew, kSharesForged.
Result<ShareSecret> CombineShares(std::span<const Share> shares, std::string_view passphrase = {});

// Words separated by single spaces. The caller wipes it. Aborts if a field is out of its range.
std::string FormatShare(const Share& share);
// Any case and spacing. In this order: kWordUnknown, kWordCount (20 to 33), kWordChecksum, kMalformed (padding),
// kShareThreshold. One to three changed words are always found.
Result<Share> ParseShare(std::string_view words);

// A word of SLIP-39's list by its number, 0 to 1,023.
std::string_view ShareWordAt(size_t index);

}  // namespace kith
