#include "client/model/share.h"

#include "client/model/text.h"

namespace kith {
namespace {

EntryDate DayOnly(const EntryDate& date) {
  return {.year = date.year, .month = date.month, .day = date.day, .day_only = true, .zone = {}};
}

size_t Characters(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(FirstCharacter(text).length);
  return count;
}

}  // namespace

SharedContent CopyForFriend(const Content& content, const std::string& note) {
  return {.kind = content.kind,
          .title = content.title,
          .text = content.text,
          .date = DayOnly(content.date),
          .note = note,
          .unknown = {}};
}

Result<SharedContent> PassageForFriend(const Content& content, const std::string& passage, const std::string& note) {
  if (passage.empty()) return Fail(Code::kInvalidArgument, "A passage has at least one character.");
  if (content.text.find(passage) == std::string::npos) {
    return Fail(Code::kNotFound,
                "The passage does not stand in the entry word for word. `kith show` prints the entry's text to copy "
                "from.");
  }
  return SharedContent{.kind = content.kind,
                       .title = {},
                       .text = passage,
                       .date = DayOnly(content.date),
                       .note = note,
                       .passage = true,
                       .unknown = {}};
}

Result<> CheckNote(const std::string& note) {
  if (note.size() > kMaxNote) return Fail(Code::kTooLarge, "A note has at most 1,000 bytes. Write a shorter one.");
  if (!IsUtf8(note))
    return Fail(Code::kNotUtf8, "The note is not valid UTF-8. Convert it first, for example with iconv.");
  return {};
}

Result<> CheckHeard(const std::string& text) {
  if (!IsUtf8(text))
    return Fail(Code::kNotUtf8, "The answer is not valid UTF-8. Convert it first, for example with iconv.");
  if (text.size() > 4 * kMaxHeardCharacters || Characters(text) > kMaxHeardCharacters) {
    return Fail(Code::kTooLarge, "An answer has at most 1,000 characters. Write a shorter one.");
  }
  return {};
}

Result<> CheckFriendLabel(const std::string& label) {
  if (label.empty() || label.find_first_of("\r\n") != std::string::npos) {
    return Fail(Code::kInvalidArgument, "A friend's name is one line of at least one character.");
  }
  if (label.size() > kMaxFriendLabel) {
    return Fail(Code::kTooLarge, "A friend's name has at most 100 bytes. Choose a shorter one.");
  }
  if (!IsUtf8(label)) return Fail(Code::kNotUtf8, "The name is not valid UTF-8.");
  return {};
}

}  // namespace kith
