#include "client/core/outbox.h"

#include <algorithm>

#include "client/core/devices.h"
#include "client/core/intake.h"
#include "client/core/witness.h"
#include "crypto/base/limits.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

constexpr size_t kPackFrame = 4096;  // most that certificate, `seen`, seal and header add to a pack's operations

}  // namespace

size_t PushSize(const SignedRecord& record) {
  return record.header.size() + Signature::kSize + record.payload.size() + 16;
}

storage::Place Outbox::Add(Transaction& tx, Mailbox& mailbox, std::span<const Bytes> ops) {
  const storage::Place first{
      .kind = storage::Place::Kind::kOutbox, .owner = mailbox.sync.number, .number = mailbox.outbox_next, .index = 0};
  size_t begin = 0;
  size_t size = 0;
  for (size_t i = 0; i <= ops.size(); ++i) {
    const bool full = i < ops.size() && (!state_.IsSelf(mailbox.id) || size + ops[i].size() > limits::kPackOps ||
                                         i - begin == UINT16_MAX);
    if ((full || i == ops.size()) && i > begin) {
      PutRun(tx, mailbox, mailbox.outbox_next, ops.subspan(begin, i - begin));
      mailbox.outbox_next += i - begin;
      begin = i;
      size = 0;
    }
    if (i < ops.size()) size += ops[i].size();
  }
  return first;
}

// What waits in the self mailbox are this person's own words only, so their sizes may tell how alike they are.
Compression Outbox::CompressionIn(const MailboxId& mailbox) const {
  return state_.IsSelf(mailbox) ? Compression::kZstd : Compression::kNone;
}

void Outbox::PutRun(Transaction& tx, Mailbox& mailbox, uint64_t first, std::span<const Bytes> ops) {
  storage::OutboxRun run{
      .first = first, .count = static_cast<uint16_t>(ops.size()), .ops = EncodeOps(ops, CompressionIn(mailbox.id))};
  for (const Bytes& op : ops) run.size += static_cast<uint32_t>(op.size());
  tx.Put(storage::OutboxKey(mailbox.sync.number, first), run.Encode());
  mailbox.outbox_waiting += ops.size();
}

// A number that was given and stands nowhere any more is not given again: something may still name it as its place.
void Outbox::KeepNumbers(Transaction& tx, const Mailbox& mailbox) const {
  tx.Put(storage::OutboxNextKey(mailbox.sync.number), storage::EncodeU64(mailbox.outbox_next));
}

Result<> Outbox::Drop(Transaction& tx, Mailbox& mailbox, const storage::Place& place) {
  KITH_TRY_ASSIGN(const auto run, state_.FindWaiting(tx, place.owner, place.number));
  if (!run) return {};
  KITH_TRY_ASSIGN(const std::vector<Bytes> ops, DecodeOps(run->ops));
  tx.Delete(storage::OutboxKey(place.owner, run->first));
  KeepNumbers(tx, mailbox);
  mailbox.outbox_waiting -= std::min<uint64_t>(mailbox.outbox_waiting, run->count);
  // The others stay under their own numbers, each by itself: more of them are likely to be dropped.
  for (size_t i = 0; i < ops.size(); ++i) {
    if (run->first + i != place.number) PutRun(tx, mailbox, run->first + i, {&ops[i], 1});
  }
  return {};
}

Result<Outbox::Batch> Outbox::Gather(const Mailbox& mailbox) const {
  std::vector<storage::OutboxRun> runs;
  Batch batch;
  Result<> outcome;
  // Not from the first number there ever was: the store steps over every deleted one on the way.
  KITH_TRY(state_.store.Scan(storage::OutboxKey(mailbox.sync.number, mailbox.outbox_first),
                             storage::OutboxKey(mailbox.sync.number, UINT64_MAX), Store::Order::kAscending,
                             [&](ByteView key, ByteView value) {
                               auto run = storage::OutboxRun::Decode(key, value);
                               if (!run) {
                                 outcome = run.error();
                                 return false;
                               }
                               // A record stands for a run, of a pack's worth at most unless one op is larger.
                               const bool fits = runs.empty() || (batch.bytes + run->size <= limits::kPackOps &&
                                                                  runs.back().first + runs.back().count == run->first &&
                                                                  batch.count + run->count <= UINT16_MAX);
                               if (!fits) return false;
                               batch.runs.push_back(run->first);
                               batch.count += run->count;
                               batch.bytes += run->size;
                               runs.push_back(*std::move(run));
                               return batch.bytes < limits::kPackOps && state_.IsSelf(mailbox.id);
                             }));
  KITH_TRY(outcome);
  if (runs.size() == 1) batch.ops = std::move(runs.front().ops);
  if (runs.size() < 2) return batch;
  std::vector<Bytes> ops;
  for (const storage::OutboxRun& run : runs) {
    KITH_TRY_ASSIGN(std::vector<Bytes> some, DecodeOps(run.ops));
    std::ranges::move(some, std::back_inserter(ops));
  }
  batch.ops = EncodeOps(ops, Compression::kZstd);
  for (Bytes& op : ops) Wipe(op);
  return batch;
}

