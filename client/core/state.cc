#include "client/core/state.h"

#include <algorithm>
#include <utility>

#include "client/core/limits.h"
#include "client/core/share_storage.h"
#include "client/core/storage_upgrade.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

Error Missing() {
  return Fail(Code::kVaultDamaged,
              "The vault lacks something it refers to. Restore it from a backup, or link this device anew.");
}

OpId OpIdOf(ByteView op) { return HashId<OpId>(labels::kOp, {op}); }

}  // namespace

State::State(Store& store_in, Clock& clock_in)
    : store(store_in),
      clock(clock_in),
      entries(store_in, [this](const Transaction& tx, const storage::EntryVersions::Item& item) -> Result<Version> {
        KITH_TRY_ASSIGN(const Bytes bytes, ReadOp(tx, item.place));
        KITH_TRY_ASSIGN(Op op, DecodeOp(bytes));
        auto* version = std::get_if<Version>(&op);
        if (version == nullptr || OpIdOf(bytes) != item.id) return Missing();
        version->id = item.id;
        return std::move(*version);
      }) {}

Result<std::unique_ptr<State>> State::Load(Store& store, Clock& clock) {
  auto state = std::make_unique<State>(store, clock);
  KITH_TRY_ASSIGN(const auto format, store.Get(storage::Key(storage::Prefix::kFormat)));
  if (!format) return Fail(Code::kNoVault, "There is no journal here yet. Make one with `kith init`.");
  KITH_TRY_ASSIGN(const uint64_t number, storage::DecodeU64(*format));
  if (number > storage::kStorageFormat) {
    return Fail(Code::kNewerFormat, "This vault was written by a newer Kith. Install that version to open it.");
  }
  if (number < storage::kStorageFormat) KITH_TRY(storage::Upgrade(store));
  KITH_TRY_ASSIGN(const auto identity, store.Get(storage::Key(storage::Prefix::kIdentity)));
  if (!identity) return Missing();
  KITH_TRY_ASSIGN(state->identity, storage::Identity::Decode(*identity));
  state->device = Signer::FromSeed(SignSeed::Copy(state->identity.sign_seed));
  state->box = BoxPair::FromSecret(BoxSecret::Copy(state->identity.box_secret));

  KITH_TRY_ASSIGN(const auto hlc, store.Get(storage::Key(storage::Prefix::kHlc)));
  if (hlc) {
    KITH_TRY_ASSIGN(state->stored_hlc_, storage::DecodeU64(*hlc));
    state->hlc = HlcClock(state->stored_hlc_);
  }
  KITH_TRY(state->keyring.Load(store));
  KITH_TRY(state->lanes.Load(store));
  KITH_TRY(state->entries.Load());
  state->stored_counts_ = state->entries.counts();
  KITH_TRY(state->LoadPerson());
  KITH_TRY(state->LoadPeople());
  KITH_TRY(state->LoadMailboxes());
  KITH_TRY(state->LoadRosters());
  KITH_TRY(state->LoadLabels());
  KITH_TRY(state->LoadFriends());
  KITH_TRY(state->LoadConfirmation());
  KITH_TRY(state->LoadAlarms());
  return state;
}

Result<> State::LoadPerson() {
  std::vector<SignedPersonOp> ops;
  Result<> outcome;
  const Bytes prefix = storage::Key(storage::Prefix::kPersonOp);
  KITH_TRY(store.Scan(prefix, storage::After(prefix), Store::Order::kAscending, [&](ByteView, ByteView value) {
    auto op = DecodeOp(value);
    auto* signed_op = op ? std::get_if<SignedPersonOp>(&*op) : nullptr;
    if (signed_op == nullptr) {
      outcome = Missing();
      return false;
    }
    ops.push_back(std::move(*signed_op));
    return true;
  }));
  KITH_TRY(outcome);
  KITH_TRY_ASSIGN(person, Person::FromKept(identity.person, ops));
  return {};
}

