#include "client/core/repack.h"

#include <algorithm>

#include "client/core/heartbeat.h"
#include "client/core/limits.h"
#include "client/core/outbox.h"
#include "client/core/sharing.h"
#include "client/core/state.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

using storage::Key;
using storage::Prefix;

Bytes OwedKey(const Shreds::Place& record) {
  return Writer().U8(static_cast<uint8_t>(Prefix::kShredding)).U32(record.first).U64(record.second).Take();
}

Bytes NamedKey(const Shreds::Place& record) {
  return Writer().U8(static_cast<uint8_t>(Prefix::kNamedByPrune)).U32(record.first).U64(record.second).Take();
}

Error Damaged() {
  return Fail(Code::kVaultDamaged,
              "What was shredded is damaged in the vault. Restore it from a backup, or link this device anew.");
}

}  // namespace

Result<> Shreds::Load(Store& store) {
  Result<> outcome;
  const Bytes owed = Key(Prefix::kShredding);
  KITH_TRY(store.Scan(owed, storage::After(owed), Store::Order::kAscending, [&](ByteView key, ByteView) {
    if (key.size() == owed.size()) compaction_due_ = true;
    if (key.size() == owed.size() || key.size() > owed.size() + LaneKey::kSize) return true;  // state.h
    Reader reader(key.subspan(1));
    const uint32_t lane = reader.U32();
    const uint64_t seq = reader.U64();
    if (!reader.Done()) outcome = Damaged();
    owed_.emplace(lane, seq);
    return outcome.has_value();
  }));
  KITH_TRY(outcome);
  const Bytes named = Key(Prefix::kNamedByPrune);
  KITH_TRY(store.Scan(named, storage::After(named), Store::Order::kAscending, [&](ByteView key, ByteView value) {
    if (key.size() == named.size() + MailboxId::kSize) return true;  // share_storage.h
    Reader place(key.subspan(1));
    Reader reader(value);
    const uint32_t lane = place.U32();
    const uint64_t seq = place.U64();
    const uint32_t by = reader.U32();
    const uint64_t at = reader.U64();
    if (!place.Done() || !reader.Done()) outcome = Damaged();
    named_[{lane, seq}] = {.lane = by, .seq = at};
    return outcome.has_value();
  }));
  return outcome;
}

void Shreds::Owe(Transaction& tx, const Place& record) {
  if (owed_.insert(record).second) tx.Put(OwedKey(record), {});
}

void Shreds::Name(Transaction& tx, const Place& record, const Pruner& by) {
  if (named_.size() >= limits::kNamedRecords || !named_.emplace(record, by).second) return;
  tx.Put(NamedKey(record), Writer().U32(by.lane).U64(by.seq).Take());
}

void Shreds::Unname(Transaction& tx, const Place& record) {
  if (named_.erase(record) > 0) tx.Delete(NamedKey(record));
}

void Shreds::Settle(Transaction& tx, const Place& record) {
  if (owed_.erase(record) > 0) tx.Delete(OwedKey(record));
  Unname(tx, record);
}

void Shreds::Forget(Transaction& tx, uint32_t lane, uint64_t first) {
  for (auto record = owed_.lower_bound({lane, first}); record != owed_.end() && record->first == lane;) {
    tx.Delete(OwedKey(*record));
    record = owed_.erase(record);
  }
}

void Shreds::AskForCompaction(Transaction& tx) {
  compaction_due_ = true;
  tx.Put(Key(Prefix::kShredding), {});
}

void Shreds::Compacted(Transaction& tx) {
  compaction_due_ = false;
  tx.Delete(Key(Prefix::kShredding));
}

Result<std::optional<Pack>> ReadPack(const State& state, const Transaction& tx, const storage::Lane& lane,
                                     uint64_t seq) {
  KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, lane, seq));
  if (!record || record->payload.empty()) return std::optional<Pack>();
  KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(record->header));
  if (header.kind != RecordKind::kSealed) return std::optional<Pack>();
  const auto opened = state.keyring.Open(header, record->payload);
  if (!opened) return std::optional<Pack>();
  auto pack = DecodePack(opened->plain.view());
  return pack ? std::optional(*std::move(pack)) : std::nullopt;
}

