#include "crypto/trustees.h"

#include "crypto/derive.h"
#include "crypto/verify/labels.h"

namespace kith {

TrusteesKeys DeriveTrustees(const TrusteesSecret& secret) {
  return {.sign = Signer::FromSeed(Derive<SignSeed>(secret, labels::kTrusteesSign)),
          .box = BoxPair::FromSecret(Derive<BoxSecret>(secret, labels::kTrusteesBox)),
          .seat = Signer::FromSeed(Derive<SignSeed>(secret, labels::kTrusteesSeat))};
}

}  // namespace kith
