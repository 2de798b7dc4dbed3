// Several people with a device or more each, and one honest relay between them: for tests of circles.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "client/core/introduction.h"
#include "client/core/journal.h"
#include "client/core/linking.h"
#include "client/core/membership.h"
#include "client/core/recovery.h"
#include "tests/support/fake_clock.h"
#include "tests/support/mem_store.h"
#include "tests/support/sim_relay.h"

namespace kith {

struct Relative {
  std::string name;
  std::string phrase;  // of a person's first device
  MemStore store;
  FakeClock clock;
  std::unique_ptr<Journal> journal;

  State& state() { return journal->state(); }
  PersonId person() { return state().identity.person; }
  Membership membership() { return Membership(state()); }
  void Reopen();
};

// Aborts where something that must come about does not.
class Family {
 public:
  // A new person with a relay, and tokens for their own mailbox and the circles that they found.
  Relative& Add(const std::string& name, size_t tokens = 12);
  // A further device of somebody.
  Relative& Link(Relative& host);
  // A device is gone, with every byte of it.
  void Destroy(Relative& device);
  // A new device of whoever the authority speaks for, in the place of all others. `left`: circles that stay lost.
  Relative& Recover(RecoveryAuthority authority, std::vector<Recovery::Left>* left = nullptr);
  // Friends, each called by their name.
  void Befriend(Relative& host, Relative& guest);
  // All of a device's mailboxes, those too that it learns of meanwhile, until nothing is left to ask. A relay that
  // refuses ends that mailbox's turn.
  void Sync(Relative& device);
  void SyncOne(Relative& device, const MailboxId& mailbox);
  // Everybody, several times over, but for one who is away.
  void SyncAll(const Relative* away = nullptr);

  // Founds the circle "family" with these in it, the first as its owner, the others as writers.
  MailboxId Found(std::vector<Relative*> members);
  // `owner` asks, `guest` says yes, and both hear of it.
  void Bring(Relative& owner, Relative& guest, const MailboxId& circle, Role role = Role::kWriter);
  // Shares new words there.
  void Share(Relative& from, const MailboxId& circle, const std::string& text);
  // What others shared with a device, sorted.
  static std::vector<std::string> Inbox(Relative& device);

  SimRelay& relay() { return relay_; }
  std::list<Relative>& everybody() { return everybody_; }

 private:
  RelayAddress Address() const { return {.address = "relay.test:7787", .key = relay_.key()}; }

  SimRelay relay_;
  std::list<Relative> everybody_;
};

}  // namespace kith
