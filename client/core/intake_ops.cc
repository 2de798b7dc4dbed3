// The part of intake that is about operations: which count in which audience, and whose they are.
#include <algorithm>

#include "client/core/heads.h"
#include "client/core/intake.h"
#include "client/core/limits.h"
#include "client/core/outbox.h"
#include "client/core/repack.h"
#include "client/core/sharing.h"
#include "client/core/trustees.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

Error WrongAudience() {
  return Fail(Code::kForgedRecord, "A record holds something that has no place there. It does not count.");
}

OpId OpIdOf(ByteView op) { return HashId<OpId>(labels::kOp, {op}); }

}  // namespace

// The proofs of the pack in `record`, where one of these keys opens it.
Result<bool> Intake::TakeProofsIn(Transaction& tx, const storage::Lane& lane, const SignedRecord& record,
                                  const std::vector<GenerationKey>& keys) {
  KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(record.header));
  if (header.kind != RecordKind::kSealed) return false;
  for (const GenerationKey& key : keys) {
    if (!Commits(key, labels::kSealPayload, header.Place(), record.payload)) continue;
    const auto plain = Open(key, labels::kSealPayload, header.Place(), record.payload, Padding::kPadme);
    const auto pack = plain ? DecodePack(plain->view()) : Result<Pack>(plain.error());
    if (!pack) return false;
    KITH_TRY(TakeProofs(tx, lane, *pack));
    return true;
  }
  return false;
}

Result<> Intake::TakeProofsAhead(Transaction& tx, const storage::Lane& lane, uint64_t seq,
                                 const GenerationKey& announced) {
  std::vector<GenerationKey> keys;
  keys.push_back(announced.Clone());
  bool pruned = false;  // then what proves itself may stand in any later one
  for (uint64_t next = seq + 1; next <= lane.stored_seq; ++next) {
    KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, lane, next));
    if (!record) break;
    pruned = pruned || record->payload.empty();
    if (record->payload.empty()) continue;
    KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(record->header));
    if (header.kind == RecordKind::kGeneration) {
      const auto another = ParseAnnouncement(record->payload);
      auto key = another ? OpenBox(header, *another) : std::nullopt;
      if (key) keys.push_back(*std::move(key));
    }
    if (header.kind != RecordKind::kSealed) continue;
    KITH_TRY_ASSIGN(const bool taken, TakeProofsIn(tx, lane, *record, keys));
    if (pruned) continue;
    if (taken) return {};
    break;
  }
  // Whoever announced may have gone on in another lane before that was said: what came after was taken back.
  for (const storage::Lane& other : state_.lanes.all()) {
    if (other.mailbox != lane.mailbox || other.number == lane.number || other.applied_seq == other.stored_seq) continue;
    KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, other, other.applied_seq + 1));
    if (record && !record->payload.empty()) KITH_TRY(TakeProofsIn(tx, other, *record, keys));
  }
  return {};
}

Result<std::optional<SignedLaneCertificate>> Intake::CertificateFor(Transaction& tx, const storage::Lane& lane,
                                                                    uint64_t seq, const Pack& pack) {
  if (pack.certificate || !state_.IsSelf(lane.mailbox) || !state_.prunes.CoverBefore(lane.number, seq))
    return pack.certificate;
  for (uint64_t next = seq; next <= lane.stored_seq; ++next) {
    KITH_TRY_ASSIGN(const auto ahead, ReadPack(state_, tx, lane, next));
    if (!ahead) continue;
    KITH_TRY(TakeProofs(tx, lane, *ahead));
    if (ahead->certificate) return ahead->certificate;
    for (const Bytes& bytes : ahead->ops) {
      const auto op = DecodeOp(bytes);
      const auto* kept = op ? std::get_if<KeptCertificateOp>(&*op) : nullptr;
      const auto body =
          kept == nullptr ? Result<LaneCertificate>(Fail(Code::kNotFound)) : LaneCertificate::Decode(kept->body);
      if (body && body->lane == lane.key)
        return std::optional(SignedLaneCertificate{.body = kept->body, .signature = kept->signature});
    }
  }
  // By another lane, whoever's, only of one that says nothing more itself.
  return state_.self().seats.Listed(lane.key) ? pack.certificate : KeptCertificate(lane);
}

