// Between protobuf's strings and Kith's values. For wire's .cc files only.
#pragma once

#include <string>

#include "crypto/base/bytes.h"
#include "crypto/base/ids.h"
#include "crypto/base/result.h"

namespace kith::wire {

inline std::string Text(ByteView bytes) { return ToString(bytes); }
template <size_t N>
std::string Text(const std::array<uint8_t, N>& bytes) {
  return ToString(ByteView(bytes));
}
template <class Tag, size_t N>
std::string Text(const Id<Tag, N>& id) {
  return ToString(id.view());
}

inline Error Malformed() { return Fail(Code::kMalformed, "a message has a wrong length or layout"); }

template <size_t N>
Result<> ReadArray(const std::string& field, std::array<uint8_t, N>& out) {
  if (field.size() != N) return Malformed();
  std::memcpy(out.data(), field.data(), N);
  return {};
}
template <class Tag, size_t N>
Result<> ReadId(const std::string& field, Id<Tag, N>& out) {
  return ReadArray(field, out.value);
}
template <class List, class IdType>
Result<> ReadIds(const List& fields, std::vector<IdType>& out) {
  for (const std::string& field : fields) KITH_TRY(ReadId(field, out.emplace_back()));
  return {};
}

template <class Message>
Bytes Serialize(const Message& message) {
  Bytes out(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(out.data());
  return out;
}
template <class Message>
Result<> ParseInto(ByteView bytes, Message& message) {
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return Malformed();
  return {};
}

}  // namespace kith::wire
