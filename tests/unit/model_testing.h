// Versions and contents in a line each.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "client/model/entry.h"

namespace kith::model_testing {

inline VersionId Id(uint8_t number) {
  VersionId id;
  id.value.fill(number);
  return id;
}

inline Content Says(std::string text, std::vector<std::string> tags = {}) {
  Content content;
  content.text = std::move(text);
  content.tags = std::move(tags);
  return content;
}

// The HLC is the number, unless another is given.
inline Version Make(uint8_t number, std::initializer_list<uint8_t> parents, Content content) {
  Version version{.id = Id(number), .entry = {}, .parents = {}, .hlc = number, .content = std::move(content)};
  for (const uint8_t parent : parents) version.parents.push_back(Id(parent));
  return version;
}

inline Version Without(uint8_t number, std::initializer_list<uint8_t> parents, VersionState state) {
  Version version = Make(number, parents, {});
  version.state = state;
  return version;
}

}  // namespace kith::model_testing
