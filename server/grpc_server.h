// The listening gRPC server with the relay's settings; which and why is in DESIGN.md, "gRPC".
#pragma once

#include <memory>
#include <string>

#include "server/event_log.h"
#include "server/relay.h"
#include "server/workers.h"

namespace kith::relay {

class GrpcServer {
 public:
  struct Options {
    std::string listen;  // loopback only, for as long as there is no TLS
    std::chrono::milliseconds heartbeat = limits::kHeartbeat;
  };
  // kInvalidArgument: not an address, or not a loopback one. kRelayUnreachable: cannot listen there. Everything given
  // must outlive the server.
  static Result<std::unique_ptr<GrpcServer>> Start(Relay& relay, Workers& workers, EventLog& log,
                                                   const Options& options);
  // Stops.
  ~GrpcServer();

  // The port listened on, also where 0 was asked for.
  uint16_t port() const { return port_; }
  // Every new call is refused from now on, with SHUTTING_DOWN.
  void RefuseAll();
  // Ends what is left after a grace of limits::kShutdownGrace. Streams must have been told to end. Idempotent.
  void Stop();

 private:
  struct Parts;
  explicit GrpcServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
  uint16_t port_ = 0;
};

}  // namespace kith::relay
