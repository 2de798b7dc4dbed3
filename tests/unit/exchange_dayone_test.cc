#include "client/exchange/dayone.h"
#include "client/model/dates.h"
#include "exchange_testing.h"

namespace kith {
namespace {

using namespace exchange_testing;

constexpr const char* kJournal = R"({"metadata": {"version": "1.0"}, "entries": [
 {"uuid": "A1", "creationDate": "2026-07-01T22:30:00Z", "timeZone": "Europe\/London", "starred": true,
  "text": "A day\\. Quiet\\-ish \\(mostly\\)\\!", "tags": ["b", "a", "b", " "],
  "location": {"latitude": 51.5115, "longitude": -0.0766, "placeName": "Seething Lane", "localityName": "London",
               "administrativeArea": "Greater London", "country": "England"}},
 {"uuid": "A2", "creationDate": "2026-07-02T12:00:00Z", "timeZone": "America\/New_York", "isAllDay": true,
  "text": "All day", "photos": [{"identifier": "P"}, {"identifier": "Q"}], "weather": {"temp": 3}}
], "drawings": []})";

TEST(ExchangeDayOne, KeepsWhatAnEntryHas) {
  const TempFolder folder;
  const Imported out = Import(ImportFormat::kDayOne, WriteFile(folder / "Journal.json", kJournal));
  ASSERT_TRUE(out.summary) << out.summary.error().message;
  ASSERT_EQ(out.entries.size(), 2u);
  const Content& first = out.entries[0].content;
  EXPECT_EQ(first.text, "A day. Quiet-ish (mostly)!");
  EXPECT_EQ(first.title, "");
  EXPECT_EQ(first.tags, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(first.starred);
  EXPECT_EQ(first.journal, "");
  EXPECT_EQ(FormatDate(first.date), "2026-07-01 23:30");
  EXPECT_EQ(first.location, (Location{51.5115, -0.0766, "Seething Lane", "London", "Greater London", "England"}));
  EXPECT_EQ(out.entries[0].source_id, "A1");
  EXPECT_EQ(out.entries[0].source_name(), Writer().Prefixed("dayone").U8(1).Prefixed("A1").Take());
  const Content& second = out.entries[1].content;
  EXPECT_TRUE(second.date.day_only);
  EXPECT_EQ(second.date.instant_ms, InstantOf({2026, 7, 2}, kNoon, -4 * 3600));
  EXPECT_EQ(second.date.zone, "America/New_York");
  ASSERT_EQ(out.Lost(Loss::kPart), 2u);
  EXPECT_EQ(out.lost[0].where, "Journal.json, entry 2");
  EXPECT_EQ(out.lost[0].reason, "not imported, the text is: photos (2), weather");
  EXPECT_EQ(out.lost[1].reason, "the part \"drawings\" is not imported");
  EXPECT_EQ(out.summary->days, 2u);
}

TEST(ExchangeDayOne, ZipTarAndFolderGiveTheSame) {
  const TempFolder folder;
  const Files files = {{"Journal.json", kJournal}, {"photos/x.jpeg", "\xff\xd8"}, {"__MACOSX/._Journal.json", "x"}};
  for (const auto& [name, bytes] : files) WriteFile(folder / ("export/" + name), bytes);
  const Imported expected = Import(ImportFormat::kDayOne, folder / "export");
  ASSERT_EQ(expected.entries.size(), 2u);
  for (const Packing packing : {Packing::kZip, Packing::kTar, Packing::kTarGz}) {
    const Imported out = Import(ImportFormat::kDayOne, Pack(folder / "packed", packing, files));
    ASSERT_EQ(out.entries.size(), 2u);
    for (size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(out.entries[i].content, expected.entries[i].content);
      EXPECT_EQ(out.entries[i].source_name(), expected.entries[i].source_name());
    }
    EXPECT_EQ(out.Lost(Loss::kPart), 3u);  // the photo is reported, the system's file is not
  }
}

TEST(ExchangeDayOne, SeveralJournalsKeepTheirNames) {
  const TempFolder folder;
  const char* other = R"({"entries": [{"uuid": "B1", "creationDate": "2026-07-01T00:00:00Z", "text": "x"}]})";
  const fs::path zip = Pack(folder / "e.zip", Packing::kZip, {{"Journal.json", kJournal}, {"Dreams.json", other}});
  const Imported out = Import(ImportFormat::kDayOne, zip);
  ASSERT_EQ(out.entries.size(), 3u);
  EXPECT_EQ(out.entries[0].content.journal, "Journal");
  EXPECT_EQ(out.entries[2].content.journal, "Dreams");
  const Imported chosen =
      Import({.format = ImportFormat::kDayOne, .path = zip, .fallback_zone = {}, .journal = "Old life"});
  EXPECT_EQ(chosen.entries[2].content.journal, "Old life");
}

TEST(ExchangeDayOne, OneIdForTwoEntriesLosesNeither) {
  const TempFolder folder;
  const Imported out = Import(ImportFormat::kDayOne, WriteFile(folder / "j.json", R"({"entries": [
    {"uuid": "A", "creationDate": "2026-07-01T00:00:00Z", "text": "one"},
    {"uuid": "A", "creationDate": "2026-07-01T00:00:00Z", "text": "two"},
    {"uuid": "A", "creationDate": "2026-07-01T00:00:00Z", "text": "one"}]})"));
  ASSERT_EQ(out.entries.size(), 2u);
  EXPECT_EQ(out.entries[0].source_id, "A");
  EXPECT_EQ(out.entries[1].source_id, "");
  EXPECT_EQ(out.entries[1].content.text, "two");
  EXPECT_EQ(out.OnlyLost(Loss::kPart).reason, "the same entry came before");
}

