// Text as UTF-8 bytes: what is well-formed, where it may be cut, and how it is compared and shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kith {

// Well-formed by the Unicode Standard, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.
bool IsUtf8(std::string_view text);

// One character off the front. `code` is U+FFFD and `length` 1 where the text is not well-formed. `text` is not empty.
struct Character {
  uint32_t code = 0;
  size_t length = 0;  // bytes
};
Character FirstCharacter(std::string_view text);

// The longest beginning of at most `bytes` bytes that ends between two characters.
std::string_view CutAtCharacter(std::string_view text, size_t bytes);

// For a line in a list: the first line with words, without Markdown's heading marks and blanks at its ends; cut at a
// character with "…" if longer than `bytes`, that mark included.
inline constexpr size_t kFirstLineBytes = 80;
std::string FirstLine(std::string_view text, size_t bytes = kFirstLineBytes);

// "\r\n" and lone "\r" become "\n".
std::string NormalizeNewlines(std::string_view text);

// For searching without regard to case: ASCII, Latin (with Vietnamese), Greek, Cyrillic, Armenian and fullwidth letters
// by Unicode's simple folding, as far as it leaves the length in bytes alone; all else as it is, so a place in the
// result is the same place in `text`. Left out for their change of length: dotted capital I, long s, sharp capital S,
// the Kelvin and Angstrom signs.
std::string FoldCase(std::string_view text);

// Text from outside, harmless on a terminal: control characters, escape sequences, and characters that are invisible or
// turn the direction of what follows are spelled out ("<U+202E>"); bytes that are no character become U+FFFD.
enum class Lines : uint8_t {
  kKeep,  // line breaks and tabs stay
  kJoin,  // they become blanks
};
std::string ForTerminal(std::string_view text, Lines lines);

}  // namespace kith
