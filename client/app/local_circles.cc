// Circles of more than two: founding them, coming in, going.
#include <algorithm>

#include "client/app/friend_flow.h"
#include "client/app/local_use.h"
#include "client/core/membership.h"

namespace kith {
namespace {

v1::CircleMember::Role RoleOf(std::optional<Role> role) {
  if (!role) return v1::CircleMember::NONE;
  switch (*role) {
    case Role::kOwner:
      return v1::CircleMember::OWNER;
    case Role::kWriter:
      return v1::CircleMember::WRITER;
    case Role::kReader:
      return v1::CircleMember::READER;
  }
  return v1::CircleMember::NONE;
}

Result<Role> RoleOf(v1::CircleMember::Role role) {
  if (role == v1::CircleMember::OWNER) return Role::kOwner;
  if (role == v1::CircleMember::WRITER) return Role::kWriter;
  if (role == v1::CircleMember::READER) return Role::kReader;
  return Fail(Code::kInvalidArgument, "Somebody in a circle is an owner, a writer or a reader.");
}

void WriteMember(const MemberInfo& member, v1::CircleMember* to) {
  to->set_name(member.name);
  to->set_friend_(member.friend_label);
  to->set_role(RoleOf(member.role));
  to->set_own(member.own);
}

void WriteCircle(const CircleInfo& from, SyncLoops& loops, v1::CircleInfo* to) {
  to->set_name(from.name);
  to->set_role(RoleOf(from.role));
  to->set_members(static_cast<uint32_t>(from.members));
  to->set_has_owner(from.has_owner);
  to->set_known(from.known);
  to->set_resting(from.state == FriendState::kResting);
  for (const std::string& name : from.waits_for) to->add_waits_for(name);
  for (const std::string& name : from.shuts_out) to->add_shuts_out(name);
  if (!from.relay.address.empty()) to->set_relay(FormatRelayAddress(from.relay));
  const auto loop = loops.Find(from.circle);
  if (!loop) return;  // SYNC_OFF
  const SyncStatus status = loop->status();
  to->set_sync(StateOf(status));
  if (status.problem) {
    to->set_problem_code(CodeName(status.problem->code));
    to->set_problem(status.problem->message);
  }
}

void WriteInvitation(const Invitation& from, v1::CircleInvitation* to) {
  to->set_name(from.name);
  to->set_from(from.from);
  to->set_role(RoleOf(from.role));
  to->set_members(static_cast<uint32_t>(from.members));
}

// Changes a circle, and has its loop, and those of others that it may have begun or ended, told.
template <class Do>
Result<> Changing(Unlocked& unlocked, Do change) {
  KITH_TRY(unlocked.vault->Share([&](Journal& journal) -> Result<> { return change(Membership(journal.state())); }));
  unlocked.loops.Match();
  unlocked.loops.Poke();
  return {};
}

// Changes what this person says of a circle, for their own devices, and lists it anew.
template <class Change>
Result<> ChangeOwn(Unlocked& unlocked, const std::string& name, v1::CircleInfo* reply, Change change) {
  KITH_TRY_ASSIGN(const CircleInfo info, unlocked.vault->Share([&](Journal& journal) -> Result<CircleInfo> {
    const Membership membership(journal.state());
    KITH_TRY_ASSIGN(const CircleInfo known, membership.Find(name));
    KITH_TRY(change(journal, known.circle));
    const auto all = membership.Circles();
    return *std::ranges::find(all, known.circle, &CircleInfo::circle);
  }));
  unlocked.loops.Match();
  unlocked.loops.Poke();
  WriteCircle(info, unlocked.loops, reply);
  return {};
}

Result<> Apply(Membership& membership, const v1::CircleChangeRequest& request, const MailboxId& circle,
               const PersonId& member) {
  switch (request.change_case()) {
    case v1::CircleChangeRequest::kRemove:
      return membership.Remove(circle, member);
    case v1::CircleChangeRequest::kRole: {
      KITH_TRY_ASSIGN(const Role role, RoleOf(request.role()));
      return membership.SetRole(circle, member, role);
    }
    case v1::CircleChangeRequest::kGrantHistory:
      return membership.GrantHistory(circle, member);
    case v1::CircleChangeRequest::CHANGE_NOT_SET:
      break;
  }
  return Fail(Code::kInvalidArgument, "It was not said what to change.");
}

}  // namespace

grpc::Status LocalService::Circles(grpc::ServerContext*, const v1::CirclesRequest*, v1::CirclesReply* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    const auto circles = unlocked.vault->With([](Journal& journal) { return Membership(journal.state()).Circles(); });
    for (const CircleInfo& circle : circles) WriteCircle(circle, unlocked.loops, reply->add_circles());
    return {};
  }));
}

grpc::Status LocalService::CircleCreate(grpc::ServerContext*, const v1::CircleCreateRequest* request,
                                        v1::CircleInfo* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    CircleInfo info;
    KITH_TRY(unlocked.vault->With(
        [&](Journal& journal) { return CheckFriendName(journal, request->name(), std::nullopt); }));
    KITH_TRY(Changing(unlocked, [&](Membership membership) -> Result<> {
      KITH_TRY_ASSIGN(const MailboxId circle, membership.Create(request->name(), request->known_as()));
      const auto all = membership.Circles();
      info = *std::ranges::find(all, circle, &CircleInfo::circle);
      return {};
    }));
    WriteCircle(info, unlocked.loops, reply);
    return {};
  }));
}

