// What one person or one member says leaves room for what takes them out. Rules: "Limits" under "Person", and 6 of
// "Roster", in crypto/DESIGN.md.
#include <gtest/gtest.h>

#include <algorithm>

#include "client/core/limits.h"
#include "client/core/people.h"
#include "client/core/roster.h"
#include "crypto/base/limits.h"
#include "crypto/seal.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

OpId Id(const SignedPersonOp& op) { return PersonOpIdOf(op.body); }
OpId Id(const SignedRosterOp& op) { return RosterOpIdOf(op.body); }

SignedPersonOp Signed(const Signer& by, PersonOp op) {
  op.signer = by.public_key();
  SignedPersonOp out{.body = op.Encode(), .signature = {}, .countersignature = {}};
  out.signature = by.Sign(labels::kSignPersonOp, out.body);
  return out;
}

SignedPersonOp Added(const Signer& by, const Signer& device, std::vector<OpId> parents) {
  SignedPersonOp out =
      Signed(by, {.parents = std::move(parents),
                  .signer = {},
                  .kind = AddDevice{.device = device.public_key(), .box = BoxPair::Generate().public_key()}});
  out.countersignature = CountersignAddDevice(device, out.body);
  return out;
}

SignedPersonOp Revoked(const Signer& by, const Signer& device, std::vector<OpId> parents) {
  return Signed(by, {.parents = std::move(parents), .signer = {}, .kind = RevokeDevice{.device = device.public_key()}});
}

SignedPersonOp Sealing(const Signer& by, std::vector<OpId> parents) {
  return Signed(by, {.parents = std::move(parents),
                     .signer = {},
                     .kind = SealingKey{.generation = RandomId<GenerationId>(), .box = RandomId<BoxPublic>()}});
}

SignedPersonOp Recovered(const Signer& by, const Signer& device, std::vector<OpId> parents,
                         std::vector<OpId> accepted) {
  SignedPersonOp out =
      Signed(by, {.parents = std::move(parents),
                  .signer = {},
                  .kind = Recover{.accepted = std::move(accepted),
                                  .device = {.device = device.public_key(), .box = BoxPair::Generate().public_key()}}});
  out.countersignature = CountersignAddDevice(device, out.body);
  return out;
}

// A person with one device.
struct Somebody {
  Signer recovery = Signer::Generate();
  Signer device = Signer::Generate();
  SignedPersonOp genesis = Signed(recovery, {.parents = {},
                                             .signer = {},
                                             .kind = PersonGenesis{.recovery_sign = recovery.public_key(),
                                                                   .recovery_box = BoxPair::Generate().public_key()}});
  SignedPersonOp added = Added(recovery, device, {Id(genesis)});

  PersonId id() const { return {Id(genesis).value}; }
  Person person() const { return *Person::FromKept(id(), std::vector{genesis, added}); }
};

template <class T>
Code Refusal(const Result<T>& result) {
  EXPECT_FALSE(result.has_value());
  return result ? Code::kInternal : result.error().code;
}

// ---- People.

TEST(CorePeopleLimits, WhatStrangersMakeUpOfSomebodyLeavesRoomForTheirOwn) {
  const Somebody somebody;
  Person person = somebody.person();
  const Signer stranger = Signer::Generate();
  for (size_t i = 0; i < limits::kWaitingPersonOps; ++i) {
    ASSERT_TRUE(person.Add(Sealing(stranger, {RandomId<OpId>()})));
  }
  EXPECT_EQ(Refusal(person.Add(Sealing(stranger, {RandomId<OpId>()}))), Code::kTooLarge);
  EXPECT_EQ(Refusal(person.Add(Sealing(stranger, {Id(somebody.added)}))), Code::kTooLarge) << "it cannot stand";
  const SignedPersonOp sealing = Sealing(somebody.device, {Id(somebody.added)});
  ASSERT_TRUE(person.Add(sealing));
  EXPECT_TRUE(person.Stands(Id(sealing)));
  ASSERT_TRUE(person.Add(Revoked(somebody.recovery, somebody.device, {Id(sealing)})));
  EXPECT_FALSE(person.IsDevice(somebody.device.public_key()));
}

