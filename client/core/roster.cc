#include "client/core/roster.h"

#include <algorithm>
#include <utility>

#include "client/core/limits.h"
#include "crypto/base/limits.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

constexpr size_t kPairMembers = 2;

Error Full() {
  return Fail(
      Code::kTooLarge,
      "This circle has seen as many changes as Kith keeps. Members can still be removed, and can leave; to take "
      "others in, found another circle.");
}

Error Forged() { return Fail(Code::kForgedRecord, "What says who is in a circle does not hold. It was refused."); }

// Whom an operation is about; zeros for a genesis.
PersonId About(const RosterOp& op) {
  if (const auto* add = std::get_if<AddMember>(&op.kind)) return add->member.person;
  if (const auto* remove = std::get_if<RemoveMember>(&op.kind)) return remove->person;
  if (const auto* set = std::get_if<SetRole>(&op.kind)) return set->person;
  if (std::holds_alternative<LeaveCircle>(op.kind)) return op.person;
  return {};
}

bool TakesAway(const RosterOp& op, const PersonId& person) {
  const bool ends = std::holds_alternative<RemoveMember>(op.kind) || std::holds_alternative<LeaveCircle>(op.kind);
  return ends && About(op) == person;
}

// What a genesis or an addition makes of somebody; nullptr where it does not bring them in.
const RosterMember* BringsIn(const RosterOp& op, const PersonId& person) {
  if (const auto* add = std::get_if<AddMember>(&op.kind)) return add->member.person == person ? &add->member : nullptr;
  const auto* genesis = std::get_if<RosterGenesis>(&op.kind);
  if (genesis == nullptr) return nullptr;
  const auto found = std::ranges::find(genesis->members, person, &RosterMember::person);
  return found == genesis->members.end() ? nullptr : &*found;
}

// The role that an operation gives somebody; nullopt when it says nothing of it.
std::optional<Role> Gives(const RosterOp& op, const PersonId& person) {
  if (const RosterMember* member = BringsIn(op, person)) return member->role;
  const auto* set = std::get_if<SetRole>(&op.kind);
  return set != nullptr && set->person == person ? std::optional(set->role) : std::nullopt;
}

// A genesis that could begin the circle of a mailbox.
bool Begins(const RosterOp& op, const MailboxId& mailbox) {
  const auto* genesis = std::get_if<RosterGenesis>(&op.kind);
  if (genesis == nullptr || genesis->mailbox != mailbox || !op.parents.empty()) return false;
  std::set<PersonId> people;
  for (const RosterMember& member : genesis->members) people.insert(member.person);
  const auto owner = std::ranges::find(genesis->members, op.person, &RosterMember::person);
  return people.size() == genesis->members.size() && owner != genesis->members.end() && owner->role == Role::kOwner &&
         (!genesis->pair || people.size() == kPairMembers);
}

}  // namespace

OpId RosterOpIdOf(ByteView body) { return HashId<OpId>(labels::kRosterOp, {body}); }

Result<OpId> Roster::Add(const MailboxId& mailbox, const SignedRosterOp& signed_op, const Person& signer) {
  const OpId id = RosterOpIdOf(signed_op.body);
  if (ops_.contains(id)) return id;
  KITH_TRY_ASSIGN(RosterOp op, Verified(mailbox, signed_op));
  if (op.person != signer.id()) return Forged();
  if (!signer.WasDevice(op.signer))
    return Fail(Code::kUnknownDevice, "The device that says who is in a circle is not known yet.");
  const bool waits =
      std::ranges::any_of(op.parents, [&](const OpId& one) { return !HasOp(one) || !ops_.at(one).stands; });
  if (waits && WaitingIsFull(op.person)) return Full();
  Judge(signer);
  return Keep(signed_op, std::move(op), &signer, Room::kBounded);
}

bool Roster::AddKept(const MailboxId& mailbox, const SignedRosterOp& signed_op, const Person* signer) {
  if (ops_.contains(RosterOpIdOf(signed_op.body))) return true;
  auto op = Verified(mailbox, signed_op);
  return op && Keep(signed_op, *std::move(op), signer, Room::kUnbounded);
}

