// What friends do in the world, and what the world writes down of it.
#include <algorithm>

#include "client/core/limits.h"
#include "client/core/share_storage.h"
#include "tests/support/world.h"

namespace kith {
namespace {

constexpr int64_t kHolds[] = {0, 0, limits::kHoldLeast, limits::kHoldMillis};

std::string WordsOf(const SharedContent& content) { return content.title + "\n" + content.text + "\n" + content.note; }

void AddContent(Ledger::Share& share, const SharedContent& content) {
  if (std::ranges::find(share.contents, content) == share.contents.end()) share.contents.push_back(content);
}

// What a friend is to have of an entry: said here once more, so that it does not depend on what it is to check.
SharedContent CopyOf(const Content& content, const std::string& note) {
  SharedContent copy;
  copy.kind = content.kind;
  copy.title = content.title;
  copy.text = content.text;
  copy.date = {.year = content.date.year, .month = content.date.month, .day = content.date.day, .day_only = true};
  copy.note = note;
  return copy;
}

const char* TakenBack(Reach reach) {
  switch (reach) {
    case Reach::kHeld:
      return "taken back: held";
    case Reach::kWaiting:
      return "taken back: not at the relay";
    case Reach::kUnknown:
      return "taken back: at the relay";
    case Reach::kFetched:
      return "taken back: fetched";
    case Reach::kTakenBack:
      return "taken back: again";
  }
  return "";
}

std::string SomeParagraph(Dice& dice, const std::string& text) {
  std::vector<std::string> paragraphs;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find("\n\n", at), text.size());
    if (end > at) paragraphs.push_back(text.substr(at, end - at));
    at = end + 2;
  }
  return paragraphs.empty() ? text : dice.Pick(paragraphs);
}

}  // namespace

void World::Befriend(Machine& machine) {
  if (!Start(machine)) return;
  const auto outcome = ActAsFriend(machine);
  // What the friend's circle needs has not come from the person's other device yet.
  const bool early = machine.journal && machine.journal->mailboxes().size() < 2;
  if (!outcome && outcome.error().code == Code::kStorageFailed) {
    Recover(machine, outcome.error());
  } else if (!outcome && !(early && outcome.error().code == Code::kNotFound)) {
    Problem(machine.name + " cannot do what a friend does: " + CodeName(outcome.error().code) + " " +
            outcome.error().message);
  }
  if (machine.journal) Observe(machine);
  if (dice_.Below(8) == 0) machine.clock.Advance(limits::kHoldMillis);
}

Result<> World::ActAsFriend(Machine& machine) {
  const uint64_t what = dice_.Below(100);
  if (what < 40) return Share(machine);
  if (what < 50) return LeaveOrStay(machine, true);
  if (what < 54) return LeaveOrStay(machine, false);
  if (what < 66) return TakeBack(machine);
  if (what < 80) return Hear(machine);
  if (what < 88) return ChangeFriend(machine);
  ReleaseDue(machine);
  return {};
}

std::optional<ShareWish> World::AWish(Machine& machine) {
  const std::vector<FriendInfo> friends = machine.journal->sharing().Friends();
  const auto entries = machine.journal->Present();
  if (friends.empty() || !entries || entries->empty()) return std::nullopt;
  const PersonId& own = residents_[machine.person].id;
  if (grouped() && !(Inside(machine) && machine.journal->state().MayShare(*circle_, own))) return std::nullopt;
  ShareWish wish{.entry = dice_.Pick(*entries),
                 .circle = grouped() ? *circle_ : dice_.Pick(friends).circle,
                 .note = dice_.Below(3) == 0 ? SomeText(machine) : "",
                 .hold_ms = dice_.Pick(kHolds)};
  switch (dice_.Below(4)) {
    case 0:
      wish.follow = true;
      break;
    case 1: {
      const auto shown = machine.journal->Show(wish.entry);
      if (shown && !shown->view.content.text.empty()) wish.passage = SomeParagraph(dice_, shown->view.content.text);
      break;
    }
    case 2: {
      const auto history = machine.journal->History(wish.entry);
      if (history) {
        const Version& version = dice_.Pick(*history);
        if (version.state == VersionState::kContent) wish.version = version.id;
      }
      break;
    }
    default:
      break;
  }
  return wish;
}

