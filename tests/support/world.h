// A whole world from one seed: people's machines, their relays, everything that goes wrong between them, and what must
// hold when it has healed. Played twice, a seed gives the same bytes everywhere.
//
// A machine is a Journal over a MemStore. A step is: a person writes, a machine has one exchange with a relay, a person
// does something for or about a friend, or something breaks. The world keeps its own list of everything a machine
// acknowledged (world_writing.cc, ledger.h).
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/core/introduction.h"
#include "client/core/journal.h"
#include "client/core/linking.h"
#include "client/core/recovery.h"
#include "tests/support/fake_clock.h"
#include "tests/support/ledger.h"
#include "tests/support/mem_store.h"
#include "tests/support/seeded_random.h"
#include "tests/support/sim_relay.h"
#include "tests/support/wiretap.h"

namespace kith {

// How often each thing goes wrong, per mille.
struct Weather {
  // Of calls.
  uint64_t request_lost = 0;
  uint64_t reply_lost = 0;  // after the relay did what was asked
  uint64_t reply_late = 0;
  uint64_t doubled = 0;  // the relay gets the call twice
  // Of pages.
  uint64_t page_again = 0;  // the one before is served once more
  uint64_t page_shuffled = 0;
  uint64_t page_short = 0;
  uint64_t head_stale = 0;
  // Of steps.
  uint64_t wake = 0;
  uint64_t clock = 0;
  uint64_t crash = 0;        // of a machine, at one of its next writes
  uint64_t disk = 0;         // a write of a machine's store fails
  uint64_t offline = 0;      // a machine loses or finds the network
  uint64_t relay_stops = 0;  // it restarts, or is gone for a while
  uint64_t relay_full = 0;
  uint64_t relay_backup = 0;  // taken, or restored under a new epoch
  uint64_t relay_wiped = 0;
  uint64_t backup = 0;  // of a machine: taken, or put back
  uint64_t copy = 0;    // of a machine's store, both used from then on
  uint64_t link = 0;
  uint64_t revoke = 0;  // one device of a person by another
  // What no honest relay does.
  uint64_t lies = 0;         // of answers
  uint64_t split = 0;        // of steps: it begins or ends to show some machines another world
  uint64_t split_stays = 0;  // 1: it never ends to, also once all else has healed; no world passes with it
  uint64_t recover = 0;      // of steps: a person takes everything back by the phrase

  static Weather Calm() { return {}; }
  // Some of it, most of it, or all of it.
  static Weather Any(Dice& dice);
  // Of Any, at relays that lie.
  static Weather Lying(Dice& dice);
};

// Who lives there. With two people or more, all have relays from the beginning, and person 0 and person 1 become
// friends; person i lives on relay i modulo `relays`.
struct Cast {
  size_t people = 1;
  size_t relays = 1;
  // A circle of more than two instead, which person 0 founds with friends, of three people or more.
  enum class Circle : uint8_t { kPair, kOfSeveral } circle = Circle::kPair;
};

// A machine's line to the relay of one mailbox.
struct Line {
  uint64_t nonce = 0;  // of the relay's hello
  struct Late {
    SyncEra era;
    RelayCall call;
    Result<RelayReply> reply;
  };
  std::optional<Late> late;  // an answer that is still under way
  // What the relay it faces had of each lane when it last said, and truly, that the log ends where this machine is;
  // nullopt once anything was said since.
  std::optional<std::map<LaneKey, uint64_t>> end;
  std::optional<PullReply> last_page;
};

struct Machine {
  std::string name;
  size_t person = 0;
  MemStore store;
  FakeClock clock;
  std::unique_ptr<Journal> journal;  // null while the process is not running
  bool online = true;
  std::map<MailboxId, Line> lines;
  std::optional<MemStore> backup;
  std::map<uint64_t, HeldShare> held;  // as the world saw them last
  DeviceId device;                     // zeros before it ran for the first time
};

struct Resident {
  PersonId id;
  MailboxId mailbox;  // their own
  size_t relay = 0;
  std::string phrase;    // stands in everything they write
  std::string recovery;  // their recovery phrase
};

class World {
 public:
  World(uint64_t seed, Weather weather, int steps, Cast cast = {});

  // Everything: the steps, the healing, the checks. Empty when all held.
  std::vector<std::string> Play();
  // Of the relays' logs and every store.
  std::string Digest() const;