Result<> State::LoadMailboxes() {
  Result<> outcome;
  const Bytes prefix = storage::Key(storage::Prefix::kMailbox);
  KITH_TRY(store.Scan(prefix, storage::After(prefix), Store::Order::kAscending, [&](ByteView key, ByteView value) {
    auto sync = storage::MailboxSync::Decode(value);
    const auto id = MailboxId::From(key.subspan(1));
    if (!sync || !id) {
      outcome = Missing();
      return false;
    }
    Mailbox& mailbox = mailboxes[*id];
    mailbox.id = *id;
    mailbox.sync = *std::move(sync);
    return true;
  }));
  KITH_TRY(outcome);
  for (auto& [id, mailbox] : mailboxes) {
    const Bytes first = storage::StatementKey(id, 0);
    KITH_TRY(store.Scan(
        first, storage::StatementKey(id, UINT64_MAX), Store::Order::kAscending, [&](ByteView, ByteView value) {
          auto statement = storage::DecodeStatement(value);
          auto next = statement ? mailbox.seats.Apply(*statement) : Result<SeatTable>(statement.error());
          if (!next) {
            outcome = next.error();
            return false;
          }
          mailbox.seats = *std::move(next);
          return true;
        }));
    KITH_TRY(outcome);
    uint64_t packed = 0;  // the last number that was
    KITH_TRY(store.Scan(storage::PackedKey(mailbox.sync.number, 0), storage::PackedKey(mailbox.sync.number, UINT64_MAX),
                        Store::Order::kDescending, [&](ByteView key, ByteView value) {
                          const auto run = storage::Packed::Decode(key, value);
                          outcome = run ? Result<>() : run.error();
                          if (run) packed = run->first + run->count - 1;
                          return false;
                        }));
    KITH_TRY(outcome);
    uint64_t newest = 0;
    KITH_TRY(store.Scan(storage::OutboxKey(mailbox.sync.number, 0), storage::OutboxKey(mailbox.sync.number, UINT64_MAX),
                        Store::Order::kAscending, [&](ByteView key, ByteView value) {
                          const auto run = storage::OutboxRun::Decode(key, value);
                          if (!run) {
                            outcome = run.error();
                            return false;
                          }
                          if (mailbox.outbox_waiting == 0) mailbox.outbox_first = run->first;
                          mailbox.outbox_waiting += run->count;
                          newest = run->first + run->count - 1;
                          return true;
                        }));
    KITH_TRY(outcome);
    KITH_TRY_ASSIGN(const auto given, store.Get(storage::OutboxNextKey(mailbox.sync.number)));
    mailbox.outbox_next = std::max(packed, newest) + 1;
    if (given) {
      KITH_TRY_ASSIGN(const uint64_t next, storage::DecodeU64(*given));
      mailbox.outbox_next = std::max(mailbox.outbox_next, next);
    }
    if (mailbox.outbox_waiting == 0) mailbox.outbox_first = mailbox.outbox_next;
  }
  return {};
}

Result<> State::LoadLabels() {
  const Bytes prefix = storage::Key(storage::Prefix::kLabel);
  Result<> outcome;
  KITH_TRY(store.Scan(prefix, storage::After(prefix), Store::Order::kAscending, [&](ByteView key, ByteView value) {
    const auto named = DeviceId::From(key.subspan(1));
    Reader reader(value);
    const Hlc at = reader.U64();
    if (!named || !reader.ok()) {
      outcome = Fail(Code::kVaultDamaged,
                     "A device's name in the vault is damaged. Restore it from a backup, or link this device anew.");
      return false;
    }
    labels[*named] = {at, ToString(reader.rest())};
    return true;
  }));
  return outcome;
}

Result<> State::LoadFriends() {
  KITH_TRY(prunes.Load(store));
  KITH_TRY(shreds.Load(store));
  KITH_TRY(LoadCertificates());
  KITH_TRY(lane_ends.Load(store));
  KITH_TRY(trusts.Load(store));
  Result<> outcome;
  const Bytes prefix = storage::Key(storage::Prefix::kFriend);
  KITH_TRY(store.Scan(prefix, storage::After(prefix), Store::Order::kAscending, [&](ByteView, ByteView value) {
    auto known = storage::Stamped<FriendOp>::Decode(value);
    if (!known) {
      outcome = known.error();
      return false;
    }
    friends[known->op.circle] = std::move(known->op);
    return true;
  }));
  KITH_TRY(outcome);
  const Bytes granted = storage::Key(storage::Prefix::kGrant);
  KITH_TRY(store.Scan(granted, storage::After(granted), Store::Order::kAscending, [&](ByteView key, ByteView value) {
    Reader reader(key.subspan(1));
    grants[MailboxId{reader.Array<MailboxId::kSize>()}].emplace_back(value.begin(), value.end());
    return true;
  }));
  const Bytes held = storage::Key(storage::Prefix::kHeld);
  return store.Scan(held, storage::After(held), Store::Order::kDescending, [this](ByteView key, ByteView) {
    Reader reader(key.subspan(1));
    held_next = reader.U64() + 1;
    return false;
  });
}

