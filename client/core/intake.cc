#include "client/core/intake.h"

#include <algorithm>
#include <utility>

#include "client/core/invitations.h"
#include "client/core/limits.h"
#include "client/core/outbox.h"
#include "crypto/base/limits.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {

bool IsStoreError(Code code) {
  return code == Code::kStorageFailed || code == Code::kVaultDamaged || code == Code::kVaultBusy;
}

Bytes GenerationAd(const RecordHeader& header, ByteView boxes_part) {
  return Writer().Raw(header.Place()).Raw(Hash(labels::kBoxes, {boxes_part})).Take();
}

Result<> Intake::Receive(Transaction& tx, Mailbox& mailbox, const SignedRecord& record) {
  const auto header = VerifyRecord(record.header, record.signature, record.payload);
  if (!header || header->mailbox != mailbox.id || !mailbox.seats.Known(header->lane)) {
    ++state_.refused;
    return {};
  }
  storage::Lane* known = state_.lanes.Find(header->lane);
  storage::Lane& lane = known != nullptr ? *known : state_.lanes.Add(mailbox.id, header->lane);
  if (lane.mailbox != mailbox.id) {
    ++state_.refused;  // somebody's key of another mailbox
    return {};
  }
  if (lane.broken != 0) return {};
  if (record.payload.empty() || header->kind != RecordKind::kSealed || !state_.prunes.Covers(lane.number, header->seq))
    return Take(tx, mailbox, lane, *header, record);
  // Whoever has not heard of it yet, or an older copy of the relay, still had the words.
  return Take(tx, mailbox, lane, *header, {.header = record.header, .signature = record.signature, .payload = {}});
}

Result<> Intake::Take(Transaction& tx, Mailbox& mailbox, storage::Lane& lane, const RecordHeader& header,
                      const SignedRecord& record) {
  const RecordId id = RecordIdOf(record.header);

  if (header.seq <= lane.stored_seq) {
    KITH_TRY_ASSIGN(const auto stored, Lanes::GetRecord(tx, lane, header.seq));
    if (stored && stored->header == record.header) {
      lane.acked_seq = std::max(lane.acked_seq, header.seq);
      KITH_TRY(NotePrune(tx, mailbox, lane, header, record.payload));
      if (stored->payload.empty() && !record.payload.empty() && header.seq > lane.applied_seq &&
          !state_.prunes.Wants(lane.number, header.seq)) {
        // It was served without its words before.
        tx.Put(storage::RecordKey(lane.number, header.seq), storage::EncodeRecord(record));
        KITH_TRY(ApplyStored(tx, mailbox, lane, &record));
      }
      Lanes::Save(tx, lane);
      return {};
    }
    // Two records at one place. Where the relay never acknowledged ours, another copy of this vault was faster.
    if (!lane.seed || header.seq <= lane.acked_seq) return Equivocate(tx, lane, header.seq, stored, record);
    KITH_TRY_ASSIGN(const bool follows, FollowsOurs(tx, lane, header));
    KITH_TRY(Outbox(state_).TakeBack(tx, mailbox, lane, follows ? header.seq : lane.acked_seq + 1));
  } else if (header.seq == lane.stored_seq + 1 && header.prev != lane.stored_id && lane.seed &&
             lane.stored_seq > lane.acked_seq) {
    KITH_TRY(Outbox(state_).TakeBack(tx, mailbox, lane, lane.acked_seq + 1));
  }
  return Append(tx, mailbox, lane, header, id, record);
}

Result<bool> Intake::FollowsOurs(const Transaction& tx, const storage::Lane& lane, const RecordHeader& header) const {
  if (header.seq == lane.acked_seq + 1) return true;
  KITH_TRY_ASSIGN(const auto before, Lanes::GetRecord(tx, lane, header.seq - 1));
  return before && RecordIdOf(before->header) == header.prev;
}

