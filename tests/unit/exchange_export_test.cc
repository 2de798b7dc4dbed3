#include <sys/stat.h>

#include <limits>

#include "client/exchange/front_matter.h"
#include "client/exchange/markdown_export.h"
#include "client/model/dates.h"
#include "client/model/practice.h"
#include "exchange_testing.h"

namespace kith {
namespace {

using namespace exchange_testing;

EntryId MakeId(uint8_t first, uint8_t last = 0) {
  EntryId id;
  id.value.fill(0x5a);
  id.value.front() = first;
  id.value.back() = last;
  return id;
}

Content MakeContent(std::string text) {
  Content content;
  content.text = std::move(text);
  content.date = DateAt(InstantOf({2026, 11, 23}, 21 * 3600, 0), 3600);
  return content;
}

mode_t Mode(const fs::path& path) {
  struct stat info{};
  EXPECT_EQ(stat(path.c_str(), &info), 0);
  return info.st_mode & 0777;
}

ExportSummary Export(const fs::path& folder, const std::vector<std::pair<EntryId, Content>>& entries) {
  Result<MarkdownExport> out = MarkdownExport::Begin(folder);
  EXPECT_TRUE(out) << out.error().message;
  if (!out) return {};
  for (const auto& [id, content] : entries) EXPECT_TRUE(out->Add(id, content));
  const Result<ExportSummary> summary = out->Finish();
  EXPECT_TRUE(summary);
  return summary.value_or(ExportSummary{});
}

// Every field of a kind, with what YAML could take for something else.
Content Practiced(const PracticeKind& kind) {
  Content content = MakeContent("and a note");
  content.kind = kind.name;
  content.depth = 5;
  content.practice.unknown = std::string("\x7a\0\1", 3);
  for (const PracticeField& field : kind.fields) {
    if (field.unexported) continue;
    switch (field.type) {
      case FieldType::kNumber:
        SetField(content, field.name, field.min);
        break;
      case FieldType::kChoice:
        SetChoice(content, field.name, field.choices.back());
        break;
      case FieldType::kText:
        SetField(content, field.name, std::string("no\n- \"so\": ~ #"));
        break;
      case FieldType::kDay:
        SetField(content, field.name, std::string("2026-11-23"));
        break;
      case FieldType::kList:
        SetField(content, field.name, std::vector<std::string>{"null", "1", "a, b", "]"});
        break;
      case FieldType::kEntry:
        SetField(content, field.name, std::string(16, '\1'));
        break;
      case FieldType::kFriend:
        SetField(content, field.name, std::string(32, '\2'));
        break;
    }
  }
  return content;
}

std::vector<Content> HardContents() {
  std::vector<Content> out;
  for (const char* text :
       {"", "plain", "ends with newline\n", "\n\nbegins with two", "  both ends  ", "---\ntitle: no\n---\n", "...\n",
        "CR LF\r\nlines\r\n", "ends in CR\r", "\r\nbegins with CR LF", "\n", "\r\n", "\t", "tab\tand \x01 control",
        "\xEF\xBB\xBF mark first", "\xF0\x9F\x8C\x99 moon", "a\\.b `c`", "# 2020-01-01 heading"}) {
    out.push_back(MakeContent(text));
  }
  for (const char* title : {"---", "a: b # c", "\"quoted\" 'single'", "\\ back \\n slash", " blanks ", "two\nlines",
                            "\r", "\xE2\x80\xA8 separator", "\x7f\xC2\x85\x1b[31m", "- item", "~", "null", "2026-11-23",
                            "&a *b !c %d @e `f", "{x}", "\xEF\xBB\xBF", "\xF0\x9F\x8C\x99", "#", "?"}) {
    out.push_back(MakeContent("text"));
    out.back().title = title;
    out.back().journal = title;
    out.back().location = Location{{}, {}, title, title, title, title};
  }
  Content full = MakeContent("all of it");
  full.kind = "gratitude";
  full.tags = {"#hash", "a, b", "it's", "null", "true", "\xC3\xA9"};
  full.starred = true;
  full.location = Location{51.511512345678901, -0.1 + 0.2 / 3, "", "London", "", ""};
  full.unknown = std::string("\0\xff\x12", 3);
  full.date = {.year = 1660,
               .month = 1,
               .day = 10,
               .second = 75'525,
               .day_only = false,
               .zone = "Europe/London",
               .instant_ms = InstantOf({1660, 1, 10}, 21 * 3600, 0) + 123};
  out.push_back(full);
  full.location = Location{std::numeric_limits<double>::denorm_min(), 180, "", "", "", ""};
  full.date = {.year = 1,
               .month = 1,
               .day = 1,
               .second = kNoon,
               .day_only = true,
               .zone = "",
               .instant_ms = InstantOf({1, 1, 1}, kNoon, 0)};
  out.push_back(full);
  full.date = DateAt(InstantOf({9999, 12, 31}, 86'399, -12 * 3600), -12 * 3600);
  out.push_back(full);
  for (const PracticeKind& kind : PracticeKinds()) out.push_back(Practiced(kind));
  return out;
}

TEST(ExchangeExport, ComesBackExactly) {
  const TempFolder folder;
  std::map<EntryId, Content> entries;
  for (const Content& content : HardContents()) {
    entries[MakeId(static_cast<uint8_t>(entries.size() + 1))] = content;
  }
  const ExportSummary summary = Export(folder / "out", {entries.begin(), entries.end()});
  EXPECT_EQ(summary.written, entries.size());
  const Imported back = Import(ImportFormat::kMarkdown, folder / "out", "Asia/Tokyo");
  ASSERT_TRUE(back.summary) << back.summary.error().message;
  for (const Quarantined& lost : back.lost) ADD_FAILURE() << lost.where << ": " << lost.reason;
  ASSERT_EQ(back.entries.size(), entries.size());
  for (const ImportedEntry& entry : back.entries) {
    ASSERT_TRUE(entry.kith_id);
    const Content& expected = entries[*entry.kith_id];
    EXPECT_EQ(entry.content, expected) << "text <" << expected.text << "> title <" << expected.title << "> read <"
                                       << entry.content.text << "> <" << entry.content.title << ">";
  }
}

TEST(ExchangeExport, IsPrivateAndNamedByDay) {
  const TempFolder folder;
  Export(folder / "out", {{MakeId(1), MakeContent("one")}, {MakeId(1, 9), MakeContent("two")}});
  EXPECT_EQ(Mode(folder / "out"), 0700u);
  EXPECT_EQ(Mode(folder / "out/2026"), 0700u);
  EXPECT_EQ(Mode(folder / "out/2026/2026-11-23-015a5a5a.md"), 0600u);
  EXPECT_EQ(Mode(folder / "out/.kith-export"), 0600u);
  // Two ids that begin alike.
  EXPECT_TRUE(fs::exists(folder / "out/2026/2026-11-23-015a5a5a5a5a5a5a5a5a5a5a5a5a5a09.md"));
  EXPECT_NE(ReadFile(folder / "out/2026/2026-11-23-015a5a5a.md").find("created: 2026-11-23T22:00:00\nzone: \"+01:00\""),
            std::string::npos);
}

TEST(ExchangeExport, RefusesAFolderOfSomethingElse) {
  const TempFolder folder;
  WriteFile(folder / "mine/letter.txt", "dear");
  WriteFile(folder / "fake/.kith-export", "something");
  for (const char* name : {"mine", "fake", "mine/letter.txt"}) {
    const Result<MarkdownExport> out = MarkdownExport::Begin(folder / name);
    ASSERT_FALSE(out) << name;
    EXPECT_EQ(out.error().code, Code::kInvalidArgument) << name;
  }
  const Result<MarkdownExport> deep = MarkdownExport::Begin(folder / "no/such/parent");
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code, Code::kStorageFailed);
  EXPECT_EQ(ReadFile(folder / "mine/letter.txt"), "dear");
}

TEST(ExchangeExport, SecondExportBringsUpToDate) {
  const TempFolder folder;
  const fs::path out = folder / "out";
  Export(out, {{MakeId(1), MakeContent("one")}, {MakeId(2), MakeContent("two")}, {MakeId(3), MakeContent("three")}});
  const ExportSummary again = Export(out, {{MakeId(1), MakeContent("one")}, {MakeId(2), MakeContent("two, edited")}});
  EXPECT_EQ(again.unchanged, 1u);
  EXPECT_EQ(again.written, 1u);
  EXPECT_EQ(again.removed, 1u);
  EXPECT_EQ(again.set_aside, 0u);
  EXPECT_FALSE(fs::exists(out / "2026/2026-11-23-035a5a5a.md"));
  EXPECT_NE(ReadFile(out / "2026/2026-11-23-025a5a5a.md").find("two, edited"), std::string::npos);
}

TEST(ExchangeExport, NeverDestroysWhatSomebodyWrote) {
  const TempFolder folder;
  const fs::path out = folder / "out";
  Export(out, {{MakeId(1), MakeContent("one")}, {MakeId(2), MakeContent("two")}});
  WriteFile(out / "2026/2026-11-23-015a5a5a.md", "changed by hand");
  WriteFile(out / "2026/2026-11-23-025a5a5a.md", "this too");
  const ExportSummary again = Export(out, {{MakeId(1), MakeContent("one")}});
  EXPECT_EQ(again.set_aside, 2u);
  EXPECT_EQ(ReadFile(out / "2026/2026-11-23-015a5a5a-edited-1.md"), "changed by hand");
  EXPECT_EQ(ReadFile(out / "2026/2026-11-23-025a5a5a.md"), "this too");
  EXPECT_NE(ReadFile(out / "2026/2026-11-23-015a5a5a.md").find("one"), std::string::npos);
}

TEST(ExchangeExport, ATamperedListLeadsNowhereElse) {
  const TempFolder folder;
  Export(folder / "out", {{MakeId(1), MakeContent("one")}});
  WriteFile(folder / "victim.md", "precious");
  const std::string marker = ReadFile(folder / "out/.kith-export");
  const std::string hash = marker.substr(marker.find('\n') + 1, 43);
  WriteFile(folder / "out/.kith-export",
            "kith markdown export 1\n" + hash + " ../../victim.md\n" + hash + " ../victim.md\n");
  EXPECT_EQ(Export(folder / "out", {{MakeId(1), MakeContent("one")}}).removed, 0u);
  EXPECT_EQ(ReadFile(folder / "victim.md"), "precious");
}

TEST(ExchangeExport, FollowsNoLink) {
  const TempFolder folder;
  fs::create_directories(folder / "elsewhere");
  Export(folder / "out", {});
  fs::create_directory_symlink(folder / "elsewhere", folder / "out/2026");
  Result<MarkdownExport> out = MarkdownExport::Begin(folder / "out");
  ASSERT_TRUE(out);
  const Result<> added = out->Add(MakeId(1), MakeContent("one"));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, Code::kStorageFailed);
  EXPECT_TRUE(fs::is_empty(folder / "elsewhere"));
}

TEST(ExchangeExport, AChangedDateIsBelieved) {
  const TempFolder folder;
  Export(folder / "out", {{MakeId(1), MakeContent("one")}});
  const fs::path path = folder / "out/2026/2026-11-23-015a5a5a.md";
  std::string file = ReadFile(path);
  file.replace(file.find("created: 2026-11-23"), 19, "created: 2025-01-02");
  WriteFile(path, file);
  const Imported back = Import(ImportFormat::kMarkdown, folder / "out");
  ASSERT_EQ(back.entries.size(), 1u);
  EXPECT_EQ(back.entries[0].content.date.instant_ms, InstantOf({2025, 1, 2}, 22 * 3600, 3600));
}

TEST(ExchangeExport, HowFarADoorIsOpenIsInNoExport) {
  Content trust = MakeContent("");
  trust.kind = "trust";
  SetChoice(trust, "signal", "kept");
  SetField(trust, "door", 4);
  const TempFolder folder;
  Export(folder.path(), {{MakeId(1), trust}});
  std::string all;
  for (const auto& file : fs::recursive_directory_iterator(folder.path())) {
    if (file.is_regular_file()) all += ReadFile(file.path());
  }
  EXPECT_NE(all.find("signal: kept"), std::string::npos);
  EXPECT_EQ(all.find("door"), std::string::npos);
}

TEST(ExchangeExport, PracticesFieldsThatAreNotUnderstoodAreSaid) {
  for (const char* practice : {"{state: gloomy}", "{energy: 99}", "{mood: 3}", "[1]", "{state: numb, valence: 1}"}) {
    const auto front = ParseFrontMatter("kith: 1\nkind: check\npractice: " + std::string(practice) + "\n");
    ASSERT_TRUE(front) << practice;
    EXPECT_EQ(front->other_keys, std::vector<std::string>{"practice"}) << practice;
  }
  const auto other = ParseFrontMatter("kind: check\npractice: {energy: 3}\ndepth: 2\n");
  ASSERT_TRUE(other);
  EXPECT_EQ(other->practice, Practice());
  EXPECT_EQ(other->other_keys.size(), 3u);
}

}  // namespace
}  // namespace kith
