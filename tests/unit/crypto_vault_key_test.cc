#include <sodium.h>

#include "crypto/phrase.h"
#include "crypto/seal.h"
#include "crypto/vault_key.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/unit/crypto_testing.h"

namespace kith {
namespace {

constexpr std::string_view kPassphrase = "a good long passphrase";

// Offsets of layout "vault key file".
constexpr size_t kVersionAt = 7, kKdfAt = 8, kPassesAt = 9, kMemoryAt = 13, kSaltAt = 17, kSealAt = 33;

class VaultKeyTest : public testing::Test {
 protected:
  // Made once: deriving is slow by design.
  static void SetUpTestSuite() {
    const auto wrapped = WrapVaultKey(KeyOf<VaultKey>(6), kPassphrase, kKdfFloor);
    ASSERT_TRUE(wrapped);
    file_ = *wrapped;
  }
  static std::optional<Code> CodeWith(size_t at, uint8_t value) {
    Bytes file = file_;
    file[at] = value;
    return CodeOf(UnwrapVaultKey(file, kPassphrase));
  }
  static inline Bytes file_;
};

TEST_F(VaultKeyTest, ThePassphraseOpensIt) {
  const auto key = UnwrapVaultKey(file_, kPassphrase);
  ASSERT_TRUE(key);
  EXPECT_TRUE(SecretEqual(key->Reveal(), KeyOf<VaultKey>(6).Reveal()));
  EXPECT_EQ(file_.size(), 138U);
  EXPECT_EQ(ToString(ByteView(file_).first(7)), "KITHVLT");
}

TEST_F(VaultKeyTest, AnotherOneDoesNot) {
  EXPECT_EQ(CodeOf(UnwrapVaultKey(file_, "a good long passphrasf")), Code::kWrongPassphrase);
  EXPECT_EQ(CodeOf(UnwrapVaultKey(file_, "")), Code::kWrongPassphrase);
}

TEST_F(VaultKeyTest, Adversary07DamageOfTheKeyFileIsTold) {
  for (size_t length = 0; length < file_.size(); ++length) {
    EXPECT_EQ(CodeOf(UnwrapVaultKey(ByteView(file_).first(length), kPassphrase)), Code::kVaultDamaged) << length;
  }
  Bytes longer = file_;
  longer.push_back(0);
  EXPECT_EQ(CodeOf(UnwrapVaultKey(longer, kPassphrase)), Code::kVaultDamaged);
  for (size_t bit = 0; bit < kVersionAt * 8; ++bit) {
    EXPECT_EQ(CodeWith(bit / 8, static_cast<uint8_t>(file_[bit / 8] ^ 1U << bit % 8)), Code::kVaultDamaged) << bit;
  }
  EXPECT_EQ(CodeWith(kVersionAt, 0), Code::kVaultDamaged);
  EXPECT_EQ(CodeWith(kPassesAt, 1), Code::kVaultDamaged) << "16 million passes";
  EXPECT_EQ(CodeWith(kPassesAt + 3, 17), Code::kVaultDamaged);
  EXPECT_EQ(CodeWith(kMemoryAt, 1), Code::kVaultDamaged) << "16 GiB";
}

TEST_F(VaultKeyTest, ANewerFormatIsTold) {
  EXPECT_EQ(CodeWith(kVersionAt, 2), Code::kNewerFormat);
  EXPECT_EQ(CodeWith(kVersionAt, 255), Code::kNewerFormat);
  EXPECT_EQ(CodeWith(kKdfAt, 2), Code::kNewerFormat);
}

// ---- 21. Lower the stored KDF cost: refused. (Suites: floors_test.cc.)

// For a new vault, and in the file of an old one.
TEST_F(VaultKeyTest, Adversary21TheCostHasAFloorAndACeiling) {
  EXPECT_EQ(CodeWith(kPassesAt + 3, 2), Code::kKdfTooWeak);
  EXPECT_EQ(CodeWith(kPassesAt + 3, 0), Code::kKdfTooWeak);
  EXPECT_EQ(CodeWith(kMemoryAt + 1, 0), Code::kKdfTooWeak);
  const auto code = [](uint32_t passes, uint32_t mib) {
    return CodeOf(WrapVaultKey(KeyOf<VaultKey>(6), kPassphrase, {.passes = passes, .memory_mib = mib}));
  };
  EXPECT_EQ(code(2, 256), Code::kKdfTooWeak);
  EXPECT_EQ(code(3, 63), Code::kKdfTooWeak);
  EXPECT_EQ(code(17, 64), Code::kInvalidArgument);
  EXPECT_EQ(code(3, 4097), Code::kInvalidArgument);
  EXPECT_EQ(code(3, UINT32_MAX), Code::kInvalidArgument);
}

// A file below the floor, as somebody made it who derives as Kith does: the right words would open it, were it not for
// the floor.
TEST_F(VaultKeyTest, Adversary21TwinWhatIsBelowTheFloorWouldOpen) {
  Writer front;
  front.Raw(ByteView(file_).first(kPassesAt)).U32(1).U32(64);
  front.Raw(ByteView(file_).subspan(kSaltAt, kSealAt - kSaltAt));
  std::array<uint8_t, 32> raw;
  ASSERT_EQ(crypto_pwhash(raw.data(), raw.size(), kPassphrase.data(), kPassphrase.size(), file_.data() + kSaltAt, 1,
                          size_t{64} * 1024, crypto_pwhash_ALG_ARGON2ID13),
            0);
  const SealKey kek = SealKey::Copy(raw);
  const Bytes sealed = Seal(kek, labels::kSealVaultKey, front.bytes(), KeyOf<VaultKey>(6).Reveal(), Padding::kNone);
  EXPECT_EQ(CodeOf(Open(kek, labels::kSealVaultKey, front.bytes(), sealed, Padding::kNone)), std::nullopt);
  EXPECT_EQ(CodeOf(UnwrapVaultKey(Writer().Raw(front.bytes()).Raw(sealed).Take(), kPassphrase)), Code::kKdfTooWeak);
}

// Each of these derives a key, so only some places: every bit of a seal is flipped in the seal's own tests.
TEST_F(VaultKeyTest, WhatWasDerivedFromIsAuthenticated) {
  EXPECT_EQ(CodeWith(kPassesAt + 3, 4), Code::kWrongPassphrase);
  for (const size_t at : {kMemoryAt + 3, kSaltAt, kSealAt - 1, kSealAt + 1, kSealAt + 25, kSealAt + 57, size_t{137}}) {
    EXPECT_EQ(CodeWith(at, file_[at] ^ 1), Code::kWrongPassphrase) << at;
  }
}

TEST(Phrase, RoundTripsInAnyCaseAndSpacing) {
  const auto secret = RecoverySecret::Generate();
  const std::string phrase = FormatPhrase(secret);
  EXPECT_EQ(std::count(phrase.begin(), phrase.end(), ' '), 23);
  std::string shouted = "\n ";
  for (const char c : phrase)
    shouted += c == ' ' ? std::string(" \t\n") : std::string(1, static_cast<char>(std::toupper(c)));
  for (const std::string& text : {phrase, shouted}) {
    const auto parsed = ParsePhrase(text);
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(SecretEqual(parsed->Reveal(), secret.Reveal()));
  }
}

TEST(Phrase, RefusesWhatIsNone) {
  std::string zeros;
  for (int i = 0; i < 23; ++i) zeros += "abandon ";
  EXPECT_EQ(CodeOf(ParsePhrase(zeros + "art")), std::nullopt);
  EXPECT_EQ(CodeOf(ParsePhrase(zeros + "abandon")), Code::kWordChecksum);
  EXPECT_EQ(CodeOf(ParsePhrase(zeros + "artt")), Code::kWordUnknown);
  EXPECT_EQ(CodeOf(ParsePhrase(zeros)), Code::kWordCount) << "23 words";
  EXPECT_EQ(CodeOf(ParsePhrase(zeros + "abandon art")), Code::kWordCount) << "25 words";
  EXPECT_EQ(CodeOf(ParsePhrase("")), Code::kWordCount);
  EXPECT_EQ(CodeOf(ParsePhrase(EntropyToWords(Bytes(16)))), Code::kWordCount) << "12 words are another's phrase";
  EXPECT_EQ(CodeOf(ParsePhrase(std::string(100'000, 'a'))), Code::kWordUnknown);
}

// Which word it is, by its number and never by itself.
TEST(Phrase, SaysWhatIsWrong) {
  std::string zeros;
  for (int i = 0; i < 23; ++i) zeros += "abandon ";
  const auto said = [](const std::string& phrase) { return ParsePhrase(phrase).error().message; };
  EXPECT_TRUE(said("abandon secretword " + zeros).starts_with("Word 2 is not in the word list"));
  EXPECT_EQ(said("abandon secretword " + zeros).find("secretword"), std::string::npos);
  EXPECT_TRUE(said(zeros + "artt").starts_with("Word 24 is not in the word list"));
  EXPECT_TRUE(said(zeros).starts_with("There are 23 words"));
  EXPECT_TRUE(said(zeros + "abandon art").starts_with("There are more than 24 words"));
  EXPECT_TRUE(said(EntropyToWords(Bytes(16))).starts_with("There are 12 words"));
  EXPECT_TRUE(said(zeros + "abandon").starts_with("These words do not belong together"));
}

// A typed word that is another word of the list is found out in 255 of 256 cases; two swapped ones too.
TEST(Phrase, TheChecksumFindsMostSlips) {
  int accepted = 0;
  const std::string phrase = EntropyToWords(Bytes(32, 0x5a));
  const size_t end = phrase.rfind(' ') + 1;
  for (size_t word = 0; word < 2048; ++word) {
    accepted += ParsePhrase(phrase.substr(0, end) + std::string(WordAt(word))).has_value() ? 1 : 0;
  }
  EXPECT_EQ(accepted, 8) << "3 bits of entropy stand beside 8 of checksum in the last word";
}

TEST(Phrase, TheListIsWhole) {
  for (size_t i = 0; i < 2048; ++i) EXPECT_EQ(WordIndex(WordAt(i)), static_cast<int>(i));
  EXPECT_EQ(WordAt(0), "abandon");
  EXPECT_EQ(WordAt(2047), "zoo");
  EXPECT_EQ(WordIndex("zzz"), -1);
  EXPECT_EQ(WordIndex(""), -1);
}

TEST(Recovery, KeysAreOfThePhraseAndDiffer) {
  const RecoveryKeys one = DeriveRecovery(KeyOf<RecoverySecret>(1));
  const RecoveryKeys again = DeriveRecovery(KeyOf<RecoverySecret>(1));
  const RecoveryKeys two = DeriveRecovery(KeyOf<RecoverySecret>(2));
  EXPECT_EQ(one.sign.public_key(), again.sign.public_key());
  EXPECT_EQ(one.box.public_key(), again.box.public_key());
  EXPECT_EQ(one.root.public_key(), again.root.public_key());
  EXPECT_NE(one.sign.public_key(), one.root.public_key());
  EXPECT_NE(one.sign.public_key(), two.sign.public_key());
  EXPECT_NE(one.box.public_key(), two.box.public_key());
}

}  // namespace
}  // namespace kith
