#include "client/core/people.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "client/core/limits.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {

OpId PersonOpIdOf(ByteView body) { return HashId<OpId>(labels::kPersonOp, {body}); }

SignedPersonOp SignAddDevice(const Signer& signer, Bytes body, const Signature& countersignature) {
  const Signature signature = signer.Sign(labels::kSignPersonOp, body);
  return {.body = std::move(body), .signature = signature, .countersignature = countersignature};
}

Signature CountersignAddDevice(const Signer& device, ByteView body) {
  return device.Sign(labels::kCountersignPersonOp, body);
}

Result<Person> Person::FromGenesis(const SignedPersonOp& genesis) {
  KITH_TRY_ASSIGN(const PersonOp op, PersonOp::Decode(genesis.body));
  const auto* kind = std::get_if<PersonGenesis>(&op.kind);
  if (kind == nullptr || !op.parents.empty() || op.signer != kind->recovery_sign) {
    return Fail(Code::kForgedRecord, "A person's first operation is not one. It was refused.");
  }
  Person person;
  person.id_ = {PersonOpIdOf(genesis.body).value};
  person.recovery_sign_ = kind->recovery_sign;
  person.recovery_box_ = kind->recovery_box;
  KITH_TRY(person.Add(genesis));
  return person;
}

Result<Person> Person::FromAll(std::span<const SignedPersonOp> ops) {
  if (ops.empty()) return Fail(Code::kMalformed, "Nothing says who somebody is.");
  KITH_TRY_ASSIGN(Person person, FromGenesis(ops.front()));
  for (const SignedPersonOp& op : ops) KITH_TRY(person.Add(op));
  if (person.order_.size() != person.ops_.size()) {
    return Fail(Code::kForgedRecord, "Something said of a person is not by them. All of it was refused.");
  }
  return person;
}

Result<Person> Person::FromKept(const PersonId& id, std::span<const SignedPersonOp> ops) {
  const auto genesis =
      std::ranges::find_if(ops, [&](const SignedPersonOp& op) { return PersonOpIdOf(op.body).value == id.value; });
  if (genesis == ops.end())
    return Fail(Code::kVaultDamaged, "The vault lacks who somebody is. Restore it from a backup.");
  KITH_TRY_ASSIGN(Person person, FromGenesis(*genesis));
  for (const SignedPersonOp& signed_op : ops) {
    const OpId op_id = PersonOpIdOf(signed_op.body);
    auto op = person.Verified(op_id, signed_op);
    if (op) person.Keep(op_id, signed_op, *std::move(op));
  }
  person.Settle();
  return person;
}

Result<OpId> Person::Add(const SignedPersonOp& signed_op, size_t most) {
  const OpId id = PersonOpIdOf(signed_op.body);
  if (ops_.contains(id)) return id;
  KITH_TRY_ASSIGN(PersonOp op, Verified(id, signed_op));
  KITH_TRY(CheckRoom(op, most));
  // What nothing known could let stand changes nothing.
  const bool stands = MaySign(op) && std::ranges::all_of(op.parents, [this](const OpId& one) { return Has(one); });
  Keep(id, signed_op, std::move(op));
  if (stands) Settle();
  return id;
}

bool Person::MaySign(const PersonOp& op) const {
  if (op.signer == recovery_sign_) return true;
  return std::holds_alternative<Recover>(op.kind) ? NamedTrustees(op) : ever_.contains(op.signer);
}

// What takes a stolen device out is never refused for what that device has said: by the recovery authority, the first
// revocation of each device, the first recovery of the trustees in force. What revoked devices have said leaves room,
// but for what counts in `most`. Each trustees' recovery is judged by all the rest, so these are few.
Result<> Person::CheckRoom(const PersonOp& op, size_t most) const {
  const Error full = Fail(Code::kTooLarge,
                          "There are too many changes of devices. No further one is taken, until the device that says "
                          "them is revoked.");
  if (op.signer == recovery_sign_) {
    const auto theirs = [this](const auto& known) { return known.second.op.signer == recovery_sign_; };
    return std::cmp_less(std::ranges::count_if(ops_, theirs), limits::kPersonOpsBySigner) ? Result<>() : full;
  }
  const bool stands = std::ranges::all_of(op.parents, [this](const OpId& one) { return Stands(one); });
  if (!stands || !MaySign(op)) return ops_.size() - order_.size() < limits::kWaitingPersonOps ? Result<>() : full;
  size_t by_signer = 0;
  size_t by_devices = 0;
  size_t sets = 0;
  size_t recoveries = barred_.size();
  for (const OpId& id : order_) {
    const PersonOp& known = ops_.at(id).op;
    const bool device = IsDevice(known.signer);
    if (known.signer == op.signer) ++by_signer;
    if (device) ++by_devices;
    if (device && std::holds_alternative<Trustees>(known.kind)) ++sets;
    if (IsTrusteesRecovery(id)) ++recoveries;
  }
  const auto* revoke = std::get_if<RevokeDevice>(&op.kind);
  if (revoke != nullptr && IsDevice(revoke->device)) return {};
  const bool recovers = std::holds_alternative<Recover>(op.kind);
  if (recovers && by_signer == 0 && trustees_ && trustees_->sign == op.signer) return {};
  if (recovers && recoveries >= limits::kTrusteesRecoveries) return full;
  if (std::holds_alternative<Trustees>(op.kind) && sets >= limits::kTrusteesSets) return full;
  const bool room = by_signer < limits::kPersonOpsBySigner && by_devices < limits::kPersonOps && order_.size() < most;
  return room ? Result<>() : full;
}

