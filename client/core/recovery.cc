#include "client/core/recovery.h"

#include <algorithm>
#include <set>

#include "client/core/founding.h"
#include "client/core/limits.h"
#include "client/core/witness.h"
#include "crypto/base/check.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

std::array<uint8_t, 32> Array(ByteView bytes) {
  std::array<uint8_t, 32> out{};
  std::ranges::copy(bytes.first(out.size()), out.begin());
  return out;
}

std::shared_ptr<const Signer> Share(const Signer& signer) {
  return std::make_shared<const Signer>(Signer::FromSeed(SignSeed::Copy(signer.seed().Reveal())));
}

Error NothingThere() {
  return Fail(Code::kWithheld,
              "The relay has the place of this journal but hands over nothing that these words open. Either nothing "
              "ever reached it, or it keeps it back: ask its keeper.");
}

// What a person can do about what the relay refused, unreached or contradicted.
Error OfOwnRelay(const Error& problem, RecoveryAuthority::Kind by) {
  if (problem.code != Code::kRelayRefused) return problem;
  if (by == RecoveryAuthority::Kind::kTrustees)
    return Fail(
        Code::kRelayRefused,
        "This relay lets these trustees in no more, or never did: the set was replaced or ended, or the journal "
        "moved to another relay. Nothing was changed; the recovery phrase still helps: `kith recover`.");
  return Fail(Code::kRelayRefused,
              "This relay has no journal for these words. Compare the relay with the sheet, and the words too: others "
              "that fit together belong to another journal. Nothing was changed.");
}

}  // namespace

Recovery::Recovery(Store& store, Clock& clock, RecoveryAuthority authority, const RelayAddress& relay, Options options)
    : authority_(std::move(authority)),
      options_(std::move(options)),
      restoring_{.authority = authority_, .sealed_roots = {}},
      state_(store, clock),
      seat_(Signer::Generate()),
      lane_(Signer::Generate()) {
  state_.device = Signer::Generate();
  state_.box = BoxPair::Generate();
  state_.identity = {.sign_seed = Array(state_.device->seed().Reveal()),
                     .box_secret = Array(state_.box->secret().Reveal()),
                     .person = {},
                     .self_mailbox = authority_.mailbox};
  state_.restoring = &restoring_;
  Mailbox& self = state_.mailboxes[state_.identity.self_mailbox];
  self.id = state_.identity.self_mailbox;
  self.sync.number = 1;
  self.sync.relay_address = relay.address;
  self.sync.relay_key = relay.key;
  BeginOwn();
}

void Recovery::BeginOwn() { Begin(state_.identity.self_mailbox, Share(replaced_ ? seat_ : authority_.place)); }

void Recovery::Begin(const MailboxId& mailbox, std::shared_ptr<const Signer> reader) {
  reading_ = mailbox;
  sync_ = std::make_unique<Sync>(state_, mailbox, std::move(reader));
  failures_ = conflicts_ = 0;
  furthest_ = 0;
}

Result<std::optional<Recovery::Ask>> Recovery::Next() {
  failed_ = false;
  while (!over_) {
    if (ended_) return *ended_;
    KITH_TRY_ASSIGN(auto call, sync_->Next());
    if (!call) {
      KITH_TRY_ASSIGN(call, state_.IsSelf(reading_) ? OnOwnRead() : OnCircleRead());
    }
    if (!call) continue;
    const storage::MailboxSync& sync = state_.mailboxes.at(reading_).sync;
    return std::optional(
        Ask{.relay = {.address = sync.relay_address, .key = sync.relay_key}, .call = *std::move(call)});
  }
  return std::optional<Ask>();
}

Result<> Recovery::OnReply(const RelayCall& call, const Result<RelayReply>& reply) {
  if (const auto* claim = std::get_if<SubmitStatementCall>(&call.body)) {
    if (reply) return OnClaimed(claim->statement);
    const Code code = reply.error().code;
    const bool again = code == Code::kStatementConflict ? ++conflicts_ <= limits::kRecoveryTries
                                                        : code == Code::kRelayUnreachable || code == Code::kStaleNonce;
    if (!again) GiveUp(reply.error());
    // Another device was faster, or it is unknown whether this arrived: what stands there is read first.
    sync_->Restart();
    NoteFailure(code == Code::kStatementConflict ? std::nullopt : std::optional(reply.error()));
    return {};
  }
  KITH_TRY(sync_->OnReply(call, reply));
  const storage::MailboxSync& sync = state_.mailboxes.at(reading_).sync;
  if (const uint64_t now = sync.cursor_seq + sync.statements_there; now > furthest_) {
    furthest_ = now;
    failures_ = 0;
  }
  NoteFailure(sync_->failed() ? sync_->status().problem : std::nullopt);
  return {};
}

