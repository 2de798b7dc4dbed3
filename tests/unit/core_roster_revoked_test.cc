// Which words of an owner's revoked device hold in the roster of a circle.
#include <gtest/gtest.h>

#include <algorithm>

#include "client/core/circles.h"
#include "client/core/devices.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/support/family.h"

namespace kith {
namespace {

using Kind = decltype(RosterOp::kind);

class RosterOfRevoked : public testing::Test {
 protected:
  void SetUp() override {
    family_.Befriend(ann_, bob_);
    family_.Befriend(ann_, cem_);
    circle_ = family_.Found({&ann_, &bob_, &cem_});
    family_.Sync(phone_);
    ASSERT_TRUE(ann_.membership().SetRole(circle_, bob_.person(), Role::kOwner));
    family_.SyncAll();
    ASSERT_EQ(RoleOf(phone_, bob_), Role::kOwner);
  }
  std::optional<Role> RoleOf(Relative& at, Relative& whom) { return at.state().RoleIn(circle_, whom.person()); }
  const Roster& RosterOf(Relative& device) { return *device.state().FindRoster(circle_); }
  // What a device would say on top of all that another one knows, if it were asked to.
  SignedRosterOp Says(Relative& device, Relative& knows, Kind kind) {
    return SignRosterOp(device.state(), RosterOf(knows), std::move(kind));
  }
  static SignedRosterOp Signed(Relative& device, RosterOp op) {
    op.signer = device.state().device->public_key();
    SignedRosterOp out{.body = op.Encode(), .signature = {}};
    out.signature = device.state().device->Sign(labels::kSignRosterOp, out.body);
    return out;
  }
  void Hears(Relative& device, const SignedRosterOp& op) {
    Transaction tx(device.store);
    const auto added = device.state().AddRosterOp(tx, circle_, op);
    ASSERT_TRUE(added.has_value()) << added.error().message;
    ASSERT_TRUE(device.state().Commit(tx));
  }
  void RevokePhone() { ASSERT_TRUE(RevokeDeviceNow(ann_.state(), phone_.state().device->public_key())); }

