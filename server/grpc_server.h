// The listening gRPC server with the relay's settings; which and why is in DESIGN.md, "gRPC".
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "server/certificate.h"
#include "server/event_log.h"
#include "server/invite.h"
#include "server/relay.h"
#include "server/workers.h"

namespace kith::relay {

class GrpcServer {
 public:
  struct Options {
    std::vector<HostPort> listen;              // loopback addresses are served in the clear, every other one with TLS
    const Certificate* certificate = nullptr;  // may be nullptr if all of them are loopback addresses
    std::chrono::milliseconds heartbeat = limits::kHeartbeat;
  };
  // kRelayUnreachable: cannot listen there. `relay`, `workers` and `log` must outlive the server.
  static Result<std::unique_ptr<GrpcServer>> Start(Relay& relay, Workers& workers, EventLog& log,
                                                   const Options& options);
  // Stops.
  ~GrpcServer();

  // The addresses listened on, in the order given, with the port in use where 0 was asked for.
  const std::vector<HostPort>& addresses() const { return addresses_; }
  // Every new call is refused from now on, with SHUTTING_DOWN.
  void RefuseAll();
  // Ends what is left after a grace of limits::kShutdownGrace. Streams must have been told to end. Idempotent.
  void Stop();

 private:
  struct Parts;
  explicit GrpcServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
  std::vector<HostPort> addresses_;
};

}  // namespace kith::relay
