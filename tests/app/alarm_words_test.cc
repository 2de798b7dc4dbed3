// What people are told of an alarm says what is so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/app/local_use.h"
#include "tests/support/family.h"

namespace kith {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> Told(Relative& device) {
  v1::StatusReply reply;
  WriteAlarms(*device.journal, &reply);
  std::vector<std::string> messages;
  for (const v1::AlarmInfo& alarm : reply.alarms()) messages.push_back(alarm.message());
  return messages;
}

// Ann has what Bob's second device shared. Then the relay goes back to before that device was known.
class AlarmWords : public testing::Test {
 protected:
  AlarmWords() {
    family_.Befriend(ann_, bob_);
    const SimRelay::Database old = family_.relay().database();
    const MailboxId circle = ann_.journal->sharing().Friends().front().circle;
    Relative& second = family_.Link(bob_);
    family_.SyncAll();
    family_.Share(second, circle, "by Bob's second");
    family_.SyncAll();
    SimRelay::Database now = family_.relay().database();
    now.mailboxes.at(circle) = old.mailboxes.at(circle);
    family_.relay().Pretend(std::move(now));
    second_ = &second;
  }

  Family family_;
  Relative& ann_ = family_.Add("Ann");
  Relative& bob_ = family_.Add("Bob");
  Relative* second_ = nullptr;
};

TEST_F(AlarmWords, WhatIsSentAgainIsSaidToBe) {
  family_.SyncAll();
  EXPECT_THAT(Told(ann_), Contains(HasSubstr("is sent again")));
  EXPECT_THAT(Told(ann_), Not(Contains(HasSubstr("nobody can send it again"))));
}

TEST_F(AlarmWords, WhatNobodyCanSendAgainIsSaidToBeLostAtTheRelay) {
  const RecoverySecret secret = *ParsePhrase(bob_.phrase);
  family_.Destroy(*second_);
  family_.Destroy(bob_);
  Relative& back = family_.Recover(AuthorityOf(secret));
  family_.Sync(back);
  family_.SyncAll();
  EXPECT_THAT(Told(ann_), Contains(HasSubstr("nobody can send it again")));
  EXPECT_THAT(Family::Inbox(ann_), Contains("by Bob's second"));
}

}  // namespace
}  // namespace kith
