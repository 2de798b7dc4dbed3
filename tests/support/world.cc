#include "tests/support/world.h"

#include <algorithm>

#include "client/core/outbox.h"
#include "crypto/verify/hash.h"
#include "tests/support/builders.h"

namespace kith {
namespace {

constexpr int kRounds = 200;      // of everybody, until nothing moves any more
constexpr int kExchanges = 2000;  // of one machine in a row: more means that it goes round in circles

}  // namespace

Weather Weather::Any(Dice& dice) {
  static constexpr Weather kWorst{.request_lost = 120,
                                  .reply_lost = 120,
                                  .reply_late = 120,
                                  .doubled = 100,
                                  .page_again = 100,
                                  .page_shuffled = 150,
                                  .page_short = 300,
                                  .head_stale = 150,
                                  .wake = 80,
                                  .clock = 30,
                                  .crash = 50,
                                  .disk = 40,
                                  .offline = 30,
                                  .relay_stops = 30,
                                  .relay_full = 15,
                                  .relay_backup = 15,
                                  .relay_wiped = 6,
                                  .backup = 25,
                                  .copy = 8,
                                  .link = 15,
                                  .revoke = 8};
  // Each kind of fault is there in two worlds of three, so that none always hides another.
  Weather weather;
  for (uint64_t Weather::* kind :
       {&Weather::request_lost, &Weather::reply_lost,    &Weather::reply_late, &Weather::doubled,
        &Weather::page_again,   &Weather::page_shuffled, &Weather::page_short, &Weather::head_stale,
        &Weather::wake,         &Weather::clock,         &Weather::crash,      &Weather::disk,
        &Weather::offline,      &Weather::relay_stops,   &Weather::relay_full, &Weather::relay_backup,
        &Weather::relay_wiped,  &Weather::backup,        &Weather::copy,       &Weather::link,
        &Weather::revoke}) {
    if (dice.Below(3) != 0) weather.*kind = kWorst.*kind;
  }
  return weather;
}

Weather Weather::Lying(Dice& dice) {
  Weather weather = Any(dice);
  // Of a vault that is set back or copied, nobody can tell once a relay hides that vault's own lane from it.
  weather.backup = weather.copy = 0;
  weather.lies = 20 + dice.Below(180);
  weather.split = dice.Below(3) == 0 ? 0 : 20;
  weather.recover = dice.Below(2) == 0 ? 30 : 0;
  return weather;
}

World::World(uint64_t seed, Weather weather, int steps, Cast cast)
    : seed_(seed),
      random_(seed),
      dice_(seed ^ 0x776f726c64),
      weather_(weather),
      steps_(steps),
      honest_(weather.lies == 0 && weather.split == 0),
      cast_(cast) {
  for (size_t i = 0; i < cast.relays; ++i) sites_.emplace_back();
  // A circle is made anew at an emptied relay only with a token of its own, which nobody hands out here.
  if (cast.people > 1) weather_.relay_wiped = 0;
  for (size_t person = 0; person < cast.people; ++person) {
    Resident& resident = residents_.emplace_back();
    resident.relay = person % cast.relays;
    resident.phrase = "planted quietly " + std::to_string(dice_.Next());
    Machine& first = Add(person == 0 ? "first" : "first of " + std::to_string(person), person);
    NewJournal made = ANewJournalAndPhrase(first.store, first.clock, first.name);
    first.journal = std::move(made.journal);
    resident.recovery = std::move(made.phrase);
    resident.mailbox = first.journal->mailbox();
    resident.id = first.journal->state().identity.person;
    first.device = first.journal->state().device->public_key();
  }
}

std::vector<Machine*> World::MachinesOf(size_t person) {
  std::vector<Machine*> out;
  for (Machine& machine : machines_) {
    if (machine.person == person) out.push_back(&machine);
  }
  return out;
}

std::vector<std::string> World::Play() {
  for (size_t person = 0; person < residents_.size(); ++person) {
    Machine& first = FirstOf(person);
    if (friendly() || dice_.Below(4) != 0) SetRelay(first);
    if (friendly() || dice_.Below(4) != 0) {
      SetRelay(first);
      LinkNow(first);
    }
  }
  // In some worlds they meet in fair weather, in others whenever it comes about.
  if (grouped()) {
    const Result<> founded = FoundGroup();
    if (!founded) Problem(std::string("a circle does not come about: ") + CodeName(founded.error().code));
  } else if (friendly() && dice_.Below(3) != 0) {
    IntroduceNow(FirstOf(0), FirstOf(1));
  }
  for (int step = 0; step < steps_ && problems_.empty(); ++step) Step();
  if (!problems_.empty()) return problems_;
  Heal();
  Check();
  return problems_;
}

void World::Step() {
  ++now_;
  Machine& machine = AnyMachine();
  const uint64_t what = dice_.Below(100);
  if (what < 30) {
    Write(machine);
  } else if (what < 80) {
    // Two people have more mailboxes to talk about.
    for (uint64_t i = 1 + dice_.Below(friendly() ? 15 : 5); i > 0; --i) Exchange(machine);
  } else if (grouped() && !Gone(machine) && dice_.Below(2) == 0) {
    ActInGroup(machine);
  } else if (friendly() && !Gone(machine)) {
    Befriend(machine);
  }
  machine.clock.Advance(static_cast<int64_t>(dice_.Below(60'000)));
  if (friendly() && Start(machine) && !Gone(machine)) ReleaseDue(machine);
  if (honest_) CheckNoAlarm(machine);
  Break();
  ContinueLinking();
  ContinueMeeting();
}

// Faults end. Machines and relays come back, and talk until nobody wants anything.
void World::Heal() {
  const uint64_t split_stays = weather_.split_stays;
  weather_ = Weather::Calm();
  weather_.split_stays = split_stays;
  linking_.reset();
  meeting_.reset();
  for (Site& site : sites_) {
    site.up = true;
    site.relay.set_full(false);
    if (split_stays == 0) {
      site.other.reset();
      site.deceived.clear();
    }
  }
  for (Machine& machine : machines_) {
    machine.online = true;
    machine.store.FailWrite(0);
    machine.store.CrashAtWrite(0, MemStore::Interrupted::kLost);
    if (!Start(machine)) return;
    if (!machine.journal->relay()) SetRelay(machine);
    for (const MailboxId& mailbox : machine.journal->mailboxes()) machine.journal->sync(mailbox).Restart();
    for (auto& [mailbox, line] : machine.lines) line.late.reset();
  }
  for (int round = 0; round < kRounds; ++round) {
    bool quiet = true;
    // The device that founded it may be gone, so that nobody ever hears who is in it.
    if (friendly() && !circle_) LeaveHalves();
    // Not before the others had their say.
    if (round == kRounds / 2) RecoverAgain();
    // What a revoked one could still send is sent before the others are asked.
    for (Machine& machine : machines_) {
      if (Gone(machine)) Quiet(machine);
    }
    for (Machine& machine : machines_) {
      if (!Gone(machine)) quiet &= Quiet(machine);
    }
    if (!problems_.empty()) return;
    if (!quiet) continue;
    for (Machine& machine : machines_) {
      if (!honest_ && !Gone(machine)) Forgive(machine);
    }
    return;
  }
  for (Machine& machine : machines_) {
    CheckNoAlarm(machine);
    for (const MailboxId& mailbox : machine.journal->mailboxes()) {
      const SyncStatus status = machine.journal->sync(mailbox).status();
      const bool rests = status.phase == SyncStatus::Phase::kLive && !status.problem;
      if (rests || Gone(machine)) continue;
      Problem(machine.name + " does not come to rest: " +
              (status.problem ? CodeName(status.problem->code) : std::to_string(status.waiting) + " waiting") +
              (mailbox == MailboxOf(machine) ? "" : ", of a circle") +
              (Find(mailbox) == nullptr ? " that no relay has" : ""));
    }
  }
  Problem("the machines never come to rest");
}

// Whether the machine wanted nothing, told of the relays' present heads. Where it has to wait before it asks again, it
// is left alone until the next round.
bool World::Quiet(Machine& machine) {
  for (const MailboxId& mailbox : machine.journal->mailboxes()) HealStopped(machine, mailbox);
  Wake(machine);
  std::set<MailboxId> wait;
  bool spoke = false;
  const auto speak = [&](const MailboxId& mailbox) {
    if (wait.contains(mailbox) || ShutOut(machine, mailbox) || !ExchangeAbout(machine, mailbox)) return false;
    if (machine.journal->sync(mailbox).failed()) wait.insert(mailbox);
    spoke = spoke || !LacksOneWhoRests(mailbox);
    return true;
  };
  for (int exchanges = 0; exchanges < kExchanges; ++exchanges) {
    const std::vector<MailboxId> mailboxes = machine.journal->mailboxes();
    if (std::ranges::any_of(mailboxes, speak)) continue;
    return !spoke && std::ranges::all_of(mailboxes, [&](const MailboxId& mailbox) {
      return ShutOut(machine, mailbox) || machine.journal->sync(mailbox).idle() || LacksOneWhoRests(mailbox) ||
             GoneForGood(machine, mailbox) || WaitsForOneWhoRests(machine, mailbox);
    });
  }
  Problem(machine.name + " goes round in circles");
  return false;
}

// A circle that was left, and that its relay never had, or has lost: a device that knows no more of it has nothing to
// do.
bool World::GoneForGood(Machine& machine, const MailboxId& mailbox) {
  const State& state = machine.journal->state();
  const auto known = state.friends.find(mailbox);
  return Find(mailbox) == nullptr && state.mailboxes.at(mailbox).seats.number() == 0 && known != state.friends.end() &&
         known->second.state == FriendState::kLeft &&
         machine.journal->sync(mailbox).status().phase == SyncStatus::Phase::kStopped;
}

// One who rests before ever writing there has not said what is to be sealed to, which a new key needs.
bool World::WaitsForOneWhoRests(Machine& machine, const MailboxId& mailbox) const {
  return mailbox != MailboxOf(machine) && SomebodyRests(mailbox) &&
         Outbox(machine.journal->state()).GroundIn(mailbox) == Outbox::Ground::kWaits;
}

// A relay that showed a circle's beginning to its founder alone has to be told of it anew.
bool World::FoundsAnew(Machine& machine, const MailboxId& circle) {
  const State& state = machine.journal->state();
  return state.mailboxes.at(circle).sync.relay_key == HomeOf(machine).key() &&
         state.alarms.Stands(circle, Code::kRelayWiped);
}

// What a person would do about what the status says.
void World::HealStopped(Machine& machine, const MailboxId& mailbox) {
  Sync& sync = machine.journal->sync(mailbox);
  const SyncStatus status = sync.status();
  // A revoked one asks for nothing more once it is told.
  if (!status.problem || ShutOut(machine, mailbox) || (Gone(machine) && status.phase == SyncStatus::Phase::kStopped))
    return;
  if (Find(mailbox) == nullptr && (mailbox == MailboxOf(machine) || FoundsAnew(machine, mailbox)))
    return SetRelay(machine);
  // What a restored relay lacks comes from those who rest, once they do not.
  if (GoneForGood(machine, mailbox)) return;
  if (LacksOneWhoRests(mailbox) || (status.problem->code == Code::kGap && SomebodyRests(mailbox))) return;
  if (status.phase != SyncStatus::Phase::kStopped) return sync.Restart();
  const Code code = status.problem->code;
  // Refused: another device, which has synced since, may have listed this one again.
  if (code == Code::kRelayWiped || code == Code::kTokenInvalid || code == Code::kRelayRefused ||
      code == Code::kDeviceRevoked || !honest_)
    return sync.Restart();
  Problem(machine.name + " stopped: " + CodeName(code));
}

std::string World::Digest() const {
  Writer all;
  for (const Site& site : sites_) {
    for (const auto& [id, mailbox] : site.relay.database().mailboxes) {
      all.Raw(id.view());
      for (const auto& record : mailbox.log)
        all.Raw(record->header).Raw(record->signature.view()).Prefixed(record->payload);
      for (const SignedStatement& statement : mailbox.statements) all.Prefixed(statement.body);
    }
  }
  for (const Machine& machine : machines_) {
    for (const auto& [key, value] : machine.store.contents()) all.Prefixed(key).Prefixed(value);
  }
  return Hex(Hash("kith/test/world", {all.bytes()}));
}

}  // namespace kith