Result<> Intake::Append(Transaction& tx, Mailbox& mailbox, storage::Lane& lane, const RecordHeader& header,
                        const RecordId& id, const SignedRecord& record) {
  const Bytes key = storage::RecordKey(lane.number, header.seq);
  // Somebody else wrote under our lane key: a copy of this vault. It keeps the lane; we take a new one.
  if (lane.seed) lane.retired = true;
  if (header.seq > lane.stored_seq + 1) {
    KITH_TRY_ASSIGN(const auto kept, tx.Get(key));
    if (!kept && lane.beyond < limits::kPendingPerLane) {
      tx.Put(key, storage::EncodeRecord(record));
      ++lane.beyond;
    }
    Lanes::Save(tx, lane);
    return {};
  }
  if (header.prev != lane.stored_id) {
    KITH_TRY_ASSIGN(const auto last, Lanes::GetRecord(tx, lane, lane.stored_seq));
    return Equivocate(tx, lane, lane.stored_seq, last, record);
  }
  tx.Put(key, storage::EncodeRecord(record));
  lane.stored_seq = header.seq;
  lane.stored_id = id;
  lane.acked_seq = std::max(lane.acked_seq, header.seq);
  KITH_TRY(TakeKept(tx, mailbox, lane));
  // It may have the keys to what waits before it.
  if (header.kind == RecordKind::kGeneration && lane.applied_seq + 1 < lane.stored_seq) learned_ = true;
  // What a lane takes away it says later in the same lane: before anything that waits is looked at.
  KITH_TRY(NotePrune(tx, mailbox, lane, header, record.payload));
  KITH_TRY(ApplyStored(tx, mailbox, lane, &record));
  Lanes::Save(tx, lane);
  return {};
}

Result<> Intake::TakeKept(Transaction& tx, const Mailbox& mailbox, storage::Lane& lane) {
  while (lane.beyond > 0) {
    KITH_TRY_ASSIGN(const auto next, Lanes::GetRecord(tx, lane, lane.stored_seq + 1));
    if (!next) return {};
    KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(next->header));
    --lane.beyond;
    if (header.prev != lane.stored_id) {
      KITH_TRY_ASSIGN(const auto last, Lanes::GetRecord(tx, lane, lane.stored_seq));
      return Equivocate(tx, lane, lane.stored_seq, last, *next);
    }
    ++lane.stored_seq;
    lane.stored_id = RecordIdOf(next->header);
    lane.acked_seq = std::max(lane.acked_seq, lane.stored_seq);
    KITH_TRY(NotePrune(tx, mailbox, lane, header, next->payload));
  }
  return {};
}

Result<> Intake::NotePrune(Transaction& tx, const Mailbox& mailbox, const storage::Lane& lane,
                           const RecordHeader& header, ByteView payload) {
  if (header.kind != RecordKind::kPrune) return {};
  const bool counts = StandingOf(state_, lane, header.seq) == Standing::kCounts;
  KITH_TRY_ASSIGN(const bool pruned,
                  TakePrune(state_, tx, mailbox, header, payload, counts ? PruneWord::kCounts : PruneWord::kIsVoid));
  learned_ = learned_ || pruned;
  return {};
}

bool Intake::MayApply(Transaction& tx, storage::Lane& lane, uint64_t seq, ByteView header) {
  if (StandingOf(state_, lane, seq) != Standing::kCounts) return false;
  const auto end = state_.lane_ends.EndOf(state_, lane.number);
  if (lane.seed || state_.restoring != nullptr || !end || end->seq != seq || end->record == RecordIdOf(header))
    return true;
  // Its person had another record there. Where a revoked device alone says so, one that stands is waited for.
  if (!SaidByRevoked(state_, *end)) End(tx, lane, Code::kEquivocation);
  return false;
}

