// Rosters: who is in a circle, and who may say so.
#include <gtest/gtest.h>

#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/unit/core_testing.h"

namespace kith {
namespace {

class CoreRoster : public testing::Test {
 protected:
  void SetUp() override {
    Found(owner_);
    Found(other_);
    op_ = {.parents = {},
           .person = owner_.state().identity.person,
           .signer = owner_.state().device->public_key(),
           .kind = RosterGenesis{.mailbox = mailbox_,
                                 .members = {{.person = owner_.state().identity.person, .role = Role::kOwner},
                                             {.person = other_.state().identity.person, .role = Role::kWriter}},
                                 .pair = true}};
  }
  RosterGenesis& genesis() { return std::get<RosterGenesis>(op_.kind); }
  SignedRosterOp Signed(const Signer& signer) const {
    SignedRosterOp out{.body = op_.Encode(), .signature = {}};
    out.signature = signer.Sign(labels::kSignRosterOp, out.body);
    return out;
  }
  Code Added() {
    Roster roster;
    const auto added = roster.Add(mailbox_, Signed(*owner_.state().device), *owner_.state().person);
    EXPECT_EQ(roster.empty(), !added.has_value());
    return added ? Code::kCancelled : added.error().code;  // kCancelled stands for: it was taken
  }

  Device owner_;
  Device other_;
  const MailboxId mailbox_ = RandomId<MailboxId>();
  RosterOp op_;
};

TEST_F(CoreRoster, AGenesisByItsOwnerIsTakenOnce) {
  EXPECT_EQ(Added(), Code::kCancelled);
  Roster roster;
  EXPECT_EQ(roster.HeadHash(), (std::array<uint8_t, 32>{}));
  const SignedRosterOp op = Signed(*owner_.state().device);
  const auto id = roster.Add(mailbox_, op, *owner_.state().person);
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(*id, RosterOpIdOf(op.body));
  EXPECT_EQ(*roster.Add(mailbox_, op, *owner_.state().person), *id);
  EXPECT_EQ(roster.operations().size(), 1u);
  EXPECT_NE(roster.HeadHash(), (std::array<uint8_t, 32>{}));
}

TEST_F(CoreRoster, AnotherMailboxesOrAnotherGenesisIsRefused) {
  Roster roster;
  ASSERT_TRUE(roster.Add(mailbox_, Signed(*owner_.state().device), *owner_.state().person).has_value());
  genesis().members[1].role = Role::kReader;
  const auto second = roster.Add(mailbox_, Signed(*owner_.state().device), *owner_.state().person);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Code::kForgedRecord);
  genesis().mailbox = RandomId<MailboxId>();
  EXPECT_EQ(Added(), Code::kForgedRecord);
}

TEST_F(CoreRoster, OnlyAnOwnerBeginsOne) {
  genesis().members[0].role = Role::kWriter;
  EXPECT_EQ(Added(), Code::kForgedRecord);
  genesis().members.erase(genesis().members.begin());
  genesis().pair = false;
  EXPECT_EQ(Added(), Code::kForgedRecord);
}

TEST_F(CoreRoster, APairIsTwoPeople) {
  genesis().members.push_back({.person = RandomId<PersonId>(), .role = Role::kReader});
  EXPECT_EQ(Added(), Code::kForgedRecord);
  genesis().pair = false;
  EXPECT_EQ(Added(), Code::kCancelled);
  genesis().members[2] = genesis().members[1];
  EXPECT_EQ(Added(), Code::kForgedRecord) << "one person twice";
}

TEST_F(CoreRoster, ItIsSignedByADeviceOfTheOwner) {
  Roster roster;
  const auto forged = roster.Add(mailbox_, Signed(*other_.state().device), *owner_.state().person);
  ASSERT_FALSE(forged.has_value());
  EXPECT_EQ(forged.error().code, Code::kSignatureInvalid);
  op_.signer = other_.state().device->public_key();
  const auto foreign = roster.Add(mailbox_, Signed(*other_.state().device), *owner_.state().person);
  ASSERT_FALSE(foreign.has_value());
  EXPECT_EQ(foreign.error().code, Code::kUnknownDevice);
  op_.signer = owner_.state().device->public_key();
  const auto another = roster.Add(mailbox_, Signed(*owner_.state().device), *other_.state().person);
  ASSERT_FALSE(another.has_value());
  EXPECT_EQ(another.error().code, Code::kForgedRecord);
}

}  // namespace
}  // namespace kith
