// Which recoveries by trustees count among a person's operations, in whatever order they come.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>

#include "client/core/people.h"
#include "crypto/seal.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

OpId Id(const SignedPersonOp& op) { return PersonOpIdOf(op.body); }

// A person with two devices; the first one names trustees.
class CorePeopleTrustees : public testing::Test {
 protected:
  static SignedPersonOp Sign(const Signer& by, std::vector<OpId> parents, decltype(PersonOp::kind) kind,
                             const Signer* device = nullptr) {
    SignedPersonOp op{
        .body = PersonOp{.parents = std::move(parents), .signer = by.public_key(), .kind = std::move(kind)}.Encode(),
        .signature = {},
        .countersignature = {}};
    op.signature = by.Sign(labels::kSignPersonOp, op.body);
    if (device != nullptr) op.countersignature = CountersignAddDevice(*device, op.body);
    return op;
  }
  static SignedPersonOp Add(const Signer& by, const Signer& device, std::vector<OpId> parents) {
    return Sign(by, std::move(parents),
                AddDevice{.device = device.public_key(), .box = BoxPair::Generate().public_key()}, &device);
  }
  static SignedPersonOp Revoke(const Signer& by, const Signer& device, std::vector<OpId> parents) {
    return Sign(by, std::move(parents), RevokeDevice{.device = device.public_key()});
  }
  static SignedPersonOp Trust(const Signer& by, const Signer& authority, std::vector<OpId> parents) {
    return Sign(by, std::move(parents),
                Trustees{.sign = authority.public_key(),
                         .box = BoxPair::Generate().public_key(),
                         .seat = Signer::Generate().public_key(),
                         .needed = 2,
                         .made = 3});
  }
  static SignedPersonOp Recovered(const Signer& by, const Signer& device, std::vector<OpId> parents) {
    return Sign(by, parents,
                Recover{.accepted = parents,
                        .device = {.device = device.public_key(), .box = BoxPair::Generate().public_key()}},
                &device);
  }
  SignedPersonOp Genesis() {
    return Sign(phrase_, {},
                PersonGenesis{.recovery_sign = phrase_.public_key(), .recovery_box = BoxPair::Generate().public_key()});
  }
  // The person of the two devices and these operations, the same in every order.
  Person Of(std::vector<SignedPersonOp> ops) {
    ops.push_back(add_one_);
    ops.push_back(add_two_);
    std::ranges::sort(ops, {}, Id);
    std::optional<Person> first;
    do {
      Person person = *Person::FromGenesis(genesis_);
      for (const SignedPersonOp& op : ops) EXPECT_TRUE(person.Add(op).has_value());
      if (!first) first = person;
      EXPECT_EQ(person.heads(), first->heads());
      EXPECT_EQ(person.devices().size(), first->devices().size());
      EXPECT_EQ(person.trustees() == nullptr, first->trustees() == nullptr);
      for (const auto& [id, device] : first->devices()) EXPECT_EQ(person.IsDevice(id), first->IsDevice(id));
    } while (ops.size() < 7 && std::ranges::next_permutation(ops, {}, Id).found);
    return *first;
  }

  const Signer phrase_ = Signer::Generate();
  const Signer one_ = Signer::Generate();
  const Signer two_ = Signer::Generate();
  const Signer fresh_ = Signer::Generate();
  const Signer authority_ = Signer::Generate();
  const SignedPersonOp genesis_ = Genesis();
  const SignedPersonOp add_one_ = Add(phrase_, one_, {Id(genesis_)});
  const SignedPersonOp add_two_ = Add(one_, two_, {Id(add_one_)});
  const SignedPersonOp trust_ = Trust(one_, authority_, {Id(add_two_)});
};

