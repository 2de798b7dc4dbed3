// What is shared with a friend, and what a friend answers: plain values.
#pragma once

#include <string>

#include "client/model/entry.h"
#include "crypto/base/result.h"

namespace kith {

// The copy, just as the friend sees it. Never tags, journal, star, place, time of day, zone or instant.
struct SharedContent {
  std::string kind = "entry";
  std::string title;
  std::string text;
  EntryDate date;  // the day alone: day_only, no zone
  std::string note;
  bool passage = false;
  std::string unknown;  // fields this client does not know, as they were received

  friend bool operator==(const SharedContent&, const SharedContent&) = default;
};

enum class HeardWish : uint8_t { kNone = 0, kCall = 1, kRest = 2 };

// What a share holds of an entry: all of it; or a passage, without the title, which must stand in the text word for
// word (kNotFound otherwise; kInvalidArgument when it is empty).
SharedContent CopyForFriend(const Content& content, const std::string& note);
Result<SharedContent> PassageForFriend(const Content& content, const std::string& passage, const std::string& note);

inline constexpr size_t kMaxNote = 1'000;  // bytes
inline constexpr size_t kMaxHeardCharacters = 1'000;
inline constexpr size_t kMaxFriendLabel = 100;  // bytes

// What a person may put into a note, an answer, a friend's name. kTooLarge, kNotUtf8, kInvalidArgument (a name that is
// empty or has a line break). Nothing of it is in the message.
Result<> CheckNote(const std::string& note);
Result<> CheckHeard(const std::string& text);
Result<> CheckFriendLabel(const std::string& label);

}  // namespace kith
