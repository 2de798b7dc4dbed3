// A relay that lies: what it forges is refused, what it withholds is waited for, nothing is lost, and no lie makes a
// device ask for ever.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/verify/hash.h"
#include "tests/sim/lies.h"

namespace kith {
namespace {

std::optional<Code> ProblemOf(Machine& machine) {
  const SyncStatus status = machine.journal->sync().status();
  return status.problem ? std::optional(status.problem->code) : std::nullopt;
}

TEST(LyingRelay, ADroppedRecordHoldsBackItsLaneOnly) {
  LyingRelay lying;
  Machine& reader = *lying.world().LinkNow(lying.first());
  lying.Heal();
  const EntryId before = lying.WriteAndSend(lying.first(), "one");
  const EntryId dropped = lying.WriteAndSend(lying.first(), "two");
  const EntryId after = lying.WriteAndSend(lying.first(), "three");
  const EntryId other = lying.WriteAndSend(lying.second(), "of another device");
  std::vector<SignedRecord> log = LogOf(lying.mailbox());
  // The second device reads before it writes, so the last four are as they were sent.
  log.erase(log.end() - 3);

  reader.journal->sync().Restart();
  lying.Talk(reader, Instead(log));
  EXPECT_TRUE(Has(reader, before));
  EXPECT_TRUE(Has(reader, other));
  EXPECT_FALSE(Has(reader, dropped));
  EXPECT_FALSE(Has(reader, after));
  EXPECT_EQ(ProblemOf(reader), Code::kGap);

  lying.Heal();
  EXPECT_TRUE(Has(reader, dropped));
  EXPECT_TRUE(Has(reader, after));
  EXPECT_EQ(ProblemOf(reader), std::nullopt);
}

TEST(LyingRelay, ARecordWithoutItsWordsHoldsBackItsLaneUntilTheyCome) {
  LyingRelay lying;
  Machine& reader = *lying.world().LinkNow(lying.first());
  lying.Heal();
  const EntryId emptied = lying.WriteAndSend(lying.first(), "two");
  const EntryId after = lying.WriteAndSend(lying.first(), "three");
  std::vector<SignedRecord> log = LogOf(lying.mailbox());
  log[log.size() - 2].payload.clear();  // as if its author had taken it back

  reader.journal->sync().Restart();
  lying.Talk(reader, Instead(log));
  EXPECT_FALSE(Has(reader, emptied));
  EXPECT_FALSE(Has(reader, after));
  EXPECT_EQ(ProblemOf(reader), Code::kGap);

  lying.Heal();
  EXPECT_TRUE(Has(reader, emptied));
  EXPECT_TRUE(Has(reader, after));
  EXPECT_EQ(ProblemOf(reader), std::nullopt);
}

// Each of these is a page of records that do not hold.
class Forged : public testing::TestWithParam<int> {
 protected:
  static std::vector<SignedRecord> Forge(int how, LyingRelay& lying, std::vector<SignedRecord> log) {
    SignedRecord& last = log.back();
    SignedRecord& former = log[log.size() - 2];
    switch (how) {
      case 0:
        last.payload[last.payload.size() / 2] ^= 1;
        break;
      case 1:
        last.header[30] ^= 1;
        break;
      case 2:
        last.signature.value[5] ^= 1;
        break;
      case 3:
        std::swap(last.payload, former.payload);
        break;
      case 4:
        std::swap(last.signature, former.signature);
        break;
      case 5: {  // of a lane nobody listed
        const Signer stranger = Signer::Generate();
        const RecordHeader header{.mailbox = lying.first().journal->mailbox(), .seq = 1};
        last = SignRecord(stranger, header, Bytes(1600, 7));
        former = SignRecord(stranger, header, Bytes(1600, 8));
        break;
      }
      case 6: {  // our own lane's key, another mailbox
        const auto lane = lying.first().journal->sync().signer();
        last = SignRecord(*lane, {.mailbox = RandomId<MailboxId>(), .seq = 1}, Bytes(1600, 7));
        former = last;
        break;
      }
    }
    return log;
  }
};

TEST_P(Forged, RecordsAreRefusedAndLeaveNothing) {
  LyingRelay lying;
  lying.WriteAndSend(lying.first(), "one");
  lying.WriteAndSend(lying.first(), "two");
  const auto forged = Forge(GetParam(), lying, LogOf(lying.mailbox()));
  // The reader has all before the forged ones.
  const size_t intact = forged.size() - 2;
  lying.Talk(lying.second(), Instead({forged.begin(), forged.begin() + static_cast<ptrdiff_t>(intact)}));
  const MemStore::Contents before = WithoutCursor(lying.second());
  const uint64_t refused = lying.second().journal->state().refused;

  std::vector<SignedRecord> page = {forged.begin(), forged.begin() + static_cast<ptrdiff_t>(intact)};
  const bool one_is_true = GetParam() < 3;
  if (!one_is_true) page.push_back(forged[intact]);
  page.push_back(forged.back());
  lying.second().journal->sync().Restart();
  lying.Talk(lying.second(), Instead(page));
  EXPECT_GT(lying.second().journal->state().refused, refused);
  EXPECT_EQ(WithoutCursor(lying.second()), before);
}

INSTANTIATE_TEST_SUITE_P(Ways, Forged, testing::Range(0, 7));

TEST(LyingRelay, RecordsOfAnotherPersonAreRefused) {
  std::vector<SignedRecord> theirs;
  {
    LyingRelay another(2);
    another.WriteAndSend(another.first(), "theirs");
    theirs = LogOf(another.mailbox());
  }
  LyingRelay lying(1);
  const MemStore::Contents before = WithoutCursor(lying.second());
  std::vector<SignedRecord> log = LogOf(lying.mailbox());
  log.insert(log.end(), theirs.begin(), theirs.end());
  lying.second().journal->sync().Restart();
  lying.Talk(lying.second(), Instead(log));
  // Once more when all was asked for anew.
  EXPECT_EQ(lying.second().journal->state().refused, 2 * theirs.size());
  EXPECT_EQ(WithoutCursor(lying.second()), before);
}

TEST(LyingRelay, AForgedStatementIsRefused) {
  LyingRelay lying;
  const Signer stranger = Signer::Generate();
  const uint64_t number = lying.mailbox().seats.number();
  const SignedStatement forged =
      SignStatement(stranger, {.mailbox = lying.first().journal->mailbox(),
                               .number = number + 1,
                               .prev = lying.mailbox().seats.head(),
                               .signed_by = SeatStatement::SignedBy::kSeat,
                               .signer = stranger.public_key(),
                               .changes = {AddSeat{.seat = stranger.public_key(), .owner = true}}});
  const MemStore::Contents before = WithoutCursor(lying.second());
  lying.second().journal->sync().Restart();
  lying.Talk(lying.second(), [&](const RelayCall&, Result<RelayReply>& reply) {
    if (!reply) return;
    if (auto* statements = std::get_if<StatementsReply>(&*reply)) {
      statements->statements.push_back(forged);
      statements->newest = number + 1;
    }
  });
  EXPECT_EQ(lying.second().journal->state().refused, 1u);
  EXPECT_EQ(ProblemOf(lying.second()), Code::kRelayUnreachable);
  EXPECT_EQ(WithoutCursor(lying.second()), before);
  EXPECT_FALSE(lying.second().journal->state().self().seats.seats().contains(stranger.public_key()));
}

// Lies about what there is: the device waits before it asks again, says why, and takes in the truth later.
class Claims : public testing::TestWithParam<int> {
 protected:
  static Lie Claim(int what) {
    return [what](const RelayCall&, Result<RelayReply>& reply) {
      auto* page = reply ? std::get_if<PullReply>(&*reply) : nullptr;
      if (page == nullptr) return;
      switch (what) {
        case 0:
          page->newest_statement = 99;
          break;
        case 1:
          page->head.seq += 5;
          page->records.clear();
          break;
        case 2:
          page->next.seq += 1000;
          page->head.seq += 1000;
          break;
        case 3:
          if (!page->records.empty()) page->records.pop_back();
          break;
      }
    };
  }
};

TEST_P(Claims, AreNotBelievedAndNotAskedAboutForEver) {
  LyingRelay lying;
  const EntryId entry = lying.WriteAndSend(lying.first(), "one");
  lying.second().journal->sync().Restart();
  lying.Talk(lying.second(), Claim(GetParam()));
  EXPECT_TRUE(lying.second().journal->sync().failed());
  EXPECT_EQ(ProblemOf(lying.second()), Code::kRelayUnreachable);
  lying.Heal();
  EXPECT_TRUE(Has(lying.second(), entry));
}

INSTANTIATE_TEST_SUITE_P(Ways, Claims, testing::Range(0, 4));

TEST(LyingRelay, AWakeWithoutSubstanceEndsInRest) {
  LyingRelay lying;
  lying.second().journal->sync().OnWake({.seq = 1'000'000, .chain = {}}, 0);
  EXPECT_FALSE(lying.second().journal->sync().idle());
  EXPECT_EQ(lying.Talk(lying.second()), 1);
  EXPECT_TRUE(lying.second().journal->sync().idle());
}

TEST(LyingRelay, ForkedForEverIsARollback) {
  LyingRelay lying;
  const EntryId entry = lying.WriteAndSend(lying.second(), "mine");
  lying.second().journal->sync().Restart();
  lying.Talk(lying.second(), [](const RelayCall&, Result<RelayReply>& reply) {
    if (auto* page = reply ? std::get_if<PullReply>(&*reply) : nullptr) *page = {.stamp = page->stamp, .forked = true};
  });
  EXPECT_EQ(lying.second().journal->sync().status().phase, SyncStatus::Phase::kStopped);
  EXPECT_EQ(ProblemOf(lying.second()), Code::kRollback);
  EXPECT_TRUE(Has(lying.second(), entry));
  lying.second().journal->sync().Restart();
  lying.Talk(lying.second());
  EXPECT_TRUE(lying.second().journal->sync().idle());
}

// Refusals for ever: the device stops with the relay's own reason, and what was written stays.
class Refusals : public testing::TestWithParam<Code> {};

TEST_P(Refusals, StopTheDeviceAndLoseNothing) {
  LyingRelay lying;
  const EntryId entry = *lying.second().journal->Write(AnEntry("mine"));
  lying.Talk(lying.second(), {}, [](const RelayCall& call) {
    return std::holds_alternative<PushCall>(call.body) ? std::optional(GetParam()) : std::nullopt;
  });
  EXPECT_EQ(lying.second().journal->sync().status().phase, SyncStatus::Phase::kStopped);
  EXPECT_EQ(ProblemOf(lying.second()), GetParam());
  lying.second().journal->sync().Restart();
  lying.Talk(lying.second());
  lying.Heal();
  EXPECT_TRUE(Has(lying.first(), entry));
  EXPECT_TRUE(lying.world().problems().empty());
}

INSTANTIATE_TEST_SUITE_P(Codes, Refusals,
                         testing::Values(Code::kLaneForked, Code::kLaneGap, Code::kTooLarge, Code::kMalformed));

TEST(LyingRelay, AGapThatComesBackAfterAcceptedPushesEndsInWaiting) {
  LyingRelay lying;
  const EntryId entry = *lying.second().journal->Write(AnEntry("mine"));
  // It forgets what it takes: what was pushed is never served.
  const std::vector<SignedRecord> log = LogOf(lying.mailbox());
  int pushes = 0;
  lying.Talk(lying.second(), Instead(log), [&](const RelayCall& call) -> std::optional<Code> {
    if (!std::holds_alternative<PushCall>(call.body) || ++pushes % 2 == 0) return std::nullopt;
    return Code::kLaneGap;
  });
  EXPECT_TRUE(Has(lying.second(), entry));
  EXPECT_GT(pushes, 0);
}

TEST(LyingRelay, ConflictForEverStopsTheDevice) {
  LyingRelay lying;
  const auto seat = lying.second().journal->state().keyring.Seat(lying.second().journal->mailbox());
  ASSERT_NE(seat, nullptr);
  ASSERT_TRUE(lying.second().journal->sync().ChangeSeats(
      {AddLane{.seat = seat->public_key(), .lane = Signer::Generate().public_key()}}));
  lying.Talk(lying.second(), {}, [](const RelayCall& call) {
    return std::holds_alternative<SubmitStatementCall>(call.body) ? std::optional(Code::kStatementConflict)
                                                                  : std::nullopt;
  });
  EXPECT_EQ(ProblemOf(lying.second()), Code::kStatementConflict);
}

// It showed the second device a world in which only that one changed who may write, then this one, in which the first
// one did.
TEST(LyingRelay, StatementsOfTwoWorldsAreComparedFromTheFirst) {
  LyingRelay lying;
  const auto add_lane = [&](Machine& machine) {
    Sync& sync = machine.journal->sync();
    const auto seat = machine.journal->state().keyring.Seat(machine.journal->mailbox());
    const LaneKey lane = Signer::Generate().public_key();
    EXPECT_TRUE(sync.ChangeSeats({AddLane{.seat = seat->public_key(), .lane = lane}}));
    lying.Talk(machine);
    return lane;
  };
  const SimRelay::Database common = lying.relay().database();
  const LaneKey seconds = add_lane(lying.second());
  lying.relay().Pretend(common);
  add_lane(lying.first());
  add_lane(lying.first());
  lying.second().journal->sync().Restart();
  lying.Talk(lying.second());
  EXPECT_EQ(ProblemOf(lying.second()), Code::kRelayUnreachable) << "what it is served does not follow on what it knows";
  lying.Heal();
  EXPECT_TRUE(lying.second().journal->sync().idle());
  EXPECT_TRUE(lying.mailbox().seats.Known(seconds)) << "what was overtaken is said again";
  EXPECT_EQ(lying.mailbox().seats.head(), lying.second().journal->state().self().seats.head());
  EXPECT_TRUE(lying.world().problems().empty());
}

// Each is new to the device that has just been told the other one.
TEST(LyingRelay, TwoHistoriesByTurnsAreNotFollowedForEver) {
  LyingRelay lying;
  const auto seat = lying.first().journal->state().keyring.Seat(lying.first().journal->mailbox());
  const auto history = [&] {
    const SimRelay::Database common = lying.relay().database();
    const SeatTable& table = lying.mailbox().seats;
    const SignedStatement statement = SignStatement(
        *seat, {.mailbox = table.mailbox(),
                .number = table.number() + 1,
                .prev = table.head(),
                .signed_by = SeatStatement::SignedBy::kSeat,
                .signer = seat->public_key(),
                .changes = {AddLane{.seat = seat->public_key(), .lane = Signer::Generate().public_key()}}});
    const RelayCall submit{.signer = seat,
                           .body = SubmitStatementCall{.mailbox = table.mailbox(), .statement = statement}};
    EXPECT_TRUE(lying.relay().Handle(submit, lying.relay().nonce()));
    SimRelay::Database after = lying.relay().database();
    lying.relay().Pretend(common);
    return after;
  };
  SimRelay::Database shown = history();
  SimRelay::Database hidden = history();
  lying.relay().Pretend(shown);
  ASSERT_TRUE(lying.second().journal->sync().ChangeSeats(
      {AddLane{.seat = seat->public_key(), .lane = Signer::Generate().public_key()}}));
  lying.second().journal->sync().Restart();
  TalkAbout(lying.world(), lying.second(), lying.second().journal->mailbox(), {},
            [&](const RelayCall& call) -> std::optional<Code> {
              if (!std::holds_alternative<SubmitStatementCall>(call.body)) return std::nullopt;
              std::swap(shown, hidden);
              lying.relay().Pretend(shown);
              return Code::kStatementConflict;
            });
  EXPECT_TRUE(lying.second().journal->sync().failed()) << "it waits before it asks again";
  lying.Heal();
  EXPECT_TRUE(lying.second().journal->sync().idle());
  EXPECT_TRUE(lying.world().problems().empty());
}

std::optional<Code> NoPushes(const RelayCall& call) {
  return std::holds_alternative<PushCall>(call.body) ? std::optional(Code::kRelayUnreachable) : std::nullopt;
}

// Others may have read it, and say so.
TEST(LyingRelay, WhatItAcknowledgedAndHidesIsNotTakenBack) {
  LyingRelay lying;
  lying.WriteAndSend(lying.second(), "one");
  const SimRelay::Database before = lying.relay().database();
  lying.WriteAndSend(lying.second(), "two");
  Lanes& lanes = lying.second().journal->state().lanes;
  const LaneKey lane = lanes.Own(lying.second().journal->mailbox())->key;
  const uint64_t reached = lanes.Find(lane)->stored_seq;
  lying.relay().Pretend(before);
  lying.second().journal->sync().Restart();
  lying.Talk(lying.second(), {}, NoPushes);
  EXPECT_EQ(OnlyAlarm(lying.second()).code, Code::kRollback);
  lying.relay().Restore(before);
  lying.second().journal->sync().Restart();
  lying.Talk(lying.second(), {}, NoPushes);
  EXPECT_TRUE(lanes.Find(lane)->retired);
  EXPECT_EQ(lanes.Find(lane)->stored_seq, reached);
  lying.Heal();
  lying.second().journal->sync().Restart();
  lying.Heal();
  EXPECT_TRUE(OnlyAlarm(lying.second()).past);
  EXPECT_TRUE(lying.world().problems().empty());
}

// Its answer does not lead on from where the device is, so that the device has to read what it pushed, and never can.
TEST(LyingRelay, WhatItTakesAndNeverShowsIsMissed) {
  LyingRelay lying;
  const EntryId entry = *lying.second().journal->Write(AnEntry("swallowed"));
  const SimRelay::Database before = lying.relay().database();
  lying.Talk(lying.second(), [&](const RelayCall&, Result<RelayReply>& reply) {
    auto* push = reply ? std::get_if<PushReply>(&*reply) : nullptr;
    if (push == nullptr) return;
    lying.relay().Pretend(before);
    *push = {.stamp = push->stamp, .stored = 0, .duplicates = 1, .head = lying.mailbox().head()};
  });
  EXPECT_EQ(OnlyAlarm(lying.second()).code, Code::kRollback);
  EXPECT_EQ(ProblemOf(lying.second()), Code::kRollback);
  lying.Heal();
  EXPECT_TRUE(Has(lying.first(), entry));
  EXPECT_TRUE(lying.world().problems().empty());
}

// Nor is that forgotten where the process ends before it has read.
TEST(LyingRelay, WhatItTakesAndNeverShowsIsMissedAfterARestart) {
  LyingRelay lying;
  const EntryId entry = *lying.second().journal->Write(AnEntry("swallowed"));
  const SimRelay::Database before = lying.relay().database();
  bool pushed = false;
  lying.Talk(lying.second(), [&](const RelayCall&, Result<RelayReply>& reply) {
    auto* push = reply ? std::get_if<PushReply>(&*reply) : nullptr;
    if (push != nullptr) {
      lying.relay().Pretend(before);
      *push = {.stamp = push->stamp, .stored = 0, .duplicates = 1, .head = lying.mailbox().head()};
      pushed = true;
    } else if (pushed) {
      reply = Fail(Code::kRelayUnreachable);
    }
  });
  ASSERT_TRUE(pushed);
  ASSERT_TRUE(lying.second().journal->KeepAcknowledged());
  Reopen(lying.second());
  lying.Talk(lying.second());
  EXPECT_EQ(OnlyAlarm(lying.second()).code, Code::kRollback);
  lying.Heal();
  EXPECT_TRUE(Has(lying.first(), entry));
  EXPECT_TRUE(lying.world().problems().empty());
}

// The newest record of a lane, with other words or another signature: nothing comes after it that would make it missed.
class Altered : public testing::TestWithParam<bool> {};

TEST_P(Altered, RecordsAreMissedUntilTheTrueOnesCome) {
  LyingRelay lying;
  const EntryId entry = lying.WriteAndSend(lying.first(), "to be altered");
  std::vector<SignedRecord> log = LogOf(lying.mailbox());
  (GetParam() ? log.back().payload.front() : log.back().signature.value.front()) ^= 1;
  Machine& reader = lying.second();
  const auto hear = [&] {
    reader.journal->sync().Restart();
    lying.Talk(reader, Instead(log));
    EXPECT_FALSE(Has(reader, entry));
    EXPECT_EQ(ProblemOf(reader), Code::kForgedRecord);
  };
  hear();
  Reopen(reader);
  hear();
  reader.journal->sync().Restart();
  lying.Talk(reader);
  EXPECT_TRUE(Has(reader, entry));
  EXPECT_EQ(ProblemOf(reader), std::nullopt);
  EXPECT_TRUE(AlarmsOf(reader).empty());
}

INSTANTIATE_TEST_SUITE_P(Places, Altered, testing::Bool());

// Two versions of a record: the lane ends there, and what it said in either is not awaited.
TEST(LyingRelay, OfALaneThatEndedNothingIsAwaited) {
  LyingRelay lying;
  lying.WriteAndSend(lying.second(), "one");
  const SimRelay::Database before = lying.relay().database();
  std::vector<SignedRecord> log = LogOf(lying.mailbox());
  lying.WriteAndSend(lying.second(), "two");
  lying.first().journal->sync().Restart();
  lying.Talk(lying.first());
  const SignedRecord last = LogOf(lying.mailbox()).back();
  log.push_back(MovedTo(lying.second(), log.back(), *RecordHeader::Parse(last.header)));
  lying.relay().Pretend(before);
  lying.first().journal->sync().Restart();
  lying.Talk(lying.first(), {}, NoPushes);
  EXPECT_EQ(OnlyAlarm(lying.first()).code, Code::kRollback);
  lying.first().journal->sync().Restart();
  lying.Talk(lying.first(), Instead(log), NoPushes);
  for (const Alarm& alarm : lying.first().journal->Alarms())
    EXPECT_EQ(alarm.past, alarm.code == Code::kRollback) << CodeName(alarm.code);
  EXPECT_THAT(AlarmsOf(lying.first()), testing::UnorderedElementsAre(Code::kRollback, Code::kEquivocation));
}

TEST(LyingRelay, WhatItAcknowledgedAndLostIsSentAgain) {
  LyingRelay lying;
  const EntryId lost = *lying.second().journal->Write(AnEntry("acknowledged, and lost"));
  const SimRelay::Database before = lying.relay().database();
  const Lie forget = [&](const RelayCall& call, Result<RelayReply>& reply) {
    if (!std::holds_alternative<PushCall>(call.body) || !reply) return;
    std::get<PushReply>(*reply).head = {};
  };
  lying.Talk(lying.second(), forget);
  lying.relay().Restore(before);
  lying.Heal();
  EXPECT_TRUE(Has(lying.first(), lost));
  EXPECT_TRUE(lying.world().problems().empty());
}

TEST(LyingRelay, AnotherRelayIsNotSpokenTo) {
  LyingRelay lying;
  lying.second().journal->sync().Restart();
  const int calls = lying.Talk(lying.second(), [](const RelayCall&, Result<RelayReply>& reply) {
    if (auto* hello = reply ? std::get_if<HelloReply>(&*reply) : nullptr)
      hello->stamp.relay_key = RandomId<SignPublic>();
  });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(ProblemOf(lying.second()), Code::kRelayForeign);
}

}  // namespace
}  // namespace kith
