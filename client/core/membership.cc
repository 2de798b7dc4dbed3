#include "client/core/membership.h"

#include <algorithm>
#include <map>
#include <set>

#include "client/core/circles.h"
#include "client/core/intake.h"
#include "client/core/invitations.h"
#include "client/core/limits.h"
#include "client/core/outbox.h"
#include "client/core/sharing_parts.h"
#include "client/model/text.h"
#include "crypto/base/limits.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

Error NoCircle() { return Fail(Code::kNotFound, "There is no such circle. `kith circle list` shows them."); }
Error NoMember() { return Fail(Code::kNotFound, "Nobody there has this name. `kith circle members` shows who is."); }

// What counts, of circles of more than two.
const FriendOp* Active(const State& state, const MailboxId& circle) {
  const auto known = state.friends.find(circle);
  const bool active = known != state.friends.end() && !known->second.IsPair();
  return active && known->second.state != FriendState::kLeft ? &known->second : nullptr;
}

// The circle of two with somebody who is a friend still; nullptr when there is none.
const FriendOp* FriendOf(const State& state, const PersonId& person) {
  for (const auto& [circle, known] : state.friends) {
    if (known.IsPair() && known.person == person && known.state != FriendState::kLeft) return &known;
  }
  return nullptr;
}

// Whose each seat at the relay is, by its present key: of several who came with keys of one, who came first. A key that
// a member's seat has now is known to the relay and to everybody in the circle, so anybody may come and name it.
std::map<SeatKeyId, PersonId> HoldersOf(const Roster& roster, const SeatTable& seats) {
  std::map<SeatKeyId, PersonId> holders;
  const auto came = [&](const RosterMember& member) {
    if (const SeatKeyId* present = seats.Present(member.seat)) holders.emplace(*present, member.person);
  };
  for (const SignedRosterOp& signed_op : roster.operations()) {
    const auto op = RosterOp::Decode(signed_op.body);
    if (!op) continue;
    if (const auto* genesis = std::get_if<RosterGenesis>(&op->kind)) std::ranges::for_each(genesis->members, came);
    if (const auto* add = std::get_if<AddMember>(&op->kind)) came(add->member);
  }
  return holders;
}

std::string NameOf(const State& state, const Roster& roster, const PersonId& person) {
  const FriendOp* met = FriendOf(state, person);
  return met == nullptr ? roster.Find(person)->name : met->label;
}

std::vector<std::string> WaitsFor(const State& state, const Roster& roster, const MailboxId& circle) {
  std::vector<std::string> names;
  if (!roster.Has(state.identity.person) || state.SealingGeneration(circle) != nullptr) return names;
  for (const auto& [person, role] : roster.members()) {
    const Person* member = state.FindPerson(person);
    if (person == state.identity.person || (member != nullptr && member->SealingKeyCovers())) continue;
    names.push_back(NameOf(state, roster, person));
  }
  return names;
}

// Whose newest words were sealed without this person, though they are in the circle.
std::vector<std::string> ShutsOut(const State& state, const Roster& roster, const Mailbox& mailbox) {
  std::set<PersonId> people;
  const std::map<SeatKeyId, PersonId> holders = HoldersOf(roster, mailbox.seats);
  for (const storage::Lane& lane : state.lanes.all()) {
    if (lane.mailbox != mailbox.id || lane.seed || lane.shut_out <= lane.opened) continue;
    // A lane that nothing here opens has not said whose it is.
    const SeatKeyId* seat = mailbox.seats.SeatOf(lane.key);
    const auto holder = seat == nullptr ? holders.end() : holders.find(*seat);
    const PersonId author = lane.person.IsZero() && holder != holders.end() ? holder->second : lane.person;
    if (roster.Has(author) && author != state.identity.person) people.insert(author);
  }
  std::vector<std::string> names;
  for (const PersonId& person : people) names.push_back(NameOf(state, roster, person));
  return names;
}

