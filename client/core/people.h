// A person: a signed hash-DAG of operations that says which devices are theirs. Order of arrival does not matter;
// revocation wins. Which operations count: "Person" in crypto/DESIGN.md.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "client/core/places.h"
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
  // they are. Adding one again changes nothing. Where `most` stand, only what takes devices out is taken.
  // kSignatureInvalid, kMalformed, kForgedRecord (another genesis), kTooLarge: "Limits" under "Person" in
  // crypto/DESIGN.md. Nothing has changed then. Returns its id.
  Result<OpId> Add(const SignedPersonOp& op, size_t most = SIZE_MAX);

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
  // The device that says so; only where there are trustees.
  const SignPublic& trusting_device() const { return ops_.at(trustees_op_).op.signer; }
  // Whether there are none only since the device that named the last ones was revoked.
  bool TrusteesFell() const { return trustees_fell_; }
  // Whether some operation known named these, and they are not the present ones.
  bool WereTrustees(const SignPublic& authority) const;
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
    Places reach;  // where it stands: its place in order_, and those of all below it
  };
  // What a recovery by the phrase accepts.
  struct Phrase {
    size_t place;
    Places accepted;
  };
  using ByPlace = std::vector<const Known*>;

  // kMalformed, kForgedRecord, kSignatureInvalid.
  Result<PersonOp> Verified(const OpId& id, const SignedPersonOp& signed_op) const;
  Result<> CheckRoom(const PersonOp& op, size_t most) const;
  // Whether it may sign what others of this person then stand on, as far as is known. For a recovery: by trustees.
  bool MaySign(const PersonOp& op) const;
  bool NamedTrustees(const PersonOp& op) const;
  // Keeps an operation, and leaves open what counts.
  void Keep(const OpId& id, const SignedPersonOp& signed_op, PersonOp op);
  // Works out anew what counts.
  void Settle();
  void Stand();
  // What becomes of an operation whose parents stand.
  enum class Fate : uint8_t { kStands, kFalls, kAwaitsSigner };
  Fate FateOf(const PersonOp& op, const Places& below) const;
  void TakePlace(const OpId& id, Known& known, const Places& below);
  // Recoveries by trustees' authorities that were not theirs to sign, and that stand on no other such.
  std::vector<OpId> Unfounded() const;
  bool IsFounded(size_t recovery, const ByPlace& standing) const;
  // What stands without any trustees' recovery but those below this one.
  Places EvidenceOn(size_t recovery, const ByPlace& standing) const;
  // Who was named last by some of the operations alone; nullopt also where that was ended.
  std::optional<size_t> NamedLastIn(const Places& ops) const;
  // Whether some of the operations revoke whoever signed another.
  bool SignerRevokedIn(const Places& ops, size_t place) const;
  // What stands of these heads and of all below them.
  Places ReachOf(std::span<const OpId> heads) const;
  bool IsTrusteesRecovery(const OpId& id) const;
  void SettleTrustees();
  // Returns the device that it adds, if it does.
  std::optional<DeviceId> Admit(const PersonOp& op);
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
  std::set<OpId> barred_;    // recoveries by who are not the trustees
  std::vector<OpId> order_;  // those that stand, parents first
  std::map<DeviceId, Places> revoking_;
  std::map<SignPublic, Places> naming_;  // trustees of this authority
  Places trusting_;                      // saying anything of trustees
  Places recoveries_;                    // by trustees
  std::vector<Phrase> phrases_;
  std::map<DeviceId, Device> devices_;
  std::set<DeviceId> ever_;  // devices by all that stands when no recovery is barred
  std::vector<OpId> heads_;
  Places to_cover_;  // revocations and recoveries that count, and sets of trustees but for a first one
  std::optional<Trustees> trustees_;
  OpId trustees_op_;  // that says so
  bool trustees_fell_ = false;
  std::optional<SealingKey> sealing_key_;
  bool sealing_key_covers_ = false;
  bool has_sealed_ = false;
};

// An AddDevice operation signed by `signer` and countersigned by the device's own key.
SignedPersonOp SignAddDevice(const Signer& signer, Bytes body, const Signature& countersignature);
Signature CountersignAddDevice(const Signer& device, ByteView body);

}  // namespace kith
