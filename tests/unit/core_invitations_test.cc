// Invitations to circles of more than two that lie, lapse, are withdrawn or come too late.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/invitations.h"
#include "client/core/limits.h"
#include "client/core/outbox.h"
#include "crypto/base/limits.h"
#include "crypto/verify/labels.h"
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

}  // namespace
}  // namespace kith
