// Tests of the protocol's list of attacks, by their numbers there: what is done, and the name of what must come of it.
// Each has a twin in which what would tell is not there, and nothing is told: so no test passes for another reason.
#include "tests/sim/adversary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/verify/hash.h"

namespace kith {
namespace {

using testing::IsEmpty;

// ---- 1. Drop a middle record: later ones of that lane wait; GAP is shown.

class Adversary01 : public Adversary {
 protected:
  void SetUp() override {
    before_ = lying_.WriteAndSend(first(), "one");
    dropped_ = lying_.WriteAndSend(first(), "two");
    after_ = lying_.WriteAndSend(first(), "three");
    other_ = lying_.WriteAndSend(second(), "of another device");
    log_ = Log();  // the last four are as they were sent
  }

  EntryId before_, dropped_, after_, other_;
  std::vector<SignedRecord> log_;
};

TEST_F(Adversary01, ADroppedRecordIsAGapAndHoldsBackItsLaneOnly) {
  const SignedRecord dropped = log_[log_.size() - 3];
  log_.erase(log_.end() - 3);
  Hear(third(), Instead(log_));
  EXPECT_TRUE(Has(third(), before_) && Has(third(), other_));
  EXPECT_FALSE(Has(third(), dropped_) || Has(third(), after_));
  const Alarm alarm = OnlyAlarm(third());
  EXPECT_EQ(alarm.code, Code::kGap);
  EXPECT_EQ(alarm.lane, LaneOf(first()));
  EXPECT_EQ(alarm.seq, HeaderOf(dropped).seq);
  EXPECT_EQ(third().journal->sync().status().problem->code, Code::kGap);
  ExpectKept(third());
  ExpectUsable(third());
  lying_.Heal();
  EXPECT_TRUE(Has(third(), dropped_) && Has(third(), after_));
  EXPECT_THAT(AlarmsOf(third()), IsEmpty());
}

TEST_F(Adversary01, TwinALaneThatIsNumberedAnewHasNoGap) {
  const SignedRecord dropped = log_[log_.size() - 3];
  log_.erase(log_.end() - 3);
  log_[log_.size() - 2] = MovedTo(first(), log_[log_.size() - 2], HeaderOf(dropped));
  Hear(third(), Instead(log_));
  EXPECT_FALSE(Has(third(), dropped_));
  EXPECT_TRUE(Has(third(), after_));
  EXPECT_THAT(AlarmsOf(third()), IsEmpty());
}

// ---- 3. Replay a record, or into another mailbox: no effect, or refused.

class Adversary03 : public Adversary {
 protected:
  // The record that the first device would write next, for this mailbox and signed as it would.
  SignedRecord NextFor(const MailboxId& mailbox) {
    const SignedRecord newest = Log().back();
    RecordHeader place = HeaderOf(newest);
    place.mailbox = mailbox;
    place.seq += 1;
    place.prev = RecordIdOf(newest.header);
    return MovedTo(first(), newest, place);
  }
};

TEST_F(Adversary03, ARecordServedAgainChangesNothing) {
  lying_.WriteAndSend(first(), "once");
  Hear(second());
  std::vector<SignedRecord> log = Log();
  log.push_back(log.back());
  log.push_back(log.front());
  const MemStore::Contents before = WithoutCursor(second());
  Hear(second(), Instead(log));
  EXPECT_EQ(WithoutCursor(second()), before);
  EXPECT_EQ(second().journal->entry_count(), 1u);
  EXPECT_THAT(AlarmsOf(second()), IsEmpty());
}

TEST_F(Adversary03, TwinARecordThatIsNewIsTakenIn) {
  lying_.WriteAndSend(first(), "once");
  Hear(second());
  std::vector<SignedRecord> log = Log();
  log.push_back(NextFor(mailbox()));
  const MemStore::Contents before = WithoutCursor(second());
  Hear(second(), Instead(log));
  EXPECT_NE(WithoutCursor(second()), before);
  EXPECT_EQ(second().journal->entry_count(), 1u) << "its operation is the same one";
}

TEST_F(Adversary03, ARecordOfAnotherMailboxIsRefused) {
  lying_.WriteAndSend(first(), "once");
  Hear(second());
  std::vector<SignedRecord> log = Log();
  log.push_back(NextFor(RandomId<MailboxId>()));
  ASSERT_TRUE(VerifyRecord(log.back().header, log.back().signature, log.back().payload)) << "nothing else is wrong";
  const MemStore::Contents before = WithoutCursor(second());
  second().journal->sync().Restart();
  lying_.Talk(second(), Instead(log));
  // Once more when all was asked for anew.
  EXPECT_EQ(second().journal->state().refused, 2u);
  EXPECT_EQ(WithoutCursor(second()), before);
}

// ---- 4. Serve yesterday's database: ROLLBACK; no state regresses; it survives a restart.

class Adversary04 : public Adversary {
 protected:
  void SetUp() override {
    yesterday_ = lying_.relay().database();
    before_ = second().store;
    today_ = lying_.WriteAndSend(first(), "today");
    Hear(second());
    ASSERT_TRUE(Has(second(), today_));
  }

