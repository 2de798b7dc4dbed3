#include "client/cli/display.h"

#include <clocale>
#include <cstdint>
#include <cwchar>

namespace kith {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Decoded {
  char32_t point = kReplacement;
  size_t length = 1;  // bytes taken
  bool valid = false;
};

// One code point from the start of `text`, which is not empty. Shortest forms only, no surrogates.
Decoded Decode(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  char32_t point = lead & (0x7F >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    point = point << 6 | (byte(i) & 0x3F);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (point < kSmallest[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return {};
  return {point, length, true};
}

bool Between(char32_t point, char32_t first, char32_t last) { return point >= first && point <= last; }

bool IsJoiner(char32_t point) { return point == 0x200C || point == 0x200D; }

bool IsHarmful(char32_t point) {
  return point < 0x20 || Between(point, 0x7F, 0x9F) ||                            // controls, C1 too
         point == 0xAD || point == 0x34F || point == 0x61C || point == 0x180E ||  // invisible
         point == 0x115F || point == 0x1160 || point == 0x3164 || point == 0xFFA0 || Between(point, 0x200B, 0x200F) ||
         Between(point, 0x2028, 0x202E) ||  // zero width; direction
         Between(point, 0x2060, 0x206F) || point == 0xFEFF || Between(point, 0xFFF0, 0xFFFB) ||
         Between(point, 0xE0000, 0xE0FFF) || Between(point, 0xFDD0, 0xFDEF) || (point & 0xFFFE) == 0xFFFE;
}

// A joiner shapes what stands around it: kept only between two characters beyond the Latin ones.
bool JoinsHere(char32_t before, std::string_view after) {
  if (after.empty() || before < 0x300) return false;
  const Decoded next = Decode(after);
  return next.valid && next.point >= 0x300 && !IsHarmful(next.point);
}

locale_t Utf8Locale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

size_t PointWidth(char32_t point) {
  if (point < 0x7F) return 1;
  const locale_t locale = Utf8Locale();
  if (locale == nullptr) return 1;
  const locale_t before = uselocale(locale);
  const int width = wcwidth(static_cast<wchar_t>(point));
  uselocale(before);
  return width < 0 ? 1 : static_cast<size_t>(width);
}

}  // namespace

std::string Harmless(std::string_view text, Lines lines) {
  std::string out;
  out.reserve(text.size());
  char32_t before = 0;
  for (size_t at = 0; at < text.size();) {
    const Decoded decoded = Decode(text.substr(at));
    const std::string_view bytes = text.substr(at, decoded.length);
    const std::string_view rest = text.substr(at + decoded.length);
    at += decoded.length;
    if (decoded.point == '\r' && rest.starts_with('\n')) continue;
    if (decoded.valid && (decoded.point == '\n' || decoded.point == '\t')) {
      out += lines == Lines::kMany ? bytes[0] : ' ';
    } else if (decoded.valid && (!IsHarmful(decoded.point) || (IsJoiner(decoded.point) && JoinsHere(before, rest)))) {
      out += bytes;
    } else {
      out += "\uFFFD";
    }
    before = decoded.point;
  }
  return out;
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    const Decoded decoded = Decode(text.substr(at));
    width += PointWidth(decoded.point);
    at += decoded.length;
  }
  return width;
}

std::string Fit(std::string_view text, size_t columns) {
  if (DisplayWidth(text) <= columns) return std::string(text);
  if (columns == 0) return "";
  size_t width = 1;  // the ellipsis
  size_t at = 0;
  while (at < text.size()) {
    const Decoded decoded = Decode(text.substr(at));
    const size_t next = PointWidth(decoded.point);
    if (width + next > columns) break;
    width += next;
    at += decoded.length;
  }
  return std::string(text.substr(0, at)) + "…";
}

ptrdiff_t FirstInvalidUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const Decoded decoded = Decode(text.substr(at));
    if (!decoded.valid) return static_cast<ptrdiff_t>(at);
    at += decoded.length;
  }
  return -1;
}

}  // namespace kith
