// What is signed and handed on as it was received: a person's operations, in packs and in messages of pairing, and seat
// statements. For wire's .cc files only.
#pragma once

#include <vector>

#include "client/wire/link.h"
#include "client/wire/proto_fields.h"

namespace kith::wire {

template <class Message>
void WriteSignedPersonOp(const SignedPersonOp& op, Message* to) {
  to->set_body(Text(op.body));
  to->set_signature(Text(op.signature));
  if (op.countersignature) to->set_countersignature(Text(*op.countersignature));
}

template <class Message>
Result<> ReadSignedPersonOp(const Message& in, SignedPersonOp& out) {
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
  for (const auto& op : in) KITH_TRY(ReadSignedPersonOp(op, out.emplace_back()));
  return {};
}

template <class List>
void WriteStatements(const std::vector<StatementCopy>& statements, List* out) {
  for (const StatementCopy& statement : statements) {
    auto* to = out->Add();
    to->set_body(Text(statement.body));
    to->set_signature(Text(statement.signature));
  }
}

template <class List>
Result<> ReadStatements(const List& in, std::vector<StatementCopy>& out) {
  for (const auto& statement : in) {
    StatementCopy& to = out.emplace_back();
    to.body = ToBytes(statement.body());
    KITH_TRY(ReadId(statement.signature(), to.signature));
  }
  return {};
}

}  // namespace kith::wire
