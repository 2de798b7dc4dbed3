// Machines of the world, and what carries their calls to the relay.
#include "crypto/verify/hash.h"
#include "tests/support/world.h"

namespace kith {

Machine& World::Add(std::string name) {
  Machine& machine = machines_.emplace_back();
  machine.name = std::move(name);
  return machine;
}

bool World::Start(Machine& machine) {
  if (machine.journal) return true;
  machine.store.Restart();
  auto journal = Journal::Open(machine.store, machine.clock);
  if (!journal) {
    Problem(machine.name + " does not open again: " + CodeName(journal.error().code));
    return false;
  }
  machine.journal = *std::move(journal);
  return true;
}

void World::Recover(Machine& machine, const Error& error) {
  machine.late.reset();
  if (error.code != Code::kStorageFailed)
    Problem(machine.name + " fails by itself: " + CodeName(error.code) + " " + error.message);
  if (machine.store.down()) {
    machine.journal.reset();
    return;
  }
  if (const auto reloaded = machine.journal->Reload(); !reloaded) machine.journal.reset();
}

bool World::Exchange(Machine& machine) {
  if (!Start(machine)) return false;
  if (machine.late) {
    if (dice_.Below(3) != 0) {
      // While the answer is awaited the next push is made ready, with what was written meanwhile.
      const auto prepared = machine.journal->sync().Prepare(machine.late->first);
      if (!prepared) Recover(machine, prepared.error());
      return true;
    }
    const auto [call, reply] = *std::exchange(machine.late, std::nullopt);
    Deliver(machine, call, reply);
    return true;
  }
  const auto call = machine.journal->sync().Next();
  if (!call) {
    Recover(machine, call.error());
    return true;
  }
  if (!*call) return false;
  auto reply = Carry(machine, **call);
  if (const auto prepared = machine.journal->sync().Prepare(**call); !prepared) {
    Recover(machine, prepared.error());
    return true;
  }
  if (dice_.Chance(weather_.reply_late)) {
    machine.late.emplace(**call, std::move(reply));
  } else {
    Deliver(machine, **call, reply);
  }
  return true;
}

void World::Deliver(Machine& machine, const RelayCall& call, const Result<RelayReply>& reply) {
  const auto taken = machine.journal->sync().OnReply(call, reply);
  if (!taken) Recover(machine, taken.error());
}

Result<RelayReply> World::Carry(Machine& machine, const RelayCall& call) {
  const Error lost = Fail(Code::kRelayUnreachable);
  if (!relay_up_ || !machine.online || dice_.Chance(weather_.request_lost)) return lost;
  if (std::holds_alternative<HelloCall>(call.body)) machine.nonce = relay_.nonce();
  auto reply = relay_.Handle(call, machine.nonce);
  if (reply) NoteAccepted(call);
  if (dice_.Chance(weather_.doubled)) {
    auto again = relay_.Handle(call, machine.nonce);
    if (dice_.Below(2) == 0) reply = std::move(again);
  }
  if (dice_.Chance(weather_.reply_lost)) return lost;
  if (!reply) return reply;
  if (auto* page = std::get_if<PullReply>(&*reply)) SpoilPage(machine, *page);
  return reply;
}

// As a relay does that answers from a stale copy, or a line that mixes things up.
void World::SpoilPage(Machine& machine, PullReply& page) {
  const PullReply true_page = page;
  if (dice_.Chance(weather_.page_again) && machine.last_page && machine.last_page->stamp.epoch == page.stamp.epoch) {
    page = *machine.last_page;
  }
  if (dice_.Chance(weather_.page_shuffled)) dice_.Shuffle(page.records);
  if (dice_.Chance(weather_.head_stale) && !page.forked) page.head = page.next;
  machine.last_page = true_page;
}

// A lane's number stands for one record, for ever.
void World::NoteAccepted(const RelayCall& call) {
  const auto* push = std::get_if<PushCall>(&call.body);
  if (push == nullptr) return;
  for (const SignedRecord& record : push->records) {
    const auto header = RecordHeader::Parse(record.header);
    const RecordId id = RecordIdOf(record.header);
    const auto [known, added] = accepted_.try_emplace({header->lane, header->seq}, id);
    if (!added && known->second != id) Problem("number " + std::to_string(header->seq) + " of a lane was used twice");
  }
}

void World::Wake(Machine& machine) {
  if (!machine.journal || !machine.online || !relay_up_) return;
  const SimRelay::Mailbox* const mailbox = relay_.Find(this->mailbox());
  if (mailbox == nullptr) return;
  machine.journal->sync().OnWake(mailbox->head(), mailbox->seats.number());
}

void World::SetRelay(Machine& machine) {
  if (!Start(machine)) return;
  const auto set = machine.journal->SetRelay({.address = "relay.test:7787", .key = relay_.key()}, {relay_.MintToken()});
  machine.late.reset();
  if (!set) Recover(machine, set.error());
}

}  // namespace kith
