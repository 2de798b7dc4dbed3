// Three devices of one person against a relay, for the protocol's list of attacks: adversary_test.cc and
// adversary_fork_test.cc.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "client/core/alarms.h"
#include "tests/sim/lies.h"

namespace kith {

// Three devices of one person, and a relay that may lie to each.
class Adversary : public testing::Test {
 protected:
  Adversary() : third_(lying_.world().LinkNow(lying_.first())) { lying_.Heal(); }

  Machine& first() { return lying_.first(); }
  Machine& second() { return lying_.second(); }
  Machine& third() { return *third_; }
  std::vector<SignedRecord> Log() { return LogOf(lying_.mailbox()); }
  const MailboxId& mailbox() { return first().journal->mailbox(); }
  static LaneKey LaneOf(Machine& machine) { return machine.journal->sync().signer()->public_key(); }
  static RecordHeader HeaderOf(const SignedRecord& record) { return *RecordHeader::Parse(record.header); }

  // Hears a relay that lies, until it has nothing more to ask; as often as it wants to begin anew.
  void Hear(Machine& machine, const Lie& lie) {
    for (int i = 0; i < 3; ++i) {
      machine.journal->sync().Restart();
      lying_.Talk(machine, lie);
    }
  }
  void Hear(Machine& machine) { Hear(machine, {}); }
  // Whatever was found out, the journal is good to use.
  void ExpectUsable(Machine& machine) {
    const auto entry = machine.journal->Write(AnEntry("written under an alarm"));
    ASSERT_TRUE(entry.has_value());
    EXPECT_TRUE(Has(machine, *entry));
  }
  // An alarm is the same after a restart.
  void ExpectKept(Machine& machine) {
    const std::vector<Alarm> before = machine.journal->Alarms();
    Reopen(machine);
    EXPECT_EQ(machine.journal->Alarms(), before);
  }
  // A new device, which has not asked the relay for anything yet.
  Machine& Linked(Machine& host) {
    Machine& fresh = *lying_.world().LinkNow(host);
    Reopen(fresh);
    return fresh;
  }
  // The copy of a machine's vault, as another one.
  Machine& Copied(Machine& machine) {
    Machine& copy = lying_.world().machines().emplace_back();
    copy.name = machine.name + "'";
    copy.store = machine.store;
    copy.clock = machine.clock;
    Reopen(copy);
    return copy;
  }
  std::optional<Proof> ProofAt(Machine& machine, const LaneKey& lane) {
    const auto bytes = *machine.store.Get(storage::ProofKey(machine.journal->state().lanes.Find(lane)->number));
    return bytes ? std::optional(*Proof::Decode(*bytes)) : std::nullopt;
  }

  LyingRelay lying_;
  Machine* third_;
};

}  // namespace kith
