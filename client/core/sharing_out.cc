// The writer's side: composing a copy, holding it, releasing it.
#include <algorithm>

#include "client/core/doors.h"
#include "client/core/limits.h"
#include "client/core/sharing_parts.h"
#include "client/model/practice.h"
#include "client/model/practice_cards.h"
#include "crypto/verify/hash.h"

namespace kith {
namespace {

using storage::HeldItem;

Error NoSuchEntry() { return Fail(Code::kNotFound, "There is no such entry. `kith list` shows their ids."); }

// What a share is made of.
struct Draft {
  SharedContent content;
  std::vector<VersionId> versions;
};

Result<> CheckWish(const ShareWish& wish, int64_t now_ms) {
  KITH_TRY(CheckNote(wish.note));
  if (wish.follow && (wish.passage || wish.version)) {
    return Fail(Code::kInvalidArgument,
                "Later edits can be shared of a whole entry only. Leave out --follow, or the passage and the version.");
  }
  if (wish.hold_ms != 0 && (wish.hold_ms < limits::kHoldLeast || wish.hold_ms > limits::kHoldMost)) {
    return Fail(Code::kInvalidArgument, "A share is held for 1 minute to 24 hours, or not at all.");
  }
  if (wish.expires_ms != 0 &&
      (wish.expires_ms <= now_ms + wish.hold_ms || wish.expires_ms > now_ms + limits::kShareLongest)) {
    return Fail(
        Code::kInvalidArgument,
        "A share ends after its hold is over, and at most ten years from now. Give a later time, or a shorter hold.");
  }
  return {};
}

Result<Content> ContentOf(const State& state, const Transaction& tx, const ShareWish& wish,
                          const storage::EntryVersions& versions) {
  if (!wish.version) {
    KITH_TRY_ASSIGN(EntryView view, state.entries.View(tx, wish.entry, versions));
    return std::move(view.content);
  }
  KITH_TRY_ASSIGN(std::vector<Version> all, state.entries.LoadAll(tx, wish.entry, versions));
  const auto wanted = std::ranges::find(all, *wish.version, &Version::id);
  if (wanted == all.end() || wanted->state != VersionState::kContent) {
    return Fail(Code::kNotFound, "That version has no words to share. `kith history` shows which have.");
  }
  return std::move(wanted->content);
}

Result<Draft> Compose(State& state, const ShareWish& wish) {
  KITH_TRY(sharing::ActiveFriend(state, wish.circle));
  if (state.FindRoster(wish.circle) != nullptr && !state.MayShare(wish.circle, state.identity.person)) {
    return Fail(Code::kInvalidArgument,
                state.RoleIn(wish.circle, state.identity.person)
                    ? "You are a reader in this circle: you can answer there, and not share. An owner can change that."
                    : "You are not in this circle any more. `kith circle leave` ends it on your devices.");
  }
  KITH_TRY(CheckWish(wish, state.clock.NowMillis()));
  const Transaction tx(state.store);
  KITH_TRY_ASSIGN(const auto versions, state.entries.Versions(tx, wish.entry));
  if (!versions || versions->listed != storage::EntryVersions::Listed::kListed) return NoSuchEntry();
  KITH_TRY_ASSIGN(const Content content, ContentOf(state, tx, wish, *versions));
  Draft draft;
  KITH_TRY(CheckDoors(state, wish.circle, content));
  if (FindPractice(content.kind) != nullptr) {
    if (wish.passage || wish.follow) {
      return Fail(Code::kInvalidArgument, "Of a practice's record a part is shared as it is now: use --part alone.");
    }
    KITH_TRY_ASSIGN(draft.content, CardForFriend(content, wish.part, wish.note));
  } else if (!wish.part.empty()) {
    return Fail(Code::kInvalidArgument, "Only a practice's record has parts. Of an entry, --passage shares some.");
  } else if (wish.passage) {
    KITH_TRY_ASSIGN(draft.content, PassageForFriend(content, *wish.passage, wish.note));
  } else {
    draft.content = CopyForFriend(content, wish.note);
  }
  draft.versions = wish.version ? std::vector<VersionId>{*wish.version} : HeadsOf(*versions);
  return draft;
}

// Whether what is held may still leave: its entry stands, and so does the friend, and its end has not come.
Result<bool> MayLeave(State& state, const Transaction& tx, const HeldItem& item) {
  if (item.expires_ms != 0 && state.clock.NowMillis() >= item.expires_ms) return false;
  if (!sharing::ActiveFriend(state, item.circle)) return false;
  if (state.FindRoster(item.circle) != nullptr && !state.MayShare(item.circle, state.identity.person)) return false;
  KITH_TRY_ASSIGN(const auto versions, state.entries.Versions(tx, item.entry));
  return versions && versions->listed == storage::EntryVersions::Listed::kListed;
}

// When the share was last said anything of, by any device of this person; 0: never.
Result<Hlc> LastSaid(const State& state, const Transaction& tx, const HeldItem& item) {
  Hlc last = 0;
  KITH_TRY_ASSIGN(const auto known,
                  storage::ReadKnown(tx, storage::KnownShareKey(item.circle, state.identity.person, item.share)));
  if (known) last = known->hlc;
  KITH_TRY_ASSIGN(const auto note, tx.Get(storage::ShareNoteKey(item.entry, item.share)));
  if (!note) return last;
  KITH_TRY_ASSIGN(const auto stamped, storage::Stamped<ShareNoteOp>::Decode(*note));
  return std::max(last, stamped.op.hlc);
}

// Sends it on its way; what may not leave any more is dropped.
Result<> Release(State& state, Transaction& tx, const HeldItem& item) {
  tx.Delete(storage::HeldKey(item.number));
  KITH_TRY_ASSIGN(const bool may_leave, MayLeave(state, tx, item));
  if (!may_leave) return {};
  KITH_TRY_ASSIGN(Mailbox * circle, sharing::CircleOf(state, item.circle));
  KITH_TRY_ASSIGN(const Hlc last, LastSaid(state, tx, item));
  const Hlc now = state.NextHlcAfter(last);
  KITH_TRY(
      sharing::Say(state, tx, *circle,
                   ShareOp{.share = item.share, .hlc = now, .content = item.content, .expires_ms = item.expires_ms}));
  return sharing::Say(state, tx, state.self(),
                      ShareNoteOp{.hlc = now,
                                  .share = item.share,
                                  .circle = item.circle,
                                  .entry = item.entry,
                                  .versions = item.versions,
                                  .part = item.content.passage ? SharePart::kPassage : SharePart::kWhole,
                                  .follow = item.follow,
                                  .shared = item.shared == 0 ? now : item.shared,
                                  .hold_ms = static_cast<uint64_t>(item.hold_ms),
                                  .expires_ms = item.expires_ms});
}

void KeepHeld(State& state, Transaction& tx, const HeldItem& item) {
  NextDue& next = state.next_hold;
  next.at_ms = std::min(next.at_ms.value_or(item.leaves_ms), item.leaves_ms);
  next.looked_ms = std::max(next.looked_ms, state.clock.NowMillis());
  tx.Put(storage::HeldKey(item.number), item.Encode());
}

// Keeps it until its time, or lets it go at once.
Result<std::optional<Sharing::InOutbox>> Hold(State& state, Transaction& tx, HeldItem item) {
  item.leaves_ms = state.clock.NowMillis() + item.hold_ms;
  if (item.number == 0) item.number = state.held_next++;
  if (item.hold_ms == 0) {
    KITH_TRY(Release(state, tx, item));
    return std::optional<Sharing::InOutbox>();
  }
  KeepHeld(state, tx, item);
  return std::optional(Sharing::InOutbox{.number = item.number, .leaves_ms = item.leaves_ms});
}

Result<HeldItem> FindHeld(const State& state, uint64_t number) {
  KITH_TRY_ASSIGN(const auto held, storage::ReadHeld(state.store));
  const auto item = std::ranges::find(held, number, &HeldItem::number);
  if (item == held.end()) {
    return Fail(Code::kNotFound, "Nothing is held under this number. `kith outbox list` shows what is.");
  }
  return *item;
}

}  // namespace

Result<SharedContent> Sharing::Preview(const ShareWish& wish) const {
  KITH_TRY_ASSIGN(Draft draft, Compose(state_, wish));
  return std::move(draft.content);
}

Result<Sharing::Placed> Sharing::Share(const ShareWish& wish) {
  KITH_TRY_ASSIGN(Draft draft, Compose(state_, wish));
  KITH_TRY(sharing::CircleOf(state_, wish.circle));
  Transaction tx(state_.store);
  KITH_TRY_ASSIGN(const uint64_t shared,
                  storage::ReadCount(tx, storage::ShareCountKey(wish.circle, state_.identity.person)));
  if (shared >= limits::kSharesPerCircle) {
    return Fail(Code::kTooLarge, "No more can be shared with this friend: 100,000 shares were made.");
  }
  HeldItem item{.share = RandomId<ShareId>(),
                .circle = wish.circle,
                .entry = wish.entry,
                .versions = std::move(draft.versions),
                .follow = wish.follow,
                .hold_ms = wish.hold_ms,
                .expires_ms = wish.expires_ms,
                .content = std::move(draft.content)};
  Placed placed{.id = item.share, .held = {}, .content = item.content};
  KITH_TRY_ASSIGN(placed.held, Hold(state_, tx, std::move(item)));
  KITH_TRY(state_.Commit(tx));
  return placed;
}

Result<std::vector<HeldShare>> Sharing::Held() const {
  KITH_TRY_ASSIGN(auto held, storage::ReadHeld(state_.store));
  std::vector<HeldShare> shown;
  for (HeldItem& item : held) {
    const auto known = state_.friends.find(item.circle);
    shown.push_back({.number = item.number,
                     .id = item.share,
                     .entry = item.entry,
                     .circle = item.circle,
                     .friend_label = known == state_.friends.end() ? std::string() : known->second.label,
                     .leaves_ms = item.leaves_ms,
                     .expires_ms = item.expires_ms,
                     .content = std::move(item.content)});
  }
  return shown;
}

Result<> Sharing::Cancel(uint64_t number) {
  KITH_TRY(FindHeld(state_, number));
  Transaction tx(state_.store);
  tx.Delete(storage::HeldKey(number));
  return state_.Commit(tx);
}

Result<> Sharing::ReleaseNow(uint64_t number) {
  KITH_TRY_ASSIGN(const HeldItem item, FindHeld(state_, number));
  Transaction tx(state_.store);
  KITH_TRY(Release(state_, tx, item));
  return state_.Commit(tx);
}

namespace {

// Whether nothing can have come due since somebody looked: only a clock that was set back can change that.
bool Rests(NextDue& known, int64_t now) {
  if (!known.known || now < known.looked_ms || (known.at_ms && *known.at_ms <= now)) return false;
  known.looked_ms = now;
  return true;
}

Result<size_t> ReleaseHeld(State& state, int64_t now) {
  if (Rests(state.next_hold, now)) return size_t{0};
  KITH_TRY_ASSIGN(auto held, storage::ReadHeld(state.store));
  size_t released = 0;
  std::optional<int64_t> next;
  Transaction tx(state.store);
  for (HeldItem& item : held) {
    // A clock that was set, or a machine that slept: the person has a whole hold to think better of it again.
    const bool too_far = item.leaves_ms > now + item.hold_ms;
    const bool too_late = item.leaves_ms < now - limits::kHoldLate;
    if (too_far || too_late) {
      item.leaves_ms = now + item.hold_ms;
      tx.Put(storage::HeldKey(item.number), item.Encode());
    }
    if (item.leaves_ms <= now) {
      KITH_TRY(Release(state, tx, item));
      ++released;
    } else {
      next = std::min(next.value_or(item.leaves_ms), item.leaves_ms);
    }
  }
  KITH_TRY(state.Commit(tx));
  state.next_hold = {.known = true, .at_ms = next, .looked_ms = now};
  return released;
}

Result<size_t> TakeBackEnded(State& state, int64_t now) {
  if (Rests(state.next_end, now)) return size_t{0};
  KITH_TRY_ASSIGN(const auto notes, storage::ReadNotes(state.store, std::nullopt));
  size_t ended = 0;
  std::optional<int64_t> next;
  Transaction tx(state.store);
  for (const ShareNoteOp& note : notes) {
    if (note.taken_back || note.expires_ms == 0) continue;
    if (note.expires_ms <= now) {
      KITH_TRY(sharing::TakeBackOne(state, tx, note));
      ++ended;
    } else {
      next = std::min(next.value_or(note.expires_ms), note.expires_ms);
    }
  }
  KITH_TRY(state.Commit(tx));
  state.next_end = {.known = true, .at_ms = next, .looked_ms = now};
  return ended;
}

}  // namespace

Result<Sharing::Due> Sharing::ReleaseDue() {
  const int64_t now = state_.clock.NowMillis();
  Due due;
  KITH_TRY_ASSIGN(due.released, ReleaseHeld(state_, now));
  KITH_TRY_ASSIGN(due.ended, TakeBackEnded(state_, now));
  due.next_ms = state_.next_hold.at_ms;
  if (state_.next_end.at_ms) due.next_ms = std::min(due.next_ms.value_or(INT64_MAX), *state_.next_end.at_ms);
  return due;
}

Result<> Sharing::ExtendHolds() {
  KITH_TRY_ASSIGN(auto held, storage::ReadHeld(state_.store));
  const int64_t now = state_.clock.NowMillis();
  Transaction tx(state_.store);
  for (HeldItem& item : held) {
    if (item.leaves_ms > now) continue;
    item.leaves_ms = now + item.hold_ms;
    KeepHeld(state_, tx, item);
  }
  return state_.Commit(tx);
}

namespace {

// Puts `content` in the place of what is held, with a whole hold before it.
Result<> Replace(State& state, Transaction& tx, HeldItem item, SharedContent content, std::vector<VersionId> versions) {
  item.content = std::move(content);
  item.versions = std::move(versions);
  KITH_TRY(Hold(state, tx, std::move(item)));
  return {};
}

// The next copy of a share that has left. `held`: the one that waits already, if any.
Result<> Follow(State& state, Transaction& tx, const ShareNoteOp& note, const HeldItem* held, const Content& now,
                const std::vector<VersionId>& heads) {
  KITH_TRY_ASSIGN(const auto known,
                  storage::ReadKnown(tx, storage::KnownShareKey(note.circle, state.identity.person, note.share)));
  if (!known || known->taken_back) return {};
  KITH_TRY_ASSIGN(const auto last, sharing::ReadShared(state, tx, *known));
  if (!last) return {};
  SharedContent content = CopyForFriend(now, last->note);
  if (content == *last) {
    // Back to what the friend has.
    if (held != nullptr) tx.Delete(storage::HeldKey(held->number));
    return {};
  }
  if (held != nullptr && held->content == content) return {};
  HeldItem item{.share = note.share,
                .circle = note.circle,
                .entry = note.entry,
                .follow = true,
                .shared = note.shared,
                .hold_ms = static_cast<int64_t>(std::min<uint64_t>(note.hold_ms, limits::kHoldMost)),
                .expires_ms = note.expires_ms,
                .content = {}};
  if (held != nullptr) item = *held;
  return Replace(state, tx, std::move(item), std::move(content), heads);
}

}  // namespace

Result<> Sharing::FollowUp(const EntryId& entry) {
  KITH_TRY_ASSIGN(const auto notes, storage::ReadNotes(state_.store, entry));
  KITH_TRY_ASSIGN(const auto held, storage::ReadHeld(state_.store));
  const auto concerns = [&](const HeldItem& item) { return item.entry == entry && item.follow; };
  const bool any =
      std::ranges::any_of(notes, [](const ShareNoteOp& note) { return note.follow && !note.taken_back; }) ||
      std::ranges::any_of(held, concerns);
  if (!any) return {};
  Transaction tx(state_.store);
  KITH_TRY_ASSIGN(const auto versions, state_.entries.Versions(tx, entry));
  if (!versions || versions->listed != storage::EntryVersions::Listed::kListed) return {};
  KITH_TRY_ASSIGN(const EntryView view, state_.entries.View(tx, entry, *versions));
  const std::vector<VersionId> heads = HeadsOf(*versions);
  Result<> refused;  // by a door; the others still get theirs
  // Those that have not left yet leave as the entry is now.
  for (const HeldItem& item : held) {
    if (!concerns(item) || item.shared != 0) continue;
    if (const Result<> open = CheckDoors(state_, item.circle, view.content); !open) {
      refused = open;
      continue;
    }
    SharedContent content = CopyForFriend(view.content, item.content.note);
    if (content != item.content) KITH_TRY(Replace(state_, tx, item, std::move(content), heads));
  }
  for (const ShareNoteOp& note : notes) {
    if (!note.follow || note.taken_back || !sharing::ActiveFriend(state_, note.circle)) continue;
    if (const Result<> open = CheckDoors(state_, note.circle, view.content); !open) {
      refused = open;
      continue;
    }
    const auto waits = std::ranges::find(held, note.share, &HeldItem::share);
    KITH_TRY(Follow(state_, tx, note, waits == held.end() ? nullptr : &*waits, view.content, heads));
  }
  KITH_TRY(state_.Commit(tx));
  return refused;
}

}  // namespace kith
