// A person: a signed hash-DAG of operations that says which devices are theirs. Order of arrival does not matter;
// revocation wins. Which operations count: "Person" in crypto/DESIGN.md.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "client/wire/ops.h"
#include "crypto/base/ids.h"
#include "crypto/base/result.h"
#include "crypto/verify/sign.h"

namespace kith {

OpId PersonOpIdOf(ByteView body);

class Person {
 public:
  struct Device {
    BoxPublic box;
    bool revoked = false;
  };

  // A person by genesis. kForgedRecord unless the recovery authority in it signed it.
  static Result<Person> FromGenesis(const SignedPersonOp& genesis);
  // By all operations, the genesis first. Also kForgedRecord when one does not count, kMalformed when there is none.
  static Result<Person> FromAll(std::span<const SignedPersonOp> ops);
  // By operations that were kept before, in any order: limits were kept when they were taken. What does not hold is
  // left out. kVaultDamaged when the genesis is not among them.
  static Result<Person> FromKept(const PersonId& id, std::span<const SignedPersonOp> ops);

  // Takes an operation whose signatures verify; one whose parents or signer are not known yet is kept and counts once
  // they are. Adding one again changes nothing. kSignatureInvalid, kMalformed, kForgedRecord (another genesis),
  // kTooLarge: "Limits" under "Person" in crypto/DESIGN.md. Nothing has changed then. Returns its id.
  Result<OpId> Add(const SignedPersonOp& op);

  const PersonId& id() const { return id_; }
  bool Has(const OpId& op) const { return ops_.contains(op); }
  // Whether it is known and all that it follows is.
  bool Stands(const OpId& op) const { return ops_.contains(op) && ops_.at(op).stands; }
  const BoxPublic& recovery_box() const { return recovery_box_; }
  // Devices that count, revoked ones included.
  const std::map<DeviceId, Device>& devices() const { return devices_; }
  bool IsDevice(const DeviceId& device) const;  // and not revoked
  // Whether it ever was one, by what stands: also where a recovery has made its addition void. More operations never
  // take this back, so it does not depend on the order in which they are heard.
  bool WasDevice(const DeviceId& device) const { return ever_.contains(device); }
  // Those that were, and are none any more: revoked, or made void by a recovery.
  std::set<DeviceId> GoneDevices() const;
  // Of those, which who knew these operations knew to be none any more.
  std::set<DeviceId> KnownGone(std::span<const OpId> heads) const;
  // Operations that count and that no other counted one cites, ascending.
  const std::vector<OpId>& heads() const { return heads_; }
  // Hash over the heads: what packs and certificates cite.
  std::array<uint8_t, 32> HeadHash() const;
  // Every operation known, parents first.
  std::vector<SignedPersonOp> Operations() const;
  // Those that count, and what they stand on: what FromAll makes the same person of.
  std::vector<SignedPersonOp> CountedOperations() const;
  // Whether these operations follow every revocation and every recovery known: what is sealed under a key that was made
  // by whoever knew of them, no revoked device was given. Always so where nothing was ever revoked.
  bool Covers(std::span<const OpId> heads) const;
  // Whether they follow the addition of every device that is not revoked.
  bool Reaches(std::span<const OpId> heads) const;
  bool HasRevoked() const { return !to_cover_.empty(); }
  // What friends are to seal to; nullopt where no device that counts has said it.
  const std::optional<SealingKey>& sealing_key() const { return sealing_key_; }
  // Whether it was said since the last revocation, so that no revoked device can have the secret.
  bool SealingKeyCovers() const { return sealing_key_ && sealing_key_covers_; }
  // Who can bring the journal back without the phrase; nullptr: nobody.
  const Trustees* trustees() const { return trustees_ ? &*trustees_ : nullptr; }
  // Whether these operations follow the one that says so; true where nobody can.
  bool ReachesTrustees(std::span<const OpId> heads) const;
  // Whether any operation known, counted or not, gave trustees this seat.
  bool WasTrusteesSeat(const SeatKeyId& seat) const;
  // Whether anything was ever said to seal to.
  bool HasSealed() const { return has_sealed_; }

 private:
  struct Known {
    SignedPersonOp signed_op;
    PersonOp op;
    bool stands = false;  // its parents stand, and its signer was a device when all is as its signer knew it
    bool counts = false;
  };
  // kMalformed, kForgedRecord, kSignatureInvalid.
  Result<PersonOp> Verified(const OpId& id, const SignedPersonOp& signed_op) const;
  Result<> CheckRoom(const PersonOp& op) const;
  // Whether it may sign what others of this person then stand on, as far as is known. For a recovery: by trustees.
  bool MaySign(const PersonOp& op) const;
  void Keep(const OpId& id, const SignedPersonOp& signed_op, PersonOp op);
  // Works out anew what counts.
  void Settle();
  void Stand();
  // Of recoveries by trustees' authorities, parents first, the first that was not theirs to sign; nullopt when none is.
  std::optional<OpId> FirstUnfounded() const;
  bool IsFounded(const OpId& recovery) const;
  // What stands and follows no trustees' recovery but those below `recovery`.
  std::set<OpId> EvidenceOn(const OpId& recovery) const;
  // Who the trustees are by some of the operations alone.
  std::optional<OpId> TrusteesIn(const std::set<OpId>& ops) const;
  bool IsTrusteesRecovery(const OpId& id) const;
  void SettleTrustees();
  bool CanStand(const Known& known) const;
  bool NamedTrustees(const PersonOp& op) const;
  void Admit(const PersonOp& op);
  void SettleRecovery();
  void SettleSealingKey();
  // Those of `ids` that no other one of them follows.
  std::set<OpId> Newest(const std::set<OpId>& ids) const;
  // These operations and all below them.
  std::set<OpId> Below(std::span<const OpId> heads) const;

  PersonId id_;
  SignPublic recovery_sign_;
  BoxPublic recovery_box_;
  std::map<OpId, Known> ops_;
  std::set<OpId> barred_;     // recoveries by who are not the trustees
  std::set<DeviceId> named_;  // by revocations that are known, whether they count or not
  std::vector<OpId> order_;   // those that stand, parents first
  std::map<DeviceId, Device> devices_;
  std::set<DeviceId> ever_;  // devices by all that stands when no recovery is barred
  std::vector<OpId> heads_;
  std::vector<OpId> to_cover_;  // revocations and recoveries that count
  std::optional<Trustees> trustees_;
  OpId trustees_op_;  // that says so
  std::optional<SealingKey> sealing_key_;
  bool sealing_key_covers_ = false;
  bool has_sealed_ = false;
};

// An AddDevice operation signed by `signer` and countersigned by the device's own key.
SignedPersonOp SignAddDevice(const Signer& signer, Bytes body, const Signature& countersignature);
Signature CountersignAddDevice(const Signer& device, ByteView body);

}  // namespace kith
