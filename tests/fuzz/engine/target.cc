#include "tests/fuzz/target.h"

namespace kith::fuzz {

std::vector<Target>& Targets() {
  static std::vector<Target> targets;
  return targets;
}

}  // namespace kith::fuzz
