// A person with several devices, one of which is to be revoked, and a friend.
#pragma once

#include <gtest/gtest.h>

#include "client/core/devices.h"
#include "tests/support/builders.h"
#include "tests/unit/people_testing.h"

namespace kith {

// The host has two further devices, `second_` and `thief_`, and a friend, the guest. All are in sync.
class CoreDevices : public TwoInACircle {
 protected:
  void SetUp() override {
    TwoInACircle::SetUp();
    LinkOver(host_, second_);
    LinkOver(host_, thief_);
    Settle({&host_, &second_, &thief_, &guest_});
  }

  // Everybody talks until nothing is left to say.
  void Settle(const std::vector<Device*>& devices) {
    for (int round = 0; round < 4; ++round) {
      for (Device* device : devices) Sync(*device);
    }
  }
  void SettleWithoutThief() { Settle({&host_, &second_, &guest_}); }

  DeviceId IdOf(Device& device) { return device.state().device->public_key(); }
  void Revoke(Device& by, Device& device) { ASSERT_TRUE(by.journal->RevokeDevice(IdOf(device))); }

  // What syncing a mailbox ends with.
  std::optional<Code> Outcome(Device& device, const MailboxId& mailbox) {
    kith::Sync& sync = device.journal->sync(mailbox);
    sync.Restart();
    for (int i = 0; i < 100; ++i) {
      const auto call = sync.Next();
      EXPECT_TRUE(call.has_value());
      if (!call || !*call) break;
      EXPECT_TRUE(sync.OnReply(**call, relay_.Handle(**call, relay_.nonce())));
      if (sync.failed()) break;
    }
    const auto problem = sync.status().problem;
    return problem ? std::optional(problem->code) : std::nullopt;
  }
  // What the relay says to a device that asks for a mailbox's records with this key.
  Code AskWith(std::shared_ptr<const Signer> key, const MailboxId& mailbox) {
    const auto reply =
        relay_.Handle({.signer = std::move(key), .body = PullCall{.mailbox = mailbox, .cursor = {}}}, relay_.nonce());
    return reply ? Code::kInternal : reply.error().code;
  }

  std::vector<SignedRecord> LogOf(const MailboxId& mailbox, size_t from = 0) {
    std::vector<SignedRecord> log;
    const auto& records = relay_.Find(mailbox)->log;
    for (size_t i = from; i < records.size(); ++i) log.push_back(*records[i]);
    return log;
  }
  // A relay that is in league with the thief hands over everything.
  void Leak(Device& to, const MailboxId& mailbox) {
    Mailbox& place = to.state().mailboxes.at(mailbox);
    for (const SignedStatement& statement : relay_.Find(mailbox)->statements) {
      if (auto next = place.seats.Apply(statement)) place.seats = *std::move(next);
    }
    for (const SignedRecord& record : LogOf(mailbox)) Hand(to, mailbox, record);
  }
  void Hand(Device& to, const MailboxId& mailbox, const SignedRecord& record) {
    Transaction tx(to.store);
    Intake intake(to.state());
    ASSERT_TRUE(intake.Receive(tx, to.state().mailboxes.at(mailbox), record));
    ASSERT_TRUE(intake.Retry(tx));
    ASSERT_TRUE(to.state().Commit(tx));
  }
  // What a device writes without any relay, in records that one in league with it may serve.
  std::vector<SignedRecord> SealedBy(Device& device, const MailboxId& mailbox) {
    Transaction tx(device.store);
    auto records = Outbox(device.state()).Seal(tx, device.state().mailboxes.at(mailbox), SIZE_MAX / 2);
    EXPECT_TRUE(records.has_value());
    EXPECT_TRUE(device.state().Commit(tx));
    return records ? *std::move(records) : std::vector<SignedRecord>();
  }
  void Share(Device& device, const std::string& text) {
    ASSERT_TRUE(device.journal->sharing().Share({.entry = device.Write(text), .circle = circle_}));
  }
  // Which records of a log a device can open.
  size_t Readable(Device& device, const std::vector<SignedRecord>& log) {
    size_t count = 0;
    for (const SignedRecord& record : log) {
      const auto header = RecordHeader::Parse(record.header);
      const bool sealed = header && header->kind == RecordKind::kSealed;
      count += sealed && device.state().keyring.Open(*header, record.payload) ? 1 : 0;
    }
    return count;
  }

  Device second_;
  Device thief_;
};

}  // namespace kith
