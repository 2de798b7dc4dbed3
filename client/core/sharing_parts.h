// What the parts of sharing.h have in common. For its .cc files only.
#pragma once

#include <functional>
#include <string>

#include "client/core/share_storage.h"
#include "client/core/sharing.h"

namespace kith::sharing {

inline Error NoFriend() { return Fail(Code::kNotFound, "There is no such friend. `kith friend list` shows them."); }

// A friend that was not left, and the circle's mailbox, which this device has. kNotFound.
Result<const FriendOp*> ActiveFriend(const State& state, const MailboxId& circle);
Result<Mailbox*> CircleOf(State& state, const MailboxId& circle);

// Puts an operation of this person into a mailbox's outbox and takes it in here, by whichever Take it has.
Result<> Say(State& state, Transaction& tx, Mailbox& mailbox, const ShareOp& op);
Result<> Say(State& state, Transaction& tx, Mailbox& mailbox, const TakeBackOp& op);
Result<> Say(State& state, Transaction& tx, Mailbox& mailbox, const HeardOp& op);
Result<> Say(State& state, Transaction& tx, Mailbox& mailbox, const FriendOp& op);
Result<> Say(State& state, Transaction& tx, Mailbox& mailbox, const ShareNoteOp& op);

// What can be said of one of this person's own shares, at the moment it is taken back, of where it was before.
Result<storage::KnownShare::Before> KnownBefore(const State& state, const Transaction& tx, const MailboxId& circle,
                                                const storage::KnownShare& known);
// Says how far a share has come, and what was known of one that was taken back.
Result<> TellReach(const State& state, const ShareNoteOp& note, SentShare& sent);
// Takes the words of this person's own operation away at one place, which is alone in its record.
Result<> WithdrawOwn(State& state, Transaction& tx, const MailboxId& circle, const storage::Place& place);
// Takes back one that has left: hides it, has its words pruned, and tells this person's other devices.
Result<> TakeBackOne(State& state, Transaction& tx, const ShareNoteOp& note);
// Of what a revoked device of this person said in a circle past its lane's end, and friends' devices may have taken in
// before they heard of that: has pruned what was taken back. What cannot be read yet is looked at again once the vault
// was loaded anew. Errors are those of the store.
Result<> PruneTakenBack(State& state, Transaction& tx, Mailbox& circle);
// Whether what another person said at a place counts: it does not past the end of a lane of a device they have revoked.
// This person's own always does, since a device that has taken it in moves the end.
bool Counts(const State& state, const storage::Place& place);
// What is shown of a person's shares: of a circle of more than two only while they may share there. Who is gone cannot
// take anything back there any more, so nothing of theirs is shown.
std::function<bool(const storage::Place&)> ShownOf(const State& state, const MailboxId& circle, const PersonId& author);
// Whether what somebody answered is shown: of a circle of more than two only while they are in it.
bool Heard(const State& state, const MailboxId& circle, const PersonId& person);
// How this person calls somebody in a circle.
std::string NameIn(const State& state, const MailboxId& circle, const PersonId& person);
// How many shares of others stand in a circle. From a kept count, but where a lane there has an end, which voids some,
// or a share has one. What cannot be read counts nothing.
uint64_t CountReceived(const State& state, const FriendOp& known);
// The words at the newest place of a share; nullopt when there is none.
Result<std::optional<SharedContent>> ReadShared(State& state, const Transaction& tx, const storage::KnownShare& known);

}  // namespace kith::sharing
