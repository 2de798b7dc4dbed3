#include "client/adapters/relay_errors.h"

#include "kith/v1/relay.pb.h"

namespace kith {
namespace {

Error ErrorOf(v1::RelayError::Reason reason) {
  using E = v1::RelayError;
  switch (reason) {
    case E::REFUSED:
      return Fail(Code::kRelayRefused,
                  "The relay does not know this device or its mailbox. Let another device of yours sync, then try "
                  "`kith sync`.");
    case E::STALE_NONCE:
      return Fail(Code::kStaleNonce,
                  "The relay was restarted. This device says hello again by itself; if you see this, try once more.");
    case E::INVITE_INVALID:
      return Fail(
          Code::kInviteInvalid,
          "The relay does not take this invite: it is unknown, used up or expired. Ask its keeper for a new one.");
    case E::TOKEN_INVALID:
      return Fail(Code::kTokenInvalid, "What the invite gave was spent already. Ask the relay's keeper for a new one.");
    case E::MAILBOX_FULL:
      return Fail(Code::kRelayFull,
                  "This journal's place at the relay is full. What you write stays on this device; ask the relay's "
                  "keeper for more room.");
    case E::STORAGE_LOW:
      return Fail(Code::kRelayStorageLow,
                  "The relay's disk is full or failing. What you write stays on this device and is sent later; tell "
                  "the relay's keeper.");
    case E::LANE_FORKED:
      return Fail(Code::kLaneForked,
                  "The relay holds another record at this place. This device reads it and goes on by itself.");
    case E::LANE_GAP:
      return Fail(Code::kLaneGap,
                  "The relay lacks records it had acknowledged. This device sends them again by itself.");
    case E::STATEMENT_CONFLICT:
      return Fail(Code::kStatementConflict,
                  "Another device changed the mailbox first. This device reads that and goes on by itself.");
    case E::STATEMENT_FORBIDDEN:
      return Fail(
          Code::kStatementForbidden,
          "The relay does not allow this device to change the mailbox. Nothing here was lost; ask the relay's keeper.");
    case E::MALFORMED:
      return Fail(Code::kMalformed, "The relay did not understand this device. One of the two may need an upgrade.");
    case E::TOO_LARGE:
      return Fail(Code::kTooLarge,
                  "The relay takes nothing this large. What you wrote stays on this device; tell the relay's keeper.");
    case E::TOO_MANY:
      return Fail(Code::kRelayBusy, "The relay is busy. This device tries again by itself.");
    case E::PAIRING_GONE:
      return Fail(Code::kPairingGone,
                  "This code is unknown, used or expired. Ask for a new one on the device that showed it.");
    case E::SHUTTING_DOWN:
      return Fail(Code::kRelayUnreachable, "The relay is shutting down. This device tries again by itself.");
    case E::UNSPECIFIED:
    case v1::RelayError_Reason_RelayError_Reason_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::RelayError_Reason_RelayError_Reason_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return Fail(Code::kRelayUnreachable,
              "The relay answered in a way this version does not know. One of the two may need an upgrade.");
}

}  // namespace

Error RelayErrorOf(const grpc::Status& status) {
  v1::RelayError error;
  if (!status.error_details().empty() && error.ParseFromString(status.error_details())) return ErrorOf(error.reason());
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
    return Fail(Code::kRelayForeign,
                "What answers at this address is not a relay of Kith. Check the address and ask the relay's keeper.");
  }
  return Fail(
      Code::kRelayUnreachable,
      "The relay cannot be reached. What you write stays on this device and is sent when it can; `kith status` tells.");
}

}  // namespace kith
