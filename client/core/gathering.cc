// What somebody without a device does with the shares that friends release.
#include <algorithm>
#include <optional>
#include <ranges>
#include <span>

#include "client/core/limits.h"
#include "client/core/release.h"
#include "crypto/base/limits.h"
#include "crypto/shares.h"
#include "crypto/trustees.h"
#include "crypto/verify/labels.h"
#include "crypto/verify/secret.h"

namespace kith {
namespace {

Error TooMany() {
  return Fail(Code::kTooLarge,
              "More answers of friends are here than any recovery needs. Begin anew with `kith recover --with-friends "
              "--anew`.");
}

Error Malformed() { return Fail(Code::kMalformed, "what was gathered has a wrong layout"); }

// Shares are held against each other only where their friends say the same of all this.
bool OfOneSet(const EntrustedShare& a, const EntrustedShare& b) {
  return a.needed == b.needed && a.mailbox == b.mailbox && a.person == b.person && a.relay == b.relay;
}

// What Kith makes: one group, that costs nothing more to combine, of as many as the friend says.
bool IsAsMade(const Share& share, const EntrustedShare& entrusted) {
  return share.set.groups == 1 && share.set.exponent == 0 && share.member_threshold == entrusted.needed;
}

Share CopyOf(const Share& share) {
  return {.set = share.set,
          .group = share.group,
          .member = share.member,
          .member_threshold = share.member_threshold,
          .value = ShareSecret::Copy(share.value.Reveal())};
}

// What just these give back, if it is the authority's.
std::optional<TrusteesKeys> KeysFrom(const SignPublic& authority, std::span<const Share> chosen) {
  const auto secret = CombineShares(chosen);
  if (!secret || secret->size() != TrusteesSecret::kSize) return std::nullopt;
  TrusteesKeys keys = DeriveTrustees(TrusteesSecret::Copy(secret->Reveal()));
  if (keys.sign.public_key() != authority) return std::nullopt;
  return keys;
}

// A share that a friend made up spoils what it is put together with, so all choices are tried: where nobody lied the
// first one fits, and of as many as it takes with a lie among them none does. A wrong one fails at the shares' digest.
std::optional<TrusteesKeys> KeysOf(const SignPublic& authority, std::span<const EntrustedShare> set) {
  const size_t needed = set.front().needed;
  if (set.size() < needed) return std::nullopt;
  std::vector<Share> all;
  for (const EntrustedShare& one : set) {
    auto share = ParseShare(one.words);
    if (!share) return std::nullopt;
    all.push_back(*std::move(share));
  }
  std::vector<bool> chosen(all.size(), false);
  std::fill_n(chosen.begin(), needed, true);
  do {
    std::vector<Share> some;
    for (size_t i = 0; i < all.size(); ++i) {
      if (chosen[i]) some.push_back(CopyOf(all[i]));
    }
    if (auto keys = KeysFrom(authority, some)) return keys;
  } while (std::prev_permutation(chosen.begin(), chosen.end()));
  return std::nullopt;
}

}  // namespace

Bytes Gathering::Encode() const {
  Writer writer;
  writer.Raw(claim_.secret().Reveal()).U16(static_cast<uint16_t>(kept() - witnesses_.size()));
  for (const Set& set : sets_) {
    for (const EntrustedShare& share : set.shares) {
      Bytes plain = share.Encode();
      writer.Raw(set.authority.view()).Prefixed(plain);
      Wipe(plain);
    }
  }
  writer.U16(static_cast<uint16_t>(witnesses_.size()));
  for (const Bytes& witness : witnesses_) writer.Prefixed(witness);
  return writer.Take();
}

Result<std::unique_ptr<Gathering>> Gathering::Decode(ByteView bytes) {
  Reader reader(bytes);
  const ByteView secret = reader.Raw(BoxSecret::kSize);
  if (secret.size() != BoxSecret::kSize) return Malformed();
  auto gathering = std::make_unique<Gathering>(BoxPair::FromSecret(BoxSecret::Copy(secret)));
  const size_t shares = reader.U16();
  for (size_t i = 0; i < shares && i < limits::kGathered; ++i) {
    const SignPublic authority{reader.Array<32>()};
    KITH_TRY_ASSIGN(const EntrustedShare share, EntrustedShare::Decode(reader.Prefixed()));
    if (!gathering->TakeShare(authority, share)) return Malformed();
  }
  const size_t witnesses = reader.U16();
  for (size_t i = 0; i < witnesses && i < limits::kGathered; ++i) {
    const ByteView witness = reader.Prefixed();
    if (witness.size() > limits::kTrusteeBox) return Malformed();
    gathering->TakeWitness(Bytes(witness.begin(), witness.end()));
  }
  if (!reader.Done()) return Malformed();
  return gathering;
}

Result<> Gathering::Take(const ReleaseReply& reply) {
  if (kept() >= limits::kGathered) return TooMany();
  TakeWitness(reply.witness);
  switch (reply.outcome) {
    case ReleaseReply::Outcome::kReleased:
      break;
    case ReleaseReply::Outcome::kWaits:
      return Fail(Code::kTrusteesDelay,
                  "Your friend has noted that you ask, and releases the share once the delay that you chose is over. "
                  "Ask them for a new code then.");
    case ReleaseReply::Outcome::kVetoed:
      return Fail(
          Code::kVetoed,
          "A device of this journal said no to this, or has named other trustees since, so your friend releases "
          "nothing. Use that device, or the recovery phrase: `kith recover`.");
    case ReleaseReply::Outcome::kNoShare:
      return Fail(Code::kNotFound, "This friend holds no share of yours now. Ask your other trustees.");
  }
  KITH_TRY_ASSIGN(const Plaintext plain, OpenFrom(claim_, labels::kSealRelease, reply.authority.view(), reply.box));
  KITH_TRY_ASSIGN(const EntrustedShare share, EntrustedShare::Decode(plain.view()));
  return TakeShare(reply.authority, share);
}

Result<> Gathering::TakeShare(const SignPublic& authority, const EntrustedShare& share) {
  KITH_TRY_ASSIGN(const Share sound, ParseShare(share.words));
  if (!IsAsMade(sound, share))
    return Fail(Code::kSharesForged,
                "This is no share of the kind that you gave to your friends. Leave it out, and ask another one of your "
                "trustees.");
  const auto known = std::ranges::find_if(
      sets_, [&](const Set& set) { return set.authority == authority && OfOneSet(set.shares.front(), share); });
  if (known == sets_.end()) {
    sets_.push_back({.authority = authority, .shares = {share}});
    return {};
  }
  if (std::ranges::any_of(known->shares, [&](const EntrustedShare& one) { return one.words == share.words; }))
    return Fail(Code::kShareRepeated, "This share is here already. Ask another one of your trustees.");
  if (known->shares.size() >= limits::kTrustees) return TooMany();
  known->shares.push_back(share);
  std::rotate(known, known + 1, sets_.end());
  return {};
}

void Gathering::TakeWitness(const Bytes& witness) {
  if (!witness.empty() && std::ranges::find(witnesses_, witness) == witnesses_.end()) witnesses_.push_back(witness);
}

size_t Gathering::kept() const {
  size_t count = witnesses_.size();
  for (const Set& set : sets_) count += set.shares.size();
  return count;
}

// How many of a set are here tells little: a friend who lies can say any number. A past set may give its keys too.
Gathering::Found Gathering::Best() const {
  const Set* most = nullptr;
  for (const Set& set : std::views::reverse(sets_)) {
    if (auto keys = KeysOf(set.authority, set.shares)) return {.set = &set, .keys = std::move(keys)};
    if (most == nullptr || set.shares.size() > most->shares.size()) most = &set;
  }
  return {.set = most, .keys = {}};
}

size_t Gathering::gathered() const {
  const Set* set = Best().set;
  return set == nullptr ? 0 : set->shares.size();
}

size_t Gathering::needed() const {
  const Set* set = Best().set;
  return set == nullptr ? 0 : set->shares.front().needed;
}

std::string Gathering::relay() const {
  const Set* set = Best().set;
  return set == nullptr ? std::string() : set->shares.front().relay;
}

Result<RecoveryAuthority> Gathering::Combine() const {
  auto [set, keys] = Best();
  if (keys) {
    return RecoveryAuthority{.kind = RecoveryAuthority::Kind::kTrustees,
                             .sign = std::move(keys->sign),
                             .box = std::move(keys->box),
                             .place = std::move(keys->seat),
                             .mailbox = set->shares.front().mailbox,
                             .person = set->shares.front().person};
  }
  if (set != nullptr && set->shares.size() >= set->shares.front().needed)
    return Fail(Code::kSharesForged,
                "One of these shares is not what you gave to that friend. Ask one more of your trustees: what is left "
                "out then is found by trying.");
  if (sets_.size() < 2)
    return Fail(Code::kSharesTooFew, "These shares are not enough. Ask further ones of your trustees.");
  return Fail(Code::kSharesMixed,
              "These shares are of several sets, and too few of any one. Ask further ones of your trustees.");
}

}  // namespace kith
