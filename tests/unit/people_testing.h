// Two people and a relay between them: what a test of introductions and circles begins with.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "client/core/introduction.h"
#include "client/wire/introduction.h"
#include "tests/support/sim_relay.h"
#include "tests/unit/core_testing.h"

namespace kith {

class TwoPeople : public testing::Test {
 protected:
  void SetUp() override;

  // ---- The relay.
  PairingContext Context(PairingMode mode = PairingMode::kFriend) const {
    return {.mode = mode, .relay_key = relay_.key(), .nameplate = 9};
  }
  RelayAddress Address() const { return {.address = "relay.test:7787", .key = relay_.key()}; }
  // One mailbox of one device, until there is nothing left to ask.
  void SyncOne(Device& device, const MailboxId& mailbox);
  // All of a device's mailboxes, those too that it learns of meanwhile.
  void Sync(Device& device);
  // The calls that this device would make of a mailbox, until there is nothing left to ask, at most so many.
  std::vector<RelayCall> Calls(Device& device, const MailboxId& mailbox, size_t most);

  // ---- People.
  // A further device of a person, in sync.
  void LinkOver(Device& host, Device& guest);
  // The whole dialog; the circle is at the relay and both have it.
  MailboxId Befriend();
  Mailbox& Circle(Device& device) { return device.state().mailboxes.at(circle_); }
  storage::Lane& CircleLane(Device& device) { return *device.state().lanes.Own(circle_); }
  // What a device knows of the lane that another writes to in the circle; nullptr when nothing.
  const storage::Lane* LaneOf(Device& owner, Device& at) { return at.state().lanes.Find(CircleLane(owner).key); }
  // A record of a device's lane in the circle, and what stands in it.
  Pack PackAt(Device& device, uint64_t seq);
  // Puts an operation into the circle's outbox, and nowhere else.
  void Say(Device& device, const Op& op);
  ShareOp AShare(const std::string& text) const;
  // The texts of what the other side shared, as this device shows them.
  std::vector<std::string> Received(Device& device);

  // The next record of a lane that this test speaks for, sealed under the circle's key.
  SignedRecord ForgeInCircle(Device& key_of, const Signer& lane, uint64_t seq, const RecordId& prev, const Pack& pack);
  // Lists a lane under a device's seat, in its table and at the relay.
  void List(Device& device, const LaneKey& lane);
  void Receive(Device& device, const SignedRecord& record);

  template <class T>
  static T Good(Result<T> result) {
    EXPECT_TRUE(result.has_value()) << CodeName(result ? Code::kInternal : result.error().code);
    return result ? *std::move(result) : T();
  }
  template <class T>
  static Code Refusal(const Result<T>& result) {
    EXPECT_FALSE(result.has_value());
    return result ? Code::kInternal : result.error().code;
  }

  SimRelay relay_;
  Device host_;
  Device guest_;
  MailboxId circle_;  // after Befriend
};

// Two friends in a circle, in sync, and a lane under the guest's seat that the test speaks for.
class TwoInACircle : public TwoPeople {
 protected:
  void SetUp() override;

  static SignedLaneCertificate Signed(const Signer& device, const LaneCertificate& certificate);
  // What a record says of a lane: that it is of this device of this person.
  SignedLaneCertificate Certificate(const LaneKey& lane, const Signer& device, const PersonId& person) const;
  PersonId Host() { return host_.state().identity.person; }
  PersonId Guest() { return guest_.state().identity.person; }

  void OpenLane();
  SignedRecord First(const Pack& pack) { return ForgeInCircle(guest_, lane_, 1, {}, pack); }
  const storage::Lane& Known(Device& at) { return *at.state().lanes.Find(lane_.public_key()); }

  const Signer lane_ = Signer::Generate();
};

}  // namespace kith
