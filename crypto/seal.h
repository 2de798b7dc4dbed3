// Committing authenticated encryption, and padding. Layouts "seal" and "box" of crypto/DESIGN.md.
// Thread-safe.
#pragma once

#include "crypto/base/ids.h"
#include "crypto/base/result.h"
#include "crypto/verify/secret.h"

namespace kith {

// Words that are wiped when they go. Move-only.
class Plaintext {
 public:
  Plaintext() = default;
  explicit Plaintext(Bytes bytes) : bytes_(std::move(bytes)) {}
  Plaintext(Plaintext&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  Plaintext& operator=(Plaintext&& other) noexcept;
  ~Plaintext();
  ByteView view() const { return bytes_; }
  size_t size() const { return bytes_.size(); }

 private:
  Bytes bytes_;
};

enum class Padding {
  kNone,   // wraps, boxes: their length says nothing
  kPadme,  // payloads: max(limits::kMinPadded, Padmé)
};

// Bytes added to the (padded) plaintext.
inline constexpr size_t kSealOverhead = 1 + 24 + 32 + 16;

// The padded length of a message of `length` bytes, the end marker included.
// Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", 2019,
// algorithm 1.
size_t PaddedLength(size_t length);

// Seals under a random nonce. `label` (labels.h, kSeal...) and `ad` are authenticated, not stored.
template <class Tag>
Bytes Seal(const SecretKey<Tag>& key, std::string_view label, ByteView ad, ByteView message, Padding padding);
// kSealBroken for every failure but a suite other than 1 (kSuiteUnsupported).
template <class Tag>
Result<Plaintext> Open(const SecretKey<Tag>& key, std::string_view label, ByteView ad, ByteView sealed,
                       Padding padding);
// Whether `sealed` commits to this key: how the right generation is found. Constant time.
template <class Tag>
bool Commits(const SecretKey<Tag>& key, std::string_view label, ByteView ad, ByteView sealed);

// An X25519 key pair.
class BoxPair {
 public:
  static BoxPair Generate() { return FromSecret(BoxSecret::Generate()); }
  static BoxPair FromSecret(BoxSecret secret);
  const BoxPublic& public_key() const { return public_; }
  const BoxSecret& secret() const { return secret_; }

 private:
  BoxPair(BoxSecret secret, BoxPublic public_key) : secret_(std::move(secret)), public_(public_key) {}
  BoxSecret secret_;
  BoxPublic public_;
};

// A box: 32-byte ephemeral public key, then a Seal of `message` under a key derived from the shared secret, both
// public keys and `context`. kPublicKeyInvalid for a recipient of small order.
Result<Bytes> SealTo(const BoxPublic& recipient, std::string_view label, ByteView context, ByteView message);
// Likewise by an ephemeral pair that others know too: whoever has it can tell for whom a box is, by OpenAs. Of one pair
// each recipient has one box at most.
Result<Bytes> SealAs(const BoxPair& ephemeral, const BoxPublic& recipient, std::string_view label, ByteView context,
                     ByteView message);
// What a box holds that was sealed by this pair for this recipient. kSealBroken for any other.
Result<Plaintext> OpenAs(const BoxPair& ephemeral, const BoxPublic& recipient, std::string_view label, ByteView context,
                         ByteView box);
// kSealBroken when it is not for this pair or was altered.
Result<Plaintext> OpenFrom(const BoxPair& recipient, std::string_view label, ByteView context, ByteView box);
inline constexpr size_t kBoxOverhead = 32 + kSealOverhead;

// Raw forms behind the templates above.
namespace detail {
Bytes SealRaw(ByteView key, std::string_view label, ByteView ad, ByteView message, Padding padding);
Result<Plaintext> OpenRaw(ByteView key, std::string_view label, ByteView ad, ByteView sealed, Padding padding);
bool CommitsRaw(ByteView key, std::string_view label, ByteView ad, ByteView sealed);
}  // namespace detail

template <class Tag>
Bytes Seal(const SecretKey<Tag>& key, std::string_view label, ByteView ad, ByteView message, Padding padding) {
  return detail::SealRaw(key.Reveal(), label, ad, message, padding);
}
template <class Tag>
Result<Plaintext> Open(const SecretKey<Tag>& key, std::string_view label, ByteView ad, ByteView sealed,
                       Padding padding) {
  return detail::OpenRaw(key.Reveal(), label, ad, sealed, padding);
}
template <class Tag>
bool Commits(const SecretKey<Tag>& key, std::string_view label, ByteView ad, ByteView sealed) {
  return detail::CommitsRaw(key.Reveal(), label, ad, sealed);
}

}  // namespace kith
