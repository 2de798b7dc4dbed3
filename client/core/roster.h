// Who is in a circle: a signed hash-DAG of operations, like a person. Order of arrival does not matter. Rules: "Roster"
// in crypto/DESIGN.md.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "client/core/people.h"
#include "client/wire/ops.h"
#include "crypto/base/ids.h"
#include "crypto/base/result.h"

namespace kith {

OpId RosterOpIdOf(ByteView body);

class Roster {
 public:
  // Takes an operation whose signature verifies under a device of the person it names, who may say it by the operations
  // that it follows. One whose parents are not known yet is kept and counts once they are. Adding one again changes
  // nothing. kMalformed, kSignatureInvalid, kForgedRecord (another mailbox's, another genesis than the known one, not
  // theirs to say, or a change of a pair), kTooLarge (6 of "Roster" in crypto/DESIGN.md), kUnknownDevice (the device is
  // not known ever to have been that person's: try again once it is).
  Result<OpId> Add(const MailboxId& mailbox, const SignedRosterOp& op, const Person& signer);
  // One that was taken before, and kept, in any order: whose device it was and whether there was room was judged then.
  // Whoever has signed any of them has to be told of by Judge first. `signer`: nullptr where nothing is known of them.
  // False for what does not hold any more, which is left out.
  bool AddKept(const MailboxId& mailbox, const SignedRosterOp& op, const Person* signer);
  // Takes what is known by now of somebody: which of their devices are none any more, and which operations were said by
  // who knew that. To be called whenever that has changed. Add does so with its `signer`.
  void Judge(const Person& person);
  // Whether nothing that holds says yet which words of a device of theirs that is none any more count: an owner's
  // device that is left has to say something, whatever it is.
  bool OwesWord(const PersonId& person) const;

  bool empty() const { return order_.empty(); }
  bool Has(const PersonId& person) const { return members_.contains(person); }
  bool HasOp(const OpId& op) const { return ops_.contains(op); }
  const std::map<PersonId, Role>& members() const { return members_; }
  // A present member, with the seat and name they came with; nullptr for anybody else.
  const RosterMember* Find(const PersonId& person) const;
  bool HasOwner() const;
  // Whether any operation that stands names them, as who says it or whom it is about.
  bool Names(const PersonId& person) const { return named_.contains(person); }
  // Whether somebody was removed, or left, by anything that stands and is not one of `heads` or below one.
  bool WentSince(const PersonId& person, const std::vector<OpId>& heads) const;
  // Whether an invitation has brought somebody in, whether they still are.
  bool Used(const OpId& invite) const { return invites_.contains(invite); }
  bool pair() const { return pair_; }
  std::optional<OpId> genesis() const { return order_.empty() ? std::nullopt : std::optional(order_.front()); }
  // Those that hold, and what they stand on, parents first.
  std::vector<SignedRosterOp> operations() const;
  // Those that hold and that no other of them follows, ascending: what the next operation follows.
  const std::vector<OpId>& heads() const { return heads_; }
  // Whom each seat was brought in for, by its first key; those who are gone too.
  const std::map<SeatKeyId, PersonId>& seats() const { return seats_; }
  // Whether somebody was ever removed by another, or came by what counts nothing; who is not here and was not has left.
  bool Removed(const PersonId& person) const { return removed_.contains(person); }
  // Whether a device has signed one of the heads: it is the one that owes the others a generation.
  bool HeadBy(const DeviceId& device) const;
  // Hash over the heads: what packs and generations cite. Zeros while empty.
  const std::array<uint8_t, 32>& HeadHash() const { return head_hash_; }

 private:
  using Mask = std::vector<bool>;  // over `order_`
  struct Known {
    SignedRosterOp signed_op;
    RosterOp op;
    size_t at = 0;  // in order_
    bool stands = false;
    // Takes something from somebody, and so counts whatever else was said at the same time.
    bool takes = false;
    std::optional<PersonId> ends_owner;  // whom it may take the word as an owner from
    Mask below;                          // all that it follows
    std::set<DeviceId> knew_gone;        // devices of its person that its signer knew to be none any more
    bool judged = false;                 // by all that its signer knew
  };
  // By whose they are: for each device that is none any more, the first that say which of its words count (places in
  // `order_`).
  using Cuts = std::map<std::pair<PersonId, DeviceId>, std::vector<size_t>>;

  enum class Room { kBounded, kUnbounded };

  // kMalformed, kForgedRecord, kSignatureInvalid.
  Result<RosterOp> Verified(const MailboxId& mailbox, const SignedRosterOp& signed_op) const;
  Result<OpId> Keep(const SignedRosterOp& signed_op, RosterOp op, const Person* signer, Room room);
  // Works out what stands and who is in it, anew. Leaves out what nobody may say, and what there is no room for:
  // whether there was any of that.
  bool Settle(Room room);
  // What takes from a member what they have is never refused for what others have said. `known` must have its `below`.
  bool HasRoom(const OpId& id, const Known& known) const;
  bool HasRoomBesideLeaves(const OpId& id, const Known& known) const;
  bool TakesNow(const RosterOp& op) const;
  // Whether as many wait of who says this as may.
  bool WaitingIsFull(const PersonId& author) const;
  // Takes one whose parents stand, and which may be said.
  void Admit(const OpId& id, Known& known);
  void SettleMembers();
  void SettleHeads();
  // Whether that gives another answer than before.
  bool JudgeOne(Known& known, const Person& person) const;
  bool IsGone(const RosterOp& op) const;
  // ---- What holds although some devices are none any more: 7 of "Roster" in crypto/DESIGN.md.
  Cuts CutsIn(const Mask& among) const;
  // Whether it is by a device that is none any more and that those who say which of its words count do not name it.
  bool IsCutOff(const Known& known, const Cuts& cuts) const;
  // What is left of `among` without what was cut off, and without what may not be said then.
  Mask Holding(const Mask& among) const;
  Mask Without(const Mask& among, const Mask& cut_off) const;
  // Takes out of `cut_off` what owners followed who had not heard of any cut, by what holds anyway.
  void Vouch(const Mask& holding, const Cuts& cuts, Mask& cut_off) const;
  bool WouldHold(const Known& known) const;
  // Whether its author may say anything such by what it follows and `holding` has.
  bool AuthorMay(const Known& known, const Mask& holding) const;
  // Whether its author may say it by what it follows; notes what it takes. It must have its `below`.
  bool MaySay(Known& known) const;
  bool Below(size_t ancestor, size_t descendant) const;
  // Which of `among` count when nothing else is known.
  Mask Counting(const Mask& among) const;
  bool IsVoid(const Known& known, const Mask& among, const Mask& counting) const;
  // What somebody is by the operations of `among` that count.
  std::optional<RosterMember> Standing(const PersonId& person, const Mask& among, const Mask& counting) const;
  const Known& At(size_t at) const { return ops_.at(order_[at]); }

  std::map<OpId, Known> ops_;
  std::vector<OpId> order_;  // those that stand, parents first
  Mask holding_;             // likewise, which of them hold
  std::map<PersonId, std::set<DeviceId>> gone_;
  std::map<PersonId, Role> members_;
  std::map<PersonId, RosterMember> present_;
  std::set<PersonId> named_;
  std::set<PersonId> removed_;
  std::set<OpId> invites_;
  std::map<SeatKeyId, PersonId> seats_;
  std::vector<OpId> heads_;
  std::array<uint8_t, 32> head_hash_{};
  bool pair_ = false;
};

}  // namespace kith
