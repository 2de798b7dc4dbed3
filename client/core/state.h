// Everything a device knows, as loaded from its store: the parts that the journal, intake, sealing and sync work on.
// When a commit fails, the whole is thrown away and loaded again, so memory never runs ahead of the disk.
#pragma once

#include <algorithm>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "client/core/alarms.h"
#include "client/core/authority.h"
#include "client/core/circles.h"
#include "client/core/entries.h"
#include "client/core/hlc.h"
#include "client/core/keyring.h"
#include "client/core/lane_ends.h"
#include "client/core/lanes.h"
#include "client/core/people.h"
#include "client/core/ports.h"
#include "client/core/prunes.h"
#include "client/core/repack.h"
#include "client/core/storage.h"
#include "client/core/transaction.h"
#include "client/core/trusts.h"
#include "client/wire/pack.h"

namespace kith {

// What a journal is read by while nothing but its recovery phrase, or its trustees' shares, is at hand.
struct Restoring {
  const RecoveryAuthority& authority;
  std::map<MailboxId, Bytes> sealed_roots;  // of circles that this person founded, as their founder sealed them
};

// One mailbox this device has a place in.
struct Mailbox {
  MailboxId id;
  SeatTable seats;
  storage::MailboxSync sync;
  uint64_t outbox_next = 1;     // number of the next operation to wait
  uint64_t outbox_first = 1;    // nothing waits under a smaller number
  uint64_t outbox_waiting = 0;  // how many wait
  // What packs of our lane have said already, since loading. A lane that begins anew says it again.
  struct Said {
    std::array<uint8_t, 32> person_head{};
    std::array<uint8_t, 32> roster_head{};
    std::map<uint32_t, uint64_t> seen;  // by lane number
  };
  Said said;
  // How far lanes of revoked devices were searched for what was taken back, since loading; by lane number.
  struct LookedThrough {
    uint64_t taken_back = 0;  // what State::taken_back was then
    std::map<uint32_t, uint64_t> lanes;
  };
  LookedThrough looked_through;
};

// When the next held share is due, or the next share comes to its end, so that not all of them need be read to know it.
struct NextDue {
  bool known = false;
  std::optional<int64_t> at_ms;  // nullopt: there is none
  int64_t looked_ms = 0;         // what the clock said then
};

struct State {
  State(Store& store, Clock& clock);
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // kNoVault when nothing was ever created in the store; kNewerFormat; kVaultDamaged; kStorageFailed.
  static Result<std::unique_ptr<State>> Load(Store& store, Clock& clock);

  // Durable together with the clock, the counts, and what relays have acknowledged. After an error this State must not
  // be used again.
  Result<> Commit(Transaction& tx);
  // Likewise, where there is nothing else to write.
  Result<> CommitAcknowledged();

  Mailbox& self() { return mailboxes.at(identity.self_mailbox); }
  const Mailbox& self() const { return mailboxes.at(identity.self_mailbox); }

  bool IsSelf(const MailboxId& mailbox) const { return mailbox == identity.self_mailbox; }
  // This person or another one known here; nullptr for anybody else.
  const Person* FindPerson(const PersonId& id) const;
  // A circle's roster; nullptr while it is not known.
  const Roster* FindRoster(const MailboxId& circle) const;
  // A circle of more than two, as this person's own devices have said.
  bool IsGroup(const MailboxId& circle) const;
  // Whether what somebody says in a circle is heard: they are in it, or in one of more than two have been, as far as is
  // known here. What they share counts only while MayShare.
  bool IsHeard(const MailboxId& circle, const PersonId& who) const;
  // What somebody is in a circle now; nullopt when not in it, as far as is known here.
  std::optional<Role> RoleIn(const MailboxId& circle, const PersonId& who) const;
  bool MayShare(const MailboxId& circle, const PersonId& who) const;
  // Whether a generation covers every revocation and recovery known of every member, the roster, and of one's own
  // devices all that came since the first revocation, so that each has a box; in a circle of more than two also whether
  // each member has one.
  bool Covers(const MailboxId& mailbox, const Keyring::Generation& generation) const;
  // What is sealed under: of the generations that cover, the one with the lowest id. nullptr when none does: a new one
  // has to be announced before anything is sealed. In a circle of more than two that was left, the newest.
  const Keyring::Generation* SealingGeneration(const MailboxId& mailbox) const;
  // Whose lane it is; zeros while nothing in it has said so.
  PersonId AuthorOf(const storage::Lane& lane) const { return lane.seed ? identity.person : lane.person; }
  // Whether the announcement of a generation in a circle of more than two has a box for this key. Only who has the
  // generation's key can tell.
  bool HasBox(const MailboxId& circle, const Keyring::Generation& generation, const BoxPublic& key) const;
  // The announcement has these boxes.
  void NoteBoxes(const GenerationId& id, const std::vector<BoxPublic>& keys);
  // Makes a mailbox known, under a new number. It must not be known yet.
  Mailbox& AddMailbox(Transaction& tx, const MailboxId& id, const RelayAddress& relay);
  // Takes in an operation of somebody else, by whom it is said to be. True when it was not known. As Person::Add;
  // kForgedRecord when the first one known of them is not their genesis.
  Result<bool> AddPersonOp(Transaction& tx, const PersonId& person, const SignedPersonOp& op);
  // Takes in a roster operation by `signer`. True when it was not known. As Roster::Add; kUnknownDevice also while it
  // is not known here what the circle is, kForgedRecord when a friend's names anybody but the two, and for another
  // genesis than this person's devices have said.
  Result<bool> AddRosterOp(Transaction& tx, const MailboxId& circle, const SignedRosterOp& op, const Person& signer);
  // Likewise, by whom it says. kUnknownDevice when they are not known here.
  Result<bool> AddRosterOp(Transaction& tx, const MailboxId& circle, const SignedRosterOp& op);
  // To be called whenever more is known of somebody than before. AddPersonOp does so.
  void JudgeRosters(const Person& changed);

