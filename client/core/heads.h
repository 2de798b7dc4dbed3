// How far lanes are known to reach: by what this device has, and by what other devices say they have seen. Whoever
// holds back a lane's newest records must hold back everybody who has seen them as well.
#pragma once

#include <string>
#include <vector>

#include "client/core/state.h"
#include "client/wire/pack.h"

namespace kith {

class Heads {
 public:
  explicit Heads(State& state) : state_(state) {}

  // Who says that something was there: a record of a lane, or, with zeros, the device that linked this one.
  struct By {
    uint32_t lane = 0;
    uint64_t seq = 0;
  };
  // `by` says that `seen` was there. Nothing where it is here; kEquivocation is raised where something else stands at
  // that place; otherwise it is awaited, for as long as the word counts. Errors are those of the store.
  Result<> Cite(Transaction& tx, const MailboxId& mailbox, const By& by, const Seen& seen);
  // Whether something that was cited is not here.
  bool Awaits(const MailboxId& mailbox) const;
  // At the relay's end of the log, when all that it serves was taken in: raises kWithheld for each lane of which
  // something cited is not here, and ends it where it has come. A lane of this device that was cited beyond what this
  // vault knows is not written to any more. Errors are those of the store.
  Result<> Judge(Transaction& tx, Mailbox& mailbox);
  // The relay may have lost what it had when this device was linked. What lanes have cited stays.
  void ForgetGranted(Transaction& tx, const MailboxId& mailbox);

  // The end of every lane that was taken in to its end and that the relay has, but for `except`; the newest known ones,
  // at most `most`.
  std::vector<Seen> Ends(const MailboxId& mailbox, const LaneKey& except, size_t most) const;
  // Six words over all lanes of a mailbox, for two people to compare by voice: layout in crypto/DESIGN.md, "Check
  // words". They are equal where both have the same records.
  std::vector<std::string> CheckWords(const MailboxId& mailbox) const;

 private:
  enum class Here { kNo, kSame, kAnother };
  // Whether a record stands at a place, and whether it is that one. Of a lane of this device only what the relay has
  // counts: the rest may still be withdrawn.
  Result<Here> Find(const Transaction& tx, const storage::Lane& lane, uint64_t seq, const RecordId& id) const;
  bool Counts(const storage::Cited& cited) const;  // not said past the end of a revoked device's lane
  // Of a lane of this device, where what is cited is a record that this vault withdrew and has said again in another:
  // has those pruned whose words were taken back since. Until then whoever has them does not send them (refill.h).
  Result<> PruneWithdrawn(Transaction& tx, const storage::Lane& lane, const storage::Cited& cited);
  Result<> Contradict(Transaction& tx, storage::Lane& lane, uint64_t seq, const RecordId& cited, uint32_t by);

  State& state_;
};

}  // namespace kith
