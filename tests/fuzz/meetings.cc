// A device or a friend that has the code, and then says anything at all: linking and introductions after the pairing,
// with every check of what was read. Whatever was said, the vault opens again. The first byte chooses the step.
#include "client/core/introduction.h"
#include "client/core/linking.h"
#include "client/wire/introduction.h"
#include "tests/fuzz/meeting_person.h"
#include "tests/fuzz/target.h"
#include "tests/support/fake_clock.h"

namespace kith::fuzz {
namespace {

constexpr char kWords[] = "cabin-lunar-oak";

PairingContext Context(PairingMode mode) { return {.mode = mode, .relay_key = {}, .nameplate = 7}; }

// A device in use, from the frozen world.
struct InUse {
  InUse() : store(IntakeWorld::Get().store), journal(Open(store, clock)) {}
  static std::unique_ptr<Journal> Open(Store& store, Clock& clock) {
    auto journal = Journal::Open(store, clock);
    KITH_CHECK(journal.has_value());
    return *std::move(journal);
  }
  // It opens again, with all its words.
  void Check() {
    journal = Open(store, clock);
    KITH_CHECK(journal->Show(IntakeWorld::Get().entry).has_value());
  }
  MemStore store;
  FakeClock clock;
  std::unique_ptr<Journal> journal;
};

// The joiner's side of a pairing whose messages the input writes, against a host's class.
template <class Host>
PairingKeys Joined(Host& host, State& state, PairingMode mode) {
  PairingJoiner joiner(Context(mode), kWords, {});
  const auto answered = host.OnAnswer(state, *joiner.Respond(host.first_message()));
  KITH_CHECK(answered.has_value());
  Reader reader(*answered);
  auto finished = joiner.Confirm(reader.Prefixed());
  KITH_CHECK(finished.has_value());
  return std::move(finished->keys);
}

// The opener's side likewise: what it sends first, and its keys.
struct Opened {
  Bytes confirmation;
  PairingKeys keys;
  Bytes First(ByteView plain) const {
    return Writer().Prefixed(confirmation).Raw(SealPairingMessage(keys.to_joiner, 0, plain)).Take();
  }
};
template <class Guest>
Opened OpenTo(Guest& guest, PairingMode mode) {
  PairingOpener opener(Context(mode), kWords, {});
  auto finished = opener.Finish(*guest.Respond(opener.first_message()));
  KITH_CHECK(finished.has_value());
  return {.confirmation = std::move(finished->confirmation), .keys = std::move(finished->keys)};
}

Outcome LinkRequestToHost(ByteView plain) {
  InUse device;
  State& state = device.journal->state();
  LinkHost host(Context(PairingMode::kLink), kWords);
  const PairingKeys keys = Joined(host, state, PairingMode::kLink);
  const auto label = host.OnRequest(state, SealPairingMessage(keys.to_opener, 0, plain));
  const bool accepted = label && host.Accept(state, device.journal->sync(), *label);
  if (!label) KITH_CHECK(!host.Accept(state, device.journal->sync(), "x"));
  device.Check();
  KITH_CHECK(device.journal->Devices().size() == (accepted ? 3 : 2));
  return OutcomeOf(accepted);
}

Outcome LinkOfferToGuest(ByteView plain) {
  LinkGuest guest(Context(PairingMode::kLink), kWords, "guest");
  const Opened opened = OpenTo(guest, PairingMode::kLink);
  return OutcomeOf(guest.OnOffer(opened.First(plain)).has_value());
}

Outcome LinkGrantToGuest(ByteView plain) {
  LinkGuest guest(Context(PairingMode::kLink), kWords, "guest");
  const Opened opened = OpenTo(guest, PairingMode::kLink);
  const LinkOffer offer{.person = {}, .parents = {OpId{}}, .signer = {}};
  KITH_CHECK(guest.OnOffer(opened.First(offer.Encode())).has_value());
  MemStore store;
  FakeClock clock;
  const auto kept = guest.OnGrant(SealPairingMessage(opened.keys.to_joiner, 1, plain), store, clock, {});
  KITH_CHECK(kept.has_value() || store.contents().empty());
  if (kept) InUse::Open(store, clock);
  return OutcomeOf(kept.has_value());
}

Outcome FriendRequestToHost(ByteView plain) {
  InUse device;
  State& state = device.journal->state();
  FriendHost host(Context(PairingMode::kFriend), kWords);
  const PairingKeys keys = Joined(host, state, PairingMode::kFriend);
  const auto asked = host.OnRequest(state, SealPairingMessage(keys.to_opener, 0, plain));
  KITH_CHECK(!host.OnRequest(state, SealPairingMessage(keys.to_opener, 0, plain)));
  device.Check();
  KITH_CHECK(device.journal->mailboxes().size() == 1);
  return OutcomeOf(asked.has_value());
}

Outcome FriendOfferToGuest(ByteView plain) {
  InUse device;
  FriendGuest guest(Context(PairingMode::kFriend), kWords);
  const Opened opened = OpenTo(guest, PairingMode::kFriend);
  const auto answer = guest.OnOffer(device.journal->state(), opened.First(plain));
  device.Check();
  return OutcomeOf(answer.has_value());
}

Outcome FriendGrantToGuest(ByteView plain) {
  InUse device;
  FriendGuest guest(Context(PairingMode::kFriend), kWords);
  const Opened opened = OpenTo(guest, PairingMode::kFriend);
  const FriendOffer offer{.person = SomebodyElse()};
  KITH_CHECK(guest.OnOffer(device.journal->state(), opened.First(offer.Encode())).has_value());
  const auto circle = guest.OnGrant(device.journal->state(), SealPairingMessage(opened.keys.to_joiner, 1, plain),
                                    "somebody", {.address = "127.0.0.1:1", .key = {}});
  device.Check();
  KITH_CHECK(device.journal->mailboxes().size() == (circle ? 2 : 1));
  return OutcomeOf(circle.has_value());
}

}  // namespace

KITH_FUZZ_TARGET(meetings) {
  if (input.empty()) return Outcome::kRefused;
  const ByteView rest = input.subspan(1);
  switch (input[0] % 6) {
    case 0:
      return LinkRequestToHost(rest);
    case 1:
      return LinkOfferToGuest(rest);
    case 2:
      return LinkGrantToGuest(rest);
    case 3:
      return FriendRequestToHost(rest);
    case 4:
      return FriendOfferToGuest(rest);
    case 5:
      return FriendGrantToGuest(rest);
  }
  return Outcome::kRefused;
}

}  // namespace kith::fuzz
