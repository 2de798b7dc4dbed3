// kill -9 at random moments under load: two linked devices and a relay, each written to, each killed and started again.
// What was acknowledged must be there at the end, on the device that acknowledged it and on the other, and at the
// relay. kill -9 takes what a process had in memory, not what the system still had to write; power cuts are
// tests/unit's.
//
// KITH_KILL_ROUNDS: how many rounds; KITH_SIM_SEED: the first one's seed. A seed repeats the choices (who writes what,
// who is killed after how many acknowledgements), not the moment to the microsecond.
#include <gtest/gtest.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <set>

#include "crypto/verify/hash.h"
#include "tests/kill/load.h"
#include "tests/kill/programs.h"

namespace kith::kill_test {
namespace {

constexpr uint64_t kParts = 10;
constexpr uint64_t kDefaultRounds = 10;
constexpr int kKills = 6;
constexpr uint64_t kMostBetween = 120;  // acknowledgements between two kills

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  uint64_t value = otherwise;
  if (text != nullptr) std::from_chars(text, text + std::strlen(text), value);
  return value;
}

class Round {
 public:
  explicit Round(uint64_t seed)
      : seed_(seed), dice_(seed), relay_(scratch_ / "relay"), a_("a", scratch_ / "a"), b_("b", scratch_ / "b") {}

  // Empty when all held.
  std::vector<std::string> Play();
  uint64_t count() const { return tally_.count(); }

 private:
  bool SetUp();
  void KillSome();
  void KillDevice(Device& device);
  void KillRelay();
  bool StartAgain(Device& device);
  void Check();
  void CheckDevice(const Device& device);
  std::set<std::string> Listed(const Device& device);
  bool Fine(const grpc::Status& status, const std::string& what);
  milliseconds Moment(uint64_t below) { return milliseconds(dice_.Below(below)); }

