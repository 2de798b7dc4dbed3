// The practices' records: which kinds there are, which fields each has and within what bounds. Everything that reads,
// writes, merges, shows, exports or asks for one goes by this table. The same kinds and numbers stand in
// proto/kith/v1/practices.proto.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client/model/entry.h"
#include "crypto/base/result.h"

namespace kith {

enum class FieldType : uint8_t {
  kNumber,  // int32_t, from `min` to `max`
  kChoice,  // int32_t: 1 + the place in `choices`
  kText,    // std::string
  kDay,     // std::string: "2026-11-23"
  kList,    // std::vector<std::string>: texts of a line each
  kEntry,   // std::string: the 16 bytes of an entry's id
  kFriend,  // std::string: the 32 bytes of a person's id
};

struct PracticeField {
  uint8_t number;  // in the kind's message
  std::string_view name;
  FieldType type;
  int32_t min = 0;
  int32_t max = 0;
  std::span<const std::string_view> choices = {};
  // Never where it could be seen unasked: lists, search's lines, what is shared or exported by default.
  bool folded = false;
  // In no export, of whatever kind.
  bool unexported = false;
  // Of kEntry: what kind it refers to; empty: any.
  std::string_view refers_to = {};
};

struct PracticeKind {
  uint8_t number;  // of its message in Content
  std::string_view name;
  std::span<const PracticeField> fields;

  const PracticeField* Find(std::string_view field) const;  // nullptr: none of that name
};

// All of them, by number.
std::span<const PracticeKind> PracticeKinds();
// By Content::kind; nullptr: no practice, or one of a newer Kith.
const PracticeKind* FindPractice(std::string_view kind);

// One field of a record, by name; the kind is the content's own and has that field. nullopt or nothing where it was
// skipped. A choice that this client does not know, and a number out of bounds, is as if it were not there.
std::optional<int32_t> NumberOf(const Content& content, std::string_view field);
// The choice's name.
std::string_view ChoiceOf(const Content& content, std::string_view field);
const std::string& TextOf(const Content& content, std::string_view field);
const std::vector<std::string>& ListOf(const Content& content, std::string_view field);
std::optional<EntryId> EntryOf(const Content& content, std::string_view field);
std::optional<PersonId> FriendOf(const Content& content, std::string_view field);

// What a person wrote into a record's texts and lists, in the order of the table. Views into `content`.
enum class Folds : uint8_t { kLeaveOut, kInclude };
std::vector<std::string_view> WordsOf(const Content& content, Folds folds);

// Puts a value there, or takes it away: an empty text or list is one that was skipped. Of the field's type.
void SetField(Content& content, std::string_view field, PracticeValue value);
void SetChoice(Content& content, std::string_view field, std::string_view choice);
void ClearField(Content& content, std::string_view field);

// Whether a question for the field makes sense beside what was answered already: a numb day has no valence.
bool IsAsked(const Content& content, std::string_view field);

// Part of CheckContent. kInvalidArgument: fields without a practice, a value out of bounds or of another type, a
// numb check-in with a valence; kTooLarge, kNotUtf8.
Result<> CheckPractice(const Content& content);

inline constexpr size_t kMaxPracticeText = 100'000;  // bytes, each text
inline constexpr size_t kMaxPracticeItems = 100;     // of a list
inline constexpr size_t kMaxPracticeItem = 2'000;    // bytes, each

}  // namespace kith
