// Worlds of two people with two devices each, by seed, and what must hold of sharing in each of them.
#include <gtest/gtest.h>

#include "client/core/limits.h"
#include "client/core/outbox.h"
#include "crypto/verify/hash.h"
#include "tests/sim/play_part.h"
#include "tests/sim/two_friends.h"

namespace kith {
namespace {

constexpr int kSteps = 150;

// What these worlds are about: in ten of them, and in a hundred.
constexpr const char* kOften[] = {"met",
                                  "shared",
                                  "let go at once",
                                  "held",
                                  "cancelled",
                                  "left after its hold",
                                  "edited",
                                  "taken back: not at the relay",
                                  "offline",
                                  "parted from a relay",
                                  "opened again"};
constexpr const char* kSometimes[] = {"shared, and followed",
                                      "sent anew after an edit",
                                      "let go before its time",
                                      "taken back: held",
                                      "taken back: at the relay",
                                      "taken back: fetched",
                                      "answered",
                                      "rested",
                                      "relay gone",
                                      "relay restored",
                                      "set back",
                                      "half a circle left"};

Cast TwoPeople(Dice& dice) { return {.people = 2, .relays = 1 + static_cast<size_t>(dice.Below(2))}; }

class FriendSeeds : public testing::TestWithParam<uint64_t> {};

TEST_P(FriendSeeds, ConvergeAndCrossNoAudience) {
  const uint64_t seeds = SeedCount(KITH_SIM_FRIEND_SEEDS);
  if (GetParam() >= seeds) GTEST_SKIP() << "this part has none of the " << seeds << " seeds asked for";
  auto happened =
      PlayPart({.name = "friends'", .steps = kSteps, .cast = TwoPeople, .weather = Weather::Any}, GetParam(), seeds);
  if (seeds >= 10 * kParts) ExpectHappened(happened, kOften);
  if (seeds >= 100 * kParts) ExpectHappened(happened, kSometimes);
}

INSTANTIATE_TEST_SUITE_P(Parts, FriendSeeds, testing::Range<uint64_t>(0, kParts));

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

TEST_F(TwoFriends, WhatIsHeldOrCancelledLeavesNoTraceAtARelay) {
  const EntryId entry = *writer().journal->Write(AnEntry("to be thought over"));
  world_.Heal();
  // In the end of the circle alone: its writer's devices say once a day among themselves what they have.
  const auto records = [&](const std::optional<MailboxId>& only = std::nullopt) {
    size_t count = 0;
    for (size_t relay = 0; relay < 2; ++relay) {
      for (const auto& [id, mailbox] : world_.relay(relay).database().mailboxes) {
        if (!only || id == *only) count += mailbox.log.size();
      }
    }
    return count;
  };
  const size_t in_circle = records(circle());
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
  ASSERT_TRUE(writer().journal->sharing().Cancel(placed->held->number));
  writer().clock.Advance(limits::kHoldMost);
  ASSERT_TRUE(writer().journal->sharing().ReleaseDue());
  world_.Heal();
  EXPECT_EQ(records(circle()), in_circle);
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
