// Circles of more than two: what a member says, whatever it is, never keeps the others' vaults from being opened, and
// leaves what is known of a third person alone.
#include <gtest/gtest.h>

#include "client/core/circles.h"
#include "client/core/outbox.h"
#include "client/core/transaction.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/support/family.h"

namespace kith {
namespace {

class CircleVault : public testing::Test {
 protected:
  CircleVault() {
    family_.Befriend(ann_, bob_);
    family_.Befriend(ann_, cem_);
    circle_ = family_.Found({&ann_, &bob_, &cem_});
  }

  // What a client that keeps to no rules says in the circle, as one pack.
  void Say(Relative& from, const std::vector<Bytes>& ops) {
    Mailbox& mailbox = from.state().mailboxes.at(circle_);
    storage::OutboxRun run{.first = mailbox.outbox_next,
                           .count = static_cast<uint16_t>(ops.size()),
                           .ops = EncodeOps(ops, Compression::kNone)};
    for (const Bytes& op : ops) run.size += static_cast<uint32_t>(op.size());
    Transaction tx(from.store);
    tx.Put(storage::OutboxKey(mailbox.sync.number, run.first), run.Encode());
    mailbox.outbox_next += ops.size();
    mailbox.outbox_waiting += ops.size();
    ASSERT_TRUE(from.state().Commit(tx));
    family_.SyncOne(from, circle_);
  }
  static SignedRosterOp Said(Relative& by, std::vector<OpId> parents, decltype(RosterOp::kind) kind) {
    SignedRosterOp op{.body = RosterOp{.parents = std::move(parents),
                                       .person = by.person(),
                                       .signer = by.state().device->public_key(),
                                       .kind = std::move(kind)}
                                  .Encode(),
                      .signature = {}};
    op.signature = by.state().device->Sign(labels::kSignRosterOp, op.body);
    return op;
  }
  // On top of what nobody has.
  static SignedPersonOp MadeUp(const Signer& by) { return Sealing(by, {RandomId<OpId>()}); }
  static SignedPersonOp Sealing(const Signer& by, std::vector<OpId> parents) {
    SignedPersonOp op{
        .body = PersonOp{.parents = std::move(parents),
                         .signer = by.public_key(),
                         .kind = SealingKey{.generation = RandomId<GenerationId>(), .box = RandomId<BoxPublic>()}}
                    .Encode(),
        .signature = {},
        .countersignature = {}};
    op.signature = by.Sign(labels::kSignPersonOp, op.body);
    return op;
  }
  static std::vector<Bytes> Encoded(const std::vector<SignedPersonOp>& ops) {
    std::vector<Bytes> out;
    for (const SignedPersonOp& op : ops) out.push_back(EncodeOp(op));
    return out;
  }
  void ExpectOpens(Relative& one) {
    const auto before = one.state().FindRoster(circle_)->members();
    const auto head = one.state().FindRoster(circle_)->HeadHash();
    one.journal.reset();
    auto opened = Journal::Open(one.store, one.clock);
    ASSERT_TRUE(opened.has_value()) << one.name << ": " << CodeName(opened.error().code);
    one.journal = *std::move(opened);
    ASSERT_NE(one.state().FindRoster(circle_), nullptr);
    EXPECT_EQ(one.state().FindRoster(circle_)->members(), before);
    EXPECT_EQ(one.state().FindRoster(circle_)->HeadHash(), head);
  }
  size_t KnownOf(Relative& at, Relative& whom) { return at.state().FindPerson(whom.person())->Operations().size(); }

