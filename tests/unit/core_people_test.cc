// Who a person's devices are: which of their operations count, in whatever order they come.
#include <gtest/gtest.h>

#include <algorithm>

#include "client/core/people.h"
#include "crypto/seal.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

struct Founder {
  Signer recovery = Signer::Generate();
  BoxPair recovery_box = BoxPair::Generate();
  SignedPersonOp genesis;

  Founder() {
    genesis.body = PersonOp{.parents = {},
                            .signer = recovery.public_key(),
                            .kind = PersonGenesis{.recovery_sign = recovery.public_key(),
                                                  .recovery_box = recovery_box.public_key()}}
                       .Encode();
    genesis.signature = recovery.Sign(labels::kSignPersonOp, genesis.body);
  }
  OpId id() const { return PersonOpIdOf(genesis.body); }
};

SignedPersonOp Added(const Signer& by, const Signer& device, std::vector<OpId> parents) {
  Bytes body = PersonOp{.parents = std::move(parents),
                        .signer = by.public_key(),
                        .kind = AddDevice{.device = device.public_key(), .box = BoxPair::Generate().public_key()}}
                   .Encode();
  const Signature agreed = CountersignAddDevice(device, body);
  return SignAddDevice(by, std::move(body), agreed);
}

SignedPersonOp Revoked(const Signer& by, const Signer& device, std::vector<OpId> parents) {
  SignedPersonOp op;
  op.body =
      PersonOp{
          .parents = std::move(parents), .signer = by.public_key(), .kind = RevokeDevice{.device = device.public_key()}}
          .Encode();
  op.signature = by.Sign(labels::kSignPersonOp, op.body);
  return op;
}

SignedPersonOp Signed(const Signer& by, PersonOp op) {
  op.signer = by.public_key();
  SignedPersonOp out{.body = op.Encode(), .signature = {}, .countersignature = {}};
  out.signature = by.Sign(labels::kSignPersonOp, out.body);
  return out;
}

SignedPersonOp Sealing(const Signer& by, std::vector<OpId> parents) {
  return Signed(by, {.parents = std::move(parents),
                     .kind = SealingKey{.generation = RandomId<GenerationId>(), .box = RandomId<BoxPublic>()}});
}

SignedPersonOp Recovered(const Signer& by, const Signer& device, std::vector<OpId> parents,
                         std::vector<OpId> accepted) {
  SignedPersonOp out =
      Signed(by, {.parents = std::move(parents),
                  .kind = Recover{.accepted = std::move(accepted),
                                  .device = {.device = device.public_key(), .box = BoxPair::Generate().public_key()}}});
  out.countersignature = CountersignAddDevice(device, out.body);
  return out;
}

OpId Id(const SignedPersonOp& op) { return PersonOpIdOf(op.body); }
BoxPublic BoxOf(const SignedPersonOp& op) { return std::get<SealingKey>(PersonOp::Decode(op.body)->kind).box; }

// A person with two devices, `owner` and `thief`, and what they say, given in every order.
class CoreRevocation : public testing::Test {
 protected:
  // The person that these operations make, the same whatever order they come in.
  Person Of(std::vector<SignedPersonOp> ops) {
    std::ranges::sort(ops, {}, Id);
    std::optional<Person> first;
    do {
      Person person = *Person::FromGenesis(founder_.genesis);
      for (const SignedPersonOp& op : ops) EXPECT_TRUE(person.Add(op).has_value());
      if (!first) first = person;
      EXPECT_EQ(person.heads(), first->heads());
      EXPECT_EQ(person.sealing_key() ? person.sealing_key()->box : BoxPublic(),
                first->sealing_key() ? first->sealing_key()->box : BoxPublic());
      EXPECT_EQ(person.SealingKeyCovers(), first->SealingKeyCovers());
      for (const auto& [id, device] : first->devices()) EXPECT_EQ(person.IsDevice(id), first->IsDevice(id));
      EXPECT_EQ(person.devices().size(), first->devices().size());
    } while (std::ranges::next_permutation(ops, {}, Id).found);
    return *first;
  }

  const Founder founder_;
  const Signer owner_ = Signer::Generate();
  const Signer thief_ = Signer::Generate();
  const SignedPersonOp add_owner_ = Added(founder_.recovery, owner_, {founder_.id()});
  const SignedPersonOp add_thief_ = Added(owner_, thief_, {Id(add_owner_)});
};

