#include "client/model/quiet.h"

#include <algorithm>
#include <array>

#include "client/model/practice.h"

namespace kith {
namespace {

// Their date is only when they were written: a quiet day must take nothing away that is there for hard days.
constexpr std::array<std::string_view, 5> kOfNoDate = {"support", "prompt", "person", "helper", "reach"};

}  // namespace

bool SaysWhatIsQuiet(std::string_view kind) {
  return kind == "person" || kind == kQuietDateKind || kind == kDeclinedKind;
}

bool MayNameSomebody(std::string_view kind) {
  const PracticeKind* const practice = FindPractice(kind);
  return practice != nullptr && std::ranges::any_of(practice->fields, [](const PracticeField& field) {
           return field.type == FieldType::kFriend || field.refers_to == "person";
         });
}

void Quiet::Take(const EntryId& entry, const Content& content) {
  if (content.kind == "person" && ChoiceOf(content, "quiet") == "quiet") {
    people_.insert(entry);
    if (const auto person = FriendOf(content, "friend")) friends_.insert(*person);
  }
  if (content.kind != kQuietDateKind) return;
  if (std::ranges::binary_search(content.tags, kEveryYearTag)) {
    every_year_.emplace(content.date.month, content.date.day);
  } else {
    days_.insert(DayOf(content.date));
  }
}

bool Quiet::CoversDay(const CivilDay& day) const {
  return days_.contains(day) || every_year_.contains({day.month, day.day});
}

bool Quiet::IsAboutSomebody(const Content& content) const {
  if (!MayNameSomebody(content.kind)) return false;
  return std::ranges::any_of(FindPractice(content.kind)->fields, [&](const PracticeField& field) {
    if (field.type == FieldType::kFriend) {
      const auto person = FriendOf(content, field.name);
      return person && friends_.contains(*person);
    }
    if (field.refers_to != "person") return false;
    const auto person = EntryOf(content, field.name);
    return person && people_.contains(*person);
  });
}

bool Quiet::Covers(const EntryId& entry, const Content& content) const {
  if (content.kind == kQuietDateKind || content.kind == kDeclinedKind || people_.contains(entry)) return true;
  if (std::ranges::find(kOfNoDate, content.kind) == kOfNoDate.end() && CoversDay(DayOf(content.date))) return true;
  return IsAboutSomebody(content);
}

}  // namespace kith
