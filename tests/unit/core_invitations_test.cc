// Invitations to circles of more than two that lie, lapse, are withdrawn or come too late.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/circles.h"
#include "client/core/invitations.h"
#include "client/core/limits.h"
#include "client/core/outbox.h"
#include "crypto/base/limits.h"
#include "crypto/verify/hash.h"
#include "tests/support/family.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class CoreInvitations : public testing::Test {
 protected:
  CoreInvitations() {
    family_.Befriend(ann_, bob_);
    family_.Befriend(ann_, cem_);
  }
  template <class T>
  static Code Refusal(const Result<T>& result) {
    EXPECT_FALSE(result.has_value());
    return result ? Code::kInternal : result.error().code;
  }
  static MailboxId PairOf(Relative& at, Relative& with) {
    for (const FriendInfo& info : at.journal->sharing().Friends()) {
      if (info.person == with.person()) return info.circle;
    }
    return {};
  }
  // What another client than ours might say in a mailbox.
  static void Say(Relative& from, const MailboxId& mailbox, const Op& op) {
    Transaction tx(from.store);
    const Bytes bytes = EncodeOp(op);
    Outbox(from.state()).Add(tx, from.state().mailboxes.at(mailbox), {&bytes, 1});
    ASSERT_TRUE(from.state().Commit(tx));
  }
  CircleInviteOp AnInvite(Relative& from, const MailboxId& circle) {
    return {.hlc = from.state().NextHlc(),
            .circle = circle,
            .roster = RandomId<OpId>(),
            .name = "family",
            .relay = FormatRelayAddress({.address = "relay.test:7787", .key = family_.relay().key()})};
  }
  // Asks, and lets the guest hear of it.
  OpId Ask(Relative& owner, Relative& guest, const MailboxId& circle) {
    EXPECT_TRUE(owner.membership().Invite(circle, PairOf(owner, guest), Role::kWriter));
    family_.SyncAll();
    const auto open = guest.membership().Invitations();
    EXPECT_TRUE(open && !open->empty());
    return open && !open->empty() ? open->front().id : OpId();
  }
  // A circle of Ann's alone, called as she likes.
  MailboxId Found(const std::string& name) {
    const auto circle = ann_.membership().Create(name, "Ann");
    EXPECT_TRUE(circle.has_value());
    family_.SyncAll();
    return circle ? *circle : MailboxId();
  }
  std::optional<Error> Problem(Relative& at, const MailboxId& mailbox) {
    return at.journal->sync(mailbox).status().problem;
  }

  Family family_;
  Relative& ann_ = family_.Add("Ann");
  Relative& bob_ = family_.Add("Bob");
  Relative& cem_ = family_.Add("Cem");
};

// ---- What an invitation names.

TEST_F(CoreInvitations, OneThatNamesNoCircleOrNoRosterIsRefused) {
  CircleInviteOp invite = AnInvite(ann_, RandomId<MailboxId>());
  EXPECT_TRUE(DecodeOp(EncodeOp(invite)));
  invite.roster = {};
  EXPECT_EQ(Refusal(DecodeOp(EncodeOp(invite))), Code::kMalformed);
  invite.roster = RandomId<OpId>();
  invite.circle = {};
  EXPECT_EQ(Refusal(DecodeOp(EncodeOp(invite))), Code::kMalformed);
}

TEST_F(CoreInvitations, OneThatNamesOnesOwnJournalOrAFriendsMailboxBringsNobodyIntoIt) {
  family_.Befriend(bob_, cem_);
  const MailboxId self = bob_.state().identity.self_mailbox;
  for (const MailboxId& named : {self, PairOf(bob_, cem_)}) {
    Say(ann_, PairOf(ann_, bob_), AnInvite(ann_, named));
    family_.SyncAll();
    const auto open = bob_.membership().Invitations();
    ASSERT_TRUE(open.has_value());
    ASSERT_THAT(*open, SizeIs(1));
    EXPECT_EQ(Refusal(bob_.membership().Join(open->front().id, "family", "Bob")), Code::kInvalidArgument);
    EXPECT_FALSE(bob_.state().IsGroup(named));
    ASSERT_TRUE(bob_.membership().Decline(open->front().id));
  }
  EXPECT_FALSE(bob_.state().friends.contains(self));
  bob_.Reopen();
  EXPECT_THAT(bob_.journal->sharing().Friends(), SizeIs(2));
}

// ---- Answers that fit nothing.

TEST_F(CoreInvitations, AYesWithoutASeatIsRefused) {
  CircleAnswerOp answer{.hlc = 1,
                        .invite = RandomId<OpId>(),
                        .circle = RandomId<MailboxId>(),
                        .accepted = true,
                        .seat = RandomId<SeatKeyId>(),
                        .name = {}};
  EXPECT_TRUE(DecodeOp(EncodeOp(answer)));
  answer.seat = {};
  EXPECT_EQ(Refusal(DecodeOp(EncodeOp(answer))), Code::kMalformed);
}

