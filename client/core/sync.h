// One mailbox and its relay, as a state machine: Next() says what to ask, OnReply() takes the answer. No I/O of its own
// but the store; one call is under way at a time. States and transitions: "Sync" in client/DESIGN.md.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "client/core/intake.h"
#include "client/core/ports.h"
#include "client/core/state.h"

namespace kith {

// Whether a circle that was left still has something to say: records and operations that have not reached the relay, or
// lanes of this person that are still open.
bool Ending(const State& state, const Mailbox& circle);

// Where the relay and this device are with each other, for people.
struct SyncStatus {
  enum class Phase {
    kOff,         // no relay has been set
    kConnecting,  // nothing heard yet since the last interruption
    kCatchingUp,  // fetching or sending
    kLive,        // all that the relay has is here, and the other way round
    kStopped,     // needs a person: see problem
  };
  Phase phase = Phase::kOff;
  uint64_t behind = 0;   // records to fetch, fixed when this catch-up began
  uint64_t fetched = 0;  // of these, so far
  uint64_t waiting = 0;  // operations and records the relay has not acknowledged
  std::optional<Error> problem;
};

class Sync {
 public:
  // `state` outlives it; a reloaded State needs a new Sync.
  Sync(State& state, const MailboxId& mailbox);
  // Only reads, as `reader` (the mailbox's root or a seat): statements and pages. Makes, states and sends nothing.
  Sync(State& state, const MailboxId& mailbox, std::shared_ptr<const Signer> reader);

  // Makes and keeps a seat statement by this person's seat; it is sent with the next calls. kRelayRefused without a
  // seat key; errors of SeatTable::Apply.
  Result<> ChangeSeats(std::vector<SeatChange> changes);

  // What to ask of the relay now; nullopt when nothing is wanted before a wake, a local change, or Restart. Commits
  // what must be durable before it is sent. Errors are those of the store: load the state again.
  Result<std::optional<RelayCall>> Next();
  // While the relay works on `under_way`, the call that Next gave last: seals and makes durable what the push after it
  // will carry. Nothing where there is no more to send. Errors are those of the store: load the state again.
  Result<> Prepare(const RelayCall& under_way);
  // The answer to the call that Next gave last. Errors are those of the store.
  Result<> OnReply(const RelayCall& call, const Result<RelayReply>& reply);
  // The relay says that its log ends at `head` now.
  void OnWake(const Cursor& head, uint64_t newest_statement);
  // The connection was lost, or a person asked to try again: begin anew with hello.
  void Restart();
  // How often it began anew.
  uint64_t rounds() const { return rounds_; }
  // Whether the last call failed in a way that may pass: wait a while before Next.
  bool failed() const { return failed_.has_value(); }

  SyncStatus status() const;
  // Live: nothing to fetch, nothing to send.
  bool idle() const { return status().phase == SyncStatus::Phase::kLive; }
  // The lane to subscribe with; nullptr when there is none.
  std::shared_ptr<const Signer> signer() const;

 private:
  Mailbox& mailbox() { return state_.mailboxes.at(id_); }
  const Mailbox& mailbox() const { return state_.mailboxes.at(id_); }

  Result<std::optional<RelayCall>> NextStatement();
  Result<std::optional<RelayCall>> NextPush();
  // The next push's worth of what waits in the outbox, sealed and durable.
  Result<std::vector<SignedRecord>> SealNext();
  // Where the next record of this device's lane lost its words, seals on to the prune that says so.
  Result<> SealWhatHoldsBack();
  // What Prepare sealed, if it is what follows on all that was acknowledged.
  std::vector<SignedRecord> TakePrepared();
  // Sees to it that this device has a lane that the seat table lists. True when a statement was made for it.
  Result<bool> EnsureLane();
  bool Left() const;  // a circle that this person left
  // One whose other member never said anything here that what is still to be said could be sealed to, and will not:
  // nobody will ever be told.
  bool Unheard() const;
  bool OwesGoodbye() const;
  // Says and states what a revocation, or who came into a circle and who is gone, asks of this device here. True when a
  // statement was made for it.
  Result<bool> Settle();
  // Of a circle of more than two that was left: tells the others, once all else is said. True when it did now.
  Result<bool> SayLeft();
  // Whether it is this device's first in its person's own mailbox; that one stays open.
  bool LinkedWith(const storage::Lane& lane) const;
  // Whether it is a circle's lane of this device, whose key was lost when an older copy of the vault came back, and
  // holds words that are to be pruned: while it is open nobody may. A copy of this vault that still writes there takes
  // another.
  Result<bool> Orphaned(const storage::Lane& lane) const;
  // Whether it has records that are still to be pruned after a shredding.
  bool Owed(const storage::Lane& lane) const;
  // Once all is at the relay: closes lanes that this device wrote to before, and all of this person's seat when the
  // friend was left, this device's own last. True when a statement was made for it.
  Result<bool> CloseLanes();
  // Whether this is the place where a friend is met; people are told of it so.
  bool AtFriends() const { return !state_.IsSelf(id_); }
  // ---- Lies (sync_alarms.cc).
  Result<bool> Gapped() const;  // whether MissingIn gives something for any lane
  // Where something is missing or was, before it is held against the relay: asks once more what it calls the end of its
  // log, and reads all anew once for each connection, in case what was left out has come back. nullopt: nothing is, or
  // it was asked enough.
  Result<std::optional<RelayCall>> LookAgain();
  // Begins to read all anew, statements too. What is missing then of what this relay had acknowledged is sent again.
  Result<> ReadAnew();
  // Whether nobody who may write here, as far as is known, has signed a record so.
  bool Unsigned(const SignedRecord& record) const;
  // Up to where the relay is known to have the lane that a record stands in.
  uint64_t AcknowledgedOf(const SignedRecord& record) const;
  // Of a page that does not follow on what was read: what is known by it alone, over `acknowledged`, is to be served in
  // the log's order as well, else it may be from another log.
  void NoteClaimed(const SignedRecord& record, uint64_t acknowledged);
  // Notes that a record was served: during that, or after it was pushed.
  Result<> NoteServed(const Transaction& tx, const SignedRecord& record);
  // At the end of the log: raises and ends alarms, durably.
  Result<> Judge();
  Result<> JudgeLanes(Transaction& tx);
  void JudgeServed(Transaction& tx);
  // A lane's first record that was left out, or served without its words; 0: none.
  Result<uint64_t> MissingIn(const storage::Lane& lane) const;
  std::optional<Error> Alarmed() const;
  Error GapProblem() const;
  bool HasLane() const;  // one to write to, listed
  RelayCall Call(decltype(RelayCall::body) body) const;
  bool AtRelaysHead() const { return read_once_ && mailbox().sync.cursor_seq >= relay_head_; }

