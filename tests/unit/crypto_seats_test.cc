#include "crypto/base/limits.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "crypto/verify/seats.h"
#include "tests/unit/crypto_testing.h"

namespace kith {
namespace {

using SignedBy = SeatStatement::SignedBy;

// The n-th key of these tests, made once each: making one costs more than the rules under test.
const Signer& KeyNumber(size_t n) {
  static std::map<size_t, Signer> keys;
  const auto found = keys.find(n);
  if (found != keys.end()) return found->second;
  Bytes seed(32);
  seed[0] = static_cast<uint8_t>(n);
  seed[1] = static_cast<uint8_t>(n >> 8);
  return keys.emplace(n, Signer::FromSeed(SignSeed::Copy(seed))).first->second;
}
const SignPublic& Key(size_t n) { return KeyNumber(n).public_key(); }

constexpr size_t kRoot = 0, kAnn = 1, kBob = 2, kAnnLane = 11, kBobLane = 12;

// A mailbox with the owner Ann, the member Bob, and a lane of each.
class SeatsTest : public testing::Test {
 protected:
  SeatsTest() {
    const auto begun = Try(kRoot, {AddSeat{Key(kAnn), true}, AddSeat{Key(kBob), false},
                                   AddLane{Key(kAnn), Key(kAnnLane)}, AddLane{Key(kBob), Key(kBobLane)}});
    KITH_CHECK(begun.has_value());
    table_ = *begun;
  }

  SeatStatement Next(size_t signer, std::vector<SeatChange> changes) const {
    const MailboxId mailbox = table_.number() == 0 ? MailboxIdOf(Key(signer)) : table_.mailbox();
    return {.mailbox = mailbox,
            .number = table_.number() + 1,
            .prev = table_.head(),
            .signed_by = Key(signer) == table_.root() || table_.number() == 0 ? SignedBy::kRoot : SignedBy::kSeat,
            .signer = Key(signer),
            .changes = std::move(changes)};
  }
  Result<SeatTable> Try(size_t signer, std::vector<SeatChange> changes) const {
    return table_.Apply(SignStatement(KeyNumber(signer), Next(signer, std::move(changes))));
  }
  std::optional<Code> CodeFor(size_t signer, std::vector<SeatChange> changes) const {
    return CodeOf(Try(signer, std::move(changes)));
  }
  void Take(size_t signer, std::vector<SeatChange> changes) {
    const auto next = Try(signer, std::move(changes));
    ASSERT_TRUE(next) << CodeName(next.error().code);
    table_ = *next;
  }