TEST_F(CoreInvitations, AYesWithAKeyThatIsTakenBringsNobodyIn) {
  const MailboxId circle = family_.Found({&ann_});
  const OpId invite = Ask(ann_, bob_, circle);
  const SeatKeyId taken = ann_.state().mailboxes.at(circle).seats.root();
  Say(bob_, PairOf(bob_, ann_),
      CircleAnswerOp{.hlc = bob_.state().NextHlc(),
                     .invite = invite,
                     .circle = circle,
                     .accepted = true,
                     .seat = taken,
                     .name = {}});
  family_.SyncAll();
  EXPECT_EQ(ann_.state().FindRoster(circle)->members().size(), 1u);
  EXPECT_EQ(Problem(ann_, circle), std::nullopt);
}

TEST_F(CoreInvitations, AYesWhileTheCircleIsFullWaitsAndStopsNothing) {
  const MailboxId circle = family_.Found({&ann_});
  const OpId invite = Ask(ann_, bob_, circle);
  ASSERT_TRUE(bob_.membership().Join(invite, "family", "Bob"));
  family_.SyncOne(bob_, PairOf(bob_, ann_));
  RosterGenesis full{.mailbox = circle, .members = {{.person = ann_.person(), .role = Role::kOwner}}, .pair = false};
  while (full.members.size() < limits::kMembers)
    full.members.push_back({.person = RandomId<PersonId>(), .role = Role::kWriter});
  Roster roster;
  ASSERT_TRUE(roster.Add(circle, SignRosterOp(ann_.state(), {}, full), *ann_.state().person));
  ann_.state().rosters.insert_or_assign(circle, roster);
  const uint64_t refused = ann_.state().refused;
  family_.SyncOne(ann_, PairOf(ann_, bob_));
  Transaction tx(ann_.store);
  ASSERT_THAT(*ReadAnswers(ann_.store), SizeIs(1));
  EXPECT_TRUE(AdmitGuests(ann_.state(), tx, circle));
  EXPECT_TRUE(tx.empty());
  EXPECT_EQ(ann_.state().refused, refused);
}

// ---- What an invitation brings about, and what ends it.

TEST_F(CoreInvitations, AnOlderInvitationLeadsNobodyBack) {
  const MailboxId circle = family_.Found({&ann_});
  const OpId older = Ask(ann_, bob_, circle);
  const OpId newer = Ask(ann_, bob_, circle);
  ASSERT_NE(older, newer);
  ASSERT_TRUE(bob_.membership().Join(newer, "family", "Bob"));
  family_.SyncAll();
  ASSERT_EQ(ann_.state().FindRoster(circle)->members().size(), 2u);
  ASSERT_TRUE(ann_.membership().Remove(circle, bob_.person()));
  family_.SyncAll();
  Say(bob_, PairOf(bob_, ann_),
      CircleAnswerOp{.hlc = bob_.state().NextHlc(),
                     .invite = older,
                     .circle = circle,
                     .accepted = true,
                     .seat = RandomId<SeatKeyId>(),
                     .name = {}});
  family_.SyncAll();
  EXPECT_EQ(ann_.state().FindRoster(circle)->members().size(), 1u);
  family_.Bring(ann_, bob_, circle);
  EXPECT_EQ(ann_.state().FindRoster(circle)->members().size(), 2u) << "who is asked anew comes in";
}

// An answer by a clock that is days ahead says nothing of what is asked after it.
TEST_F(CoreInvitations, WhoWasRemovedIsAskedAgainWhateverTheirClockSaid) {
  const MailboxId circle = family_.Found({&ann_, &cem_});
  bob_.clock.Advance(20 * FakeClock::kDay);
  family_.Bring(ann_, bob_, circle);
  family_.SyncAll();
  EXPECT_THAT(*bob_.membership().Invitations(), IsEmpty());
  ASSERT_TRUE(ann_.membership().Remove(circle, bob_.person()));
  family_.SyncAll();
  ASSERT_TRUE(ann_.membership().Invite(circle, PairOf(ann_, bob_), Role::kWriter));
  family_.SyncAll();
  EXPECT_THAT(*bob_.membership().Invitations(), SizeIs(1));
}

TEST_F(CoreInvitations, OneThatWasTakenBackBringsNobodyIn) {
  const MailboxId circle = family_.Found({&ann_});
  const OpId invite = Ask(ann_, bob_, circle);
  EXPECT_EQ(Refusal(ann_.membership().Uninvite(circle, "Cem")), Code::kNotFound);
  ASSERT_TRUE(ann_.membership().Uninvite(circle, "bob"));
  EXPECT_EQ(Refusal(ann_.membership().Uninvite(circle, "bob")), Code::kNotFound) << "there is none any more";
  family_.SyncAll();
  EXPECT_THAT(*bob_.membership().Invitations(), IsEmpty());
  Say(bob_, PairOf(bob_, ann_),
      CircleAnswerOp{
          .hlc = 1, .invite = invite, .circle = circle, .accepted = true, .seat = RandomId<SeatKeyId>(), .name = {}});
  family_.SyncAll();
  EXPECT_EQ(ann_.state().FindRoster(circle)->members().size(), 1u);
  family_.Bring(ann_, bob_, circle);
  EXPECT_EQ(ann_.state().FindRoster(circle)->members().size(), 2u);
}

