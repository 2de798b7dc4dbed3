#include "client/wire/link.h"

#include "client/wire/proto_fields.h"
#include "client/wire/signed_fields.h"
#include "kith/v1/meeting.pb.h"

namespace kith {

using wire::ReadArray;
using wire::ReadId;
using wire::ReadIds;
using wire::Text;

Bytes LinkOffer::Encode() const {
  v1::LinkOffer out;
  out.set_person(Text(person));
  for (const OpId& parent : parents) out.add_parents(Text(parent));
  out.set_signer(Text(signer));
  return wire::Serialize(out);
}

Result<LinkOffer> LinkOffer::Decode(ByteView bytes) {
  v1::LinkOffer in;
  KITH_TRY(wire::ParseInto(bytes, in));
  LinkOffer out;
  KITH_TRY(ReadId(in.person(), out.person));
  KITH_TRY(ReadIds(in.parents(), out.parents));
  KITH_TRY(ReadId(in.signer(), out.signer));
  return out;
}

Bytes LinkRequest::Encode() const {
  v1::LinkRequest out;
  out.set_add_device(Text(add_device));
  out.set_countersignature(Text(countersignature));
  out.set_lane(Text(lane));
  out.set_label(label);
  return wire::Serialize(out);
}

Result<LinkRequest> LinkRequest::Decode(ByteView bytes) {
  v1::LinkRequest in;
  KITH_TRY(wire::ParseInto(bytes, in));
  LinkRequest out;
  out.add_device = ToBytes(in.add_device());
  KITH_TRY(ReadId(in.countersignature(), out.countersignature));
  KITH_TRY(ReadId(in.lane(), out.lane));
  out.label = in.label();
  return out;
}

Bytes LinkGrant::Encode() const {
  v1::LinkGrant out;
  wire::WritePerson(person, out.mutable_person());
  out.set_mailbox(Text(mailbox));
  for (const WrappedKey& key : generations) {
    v1::WrappedKey* to = out.add_generations();
    to->set_generation(Text(key.generation));
    to->set_key(Text(key.key));
  }
  for (const Seen& head : heads) {
    v1::Seen* to = out.add_heads();
    to->set_lane(Text(head.lane));
    to->set_seq(head.seq);
    to->set_record_id(Text(head.record));
  }
  wire::WriteStatements(statements, out.mutable_statements());
  out.set_relay(relay);
  if (!epoch.IsZero()) out.set_epoch(Text(epoch));
  return wire::Serialize(out);
}

Result<LinkGrant> LinkGrant::Decode(ByteView bytes) {
  v1::LinkGrant in;
  KITH_TRY(wire::ParseInto(bytes, in));
  LinkGrant out;
  KITH_TRY(wire::ReadPerson(in.person(), out.person));
  KITH_TRY(ReadId(in.mailbox(), out.mailbox));
  for (const v1::WrappedKey& key : in.generations()) {
    WrappedKey& to = out.generations.emplace_back();
    KITH_TRY(ReadId(key.generation(), to.generation));
    KITH_TRY(ReadArray(key.key(), to.key));
  }
  for (const v1::Seen& head : in.heads()) {
    Seen& to = out.heads.emplace_back();
    KITH_TRY(ReadId(head.lane(), to.lane));
    to.seq = head.seq();
    KITH_TRY(ReadId(head.record_id(), to.record));
  }
  KITH_TRY(wire::ReadStatements(in.statements(), out.statements));
  out.relay = in.relay();
  if (!in.epoch().empty()) KITH_TRY(ReadId(in.epoch(), out.epoch));
  return out;
}

}  // namespace kith
