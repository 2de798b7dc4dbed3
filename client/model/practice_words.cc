#include "client/model/practice_words.h"

#include <algorithm>
#include <array>

#include "client/model/text.h"
#include "crypto/base/check.h"

namespace kith {
namespace {

constexpr std::array kCheck = {
    FieldWords{"state", "State", "How is it right now: feeling, numb, mixed, or cant-tell?"},
    FieldWords{"valence", "Feeling", "How does it feel, from -3 (hard) to 3 (good)?"},
    FieldWords{"energy", "Energy", "How much energy is there, from 0 to 10?"},
    FieldWords{"body", "Body", "Where in the body is it?"},
};
constexpr std::array kHunch = {
    FieldWords{"worry", "Worry", "What do you worry could happen?"},
    FieldWords{"likely", "Likely", "How likely does it seem, from 0 to 10?"},
    FieldWords{"outcome", "Outcome", "Did it happen: happened, partly, not, or unknown?"},
    FieldWords{"after", "Afterwards", "What happened, in your words?"},
};
constexpr std::array kTrust = {
    FieldWords{"person", "Person", ""},
    FieldWords{"friend", "Friend", ""},
    FieldWords{"signal", "Mark", "Which mark fits: kept, mixed, hurt, or unsure?"},
    FieldWords{"door", "Door", "How far is the door open for them, from 0 (closed) to 5?"},
};
constexpr std::array kKindly = {
    FieldWords{"line", "Harsh line", "What does the harsh voice say?"},
    FieldWords{"weight_before", "Weight before", "How heavy is it, from 0 to 10?"},
    FieldWords{"reply", "Reply", "What would you answer a friend who said that of themselves?"},
    FieldWords{"weight_after", "Weight after", "How heavy is it now, from 0 to 10?"},
};
constexpr std::array kCompany = {
    FieldWords{"type", "Kind", "What was it: message, call, one, group, online, or rest?"},
    FieldWords{"person", "With", ""},
    FieldWords{"minutes", "Minutes", "How many minutes, about?"},
    FieldWords{"wanted", "Wanted", "Was it wanted: yes, no, or partly?"},
    FieldWords{"before", "Before", "How was it before, from -3 to 3?"},
    FieldWords{"after", "After", "How was it after, from -3 to 3?"},
};
constexpr std::array kLoop = {
    FieldWords{"stage", "Stage",
               "Where in the loop is it: 1 feeling unsafe, 2 withdrawing, 3 loneliness deepens, 4 further isolation?"},
    FieldWords{"entry", "Entry", ""},
    FieldWords{"exit_text", "Way out", "What has led out of here before, or could?"},
    FieldWords{"exit_ref", "Way out, as an entry", ""},
};
constexpr std::array kLonely = {
    FieldWords{"lonely", "Lonely", "How lonely is it these days, from 0 to 10?"},
};
constexpr std::array kReach = {
    FieldWords{"draft", "Message", "What would you like to say to them, when a day is easier?"},
    FieldWords{"person", "For", ""},
};
constexpr std::array kToday = {
    FieldWords{"person", "Person", ""},
    FieldWords{"step", "Step", "What is one tiny step towards them?"},
    FieldWords{"card", "Card", ""},
};
constexpr std::array kPerson = {
    FieldWords{"alias", "Name", "What do you call them here?"},
    FieldWords{"type", "Who", "Are they a friend, relative, or group?"},
    FieldWords{"ring", "Ring", "How is it with them now: safe, maybe, or notnow?"},
    FieldWords{"friend", "Friend in Kith", ""},
    FieldWords{"quiet", "Quiet", ""},
};
constexpr std::array kStep = {
    FieldWords{"person", "Person", ""},
    FieldWords{"step", "Step", "What is one small step?"},
    FieldWords{"size", "Size", "How big is it, from 1 to 5?"},
    FieldWords{"state", "State", ""},
};
constexpr std::array kThought = {
    FieldWords{"thought", "Thought", "What is the thought?"},
    FieldWords{"belief_before", "Belief before", "How much do you believe it, from 0 to 100?"},
    FieldWords{"friend", "To a friend", "What would you say to a friend here?"},
    FieldWords{"for", "Points to it", "What points to it?"},
    FieldWords{"against", "Points away", "What points away from it?"},
    FieldWords{"unsure", "Unsure", "What is unsure?"},
    FieldWords{"chance", "A chance", "What if someone had a chance to show otherwise: what could that look like?"},
    FieldWords{"hunch", "Hunch", ""},
    FieldWords{"step", "Step", ""},
    FieldWords{"belief_after", "Belief after", "How much do you believe it now, from 0 to 100?"},
};
constexpr std::array kLadder = {
    FieldWords{"depth", "Rung",
               "Which rung: 1 a favourite film, 2 a childhood memory, 3 how today went, 4 a feeling, 5 "
               "something deeper?"},
    FieldWords{"prompt", "Prompt", ""},
    FieldWords{"entry", "Entry", ""},
    FieldWords{"ease", "Ease", "How easy was it, from 0 to 10?"},
};
constexpr std::array kHelper = {
    FieldWords{"name", "Name", "What or who is it?"},
    FieldWords{"type", "Kind", "What kind: therapist, doctor, line, group, podcast, or book?"},
    FieldWords{"stage", "Stage", "Where are you with it: curious, shortlist, drafted, booked, seeing, or paused?"},
    FieldWords{"questions", "Questions", "What would you like to ask?"},
    FieldWords{"date", "Day", "Is there a day, such as 2026-11-23?"},
};
constexpr std::array kTryOut = {
    FieldWords{"type", "Kind", "What kind: volunteering, club, support-group, class, or gathering?"},
    FieldWords{"leave_after", "Leave after", "After how many minutes may you leave?"},
    FieldWords{"exit_line", "Leaving line", "What could you say when you leave?"},
    FieldWords{"expect", "Expected", "How do you expect it to be, from 0 to 10?"},
    FieldWords{"result", "Result", "How did it go: stayed, left, or skipped?"},
    FieldWords{"actual", "Was", "How was it, from 0 to 10?"},
};
constexpr std::array kGrace = {
    FieldWords{"daystate", "Day", "What kind of day is it: ready, between, or retreating?"},
    FieldWords{"letter", "Letter", "What would you like to tell yourself on a harder day?"},
    FieldWords{"open_when", "Open when", "For which kind of day is the letter?"},
};
constexpr std::array kSupport = {
    FieldWords{"name", "Name", "Who or what helps?"},
    FieldWords{"how", "How", "How are they reached?"},
    FieldWords{"source", "Source", "Where is that from?"},
    FieldWords{"checked", "Checked", "On which day was it looked up there, such as 2026-11-23?"},
};
constexpr std::array kPrompt = {
    FieldWords{"prompt", "Prompt", "What is the prompt?"},
    FieldWords{"depth", "Rung", "Which rung of the ladder is it for, from 1 to 5?"},
};

constexpr std::array kAll = {
    PracticeWords{"check", "Check-in", "How it is right now, in as little as one word.", kCheck},
    PracticeWords{"hunch", "Hunch", "A worry before reaching out; later, what happened.", kHunch},
    PracticeWords{"trust", "Trust note", "What someone did, and how far their door is open. Never shared.", kTrust},
    PracticeWords{"kindly", "Kind reply", "A harsh line, and a reply as to a friend.", kKindly},
    PracticeWords{"company", "Company", "Contact or rest, and what it cost or gave.", kCompany},
    PracticeWords{"loop", "Loop", "Where in the loop it is, and what has led out of it.", kLoop},
    PracticeWords{"lonely", "Loneliness", "One direct question, at most once in two weeks.", kLonely},
    PracticeWords{"reach", "Reach-out", "A message drafted on an easier day. Nothing sends itself.", kReach},
    PracticeWords{"today", "Within reach", "One person and one tiny step, both chosen by you.", kToday},
    PracticeWords{"person", "Person", "Someone you pinned.", kPerson},
    PracticeWords{"step", "Small step", "A small step with someone you pinned.", kStep},
    PracticeWords{"thought", "Thought check", "Three questions to a thought; each can be skipped.", kThought},
    PracticeWords{"ladder", "Rung", "A rung of the openness ladder.", kLadder},
    PracticeWords{"helper", "Helper", "A therapist, a line, a group, a podcast, a book: your own shelf.", kHelper},
    PracticeWords{"tryout", "Try-out", "Something tried for a limited time, with a line to leave by.", kTryOut},
    PracticeWords{"grace", "Grace", "What kind of day it is, and a letter for a harder one.", kGrace},
    PracticeWords{"support", "Support", "A row of your own support list.", kSupport},
    PracticeWords{"prompt", "Prompt", "A prompt of your own.", kPrompt},
};

struct Spoken {
  std::string_view choice, words;
};
constexpr std::array kSpoken = {
    Spoken{"cant-tell", "can't tell"}, Spoken{"not", "did not happen"}, Spoken{"partly", "partly"},
    Spoken{"one", "one person"},       Spoken{"notnow", "not now"},     Spoken{"support-group", "support group"},
};

std::string Joined(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) {
    if (!out.empty()) out += ", ";
    out += item;
  }
  return out;
}

}  // namespace