Result<PersonOp> Person::Verified(const OpId& id, const SignedPersonOp& signed_op) const {
  KITH_TRY_ASSIGN(PersonOp op, PersonOp::Decode(signed_op.body));
  if (std::holds_alternative<PersonGenesis>(op.kind) && id.value != id_.value) {
    return Fail(Code::kForgedRecord, "A second beginning of a person was refused.");
  }
  KITH_TRY(Verify(op.signer, labels::kSignPersonOp, signed_op.body, signed_op.signature));
  const AddDevice* added = std::get_if<AddDevice>(&op.kind);
  if (const auto* recover = std::get_if<Recover>(&op.kind)) added = &recover->device;
  if (added != nullptr) {
    if (!signed_op.countersignature)
      return Fail(Code::kSignatureInvalid, "A device did not agree to be added. Link it again with a new code.");
    KITH_TRY(Verify(added->device, labels::kCountersignPersonOp, signed_op.body, *signed_op.countersignature));
  }
  return op;
}

void Person::Keep(const OpId& id, const SignedPersonOp& signed_op, PersonOp op) {
  ops_.emplace(id, Known{.signed_op = signed_op, .op = std::move(op)});
}

std::set<OpId> Person::Below(std::span<const OpId> heads) const {
  std::set<OpId> below;
  std::vector<OpId> open(heads.begin(), heads.end());
  while (!open.empty()) {
    const OpId id = open.back();
    open.pop_back();
    const auto known = ops_.find(id);
    if (known == ops_.end() || !below.insert(id).second) continue;
    open.insert(open.end(), known->second.op.parents.begin(), known->second.op.parents.end());
  }
  return below;
}

Places Person::ReachOf(std::span<const OpId> heads) const {
  Places reach;
  std::set<OpId> fallen;
  std::vector<OpId> open(heads.begin(), heads.end());
  while (!open.empty()) {
    const OpId id = open.back();
    open.pop_back();
    const auto known = ops_.find(id);
    if (known == ops_.end()) continue;
    if (known->second.stands) {
      reach.Join(known->second.reach);
    } else if (fallen.insert(id).second) {
      open.insert(open.end(), known->second.op.parents.begin(), known->second.op.parents.end());
    }
  }
  return reach;
}

Person::Fate Person::FateOf(const PersonOp& op, const Places& below) const {
  const auto fate = [](bool stands) { return stands ? Fate::kStands : Fate::kFalls; };
  if (op.signer == recovery_sign_) return Fate::kStands;
  if (std::holds_alternative<PersonGenesis>(op.kind)) return Fate::kFalls;
  if (std::holds_alternative<Recover>(op.kind)) {
    const auto named = naming_.find(op.signer);
    return fate(named != naming_.end() && named->second.Meets(below));
  }
  if (!devices_.contains(op.signer)) return Fate::kAwaitsSigner;
  if (std::holds_alternative<RevokeDevice>(op.kind)) return Fate::kStands;
  // Nobody goes on after what says that they are revoked.
  const auto revoking = revoking_.find(op.signer);
  return fate(revoking == revoking_.end() || !revoking->second.Meets(below));
}

std::optional<DeviceId> Person::Admit(const PersonOp& op) {
  const AddDevice* added = std::get_if<AddDevice>(&op.kind);
  if (const auto* recover = std::get_if<Recover>(&op.kind)) added = &recover->device;
  if (added == nullptr) return std::nullopt;
  devices_.try_emplace(added->device, Device{.box = added->box});
  return added->device;
}

