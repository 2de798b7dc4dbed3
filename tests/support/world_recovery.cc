// A person who takes everything back by the recovery phrase, in the middle of it all: with a new machine, in the place
// of all others. What those do from then on nobody answers for.
#include <algorithm>

#include "client/core/recovery.h"
#include "tests/support/world.h"

namespace kith {

namespace {

constexpr int kPatience = 2000;  // calls of one recovery

}  // namespace

// It is done where the relays answer truly; what they kept back before is asked for in vain, and then it is put off.
Result<> World::ReadByPhrase(size_t person, Machine& to, Recovery::Purpose purpose) {
  const Machine& other = FirstOf(person);
  KITH_TRY_ASSIGN(const RecoverySecret secret, ParsePhrase(residents_[person].recovery));
  to.clock = other.clock;
  Recovery recovery(to.store, to.clock, secret, *other.journal->relay(), {.purpose = purpose});
  for (int calls = 0; calls < kPatience; ++calls) {
    KITH_TRY_ASSIGN(const auto ask, recovery.Next());
    if (!ask) {
      if (!recovery.left().empty()) return recovery.left().front().why;
      KITH_TRY(recovery.Found(to.name));
      KITH_TRY_ASSIGN(to.journal, Journal::Open(to.store, to.clock));
      to.device = to.journal->state().device->public_key();
      return {};
    }
    const auto site = std::ranges::find(sites_, ask->relay.key, [](const Site& one) { return one.relay.key(); });
    if (site == sites_.end()) return Fail(Code::kNotFound);
    if (const auto* submit = std::get_if<SubmitStatementCall>(&ask->call.body)) wiretap_.Passed(submit->statement.body);
    const auto reply = site->relay.Handle(ask->call, site->relay.nonce());
    if (reply) {
      if (const auto* page = std::get_if<PullReply>(&*reply)) wiretap_.Served(person, *page);
    }
    KITH_TRY(recovery.OnReply(ask->call, reply));
  }
  Problem("a recovery goes round in circles");
  return Fail(Code::kInternal);
}

// What the person wrote and a relay has.
World::Versions World::VersionsAtRelay(size_t person) {
  Versions out;
  for (const auto& [version, kept] : kept_) {
    if (kept.person != person) continue;
    for (Machine* machine : MachinesOf(person)) {
      const auto record = Start(*machine) ? RecordOf(*machine, version, kept.entry) : std::nullopt;
      if (!record || !AtRelay(*record)) continue;
      out.emplace(version, kept.entry);
      break;
    }
  }
  return out;
}

void World::RecoverSomebody() {
  const size_t person = dice_.Below(residents_.size());
  const auto parted = [](const Site& site) { return !site.up || site.other; };
  if (linking_ || meeting_ || recovered_.contains(person) || std::ranges::any_of(sites_, parted)) return;
  if (Gone(FirstOf(person)) || !Start(FirstOf(person)) || !FirstOf(person).journal->relay()) return;
  // Whoever would lose by it what is not at the relay yet, or is held back there, does it another time.
  Machine drill;
  drill.name = "drill";
  if (!ReadByPhrase(person, drill, Recovery::Purpose::kDrill)) return;
  const State& back_then = drill.journal->state();
  for (Machine* machine : MachinesOf(person)) {
    if (!Start(*machine)) return;
    for (const auto& [circle, known] : machine->journal->state().friends) {
      if (!back_then.friends.contains(circle) || back_then.FindRoster(circle) == nullptr) return;
    }
  }
  TakeOver(person);
}

void World::TakeOver(size_t person) {
  const Versions expected = VersionsAtRelay(person);
  const std::vector<Machine*> lost = MachinesOf(person);
  Machine& fresh = Add("restored " + std::to_string(machines_.size()), person);
  const Result<> done = ReadByPhrase(person, fresh, Recovery::Purpose::kTakeOver);
  if (!done) return Problem(std::string("a recovery fails after its drill: ") + CodeName(done.error().code));
  recovered_.insert(person);
  Count("recovered");
  for (Machine* machine : lost) gone_.insert(machine->device);
  for (Machine* machine : lost) {
    if (Start(*machine)) Forget(*machine);
  }
  const Versions back = VersionsIn(fresh.store);
  for (const auto& [version, entry] : expected) {
    if (!back.contains(version)) Problem("a recovery does not bring back what a relay has");
  }
}

// A relay that was put back to before a recovery hears an old device first: the restored one is shut out there, as its
// status says, and the phrase helps once more.
void World::RecoverAgain() {
  if (!ledger_.happened.contains("relay restored")) return;
  for (const size_t person : recovered_) {
    const Machine& machine = FirstOf(person);
    if (Gone(machine)) continue;
    const SyncStatus status = machine.journal->sync(MailboxOf(machine)).status();
    if (status.phase != SyncStatus::Phase::kStopped || status.problem->code != Code::kDeviceRevoked) continue;
    Count("recovered again");
    TakeOver(person);
  }
}

}  // namespace kith
