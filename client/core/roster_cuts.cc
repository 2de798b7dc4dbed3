// The part of a roster that is about devices that were revoked since: which of their words hold. "Roster", 7, in
// crypto/DESIGN.md.
#include <algorithm>

#include "client/core/roster.h"

namespace kith {
namespace {

// What two have in common, as long as the shorter one.
std::vector<bool> Both(const std::vector<bool>& one, const std::vector<bool>& other) {
  std::vector<bool> both(std::min(one.size(), other.size()), false);
  for (size_t i = 0; i < both.size(); ++i) both[i] = one[i] && other[i];
  return both;
}

}  // namespace

void Roster::Judge(const Person& person) {
  std::set<DeviceId> gone = person.GoneDevices();
  auto& before = gone_[person.id()];
  const bool same = before == gone;
  bool changed = !same;
  before = std::move(gone);
  if (before.empty() && !changed) return;
  for (auto& [id, known] : ops_) {
    // What its signer knew stays the same.
    if (known.op.person != person.id() || (known.judged && same)) continue;
    changed = JudgeOne(known, person) || changed;
  }
  if (changed && !order_.empty()) Settle(Room::kBounded);
}

bool Roster::JudgeOne(Known& known, const Person& person) const {
  const auto& heads = known.op.person_heads;
  known.judged = std::ranges::all_of(heads, [&](const OpId& head) { return person.Stands(head); });
  std::set<DeviceId> knew = person.KnownGone(heads);
  std::swap(knew, known.knew_gone);
  return knew != known.knew_gone;
}

bool Roster::IsGone(const RosterOp& op) const {
  const auto gone = gone_.find(op.person);
  return gone != gone_.end() && gone->second.contains(op.signer);
}

bool Roster::OwesWord(const PersonId& person) const {
  const auto gone = gone_.find(person);
  if (gone == gone_.end()) return false;
  const Cuts cuts = CutsIn(holding_);
  return std::ranges::any_of(gone->second, [&](const DeviceId& device) { return !cuts.contains({person, device}); });
}

Roster::Cuts Roster::CutsIn(const Mask& among) const {
  Cuts cuts;
  for (size_t i = 0; i < among.size(); ++i) {
    if (!among[i] || At(i).knew_gone.empty() || IsGone(At(i).op)) continue;
    for (const DeviceId& device : At(i).knew_gone) {
      std::vector<size_t>& first = cuts[{At(i).op.person, device}];
      // Who follows one that left something out does not bring it back.
      if (std::ranges::none_of(first, [&](size_t one) { return Below(one, i); })) first.push_back(i);
    }
  }
  return cuts;
}

bool Roster::IsCutOff(const Known& known, const Cuts& cuts) const {
  if (std::holds_alternative<RosterGenesis>(known.op.kind) || !IsGone(known.op)) return false;
  const auto said = cuts.find({known.op.person, known.op.signer});
  if (said == cuts.end()) return false;
  return !known.stands || std::ranges::none_of(said->second, [&](size_t cut) { return Below(known.at, cut); });
}

Roster::Mask Roster::Holding(const Mask& among) const {
  const Cuts cuts = CutsIn(among);
  if (cuts.empty()) return among;
  Mask cut_off(among.size(), false);
  for (size_t i = 0; i < among.size(); ++i) cut_off[i] = among[i] && IsCutOff(At(i), cuts);
  if (std::ranges::find(cut_off, true) == cut_off.end()) return among;
  Vouch(Without(among, cut_off), cuts, cut_off);
  return Without(among, cut_off);
}

Roster::Mask Roster::Without(const Mask& among, const Mask& cut_off) const {
  Mask holding(among.size(), false);
  for (size_t i = 0; i < among.size(); ++i) {
    if (!among[i] || cut_off[i]) continue;
    const Known& known = At(i);
    const Mask& below = known.below;
    bool whole = true;
    for (size_t j = 0; j < below.size() && whole; ++j) whole = !below[j] || holding[j];
    holding[i] = whole || AuthorMay(known, holding);
  }
  return holding;
}

bool Roster::AuthorMay(const Known& known, const Mask& holding) const {
  const Mask below = Both(known.below, holding);
  const auto author = Standing(known.op.person, below, Counting(below));
  return author && (author->role == Role::kOwner || std::holds_alternative<LeaveCircle>(known.op.kind));
}

void Roster::Vouch(const Mask& holding, const Cuts& cuts, Mask& cut_off) const {
  const Mask counting = Counting(holding);
  for (size_t by = 0; by < holding.size(); ++by) {
    const Known& voucher = At(by);
    if (!holding[by] || IsGone(voucher.op) || IsVoid(voucher, holding, counting)) continue;
    for (size_t i = 0; i < by; ++i) {
      const RosterOp& op = At(i).op;
      if (!cut_off[i] || op.person == voucher.op.person || !Below(i, by)) continue;
      const auto heard = [&](size_t cut) { return Below(cut, by); };
      if (std::ranges::none_of(cuts.at({op.person, op.signer}), heard)) cut_off[i] = false;
    }
  }
}

bool Roster::WouldHold(const Known& known) const {
  if (IsCutOff(known, CutsIn(holding_))) return false;
  for (size_t i = 0; i < known.below.size(); ++i) {
    if (known.below[i] && !holding_[i]) return AuthorMay(known, holding_);
  }
  return true;
}

}  // namespace kith