namespace {

OpId OpIdOf(ByteView op) { return HashId<OpId>(labels::kOp, {op}); }

// A version with words, or nothing.
const Version* AsVersion(const Result<Op>& op) {
  const auto* version = op ? std::get_if<Version>(&*op) : nullptr;
  return version == nullptr || version->state == VersionState::kShredded ? nullptr : version;
}

Result<bool> Shredded(State& state, const Transaction& tx, const EntryId& entry) {
  KITH_TRY_ASSIGN(const auto versions, state.entries.Versions(tx, entry));
  return versions && IsShredded(*versions);
}

// What stands in a record's pack that has to stand somewhere else before it may go, by operation; a version's entry, to
// move it in the index.
using Survivors = std::map<OpId, std::optional<EntryId>>;

Result<Survivors> SurvivorsOf(State& state, const Transaction& tx, const Pack& pack) {
  Survivors survivors;
  for (const Bytes& bytes : pack.ops) {
    const auto op = DecodeOp(bytes);
    if (op && (std::holds_alternative<HeartbeatOp>(*op) || std::holds_alternative<LaneEndOp>(*op))) continue;
    const Version* version = AsVersion(op);
    if (version != nullptr) {
      KITH_TRY_ASSIGN(const bool shredded, Shredded(state, tx, version->entry));
      if (shredded) continue;
    }
    survivors[OpIdOf(bytes)] = version == nullptr ? std::nullopt : std::optional(version->entry);
  }
  if (pack.certificate) {
    survivors[OpIdOf(EncodeOp(
        KeptCertificateOp{.body = pack.certificate->body, .signature = pack.certificate->signature}))] = std::nullopt;
  }
  return survivors;
}

// Looks for the survivors of a record among lanes' records from `from` on, newest first, and notes where they stand.
class Search {
 public:
  Search(State& state, Transaction& tx, const Shreds::Place& record, Survivors survivors)
      : state_(state), tx_(tx), record_(record), missing_(std::move(survivors)) {}

  Result<> In(const storage::Lane& lane, uint64_t from) {
    for (uint64_t seq = lane.applied_seq + 1; seq-- > from && !missing_.empty();) {
      if (Shreds::Place(lane.number, seq) == record_ || state_.prunes.Covers(lane.number, seq) ||
          StandingOf(state_, lane, seq) != Standing::kCounts)
        continue;
      KITH_TRY_ASSIGN(const auto pack, ReadPack(state_, tx_, lane, seq));
      if (pack) Note(lane, seq, *pack);
    }
    return {};
  }
  bool Complete() const { return missing_.empty(); }

  struct Found {
    EntryId entry;
    OpId op;
    storage::Place place;
  };
  const std::vector<Found>& versions() const { return versions_; }

 private:
  void Note(const storage::Lane& lane, uint64_t seq, const Pack& pack) {
    for (size_t i = 0; i < pack.ops.size(); ++i) {
      const auto survivor = missing_.find(OpIdOf(pack.ops[i]));
      if (survivor == missing_.end()) continue;
      if (survivor->second) {
        versions_.push_back({.entry = *survivor->second,
                             .op = survivor->first,
                             .place = {.kind = storage::Place::Kind::kRecord,
                                       .owner = lane.number,
                                       .number = seq,
                                       .index = static_cast<uint16_t>(i)}});
      }
      missing_.erase(survivor);
    }
  }

  State& state_;
  Transaction& tx_;
  const Shreds::Place record_;
  Survivors missing_;
  std::vector<Found> versions_;
};

// Whether an operation is read in this record at present.
Result<bool> StandsIn(State& state, const storage::Place& place, const Shreds::Place& record) {
  if (place.kind == storage::Place::Kind::kRecord) return Shreds::Place(place.owner, place.number) == record;
  KITH_TRY_ASSIGN(const auto packed, state.FindPacked(place.owner, place.number));
  return packed && Shreds::Place(packed->lane, packed->seq) == record;
}

// A version that was read in `from` is read at `to` from now on.
Result<> MoveVersion(State& state, Transaction& tx, const EntryId& entry, const OpId& id, const Shreds::Place& from,
                     const storage::Place& to) {
  KITH_TRY_ASSIGN(const auto versions, state.entries.Versions(tx, entry));
  if (!versions) return {};
  const VersionId version{id.value};
  const auto item = std::ranges::find(versions->items, version, &storage::EntryVersions::Item::id);
  if (item == versions->items.end()) return {};
  KITH_TRY_ASSIGN(const bool here, StandsIn(state, item->place, from));
  return here ? state.entries.Move(tx, entry, version, to) : Result<>();
}

// Whether any record of this person's is here that was not read, and may be yet.
bool AnyUnread(const State& state) {
  return std::ranges::any_of(state.lanes.all(), [&](const storage::Lane& lane) {
    return state.IsSelf(lane.mailbox) && lane.broken == 0 && lane.applied_seq < lane.stored_seq &&
           StandingOf(state, lane, lane.applied_seq + 1) != Standing::kVoid;
  });
}

}  // namespace

