// The relay over gRPC: says hello, signs, serializes, and turns refusals into codes. Loopback addresses are reached
// without TLS, all others with TLS only, and nothing but a hello is sent before one has vouched for the line.
// Thread-safe. RPCs block the calling thread; CancelAll ends them from another one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/core/ports.h"
#include "client/core/relay_address.h"

namespace kith {

struct RelayWake {
  Cursor head;
  uint64_t newest_statement = 0;
};

// A stream of wakes. One reader; Cancel from any thread.
class RelaySubscription {
 public:
  virtual ~RelaySubscription() = default;
  // Blocks. nullopt: the stream has ended; subscribe again after a hello.
  virtual std::optional<RelayWake> Next() = 0;
  virtual void Cancel() = 0;
};

// One side of a pairing. Calls block; Cancel from any thread ends them with kCancelled. One thread may receive while
// another sends.
class RelayPairing {
 public:
  virtual ~RelayPairing() = default;
  virtual uint32_t nameplate() const = 0;
  // Until the other side is there. kPairingGone, kRelayUnreachable, kCancelled.
  virtual Result<> AwaitPeer() = 0;
  virtual Result<> Send(ByteView message) = 0;
  // kPairingGone when the other side went away.
  virtual Result<Bytes> Receive() = 0;
  virtual void Cancel() = 0;
};

class GrpcRelay final : public Relay {
 public:
  // Connects when first used.
  explicit GrpcRelay(const RelayAddress& relay);
  ~GrpcRelay() override;

  Result<RelayReply> Call(const RelayCall& call) override;
  // Mailbox creation tokens. `attempt`: 16 random bytes, the same when tried again. kInviteInvalid and Call's errors.
  Result<std::vector<Bytes>> RedeemInvite(ByteView secret, ByteView attempt);
  // A hello must have been answered since the last interruption. A refusal shows as a stream that ends at once.
  Result<std::unique_ptr<RelaySubscription>> Subscribe(const std::shared_ptr<const Signer>& signer,
                                                       const MailboxId& mailbox);
  // The side that shows the code; `signer` is listed in `mailbox`.
  Result<std::unique_ptr<RelayPairing>> OpenPairing(const std::shared_ptr<const Signer>& signer,
                                                    const MailboxId& mailbox);
  // The side that types it.
  Result<std::unique_ptr<RelayPairing>> JoinPairing(uint32_t nameplate);
  // Ends every call under way and every later one with kCancelled.
  void CancelAll();

  struct Impl;  // of the .cc

 private:
  std::shared_ptr<Impl> impl_;  // shared with streams, which may outlive a call to it
};

}  // namespace kith