Result<std::vector<SignedRecord>> Outbox::Seal(Transaction& tx, Mailbox& mailbox, size_t max_bytes) {
  storage::Lane* lane = state_.lanes.Own(mailbox.id);
  if (lane == nullptr) return Fail(Code::kNotFound, "This device has no lane to write to yet. Run `kith sync` first.");
  std::vector<SignedRecord> records;
  size_t bytes = 0;
  switch (GroundIn(mailbox.id)) {
    case Ground::kCovered:
      break;
    case Ground::kToAnnounce: {
      KITH_TRY_ASSIGN(records.emplace_back(), Announce(tx, mailbox, *lane, GenerationKey::Generate()));
      bytes = PushSize(records.back());
      break;
    }
    case Ground::kWaits:
      return Fail(Code::kUnknownGeneration, "No key to write under has arrived yet. Run `kith sync` first.");
  }
  if (Introduces(mailbox.id)) {
    KITH_TRY_ASSIGN(Batch introduction, Introduction(mailbox.id));
    KITH_TRY_ASSIGN(records.emplace_back(), SealBatch(tx, mailbox, *lane, std::move(introduction)));
    bytes += PushSize(records.back());
  }
  if (WitnessDue(state_, mailbox)) KITH_TRY(LeaveWitness(state_, tx, mailbox));
  for (;; bytes += PushSize(records.back())) {
    KITH_TRY_ASSIGN(Batch batch, Gather(mailbox));
    // How much a pack shrinks is known once it is sealed; at worst it grows by padding.
    const size_t at_most = batch.bytes + batch.bytes / 8 + kPackFrame;
    if (batch.runs.empty()) {
      KITH_TRY(SealPrunes(tx, mailbox, *lane, max_bytes - std::min(bytes, max_bytes), records));
      return records;
    }
    if (!records.empty() && bytes + at_most > max_bytes) return records;
    KITH_TRY_ASSIGN(records.emplace_back(), SealBatch(tx, mailbox, *lane, std::move(batch)));
  }
}

Result<SignedRecord> Outbox::SealBatch(Transaction& tx, Mailbox& mailbox, storage::Lane& lane, Batch batch) {
  const Keyring::Generation* generation = state_.SealingGeneration(mailbox.id);
  if (generation == nullptr)
    return Fail(Code::kUnknownGeneration, "No key to write under has arrived yet. Run `kith sync` first.");
  RecordHeader header = Lanes::NextHeader(lane, RecordKind::kSealed);
  Pack pack{.hlc = state_.NextHlc(), .seen = SeenSince(mailbox, lane)};
  if (const auto head = state_.person->HeadHash(); head != mailbox.said.person_head) {
    pack.person_head = head;
    mailbox.said.person_head = head;
  }
  if (const Roster* roster = state_.FindRoster(mailbox.id);
      roster != nullptr && roster->HeadHash() != mailbox.said.roster_head) {
    pack.roster_head = roster->HeadHash();
    mailbox.said.roster_head = roster->HeadHash();
  }
  if (lane.generation != generation->id) {
    pack.certificate = Certify(lane);
    lane.generation = generation->id;
  }
  Bytes plain = EncodePack(pack, batch.ops);
  Bytes payload = kith::Seal(generation->key, labels::kSealPayload, header.Place(), plain, Padding::kPadme);
  Wipe(plain);
  Wipe(batch.ops);
  if (!batch.runs.empty()) {
    const uint64_t first = batch.runs.front();
    tx.Put(
        storage::PackedKey(mailbox.sync.number, first),
        storage::Packed{.count = static_cast<uint16_t>(batch.count), .lane = lane.number, .seq = header.seq}.Encode());
    for (const uint64_t run : batch.runs) tx.Delete(storage::OutboxKey(mailbox.sync.number, run));
    mailbox.outbox_first = first + batch.count;
    mailbox.outbox_waiting -= std::min<uint64_t>(mailbox.outbox_waiting, batch.count);
  }
  lane.last_hlc = pack.hlc;
  return Store(tx, lane, header, std::move(payload));
}