Result<> Intake::ApplyStored(Transaction& tx, Mailbox& mailbox, storage::Lane& lane, const SignedRecord* in_hand) {
  while (lane.broken == 0 && lane.applied_seq < lane.stored_seq) {
    const uint64_t seq = lane.applied_seq + 1;
    std::optional<SignedRecord> loaded;
    const SignedRecord* record = in_hand;
    auto header = record != nullptr ? RecordHeader::Parse(record->header) : Result<RecordHeader>(Fail(Code::kNotFound));
    if (!header || header->seq != seq) {
      KITH_TRY_ASSIGN(loaded, Lanes::GetRecord(tx, lane, seq));
      if (!loaded)
        return Fail(Code::kVaultDamaged,
                    "A record is missing from the vault. Restore it from a backup, or link this device anew.");
      record = &*loaded;
      header = RecordHeader::Parse(record->header);
      if (!header) return header.error();
    }
    if (!MayApply(tx, lane, seq, record->header)) {
      if (in_hand != nullptr) TakeKeyBeyond(tx, lane, *in_hand);
      return {};
    }
    const auto applied = Apply(tx, mailbox, lane, *header, record->payload);
    if (!applied) {
      if (IsStoreError(applied.error().code)) return applied.error();
      End(tx, lane, applied.error().code);
      return {};
    }
    if (*applied == Applied::kWaits) {
      // It may say whose the announcement is that it waits for.
      learned_ = learned_ || (in_hand != nullptr && header->kind == RecordKind::kSealed && seq == lane.stored_seq);
      // A record that has just come is followed by none; Retry looks at those that stand before others.
      if (in_hand != nullptr || header->kind != RecordKind::kSealed) return {};
      KITH_TRY_ASSIGN(const bool found, TakeKeysAhead(tx, lane, seq));
      if (!found) return {};
      continue;
    }
    lane.applied_seq = seq;
  }
  return {};
}

Result<Intake::Applied> Intake::Apply(Transaction& tx, Mailbox& mailbox, storage::Lane& lane,
                                      const RecordHeader& header, ByteView payload) {
  // Only its author may take a record's words away, and says so in a prune record. A relay that leaves them out gains
  // nothing: what follows in the lane waits for them.
  if (header.kind != RecordKind::kPrune && state_.prunes.Covers(lane.number, header.seq)) {
    if (header.kind == RecordKind::kSealed) KITH_TRY(EmptyRecord(state_, tx, lane, header.seq));
    if (header.kind == RecordKind::kSealed || payload.empty()) return Applied::kYes;
  }
  // What was taken in once says the same without its words.
  if (payload.empty()) return header.seq <= lane.taken_to ? Applied::kYes : Applied::kWaits;
  switch (header.kind) {
    case RecordKind::kSealed:
      return ApplyPack(tx, lane, header, payload);
    case RecordKind::kGeneration:
      return ApplyGeneration(tx, lane, header, payload);
    case RecordKind::kPrune:
      // It may have waited for its lane's end to be said.
      if (state_.lane_ends.EndOf(state_, lane.number)) KITH_TRY(NotePrune(tx, mailbox, lane, header, payload));
      return Applied::kYes;
  }
  return Applied::kYes;
}

Result<Intake::Applied> Intake::ApplyPack(Transaction& tx, storage::Lane& lane, const RecordHeader& header,
                                          ByteView payload) {
  const auto opened = state_.keyring.Open(header, payload);
  if (!opened) {
    if (opened.error().code != Code::kUnknownGeneration) return opened.error();
    return state_.IsGroup(lane.mailbox) ? PassOver(lane, header.seq) : Applied::kWaits;
  }
  KITH_TRY_ASSIGN(const Pack pack, DecodePack(opened->plain.view()));
  // How well words pack tells of them, where they stand beside another's.
  if (!state_.IsSelf(lane.mailbox) && opened->plain.view().front() != static_cast<uint8_t>(Compression::kNone)) {
    return Fail(Code::kMalformed, "A circle has a compressed record. It does not count.");
  }
  if (lane.generation != opened->generation && !pack.certificate)
    KITH_TRY(TakePassedOver(tx, lane, header.seq, opened->generation));
  if (lane.generation != opened->generation) {
    KITH_TRY_ASSIGN(const auto certificate, CertificateFor(tx, lane, header.seq, pack));
    // One that was pruned with its record may be still to come, in the record that stands for it.
    if (!certificate && state_.prunes.CoverBefore(lane.number, header.seq)) return Applied::kWaits;
    KITH_TRY_ASSIGN(Applied certified, CheckCertificate(lane, certificate));
    if (certified == Applied::kWaits) {
      KITH_TRY(TakeProofs(tx, lane, pack));
      KITH_TRY_ASSIGN(certified, CheckCertificate(lane, certificate));
    }
    if (certified == Applied::kWaits || StandingOf(state_, lane, header.seq) != Standing::kCounts)
      return Applied::kWaits;
    lane.generation = opened->generation;
  }
  state_.hlc.Observe(pack.hlc, state_.clock.NowMillis());
  lane.last_hlc = pack.hlc;
  lane.opened = std::max(lane.opened, header.seq);
  KITH_TRY(ApplyOps(tx, lane, header.seq, pack));
  KITH_TRY(TakeSeen(tx, lane, header.seq, pack));
  return Applied::kYes;
}

