// The part of a person that is about recoveries by trustees: which of them count, and who the trustees are. Rules:
// "Social recovery" in crypto/DESIGN.md.
#include <algorithm>

#include "client/core/people.h"

namespace kith {

// Whether something below an operation made its signer the trustees' authority.
bool Person::NamedTrustees(const PersonOp& op) const {
  return std::ranges::any_of(Below(op.parents), [&](const OpId& id) {
    const auto* trustees = std::get_if<Trustees>(&ops_.at(id).op.kind);
    return trustees != nullptr && !trustees->ended() && trustees->sign == op.signer;
  });
}

bool Person::IsTrusteesRecovery(const OpId& id) const {
  const PersonOp& op = ops_.at(id).op;
  return std::holds_alternative<Recover>(op.kind) && op.signer != recovery_sign_;
}

std::vector<OpId> Person::Unfounded() const {
  std::vector<OpId> unfounded;
  if (recoveries_.empty()) return unfounded;
  ByPlace standing;
  for (const OpId& id : order_) standing.push_back(&ops_.at(id));
  Places falling;
  for (size_t place = 0; place < order_.size(); ++place) {
    if (!recoveries_.Has(place) || standing[place]->reach.Meets(falling) || IsFounded(place, standing)) continue;
    falling.Put(place);
    unfounded.push_back(order_[place]);
  }
  return unfounded;
}

// A device that only another recovery added says nothing either, whatever it cites.
Places Person::EvidenceOn(size_t recovery, const ByPlace& standing) const {
  const Places& reach = standing[recovery]->reach;
  Places apart = recoveries_.Without(reach);
  apart.Put(recovery);
  Places evidence;
  std::set<DeviceId> devices;
  for (size_t place = 0; place < standing.size(); ++place) {
    const Known& known = *standing[place];
    const PersonOp& op = known.op;
    const bool signed_well = op.signer == recovery_sign_ || recoveries_.Has(place) || devices.contains(op.signer);
    if (!signed_well || known.reach.Meets(apart)) {
      apart.Put(place);
      continue;
    }
    evidence.Put(place);
    if (const auto* added = std::get_if<AddDevice>(&op.kind)) devices.insert(added->device);
    if (const auto* recover = std::get_if<Recover>(&op.kind)) devices.insert(recover->device.device);
  }
  return evidence;
}

std::optional<size_t> Person::NamedLastIn(const Places& ops) const {
  const Places said = ops.And(trusting_);
  Places followed;  // by one of them
  for (size_t place = 0; place < order_.size(); ++place) {
    if (said.Has(place)) followed.Join(ReachOf(ops_.at(order_[place]).op.parents));
  }
  const Places newest = said.Without(followed);
  std::optional<size_t> lowest;
  for (size_t place = 0; place < order_.size(); ++place) {
    if (!newest.Has(place)) continue;
    // Somebody's word that there are none any more outlives a new set that was made at the same time.
    if (std::get<Trustees>(ops_.at(order_[place]).op.kind).ended()) return std::nullopt;
    if (!lowest || order_[place] < order_[*lowest]) lowest = place;
  }
  return lowest;
}

bool Person::SignerRevokedIn(const Places& ops, size_t place) const {
  const auto revoking = revoking_.find(ops_.at(order_[place]).op.signer);
  return revoking != revoking_.end() && revoking->second.Meets(ops);
}

// The phrase outranks the trustees: a recovery of theirs that the phrase's did not accept is void, and so is one by
// trustees that it did not accept.
bool Person::IsFounded(size_t recovery, const ByPlace& standing) const {
  Places evidence = EvidenceOn(recovery, standing);
  for (const Phrase& phrase : phrases_) {
    if (phrase.accepted.Has(recovery)) continue;
    if (!standing[recovery]->reach.Has(phrase.place)) return false;
    const Places doubtful = evidence.And(trusting_).Without(phrase.accepted);
    for (size_t place = 0; place < standing.size(); ++place) {
      if (doubtful.Has(place) && !standing[place]->reach.Has(phrase.place)) evidence.Drop(place);
    }
  }
  const auto named = NamedLastIn(evidence);
  return named && !SignerRevokedIn(evidence, *named) &&
         std::get<Trustees>(standing[*named]->op.kind).sign == standing[recovery]->op.signer;
}

void Person::SettleTrustees() {
  Places counted;
  for (size_t place = 0; place < order_.size(); ++place) {
    if (ops_.at(order_[place]).counts) counted.Put(place);
  }
  trustees_.reset();
  trustees_op_ = {};
  const auto named = NamedLastIn(counted);
  trustees_fell_ = named && SignerRevokedIn(counted, *named);
  if (!named || trustees_fell_) return;
  trustees_op_ = order_[*named];
  trustees_ = std::get<Trustees>(ops_.at(trustees_op_).op.kind);
}

bool Person::ReachesTrustees(std::span<const OpId> heads) const {
  return !trustees_ || Below(heads).contains(trustees_op_);
}

bool Person::WereTrustees(const SignPublic& authority) const {
  if (trustees_ && trustees_->sign == authority) return false;
  return std::ranges::any_of(ops_, [&](const auto& known) {
    const auto* trustees = std::get_if<Trustees>(&known.second.op.kind);
    return trustees != nullptr && !trustees->ended() && trustees->sign == authority;
  });
}

bool Person::WasTrusteesSeat(const SeatKeyId& seat) const {
  return std::ranges::any_of(ops_, [&](const auto& known) {
    const auto* trustees = std::get_if<Trustees>(&known.second.op.kind);
    return trustees != nullptr && !trustees->ended() && trustees->seat == seat;
  });
}

}  // namespace kith