// A thief's device that has said as much as one may, and another of theirs too.
class CorePeopleFlooded : public testing::Test {
 protected:
  CorePeopleFlooded() {
    ops_ = {owner_.genesis, owner_.added, added_};
    for (size_t i = 0; i < limits::kPersonOpsBySigner; ++i) ops_.push_back(Sealing(thief_, {Id(added_)}));
  }
  Person Flooded() const { return *Person::FromKept(owner_.id(), ops_); }

  const Somebody owner_;
  const Signer thief_ = Signer::Generate();
  const SignedPersonOp added_ = Added(owner_.device, thief_, {Id(owner_.added)});
  std::vector<SignedPersonOp> ops_;
};

TEST_F(CorePeopleFlooded, OneDeviceCannotUseUpTheRoomOfAnother) {
  Person person = Flooded();
  EXPECT_EQ(person.Operations().size(), ops_.size()) << "what was kept is not measured again";
  EXPECT_EQ(Refusal(person.Add(Sealing(thief_, {Id(added_)}))), Code::kTooLarge);
  EXPECT_TRUE(person.Add(Sealing(owner_.device, {Id(owner_.added)})));
}

TEST_F(CorePeopleFlooded, WhereAllRoomIsUsedUpThievesAreRevokedStillAndThatMakesRoom) {
  const Signer other = Signer::Generate();
  const SignedPersonOp added = Added(thief_, other, {Id(added_)});
  ops_.push_back(added);
  for (size_t i = 0; i < limits::kPersonOpsBySigner; ++i) ops_.push_back(Sealing(other, {Id(added)}));
  Person person = Flooded();
  const SignedPersonOp sealing = Sealing(owner_.device, {Id(owner_.added)});
  EXPECT_EQ(Refusal(person.Add(sealing)), Code::kTooLarge);
  const SignedPersonOp revoked = Revoked(owner_.device, other, {Id(owner_.added)});
  ASSERT_TRUE(person.Add(revoked));
  EXPECT_FALSE(person.IsDevice(other.public_key()));
  EXPECT_EQ(Refusal(person.Add(Revoked(thief_, other, {Id(added_)}))), Code::kTooLarge) << "it is revoked already";
  EXPECT_TRUE(person.Add(sealing));
}

TEST_F(CorePeopleFlooded, ThePhraseIsNeverRefused) {
  Person person = Flooded();
  const Signer fresh = Signer::Generate();
  const SignedPersonOp recovered = Recovered(owner_.recovery, fresh, {Id(added_)}, {Id(owner_.added)});
  ASSERT_TRUE(person.Add(recovered));
  EXPECT_TRUE(person.IsDevice(fresh.public_key()));
  EXPECT_FALSE(person.IsDevice(thief_.public_key()));
  EXPECT_TRUE(person.WasDevice(thief_.public_key()));
}

TEST_F(CorePeopleFlooded, ThePhraseTooHasAnEnd) {
  for (size_t i = ops_.size(); i < 2 * limits::kPersonOpsBySigner + 3; ++i)
    ops_.push_back(Sealing(owner_.recovery, {Id(owner_.genesis)}));
  Person person = Flooded();
  EXPECT_EQ(Refusal(person.Add(Sealing(owner_.recovery, {Id(owner_.genesis)}))), Code::kTooLarge);
}

TEST_F(CorePeopleFlooded, WhereMostStandOnlyWhatTakesDevicesOutIsTaken) {
  Person person = Flooded();
  const size_t most = ops_.size();
  EXPECT_EQ(Refusal(person.Add(Sealing(owner_.device, {Id(owner_.added)}), most)), Code::kTooLarge);
  ASSERT_TRUE(person.Add(Revoked(owner_.device, thief_, {Id(owner_.added)}), most));
  EXPECT_FALSE(person.IsDevice(thief_.public_key()));
  EXPECT_EQ(Refusal(person.Add(Sealing(owner_.device, {Id(owner_.added)}), most)), Code::kTooLarge);
  EXPECT_TRUE(person.Add(Sealing(owner_.device, {Id(owner_.added)})));
}

