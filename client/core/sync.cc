#include "client/core/sync.h"

#include <algorithm>

#include "client/core/heads.h"
#include "client/core/outbox.h"
#include "client/core/refill.h"
#include "crypto/verify/hash.h"

namespace kith {
namespace {

constexpr int kContradictions = 3;  // tolerated in a row before the relay is said to be at fault
constexpr int kEndsReread = 2;      // empty pages in a row, before what all of the log lacks is held against the relay
constexpr char kRevoked[] =
    "This device was revoked by another device of yours: nothing is sent or fetched any more. What is here stays "
    "readable here. If it was not you, use the recovery phrase on a new device: `kith recover`.";

const RelayStamp& StampOf(const RelayReply& reply) {
  return std::visit([](const auto& body) -> const RelayStamp& { return body.stamp; }, reply);
}

}  // namespace

bool Ending(const State& state, const Mailbox& circle) {
  if (circle.sync.statements_there < circle.seats.number()) return true;
  const Keyring::HeldSeat* seat = state.keyring.SeatIn(circle.id, circle.seats);
  // They are closed when all else is said.
  return seat != nullptr && !circle.seats.seats().at(seat->signer->public_key()).lanes.empty();
}

Sync::Sync(State& state, const MailboxId& mailbox) : state_(state), intake_(state), id_(mailbox) {}

Sync::Sync(State& state, const MailboxId& mailbox, std::shared_ptr<const Signer> reader)
    : state_(state), intake_(state), id_(mailbox), reader_(std::move(reader)) {}

void Sync::Restart() {
  ++rounds_;
  greeted_ = asked_ = read_once_ = reread_ = settled_ = false;
  contradictions_ = overtaken_ = 0;
  relay_head_ = woken_ = newest_statement_ = asked_for_ = 0;
  replay_ = Replay::kNotTried;
  behind_ = fetched_ = 0;
  ends_ = 0;
  stopped_.reset();
  failed_.reset();
  no_push_.reset();
  prepared_.clear();
}

Result<> Sync::Stop(Code code, std::string message) {
  stopped_ = Fail(code, std::move(message));
  if (code != Code::kRollback && code != Code::kRelayWiped && code != Code::kRelayForeign) return {};
  Transaction tx(state_.store);
  state_.Raise(tx, code, id_);
  return state_.Commit(tx);
}

void Sync::Interrupt(Error error) {
  Restart();
  failed_ = std::move(error);
}

std::shared_ptr<const Signer> Sync::signer() const {
  const storage::Lane* lane = state_.lanes.Own(id_);
  return lane == nullptr ? nullptr : state_.lanes.SignerOf(*lane);
}

RelayCall Sync::Call(decltype(RelayCall::body) body) const {
  if (reader_ != nullptr) return {.signer = reader_, .body = std::move(body)};
  if (replay_ == Replay::kByAnother) {
    return {.signer = OtherKeys()[keys_refused_], .body = std::move(body)};
  }
  std::shared_ptr<const Signer> lane = signer();
  // A lane taken moments ago is not listed there yet: until it is, the device's oldest one speaks.
  if (lane == nullptr || !mailbox().seats.Listed(lane->public_key()) ||
      mailbox().sync.statements_there < mailbox().seats.number()) {
    for (const storage::Lane& other : state_.lanes.all()) {
      if (other.mailbox != id_ || !other.seed) continue;
      const bool listed = mailbox().seats.Listed(other.key);
      if (lane == nullptr || listed) lane = state_.lanes.SignerOf(other);
      if (listed) break;
    }
    // In a circle the seat is there from the beginning, while a lane has to be listed first.
    const Keyring::HeldSeat* seat = state_.keyring.SeatIn(id_, mailbox().seats);
    if (const auto key = seat != nullptr ? seat->signer : state_.keyring.Seat(id_); !state_.IsSelf(id_) && key)
      lane = key;
  }
  return {.signer = std::move(lane), .body = std::move(body)};
}

Result<std::optional<RelayCall>> Sync::Next() {
  const std::optional<RelayCall> nothing;
  if (stopped_ || mailbox().sync.relay_address.empty()) return nothing;
  if (reader_ == nullptr && !state_.person->IsDevice(state_.device->public_key())) {
    KITH_TRY(Stop(Code::kDeviceRevoked, kRevoked));
    return nothing;
  }
  failed_.reset();
  if (!greeted_) return std::optional(Call(HelloCall{}));
  const storage::MailboxSync& sync = mailbox().sync;
  if (!sync.created && !sync.tokens.empty()) {
    KITH_TRY_ASSIGN(const auto first, state_.store.Get(storage::StatementKey(id_, 1)));
    if (!first)
      return Fail(Code::kVaultDamaged,
                  "The mailbox's first statement is missing from the vault. Restore it from a backup, or link this "
                  "device anew.");
    KITH_TRY_ASSIGN(SignedStatement statement, storage::DecodeStatement(*first));
    return std::optional(
        Call(CreateMailboxCall{.mailbox = id_, .token = sync.tokens.front(), .statement = std::move(statement)}));
  }
  KITH_TRY_ASSIGN(auto statement, NextStatement());
  if (statement) return statement;
  if (!AtRelaysHead()) {
    woken_ = 0;
    return std::optional(
        Call(PullCall{.mailbox = id_, .cursor = {.seq = sync.cursor_seq, .chain = sync.cursor_chain}}));
  }
  KITH_TRY_ASSIGN(auto again, LookAgain());
  if (again) return again;
  KITH_TRY(Judge());
  if (reader_ != nullptr) return nothing;
  KITH_TRY_ASSIGN(const bool settling, Settle());
  if (stopped_) return nothing;
  if (settling) return NextStatement();
  KITH_TRY_ASSIGN(const bool new_lane, EnsureLane());
  if (stopped_) return nothing;
  if (new_lane) return NextStatement();
  if (!no_push_) {
    KITH_TRY_ASSIGN(auto push, NextPush());
    if (push) return push;
    KITH_TRY_ASSIGN(const bool closing, CloseLanes());
    if (closing) return NextStatement();
    // Closing may have asked for a last word.
    KITH_TRY_ASSIGN(auto last, Left() ? NextPush() : Result<std::optional<RelayCall>>(nothing));
    if (last) return last;
  }
  contradictions_ = overtaken_ = 0;  // all is said, so whatever was contradictory is settled
  return nothing;
}

Result<> Sync::OnReply(const RelayCall& call, const Result<RelayReply>& reply) {
  if (!reply) return OnError(call, reply.error());
  const RelayStamp& stamp = StampOf(*reply);
  if (stamp.relay_key != mailbox().sync.relay_key) {
    return Stop(Code::kRelayForeign,
                AtFriends()
                    ? "another relay answers at the address where you meet this friend; nothing here is lost. If its "
                      "keeper set it up anew, leave this friend with `kith friend leave` and become friends anew"
                    : "another relay answers at this address; if its keeper set it up anew, ask for a new invite and "
                      "use `kith relay set`");
  }
  if (const auto* hello = std::get_if<HelloReply>(&*reply)) return OnHello(*hello);
  if (stamp.epoch != mailbox().sync.epoch) {
    Interrupt(Fail(Code::kRelayUnreachable, "The relay was restored meanwhile. This device starts again by itself."));
    return {};
  }
  if (std::holds_alternative<CreateMailboxReply>(*reply)) return OnCreated();
  if (const auto* submitted = std::get_if<SubmitStatementReply>(&*reply)) {
    const auto* statement = std::get_if<SubmitStatementCall>(&call.body);
    return statement == nullptr ? Result<>() : OnSubmitted(*statement, *submitted);
  }
  if (const auto* statements = std::get_if<StatementsReply>(&*reply)) return OnStatements(*statements);
  if (const auto* page = std::get_if<PullReply>(&*reply)) return OnPage(*page);
  const auto* pushed = std::get_if<PushCall>(&call.body);
  const auto* answer = std::get_if<PushReply>(&*reply);
  return pushed == nullptr || answer == nullptr ? Result<>() : OnPushed(*pushed, *answer);
}

Result<> Sync::OnHello(const HelloReply& reply) {
  if (reply.stamp.epoch != mailbox().sync.epoch) KITH_TRY(ForgetRelay(reply.stamp.epoch));
  // What was served of all before this was loaded is not known any more, and what it claimed neither.
  const storage::MailboxSync& sync = mailbox().sync;
  if ((sync.rereading && served_.empty()) || (sync.unread && unread_.empty() && !spoiled_)) KITH_TRY(ReadAnew());
  greeted_ = true;
  return {};
}

Result<> Sync::ForgetRelay(const RelayEpoch& epoch) {
  Transaction tx(state_.store);
  storage::MailboxSync& sync = mailbox().sync;
  // Another database, or another relay: it may lack records of our lane that others have read, and this vault may have
  // been restored from before them. A new lane cannot use a number twice.
  const bool another = !sync.epoch.IsZero();
  if (another) Heads(state_).ForgetGranted(tx, id_);
  sync.epoch = epoch;
  sync.rereading = sync.unread = spoiled_ = false;
  served_.clear();
  unread_.clear();
  sync.cursor_seq = 0;
  sync.cursor_chain = {};
  sync.statements_there = 0;
  sync.created = false;
  for (storage::Lane& lane : state_.lanes.all()) {
    if (lane.mailbox != id_) continue;
    if (another && lane.seed && !lane.retired) KITH_TRY(Outbox(state_).Retire(tx, mailbox(), lane));
    lane.acked_seq = 0;
    // What stands before them may be lost for good; whoever wrote them sends all of it again.
    if (another) KITH_TRY(Lanes::DropBeyond(tx, state_.store, lane));
    Lanes::Save(tx, lane);
  }
  state_.SaveMailbox(tx, mailbox());
  return state_.Commit(tx);
}

Result<> Sync::OnCreated() {
  Transaction tx(state_.store);
  storage::MailboxSync& sync = mailbox().sync;
  sync.created = true;
  sync.statements_there = std::max<uint64_t>(sync.statements_there, 1);
  // Spent now, or not needed: the mailbox was there.
  if (!sync.tokens.empty()) sync.tokens.erase(sync.tokens.begin());
  state_.SaveMailbox(tx, mailbox());
  return state_.Commit(tx);
}

Result<> Sync::OnForked() {
  if (++contradictions_ > kContradictions) {
    return Stop(Code::kRollback,
                AtFriends()
                    ? "the relay where you meet this friend keeps changing what it served before; nothing here was "
                      "lost. Ask its keeper, or become friends anew at another relay"
                    : "the relay keeps changing what it served before; nothing here was lost. Ask its keeper, or move "
                      "to another relay");
  }
  return ReadAnew();
}

Result<> Sync::OnPage(const PullReply& reply) {
  storage::MailboxSync& sync = mailbox().sync;
  newest_statement_ = std::max(newest_statement_, reply.newest_statement);
  if (newest_statement_ > sync.statements_there) return {};  // who may write comes first; then this page again
  if (reply.forked) return OnForked();
  if (reply.head.seq < sync.cursor_seq) {
    // A copy that is behind passes; what was lost for good shows when all is read anew.
    KITH_TRY(ReadAnew());
    Interrupt(Fail(Code::kRollback,
                   "The relay serves less than it did before. Nothing here was lost; ask its keeper whether an older "
                   "copy was put back."));
    return {};
  }
  if (!read_once_) {
    behind_ = reply.head.seq - sync.cursor_seq;
    fetched_ = 0;
  }
  Transaction tx(state_.store);
  bool spoiled = false;
  // Records prove themselves in any order, but a page that does not follow on what was read may hide others: it is
  // asked for again.
  const bool follows = Follows(reply) && (!reply.records.empty() || reply.head.seq == sync.cursor_seq);
  for (const SignedRecord& record : reply.records) {
    const uint64_t refused = state_.refused;
    const uint64_t acknowledged = follows ? 0 : AcknowledgedOf(record);
    KITH_TRY(intake_.Receive(tx, mailbox(), record));
    spoiled = spoiled || (state_.refused != refused && Unsigned(record));
    if (!follows) {
      NoteClaimed(record, acknowledged);
    } else if (sync.rereading || !unread_.empty()) {
      KITH_TRY(NoteServed(tx, record));
    }
  }
  KITH_TRY(intake_.Retry(tx));
  if (follows && !reply.records.empty()) {
    sync.cursor_seq = reply.next.seq;
    sync.cursor_chain = reply.next.chain;
    spoiled_ = spoiled_ || spoiled;
    state_.SaveMailbox(tx, mailbox());
  }
  if (const bool unread = spoiled_ || !unread_.empty(); !sync.rereading && sync.unread != unread) {
    sync.unread = unread;
    state_.SaveMailbox(tx, mailbox());
  }
  KITH_TRY(state_.Commit(tx));
  if (!follows) {
    Interrupt(Fail(Code::kRelayUnreachable,
                   "The relay does not hand over all that it says it has. This device tries again by itself; if it "
                   "stays so, ask the relay's keeper."));
    return {};
  }
  fetched_ += reply.records.size();
  read_once_ = true;
  ends_ = reply.records.empty() ? ends_ + 1 : 0;
  // What was served before may come once more, from when there was nothing yet.
  settled_ = ends_ >= (sync.rereading ? kEndsReread : 1);
  // An empty page settles what was claimed before it was asked for.
  relay_head_ = reply.records.empty() ? std::max(sync.cursor_seq, woken_) : std::max(relay_head_, reply.head.seq);
  if (AtRelaysHead()) behind_ = fetched_ = 0;
  return {};
}

Result<> Sync::OnPushed(const PushCall& call, const PushReply& reply) {
  storage::MailboxSync& sync = mailbox().sync;
  Chain chain = sync.cursor_chain;
  for (const SignedRecord& record : call.records) chain = NextChain(chain, RecordIdOf(record.header));
  // Where the log went on with just these records, there is no need to fetch them back.
  const bool leads_on =
      reply.duplicates == 0 && reply.head.seq == sync.cursor_seq + call.records.size() && reply.head.chain == chain;
  for (const SignedRecord& record : call.records) {
    KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(record.header));
    storage::Lane* lane = state_.lanes.Find(header.lane);
    if (lane == nullptr || lane->acked_seq >= header.seq) continue;
    lane->acked_seq = header.seq;
    state_.acknowledged.insert(lane->number);
    if (!leads_on) unread_[lane->number] = header.seq;
  }
  if (leads_on) {
    sync.cursor_seq = reply.head.seq;
    sync.cursor_chain = reply.head.chain;
  } else {
    sync.unread = sync.unread || !unread_.empty();
  }
  state_.acknowledged_cursor.insert(id_);
  relay_head_ = std::max(relay_head_, reply.head.seq);
  settled_ = false;
  return {};
}

