#include "client/model/merge_text.h"

#include <algorithm>
#include <span>
#include <unordered_map>
#include <vector>

#include "client/model/diff.h"
#include "client/model/entry.h"

namespace kith {
namespace {

bool IsNewline(char c) { return c == '\n' || c == '\r'; }
bool IsSpace(char c) { return IsNewline(c) || c == ' ' || c == '\t' || c == '\v' || c == '\f'; }

// An element of a text: what separates it from the one before, then its own words. Both parts are compared, so no
// line ending or blank line is lost or invented. Only the last may be without words.
struct Token {
  std::string_view whole;
  std::string_view words;
};

// Line breaks, blank lines and lines of nothing but blanks; then a line.
std::vector<Token> Paragraphs(std::string_view text) {
  std::vector<Token> tokens;
  size_t at = 0;
  while (at < text.size()) {
    const size_t start = at;
    size_t words = at;  // behind the last line break
    while (at < text.size() && IsSpace(text[at])) {
      if (IsNewline(text[at++])) words = at;
    }
    while (at < text.size() && !IsNewline(text[at])) ++at;
    tokens.push_back({text.substr(start, at - start), text.substr(words, at - words)});
  }
  return tokens;
}

// Length in bytes of the character that begins at text[at].
size_t CharacterLength(std::string_view text, size_t at) {
  size_t length = 1;
  while (at + length < text.size() && (static_cast<unsigned char>(text[at + length]) & 0xC0) == 0x80) ++length;
  return length;
}

// Kana and ideographs are written without spaces, so each counts as a word.
bool IsWordByItself(std::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead >= 0xE4 && lead <= 0xE9) return true;  // U+4000 to U+9FFF
  if (at + 1 >= text.size()) return false;
  const auto second = static_cast<unsigned char>(text[at + 1]);
  return (lead == 0xE3 && second >= 0x81) || (lead == 0xF0 && second >= 0xA0);  // from U+3040; from U+20000
}

// Blanks, then a word with its punctuation.
std::vector<Token> Words(std::string_view text) {
  std::vector<Token> tokens;
  size_t at = 0;
  while (at < text.size()) {
    const size_t start = at;
    while (at < text.size() && IsSpace(text[at])) ++at;
    const size_t words = at;
    if (at < text.size() && IsWordByItself(text, at)) {
      at += CharacterLength(text, at);
    } else {
      while (at < text.size() && !IsSpace(text[at]) && !IsWordByItself(text, at)) at += CharacterLength(text, at);
    }
    tokens.push_back({text.substr(start, at - start), text.substr(words, at - words)});
  }
  return tokens;
}

// The three texts cut into elements of one level.
struct Cut {
  std::vector<Token> base, a, b;
};

class Numbers {
 public:
  std::vector<uint32_t> Of(const std::vector<Token>& tokens) {
    std::vector<uint32_t> out;
    out.reserve(tokens.size());
    for (const Token& token : tokens) {
      out.push_back(numbers_.try_emplace(token.whole, static_cast<uint32_t>(numbers_.size())).first->second);
    }
    return out;
  }

 private:
  std::unordered_map<std::string_view, uint32_t> numbers_;
};

struct Changes {
  std::vector<Hunk> a, b;
};

std::optional<Changes> Compare(const Cut& cut, StepBudget& budget) {
  Numbers numbers;
  const std::vector<uint32_t> base = numbers.Of(cut.base);
  auto a = Diff(base, numbers.Of(cut.a), merge_limits::kEdits, budget);
  if (!a) return std::nullopt;
  auto b = Diff(base, numbers.Of(cut.b), merge_limits::kEdits, budget);
  if (!b) return std::nullopt;
  return Changes{std::move(*a), std::move(*b)};
}

// Parts of one text that lie side by side, as one.
std::string_view Join(const std::vector<Token>& tokens, size_t from, size_t to) {
  if (from == to) return {};
  const char* const begin = tokens[from].whole.data();
  const std::string_view last = tokens[to - 1].whole;
  return {begin, static_cast<size_t>(last.data() + last.size() - begin)};
}

// Changes of both sides that touch, as one range: what each text has there. Hunk counts are kept to tell whether
// both took part.
struct Region {
  size_t from = 0, to = 0;      // in base
  size_t a_from = 0, a_to = 0;  // in a
  size_t b_from = 0, b_to = 0;  // in b
  size_t a_hunks = 0, b_hunks = 0;
  bool in_place = true;  // no change in it adds or takes an element
};

// Whether two changes, of different sides, have to be looked at together. Apart: neither shares an element with the
// other. Where they touch, it depends on the level.
using Interact = bool (*)(const Hunk& left, const Hunk& right);

// Paragraphs that touch are apart, unless both sides may have put something, or one put and one took something, into
// the gap between them.
bool ParagraphsInteract(const Hunk& left, const Hunk& right) {
  if (left.to > right.from) return true;
  if (left.to < right.from) return false;
  const auto in_place = [](const Hunk& hunk) { return hunk.old_count() == hunk.new_count(); };
  const bool both_deletions = left.new_count() == 0 && right.new_count() == 0;
  return !in_place(left) && !in_place(right) && !both_deletions;
}

// Words that touch make one phrase.
bool WordsInteract(const Hunk& left, const Hunk& right) { return left.to >= right.from; }

bool Before(const Hunk& x, const Hunk& y) { return x.from != y.from ? x.from < y.from : x.to < y.to; }

// The hunks of both sides, in order, gathered into regions.
class Gather {
 public:
  Gather(const Changes& changes, Interact interact) : changes_(changes), interact_(interact) {}

