// Many shares to many friends, beside writing as many entries.
#include "client/core/limits.h"
#include "tests/bench/device.h"
#include "tests/bench/rows.h"
#include "tests/bench/words.h"

namespace kith::bench {
namespace {

using std::chrono::steady_clock;

constexpr size_t kFriends = 10;
constexpr size_t kShares = 1000;
constexpr size_t kTurns = 10;
constexpr size_t kATurn = kShares / kTurns;  // of writes, and of shares

// Of a turn, for each entry or share.
struct Cost {
  double durable = 0;   // until the calls returned
  double at_relay = 0;  // until the relay had all of it
};

class Sharer {
 public:
  Sharer(const RelayProcess& relay, const Scratch& scratch) : device_(scratch / "shares-writer") {
    device_.SetRelay(relay.invite());
    device_.Run();
    for (size_t i = 0; i < kFriends; ++i) {
      const std::string name = "friend" + std::to_string(i);
      Device with(scratch / ("shares-" + name));
      with.Run();
      circles_.push_back(Befriend(device_, with, name, "Sam"));
    }
    device_.AwaitInStep();
  }

  Cost Write(Words& words) {
    const auto additions = Entries(words, entries_.size(), kATurn);
    return Measure([&](size_t i) {
      entries_.push_back(device_.With([&](Journal& journal) { return Must(journal.Write(additions[i].content)); }));
      device_.unlocked().loops.Poke();
    });
  }

  // Of the newest entries, each with every friend.
  Cost Share(int64_t hold_ms) {
    const size_t first = entries_.size() - kATurn / kFriends;
    return Measure([&](size_t i) {
      const ShareWish wish{
          .entry = entries_[first + i / kFriends], .circle = circles_[i % kFriends], .hold_ms = hold_ms};
      device_.With([&](Journal& journal) { Must(journal.sharing().Share(wish)); });
      device_.unlocked().holds.Poke();
      device_.unlocked().loops.Poke();
    });
  }

 private:
  template <class Call>
  Cost Measure(Call call) {
    const auto began = steady_clock::now();
    for (size_t i = 0; i < kATurn; ++i) call(i);
    Cost cost{.durable = SecondsSince(began) / kATurn};
    device_.AwaitInStep();
    cost.at_relay = SecondsSince(began) / kATurn;
    return cost;
  }

  Device device_;
  std::vector<MailboxId> circles_;
  std::vector<EntryId> entries_;
};

Row ShareRow(std::string work, const Pairs& pairs) {
  std::vector<double> ratios;
  for (size_t i = 0; i < pairs.measured.size(); ++i) ratios.push_back(pairs.measured[i] / pairs.limit[i]);
  const double ratio = Median(ratios);
  return {.work = std::move(work),
          .measured = Time(Median(pairs.measured)),
          .limit = "writing an entry as far " + Time(Median(pairs.limit)),
          .ratio = Print("%.2f", ratio),
          .required = "at most 3",
          .pass = ratio <= 3};
}

}  // namespace

void ShareRows(const Programs& programs, const Scratch& scratch, Table& table) {
  const RelayProcess relay(programs.relay, scratch / "shares-relay", kFriends + 1);
  Sharer sharer(relay, scratch);
  Words words(9);
  Pairs durable;
  Pairs at_relay;
  Pairs held;
  for (size_t turn = 0; turn < kTurns; ++turn) {
    const Cost written = sharer.Write(words);
    const Cost shared = sharer.Share(0);
    durable.limit.push_back(written.durable);
    durable.measured.push_back(shared.durable);
    at_relay.limit.push_back(written.at_relay);
    at_relay.measured.push_back(shared.at_relay);
  }
  // What is held stays: the last turns have a full outbox before them.
  for (size_t turn = 0; turn < kTurns; ++turn) {
    held.limit.push_back(sharer.Write(words).durable);
    held.measured.push_back(sharer.Share(limits::kHoldMillis).durable);
  }
  const std::string shares = Count(kShares) + " shares to " + std::to_string(kFriends) + " friends, ";
  table.Add(ShareRow(shares + "each until durable", durable));
  table.Add(ShareRow(shares + "each until at the relay", at_relay));
  table.Add(ShareRow(shares + "each until held", held));
}

}  // namespace kith::bench