std::optional<SignedLaneCertificate> Intake::KeptCertificate(const storage::Lane& lane) const {
  std::optional<SignedLaneCertificate> found;
  for (auto kept = state_.certificates.lower_bound({lane.key, 0});
       kept != state_.certificates.end() && kept->first.first == lane.key; ++kept) {
    const SignedLaneCertificate certificate{.body = kept->second.body, .signature = kept->second.signature};
    storage::Lane certified = lane;
    const auto checked = CheckCertificate(certified, certificate);
    if (!checked || *checked != Applied::kYes) continue;
    // A thief can sign that another's lane is its own.
    if (!Revoked(state_, certified)) return certificate;
    if (!found) found = certificate;
  }
  return found;
}

Result<> Intake::TakeCertificate(Transaction& tx, const KeptCertificateOp& op, const storage::Place& place) {
  const auto certificate = LaneCertificate::Decode(op.body);
  if (!certificate || !state_.self().seats.Known(certificate->lane)) {
    return Fail(Code::kForgedRecord, "A certificate is of a lane that is not there. It does not count.");
  }
  const storage::Lane* lane = state_.lanes.Find(certificate->lane);
  if (place.kind != storage::Place::Kind::kRecord || (lane != nullptr && lane->number == place.owner)) return {};
  // Who its device is may be known later only. So each lane's first word is kept, and none takes another's place.
  if (!state_.certificates.emplace(std::pair(certificate->lane, place.owner), op).second) return {};
  tx.Put(storage::KeptCertificateKey(certificate->lane, place.owner), EncodeOp(op));
  learned_ = true;
  return {};
}

// They prove themselves, and a new lane brings those that say whose it is.
Result<> Intake::TakeProofs(Transaction& tx, const storage::Lane& lane, const Pack& pack) {
  PersonId author = state_.identity.person;
  if (!state_.IsSelf(lane.mailbox) && pack.certificate) {
    if (const auto certificate = LaneCertificate::Decode(pack.certificate->body)) author = certificate->person;
  }
  if (state_.IsGroup(lane.mailbox)) return TakePeople(tx, lane.mailbox, author, pack.ops, Author::kClaimed);
  for (const Bytes& bytes : pack.ops) {
    const auto op = DecodeOp(bytes);
    if (!op || !(std::holds_alternative<SignedPersonOp>(*op) || std::holds_alternative<SignedRosterOp>(*op))) continue;
    const auto taken =
        state_.IsSelf(lane.mailbox) ? ApplyOp(tx, bytes, {}) : ApplyCircleOp(tx, lane.mailbox, author, bytes, {});
    if (!taken && IsStoreError(taken.error().code)) return taken.error();
  }
  return {};
}

Result<Intake::Applied> Intake::CheckCertificate(storage::Lane& lane,
                                                 const std::optional<SignedLaneCertificate>& signed_certificate) const {
  const Error forged = Fail(Code::kForgedRecord, "A lane does not say whose it is. What is in it does not count.");
  if (!signed_certificate) return forged;
  KITH_TRY_ASSIGN(const LaneCertificate certificate, LaneCertificate::Decode(signed_certificate->body));
  if (certificate.mailbox != lane.mailbox || certificate.lane != lane.key) return forged;
  if (!state_.person) return Applied::kWaits;  // a journal that is restored, before its person is known
  const bool own = certificate.person == state_.identity.person;
  if (state_.IsSelf(lane.mailbox) && !own) return forged;
  KITH_TRY(Verify(certificate.device, labels::kSignLane, signed_certificate->body, signed_certificate->signature));
  if (!own && !state_.IsHeard(lane.mailbox, certificate.person)) {
    // Where it is not known yet who is in a circle, that is still to come.
    if (state_.FindRoster(lane.mailbox) == nullptr || state_.IsGroup(lane.mailbox)) return Applied::kWaits;
    return forged;
  }
  const Person* person = state_.FindPerson(certificate.person);
  if (person == nullptr || !person->devices().contains(certificate.device)) return Applied::kWaits;
  if (!own && state_.FindRoster(lane.mailbox) == nullptr) return Applied::kWaits;
  lane.device = certificate.device;
  lane.person = certificate.person;
  return Applied::kYes;
}