Result<> Intake::ApplyOps(Transaction& tx, const storage::Lane& lane, uint64_t seq, const Pack& pack) {
  const bool self = state_.IsSelf(lane.mailbox);
  if (state_.IsGroup(lane.mailbox))
    KITH_TRY(TakePeople(tx, lane.mailbox, state_.AuthorOf(lane), pack.ops, Author::kProven));
  for (size_t i = 0; i < pack.ops.size(); ++i) {
    const storage::Place place{
        .kind = storage::Place::Kind::kRecord, .owner = lane.number, .number = seq, .index = static_cast<uint16_t>(i)};
    const auto applied = self ? ApplyOp(tx, pack.ops[i], place)
                              : ApplyCircleOp(tx, lane.mailbox, state_.AuthorOf(lane), pack.ops[i], place);
    if (applied) continue;
    if (IsStoreError(applied.error().code)) return applied.error();
    ++state_.refused;  // its bytes stay in the record
  }
  return {};
}

Result<Intake::Applied> Intake::ApplyGeneration(Transaction& tx, storage::Lane& lane, const RecordHeader& header,
                                                ByteView payload) {
  KITH_TRY_ASSIGN(const AnnouncementView announcement, ParseAnnouncement(payload));
  const GenerationId id = GenerationIdOf(payload);
  KITH_TRY_ASSIGN(const std::optional<Announced> announced, OpenAnnouncement(header, id, announcement));
  // In a self mailbox it may be from before this device was added. In a circle each member has a box, which a key opens
  // that may still be on its way from another device.
  if (!announced && state_.IsGroup(header.mailbox)) return PassOver(lane, header.seq);
  if (!announced) return state_.IsSelf(header.mailbox) ? Applied::kYes : Applied::kWaits;
  // The id is a hash over what commits to the key, so whoever announced it, this is the one.
  if (announced->corrects) CorrectKey(tx, header.mailbox, id, announced->key);
  KITH_TRY_ASSIGN(GenerationBody body, DecodeGeneration(announced->body.view()));
  KITH_TRY_ASSIGN(Applied certified, CheckCertificate(lane, body.certificate));
  const bool self = state_.IsSelf(lane.mailbox);
  if (certified == Applied::kWaits) {
    // The operations that say who announced may stand in the lane's next pack, under this very key.
    KITH_TRY(TakeProofsAhead(tx, lane, header.seq, announced->key));
    KITH_TRY_ASSIGN(certified, CheckCertificate(lane, body.certificate));
  }
  if (certified == Applied::kWaits) {
    // Where the key is known already, nothing is to be had from waiting for them.
    return !self && state_.keyring.Has(header.mailbox, id) ? Applied::kYes : Applied::kWaits;
  }
  if (StandingOf(state_, lane, header.seq) != Standing::kCounts) return Applied::kWaits;
  Keyring::Coverage coverage{.person_heads = std::move(body.person_heads), .lane = lane.number, .seq = header.seq};
  if (body.roster_head) coverage.roster_head = *body.roster_head;
  state_.keyring.AddGeneration(tx, header.mailbox, id, announced->key.Reveal(), std::move(coverage));
  for (WrappedKey& wrapped : body.wrapped) {
    if (self) state_.keyring.AddGeneration(tx, header.mailbox, wrapped.generation, wrapped.key);
    Wipe(wrapped.key);
  }
  lane.generation = id;
  lane.last_hlc = body.hlc;
  lane.opened = std::max(lane.opened, header.seq);
  learned_ = true;
  return Applied::kYes;
}

