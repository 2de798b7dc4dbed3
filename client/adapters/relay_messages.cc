#include "client/adapters/relay_messages.h"

namespace kith {
namespace {

std::string Text(ByteView bytes) { return ToString(bytes); }

Result<RelayStamp> StampOf(const v1::RelayStamp& stamp) {
  const auto key = SignPublic::From(AsBytes(stamp.relay_key()));
  const auto epoch = RelayEpoch::From(AsBytes(stamp.epoch()));
  if (!key || !epoch)
    return Fail(Code::kMalformed,
                "The relay's answer does not say who it is. It or Kith on this device may need an upgrade.");
  return RelayStamp{.relay_key = *key, .epoch = *epoch};
}

void Write(const SignedStatement& from, v1::Statement* to) {
  to->set_body(Text(from.body));
  to->set_signature(Text(from.signature.view()));
}

}  // namespace

Cursor CursorOf(const v1::Cursor& cursor) {
  const auto chain = Chain::From(AsBytes(cursor.chain()));
  if (!chain) return {};
  return {.seq = cursor.seq(), .chain = *chain};
}

v1::CreateMailboxBody BodyOf(const CreateMailboxCall& call) {
  v1::CreateMailboxBody body;
  body.set_mailbox(Text(call.mailbox.view()));
  body.set_token(Text(call.token));
  Write(call.statement, body.mutable_statement());
  return body;
}

v1::SubmitStatementBody BodyOf(const SubmitStatementCall& call) {
  v1::SubmitStatementBody body;
  body.set_mailbox(Text(call.mailbox.view()));
  Write(call.statement, body.mutable_statement());
  return body;
}

v1::StatementsBody BodyOf(const StatementsCall& call) {
  v1::StatementsBody body;
  body.set_mailbox(Text(call.mailbox.view()));
  body.set_after(call.after);
  return body;
}

v1::PushBody BodyOf(const PushCall& call) {
  v1::PushBody body;
  body.set_mailbox(Text(call.mailbox.view()));
  for (const SignedRecord& record : call.records) {
    v1::Record* to = body.add_records();
    to->set_header(record.header.data(), record.header.size());
    to->set_signature(record.signature.value.data(), record.signature.value.size());
    to->set_payload(record.payload.data(), record.payload.size());
  }
  return body;
}

v1::PullBody BodyOf(const PullCall& call) {
  v1::PullBody body;
  body.set_mailbox(Text(call.mailbox.view()));
  body.mutable_cursor()->set_seq(call.cursor.seq);
  if (call.cursor.seq > 0) body.mutable_cursor()->set_chain(Text(call.cursor.chain.view()));
  return body;
}

Result<RelayReply> ReplyOf(const v1::CreateMailboxReply& reply) {
  KITH_TRY_ASSIGN(const RelayStamp stamp, StampOf(reply.stamp()));
  return RelayReply(CreateMailboxReply{.stamp = stamp, .existed = reply.existed()});
}

Result<RelayReply> ReplyOf(const v1::SubmitStatementReply& reply) {
  KITH_TRY_ASSIGN(const RelayStamp stamp, StampOf(reply.stamp()));
  return RelayReply(SubmitStatementReply{.stamp = stamp, .number = reply.number()});
}

Result<RelayReply> ReplyOf(const v1::StatementsReply& reply) {
  KITH_TRY_ASSIGN(const RelayStamp stamp, StampOf(reply.stamp()));
  StatementsReply out{.stamp = stamp, .statements = {}, .newest = reply.newest()};
  for (const v1::Statement& statement : reply.statements()) {
    const auto signature = Signature::From(AsBytes(statement.signature()));
    if (!signature)
      return Fail(Code::kMalformed,
                  "The relay handed over a broken statement. Nothing of it was taken; ask the relay's keeper.");
    out.statements.push_back({.body = ToBytes(statement.body()), .signature = *signature});
  }
  return RelayReply(std::move(out));
}

Result<RelayReply> ReplyOf(const v1::PushReply& reply) {
  KITH_TRY_ASSIGN(const RelayStamp stamp, StampOf(reply.stamp()));
  return RelayReply(PushReply{
      .stamp = stamp, .stored = reply.stored(), .duplicates = reply.duplicates(), .head = CursorOf(reply.head())});
}

Result<RelayReply> ReplyOf(const v1::PullReply& reply) {
  KITH_TRY_ASSIGN(const RelayStamp stamp, StampOf(reply.stamp()));
  PullReply out{.stamp = stamp,
                .records = {},
                .next = CursorOf(reply.next()),
                .head = CursorOf(reply.head()),
                .newest_statement = reply.newest_statement(),
                .forked = reply.forked()};
  out.records.reserve(static_cast<size_t>(reply.records_size()));
  for (const v1::Record& record : reply.records()) {
    const auto signature = Signature::From(AsBytes(record.signature()));
    if (!signature)
      return Fail(Code::kMalformed,
                  "The relay handed over a broken record. Nothing of it was taken; ask the relay's keeper.");
    out.records.push_back(
        {.header = ToBytes(record.header()), .signature = *signature, .payload = ToBytes(record.payload())});
  }
  return RelayReply(std::move(out));
}

}  // namespace kith
