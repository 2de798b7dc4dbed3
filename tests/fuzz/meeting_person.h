// Who a device of the frozen world meets.
#pragma once

#include "client/wire/ops.h"
#include "crypto/phrase.h"
#include "crypto/seal.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/fuzz/intake_world.h"
#include "tests/fuzz/records_keys.h"

namespace kith::fuzz {

// All operations of a person with one device and a key to seal to. The same in every run.
inline std::vector<SignedPersonOp> SomebodyElse() {
  const RecoveryKeys recovery = DeriveRecovery(RecoverySecret::Copy(Bytes(RecoverySecret::kSize, 0x31)));
  const auto box = [](uint8_t fill) { return BoxPair::FromSecret(BoxSecret::Copy(Bytes(32, fill))).public_key(); };
  const Signer& device = FixedSigner(3);
  const auto id = [](const SignedPersonOp& op) { return HashId<OpId>(labels::kPersonOp, {op.body}); };
  const auto signed_by = [](const Signer& signer, std::vector<OpId> parents, decltype(PersonOp::kind) kind) {
    SignedPersonOp op{
        .body =
            PersonOp{.parents = std::move(parents), .signer = signer.public_key(), .kind = std::move(kind)}.Encode(),
        .signature = {},
        .countersignature = {}};
    op.signature = signer.Sign(labels::kSignPersonOp, op.body);
    return op;
  };
  const SignedPersonOp genesis =
      signed_by(recovery.sign, {},
                PersonGenesis{.recovery_sign = recovery.sign.public_key(), .recovery_box = recovery.box.public_key()});
  SignedPersonOp added =
      signed_by(recovery.sign, {id(genesis)}, AddDevice{.device = device.public_key(), .box = box(0x32)});
  added.countersignature = device.Sign(labels::kCountersignPersonOp, added.body);
  const SignedPersonOp sealing =
      signed_by(device, {id(added)}, SealingKey{.generation = GenerationId{{1}}, .box = box(0x33)});
  return {genesis, added, sealing};
}

}  // namespace kith::fuzz
