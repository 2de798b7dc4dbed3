// The protocol's list of attacks, continued: forks, what a relay makes up, and copied vaults. See adversary_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "crypto/verify/hash.h"
#include "tests/sim/adversary.h"

namespace kith {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

// ---- 6. Split view, then rejoin: fork alarm, no silent merge.

// One vault and its copy write while the relay shows each a log without the other: so both take the same number.
class Adversary06 : public Adversary {
 protected:
  void SetUp() override {
    Machine& copy = Copied(first());
    const SimRelay::Database fork = lying_.relay().database();
    shared_lane_ = LaneOf(first());
    in_one_ = lying_.WriteAndSend(first(), "in one world");
    one_ = lying_.relay().database();
    Hear(second());
    lying_.relay().Pretend(fork);
    in_other_ = lying_.WriteAndSend(copy, "in the other");
    Hear(third());
    other_ = lying_.relay().database();
    seq_ = HeaderOf(LogOf(other_.mailboxes.at(mailbox())).back()).seq;
  }

  LaneKey shared_lane_;
  EntryId in_one_, in_other_;
  SimRelay::Database one_, other_;
  uint64_t seq_ = 0;
};

TEST_F(Adversary06, SplitViewsThatAreJoinedAreAnEquivocationWithItsProof) {
  ASSERT_TRUE(Has(second(), in_one_) && Has(third(), in_other_));
  EXPECT_THAT(AlarmsOf(second()), IsEmpty());
  Hear(second());
  EXPECT_THAT(AlarmsOf(second()), Contains(Code::kEquivocation));
  EXPECT_TRUE(Has(second(), in_one_));
  EXPECT_FALSE(Has(second(), in_other_)) << "a silent merge";

  // Anybody can check the proof: one key, one place, two records.
  const auto proof = ProofAt(second(), shared_lane_);
  ASSERT_TRUE(proof.has_value());
  const auto one = VerifyRecord(proof->header, proof->signature, {});
  const auto other = VerifyRecord(proof->other_header, proof->other_signature, {});
  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->lane, shared_lane_);
  EXPECT_EQ(other->lane, shared_lane_);
  EXPECT_EQ(one->seq, other->seq);
  EXPECT_NE(proof->header, proof->other_header);

  ExpectKept(second());
  ExpectUsable(second());
  ASSERT_TRUE(second().journal->DismissAlarms());
  EXPECT_THAT(AlarmsOf(second()), testing::Not(Contains(Code::kEquivocation)));
  EXPECT_TRUE(ProofAt(second(), shared_lane_).has_value()) << "the proof stays";
}

TEST_F(Adversary06, ACitationFromTheOtherViewIsEnough) {
  // The third device, which saw the other view, writes; its words alone are let through into the first view.
  lying_.WriteAndSend(third(), "of who saw the other view");
  const SignedRecord citing = Log().back();
  std::vector<SignedRecord> log = LogOf(one_.mailboxes.at(mailbox()));
  for (const SignedRecord& record : Log()) {
    if (HeaderOf(record).lane == LaneOf(third())) log.push_back(record);
  }
  std::erase_if(log, [&, seen = std::set<RecordId>()](const SignedRecord& record) mutable {
    return !seen.insert(RecordIdOf(record.header)).second;
  });
  Hear(second(), Instead(log));
  const Alarm alarm = OnlyAlarm(second());
  EXPECT_EQ(alarm.code, Code::kEquivocation);
  EXPECT_EQ(alarm.lane, shared_lane_);
  EXPECT_EQ(alarm.seq, seq_);
  const auto proof = ProofAt(second(), shared_lane_);
  ASSERT_TRUE(proof.has_value());
  EXPECT_EQ(proof->by, LaneOf(third()));
  EXPECT_TRUE(VerifyRecord(proof->header, proof->signature, {}).has_value());
}

TEST_F(Adversary06, NoWordIsLostToTheFork) {
  // The copy is in view when the first device is: each hears of the other's version by who has read it.
  lying_.WriteAndSend(second(), "of who saw the one view");
  lying_.WriteAndSend(third(), "of who saw the other");
  lying_.Heal();
  for (Machine& machine : lying_.world().machines()) {
    EXPECT_TRUE(Has(machine, in_one_)) << machine.name;
    EXPECT_TRUE(Has(machine, in_other_)) << machine.name;
    EXPECT_THAT(AlarmsOf(machine), Contains(Code::kEquivocation)) << machine.name;
  }
}

