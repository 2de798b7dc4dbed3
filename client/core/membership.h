// Circles of more than two as a person handles them: the door beside sharing.h. Rules: "Circles of more than two" in
// client/DESIGN.md; as bytes: "Circle" in crypto/DESIGN.md.
//
// What is shared there, and with whom, is sharing.h's, by the same circle id. Whoever comes in comes by an invitation
// to a friend, and reads from then on; what stood there before only by a grant.
#pragma once

#include <string>
#include <vector>

#include "client/core/state.h"

namespace kith {

struct CircleInfo {
  MailboxId circle;
  std::string name;
  FriendState state = FriendState::kActive;
  std::optional<Role> role;  // this person's; nullopt: not let in yet, or in it no more, as far as is known here
  size_t members = 0;
  bool has_owner = false;  // else nobody can come in, or be removed, any more
  bool known = false;      // who is in it has arrived here
  // While nothing can be written there: the members, as they are called here, whose devices owe a word on what to seal
  // to after a revocation. The others go on once that has come, or that member is removed.
  std::vector<std::string> waits_for;
  // Members whose newest words there this person has no key to, though they are in the circle: by a changed client,
  // since others seal under no key that leaves a member out.
  std::vector<std::string> shuts_out;
  RelayAddress relay;
};

struct MemberInfo {
  PersonId person;
  std::string name;          // what they want to be known by; anybody may take any name
  std::string friend_label;  // as this person calls a friend of theirs; empty for others
  Role role = Role::kWriter;
  bool own = false;
};

struct Invitation {
  OpId id;
  MailboxId circle;
  std::string name;  // of the circle, as whoever asks calls it
  std::string from;  // the friend who asks, as they are called here
  Role role = Role::kWriter;
  size_t members = 0;  // by their word
};

// Every change is durable when it returns OK; after an error of the store the journal is read again. Codes beside the
// store's: kNotFound, kAmbiguous, kInvalidArgument, kNotOwner (only an owner may).
class Membership {
 public:
  explicit Membership(State& state) : state_(state) {}

  // Founds a circle on this person's relay and spends one creation token of it. `as`: what this person is known by
  // there. kNoRelay, kTokenInvalid, kTooLarge (limits::kFriends).
  Result<MailboxId> Create(const std::string& name, const std::string& as);
  std::vector<CircleInfo> Circles() const;  // by name; those that were left are not among them
  // By name, whole, in any case.
  Result<CircleInfo> Find(const std::string& name) const;
  Result<std::vector<MemberInfo>> Members(const MailboxId& circle) const;
  // By what a friend is called here, or by the name they took, in any case. A friend's label goes first.
  Result<MemberInfo> FindMember(const MailboxId& circle, const std::string& name) const;

  // ---- An owner's part.
  // Asks a friend in, by the circle of the two. They are in once they said yes and a device of this person's has heard
  // it. kTooLarge (limits::kMembers).
  Result<> Invite(const MailboxId& circle, const MailboxId& pair, Role role);
  // Takes back what this person has asked a friend, by what they are called here, and that brought in nobody yet.
  // kNotFound where there is none.
  Result<> Uninvite(const MailboxId& circle, const std::string& label);
  // From now on nothing that is sealed here can be read by them; their place at the relay goes with the next sync.
  Result<> Remove(const MailboxId& circle, const PersonId& person);
  Result<> SetRole(const MailboxId& circle, const PersonId& person, Role role);
  // Hands over the keys to what was said there before they came, for good.
  Result<> GrantHistory(const MailboxId& circle, const PersonId& person);

  // ---- A guest's part.
  // Those that were not answered, lapsed or taken back, newest first.
  Result<std::vector<Invitation>> Invitations() const;
  // By the circle's name, in any case. Of several by one friend the newest.
  Result<Invitation> FindInvitation(const std::string& name) const;
  // Says yes. `name`: what the circle is to be called here; kAmbiguous where a friend or another circle is called so.
  // Returns its mailbox, which this person is let into once an owner's device has heard of it.
  Result<MailboxId> Join(const OpId& invitation, const std::string& name, const std::string& as);
  Result<> Decline(const OpId& invitation);

  // ---- Anybody's.
  // Takes back what was shared there, and goes. The others hear of it; who was not let in yet is not any more.
  Result<> Leave(const MailboxId& circle);

 private:
  Result<const Roster*> OwnersRoster(const MailboxId& circle) const;
  Result<> Change(const MailboxId& circle, const SignedRosterOp& op);
  Result<> TakeBackYes(const MailboxId& circle);
  Result<> CheckFree(const std::string& name, const MailboxId& circle) const;
  Result<Invitation> Open(const OpId& invitation, struct KnownInvite& found) const;

  State& state_;
};

// Says in a circle that this person owns, once after each revocation, which operations of its roster by devices that
// are none any more count: those that are known here. Others hear of it with the next generation. Errors of the store.
Result<> SayWhatHolds(State& state, Transaction& tx, const MailboxId& circle);

// Says in a circle that this person owns that those are removed whose seats its relay has taken away for good although
// the roster names them: what said so is not known here, was lost with a device, or counts nothing since. They can only
// come in anew, by another seat. To be asked at the end of the log. Errors of the store.
Result<> SayWhoIsShutOut(State& state, Transaction& tx, const MailboxId& circle);

// What this person's seat has to state at the relay of a circle, if it is an owner's: seats for those who came, none
// for those who are gone, and which are owners'. Worked out from the roster and the seats each time.
std::vector<SeatChange> MemberSeatsDue(const State& state, const Mailbox& mailbox);

}  // namespace kith
