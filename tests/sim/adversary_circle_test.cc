// Tests of the protocol's list of attacks about who is in a circle, by their numbers there; twins as in
// adversary_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/family.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class AdversaryCircle : public testing::Test {
 protected:
  AdversaryCircle() {
    family_.Befriend(ann_, bob_);
    family_.Befriend(ann_, cem_);
    family_.Befriend(bob_, dia_);
    circle_ = family_.Found({&ann_, &bob_, &cem_});
    EXPECT_TRUE(ann_.membership().SetRole(circle_, bob_.person(), Role::kOwner));
    family_.SyncAll();
  }
  static std::map<PersonId, Role> MembersAt(Relative& one, const MailboxId& circle) {
    return one.state().FindRoster(circle)->members();
  }
  const SignedRecord& Newest() { return *family_.relay().Find(circle_)->log.back(); }
  static bool Opens(Relative& one, const SignedRecord& record) {
    return one.state().keyring.Open(*RecordHeader::Parse(record.header), record.payload).has_value();
  }

  Family family_;
  Relative& ann_ = family_.Add("Ann");
  Relative& bob_ = family_.Add("Bob");
  Relative& cem_ = family_.Add("Cem");
  Relative& dia_ = family_.Add("Dia");
  MailboxId circle_;
};

// ---- 11. Two owners remove and add at once, any order: same roster; the removed member opens no later generation.

class Adversary11 : public AdversaryCircle {
 protected:
  // Ann removes Cem while Bob brings in Dia; neither has heard of the other's.
  void Both() {
    const auto friends = bob_.journal->sharing().Friends();
    const auto pair = std::ranges::find(friends, dia_.person(), &FriendInfo::person);
    ASSERT_TRUE(bob_.membership().Invite(circle_, pair->circle, Role::kWriter));
    family_.SyncOne(bob_, pair->circle);
    family_.Sync(dia_);
    const auto asked = dia_.membership().FindInvitation("family");
    ASSERT_TRUE(asked.has_value());
    ASSERT_TRUE(dia_.membership().Join(asked->id, "family", "Dia"));
    family_.SyncOne(dia_, pair->circle);
    ASSERT_TRUE(ann_.membership().Remove(circle_, cem_.person()));
    family_.SyncOne(bob_, pair->circle);  // Bob adds Dia by what he knows
    ASSERT_TRUE(MembersAt(bob_, circle_).contains(dia_.person()));
    ASSERT_TRUE(MembersAt(bob_, circle_).contains(cem_.person()));
    ASSERT_FALSE(MembersAt(ann_, circle_).contains(dia_.person()));
  }
  void ExpectOneRoster() {
    const std::map<PersonId, Role> wanted = {
        {ann_.person(), Role::kOwner}, {bob_.person(), Role::kOwner}, {dia_.person(), Role::kWriter}};
    for (Relative* one : {&ann_, &bob_, &dia_}) {
      EXPECT_EQ(MembersAt(*one, circle_), wanted) << one->name;
      EXPECT_EQ(one->state().FindRoster(circle_)->HeadHash(), ann_.state().FindRoster(circle_)->HeadHash());
    }
    EXPECT_EQ(family_.relay().Find(circle_)->seats.seats().size(), 3u);
  }
};

TEST_F(Adversary11, WhoeverIsHeardFirstTheRosterIsTheSameAndTheRemovedOneOpensNothingLater) {
  Both();
  family_.Sync(ann_);
  family_.SyncAll();
  ExpectOneRoster();
  family_.Share(dia_, circle_, "without Cem");
  family_.Sync(dia_);
  EXPECT_TRUE(Opens(dia_, Newest()));
  EXPECT_FALSE(Opens(cem_, Newest()));
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(ann_), ElementsAre("without Cem"));
  EXPECT_THAT(Family::Inbox(cem_), IsEmpty());
}

TEST_F(Adversary11, TheOtherWayRoundToo) {
  Both();
  family_.Sync(bob_);
  family_.SyncAll();
  ExpectOneRoster();
  family_.Share(ann_, circle_, "without Cem");
  family_.Sync(ann_);
  EXPECT_TRUE(Opens(bob_, Newest()));
  EXPECT_FALSE(Opens(cem_, Newest()));
}

TEST_F(Adversary11, OwnersWhoRemoveEachOtherAreBothGone) {
  ASSERT_TRUE(ann_.membership().Remove(circle_, bob_.person()));
  ASSERT_TRUE(bob_.membership().Remove(circle_, ann_.person()));
  // Whatever the relay does, whoever has both operations comes to the same.
  Roster one = *cem_.state().FindRoster(circle_);
  Roster other = one;
  const SignedRosterOp by_ann = ann_.state().FindRoster(circle_)->operations().back();
  const SignedRosterOp by_bob = bob_.state().FindRoster(circle_)->operations().back();
  ASSERT_TRUE(one.Add(circle_, by_ann, *ann_.state().person) && one.Add(circle_, by_bob, *bob_.state().person));
  ASSERT_TRUE(other.Add(circle_, by_bob, *bob_.state().person) && other.Add(circle_, by_ann, *ann_.state().person));
  EXPECT_EQ(one.members(), (std::map<PersonId, Role>{{cem_.person(), Role::kWriter}}));
  EXPECT_EQ(other.members(), one.members());
}

TEST_F(Adversary11, TwinWhoWasNotRemovedOpensWhatComesLater) {
  family_.Share(bob_, circle_, "with Cem");
  family_.Sync(bob_);
  EXPECT_TRUE(Opens(cem_, Newest()));
}

// ---- 12. A member returns after a removal: the first write uses a covering generation.

class Adversary12 : public AdversaryCircle {};

TEST_F(Adversary12, WhoReturnsAfterARemovalWritesUnderANewKeyFirst) {
  // Bob is away, and has something waiting.
  family_.Share(bob_, circle_, "written while away");
  ASSERT_TRUE(ann_.membership().Remove(circle_, cem_.person()));
  family_.Sync(ann_);
  family_.Sync(bob_);
  EXPECT_TRUE(Opens(ann_, Newest()) || (family_.SyncAll(), Opens(ann_, Newest())));
  EXPECT_FALSE(Opens(cem_, Newest()));
  const LaneKey lane = bob_.state().lanes.Own(circle_)->key;
  EXPECT_EQ(RecordHeader::Parse(Newest().header)->lane, lane);
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(ann_), ElementsAre("written while away"));
}

TEST_F(Adversary12, AMemberWhoAloneHearsOfItMakesTheNewKey) {
  // The remover's device is lost before it could say its key: the roster came by what it had sealed for Bob.
  ASSERT_TRUE(ann_.membership().Remove(circle_, cem_.person()));
  const SignedRosterOp removal = ann_.state().FindRoster(circle_)->operations().back();
  Transaction tx(bob_.store);
  ASSERT_TRUE(bob_.state().AddRosterOp(tx, circle_, removal));
  ASSERT_TRUE(bob_.state().Commit(tx));
  family_.Share(bob_, circle_, "after it");
  family_.SyncOne(bob_, circle_);
  EXPECT_FALSE(Opens(cem_, Newest()));
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(ann_), ElementsAre("after it"));
}

TEST_F(Adversary12, TwinWhereNobodyWasRemovedTheOldKeyServes) {
  family_.Share(bob_, circle_, "written while away");
  family_.Sync(ann_);
  family_.Sync(bob_);
  EXPECT_TRUE(Opens(cem_, Newest()));
}

}  // namespace
}  // namespace kith
