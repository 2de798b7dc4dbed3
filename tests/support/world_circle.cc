// A circle of more than two in the world: how it comes about, what its people do to it and to their own entries, and
// what must hold of it in the end.
#include <algorithm>

#include "client/core/membership.h"
#include "client/wire/pack.h"
#include "tests/support/world.h"

namespace kith {
namespace {

constexpr const char* kName = "all of them";
constexpr const char* kKnownAs = "somebody";

bool Tolerable(Code code) {
  // Not theirs to do, gone meanwhile, or not yet: keys are still on their way.
  return code == Code::kNotOwner || code == Code::kNotFound || code == Code::kInvalidArgument ||
         code == Code::kMalformed || code == Code::kUnknownGeneration || code == Code::kTooLarge;
}

}  // namespace

// ---- How it comes about.

Result<> World::BefriendNow(size_t host, size_t guest) {
  const auto index_of = [&](Machine& machine) {
    size_t index = 0;
    while (&machines_[index] != &machine) ++index;
    return index;
  };
  SetRelay(FirstOf(host));
  Meet(index_of(FirstOf(host)), index_of(FirstOf(guest)), 5);
  Result<> outcome;
  constexpr int kMost = 400;
  for (int i = 0; meeting_ && outcome && i < kMost; ++i) {
    outcome = MeetingStage();
    if (meeting_) wiretap_.Passed(meeting_->message);
  }
  meeting_.reset();
  circle_.reset();
  return outcome;
}

std::optional<MailboxId> World::PairOf(Machine& machine, size_t with) const {
  for (const FriendInfo& one : machine.journal->sharing().Friends()) {
    if (one.person == residents_[with].id) return one.circle;
  }
  return std::nullopt;
}

// In fair weather: everybody is a friend of the first one, who founds it with some of them.
Result<> World::FoundGroup() {
  const Weather weather = std::exchange(weather_, Weather::Calm());
  Heal();
  for (size_t person = 1; person < residents_.size(); ++person) KITH_TRY(BefriendNow(0, person));
  Heal();
  Machine& founder = FirstOf(0);
  SetRelay(founder);
  KITH_TRY_ASSIGN(circle_, Membership(founder.journal->state()).Create(kName, kKnownAs));
  came_[0] = now_;
  Heal();
  const size_t guests = 2 + dice_.Below(residents_.size() - 2);
  for (size_t guest = 1; guest < residents_.size(); ++guest) {
    if (guest > guests) {
      unsteady_.insert(guest);
      continue;
    }
    KITH_TRY(Membership(founder.journal->state()).Invite(*circle_, PairOf(founder, guest).value(), Role::kWriter));
    Heal();
    Membership membership(FirstOf(guest).journal->state());
    KITH_TRY_ASSIGN(const Invitation asked, membership.FindInvitation(kName));
    came_[guest] = ++now_;  // so that what was announced before can be told from what comes
    KITH_TRY(membership.Join(asked.id, kName, kKnownAs));
    Heal();
  }
  weather_ = weather;
  Count("founded a circle of several");
  return {};
}

// ---- What people do.

bool World::Inside(Machine& machine) const {
  const State& state = machine.journal->state();
  const auto known = state.friends.find(*circle_);
  return known != state.friends.end() && known->second.state != FriendState::kLeft &&
         state.RoleIn(*circle_, residents_[machine.person].id).has_value();
}

// Most of what is done in a circle only an owner may do, so one of those acts every second time.
Machine& World::AnActor(Machine& machine) {
  if (dice_.Below(2) == 0) return machine;
  const size_t first = dice_.Below(machines_.size());
  for (size_t i = 0; i < machines_.size(); ++i) {
    Machine& one = machines_[(first + i) % machines_.size()];
    if (Gone(one) || !one.journal || !Inside(one)) continue;
    if (one.journal->state().RoleIn(*circle_, residents_[one.person].id) == Role::kOwner) return one;
  }
  return machine;
}

void World::ActInGroup(Machine& any) {
  Machine& machine = AnActor(any);
  if (!Start(machine)) return;
  NoteSealed(machine);
  const Result<> outcome = ChangeGroup(machine);
  if (!outcome && outcome.error().code == Code::kStorageFailed) {
    Recover(machine, outcome.error());
  } else if (!outcome && !Tolerable(outcome.error().code)) {
    Problem(machine.name + " cannot do what is done in a circle: " + CodeName(outcome.error().code) + " " +
            outcome.error().message);
  }
  if (machine.journal) Observe(machine);
}

Result<> World::ChangeGroup(Machine& machine) {
  Membership membership(machine.journal->state());
  KITH_TRY_ASSIGN(const auto open, membership.Invitations());
  if (!open.empty() && dice_.Below(2) == 0) return AnswerInvitation(machine, dice_.Pick(open).id);
  const uint64_t what = dice_.Below(100);
  if (what < 12) return ShredSomething(machine);
  if (!Inside(machine)) return {};
  if (what < 50) return AskIn(machine);
  if (what < 62) return RemoveSomebody(machine);
  if (what < 68) return RemoveAtOnce(machine);
  if (what < 85) return ChangeRole(machine);
  if (what < 97) return GrantSomebody(machine);
  // One of them at most, that there is somebody to look at.
  if (ledger_.happened["left a circle of several"] > 0) return {};
  Went(machine.person);
  KITH_TRY(membership.Leave(*circle_));
  Count("left a circle of several");
  return {};
}

// Done or not, once it was tried.
void World::Went(size_t person) {
  unsteady_.insert(person);
  went_.insert(person);
}

Result<> World::AnswerInvitation(Machine& machine, const OpId& invitation) {
  Membership membership(machine.journal->state());
  if (dice_.Below(5) == 0) {
    Count("declined");
    return membership.Decline(invitation);
  }
  // An interrupted yes may have been said.
  came_.try_emplace(machine.person, now_);
  const auto joined = membership.Join(invitation, kName, kKnownAs);
  if (joined) Count("said yes");
  return joined ? Result<>() : joined.error();
}

Result<> World::AskIn(Machine& machine) {
  const size_t person = dice_.Below(residents_.size());
  const auto pair = person == machine.person ? std::nullopt : PairOf(machine, person);
  if (!pair) return {};
  const Role role = dice_.Below(4) == 0 ? Role::kReader : Role::kWriter;
  KITH_TRY(Membership(machine.journal->state()).Invite(*circle_, *pair, role));
  Count("asked in");
  return {};
}

std::optional<size_t> World::SomeMember(Machine& machine) {
  const auto members = Membership(machine.journal->state()).Members(*circle_);
  if (!members || members->size() < 2) return std::nullopt;
  const MemberInfo& chosen = dice_.Pick(*members);
  const auto found = std::ranges::find(residents_, chosen.person, &Resident::id);
  if (found == residents_.end() || chosen.own) return std::nullopt;
  return static_cast<size_t>(found - residents_.begin());
}

Result<> World::RemoveSomebody(Machine& machine) {
  const auto person = SomeMember(machine);
  if (!person) return {};
  Went(*person);
  KITH_TRY(Membership(machine.journal->state()).Remove(*circle_, residents_[*person].id));
  Count("removed");
  return {};
}

// Two, before either can hear of the other.
Result<> World::RemoveAtOnce(Machine& machine) {
  Machine& other = AnyMachine();
  if (other.person == machine.person || Gone(other) || !Start(other) || !Inside(other)) return {};
  NoteSealed(other);
  const size_t before = ledger_.happened["removed"];
  KITH_TRY(RemoveSomebody(machine));
  if (const Result<> second = RemoveSomebody(other); !second) {
    if (second.error().code == Code::kStorageFailed) Recover(other, second.error());
    return Tolerable(second.error().code) || second.error().code == Code::kStorageFailed ? Result<>() : second;
  }
  if (ledger_.happened["removed"] == before + 2) Count("removed at once");
  return {};
}

Result<> World::ChangeRole(Machine& machine) {
  const auto person = SomeMember(machine);
  if (!person) return {};
  constexpr Role kRoles[] = {Role::kOwner, Role::kOwner, Role::kWriter, Role::kReader};
  KITH_TRY(Membership(machine.journal->state()).SetRole(*circle_, residents_[*person].id, dice_.Pick(kRoles)));
  Count("got another role");
  return {};
}

Result<> World::GrantSomebody(Machine& machine) {
  const auto person = SomeMember(machine);
  if (!person) return {};
  granted_.insert(*person);
  KITH_TRY(Membership(machine.journal->state()).GrantHistory(*circle_, residents_[*person].id));
  Count("granted history");
  return {};
}

Result<> World::ShredSomething(Machine& machine) {
  KITH_TRY_ASSIGN(const auto entries, machine.journal->Present());
  if (entries.empty()) return {};
  const EntryId entry = dice_.Pick(entries);
  bool& certain = shreds_[entry];
  for (auto& [id, share] : ledger_.shares) {
    if (share.entry == entry && share.back == Ledger::Share::Back::kNo) share.back = Ledger::Share::Back::kPerhaps;
  }
  KITH_TRY(machine.journal->Shred(entry));
  certain = true;
  Count("shredded");
  return {};
}

// ---- Who is in it.

// Called before what a machine knows of the circle can change: under which keys it has sealed, and for whom no more.
void World::NoteSealed(Machine& machine) {
  // Who has left only takes back.
  if (!grouped() || !circle_ || Gone(machine) || !Inside(machine)) return;
  const State& state = machine.journal->state();
  const Roster* roster = state.FindRoster(*circle_);
  const Transaction tx(machine.store);
  for (const storage::Lane& lane : state.lanes.all()) {
    if (lane.mailbox != *circle_ || !lane.seed) continue;
    for (uint64_t& seq = sealed_[lane.key]; seq < lane.stored_seq;) {
      const auto record = Lanes::GetRecord(tx, lane, ++seq);
      const auto header =
          record && *record ? RecordHeader::Parse((*record)->header) : Result<RecordHeader>(Fail(Code::kNotFound));
      if (!header || header->kind != RecordKind::kSealed || (*record)->payload.empty()) continue;
      const auto opened = state.keyring.Open(*header, (*record)->payload);
      if (!opened) continue;
      for (const size_t person : went_) {
        if (!roster->Has(residents_[person].id)) sealed_without_.emplace(person, opened->generation);
      }
    }
  }
}

// Nobody of this person's is let in by the relay: there is nothing to ask for.
bool World::ShutOut(const Machine& machine, const MailboxId& mailbox) const {
  if (!grouped() || mailbox != circle_) return false;
  const SimRelay::Mailbox* const there = Find(mailbox);
  return there != nullptr && machine.journal->state().keyring.SeatIn(mailbox, there->seats) == nullptr;
}

// As those know it who are let in: who was removed cannot know.
const Roster* World::GroupRoster() const {
  const Roster* fullest = nullptr;
  for (const Machine& machine : machines_) {
    if (!machine.journal || Gone(machine) || ShutOut(machine, *circle_)) continue;
    const Roster* roster = machine.journal->state().FindRoster(*circle_);
    if (roster == nullptr) continue;
    if (fullest == nullptr || roster->operations().size() > fullest->operations().size()) fullest = roster;
  }
  return fullest;
}

bool World::OutOfGroup(const Machine& machine, const MailboxId& mailbox) const {
  if (!grouped() || mailbox != circle_) return false;
  const Roster* roster = GroupRoster();
  return ShutOut(machine, mailbox) || roster == nullptr || !roster->Has(residents_[machine.person].id);
}

// ---- What must hold.

void World::CheckGroup() {
  const Roster* roster = GroupRoster();
  if (roster == nullptr) return;  // everybody is gone
  CheckGroupKeys(*roster);
  CheckGroupSeats(*roster);
  CheckSealedWithout();
  CheckShredded();
  for (size_t person = 0; person < residents_.size(); ++person) {
    if (!roster->Has(residents_[person].id)) continue;
    Machine& first = FirstOf(person);
    const std::string shares = SharesShown(first);
    const std::string answers = AnswersShown(first);
    for (Machine* machine : MachinesOf(person)) {
      if (Gone(*machine) || OutOfGroup(*machine, *circle_)) continue;
      const Roster* known = machine->journal->state().FindRoster(*circle_);
      if (known == nullptr || known->HeadHash() != roster->HeadHash() || known->members() != roster->members())
        Problem(machine->name + " knows others to be in the circle");
      if (SharesShown(*machine) != shares) Problem(machine->name + " shows other shares than " + first.name);
      if (AnswersShown(*machine) != answers) Problem(machine->name + " shows other answers than " + first.name);
    }
    CheckGroupShares(first, *roster);
  }
}

// Who is not in it has no key that honours that; who came later has none from before, unless it was granted.
void World::CheckGroupKeys(const Roster& roster) {
  std::map<GenerationId, uint64_t> announced;
  for (const Caught& caught : wiretap_.records()) {
    if (caught.header.mailbox == *circle_ && caught.header.kind == RecordKind::kGeneration)
      announced.emplace(GenerationIdOf(caught.record->payload), caught.step);
  }
  const auto insider = std::ranges::find_if(machines_, [&](Machine& one) {
    return !Gone(one) && !OutOfGroup(one, *circle_) && one.journal->state().FindRoster(*circle_) != nullptr;
  });
  for (Machine& machine : machines_) {
    const Keyring& keyring = machine.journal->state().keyring;
    const bool member = roster.Has(residents_[machine.person].id);
    if (!member && insider != machines_.end()) {
      const State& state = insider->journal->state();
      for (const Keyring::Generation* one : state.keyring.All(*circle_)) {
        if (state.Covers(*circle_, *one) && keyring.Has(*circle_, one->id))
          Problem(machine.name + " has a key to a circle that its person is not in");
      }
    }
    const auto came = came_.find(machine.person);
    if (granted_.contains(machine.person)) continue;
    for (const auto& [id, step] : announced) {
      if ((came == came_.end() || step < came->second) && keyring.Has(*circle_, id))
        Problem(machine.name + " has a key from before its person came");
    }
  }
}

// Who was removed opens nothing that was sealed by who knew it.
void World::CheckSealedWithout() {
  for (const auto& [person, generation] : sealed_without_) {
    if (granted_.contains(person)) continue;
    for (Machine* machine : MachinesOf(person)) {
      if (machine->journal->state().keyring.Has(*circle_, generation))
        Problem(machine->name + " opens what was sealed without its person");
    }
  }
}

// The relay lets in whom the roster names, as long as there is somebody who may tell it.
void World::CheckGroupSeats(const Roster& roster) {
  const SimRelay::Mailbox* const there = Find(*circle_);
  if (there == nullptr) return Problem("no relay has the circle");
  if (!roster.HasOwner()) return;
  size_t listed = 0;
  for (const auto& [person, role] : roster.members()) {
    const SeatKeyId* seat = there->seats.Present(roster.Find(person)->seat);
    if (seat == nullptr) {
      Problem("somebody in a circle is not let in by its relay");
      continue;
    }
    ++listed;
    if (there->seats.seats().at(*seat).owner != (role == Role::kOwner)) Problem("a relay takes somebody for an owner");
  }
  if (there->seats.seats().size() != listed) Problem("a relay lets somebody in who is not in the circle");
}

// Against what the world saw done.
void World::CheckGroupShares(Machine& reader, const Roster& roster) {
  std::map<ShareId, ReceivedShare> received;
  const auto listed = reader.journal->sharing().Inbox([&](const ReceivedShare& share) {
    received.emplace(share.id, share);
    return true;
  });
  if (!listed) return Problem(reader.name + " cannot read its inbox");
  for (const auto& [id, share] : received) {
    const auto known = ledger_.shares.find(id);
    if (known == ledger_.shares.end()) continue;  // its making was interrupted, and had been done
    if (share.author != residents_[known->second.author].id)
      Problem(reader.name + " takes somebody else for an author");
    if (std::ranges::find(known->second.contents, share.content) == known->second.contents.end())
      Problem(reader.name + " has other words than were shared");
  }
  for (const auto& [id, share] : ledger_.shares) {
    if (share.author == reader.person) continue;
    const bool there = received.contains(id);
    if (!share.released && there) Problem(reader.name + " has a share that never left");
    if (share.back == Ledger::Share::Back::kYes && there)
      Problem(reader.name + " still has a share that was taken back");
    const auto role = roster.members().find(residents_[share.author].id);
    const bool heard = role != roster.members().end() && role->second != Role::kReader;
    if (!heard && there) Problem(reader.name + " shows a share of somebody who may not");
    const bool both = !unsteady_.contains(reader.person) && !unsteady_.contains(share.author);
    const bool stands = heard && both && share.back == Ledger::Share::Back::kNo && share.certain;
    if (stands && !there && !shreds_.contains(share.entry)) Problem(reader.name + " lacks a share that was let go");
  }
}

// What was shredded for certain is nowhere: in no list, no vault and at no relay.
void World::CheckShredded() {
  const auto has_words = [&](size_t person, const SignedRecord& record) {
    // What stands beyond a revoked device's end nobody shows, and nobody takes away.
    State& state = FirstOf(person).journal->state();
    const auto header = RecordHeader::Parse(record.header);
    const storage::Lane* lane = header ? state.lanes.Find(header->lane) : nullptr;
    if (lane != nullptr && Ended(state, *lane) && header->seq > lane->applied_seq) return false;
    const auto plain = OpenAs(person, record);
    const auto pack = plain ? DecodePack(plain->view()) : Result<Pack>(Fail(Code::kNotFound));
    if (!pack) return false;
    return std::ranges::any_of(pack->ops, [&](const Bytes& bytes) {
      const auto op = DecodeOp(bytes);
      const auto* version = op ? std::get_if<Version>(&*op) : nullptr;
      const auto shredded = version == nullptr ? shreds_.end() : shreds_.find(version->entry);
      return shredded != shreds_.end() && shredded->second && version->state == VersionState::kContent;
    });
  };
  for (size_t person = 0; person < residents_.size(); ++person) {
    const SimRelay::Mailbox* const own = Find(residents_[person].mailbox);
    if (own == nullptr) continue;
    for (const auto& record : own->log) {
      if (has_words(person, *record)) Problem("a relay still has words that were shredded");
    }
  }
  for (Machine& machine : machines_) {
    if (Gone(machine)) continue;
    const Bytes from = storage::Key(storage::Prefix::kRecord);
    const auto read =
        machine.store.Scan(from, storage::After(from), Store::Order::kAscending, [&](ByteView, ByteView value) {
          const auto record = storage::DecodeRecord(value);
          if (record && has_words(machine.person, *record))
            Problem(machine.name + " still has words that were shredded");
          return true;
        });
    if (!read) Problem(machine.name + " cannot be read");
    for (const auto& [entry, certain] : shreds_) {
      const auto shown = machine.journal->Show(entry);
      if (certain && shown) Problem(machine.name + " still shows an entry that was shredded");
    }
  }
}

// Whether its loss is nothing to be told: it was shredded, or perhaps.
bool World::Shredded(Machine& machine, const EntryId& entry) const {
  if (!shreds_.contains(entry)) return false;
  const auto shown = machine.journal->Show(entry);
  return !shown && shown.error().code == Code::kShredded;
}

}  // namespace kith
