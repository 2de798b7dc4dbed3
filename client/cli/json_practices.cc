#include "client/cli/json_output.h"
#include "client/cli/json_parts.h"
#include "client/model/practice.h"
#include "client/wire/practices.h"
#include "crypto/base/hex.h"

namespace kith {

Object FieldsObject(const std::string& kind_name, const v1::Practice& said) {
  const PracticeKind* const kind = FindPractice(kind_name);
  Content content{.kind = kind_name};
  if (kind == nullptr || !wire::ReadPractice(said, content)) return nullptr;
  Object object = Object::object();
  for (const PracticeField& field : kind->fields) {
    if (!content.practice.fields.contains(field.number)) continue;
    const std::string name(field.name);
    switch (field.type) {
      case FieldType::kNumber:
        if (const auto number = NumberOf(content, field.name)) object[name] = *number;
        break;
      case FieldType::kChoice:
        object[name] = std::string(ChoiceOf(content, field.name));
        break;
      case FieldType::kText:
      case FieldType::kDay:
        object[name] = TextOf(content, field.name);
        break;
      case FieldType::kList:
        object[name] = ListOf(content, field.name);
        break;
      case FieldType::kEntry:
      case FieldType::kFriend:
        object[name] = Hex(AsBytes(TextOf(content, field.name)));
        break;
    }
  }
  return object;
}

std::string Json(const v1::Draft& draft) {
  return Line({{"id", Hex(AsBytes(draft.id()))},
               {"kind", draft.kind()},
               {"at", draft.at()},
               {"text", draft.text()},
               {"fields", FieldsObject(draft.kind(), draft.practice())}});
}

}  // namespace kith