Result<> Intake::TakeSeen(Transaction& tx, const storage::Lane& lane, uint64_t seq, const Pack& pack) {
  for (const Seen& seen : pack.seen)
    KITH_TRY(Heads(state_).Cite(tx, lane.mailbox, {.lane = lane.number, .seq = seq}, seen));
  if (state_.AuthorOf(lane) == state_.identity.person) return {};
  for (const Seen& seen : pack.seen) {
    const storage::Lane* ours = state_.lanes.Find(seen.lane);
    if (ours == nullptr || ours->mailbox != lane.mailbox || state_.AuthorOf(*ours) != state_.identity.person) continue;
    ShareIntake(state_).Seen(tx, lane.number, ours->number, std::min(seen.seq, ours->stored_seq));
  }
  return {};
}

Result<> Intake::ApplyOp(Transaction& tx, ByteView bytes, const storage::Place& place) {
  KITH_TRY_ASSIGN(Op op, DecodeOp(bytes));
  if (auto* version = std::get_if<Version>(&op)) {
    if (version->state != VersionState::kShredded) version->id = OpIdOf(bytes);
    state_.hlc.Observe(version->hlc, state_.clock.NowMillis());
    return ApplyVersion(tx, *version, place);
  }
  if (const auto* person = std::get_if<SignedPersonOp>(&op)) return TakePersonOp(tx, *person);
  if (const auto* label = std::get_if<DeviceLabelOp>(&op)) return TakeLabel(tx, *label);
  if (const auto* beat = std::get_if<HeartbeatOp>(&op)) return TakeHeartbeat(tx, *beat, place);
  if (const auto* seat = std::get_if<SeatKeyOp>(&op)) return TakeSeat(tx, *seat, place);
  if (const auto* end = std::get_if<LaneEndOp>(&op)) return TakeLaneEnd(tx, state_.identity.self_mailbox, *end, place);
  if (const auto* key = std::get_if<ImportKeyOp>(&op)) {
    state_.keyring.TakeImportKey(tx, *key);
    return {};
  }
  if (const auto* key = std::get_if<CircleKeyOp>(&op)) {
    if (state_.IsSelf(key->mailbox)) return WrongAudience();
    state_.keyring.AddGeneration(tx, key->mailbox, key->generation, key->key);
    learned_ = true;
    return {};
  }
  if (const auto* known = std::get_if<FriendOp>(&op)) {
    learned_ = true;
    return ShareIntake(state_).Take(tx, *known, OpIdOf(bytes));
  }
  if (const auto* kept = std::get_if<KeptCertificateOp>(&op)) return TakeCertificate(tx, *kept, place);
  if (const auto* confirmed = std::get_if<RecoveryConfirmedOp>(&op)) {
    TakeConfirmation(tx, *confirmed);
    return {};
  }
  if (const auto* note = std::get_if<ShareNoteOp>(&op)) return ShareIntake(state_).Take(tx, *note, OpIdOf(bytes));
  return std::holds_alternative<UnknownOp>(op) ? Result<>() : WrongAudience();
}

