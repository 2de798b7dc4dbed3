// A real journal in three formats, where it is at hand: a folder "pepys" in the one that KITH_TEST_DATA names.
#include <algorithm>
#include <iostream>

#include "client/exchange/markdown_export.h"
#include "client/model/dates.h"
#include "exchange_testing.h"

namespace kith {
namespace {

using namespace exchange_testing;

class ExchangePepys : public testing::Test {
 protected:
  void SetUp() override {
    const char* data = std::getenv("KITH_TEST_DATA");  // NOLINT(concurrency-mt-unsafe)
    if (data != nullptr) folder_ = fs::path(data) / "pepys";
    if (data == nullptr || !fs::exists(folder_)) {
      std::cout << "skipped: KITH_TEST_DATA names no folder with pepys in it\n";
      GTEST_SKIP() << "KITH_TEST_DATA names no folder with pepys in it";
    }
  }

  Imported Read(ImportFormat format) const {
    switch (format) {
      case ImportFormat::kDayOne:
        return Import(format, folder_ / "pepys.dayone.zip");
      case ImportFormat::kJrnl:
        return Import(format, folder_ / "pepys.jrnl.json.gz");
      case ImportFormat::kMarkdown:
        return Import(format, folder_ / "pepys.markdown.tar.gz");
    }
    return {};
  }

  fs::path folder_;
};

constexpr ImportFormat kAllFormats[] = {ImportFormat::kDayOne, ImportFormat::kJrnl, ImportFormat::kMarkdown};

TEST_F(ExchangePepys, EveryFormatGivesEveryEntry) {
  for (const ImportFormat format : kAllFormats) {
    const Imported out = Read(format);
    ASSERT_TRUE(out.summary) << out.summary.error().message;
    EXPECT_EQ(out.summary->entries, 3415u);
    EXPECT_EQ(out.summary->days, 3411u);
    EXPECT_EQ(DayOf(*out.summary->first), (CivilDay{1660, 1, 10}));
    EXPECT_EQ(DayOf(*out.summary->last), (CivilDay{1669, 6, 10}));
    EXPECT_TRUE(out.lost.empty());
    std::set<Bytes> names;
    for (const ImportedEntry& entry : out.entries) names.insert(entry.source_name());
    EXPECT_EQ(names.size(), 3415u);
  }
}

TEST_F(ExchangePepys, TextsTagsAndTitlesAreEqual) {
  const auto sorted = [](const Imported& out) {
    std::vector<std::tuple<std::string, std::vector<std::string>, std::string>> texts;
    for (const ImportedEntry& entry : out.entries) {
      texts.emplace_back(entry.content.text, entry.content.tags, entry.content.title);
    }
    std::sort(texts.begin(), texts.end());
    return texts;
  };
  const auto expected = sorted(Read(ImportFormat::kDayOne));
  ASSERT_EQ(expected.size(), 3415u);
  EXPECT_EQ(sorted(Read(ImportFormat::kJrnl)), expected);
  EXPECT_EQ(sorted(Read(ImportFormat::kMarkdown)), expected);
  for (const auto& [text, tags, title] : expected) ASSERT_EQ(text.find('\\'), std::string::npos);
}

TEST_F(ExchangePepys, DayOneKeepsPlacesAndLocalMeanTime) {
  const Imported out = Read(ImportFormat::kDayOne);
  size_t located = 0;
  for (const ImportedEntry& entry : out.entries) {
    located += entry.content.location.has_value() && entry.content.location->latitude.has_value();
    ASSERT_EQ(entry.content.date.second, 20u * 3600 + 58 * 60 + 45);
    ASSERT_EQ(entry.content.date.zone, "Europe/London");
  }
  EXPECT_EQ(located, 3226u);
}

TEST_F(ExchangePepys, TwoReadsAreEqual) {
  for (const ImportFormat format : kAllFormats) {
    const Imported a = Read(format);
    const Imported b = Read(format);
    ASSERT_EQ(a.entries.size(), b.entries.size());
    for (size_t i = 0; i < a.entries.size(); ++i) {
      ASSERT_EQ(a.entries[i].content, b.entries[i].content);
      ASSERT_EQ(a.entries[i].source_name(), b.entries[i].source_name());
    }
  }
}

TEST_F(ExchangePepys, ExportComesBack) {
  const TempFolder folder;
  const Imported in = Read(ImportFormat::kDayOne);
  std::map<EntryId, Content> entries;
  for (size_t i = 0; i < in.entries.size(); i += 10) {  // each costs a file
    EntryId id;
    id.value[0] = static_cast<uint8_t>(i >> 8);
    id.value[1] = static_cast<uint8_t>(i);
    entries[id] = in.entries[i].content;
  }
  Result<MarkdownExport> out = MarkdownExport::Begin(folder / "out");
  ASSERT_TRUE(out);
  for (const auto& [id, content] : entries) ASSERT_TRUE(out->Add(id, content));
  const Result<ExportSummary> summary = out->Finish();
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->written, 342u);
  const Imported back = Import(ImportFormat::kMarkdown, folder / "out");
  ASSERT_EQ(back.entries.size(), 342u);
  for (const ImportedEntry& entry : back.entries) ASSERT_EQ(entry.content, entries[entry.kith_id.value()]);
}

TEST_F(ExchangePepys, CutShortItGivesWhatIsThere) {
  const TempFolder folder;
  for (const auto& [format, name] :
       {std::pair{ImportFormat::kDayOne, "pepys.dayone.zip"}, std::pair{ImportFormat::kJrnl, "pepys.jrnl.json.gz"},
        std::pair{ImportFormat::kMarkdown, "pepys.markdown.tar.gz"}}) {
    const std::string whole = ReadFile(folder_ / name);
    const Imported half = Import(format, WriteFile(folder / name, whole.substr(0, whole.size() / 2)));
    ASSERT_TRUE(half.summary) << name << half.summary.error().message;
    EXPECT_GT(half.entries.size(), 1500u) << name;
    EXPECT_LT(half.entries.size(), 2100u) << name;
    EXPECT_GE(half.Lost(Loss::kEntry), 1u) << name;
  }
}

}  // namespace
}  // namespace kith
