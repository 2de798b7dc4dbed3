// Looking back: numbers worked out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "client/model/lookback.h"
#include "client/model/practice.h"
#include "client/model/practice_words.h"
#include "crypto/base/check.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Content On(uint8_t day, std::string_view kind) {
  Content record{.kind = std::string(kind)};
  record.date = {.year = 2026, .month = 11, .day = day};
  return record;
}

Content Check(uint8_t day, std::string_view state, std::optional<int32_t> valence = {},
              std::optional<int32_t> energy = {}) {
  Content record = On(day, "check");
  SetChoice(record, "state", state);
  if (valence) SetField(record, "valence", *valence);
  if (energy) SetField(record, "energy", *energy);
  return record;
}

Content Pair(uint8_t day, std::string_view kind, std::string_view first, int32_t before, std::string_view second,
             std::optional<int32_t> after) {
  Content record = On(day, kind);
  SetField(record, first, before);
  if (after) SetField(record, second, *after);
  return record;
}

LookBack Of(std::string_view kind, const std::vector<Content>& records) {
  const auto shape = std::ranges::find(LookBackShapes(), kind, &LookBackShape::kind);
  KITH_CHECK(shape != LookBackShapes().end());
  return MakeLookBack(*shape, records);
}

TEST(LookBack, NumbStandsByItselfAndEntersNoMean) {
  const LookBack look = Of("check", {Check(5, "numb", {}, 9), Check(1, "feeling", -1, 4), Check(2, "numb"),
                                     Check(3, "feeling", 2), Check(4, "mixed", {}, 0)});
  ASSERT_TRUE(look.enough());
  ASSERT_EQ(look.points.size(), 5u);
  EXPECT_EQ(look.points[1], (LookBackPoint{.day = {2026, 11, 2}, .mark = "numb"}));
  EXPECT_EQ(look.points[4].second, 9);
  EXPECT_THAT(
      look.groups,
      ElementsAre(LookBackGroup{.mark = "feeling", .n = 2, .first_n = 2, .second_n = 1, .first = 0.5, .second = 4.0},
                  LookBackGroup{.mark = "numb", .n = 2},
                  LookBackGroup{.mark = "mixed", .n = 1, .second_n = 1, .second = 0.0}));
}

TEST(LookBack, FewerThanFiveShowNothing) {
  std::vector<Content> records;
  for (uint8_t day = 1; day <= 4; ++day) records.push_back(Check(day, "feeling", 1));
  records.push_back(On(5, "check"));   // says nothing of how it was
  records.push_back(On(6, "lonely"));  // another kind
  const LookBack look = Of("check", records);
  EXPECT_EQ(look.n, 4u);
  EXPECT_FALSE(look.enough());
  EXPECT_THAT(look.points, IsEmpty());
  EXPECT_THAT(look.groups, IsEmpty());
}

TEST(LookBack, TwoNumbersStandSideBySideOnlyWhereBothWereSaid) {
  std::vector<Content> records;
  for (uint8_t day = 1; day <= 5; ++day)
    records.push_back(Pair(day, "thought", "belief_before", 80, "belief_after", 10 * day));
  records.push_back(Pair(6, "thought", "belief_before", 0, "belief_after", {}));
  EXPECT_THAT(Of("thought", records).groups,
              ElementsAre(LookBackGroup{.n = 5, .first_n = 5, .second_n = 5, .first = 80.0, .second = 30.0}));
}

TEST(LookBack, AFearThatCameTrueCountsLikeOneThatDidNot) {
  std::vector<Content> records;
  const auto closed = [&](std::string_view outcome, int32_t likely) {
    Content record = On(static_cast<uint8_t>(records.size() + 1), "hunch");
    SetField(record, "likely", likely);
    if (!outcome.empty()) SetChoice(record, "outcome", outcome);
    records.push_back(record);
  };
  closed("happened", 8);
  closed("not", 9);
  closed("happened", 4);
  closed("unknown", 5);
  closed("", 10);  // still open
  closed("partly", 7);
  const LookBack look = Of("hunch", records);
  EXPECT_EQ(look.n, 5u);
  EXPECT_THAT(look.groups, ElementsAre(LookBackGroup{.mark = "happened", .n = 2, .first_n = 2, .first = 6.0},
                                       LookBackGroup{.mark = "partly", .n = 1, .first_n = 1, .first = 7.0},
                                       LookBackGroup{.mark = "not", .n = 1, .first_n = 1, .first = 9.0},
                                       LookBackGroup{.mark = "unknown", .n = 1, .first_n = 1, .first = 5.0}));
}

TEST(LookBack, TheRingHasOnesOwnExits) {
  std::vector<Content> records;
  for (const auto& [stage, exit] : std::vector<std::pair<int32_t, std::string>>{
           {2, "rang my sister"}, {1, ""}, {2, ""}, {4, "slept"}, {2, "a walk"}}) {
    Content record = On(static_cast<uint8_t>(records.size() + 1), "loop");
    SetField(record, "stage", stage);
    if (!exit.empty()) SetField(record, "exit_text", exit);
    records.push_back(record);
  }
  EXPECT_THAT(Of("loop", records).groups,
              ElementsAre(LookBackGroup{.mark = "1", .n = 1},
                          LookBackGroup{.mark = "2", .n = 3, .exits = {"rang my sister", "a walk"}},
                          LookBackGroup{.mark = "4", .n = 1, .exits = {"slept"}}));
}

TEST(LookBack, ValuesOutOfBoundsAreNotThere) {
  std::vector<Content> records;
  for (uint8_t day = 1; day <= 5; ++day) {
    records.push_back(On(day, "lonely"));
    SetField(records.back(), "lonely", day);
  }
  records.push_back(On(6, "lonely"));
  SetField(records.back(), "lonely", 99);
  const LookBack look = Of("lonely", records);
  EXPECT_EQ(look.n, 5u);
  EXPECT_EQ(look.groups.front().first, 3.0);
}

TEST(LookBack, EveryShapeIsOfTheTableAndHasItsSentence) {
  for (const LookBackShape& shape : LookBackShapes()) {
    const PracticeKind* const kind = FindPractice(shape.kind);
    ASSERT_NE(kind, nullptr) << shape.kind;
    for (const std::string_view field : {shape.mark, shape.first, shape.second}) {
      EXPECT_TRUE(field.empty() || kind->Find(field) != nullptr) << shape.kind << " " << field;
    }
    EXPECT_FALSE(LookBackSentence(shape.kind).empty()) << shape.kind;
  }
  EXPECT_FALSE(std::ranges::any_of(LookBackShapes(), [](const LookBackShape& shape) { return shape.kind == "trust"; }));
}

}  // namespace
}  // namespace kith