Result<> State::LoadCertificates() {
  Result<> outcome;
  const Bytes prefix = storage::Key(storage::Prefix::kShredding);
  KITH_TRY(store.Scan(prefix, storage::After(prefix), Store::Order::kAscending, [&](ByteView key, ByteView value) {
    if (key.size() != prefix.size() + LaneKey::kSize + sizeof(uint32_t)) return true;
    Reader reader(key.subspan(1));
    const LaneKey lane{reader.Array<LaneKey::kSize>()};
    const uint32_t by = reader.U32();
    auto op = DecodeOp(value);
    auto* kept = op ? std::get_if<KeptCertificateOp>(&*op) : nullptr;
    if (kept == nullptr) {
      outcome = Missing();
      return false;
    }
    certificates[{lane, by}] = std::move(*kept);
    return true;
  }));
  return outcome;
}

Result<> State::LoadConfirmation() {
  KITH_TRY_ASSIGN(const auto confirmed, store.Get(storage::ConfirmationKey()));
  if (!confirmed) return {};
  KITH_TRY_ASSIGN(recovery_confirmed, storage::DecodeU64(*confirmed));
  return {};
}

Result<> State::LoadAlarms() {
  KITH_TRY(alarms.Load(store));
  Result<> outcome;
  const Bytes prefix = storage::Key(storage::Prefix::kCited);
  KITH_TRY(store.Scan(prefix, storage::After(prefix), Store::Order::kAscending, [&](ByteView key, ByteView value) {
    Reader reader(key.subspan(1));
    const uint32_t lane = reader.U32();
    const auto one = storage::Cited::Decode(value);
    if (!one || lanes.Find(lane) == nullptr) {
      outcome = Missing();
      return false;
    }
    cited[lane] = *one;
    return true;
  }));
  KITH_TRY(outcome);
  KITH_TRY_ASSIGN(const auto newest, store.Get(storage::Key(storage::Prefix::kHeartbeat)));
  if (newest) {
    KITH_TRY_ASSIGN(beat, storage::Beat::Decode(*newest));
  }
  return {};
}

void State::Raise(Transaction& tx, Code code, const MailboxId& mailbox, const LaneKey& lane, uint64_t seq) {
  alarms.Raise(tx, {.code = code,
                    .mailbox = mailbox,
                    .lane = lane,
                    .seq = seq,
                    .since_ms = static_cast<uint64_t>(std::max<int64_t>(clock.NowMillis(), 0)),
                    .past = false});
}

Result<bool> State::RaiseEquivocation(Transaction& tx, const storage::Lane& lane, uint64_t seq, const Proof& proof) {
  Raise(tx, Code::kEquivocation, lane.mailbox, lane.key, seq);
  KITH_TRY_ASSIGN(const auto kept, tx.Get(storage::ProofKey(lane.number)));
  if (!kept) tx.Put(storage::ProofKey(lane.number), proof.Encode());
  return !kept.has_value();
}

Result<> State::CommitAcknowledged() {
  Transaction tx(store);
  SaveAcknowledged(tx);
  return Commit(tx);
}

void State::SaveAcknowledged(Transaction& tx) {
  for (const uint32_t number : std::exchange(acknowledged, {})) {
    if (const storage::Lane* lane = lanes.Find(number)) Lanes::Save(tx, *lane);
  }
  for (const MailboxId& id : std::exchange(acknowledged_cursor, {})) {
    if (const auto mailbox = mailboxes.find(id); mailbox != mailboxes.end()) SaveMailbox(tx, mailbox->second);
  }
}

Result<> State::Commit(Transaction& tx) {
  if (tx.empty()) return {};
  SaveAcknowledged(tx);
  if (hlc.last() != stored_hlc_) {
    stored_hlc_ = hlc.last();
    tx.Put(storage::Key(storage::Prefix::kHlc), storage::EncodeU64(stored_hlc_));
  }
  const storage::Counts counts = entries.counts();
  if (counts.listed != stored_counts_.listed || counts.deleted != stored_counts_.deleted) {
    stored_counts_ = counts;
    tx.Put(storage::Key(storage::Prefix::kCounts), counts.Encode());
  }
  return tx.Commit();
}

uint64_t State::FirstWaiting(uint32_t number) const {
  const auto mailbox = std::ranges::find(mailboxes, number, [](const auto& known) { return known.second.sync.number; });
  return mailbox == mailboxes.end() ? 0 : mailbox->second.outbox_first;
}

