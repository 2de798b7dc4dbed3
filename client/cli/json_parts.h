// What the files of json_output.h have in common. For them only.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "kith/v1/local.pb.h"

namespace kith {

using Object = nlohmann::ordered_json;

inline std::string Line(const Object& object) { return object.dump(-1, ' ', true, Object::error_handler_t::replace); }

// What a practice's record says, by its fields' names; null for no practice. References as hex digits.
Object FieldsObject(const std::string& kind, const v1::Practice& said);
Object ClaimsArray(const google::protobuf::RepeatedPtrField<v1::ShareClaim>& claims);

}  // namespace kith
