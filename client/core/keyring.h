// The keys this device holds: audiences' generations, the import key, seats. Kept in the store, which is sealed whole.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "client/core/storage.h"
#include "client/core/transaction.h"
#include "client/wire/pack.h"
#include "crypto/seal.h"
#include "crypto/verify/record.h"
#include "crypto/verify/seats.h"

namespace kith {

// Signs for a generation's boxes: which record they belong to.
Bytes BoxContext(const MailboxId& mailbox, const LaneKey& lane, uint64_t seq, const RecordId& prev);
GenerationId GenerationIdOf(ByteView payload);

class Keyring {
 public:
  using Coverage = storage::Coverage;
  struct Generation {
    GenerationId id;
    kith::GenerationKey key;
    uint64_t order;
    std::optional<Coverage> coverage;  // nullopt until its announcement is read
  };
  // This person's key to a mailbox. There are several once it was replaced; the seat table says which one is in force.
  struct HeldSeat {
    std::shared_ptr<const Signer> signer;
    storage::StoredSeat stored;  // `seed` is zeros
  };

  Result<> Load(Store& store);

  // Of one that is known takes the coverage alone, where that was not.
  void AddGeneration(Transaction& tx, const MailboxId& mailbox, const GenerationId& id, ByteView key,
                     std::optional<Coverage> coverage = std::nullopt);
  // Its announcement was withdrawn before anybody had it: it covers nothing, and opens what it always did.
  void Uncover(Transaction& tx, const MailboxId& mailbox, const GenerationId& id);
  // What was handed over as a generation's key is not the one its announcement commits to. From now on `id` is
  // `proven`, and the newest; what it covers is not known. The other one still opens what was sealed under it here,
  // under an id of its own, which is returned, and covers nothing.
  GenerationId Correct(Transaction& tx, const MailboxId& mailbox, const GenerationId& id, ByteView proven);
  // The newest generation of a mailbox; nullptr when there is none. Not to seal under: State::SealingGeneration.
  const Generation* Newest(const MailboxId& mailbox) const;
  bool Has(const MailboxId& mailbox, const GenerationId& id) const;
  // All of a mailbox, newest last.
  std::vector<const Generation*> All(const MailboxId& mailbox) const;

  struct Opened {
    Plaintext plain;
    GenerationId generation;
  };
  // Opens a sealed record's payload with whichever generation it commits to. kUnknownGeneration, kSealBroken,
  // kSuiteUnsupported.
  Result<Opened> Open(const RecordHeader& header, ByteView payload) const;

  // Later ones win by HLC, then by value.
  void TakeImportKey(Transaction& tx, const ImportKeyOp& op);
  // `told_under`: the self generation that it came under; zeros and `known`, this person's heads: it was made here.
  void TakeSeat(Transaction& tx, const SeatKeyOp& op, const GenerationId& told_under, std::vector<OpId> known);
  // nullptr until known.
  const ImportKey* import_key() const { return import_key_ ? &*import_key_ : nullptr; }
  // All of a mailbox, newest first (by HLC, then by value).
  const std::vector<HeldSeat>& Seats(const MailboxId& mailbox) const;
  // The newest one's; nullptr when there is none.
  std::shared_ptr<const Signer> Seat(const MailboxId& mailbox) const;
  // The one that a table lists; nullptr when none of those known here is.
  const HeldSeat* SeatIn(const MailboxId& mailbox, const SeatTable& table) const;

 private:
  // nullptr when it was known.
  const HeldSeat* Keep(const MailboxId& mailbox, const storage::StoredSeat& stored);

  struct Stamp {
    Hlc hlc = 0;
    std::array<uint8_t, 32> value{};
    friend auto operator<=>(const Stamp&, const Stamp&) = default;
  };
  std::map<MailboxId, std::vector<Generation>> generations_;
  uint64_t next_order_ = 1;
  Stamp import_stamp_;
  std::optional<ImportKey> import_key_;
  std::map<MailboxId, std::vector<HeldSeat>> seats_;
};

}  // namespace kith
