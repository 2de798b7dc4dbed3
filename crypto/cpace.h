// The steps of CPace over ristretto255 with SHA-512: draft-irtf-cfrg-cpace-21 (April 2026), initiator and responder,
// with the explicit key confirmation it suggests. Apart from pairing.h so that the draft's vectors can be run.
// Thread-safe.
#pragma once

#include <array>
#include <optional>

#include "crypto/base/bytes.h"
#include "crypto/verify/secret.h"

namespace kith::cpace {

inline constexpr size_t kScalarSize = 32;
inline constexpr size_t kIskSize = 64;
inline constexpr size_t kTagSize = 64;
using Point = std::array<uint8_t, 32>;  // ristretto255, encoded
using Tag = std::array<uint8_t, kTagSize>;

// generator_string of the draft: wipe it.
Bytes GeneratorString(ByteView prs, ByteView ci, ByteView sid);
// The secret generator: wipe it.
Point Generator(ByteView prs, ByteView ci, ByteView sid);
GuardedBytes RandomScalar();
// scalar_mult_vfy of the draft: nullopt for bytes that are no point, and for the identity.
std::optional<Point> Multiply(ByteView scalar, const Point& point);

// One side's public share and what goes with it.
struct Side {
  Point share{};
  Bytes associated_data;
};

// ISK, 64 bytes, for the initiator (opener) `a` and the responder (joiner) `b`.
GuardedBytes SessionKey(ByteView sid, const Point& k, const Side& a, const Side& b);
// What the owner of `side` sends to show that it holds `isk`.
Tag Confirmation(ByteView sid, ByteView isk, const Side& side);

}  // namespace kith::cpace