  SimRelay::Database yesterday_;
  MemStore before_;
  EntryId today_;
};

TEST_F(Adversary04, YesterdaysDatabaseIsARollback) {
  lying_.relay().Pretend(yesterday_);
  Hear(second());
  const Alarm alarm = OnlyAlarm(second());
  EXPECT_EQ(alarm.code, Code::kRollback);
  EXPECT_EQ(alarm.lane, LaneOf(first()));
  EXPECT_TRUE(Has(second(), today_));
  ExpectUsable(second());
}

TEST_F(Adversary04, ARollbackThatIsKeptUpStandsAndSurvivesARestart) {
  const auto log = LogOf(yesterday_.mailboxes.at(mailbox()));
  for (int i = 0; i < 2; ++i) {
    Hear(second(), Instead(log));
    EXPECT_EQ(OnlyAlarm(second()).code, Code::kRollback);
    EXPECT_FALSE(OnlyAlarm(second()).past);
    EXPECT_EQ(second().journal->sync().status().problem->code, Code::kRollback);
    EXPECT_TRUE(Has(second(), today_));
    ExpectKept(second());
  }
  // An honest answer mends it; that it was is said until somebody has seen it.
  lying_.Heal();
  EXPECT_TRUE(OnlyAlarm(second()).past);
  EXPECT_EQ(second().journal->sync().status().problem, std::nullopt);
  ExpectKept(second());
  ASSERT_TRUE(second().journal->DismissAlarms());
  EXPECT_THAT(AlarmsOf(second()), IsEmpty());
}

TEST_F(Adversary04, TwinADeviceThatRemembersNothingOfTodayTellsNothing) {
  second().store = before_;
  Reopen(second());
  lying_.relay().Pretend(yesterday_);
  Hear(second());
  EXPECT_THAT(AlarmsOf(second()), IsEmpty());
  EXPECT_FALSE(Has(second(), today_));
}

TEST_F(Adversary04, AnOlderCopyPutBackByTheKeeperIsRefilledAndAccusesNobody) {
  lying_.relay().Restore(yesterday_);
  Hear(second());
  EXPECT_THAT(AlarmsOf(second()), IsEmpty());
  Hear(third());
  EXPECT_THAT(AlarmsOf(third()), IsEmpty());
  EXPECT_TRUE(Has(third(), today_)) << "the second device has sent it again";
}

TEST_F(Adversary04, AWipedRelayIsNamedAndRefilledFromDevices) {
  lying_.relay().Restore({});
  Hear(second());
  EXPECT_EQ(OnlyAlarm(second()).code, Code::kRelayWiped);
  ExpectKept(second());
  ExpectUsable(second());
  ASSERT_TRUE(second().journal->SetRelay({.address = "relay.test:7787", .key = lying_.relay().key()},
                                         {lying_.relay().MintToken()}));
  lying_.Heal();
  EXPECT_THAT(AlarmsOf(second()), IsEmpty());
  EXPECT_TRUE(Has(third(), today_));
  lying_.world().Check();
  EXPECT_THAT(lying_.world().problems(), IsEmpty());
}

TEST_F(Adversary04, AnotherRelayAtTheAddressIsNamedUntilTheRightOneAnswers) {
  Hear(second(), [](const RelayCall&, Result<RelayReply>& reply) {
    if (auto* hello = reply ? std::get_if<HelloReply>(&*reply) : nullptr)
      hello->stamp.relay_key = RandomId<SignPublic>();
  });
  EXPECT_EQ(OnlyAlarm(second()).code, Code::kRelayForeign);
  ExpectKept(second());
  Hear(second());
  EXPECT_THAT(AlarmsOf(second()), IsEmpty());
}

// ---- 5. Withhold B's suffix while C's `seen` cites it: WITHHELD, naming the lane.

class Adversary05 : public Adversary {
 protected:
  // The second device writes, the third one reads that and writes. The log without what the second wrote.
  std::vector<SignedRecord> WithoutTheSecondsWords() {
    withheld_ = lying_.WriteAndSend(second(), "withheld");
    Hear(third());
    cites_ = lying_.WriteAndSend(third(), "of who has read it");
    std::vector<SignedRecord> log = Log();
    std::erase_if(log, [&](const SignedRecord& record) {
      return HeaderOf(record).lane == LaneOf(second()) && HeaderOf(record).seq == Newest(second());
    });
    return log;
  }
  static uint64_t Newest(Machine& machine) {
    return machine.journal->state().lanes.Own(machine.journal->mailbox())->stored_seq;
  }