  Result<> OnHello(const HelloReply& reply);
  Result<> OnCreated();
  Result<> OnSubmitted(const SubmitStatementCall& call, const SubmitStatementReply& reply);
  Result<> OnStatements(const StatementsReply& reply);
  Result<> OnPage(const PullReply& reply);
  Result<> OnForked();
  // Whether a page begins where the last one ended and ends where it says.
  bool Follows(const PullReply& page) const;
  Result<> OnPushed(const PushCall& call, const PushReply& reply);
  Result<> OnError(const RelayCall& call, const Error& error);
  Result<> OnRefused(const RelayCall& call);
  // What this device can speak with in this mailbox: the keys to its seat, newest first, then its lanes.
  std::vector<std::shared_ptr<const Signer>> OtherKeys() const;
  Result<> OnTokenSpent();
  Result<> OnLaneDisagreement(Code code);
  Result<> OnStatementConflict();
  Result<> ForgetRelay(const RelayEpoch& epoch);
  // ---- Statements (sync_statements.cc).
  SignedStatement Compose(const Signer& seat, std::vector<SeatChange> changes) const;
  Result<> MakeStatement(Transaction& tx, std::vector<SeatChange> changes);
  // What to_restate_ still says once newer statements stand; what they have made void is dropped.
  Result<> Restate(Transaction& tx);
  Result<SignedStatement> Statement(const Transaction& tx, uint64_t number) const;
  // The relay holds `statement` where we hold one of our own: takes it, and keeps what ours said in to_restate_. False,
  // and nothing happened, when it does not hold.
  Result<bool> Overtake(Transaction& tx, uint64_t number, const SignedStatement& statement);
  Result<bool> TakeStatement(Transaction& tx, const SignedStatement& statement);
  void Interrupt(Error error);
  Result<> Stop(Code code, std::string message);

  State& state_;
  Intake intake_;
  MailboxId id_;
  std::shared_ptr<const Signer> reader_;  // where this only reads
  uint64_t rounds_ = 0;
  bool greeted_ = false;                 // hello was answered since the last interruption
  bool asked_ = false;                   // the number of its newest statement was learned since then
  bool read_once_ = false;               // a page was read since then
  bool reread_ = false;                  // all was read once more since then
  bool settled_ = false;                 // the relay had nothing beyond the cursor when it was asked last
  int ends_ = 0;                         // how often in a row it had nothing
  std::map<uint32_t, uint64_t> served_;  // while all is read anew: how far each lane was served, by lane number
  // What the relay acknowledged with an answer that does not lead on from the cursor, so that it has to be read in the
  // log: by lane number.
  std::map<uint32_t, uint64_t> unread_;
  bool spoiled_ = false;                // a record was passed that is Unsigned, since all was read last
  std::vector<SignedRecord> prepared_;  // durable, not sent yet; the store has them too
  uint64_t emptied_ = 0;                // what State::emptied was then
  uint64_t relay_head_ = 0;             // highest end of the log heard of
  uint64_t woken_ = 0;                  // likewise, by a wake since the last page was asked for
  uint64_t newest_statement_ = 0;       // number of the newest statement heard of
  uint64_t asked_for_ = 0;              // what newest_statement_ was when statements were asked for
  // A relay restored from an older copy may not list this device yet, and another device may have closed the lane that
  // it speaks with. Then it speaks with a key to the seat, or an older lane; where all are refused, it sends the
  // statements that list it.
  enum class Replay : uint8_t { kNotTried, kByAnother, kUnderWay, kDone } replay_ = Replay::kNotTried;
  size_t keys_refused_ = 0;             // of OtherKeys()
  std::vector<SeatChange> to_restate_;  // of our statements that another device's overtook
  uint64_t behind_ = 0;
  uint64_t fetched_ = 0;
  int contradictions_ = 0;        // answers in a row that cannot all be true
  int overtaken_ = 0;             // statements of ours, since all was said or anything was waited for
  std::optional<Error> stopped_;  // needs a person
  std::optional<Error> failed_;   // passes by itself; cleared by the next success
  std::optional<Error> no_push_;  // the relay takes nothing more; reading goes on
};

}  // namespace kith