// Each recovery by trustees is judged by all the rest.
class CorePeopleTrusted : public testing::Test {
 protected:
  static SignedPersonOp Trusting(const Signer& by, const Signer& authority, std::vector<OpId> parents) {
    return Signed(by, {.parents = std::move(parents),
                       .signer = {},
                       .kind = Trustees{.sign = authority.public_key(),
                                        .box = RandomId<BoxPublic>(),
                                        .seat = RandomId<SeatKeyId>(),
                                        .needed = 2,
                                        .made = 2}});
  }
  SignedPersonOp By(const Signer& authority) const {
    return Recovered(authority, Signer::Generate(), {Id(trusting_)}, {Id(trusting_)});
  }

  const Somebody owner_;
  const Signer past_ = Signer::Generate();
  const Signer present_ = Signer::Generate();
  const SignedPersonOp former_ = Trusting(owner_.device, past_, {Id(owner_.added)});
  const SignedPersonOp trusting_ = Trusting(owner_.device, present_, {Id(former_)});
};

TEST_F(CorePeopleTrusted, TrusteesOfAPastSetDoNotKeepThePresentOnesOut) {
  Person person = *Person::FromKept(owner_.id(), std::vector{owner_.genesis, owner_.added, former_, trusting_});
  for (size_t i = 0; i < limits::kTrusteesRecoveries; ++i) ASSERT_TRUE(person.Add(By(past_)));
  EXPECT_EQ(Refusal(person.Add(By(past_))), Code::kTooLarge);
  const SignedPersonOp recovered = By(present_);
  ASSERT_TRUE(person.Add(recovered));
  EXPECT_TRUE(person.Stands(Id(recovered)));
  EXPECT_EQ(Refusal(person.Add(By(present_))), Code::kTooLarge);
}

TEST_F(CorePeopleTrusted, OneDeviceNamesTrusteesOnlySoOften) {
  Person person = *Person::FromKept(owner_.id(), std::vector{owner_.genesis, owner_.added, former_, trusting_});
  for (size_t i = 2; i < limits::kTrusteesSets; ++i)
    ASSERT_TRUE(person.Add(Trusting(owner_.device, Signer::Generate(), {Id(trusting_)})));
  EXPECT_EQ(Refusal(person.Add(Trusting(owner_.device, present_, {Id(trusting_)}))), Code::kTooLarge);
  const Signer fresh = Signer::Generate();
  ASSERT_TRUE(person.Add(Added(owner_.device, fresh, {Id(trusting_)})));
  ASSERT_TRUE(person.Add(Revoked(fresh, owner_.device, person.heads())));
  EXPECT_TRUE(person.Add(Trusting(fresh, present_, person.heads())));
}

TEST(CorePeopleLimits, WhatWasKeptMakesThePersonInAnyOrder) {
  const Somebody somebody;
  const SignedPersonOp sealing = Sealing(somebody.device, {Id(somebody.added)});
  SignedPersonOp broken = Sealing(somebody.device, {Id(somebody.added)});
  broken.signature.value[0] ^= 1;
  std::vector<SignedPersonOp> ops = {sealing, broken, somebody.added, somebody.genesis};
  const Person person = *Person::FromKept(somebody.id(), ops);
  EXPECT_EQ(person.heads(), std::vector{Id(sealing)});
  EXPECT_FALSE(person.Has(Id(broken)));
  ops.pop_back();
  EXPECT_EQ(Refusal(Person::FromKept(somebody.id(), ops)), Code::kVaultDamaged);
}

// ---- Rosters.

class CoreRosterLimits : public testing::Test {
 protected:
  CoreRosterLimits() { EXPECT_TRUE(roster_.Add(mailbox_, genesis_, owner_.person())); }

