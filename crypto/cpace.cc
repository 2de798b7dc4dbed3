#include "crypto/cpace.h"

#include <sodium.h>

#include "crypto/base/check.h"

namespace kith::cpace {
namespace {

constexpr std::string_view kDsi = "CPaceRistretto255";
constexpr std::string_view kDsiIsk = "CPaceRistretto255_ISK";
constexpr std::string_view kDsiMac = "CPaceMac";
constexpr size_t kBlock = 128;  // SHA-512's input block

static_assert(sizeof(Point) == crypto_core_ristretto255_BYTES);
static_assert(kScalarSize == crypto_core_ristretto255_SCALARBYTES);

// The draft's prepend_len: LEB128, then the bytes.
size_t PrependLength(Bytes& out, ByteView bytes) {
  const size_t before = out.size();
  size_t length = bytes.size();
  do {
    const auto low = static_cast<uint8_t>(length & 0x7f);
    length >>= 7;
    out.push_back(length == 0 ? low : static_cast<uint8_t>(low | 0x80));
  } while (length != 0);
  out.insert(out.end(), bytes.begin(), bytes.end());
  return out.size() - before;
}

Bytes PrependAll(std::initializer_list<ByteView> fields) {
  size_t size = 0;
  for (const ByteView field : fields) size += field.size() + 10;
  Bytes out;
  out.reserve(size);  // never moved, so that wiping it wipes all
  for (const ByteView field : fields) PrependLength(out, field);
  return out;
}

class Sha512 {
 public:
  Sha512() { crypto_hash_sha512_init(&state_); }
  Sha512(const Sha512&) = delete;
  Sha512& operator=(const Sha512&) = delete;
  ~Sha512() { sodium_memzero(&state_, sizeof state_); }
  Sha512& Add(ByteView bytes) {
    crypto_hash_sha512_update(&state_, bytes.data(), bytes.size());
    return *this;
  }
  void Finish(uint8_t* out) { crypto_hash_sha512_final(&state_, out); }

 private:
  crypto_hash_sha512_state state_;
};

}  // namespace

Bytes GeneratorString(ByteView prs, ByteView ci, ByteView sid) {
  Bytes out;
  out.reserve(kBlock + prs.size() + ci.size() + sid.size() + 64);
  const size_t dsi_size = PrependLength(out, AsBytes(kDsi));
  const size_t prs_size = PrependLength(out, prs);
  const size_t taken = 1 + dsi_size + prs_size;
  const Bytes zeros(taken < kBlock ? kBlock - taken : 0);
  PrependLength(out, zeros);
  PrependLength(out, ci);
  PrependLength(out, sid);
  return out;
}

Point Generator(ByteView prs, ByteView ci, ByteView sid) {
  Bytes text = GeneratorString(prs, ci, sid);
  std::array<uint8_t, crypto_hash_sha512_BYTES> digest;
  Sha512().Add(text).Finish(digest.data());
  Point generator;
  KITH_CHECK(crypto_core_ristretto255_from_hash(generator.data(), digest.data()) == 0);
  Wipe(text);
  Wipe(digest);
  return generator;
}

GuardedBytes RandomScalar() {
  GuardedBytes scalar = GuardedAllocate(kScalarSize);
  crypto_core_ristretto255_scalar_random(scalar.get());
  return scalar;
}

std::optional<Point> Multiply(ByteView scalar, const Point& point) {
  KITH_CHECK(scalar.size() == kScalarSize);
  Point product;
  if (crypto_scalarmult_ristretto255(product.data(), scalar.data(), point.data()) != 0) return std::nullopt;
  return product;
}

GuardedBytes SessionKey(ByteView sid, const Point& k, const Side& a, const Side& b) {
  Bytes secret = PrependAll({AsBytes(kDsiIsk), sid, k});
  GuardedBytes isk = GuardedAllocate(kIskSize);
  Sha512()
      .Add(secret)
      .Add(PrependAll({a.share, a.associated_data}))
      .Add(PrependAll({b.share, b.associated_data}))
      .Finish(isk.get());
  Wipe(secret);
  return isk;
}

Tag Confirmation(ByteView sid, ByteView isk, const Side& side) {
  std::array<uint8_t, crypto_hash_sha512_BYTES> key;
  Sha512().Add(AsBytes(kDsiMac)).Add(sid).Add(isk).Finish(key.data());
  const Bytes covered = PrependAll({side.share, side.associated_data});
  crypto_auth_hmacsha512_state state;
  crypto_auth_hmacsha512_init(&state, key.data(), key.size());
  crypto_auth_hmacsha512_update(&state, covered.data(), covered.size());
  Tag tag;
  crypto_auth_hmacsha512_final(&state, tag.data());
  Wipe(key);
  sodium_memzero(&state, sizeof state);
  return tag;
}

}  // namespace kith::cpace
