#include "client/core/storage_upgrade.h"

#include "client/core/storage.h"
#include "client/core/transaction.h"

namespace kith::storage {
namespace {

constexpr size_t kSecret = 32;

Error Damaged() {
  return Fail(
      Code::kVaultDamaged,
      "What an older Kith kept in the vault cannot be read. Restore it from a backup, or link this device anew.");
}

template <class IdType>
IdType ReadId(Reader& reader) {
  return IdType{reader.Array<IdType::kSize>()};
}

// Format 1 as it landed, and as it was while friends and circles were made: that already had generations and seats
// under longer keys, and whose each lane is.
class FromFormat1 {
 public:
  explicit FromFormat1(Store& store) : store_(store), tx_(store) {}

  Result<> Run() {
    KITH_TRY_ASSIGN(const auto stored, store_.Get(Key(Prefix::kIdentity)));
    if (!stored) return Damaged();
    KITH_TRY_ASSIGN(Identity identity, Identity::Decode(*stored));
    person_ = identity.person;
    Wipe(identity.sign_seed);
    Wipe(identity.box_secret);
    // Generations first: their keys tell which of the two it is.
    KITH_TRY(Each(Key(Prefix::kGeneration), &FromFormat1::Generation));
    KITH_TRY(Each(SeatsKey(), &FromFormat1::Seat));
    KITH_TRY(Each(Key(Prefix::kLane), &FromFormat1::OneLane));
    KITH_TRY(Each(Key(Prefix::kMailbox), &FromFormat1::Mailbox));
    KITH_TRY(Each(Key(Prefix::kCited), &FromFormat1::Citation));
    tx_.Put(Key(Prefix::kToTakeAgain), {});
    tx_.Put(Key(Prefix::kFormat), EncodeU64(kStorageFormat));
    return tx_.Commit();
  }

 private:
  Result<> Each(const Bytes& prefix, Result<> (FromFormat1::*row)(ByteView key, ByteView value)) {
    Result<> outcome;
    KITH_TRY(store_.Scan(prefix, After(prefix), Store::Order::kAscending, [&](ByteView key, ByteView value) {
      outcome = (this->*row)(key, value);
      return outcome.has_value();
    }));
    return outcome;
  }

  // `g` generation: mailbox, key, order. Later: `g` mailbox, generation: key, order and perhaps what it covers. That is
  // read once more from the announcement.
  Result<> Generation(ByteView key, ByteView value) {
    Reader name(key.subspan(1));
    Reader reader(value);
    later_ = key.size() == 1 + MailboxId::kSize + GenerationId::kSize;
    const auto mailbox = later_ ? ReadId<MailboxId>(name) : ReadId<MailboxId>(reader);
    const auto id = ReadId<GenerationId>(name);
    StoredGeneration generation{.key = reader.Array<kSecret>(), .order = reader.U64(), .coverage = std::nullopt};
    if (!name.Done() || !reader.ok() || (!later_ && !reader.Done())) return Damaged();
    if (!later_) tx_.Delete(Bytes(key.begin(), key.end()));
    tx_.Put(GenerationKey(mailbox, id), generation.Encode());
    Wipe(generation.key);
    return {};
  }

  // `k` `seat`, mailbox: HLC, seed. Nothing tells who was told it, so it counts as known to whoever is revoked later.
  Result<> Seat(ByteView key, ByteView value) {
    const ByteView ids = key.subspan(SeatsKey().size());
    if (ids.size() == MailboxId::kSize + SeatKeyId::kSize) return {};
    const auto mailbox = MailboxId::From(ids);
    Reader reader(value);
    StoredSeat seat{.hlc = reader.U64(), .seed = reader.Array<kSecret>(), .told_under = {}, .known = {}};
    if (!mailbox || !reader.Done()) return Damaged();
    tx_.Delete(Bytes(key.begin(), key.end()));
    tx_.Put(SeatKeyOf(*mailbox, Signer::FromSeed(SignSeed::Copy(seat.seed)).public_key()), seat.Encode());
    Wipe(seat.seed);
    return {};
  }

  // Without `person`, and without what stands behind `broken`.
  Result<> OneLane(ByteView, ByteView value) {
    Reader reader(value);
    Lane lane;
    lane.number = reader.U32();
    lane.mailbox = ReadId<MailboxId>(reader);
    lane.key = ReadId<LaneKey>(reader);
    if (reader.U8() != 0) lane.seed = reader.Array<kSecret>();
    lane.retired = reader.U8() != 0;
    lane.device = ReadId<DeviceId>(reader);
    if (later_) {
      lane.person = ReadId<PersonId>(reader);
    } else if (!lane.device.IsZero()) {
      lane.person = person_;
    }
    lane.stored_seq = reader.U64();
    lane.stored_id = ReadId<RecordId>(reader);
    lane.applied_seq = reader.U64();
    lane.acked_seq = reader.U64();
    lane.beyond = reader.U64();
    lane.generation = ReadId<GenerationId>(reader);
    lane.last_hlc = reader.U64();
    // Why nothing further of it counted: judged anew, by what knows more kinds of records and keeps a proof.
    reader.U8();
    if (!reader.ok() || (!later_ && !reader.Done())) return Damaged();
    tx_.Put(LaneKeyOf(lane.number), lane.Encode());
    if (lane.seed) Wipe(*lane.seed);
    return {};
  }

  // What the older program refused or passed over is asked for once more.
  Result<> Mailbox(ByteView key, ByteView value) {
    KITH_TRY_ASSIGN(MailboxSync sync, MailboxSync::Decode(value));
    sync.unread = true;
    tx_.Put(Bytes(key.begin(), key.end()), sync.Encode());
    return {};
  }

  // Later ones only. They are read once more where they were said.
  Result<> Citation(ByteView key, ByteView) {
    tx_.Delete(Bytes(key.begin(), key.end()));
    return {};
  }

  Store& store_;
  Transaction tx_;
  PersonId person_;
  bool later_ = false;
};

}  // namespace

Result<> Upgrade(Store& store) { return FromFormat1(store).Run(); }

}  // namespace kith::storage
