// Three-way merge of one text. Rules and reasons: "Merge" in client/DESIGN.md.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kith {

// All limits of a text merge. Beyond any of them the versions are shown side by side, as for an overlap.
namespace merge_limits {
inline constexpr size_t kEdits = 1'000;      // paragraphs, or words of one paragraph, that one side may change
inline constexpr size_t kSteps = 8'000'000;  // elements looked at in one merge; some tens of milliseconds
}  // namespace merge_limits

// The text with the changes of both sides. nullopt: they overlap, or it cannot be said where they belong; never a
// guess. The result does not depend on which side is `a`.
//   MergeText(b, x, b) = x     MergeText(b, x, x) = x     MergeText(b, x, y) = MergeText(b, y, x)
// The result is valid UTF-8 if all three are, and at most kMaxText long.
std::optional<std::string> MergeText(std::string_view base, std::string_view a, std::string_view b);

}  // namespace kith
