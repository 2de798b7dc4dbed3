// What stands in a circle by who is in it no more, and by devices that are none any more, as a device reads it that
// comes later.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/family.h"

namespace kith {
namespace {

using testing::ElementsAre;

class CoreCircleGone : public testing::Test {
 protected:
  CoreCircleGone() {
    family_.Befriend(ann_, bob_);
    family_.Befriend(ann_, cem_);
    family_.Befriend(bob_, cem_);
    circle_ = family_.Found({&ann_, &bob_, &cem_});
    EXPECT_TRUE(ann_.membership().SetRole(circle_, bob_.person(), Role::kOwner));
    family_.SyncAll();
  }
  // Words of Ann's, sealed under a key that Bob's device announced.
  void ShareUnderBobsKey() {
    const size_t before = ann_.state().keyring.All(circle_).size();
    ASSERT_TRUE(bob_.membership().SetRole(circle_, cem_.person(), Role::kOwner));
    family_.SyncAll();
    ASSERT_EQ(ann_.state().keyring.All(circle_).size(), before + 1);
    family_.Share(ann_, circle_, "under his key");
    family_.SyncAll();
    ASSERT_THAT(Family::Inbox(cem_), ElementsAre("under his key"));
  }

  // A new device of Cem's, that hears of Bob's revocation before it reads what stands in the circle.
  Relative& LinkLater() {
    Relative& later = family_.Link(cem_);
    family_.SyncOne(later, later.state().identity.self_mailbox);
    for (const FriendInfo& info : later.journal->sharing().Friends()) {
      if (info.person == bob_.person()) family_.SyncOne(later, info.circle);
    }
    EXPECT_FALSE(later.state().FindPerson(bob_.person())->IsDevice(bob_.state().device->public_key()));
    family_.SyncAll(&bob_);
    return later;
  }

  Family family_;
  Relative& ann_ = family_.Add("Ann");
  Relative& bob_ = family_.Add("Bob");
  Relative& cem_ = family_.Add("Cem");
  MailboxId circle_;
};

// None of Bob's devices can say there any more where the lanes of the lost one end.
TEST_F(CoreCircleGone, TheKeysOfWhoWasRemovedStayThoughTheirDeviceIsNoneAnyMore) {
  Relative& other = family_.Link(bob_);
  family_.SyncAll();
  ShareUnderBobsKey();
  ASSERT_TRUE(ann_.membership().Remove(circle_, bob_.person()));
  family_.SyncAll();
  ASSERT_TRUE(other.journal->RevokeDevice(bob_.state().device->public_key()));
  family_.SyncAll(&bob_);
  ASSERT_FALSE(cem_.state().FindPerson(bob_.person())->IsDevice(bob_.state().device->public_key()));

  Relative& later = LinkLater();
  EXPECT_THAT(Family::Inbox(later), ElementsAre("under his key"));
}

// Bob's other device revokes this one before it has heard what it announced.
TEST_F(CoreCircleGone, AKeyThatWasAnnouncedPastALanesEndOpensWhatOthersSealedUnderIt) {
  Relative& other = family_.Link(bob_);
  family_.SyncAll();
  ASSERT_TRUE(bob_.membership().SetRole(circle_, cem_.person(), Role::kOwner));
  family_.Sync(bob_);
  family_.Sync(ann_);
  family_.Share(ann_, circle_, "under his key");
  family_.Sync(ann_);
  family_.Sync(cem_);
  ASSERT_THAT(Family::Inbox(cem_), ElementsAre("under his key"));
  ASSERT_TRUE(other.journal->RevokeDevice(bob_.state().device->public_key()));
  family_.SyncAll(&bob_);

  Relative& later = LinkLater();
  EXPECT_EQ(later.state().RoleIn(circle_, cem_.person()), Role::kWriter) << "what was said past the end does not count";
  EXPECT_THAT(Family::Inbox(later), ElementsAre("under his key"));
  const Keyring::Generation* sealing = later.state().SealingGeneration(circle_);
  ASSERT_NE(sealing, nullptr);
  EXPECT_FALSE(bob_.state().keyring.Has(circle_, sealing->id)) << "nobody seals under it";
}

}  // namespace
}  // namespace kith
