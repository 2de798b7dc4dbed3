// Reading vectors that others made (KITH_TEST_DATA) and hex. Source of those files: their README.md.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "crypto/base/bytes.h"
#include "crypto/base/check.h"
#include "crypto/base/hex.h"

namespace kith {

inline Bytes HexBytes(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  KITH_CHECK(hex.size() % 2 == 0);
  Bytes bytes;
  for (size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(digit(hex[i]) << 4 | digit(hex[i + 1])));
  }
  return bytes;
}

inline Bytes HexField(const nlohmann::json& object, const char* name) {
  return HexBytes(object.at(name).get<std::string>());
}

// The parsed file of KITH_TEST_DATA/vectors; nullopt, and a line that says so, without it.
inline std::optional<nlohmann::json> SharedVectors(const std::string& name) {
  const char* const folder = std::getenv("KITH_TEST_DATA");
  std::ifstream file(folder == nullptr ? "" : std::string(folder) + "/vectors/" + name);
  if (!file) {
    std::cout << "KITH_TEST_DATA has no vectors/" << name << ": only the constants in this test are run\n";
    return std::nullopt;
  }
  return nlohmann::json::parse(file);
}

}  // namespace kith

// Skips the rest of a test when the file is not at hand.
#define KITH_SHARED_VECTORS(variable, name)                                   \
  const std::optional<nlohmann::json> variable = ::kith::SharedVectors(name); \
  if (!variable) GTEST_SKIP() << "without KITH_TEST_DATA"
