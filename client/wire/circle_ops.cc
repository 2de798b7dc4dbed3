#include "client/wire/circle_ops.h"

#include <set>

#include "client/model/text.h"
#include "client/wire/proto_fields.h"
#include "crypto/base/limits.h"
#include "kith/v1/sealed.pb.h"

namespace kith {

using wire::Malformed;
using wire::ReadId;
using wire::ReadIds;
using wire::Text;

namespace {

bool IsRole(int role) { return role >= v1::Member::OWNER && role <= v1::Member::READER; }

void WriteMember(const RosterMember& member, v1::Member* to) {
  to->set_person(Text(member.person));
  to->set_role(static_cast<v1::Member::Role>(member.role));
  if (!member.seat.IsZero()) to->set_seat(Text(member.seat));
  to->set_name(member.name);
}

Result<> ReadMember(const v1::Member& in, RosterMember& to) {
  if (!IsRole(in.role()) || in.name().size() > kMaxFriendLabel) return Malformed();
  KITH_TRY(ReadId(in.person(), to.person));
  to.role = static_cast<Role>(in.role());
  if (!in.seat().empty()) KITH_TRY(ReadId(in.seat(), to.seat));
  to.name = in.name();
  return {};
}

struct RosterKindWriter {
  v1::RosterOp* out;

