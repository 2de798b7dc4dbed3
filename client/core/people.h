// A person: a signed hash-DAG of operations that says which devices are theirs. Order of arrival does not matter;
// revocation wins.
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

  // Takes an operation whose signatures verify; one whose parents or signer are not known yet is kept and counts once
  // they are. Adding one again changes nothing. kSignatureInvalid, kMalformed, kForgedRecord (another genesis),
  // kTooLarge. Returns its id.
  Result<OpId> Add(const SignedPersonOp& op);

  const PersonId& id() const { return id_; }
  bool Has(const OpId& op) const { return ops_.contains(op); }
  const BoxPublic& recovery_box() const { return recovery_box_; }
  // Devices that count, revoked ones included.
  const std::map<DeviceId, Device>& devices() const { return devices_; }
  bool IsDevice(const DeviceId& device) const;  // and not revoked
  // Operations that count and that no other counted one cites, ascending.
  const std::vector<OpId>& heads() const { return heads_; }
  // Hash over the heads: what packs and certificates cite.
  std::array<uint8_t, 32> HeadHash() const;
  // Every operation known, parents first.
  std::vector<SignedPersonOp> Operations() const;
  // Those that count alone.
  std::vector<SignedPersonOp> CountedOperations() const;
  // The newest of what friends are to seal to; nullopt where nothing was said.
  const std::optional<SealingKey>& sealing_key() const { return sealing_key_; }

 private:
  struct Known {
    SignedPersonOp signed_op;
    PersonOp op;
    bool counts = false;
  };
  // Works out anew what counts.
  void Settle();
  bool Countable(const Known& known) const;
  void Count(const OpId& id, Known& known);

  PersonId id_;
  SignPublic recovery_sign_;
  BoxPublic recovery_box_;
  std::map<OpId, Known> ops_;
  std::vector<OpId> order_;  // counted ones, parents first
  std::map<DeviceId, Device> devices_;
  std::vector<OpId> heads_;
  std::optional<SealingKey> sealing_key_;
};

// An AddDevice operation signed by `signer` and countersigned by the device's own key.
SignedPersonOp SignAddDevice(const Signer& signer, Bytes body, const Signature& countersignature);
Signature CountersignAddDevice(const Signer& device, ByteView body);

}  // namespace kith
