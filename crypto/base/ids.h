// Identifiers: byte arrays that the compiler keeps apart. None is secret.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>

#include "crypto/base/bytes.h"

namespace kith {

template <class Tag, size_t N>
struct Id {
  static constexpr size_t kSize = N;
  std::array<uint8_t, N> value{};

  // nullopt unless `bytes` has exactly N bytes.
  static std::optional<Id> From(ByteView bytes) {
    if (bytes.size() != N) return std::nullopt;
    Id id;
    std::copy(bytes.begin(), bytes.end(), id.value.begin());
    return id;
  }
  ByteView view() const { return value; }
  bool IsZero() const { return *this == Id{}; }
  friend auto operator<=>(const Id&, const Id&) = default;
};

using MailboxId = Id<struct MailboxTag, 32>;        // H of its first root public key
using RecordId = Id<struct RecordTag, 32>;          // H of a record's header
using GenerationId = Id<struct GenerationTag, 32>;  // H of a generation announcement
using PersonId = Id<struct PersonTag, 32>;          // id of a person's genesis operation
using OpId = Id<struct OpTag, 32>;                  // H of an operation's bytes
using VersionId = OpId;                             // a version is named by its operation
using StatementId = Id<struct StatementTag, 32>;    // H of a seat statement's body
using EntryId = Id<struct EntryTag, 16>;
using ShareId = Id<struct ShareTag, 16>;  // random, says nothing of the entry
using RelayEpoch = Id<struct RelayEpochTag, 16>;
using HelloNonce = Id<struct HelloNonceTag, 16>;
using Chain = Id<struct ChainTag, 16>;  // a relay's hash chain over record ids

// Public keys.
using SignPublic = Id<struct SignPublicTag, 32>;  // Ed25519
using BoxPublic = Id<struct BoxPublicTag, 32>;    // X25519
using LaneKey = SignPublic;                       // names a lane
using SeatKeyId = SignPublic;                     // names a seat
using DeviceId = SignPublic;                      // a device's signing key
using Signature = Id<struct SignatureTag, 64>;

}  // namespace kith

template <class Tag, size_t N>
struct std::hash<kith::Id<Tag, N>> {
  // The values are hashes, keys or random, so any eight bytes will do.
  size_t operator()(const kith::Id<Tag, N>& id) const noexcept {
    size_t out = 0;
    std::memcpy(&out, id.value.data(), std::min(sizeof out, N));
    return out;
  }
};
