// Laws of merging texts and of comparing sequences, on random ones.
#include "client/model/merge_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "client/model/diff.h"
#include "client/model/text.h"
#include "tests/property/histories.h"

namespace kith {
namespace {

using Texts = std::vector<std::string>;

// Short texts over a few words and line endings: much repetition.
rc::Gen<std::string> AnyText() {
  const auto piece = rc::gen::element<std::string>("a", "b ", " c", "d", "\n", "\n\n", "\r\n", " ", "é", "山", "\t");
  return rc::gen::map(rc::gen::container<Texts>(piece), [](const Texts& pieces) {
    std::string out;
    for (const std::string& each : pieces) out += each;
    return out;
  });
}

// Paragraphs of words, as the words of a base that occur once each, edited at random. New words begin with `mark`.
Texts Edited(Texts words, const std::string& mark) {
  const auto edits = *rc::gen::inRange(1, 4);
  for (int i = 0; i < edits; ++i) {
    const auto at = *rc::gen::inRange<size_t>(0, words.size() + 1);
    const std::string fresh = mark + std::to_string(i) + (*rc::gen::inRange(0, 3) == 0 ? "\n" : " ");
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        words.insert(words.begin() + static_cast<ptrdiff_t>(at), fresh);
        break;
      case 1:
        if (at < words.size()) words.erase(words.begin() + static_cast<ptrdiff_t>(at));
        break;
      case 2:
        if (at < words.size()) words[at] = fresh;
        break;
    }
  }
  return words;
}

std::string Joined(const Texts& words) {
  std::string out;
  for (const std::string& word : words) out += word;
  return out;
}

std::set<std::string> Set(const std::string& text) {
  const std::vector<std::string> words = histories::WordsOf(text);
  return {words.begin(), words.end()};
}

RC_GTEST_PROP(MergeText, Identities, ()) {
  const std::string base = *AnyText();
  const std::string x = *AnyText();
  RC_ASSERT(MergeText(base, x, base) == x);
  RC_ASSERT(MergeText(base, base, x) == x);
  RC_ASSERT(MergeText(base, x, x) == x);
}

// A few pieces more, fewer or other.
std::string Varied(const std::string& base) {
  std::string out = base;
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
    const auto at = *rc::gen::inRange<size_t>(0, out.size() + 1);
    const auto gone = *rc::gen::inRange<size_t>(0, 3);
    if (!IsUtf8(out.substr(0, at)) || !IsUtf8(out.substr(std::min(at + gone, out.size())))) continue;
    out.replace(at, gone, *rc::gen::element<std::string>("", "a", " b ", "\n", "x\n\ny", "山"));
  }
  return out;
}

RC_GTEST_PROP(MergeText, SidesCanBeSwapped, ()) {
  const std::string base = *AnyText();
  const std::string x = Varied(base);
  const std::string y = Varied(base);
  const std::optional<std::string> merged = MergeText(base, x, y);
  RC_ASSERT(merged == MergeText(base, y, x));
  if (merged) RC_ASSERT(IsUtf8(*merged));  // RC_ASSERT evaluates both sides of an ||
  RC_CLASSIFY(merged.has_value(), "merged");
}

RC_GTEST_PROP(MergeText, EveryWordIsWhereItsLastEditorLeftIt, ()) {
  Texts words;
  const auto count = *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<size_t>(8, 80));
  for (size_t i = 0; i < count; ++i) words.push_back("w" + std::to_string(i) + (i % 7 == 6 ? "\n\n" : " "));
  const std::string base = Joined(words);
  const std::string x = Joined(Edited(words, "x"));
  const std::string y = Joined(Edited(words, "y"));
  const std::optional<std::string> merged = MergeText(base, x, y);
  RC_ASSERT(merged == MergeText(base, y, x));
  RC_CLASSIFY(merged.has_value(), "merged");
  if (!merged) return;
  std::set<std::string> expected;
  for (const std::string& text : {base, x, y}) {
    for (const std::string& word : Set(text)) {
      const bool in_base = Set(base).contains(word);
      // A word of the base stays if both kept it; a new one stays.
      if (!in_base || (Set(x).contains(word) && Set(y).contains(word))) expected.insert(word);
    }
  }
  RC_ASSERT(Set(*merged) == expected);
  // Both sides' own order of words is kept.
  for (const std::string& side : {x, y}) {
    const std::vector<std::string> shown = histories::WordsInOrder(*merged);
    auto from = shown.begin();
    for (const std::string& word : histories::WordsInOrder(side)) {
      if (!expected.contains(word)) continue;
      from = std::find(from, shown.end(), word);
      RC_ASSERT(from != shown.end());
    }
  }
}

size_t LongestCommon(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b) {
  std::vector<std::vector<size_t>> table(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      table[i][j] = a[i - 1] == b[j - 1] ? table[i - 1][j - 1] + 1 : std::max(table[i - 1][j], table[i][j - 1]);
    }
  }
  return table[a.size()][b.size()];
}

RC_GTEST_PROP(Diff, IsShortestAndLeadsToTheSide, ()) {
  const auto sequence = rc::gen::container<std::vector<uint32_t>>(rc::gen::inRange<uint32_t>(0, 5));
  const std::vector<uint32_t> base = *sequence;
  const std::vector<uint32_t> side = *sequence;
  StepBudget budget{1'000'000};
  const auto hunks = Diff(base, side, 1'000, budget);
  RC_ASSERT(hunks.has_value());
  std::vector<uint32_t> rebuilt;
  size_t at = 0;
  size_t edits = 0;
  for (const Hunk& hunk : *hunks) {
    RC_ASSERT(hunk.old_count() + hunk.new_count() > 0u);
    RC_ASSERT(at == 0 || hunk.from > at);
    rebuilt.insert(rebuilt.end(), base.begin() + static_cast<ptrdiff_t>(at),
                   base.begin() + static_cast<ptrdiff_t>(hunk.from));
    RC_ASSERT(rebuilt.size() == hunk.side_from);
    rebuilt.insert(rebuilt.end(), side.begin() + static_cast<ptrdiff_t>(hunk.side_from),
                   side.begin() + static_cast<ptrdiff_t>(hunk.side_to));
    at = hunk.to;
    edits += hunk.old_count() + hunk.new_count();
  }
  rebuilt.insert(rebuilt.end(), base.begin() + static_cast<ptrdiff_t>(at), base.end());
  RC_ASSERT(rebuilt == side);
  RC_ASSERT(edits == base.size() + side.size() - 2 * LongestCommon(base, side));
}

}  // namespace
}  // namespace kith
