// Practices' fields to and from any message that has them under the numbers of practices.proto: Content of
// sealed.proto, and Practice of the agent's API. By the table of client/model/practice.h, so that no kind needs code of
// its own. Pure and thread-safe.
#pragma once

#include "client/model/entry.h"
#include "crypto/base/result.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace kith::wire {

// Nothing where the content's kind is no practice, or one of which nothing is said. The content was checked
// (CheckPractice), or came from ReadPractice.
void WritePractice(const Content& content, google::protobuf::Message& message);

// The fields of the content's kind, which is set already. What stands there of another kind goes to `unknown`, as it
// is. Values out of bounds stay: whoever shows them looks. kTooLarge: a text or list over its limit.
Result<> ReadPractice(const google::protobuf::Message& message, Content& content);

}  // namespace kith::wire
