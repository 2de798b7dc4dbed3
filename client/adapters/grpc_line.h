// One line to a relay: a gRPC channel and, with TLS, the one certificate that is accepted on it. The steps are in
// DESIGN.md, "A line to the relay".
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "crypto/verify/relay_auth.h"
#include "kith/v1/relay.grpc.pb.h"

namespace kith {

// 127.0.0.0/8, [::1] and localhost, with a port: reached without TLS. Every other address is reached with TLS only.
bool IsLoopback(const std::string& address);

class CertificatePin;

// Thread-safe.
class RelayLine {
 public:
  // Connects when first used. `address`: "host:port".
  explicit RelayLine(const std::string& address);

  v1::Relay::Stub& stub() const { return *stub_; }

  // Whether `hello`, answered on this line and signed by the right relay, is from who holds its certificate. Without
  // TLS there is none to compare.
  bool Vouch(const Hello& hello);
  // A hello vouched for it. Nothing but a hello may be sent before.
  bool vouched() const { return vouched_; }
  // The relay showed another certificate than at first and was turned away, so this line is over; a new one may do.
  bool turned_away() const;

 private:
  const std::shared_ptr<CertificatePin> pin_;  // nullptr without TLS
  const std::unique_ptr<v1::Relay::Stub> stub_;
  std::atomic<bool> vouched_{false};
};

}  // namespace kith
