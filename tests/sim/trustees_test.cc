// Trustees who wait before they release a share, an owner who says no, and what friends' devices keep.
#include "client/core/witness.h"
#include "tests/sim/trustees_world.h"

namespace kith {
namespace {

using Trustees = TrusteesWorld;

Code CodeOf(const Result<>& result) { return result ? Code::kInternal : result.error().code; }

TEST_F(Trustees, TheOwnerSeesWhoHasOpenedTheirShare) {
  Set({1, 2});
  const std::vector<Trustee> trustees = TrusteesOf(state(owner()));
  ASSERT_EQ(trustees.size(), 2u);
  for (const Trustee& one : trustees) {
    EXPECT_TRUE(one.sent);
    EXPECT_TRUE(one.taken);
  }
  EXPECT_EQ(OpenEntrusted(state(trustee(1)), circle(1))->needed, 2);
  EXPECT_EQ(OpenEntrusted(state(trustee(3)), circle(3)).error().code, Code::kNotFound);
}

TEST_F(Trustees, ASetNeedsTwoDistinctFriends) {
  const auto code = [&](std::vector<size_t> who, size_t needed, uint64_t delay_ms = 0) {
    TrusteesPlan plan{.circles = {}, .needed = needed, .delay_ms = delay_ms};
    for (const size_t i : who) plan.circles.push_back(circle(i));
    return CodeOf(owner().journal->SetTrustees(plan));
  };
  EXPECT_EQ(code({1, 2, 3}, 1), Code::kInvalidArgument);
  EXPECT_EQ(code({1}, 1), Code::kInvalidArgument);
  EXPECT_EQ(code({1, 2}, 3), Code::kInvalidArgument);
  EXPECT_EQ(code({1, 1}, 2), Code::kInvalidArgument);
  EXPECT_EQ(code({1, 2}, 2, 31ULL * kDay), Code::kInvalidArgument);
  TrusteesPlan stranger{.circles = {circle(1), world_.resident(1).mailbox}};
  EXPECT_EQ(CodeOf(owner().journal->SetTrustees(stranger)), Code::kNotFound);
  EXPECT_EQ(CodeOf(owner().journal->EndTrustees()), Code::kNotFound);
  EXPECT_EQ(state(owner()).person->trustees(), nullptr);
}

// Nothing on the owner's devices gives the secret back: the shares there are sealed to the friends.
TEST_F(Trustees, TheOwnersDeviceKeepsNoShareThatItCanOpen) {
  Set({1, 2, 3});
  const std::string words = OpenEntrusted(state(trustee(1)), circle(1))->words;
  const std::string some = words.substr(words.size() / 2);
  for (const auto& [key, value] : owner().store.contents()) EXPECT_EQ(ToString(value).find(some), std::string::npos);
  for (const storage::Lane& lane : state(owner()).lanes.all()) {
    for (uint64_t seq = 1; seq <= lane.stored_seq; ++seq) {
      const auto record = Lanes::GetRecord(Transaction(owner().store), lane, seq);
      const auto header = RecordHeader::Parse((*record)->header);
      const auto opened = state(owner()).keyring.Open(*header, (*record)->payload);
      if (!opened) continue;
      EXPECT_EQ(ToString(opened->plain.view()).find(some), std::string::npos);
    }
  }
}

TEST_F(Trustees, AReplacedShareIsTakenFromTheRelay) {
  Set({1, 2, 3});
  const auto payloads = [&](size_t i) {
    size_t full = 0;
    for (const auto& record : home().Find(circle(i))->log) full += record->payload.empty() ? 0 : 1;
    return full;
  };
  const storage::Place old = state(owner()).trusts.given().at(circle(1)).place;
  const auto packed = *state(owner()).FindPacked(old.owner, old.number);
  ASSERT_TRUE(packed);
  EXPECT_GT(payloads(1), 0u);
  Set({1, 2, 3});
  const storage::Lane& lane = *state(owner()).lanes.Find(packed->lane);
  bool there = false;
  for (const auto& record : home().Find(circle(1))->log) {
    const auto header = RecordHeader::Parse(record->header);
    there |= header->lane == lane.key && header->seq == packed->seq && !record->payload.empty();
  }
  EXPECT_FALSE(there);
}

TEST_F(Trustees, WhoIsNoTrusteeAnyMoreForgetsTheShare) {
  Set({1, 2, 3});
  Set({2, 3});
  EXPECT_EQ(OpenEntrusted(state(trustee(1)), circle(1)).error().code, Code::kNotFound);
  EXPECT_TRUE(OpenEntrusted(state(trustee(2)), circle(2)));
}

// ---- The delay, and the veto.

class TrusteesDelay : public TrusteesWorld {
 protected:
  void SetUp() override { Set({1, 2, 3}, 2, 3 * kDay); }
  Gathering gathering_{BoxPair::Generate()};
};

TEST_F(TrusteesDelay, NothingIsReleasedBeforeItIsOver) {
  EXPECT_EQ(CodeOf(Gather(gathering_, {1})), Code::kTrusteesDelay);
  Pass(3 * kDay - 60'000);
  EXPECT_EQ(CodeOf(Gather(gathering_, {1})), Code::kTrusteesDelay);
  EXPECT_EQ(gathering_.gathered(), 0u);
}

TEST_F(TrusteesDelay, TwinOnceItIsOverTheSameClaimGetsTheShare) {
  EXPECT_EQ(CodeOf(Gather(gathering_, {1})), Code::kTrusteesDelay);
  EXPECT_EQ(CodeOf(Gather(gathering_, {2})), Code::kTrusteesDelay);
  Pass(3 * kDay);
  ASSERT_TRUE(Gather(gathering_, {1, 2}));
  Destroy();
  ASSERT_TRUE(Recover(*gathering_.Combine()));
  EXPECT_TRUE(Restored(first_));
}

TEST_F(TrusteesDelay, AnotherClaimWaitsAnew) {
  EXPECT_EQ(CodeOf(Gather(gathering_, {1})), Code::kTrusteesDelay);
  Pass(3 * kDay);
  Gathering other(BoxPair::Generate());
  EXPECT_EQ(CodeOf(Gather(other, {1})), Code::kTrusteesDelay);
}

TEST_F(TrusteesDelay, TheOwnerHearsOfItAndVetoesIt) {
  EXPECT_EQ(CodeOf(Gather(gathering_, {1})), Code::kTrusteesDelay);
  Heal();
  const std::vector<ShareClaim> claims = ClaimsOnOwn(state(owner()));
  ASSERT_EQ(claims.size(), 1u);
  EXPECT_EQ(claims.front().circle, circle(1));
  EXPECT_FALSE(claims.front().vetoed);
  EXPECT_EQ(*owner().journal->VetoClaims(), 1u);
  Heal();
  Pass(4 * kDay);
  EXPECT_EQ(CodeOf(Gather(gathering_, {1})), Code::kVetoed);
  // Those who were not asked yet know it too, after a restart as well.
  Reopen(trustee(2));
  EXPECT_EQ(CodeOf(Gather(gathering_, {2})), Code::kVetoed);
  EXPECT_TRUE(ClaimsOnOwn(state(owner())).front().vetoed);
  EXPECT_EQ(owner().journal->VetoClaims().error().code, Code::kNotFound);
}

// A friend cannot veto in the owner's place what was asked of another friend.
TEST_F(TrusteesDelay, AFriendsVetoCountsNothing) {
  EXPECT_EQ(CodeOf(Gather(gathering_, {1})), Code::kTrusteesDelay);
  Heal();
  Transaction tx(owner().store);
  const auto taken = TakeTrusteeOp(state(owner()), tx, circle(1), state(owner()).friends.at(circle(1)).person,
                                   TrusteeVetoOp{.hlc = 9, .claim = gathering_.claim()}, {});
  // It says something of their own journal alone.
  EXPECT_TRUE(taken);
  EXPECT_FALSE(ClaimsOnOwn(state(owner())).front().vetoed);
}

TEST_F(Trustees, AWrongCodeGetsNothingAndTellsNobody) {
  Set({1, 2, 3});
  const PairingContext context{.mode = PairingMode::kRelease, .relay_key = home().key(), .nameplate = 4};
  ReleaseHost host(context, "cabin-lunar-oak", circle(1));
  ReleaseGuest guest(context, "cabin-lunar-owl", BoxPair::Generate().public_key());
  const auto confirmed = host.OnAnswer(*guest.Respond(host.first_message()));
  ASSERT_FALSE(confirmed);
  EXPECT_EQ(confirmed.error().code, Code::kPairingFailed);
  EXPECT_EQ(host.OnRequest(state(trustee(1)), Bytes(100)).error().code, Code::kPairingFailed);
  EXPECT_TRUE(state(trustee(1)).trusts.claims().empty());
}

// ---- Witnesses.

TEST_F(Trustees, AWitnessGoesBesideWhatIsSentAndNeverByItself) {
  Set({1, 2, 3});
  const size_t before = home().Find(circle(3))->log.size();
  Write("of which the friends hear nothing");
  Pass(10 * kDay);
  Heal();
  EXPECT_EQ(home().Find(circle(3))->log.size(), before);
  const auto left = [&] {
    const auto& all = state(owner()).trusts.left();
    return all.contains(circle(3)) ? all.at(circle(3)).at_ms : 0;
  };
  const uint64_t then = left();
  ASSERT_TRUE(owner().journal->sharing().Share({.entry = first_, .circle = circle(3)}));
  Heal();
  EXPECT_GT(left(), then);
  ASSERT_TRUE(state(trustee(3)).trusts.kept().contains(circle(3)));
  // Once a day is enough.
  const size_t after = home().Find(circle(3))->log.size();
  Pass(kDay / 2);
  ASSERT_TRUE(owner().journal->sharing().Share({.entry = first_, .circle = circle(3)}));
  Heal();
  EXPECT_EQ(home().Find(circle(3))->log.size(), after + 1);
}

TEST_F(Trustees, AFriendCannotOpenTheWitness) {
  Set({1, 2});
  const Bytes sealed = state(trustee(1)).trusts.kept().at(circle(1)).sealed;
  const Person& person = *state(trustee(1)).FindPerson(world_.resident(0).id);
  EXPECT_EQ(OpenWitness(*state(trustee(1)).box, person, sealed).error().code, Code::kSealBroken);
  const RecoveryAuthority phrase = Phrase();
  const auto heads = OpenWitness(phrase.box, person, sealed);
  ASSERT_TRUE(heads);
  EXPECT_EQ(heads->size(), 1u);
}

// ---- What nobody can have the relay drop.

TEST_F(Trustees, WhoShredsHearsWhatTheRelayKeepsFromBeforeTheFriendsHelped) {
  const EntryId other = Write("in the same lane");
  Set({1, 2, 3});
  EXPECT_FALSE(owner().journal->Shred(Write("before"))->relay_keeps);
  Heal();
  Destroy();
  ASSERT_TRUE(GatherAndRecover({1, 2}));
  Machine& restored = Settle();
  const EntryId after = *restored.journal->Write(AnEntry("after"));
  Heal();
  EXPECT_FALSE(restored.journal->Shred(after)->relay_keeps);
  EXPECT_TRUE(restored.journal->Shred(first_)->relay_keeps);
  Heal();
  EXPECT_TRUE(restored.journal->Shred(first_)->relay_keeps);
  // Said again since, and at the relay all the same.
  EXPECT_TRUE(restored.journal->Shred(other)->relay_keeps);
  EXPECT_FALSE(restored.journal->Shred(after)->relay_keeps);
}

// ---- What is gathered.

TEST_F(Trustees, WhatIsGatheredGoesOnWhereItStopped) {
  Set({1, 2, 3});
  Destroy();
  Gathering begun(BoxPair::Generate());
  ASSERT_TRUE(Gather(begun, {1}));
  const auto kept = Gathering::Decode(begun.Encode());
  ASSERT_TRUE(kept);
  EXPECT_EQ((*kept)->claim(), begun.claim());
  EXPECT_EQ((*kept)->gathered(), 1u);
  EXPECT_EQ((*kept)->needed(), 2u);
  EXPECT_EQ((*kept)->witnesses(), begun.witnesses());
  EXPECT_EQ(CodeOf(Gather(**kept, {1})), Code::kShareRepeated);
  ASSERT_TRUE(Gather(**kept, {3}));
  ASSERT_TRUE(Recover(*(*kept)->Combine()));
  EXPECT_TRUE(Restored(first_));
}

TEST_F(Trustees, WhatIsGatheredIsReadWholeOrNotAtAll) {
  Set({1, 2});
  Gathering gathering(BoxPair::Generate());
  ASSERT_TRUE(Gather(gathering, {1, 2}));
  Bytes kept = gathering.Encode();
  for (size_t size = 0; size < kept.size(); size += 7)
    EXPECT_EQ(Gathering::Decode(ByteView(kept).first(size)).error().code, Code::kMalformed) << size;
  kept.push_back(0);
  EXPECT_EQ(Gathering::Decode(kept).error().code, Code::kMalformed);
}

TEST_F(Trustees, SharesOfAPastSetStandInNobodysWay) {
  Set({1, 2, 3});
  Gathering gathering(BoxPair::Generate());
  ASSERT_TRUE(Gather(gathering, {1}));
  Set({1, 2, 3});
  // What was asked for then is answered no more.
  EXPECT_EQ(CodeOf(Gather(gathering, {1})), Code::kVetoed);
  ASSERT_TRUE(Gather(gathering, {2}));
  EXPECT_EQ(gathering.Combine().error().code, Code::kSharesMixed);
  ASSERT_TRUE(Gather(gathering, {3}));
  EXPECT_EQ(gathering.gathered(), 2u);
  Destroy();
  ASSERT_TRUE(Recover(*gathering.Combine()));
  EXPECT_TRUE(Restored(first_));
}

}  // namespace
}  // namespace kith