// What a wish is to send.
Result<SharedContent> World::Meant(Machine& machine, const ShareWish& wish) {
  KITH_TRY_ASSIGN(const ShownEntry shown, machine.journal->Show(wish.entry));
  Content content = shown.view.content;
  if (wish.version) {
    KITH_TRY_ASSIGN(const auto history, machine.journal->History(wish.entry));
    content = std::ranges::find(history, *wish.version, &Version::id)->content;
  }
  SharedContent copy = CopyOf(content, wish.note);
  if (wish.passage) {
    copy.title.clear();
    copy.text = *wish.passage;
    copy.passage = true;
  }
  return copy;
}

Result<> World::Share(Machine& machine) {
  const std::optional<ShareWish> wish = AWish(machine);
  if (!wish) return {};
  KITH_TRY_ASSIGN(const SharedContent content, Meant(machine, *wish));
  KITH_TRY_ASSIGN(const SharedContent shown, machine.journal->sharing().Preview(*wish));
  if (shown != content) Problem(machine.name + " shows another copy beforehand than was meant");
  const auto outcome = machine.journal->sharing().Share(*wish);
  if (!outcome) {
    if (wish->hold_ms == 0) ledger_.perhaps.push_back({machine.person, WordsOf(content), now_});
    return outcome.error();
  }
  const Sharing::Placed& placed = *outcome;
  Ledger::Share& share = ledger_.shares[placed.id];
  share.author = machine.person;
  share.circle = wish->circle;
  share.entry = wish->entry;
  share.follow |= wish->follow;
  AddContent(share, content);
  Count(wish->follow ? "shared, and followed" : "shared");
  Count(wish->hold_ms != 0 ? "held" : "let go at once");
  if (wish->hold_ms != 0 && !placed.held) Problem("a share that was to be held is not");
  if (placed.held) return {};
  if (!share.released) share.released = now_;
  share.certain = true;
  return {};
}

// Cancels a held share, or lets it go before its time.
Result<> World::LeaveOrStay(Machine& machine, bool cancel) {
  Observe(machine);
  if (machine.held.empty()) return {};
  auto chosen = machine.held.begin();
  std::advance(chosen, static_cast<ptrdiff_t>(dice_.Below(machine.held.size())));
  const uint64_t number = chosen->first;
  if (cancel) {
    const auto outcome = machine.journal->sharing().Cancel(number);
    // Whether it was cancelled by a write that was interrupted is seen by whether it is still held.
    machine.held.erase(chosen);
    if (outcome) Count("cancelled");
    return outcome;
  }
  chosen->second.leaves_ms = 0;
  Count("let go before its time");
  return machine.journal->sharing().ReleaseNow(number);
}

void World::ReleaseDue(Machine& machine) {
  Observe(machine);
  // It may go from now on, also if that is seen only after a crash, by when the clock may have been set back.
  for (auto& [number, one] : machine.held) {
    if (one.leaves_ms <= machine.clock.NowMillis()) one.leaves_ms = 0;
  }
  if (const auto released = machine.journal->sharing().ReleaseDue(); !released) Recover(machine, released.error());
  if (machine.journal) Observe(machine);
}

void World::Observe(Machine& machine) {
  const auto held = machine.journal->sharing().Held();
  if (!held) return Problem(machine.name + " cannot list what it holds: " + CodeName(held.error().code));
  std::map<uint64_t, HeldShare> now;
  for (const HeldShare& one : *held) {
    now.emplace(one.number, one);
    // One whose making was interrupted and yet is there, or a later copy of a followed one.
    Ledger::Share& share = ledger_.shares[one.id];
    if (share.contents.empty()) {
      share.author = machine.person;
      share.circle = one.circle;
      share.entry = one.entry;
      if (Knows(machine, one.id)) share.released = 0;
      const auto audience = machine.journal->sharing().Audience(one.entry);
      share.follow = audience && std::ranges::any_of(*audience, [&](const SentShare& sent) {
                       return sent.id == one.id && sent.follow;
                     });
    }
    const bool told = share.contents.empty() || std::ranges::find(share.contents, one.content) != share.contents.end();
    if (!told) Problem(machine.name + " holds other words than were to be shared");
    if (share.entry != one.entry || share.circle != one.circle) Problem("a held share is about something else");
    AddContent(share, one.content);
    // Taking it back did not come about, or another copy of this vault did it.
    if (!share.released && share.back == Ledger::Share::Back::kPerhaps) share.back = Ledger::Share::Back::kNo;
  }
  std::set<ShareId> gone;
  for (const auto& [number, one] : machine.held) {
    if (!now.contains(number)) gone.insert(one.id);
  }
  if (!gone.empty()) NoteReleases(machine, gone);
  machine.held = std::move(now);
}

