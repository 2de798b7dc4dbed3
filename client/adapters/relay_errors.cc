#include "client/adapters/relay_errors.h"

#include "kith/v1/relay.pb.h"

namespace kith {
namespace {

Error ErrorOf(v1::RelayError::Reason reason) {
  using E = v1::RelayError;
  switch (reason) {
    case E::REFUSED:
      return Fail(Code::kRelayRefused, "the relay does not know this device or its mailbox");
    case E::STALE_NONCE:
      return Fail(Code::kStaleNonce, "the relay was restarted; saying hello again");
    case E::INVITE_INVALID:
      return Fail(Code::kInviteInvalid, "the relay does not take this invite: it is unknown, used up or expired. Ask its keeper for a new one");
    case E::TOKEN_INVALID:
      return Fail(Code::kTokenInvalid, "what the invite gave was spent already; ask the relay's keeper for a new one");
    case E::MAILBOX_FULL:
      return Fail(Code::kRelayFull, "this journal's place at the relay is full. What you write stays on this device; ask the relay's keeper for more room");
    case E::STORAGE_LOW:
      return Fail(Code::kRelayStorageLow, "the relay's disk is full or failing. What you write stays on this device and is sent later");
    case E::LANE_FORKED:
      return Fail(Code::kLaneForked, "the relay holds another record at this place");
    case E::LANE_GAP:
      return Fail(Code::kLaneGap, "the relay lacks records it had acknowledged");
    case E::STATEMENT_CONFLICT:
      return Fail(Code::kStatementConflict, "another device changed the mailbox first");
    case E::STATEMENT_FORBIDDEN:
      return Fail(Code::kStatementForbidden, "the relay does not allow this device to change the mailbox");
    case E::MALFORMED:
      return Fail(Code::kMalformed, "the relay did not understand this device; one of the two may need an upgrade");
    case E::TOO_LARGE:
      return Fail(Code::kTooLarge, "the relay takes nothing this large");
    case E::TOO_MANY:
      return Fail(Code::kRelayBusy, "the relay is busy; this device tries again by itself");
    case E::PAIRING_GONE:
      return Fail(Code::kPairingGone, "this code is unknown, used or expired; make a new one with `kith link`");
    case E::SHUTTING_DOWN:
      return Fail(Code::kRelayUnreachable, "the relay is shutting down; this device tries again by itself");
    case E::UNSPECIFIED:
    case v1::RelayError_Reason_RelayError_Reason_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::RelayError_Reason_RelayError_Reason_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return Fail(Code::kRelayUnreachable, "the relay answered in a way this version does not know");
}

}  // namespace

Error RelayErrorOf(const grpc::Status& status) {
  v1::RelayError error;
  if (!status.error_details().empty() && error.ParseFromString(status.error_details())) return ErrorOf(error.reason());
  if (status.error_code() == grpc::StatusCode::CANCELLED) return Fail(Code::kCancelled, "stopped");
  return Fail(Code::kRelayUnreachable,
              "the relay cannot be reached. What you write stays on this device and is sent when it can; `kith status` tells");
}

}  // namespace kith
