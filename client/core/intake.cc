#include "client/core/intake.h"

#include <algorithm>

#include "client/core/limits.h"
#include "client/core/outbox.h"
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
  if (lane.broken != 0) return {};
  const RecordId id = RecordIdOf(record.header);

  if (header->seq <= lane.stored_seq) {
    KITH_TRY_ASSIGN(const auto stored, Lanes::GetRecord(tx, lane, header->seq));
    if (stored && stored->header == record.header) {
      lane.acked_seq = std::max(lane.acked_seq, header->seq);
      if (stored->payload.empty() && !record.payload.empty()) {
        // It was served without its words before.
        tx.Put(storage::RecordKey(lane.number, header->seq), storage::EncodeRecord(record));
        KITH_TRY(ApplyStored(tx, mailbox, lane, &record));
      }
      Lanes::Save(tx, lane);
      return {};
    }
    // Two records at one place. Where the relay never acknowledged ours, another copy of this vault was faster.
    if (!lane.seed || header->seq <= lane.acked_seq) {
      End(tx, lane, Code::kEquivocation);
      return {};
    }
    KITH_TRY(Outbox(state_).TakeBack(tx, mailbox, lane, header->seq));
  } else if (header->seq == lane.stored_seq + 1 && header->prev != lane.stored_id && lane.seed &&
             lane.stored_seq > lane.acked_seq) {
    KITH_TRY(Outbox(state_).TakeBack(tx, mailbox, lane, lane.acked_seq + 1));
  }
  return Append(tx, mailbox, lane, *header, id, record);
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
    End(tx, lane, Code::kEquivocation);
    return {};
  }
  tx.Put(key, storage::EncodeRecord(record));
  lane.stored_seq = header.seq;
  lane.stored_id = id;
  lane.acked_seq = std::max(lane.acked_seq, header.seq);
  KITH_TRY(TakeKept(tx, lane));
  KITH_TRY(ApplyStored(tx, mailbox, lane, &record));
  Lanes::Save(tx, lane);
  return {};
}

Result<> Intake::TakeKept(Transaction& tx, storage::Lane& lane) {
  while (lane.beyond > 0) {
    KITH_TRY_ASSIGN(const auto next, Lanes::GetRecord(tx, lane, lane.stored_seq + 1));
    if (!next) return {};
    KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(next->header));
    --lane.beyond;
    if (header.prev != lane.stored_id) {
      End(tx, lane, Code::kEquivocation);
      return {};
    }
    ++lane.stored_seq;
    lane.stored_id = RecordIdOf(next->header);
    lane.acked_seq = std::max(lane.acked_seq, lane.stored_seq);
  }
  return {};
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
    const auto applied = Apply(tx, mailbox, lane, *header, record->payload);
    if (!applied) {
      if (IsStoreError(applied.error().code)) return applied.error();
      End(tx, lane, applied.error().code);
      return {};
    }
    if (*applied == Applied::kWaits) return {};
    lane.applied_seq = seq;
  }
  return {};
}

Result<Intake::Applied> Intake::Apply(Transaction& tx, Mailbox&, storage::Lane& lane, const RecordHeader& header,
                                      ByteView payload) {
  // Only its author may take a record's words away, and says so in a prune record. A relay that leaves them out gains
  // nothing: what follows in the lane waits for them.
  if (payload.empty()) return Applied::kWaits;
  switch (header.kind) {
    case RecordKind::kSealed:
      return ApplyPack(tx, lane, header, payload);
    case RecordKind::kGeneration:
      return ApplyGeneration(tx, lane, header, payload);
    case RecordKind::kPrune:
      return Applied::kYes;
  }
  return Applied::kYes;
}

Result<Intake::Applied> Intake::ApplyPack(Transaction& tx, storage::Lane& lane, const RecordHeader& header,
                                          ByteView payload) {
  const auto opened = state_.keyring.Open(header, payload);
  if (!opened) {
    if (opened.error().code == Code::kUnknownGeneration) return Applied::kWaits;
    return opened.error();
  }
  KITH_TRY_ASSIGN(const Pack pack, DecodePack(opened->plain.view()));
  if (lane.generation != opened->generation) {
    KITH_TRY(TakePersonOps(tx, pack));
    KITH_TRY_ASSIGN(const Applied certified, CheckCertificate(lane, pack.certificate));
    if (certified == Applied::kWaits) return Applied::kWaits;
    lane.generation = opened->generation;
  }
  state_.hlc.Observe(pack.hlc, state_.clock.NowMillis());
  lane.last_hlc = pack.hlc;
  for (size_t i = 0; i < pack.ops.size(); ++i) {
    const auto applied = ApplyOp(tx, pack.ops[i],
                                 {.kind = storage::Place::Kind::kRecord,
                                  .owner = lane.number,
                                  .number = header.seq,
                                  .index = static_cast<uint16_t>(i)});
    if (applied) continue;
    if (IsStoreError(applied.error().code)) return applied.error();
    ++state_.refused;  // its bytes stay in the record
  }
  return Applied::kYes;
}

// They prove themselves, and a new device brings those that say it is one.
Result<> Intake::TakePersonOps(Transaction& tx, const Pack& pack) {
  for (const Bytes& bytes : pack.ops) {
    const auto op = DecodeOp(bytes);
    if (!op || !std::holds_alternative<SignedPersonOp>(*op)) continue;
    if (const auto taken = ApplyOp(tx, bytes, {}); !taken && IsStoreError(taken.error().code)) return taken.error();
  }
  return {};
}

