#include "tests/support/family.h"

#include <algorithm>

#include "crypto/base/check.h"
#include "tests/support/builders.h"

namespace kith {
namespace {

constexpr char kWords[] = "cabin-lunar-oak";

template <class T>
T Good(Result<T> result) {
  if (!result) std::fprintf(stderr, "%s: %s\n", CodeName(result.error().code), result.error().message.c_str());
  KITH_CHECK(result.has_value());
  return *std::move(result);
}

}  // namespace

void Relative::Reopen() {
  journal.reset();
  journal = Good(Journal::Open(store, clock));
}

Relative& Family::Add(const std::string& name, size_t count) {
  Relative& one = everybody_.emplace_back();
  one.name = name;
  NewJournal made = ANewJournalAndPhrase(one.store, one.clock, name);
  one.journal = std::move(made.journal);
  one.phrase = std::move(made.phrase);
  std::vector<Bytes> tokens;
  for (size_t i = 0; i < count; ++i) tokens.push_back(relay_.MintToken());
  KITH_CHECK(one.journal->SetRelay(Address(), tokens).has_value());
  Sync(one);
  return one;
}

Relative& Family::Link(Relative& host) {
  const PairingContext context{.mode = PairingMode::kLink, .relay_key = relay_.key(), .nameplate = 9};
  LinkHost opener(context, kWords);
  LinkGuest joiner(context, kWords, "another");
  Relative& guest = everybody_.emplace_back();
  guest.name = host.name + "'s other";
  Sync(host);
  const Bytes offer = Good(opener.OnAnswer(host.state(), Good(joiner.Respond(opener.first_message()))));
  const std::string label = Good(opener.OnRequest(host.state(), Good(joiner.OnOffer(offer))));
  KITH_CHECK(opener.Accept(host.state(), host.journal->sync(), label).has_value());
  Sync(host);
  KITH_CHECK(joiner.OnGrant(Good(opener.Grant(host.state())), guest.store, guest.clock, relay_.key()).has_value());
  guest.Reopen();
  return guest;
}

void Family::Destroy(Relative& device) {
  std::erase_if(everybody_, [&](const Relative& one) { return &one == &device; });
}

Relative& Family::Recover(RecoveryAuthority authority, std::vector<Recovery::Left>* left) {
  Relative& device = everybody_.emplace_back();
  device.name = "restored";
  Recovery recovery(device.store, device.clock, std::move(authority), Address(), {});
  constexpr int kMost = 1000;
  for (int i = 0; i < kMost; ++i) {
    const auto ask = Good(recovery.Next());
    if (!ask) {
      if (left != nullptr) *left = recovery.left();
      KITH_CHECK(recovery.Found(device.name).has_value());
      device.Reopen();
      return device;
    }
    KITH_CHECK(recovery.OnReply(ask->call, relay_.Handle(ask->call, relay_.nonce())).has_value());
  }
  KITH_CHECK(false);
}

void Family::Befriend(Relative& host, Relative& guest) {
  const PairingContext context{.mode = PairingMode::kFriend, .relay_key = relay_.key(), .nameplate = 9};
  FriendHost opener(context, kWords);
  FriendGuest joiner(context, kWords);
  const Bytes offer = Good(opener.OnAnswer(host.state(), Good(joiner.Respond(opener.first_message()))));
  const Bytes request = Good(joiner.OnOffer(guest.state(), offer));
  KITH_CHECK(opener.OnRequest(host.state(), request).has_value());
  const MailboxId circle = Good(opener.Accept(host.state(), guest.name));
  SyncOne(host, circle);
  Good(joiner.OnGrant(guest.state(), Good(opener.Grant(host.state())), host.name, Address()));
  KITH_CHECK(opener.OnKept(joiner.Kept()).has_value());
  Sync(host);
  Sync(guest);
}

void Family::SyncOne(Relative& device, const MailboxId& mailbox) {
  kith::Sync& sync = device.journal->sync(mailbox);
  sync.Restart();
  constexpr int kMost = 1000;
  for (int i = 0; i < kMost; ++i) {
    const auto call = Good(sync.Next());
    if (!call) return;
    KITH_CHECK(sync.OnReply(*call, relay_.Handle(*call, relay_.nonce())).has_value());
    if (sync.failed()) return;
  }
  KITH_CHECK(false);
}

void Family::Sync(Relative& device) {
  std::vector<MailboxId> done;
  for (bool more = true; more;) {
    more = false;
    for (const MailboxId& mailbox : device.journal->mailboxes()) {
      if (std::ranges::find(done, mailbox) != done.end()) continue;
      SyncOne(device, mailbox);
      done.push_back(mailbox);
      more = true;
      break;
    }
  }
}

void Family::SyncAll(const Relative* away) {
  constexpr int kRounds = 4;
  for (int i = 0; i < kRounds; ++i) {
    for (Relative& one : everybody_) {
      if (&one != away) Sync(one);
    }
  }
}

MailboxId Family::Found(std::vector<Relative*> members) {
  Relative& owner = *members.front();
  const MailboxId circle = Good(owner.membership().Create("family", owner.name));
  Sync(owner);
  for (Relative* guest : members) {
    if (guest != &owner) Bring(owner, *guest, circle);
  }
  SyncAll();
  return circle;
}

void Family::Bring(Relative& owner, Relative& guest, const MailboxId& circle, Role role) {
  const auto friends = owner.journal->sharing().Friends();
  const auto pair = std::ranges::find(friends, guest.person(), &FriendInfo::person);
  KITH_CHECK(pair != friends.end());
  KITH_CHECK(owner.membership().Invite(circle, pair->circle, role).has_value());
  Sync(owner);
  Sync(guest);
  const auto invitations = Good(guest.membership().Invitations());
  const auto asked = std::ranges::find(invitations, circle, &Invitation::circle);
  KITH_CHECK(asked != invitations.end());
  KITH_CHECK(Good(guest.membership().Join(asked->id, "family", guest.name)) == circle);
  Sync(guest);
  Sync(owner);
  Sync(owner);
  Sync(guest);
}

void Family::Share(Relative& from, const MailboxId& circle, const std::string& text) {
  const EntryId entry = Good(from.journal->Write(AnEntry(text)));
  Good(from.journal->sharing().Share(
      {.entry = entry, .circle = circle, .version = {}, .passage = {}, .note = {}, .hold_ms = 0}));
}

std::vector<std::string> Family::Inbox(Relative& device) {
  std::vector<std::string> texts;
  KITH_CHECK(device.journal->sharing()
                 .Inbox([&](const ReceivedShare& share) {
                   texts.push_back(share.content.text);
                   return true;
                 })
                 .has_value());
  std::ranges::sort(texts);
  return texts;
}

}  // namespace kith
