// From a relay's refusal to a Code, with words that say what to do.
#pragma once

#include <grpcpp/support/status.h>

#include "crypto/base/result.h"

namespace kith {

// `status` is not OK.
Error RelayErrorOf(const grpc::Status& status);

}  // namespace kith
