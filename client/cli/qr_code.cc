#include "client/cli/qr_code.h"

#include <qrencode.h>

#include <memory>

namespace kith {
namespace {

constexpr int kBorder = 4;  // squares on each side, as ISO/IEC 18004 asks
constexpr char kDarkOnLight[] = "\033[38;5;16;48;5;231m";
constexpr char kPlain[] = "\033[0m";

class Squares {
 public:
  explicit Squares(const QRcode& code) : code_(code) {}
  int end() const { return code_.width + kBorder; }
  bool dark(int x, int y) const {
    if (x < 0 || y < 0 || x >= code_.width || y >= code_.width) return false;
    return (code_.data[y * code_.width + x] & 1) != 0;  // the library's other bits say what a square is for
  }

 private:
  const QRcode& code_;
};

constexpr const char* kGlyphs[] = {" ", "▄", "▀", "█"};  // by two squares, the upper one counting two

}  // namespace

Result<std::string> QrCode(std::string_view digits, size_t columns) {
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeString(std::string(digits).c_str(), 0, QR_ECLEVEL_M, QR_MODE_8, 1), &QRcode_free);
  if (!code || static_cast<size_t>(code->width) + 2 * kBorder > columns) {
    return Fail(Code::kTooLarge, "The terminal is too narrow for the QR code; the digits say the same.");
  }
  const Squares squares(*code);
  std::string text;
  for (int y = -kBorder; y < squares.end(); y += 2) {
    text += kDarkOnLight;
    for (int x = -kBorder; x < squares.end(); ++x) {
      text += kGlyphs[(squares.dark(x, y) ? 2 : 0) + (squares.dark(x, y + 1) ? 1 : 0)];
    }
    text += std::string(kPlain) + "\n";
  }
  return text;
}

}  // namespace kith
