// An entry's id as exports write it: 32 hexadecimal digits, lower case. Internal to exchange/.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/base/hex.h"
#include "crypto/base/ids.h"

namespace kith {

inline std::string EntryIdText(const EntryId& id) { return Hex(id.view()); }

inline std::optional<EntryId> ParseEntryId(std::string_view text) {
  EntryId id;
  if (text.size() != 2 * EntryId::kSize) return std::nullopt;
  for (size_t i = 0; i < EntryId::kSize; ++i) {
    const char* pair = text.data() + 2 * i;
    if (std::from_chars(pair, pair + 2, id.value[i], 16).ptr != pair + 2) return std::nullopt;
  }
  return id;
}

}  // namespace kith
