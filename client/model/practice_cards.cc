#include "client/model/practice_cards.h"

#include <algorithm>
#include <array>

#include "client/model/practice.h"
#include "client/model/practice_words.h"
#include "crypto/base/check.h"

namespace kith {
namespace {

using Parts = std::span<const std::string_view>;

constexpr std::array<std::string_view, 1> kCheck = {"numb"};
constexpr std::array<std::string_view, 2> kHunch = {"outcome", "both"};
constexpr std::array<std::string_view, 2> kKindly = {"reply", "both"};
constexpr std::array<std::string_view, 1> kCompany = {"plan"};
constexpr std::array<std::string_view, 1> kLoop = {"map"};
constexpr std::array<std::string_view, 2> kLonely = {"", "lonely"};  // never without being named
constexpr std::array<std::string_view, 1> kReach = {"draft"};
constexpr std::array<std::string_view, 1> kStep = {"step"};
constexpr std::array<std::string_view, 8> kThought = {"",        "thought", "friend", "for",
                                                      "against", "unsure",  "chance", "ask"};
constexpr std::array<std::string_view, 1> kLadder = {"prompt"};
constexpr std::array<std::string_view, 1> kHelper = {"helper"};
constexpr std::array<std::string_view, 2> kTryOut = {"invitation", "text"};
constexpr std::array<std::string_view, 1> kGrace = {"quiet"};

struct Row {
  std::string_view kind;
  Parts parts;
};
constexpr std::array kRows = {
    Row{"check", kCheck},     Row{"hunch", kHunch},   Row{"kindly", kKindly}, Row{"company", kCompany},
    Row{"loop", kLoop},       Row{"lonely", kLonely}, Row{"reach", kReach},   Row{"step", kStep},
    Row{"thought", kThought}, Row{"ladder", kLadder}, Row{"helper", kHelper}, Row{"tryout", kTryOut},
    Row{"grace", kGrace},
};

// "Label: value" lines of these fields, as far as they were said.
std::string Lines(const Content& content, std::initializer_list<std::string_view> fields) {
  const PracticeKind& kind = *FindPractice(content.kind);
  std::string out;
  for (const std::string_view name : fields) {
    const std::string value = ValueWords(content, *kind.Find(name));
    if (value.empty()) continue;
    out += (out.empty() ? "" : "\n") + std::string(WordsFor(content.kind, name).label) + ": " + value;
  }
  return out;
}

std::string Value(const Content& content, std::string_view field) {
  return ValueWords(content, *FindPractice(content.kind)->Find(field));
}

std::string TryOutCard(const Content& content, std::string_view part) {
  const std::string what = Value(content, "type");
  const std::string minutes = Value(content, "leave_after");
  const std::string after = minutes.empty() ? "" : " I may leave after " + minutes + " minutes.";
  if (part == "text") return std::string(sentences::kTextMe) + after;
  return std::string(sentences::kComeAlong) + (what.empty() ? "" : " (" + what + ")") + "." + after;
}

std::string LoopCard(const Content& content) {
  const auto stage = NumberOf(content, "stage");
  std::string out = stage ? std::string(StageWords(*stage)) : std::string();
  const std::string exit = TextOf(content, "exit_text");
  if (!exit.empty()) out += (out.empty() ? "" : "\n") + std::string("Way out: ") + exit;
  return out;
}

std::string CardText(const Content& content, std::string_view part) {
  const std::string& kind = content.kind;
  if (kind == "check") return ChoiceOf(content, "state") == "numb" ? std::string(sentences::kNumbCard) : "";
  if (kind == "hunch") {
    return part == "both" ? Lines(content, {"worry", "outcome", "after"}) : Lines(content, {"outcome", "after"});
  }
  if (kind == "kindly") return part == "both" ? Lines(content, {"line", "reply"}) : Value(content, "reply");
  if (kind == "company") return std::string(sentences::kSmallerPlan);
  if (kind == "loop") return LoopCard(content);
  if (kind == "thought" && part == "ask") {
    const std::string thought = Value(content, "thought");
    return thought.empty() ? "" : thought + "\n" + std::string(sentences::kAskFriend);
  }
  if (kind == "helper") return Lines(content, {"name", "type", "stage", "questions", "date"});
  if (kind == "tryout") return TryOutCard(content, part);
  if (kind == "grace") return std::string(sentences::kQuietSpell);
  if (kind == "lonely") return Lines(content, {"lonely"});
  return Value(content, part);  // the part is a field
}

std::string Named(Parts parts) {
  std::string out;
  for (const std::string_view part : parts) {
    if (!part.empty()) out += (out.empty() ? "" : ", ") + std::string(part);
  }
  return out;
}

}  // namespace

std::span<const std::string_view> CardParts(std::string_view kind) {
  const auto at = std::ranges::find(kRows, kind, &Row::kind);
  return at == kRows.end() ? Parts() : at->parts;
}

Result<SharedContent> CardForFriend(const Content& content, std::string_view part, const std::string& note) {
  const Parts parts = CardParts(content.kind);
  if (parts.empty()) return Fail(Code::kDoorClosed, std::string(sentences::kNeverShared));
  if (part.empty()) part = parts.front();
  if (part.empty() || std::ranges::find(parts, part) == parts.end()) {
    return Fail(Code::kInvalidArgument, "Say what of it to share, with --part: " + Named(parts) + ".");
  }
  SharedContent card = CopyForFriend(content, note);
  card.title.clear();
  card.text = CardText(content, part);
  card.passage = true;
  if (!card.text.empty()) return card;
  if (content.kind == "check") return Fail(Code::kDoorClosed, std::string(sentences::kOnlyNumb));
  return Fail(Code::kNotFound, "There is nothing of that part in it yet.");
}

}  // namespace kith
