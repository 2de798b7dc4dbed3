// Circles of more than two, after all devices of somebody who is in one are gone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/limits.h"
#include "client/core/release.h"
#include "client/core/trustees.h"
#include "tests/support/family.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Ann has founded a circle with Bob and Cem, her friends. Everybody has shared something.
class CoreCircleRecovery : public testing::Test {
 protected:
  CoreCircleRecovery() {
    family_.Befriend(ann_, bob_);
    family_.Befriend(ann_, cem_);
    circle_ = family_.Found({&ann_, &bob_, &cem_});
    for (Relative* one : {&ann_, &bob_, &cem_}) family_.Share(*one, circle_, "by " + one->name);
    family_.SyncAll();
  }

  // By the phrase, once every device of that person is gone.
  Relative& Restore(Relative& lost) {
    const RecoverySecret secret = *ParsePhrase(lost.phrase);
    const PersonId person = lost.person();
    std::vector<Relative*> gone;
    for (Relative& one : family_.everybody()) {
      if (one.person() == person) gone.push_back(&one);
    }
    for (Relative* one : gone) family_.Destroy(*one);
    return family_.Recover(AuthorityOf(secret), &left_);
  }
  static std::optional<Role> RoleOf(Relative& at, const MailboxId& circle, const PersonId& who) {
    return at.state().RoleIn(circle, who);
  }
  // All see one roster of so many, nothing was refused, and nobody complains.
  void ExpectWhole(size_t members) {
    for (Relative& one : family_.everybody()) {
      const Roster* roster = one.state().FindRoster(circle_);
      ASSERT_NE(roster, nullptr) << one.name;
      EXPECT_EQ(roster->members().size(), members) << one.name;
      EXPECT_EQ(roster->HeadHash(), ann().state().FindRoster(circle_)->HeadHash()) << one.name;
      EXPECT_EQ(one.state().refused, 0u) << one.name;
      EXPECT_THAT(one.journal->Alarms(), IsEmpty()) << one.name;
      EXPECT_EQ(one.journal->sync(circle_).status().problem, std::nullopt) << one.name;
    }
  }
  Relative& ann() { return family_.everybody().front(); }

  Family family_;
  Relative& ann_ = family_.Add("Ann");
  Relative& bob_ = family_.Add("Bob");
  Relative& cem_ = family_.Add("Cem");
  MailboxId circle_;
  std::vector<Recovery::Left> left_;
};

TEST_F(CoreCircleRecovery, ThePhraseBringsBackACircleThatOneFounded) {
  Relative& dia = family_.Add("Dia");
  family_.Befriend(ann_, dia);
  family_.Link(ann_);
  family_.SyncAll();
  Relative& back = Restore(ann_);
  EXPECT_THAT(left_, IsEmpty());
  EXPECT_THAT(Family::Inbox(back), ElementsAre("by Bob", "by Cem"));
  EXPECT_EQ(back.membership().Find("family")->role, Role::kOwner);
  family_.Share(back, circle_, "after the fire");
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(bob_), ElementsAre("after the fire", "by Ann", "by Cem"));
  // An owner as before, at the relay too.
  family_.Bring(back, dia, circle_);
  ASSERT_TRUE(back.membership().Remove(circle_, cem_.person()));
  family_.SyncAll();
  family_.Share(bob_, circle_, "for Dia too");
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(dia), ElementsAre("for Dia too"));
  EXPECT_THAT(Family::Inbox(cem_), testing::Not(testing::Contains("for Dia too")));
}

TEST_F(CoreCircleRecovery, ThePhraseBringsBackACircleThatOneWasInvitedTo) {
  Relative& back = Restore(bob_);
  EXPECT_THAT(left_, IsEmpty());
  EXPECT_THAT(Family::Inbox(back), ElementsAre("by Ann", "by Cem"));
  EXPECT_EQ(back.membership().Find("family")->role, Role::kWriter);
  family_.Share(back, circle_, "after the fire");
  family_.SyncAll();
  family_.Share(cem_, circle_, "glad that you are back");
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(cem_), ElementsAre("after the fire", "by Ann", "by Bob"));
  EXPECT_THAT(Family::Inbox(back), ElementsAre("by Ann", "by Cem", "glad that you are back"));
  ExpectWhole(3);
}