Result<RosterOp> Roster::Verified(const MailboxId& mailbox, const SignedRosterOp& signed_op) const {
  KITH_TRY_ASSIGN(RosterOp op, RosterOp::Decode(signed_op.body));
  const bool begins = std::holds_alternative<RosterGenesis>(op.kind);
  const bool fits = begins ? empty() && Begins(op, mailbox) : !pair_ && !op.parents.empty();
  if (!fits) return Forged();
  KITH_TRY(Verify(op.signer, labels::kSignRosterOp, signed_op.body, signed_op.signature));
  return op;
}

Result<OpId> Roster::Keep(const SignedRosterOp& signed_op, RosterOp op, const Person* signer, Room room) {
  const OpId id = RosterOpIdOf(signed_op.body);
  Known& known = ops_.emplace(id, Known{.signed_op = signed_op, .op = std::move(op)}).first->second;
  if (signer != nullptr) JudgeOne(known, *signer);
  const bool crowded = Settle(room);
  if (ops_.contains(id)) return id;
  return crowded ? Full() : Forged();
}

bool Roster::WaitingIsFull(const PersonId& author) const {
  const auto waiting = std::ranges::count_if(
      ops_, [&](const auto& known) { return !known.second.stands && known.second.op.person == author; });
  return std::cmp_greater_equal(waiting, limits::kWaitingRosterOps);
}

bool Roster::TakesNow(const RosterOp& op) const {
  const auto member = members_.find(About(op));
  if (member == members_.end()) return false;
  const auto* set = std::get_if<SetRole>(&op.kind);
  return set == nullptr ? TakesAway(op, member->first) : set->role > member->second;
}

bool Roster::HasRoom(const OpId& id, const Known& known) const {
  const auto held = static_cast<size_t>(std::ranges::count(holding_, true));
  // What counts nothing uses up nobody else's room.
  if (!WouldHold(known)) return order_.size() - std::min(held, order_.size()) < limits::kVoidRosterOps;
  const bool first_word = std::ranges::any_of(known.knew_gone, [&](const DeviceId& device) {
    return !IsGone(known.op) && !CutsIn(holding_).contains({known.op.person, device});
  });
  if (TakesNow(known.op) || first_word) return true;
  return held < limits::kRosterOps && HasRoomBesideLeaves(id, known);
}

bool Roster::HasRoomBesideLeaves(const OpId& id, const Known& known) const {
  if (!std::holds_alternative<LeaveCircle>(known.op.kind)) return true;
  // Another member may have heard of another one first, and goes on from there.
  const auto follows = [&](const auto& other) {
    const RosterOp& op = other.second.op;
    return op.person != known.op.person && std::ranges::find(op.parents, id) != op.parents.end();
  };
  std::vector<size_t> leaves;
  for (size_t i = 0; i < order_.size(); ++i) {
    const RosterOp& other = At(i).op;
    if (std::holds_alternative<LeaveCircle>(other.kind) && other.person == known.op.person) leaves.push_back(i);
  }
  const auto beside = std::ranges::count_if(leaves, [&](size_t one) {
    const bool below = one < known.below.size() && known.below[one];
    return !below && std::ranges::none_of(leaves, [&](size_t other) { return Below(one, other); });
  });
  return std::cmp_less(beside, limits::kLeaves) || std::ranges::any_of(ops_, follows);
}

bool Roster::Below(size_t ancestor, size_t descendant) const {
  const Mask& below = At(descendant).below;
  return ancestor < below.size() && below[ancestor];
}

