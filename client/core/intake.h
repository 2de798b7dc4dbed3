// Taking in records that a relay served: each is verified, kept, and applied once everything before it in its lane is.
#pragma once

#include <set>
#include <span>
#include <vector>

#include "client/core/state.h"

namespace kith {

class Intake {
 public:
  explicit Intake(State& state) : state_(state) {}

  // Takes one record of `mailbox`. OK says nothing about the record: what does not verify is counted in State::refused
  // and changes nothing; what comes too early is kept and waits. Errors are those of the store.
  Result<> Receive(Transaction& tx, Mailbox& mailbox, const SignedRecord& record);
  // Applies what waited for something that has since arrived, in any mailbox: keys and people of a circle come in the
  // self mailbox. Call after a page.
  Result<> Retry(Transaction& tx);
  // Where an older program took records in, takes in all of them once more: it passed over what it did not know, and
  // kept less of the rest. What was taken in changes nothing. Nothing where Prefix::kToTakeAgain does not stand.
  Result<> TakeAgain(Transaction& tx);

  // Applies one operation of this person's self audience found at `place`; own operations come here too. kMalformed and
  // the like for an operation that does not hold, kForgedRecord for one that does not count there; nothing of it is
  // taken then.
  Result<> ApplyOp(Transaction& tx, ByteView op, const storage::Place& place);
  // Likewise for one of a circle, in a lane of `author`.
  Result<> ApplyCircleOp(Transaction& tx, const MailboxId& circle, const PersonId& author, ByteView op,
                         const storage::Place& place);

 private:
  enum class Applied { kYes, kWaits };

