// Secrets as words: reading what a person typed against a list. What phrases and shares have in common. Thread-safe.
// Finding a word takes a time that depends on the word; it is typed by a person, once.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "crypto/base/result.h"

namespace kith {

using WordList = std::span<const std::string_view>;  // lower case, ascending

// The longest word of any list here, in bytes.
inline constexpr size_t kLongestWord = 8;

// The number of a word in lower case; -1: none.
int IndexIn(WordList list, std::string_view word);

// The numbers of the words, in any case and spacing; the caller wipes them. kWordUnknown: says which one, by its place.
// kWordCount: more than `most`.
Result<std::vector<uint16_t>> ReadWords(WordList list, std::string_view text, size_t most);

void Wipe(std::vector<uint16_t>& numbers);

}  // namespace kith
