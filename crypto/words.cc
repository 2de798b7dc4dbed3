#include "crypto/words.h"

#include <algorithm>
#include <string>

#include "crypto/verify/secret.h"

namespace kith {
namespace {

constexpr std::string_view kSpace = " \t\n\r";

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int IndexOfAnyCase(WordList list, std::string_view word) {
  if (word.size() > kLongestWord) return -1;
  std::string lower(word);  // short enough to live inside the object
  std::transform(lower.begin(), lower.end(), lower.begin(), Lower);
  const int index = IndexIn(list, lower);
  Wipe(lower);
  return index;
}

}  // namespace

int IndexIn(WordList list, std::string_view word) {
  const auto found = std::lower_bound(list.begin(), list.end(), word);
  return found == list.end() || *found != word ? -1 : static_cast<int>(found - list.begin());
}

Result<std::vector<uint16_t>> ReadWords(WordList list, std::string_view text, size_t most) {
  std::vector<uint16_t> numbers;
  numbers.reserve(most);  // never moved, so that no copy stays behind
  for (size_t at = text.find_first_not_of(kSpace); at != std::string_view::npos;
       at = text.find_first_not_of(kSpace, at)) {
    const std::string_view word = text.substr(at, text.find_first_of(kSpace, at) - at);
    const int index = numbers.size() < most ? IndexOfAnyCase(list, word) : -1;
    if (index < 0) {
      const size_t read = numbers.size();
      Wipe(numbers);
      if (read == most) {
        return Fail(Code::kWordCount,
                    "There are more than " + std::to_string(most) + " words. Leave out what is not part of it.");
      }
      return Fail(Code::kWordUnknown, "Word " + std::to_string(read + 1) +
                                          " is not in the word list. Compare it with what was written down.");
    }
    numbers.push_back(static_cast<uint16_t>(index));
    at += word.size();
  }
  return numbers;
}

void Wipe(std::vector<uint16_t>& numbers) {
  Wipe({reinterpret_cast<uint8_t*>(numbers.data()), numbers.size() * sizeof(uint16_t)});
  numbers.clear();
}

}  // namespace kith