Result<bool> Intake::TakeKeysAhead(Transaction& tx, storage::Lane& lane, uint64_t seq) {
  if (!state_.IsSelf(lane.mailbox)) return false;
  bool found = false;
  const auto take = [&](const GenerationId& id, ByteView key) {
    if (state_.keyring.Has(lane.mailbox, id)) return;
    state_.keyring.AddGeneration(tx, lane.mailbox, id, key);
    found = learned_ = true;
  };
  for (uint64_t next = seq + 1; next <= lane.stored_seq; ++next) {
    KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, lane, next));
    if (!record || record->payload.empty() || StandingOf(state_, lane, next) != Standing::kCounts) continue;
    KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(record->header));
    if (header.kind != RecordKind::kGeneration) continue;
    const auto announcement = ParseAnnouncement(record->payload);
    if (!announcement) continue;  // it ends the lane once its turn comes
    const GenerationId id = GenerationIdOf(record->payload);
    const auto announced = OpenAnnouncement(header, id, *announcement);
    if (!announced || !*announced) continue;
    auto body = DecodeGeneration((*announced)->body.view());
    if (!body) continue;
    const auto certified = CheckCertificate(lane, body->certificate);
    // Trustees have no box of what was announced before them: who the person is stands behind keys that are wrapped
    // here.
    const bool unknown = state_.restoring != nullptr && !state_.person;
    if (certified && (*certified == Applied::kYes || unknown)) {
      take(id, (*announced)->key.Reveal());
      for (const WrappedKey& wrapped : body->wrapped) take(wrapped.generation, wrapped.key);
    }
    for (WrappedKey& wrapped : body->wrapped) Wipe(wrapped.key);
  }
  return found;
}

Result<> Intake::TakePassedOver(Transaction& tx, storage::Lane& lane, uint64_t seq, const GenerationId& id) {
  if (!state_.IsSelf(lane.mailbox)) return {};
  for (uint64_t before = seq - 1; before > 0; --before) {
    KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, lane, before));
    if (!record || record->payload.empty()) continue;
    KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(record->header));
    if (header.kind != RecordKind::kGeneration || GenerationIdOf(record->payload) != id) continue;
    const auto applied = ApplyGeneration(tx, lane, header, record->payload);
    return applied ? Result<>() : applied.error();
  }
  return {};
}

Result<std::optional<Intake::Announced>> Intake::OpenAnnouncement(const RecordHeader& header, const GenerationId& id,
                                                                  const AnnouncementView& announcement) const {
  const Bytes ad = GenerationAd(header, announcement.boxes_part);
  const auto open = [&](const GenerationKey& key) {
    return Open(key, labels::kSealGeneration, ad, announcement.sealed, Padding::kNone);
  };
  const bool known = state_.keyring.Has(header.mailbox, id);
  for (const Keyring::Generation* generation : state_.keyring.All(header.mailbox)) {
    if (generation->id != id) continue;
    if (auto body = open(generation->key)) {
      return std::optional(Announced{.key = generation->key.Clone(), .body = *std::move(body)});
    }
  }
  auto boxed = OpenBox(header, announcement);
  if (!boxed && !known && state_.IsGroup(header.mailbox)) {
    for (const GenerationKey& key : GrantedKeys(state_, header.mailbox, id)) {
      if (auto body = open(key)) return std::optional(Announced{.key = key.Clone(), .body = *std::move(body)});
    }
  }
  if (!boxed && !known) return std::optional<Announced>();
  if (!boxed) return Fail(Code::kSealBroken, "A key was handed over that is not the announced one.");
  KITH_TRY_ASSIGN(Plaintext body, open(*boxed));
  return std::optional(Announced{.key = *std::move(boxed), .body = std::move(body), .corrects = known});
}

void Intake::CorrectKey(Transaction& tx, const MailboxId& mailbox, const GenerationId& id,
                        const GenerationKey& proven) {
  const GenerationId other = state_.keyring.Correct(tx, mailbox, id, proven.Reveal());
  // What stands in lanes under the other key says nothing under the proven one.
  for (storage::Lane& lane : state_.lanes.all()) {
    if (lane.mailbox != mailbox || lane.generation != id) continue;
    lane.generation = other;
    Lanes::Save(tx, lane);
  }
  learned_ = true;
}