Result<> Sync::OnError(const RelayCall& call, const Error& error) {
  const Code code = error.code;
  if (code == Code::kRelayRefused) return OnRefused(call);
  if (code == Code::kTokenInvalid) return OnTokenSpent();
  if (code == Code::kStatementConflict) return OnStatementConflict();
  if (code == Code::kLaneForked || code == Code::kLaneGap) return OnLaneDisagreement(code);
  if (code == Code::kRelayFull && std::holds_alternative<PushCall>(call.body)) {
    // Reading goes on.
    no_push_ = AtFriends() ? Fail(code,
                                  "The place where you meet this friend is full. What you share waits on this device; "
                                  "take something back, or ask the relay's keeper for more room.")
                           : error;
    return {};
  }
  if (code == Code::kRelayForeign || code == Code::kStatementForbidden || code == Code::kMalformed ||
      code == Code::kTooLarge) {
    return Stop(code, error.message);
  }
  Interrupt(error);
  return {};
}

Result<> Sync::OnTokenSpent() {
  // Of a database that is gone, or spent. When none is left, the relay is asked for the mailbox itself, and says what
  // is so.
  Transaction tx(state_.store);
  storage::MailboxSync& sync = mailbox().sync;
  if (!sync.tokens.empty()) sync.tokens.erase(sync.tokens.begin());
  state_.SaveMailbox(tx, mailbox());
  return state_.Commit(tx);
}