  Family family_;
  Relative& ann_ = family_.Add("Ann");
  Relative& bob_ = family_.Add("Bob");
  Relative& cem_ = family_.Add("Cem");
  MailboxId circle_;
};

TEST_F(CircleVault, AnInventedPersonsWordOnTheRosterIsNotKept) {
  Relative& sue = family_.Add("Sue");
  std::vector<Bytes> ops = Encoded(sue.state().person->CountedOperations());
  const SignedRosterOp said = Said(sue, {RandomId<OpId>()}, LeaveCircle{});
  ops.push_back(EncodeOp(said));
  Say(cem_, ops);
  family_.SyncAll();
  for (Relative* one : {&ann_, &bob_}) {
    EXPECT_FALSE(one->state().FindRoster(circle_)->HasOp(RosterOpIdOf(said.body)));
    EXPECT_EQ(one->state().FindPerson(sue.person()), nullptr);
    ExpectOpens(*one);
  }
}

TEST_F(CircleVault, WhatWaitedAndMayNotBeSaidAfterAllDoesNotMatterWhenTheVaultIsOpened) {
  const SignedRosterOp leaves = Said(cem_, ann_.state().FindRoster(circle_)->heads(), LeaveCircle{});
  // Read after the other one when the vault is opened: it is by who is no member by what it follows.
  SignedRosterOp after;
  do {
    after = Said(cem_, {RosterOpIdOf(leaves.body)}, RemoveMember{.person = RandomId<PersonId>()});
  } while (RosterOpIdOf(after.body) < RosterOpIdOf(leaves.body));
  Say(cem_, {EncodeOp(after), EncodeOp(leaves)});
  family_.Sync(bob_);
  EXPECT_FALSE(bob_.state().FindRoster(circle_)->Has(cem_.person()));
  EXPECT_FALSE(bob_.state().FindRoster(circle_)->HasOp(RosterOpIdOf(after.body)));
  ExpectOpens(bob_);
}

TEST_F(CircleVault, WhatOnesOwnNewDeviceSaysIsHeardOnceOnesOtherDeviceKnowsOfItAndTheVaultOpensBefore) {
  Relative& tablet = family_.Link(ann_);
  family_.SyncAll();
  Relative& phone = family_.Link(ann_);
  family_.SyncAll(&tablet);
  ASSERT_TRUE(phone.membership().SetRole(circle_, cem_.person(), Role::kReader));
  family_.SyncAll(&tablet);
  ASSERT_EQ(phone.state().RoleIn(circle_, cem_.person()), Role::kReader);
  family_.SyncOne(tablet, circle_);
  ASSERT_FALSE(tablet.state().person->WasDevice(phone.state().device->public_key())) << "the test shows nothing else";
  ExpectOpens(tablet);
  family_.SyncAll();
  EXPECT_EQ(tablet.state().RoleIn(circle_, cem_.person()), Role::kReader);
  EXPECT_EQ(tablet.state().FindRoster(circle_)->HeadHash(), phone.state().FindRoster(circle_)->HeadHash());
}

TEST_F(CircleVault, NobodyMakesUpWhatWaitsOfAnother) {
  const size_t before = KnownOf(bob_, ann_);
  const Signer stranger = Signer::Generate();
  std::vector<Bytes> ops = Encoded(ann_.state().person->CountedOperations());
  const std::vector<Bytes> more = Encoded({MadeUp(stranger), MadeUp(stranger), MadeUp(stranger)});
  ops.insert(ops.end(), more.begin(), more.end());
  Say(cem_, ops);
  family_.SyncAll();
  EXPECT_EQ(KnownOf(bob_, ann_), before);
  ExpectOpens(bob_);
}

TEST_F(CircleVault, TwinWhatWaitsInOnesOwnLaneIsKept) {
  const size_t before = KnownOf(bob_, ann_);
  Say(ann_, Encoded({MadeUp(*ann_.state().device)}));
  family_.SyncAll();
  EXPECT_EQ(KnownOf(bob_, ann_), before + 1);
}

TEST_F(CircleVault, TwinWhatAnotherPassesOnIsKeptIfItStands) {
  const size_t before = KnownOf(bob_, ann_);
  const SignedPersonOp said = Sealing(*ann_.state().device, ann_.state().person->heads());
  std::vector<Bytes> ops = Encoded(ann_.state().person->CountedOperations());
  ops.push_back(EncodeOp(said));
  Say(cem_, ops);
  family_.SyncAll();
  EXPECT_EQ(KnownOf(bob_, ann_), before + 1);
  EXPECT_TRUE(bob_.state().FindPerson(ann_.person())->Stands(PersonOpIdOf(said.body)));
}

}  // namespace
}  // namespace kith