Result<PruneVerdict> JudgePrune(State& state, Transaction& tx, const storage::Lane& lane, uint64_t seq,
                                const Shreds::Pruner& by) {
  KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, lane, seq));
  if (!record || seq > lane.stored_seq) return PruneVerdict::kUnknown;
  if (record->payload.empty()) return PruneVerdict::kGoes;
  if (seq > lane.applied_seq) return PruneVerdict::kUnknown;  // it waits for a key
  KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(record->header));
  if (header.kind != RecordKind::kSealed) return PruneVerdict::kStays;
  KITH_TRY_ASSIGN(const auto pack, ReadPack(state, tx, lane, seq));
  if (!pack) return PruneVerdict::kStays;
  if (IsHeartbeat(*pack)) return PruneVerdict::kGoes;
  KITH_TRY_ASSIGN(Survivors survivors, SurvivorsOf(state, tx, *pack));
  const storage::Lane* pruner = state.lanes.Find(by.lane);
  if (pruner == nullptr || pruner->applied_seq + 1 < by.seq) return PruneVerdict::kUnknown;
  Search search(state, tx, {lane.number, seq}, std::move(survivors));
  KITH_TRY(search.In(*pruner, pruner->number == lane.number ? seq + 1 : 1));
  if (pruner->number != lane.number) KITH_TRY(search.In(lane, seq + 1));
  // What stood for it may have been repacked itself since, by whichever device.
  if (!search.Complete() && AnyUnread(state)) return PruneVerdict::kUnknown;
  for (const storage::Lane& other : state.lanes.all()) {
    if (state.IsSelf(other.mailbox)) KITH_TRY(search.In(other, 1));
  }
  if (!search.Complete()) return PruneVerdict::kStays;
  for (const Search::Found& found : search.versions()) {
    KITH_TRY(MoveVersion(state, tx, found.entry, found.op, {lane.number, seq}, found.place));
  }
  return PruneVerdict::kGoes;
}

namespace {

// What stands for a version that was shredded.
Bytes StubOf(const Version& version, const OpId& id) {
  return EncodeOp(Version{.id = VersionId{id.value},
                          .entry = version.entry,
                          .parents = version.parents,
                          .hlc = version.hlc,
                          .state = VersionState::kShredded,
                          .content = {}});
}

// What a record's pack comes to without the words of shredded entries. A word on where a lane ends is worth what its
// speaker is: another device does not say it again in its own name.
Result<std::vector<Bytes>> Repacked(State& state, const Transaction& tx, const storage::Lane& lane, const Pack& pack) {
  const bool adopted = !lane.seed && lane.device != state.device->public_key();
  std::vector<Bytes> ops;
  for (const Bytes& bytes : pack.ops) {
    const auto op = DecodeOp(bytes);
    if (op && std::holds_alternative<HeartbeatOp>(*op)) continue;
    if (adopted && op && std::holds_alternative<LaneEndOp>(*op)) continue;
    const Version* version = AsVersion(op);
    bool shredded = false;
    if (version != nullptr) {
      KITH_TRY_ASSIGN(shredded, Shredded(state, tx, version->entry));
    }
    ops.push_back(shredded ? StubOf(*version, OpIdOf(bytes)) : bytes);
  }
  if (pack.certificate) {
    ops.push_back(
        EncodeOp(KeptCertificateOp{.body = pack.certificate->body, .signature = pack.certificate->signature}));
  }
  return ops;
}

Result<> RepackRecord(State& state, Transaction& tx, const storage::Lane& lane, uint64_t seq) {
  KITH_TRY_ASSIGN(auto pack, ReadPack(state, tx, lane, seq));
  if (!pack) return {};
  KITH_TRY_ASSIGN(std::vector<Bytes> ops, Repacked(state, tx, lane, *pack));
  storage::Place place = Outbox(state).Add(tx, state.self(), ops);
  for (Bytes& bytes : ops) {
    const auto op = DecodeOp(bytes);
    if (const Version* version = AsVersion(op))
      KITH_TRY(MoveVersion(state, tx, version->entry, OpIdOf(bytes), {lane.number, seq}, place));
    ++place.number;
    Wipe(bytes);
  }
  for (Bytes& bytes : pack->ops) Wipe(bytes);
  // What it cited, and knew of people, is said again by the record that stands for it.
  state.self().said = {};
  KITH_TRY(EmptyRecord(state, tx, lane, seq));
  state.shreds.AskForCompaction(tx);
  state.prunes.Want(tx, lane.number, seq);
  return {};
}

// The relay has dropped the words of a record all the same, and only who has them can say them again: its own device,
// as it repacks; and of a lane that another one closed to take them, whoever is left, since its device may be gone.
Result<> SayWhatStays(State& state, Transaction& tx, const storage::Lane& lane, uint64_t seq,
                      const Shreds::Pruner& by) {
  KITH_TRY_ASSIGN(const auto pack, ReadPack(state, tx, lane, seq));
  if (!pack || StandingOf(state, lane, seq) != Standing::kCounts) return {};
  state.shreds.Owe(tx, {lane.number, seq});
  // While a journal is restored nothing is said.
  if (state.restoring != nullptr || by.lane == lane.number) return {};
  return RepackRecord(state, tx, lane, seq);
}

}  // namespace