TEST(CorePeople, OrderOfArrivalDoesNotMatter) {
  const Founder founder;
  const Signer one = Signer::Generate();
  const Signer two = Signer::Generate();
  const SignedPersonOp add_one = Added(founder.recovery, one, {founder.id()});
  const SignedPersonOp add_two = Added(one, two, {PersonOpIdOf(add_one.body)});
  Person forwards = *Person::FromGenesis(founder.genesis);
  Person backwards = *Person::FromGenesis(founder.genesis);
  ASSERT_TRUE(forwards.Add(add_one) && forwards.Add(add_two));
  ASSERT_TRUE(backwards.Add(add_two).has_value());
  EXPECT_FALSE(backwards.IsDevice(two.public_key())) << "its signer is not known yet";
  ASSERT_TRUE(backwards.Add(add_one).has_value());
  EXPECT_TRUE(backwards.IsDevice(two.public_key()));
  EXPECT_EQ(forwards.heads(), backwards.heads());
  EXPECT_EQ(forwards.HeadHash(), backwards.HeadHash());
}

TEST(CorePeople, RevocationWinsAndStrangersAddNobody) {
  const Founder founder;
  const Signer one = Signer::Generate();
  const Signer stranger = Signer::Generate();
  Person person = *Person::FromGenesis(founder.genesis);
  const SignedPersonOp add = Added(founder.recovery, one, {founder.id()});
  ASSERT_TRUE(person.Add(add) && person.Add(Added(stranger, stranger, {founder.id()})));
  EXPECT_FALSE(person.devices().contains(stranger.public_key()));
  ASSERT_TRUE(person.Add(Revoked(founder.recovery, one, {PersonOpIdOf(add.body)})).has_value());
  EXPECT_FALSE(person.IsDevice(one.public_key()));
}

TEST(CorePeople, WhatIsNotSignedIsRefused) {
  const Founder founder;
  const Signer one = Signer::Generate();
  Person person = *Person::FromGenesis(founder.genesis);
  SignedPersonOp add = Added(founder.recovery, one, {founder.id()});
  SignedPersonOp wrong = add;
  wrong.signature.value[0] ^= 1;
  EXPECT_EQ(person.Add(wrong).error().code, Code::kSignatureInvalid);
  wrong = add;
  wrong.countersignature.reset();
  EXPECT_EQ(person.Add(wrong).error().code, Code::kSignatureInvalid);
  EXPECT_EQ(person.Add(Founder().genesis).error().code, Code::kForgedRecord);
  EXPECT_EQ(Person::FromGenesis(add).error().code, Code::kForgedRecord);
  EXPECT_TRUE(person.devices().empty());
}

// ---- Adversarial test 10 of the protocol: a stolen device revokes all others.

TEST_F(CoreRevocation, Adversary10DevicesThatRevokeEachOtherAreBothRevoked) {
  const SignedPersonOp by_thief = Revoked(thief_, owner_, {Id(add_thief_)});
  const SignedPersonOp by_owner = Revoked(owner_, thief_, {Id(add_thief_)});
  const Person person = Of({add_owner_, add_thief_, by_thief, by_owner});
  EXPECT_FALSE(person.IsDevice(owner_.public_key()));
  EXPECT_FALSE(person.IsDevice(thief_.public_key()));
}

// What would be so if a revocation did not count once its signer is revoked.
TEST_F(CoreRevocation, Adversary10TwinWithoutTheThiefsRevocationTheOwnerStands) {
  const SignedPersonOp by_owner = Revoked(owner_, thief_, {Id(add_thief_)});
  EXPECT_TRUE(Of({add_owner_, add_thief_, by_owner}).IsDevice(owner_.public_key()));
}

TEST_F(CoreRevocation, Adversary10ThePhraseRestoresTheOwner) {
  const Signer fresh = Signer::Generate();
  const SignedPersonOp by_thief = Revoked(thief_, owner_, {Id(add_thief_)});
  const SignedPersonOp by_owner = Revoked(owner_, thief_, {Id(add_thief_)});
  const Signer accomplice = Signer::Generate();
  const SignedPersonOp sneaked = Added(thief_, accomplice, {Id(add_thief_)});
  const SignedPersonOp recovered =
      Recovered(founder_.recovery, fresh, {Id(by_owner), Id(by_thief)}, {Id(by_owner), Id(by_thief)});
  const Person person = Of({add_owner_, add_thief_, by_thief, by_owner, sneaked, recovered});
  EXPECT_TRUE(person.IsDevice(fresh.public_key()));
  EXPECT_FALSE(person.IsDevice(owner_.public_key()));
  EXPECT_FALSE(person.IsDevice(thief_.public_key()));
  EXPECT_FALSE(person.devices().contains(accomplice.public_key())) << "it was not accepted";
}

