// Three texts, divided by a byte that no text has. Merging keeps the promises of merge_text.h.
#include "client/model/entry.h"
#include "client/model/merge_text.h"
#include "client/model/text.h"
#include "tests/fuzz/target.h"

namespace kith::fuzz {
namespace {

constexpr char kDivider = '\xff';

std::string_view Next(std::string_view& rest) {
  const size_t end = std::min(rest.find(kDivider), rest.size());
  const std::string_view text = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return text;
}

}  // namespace

KITH_FUZZ_TARGET(merges) {
  std::string_view rest = AsText(input);
  const std::string_view base = Next(rest);
  const std::string_view a = Next(rest);
  const std::string_view b = Next(rest);
  KITH_CHECK(MergeText(base, a, base) == a);
  KITH_CHECK(MergeText(base, a, a) == a);
  const auto merged = MergeText(base, a, b);
  KITH_CHECK(merged == MergeText(base, b, a));
  if (!merged) return Outcome::kRefused;
  KITH_CHECK(merged->size() <= kMaxText);
  KITH_CHECK(IsUtf8(*merged) || !IsUtf8(base) || !IsUtf8(a) || !IsUtf8(b));
  return Outcome::kAccepted;
}

}  // namespace kith::fuzz