// Its lane was listed by a device that is gone, and that statement with it.
TEST_F(CoreCircleRecovery, WhatARelayLostOfADeviceThatIsGoneIsPastAndKept) {
  const SimRelay::Database old = family_.relay().database();
  Relative& second = family_.Link(bob_);
  family_.SyncAll();
  family_.Share(second, circle_, "by Bob's second");
  family_.SyncAll();
  ASSERT_THAT(Family::Inbox(ann_), ElementsAre("by Bob", "by Bob's second", "by Cem"));
  const LaneKey lane = second.state().lanes.Own(circle_)->key;
  SimRelay::Database now = family_.relay().database();
  now.mailboxes.at(circle_) = old.mailboxes.at(circle_);
  family_.relay().Pretend(std::move(now));
  Relative& back = Restore(bob_);
  family_.Sync(back);
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(ann_), ElementsAre("by Bob", "by Bob's second", "by Cem"));
  EXPECT_THAT(Family::Inbox(back), ElementsAre("by Ann", "by Cem"));
  const std::vector<Alarm> alarms = ann_.journal->Alarms();
  const auto of_lane = std::ranges::find(alarms, lane, &Alarm::lane);
  ASSERT_NE(of_lane, alarms.end());
  EXPECT_EQ(of_lane->code, Code::kRollback);
  EXPECT_TRUE(of_lane->past);
  EXPECT_EQ(ann_.journal->sync(circle_).status().phase, SyncStatus::Phase::kLive);
}

// The old devices are a thief's now.
TEST_F(CoreCircleRecovery, TheOldDevicesReadNothingThatIsSharedAfterwards) {
  Relative& back = family_.Recover(AuthorityOf(*ParsePhrase(bob_.phrase)), &left_);
  family_.SyncAll(&bob_);
  family_.Share(ann_, circle_, "not for the thief");
  family_.Share(back, circle_, "nor this");
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(bob_), ElementsAre("by Ann", "by Cem"));
  const auto& log = family_.relay().Find(circle_)->log;
  const auto header = *RecordHeader::Parse(log.back()->header);
  EXPECT_EQ(bob_.state().keyring.Open(header, log.back()->payload).error().code, Code::kUnknownGeneration);
  EXPECT_THAT(Family::Inbox(cem_), ElementsAre("by Ann", "by Bob", "nor this", "not for the thief"));
  for (const auto& [key, seat] : family_.relay().Find(circle_)->seats.seats()) {
    for (const LaneKey& lane : seat.lanes) {
      const storage::Lane* known = cem_.state().lanes.Find(lane);
      ASSERT_NE(known, nullptr);
      EXPECT_NE(known->device, bob_.state().device->public_key());
    }
  }
}

TEST_F(CoreCircleRecovery, WhoCameLaterFindsWhatWasGrantedAgain) {
  Relative& dia = family_.Add("Dia");
  Relative& eli = family_.Add("Eli");
  family_.Befriend(ann_, dia);
  family_.Befriend(ann_, eli);
  family_.Bring(ann_, dia, circle_);
  family_.Bring(ann_, eli, circle_);
  ASSERT_TRUE(ann_.membership().GrantHistory(circle_, dia.person()));
  family_.Share(cem_, circle_, "after they came");
  family_.SyncAll();
  Relative& granted = Restore(dia);
  EXPECT_THAT(Family::Inbox(granted), ElementsAre("after they came", "by Ann", "by Bob", "by Cem"));
  Relative& late = Restore(eli);
  EXPECT_THAT(Family::Inbox(late), ElementsAre("after they came"));
  EXPECT_THAT(left_, IsEmpty());
  family_.SyncAll();
  ExpectWhole(5);
}

TEST_F(CoreCircleRecovery, WhoHadSaidYesComesInAfterwards) {
  Relative& dia = family_.Add("Dia");
  family_.Befriend(ann_, dia);
  const auto friends = ann_.journal->sharing().Friends();
  const auto pair = std::ranges::find(friends, dia.person(), &FriendInfo::person);
  ASSERT_TRUE(ann_.membership().Invite(circle_, pair->circle, Role::kWriter));
  family_.SyncAll();
  ASSERT_TRUE(dia.membership().Join(dia.membership().FindInvitation("family")->id, "family", "Dia"));
  family_.Sync(dia);
  // Nobody has heard it when both lose all they have.
  Relative& guest = Restore(dia);
  ASSERT_EQ(left_.size(), 1u) << "not let in yet";
  EXPECT_EQ(left_.front().circle, circle_);
  EXPECT_EQ(left_.front().why.code, Code::kRelayRefused);
  Relative& owner = Restore(ann_);
  family_.SyncAll();
  EXPECT_EQ(RoleOf(owner, circle_, guest.person()), std::nullopt) << "the device that asked may still be there";
  for (Relative& one : family_.everybody()) one.clock.Advance(limits::kAdmitAfterMillis);
  family_.SyncAll();
  family_.Share(bob_, circle_, "for all four");
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(guest), ElementsAre("for all four"));
  ExpectWhole(4);
}

