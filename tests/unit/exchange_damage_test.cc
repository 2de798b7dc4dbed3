// Broken and hostile sources: never a crash, never a silent loss, always a clear word.
#include <random>

#include "client/exchange/json_entries.h"
#include "client/exchange/limits.h"
#include "exchange_testing.h"

namespace kith {
namespace {

using namespace exchange_testing;

constexpr int kEntries = 60;

std::string EntryText(int number) {
  std::string text = "Entry " + std::to_string(number) + ": \\\"quoted\\\", {\\\"uuid\\\": 1}, [braces]";
  for (int i = 0; i < 20; ++i) text += " words " + std::to_string(number * 7919 + i * 104'729);
  return text;
}

std::string DayOneJson() {
  std::string out = R"({"metadata": {"version": "1.0"}, "entries": [)";
  for (int i = 0; i < kEntries; ++i) {
    if (i > 0) out += ",\n";
    out += R"({"uuid": "U)" + std::to_string(i) + R"(", "photos": [{"identifier": "x"}, {"identifier": "y"}], )" +
           R"("creationDate": "2026-01-01T00:00:00Z", "text": ")" + EntryText(i) + "\"}";
  }
  return out + "]}";
}

Files Notes() {
  Files files;
  for (int i = 0; i < kEntries; ++i) {
    files.emplace_back("2026-01-" + std::to_string(10 + i % 20) + "-" + std::to_string(i) + ".md",
                       "---\ntags: [a, b]\nstarred: true\n---\n" + EntryText(i));
  }
  return files;
}

// What was read, was written like that; what was not, is told.
void ExpectHonest(const Imported& out, size_t whole, const std::string& what) {
  if (!out.summary) {
    EXPECT_EQ(out.summary.error().code, Code::kImportUnreadable) << what;
    EXPECT_FALSE(out.summary.error().message.empty()) << what;
    EXPECT_TRUE(out.entries.empty()) << what;
    return;
  }
  EXPECT_TRUE(out.entries.size() >= whole || !out.lost.empty()) << what;
  for (const Quarantined& lost : out.lost) EXPECT_FALSE(lost.reason.empty()) << what;
}

TEST(ExchangeDamage, JsonGivesTheEntriesBeforeTheCut) {
  const TempFolder folder;
  const std::string json = DayOneJson();
  for (const size_t cut : {json.size() / 4, json.size() / 2, json.size() - 3}) {
    const std::string head = json.substr(0, cut);
    size_t complete = 0;
    for (size_t at = head.find("\"},\n"); at != std::string::npos; at = head.find("\"},\n", at + 1)) ++complete;
    const Imported out = Import(ImportFormat::kDayOne, WriteFile(folder / "j.json", head));
    ASSERT_TRUE(out.summary);
    EXPECT_EQ(out.entries.size(), complete);
    const Quarantined& lost = out.OnlyLost(Loss::kEntry);
    EXPECT_EQ(lost.reason, "it is damaged JSON, or the file ends in the middle of it");
    EXPECT_TRUE(head.ends_with(ToString(lost.raw)));
  }
}

TEST(ExchangeDamage, OneGarbledEntryCostsOneEntry) {
  const TempFolder folder;
  const std::string json = DayOneJson();
  const size_t at = json.find("Entry 30:");
  const std::pair<std::string, std::string> damages[] = {
      {std::string("\xff", 1), "it is not valid UTF-8"},
      {std::string("\"", 1), "it is damaged JSON"},
      {std::string("\n", 1), "it is damaged JSON"},
      {std::string("\0", 1), "it is damaged JSON"},
  };
  for (const auto& [byte, reason] : damages) {
    std::string bad = json;
    bad.replace(at, 1, byte);
    const Imported out = Import(ImportFormat::kDayOne, WriteFile(folder / "j.json", bad));
    ASSERT_TRUE(out.summary);
    EXPECT_EQ(out.entries.size(), kEntries - 1u);
    EXPECT_EQ(out.OnlyLost(Loss::kEntry).reason, reason);
    EXPECT_EQ(out.OnlyLost(Loss::kEntry).where, "j.json, entry 31");
    EXPECT_NE(ToString(out.OnlyLost(Loss::kEntry).raw).find("ntry 30:"), std::string::npos);
  }
}

TEST(ExchangeDamage, ALostQuoteCostsNoMoreThanItsNeighbour) {
  const TempFolder folder;
  std::string json = DayOneJson();
  json.erase(json.find("\"},\n{\"uuid\": \"U31\""), 1);  // the end of entry 30's text
  const Imported out = Import(ImportFormat::kDayOne, WriteFile(folder / "j.json", json));
  ASSERT_TRUE(out.summary);
  EXPECT_EQ(out.entries.size(), kEntries - 1u);
  EXPECT_EQ(out.Lost(Loss::kEntry), 1u);
}

TEST(ExchangeDamage, HeadOfTheDocumentGarbled) {
  const TempFolder folder;
  std::string json = DayOneJson();
  json.replace(2, 5, "}}\xff{{");
  const Imported out = Import(ImportFormat::kDayOne, WriteFile(folder / "j.json", json));
  ASSERT_TRUE(out.summary);
  EXPECT_EQ(out.entries.size(), size_t{kEntries});
}

TEST(ExchangeDamage, GzipCutShortKeepsWhatCameOut) {
  const TempFolder folder;
  const fs::path path = Pack(folder / "j.json.gz", Packing::kGzip, {{"j.json", DayOneJson()}});
  const std::string packed = ReadFile(path);
  const Imported tail = Import(ImportFormat::kDayOne, WriteFile(path, packed.substr(0, packed.size() - 4)));
  EXPECT_EQ(tail.entries.size(), size_t{kEntries});
  EXPECT_EQ(tail.lost.back().reason, "it is damaged or cut off; check the entries that came from it");
  const Imported half = Import(ImportFormat::kDayOne, WriteFile(path, packed.substr(0, packed.size() / 2)));
  EXPECT_GT(half.entries.size(), 10u);
  EXPECT_LT(half.entries.size(), size_t{kEntries});
  EXPECT_EQ(half.Lost(Loss::kEntry), 1u);
}

TEST(ExchangeDamage, ZipWithAWrongByteIsReported) {
  const TempFolder folder;
  const fs::path path = Pack(folder / "j.zip", Packing::kZip, Notes());
  std::string packed = ReadFile(path);
  const size_t inside = packed.find("2026-01-29-19.md") + 100;  // in the packed bytes behind that name
  packed[inside] = static_cast<char>(packed[inside] ^ 0x10);
  const Imported out = Import(ImportFormat::kMarkdown, WriteFile(path, packed));
  ASSERT_TRUE(out.summary);
  EXPECT_EQ(out.entries.size(), kEntries - 1u);
  EXPECT_EQ(out.OnlyLost(Loss::kEntry).where, "2026-01-29-19.md");
}

struct Sample {
  const char* name;
  ImportFormat format;
  Packing packing;
  Files files;
};

std::vector<Sample> Samples() {
  const Files json = {{"j.json", DayOneJson()}};
  return {{"zip of JSON", ImportFormat::kDayOne, Packing::kZip, json},
          {"gzip of JSON", ImportFormat::kJrnl, Packing::kGzip, json},
          {"tar of JSON", ImportFormat::kDayOne, Packing::kTar, json},
          {"zip of notes", ImportFormat::kMarkdown, Packing::kZip, Notes()},
          {"tar of notes", ImportFormat::kMarkdown, Packing::kTar, Notes()},
          {"tar.gz of notes", ImportFormat::kMarkdown, Packing::kTarGz, Notes()}};
}

TEST(ExchangeDamage, CutAnywhere) {
  const TempFolder folder;
  for (const Sample& sample : Samples()) {
    const std::string whole = ReadFile(Pack(folder / "whole", sample.packing, sample.files));
    for (size_t i = 0; i < 60; ++i) {
      const size_t cut = i < 30 ? i * 7 : whole.size() * (i - 30) / 30;
      const Imported out = Import(sample.format, WriteFile(folder / "cut", whole.substr(0, cut)));
      ExpectHonest(out, sample.format == ImportFormat::kJrnl ? 0 : kEntries,
                   std::string(sample.name) + " cut at " + std::to_string(cut));
    }
  }
}

TEST(ExchangeDamage, BytesFlippedAnywhere) {
  const TempFolder folder;
  std::mt19937 random(1660);  // the same bytes each time
  for (const Sample& sample : Samples()) {
    const std::string whole = ReadFile(Pack(folder / "whole", sample.packing, sample.files));
    for (int i = 0; i < 60; ++i) {
      std::string bad = whole;
      for (int flips = 0; flips < 1 + i % 8; ++flips) {
        bad[random() % bad.size()] ^= static_cast<char>(1 << (random() % 8));
      }
      // A flip in the text of a tar without checksums is a text like another: only crashes and silence are judged.
      ExpectHonest(Import(sample.format, WriteFile(folder / "bad", bad)), 0, sample.name);
    }
  }
}

TEST(ExchangeDamage, NotesOfRandomBytes) {
  const TempFolder folder;
  std::mt19937 random(1669);
  static constexpr char kAlphabet[] = "---\n\n: []{}\"'&*!|>%#?a1,\t.\\\xC3\xA9";
  for (int i = 0; i < 500; ++i) {
    std::string note = "---\n";
    for (int length = static_cast<int>(random() % 80); length > 0; --length) {
      note += kAlphabet[random() % (sizeof kAlphabet - 1)];
    }
    const Imported out = Import(ImportFormat::kMarkdown, WriteFile(folder / "2026-11-23.md", note + "\n---\ntext"));
    EXPECT_EQ(out.entries.size() + out.Lost(Loss::kEntry), 1u) << note;
  }
}

TEST(ExchangeDamage, BombsAndDepthsAreRefused) {
  const TempFolder folder;
  const std::string zeros(exchange_limits::kRatioFloor + (1u << 20), ' ');
  const fs::path bomb = Pack(folder / "bomb.json.gz", Packing::kGzip, {{"bomb.json", zeros}});
  const Imported exploded = Import(ImportFormat::kJrnl, bomb);
  ASSERT_FALSE(exploded.summary);
  EXPECT_EQ(exploded.summary.error().code, Code::kImportUnreadable);
  EXPECT_NE(exploded.OnlyLost(Loss::kPart).reason.find("expands to far more"), std::string::npos);

  std::string deep = R"({"entries": [{"uuid": "A", "creationDate": "2026-01-01T00:00:00Z", "text": "x", "y": )";
  const std::string shallow = deep;
  for (int i = 0; i < 100'000; ++i) deep += "[";
  deep += R"(, {"uuid": "B", "creationDate": "2026-01-01T00:00:00Z", "text": "z"}]})";
  const Imported nested = Import(ImportFormat::kDayOne, WriteFile(folder / "deep.json", deep));
  ASSERT_EQ(nested.entries.size(), 1u);
  EXPECT_EQ(nested.entries[0].content.text, "z");
  EXPECT_EQ(nested.Lost(Loss::kEntry), 1u);

  const std::string yaml = "---\nx: " + std::string(60'000, '[') + "\n---\ntext";
  const Imported note = Import(ImportFormat::kMarkdown, WriteFile(folder / "2026-11-23.md", yaml));
  ASSERT_EQ(note.entries.size(), 1u);
  EXPECT_EQ(note.OnlyLost(Loss::kPart).reason, "its front matter is not valid YAML");
}

TEST(ExchangeDamage, WrongFormatSaysWhatWasExpected) {
  const TempFolder folder;
  const fs::path text = WriteFile(folder / "x.json", "this is no JSON");
  for (const ImportFormat format : {ImportFormat::kDayOne, ImportFormat::kJrnl, ImportFormat::kMarkdown}) {
    const Imported out = Import(format, text);
    ASSERT_FALSE(out.summary);
    EXPECT_EQ(out.summary.error().code, Code::kImportUnreadable);
    EXPECT_NE(out.summary.error().message.find("expected"), std::string::npos);
  }
}

}  // namespace
}  // namespace kith