// What is held no more was let go, or cancelled, or its entry was deleted meanwhile.
void World::NoteReleases(Machine& machine, const std::set<ShareId>& gone) {
  const auto audience = machine.journal->sharing().Audience(std::nullopt);
  if (!audience) return Problem(machine.name + " cannot say who sees what: " + CodeName(audience.error().code));
  for (const SentShare& one : *audience) {
    if (one.reach == Reach::kHeld || !gone.contains(one.id)) continue;
    Ledger::Share& share = ledger_.shares[one.id];
    for (const auto& [number, held] : machine.held) {
      if (held.id == one.id && !share.released && machine.clock.NowMillis() < held.leaves_ms)
        Problem(machine.name + " let a share go before its hold was over");
    }
    Count(share.released ? "sent anew after an edit" : "left after its hold");
    if (!share.released) share.released = now_;
    share.certain = true;
  }
}

Result<> World::TakeBack(Machine& machine) {
  KITH_TRY_ASSIGN(const auto audience, machine.journal->sharing().Audience(std::nullopt));
  if (audience.empty()) return {};
  const SentShare& chosen = dice_.Pick(audience);
  std::optional<MailboxId> circle;
  if (dice_.Below(2) == 0) circle = chosen.circle;
  // While it is not known whether it was done, it may have been.
  for (const SentShare& one : audience) {
    const auto share = ledger_.shares.find(one.id);
    if (one.entry != chosen.entry || share == ledger_.shares.end()) continue;
    if (share->second.back == Ledger::Share::Back::kNo) share->second.back = Ledger::Share::Back::kPerhaps;
  }
  const auto taken = machine.journal->sharing().TakeBack(chosen.entry, circle);
  if (!taken) return taken.error();
  for (const SentShare& one : *taken) {
    Count(TakenBack(one.reach));
    const auto share = ledger_.shares.find(one.id);
    // One that was only held here may have been let go by a copy of this machine.
    const bool stood = one.reach != Reach::kHeld;
    if (share != ledger_.shares.end() && stood) share->second.back = Ledger::Share::Back::kYes;
  }
  return {};
}

Result<> World::Hear(Machine& machine) {
  std::vector<ReceivedShare> inbox;
  KITH_TRY(machine.journal->sharing().Inbox([&](const ReceivedShare& share) {
    inbox.push_back(share);
    return true;
  }));
  if (inbox.empty() || (grouped() && !Inside(machine))) return {};
  const ReceivedShare& share = dice_.Pick(inbox);
  const std::string text = dice_.Below(4) == 0 ? "" : SomeText(machine);
  const HeardWish wish = static_cast<HeardWish>(dice_.Below(3));
  ledger_.answers.push_back(
      {.share = share.id, .person = machine.person, .text = text, .wish = wish, .certain = false});
  KITH_TRY(machine.journal->sharing().Hear(share, text, wish));
  ledger_.answers.back().certain = true;
  Count("answered");
  return {};
}

Result<> World::ChangeFriend(Machine& machine) {
  Sharing sharing = machine.journal->sharing();
  const std::vector<FriendInfo> friends = sharing.Friends();
  if (friends.empty()) return {};
  const FriendInfo& chosen = dice_.Pick(friends);
  switch (dice_.Below(4)) {
    case 0:
      return sharing.Rename(chosen.circle, "friend " + std::to_string(dice_.Below(1000)));
    case 1:
      return sharing.SetVerified(chosen.circle);
    case 2:
      Count("rested");
      return sharing.SetResting(chosen.circle, Sharing::Rest::kBegin);
    default:
      return sharing.SetResting(chosen.circle, Sharing::Rest::kEnd);
  }
}

// Whether a machine has the words of a share, its own or another's.
bool World::Knows(Machine& machine, const ShareId& id) const {
  const Transaction tx(machine.store);
  const Ledger::Share& share = ledger_.shares.at(id);
  const auto known = storage::ReadKnown(tx, storage::KnownShareKey(share.circle, residents_[share.author].id, id));
  return known && *known && !(*known)->copies.empty();
}