  EntryId withheld_, cites_;
};

TEST_F(Adversary05, AWithheldSuffixThatAnotherDeviceCitesIsNamed) {
  const auto log = WithoutTheSecondsWords();
  Hear(first(), Instead(log));
  EXPECT_TRUE(Has(first(), cites_));
  EXPECT_FALSE(Has(first(), withheld_));
  const Alarm alarm = OnlyAlarm(first());
  EXPECT_EQ(alarm.code, Code::kWithheld);
  EXPECT_EQ(alarm.lane, LaneOf(second()));
  EXPECT_EQ(alarm.seq, Newest(second()));
  EXPECT_EQ(first().journal->sync().status().problem->code, Code::kWithheld);
  ExpectKept(first());
  ExpectUsable(first());
  lying_.Heal();
  EXPECT_TRUE(Has(first(), withheld_));
  EXPECT_THAT(AlarmsOf(first()), IsEmpty());
}

TEST_F(Adversary05, TwinADeviceThatCitesNothingTellsNothing) {
  withheld_ = lying_.WriteAndSend(second(), "withheld");
  Hear(third());
  // As if it had said so before.
  State& state = third().journal->state();
  for (const storage::Lane& lane : state.lanes.all()) state.self().said.seen[lane.number] = lane.applied_seq;
  cites_ = lying_.WriteAndSend(third(), "of who has read it");
  std::vector<SignedRecord> log = Log();
  log.erase(log.end() - 2);
  Hear(first(), Instead(log));
  EXPECT_TRUE(Has(first(), cites_));
  EXPECT_THAT(AlarmsOf(first()), IsEmpty());
}

TEST_F(Adversary05, OnADayOnWhichNobodyWritesAHeartbeatTells) {
  withheld_ = lying_.WriteAndSend(second(), "withheld");
  const uint64_t newest = Newest(second());
  Hear(third());
  third().clock.Advance(FakeClock::kDay);
  Hear(third());
  std::vector<SignedRecord> log = Log();
  std::erase_if(log, [&](const SignedRecord& record) {
    return HeaderOf(record).lane == LaneOf(second()) && HeaderOf(record).seq == newest;
  });
  Hear(first(), Instead(log));
  const Alarm alarm = OnlyAlarm(first());
  EXPECT_EQ(alarm.code, Code::kWithheld);
  EXPECT_EQ(alarm.lane, LaneOf(second()));
}

TEST_F(Adversary05, ANewDeviceKnowsTheHeadsOfTheOneThatLinkedIt) {
  const auto yesterday = Log();
  withheld_ = lying_.WriteAndSend(first(), "withheld from the new one");
  Machine& fresh = Linked(first());
  // It takes nothing from the new one: what it took and did not show would be missed as well.
  lying_.Talk(fresh, Instead(yesterday), [](const RelayCall& call) {
    return std::holds_alternative<PushCall>(call.body) ? std::optional(Code::kRelayFull) : std::nullopt;
  });
  const Alarm alarm = OnlyAlarm(fresh);
  EXPECT_EQ(alarm.code, Code::kWithheld);
  EXPECT_EQ(alarm.lane, LaneOf(first()));
  lying_.Heal();
  EXPECT_THAT(AlarmsOf(fresh), IsEmpty());
  EXPECT_TRUE(Has(fresh, withheld_));
}

TEST_F(Adversary05, ANewDeviceWhoseRelayIsPutBackMeanwhileAccusesNobody) {
  const SimRelay::Database yesterday = lying_.relay().database();
  lying_.WriteAndSend(first(), "lost at the relay");
  Machine& fresh = Linked(first());
  // The statement that lists the new device is there again before it comes.
  lying_.relay().Restore(yesterday);
  Hear(second());
  lying_.Talk(fresh);
  EXPECT_THAT(AlarmsOf(fresh), IsEmpty());
  lying_.Heal();
  lying_.world().Check();
  EXPECT_THAT(lying_.world().problems(), IsEmpty());
}

TEST_F(Adversary05, ADeviceThatWasAwayForAYearAccusesNobody) {
  for (int day = 0; day < 40; ++day) {
    for (Machine* machine : {&first(), &second()}) {
      machine->clock.Advance(9 * FakeClock::kDay);
      lying_.WriteAndSend(*machine, "day " + std::to_string(day));
      Hear(*machine);
    }
  }
  Hear(third());
  EXPECT_THAT(AlarmsOf(third()), IsEmpty());
  EXPECT_EQ(third().journal->state().refused, 0u);
  EXPECT_EQ(third().journal->entry_count(), 80u);
  lying_.Heal();
  lying_.world().Check();
  EXPECT_THAT(lying_.world().problems(), IsEmpty());
}

}  // namespace
}  // namespace kith