Result<SignedRecord> Outbox::Store(Transaction& tx, storage::Lane& lane, RecordHeader header, Bytes payload) {
  SignedRecord record = SignRecord(*state_.lanes.SignerOf(lane), header, std::move(payload));
  tx.Put(storage::RecordKey(lane.number, header.seq), storage::EncodeRecord(record));
  lane.stored_seq = header.seq;
  lane.stored_id = RecordIdOf(record.header);
  lane.applied_seq = header.seq;
  Lanes::Save(tx, lane);
  return record;
}

std::vector<Seen> Outbox::SeenSince(Mailbox& mailbox, const storage::Lane& own) const {
  std::vector<Seen> seen;
  for (const storage::Lane& lane : state_.lanes.all()) {
    if (seen.size() == limits::kSeen) break;
    if (lane.mailbox != mailbox.id || lane.number == own.number || lane.applied_seq == 0) continue;
    // Only a lane taken in to its end, whose id is at hand, and only what the relay has: of a lane of this device the
    // rest may still be withdrawn.
    if (lane.acked_seq < lane.applied_seq) continue;
    if (lane.applied_seq != lane.stored_seq || mailbox.said.seen[lane.number] == lane.applied_seq) continue;
    mailbox.said.seen[lane.number] = lane.applied_seq;
    seen.push_back({.lane = lane.key, .seq = lane.applied_seq, .record = lane.stored_id});
  }
  return seen;
}

SignedLaneCertificate Outbox::Certify(const storage::Lane& lane) const {
  Bytes body = LaneCertificate{.mailbox = lane.mailbox,
                               .lane = lane.key,
                               .device = state_.device->public_key(),
                               .person = state_.person->id(),
                               .person_head = state_.person->HeadHash()}
                   .Encode();
  const Signature signature = state_.device->Sign(labels::kSignLane, body);
  return {.body = std::move(body), .signature = signature};
}

Result<> Outbox::TakeBack(Transaction& tx, Mailbox& mailbox, storage::Lane& lane, uint64_t first) {
  const uint32_t number = mailbox.sync.number;
  std::vector<storage::Packed> runs;
  Result<> outcome;
  KITH_TRY(state_.store.Scan(storage::PackedKey(number, 0), storage::PackedKey(number, UINT64_MAX),
                             Store::Order::kDescending, [&](ByteView key, ByteView value) {
                               const auto run = storage::Packed::Decode(key, value);
                               if (!run) {
                                 outcome = run.error();
                                 return false;
                               }
                               if (run->lane == lane.number && run->seq >= first) runs.push_back(*run);
                               // Runs of one lane rise with its sequence; other lanes' stand between them.
                               return run->lane != lane.number || run->seq >= first;
                             }));
  KITH_TRY(outcome);
  KITH_TRY(TakeBackPrunes(tx, lane, first));
  KeepNumbers(tx, mailbox);
  for (const storage::Packed& run : runs) {
    tx.Delete(storage::PackedKey(number, run.first));
    KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, lane, run.seq));
    if (record && record->payload.empty()) continue;  // taken away before it was sent: nobody is to have it
    KITH_TRY_ASSIGN(const auto pack, state_.OpenPack(tx, run.lane, run.seq));
    // Each by itself: what another copy of this vault has sent already is dropped next.
    for (uint16_t i = 0; i < run.count && i < pack->ops.size(); ++i) {
      PutRun(tx, mailbox, run.first + i, {&pack->ops[i], 1});
    }
    mailbox.outbox_first = std::min(mailbox.outbox_first, run.first);
  }
  for (uint64_t seq = first; seq <= lane.stored_seq; ++seq) {
    KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, lane, seq));
    const auto header = record ? RecordHeader::Parse(record->header) : Result<RecordHeader>(Fail(Code::kNotFound));
    // Nobody was given its boxes, so nothing may be sealed under it.
    if (header && header->kind == RecordKind::kGeneration)
      state_.keyring.Uncover(tx, mailbox.id, GenerationIdOf(record->payload));
    if (record && !state_.IsSelf(mailbox.id)) KITH_TRY(NoteWithdrawn(tx, lane, seq, *record));
    tx.Delete(storage::RecordKey(lane.number, seq));
    state_.ForgetPack(lane.number, seq);
  }
  mailbox.said = {};  // what the records said and cited is to be said again
  lane.retired = true;
  lane.stored_seq = first - 1;
  lane.applied_seq = std::min(lane.applied_seq, lane.stored_seq);
  KITH_TRY(ReadEnd(tx, lane));
  Lanes::Save(tx, lane);
  return {};
}

