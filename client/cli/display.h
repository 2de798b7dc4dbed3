// Text as a terminal may show it: harmless, and of a known width. Pure functions over UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kith {

enum class Lines {
  kOne,   // line ends and tabs become a space
  kMany,  // line ends and tabs stay
};

// Replaces by U+FFFD what could command a terminal or make text look like other text: control characters (escape
// sequences begin with one), overrides of writing direction, invisible characters, bytes that are not UTF-8. Joiners
// stay between characters that need them, as in Persian or emoji.
std::string Harmless(std::string_view text, Lines lines);

// Columns that `text` takes; it must have been made harmless.
size_t DisplayWidth(std::string_view text);

// `text` in at most `columns`, an ellipsis in place of what does not fit.
std::string Fit(std::string_view text, size_t columns);

// -1: valid UTF-8 throughout. Else where the first bad byte is.
ptrdiff_t FirstInvalidUtf8(std::string_view text);

}  // namespace kith
