// The protocol's list of attacks, number 25: all devices are destroyed. What brings the journal back, and what does
// not.
#include "crypto/shares.h"
#include "crypto/verify/labels.h"
#include "tests/sim/trustees_world.h"

namespace kith {
namespace {

class Adversary25 : public TrusteesWorld {
 protected:
  // What a friend holds, with one byte of the secret's share altered: it parses, and is of the same set.
  static ReleaseReply Forge(ReleaseReply reply, const BoxPair& claim) {
    auto plain = OpenFrom(claim, labels::kSealRelease, reply.authority.view(), reply.box);
    EXPECT_TRUE(plain);
    auto share = EntrustedShare::Decode(plain->view());
    auto parsed = ParseShare(share->words);
    parsed->value.Mutable()[3] ^= 1;
    share->words = FormatShare(*parsed);
    reply.box = *SealTo(claim.public_key(), labels::kSealRelease, reply.authority.view(), share->Encode());
    return reply;
  }
};

TEST_F(Adversary25, ThePhraseRestoresAll) {
  Set({1, 2, 3});
  Destroy();
  ASSERT_TRUE(Recover(Phrase()));
  EXPECT_TRUE(Restored(first_));
}

TEST_F(Adversary25, TwoSharesOfThreeRestoreAll) {
  Set({1, 2, 3});
  const EntryId later = Write("after there were trustees");
  Heal();
  Destroy();
  const Result<> recovered = GatherAndRecover({1, 3});
  ASSERT_TRUE(recovered) << CodeName(recovered.error().code) << " " << recovered.error().message;
  EXPECT_TRUE(Restored(first_));
  EXPECT_TRUE(Restored(later));
  EXPECT_EQ(left_, 0u);
  EXPECT_EQ(restored_->journal->state().refused, 0u);
  const Person& person = *restored_->journal->state().person;
  EXPECT_EQ(std::ranges::count_if(person.devices(), [](const auto& device) { return !device.second.revoked; }), 1);
  EXPECT_TRUE(person.IsDevice(restored_->journal->state().device->public_key()));
  EXPECT_EQ(person.trustees(), nullptr);
}

// Nobody may prune the lanes of before any more.
TEST_F(Adversary25, WhatIsShreddedAfterwardsKeepsNothingElseFromARelayThatIsFilledAgain) {
  Set({1, 2, 3});
  const EntryId later = Write("after what is shredded");
  Heal();
  Destroy();
  ASSERT_TRUE(GatherAndRecover({1, 2}));
  Machine& back = Settle();
  Heal();
  EXPECT_TRUE(back.journal->Shred(first_)->relay_keeps);
  Heal();
  EXPECT_TRUE(back.journal->Shred(first_)->relay_keeps);
  home().Restore({});
  Heal();
  EXPECT_FALSE(back.journal->Shred(first_)->relay_keeps);
  Machine* fresh = world_.LinkNow(back);
  ASSERT_NE(fresh, nullptr);
  Reopen(*fresh);
  TalkAbout(world_, *fresh, world_.resident(0).mailbox);
  EXPECT_TRUE(Has(*fresh, later));
  const auto shredded = fresh->journal->Show(first_);
  ASSERT_FALSE(shredded.has_value());
  EXPECT_EQ(shredded.error().code, Code::kShredded);
}

TEST_F(Adversary25, TheFriendsAcceptTheNewDeviceAndForgetTheirShares) {
  Set({1, 2, 3});
  Destroy();
  ASSERT_TRUE(GatherAndRecover({1, 2}));
  Machine& back = Settle();
  Heal();
  for (size_t i = 1; i <= kFriends; ++i) {
    const Person* person = state(trustee(i)).FindPerson(world_.resident(0).id);
    EXPECT_TRUE(person->IsDevice(state(back).device->public_key())) << i;
    EXPECT_TRUE(state(trustee(i)).trusts.held().at(circle(i)).box.empty()) << i;
  }
  // The secret is spent: neither its seat nor its box lets anybody in.
  EXPECT_EQ(home().Find(world_.resident(0).mailbox)->seats.seats().size(), 1u);
}

TEST_F(Adversary25, OneShareRestoresNothing) {
  Set({1, 2, 3});
  Destroy();
  const Result<> recovered = GatherAndRecover({2});
  ASSERT_FALSE(recovered);
  EXPECT_EQ(recovered.error().code, Code::kSharesTooFew);
}

TEST_F(Adversary25, AForgedShareRestoresNothing) {
  Set({1, 2, 3});
  Destroy();
  BoxPair claim = BoxPair::Generate();
  const BoxPair copy = BoxPair::FromSecret(BoxSecret::Copy(claim.secret().Reveal()));
  Gathering gathering(std::move(claim));
  ASSERT_TRUE(gathering.Take(*Ask(1, copy.public_key())));
  ASSERT_TRUE(gathering.Take(Forge(*Ask(2, copy.public_key()), copy)));
  const auto combined = gathering.Combine();
  ASSERT_FALSE(combined);
  EXPECT_EQ(combined.error().code, Code::kSharesForged);
}

// One friend more outweighs it.
TEST_F(Adversary25, AForgedShareAmongEnoughOthersIsLeftOut) {
  Set({1, 2, 3});
  Destroy();
  BoxPair claim = BoxPair::Generate();
  const BoxPair copy = BoxPair::FromSecret(BoxSecret::Copy(claim.secret().Reveal()));
  Gathering gathering(std::move(claim));
  ASSERT_TRUE(gathering.Take(Forge(*Ask(2, copy.public_key()), copy)));
  ASSERT_TRUE(gathering.Take(*Ask(1, copy.public_key())));
  EXPECT_EQ(gathering.Combine().error().code, Code::kSharesForged);
  ASSERT_TRUE(gathering.Take(*Ask(3, copy.public_key())));
  ASSERT_TRUE(Recover(*gathering.Combine()));
  EXPECT_TRUE(Restored(first_));
}

TEST_F(Adversary25, TwinTheSameSharesUnforgedRestoreAll) {
  Set({1, 2, 3});
  Destroy();
  ASSERT_TRUE(GatherAndRecover({1, 2}));
  EXPECT_TRUE(Restored(first_));
}

// Friends who kept what they were given, although they were told that it counts no more.
TEST_F(Adversary25, SharesOfAReplacedSetRestoreNothing) {
  Set({1, 2, 3});
  Gathering old(BoxPair::Generate());
  ASSERT_TRUE(Gather(old, {1, 2}));
  Set({1, 2, 3});
  Destroy();
  const Result<> recovered = Recover(*old.Combine());
  ASSERT_FALSE(recovered);
  EXPECT_EQ(recovered.error().code, Code::kRelayRefused);
  EXPECT_TRUE(GatherAndRecover({2, 3}));
}

TEST_F(Adversary25, TwinTheSameSharesRestoreAllWhileTheSetStands) {
  Set({1, 2, 3});
  Gathering old(BoxPair::Generate());
  ASSERT_TRUE(Gather(old, {1, 2}));
  Destroy();
  ASSERT_TRUE(Recover(*old.Combine()));
}

TEST_F(Adversary25, SharesOfAnEndedSetRestoreNothing) {
  Set({1, 2, 3});
  Gathering old(BoxPair::Generate());
  ASSERT_TRUE(Gather(old, {1, 2}));
  ASSERT_TRUE(owner().journal->EndTrustees());
  Heal();
  Destroy();
  const Result<> recovered = Recover(*old.Combine());
  ASSERT_FALSE(recovered);
  EXPECT_EQ(recovered.error().code, Code::kRelayRefused);
  EXPECT_EQ(GatherAndRecover({1, 2}).error().code, Code::kNotFound);
}

TEST_F(Adversary25, SharesOfTwoSetsDoNotMix) {
  Set({1, 2, 3});
  BoxPair claim = BoxPair::Generate();
  Gathering gathering(std::move(claim));
  ASSERT_TRUE(Gather(gathering, {1}));
  Set({1, 2, 3});
  ASSERT_TRUE(Gather(gathering, {2}));
  const auto combined = gathering.Combine();
  ASSERT_FALSE(combined);
  EXPECT_EQ(combined.error().code, Code::kSharesMixed);
}

// What the friends of a past set keep opens no generation announced since, even where they have the relay's disk.
TEST_F(Adversary25, AReplacedSetHasNoBoxInWhatIsAnnouncedAfterwards) {
  Set({1, 2, 3});
  Gathering old(BoxPair::Generate());
  ASSERT_TRUE(Gather(old, {1, 2}));
  const auto authority = old.Combine();
  const auto opened = [&] {
    size_t count = 0;
    for (const SignedRecord& record : LogOf(*home().Find(world_.resident(0).mailbox))) {
      const auto header = RecordHeader::Parse(record.header);
      if (header->kind != RecordKind::kGeneration) continue;
      const auto announcement = ParseAnnouncement(record.payload);
      const Bytes context = BoxContext(header->mailbox, header->lane, header->seq, header->prev);
      for (const ByteView box : announcement->boxes)
        count += OpenFrom(authority->box, labels::kSealBox, context, box).has_value() ? 1 : 0;
    }
    return count;
  };
  const size_t before = opened();
  EXPECT_GT(before, 0u);
  const GenerationId sealed_under = state(owner()).SealingGeneration(world_.resident(0).mailbox)->id;
  Set({1, 2, 3});
  EXPECT_NE(state(owner()).SealingGeneration(world_.resident(0).mailbox)->id, sealed_under);
  EXPECT_EQ(opened(), before);
}

// ---- A relay that serves an older copy of everything.

class Adversary25Witness : public Adversary25 {
 protected:
  void SetUp() override {
    Set({1, 2, 3});
    Pass(2 * kDay);
    yesterday_ = home().database();
    lost_ = Write("what the older copy lacks");
    Heal();
    // A friend hears of something else a day later, and of the witness beside it.
    Pass(2 * kDay);
    const auto shared = owner().journal->sharing().Share({.entry = first_, .circle = circle(2)});
    ASSERT_TRUE(shared);
    Heal();
    Gathering gathering(BoxPair::Generate());
    ASSERT_TRUE(Gather(gathering, {1, 2}));
    authority_.emplace(*gathering.Combine());
    witnesses_ = gathering.witnesses();
    ASSERT_FALSE(witnesses_.empty());
    Destroy();
  }

