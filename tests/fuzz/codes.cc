// What a stranger sends while two devices pair, and what a person types: codes and phrases. The first byte chooses.
#include "crypto/pairing.h"
#include "crypto/phrase.h"
#include "tests/fuzz/target.h"

namespace kith::fuzz {
namespace {

constexpr char kWords[] = "cabin-lunar-oak";

PairingContext Context() { return {.mode = PairingMode::kLink, .relay_key = {}, .nameplate = 7}; }

Outcome Code(ByteView text) {
  const auto code = PairingCode::Parse(AsText(text));
  if (!code) return Outcome::kRefused;
  KITH_CHECK(code->nameplate >= 1 && code->nameplate <= 9'999);
  const auto again = PairingCode::Parse(code->Format());
  KITH_CHECK(again && again->nameplate == code->nameplate && again->words == code->words);
  return Outcome::kAccepted;
}

Outcome Phrase(ByteView text) {
  const auto secret = ParsePhrase(AsText(text));
  if (!secret) return Outcome::kRefused;
  const std::string words = FormatPhrase(*secret);
  const auto again = ParsePhrase(words);
  KITH_CHECK(again && std::ranges::equal(again->Reveal(), secret->Reveal()));
  return Outcome::kAccepted;
}

// Nobody without the code finishes, whatever they send; and nobody has a second try.
Outcome ToOpener(ByteView message) {
  PairingOpener opener(Context(), kWords, {});
  KITH_CHECK(!opener.Finish(message));
  KITH_CHECK(!opener.Finish(message));
  return Outcome::kRefused;
}

Outcome ToJoiner(ByteView message) {
  PairingJoiner joiner(Context(), kWords, {});
  const auto answer = joiner.Respond(message);
  KITH_CHECK(!joiner.Respond(message));
  KITH_CHECK(!joiner.Confirm(message));
  return OutcomeOf(answer.has_value());
}

Outcome Confirmation(ByteView message) {
  PairingOpener opener(Context(), kWords, {});
  PairingJoiner joiner(Context(), kWords, {});
  KITH_CHECK(joiner.Respond(opener.first_message()).has_value());
  KITH_CHECK(!joiner.Confirm(message));
  KITH_CHECK(!OpenPairingMessage(SealKey::Generate(), 0, message));
  return Outcome::kRefused;
}

}  // namespace

KITH_FUZZ_TARGET(codes) {
  if (input.empty()) return Outcome::kRefused;
  const ByteView rest = input.subspan(1);
  switch (input[0] % 5) {
    case 0:
      return Code(rest);
    case 1:
      return Phrase(rest);
    case 2:
      return ToOpener(rest);
    case 3:
      return ToJoiner(rest);
    case 4:
      return Confirmation(rest);
  }
  return Outcome::kRefused;
}

}  // namespace kith::fuzz
