// What somebody without a device does with the shares that friends release.
#include <algorithm>
#include <optional>
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

Error Malformed() { return Fail(Code::kMalformed, "what was gathered has a wrong layout"); }

bool OfOneSet(const EntrustedShare& a, const EntrustedShare& b) {
  return a.needed == b.needed && a.made == b.made && a.delay_ms == b.delay_ms && a.mailbox == b.mailbox &&
         a.person == b.person && a.relay == b.relay;
}

// What just these give back, if it is the authority's.
Result<RecoveryAuthority> AuthorityFrom(const SignPublic& authority, std::span<const EntrustedShare* const> entrusted) {
  const EntrustedShare& first = *entrusted.front();
  const Error forged = Fail(Code::kSharesForged,
                            "One of these shares is not what you gave to that friend. Ask one more of your trustees: "
                            "what is left out then is found by trying.");
  std::vector<Share> shares;
  for (const EntrustedShare* one : entrusted) {
    KITH_TRY_ASSIGN(Share share, ParseShare(one->words));
    // What Kith makes: one group of at least two.
    if (share.set.groups != 1 || share.member_threshold != first.needed || share.set.exponent != 0) return forged;
    shares.push_back(std::move(share));
  }
  const auto secret = CombineShares(shares);
  if (!secret) return secret.error().code == Code::kSharesForged ? forged : secret.error();
  if (secret->size() != TrusteesSecret::kSize) return forged;
  TrusteesKeys keys = DeriveTrustees(TrusteesSecret::Copy(secret->Reveal()));
  if (keys.sign.public_key() != authority) return forged;
  return RecoveryAuthority{.kind = RecoveryAuthority::Kind::kTrustees,
                           .sign = std::move(keys.sign),
                           .box = std::move(keys.box),
                           .place = std::move(keys.seat),
                           .mailbox = first.mailbox,
                           .person = first.person};
}

}  // namespace

Gathering::~Gathering() {
  for (Set& set : sets_) {
    for (EntrustedShare& share : set.shares) Wipe(share.words);
  }
}

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
    KITH_TRY_ASSIGN(EntrustedShare share, EntrustedShare::Decode(reader.Prefixed()));
    if (!gathering->TakeShare(authority, std::move(share))) return Malformed();
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
  if (kept() >= limits::kGathered)
    return Fail(Code::kTooLarge,
                "More answers of friends are here than any recovery needs. Begin anew with `kith recover "
                "--with-friends --anew`.");
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
  KITH_TRY_ASSIGN(EntrustedShare share, EntrustedShare::Decode(plain.view()));
  return TakeShare(reply.authority, std::move(share));
}

Result<> Gathering::TakeShare(const SignPublic& authority, EntrustedShare share) {
  const auto known = std::ranges::find_if(
      sets_, [&](const Set& set) { return set.authority == authority && OfOneSet(set.shares.front(), share); });
  const bool repeated = known != sets_.end() && std::ranges::any_of(known->shares, [&](const EntrustedShare& one) {
                          return one.words == share.words;
                        });
  if (const Result<Share> sound = ParseShare(share.words); repeated || !sound) {
    Wipe(share.words);
    if (!sound) return sound.error();
    return Fail(Code::kShareRepeated, "This share is here already. Ask another one of your trustees.");
  }
  if (known == sets_.end()) {
    sets_.push_back({.authority = authority, .shares = {}});
  } else {
    std::rotate(known, known + 1, sets_.end());
  }
  sets_.back().shares.push_back(std::move(share));
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

const Gathering::Set* Gathering::Best() const {
  const Set* best = nullptr;
  bool enough = false;
  for (const Set& set : sets_) {
    const bool all = set.shares.size() >= set.shares.front().needed;
    if (best == nullptr || all || (!enough && set.shares.size() >= best->shares.size())) best = &set;
    enough = enough || all;
  }
  return best;
}

size_t Gathering::gathered() const { return Best() == nullptr ? 0 : Best()->shares.size(); }

size_t Gathering::needed() const { return Best() == nullptr ? 0 : Best()->shares.front().needed; }

std::string Gathering::relay() const { return Best() == nullptr ? std::string() : Best()->shares.front().relay; }

Result<RecoveryAuthority> Gathering::Combine() const {
  const Set* set = Best();
  if (set == nullptr || set->shares.size() < set->shares.front().needed) {
    if (sets_.size() < 2)
      return Fail(Code::kSharesTooFew, "These shares are not enough. Ask further ones of your trustees.");
    return Fail(Code::kSharesMixed,
                "These shares are of several sets, and too few of any one. Ask further ones of your trustees.");
  }
  // A share that a friend made up spoils what it is put together with, so all choices are tried: where nobody lied the
  // first one fits, and of k shares with a lie among them none does.
  const size_t count = std::min(set->shares.size(), limits::kTrustees);
  std::vector<bool> chosen(count, false);
  std::fill_n(chosen.begin(), set->shares.front().needed, true);
  std::optional<Error> why;
  do {
    std::vector<const EntrustedShare*> some;
    for (size_t i = 0; i < count; ++i) {
      if (chosen[i]) some.push_back(&set->shares[i]);
    }
    auto authority = AuthorityFrom(set->authority, some);
    if (authority) return authority;
    if (!why) why = authority.error();
  } while (std::prev_permutation(chosen.begin(), chosen.end()));
  return *why;
}

}  // namespace kith
