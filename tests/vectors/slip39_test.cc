// SLIP-39's official vectors (trezor/python-shamir-mnemonic, MIT), its word list, and the PBKDF2 below it.
#include <sodium.h>

#include <array>

#include "crypto/pbkdf2.h"
#include "crypto/shares.h"
#include "tests/vectors/vectors_testing.h"

namespace kith {
namespace {

constexpr std::string_view kPassphrase = "TREZOR";

enum class Stage { kParse, kCombine, kDone };

struct Outcome {
  Stage stage;
  std::optional<Code> code;  // of the refusal
  std::string secret;        // in hex
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  return out << (outcome.code ? CodeName(*outcome.code) : outcome.secret)
             << (outcome.stage == Stage::kParse ? " (parse)" : "");
}

Outcome OutcomeOf(const std::vector<std::string>& mnemonics) {
  std::vector<Share> shares;
  for (const std::string& words : mnemonics) {
    auto share = ParseShare(words);
    if (!share) return {Stage::kParse, share.error().code, {}};
    EXPECT_EQ(FormatShare(*share), words);
    shares.push_back(*std::move(share));
  }
  const auto secret = CombineShares(shares, kPassphrase);
  if (!secret) return {Stage::kCombine, secret.error().code, {}};
  return {Stage::kDone, std::nullopt, Hex(secret->Reveal())};
}

// How a set that must fail is refused, by what its description says of it.
struct FailureClass {
  std::string_view description;
  Stage stage;
  Code code;
  int sets;
};
constexpr std::array kFailures = {
    FailureClass{"Mnemonic with invalid checksum", Stage::kParse, Code::kWordChecksum, 2},
    FailureClass{"Mnemonic with invalid padding", Stage::kParse, Code::kMalformed, 2},
    FailureClass{"Basic sharing 2-of-3", Stage::kCombine, Code::kSharesTooFew, 2},
    FailureClass{"Mnemonics with different identifiers", Stage::kCombine, Code::kSharesMixed, 2},
    FailureClass{"Mnemonics with different iteration exponents", Stage::kCombine, Code::kSharesMixed, 2},
    FailureClass{"Mnemonics with mismatching group thresholds", Stage::kCombine, Code::kSharesMixed, 2},
    FailureClass{"Mnemonics with mismatching group counts", Stage::kCombine, Code::kSharesMixed, 2},
    FailureClass{"Mnemonics with greater group threshold than group counts", Stage::kParse, Code::kShareThreshold, 2},
    FailureClass{"Mnemonics with duplicate member indices", Stage::kCombine, Code::kShareRepeated, 2},
    FailureClass{"Mnemonics with mismatching member thresholds", Stage::kCombine, Code::kSharesMixed, 2},
    FailureClass{"Mnemonics giving an invalid digest", Stage::kCombine, Code::kSharesForged, 2},
    FailureClass{"Insufficient number of groups", Stage::kCombine, Code::kSharesTooFew, 4},
    FailureClass{"Threshold number of groups, but insufficient number of members in one group", Stage::kCombine,
                 Code::kSharesTooFew, 2},
    FailureClass{"Mnemonic with insufficient length", Stage::kParse, Code::kWordCount, 1},
    FailureClass{"Mnemonic with invalid master secret length", Stage::kParse, Code::kWordCount, 1},
};

TEST(Slip39, AllVectors) {
  KITH_SHARED_VECTORS(file, "slip39.json");
  int valid = 0;
  std::array<int, kFailures.size()> refused{};
  for (const auto& vector : *file) {
    const auto description = vector.at(0).get<std::string>();
    SCOPED_TRACE(description);
    const Outcome outcome = OutcomeOf(vector.at(1).get<std::vector<std::string>>());
    if (const auto secret = vector.at(2).get<std::string>(); !secret.empty()) {
      EXPECT_EQ(outcome, (Outcome{Stage::kDone, std::nullopt, secret}));
      ++valid;
      continue;
    }
    // "12. Description (128 bits, case 1)"
    const std::string text = description.substr(description.find(' ') + 1);
    const auto found = std::ranges::find(kFailures, text.substr(0, text.find(" (")), &FailureClass::description);
    ASSERT_NE(found, kFailures.end());
    EXPECT_EQ(outcome, (Outcome{found->stage, found->code, {}}));
    ++refused[static_cast<size_t>(found - kFailures.begin())];
  }
  EXPECT_EQ(valid, 15);
  for (size_t i = 0; i < kFailures.size(); ++i) EXPECT_EQ(refused[i], kFailures[i].sets) << kFailures[i].description;
}

// Numbers 4 and 5 of the same file, for who has not got it.
TEST(Slip39, Constants) {
  const std::string one =
      "shadow pistol academic always adequate wildlife fancy gross oasis cylinder mustang wrist rescue view short "
      "owner flip "
      "making coding armed";
  const std::string two =
      "shadow pistol academic acid actress prayer class unknown daughter sweater depict flip twice unkind craft early "
      "superior "
      "advocate guest smoking";
  EXPECT_EQ(OutcomeOf({one, two}), (Outcome{Stage::kDone, std::nullopt, "b43ceb7e57a0ea8766221624d01b0864"}));
  EXPECT_EQ(OutcomeOf({one}), (Outcome{Stage::kCombine, Code::kSharesTooFew, {}}));
  EXPECT_EQ(OutcomeOf({one, one}), (Outcome{Stage::kCombine, Code::kShareRepeated, {}}));
  EXPECT_EQ(OutcomeOf({one + " academic"}), (Outcome{Stage::kParse, Code::kWordCount, {}}));
  EXPECT_EQ(OutcomeOf({one.substr(0, one.rfind(' ')) + " academic"}),
            (Outcome{Stage::kParse, Code::kWordChecksum, {}}));
}

// The list that was built in, as the file it came from.
TEST(Slip39, TheWordListIsTheOfficialOne) {
  std::string list;
  for (size_t i = 0; i < 1024; ++i) list += std::string(ShareWordAt(i)) + "\n";
  Bytes digest(crypto_hash_sha256_BYTES);
  crypto_hash_sha256(digest.data(), AsBytes(list).data(), list.size());
  EXPECT_EQ(Hex(digest), "bcc4555340332d169718aed8bf31dd9d5248cb7da6e5d355140ef4f1e601eec3");
}

void ExpectDerives(const std::string& password, const std::string& salt, uint64_t iterations,
                   const std::string& wanted) {
  Bytes key(wanted.size() / 2);
  Pbkdf2Sha256(HexBytes(password), HexBytes(salt), iterations, key);
  EXPECT_EQ(Hex(key), wanted);
}

// RFC 7914, 11.
TEST(Pbkdf2, Constants) {
  ExpectDerives(
      "706173737764", "73616c74", 1,
      "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1"
      "e30bd509112041d3a19783");
  ExpectDerives("50617373776f7264", "4e61436c", 80'000,
                "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
                "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d");
}

TEST(Pbkdf2, Wycheproof) {
  KITH_SHARED_VECTORS(file, "wycheproof_pbkdf2_hmacsha256.json");
  int tests = 0;
  for (const auto& group : file->at("testGroups")) {
    for (const auto& test : group.at("tests")) {
      SCOPED_TRACE(test.at("tcId"));
      ASSERT_EQ(test.at("result"), "valid");
      ExpectDerives(test.at("password"), test.at("salt"), test.at("iterationCount"), test.at("dk"));
      ++tests;
    }
  }
  EXPECT_EQ(tests, 60);
}

}  // namespace
}  // namespace kith
