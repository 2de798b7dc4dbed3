// Loads libsodium before any test of this program runs.
#include <gtest/gtest.h>

#include "crypto/verify/hash.h"

namespace {

class CryptoEnvironment : public testing::Environment {
 public:
  void SetUp() override { kith::InitCrypto(); }
};

const testing::Environment* const kEnvironment = testing::AddGlobalTestEnvironment(new CryptoEnvironment);

}  // namespace
