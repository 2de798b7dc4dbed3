// Invitations to circles of more than two, what was answered to them, and keys to what stood there before: as kept, and
// what follows from them. Layout of keys and values: "Storage keys" in client/DESIGN.md.
#pragma once

#include <optional>
#include <vector>

#include "client/core/state.h"
#include "client/core/transaction.h"
#include "crypto/seal.h"

namespace kith {

struct KnownInvite {
  OpId id;  // of the operation
  MailboxId pair;
  PersonId author;
  bool said_here = false;  // by this device
  CircleInviteOp op;
};
struct KnownAnswer {
  OpId id;
  MailboxId pair;
  PersonId author;
  CircleAnswerOp op;
};

// Whether an operation at a place was written on this device.
bool SaidHere(const State& state, const storage::Place& place);

// As they come in, in any order. kTooLarge past limits::kInvitations of one friend.
Result<> KeepInvite(State& state, Transaction& tx, const KnownInvite& invite);
// Of several answers of somebody to one invitation a no counts, else the first, by HLC, then by id.
Result<> KeepAnswer(State& state, Transaction& tx, const KnownAnswer& answer);
Result<std::vector<KnownInvite>> ReadInvites(Store& store);
Result<std::vector<KnownAnswer>> ReadAnswers(Store& store);
// An answer as it counts; nullopt when there is none.
Result<std::optional<KnownAnswer>> FindAnswer(const Transaction& tx, const OpId& invite, const PersonId& author);

// Whether an invitation is too old to bring anybody in, by this device's clock: limits::kInviteMillis.
bool Lapsed(const State& state, const KnownInvite& invite);
// Whether whoever asked has taken it back, by a no of their own.
Result<bool> Withdrawn(const Transaction& tx, const KnownInvite& invite);

// Does what an answer that counts asks for. A yes to an invitation of this person's lets its author in, where that
// invitation stands: by an owner of the circle to a friend, neither lapsed nor withdrawn, one that has brought in
// nobody yet, and not from before they were removed or left. A no by whom it brought in takes them out: they left
// before they had heard that they were in. The device that invited does it at once, the others after
// limits::kAdmitAfterMillis. Nothing where that is not so, or the circle takes no such change; errors are those of the
// store.
Result<> AdmitGuest(State& state, Transaction& tx, const KnownAnswer& answer);
// Likewise for all that are to come into one circle.
Result<> AdmitGuests(State& state, Transaction& tx, const MailboxId& circle);

// Keeps a grant of older keys for this person. True when it was not known. kTooLarge past limits::kInvitations of one
// circle.
Result<bool> KeepGrant(State& state, Transaction& tx, const MailboxId& circle, const PersonId& author,
                       const HistoryGrantOp& op);
// What owners say to be the key of a generation, which is to be held against its announcement.
std::vector<GenerationKey> GrantedKeys(const State& state, const MailboxId& circle, const GenerationId& id);
// All keys of a circle that this device has, boxed for a member. kMalformed when they have not said what to seal to.
Result<HistoryGrantOp> MakeGrant(State& state, const MailboxId& circle, const PersonId& person);

}  // namespace kith
