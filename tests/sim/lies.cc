#include "tests/sim/lies.h"

#include <gtest/gtest.h>

#include "crypto/seal.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {

LyingRelay::LyingRelay(uint64_t seed) : world_(seed, Weather::Calm(), 0) {
  world_.Heal();
  EXPECT_NE(world_.LinkNow(first()), nullptr);
  world_.Heal();
  EXPECT_TRUE(world_.problems().empty());
}

int TalkAbout(World& world, Machine& machine, const MailboxId& mailbox, const Lie& lie, const Refuse& refuse) {
  Sync& sync = machine.journal->sync(mailbox);
  SimRelay& relay = *world.RelayOf(machine, mailbox);
  uint64_t& nonce = machine.lines[mailbox].nonce;
  int calls = 0;
  for (; calls <= kPatience; ++calls) {
    const auto call = sync.Next();
    if (!call) {
      ADD_FAILURE() << "the store failed by itself: " << CodeName(call.error().code);
      break;
    }
    if (!*call) break;
    if (std::holds_alternative<HelloCall>((*call)->body)) nonce = relay.nonce();
    const auto refused = refuse ? refuse(**call) : std::nullopt;
    auto reply = refused ? Result<RelayReply>(Fail(*refused)) : relay.Handle(**call, nonce);
    if (lie) lie(**call, reply);
    const auto taken = sync.OnReply(**call, reply);
    EXPECT_TRUE(taken.has_value());
    if (sync.failed()) break;
  }
  EXPECT_LE(calls, kPatience) << "it goes round in circles";
  return calls;
}

EntryId LyingRelay::WriteAndSend(Machine& machine, const std::string& text) {
  const auto entry = machine.journal->Write(AnEntry(text));
  EXPECT_TRUE(entry.has_value());
  Talk(machine);
  EXPECT_TRUE(machine.journal->sync().idle());
  return *entry;
}

Lie Instead(std::vector<SignedRecord> log) {
  return [log = std::move(log)](const RelayCall& call, Result<RelayReply>& reply) {
    const auto* pull = std::get_if<PullCall>(&call.body);
    if (pull == nullptr || !reply) return;
    PullReply page{.stamp = std::get<PullReply>(*reply).stamp,
                   .newest_statement = std::get<PullReply>(*reply).newest_statement};
    Chain chain;
    for (uint64_t seq = 1; seq <= log.size(); ++seq) {
      chain = NextChain(chain, RecordIdOf(log[seq - 1].header));
      if (seq > pull->cursor.seq) page.records.push_back(log[seq - 1]);
    }
    page.next = page.head = {.seq = log.size(), .chain = chain};
    *reply = std::move(page);
  };
}

std::vector<SignedRecord> LogOf(const SimRelay::Mailbox& mailbox) {
  std::vector<SignedRecord> log;
  for (const auto& record : mailbox.log) log.push_back(*record);
  return log;
}

std::vector<Code> AlarmsOf(const Machine& machine) {
  std::vector<Code> codes;
  for (const Alarm& alarm : machine.journal->Alarms()) codes.push_back(alarm.code);
  return codes;
}

Alarm OnlyAlarm(const Machine& machine) {
  const std::vector<Alarm> alarms = machine.journal->Alarms();
  EXPECT_EQ(alarms.size(), 1u);
  return alarms.size() == 1 ? alarms.front() : Alarm{.code = Code::kInternal};
}

bool Has(Machine& machine, const EntryId& entry) { return machine.journal->Show(entry).has_value(); }

void Reopen(Machine& machine) {
  machine.journal.reset();
  auto journal = Journal::Open(machine.store, machine.clock);
  ASSERT_TRUE(journal.has_value());
  machine.journal = *std::move(journal);
}

SignedRecord MovedTo(Machine& writer, const SignedRecord& record, RecordHeader place) {
  State& state = writer.journal->state();
  const auto header = RecordHeader::Parse(record.header);
  const auto opened = state.keyring.Open(*header, record.payload);
  EXPECT_TRUE(opened.has_value());
  place.lane = header->lane;
  const auto& generations = state.keyring.All(header->mailbox);
  const auto used = std::ranges::find(generations, opened->generation, &Keyring::Generation::id);
  return SignRecord(*state.lanes.SignerOf(*state.lanes.Find(header->lane)), place,
                    Seal((*used)->key, labels::kSealPayload, place.Place(), opened->plain.view(), Padding::kPadme));
}

MemStore::Contents WithoutCursor(Machine& machine) {
  // What was acknowledged before may wait to be written with the next change.
  EXPECT_TRUE(machine.journal->KeepAcknowledged());
  MemStore::Contents contents = machine.store.contents();
  std::erase_if(contents,
                [](const auto& item) { return item.first[0] == static_cast<uint8_t>(storage::Prefix::kMailbox); });
  return contents;
}

}  // namespace kith