  const uint64_t seed_;
  Scratch scratch_;
  Dice dice_;
  RelayProgram relay_;
  Device a_, b_;
  Acknowledged acknowledged_;
  Tally tally_;
};

bool Round::Fine(const grpc::Status& status, const std::string& what) {
  if (!status.ok()) tally_.Problem(what + ": " + CodeOf(status) + " " + status.error_message());
  return status.ok();
}

bool Round::SetUp() {
  if (!relay_.Found() || !a_.Launch() || !a_.Ready() || !b_.Launch() || !b_.Ready()) {
    tally_.Problem("the programs do not start");
    return false;
  }
  return Fine(a_.Init(), "init") && Fine(a_.SetRelay(relay_.Invite()), "relay set") && Fine(a_.Link(b_), "link") &&
         Fine(b_.Sync(), "first sync");
}

std::vector<std::string> Round::Play() {
  if (SetUp()) {
    RelayWriter relay_writer(relay_, relay_.Invite(), dice_.Next(), tally_);
    {
      const DeviceWriter on_a(a_, dice_.Next(), acknowledged_, tally_);
      const DeviceWriter on_b(b_, dice_.Next(), acknowledged_, tally_);
      for (int i = 0; i < kKills && tally_.problems().empty(); ++i) KillSome();
    }
    relay_writer.Stop();
    relay_writer.Check();
    Check();
  }
  if (!tally_.problems().empty()) {
    scratch_.Keep();
    tally_.Problem("seed " + std::to_string(seed_) + "; play it again with: ./dev sim --kill " + std::to_string(seed_) +
                   "\nwhat it left is in " + scratch_.path());
  }
  return tally_.problems();
}

// After some acknowledgements, and then a moment that no acknowledgement marks.
void Round::KillSome() {
  const uint64_t from = count();
  const uint64_t wanted = 1 + dice_.Below(kMostBetween);
  const auto reached = [&] { return count() >= from + wanted || !tally_.problems().empty(); };
  if (!Eventually(reached, std::chrono::minutes(1))) return tally_.Problem("nothing is acknowledged any more");
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(dice_.Below(5'000));
  while (std::chrono::steady_clock::now() < end) {
  }
  switch (dice_.Below(5)) {
    case 0:
    case 1:
      return KillDevice(dice_.Below(2) == 0 ? a_ : b_);
    case 2:
    case 3:
      return KillRelay();
    case 4:  // the lights go out
      relay_.Kill();
      a_.Kill();
      KillDevice(b_);
      if (!StartAgain(a_)) return;
      return KillRelay();
  }
}

void Round::KillDevice(Device& device) {
  device.Kill();
  // Once more while it recovers, at times.
  if (dice_.Below(3) == 0 && device.Launch() && device.Ready()) {
    const auto unlocking = std::async(std::launch::async, [&] { return device.Unlock(); });
    unlocking.wait_for(Moment(600));
    device.Kill();
  }
  StartAgain(device);
}

bool Round::StartAgain(Device& device) {
  if (!device.Launch() || !device.Ready()) {
    tally_.Problem(device.name() + "'s agent does not start again");
    return false;
  }
  return Fine(device.Unlock(), device.name() + " does not unlock again");
}

void Round::KillRelay() {
  relay_.Kill();
  if (dice_.Below(3) == 0 && relay_.Launch()) {
    // A moment of its start, which nothing marks.
    Eventually([] { return false; }, Moment(60));
    relay_.Kill();
  }
  if (!relay_.Launch() || !relay_.Ready()) tally_.Problem("the relay does not start again");
}

void Round::Check() {
  for (Device* const device : {&a_, &b_, &a_}) Fine(device->Sync(), device->name() + " does not come into sync");
  if (!tally_.problems().empty()) return;
  CheckDevice(a_);
  CheckDevice(b_);
  if (Listed(a_) != Listed(b_)) tally_.Problem("the devices list different entries after a sync");
}

void Round::CheckDevice(const Device& device) {
  const auto stub = device.Connect();
  v1::StatusReply status;
  if (!Fine(stub->Status(Context().get(), {}, &status), device.name() + "'s status")) return;
  if (status.waiting() != 0) tally_.Problem(device.name() + " still waits to send after a sync");
  size_t lost_entries = 0;
  size_t lost_versions = 0;
  for (const auto& [entry, texts] : acknowledged_.entries()) {
    v1::EntryRequest request;
    request.set_entry(entry);
    v1::HistoryReply history;
    if (!stub->History(Context().get(), request, &history).ok()) {
      ++lost_entries;
      continue;
    }
    std::set<std::string> kept;
    for (const v1::HistoryVersion& version : history.versions()) kept.insert(version.text());
    for (const std::string& text : texts) lost_versions += kept.contains(text) ? 0 : 1;
  }
  if (lost_entries + lost_versions == 0) return;
  tally_.Problem(device.name() + " lost " + std::to_string(lost_entries) + " acknowledged entries and " +
                 std::to_string(lost_versions) + " acknowledged versions");
}

std::set<std::string> Round::Listed(const Device& device) {
  const auto context = Context();
  const auto stub = device.Connect();
  const auto reading = stub->List(context.get(), {});
  std::set<std::string> ids;
  v1::EntrySummary summary;
  while (reading->Read(&summary)) ids.insert(summary.id());
  Fine(reading->Finish(), device.name() + "'s list");
  return ids;
}

class KillRounds : public testing::TestWithParam<uint64_t> {
 protected:
  static void SetUpTestSuite() { InitCrypto(); }
};

TEST_P(KillRounds, NothingAcknowledgedIsMissing) {
  const uint64_t first = FromEnvironment("KITH_SIM_SEED", 1);
  const uint64_t rounds = FromEnvironment("KITH_KILL_ROUNDS", kDefaultRounds);
  if (GetParam() >= rounds) GTEST_SKIP() << "this part has none of the " << rounds << " rounds asked for";
  uint64_t acknowledged = 0;
  for (uint64_t seed = first + GetParam(); seed < first + rounds; seed += kParts) {
    Round round(seed);
    for (const std::string& problem : round.Play()) ADD_FAILURE() << problem;
    if (HasFailure()) return;
    EXPECT_GT(round.count(), 0u) << "nothing was acknowledged with seed " << seed;
    acknowledged += round.count();
  }
  RecordProperty("acknowledged", std::to_string(acknowledged));
  std::printf("%llu writes, edits and pushes were acknowledged, and none is missing\n",
              static_cast<unsigned long long>(acknowledged));
}

INSTANTIATE_TEST_SUITE_P(Parts, KillRounds, testing::Range<uint64_t>(0, kParts));

}  // namespace
}  // namespace kith::kill_test
