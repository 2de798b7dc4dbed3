// Circles of more than two: coming in, going, and who reads what.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/family.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class CoreMembership : public testing::Test {
 protected:
  CoreMembership() {
    family_.Befriend(ann_, bob_);
    family_.Befriend(ann_, cem_);
  }
  template <class T>
  static Code Refusal(const Result<T>& result) {
    EXPECT_FALSE(result.has_value());
    return result ? Code::kInternal : result.error().code;
  }
  static std::optional<Role> RoleOf(Relative& at, const MailboxId& circle, Relative& who) {
    return at.state().RoleIn(circle, who.person());
  }
  MailboxId PairOf(Relative& at, Relative& with) {
    for (const FriendInfo& info : at.journal->sharing().Friends()) {
      if (info.person == with.person()) return info.circle;
    }
    return {};
  }
  std::optional<Error> Problem(Relative& at, const MailboxId& mailbox) {
    return at.journal->sync(mailbox).status().problem;
  }

  Family family_;
  Relative& ann_ = family_.Add("Ann");
  Relative& bob_ = family_.Add("Bob");
  Relative& cem_ = family_.Add("Cem");
};

TEST_F(CoreMembership, WhatOneSharesAllOthersRead) {
  const MailboxId circle = family_.Found({&ann_, &bob_, &cem_});
  family_.Share(ann_, circle, "by Ann");
  family_.Share(bob_, circle, "by Bob");
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(ann_), ElementsAre("by Bob"));
  EXPECT_THAT(Family::Inbox(bob_), ElementsAre("by Ann"));
  EXPECT_THAT(Family::Inbox(cem_), ElementsAre("by Ann", "by Bob"));
  for (Relative* one : {&ann_, &bob_, &cem_}) {
    EXPECT_EQ(Problem(*one, circle), std::nullopt) << one->name;
    EXPECT_THAT(one->journal->Alarms(), IsEmpty());
    EXPECT_EQ(one->state().FindRoster(circle)->members().size(), 3u);
    one->Reopen();
    EXPECT_EQ(one->state().FindRoster(circle)->members().size(), 3u) << "after a restart too";
  }
}

TEST_F(CoreMembership, WhoComesLaterReadsFromThenOnAndWhatStoodBeforeByAGrantOnly) {
  const MailboxId circle = family_.Found({&ann_, &bob_});
  family_.Share(ann_, circle, "before, by Ann");
  family_.Share(bob_, circle, "before, by Bob");
  family_.SyncAll();
  family_.Bring(ann_, cem_, circle);
  family_.Share(bob_, circle, "after");
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(cem_), ElementsAre("after"));
  EXPECT_EQ(Problem(cem_, circle), std::nullopt);
  EXPECT_THAT(cem_.journal->Alarms(), IsEmpty());
  Relative& late = family_.Link(cem_);
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(late), ElementsAre("after"));

  EXPECT_EQ(Refusal(bob_.membership().GrantHistory(circle, cem_.person())), Code::kNotOwner);
  ASSERT_TRUE(ann_.membership().GrantHistory(circle, cem_.person()));
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(cem_), ElementsAre("after", "before, by Ann", "before, by Bob"));
  EXPECT_THAT(Family::Inbox(late), ElementsAre("after", "before, by Ann", "before, by Bob"));
  EXPECT_EQ(cem_.journal->sharing().FindFriend("family")->received, 3u) << "taken in again, counted once";
  cem_.Reopen();
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(cem_), ElementsAre("after", "before, by Ann", "before, by Bob"));
}

TEST_F(CoreMembership, WhatWasSharedBeforeSomebodyCameIsTakenBackFromThemUnread) {
  const MailboxId circle = family_.Found({&ann_, &bob_});
  family_.Share(bob_, circle, "before");
  family_.SyncAll();
  family_.Bring(ann_, cem_, circle);
  const auto shared = bob_.journal->sharing().Audience(std::nullopt);
  ASSERT_TRUE(shared && shared->size() == 1);
  ASSERT_TRUE(bob_.journal->sharing().TakeBack(shared->front().entry, circle));
  family_.SyncAll();
  EXPECT_EQ(Problem(cem_, circle), std::nullopt);
  ASSERT_TRUE(ann_.membership().GrantHistory(circle, cem_.person()));
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(cem_), IsEmpty());
}