TEST_F(Adversary06, TheWordsToCompareDifferBetweenTheViews) {
  Hear(third());
  const auto in_other = third().journal->CheckWords(mailbox());
  lying_.relay().Pretend(one_);
  Hear(second());
  const auto in_one = second().journal->CheckWords(mailbox());
  ASSERT_TRUE(in_one && in_other);
  EXPECT_NE(*in_one, *in_other);
}

TEST_F(Adversary, Adversary06TwinViewsThatWereNeverSplitHaveTheSameWordsAndNoAlarm) {
  Machine& copy = Copied(first());
  const EntryId one = lying_.WriteAndSend(first(), "in one world");
  Hear(second());
  // The copy is shown what the first has written, so it takes a lane of its own.
  const EntryId other = *copy.journal->Write(AnEntry("in the same one"));
  Hear(copy);
  lying_.Heal();
  for (Machine* machine : {&second(), &third()}) {
    EXPECT_TRUE(Has(*machine, one) && Has(*machine, other));
    EXPECT_THAT(AlarmsOf(*machine), IsEmpty());
  }
  EXPECT_EQ(*second().journal->CheckWords(mailbox()), *third().journal->CheckWords(mailbox()));
}

// ---- 8. Relay-made device, member, seat, generation: ignored, reported. (A member: lying_circle_test.cc.)

class Adversary08 : public Adversary {
 protected:
  SignedStatement StatementBy(const Signer& signer) {
    return SignStatement(signer, {.mailbox = mailbox(),
                                  .number = lying_.mailbox().seats.number() + 1,
                                  .prev = lying_.mailbox().seats.head(),
                                  .signed_by = SeatStatement::SignedBy::kSeat,
                                  .signer = signer.public_key(),
                                  .changes = {AddSeat{.seat = stranger_.public_key(), .owner = true}}});
  }
  Lie Serving(const SignedStatement& made) {
    return [made](const RelayCall&, Result<RelayReply>& reply) {
      auto* statements = reply ? std::get_if<StatementsReply>(&*reply) : nullptr;
      if (statements == nullptr) return;
      statements->statements.push_back(made);
      ++statements->newest;
    };
  }
  // A record that the relay made, of a lane that it made.
  SignedRecord Made(RecordKind kind, const Signer& lane) {
    const RecordHeader header{.kind = kind, .mailbox = mailbox(), .seq = 1};
    return SignRecord(lane, header, Bytes(1600, 7));
  }
  void Serve(const std::vector<SignedRecord>& records) {
    std::vector<SignedRecord> log = Log();
    log.insert(log.end(), records.begin(), records.end());
    second().journal->sync().Restart();
    lying_.Talk(second(), Instead(log));
  }

  const Signer stranger_ = Signer::Generate();
};

TEST_F(Adversary08, ASeatThatTheRelayMadeIsIgnoredAndCounted) {
  const SignedStatement made = StatementBy(stranger_);
  EXPECT_EQ(second().journal->state().self().seats.Apply(made).error().code, Code::kStatementForbidden);
  const MemStore::Contents before = WithoutCursor(second());
  second().journal->sync().Restart();
  lying_.Talk(second(), Serving(made));
  EXPECT_EQ(second().journal->state().refused, 1u);
  EXPECT_EQ(WithoutCursor(second()), before);
}

TEST_F(Adversary08, TwinASeatThatAnOwnersSeatMadeCounts) {
  const SignedStatement made = StatementBy(*first().journal->state().keyring.Seat(mailbox()));
  second().journal->sync().Restart();
  lying_.Talk(second(), Serving(made));
  EXPECT_EQ(second().journal->state().refused, 0u);
  EXPECT_TRUE(second().journal->state().self().seats.seats().contains(stranger_.public_key()));
}

TEST_F(Adversary08, ALaneOrGenerationThatTheRelayMadeIsIgnoredAndCounted) {
  const MemStore::Contents before = WithoutCursor(second());
  Serve({Made(RecordKind::kSealed, stranger_), Made(RecordKind::kGeneration, stranger_)});
  // Once more when all was asked for anew.
  EXPECT_EQ(second().journal->state().refused, 4u);
  EXPECT_EQ(WithoutCursor(second()), before);
}

// Its record is read where a member lists the lane, and then still says nothing of whose it is.
TEST_F(Adversary08, TwinALaneThatAMemberListsIsRead) {
  const auto seat = first().journal->state().keyring.Seat(mailbox());
  ASSERT_TRUE(
      first().journal->sync().ChangeSeats({AddLane{.seat = seat->public_key(), .lane = stranger_.public_key()}}));
  lying_.Talk(first());
  Hear(second());
  Serve({Made(RecordKind::kSealed, stranger_)});
  EXPECT_EQ(second().journal->state().refused, 0u);
  EXPECT_NE(second().journal->state().lanes.Find(stranger_.public_key()), nullptr);
}

