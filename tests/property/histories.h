// Random histories of one entry: several devices that edit, delete, restore, tag, shred and now and then hear of each
// other. A history is a list of small numbers, so that RapidCheck can shrink it.
#pragma once

#include <rapidcheck.h>

#include <map>
#include <ostream>
#include <vector>

#include "client/model/merge.h"

namespace kith::histories {

inline constexpr size_t kDevices = 3;

enum class Act : uint8_t {
  kAddParagraph,
  kAddWord,
  kDropParagraph,
  kTitle,
  kStar,
  kAddTag,
  kDropTag,
  kUnknownField,
  kField,  // of a practice
  kDelete,
  kRestore,
  kHear,   // from another device
  kShred,  // a version of the whole history loses its words; each device hears of it with the version
};

struct Step {
  uint8_t device = 0;
  Act act = Act::kAddWord;
  uint8_t what = 0;  // which word, place or tag
};
std::ostream& operator<<(std::ostream& out, const Step& step);

// What the devices hold after all steps, and all versions in the order they were made.
struct History {
  std::vector<std::map<VersionId, Version>> devices;
  std::vector<Version> all;
};

History Play(const std::vector<Step>& steps);

// At least one version.
rc::Gen<History> AnyHistory();

VersionId IdOf(uint64_t number);

std::vector<std::string> WordsInOrder(const std::string& text);
// Each once, sorted.
std::vector<std::string> WordsOf(const std::string& text);

}  // namespace kith::histories

namespace rc {
template <>
struct Arbitrary<kith::histories::Step> {
  static Gen<kith::histories::Step> arbitrary();
};
}  // namespace rc