  static SignedRosterOp Said(const Somebody& by, std::vector<OpId> parents, decltype(RosterOp::kind) kind) {
    return SaidWith(by.device, by, std::move(parents), std::move(kind));
  }
  static SignedRosterOp SaidWith(const Signer& device, const Somebody& by, std::vector<OpId> parents,
                                 decltype(RosterOp::kind) kind) {
    SignedRosterOp op{.body = RosterOp{.parents = std::move(parents),
                                       .person = by.id(),
                                       .signer = device.public_key(),
                                       .kind = std::move(kind)}
                                  .Encode(),
                      .signature = {}};
    op.signature = device.Sign(labels::kSignRosterOp, op.body);
    return op;
  }
  static AddMember ANewcomer() {
    return {.member = {.person = RandomId<PersonId>(), .role = Role::kReader, .seat = RandomId<SeatKeyId>()},
            .invite = RandomId<OpId>()};
  }

  const MailboxId mailbox_ = RandomId<MailboxId>();
  const Somebody owner_;
  const Somebody reader_;
  const SignedRosterOp genesis_ =
      Said(owner_, {},
           RosterGenesis{.mailbox = mailbox_,
                         .members = {{.person = owner_.id(), .role = Role::kOwner, .seat = RandomId<SeatKeyId>()},
                                     {.person = reader_.id(), .role = Role::kReader, .seat = RandomId<SeatKeyId>()}},
                         .pair = false});
  Roster roster_;
};

TEST_F(CoreRosterLimits, WhatWaitsOfOneLeavesRoomForTheOthers) {
  for (size_t i = 0; i < limits::kWaitingRosterOps; ++i) {
    ASSERT_TRUE(roster_.Add(mailbox_, Said(reader_, {RandomId<OpId>()}, LeaveCircle{}), reader_.person()));
  }
  EXPECT_EQ(Refusal(roster_.Add(mailbox_, Said(reader_, {RandomId<OpId>()}, LeaveCircle{}), reader_.person())),
            Code::kTooLarge);
  EXPECT_TRUE(roster_.Add(mailbox_, Said(owner_, {RandomId<OpId>()}, LeaveCircle{}), owner_.person()));
  EXPECT_TRUE(
      roster_.Add(mailbox_, Said(owner_, {Id(genesis_)}, RemoveMember{.person = reader_.id()}), owner_.person()));
  EXPECT_FALSE(roster_.Has(reader_.id()));
}

TEST_F(CoreRosterLimits, NobodyLeavesOverAndOver) {
  std::vector<SignedRosterOp> before;
  for (size_t i = 0; i <= limits::kLeaves; ++i) {
    before.push_back(Said(owner_, {Id(genesis_)}, ANewcomer()));
    ASSERT_TRUE(roster_.Add(mailbox_, before.back(), owner_.person()));
  }
  for (size_t i = 0; i < limits::kLeaves; ++i) {
    ASSERT_TRUE(roster_.Add(mailbox_, Said(reader_, {Id(before[i])}, LeaveCircle{}), reader_.person()));
  }
  const SignedRosterOp another = Said(reader_, {Id(before.back())}, LeaveCircle{});
  EXPECT_EQ(Refusal(roster_.Add(mailbox_, another, reader_.person())), Code::kTooLarge);
  // The owner has heard of this one, and goes on from there.
  const SignedRosterOp on_it = Said(owner_, {Id(another)}, ANewcomer());
  ASSERT_TRUE(roster_.Add(mailbox_, on_it, owner_.person()));
  ASSERT_TRUE(roster_.Add(mailbox_, another, reader_.person()));
  EXPECT_EQ(std::ranges::count(roster_.heads(), Id(on_it)), 1);
}

