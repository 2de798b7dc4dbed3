#include "client/model/text.h"

#include <algorithm>

namespace kith {
namespace {

constexpr uint32_t kReplacement = 0xFFFD;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// For a lead byte: how many bytes follow, and what the second one may be.
struct Form {
  size_t length;  // 0: no lead byte
  unsigned char second_min, second_max;
};
Form FormOf(unsigned char lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead < 0xC2) return {0, 0, 0};
  if (lead < 0xE0) return {2, 0x80, 0xBF};
  if (lead < 0xF0) {
    return {3, static_cast<unsigned char>(lead == 0xE0 ? 0xA0 : 0x80),
            static_cast<unsigned char>(lead == 0xED ? 0x9F : 0xBF)};
  }
  if (lead < 0xF5) {
    return {4, static_cast<unsigned char>(lead == 0xF0 ? 0x90 : 0x80),
            static_cast<unsigned char>(lead == 0xF4 ? 0x8F : 0xBF)};
  }
  return {0, 0, 0};
}

// Length of the well-formed character at the front, 0 if there is none.
size_t WellFormed(std::string_view text) {
  const Form form = FormOf(static_cast<unsigned char>(text.front()));
  if (form.length <= 1) return form.length;
  if (text.size() < form.length) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  if (second < form.second_min || second > form.second_max) return 0;
  for (size_t i = 2; i < form.length; ++i) {
    if (!IsContinuation(text[i])) return 0;
  }
  return form.length;
}

void Append(std::string& out, uint32_t code) {
  const auto put = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

bool Between(uint32_t code, uint32_t from, uint32_t to) { return code >= from && code <= to; }

// Pairs of neighbours, capital first: at even or at odd numbers.
bool IsEvenCapital(uint32_t c) {
  return c % 2 == 0 && (Between(c, 0x100, 0x12F) || Between(c, 0x132, 0x137) || Between(c, 0x14A, 0x177) ||
                        Between(c, 0x1DE, 0x1EF) || Between(c, 0x1F8, 0x21F) || Between(c, 0x222, 0x233) ||
                        Between(c, 0x370, 0x373) || Between(c, 0x3D8, 0x3EF) || Between(c, 0x460, 0x481) ||
                        Between(c, 0x48A, 0x4BF) || Between(c, 0x4D0, 0x52F) || Between(c, 0x1E00, 0x1E95) ||
                        Between(c, 0x1EA0, 0x1EFF));
}
bool IsOddCapital(uint32_t c) {
  return c % 2 == 1 &&
         (Between(c, 0x139, 0x148) || Between(c, 0x179, 0x17E) || Between(c, 0x1CD, 0x1DC) || Between(c, 0x4C1, 0x4CE));
}

uint32_t Fold(uint32_t c) {
  if (Between(c, 'A', 'Z')) return c + 32;
  if (c < 0xC0) return c;
  if (Between(c, 0xC0, 0xDE)) return c == 0xD7 ? c : c + 32;
  if (IsEvenCapital(c) || IsOddCapital(c)) return c + 1;
  if (c == 0x178) return 0xFF;
  if (c == 0x386) return 0x3AC;
  if (Between(c, 0x388, 0x38A)) return c + 37;
  if (c == 0x38C) return 0x3CC;
  if (Between(c, 0x38E, 0x38F)) return c + 63;
  if (Between(c, 0x391, 0x3AB)) return c == 0x3A2 ? c : c + 32;
  if (c == 0x3C2) return 0x3C3;  // final sigma
  if (Between(c, 0x400, 0x40F)) return c + 80;
  if (Between(c, 0x410, 0x42F)) return c + 32;
  if (c == 0x4C0) return 0x4CF;
  if (Between(c, 0x531, 0x556)) return c + 48;
  if (Between(c, 0xFF21, 0xFF3A)) return c + 32;
  return c;
}

// Characters that do something instead of showing something.
bool ActsOnDisplay(uint32_t c) {
  return c < 0x20 || Between(c, 0x7F, 0x9F) || c == 0xAD || c == 0x61C || Between(c, 0x200B, 0x200B) ||
         Between(c, 0x200E, 0x200F) || Between(c, 0x2028, 0x202E) || Between(c, 0x2060, 0x206F) || c == 0xFEFF ||
         Between(c, 0xFFF9, 0xFFFB) || Between(c, 0xE0000, 0xE007F);
}

std::string Spelled(uint32_t code) {
  std::string digits;
  for (; code != 0 || digits.size() < 4; code >>= 4) digits.push_back("0123456789ABCDEF"[code & 0xF]);
  std::reverse(digits.begin(), digits.end());
  return "<U+" + digits + ">";
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view TrimBlanks(std::string_view line) {
  while (!line.empty() && IsBlank(line.front())) line.remove_prefix(1);
  while (!line.empty() && IsBlank(line.back())) line.remove_suffix(1);
  return line;
}

}  // namespace

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = WellFormed(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

Character FirstCharacter(std::string_view text) {
  const size_t length = WellFormed(text);
  const auto lead = static_cast<unsigned char>(text.front());
  if (length == 0) return {kReplacement, 1};
  if (length == 1) return {lead, 1};
  uint32_t code = lead & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
  return {code, length};
}

std::string_view CutAtCharacter(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return text;
  size_t end = bytes;
  while (end > 0 && IsContinuation(text[end])) --end;
  return text.substr(0, end);
}

std::string FirstLine(std::string_view text, size_t bytes) {
  constexpr std::string_view kMore = "…";
  std::string_view line;
  while (line.empty() && !text.empty()) {
    // By hand: find_first_of calls memchr for each character, which made a tenth of a first sync.
    const auto at = std::ranges::find_if(text, [](char c) { return c == '\r' || c == '\n'; });
    const size_t end = static_cast<size_t>(at - text.begin());
    line = TrimBlanks(text.substr(0, end));
    const size_t marks = std::min(line.find_first_not_of('#'), line.size());
    if (marks > 0 && (marks == line.size() || IsBlank(line[marks]))) line = TrimBlanks(line.substr(marks));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (line.size() <= bytes) return std::string(line);
  if (bytes < kMore.size()) return {};
  return std::string(TrimBlanks(CutAtCharacter(line, bytes - kMore.size()))) + std::string(kMore);
}

std::string NormalizeNewlines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      out.push_back(text[i]);
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      out.push_back('\n');
    }
  }
  return out;
}

std::string FoldCase(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) {
      out.push_back(static_cast<char>(Fold(lead)));
      text.remove_prefix(1);
      continue;
    }
    const Character character = FirstCharacter(text);
    const uint32_t folded = Fold(character.code);
    if (folded == character.code) {
      out += text.substr(0, character.length);  // also a byte that is no character
    } else {
      Append(out, folded);
    }
    text.remove_prefix(character.length);
  }
  return out;
}

std::string ForTerminal(std::string_view text, Lines lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character character = FirstCharacter(text);
    const bool is_break = character.code == '\n' || character.code == '\t' || character.code == '\r';
    if (is_break && lines == Lines::kJoin) {
      if (!out.empty() && out.back() != ' ') out.push_back(' ');
    } else if (text.starts_with("\r\n")) {
      // The line feed that follows says it all.
    } else if (character.code == '\n' || character.code == '\t' || !ActsOnDisplay(character.code)) {
      Append(out, character.code);
    } else {
      out += Spelled(character.code);
    }
    text.remove_prefix(character.length);
  }
  return out;
}

}  // namespace kith