  // What Play is made of.
  void Step();
  void Heal();
  void Check();
  // Links a new machine without any fault. nullptr, and a problem, when it does not come about.
  Machine* LinkNow(Machine& host);
  // Makes friends of their people without any fault. False, and a problem, when it does not come about.
  bool IntroduceNow(Machine& host, Machine& guest);
  // One exchange with a relay, about any of the machine's mailboxes, or one of them; false when it wants nothing.
  bool Exchange(Machine& machine);
  bool ExchangeAbout(Machine& machine, const MailboxId& mailbox);
  // Tells it of the relays' present heads.
  void Wake(Machine& machine);
  // Sees to it that the machine has a relay, and tokens for it.
  void SetRelay(Machine& machine);

  std::deque<Machine>& machines() { return machines_; }
  // Whether somebody has revoked its device, or tried to: what it does from then on nobody answers for.
  bool Gone(const Machine& machine) const { return gone_.contains(machine.device); }
  // Revokes a device with another one. False when the other one cannot, in this state of things.
  bool RevokeNow(Machine& by, Machine& machine);
  // A machine of a person that was not revoked.
  Machine& FirstOf(size_t person);
  // The machines of one person.
  std::vector<Machine*> MachinesOf(size_t person);
  const Resident& resident(size_t person) const { return residents_[person]; }
  SimRelay& relay(size_t index = 0) { return sites_[index].relay; }
  // The mailbox of the first two people's friendship, or of the circle of several; nullopt before they have met.
  const std::optional<MailboxId>& circle() const { return circle_; }
  const Wiretap& wiretap() const { return wiretap_; }
  Ledger& ledger() { return ledger_; }
  const std::vector<std::string>& problems() const { return problems_; }
  size_t acknowledged() const { return kept_.size(); }

  // Everything that the relays and one person's machines ever received, searched for what was not meant for them.
  void CheckAudiences();
  // What a record says to whoever has one person's keys; nullopt when they do not open it.
  std::optional<Plaintext> OpenAs(size_t person, const SignedRecord& record);

  // Where a mailbox lives. nullptr while no relay has it.
  const SimRelay::Mailbox* Find(const MailboxId& mailbox) const;
  // The relay that a machine has for a mailbox; nullptr when it has none.
  SimRelay* RelayOf(const Machine& machine, const MailboxId& mailbox);

 private:
  struct Kept {
    size_t person;
    DeviceId writer;
    EntryId entry;
    VersionState state;
    Content content;
  };
  struct Linking {
    size_t host;
    LinkHost opener;
    LinkGuest guest;
    int stage = 0;
    int patience = 60;
    Bytes message;
  };
  struct Meeting {
    size_t host;
    size_t guest;
    FriendHost opener;
    FriendGuest joiner;
    int stage = 0;
    int patience = 60;
    Bytes message;
    std::optional<MailboxId> founded;
  };
  struct Site {
    SimRelay relay;
    bool up = true;
    std::optional<SimRelay::Database> backup;
    std::optional<SimRelay> other;   // what it shows those whom it deceives
    std::set<std::string> deceived;  // names of machines
  };
  using Versions = std::map<VersionId, EntryId>;

  Machine& AnyMachine() { return machines_[dice_.Below(machines_.size())]; }
  void Problem(std::string what) { problems_.push_back(std::move(what)); }
  void Count(const char* what) { ++ledger_.happened[what]; }
  const MailboxId& MailboxOf(const Machine& machine) const { return residents_[machine.person].mailbox; }
  SimRelay& HomeOf(const Machine& machine) { return sites_[residents_[machine.person].relay].relay; }
  bool friendly() const { return residents_.size() > 1; }
  bool grouped() const { return cast_.circle == Cast::Circle::kOfSeveral; }

  // ---- Machines (world_machines.cc).
  Machine& Add(std::string name, size_t person);
  // Sees to it that the process runs.
  bool Start(Machine& machine);
  // After an error of its store.
  void Recover(Machine& machine, const Error& error);
  void Deliver(Machine& machine, const MailboxId& mailbox, const RelayCall& call, const Result<RelayReply>& reply);
  Result<RelayReply> Carry(Machine& machine, const MailboxId& mailbox, const RelayCall& call);
  void SpoilPage(Line& line, PullReply& page);
  static void NoteEnd(const SimRelay& facing, const RelayCall& call, const RelayReply& reply, Line& line);
  void NoteAccepted(Machine& machine, const RelayCall& call);

