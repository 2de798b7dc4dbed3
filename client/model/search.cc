#include "client/model/search.h"

#include <algorithm>

#include "client/model/practice.h"
#include "client/model/text.h"

namespace kith {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kMore = "…";

bool IsBlank(char c) { return kBlanks.find(c) != std::string_view::npos; }

// Line breaks and runs of blanks become one blank each.
std::string OneLine(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!IsBlank(c)) {
      out.push_back(c);
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

size_t NextCharacter(std::string_view text, size_t at) {
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  return at;
}

// A line around the place `hit`, of at most `bytes` bytes.
std::string LineAround(std::string_view text, size_t hit, size_t bytes) {
  // A third of the room goes to what stands before the place.
  const size_t room = bytes - 2 * kMore.size();
  size_t from = hit > room / 3 ? NextCharacter(text, hit - room / 3) : 0;
  if (from > 0) {
    // Begin with a whole word if one begins before the place.
    const size_t blank = text.substr(from, hit - from).find_first_of(kBlanks);
    if (blank != std::string_view::npos) from += blank + 1;
  }
  const std::string_view shown = CutAtCharacter(text.substr(from), room);
  std::string out = from > 0 ? std::string(kMore) : std::string();
  out += OneLine(shown);
  if (from + shown.size() < text.size()) out += kMore;
  return out;
}

}  // namespace

std::vector<std::string> SearchWords(std::string_view query) {
  std::vector<std::string> words;
  const std::string folded = FoldCase(query);
  std::string_view rest = folded;
  while (!rest.empty()) {
    const bool quoted = rest.front() == '"' && rest.find('"', 1) != std::string_view::npos;
    if (quoted) rest.remove_prefix(1);
    const size_t end = std::min(quoted ? rest.find('"') : rest.find_first_of(kBlanks), rest.size());
    std::string word = quoted ? OneLine(rest.substr(0, end)) : std::string(rest.substr(0, end));
    if (!word.empty() && std::find(words.begin(), words.end(), word) == words.end()) words.push_back(std::move(word));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return words;
}

bool Matches(const Content& content, std::span<const std::string> words) {
  if (words.empty()) return false;
  std::vector<std::string_view> missing(words.begin(), words.end());
  const auto look = [&](std::string_view field) {
    if (missing.empty() || field.empty()) return;
    const std::string folded = FoldCase(field);
    std::erase_if(missing, [&](std::string_view word) { return folded.find(word) != std::string::npos; });
  };
  look(content.title);
  look(content.text);
  for (const std::string& tag : content.tags) look(tag);
  look(content.journal);
  for (const std::string_view said : WordsOf(content, Folds::kInclude)) look(said);
  if (content.location) {
    for (const std::string* part : {&content.location->place, &content.location->locality, &content.location->region,
                                    &content.location->country}) {
      look(*part);
    }
  }
  return missing.empty();
}

std::string Snippet(const Content& content, std::span<const std::string> words, size_t bytes) {
  std::vector<std::string_view> texts = WordsOf(content, Folds::kLeaveOut);
  texts.insert(texts.begin(), content.text);
  for (const std::string_view text : texts) {
    const std::string folded = FoldCase(text);
    size_t hit = std::string::npos;
    for (const std::string& word : words) hit = std::min(hit, folded.find(word));
    if (hit != std::string::npos && bytes >= 4 * kMore.size()) return LineAround(text, hit, bytes);
  }
  const auto said = std::ranges::find_if(texts, [](std::string_view text) { return !text.empty(); });
  return said == texts.end() ? std::string() : FirstLine(*said, bytes);
}

}  // namespace kith