namespace sentences {
const std::string_view kLonelySoon =
    "You have answered this within the last two weeks, and that answer still stands. Nothing more is asked for now. "
    "`kith lonely list` shows it.";
const std::string_view kHunchClosed = "Both are kept side by side: the worry, and what came.";
const std::string_view kThoughtHunch = "The chance is kept as a hunch of its own; it does not remind you.";
const std::string_view kExampleHello = "Hello. No need to answer; I was thinking of you.";
const std::string_view kGround =
    "Feet on the floor. Notice where they touch it.\n"
    "Look around, and name five things of one colour.\n"
    "Breathe out slowly, longer than in. Three times.\n"
    "Hold something cool or warm, and feel its edges.\n"
    "You can stop here. Nothing is kept of this.\n";
const std::string_view kStageTwo = "Smaller contact counts. One that went well before:";
const std::string_view kStageThree =
    "If you like: `kith thought` asks three questions of a thought, `kith lonely` one of you.";
const std::string_view kStageFour =
    "If you like: `kith reach show` has what you wrote on an easier day, `kith support` your own list.";
const std::string_view kSupportEmpty =
    "Your support list is empty; Kith ships no numbers. Add your own, from a page you have opened yourself:\n"
    "  kith support add NAME --how NUMBER --source PAGE --checked today";
const std::string_view kNumbCard = "Numb today. No reply needed.";
const std::string_view kSmallerPlan = "A smaller plan, please.";
const std::string_view kQuietSpell = "A quiet spell. I am slow to answer, and it is not about you.";
const std::string_view kComeAlong = "I am trying something out. Would you come along";
const std::string_view kTextMe = "I am trying something out. Would you text me while I am there?";
const std::string_view kAskFriend = "What would you say to a friend here?";
const std::string_view kNeverShared = "This is for you alone: nothing of it is ever shared.";
const std::string_view kOnlyNumb =
    "Of check-ins, only the card of a numb day can be shared. Write an entry with what you would like to say.";
const std::string_view kOnlySafe =
    "A small step is shared only with somebody you pinned as safe. `kith people pin` says who they are to you.";
const std::string_view kChangeDoor =
    " for somebody who would read it. Nothing was shared. To open it further: kith trust door NAME DEPTH. To lower the "
    "entry's depth: kith edit ENTRY --depth N";
const std::string_view kLadder = "Any rung is fine on any day, down as well as up. Nothing here moves by itself.";
const std::string_view kWelcome = "Welcome. Your journal is here, for whatever you like to do with it.";
const std::string_view kAboutQuiet =
    "What is quiet stays out of lists, searches, looks back and `kith today` until you ask with --with-quiet. "
    "Nothing is deleted, `kith show` and `kith export` still have all of it, and your other devices do the same. "
    "Kith does not look for names in what you wrote: somebody quiet is left out where a record says it is about "
    "them, and in `kith inbox`. Your support list, helpers, prompts and drafted messages are of no date and stay.";
const std::string_view kIsQuiet = "is quiet now. --with-quiet shows it where you ask; nothing is deleted.";
const std::string_view kIsNotQuiet = "is no longer quiet.";
const std::string_view kAboutDeclined =
    "It is not shown unless you take it up again. Your friend is told nothing, then or later, and can go on sharing; "
    "your other devices do the same.";
const std::string_view kDeclined =
    "It is declined, and nobody is told. To take it up again: kith inbox decline ID --undo";
const std::string_view kTakenUp = "It is in your inbox again.";
const std::string_view kShowDeclined = "You declined this one. Show it now?";
const std::string_view kLookBackFew =
    "There are fewer than five records of this here, too few to lay side by side. Nothing is missing.";
}  // namespace sentences

