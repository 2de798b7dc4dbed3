#include "relay_client.h"

#include "crypto/base/check.h"

namespace kith::relay_test {
namespace {

void Set(v1::Statement* out, const SignedStatement& statement) {
  out->set_body(statement.body.data(), statement.body.size());
  out->set_signature(Text(statement.signature.view()));
}

std::unique_ptr<grpc::ClientContext> Context() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  return context;
}

}  // namespace

std::string Text(ByteView bytes) { return ToString(bytes); }

Outcome OutcomeOf(const grpc::Status& status) {
  Outcome outcome{status.ok(), v1::RelayError::UNSPECIFIED, status};
  v1::RelayError error;
  if (!status.ok() && error.ParseFromString(status.error_details())) outcome.reason = error.reason();
  return outcome;
}

Owned::Owned() {
  id = MailboxIdOf(root.public_key());
  Change(root, SeatStatement::SignedBy::kRoot,
         {AddSeat{seat.public_key(), true}, AddLane{seat.public_key(), lane.signer.public_key()}});
  KITH_CHECK(table.number() == 1);
}

SignedStatement Owned::Change(const Signer& by, SeatStatement::SignedBy as, std::vector<SeatChange> changes) {
  SeatStatement statement;
  statement.mailbox = id;
  statement.number = table.number() + 1;
  statement.prev = table.head();
  statement.signed_by = as;
  statement.signer = by.public_key();
  statement.changes = std::move(changes);
  auto made = SignStatement(by, statement);
  if (auto next = table.Apply(made)) {
    table = *std::move(next);
    statements.push_back(made);
  }
  return made;
}

SignedRecord Owned::Write(Lane& on, const std::string& text, RecordKind kind) const {
  RecordHeader header;
  header.kind = kind;
  header.mailbox = id;
  header.lane = on.signer.public_key();
  header.seq = ++on.seq;
  header.prev = on.head;
  auto record = SignRecord(on.signer, header, ToBytes(text));
  on.head = RecordIdOf(record.header);
  return record;
}

SignedRecord Owned::Prune(Lane& by, const LaneKey& of, uint64_t first, uint64_t last) const {
  return Write(by, Text(PruneList{of, {{first, last}}}.Encode()), RecordKind::kPrune);
}

v1::PushBody PushBodyOf(const MailboxId& mailbox, const std::vector<SignedRecord>& records) {
  v1::PushBody body;
  body.set_mailbox(Text(mailbox.view()));
  for (const auto& record : records) {
    auto* out = body.add_records();
    out->set_header(record.header.data(), record.header.size());
    out->set_signature(Text(record.signature.view()));
    out->set_payload(record.payload.data(), record.payload.size());
  }
  return body;
}

Client::Client(uint16_t port) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(4 << 20);
  stub_ = v1::Relay::NewStub(
      grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials(), arguments));
}

Outcome Client::Hello() {
  v1::HelloRequest request;
  request.set_protocol(1);
  v1::HelloReply reply;
  const auto status = stub_->Hello(Context().get(), request, &reply);
  if (!status.ok()) return OutcomeOf(status);
  const auto hello = kith::Hello::Open(AsBytes(reply.hello()), *Signature::From(AsBytes(reply.signature())));
  KITH_CHECK(hello.has_value());
  relay_key_ = hello->relay_key;
  epoch_ = hello->epoch;
  nonce_ = hello->nonce;
  counter_ = 0;
  return OutcomeOf(status);
}

Outcome Client::Redeem(ByteView secret, ByteView attempt, std::vector<std::string>* tokens) {
  v1::RedeemInviteRequest request;
  request.set_invite(Text(secret));
  request.set_attempt(Text(attempt));
  v1::RedeemInviteReply reply;
  const auto status = stub_->RedeemInvite(Context().get(), request, &reply);
  if (tokens != nullptr) tokens->assign(reply.tokens().begin(), reply.tokens().end());
  return OutcomeOf(status);
}

v1::SignedRequest Client::Sign(const Signer& signer, std::string_view method, const MailboxId& mailbox,
                               std::string body) {
  const RequestAuth auth{relay_key_, nonce_, ++counter_, method, mailbox};
  v1::SignedRequest request;
  request.set_signer(Text(signer.public_key().view()));
  request.set_nonce(Text(nonce_.view()));
  request.set_counter(auth.counter);
  request.set_signature(Text(auth.Sign(signer, AsBytes(body)).view()));
  request.set_body(std::move(body));
  return request;
}

Outcome Client::Create(const Owned& mailbox, const std::string& token, bool* existed) {
  v1::CreateMailboxBody body;
  body.set_mailbox(Text(mailbox.id.view()));
  body.set_token(token);
  Set(body.mutable_statement(), mailbox.statements.front());
  v1::CreateMailboxReply reply;
  const auto request = Sign(mailbox.lane.signer, "CreateMailbox", mailbox.id, body.SerializeAsString());
  const auto status = stub_->CreateMailbox(Context().get(), request, &reply);
  if (existed != nullptr) *existed = reply.existed();
  return OutcomeOf(status);
}

Outcome Client::Submit(const Signer& signer, const MailboxId& mailbox, const SignedStatement& statement,
                       uint64_t* number) {
  v1::SubmitStatementBody body;
  body.set_mailbox(Text(mailbox.view()));
  Set(body.mutable_statement(), statement);
  v1::SubmitStatementReply reply;
  const auto request = Sign(signer, "SubmitStatement", mailbox, body.SerializeAsString());
  const auto status = stub_->SubmitStatement(Context().get(), request, &reply);
  if (number != nullptr) *number = reply.number();
  return OutcomeOf(status);
}

Outcome Client::Statements(const Signer& signer, const MailboxId& mailbox, uint64_t after, v1::StatementsReply* reply) {
  v1::StatementsBody body;
  body.set_mailbox(Text(mailbox.view()));
  body.set_after(after);
  const auto request = Sign(signer, "Statements", mailbox, body.SerializeAsString());
  return OutcomeOf(stub_->Statements(Context().get(), request, reply));
}

Outcome Client::Push(const Signer& signer, const MailboxId& mailbox, const std::vector<SignedRecord>& records,
                     v1::PushReply* reply) {
  v1::PushReply own;
  const auto request = Sign(signer, "Push", mailbox, PushBodyOf(mailbox, records).SerializeAsString());
  return OutcomeOf(stub_->Push(Context().get(), request, reply != nullptr ? reply : &own));
}

Outcome Client::Pull(const Signer& signer, const MailboxId& mailbox, const v1::Cursor& cursor, v1::PullReply* reply,
                     uint32_t max_bytes) {
  v1::PullBody body;
  body.set_mailbox(Text(mailbox.view()));
  *body.mutable_cursor() = cursor;
  body.set_max_bytes(max_bytes);
  const auto request = Sign(signer, "Pull", mailbox, body.SerializeAsString());
  return OutcomeOf(stub_->Pull(Context().get(), request, reply));
}

}  // namespace kith::relay_test
