#include "client/wire/introduction.h"

#include "client/wire/proto_fields.h"
#include "client/wire/signed_fields.h"
#include "kith/v1/meeting.pb.h"

namespace kith {

using wire::ReadArray;
using wire::ReadId;
using wire::ReadPerson;
using wire::Text;
using wire::WritePerson;

Bytes FriendOffer::Encode() const {
  v1::FriendOffer out;
  WritePerson(person, out.mutable_person());
  return wire::Serialize(out);
}

Result<FriendOffer> FriendOffer::Decode(ByteView bytes) {
  v1::FriendOffer in;
  KITH_TRY(wire::ParseInto(bytes, in));
  FriendOffer out;
  KITH_TRY(ReadPerson(in.person(), out.person));
  return out;
}

Bytes FriendRequest::Encode() const {
  v1::FriendRequest out;
  WritePerson(person, out.mutable_person());
  out.set_seat(Text(seat));
  out.set_lane(Text(lane));
  return wire::Serialize(out);
}

Result<FriendRequest> FriendRequest::Decode(ByteView bytes) {
  v1::FriendRequest in;
  KITH_TRY(wire::ParseInto(bytes, in));
  FriendRequest out;
  KITH_TRY(ReadPerson(in.person(), out.person));
  KITH_TRY(ReadId(in.seat(), out.seat));
  KITH_TRY(ReadId(in.lane(), out.lane));
  return out;
}

Bytes FriendGrant::Encode() const {
  v1::FriendGrant out;
  out.set_mailbox(Text(mailbox));
  wire::WriteStatements(statements, out.mutable_statements());
  out.mutable_roster()->set_body(Text(roster.body));
  out.mutable_roster()->set_signature(Text(roster.signature));
  out.mutable_generation()->set_generation(Text(generation.generation));
  out.mutable_generation()->set_key(Text(generation.key));
  return wire::Serialize(out);
}

Result<FriendGrant> FriendGrant::Decode(ByteView bytes) {
  v1::FriendGrant in;
  KITH_TRY(wire::ParseInto(bytes, in));
  FriendGrant out;
  KITH_TRY(ReadId(in.mailbox(), out.mailbox));
  KITH_TRY(wire::ReadStatements(in.statements(), out.statements));
  out.roster.body = ToBytes(in.roster().body());
  KITH_TRY(ReadId(in.roster().signature(), out.roster.signature));
  KITH_TRY(ReadId(in.generation().generation(), out.generation.generation));
  KITH_TRY(ReadArray(in.generation().key(), out.generation.key));
  return out;
}

}  // namespace kith