Result<PruneVerdict> ObeyPrune(State& state, Transaction& tx, const storage::Lane& lane, uint64_t seq,
                               const Shreds::Pruner& by) {
  const Shreds::Place record(lane.number, seq);
  KITH_TRY_ASSIGN(const PruneVerdict verdict, JudgePrune(state, tx, lane, seq, by));
  switch (verdict) {
    case PruneVerdict::kGoes: {
      KITH_TRY_ASSIGN(const auto pack, ReadPack(state, tx, lane, seq));
      // Its author keeps a heartbeat, so that a prune that is withdrawn leaves no hole.
      const bool kept = lane.seed && pack && IsHeartbeat(*pack);
      if (!kept && pack) {
        KITH_TRY(EmptyRecord(state, tx, lane, seq));
        if (!IsHeartbeat(*pack)) state.shreds.AskForCompaction(tx);
      }
      state.prunes.Cover(tx, lane.number, seq, seq);
      state.shreds.Settle(tx, record);
      break;
    }
    case PruneVerdict::kStays:
      ++state.refused;
      state.shreds.Unname(tx, record);
      KITH_TRY(SayWhatStays(state, tx, lane, seq, by));
      break;
    case PruneVerdict::kUnknown:
      state.shreds.Name(tx, record, by);
      break;
  }
  return verdict;
}

Result<bool> ObeyNamedPrunes(State& state, Transaction& tx) {
  bool gone = false;
  const std::map<Shreds::Place, Shreds::Pruner> named = state.shreds.named();
  for (const auto& [record, by] : named) {
    const storage::Lane* lane = state.lanes.Find(record.first);
    if (lane == nullptr) continue;
    KITH_TRY_ASSIGN(const PruneVerdict verdict, ObeyPrune(state, tx, *lane, record.second, by));
    gone = gone || verdict == PruneVerdict::kGoes;
  }
  return gone;
}

