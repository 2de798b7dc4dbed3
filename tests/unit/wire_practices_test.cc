// Practices as bytes: the table and the messages say the same, what is written is read, what is not known survives.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "client/model/practice.h"
#include "client/wire/ops.h"
#include "client/wire/practices.h"
#include "kith/v1/practices.pb.h"
#include "kith/v1/sealed.pb.h"
#include "tests/support/builders.h"

namespace kith {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

Version AVersion(Content content) {
  EntryId entry;
  entry.value.fill(1);
  return {.entry = entry, .content = std::move(content)};
}

Content Decoded(ByteView bytes) {
  const auto op = DecodeOp(bytes);
  EXPECT_TRUE(op.has_value() && std::holds_alternative<Version>(*op));
  return std::get<Version>(*op).content;
}

Content ThereAndBack(const Content& content) { return Decoded(EncodeOp(AVersion(content))); }

// A value that is not the default of its type.
void Fill(Content& content, const PracticeField& field) {
  switch (field.type) {
    case FieldType::kNumber:
      SetField(content, field.name, field.min);
      return;
    case FieldType::kChoice:
      SetChoice(content, field.name, field.choices.back());
      return;
    case FieldType::kText:
      SetField(content, field.name, "words of " + std::string(field.name));
      return;
    case FieldType::kDay:
      SetField(content, field.name, std::string("2026-11-23"));
      return;
    case FieldType::kList:
      SetField(content, field.name, std::vector<std::string>{"one", "two"});
      return;
    case FieldType::kEntry:
      SetField(content, field.name, std::string(16, '\1'));
      return;
    case FieldType::kFriend:
      SetField(content, field.name, std::string(32, '\2'));
      return;
  }
}

bool Fits(const PracticeField& field, const FieldDescriptor& message) {
  switch (field.type) {
    case FieldType::kNumber:
      return message.type() == FieldDescriptor::TYPE_SINT32 && message.has_optional_keyword();
    case FieldType::kChoice:
      return message.type() == FieldDescriptor::TYPE_ENUM;
    case FieldType::kText:
    case FieldType::kDay:
      return message.type() == FieldDescriptor::TYPE_STRING && !message.is_repeated();
    case FieldType::kList:
      return message.type() == FieldDescriptor::TYPE_STRING && message.is_repeated();
    case FieldType::kEntry:
    case FieldType::kFriend:
      return message.type() == FieldDescriptor::TYPE_BYTES && !message.is_repeated();
  }
  return false;
}

// "SUPPORT_GROUP" for "support-group".
std::string EnumName(std::string_view choice) {
  std::string out;
  for (const char c : choice) out.push_back(c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c));
  return out;
}

TEST(WirePractices, TheTableAndTheMessagesSayTheSame) {
  const Descriptor* const api = v1::Practice::descriptor();
  const Descriptor* const sealed = v1::Content::descriptor();
  ASSERT_EQ(api->field_count(), static_cast<int>(PracticeKinds().size()));
  for (const PracticeKind& kind : PracticeKinds()) {
    const FieldDescriptor* const in_api = api->FindFieldByNumber(kind.number);
    const FieldDescriptor* const in_content = sealed->FindFieldByNumber(kind.number);
    ASSERT_TRUE(in_api != nullptr && in_content != nullptr) << kind.name;
    EXPECT_EQ(in_api->name(), kind.name);
    EXPECT_EQ(in_content->name(), kind.name);
    EXPECT_EQ(in_api->message_type(), in_content->message_type());
    const Descriptor* const message = in_api->message_type();
    EXPECT_EQ(message->field_count(), static_cast<int>(kind.fields.size())) << kind.name;
    for (const PracticeField& field : kind.fields) {
      const FieldDescriptor* const there = message->FindFieldByNumber(field.number);
      ASSERT_NE(there, nullptr) << kind.name << " " << field.name;
      EXPECT_EQ(there->name(), field.name) << kind.name;
      EXPECT_TRUE(Fits(field, *there)) << kind.name << " " << field.name;
      if (field.type != FieldType::kChoice) continue;
      ASSERT_EQ(there->enum_type()->value_count(), static_cast<int>(field.choices.size()) + 1) << field.name;
      for (size_t i = 0; i < field.choices.size(); ++i) {
        const auto* const value = there->enum_type()->FindValueByNumber(static_cast<int>(i) + 1);
        ASSERT_NE(value, nullptr);
        EXPECT_EQ(value->name(), EnumName(field.choices[i])) << kind.name << " " << field.name;
      }
    }
  }
}