TEST_F(CoreRevocation, Adversary10TwinWithoutThePhraseTheThiefsAccompliceStands) {
  const SignedPersonOp by_thief = Revoked(thief_, owner_, {Id(add_thief_)});
  const SignedPersonOp by_owner = Revoked(owner_, thief_, {Id(add_thief_)});
  const Signer accomplice = Signer::Generate();
  const SignedPersonOp sneaked = Added(thief_, accomplice, {Id(add_thief_)});
  EXPECT_TRUE(Of({add_owner_, add_thief_, by_thief, by_owner, sneaked}).IsDevice(accomplice.public_key()));
}

TEST_F(CoreRevocation, ARevocationCountsWhereverItStandsInTheGraph) {
  // Backdated: it cites nothing of what came since.
  const SignedPersonOp key = Sealing(thief_, {Id(add_thief_)});
  const Person person = Of({add_owner_, add_thief_, key, Revoked(owner_, thief_, {Id(add_owner_)})});
  EXPECT_FALSE(person.IsDevice(thief_.public_key()));
}

TEST_F(CoreRevocation, NobodyGoesOnAfterWhatSaysThatTheyAreRevoked) {
  const SignedPersonOp revoked = Revoked(owner_, thief_, {Id(add_thief_)});
  const Signer accomplice = Signer::Generate();
  const SignedPersonOp after = Added(thief_, accomplice, {Id(revoked)});
  const Person person = Of({add_owner_, add_thief_, revoked, after});
  EXPECT_FALSE(person.devices().contains(accomplice.public_key()));
  EXPECT_EQ(person.heads(), std::vector{Id(revoked)});
}

// ---- What friends seal to.

TEST_F(CoreRevocation, NobodySealsToAKeyThatARevokedDeviceSaid) {
  const SignedPersonOp honest = Sealing(owner_, {Id(add_thief_)});
  const SignedPersonOp revoked = Revoked(owner_, thief_, {Id(honest)});
  const SignedPersonOp evil = Sealing(thief_, {Id(honest)});
  EXPECT_EQ(Of({add_owner_, add_thief_, honest, evil}).sealing_key()->box, BoxOf(evil)) << "nobody knows yet";
  const Person person = Of({add_owner_, add_thief_, honest, revoked, evil});
  EXPECT_EQ(person.sealing_key()->box, BoxOf(honest));
  EXPECT_FALSE(person.SealingKeyCovers()) << "the thief has its secret";
  const SignedPersonOp renewed = Sealing(owner_, {Id(revoked)});
  const Person after = Of({add_owner_, add_thief_, honest, revoked, evil, renewed});
  EXPECT_EQ(after.sealing_key()->box, BoxOf(renewed));
  EXPECT_TRUE(after.SealingKeyCovers());
}

TEST_F(CoreRevocation, OfKeysSaidAtOnceOneThatCoversIsChosen) {
  const Signer third = Signer::Generate();
  const SignedPersonOp add_third = Added(owner_, third, {Id(add_thief_)});
  const SignedPersonOp revoked = Revoked(owner_, thief_, {Id(add_third)});
  const SignedPersonOp covering = Sealing(owner_, {Id(revoked)});
  const SignedPersonOp other = Sealing(third, {Id(add_third)});
  const Person person = Of({add_owner_, add_thief_, add_third, revoked, covering, other});
  EXPECT_EQ(person.sealing_key()->box, BoxOf(covering));
  EXPECT_TRUE(person.SealingKeyCovers());
}

TEST_F(CoreRevocation, WithAllDevicesRevokedNothingIsSealedTo) {
  const SignedPersonOp key = Sealing(owner_, {Id(add_thief_)});
  const Person person =
      Of({add_owner_, add_thief_, key, Revoked(owner_, thief_, {Id(key)}), Revoked(thief_, owner_, {Id(key)})});
  EXPECT_FALSE(person.sealing_key());
  EXPECT_FALSE(person.SealingKeyCovers());
  EXPECT_TRUE(person.HasSealed());
}

// ---- What is covered.

TEST_F(CoreRevocation, HeadsCoverWhatStandsBelowThem) {
  const SignedPersonOp revoked = Revoked(owner_, thief_, {Id(add_thief_)});
  const SignedPersonOp later = Sealing(owner_, {Id(revoked)});
  const Person before = Of({add_owner_, add_thief_});
  EXPECT_TRUE(before.Covers({}));
  const Person person = Of({add_owner_, add_thief_, revoked, later});
  const std::vector<OpId> none;
  EXPECT_FALSE(person.Covers(none));
  EXPECT_FALSE(person.Covers(std::vector{Id(add_thief_)}));
  EXPECT_FALSE(person.Covers(std::vector{RandomId<OpId>()})) << "what is not known here covers nothing";
  EXPECT_TRUE(person.Covers(std::vector{Id(revoked)}));
  EXPECT_TRUE(person.Covers(std::vector{Id(later), RandomId<OpId>()}));
}