std::optional<GenerationKey> Intake::OpenBox(const RecordHeader& header, const AnnouncementView& announcement) const {
  // Each is tried with every key, so a member's made-up ones would cost the others dear.
  if (!state_.IsSelf(header.mailbox) && announcement.boxes.size() > limits::kCircleBoxes) return std::nullopt;
  const Bytes context = BoxContext(header.mailbox, header.lane, header.seq, header.prev);
  const auto open = [&](const BoxPair& pair) -> std::optional<GenerationKey> {
    for (const ByteView box : announcement.boxes) {
      const auto opened = OpenFrom(pair, labels::kSealBox, context, box);
      if (opened && opened->size() == GenerationKey::kSize) return GenerationKey::Copy(opened->view());
    }
    return std::nullopt;
  };
  if (auto key = open(*state_.box)) return key;
  if (state_.restoring != nullptr) {
    if (auto key = open(state_.restoring->authority.box)) return key;
  }
  if (state_.IsSelf(header.mailbox)) return std::nullopt;
  for (const Keyring::Generation* own : state_.keyring.All(state_.identity.self_mailbox)) {
    if (auto key = open(SealingPair(own->key))) return key;
  }
  return std::nullopt;
}

Result<> Intake::Retry(Transaction& tx) {
  for (;;) {
    KITH_TRY_ASSIGN(const bool pruned, ObeyNamedPrunes(state_, tx));
    if (!learned_ && !pruned) break;
    learned_ = false;
    KITH_TRY(Rewind(tx));
    // By number: what is applied may name lanes that were not known, which adds them.
    for (size_t i = 0; i < state_.lanes.all().size(); ++i) {
      storage::Lane& lane = state_.lanes.all()[i];
      const auto mailbox = state_.mailboxes.find(lane.mailbox);
      if (mailbox == state_.mailboxes.end() || lane.broken != 0 || lane.applied_seq == lane.stored_seq) continue;
      KITH_TRY(ApplyStored(tx, mailbox->second, lane, nullptr));
      Lanes::Save(tx, lane);
    }
  }
  const std::set<EntryId> shredded = std::exchange(shredded_, {});
  // While a journal is restored nothing is said.
  return state_.restoring != nullptr ? FindOwed(state_, tx, shredded) : SweepShredded(state_, tx, shredded);
}

Result<> Intake::TakeAgain(Transaction& tx) {
  const Bytes mark = storage::Key(storage::Prefix::kToTakeAgain);
  KITH_TRY_ASSIGN(const auto marked, tx.Get(mark));
  if (!marked) return {};
  tx.Delete(mark);
  for (storage::Lane& lane : state_.lanes.all()) {
    const auto mailbox = state_.mailboxes.find(lane.mailbox);
    if (mailbox == state_.mailboxes.end() || lane.broken != 0) continue;
    for (uint64_t seq = 1; seq <= lane.stored_seq; ++seq) {
      KITH_TRY_ASSIGN(const SignedRecord record, Lanes::RecordAt(tx, lane, seq));
      KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(record.header));
      KITH_TRY(NotePrune(tx, mailbox->second, lane, header, record.payload));
    }
    lane.taken_to = std::max(lane.taken_to, lane.applied_seq);
    lane.applied_seq = 0;
    lane.generation = {};
    lane.passed_over.clear();
    Lanes::Save(tx, lane);
  }
  learned_ = true;
  return Retry(tx);
}

// The proof is two headers that the lane's key signed.
Result<> Intake::Equivocate(Transaction& tx, storage::Lane& lane, uint64_t seq,
                            const std::optional<SignedRecord>& known, const SignedRecord& other) {
  Proof proof{.other_header = other.header, .other_signature = other.signature};
  if (known) {
    proof.header = known->header;
    proof.signature = known->signature;
  }
  End(tx, lane, Code::kEquivocation);
  KITH_TRY_ASSIGN(const bool first, state_.RaiseEquivocation(tx, lane, seq, proof));
  if (!first || !lane.seed) return {};
  return Outbox(state_).SayAgain(tx, state_.mailboxes.at(lane.mailbox), lane, seq);
}

void Intake::End(Transaction& tx, storage::Lane& lane, Code why) {
  lane.broken = static_cast<uint8_t>(1 + static_cast<uint8_t>(why));
  if (lane.seed) lane.retired = true;
  Lanes::Save(tx, lane);
}

}  // namespace kith