Result<> Intake::ApplyCircleOp(Transaction& tx, const MailboxId& circle, const PersonId& author, ByteView bytes,
                               const storage::Place& place) {
  KITH_TRY_ASSIGN(const Op op, DecodeOp(bytes));
  const bool group = state_.IsGroup(circle);
  // They were taken with their whole pack.
  if (group && (std::holds_alternative<SignedPersonOp>(op) || std::holds_alternative<SignedRosterOp>(op))) return {};
  if (const auto* person = std::get_if<SignedPersonOp>(&op)) {
    // One's own come in the self mailbox; nobody can say here that they are this person.
    if (author == state_.identity.person) return {};
    if (!state_.IsHeard(circle, author)) return WrongAudience();
    KITH_TRY_ASSIGN(const bool added, state_.AddPersonOp(tx, author, *person));
    learned_ = learned_ || added;
    return {};
  }
  if (const auto* roster = std::get_if<SignedRosterOp>(&op)) {
    const auto added = state_.AddRosterOp(tx, circle, *roster);
    // A new device may read another member's lane before the lane of who says so, where the same operation stands
    // behind all that proves it.
    if (!added && added.error().code == Code::kUnknownDevice) return {};
    KITH_TRY(added);
    learned_ = learned_ || *added;
    return {};
  }
  if (const auto* end = std::get_if<LaneEndOp>(&op)) return TakeLaneEnd(tx, circle, *end, place);
  if (IsTrusteeOp(op)) return TakeTrusteeOp(state_, tx, circle, author, op, place);
  ShareIntake shares(state_);
  if (const auto* share = std::get_if<ShareOp>(&op))
    return shares.Take(tx, *share, author, circle, place, OpIdOf(bytes));
  if (const auto* back = std::get_if<TakeBackOp>(&op)) return shares.Take(tx, *back, author, circle);
  if (const auto* heard = std::get_if<HeardOp>(&op))
    return shares.Take(tx, *heard, author, circle, place, OpIdOf(bytes));
  return group ? ApplyGroupOp(tx, circle, author, op) : ApplyPairOp(tx, circle, author, op, place, OpIdOf(bytes));
}

Result<> Intake::TakePersonOp(Transaction& tx, const SignedPersonOp& op) {
  // Kept, and not only known: a person's first operations are known before they are kept.
  KITH_TRY_ASSIGN(const auto kept, tx.Get(storage::PersonOpKey(PersonOpIdOf(op.body))));
  if (kept) return {};
  if (!state_.person) KITH_TRY(state_.BeginPerson(op));
  KITH_TRY_ASSIGN(const OpId id, state_.person->Add(op));
  state_.JudgeRosters(*state_.person);
  tx.Put(storage::PersonOpKey(id), EncodeOp(op));
  learned_ = true;
  return {};
}

// A seat in a mailbox that is not known yet: another device of this person has joined a circle, so this one does too.
Result<> Intake::TakeSeat(Transaction& tx, const SeatKeyOp& op, const storage::Place& place) {
  if (!state_.mailboxes.contains(op.mailbox)) {
    const storage::MailboxSync& self = state_.self().sync;
    RelayAddress relay{.address = self.relay_address, .key = self.relay_key};
    if (!op.relay.empty()) {
      KITH_TRY_ASSIGN(relay, ParseRelayAddress(op.relay));
      // It may have moved since that was said.
      if (relay.key == self.relay_key) relay.address = self.relay_address;
    }
    Mailbox& circle = state_.AddMailbox(tx, op.mailbox, relay);
    circle.sync.created = true;
    state_.SaveMailbox(tx, circle);
  }
  // Who else can have it is told by the generation that it came under.
  const bool here = place.kind == storage::Place::Kind::kOutbox;
  const storage::Lane* lane = here ? nullptr : state_.lanes.Find(place.owner);
  state_.keyring.TakeSeat(tx, op, lane == nullptr ? GenerationId() : lane->generation,
                          here ? state_.person->heads() : std::vector<OpId>());
  if (state_.restoring != nullptr && !op.sealed_root.empty()) {
    state_.restoring->sealed_roots[op.mailbox] = op.sealed_root;
  }
  return {};
}

