#include "crypto/phrase.h"

#include <sodium.h>

#include <array>

#include "crypto/base/check.h"
#include "crypto/derive.h"
#include "crypto/words.h"

namespace kith {
namespace {

constexpr std::array<std::string_view, 2048> kWords = {
#include "bip39_english.inc"  // made at build time from Debian's python3-mnemonic
};
constexpr int kBitsOfWord = 11;
constexpr size_t kMostWords = 24;

uint8_t ChecksumByte(ByteView entropy) {
  std::array<uint8_t, crypto_hash_sha256_BYTES> digest;
  crypto_hash_sha256(digest.data(), entropy.data(), entropy.size());
  const uint8_t first = digest[0];
  Wipe(digest);
  return first;
}

bool LengthAllowed(size_t entropy) { return entropy >= 16 && entropy <= 32 && entropy % 4 == 0; }

Error WrongCount(size_t words) {
  return Fail(Code::kWordCount,
              "There are " + std::to_string(words) +
                  " words. A recovery phrase has 24; type all of them, in the order they were shown.");
}

// Entropy and checksum as the bits they are; the last byte is short of bits unless there are 24 words.
Bytes Packed(std::span<const uint16_t> numbers) {
  Bytes bytes;
  bytes.reserve(34);
  uint32_t bits = 0;
  int count = 0;
  for (const uint16_t number : numbers) {
    bits = bits << kBitsOfWord | number;
    for (count += kBitsOfWord; count >= 8; count -= 8) bytes.push_back(static_cast<uint8_t>(bits >> (count - 8)));
  }
  if (count > 0) bytes.push_back(static_cast<uint8_t>(bits << (8 - count)));
  return bytes;
}

}  // namespace

std::string_view WordAt(size_t index) {
  KITH_CHECK(index < kWords.size());
  return kWords[index];
}

int WordIndex(std::string_view word) { return IndexIn(kWords, word); }

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
  KITH_TRY_ASSIGN(std::vector<uint16_t> numbers, ReadWords(kWords, words, kMostWords));
  // The checksum has a bit for every four bytes: a whole byte for 24 words.
  const size_t entropy = numbers.size() / 3 * 4;
  if (numbers.size() % 3 != 0 || !LengthAllowed(entropy)) {
    const size_t words_given = numbers.size();
    Wipe(numbers);
    return WrongCount(words_given);
  }
  Bytes bytes = Packed(numbers);
  Wipe(numbers);
  const int unused = 8 - static_cast<int>(entropy / 4);
  const bool valid = bytes.back() >> unused == ChecksumByte(ByteView(bytes).first(entropy)) >> unused;
  if (!valid) {
    Wipe(bytes);
    return Fail(Code::kWordChecksum,
                "These words do not belong together: one is wrong, or two are swapped. Compare each with what was "
                "written down.");
  }
  bytes.back() = 0;
  bytes.resize(entropy);
  return bytes;
}

std::string FormatPhrase(const RecoverySecret& secret) { return EntropyToWords(secret.Reveal()); }

Result<RecoverySecret> ParsePhrase(std::string_view phrase) {
  KITH_TRY_ASSIGN(Bytes entropy, WordsToEntropy(phrase));
  if (entropy.size() != RecoverySecret::kSize) {
    const size_t words = entropy.size() * 3 / 4;
    Wipe(entropy);
    return WrongCount(words);
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
