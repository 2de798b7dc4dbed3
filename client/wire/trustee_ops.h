// The fields of operations about social recovery. For wire's .cc files only.
#pragma once

#include "client/wire/ops.h"

namespace kith::v1 {
class TrusteeClaim;
class Trustees;
class TrusteeShare;
class TrusteeTaken;
class TrusteeVeto;
class Witness;
}  // namespace kith::v1

namespace kith::wire {

void WriteTrustees(const Trustees& kind, v1::Trustees* to);
void WriteTrusteeShare(const TrusteeShareOp& op, v1::TrusteeShare* to);
void WriteTrusteeTaken(const TrusteeTakenOp& op, v1::TrusteeTaken* to);
void WriteTrusteeClaim(const TrusteeClaimOp& op, v1::TrusteeClaim* to);
void WriteTrusteeVeto(const TrusteeVetoOp& op, v1::TrusteeVeto* to);
void WriteWitness(const WitnessOp& op, v1::Witness* to);

// kMalformed.
Result<Trustees> ReadTrustees(const v1::Trustees& in);
Result<Op> ReadTrusteeShare(const v1::TrusteeShare& in);
Result<Op> ReadTrusteeTaken(const v1::TrusteeTaken& in);
Result<Op> ReadTrusteeClaim(const v1::TrusteeClaim& in);
Result<Op> ReadTrusteeVeto(const v1::TrusteeVeto& in);
Result<Op> ReadWitness(const v1::Witness& in);

}  // namespace kith::wire
