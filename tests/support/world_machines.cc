// Machines of the world, and what carries their calls to the relay.
#include <algorithm>

#include "crypto/verify/hash.h"
#include "tests/support/world.h"

namespace kith {

Machine& World::Add(std::string name, size_t person) {
  Machine& machine = machines_.emplace_back();
  machine.name = std::move(name);
  machine.person = person;
  return machine;
}

const SimRelay::Mailbox* World::Find(const MailboxId& mailbox) const {
  for (const Site& site : sites_) {
    if (const SimRelay::Mailbox* found = site.relay.Find(mailbox)) return found;
  }
  return nullptr;
}

SimRelay* World::RelayOf(const Machine& machine, const MailboxId& mailbox) {
  const auto& mailboxes = machine.journal->state().mailboxes;
  const auto found = mailboxes.find(mailbox);
  if (found == mailboxes.end() || found->second.sync.relay_address.empty()) return nullptr;
  for (Site& site : sites_) {
    if (site.relay.key() == found->second.sync.relay_key) return &site.relay;
  }
  return nullptr;
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
  machine.device = machine.journal->state().device->public_key();
  Count("opened again");
  for (auto& [mailbox, line] : machine.lines) line.late.reset();
  if (!friendly() || Gone(machine)) return true;
  // As the agent does when a vault is unlocked.
  Observe(machine);
  const auto extended = machine.journal->sharing().ExtendHolds();
  if (!extended) {
    Recover(machine, extended.error());
    return machine.journal != nullptr;
  }
  Observe(machine);
  return true;
}

void World::Recover(Machine& machine, const Error& error) {
  for (auto& [mailbox, line] : machine.lines) line.late.reset();
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
  const std::vector<MailboxId> mailboxes = machine.journal->mailboxes();
  const size_t first = mailboxes.size() > 1 ? dice_.Below(mailboxes.size()) : 0;
  for (size_t i = 0; i < mailboxes.size(); ++i) {
    if (ExchangeAbout(machine, mailboxes[(first + i) % mailboxes.size()])) return true;
  }
  return false;
}

bool World::ExchangeAbout(Machine& machine, const MailboxId& mailbox) {
  Line& line = machine.lines[mailbox];
  Sync& sync = machine.journal->sync(mailbox);
  if (line.late && line.late->era != machine.journal->sync_era(mailbox)) line.late.reset();
  if (line.late) {
    if (dice_.Below(3) != 0) {
      // While the answer is awaited the next push is made ready, with what was written meanwhile.
      const auto prepared = sync.Prepare(line.late->call);
      if (!prepared) Recover(machine, prepared.error());
      if (prepared) NoteSealed(machine);
      return true;
    }
    const Line::Late late = *std::exchange(line.late, std::nullopt);
    Deliver(machine, mailbox, late.call, late.reply);
    return true;
  }
  const auto call = sync.Next();
  if (!call) {
    Recover(machine, call.error());
    return true;
  }
  NoteSealed(machine);
  if (!*call) {
    CheckNamed(machine, mailbox);
    return false;
  }
  auto reply = Carry(machine, mailbox, **call);
  if (const auto prepared = sync.Prepare(**call); !prepared) {
    Recover(machine, prepared.error());
    return true;
  }
  NoteSealed(machine);
  if (dice_.Chance(weather_.reply_late)) {
    line.late.emplace(machine.journal->sync_era(mailbox), **call, std::move(reply));
  } else {
    Deliver(machine, mailbox, **call, reply);
  }
  return true;
}

void World::Deliver(Machine& machine, const MailboxId& mailbox, const RelayCall& call,
                    const Result<RelayReply>& reply) {
  const auto taken = machine.journal->sync(mailbox).OnReply(call, reply);
  if (!taken) Recover(machine, taken.error());
}

Result<RelayReply> World::Carry(Machine& machine, const MailboxId& mailbox, const RelayCall& call) {
  const Error lost = Fail(Code::kRelayUnreachable);
  SimRelay* const relay = RelayOf(machine, mailbox);
  const auto site = std::ranges::find_if(sites_, [&](const Site& one) { return &one.relay == relay; });
  const bool parted = site == sites_.end() || !site->up || !machine.online;
  if (parted) Count("parted from a relay");
  if (parted || dice_.Chance(weather_.request_lost)) return lost;
  Line& line = machine.lines[mailbox];
  line.end.reset();
  SimRelay& facing = Facing(*site, machine);
  if (std::holds_alternative<HelloCall>(call.body)) line.nonce = facing.nonce();
  if (const auto* push = std::get_if<PushCall>(&call.body)) {
    const auto wrote = [&](const LaneKey& key) {
      const storage::Lane* lane = machine.journal->state().lanes.Find(key);
      return lane != nullptr && lane->seed;
    };
    for (const SignedRecord& record : push->records) wiretap_.Sent(machine.person, wrote, record, now_);
  }
  if (const auto* create = std::get_if<CreateMailboxCall>(&call.body)) wiretap_.Passed(create->statement.body);
  if (const auto* submit = std::get_if<SubmitStatementCall>(&call.body)) wiretap_.Passed(submit->statement.body);
  auto reply = AnswerOf(facing, call, line.nonce);
  if (reply) NoteAccepted(machine, call);
  if (dice_.Chance(weather_.doubled)) {
    auto again = facing.Handle(call, line.nonce);
    if (dice_.Below(2) == 0) reply = std::move(again);
  }
  if (reply) {
    if (const auto* page = std::get_if<PullReply>(&*reply)) wiretap_.Served(machine.person, *page);
  }
  if (dice_.Chance(weather_.reply_lost)) return lost;
  if (!reply) return reply;
  if (auto* page = std::get_if<PullReply>(&*reply)) SpoilPage(line, *page);
  if (dice_.Chance(weather_.lies)) Bend(mailbox, call, *reply);
  NoteEnd(facing, call, *reply, line);
  return reply;
}

void World::NoteEnd(const SimRelay& facing, const RelayCall& call, const RelayReply& reply, Line& line) {
  const auto* page = std::get_if<PullReply>(&reply);
  if (page == nullptr || page->forked || !page->records.empty()) return;
  const SimRelay::Mailbox* there = facing.Find(std::get<PullCall>(call.body).mailbox);
  const Cursor& asked = std::get<PullCall>(call.body).cursor;
  if (there == nullptr || page->next != asked || page->head != asked || there->head() != asked) return;
  line.end.emplace();
  for (const auto& [key, lane] : there->lanes) (*line.end)[key] = lane.seq;
}

// As a relay does that answers from a stale copy, or a line that mixes things up.
void World::SpoilPage(Line& line, PullReply& page) {
  const PullReply true_page = page;
  if (dice_.Chance(weather_.page_again) && line.last_page && line.last_page->stamp.epoch == page.stamp.epoch) {
    page = *line.last_page;
  }
  if (dice_.Chance(weather_.page_shuffled)) dice_.Shuffle(page.records);
  if (dice_.Chance(weather_.head_stale) && !page.forked) page.head = page.next;
  line.last_page = true_page;
}

// A lane's number stands for one record, for ever.
void World::NoteAccepted(Machine& machine, const RelayCall& call) {
  const auto* push = std::get_if<PushCall>(&call.body);
  if (push == nullptr) return;
  for (const SignedRecord& record : push->records) {
    const auto header = RecordHeader::Parse(record.header);
    const RecordId id = RecordIdOf(record.header);
    const auto [known, added] = accepted_.try_emplace({header->lane, header->seq}, id);
    if (!added && known->second != id)
      Problem(machine.name + " used number " + std::to_string(header->seq) + " of a lane twice");
  }
}

void World::Wake(Machine& machine) {
  if (!machine.journal || !machine.online) return;
  for (const MailboxId& id : machine.journal->mailboxes()) {
    SimRelay* const relay = RelayOf(machine, id);
    const auto site = std::ranges::find_if(sites_, [&](const Site& one) { return &one.relay == relay; });
    if (site == sites_.end() || !site->up) continue;
    const SimRelay::Mailbox* const mailbox = relay->Find(id);
    if (mailbox != nullptr) machine.journal->sync(id).OnWake(mailbox->head(), mailbox->seats.number());
  }
}

void World::SetRelay(Machine& machine) {
  if (!Start(machine)) return;
  SimRelay& relay = HomeOf(machine);
  std::vector<Bytes> tokens = {relay.MintToken()};
  // Each friendship takes one.
  while (friendly() && tokens.size() < 4) tokens.push_back(relay.MintToken());
  const auto set = machine.journal->SetRelay({.address = "relay.test:7787", .key = relay.key()}, std::move(tokens));
  machine.lines[MailboxOf(machine)].late.reset();
  if (!set) Recover(machine, set.error());
}

}  // namespace kith
