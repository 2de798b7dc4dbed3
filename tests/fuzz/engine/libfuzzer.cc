// What libFuzzer calls. A program links one target only.
#include "crypto/verify/hash.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool ready = (kith::InitCrypto(), true);
  for (const kith::fuzz::Target& target : kith::fuzz::Targets()) {
    if (ready) target.run({data, size});
  }
  return 0;
}
