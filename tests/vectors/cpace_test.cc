// CPace over ristretto255 with SHA-512: the draft's own example and its invalid points.
// Source: draft-irtf-cfrg-cpace-21 (April 2026), appendix "CPace using ristretto255 and SHA-512".
#include "crypto/cpace.h"

#include <sodium.h>

#include "crypto/base/ids.h"
#include "tests/vectors/vectors_testing.h"

namespace kith {
namespace {

const Bytes kPrs = HexBytes("50617373776f7264");
const Bytes kCi = HexBytes("0b415f696e69746961746f720b425f726573706f6e646572");
const Bytes kSid = HexBytes("7e4b4791d6a8ef019b936c79fb7f2c57");
const Bytes kGeneratorString = HexBytes(
    "11435061636552697374726574746f3235350850617373776f7264640000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "0000000000000000000000000000000000000000000000000000000000000000180b415f696e69746961746f720b425f"
    "726573706f6e646572107e4b4791d6a8ef019b936c79fb7f2c57");
const Bytes kGenerator = HexBytes("222b6b195fe84b1652badb6f6a3ae3d24341e7306967f0b8115b40d5698c7e56");
const Bytes kScalarA = HexBytes("da3d23700a9e5699258aef94dc060dfda5ebb61f02a5ea77fad53f4ff0976d08");
const Bytes kAdA = HexBytes("414461");
const Bytes kShareA = HexBytes("d6bac480f2c386c394efc7c47adb9925dcd2630b64f240c50f8d0eec482b9157");
const Bytes kScalarB = HexBytes("d2316b454718c35362d83d69df6320f38578ed5984651435e2949762d900b80d");
const Bytes kAdB = HexBytes("414462");
const Bytes kShareB = HexBytes("3ea7e0b19560d7c0b0f5734f63b955286dfa8232b5ebe63324e2d9e7433f7258");
const Bytes kK = HexBytes("80b69a8a76457ab6a4d7f887a4bf6b55a2f80ac19c333f917a05fc9887c8b40f");
const Bytes kIsk = HexBytes(
    "b69effbf61b51d56401c0f65601abe428de8206feaaf0e32198896dcae7b35cd2b38950a39dfd5d4a79164614c2984f7"
    "daa460b588c1e80c3fa2068af7900447");
const Bytes kValidScalar = HexBytes("7cd0e075fa7955ba52c02759a6c90dbbfc10e6d40aea8d283e407d88cf538a05");
const Bytes kValidPoint = HexBytes("2c3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c");
const Bytes kValidProduct = HexBytes("7c13645fe790a468f62c39beb7388e541d8405d1ade69d1778c5fe3e7f6b600e");
const Bytes kInvalidPoint = HexBytes("2b3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c");
const Bytes kIdentityPoint = HexBytes("0000000000000000000000000000000000000000000000000000000000000000");

cpace::Point PointOf(const Bytes& bytes) {
  cpace::Point point;
  KITH_CHECK(bytes.size() == point.size());
  std::copy(bytes.begin(), bytes.end(), point.begin());
  return point;
}
Bytes BytesOf(ByteView view) { return {view.begin(), view.end()}; }

TEST(Cpace, Generator) {
  EXPECT_EQ(cpace::GeneratorString(kPrs, kCi, kSid), kGeneratorString);
  EXPECT_EQ(cpace::Generator(kPrs, kCi, kSid), PointOf(kGenerator));
}

TEST(Cpace, SharesAndSessionKey) {
  const cpace::Point generator = PointOf(kGenerator);
  EXPECT_EQ(cpace::Multiply(kScalarA, generator), PointOf(kShareA));
  EXPECT_EQ(cpace::Multiply(kScalarB, generator), PointOf(kShareB));
  EXPECT_EQ(cpace::Multiply(kScalarA, PointOf(kShareB)), PointOf(kK));
  EXPECT_EQ(cpace::Multiply(kScalarB, PointOf(kShareA)), PointOf(kK));
  const cpace::Side a{.share = PointOf(kShareA), .associated_data = kAdA};
  const cpace::Side b{.share = PointOf(kShareB), .associated_data = kAdB};
  const GuardedBytes isk = cpace::SessionKey(kSid, PointOf(kK), a, b);
  EXPECT_EQ(BytesOf({isk.get(), cpace::kIskSize}), kIsk);
}

TEST(Cpace, Points) {
  EXPECT_EQ(cpace::Multiply(kValidScalar, PointOf(kValidPoint)), PointOf(kValidProduct));
  EXPECT_EQ(cpace::Multiply(kValidScalar, PointOf(kInvalidPoint)), std::nullopt);
  EXPECT_EQ(cpace::Multiply(kValidScalar, PointOf(kIdentityPoint)), std::nullopt);
}

// The draft suggests mac_key = H("CPaceMac" || sid || ISK) and HMAC over one's own share and data but gives no example,
// so it is worked out here in one piece.
TEST(Cpace, Confirmation) {
  const auto joined = [](std::initializer_list<ByteView> parts) {
    Writer writer;
    for (const ByteView part : parts) writer.Raw(part);
    return writer.Take();
  };
  const Bytes key_input = joined({AsBytes("CPaceMac"), kSid, kIsk});
  Bytes key(64), tag(64);
  crypto_hash_sha512(key.data(), key_input.data(), key_input.size());
  const Bytes length = {32}, ad_length = {3};
  const Bytes covered = joined({length, kShareA, ad_length, kAdA});
  crypto_auth_hmacsha512_state state;
  crypto_auth_hmacsha512_init(&state, key.data(), key.size());
  crypto_auth_hmacsha512_update(&state, covered.data(), covered.size());
  crypto_auth_hmacsha512_final(&state, tag.data());
  EXPECT_EQ(BytesOf(cpace::Confirmation(kSid, kIsk, {.share = PointOf(kShareA), .associated_data = kAdA})), tag);
}

TEST(Cpace, LongFieldsHaveLongLengths) {
  const Bytes long_ci(300, 7);
  const Bytes text = cpace::GeneratorString(kPrs, long_ci, kSid);
  // 18 for the name, 9 for the words, 1 and 100 of zeros, then 300 as LEB128.
  EXPECT_EQ(text[128], 0xac);
  EXPECT_EQ(text[129], 0x02);
  EXPECT_EQ(text.size(), 128 + 2 + 300 + 1 + kSid.size());
}

TEST(Cpace, TheConstantsAreTheFiles) {
  KITH_SHARED_VECTORS(file, "cpace_ristretto255.json");
  const auto& blocks = file->at("blocks");
  const auto& b = blocks.at(1);
  EXPECT_EQ(HexField(blocks.at(0), "generator_string(G.DSI,PRS,CI,sid,H.s_in_bytes)"), kGeneratorString);
  EXPECT_EQ(HexField(b, "g"), kGenerator);
  EXPECT_EQ(HexField(b, "ya"), kScalarA);
  EXPECT_EQ(HexField(b, "Ya"), kShareA);
  EXPECT_EQ(HexField(b, "yb"), kScalarB);
  EXPECT_EQ(HexField(b, "Yb"), kShareB);
  EXPECT_EQ(HexField(b, "K"), kK);
  EXPECT_EQ(HexField(b, "ISK_IR"), kIsk);
  EXPECT_EQ(HexField(blocks.at(2), "Invalid Y1"), kInvalidPoint);
  EXPECT_EQ(HexField(blocks.at(2), "Invalid Y2"), kIdentityPoint);
}

}  // namespace
}  // namespace kith
