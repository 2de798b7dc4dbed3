// What a relay answers: messages of relay.proto, and the details of a refusal. The first byte chooses. What was read is
// of the lengths that the core relies on; a refusal is always an error with a message.
#include <grpcpp/support/status.h>

#include "client/adapters/relay_errors.h"
#include "client/adapters/relay_messages.h"
#include "crypto/verify/relay_auth.h"
#include "tests/fuzz/target.h"

namespace kith::fuzz {
namespace {

template <class Message>
Outcome Read(ByteView bytes) {
  Message message;
  if (!message.ParseFromString(ToString(bytes))) return Outcome::kRefused;
  const auto reply = ReplyOf(message);
  if (!reply) KITH_CHECK(reply.error().code == Code::kMalformed);
  return OutcomeOf(reply.has_value());
}

Outcome Refusal(ByteView bytes) {
  if (bytes.empty()) return Outcome::kRefused;
  const auto code = static_cast<grpc::StatusCode>(bytes[0] % 16 + 1);
  const Error error = RelayErrorOf({code, "what the relay says", ToString(bytes.subspan(1))});
  KITH_CHECK(!error.message.empty() && error.message.find("what the relay says") == std::string::npos);
  v1::RelayError told;
  return OutcomeOf(told.ParseFromString(ToString(bytes.subspan(1))));
}

}  // namespace

KITH_FUZZ_TARGET(relay_replies) {
  if (input.empty()) return Outcome::kRefused;
  const ByteView rest = input.subspan(1);
  switch (input[0] % 6) {
    case 0:
      return Read<v1::CreateMailboxReply>(rest);
    case 1:
      return Read<v1::SubmitStatementReply>(rest);
    case 2:
      return Read<v1::StatementsReply>(rest);
    case 3:
      return Read<v1::PushReply>(rest);
    case 4:
      return Read<v1::PullReply>(rest);
    case 5:
      return Refusal(rest);
  }
  return Outcome::kRefused;
}

}  // namespace kith::fuzz
