#include "client/core/practice_rules.h"

#include "client/model/content.h"
#include "client/model/practice.h"
#include "client/model/practice_words.h"

namespace kith {
namespace {

// Worry and chance of a thought, as a hunch to come back to.
Content HunchOf(const Content& thought) {
  Content hunch{.kind = "hunch", .text = TextOf(thought, "chance"), .date = thought.date, .tags = thought.tags};
  hunch.journal = thought.journal;
  SetField(hunch, "worry", TextOf(thought, "thought"));
  return hunch;
}

}  // namespace

Result<> CheckPracticeRules(const Journal& journal, const Content& content) {
  if (content.kind != "lonely") return {};
  ListQuery query{.kinds = {"lonely"}};
  query.from = AddDays(DayOf(content.date), 1 - kLonelyDays);
  query.to = AddDays(DayOf(content.date), kLonelyDays - 1);
  query.limit = 1;
  bool answered = false;
  KITH_TRY(journal.List(query, [&](const storage::Summary&) {
    answered = true;
    return false;
  }));
  if (!answered) return {};
  return Fail(Code::kTooSoon, std::string(sentences::kLonelySoon));
}

Result<EntryId> WritePractice(Journal& journal, Content content) {
  KITH_TRY(CheckContent(content));
  KITH_TRY(CheckPracticeRules(journal, content));
  if (content.kind == "thought" && !TextOf(content, "chance").empty() && !EntryOf(content, "hunch")) {
    KITH_TRY_ASSIGN(const EntryId hunch, journal.Write(HunchOf(content)));
    SetField(content, "hunch", ToString(hunch.view()));
  }
  return journal.Write(std::move(content));
}

}  // namespace kith
