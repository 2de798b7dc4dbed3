// A person's signed operations, which stand in packs and in messages of pairing. For wire's .cc files only.
#pragma once

#include <vector>

#include "client/wire/ops.h"
#include "client/wire/proto_fields.h"
#include "kith/v1/sealed.pb.h"

namespace kith::wire {

inline void WriteSignedPersonOp(const SignedPersonOp& op, v1::SignedPersonOp* to) {
  to->set_body(Text(op.body));
  to->set_signature(Text(op.signature));
  if (op.countersignature) to->set_countersignature(Text(*op.countersignature));
}

inline Result<> ReadSignedPersonOp(const v1::SignedPersonOp& in, SignedPersonOp& out) {
  out.body = ToBytes(in.body());
  KITH_TRY(ReadId(in.signature(), out.signature));
  if (!in.countersignature().empty()) KITH_TRY(ReadId(in.countersignature(), out.countersignature.emplace()));
  return {};
}

template <class List>
void WritePerson(const std::vector<SignedPersonOp>& person, List* out) {
  for (const SignedPersonOp& op : person) WriteSignedPersonOp(op, out->Add());
}

template <class List>
Result<> ReadPerson(const List& in, std::vector<SignedPersonOp>& out) {
  for (const v1::SignedPersonOp& op : in) KITH_TRY(ReadSignedPersonOp(op, out.emplace_back()));
  return {};
}

}  // namespace kith::wire