  std::vector<Region> Run() {
    while (a_ < changes_.a.size() || b_ < changes_.b.size()) {
      const bool take_a =
          b_ == changes_.b.size() || (a_ < changes_.a.size() && !Before(changes_.b[b_], changes_.a[a_]));
      if (take_a) {
        Take(changes_.a[a_++], last_a_, last_b_);
        ++regions_.back().a_hunks;
      } else {
        Take(changes_.b[b_++], last_b_, last_a_);
        ++regions_.back().b_hunks;
      }
    }
    for (Region& region : regions_) Place(region);
    return std::move(regions_);
  }

 private:
  void Take(const Hunk& hunk, const Hunk*& own, const Hunk*& other) {
    const bool joins = other != nullptr && interact_(*other, hunk);
    const bool inside = !regions_.empty() && hunk.from < regions_.back().to;
    if (!joins && !inside) regions_.push_back({.from = hunk.from, .to = hunk.to});
    Region& region = regions_.back();
    region.to = std::max(region.to, hunk.to);
    region.in_place = region.in_place && hunk.old_count() == hunk.new_count();
    own = &hunk;
  }

  // Where the region lies in each side: its place in base, moved by what the hunks before it added or took, and
  // widened by what those in it did.
  void Place(Region& region) {
    region.a_from = static_cast<size_t>(static_cast<ptrdiff_t>(region.from) + a_shift_);
    region.b_from = static_cast<size_t>(static_cast<ptrdiff_t>(region.from) + b_shift_);
    for (size_t i = 0; i < region.a_hunks; ++i) a_shift_ += Growth(changes_.a[a_placed_++]);
    for (size_t i = 0; i < region.b_hunks; ++i) b_shift_ += Growth(changes_.b[b_placed_++]);
    region.a_to = static_cast<size_t>(static_cast<ptrdiff_t>(region.to) + a_shift_);
    region.b_to = static_cast<size_t>(static_cast<ptrdiff_t>(region.to) + b_shift_);
  }
  static ptrdiff_t Growth(const Hunk& hunk) {
    return static_cast<ptrdiff_t>(hunk.new_count()) - static_cast<ptrdiff_t>(hunk.old_count());
  }

