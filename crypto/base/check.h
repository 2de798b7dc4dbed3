// A bug ends the program, in release too: better no journal for a moment than a wrong one for good.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace kith {
[[noreturn]] inline void CheckFailed(const char* what, const char* file, int line) {
  std::fprintf(stderr, "kith: internal error: %s (%s:%d)\n", what, file, line);
  std::abort();
}
}  // namespace kith

#define KITH_CHECK(condition)                              \
  do {                                                     \
    if (!(condition)) [[unlikely]]                         \
      ::kith::CheckFailed(#condition, __FILE__, __LINE__); \
  } while (false)