CircleInfo InfoOf(const State& state, const FriendOp& known) {
  CircleInfo info{.circle = known.circle,
                  .name = known.label,
                  .state = known.state,
                  .role = {},
                  .waits_for = {},
                  .shuts_out = {},
                  .relay = {}};
  if (const Roster* roster = state.FindRoster(known.circle)) {
    info.role = state.RoleIn(known.circle, state.identity.person);
    info.members = roster->members().size();
    info.has_owner = roster->HasOwner();
    info.waits_for = WaitsFor(state, *roster, known.circle);
    info.known = true;
  }
  const auto mailbox = state.mailboxes.find(known.circle);
  if (mailbox == state.mailboxes.end()) return info;
  info.relay = {.address = mailbox->second.sync.relay_address, .key = mailbox->second.sync.relay_key};
  if (const Roster* roster = state.FindRoster(known.circle); roster != nullptr && info.role)
    info.shuts_out = ShutsOut(state, *roster, mailbox->second);
  return info;
}

// An invitation may name any mailbox: this person's own one too, and those that they share with one friend each.
bool IsAnother(const State& state, const MailboxId& circle) {
  if (state.IsSelf(circle)) return true;
  return !state.IsGroup(circle) && (state.mailboxes.contains(circle) || state.friends.contains(circle));
}

// Puts an operation of this person into a circle's outbox and takes it in here.
Result<> SayIn(State& state, Transaction& tx, const MailboxId& circle, const Op& op) {
  KITH_TRY_ASSIGN(Mailbox * mailbox, sharing::CircleOf(state, circle));
  const Bytes bytes = EncodeOp(op);
  const storage::Place place = Outbox(state).Add(tx, *mailbox, {&bytes, 1});
  return Intake(state).ApplyCircleOp(tx, circle, state.identity.person, bytes, place);
}

CircleAnswerOp ANo(State& state, const KnownInvite& invite) {
  return {.hlc = state.NextHlc(),
          .invite = invite.id,
          .circle = invite.op.circle,
          .accepted = false,
          .seat = {},
          .name = {}};
}

Invitation Shown(const State& state, const KnownInvite& invite) {
  return {.id = invite.id,
          .circle = invite.op.circle,
          .name = invite.op.name,
          .from = state.friends.at(invite.pair).label,
          .role = invite.op.role,
          .members = invite.op.members};
}

}  // namespace

Result<MailboxId> Membership::Create(const std::string& name, const std::string& as) {
  KITH_TRY(CheckFriendLabel(name));
  if (!as.empty()) KITH_TRY(CheckFriendLabel(as));
  KITH_TRY_ASSIGN(Home home, SpareToken(state_));
  Transaction tx(state_.store);
  KITH_TRY_ASSIGN(const MailboxId circle, FoundCircle(state_, tx, name, as, home.relay, std::move(home.token)));
  state_.self().sync.tokens.pop_back();
  state_.SaveMailbox(tx, state_.self());
  KITH_TRY(state_.Commit(tx));
  return circle;
}

std::vector<CircleInfo> Membership::Circles() const {
  std::vector<CircleInfo> circles;
  for (const auto& [circle, known] : state_.friends) {
    if (Active(state_, circle) != nullptr) circles.push_back(InfoOf(state_, known));
  }
  std::ranges::sort(circles, {}, [](const CircleInfo& info) { return std::pair(FoldCase(info.name), info.circle); });
  return circles;
}

Result<CircleInfo> Membership::Find(const std::string& name) const {
  std::vector<CircleInfo> found = Circles();
  std::erase_if(found, [&](const CircleInfo& info) { return FoldCase(info.name) != FoldCase(name); });
  if (found.empty()) return NoCircle();
  if (found.size() > 1)
    return Fail(Code::kAmbiguous,
                "More than one circle has this name. Give one of them another with `kith circle rename`.");
  return std::move(found.front());
}

Result<std::vector<MemberInfo>> Membership::Members(const MailboxId& circle) const {
  if (Active(state_, circle) == nullptr) return NoCircle();
  std::vector<MemberInfo> members;
  const Roster* roster = state_.FindRoster(circle);
  if (roster == nullptr) return members;
  for (const auto& [person, role] : roster->members()) {
    const FriendOp* met = FriendOf(state_, person);
    members.push_back({.person = person,
                       .name = roster->Find(person)->name,
                       .friend_label = met == nullptr ? std::string() : met->label,
                       .role = role,
                       .own = person == state_.identity.person});
  }
  std::ranges::stable_sort(members, {}, [](const MemberInfo& one) { return std::pair(one.role, FoldCase(one.name)); });
  return members;
}