void Recovery::NoteFailure(const std::optional<Error>& error) {
  if (!error) return;
  failed_ = true;
  if (++failures_ >= limits::kRecoveryTries) GiveUp(*error);
}

void Recovery::GiveUp(const Error& why) {
  if (state_.IsSelf(reading_)) {
    ended_ = OfOwnRelay(why, authority_.kind);
    return;
  }
  left_.push_back({.circle = reading_, .why = why});
  failed_ = false;
  BeginNextCircle();
}

Result<std::optional<RelayCall>> Recovery::OnOwnRead() {
  const SyncStatus status = sync_->status();
  if (status.phase == SyncStatus::Phase::kStopped) {
    // The answer to the claim was lost, and the relay had done it.
    const bool gone = status.problem->code == Code::kRelayRefused && claiming_ && !ByPhrase() && !replaced_;
    if (!gone) return OfOwnRelay(*status.problem, authority_.kind);
    replaced_ = true;
    BeginOwn();
    return std::optional<RelayCall>();
  }
  if (!state_.person) return NothingThere();
  const bool claimed = self().seats.seats().contains(seat_.public_key());
  if (!ByPhrase() && !claimed) KITH_TRY(CheckTrustees());
  if (options_.missing == Missing::kRefuse) {
    if (const auto incomplete = Incomplete()) return *incomplete;
  }
  if (!circles_read_) {
    circles_read_ = true;
    ListCircles();
    BeginNextCircle();
    return std::optional<RelayCall>();
  }
  // Last, since from then on all other devices are cut off.
  over_ = claimed;
  if (over_) return std::optional<RelayCall>();
  return ByPhrase() ? Claim(OwnChanges(), authority_.place, SeatStatement::SignedBy::kRoot)
                    : Claim(TrusteesChanges(), authority_.place, SeatStatement::SignedBy::kSeat);
}

void Recovery::ListCircles() {
  for (const auto& [id, circle] : state_.mailboxes) {
    const auto known = state_.friends.find(id);
    const bool left = known != state_.friends.end() && known->second.state == FriendState::kLeft;
    if (!state_.IsSelf(id) && !left && !state_.keyring.Seats(id).empty()) to_read_.push_back(id);
  }
}

Result<> Recovery::CheckTrustees() const {
  const Trustees* present = state_.person->trustees();
  if (present != nullptr && present->sign == authority_.sign.public_key() &&
      state_.self().seats.seats().contains(authority_.place.public_key())) {
    return {};
  }
  return Fail(
      Code::kRecoveryMismatch,
      "These shares are of a set of trustees that was replaced or ended, so they open nothing any more. Ask the "
      "friends who hold shares now, or use the recovery phrase: `kith recover`. Nothing was changed.");
}

// One that nobody here can open, or that is by no device of this person, tells nothing.
std::optional<Error> Recovery::ServedLess() const {
  for (const Bytes& witness : options_.witnesses) {
    const auto heads = OpenWitness(authority_.box, *state_.person, witness);
    if (!heads) continue;
    for (const WitnessHead& head : *heads) {
      const auto& lanes = state_.lanes.all();
      const auto lane = std::ranges::find(lanes, head.lane, &storage::Lane::key);
      if (lane != lanes.end() && lane->mailbox == state_.identity.self_mailbox && lane->stored_seq >= head.seq)
        continue;
      return Fail(
          Code::kRollback,
          "The relay serves less of this journal than a friend's device knows it had. Ask its keeper whether an "
          "older copy was put back, and try again. Only if that is lost for good: --incomplete restores what "
          "can be read.");
    }
  }
  return std::nullopt;
}

std::optional<Error> Recovery::Incomplete() const {
  if (auto less = ServedLess()) return less;
  constexpr char kThen[] =
      " Ask its keeper and try again. Only if that is lost for good: --incomplete restores what can be read.";
  if (state_.alarms.Stands(reading_, Code::kGap)) {
    return Fail(Code::kGap,
                std::string("The relay left out a record of one of your devices, so what came after it cannot "
                            "be read.") +
                    kThen);
  }
  if (state_.mailboxes.at(reading_).sync.unread) {
    return Fail(Code::kForgedRecord,
                std::string("The relay serves a record that none of your devices has signed so.") + kThen);
  }
  const bool waiting = std::ranges::any_of(state_.lanes.all(), [this](const storage::Lane& lane) {
    return lane.mailbox == reading_ && lane.broken == 0 && lane.applied_seq < lane.stored_seq;
  });
  if (waiting || state_.alarms.Stands(reading_, Code::kWithheld)) {
    return Fail(Code::kWithheld,
                std::string("The relay holds back something of one of your devices that another one has "
                            "seen, or that the rest needs to be read.") +
                    kThen);
  }
  return std::nullopt;
}

