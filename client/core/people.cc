#include "client/core/people.h"

#include <algorithm>

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

Result<OpId> Person::Add(const SignedPersonOp& signed_op) {
  const OpId id = PersonOpIdOf(signed_op.body);
  if (ops_.contains(id)) return id;
  if (ops_.size() >= limits::kPersonOps)
    return Fail(Code::kTooLarge, "There are too many changes of devices. No further one is taken.");
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
  ops_.emplace(id, Known{.signed_op = signed_op, .op = std::move(op)});
  Settle();
  return id;
}

bool Person::Countable(const Known& known) const {
  const auto counted = [this](const OpId& parent) {
    const auto found = ops_.find(parent);
    return found != ops_.end() && found->second.counts;
  };
  if (!std::ranges::all_of(known.op.parents, counted)) return false;
  if (known.op.signer == recovery_sign_) return true;
  if (std::holds_alternative<PersonGenesis>(known.op.kind) || std::holds_alternative<Recover>(known.op.kind))
    return false;
  return devices_.contains(known.op.signer);
}

void Person::Count(const OpId& id, Known& known) {
  known.counts = true;
  order_.push_back(id);
  if (const auto* added = std::get_if<AddDevice>(&known.op.kind))
    devices_.try_emplace(added->device, Device{.box = added->box});
  if (const auto* recover = std::get_if<Recover>(&known.op.kind)) {
    devices_.try_emplace(recover->device.device, Device{.box = recover->device.box});
  }
}

void Person::Settle() {
  for (auto& [id, known] : ops_) known.counts = false;
  order_.clear();
  devices_.clear();
  for (bool moved = true; moved;) {
    moved = false;
    for (auto& [id, known] : ops_) {
      if (known.counts || !Countable(known)) continue;
      Count(id, known);
      moved = true;
    }
  }
  sealing_key_.reset();
  std::set<OpId> cited;
  for (const OpId& id : order_) {
    const PersonOp& op = ops_.at(id).op;
    cited.insert(op.parents.begin(), op.parents.end());
    if (const auto* revoked = std::get_if<RevokeDevice>(&op.kind)) {
      if (const auto device = devices_.find(revoked->device); device != devices_.end()) device->second.revoked = true;
    }
    // The last is one that no other follows.
    if (const auto* key = std::get_if<SealingKey>(&op.kind)) sealing_key_ = *key;
  }
  heads_.clear();
  std::ranges::copy_if(order_, std::back_inserter(heads_), [&](const OpId& id) { return !cited.contains(id); });
  std::ranges::sort(heads_);
}

bool Person::IsDevice(const DeviceId& device) const {
  const auto found = devices_.find(device);
  return found != devices_.end() && !found->second.revoked;
}

std::array<uint8_t, 32> Person::HeadHash() const {
  Writer writer;
  for (const OpId& head : heads_) writer.Raw(head.view());
  return Hash(labels::kPersonHead, {writer.bytes()});
}

std::vector<SignedPersonOp> Person::CountedOperations() const {
  std::vector<SignedPersonOp> out;
  for (const OpId& id : order_) out.push_back(ops_.at(id).signed_op);
  return out;
}

std::vector<SignedPersonOp> Person::Operations() const {
  std::vector<SignedPersonOp> out = CountedOperations();
  for (const auto& [id, known] : ops_) {
    if (!known.counts) out.push_back(known.signed_op);
  }
  return out;
}

}  // namespace kith
