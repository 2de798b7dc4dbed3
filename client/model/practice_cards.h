// What of a practice's record a friend may see: a plain text, made of the part that the writer chose. Which parts there
// are, and which one goes without being named, is the column "shared how" of the table of practices. No field leaves
// otherwise.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "client/model/entry.h"
#include "client/model/share.h"

namespace kith {

// Names of the parts of a kind, the default one first. Empty: nothing of it is ever shared, or it is no practice.
std::span<const std::string_view> CardParts(std::string_view kind);

// `part` empty: the default one. The date is the entry's day; nothing else of the entry is in it. kDoorClosed: nothing
// of the kind is ever shared; kInvalidArgument: no such part, or the kind has no default; kNotFound: nothing was said
// there.
Result<SharedContent> CardForFriend(const Content& content, std::string_view part, const std::string& note);

}  // namespace kith