std::string_view StageWords(int32_t stage) {
  static constexpr std::array<std::string_view, 4> kStageNames = {"1 feeling unsafe", "2 withdrawing",
                                                                  "3 loneliness deepens", "4 further isolation"};
  return stage >= 1 && stage <= 4 ? kStageNames[static_cast<size_t>(stage) - 1] : std::string_view();
}

const PracticeWords& WordsFor(std::string_view kind) {
  const auto at = std::ranges::find(kAll, kind, &PracticeWords::kind);
  KITH_CHECK(at != kAll.end());
  return *at;
}

const FieldWords& WordsFor(std::string_view kind, std::string_view field) {
  const PracticeWords& words = WordsFor(kind);
  const auto at = std::ranges::find(words.fields, field, &FieldWords::field);
  KITH_CHECK(at != words.fields.end());
  return *at;
}

std::string_view ChoiceWords(std::string_view choice) {
  const auto at = std::ranges::find(kSpoken, choice, &Spoken::choice);
  return at == kSpoken.end() ? choice : at->words;
}

std::string ValueWords(const Content& content, const PracticeField& field) {
  switch (field.type) {
    case FieldType::kNumber: {
      const auto number = NumberOf(content, field.name);
      return number ? std::to_string(*number) : std::string();
    }
    case FieldType::kChoice:
      return std::string(ChoiceWords(ChoiceOf(content, field.name)));
    case FieldType::kText:
    case FieldType::kDay:
      return TextOf(content, field.name);
    case FieldType::kList:
      return Joined(ListOf(content, field.name));
    case FieldType::kEntry:
    case FieldType::kFriend:
      return {};
  }
  return {};
}

