// Limits of this folder. What an entry may hold is the agent's rule, not this program's.
#pragma once

#include <cstddef>

namespace kith {

// Bytes of text taken from a stream or editor: what one request to the agent carries with room to spare (gRPC's own
// limit is 4 MiB).
inline constexpr size_t kMaxInput = 3 * 1024 * 1024;
inline constexpr int kPassphraseTries = 3;
inline constexpr size_t kShortId = 8;  // hex digits shown to people

}  // namespace kith