void Intake::TakeConfirmation(Transaction& tx, const RecoveryConfirmedOp& op) {
  if (op.hlc <= state_.recovery_confirmed) return;
  state_.recovery_confirmed = op.hlc;
  tx.Put(storage::ConfirmationKey(), storage::EncodeU64(op.hlc));
}

Result<> Intake::TakeHeartbeat(Transaction& tx, const HeartbeatOp& op, const storage::Place& place) {
  state_.hlc.Observe(op.hlc, state_.clock.NowMillis());
  if (place.kind != storage::Place::Kind::kRecord) return {};  // one's own, which says what is known here
  const Heads::By by{.lane = place.owner, .seq = place.number};
  for (const Seen& seen : op.seen) KITH_TRY(Heads(state_).Cite(tx, state_.identity.self_mailbox, by, seen));
  return {};
}

Result<> Intake::TakeLaneEnd(Transaction& tx, const MailboxId& mailbox, const LaneEndOp& op,
                             const storage::Place& place) {
  if (place.kind == storage::Place::Kind::kOutbox) return {};  // said here, and taken in then
  const Error forged = Fail(Code::kForgedRecord, "The end of a lane was said that is not there. It does not count.");
  storage::Lane* lane = state_.lanes.Find(op.lane);
  if (lane == nullptr) {
    if (!state_.mailboxes.at(mailbox).seats.Known(op.lane)) return forged;
    lane = &state_.lanes.Add(mailbox, op.lane);
    Lanes::Save(tx, *lane);
  }
  // Kept of nobody else, so that nobody's words crowd out those of whose lane it is. While a journal is restored it is
  // not known yet whose lanes are whose.
  const storage::Lane* by = state_.lanes.Find(place.owner);
  const bool theirs = state_.restoring != nullptr || (by != nullptr && OfOnePerson(state_, *lane, *by));
  if (lane->mailbox != mailbox || !theirs) return forged;
  state_.lane_ends.Take(
      tx, {.lane = lane->number, .by_lane = place.owner, .by_seq = place.number, .seq = op.seq, .record = op.record});
  learned_ = true;
  return {};
}

Result<> Intake::TakeLabel(Transaction& tx, const DeviceLabelOp& op) {
  if (op.label.size() > limits::kLabel)
    return Fail(Code::kTooLarge, "A device's name is at most 100 bytes long. Choose a shorter one.");
  auto& known = state_.labels[op.device];
  if (std::pair(op.hlc, op.label) > known) {
    known = {op.hlc, op.label};
    tx.Put(storage::LabelKey(op.device), Writer().U64(op.hlc).Raw(AsBytes(op.label)).Take());
  }
  return {};
}

Result<> Intake::ApplyVersion(Transaction& tx, const Version& version, const storage::Place& place) {
  KITH_TRY_ASSIGN(const EntryIndex::Added added, state_.entries.Add(tx, version, place));
  const bool in_record = place.kind == storage::Place::Kind::kRecord;
  switch (added.fate) {
    case EntryIndex::Fate::kStands:
      break;
    case EntryIndex::Fate::kShreddedNow:
      shredded_.insert(version.entry);
      state_.shreds.AskForCompaction(tx);
      return {};
    case EntryIndex::Fate::kShreddedBefore:
      // A shred beats an edit: one that did not know of it goes the same way.
      if (in_record && version.state != VersionState::kShredded) state_.shreds.Owe(tx, {place.owner, place.number});
      return {};
  }
  if (!added.known || added.known->kind != storage::Place::Kind::kOutbox || !in_record) return {};
  KITH_TRY_ASSIGN(const auto waiting, state_.FindWaiting(tx, added.known->owner, added.known->number));
  if (!waiting) return {};
  // A copy of this vault has sent what still waits here.
  KITH_TRY(Outbox(state_).Drop(tx, state_.self(), *added.known));
  return state_.entries.Move(tx, version.entry, version.id, place);
}

}  // namespace kith
