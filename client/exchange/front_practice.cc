#include "client/exchange/front_practice.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>

#include "client/model/practice.h"
#include "crypto/base/hex.h"

namespace kith {
namespace {

bool IsReference(const PracticeField& field) {
  return field.type == FieldType::kEntry || field.type == FieldType::kFriend;
}

void EmitValue(YAML::Emitter& out, const Content& content, const PracticeField& field) {
  out << YAML::Key << std::string(field.name) << YAML::Value;
  switch (field.type) {
    case FieldType::kNumber:
      out << *NumberOf(content, field.name);
      return;
    case FieldType::kChoice:
      out << std::string(ChoiceOf(content, field.name));
      return;
    case FieldType::kText:
    case FieldType::kDay:
      out << YAML::DoubleQuoted << TextOf(content, field.name);
      return;
    case FieldType::kEntry:
    case FieldType::kFriend:
      out << YAML::DoubleQuoted << Hex(AsBytes(TextOf(content, field.name)));
      return;
    case FieldType::kList:
      out << YAML::Flow << YAML::BeginSeq;
      for (const std::string& item : ListOf(content, field.name)) out << YAML::DoubleQuoted << item;
      out << YAML::EndSeq;
      return;
  }
}

// Whether the value is one that this program knows how to name.
bool CanName(const Content& content, const PracticeField& field) {
  if (field.type == FieldType::kNumber) return NumberOf(content, field.name).has_value();
  if (field.type == FieldType::kChoice) return !ChoiceOf(content, field.name).empty();
  return content.practice.fields.contains(field.number);
}

bool ReadNumber(const std::string& text, const PracticeField& field, Content& content) {
  int32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  SetField(content, field.name, number);
  return true;
}

bool ReadValue(const YAML::Node& node, const PracticeField& field, Content& content) {
  if (field.type == FieldType::kList) {
    if (!node.IsSequence()) return false;
    std::vector<std::string> items;
    for (const YAML::Node& item : node) {
      if (!item.IsScalar()) return false;
      items.push_back(item.Scalar());
    }
    SetField(content, field.name, std::move(items));
    return true;
  }
  if (!node.IsScalar()) return false;
  const std::string& text = node.Scalar();
  if (field.type == FieldType::kNumber) return ReadNumber(text, field, content);
  if (field.type == FieldType::kChoice) {
    if (std::ranges::find(field.choices, text) == field.choices.end()) return false;
    SetChoice(content, field.name, text);
    return true;
  }
  if (!IsReference(field)) {
    SetField(content, field.name, text);
    return true;
  }
  const auto bytes = FromHex(text);
  if (bytes) SetField(content, field.name, ToString(*bytes));
  return bytes.has_value();
}

}  // namespace

void EmitPractice(YAML::Emitter& out, const std::string& kind_name, const Practice& practice) {
  const PracticeKind* const kind = FindPractice(kind_name);
  if (kind == nullptr) return;
  const Content content{.kind = kind_name, .practice = practice};
  bool begun = false;
  for (const PracticeField& field : kind->fields) {
    if (field.unexported || !CanName(content, field)) continue;
    if (!begun) out << YAML::Key << "practice" << YAML::Value << YAML::BeginMap;
    begun = true;
    EmitValue(out, content, field);
  }
  if (begun) out << YAML::EndMap;
}

bool ReadPracticeNode(const YAML::Node& node, const std::string& kind_name, Practice& practice) {
  const PracticeKind* const kind = FindPractice(kind_name);
  if (kind == nullptr || !node.IsMap()) return false;
  Content content{.kind = kind_name, .practice = practice};
  bool understood = true;
  for (const auto& item : node) {
    const PracticeField* const field = item.first.IsScalar() ? kind->Find(item.first.Scalar()) : nullptr;
    const Practice before = content.practice;
    const bool read = field != nullptr && ReadValue(item.second, *field, content) && CheckPractice(content);
    if (read) continue;
    content.practice = before;
    understood = false;
  }
  practice = std::move(content.practice);
  return understood;
}

}  // namespace kith
