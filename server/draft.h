// The successor state of one commit: operations are applied to it one after the other, each all or nothing, and then
// its batch is written. Nothing of it is true before that write is durable. Owned by the committer's thread.
#pragma once

#include <map>
#include <unordered_map>

#include "server/mailboxes.h"
#include "server/push_plan.h"

namespace kith::relay {

// Lane heads as of the last commit: a bounded cache over the log.
class LaneHeads {
 public:
  using Key = std::pair<MailboxNumber, LaneKey>;
  LaneHeads(Log& log, size_t capacity) : log_(log), capacity_(capacity) {}
  Result<LaneHead> Get(const Key& key);
  void Put(const Key& key, const LaneHead& head);
  void ForgetAll() { heads_.clear(); }

 private:
  Log& log_;
  const size_t capacity_;
  std::map<Key, LaneHead> heads_;
};

class Draft {
 public:
  Draft(Log& log, Mailboxes& mailboxes, LaneHeads& lanes, uint64_t default_limit)
      : log_(log), mailboxes_(mailboxes), lanes_(lanes), default_limit_(default_limit) {}

  // kRelayRefused, kLaneForked, kLaneGap, kRelayFull. Views of the plan go into the batch.
  Result<PushReply> Push(const PushPlan& plan);

  // Those below look into the log for what they change, so each needs a draft of its own.

  // kRelayRefused, kStatementConflict, kStatementForbidden, kMalformed, kTooLarge, kSuiteUnsupported. Gives the number
  // of the newest statement. `statement` must outlive the draft.
  Result<uint64_t> Submit(const MailboxId& mailbox, const SignPublic& signer, const SignedStatement& statement);
  // kRelayRefused, kTokenInvalid, kStatementConflict and what a statement's check gives.
  Result<CreateReply> Create(const MailboxId& mailbox, const Token& token, const SignedStatement& statement);
  // kInviteInvalid.
  Result<std::vector<Token>> Redeem(const InviteSecret& secret, const Attempt& attempt, int64_t now_ms);
  Result<InviteSecret> Mint(const InviteOrder& order, int64_t now_ms);

  const LogBatch& batch() const { return batch_; }
  // Mailboxes changed, as they will be once the batch is durable.
  struct Change {
    std::shared_ptr<const Mailbox> mailbox;
    bool seats_changed = false;
  };
  // Finishes the batch; call it once, before writing.
  std::vector<Change> Seal();
  // Once the batch is durable.
  void PublishLanes();
  bool pruned() const { return !batch_.prunes.empty(); }

 private:
  struct Working {
    MailboxRow row;
    std::shared_ptr<const SeatTable> seats;
    bool changed = false;
    bool seats_changed = false;
  };
  struct Step;  // one push, not yet part of the draft

  Result<Working*> Open(const MailboxId& id);  // nullptr: there is none
  Result<LaneHead*> HeadOf(Step& step, const LaneKey& lane);
  Result<> Place(Step& step, const PlannedRecord& record);
  Result<> Append(Step& step, const PlannedRecord& record);
  Result<> Duplicate(Step& step, const PlannedRecord& record);
  Result<> Restore(Step& step, const PlannedRecord& record, Placed placed);
  Result<> Prune(Step& step, const PlannedRecord& record);
  Result<> DropRange(Step& step, const LaneKey& lane, PruneList::Range range);
  void Keep(Step&& step);

  Log& log_;
  Mailboxes& mailboxes_;
  LaneHeads& lanes_;
  const uint64_t default_limit_;
  LogBatch batch_;
  std::map<MailboxId, Working> working_;
  std::map<LaneHeads::Key, LaneHead> heads_;
};

}  // namespace kith::relay
