#include "crypto/base/bytes.h"
#include "crypto/base/check.h"
#include "crypto/base/limits.h"
#include "crypto/seal.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/unit/crypto_testing.h"

namespace kith {
namespace {

TEST(CodeName, IsAWordForScriptsAndDistinct) {
  EXPECT_STREQ(CodeName(Code::kWrongPassphrase), "WRONG_PASSPHRASE");
  EXPECT_STREQ(CodeName(Code::kNotUtf8), "NOT_UTF8");
  EXPECT_STREQ(CodeName(Code::kSealBroken), "SEAL_BROKEN");
  std::set<std::string> names;
  for (int code = 0; code <= static_cast<int>(Code::kInternal); ++code) {
    const std::string name = CodeName(static_cast<Code>(code));
    EXPECT_EQ(name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_8"), std::string::npos) << name;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
}

TEST(Bytes, AreBigEndian) {
  const Bytes bytes = Writer().U8(1).U16(0x0203).U32(0x04050607).U64(0x08090a0b0c0d0e0f).Prefixed("ab").Take();
  const Bytes expected = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 0, 0, 2, 'a', 'b'};
  EXPECT_EQ(bytes, expected);
  Reader reader(bytes);
  EXPECT_EQ(reader.U8(), 1);
  EXPECT_EQ(reader.U16(), 0x0203);
  EXPECT_EQ(reader.U32(), 0x04050607U);
  EXPECT_EQ(reader.U64(), 0x08090a0b0c0d0e0fU);
  EXPECT_FALSE(reader.Done());
  EXPECT_EQ(AsText(reader.Prefixed()), "ab");
  EXPECT_TRUE(reader.Done());
}

TEST(Bytes, AReadPastTheEndSpoilsTheReader) {
  const Bytes bytes = {0, 0, 0, 9, 1};
  Reader reader(bytes);
  EXPECT_TRUE(reader.Prefixed().empty());
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.U8(), 0) << "the byte that is left is not given out any more";
  EXPECT_FALSE(reader.Done());
}

TEST(Hash, SeparatesFieldsAndLabels) {
  const Bytes ab = ToBytes("ab"), c = ToBytes("c"), a = ToBytes("a"), bc = ToBytes("bc");
  EXPECT_NE(Hash("x", {ab, c}), Hash("x", {a, bc}));
  EXPECT_NE(Hash("x", {ab}), Hash("y", {ab}));
  EXPECT_NE(Hash("x", {}), Hash("x", {ByteView()}));
  EXPECT_EQ(Hash("x", {ab, c}), Hash("x", {ab, c}));
}

TEST(Hash, ChainDependsOnAllBefore) {
  const RecordId one{Hash("t", {ToBytes("1")})}, two{Hash("t", {ToBytes("2")})};
  EXPECT_NE(NextChain(NextChain({}, one), two), NextChain(NextChain({}, two), one));
  const auto digest = Hash(labels::kChain, {Chain{}.view(), one.view()});
  EXPECT_TRUE(std::equal(digest.begin(), digest.begin() + 16, NextChain({}, one).value.begin()));
}

TEST(Hash, LabelsAreDistinct) {
  using namespace labels;
  const std::vector<std::string_view> all = {
      kMailbox,    kRecord,        kPayload,       kBoxes,          kChain,        kGeneration,
      kTokenMint,  kInviteAttempt, kImportTable,   kExportedFile,   kOp,           kPersonOp,
      kPersonHead, kStatement,     kRequestBody,   kInvite,         kToken,        kSignRecord,
      kSignHello,  kSignRequest,   kSignStatement, kSignLane,       kSignPersonOp, kCountersignPersonOp,
      kSeal,       kSealTo,        kRecoverySign,  kRecoveryBox,    kRecoveryRoot, kSelfBox,
      kImport,     kFile,          kPairingKey,    kPairingChannel, kSealPayload,  kSealGeneration,
      kSealBox,    kSealVaultKey,  kSealPairing};
  EXPECT_EQ(std::set<std::string_view>(all.begin(), all.end()).size(), all.size());
  for (const std::string_view label : all) {
    EXPECT_EQ(label.substr(0, 7), "kith/1/");
    EXPECT_EQ(label.find('\0'), std::string_view::npos) << "a zero ends the label of a signature";
  }
}

TEST(Base64, RoundTripsAndIsUrlSafe) {
  for (size_t length = 0; length < 70; ++length) {
    Bytes bytes(length);
    RandomFill(bytes);
    const std::string text = ToBase64(bytes);
    EXPECT_EQ(text.find_first_of("+/="), std::string::npos);
    EXPECT_EQ(FromBase64(text), bytes);
  }
  EXPECT_EQ(ToBase64(Bytes{0xfb, 0xff}), "-_8");
}

TEST(Base64, RefusesEverythingButThatText) {
  for (const char* text : {"-_9", "-_8=", "-_8 ", " -_8", "+/8", "-", "-_8\n", "-_8a-"}) {
    EXPECT_EQ(FromBase64(text), std::nullopt) << text;
  }
}

TEST(SecretEqual, ComparesLengthToo) {
  EXPECT_TRUE(SecretEqual(ToBytes("abc"), ToBytes("abc")));
  EXPECT_FALSE(SecretEqual(ToBytes("abc"), ToBytes("abd")));
  EXPECT_FALSE(SecretEqual(ToBytes("abc"), ToBytes("ab")));
  EXPECT_TRUE(SecretEqual({}, {}));
}

TEST(Secrets, AreWiped) {
  std::string text = "a passphrase that is longer than the object";
  const char* const data = text.data();
  const size_t size = text.size();
  Wipe(text);
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(std::string_view(data, size).find_first_not_of('\0'), std::string_view::npos);
  Bytes bytes(40, 7);
  Wipe(bytes);
  EXPECT_EQ(bytes, Bytes(40, 0));
}

TEST(Secrets, KeysAreRandomAndCopied) {
  const auto one = SealKey::Generate();
  const auto two = SealKey::Generate();
  EXPECT_FALSE(SecretEqual(one.Reveal(), two.Reveal()));
  EXPECT_TRUE(SecretEqual(one.Clone().Reveal(), one.Reveal()));
  EXPECT_EQ(MemoryLockWorks(), MemoryLockWorks());
}

TEST(SecretsDeathTest, AKeyOfAnotherLengthIsABug) {
  EXPECT_DEATH(SealKey::Copy(Bytes(31)), "internal error");
  EXPECT_DEATH(KITH_CHECK(1 > 2), "1 > 2");
}

TEST(Limits, ThePacksFitThePayload) {
  EXPECT_LE(PaddedLength(1 + limits::kPackPlain) + kSealOverhead, limits::kPayload);
  // A whole push holds at least one largest record.
  EXPECT_LT(limits::kPayload + 1024, limits::kPushBytes);
}

}  // namespace
}  // namespace kith
