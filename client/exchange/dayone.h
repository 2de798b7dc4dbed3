// Day One's way with Markdown.
#pragma once

#include <string>
#include <string_view>

namespace kith {

// Day One puts a backslash before each of \ ` * _ { } [ ] ( ) # + - . ! | > ~ that it does not mean as Markdown, which
// is nearly all of them in prose. Takes these backslashes away, one per mark, but leaves fenced code and `code` in a
// line as they are, and every backslash before anything else.
std::string UndoDayOneEscapes(std::string_view text);

}  // namespace kith
