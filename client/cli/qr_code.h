// A QR code drawn with a terminal's characters.
#pragma once

#include <string>
#include <string_view>

#include "crypto/base/result.h"

namespace kith {

// Two rows of squares in each line of text, with the quiet border that readers need. The colours are set in the text
// itself, dark on light whatever the terminal's own are. kTooLarge: more than `columns` wide, or too much for a code.
Result<std::string> QrCode(std::string_view digits, size_t columns);

}  // namespace kith
