// What is said last counts, also where the clock of the device that says it is days behind another's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/builders.h"
#include "tests/unit/sharing_testing.h"

namespace kith {
namespace {

using testing::ElementsAre;

class CoreSaidLast : public TwoFriends {
 protected:
  void SetUp() override {
    TwoFriends::SetUp();
    LinkSecond();
    // More than a clock is followed.
    writer_.clock.Advance(3 * FakeClock::kDay);
  }
  static FriendState StateAt(Device& device) { return device.journal->sharing().Friends().front().state; }
};

TEST_F(CoreSaidLast, ARestIsEnded) {
  ASSERT_TRUE(writer_.journal->sharing().SetResting(circle_, Sharing::Rest::kBegin));
  Tell(writer_, second_);
  ASSERT_EQ(StateAt(second_), FriendState::kResting);
  ASSERT_TRUE(second_.journal->sharing().SetResting(circle_, Sharing::Rest::kEnd));
  EXPECT_EQ(StateAt(second_), FriendState::kActive);
  Tell(second_, writer_);
  EXPECT_EQ(StateAt(writer_), FriendState::kActive);
}

TEST_F(CoreSaidLast, ALaterCopyTakesTheEarlierOnesPlace) {
  const EntryId entry = writer_.Write("first");
  ShareWish wish = Wish(entry);
  wish.follow = true;
  Share(writer_, wish);
  Send(writer_, reader_);
  Bring(writer_, second_);
  Tell(writer_, second_);
  ASSERT_THAT(InboxTexts(reader_), ElementsAre("first"));
  ASSERT_TRUE(second_.journal->Edit(entry, {}, AnEntry("second")));
  ASSERT_TRUE(second_.journal->sharing().FollowUp(entry));
  Send(second_, reader_);
  EXPECT_THAT(InboxTexts(reader_), ElementsAre("second"));
}

}  // namespace
}  // namespace kith
