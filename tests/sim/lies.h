// A small world whose relay lies.
#pragma once

#include <functional>
#include <vector>

#include "tests/support/builders.h"
#include "tests/support/world.h"

namespace kith {

// What the relay said, to be made worse.
using Lie = std::function<void(const RelayCall& call, Result<RelayReply>& reply)>;
// Calls that the relay refuses without doing anything; nullopt: it does what is asked.
using Refuse = std::function<std::optional<Code>(const RelayCall& call)>;

// Calls that a talk may take; more is a failure.
inline constexpr int kPatience = 100;

// Lets a device talk about one mailbox until it wants nothing, stops, or must wait before it tries again. Returns how
// many calls it made.
int TalkAbout(World& world, Machine& machine, const MailboxId& mailbox, const Lie& lie = {}, const Refuse& refuse = {});

// Two devices of one person in sync with an honest relay, and a relay that may lie to either of them.
class LyingRelay {
 public:
  explicit LyingRelay(uint64_t seed = 1);

  World& world() { return world_; }
  Machine& first() { return world_.machines()[0]; }
  Machine& second() { return world_.machines()[1]; }
  SimRelay& relay() { return world_.relay(); }
  const SimRelay::Mailbox& mailbox() { return *relay().Find(first().journal->mailbox()); }

  int Talk(Machine& machine, const Lie& lie = {}, const Refuse& refuse = {}) {
    return TalkAbout(world_, machine, machine.journal->mailbox(), lie, refuse);
  }
  // Writes an entry that becomes a record of its own at the relay.
  EntryId WriteAndSend(Machine& machine, const std::string& text);
  // Talks honestly from here on until all is well again.
  void Heal() { world_.Heal(); }

 private:
  World world_;
};

// Serves these records as if they were the whole log, with numbers and chain that fit.
Lie Instead(std::vector<SignedRecord> log);
// The records of a mailbox as a relay has them.
std::vector<SignedRecord> LogOf(const SimRelay::Mailbox& mailbox);
// The alarms of a machine, by name.
std::vector<Code> AlarmsOf(const Machine& machine);
// The only alarm of a machine; a failure when there is none, or another one too.
Alarm OnlyAlarm(const Machine& machine);
// What the person at this machine sees of an entry.
bool Has(Machine& machine, const EntryId& entry);
// The machine's process ends and begins again.
void Reopen(Machine& machine);

// What a device would have signed that has all of `writer`'s keys and no conscience: the operations of `record` at
// another place of the same lane.
SignedRecord MovedTo(Machine& writer, const SignedRecord& record, RecordHeader place);

// Everything but the cursor, which may move past what was refused.
MemStore::Contents WithoutCursor(Machine& machine);

}  // namespace kith
