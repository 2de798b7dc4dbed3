// Errors as values. Kith throws nothing: input errors are returned, bugs abort
// (check.h). Each Code is one broken rule; tests assert the exact code.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace kith {

enum class Code {
  // Cryptography. Failing to open gives one code and no detail.
  kSealBroken,  // wrong key, altered bytes, or not a sealed message at all
  kSignatureInvalid,
  kSuiteUnsupported,  // a suite byte other than 1
  kKdfTooWeak,        // Argon2id cost below the floor
  kPublicKeyInvalid,  // small order, identity, or not a point
  kPairingFailed,     // the other side had another code, or is not who it should be
  // Secrets as words: recovery phrases and shares.
  kWordUnknown,       // a word that is not of the list
  kWordCount,         // no phrase, or no share, has so many words
  kWordChecksum,      // words of the list that do not belong together
  kRecoveryMismatch,  // a recovery phrase, but of another journal
  kShareThreshold,    // a share asks for more groups than there are
  kSharesMixed,       // shares of several sets
  kShareRepeated,     // two shares of one place in a set
  kSharesTooFew,
  kTrusteesDelay,  // a share is not released yet
  kVetoed,         // its owner said no to a release
  kSharesForged,   // of one set by what they say, but what they give back is not what was shared
  // Bytes from outside.
  kMalformed,  // a length, layout or hash is wrong
  kTooLarge,
  kNotUtf8,
  kNewerFormat,  // written by a newer Kith
  // Records and lanes.
  kForgedRecord,       // header, lane certificate or placement does not verify
  kGap,                // a record of a lane is missing
  kEquivocation,       // two records at one place of a lane
  kRollback,           // the relay serves less than it had acknowledged
  kWithheld,           // a lane cites what the relay does not serve of another
  kUnknownDevice,      // the author is not a device of a person known here
  kDeviceRevoked,      // this device was revoked; its words stay readable, nothing is sent or fetched
  kUnknownGeneration,  // no key here opens this payload
  // Vault and agent.
  kWrongPassphrase,
  kLocked,
  kNoVault,
  kVaultExists,
  kVaultDamaged,
  kVaultBusy,      // another process has it open
  kVaultNotEmpty,  // linking needs a vault without entries
  kAgentUnreachable,
  kStorageFailed,  // the disk refused: full, read-only, or broken
  kNoSecureTemp,   // nowhere in memory for an editor's file
  // Relay.
  kNoRelay,  // none has been set
  kRelayUnreachable,
  kRelayForeign,  // it proves another identity than the one pinned
  kRelayWiped,    // the same relay with a new, empty database
  kRelayFull,     // the mailbox's byte limit
  kRelayStorageLow,
  kRelayRefused,  // not listed there, or no such mailbox
  kRelayBusy,     // a rate or count limit
  kStaleNonce,
  kLaneForked,
  kLaneGap,
  kStatementConflict,
  kStatementForbidden,
  kInviteInvalid,
  kTokenInvalid,
  kPairingGone,  // code unknown, used or expired
  // Journal.
  kNotFound,
  kShredded,    // the entry's words were destroyed
  kAmbiguous,   // a short id fits several entries
  kNotOwner,    // only an owner of the circle may
  kDoorClosed,  // deeper than the reader's door is open, or of a kind that is not for them
  kTooSoon,     // a question that is asked at most once in so many days
  kInvalidArgument,
  kImportUnreadable,  // nothing in the file could be read as that format
  kCancelled,
  kInternal,
};

struct Error {
  Code code;
  // For people: what happened and what to do next. Never entry text, a secret, a key or an id.
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

// The code as a word for scripts and logs, such as "WRONG_PASSPHRASE".
const char* CodeName(Code code);

template <class T = void>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
  // NOLINTNEXTLINE(google-explicit-constructor): `return Fail(...)` is how errors are returned
  Result(Error error) : std::expected<T, Error>(std::unexpected(std::move(error))) {}
};

template <>
class [[nodiscard]] Result<void> : public std::expected<void, Error> {
 public:
  using std::expected<void, Error>::expected;
  // NOLINTNEXTLINE(google-explicit-constructor): `return Fail(...)` is how errors are returned
  Result(Error error) : std::expected<void, Error>(std::unexpected(std::move(error))) {}
};

inline Error Fail(Code code, std::string message = {}) { return Error{code, std::move(message)}; }

}  // namespace kith

#define KITH_CONCAT_INNER(a, b) a##b
#define KITH_CONCAT(a, b) KITH_CONCAT_INNER(a, b)

// Returns the error of a Result<void>, if it is one. Each use has a name of its own, so that they can be nested.
#define KITH_TRY(expression) KITH_TRY_INNER(KITH_CONCAT(kith_tried_, __COUNTER__), expression)
#define KITH_TRY_INNER(result, expression)                                                   \
  do {                                                                                       \
    if (auto result = (expression); !result) [[unlikely]]                                    \
      return ::kith::Error(std::move(result).error()); /* NOLINT(bugprone-use-after-move) */ \
  } while (false)

// `KITH_TRY_ASSIGN(auto x, F());` declares x, or returns F's error.
#define KITH_TRY_ASSIGN(declaration, expression) \
  KITH_TRY_ASSIGN_INNER(KITH_CONCAT(kith_result_, __LINE__), declaration, expression)
#define KITH_TRY_ASSIGN_INNER(result, declaration, expression) \
  auto result = (expression);                                  \
  if (!result) [[unlikely]]                                    \
    return ::kith::Error(std::move(result).error());           \
  declaration = *std::move(result)