Result<MemberInfo> Membership::FindMember(const MailboxId& circle, const std::string& name) const {
  KITH_TRY_ASSIGN(const auto members, Members(circle));
  for (const bool by_label : {true, false}) {
    std::vector<MemberInfo> found;
    std::ranges::copy_if(members, std::back_inserter(found), [&](const MemberInfo& one) {
      const std::string& called = by_label ? one.friend_label : one.name;
      return !called.empty() && FoldCase(called) == FoldCase(name);
    });
    if (found.size() == 1) return std::move(found.front());
    if (found.size() > 1)
      return Fail(Code::kAmbiguous,
                  "More than one person there has this name. Use what you call them as friends, if they are yours.");
  }
  return NoMember();
}

Result<const Roster*> Membership::OwnersRoster(const MailboxId& circle) const {
  if (Active(state_, circle) == nullptr) return NoCircle();
  const Roster* roster = state_.FindRoster(circle);
  if (roster == nullptr)
    return Fail(Code::kNotFound, "Who is in this circle has not arrived here yet. Run `kith sync` first.");
  if (state_.RoleIn(circle, state_.identity.person) != Role::kOwner) {
    return Fail(Code::kNotOwner,
                roster->HasOwner() ? "Only an owner of the circle may do that. `kith circle members` shows who is."
                                   : "This circle has no owner any more, so nobody can change who is in it. Those who "
                                     "are in it can go on; to take others in, found another one.");
  }
  return roster;
}

Result<> Membership::Change(const MailboxId& circle, const SignedRosterOp& op) {
  Transaction tx(state_.store);
  KITH_TRY(state_.AddRosterOp(tx, circle, op));
  return state_.Commit(tx);
}

Result<> Membership::Invite(const MailboxId& circle, const MailboxId& pair, Role role) {
  KITH_TRY_ASSIGN(const Roster* roster, OwnersRoster(circle));
  KITH_TRY_ASSIGN(const FriendOp* met, sharing::ActiveFriend(state_, pair));
  if (!met->IsPair()) return Fail(Code::kInvalidArgument, "A friend can be asked in, and nobody else.");
  if (roster->Has(met->person)) return Fail(Code::kInvalidArgument, "This friend is in the circle already.");
  if (roster->members().size() >= limits::kMembers)
    return Fail(Code::kTooLarge, "There are 50 people in this circle, which is as many as it takes.");
  const Mailbox& mailbox = state_.mailboxes.at(circle);
  std::vector<OpId> heads = roster->heads();
  heads.resize(std::min(heads.size(), limits::kInviteHeads));
  Transaction tx(state_.store);
  KITH_TRY(SayIn(state_, tx, pair,
                 CircleInviteOp{.hlc = state_.NextHlc(),
                                .circle = circle,
                                .roster = *roster->genesis(),
                                .name = state_.friends.at(circle).label,
                                .relay = FormatRelayAddress(
                                    {.address = mailbox.sync.relay_address, .key = mailbox.sync.relay_key}),
                                .role = role,
                                .members = static_cast<uint32_t>(roster->members().size()),
                                .heads = std::move(heads)}));
  return state_.Commit(tx);
}

Result<> Membership::Uninvite(const MailboxId& circle, const std::string& label) {
  KITH_TRY_ASSIGN(const Roster* roster, OwnersRoster(circle));
  KITH_TRY_ASSIGN(const auto invites, ReadInvites(state_.store));
  Transaction tx(state_.store);
  for (const KnownInvite& invite : invites) {
    const auto pair = state_.friends.find(invite.pair);
    if (invite.author != state_.identity.person || invite.op.circle != circle || roster->Used(invite.id) ||
        pair == state_.friends.end() || pair->second.state == FriendState::kLeft ||
        FoldCase(pair->second.label) != FoldCase(label)) {
      continue;
    }
    KITH_TRY_ASSIGN(const bool withdrawn, Withdrawn(tx, invite));
    if (!withdrawn) KITH_TRY(SayIn(state_, tx, invite.pair, ANo(state_, invite)));
  }
  if (tx.empty()) return NoMember();
  return state_.Commit(tx);
}

Result<> Membership::Remove(const MailboxId& circle, const PersonId& person) {
  KITH_TRY_ASSIGN(const Roster* roster, OwnersRoster(circle));
  if (!roster->Has(person)) return NoMember();
  if (person == state_.identity.person)
    return Fail(Code::kInvalidArgument, "Nobody removes themselves. Use `kith circle leave`.");
  return Change(circle, SignRosterOp(state_, *roster, RemoveMember{.person = person}));
}

