// Each function measures some rows of the table. They run one after the other, alone.
#pragma once

#include <string>

#include "tests/bench/processes.h"
#include "tests/bench/table.h"

namespace kith::bench {

struct Programs {
  std::string kith;
  std::string relay;
};

struct Effort {
  size_t entries = 10'000;
  size_t more_entries = 100'000;
  int repeats = 5;       // of what takes seconds
  int more_repeats = 3;  // of what takes tens of seconds
};

// Upload of the smaller journal (journal_rows.cc).
void UploadRow(const Programs& programs, const Scratch& scratch, const Effort& effort, Table& table);
// First sync, bytes on disk, the relay's growth (journal_rows.cc); then, with the larger journal in a real
// agent, its memory and how long a list takes (agent_rows.cc).
void JournalRows(const Programs& programs, const Scratch& scratch, const Effort& effort, Table& table);
class Device;
void AgentRows(const Programs& programs, const Scratch& scratch, const RelayAddress& relay, Device& host,
               size_t entries, Table& table);
// One entry from device to device, and from person to person, both live (live_rows.cc).
void LiveRow(const Programs& programs, const Scratch& scratch, Table& table);
void FriendLiveRow(const Programs& programs, const Scratch& scratch, Table& table);
// Many shares to many friends (share_rows.cc).
void ShareRows(const Programs& programs, const Scratch& scratch, Table& table);
// Revocation and removal in the largest circle (circle_rows.cc).
void CircleRows(const Scratch& scratch, Table& table);
// Appends by eight clients, and idle subscribers (relay_rows.cc).
void RelayRows(const Programs& programs, const Scratch& scratch, Table& table);

}  // namespace kith::bench
