// Keys that are the same in every run.
#pragma once

#include <deque>

#include "crypto/verify/sign.h"

namespace kith::fuzz {

inline constexpr size_t kFixedSigners = 8;

inline const Signer& FixedSigner(size_t index) {
  static const auto* const signers = [] {
    auto* const made = new std::deque<Signer>;
    for (size_t i = 0; i < kFixedSigners; ++i) {
      const Bytes seed(32, static_cast<uint8_t>(i + 1));
      made->push_back(Signer::FromSeed(SignSeed::Copy(seed)));
    }
    return made;
  }();
  return (*signers)[index];
}

}  // namespace kith::fuzz
