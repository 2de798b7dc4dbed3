// test_vectors: verifies. test_vectors --generate FILE: writes our own format's vectors anew, which is done once for
// each version of the format and never to make a test pass.
#include <gtest/gtest.h>

#include <fstream>
#include <iostream>
#include <string_view>

#include "crypto/verify/hash.h"
#include "tests/vectors/kith_v1.h"

int main(int argc, char** argv) {
  kith::InitCrypto();
  if (argc == 3 && std::string_view(argv[1]) == "--generate") {
    std::ofstream file(argv[2]);
    file << kith::GenerateKithV1().dump(1) << "\n";
    if (file.flush()) return 0;
    std::cerr << "could not write " << argv[2] << "\n";
    return 1;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
