#include "client/model/practice.h"

#include <algorithm>
#include <array>

#include "client/model/dates.h"
#include "client/model/text.h"
#include "crypto/base/check.h"

namespace kith {
namespace {

using enum FieldType;
using Names = std::string_view;

constexpr std::array<Names, 4> kStates = {"feeling", "numb", "mixed", "cant-tell"};
constexpr std::array<Names, 4> kOutcomes = {"happened", "partly", "not", "unknown"};
constexpr std::array<Names, 4> kSignals = {"kept", "mixed", "hurt", "unsure"};
constexpr std::array<Names, 6> kContacts = {"message", "call", "one", "group", "online", "rest"};
constexpr std::array<Names, 3> kWanted = {"yes", "no", "partly"};
constexpr std::array<Names, 2> kCards = {"shown", "hidden"};
constexpr std::array<Names, 3> kPeople = {"friend", "relative", "group"};
constexpr std::array<Names, 3> kRings = {"safe", "maybe", "notnow"};
constexpr std::array<Names, 2> kQuiet = {"quiet", "heard"};
constexpr std::array<Names, 3> kSteps = {"idea", "done", "notnow"};
constexpr std::array<Names, 6> kHelpers = {"therapist", "doctor", "line", "group", "podcast", "book"};
constexpr std::array<Names, 6> kStages = {"curious", "shortlist", "drafted", "booked", "seeing", "paused"};
constexpr std::array<Names, 5> kTryOuts = {"volunteering", "club", "support-group", "class", "gathering"};
constexpr std::array<Names, 3> kResults = {"stayed", "left", "skipped"};
constexpr std::array<Names, 3> kDayStates = {"ready", "between", "retreating"};

constexpr PracticeField Number(uint8_t number, std::string_view name, int32_t min, int32_t max) {
  return {.number = number, .name = name, .type = kNumber, .min = min, .max = max};
}
constexpr PracticeField Choice(uint8_t number, std::string_view name, std::span<const std::string_view> choices) {
  return {.number = number, .name = name, .type = kChoice, .choices = choices};
}
constexpr PracticeField Plain(uint8_t number, std::string_view name, FieldType type) {
  return {.number = number, .name = name, .type = type};
}
constexpr PracticeField Unexported(PracticeField field) {
  field.unexported = true;
  return field;
}
constexpr PracticeField Folded(uint8_t number, std::string_view name) {
  return {.number = number, .name = name, .type = kText, .folded = true};
}
constexpr PracticeField Refers(uint8_t number, std::string_view name, std::string_view kind) {
  return {.number = number, .name = name, .type = kEntry, .refers_to = kind};
}

constexpr std::array kCheckFields = {Choice(1, "state", kStates), Number(2, "valence", -3, 3),
                                     Number(3, "energy", 0, 10), Plain(4, "body", kList)};
constexpr std::array kHunchFields = {Plain(1, "worry", kText), Number(2, "likely", 0, 10),
                                     Choice(3, "outcome", kOutcomes), Plain(4, "after", kText)};
constexpr std::array kTrustFields = {Refers(1, "person", "person"), Plain(2, "friend", kFriend),
                                     Choice(3, "signal", kSignals), Unexported(Number(4, "door", 0, 5))};
constexpr std::array kKindlyFields = {Folded(1, "line"), Plain(2, "reply", kText), Number(3, "weight_before", 0, 10),
                                      Number(4, "weight_after", 0, 10)};
constexpr std::array kCompanyFields = {Choice(1, "type", kContacts), Number(2, "minutes", 0, 1440),
                                       Choice(3, "wanted", kWanted), Number(4, "before", -3, 3),
                                       Number(5, "after", -3, 3),    Refers(6, "person", "person")};
constexpr std::array kLoopFields = {Number(1, "stage", 1, 4), Refers(2, "entry", ""), Plain(3, "exit_text", kText),
                                    Refers(4, "exit_ref", "")};
constexpr std::array kLonelyFields = {Number(1, "lonely", 0, 10)};
constexpr std::array kReachFields = {Plain(1, "draft", kText), Refers(2, "person", "person")};
constexpr std::array kTodayFields = {Refers(1, "person", "person"), Plain(2, "step", kText), Choice(3, "card", kCards)};
constexpr std::array kPersonFields = {Plain(1, "alias", kText), Choice(2, "type", kPeople), Choice(3, "ring", kRings),
                                      Plain(4, "friend", kFriend), Choice(5, "quiet", kQuiet)};
constexpr std::array kStepFields = {Refers(1, "person", "person"), Plain(2, "step", kText), Number(3, "size", 1, 5),
                                    Choice(4, "state", kSteps)};
constexpr std::array kThoughtFields = {
    Plain(1, "thought", kText),        Plain(2, "friend", kText), Plain(3, "for", kList),
    Plain(4, "against", kList),        Plain(5, "unsure", kList), Plain(6, "chance", kText),
    Refers(7, "hunch", "hunch"),       Refers(8, "step", "step"), Number(9, "belief_before", 0, 100),
    Number(10, "belief_after", 0, 100)};
constexpr std::array kLadderFields = {Number(1, "depth", 1, 5), Plain(2, "prompt", kText), Refers(3, "entry", ""),
                                      Number(4, "ease", 0, 10)};
constexpr std::array kHelperFields = {Plain(1, "name", kText), Choice(2, "type", kHelpers), Choice(3, "stage", kStages),
                                      Plain(4, "questions", kList), Plain(5, "date", kDay)};
constexpr std::array kTryOutFields = {Choice(1, "type", kTryOuts),  Number(2, "leave_after", 0, 1440),
                                      Plain(3, "exit_line", kText), Number(4, "expect", 0, 10),
                                      Number(5, "actual", 0, 10),   Choice(6, "result", kResults)};
constexpr std::array kGraceFields = {Choice(1, "daystate", kDayStates), Folded(2, "letter"),
                                     Plain(3, "open_when", kText)};
constexpr std::array kSupportFields = {Plain(1, "name", kText), Plain(2, "how", kText), Plain(3, "source", kText),
                                       Plain(4, "checked", kDay)};
constexpr std::array kPromptFields = {Plain(1, "prompt", kText), Number(2, "depth", 1, 5)};

constexpr std::array kKinds = {
    PracticeKind{32, "check", kCheckFields},     PracticeKind{33, "hunch", kHunchFields},
    PracticeKind{34, "trust", kTrustFields},     PracticeKind{35, "kindly", kKindlyFields},
    PracticeKind{36, "company", kCompanyFields}, PracticeKind{37, "loop", kLoopFields},
    PracticeKind{38, "lonely", kLonelyFields},   PracticeKind{39, "reach", kReachFields},
    PracticeKind{40, "today", kTodayFields},     PracticeKind{41, "person", kPersonFields},
    PracticeKind{42, "step", kStepFields},       PracticeKind{43, "thought", kThoughtFields},
    PracticeKind{44, "ladder", kLadderFields},   PracticeKind{45, "helper", kHelperFields},
    PracticeKind{46, "tryout", kTryOutFields},   PracticeKind{47, "grace", kGraceFields},
    PracticeKind{49, "support", kSupportFields}, PracticeKind{50, "prompt", kPromptFields},
};

const PracticeField& FieldOf(const Content& content, std::string_view field) {
  const PracticeKind* const kind = FindPractice(content.kind);
  KITH_CHECK(kind != nullptr);
  const PracticeField* const found = kind->Find(field);
  KITH_CHECK(found != nullptr);
  return *found;
}

// nullptr: skipped, or (in what another program wrote) of another type.
template <class T>
const T* ValueOf(const Content& content, std::string_view field) {
  const auto at = content.practice.fields.find(FieldOf(content, field).number);
  return at == content.practice.fields.end() ? nullptr : std::get_if<T>(&at->second);
}

bool IsDayText(const std::string& text) {
  const Result<CivilTime> time = ParseTime(text, CivilDay{});
  return time && FormatDay(time->day) == text;
}

std::string InWords(std::string_view field) {
  std::string out(field);
  std::ranges::replace(out, '_', ' ');
  return out;
}

Error Bad(const PracticeField& field, const std::string& rule) {
  return Fail(Code::kInvalidArgument, "The field \"" + InWords(field.name) + "\" " + rule);
}

Result<> CheckText(const PracticeField& field, const std::string& text, size_t limit) {
  if (text.size() > limit) {
    return Fail(Code::kTooLarge, "The field \"" + InWords(field.name) + "\" has at most " + std::to_string(limit) +
                                     " bytes. Shorten it, or put the rest into the text.");
  }
  if (!IsUtf8(text)) {
    return Fail(Code::kNotUtf8, "The field \"" + InWords(field.name) + "\" is not valid UTF-8. Convert it first.");
  }
  return {};
}

struct CheckValue {
  const PracticeField& field;

