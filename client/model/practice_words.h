// What Kith says about practices, in one place: what they are called, what is asked, what answers are called. For
// translation, and for the test that holds every sentence against the rules of tone.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "client/model/entry.h"
#include "client/model/practice.h"

namespace kith {

struct FieldWords {
  std::string_view field;
  std::string_view label;     // "Energy"
  std::string_view question;  // "How much energy is there, from 0 to 10?"; empty: never asked by itself
};

struct PracticeWords {
  std::string_view kind;
  std::string_view title;  // "Check-in"
  std::string_view about;  // one sentence: what it is for
  // Every field once, in the order in which they are asked.
  std::span<const FieldWords> fields;
};

// Whole sentences.
namespace sentences {
extern const std::string_view kLonelySoon;   // a second answer within two weeks
extern const std::string_view kHunchClosed;  // the same whatever came of it
extern const std::string_view kThoughtHunch;
extern const std::string_view kExampleHello;  // where there is no contact yet that went well
extern const std::string_view kGround;        // a card of several lines
extern const std::string_view kStageTwo;
extern const std::string_view kStageThree;
extern const std::string_view kStageFour;
extern const std::string_view kSupportEmpty;
extern const std::string_view kLookBackFew;
extern const std::string_view kLadder;
extern const std::string_view kWelcome;  // after a long time, which is not told
// Quiet people and dates.
extern const std::string_view kAboutQuiet;
extern const std::string_view kIsQuiet;     // behind who or which date it is
extern const std::string_view kIsNotQuiet;  // likewise
// What a friend shared and this person does not want to see.
extern const std::string_view kAboutDeclined;
extern const std::string_view kDeclined;
extern const std::string_view kTakenUp;
extern const std::string_view kShowDeclined;  // a question
// Cards for friends.
extern const std::string_view kNumbCard;
extern const std::string_view kSmallerPlan;
extern const std::string_view kQuietSpell;
extern const std::string_view kComeAlong;
extern const std::string_view kTextMe;
extern const std::string_view kAskFriend;
// Why something is not shared.
extern const std::string_view kNeverShared;
extern const std::string_view kOnlyNumb;
extern const std::string_view kOnlySafe;
extern const std::string_view kChangeDoor;  // behind "the door is open to N"
}  // namespace sentences

// Of a kind of PracticeKinds(), and of a field of its.
const PracticeWords& WordsFor(std::string_view kind);
const FieldWords& WordsFor(std::string_view kind, std::string_view field);
// "1 feeling unsafe": of 1 to 4.
std::string_view StageWords(int32_t stage);
// "3 how today went": of 1 to 5.
std::string_view RungWords(int32_t depth);
// "can't tell" for "cant-tell".
std::string_view ChoiceWords(std::string_view choice);

// What a look back at a kind of LookBackShapes() puts side by side, in one sentence.
std::string_view LookBackSentence(std::string_view kind);

// A value as people read it; empty: skipped, or not known here. References have no words of their own.
std::string ValueWords(const Content& content, const PracticeField& field);

// A record in a line, without what is folded: "mixed · feeling -1 · energy 4". Empty for what is no practice.
std::string PracticeLine(const Content& content, size_t bytes = 80);

}  // namespace kith