Result<Intake::Applied> Intake::ApplyGeneration(Transaction& tx, storage::Lane& lane, const RecordHeader& header,
                                                ByteView payload) {
  KITH_TRY_ASSIGN(const AnnouncementView announcement, ParseAnnouncement(payload));
  const GenerationId id = GenerationIdOf(payload);
  const std::optional<GenerationKey> key = FindKey(header, id, announcement);
  if (!key) return Applied::kYes;  // not for us
  KITH_TRY_ASSIGN(const Plaintext plain,
                  Open(*key, labels::kSealGeneration, GenerationAd(header, announcement.boxes_part),
                       announcement.sealed, Padding::kNone));
  KITH_TRY_ASSIGN(GenerationBody body, DecodeGeneration(plain.view()));
  KITH_TRY_ASSIGN(const Applied certified, CheckCertificate(lane, body.certificate));
  if (certified == Applied::kWaits) return Applied::kWaits;
  state_.keyring.AddGeneration(tx, header.mailbox, id, key->Reveal());
  for (WrappedKey& wrapped : body.wrapped) {
    state_.keyring.AddGeneration(tx, header.mailbox, wrapped.generation, wrapped.key);
    Wipe(wrapped.key);
  }
  lane.generation = id;
  lane.last_hlc = body.hlc;
  learned_ = true;
  return Applied::kYes;
}

std::optional<GenerationKey> Intake::FindKey(const RecordHeader& header, const GenerationId& id,
                                             const AnnouncementView& announcement) const {
  for (const Keyring::Generation* known : state_.keyring.All(header.mailbox)) {
    if (known->id == id) return known->key.Clone();
  }
  const Bytes context = BoxContext(header.mailbox, header.lane, header.seq, header.prev);
  for (const ByteView box : announcement.boxes) {
    const auto opened = OpenFrom(*state_.box, labels::kSealBox, context, box);
    if (opened && opened->size() == GenerationKey::kSize) return GenerationKey::Copy(opened->view());
  }
  return std::nullopt;
}

Result<Intake::Applied> Intake::CheckCertificate(storage::Lane& lane,
                                                 const std::optional<SignedLaneCertificate>& signed_certificate) const {
  const Error forged = Fail(Code::kForgedRecord, "A lane does not say whose it is. What is in it does not count.");
  if (!signed_certificate) return forged;
  KITH_TRY_ASSIGN(const LaneCertificate certificate, LaneCertificate::Decode(signed_certificate->body));
  if (certificate.mailbox != lane.mailbox || certificate.lane != lane.key ||
      certificate.person != state_.person->id()) {
    return forged;
  }
  KITH_TRY(Verify(certificate.device, labels::kSignLane, signed_certificate->body, signed_certificate->signature));
  const auto device = state_.person->devices().find(certificate.device);
  if (device == state_.person->devices().end()) return Applied::kWaits;
  lane.device = certificate.device;
  return Applied::kYes;
}

Result<> Intake::ApplyOp(Transaction& tx, ByteView bytes, const storage::Place& place) {
  KITH_TRY_ASSIGN(Op op, DecodeOp(bytes));
  if (auto* version = std::get_if<Version>(&op)) {
    if (version->state != VersionState::kShredded) version->id = HashId<VersionId>(labels::kOp, {bytes});
    state_.hlc.Observe(version->hlc, state_.clock.NowMillis());
    return ApplyVersion(tx, *version, place);
  }
  if (const auto* person = std::get_if<SignedPersonOp>(&op)) {
    KITH_TRY_ASSIGN(const OpId id, state_.person->Add(*person));
    tx.Put(storage::PersonOpKey(id), EncodeOp(*person));
    learned_ = true;
    return {};
  }
  if (const auto* key = std::get_if<ImportKeyOp>(&op)) {
    state_.keyring.TakeImportKey(tx, *key);
  } else if (const auto* seat = std::get_if<SeatKeyOp>(&op)) {
    state_.keyring.TakeSeat(tx, *seat);
  } else if (const auto* label = std::get_if<DeviceLabelOp>(&op)) {
    if (label->label.size() > limits::kLabel)
      return Fail(Code::kTooLarge, "A device's name is at most 100 bytes long. Choose a shorter one.");
    auto& known = state_.labels[label->device];
    if (std::pair(label->hlc, label->label) > known) {
      known = {label->hlc, label->label};
      tx.Put(storage::LabelKey(label->device), Writer().U64(label->hlc).Raw(AsBytes(label->label)).Take());
    }
  }
  return {};
}

Result<> Intake::ApplyVersion(Transaction& tx, const Version& version, const storage::Place& place) {
  KITH_TRY_ASSIGN(const auto known, state_.entries.Add(tx, version, place));
  if (!known || known->kind != storage::Place::Kind::kOutbox || place.kind != storage::Place::Kind::kRecord) return {};
  KITH_TRY_ASSIGN(const auto waiting, state_.FindWaiting(tx, known->owner, known->number));
  if (!waiting) return {};
  // A copy of this vault has sent what still waits here.
  KITH_TRY(Outbox(state_).Drop(tx, state_.self(), *known));
  return state_.entries.Move(tx, version.entry, version.id, place);
}

Result<> Intake::Retry(Transaction& tx, Mailbox& mailbox) {
  while (learned_) {
    learned_ = false;
    for (storage::Lane& lane : state_.lanes.all()) {
      if (lane.mailbox != mailbox.id || lane.broken != 0 || lane.applied_seq == lane.stored_seq) continue;
      KITH_TRY(ApplyStored(tx, mailbox, lane, nullptr));
      Lanes::Save(tx, lane);
    }
  }
  return {};
}

void Intake::End(Transaction& tx, storage::Lane& lane, Code why) {
  lane.broken = static_cast<uint8_t>(1 + static_cast<uint8_t>(why));
  if (lane.seed) lane.retired = true;
  Lanes::Save(tx, lane);
}

}  // namespace kith
