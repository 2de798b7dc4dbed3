// Finding words by reading everything: enough for a journal, until an index takes its place behind the same door.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client/model/entry.h"

namespace kith {

// What was typed into a search, as words: folded by FoldCase, split at white space, each once. "a phrase in quotes" is
// one word. Empty: nothing was asked for.
std::vector<std::string> SearchWords(std::string_view query);

// Whether every word stands somewhere in title, text, tags, journal, place or a practice's fields, also inside a longer
// word. `words` come from SearchWords; none at all match nothing.
bool Matches(const Content& content, std::span<const std::string> words);

// A line around the first place in the text, or in a practice's fields, where one of the words stands, or the text's
// first line if they stand elsewhere. Never out of a field that is folded (practice.h); at most `bytes` bytes, cut
// between characters with "…" where something was left out.
inline constexpr size_t kSnippetBytes = 80;
std::string Snippet(const Content& content, std::span<const std::string> words, size_t bytes = kSnippetBytes);

}  // namespace kith