TEST(ExchangeDayOne, UnknownZoneIsReported) {
  const TempFolder folder;
  const Imported out = Import(ImportFormat::kDayOne, WriteFile(folder / "j.json", R"({"entries": [
    {"uuid": "A", "creationDate": "2026-07-01T21:00:00Z", "timeZone": "Mars\/Olympus", "text": "one"}]})"));
  ASSERT_EQ(out.entries.size(), 1u);
  EXPECT_EQ(out.entries[0].content.date.zone, "Mars/Olympus");
  EXPECT_EQ(FormatDate(out.entries[0].content.date), "2026-07-01 21:00");
  EXPECT_EQ(out.Lost(Loss::kPart), 1u);
}

TEST(ExchangeDayOneEscapes, UndoneBeforeMarkdownMarksOnly) {
  EXPECT_EQ(UndoDayOneEscapes("1\\. a \\- b \\# \\[x\\] \\{y\\} \\* \\_ \\> \\| \\~ \\+ \\!"),
            "1. a - b # [x] {y} * _ > | ~ + !");
  EXPECT_EQ(UndoDayOneEscapes("C:\\temp \\n \\, \\\xE2\x80\x93 end\\"), "C:\\temp \\n \\, \\\xE2\x80\x93 end\\");
  EXPECT_EQ(UndoDayOneEscapes("two \\\\. marks"), "two \\. marks");
  EXPECT_EQ(UndoDayOneEscapes(""), "");
}

TEST(ExchangeDayOneEscapes, CodeStaysAsItIs) {
  EXPECT_EQ(UndoDayOneEscapes("a\\. `b\\.c` d\\."), "a. `b\\.c` d.");
  EXPECT_EQ(UndoDayOneEscapes("``x\\.`y\\.`` z\\."), "``x\\.`y\\.`` z.");
  EXPECT_EQ(UndoDayOneEscapes("not closed ` a\\.\n\nb\\.` c"), "not closed ` a.\n\nb.` c");
  EXPECT_EQ(UndoDayOneEscapes("\\`a\\.\\`"), "`a.`");
  EXPECT_EQ(UndoDayOneEscapes("a\\.\n```sh\nb\\.\n````\nc\\."), "a.\n```sh\nb\\.\n````\nc.");
  EXPECT_EQ(UndoDayOneEscapes("~~~\nb\\.\n```\nc\\."), "~~~\nb\\.\n```\nc\\.");
}

}  // namespace
}  // namespace kith
