// One entry from the device it was written on to another, both live.
#include "tests/bench/device.h"
#include "tests/bench/rows.h"
#include "tests/bench/words.h"

namespace kith::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kSamples = 200;

// Two round trips to the relay and three synced writes of an entry's size, one after the other.
class Limit {
 public:
  Limit(const RelayAddress& relay, const std::string& folder)
      : relay_(relay),
        store_(Must(LevelDbStore::Open(folder, VaultKey::Generate(), {.missing = LevelDbOptions::Missing::kCreate}))) {}

  double Sample() {
    const auto began = steady_clock::now();
    for (int i = 0; i < 2; ++i) Must(relay_.Call({.signer = nullptr, .body = HelloCall{}}));
    for (int i = 0; i < 3; ++i) {
      StoreBatch batch;
      batch.Put(Writer().U64(next_++).Take(), Bytes(kTextBytes, 'w'));
      Must(store_->Write(batch));
    }
    return SecondsSince(began);
  }

 private:
  GrpcRelay relay_;
  const std::unique_ptr<LevelDbStore> store_;
  uint64_t next_ = 0;
};

double Carry(Device& from, Device& to, Content content) {
  const auto began = steady_clock::now();
  const EntryId entry = from.With([&](Journal& journal) { return Must(journal.Write(std::move(content))); });
  from.unlocked().loop.Poke();
  for (uint64_t seen = 0;;) {
    if (to.With([&](Journal& journal) { return journal.Show(entry).has_value(); })) return SecondsSince(began);
    seen = to.unlocked().loop.AwaitChange(seen, milliseconds(1000));
  }
}

}  // namespace

void LiveRow(const Programs& programs, const Scratch& scratch, Table& table) {
  const RelayProcess relay(programs.relay, scratch / "live-relay");
  Device from(scratch / "live-from");
  from.SetRelay(relay.invite());
  from.Run();
  from.AwaitLive(0);
  Device to(scratch / "live-to", from);
  to.Run();
  to.AwaitLive(0);
  Limit limit(relay.address(), scratch / "live-limit");
  Words words(7);
  Pairs pairs;
  for (uint64_t i = 1; i <= kSamples; ++i) {
    Content content = std::move(Entries(words, i, 1).front().content);
    pairs.measured.push_back(Carry(from, to, std::move(content)));
    from.AwaitLive(i);  // nothing of this entry is under way when the limit is measured
    to.AwaitLive(i);
    pairs.limit.push_back(limit.Sample());
  }
  const double p50 = Median(pairs.measured);
  const double ratio = p50 / Median(pairs.limit);
  table.Add({.work = "an entry written on A, readable on B, both live, p50",
             .measured = Time(p50),
             .limit = "2 round trips, 3 synced writes " + Time(Median(pairs.limit)),
             .ratio = Print("%.2f", ratio),
             .required = "at most 5",
             .pass = ratio <= 5});
}

}  // namespace kith::bench
