// From the relay's codes to what goes over the wire. The table is in DESIGN.md, "Refusals".
#pragma once

#include <grpcpp/support/status.h>

#include "crypto/base/result.h"
#include "kith/v1/relay.pb.h"
#include "server/relay.h"

namespace kith::relay {

void Stamp(const Relay& relay, v1::RelayStamp* out);
v1::RelayError::Reason ReasonOf(Code code);
// The same reason is the same status to the byte, whatever led to it. Details: a serialized RelayError.
grpc::Status StatusOf(const Relay& relay, Code code);

}  // namespace kith::relay
