// The secret that a person's friends hold in shares, and the keys that follow from it. "Social recovery" in DESIGN.md.
#pragma once

#include "crypto/seal.h"
#include "crypto/verify/sign.h"

namespace kith {

// Random; never the recovery phrase, and never kept whole.
using TrusteesSecret = SecretKey<struct TrusteesSecretTag>;

struct TrusteesKeys {
  Signer sign;  // the trustees' authority
  BoxPair box;  // has a box in each generation of the self mailbox
  Signer seat;  // in the self mailbox
};
TrusteesKeys DeriveTrustees(const TrusteesSecret& secret);

}  // namespace kith