bool Roster::Settle(Room room) {
  bool crowded = false;
  for (bool moved = true; moved;) {
    moved = false;
    for (auto one = ops_.begin(); one != ops_.end();) {
      auto& [id, known] = *one;
      const auto stands = [this](const OpId& parent) { return ops_.contains(parent) && ops_.at(parent).stands; };
      if (known.stands || !std::ranges::all_of(known.op.parents, stands)) {
        ++one;
        continue;
      }
      moved = true;
      known.below.assign(order_.size(), false);
      for (const OpId& parent : known.op.parents) {
        const Known& before = ops_.at(parent);
        for (size_t i = 0; i < before.below.size(); ++i) known.below[i] = known.below[i] || before.below[i];
        known.below[before.at] = true;
      }
      const bool may = MaySay(known);
      const bool fits = may && (room == Room::kUnbounded || HasRoom(id, known));
      if (!fits) {
        crowded = crowded || may;
        one = ops_.erase(one);
        continue;
      }
      Admit(id, known);
      ++one;
    }
  }
  SettleMembers();
  SettleHeads();
  return crowded;
}

void Roster::Admit(const OpId& id, Known& known) {
  known.stands = true;
  known.at = order_.size();
  order_.push_back(id);
  named_.insert(known.op.person);
  const auto name = [this](const RosterMember& member) {
    named_.insert(member.person);
    if (!member.seat.IsZero()) seats_.emplace(member.seat, member.person);
  };
  if (const auto* add = std::get_if<AddMember>(&known.op.kind)) {
    name(add->member);
    invites_.insert(add->invite);
  }
  if (const auto* genesis = std::get_if<RosterGenesis>(&known.op.kind)) {
    pair_ = genesis->pair;
    std::ranges::for_each(genesis->members, name);
  }
  holding_.push_back(true);
}

void Roster::SettleHeads() {
  std::set<OpId> cited;
  std::set<OpId> heads;
  for (size_t i = order_.size(); i-- > 0;) {
    const bool followed = cited.contains(order_[i]);
    if (!followed && !holding_[i]) continue;
    const std::vector<OpId>& parents = At(i).op.parents;
    cited.insert(parents.begin(), parents.end());
    if (!followed) heads.insert(order_[i]);
  }
  heads_.assign(heads.begin(), heads.end());
  Writer writer;
  for (const OpId& head : heads_) writer.Raw(head.view());
  head_hash_ = Hash(labels::kRosterHead, {writer.bytes()});
}

void Roster::SettleMembers() {
  holding_ = Holding(Mask(order_.size(), true));
  const Mask counting = Counting(holding_);
  members_.clear();
  present_.clear();
  removed_.clear();
  std::set<PersonId> left;
  for (size_t i = 0; i < order_.size(); ++i) {
    if (!holding_[i]) continue;
    const RosterOp& op = At(i).op;
    if (const auto* removal = std::get_if<RemoveMember>(&op.kind)) removed_.insert(removal->person);
    if (std::holds_alternative<LeaveCircle>(op.kind)) left.insert(op.person);
  }
  for (const PersonId& person : named_) {
    auto member = Standing(person, holding_, counting);
    if (!member && !left.contains(person)) removed_.insert(person);
    if (!member) continue;
    members_.emplace(person, member->role);
    present_.emplace(person, *std::move(member));
  }
}

bool Roster::MaySay(Known& known) const {
  const RosterOp& op = known.op;
  if (std::holds_alternative<RosterGenesis>(op.kind)) return order_.empty();
  const Mask holding = Holding(known.below);
  const Mask counting = Counting(holding);
  const auto author = Standing(op.person, holding, counting);
  if (!author) return false;
  const PersonId whom = About(op);
  if (std::holds_alternative<LeaveCircle>(op.kind)) {
    known.takes = true;
    known.ends_owner = whom;
    return true;
  }
  if (author->role != Role::kOwner) return false;
  const auto before = Standing(whom, holding, counting);
  if (std::holds_alternative<AddMember>(op.kind)) {
    size_t members = 0;
    for (const PersonId& person : named_) members += Standing(person, holding, counting) ? 1 : 0;
    return !before && members < limits::kMembers;
  }
  if (!before) return false;
  const auto* set = std::get_if<SetRole>(&op.kind);
  known.takes = set == nullptr || set->role > before->role;
  if (known.takes && before->role == Role::kOwner) known.ends_owner = whom;
  if (set == nullptr) known.ends_owner = whom;
  return true;
}

