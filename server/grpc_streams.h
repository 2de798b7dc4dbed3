// The two streams: subscriptions and pairing. Each reactor keeps itself alive until gRPC is done with it, and always
// finishes: gRPC's shutdown waits for reactors that do not.
#pragma once

#include "server/grpc_service.h"

namespace kith::relay {

// `request` lives until the stream is done.
grpc::ServerWriteReactor<v1::Wake>* StartSubscription(Relay& relay, Workers& workers, const v1::SignedRequest* request,
                                                      bool refusing, std::chrono::milliseconds heartbeat);

grpc::ServerBidiReactor<v1::PairFrame, v1::PairFrame>* StartPairing(Relay& relay, Workers& workers, bool refusing);

}  // namespace kith::relay