TEST_F(CoreRevocation, ANewDeviceIsReachedByWhatFollowsItsAddition) {
  const Signer third = Signer::Generate();
  const SignedPersonOp revoked = Revoked(owner_, thief_, {Id(add_thief_)});
  const SignedPersonOp add_third = Added(owner_, third, {Id(revoked)});
  const Person person = Of({add_owner_, add_thief_, revoked, add_third});
  EXPECT_FALSE(person.Reaches(std::vector{Id(revoked)}));
  EXPECT_TRUE(person.Reaches(std::vector{Id(add_third)}));
  // A device that is revoked need not be reached.
  EXPECT_TRUE(
      Of({add_owner_, add_thief_, Revoked(owner_, thief_, {Id(add_owner_)})}).Reaches(std::vector{Id(add_owner_)}));
}

// ---- Recovery.

TEST_F(CoreRevocation, ARecoveryAcceptsExactlyItsHeadsAndWhatFollowsIt) {
  const Signer fresh = Signer::Generate();
  const Signer third = Signer::Generate();
  const Signer fourth = Signer::Generate();
  const SignedPersonOp unseen = Added(owner_, third, {Id(add_thief_)});
  const SignedPersonOp recovered = Recovered(founder_.recovery, fresh, {Id(add_thief_)}, {Id(add_thief_)});
  const SignedPersonOp after = Added(fresh, fourth, {Id(recovered)});
  const SignedPersonOp revoked = Revoked(owner_, thief_, {Id(unseen)});
  const Person person = Of({add_owner_, add_thief_, unseen, recovered, after, revoked});
  EXPECT_TRUE(person.IsDevice(owner_.public_key()));
  EXPECT_TRUE(person.IsDevice(fresh.public_key()));
  EXPECT_TRUE(person.IsDevice(fourth.public_key()));
  EXPECT_FALSE(person.devices().contains(third.public_key())) << "neither accepted nor after it";
  EXPECT_FALSE(person.IsDevice(thief_.public_key())) << "a revocation counts whatever is accepted";
}

TEST_F(CoreRevocation, ALaterRecoveryDecidesAndOfTwoAtOnceBothCount) {
  const Signer one = Signer::Generate();
  const Signer two = Signer::Generate();
  const SignedPersonOp first = Recovered(founder_.recovery, one, {Id(add_owner_)}, {Id(add_owner_)});
  const SignedPersonOp later = Recovered(founder_.recovery, two, {Id(first)}, {Id(add_owner_)});
  const Person decided = Of({add_owner_, first, later});
  EXPECT_TRUE(decided.IsDevice(two.public_key()));
  EXPECT_FALSE(decided.devices().contains(one.public_key()));
  const SignedPersonOp second = Recovered(founder_.recovery, two, {Id(add_owner_)}, {Id(add_owner_)});
  const Person both = Of({add_owner_, first, second});
  EXPECT_TRUE(both.IsDevice(one.public_key()));
  EXPECT_TRUE(both.IsDevice(two.public_key()));
}

TEST_F(CoreRevocation, NoDeviceRecovers) {
  const Signer fresh = Signer::Generate();
  const Person person = Of({add_owner_, Recovered(owner_, fresh, {Id(add_owner_)}, {Id(add_owner_)})});
  EXPECT_FALSE(person.devices().contains(fresh.public_key()));
}

TEST_F(CoreRevocation, WhatCountsIsEnoughToBeTheSamePersonElsewhere) {
  const Signer fresh = Signer::Generate();
  const SignedPersonOp revoked = Revoked(owner_, thief_, {Id(add_thief_)});
  const SignedPersonOp recovered = Recovered(founder_.recovery, fresh, {Id(revoked)}, {Id(add_owner_)});
  const Person person = Of({add_owner_, add_thief_, revoked, recovered});
  const auto copy = Person::FromAll(person.CountedOperations());
  ASSERT_TRUE(copy.has_value());
  EXPECT_EQ(copy->heads(), person.heads());
  EXPECT_EQ(copy->devices().size(), person.devices().size());
  EXPECT_FALSE(copy->devices().contains(thief_.public_key()));
}

}  // namespace
}  // namespace kith