  // The bytes of an operation. kVaultDamaged when nothing stands at the place.
  Result<Bytes> ReadOp(const Transaction& tx, const storage::Place& place);
  // A record's opened pack, from the cache of recently opened ones.
  Result<std::shared_ptr<const Pack>> OpenPack(const Transaction& tx, uint32_t lane, uint64_t seq);
  // Alarms, as of now.
  void Raise(Transaction& tx, Code code, const MailboxId& mailbox, const LaneKey& lane = {}, uint64_t seq = 0);
  // Likewise kEquivocation, and keeps the lane's first proof. Whether this is the first.
  Result<bool> RaiseEquivocation(Transaction& tx, const storage::Lane& lane, uint64_t seq, const Proof& proof);

  // The record at this place is about to be another one.
  void ForgetPack(uint32_t lane, uint64_t seq);
  // The run that waits in the outbox and has this number; nullopt once it was sealed or dropped.
  Result<std::optional<storage::OutboxRun>> FindWaiting(const Transaction& tx, uint32_t mailbox, uint64_t number) const;
  // The record an outbox number went into; nullopt while it waits.
  Result<std::optional<storage::Packed>> FindPacked(uint32_t mailbox, uint64_t number) const;

  // While a journal is restored: takes the beginning of the person that its authority speaks for.
  // kRecoveryMismatch for anything else.
  Result<> BeginPerson(const SignedPersonOp& genesis);

  void SaveMailbox(Transaction& tx, const Mailbox& mailbox) const {
    tx.Put(storage::MailboxKey(mailbox.id), mailbox.sync.Encode());
  }
  Hlc NextHlc() { return hlc.Next(clock.NowMillis()); }
  // For what is to replace something said at `before`, by a device whose clock may be days ahead of this one.
  Hlc NextHlcAfter(Hlc before) { return std::max(NextHlc(), before == UINT64_MAX ? before : before + 1); }

  Store& store;
  Clock& clock;
  storage::Identity identity;
  std::optional<Signer> device;
  std::optional<BoxPair> box;
  std::optional<Person> person;
  Keyring keyring;
  Lanes lanes;
  EntryIndex entries;
  HlcClock hlc;
  std::map<MailboxId, Mailbox> mailboxes;
  std::map<PersonId, Person> people;    // friends
  std::map<MailboxId, Roster> rosters;  // of circles
  std::map<DeviceId, std::pair<Hlc, std::string>> labels;
  std::map<MailboxId, FriendOp> friends;           // by circle; those that were left too
  std::map<MailboxId, std::vector<Bytes>> grants;  // by circle: boxes with older keys, for this person
  Prunes prunes;
  Shreds shreds;
  // Of lanes whose record that had it was pruned, by the number of the lane that keeps it. Not verified.
  std::map<std::pair<LaneKey, uint32_t>, KeptCertificateOp> certificates;
  LaneEnds lane_ends;
  Alarms alarms;
  Trusts trusts;
  std::map<uint32_t, storage::Cited> cited;  // by lane number: what others have seen and is not here
  std::optional<storage::Beat> beat;         // this device's newest heartbeat
  Hlc recovery_confirmed = 0;                // when the person last showed that they have the recovery phrase; 0: never
  Restoring* restoring = nullptr;            // only while a journal is read back; the person may not be known then
  // What relays have acknowledged since the last commit. Written with the next one: losing it costs no word, since a
  // relay that is asked again says the same.
  std::set<uint32_t> acknowledged;          // by lane number
  std::set<MailboxId> acknowledged_cursor;  // mailboxes whose cursor went on with it
  uint64_t emptied = 0;                     // records whose words were taken away, since loading
  uint64_t taken_back = 0;                  // this person's shares that were, since loading
  uint64_t held_next = 1;  // number of the next share that is held; none is given twice while this is loaded
  NextDue next_hold;
  NextDue next_end;
  uint64_t refused = 0;  // records and operations that did not verify, since loading

 private:
  void SaveAcknowledged(Transaction& tx);
  // Nothing waits under a smaller number in the mailbox of this number.
  uint64_t FirstWaiting(uint32_t mailbox) const;
  Result<> LoadPerson();
  Result<> LoadPeople();
  Result<> LoadMailboxes();
  Result<> LoadRosters();
  Result<> LoadLabels();
  Result<> LoadFriends();
  Result<> LoadCertificates();
  Result<> LoadConfirmation();
  Result<> LoadAlarms();

  // What is kept opened: a record's pack, or a run of the outbox as a pack of nothing but its operations.
  struct CachedPack {
    storage::Place at;  // `index` unused
    std::shared_ptr<const Pack> pack;
  };
  std::shared_ptr<const Pack> FindCached(const storage::Place& at);
  std::shared_ptr<const Pack> Cache(const storage::Place& at, Pack pack);

  std::list<CachedPack> packs_;
  mutable std::map<std::pair<GenerationId, BoxPublic>, bool> boxed_;  // of what HasBox was asked
  Hlc stored_hlc_ = 0;
  storage::Counts stored_counts_;
};

}  // namespace kith
