// A whole world from one seed: a person's machines, one relay, everything that goes wrong between them, and what must
// hold when it has healed. Played twice, a seed gives the same bytes everywhere.
//
// A machine is a Journal over a MemStore. A step is: a person writes, a machine has one exchange with the relay, or
// something breaks. The world keeps its own list of everything a machine acknowledged.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/core/journal.h"
#include "client/core/linking.h"
#include "tests/support/fake_clock.h"
#include "tests/support/mem_store.h"
#include "tests/support/seeded_random.h"
#include "tests/support/sim_relay.h"

namespace kith {

// How often each thing goes wrong, per mille.
struct Weather {
  // Of calls.
  uint64_t request_lost = 0;
  uint64_t reply_lost = 0;  // after the relay did what was asked
  uint64_t reply_late = 0;
  uint64_t doubled = 0;  // the relay gets the call twice
  // Of pages.
  uint64_t page_again = 0;  // the one before is served once more
  uint64_t page_shuffled = 0;
  uint64_t page_short = 0;
  uint64_t head_stale = 0;
  // Of steps.
  uint64_t wake = 0;
  uint64_t clock = 0;
  uint64_t crash = 0;        // of a machine, at one of its next writes
  uint64_t disk = 0;         // a write of a machine's store fails
  uint64_t offline = 0;      // a machine loses or finds the network
  uint64_t relay_stops = 0;  // it restarts, or is gone for a while
  uint64_t relay_full = 0;
  uint64_t relay_backup = 0;  // taken, or restored under a new epoch
  uint64_t relay_wiped = 0;
  uint64_t backup = 0;  // of a machine: taken, or put back
  uint64_t copy = 0;    // of a machine's store, both used from then on
  uint64_t link = 0;

  static Weather Calm() { return {}; }
  // Some of it, most of it, or all of it.
  static Weather Any(Dice& dice);
};

struct Machine {
  std::string name;
  MemStore store;
  FakeClock clock;
  std::unique_ptr<Journal> journal;  // null while the process is not running
  bool online = true;
  uint64_t nonce = 0;                                            // of the relay's hello
  std::optional<std::pair<RelayCall, Result<RelayReply>>> late;  // an answer that is still under way
  std::optional<PullReply> last_page;
  std::optional<MemStore> backup;
};

class World {
 public:
  World(uint64_t seed, Weather weather, int steps);

  // Everything: the steps, the healing, the checks. Empty when all held.
  std::vector<std::string> Play();
  // Of the relay's log and every store.
  std::string Digest() const;

  // What Play is made of.
  void Step();
  void Heal();
  void Check();
  // Links a new machine without any fault. nullptr, and a problem, when it does not come about.
  Machine* LinkNow(Machine& host);

  std::deque<Machine>& machines() { return machines_; }
  SimRelay& relay() { return relay_; }
  const std::vector<std::string>& problems() const { return problems_; }
  size_t acknowledged() const { return kept_.size(); }

 private:
  struct Kept {
    EntryId entry;
    VersionState state;
    Content content;
  };
  struct Linking {
    size_t host;
    LinkHost opener;
    LinkGuest guest;
    int stage = 0;
    int patience = 60;
    Bytes message;
  };
  using Versions = std::map<VersionId, EntryId>;

  Machine& AnyMachine() { return machines_[dice_.Below(machines_.size())]; }
  void Problem(std::string what) { problems_.push_back(std::move(what)); }
  const MailboxId& mailbox() const { return mailbox_; }

  // ---- Machines (world_machines.cc).
  // Sees to it that the process runs.
  bool Start(Machine& machine);
  // After an error of its store.
  void Recover(Machine& machine, const Error& error);
  // One exchange with the relay; false when the machine wants nothing.
  bool Exchange(Machine& machine);
  void Deliver(Machine& machine, const RelayCall& call, const Result<RelayReply>& reply);
  Result<RelayReply> Carry(Machine& machine, const RelayCall& call);
  void SpoilPage(Machine& machine, PullReply& page);
  void NoteAccepted(const RelayCall& call);
  void Wake(Machine& machine);
  void SetRelay(Machine& machine);

  // ---- People (world_writing.cc).
  void Write(Machine& machine);
  Result<> Act(Machine& machine);
  Result<> Edit(Journal& journal, const EntryId& entry);
  std::string SomeText();
  void Acknowledge(Machine& machine, const Versions& before);
  static Versions VersionsIn(const MemStore& store);

  // ---- Disasters (world_faults.cc).
  void Break();
  void BreakMachine();
  void BreakRelay();
  void JumpClock(Machine& machine);
  void BackUpOrRestore(Machine& machine);
  void RestoreRelay(SimRelay::Database database);
  void Copy(Machine& machine);
  // The record that brings a version of this machine to others; nullopt while it has none.
  std::optional<RecordId> RecordOf(Machine& machine, const VersionId& version, const EntryId& entry);
  bool AtRelay(const RecordId& record) const;
  bool ElsewhereThan(const Machine* machine, const VersionId& version) const;
  void StartLinking();
  void ContinueLinking();
  Result<> LinkStage();
  Machine& Add(std::string name);

  // ---- Checks (world_checks.cc).
  void CheckMachine(Machine& machine);
  void CheckKept(Machine& machine);
  void CheckRelay();
  std::string Shown(Machine& machine);
  bool Quiet(Machine& machine);
  void HealStopped(Machine& machine);

  uint64_t seed_;
  SeededRandom random_;
  Dice dice_;
  Weather weather_;
  int steps_;
  SimRelay relay_;
  MailboxId mailbox_;
  std::deque<Machine> machines_;
  std::optional<Linking> linking_;
  std::optional<SimRelay::Database> relay_backup_;
  bool relay_up_ = true;
  Cursor stale_head_;
  std::map<VersionId, Kept> kept_;
  std::map<VersionId, RecordId> only_at_relay_;  // kept, and on no machine any more
  std::map<std::pair<LaneKey, uint64_t>, RecordId> accepted_;
  std::vector<std::string> problems_;
  std::string phrase_;
  int texts_ = 0;
};

}  // namespace kith