Result<std::optional<storage::OutboxRun>> State::FindWaiting(const Transaction& tx, uint32_t mailbox,
                                                             uint64_t number) const {
  // A run of one is the common case, and all that a transaction that looks for one has put there itself.
  Bytes key = storage::OutboxKey(mailbox, number);
  KITH_TRY_ASSIGN(auto value, tx.Get(key));
  if (!value) {
    const uint64_t first = FirstWaiting(mailbox);
    if (number < first) return std::optional<storage::OutboxRun>();
    std::optional<Bytes> below;
    // Not below the first: what was sealed and deleted there would all be passed over.
    KITH_TRY(store.Scan(storage::OutboxKey(mailbox, first), key, Store::Order::kDescending, [&](ByteView at, ByteView) {
      below.emplace(at.begin(), at.end());
      return false;
    }));
    if (!below) return std::optional<storage::OutboxRun>();
    key = *std::move(below);
    KITH_TRY_ASSIGN(value, tx.Get(key));
    if (!value) return std::optional<storage::OutboxRun>();
  }
  KITH_TRY_ASSIGN(storage::OutboxRun run, storage::OutboxRun::Decode(key, *value));
  if (!run.Has(number)) return std::optional<storage::OutboxRun>();
  return std::optional(std::move(run));
}

Result<std::optional<storage::Packed>> State::FindPacked(uint32_t mailbox, uint64_t number) const {
  std::optional<storage::Packed> found;
  Result<> outcome;
  KITH_TRY(store.Scan(storage::PackedKey(mailbox, 0), storage::PackedKey(mailbox, number + 1),
                      Store::Order::kDescending, [&](ByteView key, ByteView value) {
                        const auto packed = storage::Packed::Decode(key, value);
                        if (!packed) outcome = packed.error();
                        if (packed && packed->Has(number)) found = *packed;
                        return false;
                      }));
  KITH_TRY(outcome);
  return found;
}

Result<Bytes> State::ReadOp(const Transaction& tx, const storage::Place& place) {
  storage::Place at = place;
  std::shared_ptr<const Pack> pack;
  if (at.kind == storage::Place::Kind::kOutbox) {
    KITH_TRY_ASSIGN(const auto run, FindWaiting(tx, at.owner, at.number));
    if (run) {
      at = {.kind = storage::Place::Kind::kOutbox,
            .owner = place.owner,
            .number = run->first,
            .index = static_cast<uint16_t>(place.number - run->first)};
      pack = FindCached(at);
      if (pack == nullptr) {
        KITH_TRY_ASSIGN(Pack opened, DecodePack(run->ops));
        pack = Cache(at, std::move(opened));
      }
    } else {
      KITH_TRY_ASSIGN(const auto packed, FindPacked(at.owner, at.number));
      if (!packed) return Missing();
      at = {.kind = storage::Place::Kind::kRecord,
            .owner = packed->lane,
            .number = packed->seq,
            .index = static_cast<uint16_t>(at.number - packed->first)};
    }
  }
  if (pack == nullptr) {
    KITH_TRY_ASSIGN(pack, OpenPack(tx, at.owner, at.number));
  }
  if (at.index >= pack->ops.size()) return Missing();
  return pack->ops[at.index];
}

std::shared_ptr<const Pack> State::FindCached(const storage::Place& at) {
  const auto cached = std::ranges::find_if(packs_, [&](const CachedPack& pack) {
    return pack.at.kind == at.kind && pack.at.owner == at.owner && pack.at.number == at.number;
  });
  if (cached == packs_.end()) return nullptr;
  packs_.splice(packs_.begin(), packs_, cached);
  return cached->pack;
}

std::shared_ptr<const Pack> State::Cache(const storage::Place& at, Pack pack) {
  packs_.push_front({.at = at, .pack = std::make_shared<const Pack>(std::move(pack))});
  if (packs_.size() > limits::kPackCache) packs_.pop_back();
  return packs_.front().pack;
}

Result<std::shared_ptr<const Pack>> State::OpenPack(const Transaction& tx, uint32_t number, uint64_t seq) {
  const storage::Place at{.kind = storage::Place::Kind::kRecord, .owner = number, .number = seq};
  if (auto cached = FindCached(at)) return cached;
  const storage::Lane* lane = lanes.Find(number);
  if (lane == nullptr) return Missing();
  KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, *lane, seq));
  if (!record || record->payload.empty()) return Missing();
  KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(record->header));
  KITH_TRY_ASSIGN(const Keyring::Opened opened, keyring.Open(header, record->payload));
  KITH_TRY_ASSIGN(Pack pack, DecodePack(opened.plain.view()));
  return Cache(at, std::move(pack));
}

void State::ForgetPack(uint32_t lane, uint64_t seq) {
  packs_.remove_if([&](const CachedPack& pack) {
    return pack.at.kind == storage::Place::Kind::kRecord && pack.at.owner == lane && pack.at.number == seq;
  });
}

}  // namespace kith
