// A practice's fields in the YAML head of a Markdown file; front_matter.h shows it. For front_matter.cc.
#pragma once

#include <string>

#include "client/model/entry.h"

namespace YAML {
class Emitter;
class Node;
}  // namespace YAML

namespace kith {

// Nothing where there is nothing to say.
void EmitPractice(YAML::Emitter& out, const std::string& kind, const Practice& practice);
// False: something in it was not understood, and is left out.
bool ReadPracticeNode(const YAML::Node& node, const std::string& kind, Practice& practice);

}  // namespace kith
