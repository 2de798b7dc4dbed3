// Two friends who lose their devices, and a relay that stays: what tests of recoveries begin with.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "client/core/recovery.h"
#include "crypto/verify/hash.h"
#include "tests/unit/people_testing.h"

namespace kith {

// What the relay said, to be made worse.
using Lie = std::function<void(const RelayCall& call, Result<RelayReply>& reply)>;

inline constexpr int kPatience = 200;  // calls of one recovery

// Two friends; the host has two devices. All are in sync, and whatever happens to them, the relay stays.
class CoreRecovery : public TwoPeople {
 protected:
  void SetUp() override {
    TwoPeople::SetUp();
    LinkOver(host_, second_);
    Befriend();
    host_.Write("by the first device");
    SyncAll();
    second_.Write("by the second device");
    guest_.Write("of the guest");
    Say(host_, AShare("from the host"));
    Say(guest_, AShare("from the guest"));
    SyncAll();
  }

  void SyncAll() {
    for (int round = 0; round < 3; ++round) {
      for (Device* device : {&host_, &second_, &guest_}) {
        if (device->journal) Sync(*device);
      }
    }
  }

  // Carries what is asked to the relay until all is read; nothing is founded.
  Result<> Carry(Recovery& recovery, const Lie& lie = {}) {
    for (int calls = 0; calls < kPatience; ++calls) {
      KITH_TRY_ASSIGN(const auto ask, recovery.Next());
      if (!ask) return {};
      EXPECT_EQ(ask->relay.key, relay_.key());
      auto reply = relay_.Handle(ask->call, relay_.nonce());
      if (lie) lie(ask->call, reply);
      KITH_TRY(recovery.OnReply(ask->call, reply));
    }
    return Fail(Code::kInternal, "it goes round in circles");
  }
  Result<> Recover(Device& device, const std::string& phrase, const Lie& lie = {}, Recovery::Options options = {}) {
    KITH_TRY_ASSIGN(const RecoverySecret secret, ParsePhrase(phrase));
    Recovery recovery(device.store, device.clock, secret, Address(), options);
    KITH_TRY(Carry(recovery, lie));
    left_ = recovery.left();
    refused_ = recovery.state().refused;
    return recovery.Found("restored");
  }
  void MustRecover(Device& device, const std::string& phrase) {
    const Result<> recovered = Recover(device, phrase);
    ASSERT_TRUE(recovered) << CodeName(recovered.error().code) << " " << recovered.error().message;
    device.Reopen();
    Sync(device);
  }
  static void Destroy(Device& device) { device.journal.reset(); }

  std::vector<SignedRecord> Log() {
    std::vector<SignedRecord> log;
    for (const auto& record : relay_.Find(own_)->log) log.push_back(*record);
    return log;
  }
  // Serves these records of the host's mailbox as if they were the whole log.
  Lie Instead(std::vector<SignedRecord> log) const {
    return [log = std::move(log), own = own_](const RelayCall& call, Result<RelayReply>& reply) {
      const auto* pull = std::get_if<PullCall>(&call.body);
      if (pull == nullptr || pull->mailbox != own || !reply) return;
      auto& page = std::get<PullReply>(*reply);
      page.records.clear();
      page.forked = false;
      Chain chain;
      for (uint64_t seq = 1; seq <= log.size(); ++seq) {
        chain = NextChain(chain, RecordIdOf(log[seq - 1].header));
        if (seq > pull->cursor.seq) page.records.push_back(log[seq - 1]);
      }
      page.next = page.head = {.seq = log.size(), .chain = chain};
    };
  }
  static bool IsVault(Device& device) { return State::Load(device.store, device.clock).has_value(); }
  uint64_t Statements() const { return relay_.Find(own_)->seats.number(); }

  Device second_;
  Device restored_;
  std::vector<Recovery::Left> left_;
  uint64_t refused_ = 0;
  MailboxId own_;  // of the person who is restored
};

class CoreRecoveryOfHost : public CoreRecovery {
 protected:
  void SetUp() override {
    CoreRecovery::SetUp();
    own_ = host_.journal->mailbox();
  }
};

}  // namespace kith