  Result<> operator()(int32_t value) const {
    if (field.type == kNumber) {
      if (value >= field.min && value <= field.max) return {};
      return Bad(field, "goes from " + std::to_string(field.min) + " to " + std::to_string(field.max) + ".");
    }
    if (field.type != kChoice) return Bad(field, "is not a number.");
    if (value >= 1 && static_cast<size_t>(value) <= field.choices.size()) return {};
    return Bad(field, "has no such choice.");
  }

  Result<> operator()(const std::string& value) const {
    switch (field.type) {
      case kText:
        return CheckText(field, value, kMaxPracticeText);
      case kDay:
        if (IsDayText(value)) return {};
        return Bad(field, "is a day, such as 2026-11-23.");
      case kEntry:
        if (value.size() == EntryId::kSize) return {};
        return Bad(field, "is the id of an entry.");
      case kFriend:
        if (value.size() == PersonId::kSize) return {};
        return Bad(field, "is the id of a person.");
      case kNumber:
      case kChoice:
      case kList:
        return Bad(field, "is not a text.");
    }
    return {};
  }

  Result<> operator()(const std::vector<std::string>& value) const {
    if (field.type != kList) return Bad(field, "is not a list.");
    if (value.size() > kMaxPracticeItems) {
      return Fail(Code::kTooLarge, "The field \"" + InWords(field.name) + "\" has at most " +
                                       std::to_string(kMaxPracticeItems) + " lines. Leave some out.");
    }
    for (const std::string& item : value) {
      if (item.empty() || item.find_first_of("\r\n") != std::string::npos)
        return Bad(field, "has lines that are not empty.");
      KITH_TRY(CheckText(field, item, kMaxPracticeItem));
    }
    return {};
  }
};

}  // namespace

const PracticeField* PracticeKind::Find(std::string_view field) const {
  const auto at = std::ranges::find(fields, field, &PracticeField::name);
  return at == fields.end() ? nullptr : &*at;
}

std::span<const PracticeKind> PracticeKinds() { return kKinds; }

const PracticeKind* FindPractice(std::string_view kind) {
  const auto at = std::ranges::find(kKinds, kind, &PracticeKind::name);
  return at == kKinds.end() ? nullptr : &*at;
}

std::optional<int32_t> NumberOf(const Content& content, std::string_view field) {
  const PracticeField& spec = FieldOf(content, field);
  const int32_t* const value = ValueOf<int32_t>(content, field);
  if (value == nullptr || *value < spec.min || *value > spec.max) return std::nullopt;
  return *value;
}

std::string_view ChoiceOf(const Content& content, std::string_view field) {
  const PracticeField& spec = FieldOf(content, field);
  const int32_t* const value = ValueOf<int32_t>(content, field);
  if (value == nullptr || *value < 1 || static_cast<size_t>(*value) > spec.choices.size()) return {};
  return spec.choices[static_cast<size_t>(*value) - 1];
}

const std::string& TextOf(const Content& content, std::string_view field) {
  static const std::string none;
  const std::string* const value = ValueOf<std::string>(content, field);
  return value == nullptr ? none : *value;
}

const std::vector<std::string>& ListOf(const Content& content, std::string_view field) {
  static const std::vector<std::string> none;
  const auto* const value = ValueOf<std::vector<std::string>>(content, field);
  return value == nullptr ? none : *value;
}

std::optional<EntryId> EntryOf(const Content& content, std::string_view field) {
  return EntryId::From(AsBytes(TextOf(content, field)));
}

std::optional<PersonId> FriendOf(const Content& content, std::string_view field) {
  return PersonId::From(AsBytes(TextOf(content, field)));
}

std::vector<std::string_view> WordsOf(const Content& content, Folds folds) {
  std::vector<std::string_view> out;
  const PracticeKind* const kind = FindPractice(content.kind);
  if (kind == nullptr) return out;
  for (const PracticeField& field : kind->fields) {
    if (field.folded && folds == Folds::kLeaveOut) continue;
    if (field.type == kText && !TextOf(content, field.name).empty()) out.emplace_back(TextOf(content, field.name));
    if (field.type != kList) continue;
    const std::vector<std::string>& items = ListOf(content, field.name);
    out.insert(out.end(), items.begin(), items.end());
  }
  return out;
}

void SetField(Content& content, std::string_view field, PracticeValue value) {
  const uint8_t number = FieldOf(content, field).number;
  const auto* const text = std::get_if<std::string>(&value);
  const auto* const list = std::get_if<std::vector<std::string>>(&value);
  if ((text != nullptr && text->empty()) || (list != nullptr && list->empty())) {
    content.practice.fields.erase(number);
    return;
  }
  content.practice.fields.insert_or_assign(number, std::move(value));
}

void SetChoice(Content& content, std::string_view field, std::string_view choice) {
  const PracticeField& spec = FieldOf(content, field);
  const auto at = std::ranges::find(spec.choices, choice);
  KITH_CHECK(at != spec.choices.end());
  SetField(content, field, static_cast<int32_t>(at - spec.choices.begin()) + 1);
}

void ClearField(Content& content, std::string_view field) {
  content.practice.fields.erase(FieldOf(content, field).number);
}

bool IsAsked(const Content& content, std::string_view field) {
  return content.kind != "check" || field != "valence" || ChoiceOf(content, "state") != "numb";
}

Result<> CheckPractice(const Content& content) {
  const PracticeKind* const kind = FindPractice(content.kind);
  if (kind == nullptr) {
    if (content.practice.fields.empty()) return {};
    return Fail(Code::kInvalidArgument, "Only a practice has fields.");
  }
  for (const auto& [number, value] : content.practice.fields) {
    const auto field = std::ranges::find(kind->fields, number, &PracticeField::number);
    if (field == kind->fields.end()) return Fail(Code::kInvalidArgument, "There is no such field.");
    KITH_TRY(std::visit(CheckValue{*field}, value));
  }
  if (content.kind == "check" && !IsAsked(content, "valence") && NumberOf(content, "valence")) {
    return Fail(Code::kInvalidArgument, "A numb day has no valence. Leave one of the two out.");
  }
  return {};
}

}  // namespace kith
