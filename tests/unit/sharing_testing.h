// Two friends without a relay between them: a writer with two devices, and a reader. A test carries the records itself.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "client/core/introduction.h"
#include "tests/unit/core_testing.h"

namespace kith {

inline constexpr int64_t kMinute = 60'000;

class TwoFriends : public testing::Test {
 protected:
  void SetUp() override;

  static void ExpectCode(const auto& result, Code code) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, code);
  }
  // The second device joins the writer's self mailbox and the circle.
  void LinkSecond();
  Mailbox& Circle(Device& device) { return device.state().mailboxes.at(circle_); }
  storage::Lane& CircleLane(Device& device) { return *device.state().lanes.Own(circle_); }
  // Seals what waits in the circle, durably.
  std::vector<SignedRecord> SealCircle(Device& device);
  SignedRecord CircleRecord(Device& of, uint64_t seq);
  void Receive(Device& to, const SignedRecord& record);
  void Retry(Device& to);
  // All records of `from`'s own lane in the circle that `to` does not have.
  void Bring(Device& from, Device& to);
  // Seals and brings, in the circle.
  void Send(Device& from, Device& to);
  // Seals and carries, in the self mailbox.
  void Tell(Device& from, Device& to);
  // As if the relay had acknowledged all that was sealed for the circle.
  void Acknowledge(Device& device) { CircleLane(device).acked_seq = CircleLane(device).stored_seq; }
  // The seats as `from` has them are those of all.
  void ShareSeats(Device& from);

  ShareWish Wish(const EntryId& entry, int64_t hold_ms = 0) {
    return {.entry = entry, .circle = circle_, .version = {}, .passage = {}, .note = {}, .hold_ms = hold_ms};
  }
  ShareId Share(Device& device, const ShareWish& wish);
  std::vector<ReceivedShare> Inbox(Device& device);
  std::vector<std::string> InboxTexts(Device& device);
  std::vector<SentShare> Audience(Device& device, const EntryId& entry);
  const storage::Lane* LaneOf(Device& owner, Device& at) { return at.state().lanes.Find(CircleLane(owner).key); }

  Device writer_;
  Device second_;  // empty before LinkSecond
  Device reader_;
  MailboxId circle_;
};

}  // namespace kith
