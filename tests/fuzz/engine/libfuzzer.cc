// What libFuzzer calls. A program links one target only.
#include <google/protobuf/stubs/logging.h>

#include "crypto/verify/hash.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool ready = [] {
    kith::InitCrypto();
    google::protobuf::SetLogHandler(nullptr);  // it writes a line for every text that is not UTF-8
    return true;
  }();
  for (const kith::fuzz::Target& target : kith::fuzz::Targets()) {
    if (ready) target.run({data, size});
  }
  return 0;
}
