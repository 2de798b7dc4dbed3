#include "client/exchange/limits.h"
#include "client/model/dates.h"
#include "exchange_testing.h"

namespace kith {
namespace {

using namespace exchange_testing;

// Imports one file alone.
Imported ImportNote(const std::string& name, std::string_view bytes) {
  const TempFolder folder;
  return Import(ImportFormat::kMarkdown, WriteFile(folder / name, bytes));
}

TEST(ExchangeMarkdown, ReadsFrontMatter) {
  const Imported out = ImportNote("note.md",
                                  "---\ntitle: \"A: day\"\ncreated: 2026-11-23 21:00:00+01:00\ntags: [b, '#a']\n"
                                  "starred: yes\nlocation: {latitude: 1.5, longitude: -2, place: Home}\n---\n\n"
                                  "Text\n---\nmore  \n\n");
  ASSERT_EQ(out.entries.size(), 1u);
  const Content& content = out.entries[0].content;
  EXPECT_EQ(content.title, "A: day");
  EXPECT_EQ(content.text, "Text\n---\nmore");
  EXPECT_EQ(content.tags, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(content.starred);
  EXPECT_EQ(content.date.zone, "+01:00");
  EXPECT_EQ(content.date.second, 21u * 3600);
  EXPECT_EQ(content.location, (Location{1.5, -2, "Home", "", "", ""}));
  EXPECT_TRUE(out.lost.empty());
}

TEST(ExchangeMarkdown, EscapesThatTheParserMakesHalfCharactersOfAreNoFrontMatter) {
  for (const std::string& title : {std::string("\"\\N\""), std::string("\"\\_\""), std::string("a\0N", 3)}) {
    const Imported out = ImportNote("2026-11-23.md", "---\ntitle: " + title + "\n---\nWords\n");
    ASSERT_EQ(out.entries.size(), 1u);
    EXPECT_EQ(out.entries[0].content.title, "");
    EXPECT_EQ(out.entries[0].content.text, "Words");
    EXPECT_EQ(out.OnlyLost(Loss::kPart).reason, "its front matter is not valid YAML");
  }
}

TEST(ExchangeMarkdown, DateComesFromNameOrHeading) {
  EXPECT_EQ(FormatDate(ImportNote("2026-11-23.md", "Text").entries.at(0).content.date), "2026-11-23");
  EXPECT_EQ(FormatDate(ImportNote("x.md", "# 2026-11-24 Monday\nText").entries.at(0).content.date), "2026-11-24");
  const Imported none = ImportNote("x.md", "Only words");
  ASSERT_FALSE(none.summary);
  EXPECT_EQ(none.summary.error().code, Code::kImportUnreadable);
  EXPECT_EQ(none.OnlyLost(Loss::kEntry).reason,
            "it has no date: none in the front matter, the file's name or the first heading");
  EXPECT_EQ(ToString(none.lost.at(0).raw), "Only words");
  EXPECT_TRUE(ImportNote("2026-11-231.md", "Text").entries.empty());
}

TEST(ExchangeMarkdown, TitleThatRepeatsTheDateIsNone) {
  const auto title = [](const std::string& name, const std::string& text) {
    return ImportNote(name, text).entries.at(0).content.title;
  };
  EXPECT_EQ(title("2026-11-23.md", "---\ntitle: 2026-11-23\n---\nText"), "");
  EXPECT_EQ(title("2026-11-23-2.md", "---\ntitle: 2026-11-23-2\n---\nText"), "");
  EXPECT_EQ(title("2026-11-23.md", "---\ntitle: 2026-11-24\n---\nText"), "2026-11-24");
  EXPECT_EQ(title("2026-11-23-a-quiet-day.md", "Text"), "a quiet day");
  EXPECT_EQ(title("2026-11-23 A well-kept day.md", "Text"), "A well-kept day");
  EXPECT_EQ(title("2026-11-23-2.md", "Text"), "");
  EXPECT_EQ(title("2026-11-23-a-quiet-day.md", "# Heading\nText"), "");
}

TEST(ExchangeMarkdown, WhatIsNotUnderstoodIsReported) {
  const Imported fields = ImportNote("2026-11-23.md", "---\nmood: 3\nkind: walk\ntags: a\n---\nText");
  ASSERT_EQ(fields.entries.size(), 1u);
  EXPECT_EQ(fields.OnlyLost(Loss::kPart).reason, "front matter that is not imported: mood, kind");
  EXPECT_EQ(ToString(fields.lost.at(0).raw), "mood: 3\nkind: walk\ntags: a\n");
  EXPECT_EQ(fields.entries[0].content.kind, "entry");

  const Imported broken = ImportNote("2026-11-23.md", "---\ntitle: [\"\n---\nText");
  ASSERT_EQ(broken.entries.size(), 1u);
  EXPECT_EQ(broken.entries[0].content.text, "Text");
  EXPECT_EQ(broken.OnlyLost(Loss::kPart).reason, "its front matter is not valid YAML");

  const Imported date = ImportNote("2026-11-23.md", "---\ndate: last week\n---\nText");
  ASSERT_EQ(date.entries.size(), 1u);
  EXPECT_EQ(date.OnlyLost(Loss::kPart).reason, "the date in its front matter could not be read; another one was used");
}

TEST(ExchangeMarkdown, ARuleAtTheTopIsText) {
  const Imported out = ImportNote("2026-11-23.md", "---\nno end");
  ASSERT_EQ(out.entries.size(), 1u);
  EXPECT_EQ(out.entries[0].content.text, "---\nno end");
}

TEST(ExchangeMarkdown, UnreadableFilesDoNotStopTheRest) {
  const TempFolder folder;
  WriteFile(folder / "j/2026-11-23.md", "good");
  WriteFile(folder / "j/2026-11-24.md", "bad \xff\xfe");
  WriteFile(folder / "j/2026-11-25.md", std::string(kMaxText + 1, 'x'));
  WriteFile(folder / "j/2026-11-26.md", std::string(kMaxText, 'x'));
  WriteFile(folder / "j/2026-11-27.md", std::string(exchange_limits::kNote + 1, 'x'));
  WriteFile(folder / "j/photo.png", "x");
  WriteFile(folder / "j/.obsidian/2026-11-23.md", "x");
  fs::create_symlink("/etc/hostname", folder / "j/2026-11-28.md");
  const Imported out = Import(ImportFormat::kMarkdown, folder / "j");
  ASSERT_TRUE(out.summary);
  ASSERT_EQ(out.entries.size(), 2u);
  EXPECT_EQ(out.entries[1].content.text.size(), kMaxText);
  EXPECT_EQ(out.OnlyLost(Loss::kPart).where, "photo.png");
  std::vector<std::string> lost;
  for (const Quarantined& one : out.lost) {
    if (one.loss == Loss::kEntry) lost.push_back(one.where + ": " + one.reason);
  }
  std::sort(lost.begin(), lost.end());
  ASSERT_EQ(lost.size(), 4u);
  EXPECT_EQ(lost[0], "2026-11-24.md: it is not valid UTF-8");
  EXPECT_EQ(lost[1].find("2026-11-25.md: The text has 500,001 bytes"), 0u);
  EXPECT_EQ(lost[2], "2026-11-27.md: it is too large to be imported");
  EXPECT_EQ(lost[3], "2026-11-28.md: it is a link or a device, not a file");
}

TEST(ExchangeMarkdown, FolderAndArchivesAgree) {
  const TempFolder folder;
  const Files files = {{"j/2026/2026-11-23 caf\xC3\xA9.md", "one"}, {"j/2026/2026-11-24.markdown", "two"}};
  for (const auto& [name, bytes] : files) WriteFile(folder / name, bytes);
  const Imported expected = Import(ImportFormat::kMarkdown, folder / "j");
  ASSERT_EQ(expected.entries.size(), 2u);
  EXPECT_EQ(expected.entries[0].content.title, "caf\xC3\xA9");
  for (const Packing packing : {Packing::kZip, Packing::kTar, Packing::kTarGz}) {
    const Imported out = Import(ImportFormat::kMarkdown, Pack(folder / "packed", packing, files));
    ASSERT_EQ(out.entries.size(), 2u);
    for (size_t i = 0; i < 2; ++i) EXPECT_EQ(out.entries[i].content, expected.entries[i].content);
  }
}

TEST(ExchangeMarkdown, ZipSaysThatNamesAreUtf8) {
  const TempFolder folder;
  const fs::path path = Pack(folder / "j.zip", Packing::kZip, {{"2026-11-23 caf\xC3\xA9.md", "one"}});
  std::string zip = ReadFile(path);
  zip[zip.find("PK\x03\x04") + 7] |= 8;  // bit 11 of the flags, here and in the directory
  zip[zip.find("PK\x01\x02") + 9] |= 8;
  const Imported out = Import(ImportFormat::kMarkdown, WriteFile(path, zip));
  ASSERT_EQ(out.entries.size(), 1u);
  EXPECT_EQ(out.entries[0].content.title, "caf\xC3\xA9");
}

TEST(ExchangeMarkdown, LineEndsDoNotRenameAnEntry) {
  const Imported unix_ends = ImportNote("2026-11-23.md", "one\ntwo\n");
  const Imported dos_ends = ImportNote("2026-11-23.md", "one\r\ntwo\r\n");
  EXPECT_EQ(unix_ends.entries.at(0).source_name(), dos_ends.entries.at(0).source_name());
  EXPECT_EQ(dos_ends.entries.at(0).content.text, "one\r\ntwo");
}

TEST(ExchangeImport, CancelAndBadOptions) {
  const TempFolder folder;
  WriteFile(folder / "2026-11-23.md", "one");
  WriteFile(folder / "2026-11-24.md", "two");
  ImportSink sink;
  int seen = 0;
  sink.entry = [&](const ImportedEntry&) { return ++seen < 1; };
  ImportOptions options{.format = ImportFormat::kMarkdown, .path = folder.path(), .fallback_zone = {}, .journal = {}};
  const Result<ImportSummary> cancelled = ReadImport(options, sink);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, Code::kCancelled);
  EXPECT_EQ(seen, 1);
  options.fallback_zone = "Nowhere/AtAll";
  const Result<ImportSummary> zone = ReadImport(options, sink);
  ASSERT_FALSE(zone);
  EXPECT_EQ(zone.error().code, Code::kInvalidArgument);
  options.fallback_zone = {};
  options.path = folder / "missing";
  const Result<ImportSummary> missing = ReadImport(options, sink);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kImportUnreadable);
}

TEST(ExchangeImport, ProgressReachesTheTotal) {
  const TempFolder folder;
  WriteFile(folder / "2026-11-23.md", "one");
  WriteFile(folder / "2026-11-24.md", "three");
  std::vector<std::pair<uint64_t, std::optional<uint64_t>>> seen;
  ImportSink sink;
  sink.entry = [](const ImportedEntry&) { return true; };
  sink.progress = [&](uint64_t read, std::optional<uint64_t> total) { seen.emplace_back(read, total); };
  ASSERT_TRUE(
      ReadImport({.format = ImportFormat::kMarkdown, .path = folder.path(), .fallback_zone = {}, .journal = {}}, sink));
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].first, 3u);
  EXPECT_EQ(seen[1].first, 8u);
  EXPECT_EQ(seen[1].second, 8u);
}

}  // namespace
}  // namespace kith
