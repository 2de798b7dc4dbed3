// What people are told of the place where they meet a friend: of the friend's devices and relay, not of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/people_testing.h"

namespace kith {
namespace {

using testing::HasSubstr;
using testing::Not;

class CoreProblems : public TwoInACircle {
 protected:
  // A record of the test's lane whose predecessor is not here.
  SignedRecord Second() { return ForgeInCircle(host_, lane_, 2, RecordId{{1}}, {}); }
  std::string ProblemAt(Device& device, Code code) {
    Calls(device, circle_, 100);
    const auto problem = device.journal->sync(circle_).status().problem;
    EXPECT_TRUE(problem && problem->code == code);
    return problem ? problem->message : "";
  }
  // Every call of a mailbox is refused, until no more is asked.
  std::string Refused(const MailboxId& mailbox) {
    kith::Sync& sync = host_.journal->sync(mailbox);
    sync.Restart();
    while (const auto call = *sync.Next()) {
      if (std::holds_alternative<HelloCall>(call->body)) {
        EXPECT_TRUE(sync.OnReply(*call, relay_.Handle(*call, relay_.nonce())));
      } else {
        EXPECT_TRUE(sync.OnReply(*call, Fail(Code::kRelayRefused)));
      }
    }
    EXPECT_EQ(sync.status().phase, SyncStatus::Phase::kStopped);
    return sync.status().problem ? sync.status().problem->message : "";
  }
  std::string AnsweredByAnother(const MailboxId& mailbox) {
    kith::Sync& sync = host_.journal->sync(mailbox);
    sync.Restart();
    const auto call = *sync.Next();
    auto reply = *relay_.Handle(*call, relay_.nonce());
    std::get<HelloReply>(reply).stamp.relay_key = Signer::Generate().public_key();
    EXPECT_TRUE(sync.OnReply(*call, reply));
    EXPECT_EQ(sync.status().problem->code, Code::kRelayForeign);
    return sync.status().problem->message;
  }
};

TEST_F(CoreProblems, AGapInAFriendsLaneIsTheirDevices) {
  OpenLane();
  Receive(host_, Second());
  EXPECT_THAT(ProblemAt(host_, Code::kGap), HasSubstr("a device of your friend's"));
}

TEST_F(CoreProblems, AGapInOnesOwnLaneIsOnesOwnDevices) {
  List(host_, lane_.public_key());
  Receive(host_, Second());
  EXPECT_THAT(ProblemAt(host_, Code::kGap), HasSubstr("one of your devices"));
}

TEST_F(CoreProblems, ARelayThatRefusesIsTheFriendsWhereItIs) {
  EXPECT_THAT(Refused(circle_), HasSubstr("where you meet this friend"));
  EXPECT_THAT(Refused(host_.self().id), Not(HasSubstr("friend")));
}

TEST_F(CoreProblems, ForAnotherRelayAtAFriendsNoInviteIsAskedFor) {
  EXPECT_THAT(AnsweredByAnother(circle_), AllOf(HasSubstr("this friend"), Not(HasSubstr("invite"))));
  EXPECT_THAT(AnsweredByAnother(host_.self().id), AllOf(HasSubstr("invite"), Not(HasSubstr("friend"))));
}

}  // namespace
}  // namespace kith