  SeatTable table_;
};

TEST_F(SeatsTest, BeginsWithTheRoot) {
  EXPECT_EQ(table_.mailbox(), MailboxIdOf(Key(kRoot)));
  EXPECT_EQ(table_.number(), 1U);
  EXPECT_TRUE(table_.Listed(Key(kAnnLane)));
  EXPECT_TRUE(table_.seats().at(Key(kAnn)).owner);
  EXPECT_FALSE(table_.seats().at(Key(kBob)).owner);
  ASSERT_NE(table_.SeatOf(Key(kBobLane)), nullptr);
  EXPECT_EQ(*table_.SeatOf(Key(kBobLane)), Key(kBob));
  EXPECT_EQ(table_.SeatOf(Key(99)), nullptr);
  EXPECT_FALSE(table_.Known(Key(99)));
}

TEST_F(SeatsTest, AnOwnerSaysWhoIsOneAndNobodyElse) {
  EXPECT_EQ(CodeFor(kBob, {SetOwner{Key(kBob), true}}), Code::kStatementForbidden);
  EXPECT_EQ(CodeFor(kAnn, {SetOwner{Key(99), true}}), Code::kStatementForbidden);
  Take(kAnn, {SetOwner{Key(kBob), true}});
  EXPECT_TRUE(table_.seats().at(Key(kBob)).owner);
  Take(kBob, {SetOwner{Key(kAnn), false}});
  EXPECT_FALSE(table_.seats().at(Key(kAnn)).owner);
  EXPECT_EQ(CodeFor(kAnn, {RemoveSeat{Key(kBob)}}), Code::kStatementForbidden);
}

TEST_F(SeatsTest, ASeatIsFoundByEveryKeyThatItHad) {
  Take(kBob, {ReplaceSeat{Key(kBob), Key(21)}});
  Take(21, {ReplaceSeat{Key(21), Key(22)}});
  ASSERT_NE(table_.Present(Key(kBob)), nullptr);
  EXPECT_EQ(*table_.Present(Key(kBob)), Key(22));
  EXPECT_EQ(*table_.Present(Key(22)), Key(22));
  EXPECT_EQ(table_.Present(Key(99)), nullptr);
  Take(kAnn, {RemoveSeat{Key(22)}});
  EXPECT_EQ(table_.Present(Key(kBob)), nullptr);
}

TEST_F(SeatsTest, TheFirstStatementIsItsRootsAndListsALane) {
  table_ = SeatTable();
  const auto code = [&](const std::function<void(SeatStatement&)>& change, size_t signer = kRoot) {
    SeatStatement statement = Next(kRoot, {AddSeat{Key(kAnn), true}, AddLane{Key(kAnn), Key(kAnnLane)}});
    change(statement);
    return CodeOf(table_.Apply(SignStatement(KeyNumber(signer), statement)));
  };
  EXPECT_EQ(code([](SeatStatement&) {}), std::nullopt);
  EXPECT_EQ(code([](SeatStatement& s) { s.changes.pop_back(); }), Code::kStatementForbidden);
  EXPECT_EQ(code([](SeatStatement& s) { s.mailbox.value[0] ^= 1; }), Code::kStatementForbidden);
  EXPECT_EQ(code([](SeatStatement& s) { s.signed_by = SignedBy::kSeat; }), Code::kStatementForbidden);
  EXPECT_EQ(code([](SeatStatement&) {}, kAnn), Code::kSignatureInvalid);
  EXPECT_EQ(code([](SeatStatement& s) { s.number = 2, s.prev.value[0] = 1; }), Code::kStatementConflict);
  EXPECT_EQ(code([](SeatStatement& s) { s.changes.push_back(RemoveLane{Key(kAnnLane)}); }), Code::kStatementForbidden);
}

TEST_F(SeatsTest, StatementsFollowOneAnother) {
  const auto code = [&](const std::function<void(SeatStatement&)>& change) {
    SeatStatement statement = Next(kBob, {AddLane{Key(kBob), Key(21)}});
    change(statement);
    return CodeOf(table_.Apply(SignStatement(KeyNumber(kBob), statement)));
  };
  EXPECT_EQ(code([](SeatStatement&) {}), std::nullopt);
  EXPECT_EQ(code([](SeatStatement& s) { s.number = 3; }), Code::kStatementConflict);
  EXPECT_EQ(code([](SeatStatement& s) { s.number = 1, s.prev = {}; }), Code::kStatementConflict);
  EXPECT_EQ(code([](SeatStatement& s) { s.prev.value[0] ^= 1; }), Code::kStatementConflict);
  EXPECT_EQ(code([](SeatStatement& s) { s.mailbox.value[0] ^= 1; }), Code::kStatementConflict);
  EXPECT_EQ(code([](SeatStatement& s) { s.signer = Key(kAnn); }), Code::kSignatureInvalid);
  EXPECT_EQ(code([](SeatStatement& s) { s.signer = Key(99); }), Code::kStatementForbidden);
  EXPECT_EQ(code([](SeatStatement& s) { s.signed_by = SignedBy::kRoot; }), Code::kStatementForbidden);
}

// ---- 19. A seat that removes another's lane: refused. (At the relay: adversary_test.cc of tests/relay.)

TEST_F(SeatsTest, Adversary19AMemberActsForItselfOnly) {
  EXPECT_EQ(CodeFor(kBob, {AddLane{Key(kBob), Key(21)}}), std::nullopt);
  EXPECT_EQ(CodeFor(kBob, {RemoveLane{Key(kBobLane)}}), std::nullopt);
  EXPECT_EQ(CodeFor(kBob, {ReplaceSeat{Key(kBob), Key(21)}}), std::nullopt);
  EXPECT_EQ(CodeFor(kBob, {AddLane{Key(kAnn), Key(21)}}), Code::kStatementForbidden);
  EXPECT_EQ(CodeFor(kBob, {RemoveLane{Key(kAnnLane)}}), Code::kStatementForbidden);
  EXPECT_EQ(CodeFor(kBob, {RemoveLane{Key(99)}}), Code::kStatementForbidden);
  EXPECT_EQ(CodeFor(kBob, {ReplaceSeat{Key(kAnn), Key(21)}}), Code::kStatementForbidden);
  EXPECT_EQ(CodeFor(kBob, {AddSeat{Key(21), false}}), Code::kStatementForbidden);
  EXPECT_EQ(CodeFor(kBob, {RemoveSeat{Key(kAnn)}}), Code::kStatementForbidden);
  EXPECT_EQ(CodeFor(kBob, {RemoveSeat{Key(kBob)}}), Code::kStatementForbidden);
  EXPECT_EQ(CodeFor(kBob, {ReplaceRoot{Key(21)}}), Code::kStatementForbidden);
}

TEST_F(SeatsTest, AnOwnerAlsoSeatsOthersButIsNotThem) {
  EXPECT_EQ(CodeFor(kAnn, {AddSeat{Key(21), false}}), std::nullopt);
  EXPECT_EQ(CodeFor(kAnn, {AddSeat{Key(21), true}}), std::nullopt);
  EXPECT_EQ(CodeFor(kAnn, {RemoveSeat{Key(kBob)}}), std::nullopt);
  EXPECT_EQ(CodeFor(kAnn, {RemoveSeat{Key(99)}}), Code::kStatementForbidden);
  EXPECT_EQ(CodeFor(kAnn, {AddLane{Key(kBob), Key(21)}}), Code::kStatementForbidden);
  EXPECT_EQ(CodeFor(kAnn, {RemoveLane{Key(kBobLane)}}), Code::kStatementForbidden);
  EXPECT_EQ(CodeFor(kAnn, {ReplaceSeat{Key(kBob), Key(21)}}), Code::kStatementForbidden);
  EXPECT_EQ(CodeFor(kAnn, {ReplaceRoot{Key(21)}}), Code::kStatementForbidden);
}

TEST_F(SeatsTest, TheRootOverridesAll) {
  EXPECT_EQ(CodeFor(kRoot, {AddLane{Key(kBob), Key(21)}, RemoveLane{Key(kAnnLane)}, ReplaceSeat{Key(kBob), Key(22)},
                            RemoveSeat{Key(kAnn)}, ReplaceRoot{Key(23)}}),
            std::nullopt);
  EXPECT_EQ(CodeFor(kRoot, {AddLane{Key(99), Key(21)}}), Code::kStatementForbidden) << "no such seat";
  EXPECT_EQ(CodeFor(kRoot, {ReplaceSeat{Key(99), Key(21)}}), Code::kStatementForbidden);
  Take(kRoot, {ReplaceRoot{Key(23)}});
  EXPECT_EQ(CodeFor(23, {RemoveSeat{Key(kBob)}}), std::nullopt);
  EXPECT_EQ(CodeFor(kRoot, {RemoveSeat{Key(kBob)}}), Code::kStatementForbidden) << "the old root is done";
  EXPECT_EQ(table_.mailbox(), MailboxIdOf(Key(kRoot))) << "the mailbox keeps its name";
}

TEST_F(SeatsTest, ARemovedSeatClosesItsLanes) {
  Take(kAnn, {RemoveSeat{Key(kBob)}});
  EXPECT_FALSE(table_.Listed(Key(kBobLane)));
  EXPECT_TRUE(table_.Known(Key(kBobLane)));
  ASSERT_NE(table_.SeatOf(Key(kBobLane)), nullptr);
  EXPECT_EQ(*table_.SeatOf(Key(kBobLane)), Key(kBob));
  EXPECT_EQ(CodeFor(kBob, {AddLane{Key(kBob), Key(21)}}), Code::kStatementForbidden);
}

// One statement cuts off one's own stolen device.
TEST_F(SeatsTest, AReplacedSeatKeepsItsLanesUnderItsNewKey) {
  Take(kBob, {RemoveLane{Key(kBobLane)}, AddLane{Key(kBob), Key(21)}, ReplaceSeat{Key(kBob), Key(22)},
              AddLane{Key(22), Key(23)}});
  EXPECT_FALSE(table_.seats().contains(Key(kBob)));
  EXPECT_EQ(*table_.SeatOf(Key(kBobLane)), Key(22)) << "closed lanes follow the seat too";
  EXPECT_EQ(*table_.SeatOf(Key(21)), Key(22));
  EXPECT_EQ(table_.seats().at(Key(22)).lanes, (std::set<LaneKey>{Key(21), Key(23)}));
  EXPECT_EQ(CodeFor(kBob, {RemoveLane{Key(21)}}), Code::kStatementForbidden) << "the thief's key is worth nothing";
  EXPECT_EQ(CodeFor(22, {RemoveLane{Key(21)}}), std::nullopt);
}

TEST_F(SeatsTest, ASeatThatLeftGoesNoFurtherInItsStatement) {
  Take(kRoot, {AddSeat{Key(21), true}});
  EXPECT_EQ(CodeFor(21, {RemoveSeat{Key(21)}, RemoveSeat{Key(kBob)}}), Code::kStatementForbidden);
  EXPECT_EQ(CodeFor(kBob, {ReplaceSeat{Key(kBob), Key(22)}, AddLane{Key(kBob), Key(23)}}), Code::kStatementForbidden);
}

TEST_F(SeatsTest, NoKeyIsListedTwice) {
  Take(kBob, {RemoveLane{Key(kBobLane)}, ReplaceSeat{Key(kBob), Key(21)}});
  Take(kRoot, {ReplaceRoot{Key(22)}});
  for (const size_t used : {kRoot, size_t{22}, kAnn, kAnnLane, kBob, size_t{21}, kBobLane}) {
    EXPECT_EQ(CodeFor(22, {AddLane{Key(kAnn), Key(used)}}), Code::kStatementForbidden) << used;
    EXPECT_EQ(CodeFor(22, {AddSeat{Key(used), false}}), Code::kStatementForbidden) << used;
    EXPECT_EQ(CodeFor(22, {ReplaceSeat{Key(kAnn), Key(used)}}), Code::kStatementForbidden) << used;
    EXPECT_EQ(CodeFor(22, {ReplaceRoot{Key(used)}}), Code::kStatementForbidden) << used;
  }
}

TEST_F(SeatsTest, HasItsLimits) {
  std::vector<SeatChange> lanes, seats;
  for (size_t i = 1; i < 64; ++i) lanes.push_back(AddLane{Key(kAnn), Key(100 + i)});
  for (size_t i = 2; i < 64; ++i) seats.push_back(AddSeat{Key(200 + i), false});
  Take(kAnn, lanes);
  Take(kAnn, seats);
  EXPECT_EQ(CodeFor(kAnn, {AddLane{Key(kAnn), Key(21)}}), Code::kTooLarge);
  EXPECT_EQ(CodeFor(kAnn, {AddSeat{Key(21), false}}), Code::kTooLarge);
  EXPECT_EQ(CodeFor(kAnn, {RemoveLane{Key(101)}, AddLane{Key(kAnn), Key(21)}}), std::nullopt);
}

TEST_F(SeatsTest, AFailedStatementChangesNothing) {
  const SeatTable before = table_;
  EXPECT_EQ(CodeFor(kBob, {RemoveLane{Key(kBobLane)}, RemoveLane{Key(kAnnLane)}}), Code::kStatementForbidden);
  EXPECT_EQ(table_, before);
}

TEST_F(SeatsTest, Adversary07EveryBitOfAStatementCounts) {
  const SignedStatement statement =
      SignStatement(KeyNumber(kBob), Next(kBob, {AddLane{Key(kBob), Key(21)}, RemoveLane{Key(kBobLane)}}));
  ExpectEveryFlipRefused(statement.body, [&](ByteView body) {
    return !table_.Apply({.body = Bytes(body.begin(), body.end()), .signature = statement.signature});
  });
  ExpectEveryFlipRefused(
      Bytes(statement.signature.value.begin(), statement.signature.value.end()), [&](ByteView signature) {
        return CodeOf(table_.Apply({.body = statement.body, .signature = *Signature::From(signature)})) ==
               Code::kSignatureInvalid;
      });
}

TEST_F(SeatsTest, TheLayoutIsStrict) {
  SeatStatement statement = Next(kRoot, {AddSeat{Key(21), true}, RemoveSeat{Key(kBob)}, ReplaceSeat{Key(kAnn), Key(22)},
                                         AddLane{Key(21), Key(23)}, RemoveLane{Key(kAnnLane)}, ReplaceRoot{Key(24)}});
  const Bytes body = statement.Encode();
  const auto parsed = SeatStatement::Parse(body);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->Encode(), body);
  EXPECT_EQ(parsed->changes, statement.changes);
  for (size_t length = 0; length < body.size(); ++length) {
    EXPECT_EQ(CodeOf(SeatStatement::Parse(ByteView(body).first(length))), Code::kMalformed);
  }
  const auto code = [&](const std::function<void(Bytes&)>& change) {
    Bytes changed = body;
    change(changed);
    return CodeOf(SeatStatement::Parse(changed));
  };
  EXPECT_EQ(code([](Bytes& b) { b[0] = 2; }), Code::kSuiteUnsupported);
  EXPECT_EQ(code([](Bytes& b) { b.push_back(0); }), Code::kMalformed);
  EXPECT_EQ(code([](Bytes& b) { b[73] = 2; }), Code::kMalformed) << "signed by neither";
  EXPECT_EQ(code([](Bytes& b) { b[106] = 0; }), Code::kMalformed) << "no changes";
  EXPECT_EQ(code([](Bytes& b) { b[107] = 0; }), Code::kMalformed) << "unknown change";
  EXPECT_EQ(code([](Bytes& b) { b[107] = 8; }), Code::kMalformed);
  EXPECT_EQ(code([](Bytes& b) { b[140] = 2; }), Code::kMalformed) << "owner is 0 or 1";
  EXPECT_EQ(code([](Bytes& b) { b.resize(limits::kStatementBody + 1); }), Code::kTooLarge);
}

// Whatever was tried in whatever order, whoever replays what was taken has the same table, and the table holds
// together.
TEST_F(SeatsTest, ReplayGivesTheSameTable) {
  const SeatTable begun = table_;
  size_t taken = 0, refused = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Walk walk(seed);
    const auto key = [&] { return Key(walk.Next(60)); };
    table_ = begun;
    std::vector<SignedStatement> log;
    for (int step = 0; step < 100; ++step) {
      std::vector<SeatChange> changes;
      for (uint64_t count = 1 + walk.Next(2); count > 0; --count) {
        switch (walk.Next(6)) {
          case 0:
            changes.emplace_back(AddSeat{key(), walk.Next(2) == 0});
            break;
          case 1:
            changes.emplace_back(RemoveSeat{key()});
            break;
          case 2:
            changes.emplace_back(ReplaceSeat{key(), key()});
            break;
          case 3:
            changes.emplace_back(AddLane{key(), key()});
            break;
          case 4:
            changes.emplace_back(RemoveLane{key()});
            break;
          case 5:
            changes.emplace_back(ReplaceRoot{key()});
            break;
        }
      }
      size_t signer = walk.Next(60);
      while (step % 2 == 0 && Key(signer) != table_.root()) signer = (signer + 1) % 60;
      const SignedStatement statement = SignStatement(KeyNumber(signer), Next(signer, std::move(changes)));
      const auto next = table_.Apply(statement);
      next ? ++taken : ++refused;
      if (!next) continue;
      table_ = *next;
      log.push_back(statement);
    }
    SeatTable replayed = begun;
    for (const SignedStatement& statement : log) {
      const auto next = replayed.Apply(statement);
      ASSERT_TRUE(next);
      replayed = *next;
    }
    EXPECT_EQ(replayed, table_);
    for (const auto& [seat, what] : table_.seats()) {
      for (const LaneKey& lane : what.lanes) EXPECT_EQ(*table_.SeatOf(lane), seat);
    }
  }
  EXPECT_GT(taken, 100U);
  EXPECT_GT(refused, 100U);
}

}  // namespace
}  // namespace kith
