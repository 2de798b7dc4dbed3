// The list of friends.
#include <algorithm>

#include "client/core/limits.h"
#include "client/core/outbox.h"
#include "client/core/sharing_parts.h"
#include "client/model/text.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace sharing {
namespace {

struct Added {
  storage::Place place;
  OpId id;
};

Added Add(State& state, Transaction& tx, Mailbox& mailbox, const Op& op) {
  Bytes bytes = EncodeOp(op);
  const Added added{.place = Outbox(state).Add(tx, mailbox, {&bytes, 1}), .id = HashId<OpId>(labels::kOp, {bytes})};
  Wipe(bytes);
  return added;
}

}  // namespace

Result<const FriendOp*> ActiveFriend(const State& state, const MailboxId& circle) {
  const auto known = state.friends.find(circle);
  if (known == state.friends.end() || known->second.state == FriendState::kLeft) return NoFriend();
  return &known->second;
}

Result<Mailbox*> CircleOf(State& state, const MailboxId& circle) {
  const auto mailbox = state.mailboxes.find(circle);
  if (mailbox == state.mailboxes.end()) {
    return Fail(Code::kNotFound, "What this friend's circle needs has not arrived here yet. Run `kith sync` first.");
  }
  return &mailbox->second;
}

Result<> Say(State& state, Transaction& tx, Mailbox& mailbox, const ShareOp& op) {
  const Added added = Add(state, tx, mailbox, op);
  return ShareIntake(state).Take(tx, op, state.identity.person, mailbox.id, added.place, added.id);
}

Result<> Say(State& state, Transaction& tx, Mailbox& mailbox, const TakeBackOp& op) {
  Add(state, tx, mailbox, op);
  return ShareIntake(state).Take(tx, op, state.identity.person, mailbox.id);
}

Result<> Say(State& state, Transaction& tx, Mailbox& mailbox, const HeardOp& op) {
  const Added added = Add(state, tx, mailbox, op);
  return ShareIntake(state).Take(tx, op, state.identity.person, mailbox.id, added.place, added.id);
}

Result<> Say(State& state, Transaction& tx, Mailbox& mailbox, const FriendOp& op) {
  const Added added = Add(state, tx, mailbox, op);
  return ShareIntake(state).Take(tx, op, added.id);
}

Result<> Say(State& state, Transaction& tx, Mailbox& mailbox, const ShareNoteOp& op) {
  const Added added = Add(state, tx, mailbox, op);
  return ShareIntake(state).Take(tx, op, added.id);
}

}  // namespace sharing

namespace {

// Changes what this person says of a friend. `change` alters the operation that counts now.
template <class Change>
Result<> ChangeFriend(State& state, const MailboxId& circle, const Change& change) {
  KITH_TRY_ASSIGN(const FriendOp* known, sharing::ActiveFriend(state, circle));
  FriendOp op = *known;
  change(op);
  op.hlc = state.NextHlcAfter(known->hlc);
  Transaction tx(state.store);
  KITH_TRY(sharing::Say(state, tx, state.self(), op));
  return state.Commit(tx);
}

}  // namespace

namespace {

FriendInfo InfoOf(const State& state, const FriendOp& known) {
  const Transaction tx(state.store);
  const auto count = [&](const Bytes& key) { return storage::ReadCount(tx, key).value_or(0); };
  FriendInfo info{.circle = known.circle,
                  .person = known.person,
                  .label = known.label,
                  .state = known.state,
                  .verified = known.verified,
                  .shared = count(storage::StandingKey(known.circle)),
                  .received = sharing::CountReceived(state, known),
                  .relay = {}};
  if (const auto mailbox = state.mailboxes.find(known.circle); mailbox != state.mailboxes.end()) {
    info.relay = {.address = mailbox->second.sync.relay_address, .key = mailbox->second.sync.relay_key};
  }
  return info;
}

}  // namespace

std::vector<FriendInfo> Sharing::Friends() const {
  std::vector<FriendInfo> friends;
  for (const auto& [circle, known] : state_.friends) {
    if (known.state != FriendState::kLeft && known.IsPair()) friends.push_back(InfoOf(state_, known));
  }
  std::ranges::sort(friends, {}, [](const FriendInfo& info) { return std::pair(FoldCase(info.label), info.circle); });
  return friends;
}

Result<FriendInfo> Sharing::FindFriend(const std::string& label) const {
  std::vector<FriendInfo> found;
  for (const auto& [circle, known] : state_.friends) {
    const bool named = known.state != FriendState::kLeft && FoldCase(known.label) == FoldCase(label);
    if (named) found.push_back(InfoOf(state_, known));
  }
  if (found.empty()) return sharing::NoFriend();
  if (found.size() > 1) {
    return Fail(Code::kAmbiguous,
                "More than one friend or circle has this name. Give one of them another with `kith friend rename`.");
  }
  return std::move(found.front());
}

Result<FriendInfo> Sharing::Find(const MailboxId& circle) const {
  KITH_TRY_ASSIGN(const FriendOp* known, sharing::ActiveFriend(state_, circle));
  return InfoOf(state_, *known);
}

Result<> Sharing::Rename(const MailboxId& circle, const std::string& label) {
  KITH_TRY(CheckFriendLabel(label));
  return ChangeFriend(state_, circle, [&](FriendOp& op) { op.label = label; });
}

Result<> Sharing::SetVerified(const MailboxId& circle) {
  return ChangeFriend(state_, circle, [](FriendOp& op) { op.verified = true; });
}

Result<> Sharing::SetResting(const MailboxId& circle, Rest rest) {
  const FriendState wanted = rest == Rest::kBegin ? FriendState::kResting : FriendState::kActive;
  return ChangeFriend(state_, circle, [&](FriendOp& op) { op.state = wanted; });
}

Result<> Sharing::Leave(const MailboxId& circle) {
  KITH_TRY_ASSIGN(const FriendOp* known, sharing::ActiveFriend(state_, circle));
  FriendOp op = *known;
  op.state = FriendState::kLeft;
  op.hlc = state_.NextHlc();
  KITH_TRY_ASSIGN(const auto held, storage::ReadHeld(state_.store));
  KITH_TRY_ASSIGN(const auto notes, storage::ReadNotes(state_.store, std::nullopt));
  Transaction tx(state_.store);
  for (const storage::HeldItem& item : held) {
    if (item.circle == circle) tx.Delete(storage::HeldKey(item.number));
  }
  for (const ShareNoteOp& note : notes) {
    if (note.circle == circle && !note.taken_back) KITH_TRY(sharing::TakeBackOne(state_, tx, note));
  }
  KITH_TRY(sharing::Say(state_, tx, state_.self(), op));
  return state_.Commit(tx);
}

}  // namespace kith
