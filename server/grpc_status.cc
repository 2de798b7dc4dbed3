#include "server/grpc_status.h"

namespace kith::relay {
namespace {

struct Wording {
  grpc::StatusCode code;
  const char* message;
};

Wording WordingOf(v1::RelayError::Reason reason) {
  using E = v1::RelayError;
  using enum grpc::StatusCode;
  switch (reason) {
    case E::REFUSED:
      return {PERMISSION_DENIED, "refused"};
    case E::STALE_NONCE:
      return {UNAUTHENTICATED, "stale nonce: say hello again"};
    case E::INVITE_INVALID:
      return {PERMISSION_DENIED, "invite unknown, used or expired"};
    case E::TOKEN_INVALID:
      return {PERMISSION_DENIED, "creation token unknown or spent"};
    case E::MAILBOX_FULL:
      return {RESOURCE_EXHAUSTED, "mailbox at its byte limit"};
    case E::STORAGE_LOW:
      return {RESOURCE_EXHAUSTED, "relay storage low or failing"};
    case E::LANE_FORKED:
      return {FAILED_PRECONDITION, "another record stands there in the lane"};
    case E::LANE_GAP:
      return {FAILED_PRECONDITION, "the lane's head here is lower"};
    case E::STATEMENT_CONFLICT:
      return {ABORTED, "not the next statement"};
    case E::STATEMENT_FORBIDDEN:
      return {PERMISSION_DENIED, "the signer may not make this change"};
    case E::MALFORMED:
      return {INVALID_ARGUMENT, "malformed"};
    case E::TOO_LARGE:
      return {INVALID_ARGUMENT, "too large"};
    case E::TOO_MANY:
      return {RESOURCE_EXHAUSTED, "too many: try again later"};
    case E::PAIRING_GONE:
      return {NOT_FOUND, "pairing unknown, expired or used"};
    case E::SHUTTING_DOWN:
      return {UNAVAILABLE, "shutting down"};
    case E::UNSPECIFIED:
    case v1::RelayError_Reason_RelayError_Reason_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::RelayError_Reason_RelayError_Reason_INT_MAX_SENTINEL_DO_NOT_USE_:
      return {INTERNAL, "internal"};
  }
  return {INTERNAL, "internal"};
}

}  // namespace

void Stamp(const Relay& relay, v1::RelayStamp* out) {
  out->set_relay_key(relay.key().value.data(), relay.key().value.size());
  out->set_epoch(relay.epoch().value.data(), relay.epoch().value.size());
}

v1::RelayError::Reason ReasonOf(Code code) {
  using E = v1::RelayError;
  switch (code) {
    case Code::kRelayRefused:
    case Code::kSignatureInvalid:
      return E::REFUSED;
    case Code::kStaleNonce:
      return E::STALE_NONCE;
    case Code::kInviteInvalid:
      return E::INVITE_INVALID;
    case Code::kTokenInvalid:
      return E::TOKEN_INVALID;
    case Code::kRelayFull:
      return E::MAILBOX_FULL;
    case Code::kRelayStorageLow:
    case Code::kStorageFailed:
      return E::STORAGE_LOW;
    case Code::kLaneForked:
      return E::LANE_FORKED;
    case Code::kLaneGap:
      return E::LANE_GAP;
    case Code::kStatementConflict:
      return E::STATEMENT_CONFLICT;
    case Code::kStatementForbidden:
      return E::STATEMENT_FORBIDDEN;
    case Code::kMalformed:
    case Code::kSuiteUnsupported:
    case Code::kInvalidArgument:
      return E::MALFORMED;
    case Code::kTooLarge:
      return E::TOO_LARGE;
    case Code::kRelayBusy:
      return E::TOO_MANY;
    case Code::kPairingGone:
      return E::PAIRING_GONE;
    case Code::kCancelled:
      return E::SHUTTING_DOWN;
    // The rest belong to clients.
    case Code::kSealBroken:
    case Code::kKdfTooWeak:
    case Code::kPublicKeyInvalid:
    case Code::kPairingFailed:
    case Code::kWordUnknown:
    case Code::kWordCount:
    case Code::kWordChecksum:
    case Code::kRecoveryMismatch:
    case Code::kShareThreshold:
    case Code::kSharesMixed:
    case Code::kShareRepeated:
    case Code::kSharesTooFew:
    case Code::kTrusteesDelay:
    case Code::kVetoed:
    case Code::kSharesForged:
    case Code::kNotUtf8:
    case Code::kNewerFormat:
    case Code::kForgedRecord:
    case Code::kGap:
    case Code::kEquivocation:
    case Code::kRollback:
    case Code::kWithheld:
    case Code::kUnknownDevice:
    case Code::kDeviceRevoked:
    case Code::kUnknownGeneration:
    case Code::kWrongPassphrase:
    case Code::kLocked:
    case Code::kNoVault:
    case Code::kVaultExists:
    case Code::kVaultDamaged:
    case Code::kVaultBusy:
    case Code::kVaultNotEmpty:
    case Code::kAgentUnreachable:
    case Code::kNoSecureTemp:
    case Code::kNoRelay:
    case Code::kRelayUnreachable:
    case Code::kRelayForeign:
    case Code::kRelayWiped:
    case Code::kNotFound:
    case Code::kShredded:
    case Code::kAmbiguous:
    case Code::kNotOwner:
    case Code::kDoorClosed:
    case Code::kTooSoon:
    case Code::kImportUnreadable:
    case Code::kInternal:
      return E::UNSPECIFIED;
  }
  return E::UNSPECIFIED;
}

grpc::Status StatusOf(const Relay& relay, Code code) {
  v1::RelayError error;
  Stamp(relay, error.mutable_stamp());
  error.set_reason(ReasonOf(code));
  const Wording wording = WordingOf(error.reason());
  return {wording.code, wording.message, error.SerializeAsString()};
}

}  // namespace kith::relay
