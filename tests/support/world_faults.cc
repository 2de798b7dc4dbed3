// What breaks in the world. Where something is destroyed for good, the list of what must survive is worked out anew.
#include <algorithm>

#include "crypto/verify/hash.h"
#include "tests/support/world.h"

namespace kith {

bool World::Settled(Machine& machine) const {
  const auto& mailboxes = machine.journal->state().mailboxes;
  if (friendly() && (!circle_ || !mailboxes.contains(*circle_))) return false;
  return std::ranges::all_of(mailboxes, [](const auto& one) { return !one.second.sync.epoch.IsZero(); });
}

void World::Break() {
  BreakMachine();
  for (Site& site : sites_) BreakRelay(site);
  if (!honest_) {
    SplitOrJoin(dice_.Pick(sites_));
    if (dice_.Chance(weather_.recover)) RecoverSomebody();
  }
  if (dice_.Chance(weather_.link)) StartLinking();
  if (dice_.Chance(weather_.revoke)) RevokeSomebody();
}

void World::BreakMachine() {
  Machine& machine = AnyMachine();
  if (dice_.Chance(weather_.wake)) Wake(machine);
  if (dice_.Chance(weather_.clock)) JumpClock(machine);
  if (dice_.Chance(weather_.crash)) {
    machine.store.CrashAtWrite(1 + dice_.Below(4),
                               dice_.Below(2) == 0 ? MemStore::Interrupted::kLost : MemStore::Interrupted::kKept);
  }
  if (dice_.Chance(weather_.disk)) machine.store.FailWrite(1 + dice_.Below(4));
  if (dice_.Chance(weather_.offline)) {
    machine.online = !machine.online;
    if (!machine.online) Count("offline");
  }
  if (dice_.Chance(weather_.backup)) BackUpOrRestore(machine);
  if (dice_.Chance(weather_.copy)) Copy(machine);
  if (dice_.Chance(weather_.wake) && machine.journal) {
    for (const MailboxId& mailbox : machine.journal->mailboxes()) machine.journal->sync(mailbox).Restart();
  }
  if (machine.journal && !machine.journal->relay() && dice_.Chance(50)) SetRelay(machine);
}

void World::BreakRelay(Site& site) {
  if (dice_.Chance(weather_.relay_stops)) {
    site.relay.Restart();
    for (Machine& machine : machines_) {
      for (auto& [mailbox, line] : machine.lines) line.late.reset();
    }
    site.up = dice_.Below(3) != 0;
    if (!site.up) Count("relay gone");
  } else if (!site.up && dice_.Below(10) == 0) {
    site.up = true;
  }
  if (dice_.Chance(weather_.relay_full)) site.relay.set_full(dice_.Below(2) == 0);
  if (dice_.Chance(weather_.page_short)) site.relay.set_page_bytes(1 + dice_.Below(8000));
  if ((!friendly() || circle_) && dice_.Chance(weather_.relay_backup)) {
    if (!site.backup || dice_.Below(2) == 0) {
      site.backup = site.relay.database();
    } else {
      RestoreRelay(site, *site.backup);
    }
  }
  if (dice_.Chance(weather_.relay_wiped)) RestoreRelay(site, {});
  // Its keeper hands out a new invite, sooner or later.
  Machine& machine = AnyMachine();
  if (&HomeOf(machine) == &site.relay && site.relay.Find(MailboxOf(machine)) == nullptr && dice_.Chance(30))
    SetRelay(machine);
}

void World::JumpClock(Machine& machine) {
  const int64_t days = static_cast<int64_t>(dice_.Below(9)) - 4;
  machine.clock.Set(FakeClock::kStart + days * FakeClock::kDay);
}

bool World::ElsewhereThan(const Machine* machine, const VersionId& version) const {
  for (const Machine& other : machines_) {
    if (&other != machine && VersionsIn(other.store).contains(version)) return true;
  }
  return false;
}

std::optional<RecordId> World::RecordOf(Machine& machine, const VersionId& version, const EntryId& entry) {
  State& state = machine.journal->state();
  const Transaction tx(machine.store);
  const auto versions = state.entries.Versions(tx, entry);
  if (!versions || !*versions) return std::nullopt;
  for (const auto& item : (*versions)->items) {
    if (item.id != version) continue;
    uint32_t lane = item.place.owner;
    uint64_t seq = item.place.number;
    if (item.place.kind == storage::Place::Kind::kOutbox) {
      const auto packed = state.FindPacked(item.place.owner, item.place.number);
      if (!packed || !*packed) return std::nullopt;
      lane = (*packed)->lane;
      seq = (*packed)->seq;
    }
    const auto record = Lanes::GetRecord(tx, *state.lanes.Find(lane), seq);
    if (record && *record) return RecordIdOf((*record)->header);
  }
  return std::nullopt;
}

bool World::AtRelay(const RecordId& record) const {
  for (const Resident& resident : residents_) {
    const SimRelay::Mailbox* const mailbox = Find(resident.mailbox);
    if (mailbox == nullptr) continue;
    for (const auto& one : mailbox->log) {
      if (RecordIdOf(one->header) == record) return true;
    }
  }
  return false;
}

// The machine is destroyed and set up again from a copy of its store.
void World::BackUpOrRestore(Machine& machine) {
  if (!machine.backup || dice_.Below(2) == 0) {
    // Of a vault that has not met a relay nobody could tell that its lane was written to since, once the relay is
    // wiped.
    if (Start(machine) && Settled(machine)) machine.backup = machine.store;
    return;
  }
  if (!Start(machine)) return;
  const Versions in_backup = VersionsIn(*machine.backup);
  const Versions in_store = VersionsIn(machine.store);
  for (auto kept = kept_.begin(); kept != kept_.end();) {
    const auto& [version, what] = *kept;
    const bool here = in_store.contains(version);
    if (!here || in_backup.contains(version) || ElsewhereThan(&machine, version)) {
      ++kept;
      continue;
    }
    const auto record = RecordOf(machine, version, what.entry);
    if (record && AtRelay(*record)) {
      only_at_relay_[version] = *record;
      ++kept;
    } else {
      kept = kept_.erase(kept);  // it was nowhere else
    }
  }
  if (friendly()) Forget(machine);
  if (linking_ && &machines_[linking_->host] == &machine) linking_.reset();
  meeting_.reset();
  machine.journal.reset();
  for (auto& [mailbox, line] : machine.lines) line.late.reset();
  machine.held.clear();
  Count("set back");
  machine.store = *machine.backup;
}

void World::RestoreRelay(Site& site, SimRelay::Database database) {
  site.relay.Restore(std::move(database));
  Count("relay restored");
  for (Machine& machine : machines_) {
    for (auto& [mailbox, line] : machine.lines) line.late.reset();
  }
  std::erase_if(only_at_relay_, [&](const auto& one) {
    if (ElsewhereThan(nullptr, one.first)) return true;
    if (AtRelay(one.second)) return false;
    kept_.erase(one.first);
    return true;
  });
}

void World::Copy(Machine& machine) {
  const size_t most = 4 + residents_.size();
  if (machines_.size() >= most || !Start(machine)) return;
  const bool relay_forgets = weather_.relay_wiped + weather_.relay_backup > 0;
  if ((relay_forgets || friendly()) && !Settled(machine)) return;
  Machine& copy = Add(machine.name + "'", machine.person);
  copy.store = machine.store;
  Count("copied");
  copy.clock = machine.clock;
  copy.device = machine.device;
}

void World::StartLinking() {
  const size_t most = 2 + 2 * residents_.size();
  if (linking_ || machines_.size() >= most) return;
  const size_t host = dice_.Below(machines_.size());
  if (Gone(machines_[host]) || !Start(machines_[host]) || !machines_[host].journal->relay()) return;
  const PairingContext context{.mode = PairingMode::kLink, .relay_key = HomeOf(machines_[host]).key(), .nameplate = 7};
  linking_.emplace(Linking{.host = host,
                           .opener = LinkHost(context, "cabin-lunar-oak"),
                           .guest = LinkGuest(context, "cabin-lunar-oak", "linked"),
                           .message = {}});
}

void World::ContinueLinking() {
  if (!linking_ || dice_.Below(3) == 0) return;
  Machine& host = machines_[linking_->host];
  if (!Start(host)) return;
  const bool lost =
      dice_.Chance(weather_.request_lost) || dice_.Chance(weather_.reply_lost) || --linking_->patience == 0;
  // One that is linked by a device which has not heard of a revocation is taken for a thief's by those that have.
  const bool unheard = std::ranges::any_of(machines_, [&](const Machine& machine) {
    return machine.person == host.person && Gone(machine) && host.journal->state().person->IsDevice(machine.device);
  });
  if (lost || unheard) return linking_.reset();
  const auto outcome = LinkStage();
  if (outcome) return;
  linking_.reset();
  if (outcome.error().code == Code::kStorageFailed) return Recover(host, outcome.error());
  // A host that is not in sync yet holds no seat key.
  if (outcome.error().code != Code::kRelayRefused)
    Problem(std::string("linking fails: ") + CodeName(outcome.error().code));
}

Result<> World::LinkStage() {
  Linking& link = *linking_;
  Machine& host = machines_[link.host];
  State& state = host.journal->state();
  switch (link.stage++) {
    case 0: {
      KITH_TRY_ASSIGN(link.message, link.guest.Respond(link.opener.first_message()));
      return {};
    }
    case 1: {
      KITH_TRY_ASSIGN(link.message, link.opener.OnAnswer(state, link.message));
      return {};
    }
    case 2: {
      KITH_TRY_ASSIGN(link.message, link.guest.OnOffer(link.message));
      return {};
    }
    case 3: {
      KITH_TRY_ASSIGN(const std::string label, link.opener.OnRequest(state, link.message));
      return link.opener.Accept(state, host.journal->sync(), label);
    }
    case 4:
      if (!link.opener.Listed(state)) {
        --link.stage;
        Exchange(host);
      }
      return {};
  }
  KITH_TRY_ASSIGN(link.message, link.opener.Grant(state));
  Machine& linked = Add("linked " + std::to_string(machines_.size()), host.person);
  const auto granted = link.guest.OnGrant(link.message, linked.store, linked.clock, HomeOf(host).key());
  // The only one to know of it. Set back behind that together with a relay, nobody would: it would have to be linked
  // anew, as it is told.
  if (weather_.relay_backup + weather_.relay_wiped > 0) host.backup.reset();
  if (!granted) machines_.pop_back();
  linking_.reset();
  return granted;
}

Machine* World::LinkNow(Machine& host) {
  const Weather weather = std::exchange(weather_, Weather::Calm());
  linking_.reset();
  const size_t before = machines_.size();
  const PairingContext context{.mode = PairingMode::kLink, .relay_key = HomeOf(host).key(), .nameplate = 9};
  size_t index = 0;
  while (&machines_[index] != &host) ++index;
  linking_.emplace(Linking{.host = index,
                           .opener = LinkHost(context, "cabin-lunar-oak"),
                           .guest = LinkGuest(context, "cabin-lunar-oak", "fresh"),
                           .message = {}});
  Result<> outcome;
  for (int i = 0; linking_ && outcome && i < 100; ++i) outcome = LinkStage();
  linking_.reset();
  weather_ = weather;
  if (!outcome || machines_.size() == before) {
    Problem(std::string("a device cannot be linked: ") + (outcome ? "never listed" : CodeName(outcome.error().code)));
    return nullptr;
  }
  return &machines_.back();
}

}  // namespace kith