TEST_F(CoreCircleRecovery, WhoWasRemovedFindsAllButTheCircle) {
  ASSERT_TRUE(ann_.membership().Remove(circle_, cem_.person()));
  ASSERT_TRUE(cem_.journal->Write({.kind = "entry", .text = "my own", .date = {.day_only = true}}));
  family_.SyncAll();
  Relative& back = Restore(cem_);
  ASSERT_EQ(left_.size(), 1u);
  EXPECT_EQ(left_.front().circle, circle_);
  EXPECT_EQ(left_.front().why.code, Code::kRelayRefused);
  EXPECT_EQ(back.journal->entry_count(), 2u);
  family_.SyncAll();
  family_.Bring(ann_, back, circle_);
  family_.Share(bob_, circle_, "welcome back");
  family_.SyncAll();
  // With the keys to what was said while they were in it.
  EXPECT_THAT(Family::Inbox(back), ElementsAre("by Ann", "by Bob", "welcome back"));
}

// The founder's phrase opens the root of the circle, which overrides every seat.
TEST_F(CoreCircleRecovery, AFounderWhoWasRemovedDoesNotComeBackByTheRoot) {
  ASSERT_TRUE(ann_.membership().SetRole(circle_, bob_.person(), Role::kOwner));
  family_.SyncAll();
  ASSERT_TRUE(bob_.membership().Remove(circle_, ann_.person()));
  family_.SyncAll();
  const uint64_t before = family_.relay().Find(circle_)->seats.number();
  Restore(ann_);
  ASSERT_EQ(left_.size(), 1u);
  EXPECT_EQ(left_.front().circle, circle_);
  EXPECT_EQ(left_.front().why.code, Code::kRelayRefused);
  EXPECT_EQ(family_.relay().Find(circle_)->seats.number(), before);
}

TEST_F(CoreCircleRecovery, AFounderTakesAStolenSeatBack) {
  const auto seat = ann_.state().keyring.Seat(circle_);
  const Signer stolen = Signer::Generate();
  ASSERT_TRUE(
      ann_.journal->sync(circle_).ChangeSeats({ReplaceSeat{.from = seat->public_key(), .to = stolen.public_key()}}));
  family_.SyncOne(ann_, circle_);
  Relative& back = Restore(ann_);
  EXPECT_THAT(left_, IsEmpty());
  EXPECT_FALSE(family_.relay().Find(circle_)->seats.seats().contains(stolen.public_key()));
  family_.Share(back, circle_, "mine again");
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(cem_), ElementsAre("by Ann", "by Bob", "mine again"));
  // Other owners' devices take the new seat for the founder's.
  ASSERT_TRUE(back.membership().SetRole(circle_, bob_.person(), Role::kOwner));
  family_.SyncAll();
  family_.SyncAll();
  EXPECT_EQ(family_.relay().Find(circle_)->seats.seats().size(), 3u);
  ASSERT_TRUE(back.membership().Remove(circle_, cem_.person()));
  family_.SyncAll();
  EXPECT_EQ(family_.relay().Find(circle_)->seats.seats().size(), 2u);
}

TEST_F(CoreCircleRecovery, TwoOfThreeTrusteesBringTheCirclesBackAndOneDoesNot) {
  Relative& dia = family_.Add("Dia");
  family_.Befriend(ann_, dia);
  const PersonId person = ann_.person();
  TrusteesPlan plan{.circles = {}, .needed = 2, .delay_ms = 0};
  for (const FriendInfo& info : ann_.journal->sharing().Friends()) {
    if (info.person != PersonId()) plan.circles.push_back(info.circle);
  }
  ASSERT_EQ(plan.circles.size(), 3u);
  ASSERT_TRUE(ann_.journal->SetTrustees(plan));
  family_.SyncAll();
  family_.Destroy(ann_);

  Gathering gathering(BoxPair::Generate());
  for (Relative* trustee : {&bob_, &dia}) {
    const auto friends = trustee->journal->sharing().Friends();
    const auto owner = std::ranges::find(friends, person, &FriendInfo::person);
    ASSERT_TRUE(gathering.Take(*trustee->journal->AnswerClaim(owner->circle, gathering.claim())));
    const auto combined = gathering.Combine();
    EXPECT_EQ(combined ? Code::kInternal : combined.error().code,
              trustee == &bob_ ? Code::kSharesTooFew : Code::kInternal);
  }
  Relative& back = family_.Recover(*gathering.Combine(), &left_);
  EXPECT_THAT(left_, IsEmpty());
  EXPECT_THAT(Family::Inbox(back), ElementsAre("by Bob", "by Cem"));
  family_.Share(back, circle_, "by friends' help");
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(cem_), ElementsAre("by Ann", "by Bob", "by friends' help"));
}

}  // namespace
}  // namespace kith
