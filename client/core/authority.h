// What speaks for a person who has no device left: their recovery phrase, or enough of their trustees' shares.
#pragma once

#include "crypto/base/ids.h"
#include "crypto/phrase.h"
#include "crypto/seal.h"
#include "crypto/verify/sign.h"

namespace kith {

struct RecoveryAuthority {
  enum class Kind : uint8_t { kPhrase, kTrustees };
  Kind kind = Kind::kPhrase;
  Signer sign;
  BoxPair box;        // has a box in each generation of the self mailbox
  Signer place;       // the self mailbox's root, or the trustees' seat there
  MailboxId mailbox;  // the person's own
  PersonId person;    // kTrustees; zeros with the phrase, which the genesis names instead
};
RecoveryAuthority AuthorityOf(const RecoverySecret& secret);

}  // namespace kith
