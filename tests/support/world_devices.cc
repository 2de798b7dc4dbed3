// Devices that are revoked in the world, and what must hold of them afterwards.
#include <algorithm>

#include "client/core/devices.h"
#include "client/core/lanes.h"
#include "tests/support/world.h"

namespace kith {

Machine& World::FirstOf(size_t person) {
  const std::vector<Machine*> machines = MachinesOf(person);
  const auto stays = std::ranges::find_if(machines, [&](const Machine* machine) { return !Gone(*machine); });
  return stays == machines.end() ? *machines.front() : **stays;
}

// Whether a machine knows the lane that another one of its person can read by. One that was linked moments ago may be
// taken for a thief's, and has to be linked anew; a person would see to that first, so the world does too.
bool World::Recognizes(Machine& machine, Machine& other) const {
  const State& state = other.journal->state();
  const storage::Lane* own = other.journal->state().lanes.Own(MailboxOf(other));
  if (own == nullptr || state.keyring.SeatIn(MailboxOf(other), state.self().seats) == nullptr) return false;
  return std::ranges::any_of(machine.journal->state().lanes.all(), [&](const storage::Lane& lane) {
    const bool others = lane.seed ? machine.device == other.device : lane.device == other.device;
    return others && lane.mailbox == MailboxOf(machine) && state.self().seats.Listed(lane.key);
  });
}

bool World::RevokeNow(Machine& by, Machine& machine) {
  if (!Start(by) || !Start(machine)) return false;
  if (by.person != machine.person || by.device == machine.device || Gone(by) || Gone(machine)) return false;
  if (!by.journal->state().person->IsDevice(machine.device)) return false;
  const std::vector<Machine*> all = MachinesOf(by.person);
  const auto recognized = [&](Machine* other) {
    if (Gone(*other) || other == &machine) return true;
    // Each that stays closes what it does not know, once it hears of this.
    return std::ranges::all_of(all, [&](Machine* judge) {
      return Gone(*judge) || judge == &machine || (Start(*judge) && Start(*other) && Recognizes(*judge, *other));
    });
  };
  if (!std::ranges::all_of(all, recognized)) return false;
  // A friend whom it alone knows would be lost with it.
  const auto stays_and_knows = [&](Machine* other) {
    return other->device != machine.device && !Gone(*other) && other->journal->state().friends.contains(*circle_);
  };
  if (circle_ && std::ranges::none_of(all, stays_and_knows)) return false;
  // What only it knows need not survive any longer, and a taking back that it has just done may come too late.
  gone_.insert(machine.device);
  for (Machine* copy : MachinesOf(by.person)) {
    if (Gone(*copy) && friendly() && Start(*copy)) Forget(*copy);
  }
  const auto revoked = by.journal->RevokeDevice(machine.device);
  if (!revoked) Recover(by, revoked.error());
  return true;
}

void World::RevokeSomebody() {
  if (linking_ || meeting_) return;
  RevokeNow(AnyMachine(), AnyMachine());
}

// Words of a revoked device count as far as another device of its person has them.
void World::ForgetGone() {
  std::erase_if(kept_, [&](const auto& one) {
    const auto& [version, kept] = one;
    if (!gone_.contains(kept.writer)) return false;
    return std::ranges::none_of(machines_, [&](Machine& machine) {
      return machine.person == kept.person && !Gone(machine) && VersionsIn(machine.store).contains(version);
    });
  });
}

// A device that was revoked and did not know it, or whose last records a relay hid from a recovery, pruned a copy that
// it had renewed: the renewed one does not count, and the one before is at no relay any more.
void World::ForgetPruned(size_t person) {
  Machine& judge = FirstOf(person);
  const Transaction tx(judge.store);
  for (const storage::Lane& lane : judge.journal->state().lanes.all()) {
    if (!gone_.contains(lane.device)) continue;
    for (uint64_t seq = lane.applied_seq + 1; seq <= lane.stored_seq; ++seq) {
      const auto record = Lanes::GetRecord(tx, lane, seq);
      const auto header = record && *record ? RecordHeader::Parse((*record)->header) : Fail(Code::kNotFound);
      if (!header || header->kind != RecordKind::kPrune) continue;
      for (auto& [id, share] : ledger_.shares) {
        if (share.author == person && share.circle == lane.mailbox) share.certain = false;
      }
    }
  }
}

void World::CheckRevocations(size_t person) {
  Machine& judge = FirstOf(person);
  if (Gone(judge)) return Problem("no device of somebody is left");
  for (Machine* machine : MachinesOf(person)) {
    const auto& devices = judge.journal->state().person->devices();
    const auto known = devices.find(machine->device);
    // A revocation that was lost with the machine that said it did not happen.
    if (Gone(*machine) && known != devices.end() && known->second.revoked) CheckRevoked(judge, *machine);
  }
}

void World::CheckRevoked(Machine& judge, Machine& gone) {
  const State& state = judge.journal->state();
  for (const auto& [id, mailbox] : state.mailboxes) {
    const SimRelay::Mailbox* const there = Find(id);
    if (there == nullptr || state.keyring.Seats(id).empty()) continue;
    const auto friends = state.friends.find(id);
    const bool left =
        (friends != state.friends.end() && friends->second.state == FriendState::kLeft) || OutOfGroup(judge, id);
    for (const Keyring::Generation* one : state.keyring.All(id)) {
      if (!left && state.Covers(id, *one) && gone.journal->state().keyring.Has(id, one->id))
        Problem(gone.name + " has a key that covers its own revocation");
    }
    if (gone.journal->state().keyring.SeatIn(id, there->seats) != nullptr)
      Problem(gone.name + " has a key to its person's seat");
    if (state.keyring.SeatIn(id, there->seats) == nullptr && !left)
      Problem(judge.name + " has no key to its person's seat");
    for (const storage::Lane& lane : state.lanes.all()) {
      if (lane.mailbox != id || lane.device != gone.device || lane.seed) continue;
      if (there->seats.Listed(lane.key)) Problem("a relay still lists a lane of " + gone.name);
      const auto end = state.lane_ends.EndOf(state, lane.number);
      if (lane.applied_seq > (end ? end->seq : 0) && !left)
        Problem(judge.name + " has taken in more of " + gone.name + " than anybody says it may");
    }
  }
  // All have taken in the same of it.
  for (Machine* other : MachinesOf(judge.person)) {
    if (Gone(*other)) continue;
    for (const storage::Lane& lane : other->journal->state().lanes.all()) {
      const storage::Lane* same = judge.journal->state().lanes.Find(lane.key);
      if (lane.device != gone.device || lane.mailbox != judge.journal->mailbox()) continue;
      // Of one that was never written to not everybody has heard.
      if ((same == nullptr ? 0 : same->applied_seq) != lane.applied_seq)
        Problem(other->name + " has taken in another part of " + gone.name + " than " + judge.name);
    }
  }
}

}  // namespace kith
