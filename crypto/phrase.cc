#include "crypto/phrase.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <optional>

#include "crypto/base/check.h"
#include "crypto/derive.h"

namespace kith {
namespace {

constexpr std::array<std::string_view, 2048> kWords = {
#include "bip39_english.inc"  // made at build time from Debian's python3-mnemonic
};
constexpr int kBitsOfWord = 11;
constexpr size_t kLongestWord = 8;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The number of a word in any case; -1: none.
int IndexOfAnyCase(std::string_view word) {
  if (word.size() > kLongestWord) return -1;
  std::string lower(word);  // short enough to live inside the object
  std::transform(lower.begin(), lower.end(), lower.begin(), Lower);
  const int index = WordIndex(lower);
  Wipe(lower);
  return index;
}

uint8_t ChecksumByte(ByteView entropy) {
  std::array<uint8_t, crypto_hash_sha256_BYTES> digest;
  crypto_hash_sha256(digest.data(), entropy.data(), entropy.size());
  const uint8_t first = digest[0];
  Wipe(digest);
  return first;
}

bool LengthAllowed(size_t entropy) { return entropy >= 16 && entropy <= 32 && entropy % 4 == 0; }

constexpr size_t kWordsOfPhrase = 24;

// Which word, never the word itself.
Error UnknownWord(size_t number) {
  return Fail(Code::kPhraseInvalid, "Word " + std::to_string(number) +
                                        " is not in the list of words. Compare it with the sheet, letter by letter.");
}

Error WrongCount(size_t number) {
  return Fail(
      Code::kPhraseInvalid,
      number > kWordsOfPhrase
          ? "There are more than 24 words. A recovery phrase has 24, in the order they were shown."
          : "There are " + std::to_string(number) + " words. A recovery phrase has 24, in the order they were shown.");
}

Error WrongChecksum() {
  return Fail(Code::kPhraseInvalid,
              "All words are in the list, but they do not belong together: one is another than on the sheet, or two "
              "have changed places.");
}

}  // namespace

std::string_view WordAt(size_t index) {
  KITH_CHECK(index < kWords.size());
  return kWords[index];
}

int WordIndex(std::string_view word) {
  const auto found = std::lower_bound(kWords.begin(), kWords.end(), word);
  return found == kWords.end() || *found != word ? -1 : static_cast<int>(found - kWords.begin());
}

std::string EntropyToWords(ByteView entropy) {
  KITH_CHECK(LengthAllowed(entropy.size()));
  const size_t words = entropy.size() * 8 * 33 / 32 / kBitsOfWord;
  std::string phrase;
  phrase.reserve(words * (kLongestWord + 1));  // never moved, so that no copy stays behind
  uint32_t bits = 0;
  int count = 0;
  const auto take = [&](uint8_t byte) {
    bits = bits << 8 | byte;
    count += 8;
    if (count < kBitsOfWord) return;
    count -= kBitsOfWord;
    if (!phrase.empty()) phrase += ' ';
    phrase += kWords[bits >> count & 2047];
  };
  for (const uint8_t byte : entropy) take(byte);
  take(ChecksumByte(entropy));
  return phrase;
}

Result<Bytes> WordsToEntropy(std::string_view words) {
  Bytes bytes;
  bytes.reserve(34);
  uint32_t bits = 0;
  int count = 0;
  size_t number = 0;
  std::optional<Error> wrong;
  for (size_t at = 0; at < words.size() && !wrong;) {
    if (IsSpace(words[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < words.size() && !IsSpace(words[end])) ++end;
    const int index = IndexOfAnyCase(words.substr(at, end - at));
    if (++number > kWordsOfPhrase) {
      wrong = WrongCount(number);
    } else if (index < 0) {
      wrong = UnknownWord(number);
    }
    if (wrong) break;
    bits = bits << kBitsOfWord | static_cast<uint32_t>(index);
    for (count += kBitsOfWord; count >= 8; count -= 8) bytes.push_back(static_cast<uint8_t>(bits >> (count - 8)));
    at = end;
  }
  // The checksum has a bit for every four bytes: a whole byte for 24 words, else what is left over.
  const size_t entropy = number * kBitsOfWord * 32 / 33 / 8;
  if (!wrong && (number % 3 != 0 || !LengthAllowed(entropy))) wrong = WrongCount(number);
  if (!wrong) {
    const int checksum_bits = static_cast<int>(entropy / 4);
    const uint32_t given = (checksum_bits == 8 ? bytes.back() : bits) & ((1U << checksum_bits) - 1);
    const uint32_t right = static_cast<uint32_t>(ChecksumByte(ByteView(bytes).first(entropy))) >> (8 - checksum_bits);
    if (given != right) wrong = WrongChecksum();
  }
  Wipe({bytes.data() + std::min(entropy, bytes.size()), bytes.size() - std::min(entropy, bytes.size())});
  if (wrong) {
    Wipe(bytes);
    return *std::move(wrong);
  }
  bytes.resize(entropy);
  return bytes;
}

std::string FormatPhrase(const RecoverySecret& secret) { return EntropyToWords(secret.Reveal()); }

Result<RecoverySecret> ParsePhrase(std::string_view phrase) {
  KITH_TRY_ASSIGN(Bytes entropy, WordsToEntropy(phrase));
  if (entropy.size() != RecoverySecret::kSize) {
    const size_t number = entropy.size() * 8 * 33 / 32 / kBitsOfWord;
    Wipe(entropy);
    return WrongCount(number);
  }
  RecoverySecret secret = RecoverySecret::Copy(entropy);
  Wipe(entropy);
  return secret;
}

RecoveryKeys DeriveRecovery(const RecoverySecret& secret) {
  return {.sign = Signer::FromSeed(Derive<SignSeed>(secret, labels::kRecoverySign)),
          .box = BoxPair::FromSecret(Derive<BoxSecret>(secret, labels::kRecoveryBox)),
          .root = Signer::FromSeed(Derive<SignSeed>(secret, labels::kRecoveryRoot))};
}

}  // namespace kith
