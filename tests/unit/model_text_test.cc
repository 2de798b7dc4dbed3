#include <gtest/gtest.h>

#include "client/model/text.h"

namespace kith {
namespace {

TEST(Utf8, WellFormed) {
  for (const std::string_view text :
       {std::string_view(""), std::string_view("a\0b", 3), std::string_view("é€😀"), std::string_view("\xC2\x80"),
        std::string_view("\xE0\xA0\x80"), std::string_view("\xED\x9F\xBF"), std::string_view("\xEE\x80\x80"),
        std::string_view("\xF0\x90\x80\x80"), std::string_view("\xF4\x8F\xBF\xBF")}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
}

TEST(Utf8, IllFormed) {
  for (const char* text :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
        "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3", "\xE2\x82",
        "\xF0\x9F\x98", "\xC3\x28", "\xE2\x28\xA1", "a\xE2\x82\x28"}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
    EXPECT_FALSE(IsUtf8(std::string("good ") + text + " good"));
  }
}

TEST(Text, CutsBetweenCharacters) {
  EXPECT_EQ(CutAtCharacter("a€b", 5), "a€b");
  EXPECT_EQ(CutAtCharacter("a€b", 4), "a€");
  EXPECT_EQ(CutAtCharacter("a€b", 3), "a");
  EXPECT_EQ(CutAtCharacter("a€b", 1), "a");
  EXPECT_EQ(CutAtCharacter("€", 2), "");
}

TEST(Text, FirstLine) {
  EXPECT_EQ(FirstLine("\n  \r\n  Up betimes \r\nand so"), "Up betimes");
  EXPECT_EQ(FirstLine("## Morning\ntext"), "Morning");
  EXPECT_EQ(FirstLine("#\n#tag first"), "#tag first");
  EXPECT_EQ(FirstLine(" \n"), "");
  const std::string cut = FirstLine(std::string(100, 'x'));
  EXPECT_EQ(cut.size(), kFirstLineBytes);
  EXPECT_TRUE(cut.ends_with("x…"));
  EXPECT_TRUE(IsUtf8(FirstLine(std::string(39, 'x') + "€€€€€€€€€€€€€€€€€€€€")));
}

TEST(Text, Newlines) { EXPECT_EQ(NormalizeNewlines("a\r\nb\rc\n\r\n\r"), "a\nb\nc\n\n\n"); }

TEST(Text, FoldsCase) {
  EXPECT_EQ(FoldCase("ABC xyz 123"), "abc xyz 123");
  EXPECT_EQ(FoldCase("ÀÖØÞ×ß"), "àöøþ×ß");
  EXPECT_EQ(FoldCase("ĀŁŃŽŸ"), "āłńžÿ");
  EXPECT_EQ(FoldCase("ΑΣς ΆΏ Ω"), "ασσ άώ ω");
  EXPECT_EQ(FoldCase("АЯЁЖ"), "аяёж");
  EXPECT_EQ(FoldCase("ẾỲ"), "ếỳ");
  EXPECT_EQ(FoldCase("ԱՖ Ａ"), "աֆ ａ");
  EXPECT_EQ(FoldCase("山😀"), "山😀");
  EXPECT_EQ(FoldCase("A\xFF"), "a\xFF");
}

TEST(Text, FoldingKeepsEveryPlaceAndIsStable) {
  for (uint32_t code = 1; code < 0x11000; ++code) {
    if (code >= 0xD800 && code <= 0xDFFF) continue;
    std::string text;
    if (code < 0x80) {
      text = {static_cast<char>(code)};
    } else if (code < 0x800) {
      text = {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
    } else if (code < 0x10000) {
      text = {static_cast<char>(0xE0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3F)),
              static_cast<char>(0x80 | (code & 0x3F))};
    } else {
      text = {static_cast<char>(0xF0), static_cast<char>(0x80 | (code >> 12 & 0x3F)),
              static_cast<char>(0x80 | (code >> 6 & 0x3F)), static_cast<char>(0x80 | (code & 0x3F))};
    }
    ASSERT_EQ(FirstCharacter(text).code, code);
    const std::string folded = FoldCase(text);
    ASSERT_EQ(folded.size(), text.size()) << std::hex << code;
    ASSERT_EQ(FoldCase(folded), folded) << std::hex << code;
    ASSERT_TRUE(IsUtf8(folded));
  }
}

TEST(Text, HarmlessOnATerminal) {
  EXPECT_EQ(ForTerminal("a\x1B[2Jb\x07", Lines::kKeep), "a<U+001B>[2Jb<U+0007>");
  EXPECT_EQ(ForTerminal("\xC2\x9B"
                        "31m",
                        Lines::kKeep),
            "<U+009B>31m");
  EXPECT_EQ(ForTerminal("evil\xE2\x80\xAE"
                        "txt",
                        Lines::kKeep),
            "evil<U+202E>txt");
  EXPECT_EQ(ForTerminal("x\xFFy", Lines::kKeep), "x\xEF\xBF\xBDy");
  EXPECT_EQ(ForTerminal("a\r\nb\tc\rd", Lines::kKeep), "a\nb\tc<U+000D>d");
  EXPECT_EQ(ForTerminal("a\r\n\tb", Lines::kJoin), "a b");
  EXPECT_EQ(ForTerminal("Ünïcödé 山 👩‍👧", Lines::kKeep), "Ünïcödé 山 👩‍👧");
}

}  // namespace
}  // namespace kith
