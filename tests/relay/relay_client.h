// A small honest client for tests: says hello, signs, sends, and keeps what a refusal said.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <string>

#include "crypto/verify/record.h"
#include "crypto/verify/relay_auth.h"
#include "crypto/verify/seats.h"
#include "kith/v1/relay.grpc.pb.h"

namespace kith::relay_test {

using Reason = v1::RelayError::Reason;

// How a call ended. `reason` is UNSPECIFIED when it went well.
struct Outcome {
  bool ok = false;
  Reason reason = v1::RelayError::UNSPECIFIED;
  grpc::Status status;
};
Outcome OutcomeOf(const grpc::Status& status);

// One lane and where it stands.
struct Lane {
  Signer signer = Signer::Generate();
  uint64_t seq = 0;
  RecordId head;
};

// A mailbox with a root, one owner's seat and one lane, as its owner sees it.
struct Owned {
  Owned();

  Signer root = Signer::Generate();
  Signer seat = Signer::Generate();
  Lane lane;
  MailboxId id;
  SeatTable table;
  std::vector<SignedStatement> statements;

  // The next statement, signed; applied to `table` and kept when it fits.
  SignedStatement Change(const Signer& by, SeatStatement::SignedBy as, std::vector<SeatChange> changes);
  // The next record of a lane; the lane moves on.
  SignedRecord Write(Lane& on, const std::string& text, RecordKind kind = RecordKind::kSealed) const;
  SignedRecord Write(const std::string& text) { return Write(lane, text); }
  SignedRecord Prune(Lane& by, const LaneKey& of, uint64_t first, uint64_t last) const;
};

class Client {
 public:
  // Its own connection.
  explicit Client(uint16_t port);

  Outcome Hello();
  Outcome Redeem(ByteView secret, ByteView attempt, std::vector<std::string>* tokens);
  Outcome Create(const Owned& mailbox, const std::string& token, bool* existed = nullptr);
  Outcome Submit(const Signer& signer, const MailboxId& mailbox, const SignedStatement& statement,
                 uint64_t* number = nullptr);
  Outcome Statements(const Signer& signer, const MailboxId& mailbox, uint64_t after, v1::StatementsReply* reply);
  Outcome Push(const Signer& signer, const MailboxId& mailbox, const std::vector<SignedRecord>& records,
               v1::PushReply* reply = nullptr);
  Outcome Pull(const Signer& signer, const MailboxId& mailbox, const v1::Cursor& cursor, v1::PullReply* reply,
               uint32_t max_bytes = 0);

  // A request as the client would send it; for tests that bend one. The counter moves on.
  v1::SignedRequest Sign(const Signer& signer, std::string_view method, const MailboxId& mailbox, std::string body);
  v1::Relay::Stub& stub() { return *stub_; }
  const SignPublic& relay_key() const { return relay_key_; }
  const RelayEpoch& epoch() const { return epoch_; }

 private:
  std::unique_ptr<v1::Relay::Stub> stub_;
  SignPublic relay_key_;
  RelayEpoch epoch_;
  HelloNonce nonce_;
  std::atomic<uint64_t> counter_{0};
};

v1::PushBody PushBodyOf(const MailboxId& mailbox, const std::vector<SignedRecord>& records);
std::string Text(ByteView bytes);

}  // namespace kith::relay_test