// Whether a machine of its author's has been told what a share is of.
bool World::Noted(Machine& machine, const ShareId& id) const {
  const Transaction tx(machine.store);
  const auto note = tx.Get(storage::ShareNoteKey(ledger_.shares.at(id).entry, id));
  return note && note->has_value();
}

// Called before a machine is set back to an older copy of itself.
void World::Forget(Machine& machine) {
  for (auto& [id, share] : ledger_.shares) {
    if (share.author != machine.person) continue;
    const auto elsewhere = [&](const auto& has) {
      return std::ranges::any_of(machines_,
                                 [&](Machine& other) { return &other != &machine && !Gone(other) && has(other); });
    };
    // Its words go to the circle, and the note of it to its author's other devices: either may have been first. Of one
    // that is revoked only counts what another device of its person has taken in.
    const auto has_words = [&](Machine& other) {
      return Knows(other, id) && (!Gone(machine) || other.person == machine.person);
    };
    if (!elsewhere(has_words) ||
        !elsewhere([&](Machine& other) { return other.person == share.author && Noted(other, id); }))
      share.certain = false;
    if (share.back == Ledger::Share::Back::kYes) share.back = Ledger::Share::Back::kPerhaps;
  }
  for (auto& [entry, certain] : shreds_) certain = false;
  for (Ledger::Answer& answer : ledger_.answers) {
    if (answer.person == machine.person) answer.certain = false;
  }
}

bool World::SomebodyRests(const MailboxId& circle) const {
  return std::ranges::any_of(machines_, [&](const Machine& machine) {
    const auto& friends = machine.journal->state().friends;
    const auto known = friends.find(circle);
    return known != friends.end() && known->second.state == FriendState::kResting;
  });
}

void World::EndRests() {
  for (Machine& machine : machines_) {
    if (Gone(machine)) continue;
    for (const FriendInfo& one : machine.journal->sharing().Friends()) {
      if (one.state != FriendState::kResting) continue;
      const auto ended = machine.journal->sharing().SetResting(one.circle, Sharing::Rest::kEnd);
      if (!ended) Problem("a rest cannot be ended: " + std::string(CodeName(ended.error().code)));
    }
    for (const FriendInfo& one : machine.journal->sharing().Friends()) {
      if (one.state == FriendState::kResting) Problem("a rest that was ended goes on");
    }
  }
}

Result<> World::FollowUpAll(Machine& machine) {
  KITH_TRY_ASSIGN(const auto audience, machine.journal->sharing().Audience(std::nullopt));
  for (const SentShare& one : audience) {
    if (one.follow) KITH_TRY(FollowUp(machine, one.entry));
  }
  return {};
}

// As the agent does after every change.
Result<> World::FollowUp(Machine& machine, const EntryId& entry) {
  const auto shown = machine.journal->Show(entry);
  const auto audience = machine.journal->sharing().Audience(entry);
  for (const SentShare& one : audience.value_or(std::vector<SentShare>())) {
    // One whose making was interrupted, and had been done.
    if (shown && one.follow && !ledger_.shares.contains(one.id))
      ledger_.perhaps.push_back({machine.person, WordsOf(CopyOf(shown->view.content, "")), now_});
  }
  for (auto& [id, share] : ledger_.shares) {
    if (shown && share.entry == entry && share.follow)
      AddContent(share, CopyOf(shown->view.content, share.contents.front().note));
  }
  return machine.journal->sharing().FollowUp(entry);
}

// All that is held leaves, and what is followed catches up.
void World::SettleShares() {
  if (!circle_ && !IntroduceNow(FirstOf(0), FirstOf(1))) return;
  EndRests();
  Heal();
  const auto release = [&](Machine& machine) {
    Observe(machine);
    const std::map<uint64_t, HeldShare> held = machine.held;
    for (auto& [number, one] : machine.held) one.leaves_ms = 0;
    for (const auto& [number, one] : held) {
      if (const auto released = machine.journal->sharing().ReleaseNow(number); !released)
        Problem(std::string("a held share cannot be let go: ") + CodeName(released.error().code));
    }
    Observe(machine);
  };
  for (Machine& machine : machines_) {
    if (!Gone(machine)) release(machine);
  }
  Heal();
  for (size_t person = 0; person < residents_.size(); ++person) {
    Machine& first = FirstOf(person);
    if (const auto followed = FollowUpAll(first); !followed)
      Problem(std::string("shares cannot follow: ") + CodeName(followed.error().code));
    Observe(first);
    release(first);
  }
  Heal();
}

}  // namespace kith
