#include "client/wire/practices.h"

#include <google/protobuf/message.h>
#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <memory>

#include "client/model/practice.h"
#include "crypto/base/check.h"

namespace kith::wire {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr const char* kOneof = "practice";
constexpr const char* kOneofOfApi = "kind";

const FieldDescriptor& FieldOf(const Message& message, int number) {
  const FieldDescriptor* const field = message.GetDescriptor()->FindFieldByNumber(number);
  KITH_CHECK(field != nullptr);  // practice_table_test holds the table against the messages
  return *field;
}

// nullptr: no practice stands there.
const FieldDescriptor* Given(const Message& message) {
  const auto* const descriptor = message.GetDescriptor();
  const auto* oneof = descriptor->FindOneofByName(kOneof);
  if (oneof == nullptr) oneof = descriptor->FindOneofByName(kOneofOfApi);
  KITH_CHECK(oneof != nullptr);
  return message.GetReflection()->GetOneofFieldDescriptor(message, oneof);
}

void WriteValue(const PracticeValue& value, const PracticeField& field, Message& out) {
  const FieldDescriptor& to = FieldOf(out, field.number);
  const Reflection& reflection = *out.GetReflection();
  if (const auto* const number = std::get_if<int32_t>(&value)) {
    if (field.type == FieldType::kChoice) {
      reflection.SetEnumValue(&out, &to, *number);
    } else {
      reflection.SetInt32(&out, &to, *number);
    }
  } else if (const auto* const text = std::get_if<std::string>(&value)) {
    reflection.SetString(&out, &to, *text);
  } else {
    for (const std::string& item : std::get<std::vector<std::string>>(value)) reflection.AddString(&out, &to, item);
  }
}

Error TooLarge() { return Fail(Code::kTooLarge, "a practice's field is over its limit"); }

Result<std::optional<PracticeValue>> ReadList(const Message& in, const FieldDescriptor& from) {
  const Reflection& reflection = *in.GetReflection();
  const int count = reflection.FieldSize(in, &from);
  if (count == 0) return std::nullopt;
  if (count > static_cast<int>(kMaxPracticeItems)) return TooLarge();
  std::vector<std::string> items;
  for (int i = 0; i < count; ++i) {
    items.push_back(reflection.GetRepeatedString(in, &from, i));
    if (items.back().size() > kMaxPracticeItem) return TooLarge();
  }
  return PracticeValue(std::move(items));
}

Result<std::optional<PracticeValue>> ReadValue(const PracticeField& field, const Message& in) {
  const FieldDescriptor& from = FieldOf(in, field.number);
  const Reflection& reflection = *in.GetReflection();
  switch (field.type) {
    case FieldType::kNumber:
      if (!reflection.HasField(in, &from)) return std::nullopt;
      return PracticeValue(reflection.GetInt32(in, &from));
    case FieldType::kChoice: {
      const int number = reflection.GetEnumValue(in, &from);
      if (number == 0) return std::nullopt;
      return PracticeValue(number);
    }
    case FieldType::kText:
    case FieldType::kDay:
    case FieldType::kEntry:
    case FieldType::kFriend: {
      std::string text = reflection.GetString(in, &from);
      if (text.empty()) return std::nullopt;
      if (text.size() > kMaxPracticeText) return TooLarge();
      return PracticeValue(std::move(text));
    }
    case FieldType::kList:
      return ReadList(in, from);
  }
  return std::nullopt;
}

}  // namespace

void WritePractice(const Content& content, Message& message) {
  const PracticeKind* const kind = FindPractice(content.kind);
  if (kind == nullptr || content.practice == Practice()) return;
  Message& out = *message.GetReflection()->MutableMessage(&message, &FieldOf(message, kind->number));
  // Appended to a message, they are read as the same fields.
  if (!content.practice.unknown.empty()) out.ParsePartialFromString(content.practice.unknown);
  for (const PracticeField& field : kind->fields) {
    const auto at = content.practice.fields.find(field.number);
    if (at != content.practice.fields.end()) WriteValue(at->second, field, out);
  }
}

Result<> ReadPractice(const Message& message, Content& content) {
  content.practice = {};
  const FieldDescriptor* const given = Given(message);
  if (given == nullptr) return {};
  const Message& in = message.GetReflection()->GetMessage(message, given);
  const PracticeKind* const kind = FindPractice(content.kind);
  if (kind == nullptr || kind->number != given->number()) {
    const std::unique_ptr<Message> alone(message.New());
    alone->GetReflection()->MutableMessage(alone.get(), given)->CopyFrom(in);
    alone->AppendToString(&content.unknown);
    return {};
  }
  for (const PracticeField& field : kind->fields) {
    KITH_TRY_ASSIGN(std::optional<PracticeValue> value, ReadValue(field, in));
    if (value) content.practice.fields.emplace(field.number, std::move(*value));
  }
  const auto& unknown = in.GetReflection()->GetUnknownFields(in);
  if (!unknown.empty()) unknown.SerializeToString(&content.practice.unknown);
  return {};
}

}  // namespace kith::wire
