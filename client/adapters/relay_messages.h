// Between the core's plain calls and replies and the messages of relay.proto.
#pragma once

#include "client/core/ports.h"
#include "kith/v1/relay.pb.h"

namespace kith {

v1::CreateMailboxBody BodyOf(const CreateMailboxCall& call);
v1::SubmitStatementBody BodyOf(const SubmitStatementCall& call);
v1::StatementsBody BodyOf(const StatementsCall& call);
v1::PushBody BodyOf(const PushCall& call);
v1::PullBody BodyOf(const PullCall& call);

// kMalformed when a length is wrong.
Result<RelayReply> ReplyOf(const v1::CreateMailboxReply& reply);
Result<RelayReply> ReplyOf(const v1::SubmitStatementReply& reply);
Result<RelayReply> ReplyOf(const v1::StatementsReply& reply);
Result<RelayReply> ReplyOf(const v1::PushReply& reply);
Result<RelayReply> ReplyOf(const v1::PullReply& reply);

// A cursor of the wrong length is the beginning.
Cursor CursorOf(const v1::Cursor& cursor);

}  // namespace kith