Result<> Membership::SetRole(const MailboxId& circle, const PersonId& person, Role role) {
  KITH_TRY_ASSIGN(const Roster* roster, OwnersRoster(circle));
  if (!roster->Has(person)) return NoMember();
  if (roster->members().at(person) == role) return {};
  return Change(circle, SignRosterOp(state_, *roster, kith::SetRole{.person = person, .role = role}));
}

Result<> Membership::GrantHistory(const MailboxId& circle, const PersonId& person) {
  KITH_TRY_ASSIGN(const Roster* roster, OwnersRoster(circle));
  if (!roster->Has(person)) return NoMember();
  if (person == state_.identity.person)
    return Fail(Code::kInvalidArgument, "You have all that could be granted to you. Name another member.");
  KITH_TRY_ASSIGN(const HistoryGrantOp grant, MakeGrant(state_, circle, person));
  Transaction tx(state_.store);
  KITH_TRY(SayIn(state_, tx, circle, grant));
  return state_.Commit(tx);
}

Result<std::vector<Invitation>> Membership::Invitations() const {
  KITH_TRY_ASSIGN(auto invites, ReadInvites(state_.store));
  std::ranges::sort(invites, std::greater(), [](const KnownInvite& one) { return std::pair(one.op.hlc, one.id); });
  const Transaction tx(state_.store);
  // Who is asked by what they have heard of the circle while they were in it is in it by that. Who was removed has not
  // heard of that: what asks them again names more. No clock says so: they differ.
  const auto past = [this](const KnownInvite& invite) {
    const Roster* roster = state_.FindRoster(invite.op.circle);
    const auto heard = [&](const OpId& head) { return roster->HasOp(head); };
    if (roster == nullptr || roster->pair() || !std::ranges::all_of(invite.op.heads, heard)) return false;
    return roster->Has(state_.identity.person) || roster->WentSince(state_.identity.person, invite.op.heads);
  };
  // While nothing is heard of the circle, what names no more than one that was said yes to says nothing new.
  std::set<std::pair<MailboxId, std::vector<OpId>>> answered;
  for (const KnownInvite& invite : invites) {
    KITH_TRY_ASSIGN(const auto answer, FindAnswer(tx, invite.id, state_.identity.person));
    const bool waits = answer && answer->op.accepted && state_.FindRoster(invite.op.circle) == nullptr;
    if (waits) answered.emplace(invite.op.circle, invite.op.heads);
  }
  std::vector<Invitation> open;
  for (const KnownInvite& invite : invites) {
    const auto pair = state_.friends.find(invite.pair);
    const auto circle = state_.friends.find(invite.op.circle);
    const bool left = circle != state_.friends.end() && circle->second.state == FriendState::kLeft;
    if (invite.author == state_.identity.person || pair == state_.friends.end() || left ||
        pair->second.state == FriendState::kLeft || answered.contains({invite.op.circle, invite.op.heads}) ||
        past(invite) || Lapsed(state_, invite)) {
      continue;
    }
    KITH_TRY_ASSIGN(const auto answer, FindAnswer(tx, invite.id, state_.identity.person));
    KITH_TRY_ASSIGN(const bool withdrawn, Withdrawn(tx, invite));
    if (!answer && !withdrawn) open.push_back(Shown(state_, invite));
  }
  return open;
}

Result<Invitation> Membership::FindInvitation(const std::string& name) const {
  KITH_TRY_ASSIGN(auto open, Invitations());
  std::erase_if(open, [&](const Invitation& one) { return FoldCase(one.name) != FoldCase(name); });
  if (open.empty())
    return Fail(Code::kNotFound, "You are not asked into such a circle. `kith circle invitations` shows into which.");
  const bool one = std::ranges::all_of(open, [&](const Invitation& other) { return other.circle == open[0].circle; });
  if (!one)
    return Fail(Code::kAmbiguous,
                "You are asked into several circles of this name. Decline one, or have it renamed and ask again.");
  return std::move(open.front());
}

Result<Invitation> Membership::Open(const OpId& invitation, KnownInvite& found) const {
  KITH_TRY_ASSIGN(const auto open, Invitations());
  const auto shown = std::ranges::find(open, invitation, &Invitation::id);
  KITH_TRY_ASSIGN(const auto all, ReadInvites(state_.store));
  const auto known = std::ranges::find(all, invitation, &KnownInvite::id);
  if (shown == open.end() || known == all.end())
    return Fail(Code::kNotFound, "There is no such invitation any more. `kith circle invitations` shows them.");
  found = *known;
  return *shown;
}

