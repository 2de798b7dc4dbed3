#include "client/model/dates.h"
#include "exchange_testing.h"

namespace kith {
namespace {

using namespace exchange_testing;

constexpr const char* kJournal = R"({"tags": {"@work": 1}, "entries": [
 {"title": "A first sentence.", "body": "Then more, @work.\n", "date": "2026-11-23", "time": "21:05",
  "tags": ["@work", "@Home"], "starred": true},
 {"title": "The whole", "body": "The whole text again.", "date": "2026-11-24", "time": "09:00", "tags": [],
  "starred": false},
 {"title": "Only a title.", "body": "", "date": "2026-11-25", "time": "09:00"},
 {"title": "Same.", "body": "Words", "date": "2026-11-26"},
 {"title": "Same.", "body": "Words", "date": "2026-11-26"}
]})";

TEST(ExchangeJrnl, JoinsTitleAndBody) {
  const TempFolder folder;
  const Imported out = Import(ImportFormat::kJrnl, WriteFile(folder / "j.json", kJournal));
  ASSERT_TRUE(out.summary) << out.summary.error().message;
  ASSERT_EQ(out.entries.size(), 5u);
  EXPECT_EQ(out.entries[0].content.text, "A first sentence.\nThen more, @work.");
  EXPECT_EQ(out.entries[1].content.text, "The whole text again.");
  EXPECT_EQ(out.entries[2].content.text, "Only a title.");
  EXPECT_EQ(out.entries[0].content.tags, (std::vector<std::string>{"Home", "work"}));
  EXPECT_TRUE(out.entries[0].content.starred);
  EXPECT_EQ(FormatDate(out.entries[0].content.date), "2026-11-23 21:05");
  EXPECT_EQ(out.entries[0].content.date.zone, "");
  EXPECT_TRUE(out.entries[3].content.date.day_only);
  EXPECT_TRUE(out.lost.empty());
}

TEST(ExchangeJrnl, RepeatsAreCountedAndNamesDoNotDependOnTheZone) {
  const TempFolder folder;
  const fs::path path = Pack(folder / "j.json.gz", Packing::kGzip, {{"j.json", kJournal}});
  const Imported out = Import(ImportFormat::kJrnl, path);
  const Imported tokyo = Import(ImportFormat::kJrnl, path, "Asia/Tokyo");
  ASSERT_EQ(out.entries.size(), 5u);
  ASSERT_EQ(tokyo.entries.size(), 5u);
  EXPECT_EQ(out.entries[3].ordinal, 0u);
  EXPECT_EQ(out.entries[4].ordinal, 1u);
  EXPECT_NE(out.entries[3].source_name(), out.entries[4].source_name());
  EXPECT_EQ(out.entries[4].source_name(),
            Writer().Prefixed("jrnl").U8(2).Prefixed("2026-11-26").Prefixed("").Prefixed("Same.\nWords").U32(1).Take());
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(out.entries[i].source_name(), tokyo.entries[i].source_name());
  EXPECT_EQ(tokyo.entries[0].content.date.zone, "Asia/Tokyo");
  EXPECT_EQ(tokyo.entries[0].content.date.instant_ms, InstantOf({2026, 11, 23}, 21 * 3600 + 300, 9 * 3600));
}

TEST(ExchangeJrnl, EntryWithoutADateIsHandedOver) {
  const TempFolder folder;
  const Imported out = Import(ImportFormat::kJrnl, WriteFile(folder / "j.json", R"({"entries": [
    {"title": "a", "body": "b", "date": "soon"}, {"title": "c", "body": "d", "date": "2026-11-23"}]})"));
  ASSERT_EQ(out.entries.size(), 1u);
  const Quarantined& lost = out.OnlyLost(Loss::kEntry);
  EXPECT_EQ(lost.where, "j.json, entry 1");
  EXPECT_EQ(lost.reason, "it has no date that could be read");
  EXPECT_EQ(ToString(lost.raw), R"({"title": "a", "body": "b", "date": "soon"})");
}

TEST(ExchangeJrnl, AnEmptyJournalIsNoError) {
  const TempFolder folder;
  const Imported out = Import(ImportFormat::kJrnl, WriteFile(folder / "j.json", R"({"tags": {}, "entries": []})"));
  ASSERT_TRUE(out.summary);
  EXPECT_EQ(out.summary->entries, 0u);
}

}  // namespace
}  // namespace kith