void Person::TakePlace(const OpId& id, Known& known, const Places& below) {
  const size_t place = order_.size();
  order_.push_back(id);
  known.stands = known.counts = true;
  known.reach = below;
  known.reach.Put(place);
  if (const auto* revoked = std::get_if<RevokeDevice>(&known.op.kind)) revoking_[revoked->device].Put(place);
  if (const auto* trustees = std::get_if<Trustees>(&known.op.kind)) {
    trusting_.Put(place);
    if (!trustees->ended()) naming_[trustees->sign].Put(place);
  }
  if (!std::holds_alternative<Recover>(known.op.kind)) return;
  if (known.op.signer == recovery_sign_) {
    phrases_.push_back({.place = place, .accepted = {}});
  } else {
    recoveries_.Put(place);
  }
}

// Each is looked at once its parents stand, and again only when its signer becomes a device: what somebody else may
// send is much, and all of it is gone through again with every change.
void Person::Stand() {
  std::map<OpId, size_t> lacking;  // parents that do not stand yet
  std::map<OpId, std::vector<OpId>> children;
  std::set<OpId> ready;
  for (auto& [id, known] : ops_) {
    known.stands = known.counts = false;
    if (barred_.contains(id)) continue;
    lacking[id] = known.op.parents.size();
    for (const OpId& parent : known.op.parents) children[parent].push_back(id);
    if (known.op.parents.empty()) ready.insert(id);
  }
  order_.clear();
  devices_.clear();
  revoking_.clear();
  naming_.clear();
  trusting_ = recoveries_ = {};
  phrases_.clear();
  std::map<DeviceId, std::vector<OpId>> awaiting;  // their signer
  while (!ready.empty()) {
    const OpId id = ready.extract(ready.begin()).value();
    Known& known = ops_.at(id);
    const Places below = ReachOf(known.op.parents);
    const Fate fate = FateOf(known.op, below);
    if (fate == Fate::kAwaitsSigner) awaiting[known.op.signer].push_back(id);
    if (fate != Fate::kStands) continue;
    TakePlace(id, known, below);
    for (const OpId& child : children[id]) {
      if (--lacking.at(child) == 0) ready.insert(child);
    }
    if (const auto device = Admit(known.op)) {
      for (const OpId& waited : std::exchange(awaiting[*device], {})) ready.insert(waited);
    }
  }
  for (Phrase& phrase : phrases_)
    phrase.accepted = ReachOf(std::get<Recover>(ops_.at(order_[phrase.place]).op.kind).accepted);
}

void Person::Settle() {
  barred_.clear();
  Stand();
  ever_.clear();
  for (const auto& [id, device] : devices_) ever_.insert(id);
  // The lowest first, so that none is judged by what stands on another that falls.
  for (std::vector<OpId> unfounded = Unfounded(); !unfounded.empty(); unfounded = Unfounded()) {
    barred_.insert(unfounded.begin(), unfounded.end());
    Stand();
  }
  SettleRecovery();
  std::set<OpId> cited;
  size_t sets = 0;
  Places trusting;
  to_cover_ = {};
  for (size_t place = 0; place < order_.size(); ++place) {
    const auto& [signed_op, op, stands, counts, reach] = ops_.at(order_[place]);
    if (!counts) continue;
    cited.insert(op.parents.begin(), op.parents.end());
    const auto* revoked = std::get_if<RevokeDevice>(&op.kind);
    if (revoked != nullptr || std::holds_alternative<Recover>(op.kind)) to_cover_.Put(place);
    if (std::holds_alternative<Trustees>(op.kind)) {
      trusting.Put(place);
      ++sets;
    }
    if (revoked == nullptr) continue;
    if (const auto device = devices_.find(revoked->device); device != devices_.end()) device->second.revoked = true;
  }
  heads_.clear();
  std::ranges::copy_if(order_, std::back_inserter(heads_),
                       [&](const OpId& id) { return ops_.at(id).counts && !cited.contains(id); });
  std::ranges::sort(heads_);
  // The first ones are given a key; whatever comes after them takes one away.
  if (sets > 1) to_cover_.Join(trusting);
  SettleTrustees();
  SettleSealingKey();
}

std::set<OpId> Person::Newest(const std::set<OpId>& ids) const {
  std::set<OpId> newest = ids;
  std::set<OpId> followed;  // by one of `ids`, directly or not
  for (const OpId& id : std::views::reverse(order_)) {
    const bool passes_on = followed.contains(id) || ids.contains(id);
    if (followed.contains(id)) newest.erase(id);
    if (!passes_on) continue;
    followed.insert(ops_.at(id).op.parents.begin(), ops_.at(id).op.parents.end());
  }
  return newest;
}

