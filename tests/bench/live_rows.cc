// One entry from the device it was written on to another, the person's own or a friend's, both live.
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
  from.unlocked().loops.Poke();
  for (uint64_t seen = 0;;) {
    if (to.With([&](Journal& journal) { return journal.Show(entry).has_value(); })) return SecondsSince(began);
    seen = to.unlocked().loops.own().AwaitChange(seen, milliseconds(1000));
  }
}

// Written, shared without a hold, and read by the friend.
double Share(Device& from, Device& to, const MailboxId& circle, Content content) {
  const std::string text = content.text;
  const auto began = steady_clock::now();
  const EntryId entry = from.With([&](Journal& journal) { return Must(journal.Write(std::move(content))); });
  from.unlocked().loops.Poke();
  from.With([&](Journal& journal) { Must(journal.sharing().Share({.entry = entry, .circle = circle})); });
  from.unlocked().holds.Poke();
  from.unlocked().loops.Poke();
  const auto loop = to.unlocked().loops.Find(circle);
  for (uint64_t seen = 0;;) {
    bool readable = false;
    to.With([&](Journal& journal) {
      Must(journal.sharing().Inbox([&](const ReceivedShare& newest) {
        readable = newest.content.text == text;
        return false;
      }));
    });
    if (readable) return SecondsSince(began);
    seen = loop->AwaitChange(seen, milliseconds(1000));
  }
}

Row LiveRow(std::string work, const Pairs& pairs, double most) {
  const double p50 = Median(pairs.measured);
  const double ratio = p50 / Median(pairs.limit);
  return {.work = std::move(work),
          .measured = Time(p50),
          .limit = "2 round trips, 3 synced writes " + Time(Median(pairs.limit)),
          .ratio = Print("%.2f", ratio),
          .required = Print("at most %.0f", most),
          .pass = ratio <= most};
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
  table.Add(LiveRow("an entry written on A, readable on B, both live, p50", pairs, 5));
}

void FriendLiveRow(const Programs& programs, const Scratch& scratch, Table& table) {
  const RelayProcess relay(programs.relay, scratch / "friend-relay");
  Device writer(scratch / "friend-writer");
  writer.SetRelay(relay.invite());
  writer.Run();
  Device reader(scratch / "friend-reader");
  reader.Run();
  const MailboxId circle = Befriend(writer, reader, "Robin", "Sam");
  Limit limit(relay.address(), scratch / "friend-limit");
  Words words(8);
  Pairs pairs;
  for (uint64_t i = 1; i <= kSamples; ++i) {
    Content content = std::move(Entries(words, i, 1).front().content);
    pairs.measured.push_back(Share(writer, reader, circle, std::move(content)));
    writer.AwaitInStep();
    reader.AwaitInStep();
    pairs.limit.push_back(limit.Sample());
  }
  table.Add(LiveRow("an entry written and shared, readable by a friend, both live, p50", pairs, 6));
}

}  // namespace kith::bench