std::string PracticeLine(const Content& content, size_t bytes) {
  const PracticeKind* const kind = FindPractice(content.kind);
  if (kind == nullptr) return {};
  std::string line;
  for (const FieldWords& words : WordsFor(content.kind).fields) {
    const PracticeField& field = *kind->Find(words.field);
    if (field.folded) continue;
    std::string value = FirstLine(ValueWords(content, field), bytes);
    if (value.empty()) continue;
    if (field.type == FieldType::kNumber) {
      std::string label(words.label);
      label.front() = static_cast<char>(label.front() | 0x20);  // labels begin with an ASCII letter
      value = label.append(" ").append(value);
    }
    line += (line.empty() ? "" : " · ") + value;
  }
  return FirstLine(line, bytes);
}

std::string_view RungWords(int32_t depth) {
  constexpr std::array<std::string_view, 5> kRungs = {"1 a favourite film", "2 a childhood memory", "3 how today went",
                                                      "4 a feeling", "5 something deeper"};
  KITH_CHECK(depth >= 1 && static_cast<size_t>(depth) <= kRungs.size());
  return kRungs[static_cast<size_t>(depth) - 1];
}

std::string_view LookBackSentence(std::string_view kind) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kSentences = {{
      {"check", "Your check-ins, oldest first. Numb stands beside them and is in no mean."},
      {"hunch", "How likely a worry seemed to you, beside what came of it."},
      {"company", "How it was before, beside how it was after, by kind of contact or rest."},
      {"loop", "Where in the loop you placed yourself, beside the ways out that you wrote."},
      {"thought", "How much you believed a thought before you looked at it, beside afterwards."},
      {"lonely", "Your own answers, oldest first. No number on this line stands for anything else."},
      {"tryout", "What you expected, beside what it was like. Leaving and skipping stand beside staying."},
  }};
  const auto at = std::ranges::find(kSentences, kind, &std::pair<std::string_view, std::string_view>::first);
  KITH_CHECK(at != kSentences.end());
  return at->second;
}

}  // namespace kith