Result<> Outbox::ReadEnd(const Transaction& tx, storage::Lane& lane) const {
  lane.stored_id = {};
  lane.generation = {};
  if (lane.stored_seq == 0) return {};
  KITH_TRY_ASSIGN(const SignedRecord last, Lanes::RecordAt(tx, lane, lane.stored_seq));
  lane.stored_id = RecordIdOf(last.header);
  // What the next record must bring a certificate for depends on the generation of the newest one that tells: a prune,
  // or a record whose words were taken away, does not.
  for (uint64_t seq = lane.stored_seq; seq > 0 && lane.generation.IsZero(); --seq) {
    KITH_TRY_ASSIGN(const SignedRecord record, Lanes::RecordAt(tx, lane, seq));
    KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(record.header));
    if (record.payload.empty() || header.kind == RecordKind::kPrune) continue;
    if (header.kind == RecordKind::kGeneration) {
      lane.generation = GenerationIdOf(record.payload);
      return {};
    }
    const auto opened = state_.keyring.Open(header, record.payload);
    if (!opened) return {};
    lane.generation = opened->generation;
  }
  return {};
}

Result<> Outbox::Retire(Transaction& tx, Mailbox& mailbox, storage::Lane& lane) {
  // What the relay acknowledged, though it hides that now, others may have read. An announced generation stays: nothing
  // else holds its boxes, and whoever copied this vault since has the same one.
  const uint64_t known = std::max(lane.acked_seq, state_.alarms.SeqOf({mailbox.id, Code::kRollback, lane.key}));
  uint64_t first = lane.stored_seq + 1;
  for (; first > known + 1; --first) {
    KITH_TRY_ASSIGN(const SignedRecord record, Lanes::RecordAt(tx, lane, first - 1));
    KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(record.header));
    if (header.kind == RecordKind::kGeneration) break;
  }
  return TakeBack(tx, mailbox, lane, first);
}

Outbox::Ground Outbox::GroundIn(const MailboxId& mailbox) const {
  if (state_.SealingGeneration(mailbox) != nullptr) return Ground::kCovered;
  if (state_.keyring.Newest(mailbox) == nullptr) return Ground::kWaits;
  if (state_.IsSelf(mailbox)) return Ground::kToAnnounce;
  const Roster* roster = state_.FindRoster(mailbox);
  if (roster == nullptr || !roster->Has(state_.identity.person) || (state_.person->HasRevoked() && !Told(state_)))
    return Ground::kWaits;
  const bool all = std::ranges::all_of(roster->members(), [&](const auto& member) {
    const Person* person = state_.FindPerson(member.first);
    return person != nullptr && person->SealingKeyCovers();
  });
  return all ? Ground::kToAnnounce : Ground::kWaits;
}

bool Outbox::Rerolls(const MailboxId& mailbox) const {
  if (GroundIn(mailbox) != Ground::kToAnnounce) return false;
  if (state_.IsSelf(mailbox)) return true;
  // Whoever changed who is in a circle owes the others a key that just they have.
  if (const Roster* roster = state_.FindRoster(mailbox);
      roster != nullptr && !roster->pair() && roster->HeadBy(state_.device->public_key()))
    return true;
  return std::ranges::none_of(state_.keyring.All(mailbox), [&](const Keyring::Generation* one) {
    return state_.person->Covers(one->coverage ? one->coverage->person_heads : std::vector<OpId>());
  });
}

Result<> Outbox::SayAgain(Transaction& tx, Mailbox& mailbox, storage::Lane& lane, uint64_t first) {
  for (uint64_t seq = first; seq <= lane.stored_seq; ++seq) {
    KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, lane, seq));
    if (!record || record->payload.empty()) continue;
    KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(record->header));
    if (header.kind != RecordKind::kSealed) continue;
    KITH_TRY_ASSIGN(const auto pack, state_.OpenPack(tx, lane.number, seq));
    Add(tx, mailbox, pack->ops);
  }
  lane.retired = true;
  Lanes::Save(tx, lane);
  return {};
}

}  // namespace kith