Result<> Sync::OnLaneDisagreement(Code code) {
  if (++contradictions_ > kContradictions) {
    return Stop(code,
                "The relay and this device disagree about what this device wrote. Nothing here was lost; ask the "
                "relay's keeper.");
  }
  // A fork: the other record is in the log, to be read. A gap: the relay lost what it had acknowledged, which shows
  // when all is read anew.
  if (code == Code::kLaneGap) KITH_TRY(ReadAnew());
  read_once_ = asked_ = false;
  return {};
}

SyncStatus Sync::status() const {
  SyncStatus status;
  const Mailbox& box = mailbox();
  const Outbox outbox(state_);
  status.waiting = (Unheard() ? 0 : box.outbox_waiting) + outbox.PrunesWaiting(box) + (outbox.Introduces(id_) ? 1 : 0);
  if (reader_ == nullptr && !Left() && outbox.Rerolls(id_)) ++status.waiting;
  for (const storage::Lane& lane : state_.lanes.all()) {
    if (lane.mailbox != id_ || lane.acked_seq >= lane.stored_seq) continue;
    const uint64_t last = LastToSend(state_, lane).value_or(lane.stored_seq);
    status.waiting += last - std::min(last, lane.acked_seq);
  }
  status.behind = behind_;
  status.fetched = fetched_;
  status.problem = stopped_ ? stopped_ : failed_ ? failed_ : no_push_;
  if (!status.problem) status.problem = Alarmed();
  if (!status.problem && reader_ == nullptr && !HasLane() && state_.keyring.SeatIn(id_, box.seats) == nullptr) {
    status.problem =
        Fail(Code::kRelayRefused, "This device waits for a key from another device of yours. Let that one sync.");
  }
  if (box.sync.relay_address.empty()) {
    status.phase = SyncStatus::Phase::kOff;
  } else if (stopped_) {
    status.phase = SyncStatus::Phase::kStopped;
  } else if (!greeted_) {
    status.phase = SyncStatus::Phase::kConnecting;
  } else if (!AtRelaysHead() || (status.waiting > 0 && !no_push_)) {
    status.phase = SyncStatus::Phase::kCatchingUp;
  } else {
    status.phase = SyncStatus::Phase::kLive;
  }
  return status;
}

void Sync::OnWake(const Cursor& head, uint64_t newest_statement) {
  woken_ = std::max(woken_, head.seq);
  relay_head_ = std::max(relay_head_, head.seq);
  newest_statement_ = std::max(newest_statement_, newest_statement);
}

}  // namespace kith
