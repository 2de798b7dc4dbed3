// Every file of every corpus, through its target, in the ordinary build. Files named "ok-..." must be accepted and
// "no-..." refused, so that a seed cannot quietly stop reaching what it was made for.
//
// KITH_FUZZ_CORPUS_OUT=FOLDER writes the seeds of seeds.cc there; what fuzzing found is added by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "crypto/verify/hash.h"
#include "tests/fuzz/seeds.h"
#include "tests/fuzz/target.h"

namespace kith::fuzz {
namespace {

namespace fs = std::filesystem;

Bytes Contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> CorpusOf(const Target& target) {
  const fs::path folder = fs::path(KITH_FUZZ_CORPUS) / target.name;
  std::vector<fs::path> files;
  if (!fs::is_directory(folder)) return files;
  for (const auto& file : fs::directory_iterator(folder)) files.push_back(file.path());
  std::ranges::sort(files);
  return files;
}

class Corpus : public testing::TestWithParam<size_t> {
 protected:
  static void SetUpTestSuite() { InitCrypto(); }
};

TEST_P(Corpus, Replays) {
  const Target& target = Targets()[GetParam()];
  SCOPED_TRACE(target.name);
  const std::vector<fs::path> files = CorpusOf(target);
  EXPECT_FALSE(files.empty());
  size_t accepted = 0;
  for (const fs::path& file : files) {
    const std::string name = file.filename();
    const Outcome outcome = target.run(Contents(file));
    accepted += outcome == Outcome::kAccepted ? 1 : 0;
    const bool good = outcome == Outcome::kAccepted;
    EXPECT_FALSE(name.starts_with(good ? "no-" : "ok-")) << name;
  }
  EXPECT_GT(accepted, 0u) << "no seed gets through this parser";
}

INSTANTIATE_TEST_SUITE_P(Targets, Corpus, testing::Range<size_t>(0, KITH_FUZZ_TARGETS));

TEST(Corpora, EachHasATarget) {
  ASSERT_EQ(Targets().size(), static_cast<size_t>(KITH_FUZZ_TARGETS));
  for (const auto& folder : fs::directory_iterator(KITH_FUZZ_CORPUS)) {
    const std::string name = folder.path().filename();
    EXPECT_EQ(std::ranges::count(Targets(), name, &Target::name), 1) << name;
  }
}

TEST(Corpora, SeedsDoWhatTheirNamesSay) {
  InitCrypto();
  const char* const out = std::getenv("KITH_FUZZ_CORPUS_OUT");
  for (const Seed& seed : MakeSeeds()) {
    const auto target = std::ranges::find(Targets(), seed.target, &Target::name);
    ASSERT_NE(target, Targets().end()) << seed.target;
    EXPECT_EQ(target->run(seed.bytes) == Outcome::kAccepted, seed.name.starts_with("ok-"))
        << seed.target << "/" << seed.name;
    if (out == nullptr) continue;
    fs::create_directories(fs::path(out) / seed.target);
    std::ofstream(fs::path(out) / seed.target / seed.name, std::ios::binary)
        .write(AsText(seed.bytes).data(), static_cast<std::streamsize>(seed.bytes.size()));
  }
}

}  // namespace
}  // namespace kith::fuzz