TEST_F(CoreRosterLimits, WhereAllRoomIsUsedUpMembersAreRemovedAndLeaveStill) {
  Roster full;
  // They wait for the genesis, and so are gone through once.
  for (size_t i = 1; i < limits::kRosterOps; ++i)
    ASSERT_TRUE(full.AddKept(mailbox_, Said(owner_, {Id(genesis_)}, ANewcomer()), nullptr));
  ASSERT_TRUE(full.AddKept(mailbox_, genesis_, nullptr));
  ASSERT_EQ(full.operations().size(), limits::kRosterOps);
  EXPECT_EQ(Refusal(full.Add(mailbox_, Said(owner_, {Id(genesis_)}, ANewcomer()), owner_.person())), Code::kTooLarge);
  const SetRole higher{.person = reader_.id(), .role = Role::kWriter};
  EXPECT_EQ(Refusal(full.Add(mailbox_, Said(owner_, {Id(genesis_)}, higher), owner_.person())), Code::kTooLarge);
  const SignedRosterOp removal = Said(owner_, {Id(genesis_)}, RemoveMember{.person = reader_.id()});
  ASSERT_TRUE(full.Add(mailbox_, removal, owner_.person()));
  EXPECT_FALSE(full.Has(reader_.id()));
  const SignedRosterOp again = Said(owner_, {Id(full.operations().at(1))}, RemoveMember{.person = reader_.id()});
  EXPECT_EQ(Refusal(full.Add(mailbox_, again, owner_.person())), Code::kTooLarge) << "it takes nothing any more";
  EXPECT_TRUE(full.Add(mailbox_, Said(owner_, {Id(removal)}, LeaveCircle{}), owner_.person()));
  EXPECT_FALSE(full.Has(owner_.id()));
}

TEST_F(CoreRosterLimits, WhatADeviceSaidThatARecoveryDoesNotAcceptStandsWhicheverIsHeardFirst) {
  const Signer thief = Signer::Generate();
  const SignedPersonOp added = Added(owner_.device, thief, {Id(owner_.added)});
  const SignedPersonOp recovered = Recovered(owner_.recovery, Signer::Generate(), {Id(added)}, {Id(owner_.added)});
  const Person person = *Person::FromKept(owner_.id(), std::vector{owner_.genesis, owner_.added, added, recovered});
  ASSERT_FALSE(person.devices().contains(thief.public_key()));
  const SignedRosterOp removal = SaidWith(thief, owner_, {Id(genesis_)}, RemoveMember{.person = reader_.id()});
  EXPECT_TRUE(roster_.Add(mailbox_, removal, person));
  const SignedRosterOp foreign =
      SaidWith(Signer::Generate(), owner_, {Id(genesis_)}, RemoveMember{.person = reader_.id()});
  EXPECT_EQ(Refusal(roster_.Add(mailbox_, foreign, person)), Code::kUnknownDevice);
}

TEST_F(CoreRosterLimits, AnOperationIsSmall) {
  RosterOp op{.parents = {}, .person = owner_.id(), .signer = owner_.device.public_key(), .kind = LeaveCircle{}};
  for (size_t i = 0; i < limits::kRosterParents; ++i) op.parents.push_back(RandomId<OpId>());
  EXPECT_TRUE(RosterOp::Decode(op.Encode()));
  op.parents.push_back(RandomId<OpId>());
  EXPECT_EQ(Refusal(RosterOp::Decode(op.Encode())), Code::kMalformed);
  op.parents = {Id(genesis_), Id(genesis_)};
  EXPECT_EQ(Refusal(RosterOp::Decode(op.Encode())), Code::kMalformed) << "one parent twice";
  // A field that this client does not know, as a later one may say: 15, of a length of 8,192.
  op.parents = {Id(genesis_)};
  Bytes body = op.Encode();
  body.insert(body.end(), {0x7a, 0x80, 0x40});
  body.resize(body.size() + limits::kRosterOp);
  EXPECT_EQ(Refusal(RosterOp::Decode(body)), Code::kMalformed);
  body = op.Encode();
  body.insert(body.end(), {0x7a, 0x80, 0x08});
  body.resize(body.size() + 1024);
  EXPECT_TRUE(RosterOp::Decode(body));
}

}  // namespace
}  // namespace kith