namespace {

// The runs that wait in the outbox, those of this transaction too.
Result<std::set<Bytes>> WaitingRuns(const State& state, const Transaction& tx) {
  const uint32_t number = state.self().sync.number;
  const Bytes from = storage::OutboxKey(number, state.self().outbox_first);
  const Bytes to = storage::OutboxKey(number, UINT64_MAX);
  const std::vector<Bytes> changed = tx.ChangedBetween(storage::OutboxKey(number, 0), to);
  std::set<Bytes> keys(changed.begin(), changed.end());
  KITH_TRY(state.store.Scan(from, to, Store::Order::kAscending, [&](ByteView key, ByteView) {
    keys.emplace(key.begin(), key.end());
    return true;
  }));
  return keys;
}

// What waits of shredded entries leaves as stubs.
Result<> DropWaiting(State& state, Transaction& tx) {
  KITH_TRY_ASSIGN(const std::set<Bytes> keys, WaitingRuns(state, tx));
  std::vector<uint64_t> dropped;
  std::vector<Bytes> stubs;
  for (const Bytes& key : keys) {
    KITH_TRY_ASSIGN(const auto value, tx.Get(key));
    if (!value) continue;
    KITH_TRY_ASSIGN(const storage::OutboxRun run, storage::OutboxRun::Decode(key, *value));
    KITH_TRY_ASSIGN(std::vector<Bytes> ops, DecodeOps(run.ops));
    for (size_t i = 0; i < ops.size(); ++i) {
      const auto op = DecodeOp(ops[i]);
      const Version* version = AsVersion(op);
      bool shredded = false;
      if (version != nullptr) {
        KITH_TRY_ASSIGN(shredded, Shredded(state, tx, version->entry));
      }
      if (shredded) {
        dropped.push_back(run.first + i);
        stubs.push_back(StubOf(*version, OpIdOf(ops[i])));
      }
      Wipe(ops[i]);
    }
  }
  for (const uint64_t number : dropped) {
    KITH_TRY(Outbox(state).Drop(
        tx, state.self(),
        {.kind = storage::Place::Kind::kOutbox, .owner = state.self().sync.number, .number = number, .index = 0}));
  }
  if (dropped.empty()) return {};
  Outbox(state).Add(tx, state.self(), stubs);
  state.shreds.AskForCompaction(tx);
  return {};
}

}  // namespace

Result<> FindOwed(State& state, Transaction& tx, const std::set<EntryId>& entries) {
  if (entries.empty()) return {};
  for (const storage::Lane& lane : state.lanes.all()) {
    if (!state.IsSelf(lane.mailbox)) continue;
    for (uint64_t seq = 1; seq <= lane.applied_seq; ++seq) {
      if (state.prunes.Covers(lane.number, seq)) continue;
      KITH_TRY_ASSIGN(auto pack, ReadPack(state, tx, lane, seq));
      if (!pack) continue;
      const bool holds = std::ranges::any_of(pack->ops, [&](const Bytes& bytes) {
        const auto op = DecodeOp(bytes);
        const Version* version = AsVersion(op);
        return version != nullptr && entries.contains(version->entry);
      });
      for (Bytes& bytes : pack->ops) Wipe(bytes);
      if (holds) state.shreds.Owe(tx, {lane.number, seq});
    }
  }
  return {};
}

namespace {

// Without a prune nothing of a lane may be sent again to a relay that lost it, from its first record without words on.
// So what follows there is said again too.
Result<> AdoptRest(State& state, Transaction& tx, const storage::Lane& lane, uint64_t seq) {
  for (uint64_t next = seq + 1; next <= lane.applied_seq; ++next) {
    if (StandingOf(state, lane, next) == Standing::kCounts) KITH_TRY(RepackRecord(state, tx, lane, next));
  }
  state.shreds.Settle(tx, {lane.number, seq});
  return {};
}

}  // namespace

bool Repacks(const State& state, const storage::Lane& lane) {
  return lane.seed || Revoked(state, lane) || lane.device == state.device->public_key();
}

Result<> RepackOwed(State& state, Transaction& tx) {
  const std::set<Shreds::Place> owed = state.shreds.owed();
  for (const Shreds::Place& record : owed) {
    const storage::Lane* lane = state.lanes.Find(record.first);
    if (lane == nullptr || !Repacks(state, *lane)) continue;
    // One that is repacked already has no words; it is owed until its prune is sealed.
    if (StandingOf(state, *lane, record.second) != Standing::kCounts) continue;
    KITH_TRY(RepackRecord(state, tx, *lane, record.second));
    if (BeyondPruning(state.self(), lane->key)) KITH_TRY(AdoptRest(state, tx, *lane, record.second));
  }
  return {};
}

Result<> SweepShredded(State& state, Transaction& tx, const std::set<EntryId>& entries) {
  if (entries.empty()) return RepackOwed(state, tx);
  for (const EntryId& entry : entries) KITH_TRY(TakeBackShares(state, tx, entry, std::nullopt));
  KITH_TRY(DropWaiting(state, tx));
  KITH_TRY(FindOwed(state, tx, entries));
  return RepackOwed(state, tx);
}

}  // namespace kith
