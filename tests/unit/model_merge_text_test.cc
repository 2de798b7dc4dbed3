#include <gtest/gtest.h>

#include "client/model/diff.h"
#include "client/model/entry.h"
#include "client/model/merge_text.h"

namespace kith {
namespace {

struct Case {
  const char* name;
  std::string base, a, b;
  std::optional<std::string> merged;  // nullopt: side by side
};

const std::optional<std::string> kSideBySide = std::nullopt;

const Case kCases[] = {
    // By paragraph.
    {"DistantParagraphs", "one\n\ntwo\n\nthree", "ONE\n\ntwo\n\nthree", "one\n\ntwo\n\nTHREE", "ONE\n\ntwo\n\nTHREE"},
    {"AdjacentParagraphs", "one\ntwo\n", "ONE\ntwo\n", "one\nTWO\n", "ONE\nTWO\n"},
    {"SameParagraphRewritten", "one\n", "uno\n", "eins\n", kSideBySide},
    {"SameChangeOnBothSides", "one\ntwo\nthree\n", "one\n2\nthree\n", "one\n2\nTHREE\n", "one\n2\nTHREE\n"},
    {"InsertionsAtBothEnds", "middle one\n", "first\nmiddle one\n", "middle one\nlast\n", "first\nmiddle one\nlast\n"},
    {"InsertionsAtBothEndsWithoutTrailingNewline", "middle", "first\n\nmiddle", "middle\n\nlast",
     "first\n\nmiddle\n\nlast"},
    {"BothAppendDifferently", "one\n", "one\ntwo\n", "one\nthree\n", kSideBySide},
    {"BothAppendTheSame", "one\n", "one\ntwo\n", "one\ntwo\n", "one\ntwo\n"},
    {"BothInsertAtOnePlace", "one\ntwo", "one\nx\ntwo", "one\ny\ntwo", kSideBySide},
    {"PrependedHereFirstParagraphEditedThere", "one\n\ntwo", "x\n\none\n\ntwo", "ONE\n\ntwo", "x\n\nONE\n\ntwo"},
    {"FirstParagraphDeletedHereSecondEditedThere", "one\n\ntwo\n\nthree", "two\n\nthree", "one\n\nTWO\n\nthree",
     "TWO\n\nthree"},
    {"RunsOfEditedParagraphs", "one\ntwo\nthree\nfour", "1\n2\nthree\nfour", "one\n2\n3\nfour", "1\n2\n3\nfour"},
    {"InsertionWithinARunOfEditedParagraphs", "one\ntwo", "1\n2", "one\nx\ntwo", kSideBySide},
    {"InsertionBesideAnEditedParagraph", "one\ntwo\nthree", "one\nx\ntwo\nthree", "one\nTWO\nthree",
     "one\nx\nTWO\nthree"},
    {"InsertionBesideADeletedParagraph", "one\ntwo\nthree", "one\nx\ntwo\nthree", "one\nthree", kSideBySide},
    {"DeletionsSideBySide", "one\ntwo\nthree\nfour", "one\nthree\nfour", "one\ntwo\nfour", "one\nfour"},
    {"DeletedHereEditedThere", "one\ntwo\nthree", "one\nthree", "one\ntwo too\nthree", kSideBySide},
    {"DeletedHereEditedElsewhere", "one\ntwo\nthree", "two\nthree", "one\ntwo\nTHREE", "two\nTHREE"},
    {"SameParagraphPutInTwoPlaces", "one\ntwo\nthree", "x\none\ntwo\nthree", "one\ntwo\nthree\nx", kSideBySide},
    {"MovedHereEditedElsewhere", "p\nq\nr", "q\np\nr", "p\nq\nR", "q\np\nR"},
    {"EverythingDeletedHere", "one\ntwo", "", "one\ntwo\nthree", kSideBySide},
    {"FromNothing", "", "one", "two", kSideBySide},
    // Repeated lines.
    {"DeletionAmongRepeatedLines", "x\n---\ny\n---\nz", "x\n---\ny\nz", "x\n---\nY\n---\nz", kSideBySide},
    {"EditNextToARepeatedLine", "x\n---\ny\nz\n---\nw", "X\n---\ny\nz\n---\nw", "x\n---\ny\nz\n---\nW", kSideBySide},
    {"EditAwayFromRepeatedLines", "a\nb\n---\nc\n---\nd\ne", "A\nb\n---\nc\n---\nd\ne", "a\nb\n---\nc\n---\nd\nE",
     "A\nb\n---\nc\n---\nd\nE"},
    {"BlankLinesAreNotRepeatedLines", "a\n\nb\n\nc\n\nd", "A\n\nb\n\nc\n\nd", "a\n\nb\n\nc\n\nD", "A\n\nb\n\nc\n\nD"},
    // By word.
    {"WordsOfOneParagraph", "we went home early today", "they went home early today", "we went home early yesterday",
     "they went home early yesterday"},
    {"AdjacentWords", "we went home early", "we ran home early", "we went back early", kSideBySide},
    {"SameWord", "we went home early", "we ran home early", "we walked home early", kSideBySide},
    {"SameWordTheSameWay", "we went home early today", "we ran home early today", "we ran home early tonight",
     "we ran home early tonight"},
    {"InsertedWordBesideAnEditedOne", "we may go there", "we may not go there", "we may stay there", kSideBySide},
    {"WhichOfTwoEqualWords", "it was very very good indeed then", "it was very good indeed then",
     "it had very very good indeed then", kSideBySide},
    {"ParagraphWrittenAnew", "the cat sat on the mat", "a dog ran to the door and barked", "the cat sat on the rug",
     kSideBySide},
    {"MoreThanHalfOfAParagraphWrittenAnew", "one two three four five six seven", "1 2 3 4 five six seven",
     "one two three four five six 7", kSideBySide},
    {"LessThanHalfOfAParagraphWrittenAnew", "one two three four five six seven", "1 2 3 four five six seven",
     "one two three four five six 7", "1 2 3 four five six 7"},
    {"ParagraphSplitHereEditedThere", "one two three four five six", "one two three\n\nfour five six",
     "ONE two three four five six", "ONE two three\n\nfour five six"},
    {"AppendedParagraphAndAnEditedLastWord", "we went home", "we went home\n\nlater", "we went back",
     "we went back\n\nlater"},
    {"IdeographsAreWords", "我今天很高兴地去了学校", "他今天很高兴地去了学校", "我今天很高兴地去了公园",
     "他今天很高兴地去了公园"},
    // Line endings.
    {"CrLfIsKept", "one\r\ntwo\r\nthree\r\n", "ONE\r\ntwo\r\nthree\r\n", "one\r\ntwo\r\nTHREE\r\n",
     "ONE\r\ntwo\r\nTHREE\r\n"},
    {"LineEndingsChangedHereEditedThere", "one two\nthree four\n", "one two\r\nthree four\r\n", "one TWO\nthree four\n",
     "one TWO\r\nthree four\r\n"},
    {"TrailingNewlineAddedHere", "one\ntwo", "one\ntwo\n", "ONE\ntwo", "ONE\ntwo\n"},
    {"TrailingNewlineRemovedHere", "one\ntwo\n", "one\ntwo", "ONE\ntwo\n", "ONE\ntwo"},
    {"OnlyBlanks", "  \n ", "  \n x", "y\n ", kSideBySide},
};

class MergeTextCases : public testing::TestWithParam<Case> {};

TEST_P(MergeTextCases, BothWays) {
  const Case& c = GetParam();
  EXPECT_EQ(MergeText(c.base, c.a, c.b), c.merged);
  EXPECT_EQ(MergeText(c.base, c.b, c.a), c.merged);
}

INSTANTIATE_TEST_SUITE_P(All, MergeTextCases, testing::ValuesIn(kCases),
                         [](const auto& param) { return param.param.name; });

std::string Paragraphs(size_t count, size_t words) {
  std::string out;
  for (size_t i = 0; i < count; ++i) {
    for (size_t j = 0; j < words; ++j) out += "w" + std::to_string(i * words + j) + (j + 1 == words ? "\n\n" : " ");
  }
  return out;
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos);
  return text.replace(at, from.size(), to);
}

// Without printing long texts when they differ.
bool Merges(const std::string& base, const std::string& a, const std::string& b,
            const std::optional<std::string>& expected) {
  return MergeText(base, a, b) == expected;
}

TEST(MergeText, TwentyThousandCharacters) {
  const std::string base = Paragraphs(60, 60);
  ASSERT_GT(base.size(), 20'000u);
  const std::string a = Replaced(base, "w1000 ", "A ");
  const std::string b = Replaced(Replaced(base, "w1010 ", "B "), "w3000 ", "C ");
  EXPECT_TRUE(Merges(base, a, b, Replaced(b, "w1000 ", "A ")));
}

TEST(MergeText, FiveHundredThousandCharactersInOneParagraph) {
  std::string base = Paragraphs(1, 63'000);
  ASSERT_GT(base.size(), 420'000u);
  ASSERT_LT(base.size(), kMaxText);
  const std::string a = Replaced(base, "w100 ", "A ");
  const std::string b = Replaced(base, "w62000 ", "B ");
  EXPECT_TRUE(Merges(base, a, b, Replaced(a, "w62000 ", "B ")));
}

TEST(MergeText, LongerThanAnEntryMayBeIsShownSideBySide) {
  const std::string base = "one\ntwo\n";
  const std::string a = std::string(kMaxText / 2, 'a') + "\none\ntwo\n";
  const std::string b = "one\ntwo\n" + std::string(kMaxText / 2, 'b');
  EXPECT_TRUE(Merges(base, a, b, std::nullopt));
  const std::string shorter = a.substr(20);
  EXPECT_TRUE(Merges(base, shorter, b, shorter + std::string(kMaxText / 2, 'b')));
}

TEST(MergeText, MoreChangesThanTheLimitAreShownSideBySide) {
  const std::string base = Paragraphs(2'000, 1);
  const std::string b = base + "end";
  const auto changed = [&](size_t count) {
    std::string out;
    for (size_t i = 0; i < 2'000; ++i) out += (i < count ? "x" : "w") + std::to_string(i) + "\n\n";
    return out;
  };
  // A replaced paragraph is two edits.
  EXPECT_TRUE(Merges(base, changed(merge_limits::kEdits / 2), b, changed(merge_limits::kEdits / 2) + "end"));
  EXPECT_TRUE(Merges(base, changed(merge_limits::kEdits / 2 + 1), b, std::nullopt));
}

TEST(Diff, StopsWhenTheBudgetIsSpent) {
  const std::vector<uint32_t> base(1'000, 1);
  const std::vector<uint32_t> side(900, 2);
  StepBudget enough{4'000'000};
  EXPECT_TRUE(Diff(base, side, 2'000, enough).has_value());
  StepBudget little{2'000};
  EXPECT_EQ(Diff(base, side, 2'000, little), std::nullopt);
  EXPECT_EQ(little.steps, 0u);
}

// Equal words over and over are the dearest text to compare; time is bounded by steps, so these must not add up.
TEST(MergeText, TheDearestTextsKeepToTheBudget) {
  std::string base, a, b;
  for (int i = 0; i < 120'000; ++i) {
    base += i % 2 == 0 ? "a " : "b ";
    a += i % 3 == 0 ? "a " : "b ";
    b += i % 5 == 0 ? "a " : "b ";
  }
  EXPECT_TRUE(Merges(base, a, b, std::nullopt));
}

}  // namespace
}  // namespace kith
