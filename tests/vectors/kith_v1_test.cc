// Kith's own format, version 1, as it was when it was frozen. A failure here means that old journals are not read any
// more.
#include "tests/vectors/kith_v1.h"

#include <map>

#include "tests/vectors/vectors_testing.h"

namespace kith {
namespace {

const nlohmann::json& Vectors() {
  static const nlohmann::json vectors = [] {
    std::ifstream file(KITH_V1_VECTORS);
    return nlohmann::json::parse(file);
  }();
  return vectors;
}

TEST(KithV1, EveryCase) {
  for (const auto& test : Vectors().at("cases")) {
    EXPECT_EQ(Evaluate(test), test.at("expect").get<std::string>()) << test.at("class") << ": " << test.at("name");
  }
}

// Nothing drops out of the file unnoticed.
TEST(KithV1, EachClassHasItsCases) {
  std::map<std::string, std::pair<int, int>> counted;  // OK, refused
  for (const auto& test : Vectors().at("cases")) {
    auto& [ok, refused] = counted[test.at("class")];
    ++(test.at("expect") == "OK" ? ok : refused);
  }
  const std::map<std::string, std::pair<int, int>> wanted = {
      {"hash", {2, 0}},     {"derive", {1, 0}},     {"seal", {4, 14}},     {"box", {2, 7}},
      {"seal_to", {0, 1}},  {"record", {3, 9}},     {"prune", {1, 1}},     {"hello", {1, 4}},
      {"request", {1, 5}},  {"statements", {2, 7}}, {"vault_key", {1, 7}}, {"page", {1, 4}},
      {"recovery", {1, 2}}, {"pairing", {1, 4}},    {"roster", {1, 9}},    {"safety_number", {2, 0}}};
  EXPECT_EQ(counted, wanted);
}

// The evaluation itself can fail: a case that is told to be OK, or to have another key, is found out.
TEST(KithV1, TheEvaluationCanFail) {
  for (auto test : Vectors().at("cases")) {
    if (test.at("class") != "derive" && test.at("class") != "hash") continue;
    test["label"] = "kith/1/another label";
    EXPECT_NE(Evaluate(test), "OK");
  }
}

}  // namespace
}  // namespace kith