TEST_F(CoreInvitations, OneThatHasLapsedBringsNobodyInAndIsNotShown) {
  const MailboxId circle = family_.Found({&ann_});
  const OpId invite = Ask(ann_, bob_, circle);
  ann_.clock.Advance(limits::kInviteMillis + 60'000);
  ASSERT_TRUE(bob_.membership().Join(invite, "family", "Bob")) << "by a clock that is slow";
  family_.SyncAll();
  EXPECT_EQ(ann_.state().FindRoster(circle)->members().size(), 1u);
  cem_.clock.Advance(limits::kInviteMillis + 60'000);
  ASSERT_TRUE(ann_.membership().Invite(circle, PairOf(ann_, cem_), Role::kWriter));
  family_.SyncAll();
  EXPECT_THAT(*cem_.membership().Invitations(), SizeIs(1));
  cem_.clock.Advance(limits::kInviteMillis + 60'000);
  EXPECT_THAT(*cem_.membership().Invitations(), IsEmpty());
}

TEST_F(CoreInvitations, ANoIsNotOverwrittenByAYesThatSaysItIsOlder) {
  const MailboxId circle = family_.Found({&ann_});
  const OpId invite = Ask(ann_, bob_, circle);
  ASSERT_TRUE(bob_.membership().Decline(invite));
  family_.SyncAll();
  Say(bob_, PairOf(bob_, ann_),
      CircleAnswerOp{
          .hlc = 1, .invite = invite, .circle = circle, .accepted = true, .seat = RandomId<SeatKeyId>(), .name = {}});
  family_.SyncAll();
  EXPECT_EQ(ann_.state().FindRoster(circle)->members().size(), 1u);
}

// ---- Leaving before one is let in.

TEST_F(CoreInvitations, WhoLeavesBeforeTheOwnerHasHeardOfTheirYesIsNotLetIn) {
  const MailboxId circle = family_.Found({&ann_});
  ASSERT_TRUE(bob_.membership().Join(Ask(ann_, bob_, circle), "family", "Bob"));
  family_.SyncOne(bob_, PairOf(bob_, ann_));
  ASSERT_TRUE(bob_.membership().Leave(circle));
  family_.SyncAll();
  EXPECT_EQ(ann_.state().FindRoster(circle)->members().size(), 1u);
  EXPECT_THAT(*bob_.membership().Invitations(), IsEmpty());
}

TEST_F(CoreInvitations, WhoLeavesBeforeTheyHaveHeardThatTheyAreInIsTakenOut) {
  const MailboxId circle = family_.Found({&ann_, &cem_});
  ASSERT_TRUE(bob_.membership().Join(Ask(ann_, bob_, circle), "family", "Bob"));
  family_.SyncOne(bob_, PairOf(bob_, ann_));
  family_.Sync(ann_);
  family_.Sync(ann_);
  ASSERT_TRUE(ann_.state().FindRoster(circle)->Has(bob_.person()));
  ASSERT_TRUE(bob_.membership().Leave(circle));
  family_.SyncAll();
  EXPECT_FALSE(ann_.state().FindRoster(circle)->Has(bob_.person()));
  EXPECT_FALSE(cem_.state().FindRoster(circle)->Has(bob_.person()));
  family_.Share(cem_, circle, "after Bob");
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(ann_), ElementsAre("after Bob"));
}

// ---- Names.

TEST_F(CoreInvitations, ACircleTakesNoFriendsName) {
  const MailboxId circle = Found("cem");
  const OpId invite = Ask(ann_, bob_, circle);
  family_.Befriend(bob_, cem_);
  EXPECT_EQ(Refusal(bob_.membership().Join(invite, "cem", "Bob")), Code::kAmbiguous);
  EXPECT_EQ(bob_.journal->sharing().FindFriend("Cem")->person, cem_.person());
  EXPECT_TRUE(bob_.membership().Join(invite, "theirs", "Bob"));
  family_.SyncAll();
  EXPECT_EQ(ann_.state().FindRoster(circle)->members().size(), 2u);
  // Asked in anew, it keeps its own name.
  ASSERT_TRUE(ann_.membership().Remove(circle, bob_.person()));
  family_.SyncAll();
  EXPECT_TRUE(bob_.membership().Join(Ask(ann_, bob_, circle), "theirs", "Bob"));
}

TEST_F(CoreInvitations, ACircleIsFoundAsAFriendIsAfterItWasRenamed) {
  const MailboxId circle = family_.Found({&ann_});
  ASSERT_TRUE(ann_.journal->sharing().Rename(circle, "another"));
  const auto found = ann_.journal->sharing().Find(circle);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->label, "another");
  EXPECT_EQ(Refusal(ann_.journal->sharing().Find(RandomId<MailboxId>())), Code::kNotFound);
}

}  // namespace
}  // namespace kith