  Family family_;
  Relative& ann_ = family_.Add("Ann");
  Relative& phone_ = family_.Link(ann_);
  Relative& bob_ = family_.Add("Bob");
  Relative& cem_ = family_.Add("Cem");
  MailboxId circle_;
};

TEST_F(RosterOfRevoked, WhatItSignsAfterwardsGivesNothing) {
  RevokePhone();
  family_.SyncAll(&phone_);
  const auto head = RosterOf(bob_).HeadHash();
  const SignedRosterOp promotion = Says(phone_, cem_, SetRole{.person = cem_.person(), .role = Role::kOwner});
  for (Relative* one : {&cem_, &ann_, &bob_}) {
    Hears(*one, promotion);
    EXPECT_EQ(RoleOf(*one, cem_), Role::kWriter) << one->name;
    EXPECT_EQ(RosterOf(*one).HeadHash(), head) << "and nobody needs another key for it";
  }
}

TEST_F(RosterOfRevoked, WhatItSignsAfterwardsTakesNothing) {
  RevokePhone();
  family_.SyncAll(&phone_);
  Hears(bob_, Says(phone_, bob_, RemoveMember{.person = bob_.person()}));
  Hears(bob_, Says(phone_, bob_, LeaveCircle{}));
  EXPECT_EQ(RoleOf(bob_, bob_), Role::kOwner);
  EXPECT_EQ(RoleOf(bob_, ann_), Role::kOwner);
}

TEST_F(RosterOfRevoked, WhoIsMadeAnOwnerByItCanDoNothingAsOne) {
  const std::vector<OpId> before = RosterOf(cem_).heads();
  RevokePhone();
  family_.SyncAll(&phone_);
  // On top of all that is known, and as if it were older than the revocation.
  for (const std::vector<OpId>& parents : {RosterOf(cem_).heads(), before}) {
    const SignedRosterOp promotion = Signed(phone_, {.parents = parents,
                                                     .person = ann_.person(),
                                                     .signer = {},
                                                     .kind = SetRole{.person = cem_.person(), .role = Role::kOwner}});
    const SignedRosterOp removal = Signed(cem_, {.parents = {RosterOpIdOf(promotion.body)},
                                                 .person = cem_.person(),
                                                 .signer = {},
                                                 .kind = RemoveMember{.person = bob_.person()}});
    Hears(ann_, promotion);
    // Where it knows of what holds it is refused; where it does not, it is kept and counts nothing.
    Transaction tx(ann_.store);
    const auto added = ann_.state().AddRosterOp(tx, circle_, removal);
    EXPECT_EQ(added.has_value(), parents == before);
    EXPECT_EQ(RoleOf(ann_, bob_), Role::kOwner);
    EXPECT_EQ(RoleOf(ann_, cem_), Role::kWriter);
  }
}

TEST_F(RosterOfRevoked, WhatWasKnownWhenItWasRevokedHolds) {
  ASSERT_TRUE(phone_.membership().SetRole(circle_, cem_.person(), Role::kReader));
  family_.SyncAll();
  RevokePhone();
  family_.SyncAll(&phone_);
  for (Relative* one : {&ann_, &bob_, &cem_}) EXPECT_EQ(RoleOf(*one, cem_), Role::kReader) << one->name;
}

TEST_F(RosterOfRevoked, WhatAnotherOwnerHasFollowedBeforeTheyHeardHolds) {
  // Ann revokes before she has heard what her phone said; Bob has gone on from there.
  const SignedRosterOp demotion = Says(phone_, phone_, SetRole{.person = cem_.person(), .role = Role::kReader});
  Hears(bob_, demotion);
  const SignedRosterOp unheard = Says(phone_, ann_, RemoveMember{.person = cem_.person()});
  const SignedRosterOp followed = Says(bob_, bob_, SetRole{.person = bob_.person(), .role = Role::kOwner});
  Hears(bob_, followed);
  RevokePhone();
  Hears(ann_, demotion);
  EXPECT_EQ(RoleOf(ann_, cem_), Role::kWriter) << "by nobody's word but its own";
  Hears(ann_, followed);
  Hears(ann_, unheard);
  EXPECT_EQ(RoleOf(ann_, cem_), Role::kReader);
  family_.SyncAll(&phone_);
  for (Relative* one : {&ann_, &bob_, &cem_}) EXPECT_EQ(RoleOf(*one, cem_), Role::kReader) << one->name;
}

TEST_F(RosterOfRevoked, WhoLeavesOnTopOfItDoesNotBringItBack) {
  RevokePhone();
  const SignedRosterOp removal = Says(phone_, phone_, RemoveMember{.person = bob_.person()});
  Hears(cem_, removal);
  const SignedRosterOp leave = Says(cem_, cem_, LeaveCircle{});
  Hears(ann_, removal);
  Hears(ann_, leave);
  EXPECT_EQ(RoleOf(ann_, bob_), Role::kOwner);
  EXPECT_EQ(RoleOf(ann_, cem_), std::nullopt);
  // Ann goes on from there, and so may Bob.
  ASSERT_TRUE(ann_.membership().SetRole(circle_, bob_.person(), Role::kWriter));
  ASSERT_TRUE(ann_.membership().SetRole(circle_, bob_.person(), Role::kOwner));
  EXPECT_EQ(RoleOf(ann_, bob_), Role::kOwner);
  family_.Sync(ann_);
  family_.Sync(bob_);
  EXPECT_EQ(RoleOf(bob_, bob_), Role::kOwner);
  EXPECT_EQ(RoleOf(bob_, cem_), std::nullopt);
  ASSERT_TRUE(bob_.membership().SetRole(circle_, ann_.person(), Role::kOwner));
}

// Whatever order all of it is heard in, also the revocation, and after the vault was closed.
TEST_F(RosterOfRevoked, AnyOrderGivesTheSame) {
  const Roster before = RosterOf(bob_);
  const Person ann_before = *ann_.state().person;
  const SignedRosterOp good = Says(phone_, phone_, SetRole{.person = cem_.person(), .role = Role::kReader});
  Hears(ann_, good);
  RevokePhone();
  const SignedRosterOp cut = RosterOf(ann_).operations().back();
  const SignedRosterOp bad = Says(phone_, phone_, RemoveMember{.person = cem_.person()});
  Hears(bob_, bad);
  const SignedRosterOp by_bob = Says(bob_, bob_, SetRole{.person = ann_.person(), .role = Role::kWriter});
  Hears(ann_, bad);
  const SignedRosterOp again = Says(ann_, ann_, SetRole{.person = ann_.person(), .role = Role::kOwner});
  const std::vector<SignedRosterOp> all = {good, cut, bad, by_bob, again};
  std::vector<size_t> order = {0, 1, 2, 3, 4, 5};
  std::optional<Roster> first;
  do {
    Roster heard = before;
    heard.Judge(ann_before);
    const Person* ann = &ann_before;
    for (const size_t next : order) {
      if (next == all.size()) {
        ann = &*ann_.state().person;
        heard.Judge(*ann);
        continue;
      }
      const RosterOp op = *RosterOp::Decode(all[next].body);
      // What is refused in one order waits in another, or is cut off: all end alike.
      const Result<OpId> ignored =
          heard.Add(circle_, all[next], op.person == ann_.person() ? *ann : *bob_.state().person);
      static_cast<void>(ignored);
    }
    if (!first) first = heard;
    ASSERT_EQ(heard.members(), first->members());
    ASSERT_EQ(heard.HeadHash(), first->HeadHash());
  } while (std::ranges::next_permutation(order).found);
  EXPECT_FALSE(first->Has(cem_.person())) << "Bob followed the removal before he heard of the revocation";
}

TEST_F(RosterOfRevoked, ItIsTheSameAfterTheVaultWasClosed) {
  RevokePhone();
  family_.SyncAll(&phone_);
  Hears(bob_, Says(phone_, bob_, SetRole{.person = cem_.person(), .role = Role::kOwner}));
  const auto members = RosterOf(bob_).members();
  const auto head = RosterOf(bob_).HeadHash();
  bob_.Reopen();
  EXPECT_EQ(RosterOf(bob_).members(), members);
  EXPECT_EQ(RosterOf(bob_).HeadHash(), head);
  EXPECT_EQ(RoleOf(bob_, cem_), Role::kWriter);
}

// A device of Ann's that hears of the revocation before it hears what holds shuts nobody out meanwhile.
TEST_F(RosterOfRevoked, NothingFallsBeforeWhatHoldsIsKnown) {
  Relative& tablet = family_.Link(ann_);
  family_.SyncAll();
  ASSERT_TRUE(phone_.membership().SetRole(circle_, cem_.person(), Role::kReader));
  family_.Sync(phone_);
  family_.Sync(tablet);
  ASSERT_EQ(RoleOf(tablet, cem_), Role::kReader);
  family_.Sync(ann_);
  RevokePhone();
  family_.SyncOne(ann_, ann_.state().identity.self_mailbox);
  family_.SyncOne(tablet, tablet.state().identity.self_mailbox);
  ASSERT_TRUE(tablet.state().person->HasRevoked());
  EXPECT_EQ(RoleOf(tablet, cem_), Role::kReader);
}

// Whoever holds a device's keys says no end of things: they take up no room that others need.
TEST_F(RosterOfRevoked, ItsFloodLeavesRoom) {
  RevokePhone();
  family_.SyncAll(&phone_);
  Roster flooded = RosterOf(bob_);
  size_t taken = 0;
  for (size_t i = 0; i < 600; ++i) {
    const SignedRosterOp said = Signed(phone_, {.parents = RosterOf(bob_).heads(),
                                                .person = ann_.person(),
                                                .signer = {},
                                                .kind = RemoveMember{.person = cem_.person()},
                                                .person_heads = {RandomId<OpId>()}});
    if (flooded.Add(circle_, said, *bob_.state().FindPerson(ann_.person()))) ++taken;
  }
  EXPECT_LE(taken, 128u);
  EXPECT_EQ(flooded.operations().size(), RosterOf(bob_).operations().size()) << "nor does anybody pass it on";
  EXPECT_TRUE(flooded
                  .Add(circle_,
                       SignRosterOp(bob_.state(), flooded, SetRole{.person = cem_.person(), .role = Role::kReader}),
                       *bob_.state().person)
                  .has_value());
}

}  // namespace
}  // namespace kith
