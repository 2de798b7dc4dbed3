#include "client/core/lanes.h"

#include <algorithm>

namespace kith {

Result<> Lanes::Load(Store& store) {
  Result<> outcome;
  const Bytes prefix = storage::Key(storage::Prefix::kLane);
  KITH_TRY(store.Scan(prefix, storage::After(prefix), Store::Order::kAscending, [&](ByteView, ByteView value) {
    auto lane = storage::Lane::Decode(value);
    if (!lane) {
      outcome = lane.error();
      return false;
    }
    lanes_.push_back(*std::move(lane));
    by_key_[lanes_.back().key] = &lanes_.back();
    return true;
  }));
  return outcome;
}

storage::Lane* Lanes::Find(const LaneKey& key) {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : found->second;
}

storage::Lane* Lanes::Find(uint32_t number) {
  return number == 0 || number > lanes_.size() ? nullptr : &lanes_[number - 1];
}

storage::Lane& Lanes::Add(const MailboxId& mailbox, const LaneKey& key) {
  storage::Lane& lane = lanes_.emplace_back();
  lane.number = static_cast<uint32_t>(lanes_.size());
  lane.mailbox = mailbox;
  lane.key = key;
  by_key_[key] = &lane;
  return lane;
}

storage::Lane& Lanes::AddOwn(const MailboxId& mailbox, const Signer& signer) {
  storage::Lane& lane = Add(mailbox, signer.public_key());
  std::ranges::copy(signer.seed().Reveal(), lane.seed.emplace().begin());
  return lane;
}

storage::Lane* Lanes::Own(const MailboxId& mailbox) {
  const auto own = [&](const storage::Lane& lane) { return lane.mailbox == mailbox && lane.seed && !lane.retired; };
  const auto found = std::ranges::find_if(lanes_, own);
  return found == lanes_.end() ? nullptr : &*found;
}

std::shared_ptr<const Signer> Lanes::SignerOf(const storage::Lane& lane) const {
  if (!lane.seed) return nullptr;
  std::shared_ptr<const Signer>& signer = signers_[lane.number];
  if (!signer) signer = std::make_shared<Signer>(Signer::FromSeed(SignSeed::Copy(*lane.seed)));
  return signer;
}

Result<std::optional<SignedRecord>> Lanes::GetRecord(const Transaction& tx, const storage::Lane& lane, uint64_t seq) {
  KITH_TRY_ASSIGN(const auto bytes, tx.Get(storage::RecordKey(lane.number, seq)));
  if (!bytes) return std::optional<SignedRecord>();
  KITH_TRY_ASSIGN(SignedRecord record, storage::DecodeRecord(*bytes));
  return std::optional(std::move(record));
}

Result<SignedRecord> Lanes::RecordAt(const Transaction& tx, const storage::Lane& lane, uint64_t seq) {
  KITH_TRY_ASSIGN(auto record, GetRecord(tx, lane, seq));
  if (!record)
    return Fail(Code::kVaultDamaged,
                "A record is missing from the vault. Restore it from a backup, or link this device anew.");
  return *std::move(record);
}

Result<> Lanes::DropBeyond(Transaction& tx, Store& store, storage::Lane& lane) {
  if (lane.beyond == 0) return {};
  lane.beyond = 0;
  return store.Scan(storage::RecordKey(lane.number, lane.stored_seq + 1), storage::RecordKey(lane.number, UINT64_MAX),
                    Store::Order::kAscending, [&](ByteView key, ByteView) {
                      tx.Delete(Bytes(key.begin(), key.end()));
                      return true;
                    });
}

}  // namespace kith