// By this name this person finds friends and circles alike. Whoever asks chooses what the circle is called in the
// invitation, and must not make a friend unreachable by it.
Result<> Membership::CheckFree(const std::string& name, const MailboxId& circle) const {
  for (const auto& [id, known] : state_.friends) {
    if (id != circle && known.state != FriendState::kLeft && FoldCase(known.label) == FoldCase(name))
      return Fail(Code::kAmbiguous,
                  "You call a friend or a circle by this name already. Join it under another one: `kith circle join "
                  "NAME --call OTHER`.");
  }
  return {};
}

Result<MailboxId> Membership::Join(const OpId& invitation, const std::string& name, const std::string& as) {
  KnownInvite invite;
  KITH_TRY(Open(invitation, invite));
  KITH_TRY(CheckFriendLabel(name));
  KITH_TRY(CheckFree(name, invite.op.circle));
  if (!as.empty()) KITH_TRY(CheckFriendLabel(as));
  KITH_TRY(CheckRoom(state_));
  if (IsAnother(state_, invite.op.circle))
    return Fail(Code::kInvalidArgument,
                "This invitation is to something that is no circle. Decline it, and tell the friend who sent it.");
  KITH_TRY_ASSIGN(const RelayAddress relay, ParseRelayAddress(invite.op.relay));
  const Signer seat = Signer::Generate();
  const auto before = state_.friends.find(invite.op.circle);
  if (before != state_.friends.end() && before->second.roster != invite.op.roster)
    return Fail(Code::kInvalidArgument, "This invitation does not fit what you know of the circle. Ask for another.");
  if (before != state_.friends.end() && before->second.state == FriendState::kLeft)
    return Fail(Code::kInvalidArgument,
                "You have left this circle, and that is for good. Ask an owner to found another one with you.");
  Transaction tx(state_.store);
  KITH_TRY(EnsureSealingKey(state_, tx));
  const Hlc hlc = state_.NextHlcAfter(before == state_.friends.end() ? 0 : before->second.hlc);
  KITH_TRY(sharing::Say(
      state_, tx, state_.self(),
      FriendOp{.hlc = hlc, .circle = invite.op.circle, .person = {}, .label = name, .roster = invite.op.roster}));
  KITH_TRY(TellSeat(state_, tx, invite.op.circle, seat, relay, {}, std::nullopt));
  KITH_TRY(SayIn(state_, tx, invite.pair,
                 CircleAnswerOp{.hlc = state_.NextHlc(),
                                .invite = invite.id,
                                .circle = invite.op.circle,
                                .accepted = true,
                                .seat = seat.public_key(),
                                .name = as}));
  KITH_TRY(state_.Commit(tx));
  return invite.op.circle;
}

Result<> Membership::Decline(const OpId& invitation) {
  KnownInvite invite;
  KITH_TRY(Open(invitation, invite));
  Transaction tx(state_.store);
  KITH_TRY(SayIn(state_, tx, invite.pair, ANo(state_, invite)));
  return state_.Commit(tx);
}

Result<> Membership::Leave(const MailboxId& circle) {
  if (Active(state_, circle) == nullptr) return NoCircle();
  KITH_TRY(TakeBackYes(circle));
  return Sharing(state_).Leave(circle);
}

// Who is not in it yet, as far as is known here, may be let in any time: a circle that was left is not synced.
Result<> Membership::TakeBackYes(const MailboxId& circle) {
  if (state_.RoleIn(circle, state_.identity.person)) return {};
  KITH_TRY_ASSIGN(const auto invites, ReadInvites(state_.store));
  Transaction tx(state_.store);
  for (const KnownInvite& invite : invites) {
    const auto pair = state_.friends.find(invite.pair);
    if (invite.op.circle != circle || pair == state_.friends.end() || pair->second.state == FriendState::kLeft)
      continue;
    KITH_TRY_ASSIGN(const auto answer, FindAnswer(tx, invite.id, state_.identity.person));
    if (invite.author != state_.identity.person && answer && answer->op.accepted)
      KITH_TRY(SayIn(state_, tx, invite.pair, ANo(state_, invite)));
  }
  return tx.empty() ? Result<>() : state_.Commit(tx);
}