  // ---- Lies (world_lies.cc).
  // Whoever this relay deceives is answered by its other world.
  SimRelay& Facing(Site& site, const Machine& machine);
  void SplitOrJoin(Site& site);
  Result<RelayReply> AnswerOf(SimRelay& relay, const RelayCall& call, uint64_t nonce);
  void Bend(const MailboxId& mailbox, const RelayCall& call, RelayReply& reply);
  void BendPage(const MailboxId& mailbox, const PullCall& call, PullReply& page);
  void BendStatements(StatementsReply& reply);
  void Alter(SignedRecord& record);
  // Tells a person's answer to alarms, once all is honest again: what stands then is a problem.
  void Forgive(Machine& machine);
  // That nothing is kept which no machine wrote.
  void CheckTrue(Machine& machine);
  // Of a machine that wants nothing more of a mailbox: where it calls itself in step, nothing is missing that it could
  // know of.
  void CheckNamed(Machine& machine, const MailboxId& mailbox);

  // ---- People (world_writing.cc).
  void Write(Machine& machine);
  Result<> Act(Machine& machine);
  Result<> Edit(Machine& machine, const EntryId& entry);
  std::string SomeText(const Machine& machine);
  void Acknowledge(Machine& machine, const Versions& before);
  static Versions VersionsIn(const MemStore& store);

  // ---- Friends (world_friends.cc).
  void Befriend(Machine& machine);
  Result<> ActAsFriend(Machine& machine);
  Result<SharedContent> Meant(Machine& machine, const ShareWish& wish);
  Result<> Share(Machine& machine);
  Result<> TakeBack(Machine& machine);
  Result<> Hear(Machine& machine);
  Result<> ChangeFriend(Machine& machine);
  Result<> LeaveOrStay(Machine& machine, bool cancel);
  Result<> FollowUpAll(Machine& machine);
  Result<> FollowUp(Machine& machine, const EntryId& entry);
  void ReleaseDue(Machine& machine);
  // Notes what left the machine's outbox, and what stands there.
  void Observe(Machine& machine);
  void NoteReleases(Machine& machine, const std::set<ShareId>& gone);
  bool Knows(Machine& machine, const ShareId& id) const;
  bool Noted(Machine& machine, const ShareId& id) const;
  // What only this machine knew need not survive any longer.
  void Forget(Machine& machine);
  std::optional<ShareWish> AWish(Machine& machine);
  void StartMeeting();
  void ContinueMeeting();
  Result<> MeetingStage();
  void LeaveHalves();
  void Meet(size_t host, size_t guest, uint32_t nameplate);
  bool SomebodyRests(const MailboxId& circle) const;
  // Whether what a relay that lied has lost of a circle may have to come from one who rests. All rests end before the
  // last checks.
  bool LacksOneWhoRests(const MailboxId& circle) const { return !honest_ && SomebodyRests(circle); }
  bool OnlyHere(Machine& machine, const ReceivedShare& share);
  bool WaitsForOneWhoRests(Machine& machine, const MailboxId& mailbox) const;
  void EndRests();
  void SettleShares();

  // ---- A circle of several (world_circle.cc).
  Result<> BefriendNow(size_t host, size_t guest);
  Result<> FoundGroup();
  std::optional<MailboxId> PairOf(Machine& machine, size_t with) const;
  bool Inside(Machine& machine) const;
  Machine& AnActor(Machine& machine);
  void ActInGroup(Machine& any);
  Result<> ChangeGroup(Machine& machine);
  Result<> AnswerInvitation(Machine& machine, const OpId& invitation);
  Result<> AskIn(Machine& machine);
  std::optional<size_t> SomeMember(Machine& machine);
  Result<> RemoveSomebody(Machine& machine);
  Result<> RemoveAtOnce(Machine& machine);
  Result<> ChangeRole(Machine& machine);
  Result<> GrantSomebody(Machine& machine);
  Result<> ShredSomething(Machine& machine);
  bool ShutOut(const Machine& machine, const MailboxId& mailbox) const;
  const Roster* GroupRoster() const;
  bool OutOfGroup(const Machine& machine, const MailboxId& mailbox) const;
  void Went(size_t person);
  void NoteSealed(Machine& machine);
  void CheckGroup();
  void CheckGroupKeys(const Roster& roster);
  void CheckGroupSeats(const Roster& roster);
  void CheckSealedWithout();
  void CheckGroupShares(Machine& reader, const Roster& roster);
  void CheckShredded();
  bool Shredded(Machine& machine, const EntryId& entry) const;

