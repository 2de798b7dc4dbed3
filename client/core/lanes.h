// The lanes this vault knows, and the records of each. Pure bookkeeping: what a record means is intake.h's.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "client/core/storage.h"
#include "client/core/transaction.h"
#include "crypto/verify/record.h"

namespace kith {

class Lanes {
 public:
  Result<> Load(Store& store);

  // nullptr when unknown.
  storage::Lane* Find(const LaneKey& key);
  storage::Lane* Find(uint32_t number);
  // A lane of somebody's device. References stay good.
  storage::Lane& Add(const MailboxId& mailbox, const LaneKey& key);
  // A new lane of this device.
  storage::Lane& AddOwn(const MailboxId& mailbox, const Signer& signer);
  // The lane this device writes to in a mailbox; nullptr when there is none.
  storage::Lane* Own(const MailboxId& mailbox);
  std::shared_ptr<const Signer> SignerOf(const storage::Lane& lane) const;
  std::deque<storage::Lane>& all() { return lanes_; }
  const std::deque<storage::Lane>& all() const { return lanes_; }

  // Of the record that follows a lane's last one.
  static RecordHeader NextHeader(const storage::Lane& lane, RecordKind kind) {
    return {
        .kind = kind, .mailbox = lane.mailbox, .lane = lane.key, .seq = lane.stored_seq + 1, .prev = lane.stored_id};
  }
  static void Save(Transaction& tx, const storage::Lane& lane) {
    tx.Put(storage::LaneKeyOf(lane.number), lane.Encode());
  }
  static Result<std::optional<SignedRecord>> GetRecord(const Transaction& tx, const storage::Lane& lane, uint64_t seq);
  // One that must be there: kVaultDamaged where it is not.
  static Result<SignedRecord> RecordAt(const Transaction& tx, const storage::Lane& lane, uint64_t seq);
  // Forgets what is kept beyond a gap. Errors are those of the store.
  static Result<> DropBeyond(Transaction& tx, Store& store, storage::Lane& lane);

 private:
  std::deque<storage::Lane> lanes_;
  std::map<LaneKey, storage::Lane*> by_key_;
  mutable std::map<uint32_t, std::shared_ptr<const Signer>> signers_;
};

}  // namespace kith