Roster::Mask Roster::Counting(const Mask& among) const {
  Mask counting(among.size(), false);
  for (size_t i = 0; i < among.size(); ++i) {
    if (!among[i]) continue;
    const Known& known = At(i);
    counting[i] =
        known.takes || std::holds_alternative<RosterGenesis>(known.op.kind) || !IsVoid(known, among, counting);
  }
  return counting;
}

// What gives counts nothing where its author's word was ended at the same time, or stood on what counts nothing itself.
bool Roster::IsVoid(const Known& known, const Mask& among, const Mask& counting) const {
  for (size_t i = 0; i < among.size(); ++i) {
    if (!among[i] || At(i).ends_owner != known.op.person) continue;
    const bool follows = i < known.below.size() && known.below[i];
    const bool precedes = known.stands && Below(known.at, i);
    if (!follows && !precedes) return true;
  }
  const auto author = Standing(known.op.person, known.below, counting);
  return !author || author->role != Role::kOwner;
}

std::optional<RosterMember> Roster::Standing(const PersonId& person, const Mask& among, const Mask& counting) const {
  std::vector<size_t> ends;
  for (size_t i = 0; i < among.size(); ++i) {
    if (among[i] && counting[i] && TakesAway(At(i).op, person)) ends.push_back(i);
  }
  // Nothing holds of what does not follow every removal.
  std::vector<size_t> holding;
  for (size_t i = 0; i < among.size(); ++i) {
    if (!among[i] || !counting[i] || !Gives(At(i).op, person)) continue;
    if (std::ranges::all_of(ends, [&](size_t end) { return Below(end, i); })) holding.push_back(i);
  }
  std::optional<RosterMember> member;
  OpId came;
  std::optional<Role> role;
  for (const size_t i : holding) {
    const auto follows = [&](size_t other) { return Below(i, other); };
    if (const RosterMember* brought = BringsIn(At(i).op, person)) {
      const bool again = std::ranges::any_of(
          holding, [&](size_t other) { return follows(other) && BringsIn(At(other).op, person) != nullptr; });
      if (!again && (!member || order_[i] < came)) {
        member = *brought;
        came = order_[i];
      }
    }
    // Of several said at the same time, the least.
    if (!std::ranges::any_of(holding, follows)) role = std::max(role.value_or(Role::kOwner), *Gives(At(i).op, person));
  }
  if (member) member->role = *role;
  return member;
}

bool Roster::WentSince(const PersonId& person, const std::vector<OpId>& heads) const {
  const auto reached = [&](size_t end) {
    return std::ranges::any_of(heads, [&](const OpId& id) {
      const auto head = ops_.find(id);
      return head != ops_.end() && head->second.stands && (head->second.at == end || Below(end, head->second.at));
    });
  };
  for (size_t i = 0; i < order_.size(); ++i) {
    if (holding_[i] && TakesAway(At(i).op, person) && !reached(i)) return true;
  }
  return false;
}

const RosterMember* Roster::Find(const PersonId& person) const {
  const auto found = present_.find(person);
  return found == present_.end() ? nullptr : &found->second;
}

bool Roster::HasOwner() const {
  return std::ranges::any_of(members_, [](const auto& member) { return member.second == Role::kOwner; });
}

std::vector<SignedRosterOp> Roster::operations() const {
  Mask told = holding_;
  for (const OpId& head : heads_) {
    const Mask& below = ops_.at(head).below;
    for (size_t i = 0; i < below.size(); ++i) told[i] = told[i] || below[i];
  }
  std::vector<SignedRosterOp> out;
  for (size_t i = 0; i < order_.size(); ++i) {
    if (told[i]) out.push_back(At(i).signed_op);
  }
  return out;
}

bool Roster::HeadBy(const DeviceId& device) const {
  return std::ranges::any_of(heads_, [&](const OpId& id) { return ops_.at(id).op.signer == device; });
}

}  // namespace kith
