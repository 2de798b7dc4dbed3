// A person with three friends who hold shares, in calm weather; and how shares are gathered once all devices are gone.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "client/core/recovery.h"
#include "client/core/release.h"
#include "client/core/trustees.h"
#include "tests/sim/lies.h"

namespace kith {

class TrusteesWorld : public testing::Test {
 protected:
  static constexpr size_t kFriends = 3;
  static constexpr int64_t kDay = 24LL * 3600 * 1000;

  TrusteesWorld() : world_(1, Weather::Calm(), 0, {.people = kFriends + 1, .relays = 2}) {
    world_.Heal();
    for (size_t i = 1; i <= kFriends; ++i) Befriend(i);
    first_ = Write("before there were trustees");
    Heal();
  }

  Machine& owner() { return world_.machines()[0]; }
  Machine& trustee(size_t i) { return world_.machines()[i]; }
  const MailboxId& circle(size_t i) const { return circles_[i - 1]; }
  State& state(Machine& machine) { return machine.journal->state(); }
  SimRelay& home() { return world_.relay(world_.resident(0).relay); }

  void Heal() {
    world_.Heal();
    ASSERT_TRUE(world_.problems().empty()) << world_.problems().front();
  }
  EntryId Write(const std::string& text) {
    const auto entry = owner().journal->Write(AnEntry(text));
    EXPECT_TRUE(entry.has_value());
    return *entry;
  }
  void Set(std::vector<size_t> who, size_t needed = 2, uint64_t delay_ms = 0) {
    TrusteesPlan plan{.circles = {}, .needed = needed, .delay_ms = delay_ms};
    for (const size_t i : who) plan.circles.push_back(circle(i));
    const Result<> set = owner().journal->SetTrustees(plan);
    ASSERT_TRUE(set) << CodeName(set.error().code) << " " << set.error().message;
    Heal();
  }
  // Time passes for everybody.
  void Pass(int64_t ms) {
    for (Machine& machine : world_.machines()) machine.clock.Advance(ms);
  }

  // What a friend hands over by a code that was spoken.
  Result<ReleaseReply> Ask(size_t i, const BoxPublic& claim) {
    const PairingContext context{.mode = PairingMode::kRelease, .relay_key = home().key(), .nameplate = 4};
    ReleaseHost host(context, "cabin-lunar-oak", circle(i));
    ReleaseGuest guest(context, "cabin-lunar-oak", claim);
    KITH_TRY_ASSIGN(const Bytes answer, guest.Respond(host.first_message()));
    KITH_TRY_ASSIGN(const Bytes confirmation, host.OnAnswer(answer));
    KITH_TRY_ASSIGN(const Bytes request, guest.OnConfirmation(confirmation));
    KITH_TRY_ASSIGN(const Bytes reply, host.OnRequest(state(trustee(i)), request));
    return guest.OnReply(reply);
  }
  Result<> Gather(Gathering& gathering, const std::vector<size_t>& who) {
    for (const size_t i : who) {
      KITH_TRY_ASSIGN(const ReleaseReply reply, Ask(i, gathering.claim()));
      KITH_TRY(gathering.Take(reply));
    }
    return {};
  }
  Result<> GatherAndRecover(const std::vector<size_t>& who) {
    Gathering gathering(BoxPair::Generate());
    KITH_TRY(Gather(gathering, who));
    KITH_TRY_ASSIGN(RecoveryAuthority authority, gathering.Combine());
    return Recover(std::move(authority), {.witnesses = gathering.witnesses()});
  }
  // All devices of the owner are gone.
  void Destroy() { owner().journal.reset(); }
  Result<> Recover(RecoveryAuthority authority, Recovery::Options options = {}) {
    restored_.emplace();
    restored_->clock = owner().clock;
    Recovery recovery(restored_->store, restored_->clock, std::move(authority),
                      {.address = "relay.test:7787", .key = home().key()}, std::move(options));
    for (int calls = 0; calls < 2'000; ++calls) {
      KITH_TRY_ASSIGN(const auto ask, recovery.Next());
      if (!ask) {
        left_ = recovery.left().size();
        KITH_TRY(recovery.Found("restored"));
        KITH_TRY_ASSIGN(restored_->journal, Journal::Open(restored_->store, restored_->clock));
        return {};
      }
      SimRelay& relay = world_.relay(ask->relay.key == world_.relay(0).key() ? 0 : 1);
      KITH_TRY(recovery.OnReply(ask->call, relay.Handle(ask->call, relay.nonce())));
    }
    return Fail(Code::kInternal, "it goes round in circles");
  }
  RecoveryAuthority Phrase() { return AuthorityOf(*ParsePhrase(world_.resident(0).recovery)); }
  // The new device takes the place of the old ones in the world.
  Machine& Settle() {
    Machine& machine = world_.machines()[0];
    machine.store = restored_->store;
    machine.lines.clear();
    Reopen(machine);
    return machine;
  }
  bool Restored(const EntryId& entry) { return restored_->journal->Show(entry).has_value(); }

  struct Back {
    MemStore store;
    FakeClock clock;
    std::unique_ptr<Journal> journal;
  };
  World world_;
  std::vector<MailboxId> circles_;
  EntryId first_;
  std::optional<Back> restored_;
  size_t left_ = 0;  // circles that could not be restored

 private:
  void Befriend(size_t i) {
    world_.SetRelay(owner());
    const PairingContext context{.mode = PairingMode::kFriend, .relay_key = home().key(), .nameplate = 5};
    FriendHost host(context, "cabin-lunar-oak");
    FriendGuest guest(context, "cabin-lunar-oak");
    const auto answer = guest.Respond(host.first_message());
    const auto offer = host.OnAnswer(state(owner()), *answer);
    ASSERT_TRUE(offer);
    const auto request = guest.OnOffer(state(trustee(i)), *offer);
    ASSERT_TRUE(request) << request.error().message;
    ASSERT_TRUE(host.OnRequest(state(owner()), *request));
    const auto founded = host.Accept(state(owner()), "friend " + std::to_string(i));
    ASSERT_TRUE(founded) << founded.error().message;
    for (int tries = 0; tries < 100 && !host.Created(state(owner())); ++tries) world_.Exchange(owner());
    const auto grant = host.Grant(state(owner()));
    ASSERT_TRUE(grant);
    ASSERT_TRUE(guest.OnGrant(state(trustee(i)), *grant, "owner", {.address = "relay.test:7787", .key = home().key()}));
    circles_.push_back(*founded);
    Heal();
  }
};

}  // namespace kith
