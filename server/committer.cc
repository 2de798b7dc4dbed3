#include "server/committer.h"

#include <utility>

#include "server/limits.h"

namespace kith::relay {

Committer::Committer(Log& log, Mailboxes& mailboxes, uint64_t default_limit, OnCommit on_commit)
    : log_(log),
      mailboxes_(mailboxes),
      lanes_(log, limits::kCachedLanes),
      default_limit_(default_limit),
      on_commit_(std::move(on_commit)),
      thread_([this] { Run(); }) {}

Committer::~Committer() { Stop(); }

void Committer::Submit(std::unique_ptr<Operation> operation) {
  std::optional<Code> refused;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      refused = Code::kCancelled;
    } else if (queued_bytes_ + operation->Bytes() > limits::kCommitQueueBytes) {
      refused = Code::kRelayBusy;
    } else {
      queued_bytes_ += operation->Bytes();
      queue_.push_back(std::exchange(operation, nullptr));
    }
  }
  if (refused) return operation->Finish(Fail(*refused));
  wake_.notify_one();
}

void Committer::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Committer::Run() {
  for (Group group = Take(); !group.empty(); group = Take()) Commit(group);
}

Committer::Group Committer::Take() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  Group group;
  size_t bytes = 0;
  while (!queue_.empty() && bytes < limits::kCommitBytes) {
    const bool alone = queue_.front()->Alone();
    if (alone && !group.empty()) break;
    bytes += queue_.front()->Bytes();
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
    if (alone) break;
  }
  queued_bytes_ -= bytes;
  return group;
}

void Committer::Commit(Group& group) {
  Draft draft(log_, mailboxes_, lanes_, default_limit_);
  for (const auto& operation : group) operation->Apply(draft);
  const auto changes = draft.Seal();
  Result<> written;
  if (!draft.batch().empty()) written = log_.Write(draft.batch());
  if (written) {
    // Published first: who is told of a commit finds it.
    for (const auto& change : changes) mailboxes_.Publish(change.mailbox);
    draft.PublishLanes();
  } else {
    // Whether it reached the disk is not known. Everything remembered is read again from what is there.
    mailboxes_.ForgetAll();
    lanes_.ForgetAll();
  }
  for (const auto& operation : group) operation->Finish(written);
  if (written) on_commit_(changes, draft.pruned());
}

}  // namespace kith::relay