  // Whether another copy's record at one of our numbers follows on what stands before it here: it may come before those
  // in which the two already differ.
  Result<bool> FollowsOurs(const Transaction& tx, const storage::Lane& lane, const RecordHeader& header) const;
  // One that is verified, of a lane that is read.
  Result<> Take(Transaction& tx, Mailbox& mailbox, storage::Lane& lane, const RecordHeader& header,
                const SignedRecord& record);
  Result<> Append(Transaction& tx, Mailbox& mailbox, storage::Lane& lane, const RecordHeader& header,
                  const RecordId& id, const SignedRecord& record);
  Result<> TakeKept(Transaction& tx, const Mailbox& mailbox, storage::Lane& lane);
  // Takes in a prune record where it counts already.
  Result<> NotePrune(Transaction& tx, const Mailbox& mailbox, const storage::Lane& lane, const RecordHeader& header,
                     ByteView payload);
  // Whether a lane has not ended before this record; ends it for good where it is another than its person had there.
  bool MayApply(Transaction& tx, storage::Lane& lane, uint64_t seq, ByteView header);
  Result<> ApplyStored(Transaction& tx, Mailbox& mailbox, storage::Lane& lane, const SignedRecord* in_hand);
  // kMalformed, kForgedRecord and so on end the lane; errors of the store are returned as they are.
  Result<Applied> Apply(Transaction& tx, Mailbox& mailbox, storage::Lane& lane, const RecordHeader& header,
                        ByteView payload);
  Result<Applied> ApplyPack(Transaction& tx, storage::Lane& lane, const RecordHeader& header, ByteView payload);
  Result<> ApplyOps(Transaction& tx, const storage::Lane& lane, uint64_t seq, const Pack& pack);
  // ---- Circles of more than two (intake_circles.cc). Who came later was not given the keys to
  // what stood there before, so what no key opens counts as applied. Where a key to any of it comes after all, the
  // lane is taken in again from there.
  Applied PassOver(storage::Lane& lane, uint64_t seq);
  // Whether a mailbox has keys that came after records of a lane were passed over.
  bool HasNewer(const storage::Lane& lane, const MailboxId& mailbox) const;
  // Whether such a key opens a record.
  Result<bool> Opens(const Transaction& tx, const storage::Lane& lane, uint64_t seq) const;
  // The first such record of a lane; 0: none.
  Result<uint64_t> FirstToOpen(const Transaction& tx, const storage::Lane& lane) const;
  Result<> Rewind(Transaction& tx);
  // What a lane announces past its end, or before that was said, counts nothing. But others have sealed under it who
  // had not heard of that yet: the key is kept to read them by, without what it covers, so that nobody seals under it.
  void TakeKeyBeyond(Transaction& tx, const storage::Lane& lane, const SignedRecord& record);
  Result<> TakeKeysBeyond(Transaction& tx, const storage::Lane& lane);
  // Takes the people and the roster that a pack tells of, together: they prove each other. `author` is whom a person's
  // operations are of until a genesis begins another one. Of others, and of an author whom nothing but the pack itself
  // names, what does not stand by what is known with it is not kept.
  enum class Author { kClaimed, kProven };
  Result<> TakePeople(Transaction& tx, const MailboxId& circle, const PersonId& author, std::span<const Bytes> ops,
                      Author said_by);
  // Of these, what is not a person's or a roster's.
  Result<> ApplyGroupOp(Transaction& tx, const MailboxId& circle, const PersonId& author, const Op& op);
  Result<> ApplyPairOp(Transaction& tx, const MailboxId& pair, const PersonId& author, const Op& op,
                       const storage::Place& place, const OpId& id);
  // ---- Operations and whose they are (intake_ops.cc).
  // The proofs in a lane's first pack after an announcement at `seq`, which is by nobody known yet; or in what waits
  // for that announcement in other lanes.
  Result<> TakeProofsAhead(Transaction& tx, const storage::Lane& lane, uint64_t seq, const GenerationKey& announced);
  // The certificate for a pack that is the lane's first under its generation: its own, or the one that was kept when
  // the record that had it was pruned, in the record that stands for that. What proves itself there is taken too.
  Result<std::optional<SignedLaneCertificate>> CertificateFor(Transaction& tx, const storage::Lane& lane, uint64_t seq,
                                                              const Pack& pack);
  Result<> TakeCertificate(Transaction& tx, const KeptCertificateOp& op, const storage::Place& place);
  Result<bool> TakeProofsIn(Transaction& tx, const storage::Lane& lane, const SignedRecord& record,
                            const std::vector<GenerationKey>& keys);
  // Of what other lanes keep of this one, what holds; before others, by a device that is not revoked.
  std::optional<SignedLaneCertificate> KeptCertificate(const storage::Lane& lane) const;
  Result<> TakeProofs(Transaction& tx, const storage::Lane& lane, const Pack& pack);
  Result<> TakePersonOp(Transaction& tx, const SignedPersonOp& op);
  Result<> TakeSeat(Transaction& tx, const SeatKeyOp& op, const storage::Place& place);
  Result<> TakeLaneEnd(Transaction& tx, const MailboxId& mailbox, const LaneEndOp& op, const storage::Place& place);
  void TakeConfirmation(Transaction& tx, const RecoveryConfirmedOp& op);
  Result<> TakeHeartbeat(Transaction& tx, const HeartbeatOp& op, const storage::Place& place);
  Result<> TakeLabel(Transaction& tx, const DeviceLabelOp& op);
  Result<> TakeSeen(Transaction& tx, const storage::Lane& lane, uint64_t seq, const Pack& pack);
  Result<Applied> ApplyGeneration(Transaction& tx, storage::Lane& lane, const RecordHeader& header, ByteView payload);
  // In a self mailbox: the keys that the lane's later announcements bring, for what waits at `seq`. A device that was
  // added while another re-rolled has no box of that generation, and the next announcement wraps it. Whether any is
  // new.
  Result<bool> TakeKeysAhead(Transaction& tx, storage::Lane& lane, uint64_t seq);
  // Likewise the announcement of `id` before `seq`, which nothing opened when its turn came.
  Result<> TakePassedOver(Transaction& tx, storage::Lane& lane, uint64_t seq, const GenerationId& id);
  Result<Applied> CheckCertificate(storage::Lane& lane, const std::optional<SignedLaneCertificate>& certificate) const;
  // The key that an announcement commits to and what it says, by a key that is known already or from the box that is
  // ours; nullopt when it is not for this device. kSealBroken when what is here is another key.
  struct Announced {
    GenerationKey key;
    Plaintext body;
    bool corrects = false;  // another key was handed over for it before
  };
  Result<std::optional<Announced>> OpenAnnouncement(const RecordHeader& header, const GenerationId& id,
                                                    const AnnouncementView& announcement) const;
  void CorrectKey(Transaction& tx, const MailboxId& mailbox, const GenerationId& id, const GenerationKey& proven);
  // From any of these, if it is for this device or this person.
  std::optional<GenerationKey> OpenBox(const RecordHeader& header, const AnnouncementView& announcement) const;
  Result<> ApplyVersion(Transaction& tx, const Version& version, const storage::Place& place);
  void End(Transaction& tx, storage::Lane& lane, Code why);
  // Ends a lane of which there are two records at `seq`, or one after it that names another there.
  Result<> Equivocate(Transaction& tx, storage::Lane& lane, uint64_t seq, const std::optional<SignedRecord>& known,
                      const SignedRecord& other);

  State& state_;
  std::set<MailboxId> granted_;  // circles whose history was granted here since the last Retry
  std::set<EntryId> shredded_;   // since the last Retry
  bool learned_ = true;  // a person operation, key or statement arrived that something may have waited for; before
                         // this was loaded too
};

// Whether an error says that the store failed, rather than that bytes from outside do not hold.
bool IsStoreError(Code code);

// The AD of a generation's sealed part: the record's place and a hash of the boxes before it.
Bytes GenerationAd(const RecordHeader& header, ByteView boxes_part);

}  // namespace kith