TEST_F(CoreMembership, AGrantOpensForNobodyElse) {
  const MailboxId circle = family_.Found({&ann_});
  family_.Share(ann_, circle, "before");
  family_.SyncAll();
  family_.Bring(ann_, bob_, circle);
  family_.Bring(ann_, cem_, circle);
  ASSERT_TRUE(ann_.membership().GrantHistory(circle, cem_.person()));
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(cem_), ElementsAre("before"));
  EXPECT_THAT(Family::Inbox(bob_), IsEmpty());
}

TEST_F(CoreMembership, WhoIsRemovedReadsNothingMoreAndAnOfflineMemberFindsTheNewKey) {
  const MailboxId circle = family_.Found({&ann_, &bob_, &cem_});
  family_.Share(bob_, circle, "by Bob, before");
  family_.SyncAll();
  ASSERT_TRUE(ann_.membership().Remove(circle, bob_.person()));
  family_.SyncAll(&cem_);
  family_.Share(ann_, circle, "not for Bob");
  family_.SyncAll(&cem_);
  EXPECT_EQ(RoleOf(ann_, circle, bob_), std::nullopt);
  EXPECT_EQ(family_.relay().Find(circle)->seats.seats().size(), 2u);
  EXPECT_EQ(Problem(bob_, circle)->code, Code::kRelayRefused);
  EXPECT_THAT(Family::Inbox(bob_), IsEmpty());
  // Whatever the relay holds, Bob's keys do not open what came after.
  const auto& log = family_.relay().Find(circle)->log;
  const auto header = *RecordHeader::Parse(log.back()->header);
  EXPECT_EQ(Refusal(bob_.state().keyring.Open(header, log.back()->payload)), Code::kUnknownGeneration);
  EXPECT_TRUE(ann_.state().keyring.Open(header, log.back()->payload));

  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(cem_), ElementsAre("not for Bob")) << "what Bob shared is not shown while he is gone";
  family_.Bring(ann_, bob_, circle);
  family_.Share(cem_, circle, "for Bob too");
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(bob_), ElementsAre("for Bob too"));
  EXPECT_THAT(Family::Inbox(cem_), ElementsAre("by Bob, before", "not for Bob"));
}

TEST_F(CoreMembership, AReaderAnswersAndDoesNotShare) {
  const MailboxId circle = family_.Found({&ann_, &bob_});
  family_.Bring(ann_, cem_, circle, Role::kReader);
  family_.SyncAll();
  EXPECT_EQ(RoleOf(bob_, circle, cem_), Role::kReader);
  const EntryId entry = *cem_.journal->Write({.kind = "entry", .text = "words", .date = {.day_only = true}});
  EXPECT_EQ(Refusal(cem_.journal->sharing().Share(
                {.entry = entry, .circle = circle, .version = {}, .passage = {}, .note = {}, .hold_ms = 0})),
            Code::kInvalidArgument);
  family_.Share(bob_, circle, "by Bob");
  family_.SyncAll();
  const auto received = [&] {
    std::optional<ReceivedShare> out;
    EXPECT_TRUE(cem_.journal->sharing().Inbox([&](const ReceivedShare& share) {
      out = share;
      return false;
    }));
    return out;
  }();
  ASSERT_TRUE(received.has_value());
  ASSERT_TRUE(cem_.journal->sharing().Hear(*received, "read it", HeardWish::kNone));
  family_.SyncAll();
  EXPECT_EQ(ann_.journal->sharing().Answers(*received)->size(), 1u);

  ASSERT_TRUE(ann_.membership().SetRole(circle, bob_.person(), Role::kReader));
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(cem_), IsEmpty());
  ASSERT_TRUE(ann_.membership().SetRole(circle, bob_.person(), Role::kWriter));
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(cem_), ElementsAre("by Bob"));
}