TEST_F(CorePeopleTrustees, ARecoveryByThePresentTrusteesCounts) {
  const Person before = Of({trust_});
  ASSERT_NE(before.trustees(), nullptr);
  EXPECT_EQ(before.trustees()->sign, authority_.public_key());
  const SignedPersonOp recovered = Recovered(authority_, fresh_, {Id(trust_)});
  const SignedPersonOp gone = Revoke(fresh_, one_, {Id(recovered)});
  const Person after = Of({trust_, recovered, gone});
  EXPECT_TRUE(after.IsDevice(fresh_.public_key()));
  EXPECT_FALSE(after.IsDevice(one_.public_key()));
}

TEST_F(CorePeopleTrustees, AStrangersRecoveryDoesNot) {
  const Signer stranger = Signer::Generate();
  EXPECT_FALSE(Of({trust_, Recovered(stranger, fresh_, {Id(trust_)})}).devices().contains(fresh_.public_key()));
}

// They may add a device in this way alone.
TEST_F(CorePeopleTrustees, TheirAuthoritySignsNothingElse) {
  const Person person = Of({trust_, Add(authority_, fresh_, {Id(trust_)}), Revoke(authority_, two_, {Id(trust_)})});
  EXPECT_FALSE(person.devices().contains(fresh_.public_key()));
  EXPECT_TRUE(person.IsDevice(two_.public_key()));
}

TEST_F(CorePeopleTrustees, AReplacedSetRecoversNothingAndWhatStandsOnThatIsVoid) {
  const SignedPersonOp anew = Trust(two_, Signer::Generate(), {Id(trust_)});
  const SignedPersonOp recovered = Recovered(authority_, fresh_, {Id(trust_)});
  const SignedPersonOp gone = Revoke(fresh_, one_, {Id(recovered)});
  const Person person = Of({trust_, anew, recovered, gone});
  EXPECT_FALSE(person.devices().contains(fresh_.public_key()));
  EXPECT_TRUE(person.IsDevice(one_.public_key()));
}

TEST_F(CorePeopleTrustees, AnEndedSetRecoversNothing) {
  const SignedPersonOp ended = Sign(two_, {Id(trust_)}, Trustees{});
  const Person person = Of({trust_, ended, Recovered(authority_, fresh_, {Id(trust_)})});
  EXPECT_EQ(person.trustees(), nullptr);
  EXPECT_FALSE(person.devices().contains(fresh_.public_key()));
}

// A thief with a device names trustees; once that device is revoked they are none, whatever they did meanwhile.
TEST_F(CorePeopleTrustees, TrusteesOfARevokedDeviceAreNone) {
  const SignedPersonOp recovered = Recovered(authority_, fresh_, {Id(trust_)});
  const Person person = Of({trust_, Revoke(two_, one_, {Id(trust_)}), recovered});
  EXPECT_EQ(person.trustees(), nullptr);
  EXPECT_FALSE(person.devices().contains(fresh_.public_key()));
}

// Nor do those come back that they replaced.
TEST_F(CorePeopleTrustees, TheSetBeforeDoesNotComeBack) {
  const SignedPersonOp anew = Trust(two_, Signer::Generate(), {Id(trust_)});
  EXPECT_EQ(Of({trust_, anew, Revoke(one_, two_, {Id(anew)})}).trustees(), nullptr);
}

TEST_F(CorePeopleTrustees, ThePhraseOutranksThem) {
  const Signer other = Signer::Generate();
  const SignedPersonOp by_trustees = Recovered(authority_, fresh_, {Id(trust_)});
  const SignedPersonOp gone = Revoke(fresh_, one_, {Id(by_trustees)});
  const SignedPersonOp by_phrase = Recovered(phrase_, other, {Id(add_two_)});
  // What the phrase did not accept is void, and stays so.
  Person person = Of({trust_, by_trustees, gone, by_phrase});
  EXPECT_TRUE(person.IsDevice(other.public_key()));
  EXPECT_TRUE(person.IsDevice(one_.public_key()));
  EXPECT_FALSE(person.devices().contains(fresh_.public_key()));
  EXPECT_EQ(person.trustees(), nullptr);
  // Nor can they go on after it.
  const SignedPersonOp later = Recovered(authority_, fresh_, {Id(by_phrase), Id(trust_)});
  EXPECT_FALSE(Of({trust_, by_phrase, later}).devices().contains(fresh_.public_key()));
}

