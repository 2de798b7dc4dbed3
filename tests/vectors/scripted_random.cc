#include <sodium.h>

#include "crypto/base/check.h"
#include "tests/vectors/kith_v1.h"

namespace kith {
namespace {

Bytes g_script;
size_t g_used = 0;

void Fill(void* out, size_t size) {
  KITH_CHECK(g_used + size <= g_script.size());
  std::memcpy(out, g_script.data() + g_used, size);
  g_used += size;
}
uint32_t Word() {
  uint32_t word = 0;
  Fill(&word, sizeof word);
  return word;
}
const char* Name() { return "script"; }

randombytes_implementation g_implementation = {
    .implementation_name = Name, .random = Word, .stir = nullptr, .uniform = nullptr, .buf = Fill, .close = nullptr};

}  // namespace

ScriptedRandom::ScriptedRandom(Bytes bytes) {
  g_script = std::move(bytes);
  g_used = 0;
  randombytes_set_implementation(&g_implementation);
}

ScriptedRandom::~ScriptedRandom() {
  KITH_CHECK(g_used == g_script.size());
  randombytes_set_implementation(&randombytes_sysrandom_implementation);
}

}  // namespace kith