// A recovery says what counted before it: what it accepts and what lies below, and what follows it. Of several the
// newest say so, together. Revocations count whatever is accepted.
void Person::SettleRecovery() {
  std::set<OpId> recoveries;
  for (const OpId& id : order_) {
    if (std::holds_alternative<Recover>(ops_.at(id).op.kind)) recoveries.insert(id);
  }
  if (recoveries.empty()) return;
  std::set<OpId> follows = Newest(recoveries);
  std::vector<OpId> heads;
  for (const OpId& id : follows)
    std::ranges::copy(std::get<Recover>(ops_.at(id).op.kind).accepted, std::back_inserter(heads));
  const std::set<OpId> accepted = Below(heads);
  devices_.clear();
  for (const OpId& id : order_) {
    Known& known = ops_.at(id);
    const auto& parents = known.op.parents;
    if (std::ranges::any_of(parents, [&](const OpId& parent) { return follows.contains(parent); })) follows.insert(id);
    const bool allowed = parents.empty() || accepted.contains(id) || follows.contains(id);
    const bool signed_well =
        known.op.signer == recovery_sign_ || IsTrusteesRecovery(id) || devices_.contains(known.op.signer);
    known.counts = (allowed && signed_well) || std::holds_alternative<RevokeDevice>(known.op.kind);
    if (known.counts) Admit(known.op);
  }
}

// Of those said by devices that are not revoked, one that no other of them follows: first one that covers, then the
// lowest id, so that all choose alike.
void Person::SettleSealingKey() {
  std::set<OpId> said;
  has_sealed_ = false;
  for (const OpId& id : order_) {
    const auto& [signed_op, op, stands, counts, reach] = ops_.at(id);
    if (!counts || !std::holds_alternative<SealingKey>(op.kind)) continue;
    has_sealed_ = true;
    if (op.signer == recovery_sign_ || IsDevice(op.signer)) said.insert(id);
  }
  sealing_key_.reset();
  sealing_key_covers_ = false;
  for (const OpId& id : Newest(said)) {
    const bool covers = Covers({&id, 1});
    if (sealing_key_ && !covers) continue;
    sealing_key_ = std::get<SealingKey>(ops_.at(id).op.kind);
    sealing_key_covers_ = covers;
    if (covers) return;
  }
}

bool Person::Covers(std::span<const OpId> heads) const {
  return to_cover_.empty() || to_cover_.Without(ReachOf(heads)).empty();
}

bool Person::Reaches(std::span<const OpId> heads) const {
  const std::set<OpId> below = Below(heads);
  return std::ranges::all_of(order_, [&](const OpId& id) {
    const Known& known = ops_.at(id);
    const auto* added = std::get_if<AddDevice>(&known.op.kind);
    return !known.counts || added == nullptr || !IsDevice(added->device) || below.contains(id);
  });
}

bool Person::IsDevice(const DeviceId& device) const {
  const auto found = devices_.find(device);
  return found != devices_.end() && !found->second.revoked;
}

std::set<DeviceId> Person::GoneDevices() const {
  std::set<DeviceId> gone;
  for (const DeviceId& device : ever_) {
    if (!IsDevice(device)) gone.insert(device);
  }
  return gone;
}

std::set<DeviceId> Person::KnownGone(std::span<const OpId> heads) const {
  std::set<DeviceId> gone = GoneDevices();
  if (gone.empty()) return gone;
  const Places below = ReachOf(heads);
  std::set<DeviceId> revoked;
  bool recovered = true;
  for (size_t place = 0; place < order_.size(); ++place) {
    if (!to_cover_.Has(place)) continue;
    const PersonOp& op = ops_.at(order_[place]).op;
    const auto* one = std::get_if<RevokeDevice>(&op.kind);
    if (one != nullptr && below.Has(place)) revoked.insert(one->device);
    if (std::holds_alternative<Recover>(op.kind) && !below.Has(place)) recovered = false;
  }
  std::erase_if(gone, [&](const DeviceId& device) {
    return devices_.contains(device) ? !revoked.contains(device) : !recovered && !revoked.contains(device);
  });
  return gone;
}

std::array<uint8_t, 32> Person::HeadHash() const {
  Writer writer;
  for (const OpId& head : heads_) writer.Raw(head.view());
  return Hash(labels::kPersonHead, {writer.bytes()});
}

std::vector<SignedPersonOp> Person::CountedOperations() const {
  const std::set<OpId> needed = Below(heads_);
  std::vector<SignedPersonOp> out;
  for (const OpId& id : order_) {
    if (needed.contains(id)) out.push_back(ops_.at(id).signed_op);
  }
  return out;
}

std::vector<SignedPersonOp> Person::Operations() const {
  std::vector<SignedPersonOp> out;
  for (const OpId& id : order_) out.push_back(ops_.at(id).signed_op);
  for (const auto& [id, known] : ops_) {
    if (!known.stands) out.push_back(known.signed_op);
  }
  return out;
}

}  // namespace kith
