// What may be written into an entry. Checked once, where content enters the journal.
#pragma once

#include <string>
#include <vector>

#include "client/model/entry.h"
#include "crypto/base/result.h"

namespace kith {

// Without blanks at the ends and empty ones, sorted, each once.
std::vector<std::string> NormalizeTags(std::vector<std::string> tags);

// kNotUtf8; kTooLarge (the message says the limit and what to do); kInvalidArgument: a date out of range, tags that are
// not normalized or hold a line break, an empty kind, one coordinate without the other. Nothing of the content is in
// the message.
Result<> CheckContent(const Content& content);

}  // namespace kith
