// The protocol's list of attacks, number 25, continued: a thief who had one of the owner's devices, a friend who
// floods, and trustees who lie.
#include "client/core/limits.h"
#include "client/core/outbox.h"
#include "client/core/sync.h"
#include "client/core/witness.h"
#include "crypto/shares.h"
#include "crypto/verify/labels.h"
#include "tests/sim/trustees_world.h"

namespace kith {
namespace {

Code CodeOf(const Result<>& result) { return result ? Code::kInternal : result.error().code; }

class Adversary25Thief : public TrusteesWorld {
 protected:
  // Says operations in a circle as a device that keeps to no rule: they only wait to be sent.
  void Say(Machine& machine, const MailboxId& circle, const std::vector<Op>& ops) {
    std::vector<Bytes> bytes;
    for (const Op& op : ops) bytes.push_back(EncodeOp(op));
    Transaction tx(machine.store);
    Outbox(state(machine)).Add(tx, state(machine).mailboxes.at(circle), bytes);
    ASSERT_TRUE(state(machine).Commit(tx));
    Heal();
  }
  std::vector<Op> Claims(size_t count) {
    std::vector<Op> ops;
    for (size_t i = 0; i < count; ++i)
      ops.emplace_back(TrusteeClaimOp{
          .hlc = 9 + i, .authority = Authority(), .claim = BoxPair::Generate().public_key(), .due_ms = 0});
    return ops;
  }
  SignPublic Authority() { return state(owner()).person->trustees()->sign; }
  // Another device of the owner, that a thief has.
  Machine& Steal() {
    Machine* linked = world_.LinkNow(owner());
    EXPECT_NE(linked, nullptr);
    Heal();
    return *linked;
  }
  const Trusts::Held& Held(size_t i) { return state(trustee(i)).trusts.held().at(circle(i)); }
};

// ---- The delay.

TEST_F(Adversary25Thief, AClaimThatIsSaidAsTheOwnerShortensNoDelay) {
  Set({1, 2, 3}, 2, 3 * kDay);
  Gathering gathering(BoxPair::Generate());
  Say(owner(), circle(1),
      {TrusteeClaimOp{.hlc = 9, .authority = Authority(), .claim = gathering.claim(), .due_ms = 0}});
  EXPECT_EQ(CodeOf(Gather(gathering, {1})), Code::kTrusteesDelay);
  Heal();
  ASSERT_EQ(ClaimsOnOwn(state(owner())).size(), 1u);
  EXPECT_EQ(*owner().journal->VetoClaims(), 1u);
  Heal();
  Pass(4 * kDay);
  EXPECT_EQ(CodeOf(Gather(gathering, {1})), Code::kVetoed);
}

// ---- Floods.

TEST_F(Adversary25Thief, AFriendWhoIsNoTrusteeMakesNoClaims) {
  Set({1, 2}, 2, 3 * kDay);
  Say(trustee(3), circle(3), Claims(300));
  EXPECT_TRUE(ClaimsOnOwn(state(owner())).empty());
  EXPECT_LE(state(owner()).trusts.claims().size(), limits::kShareClaims);
  Gathering gathering(BoxPair::Generate());
  EXPECT_EQ(CodeOf(Gather(gathering, {1})), Code::kTrusteesDelay);
  Heal();
  EXPECT_EQ(ClaimsOnOwn(state(owner())).size(), 1u);
}

TEST_F(Adversary25Thief, ATrusteeWhoFloodsHidesNoClaimOnAnotherAndStopsNoVeto) {
  Set({1, 2, 3}, 2, 3 * kDay);
  Say(trustee(2), circle(2), Claims(300));
  Gathering gathering(BoxPair::Generate());
  EXPECT_EQ(CodeOf(Gather(gathering, {1})), Code::kTrusteesDelay);
  Heal();
  EXPECT_EQ(*owner().journal->VetoClaims(), limits::kShareClaims + 1);
  Heal();
  EXPECT_EQ(CodeOf(Gather(gathering, {1})), Code::kVetoed);
  EXPECT_EQ(CodeOf(Gather(gathering, {3})), Code::kVetoed);
  // The person's own claim is not among what was vetoed.
  Gathering own(BoxPair::Generate());
  EXPECT_EQ(CodeOf(Gather(own, {1})), Code::kTrusteesDelay);
}

// Whoever says no more often than is kept has said no to everything, until there is a new set.
TEST_F(Adversary25Thief, MoreVetoesThanAreKeptEndAllClaimsOnThatSet) {
  Set({1, 2, 3});
  std::vector<Op> vetoes;
  for (size_t i = 0; i <= limits::kShareVetoes; ++i)
    vetoes.emplace_back(TrusteeVetoOp{.hlc = 9 + i, .claim = BoxPair::Generate().public_key()});
  Say(owner(), circle(1), vetoes);
  Gathering gathering(BoxPair::Generate());
  EXPECT_EQ(CodeOf(Gather(gathering, {1})), Code::kVetoed);
  Set({1, 2, 3});
  EXPECT_TRUE(Gather(gathering, {1}));
}

// ---- What a thief says as the owner.

TEST_F(Adversary25Thief, AThiefsShareDoesNotReplaceTheOwners) {
  Set({1, 2, 3});
  Machine& thief = Steal();
  const Bytes box = Held(1).box;
  Say(thief, circle(1), {TrusteeShareOp{.hlc = Held(1).hlc + 1, .authority = Authority(), .box = Bytes(100, 7)}});
  EXPECT_EQ(Held(1).box, box);
  ASSERT_EQ(TrusteesOf(state(owner())).size(), 3u);
  EXPECT_TRUE(TrusteesOf(state(owner())).front().taken);
  Destroy();
  EXPECT_TRUE(GatherAndRecover({1, 2}));
}

TEST_F(Adversary25Thief, AThiefsShareOfTheFarFutureKeepsNoneOut) {
  Set({1, 2, 3});
  Machine& thief = Steal();
  Say(thief, circle(1),
      {TrusteeShareOp{.hlc = UINT64_MAX, .authority = {std::array<uint8_t, 32>{255}}, .box = Bytes(100, 7)}});
  Set({1, 2, 3});
  EXPECT_EQ(TrusteesOf(state(owner())).size(), 3u);
  Destroy();
  EXPECT_TRUE(GatherAndRecover({1, 2}));
}

// Before it is known whom the owner named, one that is said to be of the far future would outdo all others.
TEST_F(Adversary25Thief, AShareOfTheFarFutureGivesWayToOneOfThePresent) {
  State& here = state(trustee(1));
  const PersonId from = here.friends.at(circle(1)).person;
  const storage::Place place{.kind = storage::Place::Kind::kOutbox, .owner = 0, .number = 1, .index = 0};
  const auto authority = [](uint8_t n) { return SignPublic{std::array<uint8_t, 32>{n}}; };
  Transaction tx(trustee(1).store);
  for (const Hlc hlc : {Hlc{UINT64_MAX}, here.NextHlc()}) {
    const auto share = TrusteeShareOp{.hlc = hlc, .authority = authority(hlc == UINT64_MAX ? 9 : 1), .box = Bytes(9)};
    ASSERT_TRUE(TakeTrusteeOp(here, tx, circle(1), from, share, place));
  }
  EXPECT_EQ(Held(1).authority, authority(1));
}

TEST_F(Adversary25Thief, AThiefsWordThatAShareIsNoneEndsNothing) {
  Set({1, 2, 3});
  Machine& thief = Steal();
  Say(thief, circle(1), {TrusteeShareOp{.hlc = Held(1).hlc + 1, .authority = Authority(), .box = {}}});
  EXPECT_EQ(TrusteesOf(state(owner())).size(), 3u);
  Destroy();
  EXPECT_TRUE(GatherAndRecover({1, 2}));
}

TEST_F(Adversary25Thief, AThiefsWitnessOfTheFarFutureKeepsNoneOut) {
  Set({1, 2, 3});
  Machine& thief = Steal();
  Say(thief, circle(1), {WitnessOp{.hlc = UINT64_MAX, .sealed = Bytes(100, 7)}});
  EXPECT_NE(state(trustee(1)).trusts.kept().at(circle(1)).sealed, Bytes(100, 7));
}

TEST_F(Adversary25Thief, ASeatThatWasTakenAwayIsTold) {
  Set({1, 2, 3});
  EXPECT_EQ(StandingOfTrustees(state(owner())), TrusteesStanding::kStand);
  const SeatKeyId seat = state(owner()).person->trustees()->seat;
  ASSERT_TRUE(owner().journal->sync().ChangeSeats({RemoveSeat{.seat = seat}}));
  Heal();
  EXPECT_EQ(StandingOfTrustees(state(owner())), TrusteesStanding::kSeatGone);
  Set({1, 2, 3});
  EXPECT_EQ(StandingOfTrustees(state(owner())), TrusteesStanding::kStand);
}

// ---- A set falls with the device that named it.

TEST_F(Adversary25Thief, BothSidesHearThatASetFellWithItsDevice) {
  EXPECT_EQ(StandingOfTrustees(state(owner())), TrusteesStanding::kNone);
  Machine& thief = Steal();
  ASSERT_TRUE(thief.journal->SetTrustees({.circles = {circle(1), circle(2)}, .needed = 2}));
  Heal();
  ASSERT_FALSE(Held(1).box.empty());
  ASSERT_TRUE(world_.RevokeNow(owner(), thief));
  Heal();
  EXPECT_EQ(StandingOfTrustees(state(owner())), TrusteesStanding::kFell);
  EXPECT_TRUE(TrusteesOf(state(owner())).empty());
  EXPECT_TRUE(Held(1).box.empty());
  EXPECT_EQ(OpenEntrusted(state(trustee(2)), circle(2)).error().code, Code::kNotFound);
  Gathering gathering(BoxPair::Generate());
  EXPECT_EQ(CodeOf(Gather(gathering, {1})), Code::kNotFound);
  ASSERT_TRUE(owner().journal->EndTrustees());
  EXPECT_EQ(StandingOfTrustees(state(owner())), TrusteesStanding::kNone);
  Set({1, 2, 3});
  EXPECT_EQ(StandingOfTrustees(state(owner())), TrusteesStanding::kStand);
}

// A device of the friend's that had no key to a share when it came, and tells of it once it has.
TEST_F(Adversary25Thief, AShareThatIsOpenedLaterIsToldOfThen) {
  Set({1, 2});
  Trusts::Given given = state(owner()).trusts.given().at(circle(1));
  Trusts::Held held = Held(1);
  given.taken = held.told = false;
  Transaction theirs(trustee(1).store);
  state(trustee(1)).trusts.Set(theirs, circle(1), held);
  ASSERT_TRUE(state(trustee(1)).Commit(theirs));
  Transaction ours(owner().store);
  state(owner()).trusts.Set(ours, circle(1), given);
  ASSERT_TRUE(state(owner()).Commit(ours));
  Heal();
  EXPECT_TRUE(Held(1).told);
  EXPECT_TRUE(state(owner()).trusts.given().at(circle(1)).taken);
}

// ---- Trustees who lie to whoever gathers.

class Adversary25Liar : public TrusteesWorld {
 protected:
  Adversary25Liar() : claim_(BoxPair::Generate()), gathering_(BoxPair::FromSecret(Secret())) {}
  BoxSecret Secret() { return BoxSecret::Copy(claim_.secret().Reveal()); }
  // What a friend releases, made worse.
  template <class Alter>
  ReleaseReply Altered(size_t i, const Alter& alter) {
    ReleaseReply reply = *Ask(i, claim_.public_key());
    EntrustedShare share =
        *EntrustedShare::Decode(OpenFrom(claim_, labels::kSealRelease, reply.authority.view(), reply.box)->view());
    alter(share);
    reply.box = *SealTo(claim_.public_key(), labels::kSealRelease, reply.authority.view(), share.Encode());
    return reply;
  }
  static void ChangeValue(EntrustedShare& share) {
    auto parsed = ParseShare(share.words);
    parsed->value.Mutable()[3] ^= 1;
    share.words = FormatShare(*parsed);
  }
  BoxPair claim_;
  Gathering gathering_;
};

TEST_F(Adversary25Liar, EnoughTrueSharesOutweighAFalseOne) {
  Set({1, 2, 3});
  ASSERT_TRUE(gathering_.Take(Altered(1, ChangeValue)));
  ASSERT_TRUE(gathering_.Take(*Ask(2, claim_.public_key())));
  EXPECT_EQ(gathering_.Combine().error().code, Code::kSharesForged);
  ASSERT_TRUE(gathering_.Take(*Ask(3, claim_.public_key())));
  Destroy();
  ASSERT_TRUE(Recover(*gathering_.Combine()));
  EXPECT_TRUE(Restored(first_));
}

TEST_F(Adversary25Liar, WhoComesFirstDecidesNeitherHowManyNorWhichRelay) {
  Set({1, 2, 3});
  ASSERT_TRUE(gathering_.Take(Altered(1, [](EntrustedShare& share) {
    auto parsed = ParseShare(share.words);
    parsed->member_threshold = share.needed = share.made = 16;
    share.words = FormatShare(*parsed);
  })));
  ASSERT_TRUE(gathering_.Take(Altered(1, [](EntrustedShare& share) { share.relay = "liar.test:1#00"; })));
  ASSERT_TRUE(gathering_.Take(*Ask(2, claim_.public_key())));
  EXPECT_EQ(gathering_.Combine().error().code, Code::kSharesMixed);
  ASSERT_TRUE(gathering_.Take(*Ask(3, claim_.public_key())));
  EXPECT_EQ(gathering_.needed(), 2u);
  EXPECT_EQ(gathering_.gathered(), 2u);
  EXPECT_NE(gathering_.relay(), "liar.test:1#00");
  EXPECT_TRUE(gathering_.Combine());
}

// Combining would cost minutes.
TEST_F(Adversary25Liar, AShareOfAnotherMakeIsRefusedAtOnce) {
  Set({1, 2, 3});
  EXPECT_EQ(CodeOf(gathering_.Take(Altered(1,
                                           [](EntrustedShare& share) {
                                             auto parsed = ParseShare(share.words);
                                             parsed->set.exponent = 15;
                                             share.words = FormatShare(*parsed);
                                           }))),
            Code::kSharesForged);
  EXPECT_EQ(CodeOf(gathering_.Take(Altered(1, [](EntrustedShare& share) { share.needed = 3; }))), Code::kSharesForged);
  EXPECT_EQ(gathering_.gathered(), 0u);
}

}  // namespace
}  // namespace kith