std::vector<SeatChange> Recovery::OwnChanges() const {
  const SeatTable& table = state_.self().seats;
  // The seat that was there from the beginning keeps its closed lanes, so that this device may prune in them.
  const SeatKeyId* own = nullptr;
  for (const storage::Lane& lane : state_.lanes.all()) {
    const SeatKeyId* seat = table.SeatOf(lane.key);
    if (own == nullptr && state_.IsSelf(lane.mailbox) && seat != nullptr && table.seats().contains(*seat)) own = seat;
  }
  std::vector<SeatChange> changes;
  if (own != nullptr) {
    for (const LaneKey& lane : table.seats().at(*own).lanes) changes.emplace_back(RemoveLane{.lane = lane});
  }
  for (const auto& [seat, lanes] : table.seats()) {
    if (own == nullptr || seat != *own) changes.emplace_back(RemoveSeat{.seat = seat});
  }
  if (own != nullptr) {
    changes.emplace_back(ReplaceSeat{.from = *own, .to = seat_.public_key()});
  } else {
    changes.emplace_back(AddSeat{.seat = seat_.public_key(), .owner = true});
  }
  changes.emplace_back(AddLane{.seat = seat_.public_key(), .lane = lane_.public_key()});
  return changes;
}

// Closed lanes stay with seats that are gone, since only a root may replace another's seat.
std::vector<SeatChange> Recovery::TrusteesChanges() const {
  const SeatKeyId own = authority_.place.public_key();
  std::vector<SeatChange> changes;
  for (const auto& [seat, lanes] : state_.self().seats.seats()) {
    if (seat != own) changes.emplace_back(RemoveSeat{.seat = seat});
  }
  changes.emplace_back(AddLane{.seat = own, .lane = lane_.public_key()});
  changes.emplace_back(ReplaceSeat{.from = own, .to = seat_.public_key()});
  return changes;
}

Result<std::optional<RelayCall>> Recovery::Claim(std::vector<SeatChange> changes, const Signer& signer,
                                                 SeatStatement::SignedBy as) {
  const SeatTable& table = state_.mailboxes.at(reading_).seats;
  SignedStatement statement = SignStatement(signer, {.mailbox = reading_,
                                                     .number = table.number() + 1,
                                                     .prev = table.head(),
                                                     .signed_by = as,
                                                     .signer = signer.public_key(),
                                                     .changes = std::move(changes)});
  KITH_TRY(table.Apply(statement));
  claiming_ = true;
  return std::optional(RelayCall{.signer = Share(signer),
                                 .body = SubmitStatementCall{.mailbox = reading_, .statement = std::move(statement)}});
}

// Durable only now: a statement of the root that is not at the relay could not be made anew without the phrase.
Result<> Recovery::OnClaimed(const SignedStatement& statement) {
  Mailbox& mailbox = state_.mailboxes.at(reading_);
  KITH_TRY_ASSIGN(mailbox.seats, mailbox.seats.Apply(statement));
  mailbox.sync.statements_there = mailbox.seats.number();
  Transaction tx(state_.store);
  tx.Put(storage::StatementKey(reading_, mailbox.seats.number()), storage::EncodeStatement(statement));
  state_.SaveMailbox(tx, mailbox);
  KITH_TRY(state_.Commit(tx));
  // What others pushed until now counts; from now on the relay takes nothing more of theirs.
  replaced_ = !ByPhrase();
  if (replaced_) {
    BeginOwn();
  } else {
    sync_->Restart();
  }
  return {};
}

void Recovery::BeginNextCircle() {
  if (to_read_.empty()) {
    over_ = options_.purpose == Purpose::kDrill;
    if (!over_) BeginOwn();
    return;
  }
  const MailboxId next = to_read_.back();
  to_read_.pop_back();
  // Which of its seats is in force shows once the circle's statements are read; all else failing, its root reads them.
  keys_to_try_.clear();
  reading_ = next;
  if (const std::optional<Signer> root = CircleRoot()) keys_to_try_.push_back(Share(*root));
  const std::vector<Keyring::HeldSeat>& seats = state_.keyring.Seats(next);
  for (auto seat = seats.rbegin(); seat != seats.rend(); ++seat) keys_to_try_.push_back(seat->signer);
  TryNextKey();
}

