// BIP39's official English vectors (trezor/python-mnemonic, MIT) and its word list.
#include <sodium.h>

#include "crypto/phrase.h"
#include "tests/vectors/vectors_testing.h"

namespace kith {
namespace {

void ExpectBothWays(const std::string& entropy, const std::string& words) {
  EXPECT_EQ(EntropyToWords(HexBytes(entropy)), words);
  const auto back = WordsToEntropy(words);
  ASSERT_TRUE(back) << words;
  EXPECT_EQ(Hex(*back), entropy);
}

TEST(Bip39, Constants) {
  for (const auto& [entropy, words] : std::initializer_list<std::pair<const char*, const char*>>{
           {"00000000000000000000000000000000",
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"},
           {"0000000000000000000000000000000000000000000000000000000000000000",
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon ab"
            "andon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art"},
           {"f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f",
            "void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing "
            "screen patrol group space point ten exist slush involve unfold"},
       }) {
    ExpectBothWays(entropy, words);
  }
}

TEST(Bip39, AllEnglishVectors) {
  KITH_SHARED_VECTORS(file, "bip39.json");
  ASSERT_EQ(file->at("english").size(), 24U);
  for (const auto& vector : file->at("english")) ExpectBothWays(vector.at(0), vector.at(1));
}

Code RefusalOf(const std::string& words) {
  const auto entropy = WordsToEntropy(words);
  EXPECT_FALSE(entropy) << words;
  return entropy ? Code::kInternal : entropy.error().code;
}

// python-mnemonic's own tests of a wrong checksum, and what a slip of the pen makes of a phrase.
TEST(Bip39, RefusalsByClass) {
  EXPECT_EQ(RefusalOf("bless cloud wheel regular tiny venue bird web grief security dignity zoo"), Code::kWordChecksum);
  EXPECT_EQ(RefusalOf("abandon abandon abandon"), Code::kWordCount);
  EXPECT_EQ(RefusalOf(""), Code::kWordCount);
  EXPECT_EQ(RefusalOf("\u3042\u3044\u3053\u304f\u3057\u3093"), Code::kWordUnknown) << "another language's list";
}

// Each official phrase, spoilt once in each way.
TEST(Bip39, AllEnglishVectorsSpoilt) {
  KITH_SHARED_VECTORS(file, "bip39.json");
  for (const auto& vector : file->at("english")) {
    const auto words = vector.at(1).get<std::string>();
    const size_t last = words.rfind(' ') + 1;
    EXPECT_EQ(RefusalOf(words.substr(0, last)), Code::kWordCount);
    EXPECT_EQ(RefusalOf(words + " abandon"), Code::kWordCount);
    EXPECT_EQ(RefusalOf(words + "x"), Code::kWordUnknown);
    const int number = WordIndex(words.substr(last));
    // The lowest bit of the last word is checksum in every length.
    EXPECT_EQ(RefusalOf(words.substr(0, last) + std::string(WordAt(static_cast<size_t>(number ^ 1)))),
              Code::kWordChecksum);
  }
}

// The list that was built in, as the file it came from.
TEST(Bip39, TheWordListIsTheOfficialOne) {
  std::string list;
  for (size_t i = 0; i < 2048; ++i) list += std::string(WordAt(i)) + "\n";
  Bytes digest(crypto_hash_sha256_BYTES);
  crypto_hash_sha256(digest.data(), AsBytes(list).data(), list.size());
  EXPECT_EQ(Hex(digest), "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
}

}  // namespace
}  // namespace kith
