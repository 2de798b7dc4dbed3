// Operations written here, waiting; and how they are packed, sealed and signed into records of this device's lane. An
// operation waits unsigned until a sequence number may be taken: only after the relay's copy of the lane was seen to
// end where ours does (or before any relay was set up, when nobody else can have the lane).
#pragma once

#include <span>
#include <vector>

#include "client/core/state.h"

namespace kith {

class Outbox {
 public:
  explicit Outbox(State& state) : state_(state) {}

  // Puts operations at the end of the queue, in packs that are encoded here and now. The place is where the first can
  // be read from then on; the others follow under the next numbers. In a circle each gets a record of its own, so that
  // each can be taken back by itself.
  storage::Place Add(Transaction& tx, Mailbox& mailbox, std::span<const Bytes> ops);
  // A version that this vault wrote came back in a record of a copy of it: it need not be sent again. Nothing where it
  // was sealed or dropped already.
  Result<> Drop(Transaction& tx, Mailbox& mailbox, const storage::Place& place);

  // Moves waiting operations, oldest first, into new records of the mailbox's own lane, up to about `max_bytes` of
  // them, behind the announcement of a new generation where GroundIn asks for one. The records must be durable (commit)
  // before they are sent. kUnknownGeneration where it says kWaits, kNotFound without a lane.
  Result<std::vector<SignedRecord>> Seal(Transaction& tx, Mailbox& mailbox, size_t max_bytes);

  // The relay holds other records at our lane from `first` on: removes ours, puts their operations back into the queue
  // under their numbers, and retires the lane.
  Result<> TakeBack(Transaction& tx, Mailbox& mailbox, storage::Lane& lane, uint64_t first);

  // Ends our writing to a lane. What was sealed for it and never acknowledged goes back into the queue.
  Result<> Retire(Transaction& tx, Mailbox& mailbox, storage::Lane& lane);

  // Of a lane of this device that came in two versions: others may hold the other one and take no more of it. So no
  // more is written to it, and what it says from `first` on waits to be said again in another.
  Result<> SayAgain(Transaction& tx, Mailbox& mailbox, storage::Lane& lane, uint64_t first);

  // A record that announces a generation. Of the self audience: boxes for every device and the recovery authority, and
  // all keys before. Of a circle: a box for each member of its roster, whose persons must be known. kMalformed when one
  // of them has not said what to seal to.
  Result<SignedRecord> Announce(Transaction& tx, Mailbox& mailbox, storage::Lane& lane, const GenerationKey& key);

  // What sealing in a mailbox would stand on: a generation that covers; one that Seal announces first; or nothing yet,
  // since a key, or a member's word on what to seal to after a revocation, is still to come.
  enum class Ground : uint8_t { kCovered, kToAnnounce, kWaits };
  Ground GroundIn(const MailboxId& mailbox) const;
  // Whether a generation is to be announced although nothing else waits: what this person has there, a revoked device
  // of theirs could read, or a new one could not.
  bool Rerolls(const MailboxId& mailbox) const;

  // Whether the next record here says whose lane it is in a circle: this device has a lane and a generation there, and
  // the lane has no certificate under it. That record holds this person's operations and the roster; Seal makes it,
  // whether anything waits or not.
  bool Introduces(const MailboxId& mailbox) const;

  // Records whose words this mailbox's own lane is to take away and may; Seal does, once nothing else waits.
  uint64_t PrunesWaiting(const Mailbox& mailbox) const;

 private:
  // Runs that go into one record.
  struct Batch {
    std::vector<uint64_t> runs;  // their first numbers; none: not from the queue
    size_t count = 0;            // of operations
    size_t bytes = 0;            // of them
    Bytes ops;                   // as EncodeOps gives them
  };
  void KeepNumbers(Transaction& tx, const Mailbox& mailbox) const;
  void PutRun(Transaction& tx, Mailbox& mailbox, uint64_t first, std::span<const Bytes> ops);
  // The oldest that wait, a pack of them; without any when none waits.
  Result<Batch> Gather(const Mailbox& mailbox) const;
  Result<SignedRecord> SealBatch(Transaction& tx, Mailbox& mailbox, storage::Lane& lane, Batch batch);
  std::vector<PruneList> PrunesOf(const Mailbox& mailbox) const;
  Result<> SealPrunes(Transaction& tx, const Mailbox& mailbox, storage::Lane& lane, size_t max_bytes,
                      std::vector<SignedRecord>& records);
  Result<> TakeBackPrunes(Transaction& tx, const storage::Lane& lane, uint64_t first);
  // Others may have had it all the same, if an answer was lost: Heads tells by it.
  Result<> NoteWithdrawn(Transaction& tx, const storage::Lane& lane, uint64_t seq, const SignedRecord& record);
  std::vector<Seen> SeenSince(Mailbox& mailbox, const storage::Lane& own) const;
  SignedLaneCertificate Certify(const storage::Lane& lane) const;
  // kTooLarge where it does not fit into one record.
  Result<Batch> Introduction(const MailboxId& circle) const;
  // Whether this device has announced the generation that it seals under in a circle.
  bool Announced(const MailboxId& circle) const;
  Result<std::vector<BoxPublic>> Audience(const MailboxId& mailbox) const;
  // What is sealed beside the key: what the announcement covers.
  GenerationBody Cover(const Mailbox& mailbox, const storage::Lane& lane);
  Compression CompressionIn(const MailboxId& mailbox) const;
  // Sets what the lane's struct says of its last record, after stored_seq went back.
  Result<> ReadEnd(const Transaction& tx, storage::Lane& lane) const;
  Result<SignedRecord> Store(Transaction& tx, storage::Lane& lane, RecordHeader header, Bytes payload);

  State& state_;
};

// What a record takes of limits::kPushBytes.
size_t PushSize(const SignedRecord& record);

}  // namespace kith
