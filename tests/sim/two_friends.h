// Two friends in calm weather, for tests that say themselves what happens.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "client/wire/pack.h"
#include "tests/support/builders.h"
#include "tests/support/world.h"

namespace kith {

inline bool Within(ByteView bytes, ByteView part) {
  return std::search(bytes.begin(), bytes.end(), part.begin(), part.end()) != bytes.end();
}

// Two devices each, on a relay each: machines 0 and 2 are the writer's, 1 and 3 the
// friend's.
class TwoFriends : public testing::Test {
 protected:
  TwoFriends() : world_(1, Weather::Calm(), 0, {.people = 2, .relays = 2}) {
    world_.Heal();
    EXPECT_NE(world_.LinkNow(writer()), nullptr);
    EXPECT_NE(world_.LinkNow(reader()), nullptr);
    EXPECT_TRUE(world_.IntroduceNow(writer(), reader()));
    world_.Heal();
    EXPECT_TRUE(world_.problems().empty()) << world_.problems().front();
  }

  Machine& writer() { return world_.machines()[0]; }
  Machine& reader() { return world_.machines()[1]; }
  Machine& writers_other() { return world_.machines()[2]; }
  Machine& readers_other() { return world_.machines()[3]; }
  const MailboxId& circle() { return *world_.circle(); }

  ShareId Share(const EntryId& entry) {
    const auto placed = writer().journal->sharing().Share({.entry = entry, .circle = circle()});
    EXPECT_TRUE(placed.has_value());
    return placed->id;
  }
  static std::vector<ReceivedShare> Inbox(Machine& machine) {
    std::vector<ReceivedShare> out;
    EXPECT_TRUE(machine.journal->sharing().Inbox([&](const ReceivedShare& share) {
      out.push_back(share);
      return true;
    }));
    return out;
  }
  // Whether words stand in a vault, in what its keys open too.
  static bool Holds(Machine& machine, std::string_view words) {
    const auto within = [&](ByteView bytes) { return Within(bytes, AsBytes(words)); };
    for (const auto& [key, value] : machine.store.contents()) {
      if (within(key) || within(value)) return true;
      if (key.front() != static_cast<uint8_t>(storage::Prefix::kRecord)) continue;
      const auto record = storage::DecodeRecord(value);
      const auto header = record ? RecordHeader::Parse(record->header) : Result<RecordHeader>(Fail(Code::kMalformed));
      if (!header || record->payload.empty()) continue;
      const auto opened = machine.journal->state().keyring.Open(*header, record->payload);
      if (!opened) continue;
      const auto pack = DecodePack(opened->plain.view());
      if (!pack) continue;
      if (std::ranges::any_of(pack->ops, within)) return true;
    }
    return false;
  }

  World world_;
};

}  // namespace kith
