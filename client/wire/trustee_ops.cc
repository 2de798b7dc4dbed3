#include "client/wire/trustee_ops.h"

#include "client/wire/proto_fields.h"
#include "crypto/base/limits.h"
#include "kith/v1/sealed.pb.h"

namespace kith::wire {

void WriteTrustees(const Trustees& kind, v1::Trustees* to) {
  if (kind.ended()) return;
  to->set_sign_key(Text(kind.sign));
  to->set_box_key(Text(kind.box));
  to->set_seat_key(Text(kind.seat));
  to->set_needed(kind.needed);
  to->set_made(kind.made);
}

void WriteTrusteeShare(const TrusteeShareOp& op, v1::TrusteeShare* to) {
  to->set_hlc(op.hlc);
  to->set_authority(Text(op.authority));
  to->set_box(Text(op.box));
}

void WriteTrusteeTaken(const TrusteeTakenOp& op, v1::TrusteeTaken* to) {
  to->set_hlc(op.hlc);
  to->set_authority(Text(op.authority));
}

void WriteTrusteeClaim(const TrusteeClaimOp& op, v1::TrusteeClaim* to) {
  to->set_hlc(op.hlc);
  to->set_authority(Text(op.authority));
  to->set_claim(Text(op.claim));
  to->set_due(op.due_ms);
}

void WriteTrusteeVeto(const TrusteeVetoOp& op, v1::TrusteeVeto* to) {
  to->set_hlc(op.hlc);
  to->set_claim(Text(op.claim));
}

void WriteWitness(const WitnessOp& op, v1::Witness* to) {
  to->set_hlc(op.hlc);
  to->set_sealed(Text(op.sealed));
}

Result<Trustees> ReadTrustees(const v1::Trustees& in) {
  Trustees kind;
  if (in.needed() == 0) {
    const bool empty = in.sign_key().empty() && in.box_key().empty() && in.seat_key().empty() && in.made() == 0;
    return empty ? Result<Trustees>(kind) : Malformed();
  }
  if (in.needed() < 2 || in.made() < in.needed() || in.made() > limits::kTrustees) return Malformed();
  KITH_TRY(ReadId(in.sign_key(), kind.sign));
  KITH_TRY(ReadId(in.box_key(), kind.box));
  KITH_TRY(ReadId(in.seat_key(), kind.seat));
  kind.needed = static_cast<uint8_t>(in.needed());
  kind.made = static_cast<uint8_t>(in.made());
  return kind;
}

Result<Op> ReadTrusteeShare(const v1::TrusteeShare& in) {
  if (in.box().size() > limits::kTrusteeBox) return Malformed();
  TrusteeShareOp op{.hlc = in.hlc(), .authority = {}, .box = ToBytes(in.box())};
  KITH_TRY(ReadId(in.authority(), op.authority));
  return Op(std::move(op));
}

Result<Op> ReadTrusteeTaken(const v1::TrusteeTaken& in) {
  TrusteeTakenOp op{.hlc = in.hlc(), .authority = {}};
  KITH_TRY(ReadId(in.authority(), op.authority));
  return Op(op);
}

Result<Op> ReadTrusteeClaim(const v1::TrusteeClaim& in) {
  TrusteeClaimOp op{.hlc = in.hlc(), .authority = {}, .claim = {}, .due_ms = in.due()};
  KITH_TRY(ReadId(in.authority(), op.authority));
  KITH_TRY(ReadId(in.claim(), op.claim));
  return Op(op);
}

Result<Op> ReadTrusteeVeto(const v1::TrusteeVeto& in) {
  TrusteeVetoOp op{.hlc = in.hlc(), .claim = {}};
  KITH_TRY(ReadId(in.claim(), op.claim));
  return Op(op);
}

Result<Op> ReadWitness(const v1::Witness& in) {
  if (in.sealed().size() > limits::kTrusteeBox) return Malformed();
  return Op(WitnessOp{.hlc = in.hlc(), .sealed = ToBytes(in.sealed())});
}

}  // namespace kith::wire