  const Changes& changes_;
  const Interact interact_;
  size_t a_ = 0, b_ = 0;
  size_t a_placed_ = 0, b_placed_ = 0;
  ptrdiff_t a_shift_ = 0, b_shift_ = 0;
  const Hunk* last_a_ = nullptr;
  const Hunk* last_b_ = nullptr;
  std::vector<Region> regions_;
};

// Asks `both` about each region that both sides changed differently; everything else is taken from whoever changed it.
template <class Both>
std::optional<std::string> Compose(const Cut& cut, const std::vector<Region>& regions, Both both) {
  std::string out;
  size_t at = 0;
  for (const Region& region : regions) {
    out += Join(cut.base, at, region.from);
    at = region.to;
    const std::string_view in_a = Join(cut.a, region.a_from, region.a_to);
    const std::string_view in_b = Join(cut.b, region.b_from, region.b_to);
    if (region.b_hunks == 0 || in_a == in_b) {
      out += in_a;
    } else if (region.a_hunks == 0) {
      out += in_b;
    } else if (const std::optional<std::string> merged = both(region)) {
      out += *merged;
    } else {
      return std::nullopt;
    }
  }
  out += Join(cut.base, at, cut.base.size());
  return out;
}

// ---- By word

// Where else a pure insertion or deletion could be without changing the text: "very very good" does not tell which
// "very" is new. The hunk is widened to all those places. nullopt: the budget is spent.
std::optional<Hunk> Widen(const Hunk& hunk, const std::vector<Token>& base, const std::vector<Token>& side,
                          StepBudget& budget) {
  if (hunk.old_count() != 0 && hunk.new_count() != 0) return hunk;
  const std::vector<Token>& moved = hunk.old_count() != 0 ? base : side;
  const size_t first = hunk.old_count() != 0 ? hunk.from : hunk.side_from;
  const size_t count = hunk.old_count() + hunk.new_count();
  Hunk wide = hunk;
  for (size_t i = 0; wide.from > 0; ++i, --wide.from) {
    if (base[wide.from - 1].whole != moved[first + count - 1 - i % count].whole) break;
  }
  for (size_t i = 0; wide.to < base.size(); ++i, ++wide.to) {
    if (base[wide.to].whole != moved[first + i % count].whole) break;
  }
  if (!budget.Spend(wide.old_count() + 1)) return std::nullopt;
  return wide;
}

// Whether a change of one side meets one of the other, wherever both may lie. The same change on both sides does not.
// True also when the budget is spent.
bool Touch(const Changes& changes, const Cut& cut, StepBudget& budget) {
  std::vector<Hunk> wide_b;
  for (const Hunk& hunk : changes.b) {
    const std::optional<Hunk> wide = Widen(hunk, cut.base, cut.b, budget);
    if (!wide) return true;
    wide_b.push_back(*wide);
  }
  for (const Hunk& a : changes.a) {
    const std::optional<Hunk> wide = Widen(a, cut.base, cut.a, budget);
    if (!wide || !budget.Spend(wide_b.size())) return true;
    for (size_t i = 0; i < wide_b.size(); ++i) {
      const Hunk& b = changes.b[i];
      if (wide_b[i].to < wide->from || wide->to < wide_b[i].from) continue;
      const bool same = a.from == b.from && a.to == b.to &&
                        Join(cut.a, a.side_from, a.side_to) == Join(cut.b, b.side_from, b.side_to);
      if (!same) return true;
    }
  }
  return false;
}

// A paragraph of which less than half was kept was written anew: words that both happen to contain tell nothing.
bool Rewritten(const std::vector<Hunk>& hunks, size_t base_count) {
  size_t gone = 0;
  for (const Hunk& hunk : hunks) gone += hunk.old_count();
  return gone * 2 > base_count;
}

std::optional<std::string> MergeWords(std::string_view base, std::string_view a, std::string_view b,
                                      StepBudget& budget) {
  const Cut cut{Words(base), Words(a), Words(b)};
  const std::optional<Changes> changes = Compare(cut, budget);
  if (!changes) return std::nullopt;
  if (Rewritten(changes->a, cut.base.size()) || Rewritten(changes->b, cut.base.size())) return std::nullopt;
  if (Touch(*changes, cut, budget)) return std::nullopt;
  return Compose(cut, Gather(*changes, WordsInteract).Run(),
                 [](const Region&) { return std::optional<std::string>(); });
}

// ---- By paragraph

using Counts = std::unordered_map<std::string_view, size_t>;

Counts Count(const std::vector<Token>& tokens) {
  Counts counts;
  for (const Token& token : tokens) ++counts[token.words];
  return counts;
}

bool AnyRepeated(const Counts& counts, const std::vector<Token>& tokens, size_t from, size_t to) {
  return std::any_of(tokens.begin() + static_cast<ptrdiff_t>(from), tokens.begin() + static_cast<ptrdiff_t>(to),
                     [&](const Token& token) { return counts.at(token.words) > 1; });
}

// Where a paragraph stands twice, in it or right beside it, a change has no certain place.
bool NextToRepeated(const std::vector<Hunk>& hunks, const std::vector<Token>& base, const std::vector<Token>& side) {
  const Counts in_base = Count(base);
  const Counts in_side = Count(side);
  return std::any_of(hunks.begin(), hunks.end(), [&](const Hunk& hunk) {
    const auto before = [](size_t from) { return from == 0 ? 0 : from - 1; };
    return AnyRepeated(in_base, base, before(hunk.from), std::min(hunk.to + 1, base.size())) ||
           AnyRepeated(in_side, side, before(hunk.side_from), std::min(hunk.side_to + 1, side.size()));
  });
}

std::optional<std::string> MergeOneParagraph(std::string_view base, std::string_view a, std::string_view b,
                                             StepBudget& budget) {
  if (a == b || b == base) return std::string(a);
  if (a == base) return std::string(b);
  return MergeWords(base, a, b, budget);
}

// Where nothing was added or taken, paragraph by paragraph; otherwise as if all were one.
std::optional<std::string> MergeRegion(const Cut& cut, const Region& region, StepBudget& budget) {
  if (!region.in_place) {
    return MergeWords(Join(cut.base, region.from, region.to), Join(cut.a, region.a_from, region.a_to),
                      Join(cut.b, region.b_from, region.b_to), budget);
  }
  std::string out;
  for (size_t i = 0; i < region.to - region.from; ++i) {
    const std::optional<std::string> merged = MergeOneParagraph(
        cut.base[region.from + i].whole, cut.a[region.a_from + i].whole, cut.b[region.b_from + i].whole, budget);
    if (!merged) return std::nullopt;
    out += *merged;
  }
  return out;
}

// Both sides put the same paragraph in different places: once is enough, but nobody knows where.
bool Doubled(const Cut& cut, std::string_view merged) {
  const Counts in_base = Count(cut.base);
  const Counts in_a = Count(cut.a);
  const Counts in_b = Count(cut.b);
  const auto in = [](const Counts& counts, std::string_view words) {
    const auto found = counts.find(words);
    return found == counts.end() ? size_t{0} : found->second;
  };
  for (const auto& [words, count] : Count(Paragraphs(merged))) {
    if (count > std::max({size_t{1}, in(in_base, words), in(in_a, words), in(in_b, words)})) return true;
  }
  return false;
}

std::string_view SeparatorOf(const Token& token) {
  return token.whole.substr(0, token.whole.size() - token.words.size());
}

// What would stand before the first paragraph if it were not the first. Set before all three texts, it lets the base's
// first paragraph be found again in a text where another was put before it, or its second where the first was taken.
std::string_view SeparatorBeforeFirst(const Cut& cut) {
  std::optional<std::string_view> least;  // the choice must not depend on which side is which
  const auto look = [&](const std::vector<Token>& first_of, const std::vector<Token>& within) {
    if (first_of.empty()) return;
    for (size_t i = 1; i < within.size(); ++i) {
      if (within[i].words != first_of.front().words) continue;
      const std::string_view separator = SeparatorOf(within[i]);
      if (!least || separator < *least) least = separator;
      return;
    }
  };
  for (const std::vector<Token>* side : {&cut.a, &cut.b}) {
    look(cut.base, *side);
    look(*side, cut.base);
  }
  return least.value_or("\n\n");
}

std::optional<std::string> MergeParagraphs(std::string_view base, std::string_view a, std::string_view b,
                                           StepBudget& budget) {
  const Cut cut{Paragraphs(base), Paragraphs(a), Paragraphs(b)};
  const std::optional<Changes> changes = Compare(cut, budget);
  if (!changes) return std::nullopt;
  if (NextToRepeated(changes->a, cut.base, cut.a) || NextToRepeated(changes->b, cut.base, cut.b)) return std::nullopt;
  std::optional<std::string> merged = Compose(cut, Gather(*changes, ParagraphsInteract).Run(),
                                              [&](const Region& region) { return MergeRegion(cut, region, budget); });
  if (merged && Doubled(cut, *merged)) return std::nullopt;
  return merged;
}

}  // namespace

std::optional<std::string> MergeText(std::string_view base, std::string_view a, std::string_view b) {
  if (a == b || b == base) return std::string(a);
  if (a == base) return std::string(b);
  StepBudget budget{merge_limits::kSteps};
  const std::string before(SeparatorBeforeFirst({Paragraphs(base), Paragraphs(a), Paragraphs(b)}));
  std::optional<std::string> merged =
      MergeParagraphs(before + std::string(base), before + std::string(a), before + std::string(b), budget);
  if (!merged || !merged->starts_with(before)) return std::nullopt;
  merged->erase(0, before.size());
  if (merged->size() > kMaxText) return std::nullopt;
  return merged;
}

}  // namespace kith