Result<> SayWhatHolds(State& state, Transaction& tx, const MailboxId& circle) {
  const Roster* roster = state.FindRoster(circle);
  if (roster == nullptr || roster->pair() || Active(state, circle) == nullptr) return {};
  const bool speaks = state.RoleIn(circle, state.identity.person) == Role::kOwner &&
                      state.person->IsDevice(state.device->public_key()) &&
                      state.person->heads().size() <= limits::kRosterPersonHeads;
  if (!speaks || !roster->OwesWord(state.identity.person)) return {};
  // It changes nothing itself: what matters is what it follows.
  const SignedRosterOp op =
      SignRosterOp(state, *roster, kith::SetRole{.person = state.identity.person, .role = Role::kOwner});
  const auto said = state.AddRosterOp(tx, circle, op);
  return said || !IsStoreError(said.error().code) ? Result<>() : said.error();
}

Result<> SayWhoIsShutOut(State& state, Transaction& tx, const MailboxId& circle) {
  const bool speaks = Active(state, circle) != nullptr && state.person->IsDevice(state.device->public_key()) &&
                      state.RoleIn(circle, state.identity.person) == Role::kOwner;
  if (!speaks) return {};
  const SeatTable& seats = state.mailboxes.at(circle).seats;
  const auto members = state.FindRoster(circle)->members();  // as they were before anything is said
  for (const auto& [person, role] : members) {
    const Roster& roster = *state.FindRoster(circle);
    const RosterMember* member = roster.Find(person);
    if (member == nullptr || person == state.identity.person || seats.Present(member->seat) != nullptr) continue;
    if (!seats.EverListed(member->seat)) continue;  // to be let in yet
    const auto said = state.AddRosterOp(tx, circle, SignRosterOp(state, roster, RemoveMember{.person = person}));
    if (!said && IsStoreError(said.error().code)) return said.error();
  }
  return {};
}

std::vector<SeatChange> MemberSeatsDue(const State& state, const Mailbox& mailbox) {
  std::vector<SeatChange> due;
  const Roster* roster = state.FindRoster(mailbox.id);
  const Keyring::HeldSeat* own = state.keyring.SeatIn(mailbox.id, mailbox.seats);
  if (roster == nullptr || roster->pair() || own == nullptr || Active(state, mailbox.id) == nullptr) return due;
  const SeatKeyId speaks = own->signer->public_key();
  const SeatTable& seats = mailbox.seats;
  if (state.RoleIn(mailbox.id, state.identity.person) != Role::kOwner || !seats.seats().at(speaks).owner) return due;
  const std::map<SeatKeyId, PersonId> holders = HoldersOf(*roster, seats);
  std::vector<SeatChange> roles;
  // What takes goes first: a full mailbox, or a statement too long, holds no removal back.
  for (const auto& [key, seat] : seats.seats()) {
    const auto holder = holders.find(key);
    const PersonId person = holder == holders.end() ? PersonId() : holder->second;
    const RosterMember* member = roster->Find(person);
    const SeatKeyId* theirs = member == nullptr ? nullptr : seats.Present(member->seat);
    // Who leaves closes their lanes themselves, once what they have shared is taken back.
    const bool leaving = member == nullptr && !person.IsZero() && !roster->Removed(person) && !seat.lanes.empty();
    const bool stays = key == speaks || (theirs != nullptr && *theirs == key) || leaving;
    if (!stays) due.emplace_back(RemoveSeat{.seat = key});
    const bool owner = member != nullptr && roster->members().at(person) == Role::kOwner;
    if (stays && key != speaks && seat.owner != owner) roles.emplace_back(SetOwner{.seat = key, .owner = owner});
  }
  due.insert(due.end(), roles.begin(), roles.end());
  std::set<SeatKeyId> added;
  for (const auto& [person, role] : roster->members()) {
    const SeatKeyId& first = roster->Find(person)->seat;
    if (!seats.EverListed(first) && added.insert(first).second)
      due.emplace_back(AddSeat{.seat = first, .owner = role == Role::kOwner});
  }
  constexpr size_t kMost = 150;  // of one statement, which a seat's own changes may join; the others follow
  if (due.size() > kMost) due.resize(kMost);
  return due;
}

}  // namespace kith
