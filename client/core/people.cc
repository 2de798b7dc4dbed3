#include "client/core/people.h"

#include <algorithm>
#include <ranges>

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

Result<OpId> Person::Add(const SignedPersonOp& signed_op) {
  const OpId id = PersonOpIdOf(signed_op.body);
  if (ops_.contains(id)) return id;
  KITH_TRY_ASSIGN(PersonOp op, Verified(id, signed_op));
  KITH_TRY(CheckRoom(op));
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
// revocation of each device, the first recovery of each trustees' authority. What revoked devices have said leaves
// room.
Result<> Person::CheckRoom(const PersonOp& op) const {
  const Error full = Fail(Code::kTooLarge,
                          "There are too many changes of devices. No further one is taken, until the device that says "
                          "them is revoked.");
  if (op.signer == recovery_sign_) return {};
  const bool stands = std::ranges::all_of(op.parents, [this](const OpId& one) { return Stands(one); });
  if (!stands || !MaySign(op)) return ops_.size() - order_.size() < limits::kWaitingPersonOps ? Result<>() : full;
  size_t by_signer = 0;
  size_t by_devices = 0;
  for (const OpId& id : order_) {
    const SignPublic& signer = ops_.at(id).op.signer;
    if (signer == op.signer) ++by_signer;
    if (IsDevice(signer)) ++by_devices;
  }
  const auto* revoke = std::get_if<RevokeDevice>(&op.kind);
  if (revoke != nullptr && IsDevice(revoke->device)) return {};
  if (std::holds_alternative<Recover>(op.kind) && by_signer == 0) return {};
  return by_signer < limits::kPersonOpsBySigner && by_devices < limits::kPersonOps ? Result<>() : full;
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
  if (const auto* revoked = std::get_if<RevokeDevice>(&op.kind)) named_.insert(revoked->device);
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

// Whether something below an operation made its signer the trustees' authority.
bool Person::NamedTrustees(const PersonOp& op) const {
  return std::ranges::any_of(Below(op.parents), [&](const OpId& id) {
    const auto* trustees = std::get_if<Trustees>(&ops_.at(id).op.kind);
    return trustees != nullptr && !trustees->ended() && trustees->sign == op.signer;
  });
}

bool Person::CanStand(const Known& known) const {
  const auto stands = [this](const OpId& parent) {
    const auto found = ops_.find(parent);
    return found != ops_.end() && found->second.stands;
  };
  const PersonOp& op = known.op;
  if (!std::ranges::all_of(op.parents, stands)) return false;
  if (op.signer == recovery_sign_) return true;
  if (std::holds_alternative<PersonGenesis>(op.kind)) return false;
  if (std::holds_alternative<Recover>(op.kind)) return NamedTrustees(op);
  if (!devices_.contains(op.signer)) return false;
  if (std::holds_alternative<RevokeDevice>(op.kind) || !named_.contains(op.signer)) return true;
  // Nobody goes on after what says that they are revoked.
  return std::ranges::none_of(Below(op.parents), [&](const OpId& id) {
    const auto* revoked = std::get_if<RevokeDevice>(&ops_.at(id).op.kind);
    return revoked != nullptr && revoked->device == op.signer;
  });
}

void Person::Admit(const PersonOp& op) {
  if (const auto* added = std::get_if<AddDevice>(&op.kind))
    devices_.try_emplace(added->device, Device{.box = added->box});
  if (const auto* recover = std::get_if<Recover>(&op.kind))
    devices_.try_emplace(recover->device.device, Device{.box = recover->device.box});
}

// Each is looked at once all that it follows stands, the lowest id first, and again when its signer is added: a long
// chain costs a thief as much as the others.
void Person::Stand() {
  std::map<OpId, size_t> missing;
  std::map<OpId, std::vector<OpId>> followers;
  std::set<OpId> ready;
  for (auto& [id, known] : ops_) {
    known.stands = known.counts = false;
    for (const OpId& parent : known.op.parents) followers[parent].push_back(id);
    missing[id] = known.op.parents.size();
    if (known.op.parents.empty()) ready.insert(id);
  }
  order_.clear();
  devices_.clear();
  std::multimap<DeviceId, OpId> unknown;  // by a signer who is no device yet
  while (!ready.empty()) {
    const OpId id = *ready.begin();
    ready.erase(ready.begin());
    Known& known = ops_.at(id);
    if (barred_.contains(id)) continue;
    if (!CanStand(known)) {
      unknown.emplace(known.op.signer, id);
      continue;
    }
    known.stands = known.counts = true;
    order_.push_back(id);
    const size_t before = devices_.size();
    Admit(known.op);
    if (devices_.size() > before) {
      std::erase_if(unknown, [&](const auto& one) {
        const bool added = devices_.contains(one.first);
        if (added) ready.insert(one.second);
        return added;
      });
    }
    for (const OpId& follower : followers[id]) {
      if (--missing[follower] == 0) ready.insert(follower);
    }
  }
}

void Person::Settle() {
  barred_.clear();
  Stand();
  ever_.clear();
  for (const auto& [id, device] : devices_) ever_.insert(id);
  // One at a time, parents first, so that none is judged by what stands on another that falls.
  while (const auto unfounded = FirstUnfounded()) {
    barred_.insert(*unfounded);
    Stand();
  }
  SettleRecovery();
  std::set<OpId> cited;
  std::vector<OpId> trusting;
  to_cover_.clear();
  for (const OpId& id : order_) {
    const auto& [signed_op, op, stands, counts] = ops_.at(id);
    if (!counts) continue;
    cited.insert(op.parents.begin(), op.parents.end());
    const auto* revoked = std::get_if<RevokeDevice>(&op.kind);
    if (revoked != nullptr || std::holds_alternative<Recover>(op.kind)) to_cover_.push_back(id);
    if (std::holds_alternative<Trustees>(op.kind)) trusting.push_back(id);
    if (revoked == nullptr) continue;
    if (const auto device = devices_.find(revoked->device); device != devices_.end()) device->second.revoked = true;
  }
  heads_.clear();
  std::ranges::copy_if(order_, std::back_inserter(heads_),
                       [&](const OpId& id) { return ops_.at(id).counts && !cited.contains(id); });
  std::ranges::sort(heads_);
  // The first ones are given a key; whatever comes after them takes one away.
  if (trusting.size() > 1) std::ranges::copy(trusting, std::back_inserter(to_cover_));
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
  std::set<OpId> accepted;
  for (const OpId& id : follows) accepted.merge(Below(std::get<Recover>(ops_.at(id).op.kind).accepted));
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

bool Person::IsTrusteesRecovery(const OpId& id) const {
  const PersonOp& op = ops_.at(id).op;
  return std::holds_alternative<Recover>(op.kind) && op.signer != recovery_sign_;
}

std::optional<OpId> Person::FirstUnfounded() const {
  const auto unfounded =
      std::ranges::find_if(order_, [this](const OpId& id) { return IsTrusteesRecovery(id) && !IsFounded(id); });
  return unfounded == order_.end() ? std::nullopt : std::optional(*unfounded);
}

std::set<OpId> Person::EvidenceOn(const OpId& recovery) const {
  const std::set<OpId> below = Below(ops_.at(recovery).op.parents);
  std::set<OpId> evidence;
  std::set<OpId> apart;  // the other recoveries, this one, and what follows them
  for (const OpId& id : order_) {
    const auto& parents = ops_.at(id).op.parents;
    const bool follows = std::ranges::any_of(parents, [&](const OpId& parent) { return apart.contains(parent); });
    if (follows || (IsTrusteesRecovery(id) && !below.contains(id))) {
      apart.insert(id);
    } else {
      evidence.insert(id);
    }
  }
  return evidence;
}

std::optional<OpId> Person::TrusteesIn(const std::set<OpId>& ops) const {
  std::set<OpId> said;
  for (const OpId& id : ops) {
    if (std::holds_alternative<Trustees>(ops_.at(id).op.kind)) said.insert(id);
  }
  const std::set<OpId> newest = Newest(said);
  // Somebody's word that there are none any more outlives a new set that was made at the same time.
  const bool ended =
      std::ranges::any_of(newest, [this](const OpId& id) { return std::get<Trustees>(ops_.at(id).op.kind).ended(); });
  if (newest.empty() || ended) return std::nullopt;
  const SignPublic& by = ops_.at(*newest.begin()).op.signer;
  const bool revoked = std::ranges::any_of(ops, [&](const OpId& id) {
    const auto* one = std::get_if<RevokeDevice>(&ops_.at(id).op.kind);
    return one != nullptr && one->device == by;
  });
  return revoked ? std::nullopt : std::optional(*newest.begin());
}

// The phrase outranks the trustees: a recovery of theirs that the phrase's did not accept is void, and so is one by
// trustees that it did not accept.
bool Person::IsFounded(const OpId& recovery) const {
  std::set<OpId> evidence = EvidenceOn(recovery);
  const std::set<OpId> below = Below({&recovery, 1});
  for (const OpId& id : order_) {
    const auto* phrase = std::get_if<Recover>(&ops_.at(id).op.kind);
    if (phrase == nullptr || IsTrusteesRecovery(id)) continue;
    const std::set<OpId> accepted = Below(phrase->accepted);
    if (accepted.contains(recovery)) continue;
    if (!below.contains(id)) return false;
    std::erase_if(evidence, [&](const OpId& one) {
      const PersonOp& op = ops_.at(one).op;
      return std::holds_alternative<Trustees>(op.kind) && !accepted.contains(one) && !Below(op.parents).contains(id);
    });
  }
  const auto trustees = TrusteesIn(evidence);
  return trustees && std::get<Trustees>(ops_.at(*trustees).op.kind).sign == ops_.at(recovery).op.signer;
}

void Person::SettleTrustees() {
  std::set<OpId> counted;
  for (const OpId& id : order_) {
    if (ops_.at(id).counts) counted.insert(id);
  }
  trustees_.reset();
  trustees_op_ = {};
  const auto present = TrusteesIn(counted);
  if (!present) return;
  trustees_ = std::get<Trustees>(ops_.at(*present).op.kind);
  trustees_op_ = *present;
}

bool Person::ReachesTrustees(std::span<const OpId> heads) const {
  return !trustees_ || Below(heads).contains(trustees_op_);
}

bool Person::WasTrusteesSeat(const SeatKeyId& seat) const {
  return std::ranges::any_of(ops_, [&](const auto& known) {
    const auto* trustees = std::get_if<Trustees>(&known.second.op.kind);
    return trustees != nullptr && !trustees->ended() && trustees->seat == seat;
  });
}

// Of those said by devices that are not revoked, one that no other of them follows: first one that covers, then the
// lowest id, so that all choose alike.
void Person::SettleSealingKey() {
  std::set<OpId> said;
  has_sealed_ = false;
  for (const OpId& id : order_) {
    const auto& [signed_op, op, stands, counts] = ops_.at(id);
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
  if (to_cover_.empty()) return true;
  const std::set<OpId> below = Below(heads);
  return std::ranges::all_of(to_cover_, [&](const OpId& id) { return below.contains(id); });
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
  const std::set<OpId> below = Below(heads);
  std::set<DeviceId> revoked;
  bool recovered = true;
  for (const OpId& id : to_cover_) {
    const PersonOp& op = ops_.at(id).op;
    const auto* one = std::get_if<RevokeDevice>(&op.kind);
    if (one != nullptr && below.contains(id)) revoked.insert(one->device);
    if (std::holds_alternative<Recover>(op.kind) && !below.contains(id)) recovered = false;
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
