#include <gtest/gtest.h>

#include <cmath>

#include "client/model/content.h"
#include "client/model/search.h"
#include "client/model/text.h"
#include "tests/unit/model_testing.h"

namespace kith {
namespace {

using model_testing::Says;

std::optional<Code> CodeOf(const Content& content) {
  const Result<> result = CheckContent(content);
  return result ? std::nullopt : std::optional(result.error().code);
}

template <class Change>
std::optional<Code> Changed(Change change) {
  Content content = Says("text", {"a", "b"});
  change(content);
  return CodeOf(content);
}

TEST(CheckContent, AtAndBeyondEachLimit) {
  EXPECT_EQ(Changed([](Content&) {}), std::nullopt);
  EXPECT_EQ(Changed([](Content& c) { c.text.assign(kMaxText, 'x'); }), std::nullopt);
  EXPECT_EQ(Changed([](Content& c) { c.text.assign(kMaxText + 1, 'x'); }), Code::kTooLarge);
  EXPECT_EQ(Changed([](Content& c) { c.title.assign(kMaxTitle, 'x'); }), std::nullopt);
  EXPECT_EQ(Changed([](Content& c) { c.title.assign(kMaxTitle + 1, 'x'); }), Code::kTooLarge);
  EXPECT_EQ(Changed([](Content& c) { c.journal.assign(kMaxJournal + 1, 'x'); }), Code::kTooLarge);
  EXPECT_EQ(Changed([](Content& c) { c.kind.assign(kMaxKind + 1, 'x'); }), Code::kTooLarge);
  EXPECT_EQ(Changed([](Content& c) { c.date.zone.assign(kMaxZone + 1, 'x'); }), Code::kTooLarge);
  EXPECT_EQ(Changed([](Content& c) { c.location = Location{.place = std::string(kMaxPlace + 1, 'x')}; }),
            Code::kTooLarge);
  EXPECT_EQ(Changed([](Content& c) { c.tags = {std::string(kMaxTag, 'x')}; }), std::nullopt);
  EXPECT_EQ(Changed([](Content& c) { c.tags = {std::string(kMaxTag + 1, 'x')}; }), Code::kTooLarge);
  const auto tags = [](size_t count) {
    return Changed([&](Content& c) {
      c.tags.clear();
      for (size_t i = 0; i < count; ++i) c.tags.push_back("tag" + std::to_string(1'000 + i));
    });
  };
  EXPECT_EQ(tags(kMaxTags), std::nullopt);
  EXPECT_EQ(tags(kMaxTags + 1), Code::kTooLarge);
}

TEST(CheckContent, TheMessageSaysTheLimitAndWhatToDoAndNoText) {
  const Result<> result = CheckContent(Says(std::string(600'000, 'q')));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message, "The text has 600,000 bytes; at most 500,000 fit. Split it into several entries.");
}

TEST(CheckContent, Utf8Everywhere) {
  const std::string bad = "\xC3\x28";
  EXPECT_EQ(Changed([&](Content& c) { c.text = bad; }), Code::kNotUtf8);
  EXPECT_EQ(Changed([&](Content& c) { c.title = bad; }), Code::kNotUtf8);
  EXPECT_EQ(Changed([&](Content& c) { c.journal = bad; }), Code::kNotUtf8);
  EXPECT_EQ(Changed([&](Content& c) { c.kind = bad; }), Code::kNotUtf8);
  EXPECT_EQ(Changed([&](Content& c) { c.date.zone = bad; }), Code::kNotUtf8);
  EXPECT_EQ(Changed([&](Content& c) { c.tags = {bad}; }), Code::kNotUtf8);
  EXPECT_EQ(Changed([&](Content& c) { c.location = Location{.country = bad}; }), Code::kNotUtf8);
}

TEST(CheckContent, Senseless) {
  EXPECT_EQ(Changed([](Content& c) { c.kind.clear(); }), Code::kInvalidArgument);
  EXPECT_EQ(Changed([](Content& c) { c.date.month = 13; }), Code::kInvalidArgument);
  EXPECT_EQ(Changed([](Content& c) { c.tags = {"b", "a"}; }), Code::kInvalidArgument);
  EXPECT_EQ(Changed([](Content& c) { c.tags = {"a", "a"}; }), Code::kInvalidArgument);
  EXPECT_EQ(Changed([](Content& c) { c.tags = {" a"}; }), Code::kInvalidArgument);
  EXPECT_EQ(Changed([](Content& c) { c.tags = {"a\nb"}; }), Code::kInvalidArgument);
  EXPECT_EQ(Changed([](Content& c) { c.location = Location{.latitude = 1}; }), Code::kInvalidArgument);
  EXPECT_EQ(Changed([](Content& c) { c.location = Location{.latitude = 91, .longitude = 0}; }), Code::kInvalidArgument);
  EXPECT_EQ(Changed([](Content& c) { c.location = Location{.latitude = 0, .longitude = std::nan("")}; }),
            Code::kInvalidArgument);
  EXPECT_EQ(Changed([](Content& c) { c.location = Location{.latitude = -90, .longitude = 180}; }), std::nullopt);
}

TEST(Tags, Normalized) {
  EXPECT_EQ(NormalizeTags({" b ", "a", "", "b", "  ", "two words"}), (std::vector<std::string>{"a", "b", "two words"}));
}

// ---- Search

bool Finds(const Content& content, const std::string& query) { return Matches(content, SearchWords(query)); }

TEST(Search, WordsOfAQuery) {
  EXPECT_EQ(SearchWords("  Up BETIMES up "), (std::vector<std::string>{"up", "betimes"}));
  EXPECT_EQ(SearchWords("and \"So  to bed\" x"), (std::vector<std::string>{"and", "so to bed", "x"}));
  EXPECT_EQ(SearchWords("\"open"), (std::vector<std::string>{"\"open"}));
  EXPECT_TRUE(SearchWords(" \n").empty());
}

TEST(Search, EveryWordSomewhere) {
  Content content = Says("Und so ins Bett.", {"Schlaf"});
  content.title = "Ältere Zeiten";
  content.location = Location{.locality = "London"};
  content.journal = "pepys";
  EXPECT_TRUE(Finds(content, "bett"));
  EXPECT_TRUE(Finds(content, "ÄLTERE bett schlaf london pepys"));
  EXPECT_TRUE(Finds(content, "\"so ins bett\""));
  EXPECT_FALSE(Finds(content, "bett morgen"));
  EXPECT_FALSE(Finds(content, ""));
}

TEST(Search, Snippet) {
  const auto snippet = [](const std::string& text, const std::string& query) {
    return Snippet(Says(text), SearchWords(query));
  };
  EXPECT_EQ(snippet("short\nline with word", "word"), "short line with word");
  EXPECT_EQ(snippet("first line\nsecond", "elsewhere"), "first line");
  const std::string long_text = std::string(300, 'a') + " before the Word after " + std::string(300, 'b');
  EXPECT_EQ(snippet(long_text, "word"), "…before the Word after " + std::string(52, 'b') + "…");
  std::string wide;
  for (int i = 0; i < 200; ++i) wide += "é";
  const std::string cut = snippet(wide + "word" + wide, "word");
  EXPECT_TRUE(IsUtf8(cut));
  EXPECT_LE(cut.size(), kSnippetBytes);
  EXPECT_NE(cut.find("word"), std::string::npos);
}

}  // namespace
}  // namespace kith
