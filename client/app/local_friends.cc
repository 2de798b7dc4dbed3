// Friends: meeting them, and the list of them.
#include "client/app/friend_flow.h"
#include "client/app/local_use.h"
#include "client/core/introduction.h"

namespace kith {

void WriteFriend(const FriendInfo& from, SyncLoops& loops, v1::FriendInfo* to) {
  to->set_label(from.label);
  switch (from.state) {
    case FriendState::kActive:
      to->set_state(v1::FriendInfo::ACTIVE);
      break;
    case FriendState::kResting:
    case FriendState::kLeft:  // not in lists
      to->set_state(v1::FriendInfo::RESTING);
      break;
  }
  to->set_verified(from.verified);
  to->set_shared(from.shared);
  to->set_received(from.received);
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

namespace {

// The friend, or the circle of more than two, as it is now.
Result<> WriteListed(Unlocked& unlocked, const MailboxId& circle, v1::FriendInfo* reply) {
  const auto found = unlocked.vault->With([&](Journal& journal) { return journal.sharing().Find(circle); });
  if (!found) {
    return Fail(Code::kNotFound,
                "This friend was left from another device of yours meanwhile. See `kith friend list`.");
  }
  WriteFriend(*found, unlocked.loops, reply);
  return {};
}

// Changes a friend that is named, and lists them anew.
template <class Change>
Result<> ChangeFriend(Unlocked& unlocked, const std::string& label, v1::FriendInfo* reply, Change change) {
  KITH_TRY_ASSIGN(const MailboxId circle, unlocked.vault->Share([&](Journal& journal) -> Result<MailboxId> {
    KITH_TRY_ASSIGN(const FriendInfo known, journal.sharing().FindFriend(label));
    if (known.person.IsZero())
      return Fail(Code::kInvalidArgument,
                  "This is a circle of more than two. Use `kith circle rename` or `kith circle rest`.");
    KITH_TRY(change(journal, known));
    return known.circle;
  }));
  unlocked.loops.Match();
  unlocked.loops.Poke();
  return WriteListed(unlocked, circle, reply);
}

}  // namespace

Result<> LocalService::Introduce(Unlocked& unlocked, const v1::FriendShowRequest& request, Caller& caller,
                                 grpc::ServerWriter<v1::FriendShowProgress>& writer) {
  const FriendHostSteps steps{.label = request.label(),
                              .show = [&](const std::string& code, const std::string& relay) -> Result<> {
                                v1::FriendShowProgress progress;
                                progress.set_code(code);
                                progress.set_relay(relay);
                                if (!writer.Write(progress)) return Fail(Code::kCancelled, "Stopped.");
                                return {};
                              },
                              .cancelled = [&caller] { return caller.gone(); }};
  KITH_TRY_ASSIGN(const MailboxId circle, HostFriend(unlocked, steps));
  v1::FriendShowProgress progress;
  progress.set_done(true);
  KITH_TRY(WriteListed(unlocked, circle, progress.mutable_friend_()));
  writer.Write(progress);
  return {};
}

grpc::Status LocalService::FriendShow(grpc::ServerContext* context, const v1::FriendShowRequest* request,
                                      grpc::ServerWriter<v1::FriendShowProgress>* writer) {
  Caller caller(*context);
  return StatusOf(ShowingOneCode(
      [&] { return WithVault([&](Unlocked& unlocked) { return Introduce(unlocked, *request, caller, *writer); }); }));
}

grpc::Status LocalService::FriendJoin(grpc::ServerContext* context, const v1::FriendJoinRequest* request,
                                      v1::FriendInfo* reply) {
  Caller caller(*context);
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    FriendJoinOptions options{.code = request->code(), .relay = {}, .label = request->label(), .cancelled = [&caller] {
                                return caller.gone();
                              }};
    KITH_TRY_ASSIGN(options.relay, ParseRelayAddress(request->relay()));
    KITH_TRY_ASSIGN(const MailboxId circle, JoinFriend(unlocked, options));
    return WriteListed(unlocked, circle, reply);
  }));
}

grpc::Status LocalService::Friends(grpc::ServerContext*, const v1::FriendsRequest*, v1::FriendsReply* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    for (const FriendInfo& known : unlocked.vault->With([](Journal& journal) { return journal.sharing().Friends(); })) {
      WriteFriend(known, unlocked.loops, reply->add_friends());
    }
    return {};
  }));
}

grpc::Status LocalService::FriendRename(grpc::ServerContext*, const v1::FriendRenameRequest* request,
                                        v1::FriendInfo* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) {
    return ChangeFriend(unlocked, request->friend_(), reply,
                        [&](Journal& journal, const FriendInfo& known) -> Result<> {
                          KITH_TRY(CheckFriendName(journal, request->label(), known.circle));
                          return journal.sharing().Rename(known.circle, request->label());
                        });
  }));
}

grpc::Status LocalService::FriendRest(grpc::ServerContext*, const v1::FriendRestRequest* request,
                                      v1::FriendInfo* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) {
    return ChangeFriend(unlocked, request->friend_(), reply, [&](Journal& journal, const FriendInfo& known) {
      return journal.sharing().SetResting(known.circle, request->end() ? Sharing::Rest::kEnd : Sharing::Rest::kBegin);
    });
  }));
}

grpc::Status LocalService::FriendLeave(grpc::ServerContext*, const v1::FriendLeaveRequest* request,
                                       v1::FriendLeaveReply* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    KITH_TRY(unlocked.vault->Share([&](Journal& journal) -> Result<> {
      KITH_TRY_ASSIGN(const FriendInfo known, journal.sharing().FindFriend(request->friend_()));
      if (known.person.IsZero())
        return Fail(Code::kInvalidArgument, "This is a circle of more than two. Use `kith circle leave`.");
      reply->set_taken_back(known.shared);
      return journal.sharing().Leave(known.circle);
    }));
    unlocked.loops.Match();
    unlocked.loops.Poke();
    return {};
  }));
}

grpc::Status LocalService::FriendVerify(grpc::ServerContext*, const v1::FriendVerifyRequest* request,
                                        v1::FriendVerifyReply* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    KITH_TRY(unlocked.vault->Share([&](Journal& journal) -> Result<> {
      KITH_TRY_ASSIGN(const FriendInfo known, journal.sharing().FindFriend(request->friend_()));
      if (known.person.IsZero())
        return Fail(Code::kInvalidArgument, "Only a friend has a safety number. Compare it with each of the circle.");
      if (request->compared()) KITH_TRY(journal.sharing().SetVerified(known.circle));
      reply->set_safety_number(SafetyNumber(journal.state().identity.person, known.person));
      reply->set_verified(known.verified || request->compared());
      return {};
    }));
    unlocked.loops.Poke();
    return {};
  }));
}

}  // namespace kith
