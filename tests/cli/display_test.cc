#include "client/cli/display.h"

#include <gtest/gtest.h>

namespace kith {
namespace {

TEST(Harmless, EscapeSequencesLoseTheirBeginning) {
  EXPECT_EQ(Harmless("a\033[2Jb", Lines::kMany), "a\uFFFD[2Jb");
  EXPECT_EQ(Harmless("a\u009B2Jb", Lines::kMany), "a\uFFFD2Jb");  // the one-character form of ESC [
  EXPECT_EQ(Harmless("over\rwrite\b\a", Lines::kMany), "over\uFFFDwrite\uFFFD\uFFFD");
}

TEST(Harmless, DirectionOverridesAndInvisibleCharactersShow) {
  EXPECT_EQ(Harmless("\u202Egpj.exe", Lines::kOne), "\uFFFDgpj.exe");
  EXPECT_EQ(Harmless("pa\u200Bss", Lines::kOne), "pa\uFFFDss");
  EXPECT_EQ(Harmless("a\u200Db", Lines::kOne), "a\uFFFDb");
  EXPECT_EQ(Harmless("\U000E0041", Lines::kOne), "\uFFFD");
}

TEST(Harmless, JoinersStayWhereWritingNeedsThem) {
  EXPECT_EQ(Harmless("می\u200Cخواهم", Lines::kOne), "می\u200Cخواهم");
  EXPECT_EQ(Harmless("👩\u200D👧", Lines::kOne), "👩\u200D👧");
}

TEST(Harmless, LinesStayOrBecomeOne) {
  EXPECT_EQ(Harmless("a\r\nb\tc", Lines::kMany), "a\nb\tc");
  EXPECT_EQ(Harmless("a\nb\tc", Lines::kOne), "a b c");
}

TEST(Harmless, BytesThatAreNotUtf8AreReplacedOneByOne) {
  EXPECT_EQ(Harmless("x\xC3", Lines::kOne), "x\uFFFD");
  EXPECT_EQ(Harmless("\xC0\xAF", Lines::kOne), "\uFFFD\uFFFD");            // a slash, overlong
  EXPECT_EQ(Harmless("\xED\xA0\x80", Lines::kOne), "\uFFFD\uFFFD\uFFFD");  // half a surrogate pair
}

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("日記"), 4u);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1u);
}

TEST(Fit, CutsBetweenCharactersWithAnEllipsis) {
  EXPECT_EQ(Fit("abcdef", 6), "abcdef");
  EXPECT_EQ(Fit("abcdef", 4), "abc…");
  EXPECT_EQ(Fit("日記日記", 4), "日…");
  EXPECT_EQ(Fit("abc", 0), "");
}

TEST(FirstInvalidUtf8, TellsThePlace) {
  EXPECT_EQ(FirstInvalidUtf8("größe"), -1);
  EXPECT_EQ(FirstInvalidUtf8("gr\xF6\xDF"
                             "e"),
            2);
}

}  // namespace
}  // namespace kith