grpc::Status LocalService::CircleMembers(grpc::ServerContext*, const v1::CircleRequest* request,
                                         v1::CircleMembersReply* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    CircleInfo info;
    KITH_TRY(unlocked.vault->With([&](Journal& journal) -> Result<> {
      const Membership membership(journal.state());
      KITH_TRY_ASSIGN(info, membership.Find(request->circle()));
      KITH_TRY_ASSIGN(const auto members, membership.Members(info.circle));
      for (const MemberInfo& member : members) WriteMember(member, reply->add_members());
      return {};
    }));
    WriteCircle(info, unlocked.loops, reply->mutable_circle());
    return {};
  }));
}

grpc::Status LocalService::CircleInvite(grpc::ServerContext*, const v1::CircleInviteRequest* request,
                                        v1::CircleInfo* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    CircleInfo info;
    Role role = Role::kWriter;
    if (request->role() != v1::CircleMember::NONE) {
      KITH_TRY_ASSIGN(role, RoleOf(request->role()));
    }
    KITH_TRY(unlocked.vault->Share([&](Journal& journal) -> Result<> {
      Membership membership(journal.state());
      KITH_TRY_ASSIGN(info, membership.Find(request->circle()));
      KITH_TRY_ASSIGN(const FriendInfo asked, journal.sharing().FindFriend(request->friend_()));
      return membership.Invite(info.circle, asked.circle, role);
    }));
    unlocked.loops.Poke();
    WriteCircle(info, unlocked.loops, reply);
    return {};
  }));
}

grpc::Status LocalService::CircleInvitations(grpc::ServerContext*, const v1::CircleInvitationsRequest*,
                                             v1::CircleInvitationsReply* reply) {
  return StatusOf(WithJournal([&](Journal& journal) -> Result<> {
    KITH_TRY_ASSIGN(const auto open, Membership(journal.state()).Invitations());
    for (const Invitation& invitation : open) WriteInvitation(invitation, reply->add_invitations());
    return {};
  }));
}

grpc::Status LocalService::CircleAnswer(grpc::ServerContext*, const v1::CircleAnswerRequest* request,
                                        v1::CircleInvitation* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) {
    return Changing(unlocked, [&](Membership membership) -> Result<> {
      KITH_TRY_ASSIGN(const Invitation asked, membership.FindInvitation(request->name()));
      WriteInvitation(asked, reply);
      if (!request->accept()) return membership.Decline(asked.id);
      const std::string& call = request->call().empty() ? asked.name : request->call();
      const auto joined = membership.Join(asked.id, call, request->known_as());
      return joined ? Result<>() : joined.error();
    });
  }));
}

grpc::Status LocalService::CircleChange(grpc::ServerContext*, const v1::CircleChangeRequest* request,
                                        v1::CircleMember* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) {
    return Changing(unlocked, [&](Membership membership) -> Result<> {
      KITH_TRY_ASSIGN(const CircleInfo info, membership.Find(request->circle()));
      const auto found = membership.FindMember(info.circle, request->member());
      const bool removes = request->change_case() == v1::CircleChangeRequest::kRemove;
      if (!found && found.error().code == Code::kNotFound && removes) {
        reply->set_friend_(request->member());
        return membership.Uninvite(info.circle, request->member());
      }
      KITH_TRY_ASSIGN(const MemberInfo member, found);
      WriteMember(member, reply);
      return Apply(membership, *request, info.circle, member.person);
    });
  }));
}

grpc::Status LocalService::CircleRename(grpc::ServerContext*, const v1::CircleRenameRequest* request,
                                        v1::CircleInfo* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) {
    return ChangeOwn(unlocked, request->circle(), reply, [&](Journal& journal, const MailboxId& circle) -> Result<> {
      KITH_TRY(CheckFriendName(journal, request->name(), circle));
      return journal.sharing().Rename(circle, request->name());
    });
  }));
}

grpc::Status LocalService::CircleRest(grpc::ServerContext*, const v1::CircleRestRequest* request,
                                      v1::CircleInfo* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) {
    return ChangeOwn(unlocked, request->circle(), reply, [&](Journal& journal, const MailboxId& circle) {
      return journal.sharing().SetResting(circle, request->end() ? Sharing::Rest::kEnd : Sharing::Rest::kBegin);
    });
  }));
}

grpc::Status LocalService::CircleLeave(grpc::ServerContext*, const v1::CircleRequest* request,
                                       v1::CircleLeaveReply* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    KITH_TRY(unlocked.vault->Share([&](Journal& journal) -> Result<> {
      Membership membership(journal.state());
      KITH_TRY_ASSIGN(const CircleInfo info, membership.Find(request->circle()));
      KITH_TRY_ASSIGN(const FriendInfo known, journal.sharing().FindFriend(info.name));
      reply->set_taken_back(known.shared);
      return membership.Leave(info.circle);
    }));
    unlocked.loops.Match();
    unlocked.loops.Poke();
    return {};
  }));
}

}  // namespace kith