// ---- 20. Restore or copy the vault and write: a new lane; no equivocation.

class Adversary20 : public Adversary {
 protected:
  void ExpectNobodyAccused() {
    lying_.Heal();
    for (Machine& machine : lying_.world().machines()) {
      EXPECT_THAT(AlarmsOf(machine), IsEmpty()) << machine.name;
      for (const storage::Lane& lane : machine.journal->state().lanes.all()) EXPECT_EQ(lane.broken, 0);
    }
  }
  // The log without what a lane says from a number on.
  Lie Hiding(const LaneKey& lane, uint64_t from) {
    std::vector<SignedRecord> log = Log();
    std::erase_if(
        log, [&](const SignedRecord& record) { return HeaderOf(record).lane == lane && HeaderOf(record).seq >= from; });
    return Instead(log);
  }
};

TEST_F(Adversary20, ARestoredVaultWritesToANewLane) {
  const MemStore backup = second().store;
  const LaneKey lane = LaneOf(second());
  const EntryId lost = lying_.WriteAndSend(second(), "after the backup");
  second().store = backup;
  Reopen(second());
  const EntryId later = *second().journal->Write(AnEntry("after it was put back"));
  Hear(second());
  EXPECT_NE(LaneOf(second()), lane);
  ExpectNobodyAccused();
  EXPECT_TRUE(Has(third(), lost) && Has(third(), later) && Has(second(), lost));
}

TEST_F(Adversary20, ACopiedVaultWritesToANewLane) {
  Machine& copy = Copied(second());
  const EntryId one = lying_.WriteAndSend(second(), "by the one");
  const EntryId other = *copy.journal->Write(AnEntry("by the other"));
  Hear(copy);
  EXPECT_NE(LaneOf(copy), LaneOf(second()));
  ExpectNobodyAccused();
  EXPECT_TRUE(Has(third(), one) && Has(third(), other));
}

// Where the relay hides what the vault wrote before, the head that is served is the one that is stored.
TEST_F(Adversary20, TwinARelayThatHidesTheNewerHeadMakesItUseANumberTwiceAndIsFoundOut) {
  const MemStore backup = second().store;
  const LaneKey lane = LaneOf(second());
  const uint64_t before = second().journal->state().lanes.Own(mailbox())->stored_seq;
  const SimRelay::Database hidden = lying_.relay().database();
  lying_.WriteAndSend(second(), "after the backup");
  Hear(third());
  const SimRelay::Database all = lying_.relay().database();
  second().store = backup;
  Reopen(second());
  lying_.relay().Pretend(hidden);
  lying_.WriteAndSend(second(), "after it was put back");
  EXPECT_EQ(LaneOf(second()), lane);
  EXPECT_EQ(second().journal->state().lanes.Own(mailbox())->stored_seq, before + 1);
  Hear(third());
  EXPECT_THAT(AlarmsOf(third()), Contains(Code::kEquivocation));
}

TEST_F(Adversary20, AHiddenHeadThatAnotherDeviceCitesKeepsARestoredVaultFromItsLane) {
  const MemStore backup = second().store;
  const LaneKey lane = LaneOf(second());
  const uint64_t before = second().journal->state().lanes.Own(mailbox())->stored_seq;
  lying_.WriteAndSend(second(), "after the backup");
  Hear(third());
  lying_.WriteAndSend(third(), "of who has read it");
  second().store = backup;
  Reopen(second());
  Hear(second(), Hiding(lane, before + 1));
  EXPECT_THAT(AlarmsOf(second()), ElementsAre(Code::kWithheld));
  EXPECT_NE(LaneOf(second()), lane);
  ExpectNobodyAccused();
}

// ---- What the worlds by seed hold against false alarms can fail.

TEST_F(Adversary, AWorldInWhichSomebodyLiedIsNotClean) {
  const std::vector<SignedRecord> yesterday = Log();
  lying_.WriteAndSend(first(), "today");
  Hear(second());
  Hear(second(), Instead(yesterday));
  lying_.Heal();
  lying_.world().Check();
  EXPECT_THAT(lying_.world().problems(), Contains(testing::HasSubstr("still has an alarm")));
}

}  // namespace
}  // namespace kith