  // ---- Disasters (world_faults.cc).
  void Break();
  void BreakMachine();
  void BreakRelay(Site& site);
  void JumpClock(Machine& machine);
  void BackUpOrRestore(Machine& machine);
  void RestoreRelay(Site& site, SimRelay::Database database);
  void Copy(Machine& machine);
  // Whether a machine has met all relays that it is to be kept with, so that a copy of it can be told from it.
  bool Settled(Machine& machine) const;
  // The record that brings a version of this machine to others; nullopt while it has none.
  std::optional<RecordId> RecordOf(Machine& machine, const VersionId& version, const EntryId& entry);
  bool AtRelay(const RecordId& record) const;
  bool ElsewhereThan(const Machine* machine, const VersionId& version) const;
  void StartLinking();
  void ContinueLinking();
  Result<> LinkStage();

  // ---- Revocations (world_devices.cc).
  void RevokeSomebody();
  bool Recognizes(Machine& machine, Machine& other) const;
  void ForgetGone();
  void ForgetPruned(size_t person);
  void CheckRevocations(size_t person);
  void CheckRevoked(Machine& judge, Machine& gone);

  // ---- Recoveries (world_recovery.cc).
  void RecoverSomebody();
  void RecoverAgain();
  void TakeOver(size_t person);
  Result<> ReadByPhrase(size_t person, Machine& to, Recovery::Purpose purpose);
  Versions VersionsAtRelay(size_t person);

  // ---- Checks (world_checks.cc, world_audience.cc).
  void CheckPerson(size_t person);
  void CheckMachine(Machine& machine);
  void CheckNoAlarm(Machine& machine);
  void CheckKept(Machine& machine);
  void CheckRelay(const MailboxId& mailbox);
  std::string Shown(Machine& machine);
  bool Quiet(Machine& machine);
  void HealStopped(Machine& machine, const MailboxId& mailbox);
  bool GoneForGood(Machine& machine, const MailboxId& mailbox);
  bool FoundsAnew(Machine& machine, const MailboxId& circle);
  void CheckCircle();
  std::string SharesShown(Machine& machine);
  std::string AnswersShown(Machine& machine);
  void CheckStanding(Machine& writer, Machine& reader);
  void CheckWhatStands(Machine& reader);
  struct Audit;
  Audit MakeAudit() const;
  void CheckUnreleased(const Audit& audit, const Caught& caught, ByteView bytes);
  void CheckInSelf(const Audit& audit, size_t owner, const Caught& caught);
  void CheckInCircle(const Audit& audit, const Caught& caught);
  bool LostWithItsWriter(const Caught& caught) const;
  void CheckKeys();
  void CheckAnnouncement(const Audit& audit, const Caught& caught);
  void CheckCircleOp(const Caught& caught, const Op& op);
  void CheckGone(const SignedRecord& record, const std::string& where);

  uint64_t seed_;
  SeededRandom random_;
  Dice dice_;
  Weather weather_;
  int steps_;
  std::deque<Site> sites_;
  std::vector<Resident> residents_;
  std::deque<Machine> machines_;
  std::optional<Linking> linking_;
  std::optional<Meeting> meeting_;
  std::optional<MailboxId> circle_;
  std::map<VersionId, Kept> kept_;
  std::map<VersionId, RecordId> only_at_relay_;  // kept, and on no machine any more
  std::map<std::pair<LaneKey, uint64_t>, RecordId> accepted_;
  Wiretap wiretap_;
  Ledger ledger_;
  uint64_t now_ = 0;   // steps played
  const bool honest_;  // no relay lies in this world
  std::set<DeviceId> gone_;
  std::set<size_t> recovered_;  // people, once each
  const Cast cast_;
  // Of the circle of several, by person.
  std::map<size_t, uint64_t> came_;  // the step at which they first said yes
  std::set<size_t> unsteady_;        // were not in it all the time
  std::set<size_t> granted_;         // were given what stood there before
  std::set<size_t> went_;            // were removed, perhaps, or left
  // Keys that somebody sealed under who knew that such a one was in it no more.
  std::set<std::pair<size_t, GenerationId>> sealed_without_;
  std::map<LaneKey, uint64_t> sealed_;  // how far a lane was looked at for that
  std::map<EntryId, bool> shreds_;      // entries that were shredded; false: perhaps
  std::vector<std::string> problems_;
  int texts_ = 0;
};

}  // namespace kith
