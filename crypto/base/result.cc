#include "crypto/base/result.h"

#include "crypto/base/check.h"

namespace kith {

const char* CodeName(Code code) {
  switch (code) {
    case Code::kSealBroken:
      return "SEAL_BROKEN";
    case Code::kSignatureInvalid:
      return "SIGNATURE_INVALID";
    case Code::kSuiteUnsupported:
      return "SUITE_UNSUPPORTED";
    case Code::kKdfTooWeak:
      return "KDF_TOO_WEAK";
    case Code::kPublicKeyInvalid:
      return "PUBLIC_KEY_INVALID";
    case Code::kPairingFailed:
      return "PAIRING_FAILED";
    case Code::kPhraseInvalid:
      return "PHRASE_INVALID";
    case Code::kRecoveryMismatch:
      return "RECOVERY_MISMATCH";
    case Code::kMalformed:
      return "MALFORMED";
    case Code::kTooLarge:
      return "TOO_LARGE";
    case Code::kNotUtf8:
      return "NOT_UTF8";
    case Code::kNewerFormat:
      return "NEWER_FORMAT";
    case Code::kForgedRecord:
      return "FORGED_RECORD";
    case Code::kGap:
      return "GAP";
    case Code::kEquivocation:
      return "EQUIVOCATION";
    case Code::kRollback:
      return "ROLLBACK";
    case Code::kWithheld:
      return "WITHHELD";
    case Code::kUnknownDevice:
      return "UNKNOWN_DEVICE";
    case Code::kDeviceRevoked:
      return "DEVICE_REVOKED";
    case Code::kUnknownGeneration:
      return "UNKNOWN_GENERATION";
    case Code::kWrongPassphrase:
      return "WRONG_PASSPHRASE";
    case Code::kLocked:
      return "LOCKED";
    case Code::kNoVault:
      return "NO_VAULT";
    case Code::kVaultExists:
      return "VAULT_EXISTS";
    case Code::kVaultDamaged:
      return "VAULT_DAMAGED";
    case Code::kVaultBusy:
      return "VAULT_BUSY";
    case Code::kVaultNotEmpty:
      return "VAULT_NOT_EMPTY";
    case Code::kAgentUnreachable:
      return "AGENT_UNREACHABLE";
    case Code::kStorageFailed:
      return "STORAGE_FAILED";
    case Code::kNoSecureTemp:
      return "NO_SECURE_TEMP";
    case Code::kNoRelay:
      return "NO_RELAY";
    case Code::kRelayUnreachable:
      return "RELAY_UNREACHABLE";
    case Code::kRelayForeign:
      return "RELAY_FOREIGN";
    case Code::kRelayWiped:
      return "RELAY_WIPED";
    case Code::kRelayFull:
      return "RELAY_FULL";
    case Code::kRelayStorageLow:
      return "RELAY_STORAGE_LOW";
    case Code::kRelayRefused:
      return "RELAY_REFUSED";
    case Code::kRelayBusy:
      return "RELAY_BUSY";
    case Code::kStaleNonce:
      return "STALE_NONCE";
    case Code::kLaneForked:
      return "LANE_FORKED";
    case Code::kLaneGap:
      return "LANE_GAP";
    case Code::kStatementConflict:
      return "STATEMENT_CONFLICT";
    case Code::kStatementForbidden:
      return "STATEMENT_FORBIDDEN";
    case Code::kInviteInvalid:
      return "INVITE_INVALID";
    case Code::kTokenInvalid:
      return "TOKEN_INVALID";
    case Code::kPairingGone:
      return "PAIRING_GONE";
    case Code::kNotFound:
      return "NOT_FOUND";
    case Code::kAmbiguous:
      return "AMBIGUOUS";
    case Code::kInvalidArgument:
      return "INVALID_ARGUMENT";
    case Code::kImportUnreadable:
      return "IMPORT_UNREADABLE";
    case Code::kCancelled:
      return "CANCELLED";
    case Code::kInternal:
      return "INTERNAL";
  }
  CheckFailed("a code of the list", __FILE__, __LINE__);
}

}  // namespace kith
