// What a relay may do that lies: leave out, alter, move, take away, hold back, deny, and show some machines another
// world than others. It has no lane's key, so what it makes itself never verifies.
#include <algorithm>

#include "crypto/verify/hash.h"
#include "tests/support/world.h"

namespace kith {
namespace {

Cursor ChainedOn(Cursor at, const std::vector<SignedRecord>& records) {
  for (const SignedRecord& record : records)
    at = {.seq = at.seq + 1, .chain = NextChain(at.chain, RecordIdOf(record.header))};
  return at;
}

}  // namespace

SimRelay& World::Facing(Site& site, const Machine& machine) {
  return site.other && site.deceived.contains(machine.name) ? *site.other : site.relay;
}

void World::SplitOrJoin(Site& site) {
  if (!dice_.Chance(weather_.split)) return;
  if (site.other && weather_.split_stays != 0) return;
  if (site.other) {
    // What was said in that world is in no other; but a place whose founder may give it up before anybody comes is, so
    // that nobody waits there for ever.
    SimRelay::Database joined = site.relay.database();
    for (const auto& [id, mailbox] : site.other->database().mailboxes) {
      if (id != circle_) joined.mailboxes.try_emplace(id, mailbox);
    }
    site.relay.Pretend(std::move(joined));
    Count("worlds joined");
    site.other.reset();
    site.deceived.clear();
    return;
  }
  Count("worlds split");
  site.other = site.relay;
  for (const Machine& machine : machines_) {
    if (dice_.Below(2) == 0) site.deceived.insert(machine.name);
  }
}

// It may say that it did what it did not do.
Result<RelayReply> World::AnswerOf(SimRelay& relay, const RelayCall& call, uint64_t nonce) {
  if (weather_.lies == 0 || !std::holds_alternative<PushCall>(call.body) || !dice_.Chance(weather_.lies / 2))
    return relay.Handle(call, nonce);
  Count("a push was swallowed");
  SimRelay pretended = relay;
  return pretended.Handle(call, nonce);
}

void World::Alter(SignedRecord& record) {
  const auto flip = [&](uint8_t& byte) { byte = static_cast<uint8_t>(byte ^ (1 << dice_.Below(8))); };
  switch (dice_.Below(4)) {
    case 0:
      return flip(dice_.Pick(record.header));
    case 1:
      return flip(dice_.Pick(record.signature.value));
    case 2:
      if (!record.payload.empty()) flip(dice_.Pick(record.payload));
      return;
    default:
      record.payload.clear();
  }
}

void World::BendPage(const MailboxId& mailbox, const PullCall& call, PullReply& page) {
  const auto any = [&] { return static_cast<ptrdiff_t>(dice_.Below(page.records.size())); };
  switch (dice_.Below(7)) {
    case 0:
      if (page.records.empty()) return;
      page.records.erase(page.records.begin() + any());
      if (dice_.Below(2) == 0) return Count("a record was left out");
      Count("a record was left out, as if it had never been");
      page.next = ChainedOn(call.cursor, page.records);
      if (page.head.seq == call.cursor.seq + page.records.size() + 1) page.head = page.next;
      return;
    case 1:
      if (page.records.empty()) return;
      Count("a record was altered");
      return Alter(page.records[static_cast<size_t>(any())]);
    case 2: {
      // One of another mailbox, or an old one once more.
      Site& site = dice_.Pick(sites_);
      for (const auto& [id, other] : site.relay.database().mailboxes) {
        if (other.log.empty() || (id == mailbox && dice_.Below(2) == 0)) continue;
        Count("a record was moved");
        page.records.push_back(*dice_.Pick(other.log));
        return;
      }
      return;
    }
    case 3: {
      // The newest are held back, and their absence is not seen in the chain.
      Count("the newest were held back");
      page.records.resize(static_cast<size_t>(dice_.Below(page.records.size() + 1)));
      page.next = ChainedOn(call.cursor, page.records);
      page.head = page.next;
      return;
    }
    case 4:
      Count("less was served than before");
      page.records.clear();
      page.next = page.head = {};
      return;
    case 5:
      page.forked = true;
      return;
    default:
      page.newest_statement += dice_.Below(3);
  }
}

void World::BendStatements(StatementsReply& reply) {
  if (reply.statements.empty() || dice_.Below(3) == 0) {
    reply.newest += 1 + dice_.Below(2);
    return;
  }
  SignedStatement& statement = dice_.Pick(reply.statements);
  Count("a statement was altered");
  uint8_t& byte = dice_.Below(2) == 0 ? dice_.Pick(statement.body) : dice_.Pick(statement.signature.value);
  byte = static_cast<uint8_t>(byte ^ (1 << dice_.Below(8)));
}

void World::Bend(const MailboxId& mailbox, const RelayCall& call, RelayReply& reply) {
  if (auto* page = std::get_if<PullReply>(&reply)) return BendPage(mailbox, std::get<PullCall>(call.body), *page);
  if (auto* statements = std::get_if<StatementsReply>(&reply)) return BendStatements(*statements);
  if (auto* push = std::get_if<PushReply>(&reply)) {
    push->head.seq += dice_.Below(3);
    push->duplicates = static_cast<uint32_t>(dice_.Below(2));
    return;
  }
  if (auto* hello = std::get_if<HelloReply>(&reply); hello != nullptr && dice_.Below(4) == 0) {
    Count("another relay answered");
    hello->stamp.relay_key.value[0] ^= 1;
  }
}

void World::Forgive(Machine& machine) {
  const std::vector<MailboxId> asked = machine.journal->mailboxes();
  for (const Alarm& alarm : machine.journal->Alarms()) {
    Count(CodeName(alarm.code));
    // The relay of a circle that rests is not asked.
    if (std::ranges::find(asked, alarm.mailbox) == asked.end() || LacksOneWhoRests(alarm.mailbox)) continue;
    // Nor can anybody ask who was removed: what their device found before stands for as long as they keep the circle.
    if (ShutOut(machine, alarm.mailbox)) continue;
    if (!alarm.past) Problem(machine.name + " holds to an alarm that was made good: " + CodeName(alarm.code));
  }
  if (!machine.journal->DismissAlarms()) Problem(machine.name + " cannot dismiss alarms");
}

void World::CheckNamed(Machine& machine, const MailboxId& mailbox) {
  const State& state = machine.journal->state();
  const SyncStatus status = machine.journal->sync(mailbox).status();
  const Line& line = machine.lines[mailbox];
  if (status.phase != SyncStatus::Phase::kLive || status.problem || line.late || Gone(machine)) return;
  for (const storage::Lane& lane : state.lanes.all()) {
    if (lane.mailbox != mailbox || lane.broken != 0 || Ended(state, lane)) continue;
    if (lane.beyond != 0) Problem(machine.name + " is in step, and says nothing of a record that was left out");
    const auto cited = state.cited.find(lane.number);
    // What stands past the end of its own lane says nothing, and what its author has taken away is nothing.
    if (cited != state.cited.end() && !state.prunes.Covers(lane.number, lane.stored_seq + 1, cited->second.seq) &&
        !IsVoid(state, {.kind = storage::Place::Kind::kRecord, .owner = cited->second.by, .number = cited->second.at}))
      Problem(machine.name + " is in step, and says nothing of a record that another device has seen");
    if (!line.end) continue;
    const auto there = line.end->find(lane.key);
    if (lane.acked_seq > (there == line.end->end() ? 0 : there->second))
      Problem(machine.name + " is in step, and says nothing of a record that the relay lost");
    if (there != line.end->end() && lane.stored_seq < there->second &&
        state.mailboxes.at(mailbox).seats.Known(lane.key))
      Problem(machine.name + " is in step, and says nothing of a record that it has not got");
  }
}

void World::CheckTrue(Machine& machine) {
  const Bytes from = storage::Key(storage::Prefix::kRecord);
  const auto read =
      machine.store.Scan(from, storage::After(from), Store::Order::kAscending, [&](ByteView, ByteView value) {
        const auto record = storage::DecodeRecord(value);
        if (!record || !VerifyRecord(record->header, record->signature, record->payload))
          Problem(machine.name + " keeps a record that its author did not sign");
        return true;
      });
  if (!read) Problem(machine.name + " cannot read its records");
}

}  // namespace kith