TEST_F(CoreMembership, AnOwnerWhoWasMadeOneBringsInTheirOwnFriend) {
  Relative& dia = family_.Add("Dia");
  family_.Befriend(bob_, dia);
  const MailboxId circle = family_.Found({&ann_, &bob_, &cem_});
  EXPECT_EQ(Refusal(bob_.membership().Invite(circle, PairOf(bob_, dia), Role::kWriter)), Code::kNotOwner);
  EXPECT_EQ(Refusal(bob_.membership().Remove(circle, cem_.person())), Code::kNotOwner);
  EXPECT_EQ(Refusal(bob_.membership().SetRole(circle, bob_.person(), Role::kOwner)), Code::kNotOwner);
  ASSERT_TRUE(ann_.membership().SetRole(circle, bob_.person(), Role::kOwner));
  family_.SyncAll();
  family_.Bring(bob_, dia, circle);
  family_.Share(cem_, circle, "by Cem");
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(dia), ElementsAre("by Cem"));
  // A founder can be removed as anybody.
  ASSERT_TRUE(bob_.membership().Remove(circle, ann_.person()));
  family_.SyncAll();
  EXPECT_EQ(Problem(ann_, circle)->code, Code::kRelayRefused);
  EXPECT_EQ(dia.state().FindRoster(circle)->members().size(), 3u);
}

TEST_F(CoreMembership, WhoLeavesTakesBackAndTheOthersGoOnWithoutThem) {
  const MailboxId circle = family_.Found({&ann_, &bob_, &cem_});
  family_.Share(bob_, circle, "by Bob");
  family_.SyncAll();
  ASSERT_TRUE(bob_.membership().Leave(circle));
  family_.SyncAll();
  EXPECT_EQ(bob_.journal->entry_count(), 1u) << "one's own words stay";
  EXPECT_THAT(bob_.membership().Circles(), IsEmpty());
  EXPECT_THAT(Family::Inbox(cem_), IsEmpty());
  EXPECT_EQ(RoleOf(cem_, circle, bob_), std::nullopt);
  EXPECT_EQ(family_.relay().Find(circle)->seats.seats().size(), 2u);
  family_.Share(cem_, circle, "after Bob");
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(ann_), ElementsAre("after Bob"));
  const auto& log = family_.relay().Find(circle)->log;
  const auto header = *RecordHeader::Parse(log.back()->header);
  EXPECT_EQ(Refusal(bob_.state().keyring.Open(header, log.back()->payload)), Code::kUnknownGeneration);
}

TEST_F(CoreMembership, WithoutAnOwnerItGoesOnAsItIs) {
  const MailboxId circle = family_.Found({&ann_, &bob_, &cem_});
  ASSERT_TRUE(ann_.membership().Leave(circle));
  family_.SyncAll();
  EXPECT_FALSE(bob_.membership().Find("Family")->has_owner);
  family_.Share(bob_, circle, "still here");
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(cem_), ElementsAre("still here"));
  EXPECT_EQ(Refusal(bob_.membership().Remove(circle, cem_.person())), Code::kNotOwner);
}

TEST_F(CoreMembership, AnInvitationThatWasDeclinedOrUsedBringsInNobody) {
  const MailboxId circle = family_.Found({&ann_});
  ASSERT_TRUE(ann_.membership().Invite(circle, PairOf(ann_, bob_), Role::kWriter));
  family_.SyncAll();
  const auto asked = bob_.membership().FindInvitation("FAMILY");
  ASSERT_TRUE(asked.has_value());
  EXPECT_EQ(asked->from, "Ann");
  ASSERT_TRUE(bob_.membership().Decline(asked->id));
  EXPECT_EQ(Refusal(bob_.membership().FindInvitation("family")), Code::kNotFound);
  EXPECT_EQ(Refusal(bob_.membership().Join(asked->id, "family", "Bob")), Code::kNotFound);
  family_.SyncAll();
  EXPECT_EQ(ann_.state().FindRoster(circle)->members().size(), 1u);
  family_.Bring(ann_, bob_, circle);
  ASSERT_TRUE(ann_.membership().Remove(circle, bob_.person()));
  family_.SyncAll();
  family_.SyncAll();
  EXPECT_EQ(ann_.state().FindRoster(circle)->members().size(), 1u) << "the answer is used up";
}

TEST_F(CoreMembership, ARevokedDeviceOfAMemberHasNoKeyToWhatComesAfter) {
  const MailboxId circle = family_.Found({&ann_, &bob_, &cem_});
  Relative& lost = family_.Link(bob_);
  family_.SyncAll();
  family_.Share(ann_, circle, "before");
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(lost), ElementsAre("before"));
  ASSERT_TRUE(bob_.journal->RevokeDevice(lost.state().device->public_key()));
  family_.SyncAll(&lost);
  family_.Share(ann_, circle, "after");
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(bob_), ElementsAre("after", "before"));
  EXPECT_THAT(Family::Inbox(lost), ElementsAre("before"));
}

}  // namespace
}  // namespace kith
