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

namespace kith {

// Signs for a generation's boxes: which record they belong to.
Bytes BoxContext(const MailboxId& mailbox, const LaneKey& lane, uint64_t seq, const RecordId& prev);
GenerationId GenerationIdOf(ByteView payload);

class Keyring {
 public:
  struct Generation {
    GenerationId id;
    kith::GenerationKey key;
    uint64_t order;
  };

  Result<> Load(Store& store);

  // Changes nothing when the generation is known.
  void AddGeneration(Transaction& tx, const MailboxId& mailbox, const GenerationId& id, ByteView key);
  // What was handed over as a generation's key is not the one its announcement commits to. From now on `id` is
  // `proven`, and the newest. The other one still opens what was sealed under it here, under an id of its own, which is
  // returned.
  GenerationId Correct(Transaction& tx, const MailboxId& mailbox, const GenerationId& id, ByteView proven);
  // The newest generation of a mailbox; nullptr when there is none.
  const Generation* Newest(const MailboxId& mailbox) const;
  bool Has(const MailboxId& mailbox, const GenerationId& id) const;
  // All of a mailbox, newest last.
  std::vector<const Generation*> All(const MailboxId& mailbox) const;

  struct Opened {
    Plaintext plain;
    GenerationId generation;
  };
  // Opens a sealed record's payload with whichever generation it commits to. kUnknownGeneration, kSealBroken.
  Result<Opened> Open(const RecordHeader& header, ByteView payload) const;

  // Later ones win by HLC, then by value. `seats` are keyed by mailbox.
  void TakeImportKey(Transaction& tx, const ImportKeyOp& op);
  void TakeSeat(Transaction& tx, const SeatKeyOp& op);
  // nullptr until known.
  const ImportKey* import_key() const { return import_key_ ? &*import_key_ : nullptr; }
  std::shared_ptr<const Signer> Seat(const MailboxId& mailbox) const;

 private:
  struct Stamp {
    Hlc hlc = 0;
    std::array<uint8_t, 32> value{};
    friend auto operator<=>(const Stamp&, const Stamp&) = default;
  };
  std::map<MailboxId, std::vector<Generation>> generations_;
  uint64_t next_order_ = 1;
  Stamp import_stamp_;
  std::optional<ImportKey> import_key_;
  std::map<MailboxId, std::pair<Stamp, std::shared_ptr<const Signer>>> seats_;
};

}  // namespace kith
