// The recovery phrase: 32 random bytes as 24 words of BIP39's English list (raw entropy, no PBKDF2), and
// the keys derived from it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/result.h"
#include "crypto/seal.h"
#include "crypto/verify/sign.h"

namespace kith {

using RecoverySecret = SecretKey<struct RecoverySecretTag>;

// Words separated by single spaces. The caller wipes it.
std::string FormatPhrase(const RecoverySecret& secret);
// Any case and spacing. kWordUnknown, kWordCount (24 are wanted), kWordChecksum.
Result<RecoverySecret> ParsePhrase(std::string_view phrase);

// For the official vectors: entropy of 16 to 32 bytes, in steps of 4, to words and back. Errors as above.
std::string EntropyToWords(ByteView entropy);
Result<Bytes> WordsToEntropy(std::string_view words);

// One word of the list by its number, 0 to 2,047, and back (-1: none).
std::string_view WordAt(size_t index);
int WordIndex(std::string_view word);

struct RecoveryKeys {
  Signer sign;  // the recovery authority's signing key
  BoxPair box;  // and its X25519 key
  Signer root;  // root of the self mailbox
};
RecoveryKeys DeriveRecovery(const RecoverySecret& secret);

}  // namespace kith
