// Between messages and values.
#pragma once

#include "kith/v1/relay.pb.h"
#include "server/calls.h"

namespace kith::relay {

template <class IdType>
void SetBytes(std::string* out, const IdType& id) {
  out->assign(AsText(id.view()));
}

inline void SetCursor(v1::Cursor* out, const Cursor& cursor) {
  out->set_seq(cursor.seq);
  if (cursor.seq > 0) SetBytes(out->mutable_chain(), cursor.chain);
}

// kMalformed: a chain at 0, or none elsewhere.
inline Result<Cursor> CursorOf(const v1::Cursor& in) {
  if (in.seq() == 0 && in.chain().empty()) return Cursor{};
  const auto chain = Chain::From(AsBytes(in.chain()));
  if (in.seq() == 0 || !chain) return Fail(Code::kMalformed);
  return Cursor{in.seq(), *chain};
}

inline Result<SignedStatement> StatementOf(const v1::Statement& in) {
  const auto signature = Signature::From(AsBytes(in.signature()));
  if (!signature) return Fail(Code::kMalformed);
  return SignedStatement{ToBytes(in.body()), *signature};
}

}  // namespace kith::relay
