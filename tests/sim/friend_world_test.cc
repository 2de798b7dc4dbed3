// Worlds of two people with two devices each, by seed, and what must hold of sharing in each of them.
#include <gtest/gtest.h>

#include <algorithm>

#include "client/core/limits.h"
#include "client/core/outbox.h"
#include "crypto/verify/hash.h"
#include "tests/sim/seeds.h"
#include "tests/support/builders.h"
#include "tests/support/world.h"

namespace kith {
namespace {

constexpr uint64_t kCases = 10;
constexpr int kSteps = 150;

bool Within(ByteView bytes, ByteView part) {
  return std::search(bytes.begin(), bytes.end(), part.begin(), part.end()) != bytes.end();
}

Cast TwoPeople(Dice& dice) { return {.people = 2, .relays = 1 + static_cast<size_t>(dice.Below(2))}; }

class FriendSeeds : public testing::TestWithParam<uint64_t> {};

TEST_P(FriendSeeds, ConvergeAndCrossNoAudience) {
  const uint64_t first = FirstSeed();
  const uint64_t seeds = SeedCount(KITH_SIM_FRIEND_SEEDS);
  if (GetParam() >= seeds) GTEST_SKIP() << "this part has none of the " << seeds << " seeds asked for";
  size_t released = 0;
  size_t taken_back = 0;
  for (uint64_t seed = first + GetParam(); seed < first + seeds; seed += kCases) {
    Dice dice(seed);
    const Cast cast = TwoPeople(dice);
    World world(seed, Weather::Any(dice), kSteps, cast);
    for (const std::string& problem : world.Play()) {
      ADD_FAILURE() << problem << "\nfriends' seed " << seed << "; replay it with: ./dev sim " << seed;
    }
    for (const auto& [id, share] : world.ledger().shares) {
      released += share.released ? 1 : 0;
      taken_back += share.back == Ledger::Share::Back::kYes ? 1 : 0;
    }
  }
  EXPECT_GT(released, 0u) << "nothing was shared in any of these worlds";
  if (seeds >= 10 * kCases) {
    EXPECT_GT(taken_back, 0u) << "nothing was taken back in any of these worlds";
  }
}

INSTANTIATE_TEST_SUITE_P(Parts, FriendSeeds, testing::Range<uint64_t>(0, kCases));

TEST(FriendReplay, ASeedGivesTheSameBytesTwice) {
  for (uint64_t seed = 1; seed <= 2; ++seed) {
    std::string digests[2];
    for (std::string& digest : digests) {
      Dice dice(seed);
      const Cast cast = TwoPeople(dice);
      World world(seed, Weather::Any(dice), kSteps, cast);
      EXPECT_TRUE(world.Play().empty());
      digest = world.Digest();
    }
    EXPECT_EQ(digests[0], digests[1]) << "seed " << seed;
  }
}

// Two friends in calm weather, two devices each, on a relay each: machines 0 and 2 are the writer's, 1 and 3 the
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

TEST_F(TwoFriends, TheFriendAndTheRelayHaveNothingButTheSharedCopy) {
  std::vector<std::string> secrets;
  std::vector<Bytes> ids;
  const auto keep = [&](const EntryId& entry) {
    ids.emplace_back(entry.value.begin(), entry.value.end());
    const std::vector<Version> history = *writer().journal->History(entry);
    for (const Version& version : history) ids.emplace_back(version.id.value.begin(), version.id.value.end());
  };
  for (int i = 0; i < 40; ++i) {
    const std::string number = std::to_string(i);
    Content content = AnEntry("secret words " + number, "secret title " + number);
    content.tags = {"secret tag " + number};
    content.journal = "secret journal " + number;
    secrets.insert(secrets.end(), {content.text, content.title, content.tags[0], content.journal});
    const auto entry = writer().journal->Write(std::move(content));
    ASSERT_TRUE(entry.has_value());
    keep(*entry);
  }
  Content told = AnEntry("A line before.\n\nThe part that is told.\n\nA line after.", "a title left out");
  told.tags = {"tag of the told one"};
  told.journal = "journal of the told one";
  told.starred = true;
  told.date.zone = "Europe/Lisbon";
  secrets.insert(secrets.end(), {"A line before", "A line after", "a title left out", told.tags[0], told.journal,
                                 told.date.zone, "first of 0", "friend of 0"});
  const EntryId entry = *writer().journal->Write(std::move(told));
  keep(entry);
  ASSERT_TRUE(writer().journal->sharing().Share(
      {.entry = entry, .circle = circle(), .passage = "The part that is told.", .note = "said beforehand"}));
  const MailboxId& own = world_.resident(0).mailbox;
  ids.emplace_back(own.value.begin(), own.value.end());
  world_.Heal();

  ASSERT_EQ(Inbox(reader()).size(), 1u);
  for (Machine* machine : {&reader(), &readers_other()}) {
    EXPECT_TRUE(Holds(*machine, "The part that is told.")) << "the search finds what is there";
    for (const std::string& secret : secrets) EXPECT_FALSE(Holds(*machine, secret)) << secret;
    for (const Bytes& id : ids) {
      const std::string_view bytes(reinterpret_cast<const char*>(id.data()), id.size());
      EXPECT_FALSE(Holds(*machine, bytes)) << "an id of " << id.size() << " bytes";
    }
  }
  // The relays' bytes, as they lie there.
  for (size_t relay = 0; relay < 2; ++relay) {
    for (const auto& [id, mailbox] : world_.relay(relay).database().mailboxes) {
      for (const auto& record : mailbox.log) {
        for (const std::string& secret : secrets) EXPECT_FALSE(Within(record->payload, AsBytes(secret)));
        EXPECT_FALSE(Within(record->payload, AsBytes("The part that is told.")));
        if (id == own) continue;
        for (const Bytes& secret : ids) EXPECT_FALSE(Within(record->payload, secret));
      }
    }
  }
  // How much there is that was not shared is not told either: not one more byte to the circle.
  const size_t before = world_.Find(circle())->log.size();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(writer().journal->Write(AnEntry("more")));
  world_.Heal();
  EXPECT_EQ(world_.Find(circle())->log.size(), before);
}

TEST_F(TwoFriends, WhatIsHeldOrCancelledLeavesNoTraceAtARelay) {
  const EntryId entry = *writer().journal->Write(AnEntry("to be thought over"));
  world_.Heal();
  const auto records = [&] {
    size_t count = 0;
    for (size_t relay = 0; relay < 2; ++relay) {
      for (const auto& [id, mailbox] : world_.relay(relay).database().mailboxes) count += mailbox.log.size();
    }
    return count;
  };
  const size_t before = records();
  const auto placed =
      writer().journal->sharing().Share({.entry = entry, .circle = circle(), .hold_ms = limits::kHoldMillis});
  ASSERT_TRUE(placed.has_value());
  ASSERT_TRUE(placed->held.has_value());
  world_.Heal();
  EXPECT_EQ(records(), before);
  EXPECT_FALSE(Holds(writers_other(), std::string_view(reinterpret_cast<const char*>(placed->id.value.data()),
                                                       placed->id.value.size())));
  writer().clock.Advance(limits::kHoldMillis - 1);
  ASSERT_TRUE(writer().journal->sharing().ReleaseDue());
  EXPECT_EQ(writer().journal->sharing().Held()->size(), 1u);
  ASSERT_TRUE(writer().journal->sharing().Cancel(*placed->held));
  writer().clock.Advance(limits::kHoldMost);
  ASSERT_TRUE(writer().journal->sharing().ReleaseDue());
  world_.Heal();
  EXPECT_EQ(records(), before);
  EXPECT_TRUE(Inbox(reader()).empty());
}

TEST_F(TwoFriends, TakenBackBeforeItWasFetchedItNeverArrives) {
  const std::string words = "never to be read";
  const EntryId entry = *writer().journal->Write(AnEntry(words));
  reader().online = readers_other().online = false;
  world_.Heal();  // brings all online again, so what follows is by hand
  reader().online = readers_other().online = false;
  Share(entry);
  const auto send = [&](Machine& machine) {
    for (int i = 0; i < 100; ++i) {
      for (const MailboxId& mailbox : machine.journal->mailboxes()) world_.ExchangeAbout(machine, mailbox);
    }
  };
  send(writer());
  world_.Wake(writers_other());
  send(writers_other());
  const auto taken = writers_other().journal->sharing().TakeBack(entry, std::nullopt);
  ASSERT_TRUE(taken.has_value()) << taken.error().message;
  ASSERT_EQ(taken->size(), 1u);
  EXPECT_EQ(taken->front().reach, Reach::kUnknown);
  send(writers_other());
  // Only the device whose lane it is may take it away.
  world_.Wake(writer());
  send(writer());
  world_.Heal();
  for (Machine* machine : {&reader(), &readers_other()}) {
    EXPECT_TRUE(Inbox(*machine).empty());
    EXPECT_FALSE(Holds(*machine, words));
  }
  world_.CheckAudiences();
  EXPECT_TRUE(world_.problems().empty()) << world_.problems().front();
}

TEST_F(TwoFriends, TakenBackAfterwardsItIsGoneFromEveryListAndVault) {
  const std::string words = "read, and then taken back";
  const EntryId entry = *writer().journal->Write(AnEntry(words));
  Share(entry);
  world_.Heal();
  ASSERT_EQ(Inbox(reader()).size(), 1u);
  ASSERT_EQ(Inbox(readers_other()).size(), 1u);
  ASSERT_TRUE(reader().journal->sharing().Hear(Inbox(reader()).front(), "I heard you", HeardWish::kNone));
  world_.Heal();
  ASSERT_EQ(writers_other().journal->sharing().AnswersTo(entry)->size(), 1u);
  const auto taken = writers_other().journal->sharing().TakeBack(entry, std::nullopt);
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->front().reach, Reach::kFetched);
  world_.Heal();
  for (Machine* machine : {&reader(), &readers_other()}) {
    EXPECT_TRUE(Inbox(*machine).empty());
    EXPECT_FALSE(Holds(*machine, words));
  }
  EXPECT_TRUE(Holds(writer(), words)) << "the writer's entry stays";
}

TEST_F(TwoFriends, ADeviceLinkedLaterHasWhatStands) {
  const EntryId stays = *writer().journal->Write(AnEntry("stays"));
  const EntryId goes = *writer().journal->Write(AnEntry("goes"));
  Share(stays);
  Share(goes);
  world_.Heal();
  ASSERT_TRUE(writer().journal->sharing().TakeBack(goes, circle()));
  world_.Heal();
  Machine* const late = world_.LinkNow(readers_other());
  ASSERT_NE(late, nullptr);
  world_.Heal();
  const auto inbox = Inbox(*late);
  ASSERT_EQ(inbox.size(), 1u);
  EXPECT_EQ(inbox.front().content.text, "stays");
  Machine* const writers_late = world_.LinkNow(writers_other());
  ASSERT_NE(writers_late, nullptr);
  world_.Heal();
  EXPECT_EQ(writers_late->journal->sharing().Audience(std::nullopt)->size(), 1u);
  ASSERT_TRUE(writers_late->journal->sharing().TakeBack(stays, std::nullopt));
  world_.Heal();
  EXPECT_TRUE(Inbox(*late).empty());
  EXPECT_TRUE(Inbox(reader()).empty());
}

// As a newer client writes: a kind and a field that this one does not know, and an operation it does not know.
TEST_F(TwoFriends, KindsUnknownToAnOlderClientAreKeptAndShown) {
  State& state = writer().journal->state();
  const std::string field = "\xca\x02\x05hello";  // number 41, five bytes
  const ShareOp newer{.share = RandomId<ShareId>(),
                      .hlc = state.NextHlc(),
                      .content = {.kind = "walk-of-2031",
                                  .title = "North",
                                  .text = "Along the water.",
                                  .date = CopyForFriend(AnEntry("x"), "").date,
                                  .unknown = field}};
  const Bytes share = EncodeOp(newer);
  const Bytes strange = {0xfa, 0x06, 0x03, 'n', 'e', 'w'};  // Op field 111
  ASSERT_TRUE(std::holds_alternative<UnknownOp>(*DecodeOp(strange)));
  Transaction tx(state.store);
  Outbox(state).Add(tx, state.mailboxes.at(circle()), {&strange, 1});
  const storage::Place place = Outbox(state).Add(tx, state.mailboxes.at(circle()), {&share, 1});
  ASSERT_TRUE(Intake(state).ApplyCircleOp(tx, circle(), state.identity.person, share, place));
  ASSERT_TRUE(state.Commit(tx));
  const EntryId after = *writer().journal->Write(AnEntry("written afterwards"));
  Share(after);
  world_.Heal();
  for (Machine* machine : {&reader(), &readers_other()}) {
    const auto inbox = Inbox(*machine);
    ASSERT_EQ(inbox.size(), 2u);
    EXPECT_EQ(inbox[0].content.text, "written afterwards");
    EXPECT_EQ(inbox[1].content.kind, "walk-of-2031");
    EXPECT_EQ(inbox[1].content.text, "Along the water.");
    EXPECT_EQ(inbox[1].content.unknown, field);
    EXPECT_TRUE(Holds(*machine, field));
    EXPECT_EQ(machine->journal->state().refused, 0u);
  }
}

}  // namespace
}  // namespace kith
