#include "tests/bench/words.h"

#include <algorithm>
#include <cmath>

#include "crypto/phrase.h"

namespace kith::bench {
namespace {

constexpr size_t kList = 2048;
constexpr double kZipf = 0.7;  // the exponent with which packs shrink as Pepys' do
constexpr double kShift = 3.7;

}  // namespace

Words::Words(uint64_t seed) : random_(seed) {
  double sum = 0;
  for (size_t i = 0; i < kList; ++i) {
    list_.emplace_back(WordAt(i));
    heap_.push_back(sum += std::pow(static_cast<double>(i) + kShift, -kZipf));
  }
}

const std::string& Words::Word() {
  const double at = static_cast<double>(random_() >> 11) * 0x1p-53 * heap_.back();
  return list_[static_cast<size_t>(std::ranges::upper_bound(heap_, at) - heap_.begin()) % kList];
}

std::string Words::Text(size_t bytes) {
  std::string text;
  bool begin = true;
  while (text.size() < bytes) {
    std::string word = Word();
    if (begin) word[0] = static_cast<char>(word[0] - 'a' + 'A');
    const uint64_t end = random_() % 70;
    begin = end < 5;
    text += word;
    text += end == 0 ? ".\n\n" : begin ? ". " : end < 10 ? ", " : " ";
  }
  text.resize(bytes - 1);
  text += '.';
  return text;
}

std::vector<Addition> Entries(Words& words, size_t first, size_t count) {
  constexpr size_t kYears = 27;
  constexpr size_t kMonths = 12;
  constexpr size_t kDays = 28;
  std::vector<Addition> additions;
  for (size_t i = first; i < first + count; ++i) {
    Addition& addition = additions.emplace_back();
    addition.name = Writer().U64(i).Take();
    addition.content.text = words.Text();
    EntryDate& date = addition.content.date;
    date.day = static_cast<uint8_t>(1 + i % kDays);
    date.month = static_cast<uint8_t>(1 + i / kDays % kMonths);
    date.year = static_cast<int32_t>(1998 + i / (kDays * kMonths) % kYears);
    date.second = 43'200;
    date.day_only = true;
    date.zone = "Europe/London";
  }
  return additions;
}

}  // namespace kith::bench