TEST_F(CorePeopleTrustees, TwinWhatThePhraseAcceptedCounts) {
  const Signer other = Signer::Generate();
  const SignedPersonOp by_trustees = Recovered(authority_, fresh_, {Id(trust_)});
  const Person person = Of({trust_, by_trustees, Recovered(phrase_, other, {Id(by_trustees)})});
  EXPECT_TRUE(person.IsDevice(fresh_.public_key()));
  EXPECT_TRUE(person.IsDevice(other.public_key()));
}

// Friends of a past set who add a device, which then ends the present one without citing how it came to be.
TEST_F(CorePeopleTrustees, WhatStandsOnAnotherRecoveryIsNoEvidence) {
  const Signer next = Signer::Generate();
  const SignedPersonOp anew = Trust(one_, next, {Id(trust_)});
  for (int tries = 0; tries < 8; ++tries) {
    const Signer thief = Signer::Generate();
    const Signer other = Signer::Generate();
    const SignedPersonOp unfounded = Recovered(authority_, thief, {Id(trust_)});
    const SignedPersonOp ended = Sign(thief, {Id(anew)}, Trustees{});
    const Person person = Of({trust_, anew, unfounded, ended, Recovered(next, other, {Id(anew)})});
    EXPECT_FALSE(person.devices().contains(thief.public_key()));
    EXPECT_TRUE(person.IsDevice(other.public_key()));
  }
}

TEST_F(CorePeopleTrustees, ASetThatFellWithItsDeviceIsToldFromOneThatWasEnded) {
  EXPECT_FALSE(Of({trust_}).TrusteesFell());
  EXPECT_EQ(Of({trust_}).trusting_device(), one_.public_key());
  EXPECT_TRUE(Of({trust_, Revoke(two_, one_, {Id(trust_)})}).TrusteesFell());
  const SignedPersonOp ended = Sign(one_, {Id(trust_)}, Trustees{});
  const Person person = Of({trust_, ended, Revoke(two_, one_, {Id(ended)})});
  EXPECT_FALSE(person.TrusteesFell());
  EXPECT_TRUE(person.WereTrustees(authority_.public_key()));
}

// A friend says thousands of recoveries of a set that was ended. All that are kept are read at each unlock.
TEST_F(CorePeopleTrustees, ManyUnfoundedRecoveriesAreSoonDoneWith) {
  std::vector<SignedPersonOp> ops = {genesis_, add_one_, add_two_, trust_};
  ops.push_back(Sign(one_, {Id(trust_)}, Trustees{}));
  while (ops.size() < 3'000) ops.push_back(Recovered(authority_, Signer::Generate(), {Id(trust_)}));
  const std::clock_t before = std::clock();
  const Person person = *Person::FromKept({Id(genesis_).value}, ops);
  EXPECT_LT((std::clock() - before) / CLOCKS_PER_SEC, 10);
  EXPECT_EQ(person.devices().size(), 2u);
  EXPECT_EQ(person.heads().size(), 1u);
}

TEST_F(CorePeopleTrustees, OnlyWhatReplacesASetHasToBeCovered) {
  const Person first = Of({trust_});
  EXPECT_TRUE(first.Covers(std::vector{Id(add_two_)}));
  EXPECT_FALSE(first.ReachesTrustees(std::vector{Id(add_two_)}));
  EXPECT_TRUE(first.ReachesTrustees(first.heads()));
  const Person ended = Of({trust_, Sign(one_, {Id(trust_)}, Trustees{})});
  EXPECT_FALSE(ended.Covers(std::vector{Id(trust_)}));
  EXPECT_TRUE(ended.Covers(ended.heads()));
}

}  // namespace
}  // namespace kith