void Recovery::TryNextKey() {
  const std::shared_ptr<const Signer> key = keys_to_try_.back();
  keys_to_try_.pop_back();
  Begin(reading_, key);
}

Result<std::optional<RelayCall>> Recovery::OnCircleRead() {
  const std::optional<RelayCall> nothing;
  const SyncStatus status = sync_->status();
  if (status.phase == SyncStatus::Phase::kStopped) {
    if (status.problem->code == Code::kRelayRefused && !keys_to_try_.empty()) {
      TryNextKey();
    } else {
      GiveUp(*status.problem);
    }
    return nothing;
  }
  const SeatTable& table = state_.mailboxes.at(reading_).seats;
  const auto mine = circle_seats_.find(reading_);
  const bool seated = state_.keyring.SeatIn(reading_, table) != nullptr ||
                      (mine != circle_seats_.end() && table.seats().contains(mine->second.public_key()));
  const std::optional<Signer> root = CircleRoot();
  if (seated) {
    BeginNextCircle();
  } else if (options_.purpose == Purpose::kDrill || !root) {
    GiveUp(Fail(Code::kRelayRefused, "Another device took this person's place in a circle."));
  } else {
    KITH_TRY_ASSIGN(const CirclePlace place, OwnPlace());
    // The root overrides all, and is not there to undo what those who own the circle by now have decided.
    if (!place.taken_by_other) return Claim(CircleChanges(place.seat), *root, SeatStatement::SignedBy::kRoot);
    GiveUp(Fail(Code::kRelayRefused, "Another owner of a circle has taken this person out of it."));
  }
  return nothing;
}

std::optional<Signer> Recovery::CircleRoot() const {
  const auto sealed = restoring_.sealed_roots.find(reading_);
  if (sealed == restoring_.sealed_roots.end() || !ByPhrase()) return std::nullopt;
  const auto seed = OpenFrom(authority_.box, labels::kSealRoot, reading_.view(), sealed->second);
  if (!seed || seed->size() != SignSeed::kSize) return std::nullopt;
  Signer root = Signer::FromSeed(SignSeed::Copy(seed->view()));
  if (MailboxIdOf(root.public_key()) != reading_) return std::nullopt;
  return root;
}

Result<Recovery::CirclePlace> Recovery::OwnPlace() const {
  const SeatTable& table = state_.mailboxes.at(reading_).seats;
  // The oldest one known, and what it was replaced by since.
  CirclePlace place{.seat = state_.keyring.Seats(reading_).back().signer->public_key()};
  for (uint64_t number = 1; number <= table.number(); ++number) {
    KITH_TRY_ASSIGN(const auto bytes, state_.store.Get(storage::StatementKey(reading_, number)));
    if (!bytes) return Fail(Code::kVaultDamaged, "A statement that was just kept is missing. Try again.");
    KITH_TRY_ASSIGN(const SignedStatement kept, storage::DecodeStatement(*bytes));
    KITH_TRY_ASSIGN(const SeatStatement statement, SeatStatement::Parse(kept.body));
    const bool own = statement.signer == place.seat || statement.signed_by == SeatStatement::SignedBy::kRoot;
    for (const SeatChange& change : statement.changes) {
      const auto* replaced = std::get_if<ReplaceSeat>(&change);
      const auto* removed = std::get_if<RemoveSeat>(&change);
      if (replaced != nullptr && replaced->from == place.seat) place.seat = replaced->to;
      if (removed != nullptr && removed->seat == place.seat) place.taken_by_other = !own;
    }
  }
  return place;
}

std::vector<SeatChange> Recovery::CircleChanges(const SeatKeyId& seat) {
  const SeatTable& table = state_.mailboxes.at(reading_).seats;
  const Signer& mine = circle_seats_.try_emplace(reading_, Signer::Generate()).first->second;
  std::vector<SeatChange> changes;
  const auto place = table.seats().find(seat);
  if (place == table.seats().end()) {
    changes.emplace_back(AddSeat{.seat = mine.public_key(), .owner = true});
    return changes;
  }
  for (const LaneKey& lane : place->second.lanes) changes.emplace_back(RemoveLane{.lane = lane});
  changes.emplace_back(ReplaceSeat{.from = seat, .to = mine.public_key()});
  return changes;
}

Result<> Recovery::Found(const std::string& label) {
  KITH_CHECK(over_);
  return FoundRecovered(state_, {.authority = authority_,
                                 .label = label,
                                 .seat = seat_,
                                 .lane = lane_,
                                 .circle_seats = circle_seats_,
                                 .sealed_roots = restoring_.sealed_roots});
}

}  // namespace kith
