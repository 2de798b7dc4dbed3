// What the core asks of the world: a place to keep bytes and a relay to talk to (the clock is crypto/base/clock.h).
// Implementations: adapters/ for real, tests/support for the simulated world.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "crypto/base/clock.h"
#include "crypto/base/result.h"
#include "crypto/verify/record.h"
#include "crypto/verify/relay_auth.h"
#include "crypto/verify/seats.h"

namespace kith {

// Changes applied all or not at all, in order.
class StoreBatch {
 public:
  struct Change {
    Bytes key;
    std::optional<Bytes> value;  // nullopt: delete
  };
  void Put(Bytes key, Bytes value) {
    bytes_ += key.size() + value.size();
    changes_.push_back({std::move(key), std::move(value)});
  }
  void Delete(Bytes key) { changes_.push_back({std::move(key), std::nullopt}); }
  const std::vector<Change>& changes() const { return changes_; }
  bool empty() const { return changes_.empty(); }
  size_t bytes() const { return bytes_; }

 private:
  std::vector<Change> changes_;
  size_t bytes_ = 0;
};

// Ordered bytes to bytes. Owned and called by one thread at a time.
class Store {
 public:
  virtual ~Store() = default;
  // nullopt: no such key. kStorageFailed, kVaultDamaged.
  virtual Result<std::optional<Bytes>> Get(ByteView key) = 0;
  // Durable when it returns OK: survives a power cut. After an error nothing of the batch is there, and the store can
  // be used again as soon as the cause is gone (it reopens itself before it acknowledges anything more).
  virtual Result<> Write(const StoreBatch& batch) = 0;
  // Calls `visit` for every key in [from, to), ascending, or descending from the largest below `to`, until it returns
  // false. The views are good during the call only. `visit` must not write.
  enum class Order { kAscending, kDescending };
  using Visit = std::function<bool(ByteView key, ByteView value)>;
  virtual Result<> Scan(ByteView from, ByteView to, Order order, const Visit& visit) = 0;
  // Rewrites storage so that deleted values are gone from the disk.
  virtual Result<> Compact() = 0;
};

// ---- The relay, as plain values. The adapter says hello, signs, and serializes.

struct Cursor {
  uint64_t seq = 0;
  Chain chain;
  friend bool operator==(const Cursor&, const Cursor&) = default;
};

struct RelayStamp {
  SignPublic relay_key;
  RelayEpoch epoch;
};

// Asks who the relay is; the first call of a connection. Needs no signer.
struct HelloCall {};
struct CreateMailboxCall {
  MailboxId mailbox;
  Bytes token;
  SignedStatement statement;
};
struct SubmitStatementCall {
  MailboxId mailbox;
  SignedStatement statement;
};
struct StatementsCall {
  MailboxId mailbox;
  uint64_t after = 0;
};
struct PushCall {
  MailboxId mailbox;
  std::vector<SignedRecord> records;
};
struct PullCall {
  MailboxId mailbox;
  Cursor cursor;
};

// One request. `signer` is a lane listed in the mailbox.
struct RelayCall {
  std::shared_ptr<const Signer> signer;
  std::variant<HelloCall, CreateMailboxCall, SubmitStatementCall, StatementsCall, PushCall, PullCall> body;
};

struct HelloReply {
  RelayStamp stamp;
};
struct CreateMailboxReply {
  RelayStamp stamp;
  bool existed = false;
};
struct SubmitStatementReply {
  RelayStamp stamp;
  uint64_t number = 0;
};
struct StatementsReply {
  RelayStamp stamp;
  std::vector<SignedStatement> statements;
  uint64_t newest = 0;
};
struct PushReply {
  RelayStamp stamp;
  uint32_t stored = 0;
  uint32_t duplicates = 0;
  Cursor head;
};
struct PullReply {
  RelayStamp stamp;
  std::vector<SignedRecord> records;
  Cursor next;
  Cursor head;
  uint64_t newest_statement = 0;
  bool forked = false;
};
using RelayReply =
    std::variant<HelloReply, CreateMailboxReply, SubmitStatementReply, StatementsReply, PushReply, PullReply>;

// Errors of a call: kRelayUnreachable, kRelayForeign, kRelayFull, kRelayStorageLow, kRelayRefused, kRelayBusy,
// kLaneForked, kLaneGap, kStatementConflict, kStatementForbidden, kTokenInvalid, kStaleNonce, kMalformed, kTooLarge.
// After kRelayUnreachable and kStaleNonce the next call is a HelloCall.
class Relay {
 public:
  virtual ~Relay() = default;
  // Blocks until answered, refused, or given up. Thread-safe.
  virtual Result<RelayReply> Call(const RelayCall& call) = 0;
};

}  // namespace kith
