// What an owner states at the relay of a circle of more than two, where somebody wants more than is theirs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/circles.h"
#include "crypto/verify/hash.h"
#include "tests/support/family.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class CoreCircleSeats : public testing::Test {
 protected:
  CoreCircleSeats() { family_.Befriend(ann_, bob_); }

  // By an owner whose client looks at nothing.
  static void AddBy(Relative& owner, const MailboxId& circle, const PersonId& person, const SeatKeyId& seat) {
    const Roster& roster = *owner.state().FindRoster(circle);
    Take(owner, circle,
         SignRosterOp(owner.state(), roster,
                      AddMember{.member = {.person = person, .role = Role::kWriter, .seat = seat, .name = {}},
                                .invite = RandomId<OpId>()}));
  }
  static void Take(Relative& at, const MailboxId& circle, const SignedRosterOp& op) {
    Transaction tx(at.store);
    ASSERT_TRUE(at.state().AddRosterOp(tx, circle, op));
    ASSERT_TRUE(at.state().Commit(tx));
  }
  static std::vector<SeatChange> Due(Relative& owner, const MailboxId& circle) {
    return MemberSeatsDue(owner.state(), owner.state().mailboxes.at(circle));
  }
  static SeatKeyId SeatOf(Relative& at, const MailboxId& circle, Relative& whose) {
    const SeatKeyId* present =
        at.state().mailboxes.at(circle).seats.Present(at.state().FindRoster(circle)->Find(whose.person())->seat);
    return present == nullptr ? SeatKeyId() : *present;
  }

  Family family_;
  Relative& ann_ = family_.Add("Ann");
  Relative& bob_ = family_.Add("Bob");
};

TEST_F(CoreCircleSeats, WhoNamesAnothersPresentKeyTakesNothingFromThemAndKeepsThemNoPlace) {
  const MailboxId circle = family_.Found({&ann_, &bob_});
  ASSERT_TRUE(ann_.membership().SetRole(circle, bob_.person(), Role::kOwner));
  Relative& lost = family_.Link(bob_);
  family_.SyncAll();
  const SeatKeyId first = SeatOf(ann_, circle, bob_);
  ASSERT_TRUE(bob_.journal->RevokeDevice(lost.state().device->public_key()));
  family_.SyncAll(&lost);
  const SeatKeyId present = SeatOf(ann_, circle, bob_);
  ASSERT_NE(present, first) << "the key that the lost device had was replaced";
  ASSERT_FALSE(present.IsZero());

  AddBy(ann_, circle, RandomId<PersonId>(), present);
  EXPECT_THAT(Due(ann_, circle), IsEmpty()) << "an owner's seat stays one";
  ASSERT_TRUE(ann_.membership().Remove(circle, bob_.person()));
  EXPECT_THAT(Due(ann_, circle), ElementsAre(SeatChange(RemoveSeat{.seat = present})));
}

TEST_F(CoreCircleSeats, TwoWithOneNewKeyHoldNoRemovalBack) {
  const MailboxId circle = family_.Found({&ann_, &bob_});
  const SeatKeyId gone = SeatOf(ann_, circle, bob_);
  const SeatKeyId both = RandomId<SeatKeyId>();
  AddBy(ann_, circle, RandomId<PersonId>(), both);
  AddBy(ann_, circle, RandomId<PersonId>(), both);
  ASSERT_TRUE(ann_.membership().Remove(circle, bob_.person()));
  EXPECT_THAT(Due(ann_, circle),
              ElementsAre(SeatChange(RemoveSeat{.seat = gone}), SeatChange(AddSeat{.seat = both, .owner = false})));
  family_.SyncOne(ann_, circle);
  EXPECT_EQ(ann_.journal->sync(circle).status().problem, std::nullopt);
  const auto& seats = family_.relay().Find(circle)->seats.seats();
  EXPECT_THAT(seats, SizeIs(2));
  EXPECT_FALSE(seats.contains(gone));
}

TEST_F(CoreCircleSeats, WhoLeavesIsNoOwnerAtTheRelayWhetherTheyCloseTheirLanesOrNot) {
  const MailboxId circle = family_.Found({&ann_, &bob_});
  ASSERT_TRUE(ann_.membership().SetRole(circle, bob_.person(), Role::kOwner));
  family_.SyncAll();
  Take(ann_, circle, SignRosterOp(bob_.state(), *bob_.state().FindRoster(circle), LeaveCircle{}));
  EXPECT_THAT(Due(ann_, circle), ElementsAre(SeatChange(SetOwner{.seat = SeatOf(bob_, circle, bob_), .owner = false})));
}

// An owner's statement got to the relay, and their device was lost before it could tell the members.
TEST_F(CoreCircleSeats, WhomARelayWasToldToLetInNoMoreIsRemovedThoughTheWordWasLost) {
  Relative& cem = family_.Add("Cem");
  family_.Befriend(ann_, cem);
  const MailboxId circle = family_.Found({&ann_, &bob_, &cem});
  ASSERT_TRUE(ann_.membership().SetRole(circle, bob_.person(), Role::kOwner));
  family_.SyncAll();
  const SeatKeyId seat = SeatOf(ann_, circle, cem);
  ASSERT_TRUE(bob_.membership().Remove(circle, cem.person()));
  family_.relay().set_full(true);
  family_.SyncOne(bob_, circle);
  family_.relay().set_full(false);
  ASSERT_FALSE(family_.relay().Find(circle)->seats.seats().contains(seat));
  ASSERT_TRUE(ann_.state().RoleIn(circle, cem.person()));

  family_.SyncAll(&bob_);
  ASSERT_FALSE(ann_.state().RoleIn(circle, cem.person()));
  family_.Bring(ann_, cem, circle);
  EXPECT_TRUE(ann_.state().RoleIn(circle, cem.person())) << "asked in anew";
  EXPECT_FALSE(SeatOf(ann_, circle, cem).IsZero());
  family_.Share(ann_, circle, "read again");
  family_.SyncAll(&bob_);
  EXPECT_THAT(Family::Inbox(cem), ElementsAre("read again"));
}

}  // namespace
}  // namespace kith