  void operator()(const RosterGenesis& kind) const {
    out->mutable_genesis()->set_mailbox(Text(kind.mailbox));
    out->mutable_genesis()->set_pair(kind.pair);
    for (const RosterMember& member : kind.members) WriteMember(member, out->mutable_genesis()->add_members());
  }
  void operator()(const AddMember& kind) const {
    WriteMember(kind.member, out->mutable_add()->mutable_member());
    out->mutable_add()->set_invite(Text(kind.invite));
  }
  void operator()(const RemoveMember& kind) const { out->mutable_remove()->set_person(Text(kind.person)); }
  void operator()(const SetRole& kind) const {
    out->mutable_set_role()->set_person(Text(kind.person));
    out->mutable_set_role()->set_role(static_cast<v1::Member::Role>(kind.role));
  }
  void operator()(const LeaveCircle&) const { out->mutable_leave(); }
};

Result<> ReadGenesis(const v1::RosterGenesis& in, RosterGenesis& genesis) {
  genesis.pair = in.pair();
  KITH_TRY(ReadId(in.mailbox(), genesis.mailbox));
  if (in.members_size() > static_cast<int>(limits::kMembers)) return Malformed();
  for (const v1::Member& member : in.members()) KITH_TRY(ReadMember(member, genesis.members.emplace_back()));
  return {};
}

}  // namespace

Bytes RosterOp::Encode() const {
  v1::RosterOp out;
  for (const OpId& parent : parents) out.add_parents(Text(parent));
  out.set_person(Text(person));
  out.set_signer(Text(signer));
  std::visit(RosterKindWriter{&out}, kind);
  for (const OpId& head : person_heads) out.add_person_heads(Text(head));
  return wire::Serialize(out);
}

Result<RosterOp> RosterOp::Decode(ByteView body) {
  if (body.size() > limits::kRosterOp) return Malformed();
  v1::RosterOp in;
  KITH_TRY(wire::ParseInto(body, in));
  if (in.parents_size() > static_cast<int>(limits::kRosterParents)) return Malformed();
  if (in.person_heads_size() > static_cast<int>(limits::kRosterPersonHeads)) return Malformed();
  RosterOp op;
  KITH_TRY(ReadIds(in.parents(), op.parents));
  KITH_TRY(ReadIds(in.person_heads(), op.person_heads));
  if (std::set<OpId>(op.parents.begin(), op.parents.end()).size() != op.parents.size()) return Malformed();
  KITH_TRY(ReadId(in.person(), op.person));
  KITH_TRY(ReadId(in.signer(), op.signer));
  switch (in.kind_case()) {
    case v1::RosterOp::kGenesis:
      KITH_TRY(ReadGenesis(in.genesis(), op.kind.emplace<RosterGenesis>()));
      return op;
    case v1::RosterOp::kAdd: {
      auto& add = op.kind.emplace<AddMember>();
      KITH_TRY(ReadMember(in.add().member(), add.member));
      KITH_TRY(ReadId(in.add().invite(), add.invite));
      if (add.member.seat.IsZero()) return Malformed();
      return op;
    }
    case v1::RosterOp::kRemove:
      KITH_TRY(ReadId(in.remove().person(), op.kind.emplace<RemoveMember>().person));
      return op;
    case v1::RosterOp::kSetRole: {
      auto& set = op.kind.emplace<SetRole>();
      KITH_TRY(ReadId(in.set_role().person(), set.person));
      if (!IsRole(in.set_role().role())) return Malformed();
      set.role = static_cast<Role>(in.set_role().role());
      return op;
    }
    case v1::RosterOp::kLeave:
      op.kind = LeaveCircle{};
      return op;
    case v1::RosterOp::KIND_NOT_SET:
      return Malformed();
  }
  return Malformed();
}

namespace wire {

void WriteCircleInvite(const CircleInviteOp& op, v1::CircleInvite* to) {
  to->set_hlc(op.hlc);
  to->set_circle(Text(op.circle));
  to->set_roster(Text(op.roster));
  to->set_name(op.name);
  to->set_relay(op.relay);
  to->set_role(static_cast<v1::Member::Role>(op.role));
  to->set_members(op.members);
  for (const OpId& head : op.heads) to->add_heads(Text(head));
}

void WriteCircleAnswer(const CircleAnswerOp& op, v1::CircleAnswer* to) {
  to->set_hlc(op.hlc);
  to->set_invite(Text(op.invite));
  to->set_circle(Text(op.circle));
  to->set_accepted(op.accepted);
  if (op.accepted) to->set_seat(Text(op.seat));
  to->set_name(op.name);
}

void WriteHistoryGrant(const HistoryGrantOp& op, v1::HistoryGrant* to) {
  to->set_hlc(op.hlc);
  to->set_person(Text(op.person));
  to->set_box(Text(op.box));
}

Result<Op> ReadCircleInvite(const v1::CircleInvite& in) {
  CircleInviteOp op{.hlc = in.hlc(), .circle = {}, .roster = {}, .name = in.name(), .relay = in.relay()};
  KITH_TRY(ReadId(in.circle(), op.circle));
  KITH_TRY(ReadId(in.roster(), op.roster));
  if (!IsRole(in.role()) || op.name.size() > kMaxFriendLabel || op.relay.empty() || in.members() > limits::kMembers)
    return Malformed();
  // A circle that is kept without a roster would be a friend without a person.
  if (op.circle.IsZero() || op.roster.IsZero()) return Malformed();
  op.role = static_cast<Role>(in.role());
  op.members = in.members();
  KITH_TRY(ReadIds(in.heads(), op.heads));
  return Op(std::move(op));
}

Result<Op> ReadCircleAnswer(const v1::CircleAnswer& in) {
  CircleAnswerOp op{
      .hlc = in.hlc(), .invite = {}, .circle = {}, .accepted = in.accepted(), .seat = {}, .name = in.name()};
  KITH_TRY(ReadId(in.invite(), op.invite));
  KITH_TRY(ReadId(in.circle(), op.circle));
  if (op.accepted) KITH_TRY(ReadId(in.seat(), op.seat));
  if (op.name.size() > kMaxFriendLabel || in.seat().empty() == op.accepted) return Malformed();
  // Nobody could be added with it.
  if (op.accepted && op.seat.IsZero()) return Malformed();
  return Op(std::move(op));
}

Result<Op> ReadHistoryGrant(const v1::HistoryGrant& in) {
  HistoryGrantOp op{.hlc = in.hlc(), .person = {}, .box = ToBytes(in.box())};
  KITH_TRY(ReadId(in.person(), op.person));
  return Op(std::move(op));
}

}  // namespace wire
}  // namespace kith
