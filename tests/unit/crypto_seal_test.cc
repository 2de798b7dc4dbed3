#include <sodium.h>

#include "crypto/base/check.h"
#include "crypto/base/limits.h"
#include "crypto/derive.h"
#include "crypto/page.h"
#include "crypto/seal.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/prefixed_hash.h"
#include "tests/unit/crypto_testing.h"

namespace kith {
namespace {

const Bytes kAd = ToBytes("context");
constexpr std::string_view kLabel = labels::kSealPayload;

Bytes Opened(const Result<Plaintext>& result) {
  if (!result) return ToBytes(CodeName(result.error().code));
  return {result->view().begin(), result->view().end()};
}

TEST(Seal, OpensToWhatWasSealed) {
  const auto key = SealKey::Generate();
  for (const Padding padding : {Padding::kNone, Padding::kPadme}) {
    for (const size_t length : {0, 1, 31, 1535, 1536, 5000, 70'000}) {
      Bytes message(length);
      RandomFill(message);
      if (length > 2) message[length - 1] = 0;  // trailing zeros are the message's own
      const Bytes sealed = Seal(key, kLabel, kAd, message, padding);
      EXPECT_EQ(sealed.size(), kSealOverhead + (padding == Padding::kPadme ? PaddedLength(length) : length));
      EXPECT_EQ(Opened(Open(key, kLabel, kAd, sealed, padding)), message);
      EXPECT_TRUE(Commits(key, kLabel, kAd, sealed));
    }
  }
}

TEST(Seal, NeverTheSameTwice) {
  const auto key = SealKey::Generate();
  EXPECT_NE(Seal(key, kLabel, kAd, kAd, Padding::kNone), Seal(key, kLabel, kAd, kAd, Padding::kNone));
}

TEST(Seal, EveryBitCounts) {
  const auto key = SealKey::Generate();
  for (const Padding padding : {Padding::kNone, Padding::kPadme}) {
    ExpectEveryFlipRefused(Seal(key, kLabel, kAd, ToBytes("a few words"), padding), [&](ByteView sealed) {
      const std::optional<Code> code = CodeOf(Open(key, kLabel, kAd, sealed, padding));
      if (code) {
        EXPECT_EQ(*code, sealed[0] == 1 ? Code::kSealBroken : Code::kSuiteUnsupported);
      }
      return code.has_value();
    });
  }
}

TEST(Seal, RefusesEveryOtherLength) {
  const auto key = SealKey::Generate();
  Bytes sealed = Seal(key, kLabel, kAd, ToBytes("a few words"), Padding::kNone);
  for (size_t length = 0; length < sealed.size(); ++length) {
    EXPECT_EQ(CodeOf(Open(key, kLabel, kAd, ByteView(sealed).first(length), Padding::kNone)), Code::kSealBroken);
  }
  sealed.push_back(0);
  EXPECT_EQ(CodeOf(Open(key, kLabel, kAd, sealed, Padding::kNone)), Code::kSealBroken);
}

TEST(Seal, IsForOneKeyLabelAndContext) {
  const auto key = SealKey::Generate();
  const auto other = SealKey::Generate();
  const Bytes sealed = Seal(key, kLabel, kAd, ToBytes("words"), Padding::kPadme);
  EXPECT_EQ(CodeOf(Open(other, kLabel, kAd, sealed, Padding::kPadme)), Code::kSealBroken);
  EXPECT_EQ(CodeOf(Open(key, labels::kSealBox, kAd, sealed, Padding::kPadme)), Code::kSealBroken);
  EXPECT_EQ(CodeOf(Open(key, kLabel, ToBytes("contexu"), sealed, Padding::kPadme)), Code::kSealBroken);
  EXPECT_FALSE(Commits(other, kLabel, kAd, sealed));
  EXPECT_FALSE(Commits(key, labels::kSealBox, kAd, sealed));
  EXPECT_FALSE(Commits(key, kLabel, {}, sealed));
  EXPECT_FALSE(Commits(key, kLabel, kAd, {}));
}

TEST(Seal, PaddingIsMarkedAndOnlyZeros) {
  const auto key = SealKey::Generate();
  const auto opened = [&](Bytes padded) {
    return Opened(Open(key, kLabel, kAd, Seal(key, kLabel, kAd, padded, Padding::kNone), Padding::kPadme));
  };
  EXPECT_EQ(opened({'a', 0x80, 0, 0}), ToBytes("a"));
  EXPECT_EQ(opened({'a', 0x80}), ToBytes("a"));
  EXPECT_EQ(opened({0x80}), Bytes());
  EXPECT_EQ(opened({'a', 0x80, 0x80, 0}), (Bytes{'a', 0x80}));
  for (const Bytes& bad : {Bytes{}, Bytes{'a'}, Bytes{0, 0}, Bytes{'a', 0x80, 1}, Bytes{'a', 0x81, 0}}) {
    EXPECT_EQ(opened(bad), ToBytes("SEAL_BROKEN"));
  }
}

// Sizes by algorithm 1 of the PURBs paper, worked out apart from our code.
TEST(Padme, HasThePapersSizes) {
  EXPECT_EQ(PaddedLength(0), limits::kMinPadded);
  EXPECT_EQ(PaddedLength(1535), 1536U);
  EXPECT_EQ(PaddedLength(1536), 1600U);
  EXPECT_EQ(PaddedLength(1600), 1664U);
  EXPECT_EQ(PaddedLength(9'999), 10'240U);
  EXPECT_EQ(PaddedLength(60 * 1024 - 1), 61'440U);
  EXPECT_EQ(PaddedLength(60 * 1024), 63'488U);
  EXPECT_EQ(PaddedLength(512 * 1024), 540'672U);
}

TEST(Padme, LosesAtMostAnEighthAndNeverShrinks) {
  size_t before = 0;
  for (size_t length = 0; length < 600'000; length += 7) {
    const size_t padded = PaddedLength(length);
    ASSERT_GT(padded, length);
    ASSERT_GE(padded, before);
    ASSERT_LE(padded, std::max(limits::kMinPadded, length + length / 8));
    before = padded;
  }
}

// A short entry's size does not show; in what devices store it does not either (adversary_bytes_test.cc).
TEST(Padme, EntriesOfUpTo900BytesHaveOneSize) {
  for (size_t text = 1; text <= 900; ++text) ASSERT_EQ(PaddedLength(text + 500), limits::kMinPadded);
}

// ---- 14. A two-key Poly1305 collision: the commitment fails under every key but its own.

// One ciphertext whose Poly1305 tag is right under two keys ("salamander"), solved apart from our code for the keys
// 0x11.. and 0x22.., nonce 00 to 17, AD 00 to 69 (hex).
class Salamander : public testing::Test {
 protected:
  Salamander() : sealed_(kSealed.size() / 2), ad_(106) {
    KITH_CHECK(
        sodium_hex2bin(sealed_.data(), sealed_.size(), kSealed.data(), kSealed.size(), nullptr, nullptr, nullptr) == 0);
    for (size_t i = 0; i < ad_.size(); ++i) ad_[i] = static_cast<uint8_t>(i);
  }
  // Encryption key and commitment, as Seal derives them from the key of such bytes.
  std::array<uint8_t, 64> KeysOf(uint8_t fill) const {
    PrefixedHash hash(Bytes(32, fill), 64);
    for (const ByteView field :
         {AsBytes(labels::kSeal), ByteView(sealed_).first(1), nonce(), AsBytes(kLabel), ByteView(ad_)}) {
      hash.Field(field);
    }
    std::array<uint8_t, 64> okm;
    hash.Finish(okm);
    return okm;
  }
  ByteView nonce() const { return ByteView(sealed_).subspan(1, 24); }

  static constexpr std::string_view kSealed =
      "01000102030405060708090a0b0c0d0e0f101112131415161750c1670936f0cf67cf1bd224f25924ca54a939eec040af09ef"
      "b65cc9c488c8a0cb6f233f88a8190028fefb74e7272084000000000000000000000000000000000100000000000000000000"
      "000000000000000000000000000000000000000000ef7e75832f2b11467b921da06664b553";
  Bytes sealed_, ad_;
};

TEST_F(Salamander, Adversary14OnlyTheKeyThatIsCommittedToOpensIt) {
  EXPECT_EQ(CodeOf(Open(KeyOf<SealKey>(0x11), kLabel, ad_, sealed_, Padding::kNone)), std::nullopt);
  EXPECT_EQ(CodeOf(Open(KeyOf<SealKey>(0x22), kLabel, ad_, sealed_, Padding::kNone)), Code::kSealBroken);
}

TEST_F(Salamander, Adversary14TwinTheCipherAloneTakesEitherKey) {
  const ByteView cipher = ByteView(sealed_).subspan(57);
  const Bytes cipher_ad = Writer().Prefixed(kLabel).Prefixed(ad_).Take();
  for (const uint8_t fill : Bytes{0x11, 0x22}) {
    Bytes plain(cipher.size() - 16);
    EXPECT_EQ(crypto_aead_xchacha20poly1305_ietf_decrypt(plain.data(), nullptr, nullptr, cipher.data(), cipher.size(),
                                                         cipher_ad.data(), cipher_ad.size(), nonce().data(),
                                                         KeysOf(fill).data()),
              0);
  }
}

// Nor does it help to put the other key's commitment in.
TEST_F(Salamander, Adversary14AnotherCommitmentIsForTheOtherKeyAlone) {
  const auto keys = KeysOf(0x22);
  std::copy(keys.begin() + 32, keys.end(), sealed_.begin() + 25);
  EXPECT_EQ(CodeOf(Open(KeyOf<SealKey>(0x22), kLabel, ad_, sealed_, Padding::kNone)), std::nullopt);
  EXPECT_EQ(CodeOf(Open(KeyOf<SealKey>(0x11), kLabel, ad_, sealed_, Padding::kNone)), Code::kSealBroken);
}

TEST(Box, OpensForItsRecipientOnly) {
  const BoxPair ann = BoxPair::Generate(), bob = BoxPair::Generate();
  const Result<Bytes> box = SealTo(ann.public_key(), labels::kSealBox, kAd, ToBytes("a key"));
  ASSERT_TRUE(box);
  EXPECT_EQ(box->size(), kBoxOverhead + 5);
  EXPECT_EQ(Opened(OpenFrom(ann, labels::kSealBox, kAd, *box)), ToBytes("a key"));
  EXPECT_EQ(CodeOf(OpenFrom(bob, labels::kSealBox, kAd, *box)), Code::kSealBroken);
  EXPECT_EQ(CodeOf(OpenFrom(ann, labels::kSealBox, ToBytes("else"), *box)), Code::kSealBroken);
  EXPECT_EQ(CodeOf(OpenFrom(ann, labels::kSealPayload, kAd, *box)), Code::kSealBroken);
  for (size_t length = 0; length < box->size(); ++length) {
    EXPECT_EQ(CodeOf(OpenFrom(ann, labels::kSealBox, kAd, ByteView(*box).first(length))), Code::kSealBroken);
  }
}

TEST(Box, EveryBitCounts) {
  const BoxPair ann = BoxPair::Generate();
  const Result<Bytes> box = SealTo(ann.public_key(), labels::kSealBox, kAd, ToBytes("a key"));
  ASSERT_TRUE(box);
  ExpectEveryFlipRefused(*box, [&](ByteView changed) { return !OpenFrom(ann, labels::kSealBox, kAd, changed); });
}

// Points of small order: 0, 1, p - 1 and their like give a shared secret of zeros.
TEST(Box, RefusesRecipientsAndSendersOfSmallOrder) {
  BoxPublic zero, one;
  one.value[0] = 1;
  const BoxPair ann = BoxPair::Generate();
  for (const BoxPublic& weak : {zero, one}) {
    EXPECT_EQ(CodeOf(SealTo(weak, labels::kSealBox, kAd, kAd)), Code::kPublicKeyInvalid);
    Bytes box(kBoxOverhead + 5);
    std::copy(weak.value.begin(), weak.value.end(), box.begin());
    EXPECT_EQ(CodeOf(OpenFrom(ann, labels::kSealBox, kAd, box)), Code::kSealBroken);
  }
}

TEST(Derive, DependsOnKeyLabelAndFields) {
  const auto key = KeyOf<SealKey>(1);
  std::set<std::array<uint8_t, 32>> seen;
  seen.insert(DeriveRaw(key.Reveal(), labels::kFile, {}));
  seen.insert(DeriveRaw(KeyOf<SealKey>(2).Reveal(), labels::kFile, {}));
  seen.insert(DeriveRaw(key.Reveal(), labels::kImport, {}));
  seen.insert(DeriveRaw(key.Reveal(), labels::kFile, {kAd}));
  seen.insert(DeriveRaw(key.Reveal(), labels::kFile, {kAd, kAd}));
  seen.insert(Hash(labels::kFile, {}));
  EXPECT_EQ(seen.size(), 6U);
  EXPECT_TRUE(
      SecretEqual(Derive<VaultKey>(key, labels::kFile, {kAd}).Reveal(), DeriveRaw(key.Reveal(), labels::kFile, {kAd})));
}

TEST(Plaintext, MovesAndLeavesNothing) {
  Plaintext one(ToBytes("words"));
  Plaintext two(std::move(one));
  EXPECT_EQ(AsText(two.view()), "words");
  EXPECT_EQ(one.size(), 0U);  // NOLINT(bugprone-use-after-move): the contract
  Plaintext three(ToBytes("others"));
  three = std::move(two);
  EXPECT_EQ(AsText(three.view()), "words");
}

class PageTest : public testing::Test {
 protected:
  const Bytes salt_ = Bytes(kFileSalt, 9);
  const PageCipher cipher_{KeyOf<VaultKey>(3), salt_};
  const Bytes plain_ = ToBytes("a page of a vault's file");

  Bytes Encrypt(uint64_t number, uint8_t flags) const {
    Bytes sealed(plain_.size() + kPageTag);
    cipher_.Encrypt(number, flags, plain_, sealed.data());
    return sealed;
  }
};

TEST_F(PageTest, RoundTripsInItsPlaceOnly) {
  const Bytes sealed = Encrypt(7, 2);
  Bytes out(plain_.size());
  ASSERT_TRUE(cipher_.Decrypt(7, 2, sealed, out.data()));
  EXPECT_EQ(out, plain_);
  EXPECT_FALSE(cipher_.Decrypt(8, 2, sealed, out.data()));
  EXPECT_NE(out, plain_) << "nothing is given out of a page that does not verify";
  EXPECT_FALSE(cipher_.Decrypt(7 + (uint64_t{1} << 63), 2, sealed, out.data()));
  EXPECT_FALSE(cipher_.Decrypt(7, 3, sealed, out.data()));
  EXPECT_FALSE(PageCipher(KeyOf<VaultKey>(4), salt_).Decrypt(7, 2, sealed, out.data()));
  EXPECT_FALSE(PageCipher(KeyOf<VaultKey>(3), Bytes(kFileSalt, 8)).Decrypt(7, 2, sealed, out.data()));
  EXPECT_FALSE(cipher_.Decrypt(7, 2, ByteView(sealed).first(kPageTag - 1), out.data()));
}

TEST_F(PageTest, EveryBitCounts) {
  Bytes out(plain_.size());
  ExpectEveryFlipRefused(Encrypt(7, 2), [&](ByteView changed) { return !cipher_.Decrypt(7, 2, changed, out.data()); });
}

TEST_F(PageTest, PagesOfEqualWordsDiffer) { EXPECT_NE(Encrypt(1, 0), Encrypt(2, 0)); }

}  // namespace
}  // namespace kith