  SimRelay::Database yesterday_;
  EntryId lost_;
  std::optional<RecoveryAuthority> authority_;
  std::vector<Bytes> witnesses_;
};

TEST_F(Adversary25Witness, AFriendsWitnessCatchesAStaleRelay) {
  home().Pretend(yesterday_);
  const Result<> by_shares = Recover(*std::move(authority_), {.witnesses = witnesses_});
  ASSERT_FALSE(by_shares);
  EXPECT_EQ(by_shares.error().code, Code::kRollback);
  const Result<> by_phrase = Recover(Phrase(), {.witnesses = witnesses_});
  ASSERT_FALSE(by_phrase);
  EXPECT_EQ(by_phrase.error().code, Code::kRollback);
}

TEST_F(Adversary25Witness, TwinWithoutTheWitnessNobodyTells) {
  home().Pretend(yesterday_);
  ASSERT_TRUE(Recover(Phrase()));
  EXPECT_FALSE(Restored(lost_));
}

TEST_F(Adversary25Witness, TwinAnHonestRelayHasAllThatTheWitnessKnows) {
  ASSERT_TRUE(Recover(*std::move(authority_), {.witnesses = witnesses_}));
  EXPECT_TRUE(Restored(lost_));
}

TEST_F(Adversary25Witness, WhatIsLostForGoodIsLeftBehindOnRequestOnly) {
  home().Pretend(yesterday_);
  ASSERT_TRUE(Recover(Phrase(), {.missing = Recovery::Missing::kAccept, .witnesses = witnesses_}));
  EXPECT_TRUE(Restored(first_));
}

// A friend who makes up a witness accuses nobody: it bears no device's signature.
TEST_F(Adversary25Witness, AWitnessThatAFriendMadeUpTellsNothing) {
  Bytes& sealed = witnesses_.front();
  sealed.back() ^= 1;
  home().Pretend(yesterday_);
  EXPECT_TRUE(Recover(Phrase(), {.witnesses = {sealed}}));
}

}  // namespace
}  // namespace kith
