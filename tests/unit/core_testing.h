// Devices of one person without a relay between them: a test carries the records itself.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "client/core/intake.h"
#include "client/core/journal.h"
#include "client/core/linking.h"
#include "client/core/outbox.h"
#include "tests/support/fake_clock.h"
#include "tests/support/mem_store.h"

namespace kith {

struct Device {
  MemStore store;
  FakeClock clock;
  std::unique_ptr<Journal> journal;  // null until founded or linked
  std::string phrase;                // of the person who was founded here

  State& state() { return journal->state(); }
  Mailbox& self() { return state().self(); }
  storage::Lane& lane() { return *state().lanes.Own(self().id); }
  // Everything is read from the disk again.
  void Reopen();

  EntryId Write(const std::string& text);
  // Seals what waits, up to about `max_bytes` of records, durably.
  std::vector<SignedRecord> Seal(size_t max_bytes = SIZE_MAX / 2);
  // One record of its lane.
  SignedRecord Record(uint64_t seq);
  // What stands in a record this device can open.
  Pack Open(const SignedRecord& record);
  // Takes a record from elsewhere, durably; does not look again at what waited.
  void Receive(const SignedRecord& record);
  void Retry();
  // What this device knows of a lane of another; nullptr when nothing.
  const storage::Lane* Of(Device& other);
  std::vector<std::string> Texts();  // of all entries, sorted
};

inline constexpr char kCodeWords[] = "cabin-lunar-oak";
PairingContext LinkContext(Device& host);

// A new person with this device.
void Found(Device& device);
// Gives a founded device a relay's address, without which it cannot link another.
void SetRelay(Device& device);
// As if the relay listed all lanes that the device's statements do.
void ListAll(Device& device);
// A further device. The host has the statement, the guest a vault of its own; no record has been carried yet.
void Link(Device& host, Device& guest);
// All records of `from`'s lane that `to` does not have.
void Carry(Device& from, Device& to);

// The next record of a device's lane with any payload, signed but kept nowhere.
SignedRecord Forge(Device& writer, RecordKind kind, Bytes payload);
// Likewise, and the payload is this pack, sealed under the newest generation.
SignedRecord ForgePack(Device& writer, const Pack& pack);

}  // namespace kith