TEST(WirePractices, EveryFieldOfEveryKindComesBack) {
  for (const PracticeKind& kind : PracticeKinds()) {
    Content content = AnEntry("and a note");
    content.kind = kind.name;
    content.depth = 4;
    for (const PracticeField& field : kind.fields) Fill(content, field);
    EXPECT_EQ(ThereAndBack(content), content) << kind.name;
    v1::Practice api;
    wire::WritePractice(content, api);
    Content read{.kind = content.kind};
    ASSERT_TRUE(wire::ReadPractice(api, read));
    EXPECT_EQ(read.practice, content.practice) << kind.name;
  }
}

TEST(WirePractices, ZeroIsSaidAndNothingIsNot) {
  Content check = AnEntry("");
  check.kind = "check";
  EXPECT_EQ(ThereAndBack(check).practice, Practice());
  SetField(check, "energy", 0);
  EXPECT_EQ(NumberOf(ThereAndBack(check), "energy"), 0);
}

// Field `number` of wire type 2.
Bytes Field(uint8_t number, const std::string& value) {
  Bytes out;
  if (number < 16) {
    out.push_back(static_cast<uint8_t>(number << 3 | 2));
  } else {
    out.push_back(static_cast<uint8_t>((number << 3 | 2) & 127) | 128);
    out.push_back(static_cast<uint8_t>(number >> 4));
  }
  out.push_back(static_cast<uint8_t>(value.size()));
  out.insert(out.end(), value.begin(), value.end());
  return out;
}

TEST(WirePractices, AKindOfANewerKithSurvivesAnEditHere) {
  Content content = AnEntry("words");
  content.kind = "garden";
  content.unknown = ToString(Field(61, ToString(Field(1, "roses"))));
  Content read = ThereAndBack(content);
  EXPECT_EQ(read, content);
  read.text = "other words";
  EXPECT_EQ(ThereAndBack(read).unknown, content.unknown);
}

TEST(WirePractices, AFieldOfANewerKithSurvivesAnEditHere) {
  Content content = AnEntry("");
  content.kind = "hunch";
  SetField(content, "worry", std::string("rain"));
  content.practice.unknown = ToString(Field(15, "what came of it"));
  Content read = ThereAndBack(content);
  EXPECT_EQ(read, content);
  SetChoice(read, "outcome", "not");
  EXPECT_EQ(ThereAndBack(read).practice.unknown, content.practice.unknown);
}

TEST(WirePractices, AChoiceAndANumberOfANewerKithSurvive) {
  Content content = AnEntry("");
  content.kind = "check";
  content.practice.fields = {{1, 9}, {2, 44}};
  EXPECT_EQ(ThereAndBack(content).practice, content.practice);
}

TEST(WirePractices, WhatBelongsToAnotherKindIsKeptAsItIs) {
  v1::Practice api;
  api.mutable_hunch()->set_worry("rain");
  Content check{.kind = "check"};
  ASSERT_TRUE(wire::ReadPractice(api, check));
  EXPECT_EQ(check.practice, Practice());
  v1::Content back;
  ASSERT_TRUE(back.ParseFromString(check.unknown));
  EXPECT_EQ(back.hunch().worry(), "rain");
}

TEST(WirePractices, WhatIsTooLargeIsRefused) {
  v1::Practice api;
  api.mutable_hunch()->set_worry(std::string(kMaxPracticeText + 1, 'x'));
  Content hunch{.kind = "hunch"};
  const Result<> read = wire::ReadPractice(api, hunch);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kTooLarge);
  for (size_t i = 0; i <= kMaxPracticeItems; ++i) api.mutable_check()->add_body("x");
  Content check{.kind = "check"};
  EXPECT_EQ(wire::ReadPractice(api, check).error().code, Code::kTooLarge);
}

}  // namespace
}  // namespace kith
